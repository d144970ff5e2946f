"""Playing the steps: begin one, look at the database until it is proven, go on."""

import time
from collections.abc import Sequence

from mdm.cli.demo.acts import Acts
from mdm.cli.demo.report import ProgressBoard, StepResult
from mdm.cli.demo.stage import Stage
from mdm.cli.demo.steps import Step
from mdm.cli.ending import Ending

_LOOK_S = 0.25
_NUDGE_S = 5.0
_MOST_NAMED = 5


class Play:
    """One run of all steps."""

    def __init__(self, stage: Stage, acts: Acts, board: ProgressBoard, ending: Ending) -> None:
        self._stage = stage
        self._acts = acts
        self._board = board
        self._ending = ending

    def perform(self, steps: Sequence[Step]) -> list[StepResult]:
        """Perform every step; after one that could not be proven the rest is not tried.

        raises: StartFailed (a process of the house ended again and again).
        """
        results: list[StepResult] = []
        for step in steps:
            if results and not results[-1].is_proven:
                results.append(StepResult(step.name, len(step.expected), 0, 0.0))
            else:
                results.append(self._perform(step))
        return results

    def _perform(self, step: Step) -> StepResult:
        begun = nudged = time.monotonic()
        self._board.show(step.name, 0, len(step.expected))
        step.begin()
        while True:
            proven = self._proven(step)
            now = time.monotonic()
            is_over = now - begun > step.patience_s or self._ending.is_asked
            if proven == step.expected or is_over:
                return self._finish(step, proven, now - begun)
            if now - nudged > _NUDGE_S:
                step.nudge()
                nudged = now
            self._stage.supervisor.look_after()
            self._ending.wait(_LOOK_S)

    def _proven(self, step: Step) -> set[str]:
        with self._stage.tools.database.reading() as tx:
            proven = step.proven(tx) & step.expected
        self._board.show(step.name, len(proven), len(step.expected))
        return proven

    def _finish(self, step: Step, proven: set[str], seconds: float) -> StepResult:
        result = StepResult(step.name, len(step.expected), len(proven), seconds)
        self._board.finish(result)
        missing = sorted(step.expected - proven)
        for serial in missing[:_MOST_NAMED]:
            why = self._acts.failures.get(serial, "see `mdm device` for how far it came")
            self._board.say(f"{step.name} is not proven for {serial}: {why}")
        return result
