"""Commands, their options, and how every way of ending maps to an exit code.

0 done; 1 internal error; 2 bad input or usage; 3 no feasible division; 4 stopped without a division.
"""

from __future__ import annotations

import enum
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cmopt.service import Order

app = typer.Typer(
    name="cmopt",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich's takes longer to import than all the rest
    help="把银行客户划分给客户经理：可证明、可解释、可复核。Divides a bank's clients among its managers.",
)


class LangChoice(enum.StrEnum):
    zh = "zh"
    en = "en"


CaseArg = Annotated[
    Path,
    typer.Argument(
        metavar="CASE", help="案例：.xlsx 工作簿或 .csv 文件夹 / a workbook or a folder of CSV files"
    ),
]
SchemeOpt = Annotated[str, typer.Option("--scheme", help="方案名或 .toml 文件 / scheme name or file")]
LangOpt = Annotated[LangChoice, typer.Option("--lang", envvar="CMOPT_LANG", help="语言 / language")]
SetOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="改一项方案设置，可多次 / override one setting of the scheme"
    ),
]
SeedOpt = Annotated[int, typer.Option("--seed", min=0, help="抽签种子 / seed of the draw")]
LimitOpt = Annotated[
    float,
    typer.Option(
        "--time-limit",
        min=0.0,
        help="求解时限（秒），台账逐部分计 / seconds the solver may take, for each part of a book again",
    ),
]
SolverOpt = Annotated[str, typer.Option("--solver", help="auto | cpsat | large | greedy | stable")]
CertifyOpt = Annotated[
    bool,
    typer.Option("--certify", help="用第二个引擎逐项复证 / prove every goal again with a second engine"),
]
CertifyLimitOpt = Annotated[
    float,
    typer.Option("--certify-limit", min=0.0, help="复证时限（秒）/ seconds the second engine may take"),
]
BookOpt = Annotated[
    bool,
    typer.Option("--book", help="其余客户也逐支行划分 / divide the rest of the book too, branch by branch"),
]
WorkersOpt = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="划分台账的进程数 / processes for the book", show_default=False),
]
ClusterOpt = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="tcp://HOST:PORT",
        help="dask 调度器 / a dask scheduler",
        show_default=False,
    ),
]
ResumeOpt = Annotated[
    Path | None,
    typer.Option(
        "--resume", metavar="RUN", help="接着中断的运行续算 / go on with a run cut short", show_default=False
    ),
]
EditsOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--edits",
        metavar="FILE|DIR",
        help="支行交回的工作簿，可多次 / workbooks that branch heads returned",
        show_default=False,
    ),
]
NoReportOpt = Annotated[
    bool, typer.Option("--no-report", help="不写工作簿、报告和图 / no workbook, report or charts")
]


def out_option(what: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option("--out", metavar="DIR", help=what)
    return option


@app.command()
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


@app.command()
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

        service.write_template(scheme, out, lang.value)
        show.said(lang.value, show.WROTE, path=out)


@app.command()
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

        intake = service.check(_order(case, scheme, set_, lang))
        show.findings(intake.findings, lang.value)
        show.verdict(intake, lang.value)
        if intake.errors:
            raise typer.Exit(2)


@app.command()
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

        order = dataclasses.replace(_order(case, scheme, set_, lang), seed=seed)
        loaded, grades = service.grade_case(order, out)
        show.findings([f for f in loaded.notes if f.severity == "warning"], lang.value)
        show.grades(loaded.case, loaded.scheme, grades, lang.value)
        if out is not None:
            show.said(lang.value, show.WROTE, path=out / "grades.csv")


@app.command()
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
            _order(case, scheme, set_, lang),
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
        if run.book is not None:
            from cmopt.cli import show_book

            show_book.book(run, lang.value)
        show.said(lang.value, show.WROTE, path=out)
        if run.book is not None and not run.book.complete:
            show.said(lang.value, show_book.GO_ON, err=True, path=out)
            raise typer.Exit(show_book.exit_code(run.book))


@app.command()
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


@app.command()
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


@app.command()
def verify(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="运行结果文件夹 / run folder")],
    solve: Annotated[
        bool, typer.Option("--solve", help="重新求解，逐项核对证明 / solve again and check every proof")
    ] = False,
    lang: LangOpt = LangChoice.zh,
) -> None:
    """仅凭文件复核一次结果。Verify a run from its files alone; names the first breach."""
    with ending(lang):
        from cmopt import service
        from cmopt.cli import show

        breaches = service.verify(run, solve)
        repeated = service.proofs_repeated(run) if solve and not breaches else None
        show.verified(breaches, lang.value, repeated)
        if breaches:
            raise typer.Exit(2)


@app.command()
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


@app.callback(invoke_without_command=True)
def _version(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="版本 / version")] = False,
) -> None:
    if version:
        import cmopt

        typer.echo(f"cmopt {cmopt.__version__}")
        raise typer.Exit


def _order(case: Path, scheme: str, set_: list[str] | None, lang: LangChoice) -> Order:
    from cmopt.service import Order, read_overrides

    return Order(case=case, scheme=scheme, overrides=read_overrides(set_ or []), lang=lang.value)


# --- endings -----------------------------------------------------------------------------------------


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


if TYPE_CHECKING:
    from cmopt.cli.working import Working


def run() -> None:
    """Run the command line; UTF-8 out, whatever the console says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except SystemExit as end:
        if end.code == CTRL_C:
            sys.exit(4)
        raise
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said and done: too late to be interrupted


CTRL_C = 130  # how typer ends where Ctrl-C comes outside of a command
