"""Why a client went to its manager and not to another: what one change of hands would break or change."""

from __future__ import annotations

from dataclasses import dataclass

from cmopt.domain.allocation import Line
from cmopt.errors import Message


@dataclass(frozen=True)
class Effect:
    """What giving the client to somebody else would do to one goal, all else as it is.

    worse: in the goal's own unit, below 0 if better. because: whom it would push out of which band.
    """

    goal: str
    worse: int
    because: tuple[Message, ...] = ()


@dataclass(frozen=True)
class WhyNot:
    """Of a client and somebody who does not hold it.

    barred: why they may not hold it; then nothing else is said. breaks: the hard rules that giving it to them
    alone would break. effects: every goal in its order, unless barred.
    """

    staff_id: str
    barred: Message | None
    breaks: tuple[Message, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def first(self) -> Effect | None:
        """The first goal that changes."""
        return next((e for e in self.effects if e.worse), None)


@dataclass(frozen=True)
class Explained:
    """line: the client's, as in allocation.csv. others: those asked about, or everybody who may hold it, best
    first. together: the clients that would go with it."""

    line: Line
    others: tuple[WhyNot, ...]
    together: tuple[str, ...] = ()
