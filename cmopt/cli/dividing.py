"""Commands that divide clients: the demonstration, and a case of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmopt.cli.ending import ending, working
from cmopt.cli.options import (
    BookOpt,
    CaseArg,
    CertifyLimitOpt,
    CertifyOpt,
    ClusterOpt,
    EditsOpt,
    LangChoice,
    LangOpt,
    LimitOpt,
    NoReportOpt,
    ResumeOpt,
    SchemeOpt,
    SeedOpt,
    SetOpt,
    SolverOpt,
    WorkersOpt,
    ordered,
    out_option,
)


def demo(
    out: Annotated[Path, out_option("输出文件夹 / output folder")] = Path("cmopt-demo"),
    certify: CertifyOpt = False,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """用内置案例演示：精确解、贪心解、对比。Run the built-in case with both solvers."""
    with ending(lang), working(lang) as progress:
        from cmopt import service
        from cmopt.cli import show

        exact, greedy = service.demo(out, lang.value, progress, own_process=True, certify=certify)
        progress.close()
        show.run(exact, lang.value, rival=greedy)
        show.said(lang.value, show.WHERE_DEMO, out=out)


def allocate(
    case: CaseArg,
    out: Annotated[Path, out_option("输出文件夹 / output folder")],
    scheme: SchemeOpt = "annual",
    solver: SolverOpt = "auto",
    time_limit: LimitOpt = 60.0,
    seed: SeedOpt = 1,
    set_: SetOpt = None,
    certify: CertifyOpt = False,
    certify_limit: CertifyLimitOpt = 300.0,
    book: BookOpt = False,
    workers: WorkersOpt = None,
    cluster: ClusterOpt = None,
    resume: ResumeOpt = None,
    edits: EditsOpt = None,
    no_report: NoReportOpt = False,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """划分客户：逐项目标证明最优；--book 为全部客户。Divide the key accounts; with --book all clients."""
    with ending(lang), working(lang) as progress:
        import dataclasses

        from cmopt import service
        from cmopt.cli import show
        from cmopt.errors import InfeasibleError, StoppedError

        order = dataclasses.replace(
            ordered(case, scheme, set_, lang),
            solver=solver,
            time_limit=time_limit,
            seed=seed,
            report=not no_report,
            certify=certify,
            certify_limit=certify_limit,
            book=book,
            workers=workers,
            cluster=cluster,
            resume=resume,
            edits=tuple(edits or ()),
            own_process=True,
        )
        try:
            run = service.allocate(order, out, progress)
        except KeyboardInterrupt:
            if kept := service.parts_kept(out):
                from cmopt.cli import show_book

                show.said(lang.value, show_book.KEPT, err=True, n=kept, path=out)
            raise
        except (InfeasibleError, StoppedError):
            progress.close()
            show.said(lang.value, show.ATTEMPT, err=True, path=out)
            raise
        progress.close()
        show.run(run, lang.value)
        show.findings([f for f in run.notes if f.code == "book-undivided"], lang.value)
        if run.book is not None:
            from cmopt.cli import show_book

            show_book.book(run, lang.value)
        show.said(lang.value, show.WROTE, path=out)
        if run.book is not None and not run.book.complete:
            show.said(lang.value, show_book.GO_ON, err=True, path=out)
            raise typer.Exit(show_book.exit_code(run.book))
