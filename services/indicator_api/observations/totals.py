"""Totals beside their parts: whether an area's own cell is what the areas directly below it give.

Compared are delivered cells alone, of the same release, measure, breakdown and period: what was
derived is the sum of its parts by construction. Parts count only if all of them have a value and
together they are the whole area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.facts.additivity import (
    Adding,
    Leeway,
    adds_up,
    area_tolerance,
)
from services.indicator_api.observations.derivation import valid
from services.indicator_api.observations.plan import FigurePlan, PartDefinition, Slice
from services.indicator_api.observations.question import Question
from services.indicator_api.periods.rules import parse_period
from services.shared.database import kept_text

_HELD_TO_PARTS = ("exact", "rounded", "suppressed_at_source")
# further periods that are named in one note
_MOST_PERIODS = 6


@dataclass(frozen=True, slots=True)
class Beside:
    """A query for one JSON value that is read beside rows, and the values that it binds."""

    query: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A slice of a measure that is held to its parts, and the indicators that are made of it."""

    slice: Slice
    part: PartDefinition
    indicators: list[str]


@dataclass(frozen=True, slots=True)
class Total:
    """A total and what its parts give, where the two are not the same."""

    held: Held
    area: str
    name: str
    total: float
    together: float
    parts: int
    # what the parts are: „Stadtteile“
    kind: str
    measure: str
    breakdown: str
    measure_kind: str
    rounding_base: float
    unplaced_cases: int | None
    amount_rounding: float

    @property
    def adding(self) -> Adding:
        """How the figures add up, as their dataset says."""
        return Adding(
            self.held.slice.series.additivity,
            self.rounding_base,
            self.unplaced_cases,
            self.amount_rounding,
        )

    @property
    def allowed(self) -> Leeway | None:
        """How far the two may lie apart."""
        tolerance = area_tolerance(self.adding, self.measure_kind)
        return None if tolerance is None else tolerance.leeway(self.parts, self.total)

    @property
    def series(self) -> tuple[str, str, str, str, str]:
        """What goes into one note, whatever the period."""
        dataset = str(self.held.slice.series.dataset["dataset"])
        return self.area, self.measure, self.breakdown, dataset, self.kind


def asked_totals(question: Question) -> tuple[str, ...]:
    """Keys of the areas that a question wants held to their parts: the region, else those named."""
    choice = question.choice
    if not question.checks_totals:
        return ()
    region = choice.within or choice.parent
    return choice.codes if region is None else (region,)


def differing_totals(plan: FigurePlan, areas: Sequence[str]) -> Beside | None:
    """The query for all totals that differ from the sum of their parts; None if there is nothing.

    Its value is an array for `notes_of`. It reads the cells of the areas and of those directly
    below them, whatever their number: no more than the areas have children.
    """
    held = _held(plan)
    if not held or not areas:
        return None
    values = {
        "total_areas": list(areas),
        "total_series": [item.slice.series.id for item in held],
        "total_numbers": [item.slice.series.number for item in held],
        "total_periods": [item.slice.period_id for item in held],
        "total_days": [item.slice.end_on for item in held],
        "total_measures": [item.part.measure_id for item in held],
        "total_breakdowns": [item.part.breakdown_id for item in held],
        "total_shows_blocked": [item.slice.series.shows_blocked for item in held],
    }
    return Beside(_QUERY, values)


