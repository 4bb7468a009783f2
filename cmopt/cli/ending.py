"""How every way of ending a command maps to words and an exit code.

0 done; 1 internal error; 2 bad input or usage; 3 no feasible division; 4 stopped without a division.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cmopt.cli.options import LangChoice

if TYPE_CHECKING:
    from cmopt.cli.working import Working


@contextmanager
def ending(lang: LangChoice) -> Iterator[None]:
    """Findings instead of tracebacks, and the exit code that belongs to them."""
    from cmopt.errors import CmoptError

    try:
        yield
    except CmoptError as error:
        from cmopt.cli import show

        show.findings(error.findings, lang.value)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        from cmopt.cli import show

        show.said(lang.value, show.INTERRUPTED, err=True)
        raise typer.Exit(4) from None
    except MemoryError:
        from cmopt.cli import show

        show.said(lang.value, show.OUT_OF_MEMORY, err=True)
        raise typer.Exit(1) from None
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise
    except Exception as error:
        from cmopt.cli import show

        if os.environ.get("CMOPT_DEBUG"):
            raise
        show.said(lang.value, show.INTERNAL, err=True, what=_where(error))
        raise typer.Exit(1) from None


def _where(error: Exception) -> str:
    """The kind of error and the line of ours it came from; no message, which could hold names or balances."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "cmopt" in Path(f.filename).parts]
    at = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{at}"


@contextmanager
def working(lang: LangChoice) -> Iterator[Working]:
    from cmopt.cli.working import Working as Made

    with Made(lang.value) as progress:
        yield progress
