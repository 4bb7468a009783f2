"""How long work reports itself and is asked to stop; the null object does neither."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a solver tells while it works. Called from worker threads too; must be quick and not raise."""

    def phase(self, name: str, number: int, of: int) -> None: ...

    def best(self, name: str, value: int, bound: int | None) -> None: ...

    def stop_asked(self) -> bool: ...

    def writing(self) -> None:
        """Solving is over, results are being written: to stop now is to discard them."""


class NullProgress:
    def phase(self, name: str, number: int, of: int) -> None:
        pass

    def best(self, name: str, value: int, bound: int | None) -> None:
        pass

    def stop_asked(self) -> bool:
        return False

    def writing(self) -> None:
        pass