# Administrative areas tile the one above them as one kind, the divisions of a municipality as one
# partition. Above the Kreis the register may hold a few of many children: those must cover it.
_QUERY = f"""
    WITH asked AS (
        SELECT * FROM unnest(
            CAST(:total_series AS integer[]), CAST(:total_numbers AS integer[]),
            CAST(:total_periods AS integer[]), CAST(:total_days AS date[]),
            CAST(:total_measures AS integer[]), CAST(:total_breakdowns AS integer[]),
            CAST(:total_shows_blocked AS boolean[])
        ) WITH ORDINALITY AS w (series_id, number, period_id, day, measure_id, breakdown_id,
            shows_blocked, place)
    ),
    whole AS MATERIALIZED (
        SELECT a.id, a.code, a.name, a.valid_from, a.valid_to, a.is_fictional, a.area_km2, k.rank
        FROM indicator.area AS a JOIN indicator.area_kind AS k ON k.code = a.kind
        WHERE a.code = ANY(CAST(:total_areas AS text[])) AND NOT a.is_set
    ),
    child AS MATERIALIZED (
        SELECT c.id, c.parent_id, c.valid_from, c.valid_to, c.area_km2, c.kind,
            CASE WHEN k.rank <= 50 THEN 'administration'
                ELSE concat(c.kind, ' ', c.partition_id) END AS division
        FROM whole AS t JOIN indicator.area AS c ON c.parent_id = t.id
        JOIN indicator.area_kind AS k ON k.code = c.kind
        WHERE NOT c.is_set AND c.is_fictional = t.is_fictional
    ),
    cell AS MATERIALIZED (
        SELECT w.place, c.area_id, c.value
        FROM asked AS w
        JOIN indicator.released_cell AS c
            ON c.measure_id = w.measure_id AND c.period_id = w.period_id
            AND c.breakdown_id = w.breakdown_id AND c.series_id = w.series_id
            AND c.released_from <= w.number AND c.released_to > w.number
            AND (NOT c.is_blocked OR w.shows_blocked)
            AND c.area_id = ANY(ARRAY(SELECT t.id FROM whole AS t
                UNION ALL SELECT h.id FROM child AS h))
        WHERE c.value IS NOT NULL
    ),
    own AS (
        SELECT w.*, t.id, t.code, t.name, t.area_km2, t.rank, c.value
        FROM cell AS c
        JOIN asked AS w ON w.place = c.place
        JOIN whole AS t ON t.id = c.area_id AND {valid("t", "w.day")}
    ),
    together AS (
        SELECT o.place, o.id, min(h.kind) AS kind, count(*) AS parts, sum(c.value) AS value
        FROM own AS o
        JOIN child AS h ON h.parent_id = o.id AND {valid("h", "o.day")}
        LEFT JOIN cell AS c ON c.place = o.place AND c.area_id = h.id
        GROUP BY o.place, o.id, o.rank, o.area_km2, h.division
        HAVING count(*) = count(c.value) AND count(DISTINCT h.kind) = 1
            AND CASE WHEN count(h.area_km2) = count(*) AND o.area_km2 > 0
                THEN sum(h.area_km2) BETWEEN 0.98 * o.area_km2 AND 1.02 * o.area_km2
                ELSE o.rank >= 40 END
    )
    SELECT json_agg(json_build_array(o.place - 1, o.code, o.name, o.value, g.value, g.parts,
        CASE WHEN g.parts = 1 THEN k.label ELSE k.plural END, m.name,
        CASE WHEN b.id = 0 THEN '' ELSE b.label END,
        m.kind, d.rounding_base, d.unplaced_cases, d.amount_rounding)
        ORDER BY o.code, m.name, o.day DESC, o.place)
    FROM together AS g
    JOIN own AS o ON o.place = g.place AND o.id = g.id
    JOIN indicator.area_kind AS k ON k.code = g.kind
    JOIN indicator.measure AS m ON m.id = o.measure_id
    JOIN indicator.breakdown AS b ON b.id = o.breakdown_id
    JOIN indicator.release_series AS s ON s.id = o.series_id
    JOIN indicator.dataset AS d ON d.id = s.dataset_id
    WHERE o.value <> g.value
"""


def _held(plan: FigurePlan) -> list[Held]:
    """What can be held to its parts, each once however many indicators are made of it."""
    found: dict[tuple[int, int, int, int, int], Held] = {}
    for pair in plan.pairs:
        definition = plan.definitions[pair.figure]
        for item, part in zip(pair.slices, definition.parts, strict=False):
            series = item.series
            if part.kind == "rate" or series.additivity not in _HELD_TO_PARTS:
                continue
            measure, breakdown = part.measure_id, part.breakdown_id
            key = (series.id, series.number, item.period_id, measure, breakdown)
            codes = found.setdefault(key, Held(item, part, [])).indicators
            if definition.code not in codes:
                codes.append(definition.code)
    return list(found.values())


