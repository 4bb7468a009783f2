"""Progress on the terminal, and Ctrl-C that stops the solver but keeps what it found."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from cmopt.i18n import N_, Lang, tr


class Working:
    """A Progress for the terminal.

    While solving, the first Ctrl-C asks the solver to stop with the best it has; the second, and any at
    another time, interrupts at once. The old signal handler is back when the block ends.
    """

    def __init__(self, lang: Lang) -> None:
        self._lang: Lang = lang
        self._stop = threading.Event()
        self._old: Any = None
        self._solving = False
        self._raised = False
        self._status: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._old = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)
        if self._raised and isinstance(error, Exception):  # an import that is interrupted may fail otherwise
            raise KeyboardInterrupt from error

    def phase(self, name: str, number: int, of: int) -> None:
        self._solving = True
        if not sys.stderr.isatty():
            return
        from cmopt.reports.wording import goal_title

        text = tr(N_("Goal {number} of {of}: {goal} ... (Ctrl-C keeps the best found)"), self._lang).format(
            number=number, of=of, goal=goal_title(name, self._lang)
        )
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(text)
            self._status.start()
        self._status.update(text)

    def best(self, name: str, value: int, bound: int | None) -> None:
        pass

    def stop_asked(self) -> bool:
        return self._stop.is_set()

    def writing(self) -> None:
        """No more solving: take the line off the terminal, and let Ctrl-C interrupt again."""
        self.close()

    def close(self) -> None:
        self._solving = False
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if not self._solving or self._stop.is_set():
            self._raised = True
            raise KeyboardInterrupt
        self._stop.set()
