"""Progress on the terminal, and Ctrl-C that stops the solver but keeps what it found."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from cmopt.i18n import N_, Lang, tr

if TYPE_CHECKING:
    from cmopt.domain.progress import PartNews
    from cmopt.domain.result import Result


class Working:
    """A Progress for the terminal.

    While solving, the first Ctrl-C asks the solver to stop with the best it has; the second, and any at
    another time, interrupts at once. The old signal handler is back when the block ends. Of a book each part
    that is through gets a line of its own, also where nobody watches (a pipe).
    """

    def __init__(self, lang: Lang) -> None:
        self._lang: Lang = lang
        self._stop = threading.Event()
        self._old: Any = None
        self._solving = False
        self._raised = False
        self._status: Any = None
        self.parts = 0

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
        if sys.stderr.isatty():
            from cmopt.reports.wording import goal_title

            text = N_("Goal {number} of {of}: {goal} ... (Ctrl-C keeps the best found)")
            self._show(tr(text, self._lang).format(number=number, of=of, goal=goal_title(name, self._lang)))

    def best(self, name: str, value: int, bound: int | None) -> None:
        pass

    def part(self, news: PartNews) -> None:
        self._solving = True
        if news.result is not None or news.again:
            self.parts = news.done
            self._say(_through(news, news.result, self._lang))
        elif news.goal is not None and sys.stderr.isatty():
            self._show(_at_work(news, news.goal, self._lang))

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

    def _show(self, text: str) -> None:
        """In the line that is overwritten."""
        from rich.markup import escape

        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(escape(text))
            self._status.start()
        self._status.update(escape(text))

    def _say(self, text: str) -> None:
        """In a line that stays."""
        if self._status is not None:
            self._status.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)  # noqa: T201

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if not self._solving or self._stop.is_set():
            self._raised = True
            raise KeyboardInterrupt
        self._stop.set()


def _at_work(news: PartNews, goal: str, lang: Lang) -> str:
    """What a part is at, with its value and bound where they are known."""
    from cmopt.reports.wording import goal_title, show_goal

    said = N_(
        "{done} of {of} parts done; {part}: goal {number} of {goals}, {goal} (Ctrl-C keeps what is done)"
    )
    text = tr(said, lang).format(
        done=news.done,
        of=news.of,
        part=news.name,
        number=news.number,
        goals=news.goals,
        goal=goal_title(goal, lang),
    )
    if news.value is None:
        return text
    return f"{text} {show_goal(goal, news.value, lang)} / {show_goal(goal, news.bound, lang)}"


def _through(news: PartNews, result: Result | None, lang: Lang) -> str:
    """[12/50] part: its clients, what became of it, how long that took."""
    from cmopt.reports.wording import solver_title

    begin = f"[{news.done}/{news.of}] {news.name}: "
    if result is None:
        return begin + tr(N_("its process was lost; once more"), lang)
    text = N_("{clients} clients, {solver}, {how}, {seconds:.1f} s")
    how = _how(result, lang)
    solver = solver_title(result.solver, lang)
    return begin + tr(text, lang).format(clients=news.clients, solver=solver, how=how, seconds=result.seconds)


def _how(result: Result, lang: Lang) -> str:
    """Proven, or the goal that is furthest from its bound; without a division its status."""
    from cmopt.reports.wording import gap, goal_title, is_bounded, status_title

    if any(g.value is None for g in result.goals):
        return status_title(result.status, lang)
    left = [g for g in result.goals if not g.proven]
    if not left:
        return tr(N_("every goal proven"), lang)
    if unknown := [g for g in left if not is_bounded(g)]:
        return tr(N_("{goal}: nothing proven"), lang).format(goal=goal_title(unknown[0].name, lang))
    worst = max(left, key=lambda g: float(gap(g).split()[0]))
    return tr(N_("{goal} within {gap}"), lang).format(goal=goal_title(worst.name, lang), gap=gap(worst))
