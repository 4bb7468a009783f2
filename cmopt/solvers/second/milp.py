"""A mixed-integer program in exact integers. Engines get it in doubles; people get it as an MPS file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class Sum:
    """An integer linear expression: {variable number: coefficient} and a constant."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: Iterable[tuple[int, int]] = (), constant: int = 0) -> None:
        self.terms: dict[int, int] = {}
        self.constant = constant
        for variable, factor in terms:
            self.terms[variable] = self.terms.get(variable, 0) + factor

    @classmethod
    def of(cls, variables: Iterable[int]) -> Sum:
        return cls((v, 1) for v in variables)

    def __add__(self, other: Sum | int) -> Sum:
        if isinstance(other, int):
            return Sum(self.terms.items(), self.constant + other)
        return Sum([*self.terms.items(), *other.terms.items()], self.constant + other.constant)

    def __sub__(self, other: Sum | int) -> Sum:
        return self + other * -1

    def __mul__(self, factor: int) -> Sum:
        return Sum(((v, c * factor) for v, c in self.terms.items()), self.constant * factor)

    def value(self, values: Mapping[int, int] | list[int]) -> int:
        return self.constant + sum(c * values[v] for v, c in self.terms.items())


@dataclass(frozen=True, slots=True)
class Row:
    """least <= terms <= most. `unit`: an engine is given the row divided by it (what counts as "one").

    `slack`: by how much an engine may be given the row looser, in that unit.
    """

    name: str
    terms: Mapping[int, int]
    least: int | None
    most: int | None
    unit: int = 1
    slack: float = 0.0


@dataclass
class Milp:
    """Variables by number, each bounded on both sides, and rows."""

    names: list[str] = field(default_factory=list)
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def variable(self, name: str, lower: int = 0, upper: int = 1, integer: bool = True) -> int:
        self.names.append(name)
        self.lower.append(lower)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.names) - 1

    def add(
        self,
        name: str,
        total: Sum,
        least: int | None = None,
        most: int | None = None,
        unit: int = 1,
        slack: float = 0.0,
    ) -> None:
        """least <= total <= most; an empty sum is kept too (it may be impossible)."""
        terms = {v: c for v, c in total.terms.items() if c}
        low = None if least is None else least - total.constant
        high = None if most is None else most - total.constant
        self.rows.append(Row(name, terms, low, high, unit, slack))

    def least(self, total: Sum) -> int:
        """What `total` cannot be below, as far as the bounds of the variables say."""
        ends = (c * (self.lower[v] if c > 0 else self.upper[v]) for v, c in total.terms.items())
        return total.constant + sum(ends)

    def most(self, total: Sum) -> int:
        """What `total` cannot be above, as far as the bounds of the variables say."""
        return -self.least(total * -1)

    def fix(self, variable: int, value: int) -> None:
        """One value for a variable; a row, so that two fixings that contradict each other leave nothing."""
        self.add(f"fix_{self.names[variable]}", Sum([(variable, 1)]), value, value)

    def text(self, objective: Sum, question: str) -> str:
        """The program in free MPS format, to be minimised, every coefficient an exact integer."""
        columns: list[list[str]] = [[] for _ in self.names]
        rows, sides, ranges = [" N cost"], [f" rhs cost {-objective.constant}"], []
        for v, c in objective.terms.items():
            columns[v].append(f"cost {c}")
        for number, row in enumerate(self.rows):
            name = f"{row.name}_{number}"
            least, most = row.least, row.most
            rows.append(f" {'G' if most is None else 'E' if least == most else 'L'} {name}")
            sides.append(f" rhs {name} {least if most is None else most}")
            if least is not None and most is not None and least < most:
                ranges.append(f" range {name} {most - least}")
            for v, c in row.terms.items():
                columns[v].append(f"{name} {c}")
        listed = []
        for v, name in enumerate(self.names):
            entries = [f" {name} {entry}" for entry in columns[v] or ["cost 0"]]
            listed += _whole(v, entries) if self.integer[v] else entries
        bounds = []
        for name, low, high in zip(self.names, self.lower, self.upper, strict=True):
            bounds += [f" LO bound {name} {low}", f" UP bound {name} {high}"]
        sections = {"ROWS": rows, "COLUMNS": listed, "RHS": sides, "RANGES": ranges, "BOUNDS": bounds}
        told = [line for title, lines in sections.items() if lines for line in (title, *lines)]
        return "\n".join([f"* {question}", "NAME second", *told, "ENDATA", ""])


def _whole(v: int, entries: list[str]) -> list[str]:
    """The entries of a variable that must be whole."""
    return [f" M{v} 'MARKER' 'INTORG'", *entries, f" N{v} 'MARKER' 'INTEND'"]
