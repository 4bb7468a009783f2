"""A mixed-integer program in exact integers. Engines get it in doubles; people get it as an LP file."""

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
        """The program in LP format, every coefficient an exact integer."""
        lines = [f"\\ {question}", "Minimize", f" obj:{_terms(objective.terms, self.names)}", "Subject To"]
        for number, row in enumerate(self.rows):
            terms = _terms(row.terms, self.names)
            if row.least is not None and row.least == row.most:
                lines.append(f" r{number}_{row.name}:{terms} = {row.least}")
                continue
            if row.least is not None:
                lines.append(f" r{number}_{row.name}:{terms} >= {row.least}")
            if row.most is not None:
                lines.append(f" s{number}_{row.name}:{terms} <= {row.most}")
        lines.append("Bounds")
        lines += [
            f" {low} <= {name} <= {high}"
            for name, low, high in zip(self.names, self.lower, self.upper, strict=True)
        ]
        lines.append("Generals")
        lines += [f" {name}" for name, whole in zip(self.names, self.integer, strict=True) if whole]
        return "\n".join([*lines, "End", ""])


def _terms(terms: Mapping[int, int], names: list[str]) -> str:
    if not terms:
        return f" 0 {names[0]}" if names else " 0"
    said = (f"{'+' if c >= 0 else '-'} {abs(c)} {names[v]}" for v, c in terms.items())
    return " " + "\n   ".join(said)
