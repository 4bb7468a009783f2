"""The options that several commands share, and the order that a case, a scheme and its overrides make."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cmopt.service import Order


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


def ordered(case: Path, scheme: str, set_: list[str] | None, lang: LangChoice) -> Order:
    from cmopt.service import Order, read_overrides

    return Order(case=case, scheme=scheme, overrides=read_overrides(set_ or []), lang=lang.value)
