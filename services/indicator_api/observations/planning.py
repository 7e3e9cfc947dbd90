"""One statement that finds what a question needs: definitions, slices, releases, places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.beginning import FIRST_DAY
from services.indicator_api.observations.plan import Series
from services.indicator_api.observations.question import ALL, Question
from services.shared.database import kept_text
from services.shared.problems import Gone, NotFound

_OF_INDICATORS = """
    SELECT i.code, i.version, i.name, i.unit, i.kind, i.decimals, i.polarity, i.question, i.factor,
        false AS is_measure, i.breaks,
        i.numerator_measure_id, i.numerator_breakdown_id, i.numerator_dataset_id,
        i.denominator_measure_id, i.denominator_breakdown_id, i.denominator_dataset_id,
        i.denominator_period_rule = 'nearest' AS takes_nearest,
        n.kind AS numerator_kind, d.kind AS denominator_kind, i.position
    FROM indicator.indicator AS i
    JOIN indicator.measure AS n ON n.id = i.numerator_measure_id
    LEFT JOIN indicator.measure AS d ON d.id = i.denominator_measure_id
    WHERE {indicators}
"""
_COLUMNS = """
    code, version, name, unit, kind, decimals, polarity, question, factor, is_measure, breaks,
    numerator_measure_id, numerator_breakdown_id, numerator_dataset_id, denominator_measure_id,
    denominator_breakdown_id, denominator_dataset_id, takes_nearest, numerator_kind,
    denominator_kind, position
"""
_OF_MEASURES = """
    SELECT m.code, 1, m.name, m.unit, CASE m.kind WHEN 'rate' THEN 'value' ELSE 'count' END,
        CASE m.kind WHEN 'count' THEN 0 ELSE 1 END, 'context', '', 1,
        true, '[]'::jsonb, m.id, 0, NULL::integer, NULL::integer, NULL::integer, NULL::integer,
        false, m.kind, NULL::text, 0
    FROM indicator.measure AS m WHERE m.code = ANY(CAST(:measures AS text[]))
"""
# Where only what is released now is asked for, the releases keep account of it.
_SLICES_NOW = """
    SELECT l.measure_id, l.breakdown_id, l.series_id, s.current_number AS number, l.period_id,
        json_object_agg(l.kind, l.cells) AS kinds, false AS is_pinned
    FROM part
    JOIN indicator.released_slice AS l
        ON l.measure_id = part.measure_id AND {breakdown_of_slice}
    JOIN indicator.release_series AS s ON s.id = l.series_id
    GROUP BY l.measure_id, l.breakdown_id, l.series_id, s.current_number, l.period_id
"""
# Of an earlier release the cells themselves say what there was.
_SLICES_THEN = """
    SELECT n.measure_id, n.breakdown_id, n.series_id, n.number, n.period_id,
        json_object_agg(n.kind, n.cells) AS kinds, {is_pinned} AS is_pinned
    FROM (
        SELECT c.measure_id, c.breakdown_id, c.series_id, r.number, c.period_id, a.kind,
            count(*) AS cells
        FROM part
        JOIN ({releases}) AS r ON true
        JOIN indicator.released_cell AS c
            ON c.measure_id = part.measure_id AND {breakdown_of_cell}
            AND c.series_id = r.series_id
            AND c.released_from <= r.number AND c.released_to > r.number
        JOIN indicator.area AS a ON a.id = c.area_id
        GROUP BY c.measure_id, c.breakdown_id, c.series_id, r.number, c.period_id, a.kind
    ) AS n
    GROUP BY n.measure_id, n.breakdown_id, n.series_id, n.number, n.period_id
"""
# The newest release of each series that was public knowledge on a day, if it still stood then.
_RELEASES_AS_OF = """
    SELECT n.series_id, n.number FROM (
        SELECT DISTINCT ON (r.series_id) r.series_id, r.number, r.withdrawn_at
        FROM indicator.release AS r
        WHERE r.number IS NOT NULL AND r.published_at < CAST(:as_of_end AS timestamptz)
            AND r.withdrawn_reason IS DISTINCT FROM 'disclosure'
        ORDER BY r.series_id, r.number DESC
    ) AS n
    WHERE n.withdrawn_at IS NULL OR n.withdrawn_at >= CAST(:as_of_end AS timestamptz)
