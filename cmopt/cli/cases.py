"""Commands about a case: its template, its faults, its grades, an invented one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmopt.cli.ending import ending
from cmopt.cli.options import (
    CaseArg,
    LangChoice,
    LangOpt,
    SchemeOpt,
    SeedOpt,
    SetOpt,
    ordered,
    out_option,
)


def template(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.xlsx", help="写到哪个文件 / file to write")
    ] = Path("cmopt-template.xlsx"),
    scheme: SchemeOpt = "annual",
    lang: LangOpt = LangChoice.zh,
) -> None:
    """写一份填表模板（下拉、批注、样例）。Write the input workbook that a scheme wants."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        show.findings(service.write_template(scheme, out, lang.value), lang.value)
        show.said(lang.value, show.WROTE, path=out)


def check(
    case: CaseArg,
    scheme: SchemeOpt = "annual",
    set_: SetOpt = None,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """检查案例：一次列出全部错误，精确到单元格。Check a case; every fault at once, by cell."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        intake = service.check(ordered(case, scheme, set_, lang))
        show.findings(intake.findings, lang.value)
        show.verdict(intake, lang.value)
        if intake.errors:
            raise typer.Exit(2)


def grade(
    case: CaseArg,
    scheme: SchemeOpt = "annual",
    out: Annotated[Path | None, out_option("写 grades.csv 的文件夹 / folder for grades.csv")] = None,
    seed: SeedOpt = 1,
    set_: SetOpt = None,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """考评定级：每一分都注明依据。Grade the staff; every point traced to its rule."""
    with ending(lang):
        import dataclasses

        from cmopt import service
        from cmopt.cli import show

        order = dataclasses.replace(ordered(case, scheme, set_, lang), seed=seed)
        loaded, grades = service.grade_case(order, out)
        show.findings([f for f in loaded.notes if f.severity == "warning"], lang.value)
        show.grades(loaded.case, loaded.scheme, grades, lang.value)
        if out is not None:
            show.said(lang.value, show.WROTE, path=out / "grades.csv")


def synth(
    out: Annotated[Path, typer.Option("--out", metavar="DIR|FILE.xlsx", help="写到哪里 / where to write")],
    scheme: SchemeOpt = "annual",
    branches: Annotated[int, typer.Option(help="机构数 / branches")] = 21,
    staff: Annotated[int, typer.Option(help="员工数 / staff")] = 150,
    clients: Annotated[int, typer.Option(help="其余客户数 / further clients")] = 1500,
    bids: Annotated[int, typer.Option(help="有几人填竞聘志愿 / managers who bid for accounts")] = 0,
    book: Annotated[
        bool,
        typer.Option("--book", help="整家银行，--staff 即客户经理数 / a whole bank; --staff counts managers"),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="随机种子 / seed")] = 1,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """造一份样例数据（纯属虚构）。Invent a case."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        case = service.synth(
            out,
            scheme,
            lang.value,
            branches=branches,
            staff=staff,
            clients=clients,
            bids=bids,
            book=book,
            seed=seed,
        )
        show.said(lang.value, show.INVENTED, staff=len(case.roster), clients=len(case.clients), path=out)
