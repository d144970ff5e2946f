"""Smart groups that name other groups: in which order they are filled, and circles among them.

Here: the order, and the fault with the circle named. Not here: the rules (policies.groups).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.errors import InvalidRule
from policies.groups import MemberOf, Rule, criteria


def filling_order(rules: Mapping[int, Rule]) -> tuple[int, ...]:
    """Order groups so that each comes after those it names.

    rules: by number of the group. Groups that are named and not among them are left out.
    raises: InvalidRule with the circle, as numbers (`3 → 7 → 3`).
    """
    return _Walk(rules).order()


def named_groups(rule: Rule) -> tuple[int, ...]:
    """The groups a rule names, each once, sorted."""
    found = {part.group_id for part in criteria(rule) if isinstance(part, MemberOf)}
    return tuple(sorted(found))


class _Walk:
    """A walk through the groups, from each to those it names."""

    def __init__(self, rules: Mapping[int, Rule]) -> None:
        self._rules = rules
        self._filled: dict[int, None] = {}
        self._path: list[int] = []

    def order(self) -> tuple[int, ...]:
        for group_id in sorted(self._rules):
            self._visit(group_id)
        return tuple(self._filled)

    def _visit(self, start: int) -> None:
        """Without recursion: a chain of groups may be longer than Python's stack."""
        waiting: list[Iterator[int]] = [iter((start,))]
        while waiting:
            group_id = next(waiting[-1], None)
            if group_id is None:
                waiting.pop()
                if self._path:
                    self._filled[self._path.pop()] = None
            elif group_id in self._path:
                raise _circle([*self._path[self._path.index(group_id) :], group_id])
            elif group_id in self._rules and group_id not in self._filled:
                self._path.append(group_id)
                waiting.append(iter(named_groups(self._rules[group_id])))


def _circle(groups: list[int]) -> InvalidRule:
    way = " → ".join(map(str, groups))
    return InvalidRule("group", f"the groups name each other in a circle: {way}", "Break it.")