"""
_RELEASE_PINNED = "SELECT CAST(:series AS integer) AS series_id, CAST(:number AS integer) AS number"

_PLACES = """
    (SELECT json_agg(json_build_object('id', a.id, 'code', a.code, 'name', a.name, 'kind', a.kind,
        'is_fictional', a.is_fictional, 'valid_from', a.valid_from, 'valid_to', a.valid_to))
     FROM indicator.area AS a WHERE a.code = ANY(CAST(:named AS text[])))
"""
# What became of areas that ended, and what happened to those that go on.
_SUCCESSORS = """
    (SELECT json_agg(json_build_object('code', a.code, 'to_code', t.code, 'to_name', t.name)
        ORDER BY a.code, t.code)
     FROM indicator.area AS a
     JOIN indicator.area_event_link AS l ON l.from_area_id = a.id
     JOIN indicator.area AS t ON t.id = l.to_area_id AND t.code <> a.code
     WHERE a.code = ANY(CAST(:named AS text[])))
"""
_EVENTS = """
    (SELECT json_agg(json_build_array(e.effective_on, e.title, e.kind, n.areas)
        ORDER BY e.effective_on, e.id)
     FROM indicator.area_event AS e
     JOIN (
        SELECT u.event_id, json_agg(json_build_array(u.code, u.name) ORDER BY u.code) AS areas
        FROM (
            SELECT DISTINCT ON (f.event_id, f.code) f.event_id, f.code, f.name FROM (
                SELECT l.event_id, a.code, a.name, a.valid_from FROM indicator.area AS a
                JOIN indicator.area_event_link AS l ON l.to_area_id = a.id OR l.from_area_id = a.id
                WHERE a.code = ANY(CAST(:named AS text[]))
                UNION ALL
                SELECT l.event_id, a.code, a.name, a.valid_from FROM indicator.area AS a
                JOIN indicator.area_composition AS k
                    ON k.target_area_id = a.id AND k.origin = 'event'
                JOIN indicator.area_event_link AS l ON l.from_area_id = k.source_area_id
                WHERE a.code = ANY(CAST(:named AS text[]))
            ) AS f ORDER BY f.event_id, f.code, f.valid_from DESC NULLS LAST
        ) AS u GROUP BY u.event_id
     ) AS n ON n.event_id = e.id
     WHERE e.kind NOT IN ('key_change', 'rename', 'parent_change'))
