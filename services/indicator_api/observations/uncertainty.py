"""How far a figure from a register would vary by chance: the Schwankungsbereich, 95 %, in SQL.

It is no sampling error: a register counts everybody. It says within which limits the figure of
the same place may lie although nothing has changed. Figures of sample surveys have none: they
are projected, and their number of cases is another; there the publisher's sign of quality
stands alone. Sources of the formulas stand at each of them.
"""

from enum import IntEnum
from typing import Any

from services.indicator_api.observations.plan import FigureDefinition

# Two-sided 95 % of the standard normal distribution.
Z = 1.959963984540054
EXACT_BELOW = 10
# Exact limits of a Poisson count of 0 to 10: half the 2.5 % quantile of chi-square with 2x degrees
# of freedom, half the 97.5 % quantile with 2x + 2. Source: K. Ulm (1990), A simple method to
# calculate the confidence interval of a standardized mortality ratio, American Journal of
# Epidemiology 131, 373-375.
POISSON_LOWER = (
    0.0,
    0.025317807984289876,
    0.24220927854396496,
    0.6186721228956014,
    1.0898653736263249,
    1.6234863901184207,
    2.2018942534908508,
    2.8143630515198654,
    3.4538321767485014,
    4.115373097378334,
    4.7953886961324335,
)
POISSON_UPPER = (
    3.6888794541139354,
    5.571643390938898,
    7.22468766772396,
    8.767273069742323,
    10.241588675403694,
    11.66833207932267,
    13.059474022518685,
    14.422675361702376,
    15.763189220193313,
    17.084803451419166,
    18.39035604201778,
)


class Interval(IntEnum):
    """How the Schwankungsbereich of a figure is made."""

    NONE = 0
    WILSON = 1
    POISSON = 2


INTERVAL_NAMES = {Interval.NONE: "none", Interval.WILSON: "wilson", Interval.POISSON: "byar"}
INTERVAL_DETAILS = {
    Interval.NONE: "Zu diesen Zahlen wird kein Schwankungsbereich berechnet.",
    Interval.WILSON: (
        "Bereich, in dem der Anteil mit 95 % Sicherheit allein durch Zufall schwanken kann"
        " (Verfahren nach Wilson). Kein Stichprobenfehler: Das Register zählt alle."
    ),
    Interval.POISSON: (
        "Bereich, in dem die Anzahl mit 95 % Sicherheit allein durch Zufall schwanken kann"
        " (ab 10 Fällen Verfahren nach Byar, darunter genau nach Poisson). Kein"
        " Stichprobenfehler: Das Register zählt alle."
    ),
}


def interval_of(definition: FigureDefinition, *, is_sample: bool) -> Interval:
    """Wilson for shares, Poisson for counts and for counts per head; none for the rest.

    Measures of the kind `amount` (km², €) do not count cases, and a rate that was delivered
    ready has no parts.
    """
    if is_sample or any(part.kind != "count" for part in definition.parts):
        return Interval.NONE
    if definition.kind == "rate":
        return Interval.WILSON if definition.denominator is not None else Interval.NONE
    return Interval.POISSON if definition.kind in ("density", "count") else Interval.NONE


def wilson(numerator: str, denominator: str) -> tuple[str, str]:
    """SQL for both limits of a share (0 to 1); null where it is no share.

    Source: E. B. Wilson (1927), JASA 22, 209-212, as recommended for proportions in Public
    Health England, „Technical Guide: Confidence Intervals“ (2018). Multiplied out by n:
    (2x + z² ∓ z sqrt(z² + 4x(1 - x/n))) / (2(n + z²)).
    """
    square = Z * Z
    root = f"{Z} * sqrt({square} + 4 * {numerator} * (1 - {numerator} / {denominator}))"
    below = f"(2 * ({denominator} + {square}))"
    is_share = f"{denominator} > 0 AND {numerator} BETWEEN 0 AND {denominator}"
    lower = f"greatest((2 * {numerator} + {square} - {root}) / {below}, 0)"
    upper = f"least((2 * {numerator} + {square} + {root}) / {below}, 1)"
    return f"CASE WHEN {is_share} THEN {lower} END", f"CASE WHEN {is_share} THEN {upper} END"


def poisson(count: str) -> tuple[str, str]:
    """SQL for both limits of a count; null below zero.

    From 10 on Byar's approximation: x (1 - 1/(9x) - z/(3 sqrt x))³ and, with y = x + 1,
    y (1 - 1/(9y) + z/(3 sqrt y))³. Source: N. E. Breslow, N. E. Day (1987), Statistical Methods
    in Cancer Research II, IARC, p. 69, as recommended in Public Health England, „Technical
    Guide: Confidence Intervals“ (2018). Below 10 the exact limits (see POISSON_LOWER); between
    two whole numbers, as estimates have them, the wider limits of both neighbours.
    """
    few_lower = ", ".join(repr(limit) for limit in POISSON_LOWER)
    few_upper = ", ".join(repr(limit) for limit in POISSON_UPPER)
    next_count = f"({count} + 1)"
    lower = f"{count} * power(1 - 1 / (9 * {count}) - {Z} / (3 * sqrt({count})), 3)"
    upper = f"{next_count} * power(1 - 1 / (9 * {next_count}) + {Z} / (3 * sqrt({next_count})), 3)"
    return (
        f"CASE WHEN {count} >= {EXACT_BELOW} THEN {lower} WHEN {count} >= 0"
        f" THEN (ARRAY[{few_lower}])[floor({count})::integer + 1] END",
        f"CASE WHEN {count} >= {EXACT_BELOW} THEN {upper} WHEN {count} >= 0"
        f" THEN (ARRAY[{few_upper}])[ceil({count})::integer + 1] END",
    )


def newcombe(one: str, other: str) -> tuple[str, str]:
    """SQL for both limits of the difference of two shares, the first less the second.

    `one` and `other` are aliases of rows with `share`, `lower_share`, `upper_share` (Wilson's).
    Source: R. G. Newcombe (1998), Interval estimation for the difference between independent
    proportions, Statistics in Medicine 17, 873-890, method 10. People who are counted in both
    years make the two dependent; the limits are then rather too wide than too narrow.
    """
    difference = f"{one}.share - {other}.share"
    down = f"({one}.share - {one}.lower_share) ^ 2 + ({other}.upper_share - {other}.share) ^ 2"
    up = f"({one}.upper_share - {one}.share) ^ 2 + ({other}.share - {other}.lower_share) ^ 2"
    return f"({difference}) - sqrt({down})", f"({difference}) + sqrt({up})"


def interval_head(
    definition: FigureDefinition, *, is_sample: bool, derive: str | None
) -> dict[str, Any]:
    """What an answer says about its Schwankungsbereich."""
    kind = interval_of(definition, is_sample=is_sample)
    detail = INTERVAL_DETAILS[kind]
    if is_sample:
        detail = (
            "Hochgerechnet aus einer Stichprobe: Über die Genauigkeit sagen allein die"
            " Qualitätszeichen der Quelle etwas."
        )
    elif derive == "growth" or (derive == "change" and kind is not Interval.WILSON):
        kind, detail = Interval.NONE, INTERVAL_DETAILS[Interval.NONE]
    elif derive == "change":
        detail = (
            "Bereich, in dem der Unterschied beider Anteile mit 95 % Sicherheit allein durch"
            " Zufall liegen kann (Verfahren nach Newcombe)."
        )
    return {"method": INTERVAL_NAMES[kind], "name": "Schwankungsbereich", "detail": detail}
