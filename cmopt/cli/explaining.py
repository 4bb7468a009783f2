"""`cmopt explain`: why a client of a run went where it went, and why not to somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmopt.cli.ending import ending
from cmopt.cli.options import LangChoice, LangOpt


def explain(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="运行结果文件夹 / run folder")],
    client: Annotated[str, typer.Option("--client", metavar="ID", help="客户编号 / which client")],
    staff: Annotated[
        str | None,
        typer.Option(
            "--staff", metavar="ID", help="为什么不是此人；不写则列出所有可管的人 / why not this person"
        ),
    ] = None,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """为什么归此人管、为什么不归别人。Why a client went to its manager, and not to another."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show_explained

        found, scheme = service.explain(run, client, staff)
        show_explained.explained(found, scheme, lang.value, asked=staff is not None)