"""


@dataclass(frozen=True, slots=True)
class PinnedRelease:
    """A release that a reader asks for by its id, in place of the present one."""

    series_id: int
    dataset_id: int
    number: int
    shows_blocked: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the register, and which of the areas named it happened to: (key, name)."""

    on: date
    title: str
    kind: str
    areas: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the statement found; `slices` are rows of `_SLICES_NOW` with their series."""

    register: int
    figures: list[dict[str, Any]]
    slices: list[list[Any]]
    series: dict[tuple[int, int], Series]
    periods: dict[int, dict[str, Any]]
    breakdowns: dict[int, str]
    breakdown_labels: dict[int, str]
    # rank of each kind of area: the greater, the smaller the areas
    ranks: dict[str, int]
    # what the areas of each kind are called: „Gemeinden“
    levels: dict[str, str]
    # (kind, way, until): see the table indicator.composed_kind
    composed: list[tuple[str, str, date]]
    places: list[dict[str, Any]]
    successors: list[dict[str, str]]
    events: list[Event]
    first_day: date | None


async def pin_release(
    session: AsyncSession, release_id: UUID, organisation_id: UUID | None
) -> PinnedRelease:
    """The release with this id; raises `NotFound`, or `Gone` if withdrawn for disclosure."""
    rows = await session.execute(
        text(
            "SELECT r.series_id, s.dataset_id, r.number, r.withdrawn_reason,"
            " s.holder_organisation_id FROM indicator.release AS r"
            " JOIN indicator.release_series AS s ON s.id = r.series_id"
            " WHERE r.id = :id AND r.number IS NOT NULL"
        ),
        {"id": release_id},
    )
    row = rows.first()
    if row is None:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    is_disclosing = row.withdrawn_reason == "disclosure"
    if is_disclosing and row.holder_organisation_id != organisation_id:
        raise Gone(
            "release_withdrawn", "Diese Freigabe wurde zum Schutz der Betroffenen zurückgezogen."
        )
    return PinnedRelease(row.series_id, row.dataset_id, row.number, shows_blocked=is_disclosing)


async def find_known(
    session: AsyncSession,
    question: Question,
    breakdowns: Sequence[str],
    pinned: PinnedRelease | None,
) -> Known:
    """All that planning needs, in one statement; `breakdowns` are canonical codes."""
    choice = question.choice
    named = [*choice.codes, *filter(None, (choice.within, choice.parent, choice.set_code))]
    values: dict[str, Any] = {
        "indicators": list(question.indicators),
        "measures": list(question.measures),
        "breakdowns": list(breakdowns),
        "named": named,
    }
    if question.version is not None:
        values["version"] = question.version
    if question.as_of is not None:
        values["as_of_end"] = f"{question.as_of.isoformat()} 24:00 Europe/Berlin"
    if pinned is not None:
        values |= {"series": pinned.series_id, "number": pinned.number}
    rows = await session.execute(kept_text(_statement(question, pinned, named)), values)
    return _known(orjson.loads(rows.scalar_one()), pinned)


def _statement(question: Question, pinned: PinnedRelease | None, named: Sequence[str]) -> str:
    indicators = "i.code = ANY(CAST(:indicators AS text[])) AND "
    indicators += "i.is_current" if question.version is None else "i.version = :version"
    if ALL in question.indicators:
        indicators = "i.is_current AND i.retired_on IS NULL"
    figures = [
        *([_OF_INDICATORS.format(indicators=indicators)] if question.indicators else []),
        *([_OF_MEASURES] if question.measures else []),
    ]
    choice = question.choice
    asks_place = bool(choice.codes)
    return f"""
        WITH figure ({_COLUMNS}) AS MATERIALIZED ({" UNION ALL ".join(figures)}),
        part AS MATERIALIZED ({_parts(question)}),
        slice AS MATERIALIZED ({_slices(question, pinned)})
        SELECT json_build_object(
            'register', (SELECT indicator.area_register_version()),
            'figures', (SELECT json_agg(f) FROM figure AS f),
            'slices', (SELECT json_agg(json_build_array(l.measure_id, l.breakdown_id, l.series_id,
                l.number, l.period_id, l.kinds, l.is_pinned)) FROM slice AS l),
            'series', (SELECT json_agg(json_build_object(
                'id', s.id, 'number', r.number, 'version', r.row_version, 'audience', s.audience,
                'dataset_id', s.dataset_id, 'release', json_build_object('id', r.id,
                    'number', r.number, 'published_at', r.published_at),
                'dataset', json_build_object('dataset', d.code, 'title', d.title,
                    'publisher', d.publisher, 'attribution', d.attribution, 'licence', d.licence,
                    'is_fictional', d.is_fictional, 'is_sample', d.is_sample,
                    'additivity', d.additivity, 'unplaced_cases', d.unplaced_cases,
                    'amount_rounding', d.amount_rounding,
                    'denominator_basis', d.denominator_basis)))
                FROM (SELECT DISTINCT l.series_id, l.number FROM slice AS l) AS n
                JOIN indicator.release_series AS s ON s.id = n.series_id
                JOIN indicator.release AS r ON r.series_id = n.series_id AND r.number = n.number
                JOIN indicator.dataset AS d ON d.id = s.dataset_id),
            'periods', (SELECT json_agg(json_build_object('id', p.id, 'code', p.code,
                'kind', p.kind, 'start_on', p.start_on, 'end_on', p.end_on))
                FROM indicator.period AS p WHERE p.id IN (SELECT l.period_id FROM slice AS l)),
            'breakdowns', (SELECT json_agg(json_build_array(b.id, b.code, b.label))
                FROM indicator.breakdown AS b
                WHERE b.code = ANY(CAST(:breakdowns AS text[]))
                    OR b.id IN (SELECT l.breakdown_id FROM slice AS l)
                    OR b.id IN (SELECT f.numerator_breakdown_id FROM figure AS f)),
            'kinds', (SELECT json_agg(json_build_array(k.code, k.rank, k.plural))
                FROM indicator.area_kind AS k),
            'composed', (SELECT json_agg(json_build_array(k.kind, k.way, k.until))
                FROM indicator.composed_kind AS k),
            'places', {_PLACES if named else "NULL"},
            'successors', {_SUCCESSORS if named else "NULL"},
            'events', {_EVENTS if asks_place else "NULL"},
            'first_day', {f"({FIRST_DAY})" if choice.valid_on is not None else "NULL"}
        )::text
    """


def _parts(question: Question) -> str:
    """(measure_id, breakdown_id) of all numerators and denominators."""
    numerator = "SELECT f.numerator_measure_id AS measure_id, f.numerator_breakdown_id"
    numerator += " AS breakdown_id FROM figure AS f"
    if ALL in question.breakdowns:
        numerator = "SELECT DISTINCT f.numerator_measure_id AS measure_id, -1 AS breakdown_id"
        numerator += " FROM figure AS f"
    elif question.breakdowns:
        numerator = "SELECT f.numerator_measure_id AS measure_id, b.id AS breakdown_id"
        numerator += " FROM figure AS f JOIN indicator.breakdown AS b"
        numerator += " ON b.code = ANY(CAST(:breakdowns AS text[]))"
    return f"""
        {numerator} UNION
        SELECT f.denominator_measure_id, f.denominator_breakdown_id FROM figure AS f
        WHERE f.denominator_measure_id IS NOT NULL
    """


def _slices(question: Question, pinned: PinnedRelease | None) -> str:
    wants_all = ALL in question.breakdowns
    of_slice = "l.breakdown_id = part.breakdown_id"
    of_cell = "c.breakdown_id = part.breakdown_id"
    if wants_all:
        of_slice = f"(part.breakdown_id = -1 OR {of_slice})"
        of_cell = f"(part.breakdown_id = -1 OR {of_cell})"
    if question.as_of is not None:
        return _SLICES_THEN.format(
            releases=_RELEASES_AS_OF, breakdown_of_cell=of_cell, is_pinned="false"
        )
    now = _SLICES_NOW.format(breakdown_of_slice=of_slice)
    if pinned is None:
        return now
    then = _SLICES_THEN.format(
        releases=_RELEASE_PINNED, breakdown_of_cell=of_cell, is_pinned="true"
    )
    return f"{now} UNION ALL {then}"


def _known(found: dict[str, Any], pinned: PinnedRelease | None) -> Known:
    series = {
        (item["id"], item["number"]): Series(
            **item,
            shows_blocked=pinned is not None
            and pinned.shows_blocked
            and (item["id"], item["number"]) == (pinned.series_id, pinned.number),
        )
        for item in found["series"] or ()
    }
    return Known(
        register=found["register"],
        figures=found["figures"] or [],
        slices=found["slices"] or [],
        series=series,
        periods={item["id"]: _dated(item) for item in found["periods"] or ()},
        breakdowns={id_: code for id_, code, _ in found["breakdowns"] or ()},
        breakdown_labels={id_: label for id_, _, label in found["breakdowns"] or ()},
        ranks={kind: rank for kind, rank, _ in found["kinds"] or ()},
        levels={kind: plural for kind, _, plural in found["kinds"] or ()},
        composed=[(kind, way, _day(until)) for kind, way, until in found["composed"] or ()],
        places=[_valid(item) for item in found["places"] or ()],
        successors=found["successors"] or [],
        events=[_event(*values) for values in found["events"] or ()],
        first_day=None if found["first_day"] is None else _day(found["first_day"]),
    )


def _event(on: str, title: str, kind: str, areas: Sequence[Sequence[str]]) -> Event:
    return Event(_day(on), title, kind, tuple((code, name) for code, name in areas))


def _day(raw: str) -> date:
    return date.max if raw == "infinity" else date.fromisoformat(raw)


def _dated(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"start_on": _day(item["start_on"]), "end_on": _day(item["end_on"])}


def _valid(item: dict[str, Any]) -> dict[str, Any]:
    bounds = {
        name: None if item[name] is None else _day(item[name])
        for name in ("valid_from", "valid_to")
    }
    return item | bounds
