"""The house's layers (house.md): imports only point up the list, imports do nothing, heavy ones wait."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cmopt

PACKAGE = Path(cmopt.__file__).parent

LAYERS = (
    "i18n",
    "errors",
    "domain",
    "intake",
    "grading",
    "synth",
    "problem",
    "solvers",
    "audit",
    "metrics",
    "explain",
    "plots",
    "reports",
    "store",
    "service",
    "cli",
    "__main__",
)
HEAVY = ("pandas", "numpy", "ortools", "matplotlib", "networkx", "pydantic")
SOURCES = sorted(PACKAGE.rglob("*.py"))


def tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))


def layer_of(module: str) -> str:
    """``cmopt.solvers.greedy`` -> ``solvers``; '' for the package itself."""
    return module.split(".")[1] if "." in module else ""


def module_of(source: Path) -> str:
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def imports(node: ast.AST) -> Iterator[str]:
    """Full names of what is imported anywhere below `node`, functions and type checking included."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, "write imports from the package's top"
            for alias in found.names:
                yield f"{found.module}.{alias.name}"


def ours(node: ast.AST) -> set[str]:
    return {name for name in imports(node) if name.split(".")[0] == "cmopt"}


def sources_of(layer: str) -> list[Path]:
    return [s for s in SOURCES if layer_of(module_of(s)) == layer]


def called(node: ast.AST) -> set[str]:
    """Names of functions and methods that are called anywhere below `node`."""
    return {
        getattr(found.func, "id", getattr(found.func, "attr", ""))
        for found in ast.walk(node)
        if isinstance(found, ast.Call)
    }


def test_every_folder_has_its_place() -> None:
    there = {layer_of(module_of(s)) for s in SOURCES} - {""}
    assert there == set(LAYERS), "a new part of the house gets a place in LAYERS"


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_only_point_up(layer: str) -> None:
    above = {"", *LAYERS[: LAYERS.index(layer) + 1]}
    wrong = {
        f"{module_of(source)} imports {name}"
        for source in sources_of(layer)
        for name in ours(tree(source))
        if layer_of(name) not in above and name != "cmopt.__version__"
    }
    assert not wrong


def test_the_audit_does_not_see_what_it_audits() -> None:
    seen = {layer_of(name) for source in sources_of("audit") for name in ours(tree(source))}
    assert seen <= {"audit", "domain", "errors", "i18n"}


def test_the_domain_neither_reads_nor_solves() -> None:
    for source in sources_of("domain"):
        brought = {name.split(".")[0] for name in imports(tree(source))}
        assert not brought & {"pathlib", "os", "io", "csv", "json", "tomllib", "sqlite3", "ortools", "pandas"}
        assert not called(tree(source)) & {"open", "read_text", "write_text", "print", "run"}, source.name


def test_the_command_line_calls_nothing_but_the_use_cases() -> None:
    """Besides the nouns it shows, and the words for them."""
    allowed = (
        "cmopt.service",
        "cmopt.cli",
        "cmopt.domain",
        "cmopt.errors",
        "cmopt.i18n",
        "cmopt.reports.wording",
    )
    wrong = {
        f"{module_of(source)} imports {name}"
        for source in sources_of("cli")
        for name in ours(tree(source))
        if not name.startswith(allowed) and name != "cmopt.__version__" and name != "cmopt"
    }
    assert not wrong


# --- imports do nothing ------------------------------------------------------------------------------


def brought_by(statement: str) -> set[str]:
    """Top-level modules in ``sys.modules`` of a fresh Python after `statement`."""
    program = f"import sys; {statement}; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_light() -> None:
    assert not brought_by("import cmopt.cli.app") & set(HEAVY)


def test_the_package_itself_is_light() -> None:
    assert not brought_by("import cmopt, cmopt.errors, cmopt.i18n") & {*HEAVY, "polib", "typer", "rich"}


def test_what_a_module_offers_is_there() -> None:
    """Every name in an ``__all__`` is bound in its module, also where a rearrangement moved it."""
    program = (
        "import importlib, sys; print(*[f'{m}.{n}' for m in sys.argv[1:] for module in "
        "[importlib.import_module(m)] for n in getattr(module, '__all__', ()) if not hasattr(module, n)])"
    )
    modules = [m for m in map(module_of, SOURCES) if m != "cmopt.__main__"]
    done = subprocess.run(
        [sys.executable, "-c", program, *modules], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_imports_leave_no_trace() -> None:
    """Importing every module adds no log or signal handler, warning filter, thread; draws no number."""
    modules = [m for m in map(module_of, SOURCES) if m != "cmopt.__main__"]
    program = f"""
import logging, locale, os, random, signal, sys, threading, warnings
import numpy, pandas, pydantic, networkx, typer, rich.console, matplotlib, matplotlib.figure, xlsxwriter
from ortools.sat.python import cp_model
def state():
    import decimal
    return (
        [str(h) for h in logging.getLogger().handlers],
        [str(h) for n, l in sorted(logging.root.manager.loggerDict.items())
         if n.startswith("cmopt") for h in getattr(l, "handlers", [])],
        len(warnings.filters),
        [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
        threading.active_count(),
        random.getstate(),
        numpy.random.get_state()[1].tolist(),
        locale.setlocale(locale.LC_ALL),
        str(decimal.getcontext()),
        sorted(os.environ.items()),
        os.getcwd(),
        sorted((k, str(v)) for k, v in matplotlib.rcParams.items()),
        sys.getrecursionlimit(),
    )
random.seed(7); numpy.random.seed(7)
before = state()
for module in {modules!r}:
    __import__(module)
after = state()
print([n for n, (a, b) in enumerate(zip(before, after)) if a != b])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=module_of)
def test_modules_hold_only_definitions(source: Path) -> None:
    """At the top of a module nothing is called for its effect, and global random numbers are used nowhere."""
    code = tree(source)
    for statement in code.body:
        if isinstance(statement, ast.Expr):
            assert isinstance(statement.value, ast.Constant), ast.unparse(statement)
    drawn = {
        ast.unparse(found.func)
        for found in ast.walk(code)
        if isinstance(found, ast.Call)
        and ast.unparse(found.func).startswith(("random.", "np.random.", "numpy.random."))
    }
    own = {
        "random.Random",
        *(f"np.random.{n}" for n in ("default_rng", "Generator", "PCG64", "SeedSequence")),
    }
    assert drawn <= own


def test_every_file_of_the_tests_has_a_name_of_its_own() -> None:
    """The folders of the tests are no packages: of two files of one name only the first is ever imported."""
    names = [p.name for p in Path(__file__).parent.rglob("*.py") if p.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
