"""A danger together with the sentence that a person reads before saying yes."""

from dataclasses import dataclass

from profiles.commands.vocabulary import Danger


@dataclass(frozen=True, slots=True)
class Risk:
    """reason: what may happen; empty if harmless."""

    danger: Danger
    reason: str = ""

    @property
    def needs_approval(self) -> bool:
        """Whether a second person has to agree before the command leaves."""
        return self.danger.needs_approval


NO_RISK = Risk(Danger.HARMLESS)
