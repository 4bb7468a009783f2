"""External instances: read, written as tables, divided as ordinary cases, judged by the published value."""

from __future__ import annotations

import csv
import importlib
import itertools
import json
from pathlib import Path
from types import ModuleType

import pytest

from cmopt import service

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
COST = [[3, 9, 4, 8], [7, 2, 6, 5]]
USES = [[5, 3, 4, 6], [4, 6, 3, 5]]
CAPACITY = [9, 11]


@pytest.fixture
def external(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("external")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One small instance of each kind, with the README that states the best value."""
    folder = tmp_path / "data"
    (folder / "gap").mkdir(parents=True)
    (folder / "partition").mkdir()
    rows = [[2, 4], *COST, *USES, CAPACITY]
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    (folder / "gap" / "x02004").write_text(text, encoding="ascii")
    tree = {"partition": {"subsets": [[1, 8], [2, 7], [5, 5, 3]]}, "constraints": {"k": 2}}
    (folder / "partition" / "n7-k-2.json").write_text(json.dumps(tree), encoding="utf-8")
    (folder / "README.md").write_text("Best known: c02004 1, a02004 2.", encoding="utf-8")
    return folder


def best_cost() -> int:
    return min(
        sum(COST[i][j] for j, i in enumerate(h))
        for h in itertools.product(range(2), repeat=4)
        if all(sum(USES[i][j] for j in range(4) if h[j] == i) <= CAPACITY[i] for i in range(2))
    )


def test_an_assignment_as_an_ordinary_case(external: ModuleType, data: Path, tmp_path: Path) -> None:
    optima = tmp_path / "optima.csv"
    optima.write_text(f"name,value\nx02004,{best_cost()}\n", encoding="utf-8")
    out, keep = tmp_path / "rows.csv", tmp_path / "kept"
    asked = ["--data", str(data), "--optima", str(optima), "--out", str(out), "--keep", str(keep)]
    assert external.main([*asked, "--only", "x02004", "--limit", "20", "--markdown"]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = {r["instance"]: r for r in csv.DictReader(file)}
    assert float(rows["x02004"]["value"]) == float(rows["x02004"]["bound"]) == best_cost()
    assert rows["x02004"]["status"] == "optimal" and rows["x02004"]["audit"] == "clean"
    assert (keep / "x02004" / "case" / "links.csv").is_file()


def test_a_partition_as_an_ordinary_case(external: ModuleType, data: Path, tmp_path: Path) -> None:
    instance = list(external.instances(data))[-1]
    external.write_case_folder(instance, tmp_path / "case")
    order = service.Order(tmp_path / "case", scheme=str(instance.scheme), overrides=instance.settings())
    result = service.solve(service.load(order), order).result
    values = {g.name: g.value for g in result.goals}
    assert result.status == "optimal" and values["coverage"] == 0
    assert values["leximax"] == 16 * 10**6 == instance.optimum({}) * 10**6  # 31 in all


def test_an_untrue_bound_and_a_failed_audit_are_wrong(external: ModuleType) -> None:
    good = external.Row("x", 4, 2, "feasible", 10.0, 9.0, 10, 0.0, 1.0, False, 1.0, 1.0, "clean", 1)
    assert not external._is_wrong(good)
    for change in ({"bound": 10.5}, {"value": 9.0}, {"audit": "FAILED"}, {"value": None}):
        assert external._is_wrong(external.Row(**{**external.asdict(good), **change}))


def test_the_values_of_a_readme(external: ModuleType, data: Path) -> None:
    assert external.known_optima(data, None) == {"c02004": 1, "a02004": 2}


def test_no_data_is_no_error(
    external: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert external.main(["--data", str(tmp_path / "none")]) == 0
    assert "skipped" in capsys.readouterr().out


def test_figures_that_do_not_add_up(data: Path, external: ModuleType) -> None:
    (data / "gap" / "x02004").write_text("2 4 1 2 3", encoding="ascii")
    with pytest.raises(ValueError, match="2 agents x 4 jobs"):
        list(external.instances(data))
