"""Charts drawn by a process of their own, while this one writes the other reports.

Drawing takes longer than all the rest of a run, and importing matplotlib alone a good part of it; on two
cores both happen beside the solver.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from cmopt.domain.run import Run
from cmopt.i18n import Lang

Draw = Callable[[Run, Run | None, Path, Lang], Callable[[], list[Path]]]


@contextmanager
def drawing_apart() -> Iterator[Draw]:
    """Gives `draw(run, rival, folder, lang)`: it starts drawing; what it returns waits for the paths.

    The process starts at once and imports while this one works. Should it fail, this process draws. It is
    killed when the block is left by an exception (Ctrl-C among them, which it does not hear itself).
    """
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_get_ready)
    with contextlib.suppress(OSError, BrokenProcessPool):
        pool.submit(_nothing)

    def draw(run: Run, rival: Run | None, folder: Path, lang: Lang) -> Callable[[], list[Path]]:
        try:
            drawn = pool.submit(_draw, run, rival, folder, lang)
        except (OSError, BrokenProcessPool):
            return lambda: _draw(run, rival, folder, lang)

        def paths() -> list[Path]:
            try:
                return drawn.result()
            except BrokenProcessPool:
                return _draw(run, rival, folder, lang)

        return paths

    with killed_on_failure(pool):
        yield draw


@contextmanager
def killed_on_failure(pool: ProcessPoolExecutor) -> Iterator[None]:
    """The pool ends with the block; its processes are killed where the block is left by an exception."""
    try:
        yield
    except BaseException:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _get_ready() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from cmopt.plots.fonts import skip_font_scan

    skip_font_scan()
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401

    import cmopt.plots  # noqa: F401


def _nothing() -> None:
    """What makes the pool start its process."""


def _draw(run: Run, rival: Run | None, folder: Path, lang: Lang) -> list[Path]:
    from cmopt.plots import write_charts

    return write_charts(run, rival, folder, lang)
