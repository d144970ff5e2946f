"""What the demonstration says: progress while it runs, a summary or one JSON object at the end."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step. seconds: from its beginning until its last proof, or until it was given up."""

    name: str
    expected: int
    proven: int
    seconds: float

    @property
    def is_proven(self) -> bool:
        return self.proven == self.expected


def as_json(results: Sequence[StepResult]) -> dict[str, Any]:
    """The one object for programs."""
    steps = [
        {
            "name": result.name,
            "expected": result.expected,
            "proven": result.proven,
            "seconds": round(result.seconds, 1),
        }
        for result in results
    ]
    return {"ok": bool(results) and all(r.is_proven for r in results), "steps": steps}


def print_summary(results: Sequence[StepResult]) -> None:
    """Print the table for people."""
    table = Table("Step", "Expected", "Proven", "Seconds", "")
    for result in results:
        mark = "[green]proven[/]" if result.is_proven else "[red]not proven[/]"
        figures = (str(result.expected), str(result.proven), f"{result.seconds:.1f}")
        table.add_row(result.name, *figures, mark)
    Console(file=sys.stdout).print(table)


class ProgressBoard:
    """A bar for each step on standard error; plain lines where that is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        columns = (
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=self._console)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def show(self, name: str, proven: int, expected: int) -> None:
        """Show how far a step is."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=expected)
        self._progress.update(self._tasks[name], completed=proven)

    def finish(self, result: StepResult) -> None:
        """Show that a step is over."""
        self.show(result.name, result.proven, result.expected)
        self._progress.stop_task(self._tasks[result.name])
        if not self._console.is_terminal:
            self.say(f"{result.name}: {result.proven} of {result.expected} proven")

    def say(self, text: str) -> None:
        """Say something above the bars."""
        self._console.print(text, highlight=False, soft_wrap=True)
