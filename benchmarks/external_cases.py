"""Published instances as ordinary case folders: generalized assignment, balanced number partitioning.

The data stay where they are (a folder with `gap/`, `partition/` and a README.md that states the best known
values); nothing of them is part of this project. `instances(data)` reads them, `write_case_folder` writes the
tables, and the schemes stand in `external_schemes/`.

- gap: a text file of whole numbers: agents m, jobs n; m rows of n costs; m rows of n uses; m capacities.
- partition: a JSON file with the numbers in `partition.subsets` and how many subsets in `constraints.k`. The
  least largest sum that counting allows, ceil(total / k), is their optimum.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCHEMES = Path(__file__).resolve().parent / "external_schemes"


@dataclass(frozen=True)
class Gap:
    """cost[i][j] and uses[i][j] of agent i and job j, capacity[i]."""

    name: str
    cost: tuple[tuple[int, ...], ...]
    uses: tuple[tuple[int, ...], ...]
    capacity: tuple[int, ...]

    scheme = SCHEMES / "gap.toml"
    goal = "cost"
    kind = "gap"

    @property
    def shape(self) -> tuple[int, int]:
        """Clients, managers."""
        return len(self.cost[0]), len(self.capacity)

    def settings(self) -> dict[str, str]:
        return {}

    def optimum(self, known: Mapping[str, int]) -> int | None:
        return known.get(self.name)


@dataclass(frozen=True)
class Partition:
    """`numbers` into `subsets` of equal counts."""

    name: str
    numbers: tuple[int, ...]
    subsets: int

    scheme = SCHEMES / "partition.toml"
    goal = "leximax"
    kind = "partition"

    @property
    def shape(self) -> tuple[int, int]:
        """Clients, managers."""
        return len(self.numbers), self.subsets

    def settings(self) -> dict[str, str]:
        least, over = divmod(len(self.numbers), self.subsets)
        return {
            "limits.equal_counts.least": str(least),
            "limits.equal_counts.most": str(least + (over > 0)),
        }

    def optimum(self, known: Mapping[str, int]) -> int | None:
        return known.get(self.name, -(-sum(self.numbers) // self.subsets))


Instance = Gap | Partition


def instances(data: Path) -> Iterator[Instance]:
    """All of a data folder, gap first, in the order of their sizes and names."""
    gaps: list[Instance] = [
        read_gap(p) for p in sorted((data / "gap").glob("*")) if p.is_file() and p.suffix in ("", ".txt")
    ]
    partitions: list[Instance] = [read_partition(p) for p in sorted((data / "partition").glob("*.json"))]
    for group in (gaps, partitions):
        yield from sorted(group, key=lambda one: (one.shape[0] * one.shape[1], one.name))


def read_gap(path: Path) -> Gap:
    """Raises ValueError where the figures do not add up to one instance."""
    figures = [int(word) for word in path.read_text(encoding="ascii").split()]
    m, n = figures[:2]
    if len(figures) != 2 + 2 * m * n + m:
        raise ValueError(f"{path}: {len(figures)} figures do not make {m} agents x {n} jobs")
    rows = [tuple(figures[2 + k * n : 2 + (k + 1) * n]) for k in range(2 * m)]
    return Gap(path.stem, tuple(rows[:m]), tuple(rows[m:]), tuple(figures[2 + 2 * m * n :]))


def read_partition(path: Path) -> Partition:
    tree = json.loads(path.read_text(encoding="utf-8"))
    numbers = sorted(v for subset in tree["partition"]["subsets"] for v in subset)
    return Partition(path.stem, tuple(numbers), tree["constraints"]["k"])


def known_optima(data: Path, table: Path | None) -> dict[str, int]:
    """Published values by instance: from a CSV of name and value, or as the data's README states them."""
    if table is not None:
        with table.open(encoding="utf-8-sig", newline="") as file:
            return {
                r[0].strip(): int(r[1]) for r in csv.reader(file) if len(r) > 1 and r[1].strip().isdigit()
            }
    readme = data / "README.md"
    if not readme.is_file():
        return {}
    return {
        name: int(value)
        for name, value in re.findall(r"\b([a-e]\d{5,6})\s+(\d+)\b", readme.read_text("utf-8"))
    }


# --- as tables ---------------------------------------------------------------------------------------


def write_case_folder(instance: Instance, folder: Path) -> None:
    """staff.csv, clients.csv and, for a gap, links.csv; ids in the order of the instance."""
    folder.mkdir(parents=True, exist_ok=True)
    n, m = instance.shape
    managers, clients = _ids("M", m), _ids("C", n)
    if isinstance(instance, Gap):
        _write(
            folder / "staff.csv",
            ["staff_id", "name", "branch", "tier", "capacity"],
            ([s, s, "-", "agent", c] for s, c in zip(managers, instance.capacity, strict=True)),
        )
        _write(
            folder / "clients.csv",
            ["client_id", "name", "branch", "kind", "balance"],
            ([c, c, "-", "loan", 1] for c in clients),
        )
        _write(
            folder / "links.csv",
            ["staff_id", "client_id", "cost", "uses"],
            (
                [s, c, instance.cost[i][j], instance.uses[i][j]]
                for i, s in enumerate(managers)
                for j, c in enumerate(clients)
            ),
        )
    else:
        _write(
            folder / "staff.csv",
            ["staff_id", "name", "branch", "tier"],
            ([s, s, "-", "subset"] for s in managers),
        )
        _write(
            folder / "clients.csv",
            ["client_id", "name", "branch", "kind", "balance", "size"],
            ([c, c, "-", "loan", 1, v] for c, v in zip(clients, instance.numbers, strict=True)),
        )


def _ids(letter: str, n: int) -> list[str]:
    width = len(str(n))
    return [f"{letter}{k:0{width}}" for k in range(1, n + 1)]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
