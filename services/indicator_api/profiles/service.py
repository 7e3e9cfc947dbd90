"""Use case of the profile: everything released about one place, in three statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import candidates_for_lost_zero
from services.indicator_api.observations.formats.items import item_of
from services.indicator_api.observations.formats.rows import whole_rows
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import ALL, AreaChoice, Question
from services.indicator_api.observations.service import Answer, plan_figures
from services.indicator_api.observations.totals import differing_totals, notes_of
from services.indicator_api.observations.uncertainty import interval_head
from services.indicator_api.profiles import repository
from services.indicator_api.profiles.gaps import gap_of
from services.shared.principal import Principal
from services.shared.problems import NotFound

# so many cells are added up in about the time that a profile takes without
MOST_CELLS_ADDED = 100_000
_COUNTRY = "bund"
_ABOVE_KREISE = frozenset({_COUNTRY, "land", "regierungsbezirk"})
_CATALOGUE_ONLY = ("usual_source", "is_retired")


@dataclass(frozen=True, slots=True)
class Place:
    """An area, those it is compared with, and the catalogue of what could be known of it."""

    code: str
    name: str
    kind: str
    is_fictional: bool
    is_valid: bool
    area: dict[str, Any]
    compared: list[dict[str, Any]]
    catalogue: list[dict[str, Any]]
    levels: dict[str, str]
    root: str


async def find_place(session: AsyncSession, code: str, valid_on: date) -> Place:
    """The place with this key (AGS or ARS); raises `NotFound` for an unknown one."""
    row = await repository.read_place(session, code, valid_on)
    if row is None:
        longer = candidates_for_lost_zero(code)
        hint = (
            ""
            if longer is None
            else f" Fehlt die führende Null? Gemeint ist vielleicht „{longer}“."
        )
        raise NotFound("area_unknown", f"Das Gebiet „{code}“ steht nicht im Verzeichnis.{hint}")
    return Place(**row)


async def plan_profile(
    session: AsyncSession, principal: Principal, place: Place, valid_on: date
) -> Answer:
    """What answers for the place and those it is compared with, for all indicators and times.

    Those it is compared with speak by figures of their own, and by complete sums (see
    `_is_told`): the Kreis always, what lies above it where few enough cells are to be added up.
    To sum up a whole Land for hundreds of indicators and years would take longer than the place
    itself. Nothing is summed up for the whole country, of which no dataset holds all parts.
    """
    above = tuple(dict.fromkeys(item["code"] for item in place.compared))
    wide = tuple(item["code"] for item in place.compared if item["kind"] in _ABOVE_KREISE)
    choice = AreaChoice(codes=(place.code, *above), own_only=wide, valid_on=valid_on)
    question = Question(indicators=(ALL,), choice=choice)
    answer = await plan_figures(session, principal, question)
    kinds = {item["kind"] for item in place.compared} & (_ABOVE_KREISE - {_COUNTRY})
    if _cells_to_add(answer.plan, kinds) > MOST_CELLS_ADDED:
        return answer
    country = tuple(item["code"] for item in place.compared if item["kind"] == _COUNTRY)
    return replace(
        answer,
        question=replace(question, choice=replace(choice, own_only=country)),
        plan=replace(answer.plan, is_wide=answer.plan.is_wide or bool(kinds)),
    )


def _cells_to_add(plan: FigurePlan, kinds: Collection[str]) -> int:
    """How many cells the sums for areas of these kinds would be made of, where they have none."""
    return sum(
        pair.numerator.cells_of(None)
        for pair in plan.pairs
        if any(kind not in pair.numerator.kinds for kind in kinds)
    )


def _is_told(row: Mapping[str, Any], place: Place) -> bool:
    """Whether a row is the place's own, or says something to compare it with.

    Of areas above it a sum does so that is whole and shown.
    """
    if row["area"] == place.code or row["derivation"] != "sum":
        return True
    is_whole = (row["parts"] or 0) >= (row["parts_expected"] or 0)
    return is_whole and row["value"] is not None


async def read_profile(
    session: AsyncSession, place: Place, answer: Answer, valid_on: date
) -> dict[str, Any]:
    """The document of the profile (see `schemas.Profile`)."""
    plan = answer.plan
    rows: list[dict[str, Any]] = []
    if plan.pairs:
        beside = differing_totals(plan, [place.code])
        rows = await whole_rows(session, plan, answer.question.choice, beside)
    by_indicator: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if not _is_told(row, place):
            continue
        by_indicator[row["indicator"]].append(row)
    kinds = _kinds(plan)
    indicators, gaps = [], []
    for entry in place.catalogue:
        found = by_indicator.get(entry["code"], [])
        own = [item_of(row) for row in found if row["area"] == place.code]
        if own:
            indicators.append(_indicator(entry, place, own, found, answer))
        if not entry["is_retired"]:
            gap = gap_of(entry, own, kinds.get(entry["code"], set()), place.levels, place.kind)
            if gap is not None:
                gaps.append(gap)
    return {
        "area": place.area,
        "valid_on": valid_on,
        "compared": place.compared,
        "indicators": indicators,
        "sources": [asdict(source) for source in plan.sources],
        "gaps": gaps,
        "notes": [*answer.notes, *notes_of(plan, rows[0].get("beside") if rows else None)],
    }


def _kinds(plan: FigurePlan) -> dict[str, set[str]]:
    """The levels that have figures, by indicator."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for pair in plan.pairs:
        kinds[plan.definitions[pair.figure].code] |= pair.numerator.kinds
    return kinds


def _indicator(
    entry: Mapping[str, Any],
    place: Place,
    own: Sequence[dict[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    answer: Answer,
) -> dict[str, Any]:
    plan = answer.plan
    others = [
        item_of(row)
        for reference in place.compared
        for row in rows
        if row["area"] == reference["code"]
    ]
    sources = {number for row in rows for number in plan.pair_sources[row["pair"]]}
    definition = next(item for item in plan.definitions if item.code == entry["code"])
    return {
        "indicator": {name: entry[name] for name in entry if name not in _CATALOGUE_ONLY},
        "items": [*own, *others],
        "breaks": [item for item in answer.breaks if item["indicator"] == entry["code"]],
        "interval": interval_head(
            definition,
            is_sample=any(plan.sources[number].is_sample for number in sources),
            derive=None,
        ),
        "sources": sorted(sources),
    }
