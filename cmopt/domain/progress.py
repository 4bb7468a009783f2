"""How long work reports itself and is asked to stop; the null object does neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cmopt.domain.result import Result


@dataclass(frozen=True, slots=True)
class PartNews:
    """How a part of the book stands: at goal `number` of `goals`, or through with `result`.

    done, of: how many parts of all are through. value, bound: the best of this goal so far, None: not known.
    again: it is tried once more, since who worked on it is gone.
    """

    name: str
    done: int
    of: int
    clients: int
    goal: str | None = None
    number: int = 0
    goals: int = 0
    value: int | None = None
    bound: int | None = None
    result: Result | None = None
    again: bool = False


class Progress(Protocol):
    """What a solver tells while it works. Called from worker threads too; must be quick and not raise."""

    def phase(self, name: str, number: int, of: int) -> None: ...

    def best(self, name: str, value: int, bound: int | None) -> None: ...

    def part(self, news: PartNews) -> None: ...

    def stop_asked(self) -> bool: ...

    def writing(self) -> None:
        """Solving is over, results are being written: to stop now is to discard them."""


class NullProgress:
    def phase(self, name: str, number: int, of: int) -> None:
        pass

    def best(self, name: str, value: int, bound: int | None) -> None:
        pass

    def part(self, news: PartNews) -> None:
        pass

    def stop_asked(self) -> bool:
        return False

    def writing(self) -> None:
        pass
