"""Commands about what has been run: compared, corrected on appeal, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cmopt.cli.ending import ending
from cmopt.cli.options import (
    LangChoice,
    LangOpt,
    out_option,
)


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN RUN...|CASE", help="运行结果文件夹；有 --schemes 时为一个案例 / runs, or one case"
        ),
    ],
    schemes: Annotated[
        str | None,
        typer.Option(
            "--schemes", metavar="A,B,...", help="同一案例按几个方案对比 / schemes against each other on CASE"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="对比表 / file for the comparison")
    ] = None,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """对比几次结果，或几个方案：目标、公平、归属、等级。Compare runs, or schemes on one case."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        if schemes is None:
            comparison = service.compare(runs, out)
        else:
            comparison = service.compare_schemes(service.one_case(runs, lang.value), schemes.split(","), out)
            show.people(comparison, lang.value)
        show.comparison(comparison, lang.value)
        if out is not None:
            show.said(lang.value, show.WROTE, path=out)


def appeal(
    source: Annotated[
        Path, typer.Argument(metavar="RUN|CASE", help="运行结果文件夹，或案例 / a run folder, or a case")
    ],
    staff: Annotated[str, typer.Option("--staff", metavar="ID", help="申诉人工号 / whose grade")],
    reason: Annotated[str, typer.Option("--reason", help="更正的理由 / why the fact is corrected")],
    out: Annotated[Path, out_option("输出文件夹 / output folder")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FACT=VALUE", help="更正的事实，可多次 / a corrected fact: written=46"),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="方案（案例用；运行结果自带）/ scheme, of a case only")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="抽签种子（案例用）/ seed, of a case only")
    ] = None,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """申诉复议：更正一项事实，重新考评，前后都留存。Grade again with a corrected fact; both are kept."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show_appeal

        asked = service.AppealOrder(staff, service.read_overrides(set_ or []), reason)
        found = service.appeal(service.appeal_source(source, scheme, seed, lang.value), asked, out)
        show_appeal.appeal(found, out, lang.value)


def verify(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="运行结果文件夹 / run folder")],
    solve: Annotated[
        bool, typer.Option("--solve", help="重新求解，逐项核对证明 / solve again and check every proof")
    ] = False,
    solve_limit: Annotated[
        float,
        typer.Option(
            "--solve-limit",
            min=0.0,
            help="重新求解台账各部分的时限（秒）/ seconds to solve the book's parts again",
        ),
    ] = 600.0,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """仅凭文件复核一次结果。Verify a run from its files alone; names the first breach."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        parts: list[Any] = []
        breaches = service.verify(run, solve, solve_limit, parts.append)
        repeated = service.proofs_repeated(run) if solve and not breaches else None
        show.verified(breaches, lang.value, repeated)
        if parts and not breaches:
            from cmopt.cli import show_book

            show_book.proofs(parts, lang.value, solve_limit)
        if breaches:
            raise typer.Exit(2)
