"""The kinds of rules: what each demands, its parameters, and its words; no input or output."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "minimum_count",
    "minimum_denominator",
    "minimum_residents",
    "complement",
    "extremes",
    "dominance",
    "few_units",
    "rounding",
    "insider",
]
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one parameter; `name` is empty where it concerns all of them."""

    name: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter that is a number between two bounds."""

    least: float
    greatest: float
    is_whole: bool = True
    is_optional: bool = False

    def fault(self, name: str, value: object) -> Fault | None:
        """What is wrong with a value, if anything is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Fault(name, "number_expected", f"„{name}“ ist eine Zahl, nicht „{value}“.")
        if self.is_whole and value != int(value):
            return Fault(name, "whole_number_expected", f"„{name}“ ist eine ganze Zahl.")
        if not self.least <= value <= self.greatest:
            bounds = f"von {self.least:g} bis {self.greatest:g}"
            return Fault(name, "out_of_range", f"„{name}“ liegt {bounds}; {value:g} geht nicht.")
        return None


@dataclass(frozen=True, slots=True)
class MeasureCode:
    """A parameter that names a measure; whether there is one is looked up elsewhere."""

    is_optional: bool = False

    def fault(self, name: str, value: object) -> Fault | None:
        """What is wrong with a value, if anything is."""
        if isinstance(value, str) and value.strip():
            return None
        return Fault(name, "measure_expected", f"„{name}“ ist der Code einer Messgröße.")


@dataclass(frozen=True, slots=True)
class KindOfRule:
    """One kind: its name, what it does in a sentence, and its parameters."""

    label: str
    describe: Callable[[Parameters], str]
    parameters: Mapping[str, Number | MeasureCode]


_THRESHOLD = Number(1, 1_000)
KINDS: Mapping[Kind, KindOfRule] = {
    "minimum_count": KindOfRule(
        "Mindestfallzahl",
        lambda p: (
            _minimum_count(p["threshold"])
            + f" Wer angreift, darf sie auf weniger als {p['width']:g} nicht eingrenzen."
        ),
        # without a width it is the threshold: between 0 and t any count remains possible
        {"threshold": _THRESHOLD, "width": Number(0, 10_000, is_optional=True)},
    ),
    "minimum_denominator": KindOfRule(
        "Mindestgröße des Nenners",
        lambda p: f"Quoten mit weniger als {p['threshold']:g} im Nenner werden verborgen.",
        {"threshold": Number(1, 100_000)},
    ),
    "minimum_residents": KindOfRule(
        "Mindestzahl der Einwohner",
        lambda p: f"Gebiete mit weniger als {p['threshold']:g} Einwohnern werden ausgelassen.",
        {"threshold": Number(1, 100_000)},
    ),
    "complement": KindOfRule(
        "Gegenstück",
        lambda p: (
            f"Fehlen im Zähler weniger als {p['threshold']:g} bis zum Nenner, wird er verborgen."
        ),
        {"threshold": _THRESHOLD},
    ),
    "extremes": KindOfRule(
        "0 % und 100 %",
        lambda _: "Anteile von genau 0 % und 100 % werden verborgen.",
        {},
    ),
    "dominance": KindOfRule(
        "Dominanz",
        lambda p: (
            f"Tragen die größten {p['n']:g} mehr als {p['k']:g} % bei, wird der Wert verborgen."
        ),
        {"n": Number(1, 20), "k": Number(1, 99, is_whole=False)},
    ),
    "few_units": KindOfRule(
        "Wenige Einheiten",
        lambda p: (
            f"Stehen weniger als {p['threshold']:g} Einheiten („{p['units_measure']}“) hinter "
            "einem Wert, wird er verborgen."
        ),
        {"threshold": _THRESHOLD, "units_measure": MeasureCode()},
    ),
    "rounding": KindOfRule(
        "Rundung",
        lambda p: f"Anzahlen werden auf Vielfache von {p['base']:g} gerundet statt verborgen.",
        {"base": Number(2, 1_000)},
    ),
    "insider": KindOfRule(
        "Mitwissende",
        lambda p: (
            "Auch wer einen verborgenen Wert kennt, darf keinen anderen auf weniger als "
            f"{p['width']:g} eingrenzen."
        ),
        {"width": Number(1, 10_000)},
    ),
}


def _minimum_count(threshold: float) -> str:
    if threshold <= 1:
        return "Keine Mindestfallzahl."
    hidden = "1" if threshold == 2 else f"1 bis {threshold - 1:g}"
    return f"Mindestfallzahl {threshold:g}: Anzahlen von {hidden} werden verborgen."


def describe(kind: Kind, parameters: Parameters) -> str:
    """What a rule does, in a sentence or two."""
    return KINDS[kind].describe(parameters)


def check_parameters(kind: Kind, given: Parameters) -> tuple[Parameters, list[Fault]]:
    """The parameters with defaults filled in, and what is wrong with them."""
    known = KINDS[kind].parameters
    faults = [_unknown(kind, name) for name in given if name not in known]
    complete: Parameters = {}
    for name, wanted in known.items():
        if name not in given:
            if not wanted.is_optional:
                detail = f"„{KINDS[kind].label}“ braucht „{name}“."
                faults.append(Fault(name, "parameter_missing", detail))
            continue
        fault = wanted.fault(name, given[name])
        if fault is not None:
            faults.append(fault)
        complete[name] = given[name]
    if kind == "minimum_count" and "threshold" in complete:
        complete.setdefault("width", complete["threshold"])
    return complete, faults


def _unknown(kind: Kind, name: str) -> Fault:
    known = ", ".join(f"„{each}“" for each in KINDS[kind].parameters) or "keine"
    return Fault(
        name,
        "parameter_unknown",
        f"„{KINDS[kind].label}“ kennt „{name}“ nicht; Angaben sind: {known}.",
    )
