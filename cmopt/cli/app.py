"""The commands, in the order of a planner's work."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from cmopt.cli.cases import check, grade, synth, template
from cmopt.cli.dividing import allocate, demo
from cmopt.cli.explaining import explain
from cmopt.cli.records import appeal, compare, verify

app = typer.Typer(
    name="cmopt",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich's takes longer to import than all the rest
    help="把银行客户划分给客户经理：可证明、可解释、可复核。Divides a bank's clients among its managers.",
)
for command in (demo, template, check, grade, allocate, explain, compare, appeal, verify, synth):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _version(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="版本 / version")] = False,
) -> None:
    if version:
        import cmopt

        typer.echo(f"cmopt {cmopt.__version__}")
        raise typer.Exit


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