async def read_notes(
    session: AsyncSession, plan: FigurePlan, areas: Sequence[str]
) -> list[dict[str, Any]]:
    """The notes about totals of these areas, by a statement of their own."""
    beside = differing_totals(plan, areas)
    if beside is None:
        return []
    found = await session.execute(kept_text(f"SELECT ({beside.query})"), beside.values)
    return notes_of(plan, found.scalar_one())


def notes_of(plan: FigurePlan, found: Sequence[Sequence[Any]] | None) -> list[dict[str, Any]]:
    """What is to be said of totals that are not the sum of their parts, though they should be.

    `found` is the value of `differing_totals`. One note an area, measure and dataset tells of the
    newest period and names the others.
    """
    held = _held(plan)
    grouped: dict[tuple[str, ...], list[tuple[Total, Leeway]]] = {}
    for place, *values in found or ():
        row = Total(held[place], *values)
        allowed = row.allowed
        if allowed is not None and not adds_up(row.total, row.together, allowed):
            grouped.setdefault(row.series, []).append((row, allowed))
    return [
        _note(*rows[0], [other.held.slice.period for other, _ in rows[1:]])
        for rows in grouped.values()
    ]


def _note(row: Total, allowed: Leeway, others: Sequence[str]) -> dict[str, Any]:
    return {
        "code": "parts_differ",
        "area": row.area,
        "indicator": row.held.indicators[0],
        "indicators": row.held.indicators,
        "period": row.held.slice.period,
        "dataset": row.held.slice.series.dataset["dataset"],
        "total": row.total,
        "together": row.together,
        "parts": row.parts,
        "allowed_below": None if allowed.below == inf else allowed.below,
        "allowed_above": allowed.above,
        "detail": _words(row, allowed, others),
    }


def _words(row: Total, allowed: Leeway, others: Sequence[str]) -> str:
    """What stands, what the parts give, how far apart, and how far they may be."""
    of = f" ({row.breakdown})" if row.breakdown else ""
    distance = _number(abs(row.together - row.total))
    more = f"{distance} {'mehr' if row.together > row.total else 'weniger'}"
    sentences = [
        f"{row.measure}{of}, {_label(row.held.slice.period)}: Für {row.name} stehen "
        f"{_number(row.total)}, die Teile ({row.parts} {row.kind}) ergeben zusammen "
        f"{_number(row.together)}, also {more}.",
        _why(row, allowed),
    ]
    if others:
        named = ", ".join(_label(period) for period in others[:_MOST_PERIODS])
        more = f" und {len(others) - _MOST_PERIODS} weitere" if len(others) > _MOST_PERIODS else ""
        sentences.append(f"Ebenso: {named}{more}.")
    return " ".join(sentences)


def _why(row: Total, allowed: Leeway) -> str:
    """What the dataset says of its figures, and how much of the difference that explains."""
    title = row.held.slice.series.dataset["title"]
    rounding = row.adding.rounding_of(row.measure_kind)
    explained = (
        f"auf {_number(rounding)} gerundet: Das erklärt höchstens {_number(allowed.above)} "
        "Unterschied."
    )
    if row.held.slice.series.additivity == "suppressed_at_source":
        words = (
            f"In „{title}“ sind kleine Zahlen gesperrt: Die Teile dürfen weniger ergeben als das "
            "Ganze, aber nicht mehr."
        )
        return f"{words} Beträge sind {explained}" if rounding else words
    if rounding:
        return f"Die Zahlen aus „{title}“ sind {explained}{_unplaced(row)}"
    words = f"Die Zahlen aus „{title}“ sind genau: Ganzes und Teile sollten gleich sein."
    return f"{words}{_unplaced(row)}"


def _unplaced(row: Total) -> str:
    missing = row.adding.unplaced_of(row.measure_kind)
    if missing == 0:
        return ""
    some = "Fälle" if missing == inf else f"Höchstens {_number(missing)} Fälle"
    return f" {some} ohne Ortsangabe stehen nur im Ganzen, nie in den Teilen."


def _number(value: float) -> str:
    return str(format_decimal(value, format="#,##0.##", locale="de_DE"))


def _label(code: str) -> str:
    period = parse_period(code)
    return code if period is None else period.label
