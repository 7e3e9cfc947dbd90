"""Use case of observations: from a question to figures with sources, or to a reason."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import FEDERAL_CODE, LAND_CODE
from services.indicator_api.facts.breakdowns import TOTAL, canonical
from services.indicator_api.indicators.models import Indicator
from services.indicator_api.indicators.service import get_indicator
from services.indicator_api.observations.plan import (
    FigureDefinition,
    FigurePlan,
    PartDefinition,
    PinnedRelease,
    Slice,
    meet,
    pin_release,
    read_sources,
    slices_of,
)
from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.periods.rules import parse_period
from services.shared.paging import Reason
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Answer:
    """The plan to read figures by; `reason` says why there can be none."""

    plan: FigurePlan
    # the same for areas of every level, to compare with
    comparison: FigurePlan
    period: dict[str, str] | None
    reason: Reason | None


async def plan_figures(session: AsyncSession, principal: Principal, question: Question) -> Answer:
    """Find what answers the question; raises `Invalid` or `NotFound` for what does not exist."""
    definition = await _definition(session, question)
    pinned = (
        None
        if question.release is None
        else await pin_release(session, question.release, principal.organisation_id)
    )
    pairs = await _pairs(session, definition, pinned)
    chosen = _choose(pairs, question)
    beside = pairs
    if chosen and _wants_one_period(question):
        beside = [pair for pair in pairs if pair[0].period_id == chosen[0][0].period_id]
    sources, areas = await read_sources(session, chosen)
    is_sample = any(source.is_sample for source in sources)
    plan = FigurePlan(definition, tuple(chosen), is_sample, sources, areas)
    comparison = FigurePlan(definition, tuple(beside), is_sample, area_version=areas)
    reason = None if chosen else _why_none(definition, pairs, question)
    period = None
    if chosen and _wants_one_period(question):
        period = _period_reference(chosen[0][0].period)
    return Answer(plan, comparison, period, reason)


def _wants_one_period(question: Question) -> bool:
    return bool(question.periods) or not question.choice.codes


def _period_reference(code: str) -> dict[str, str]:
    period = parse_period(code)
    return {"code": code, "label": code if period is None else period.label}


async def _definition(session: AsyncSession, question: Question) -> FigureDefinition:
    if len(question.indicators) + len(question.measures) != 1:
        detail = "Nennen Sie entweder einen Indikator (indicator) oder eine Messgröße (measure)."
        raise Invalid(
            "indicator_or_measure",
            detail,
            errors=[FieldError("indicator", "indicator_or_measure", detail)],
        )
    breakdown_id = await _breakdown_id(
        session, question.breakdowns[0] if question.breakdowns else None
    )
    if question.indicator is not None:
        return _of_indicator(await get_indicator(session, question.indicator), breakdown_id)
    measure = question.measures[0]
    rows = await session.execute(
        text("SELECT id, code, name, unit FROM indicator.measure WHERE code = :code"),
        {"code": measure},
    )
    row = rows.first()
    if row is None:
        raise NotFound("measure_unknown", f"Die Messgröße „{measure}“ gibt es nicht.")
    return FigureDefinition(
        code=row.code,
        name=row.name,
        unit=row.unit,
        kind="count",
        decimals=0,
        polarity="context",
        question="",
        factor=1.0,
        numerator=PartDefinition(row.id, breakdown_id or 0, None),
        denominator=None,
        takes_nearest_denominator=False,
        version=1,
    )


async def _breakdown_id(session: AsyncSession, code: str | None) -> int | None:
    if code is None:
        return None
    clean = canonical(code)
    rows = await session.execute(
        text("SELECT id FROM indicator.breakdown WHERE code = :code"), {"code": clean or TOTAL}
    )
    found: int | None = rows.scalar() if clean is not None else None
    if found is None:
        detail = f"Die Aufgliederung „{code}“ gibt es nicht."
        raise Invalid(
            "breakdown_unknown",
            detail,
            errors=[FieldError("breakdown", "breakdown_unknown", detail)],
        )
    return found


def _of_indicator(indicator: Indicator, breakdown_id: int | None) -> FigureDefinition:
    denominator = None
    if indicator.denominator_measure_id is not None:
        denominator = PartDefinition(
            indicator.denominator_measure_id,
            indicator.denominator_breakdown_id or 0,
            indicator.denominator_dataset_id,
        )
    return FigureDefinition(
        code=indicator.code,
        name=indicator.name,
        unit=indicator.unit,
        kind=indicator.kind,
        decimals=indicator.decimals,
        polarity=indicator.polarity,
        question=indicator.question,
        factor=indicator.factor,
        numerator=PartDefinition(
            indicator.numerator_measure_id,
            indicator.numerator_breakdown_id if breakdown_id is None else breakdown_id,
            indicator.numerator_dataset_id,
        ),
        denominator=denominator,
        takes_nearest_denominator=indicator.denominator_period_rule == "nearest",
        version=indicator.version,
    )


async def _pairs(
    session: AsyncSession, definition: FigureDefinition, pinned: PinnedRelease | None
) -> list[tuple[Slice, Slice | None]]:
    numerators = await slices_of(session, definition.numerator, pinned)
    if definition.denominator is None:
        return [(numerator, None) for numerator in numerators]
    denominators = await slices_of(session, definition.denominator, pinned)
    if pinned is not None and numerators and not denominators:
        # the release asked for holds one part; the other one stands in another dataset
        denominators = await slices_of(session, definition.denominator, None)
    elif pinned is not None and denominators and not numerators:
        numerators = await slices_of(session, definition.numerator, None)
    return list(meet(numerators, denominators, takes_nearest=definition.takes_nearest_denominator))


def _choose(
    pairs: Sequence[tuple[Slice, Slice | None]], question: Question
) -> list[tuple[Slice, Slice | None]]:
    """The pairs of the period asked for, else of the newest one, else of all for a series."""
    level = question.choice.level
    fitting = [pair for pair in pairs if level is None or level in pair[0].kinds]
    if not _wants_one_period(question):
        return fitting
    if not question.periods:
        return [pair for pair in fitting if pair[0].period_id == fitting[0][0].period_id]
    asked = parse_period(question.periods[0])
    if asked is None:
        detail = f"„{question.periods[0]}“ ist keine Zeitangabe, die gelesen wird."
        raise Invalid(
            "period_unreadable", detail, errors=[FieldError("period", "period_unreadable", detail)]
        )
    return [pair for pair in fitting if pair[0].period_id == asked.id]


def _why_none(
    definition: FigureDefinition,
    pairs: Sequence[tuple[Slice, Slice | None]],
    question: Question,
) -> Reason:
    if not pairs:
        return Reason(
            code="nothing_released",
            detail=f"Zu „{definition.name}“ ist nichts freigegeben, was Sie sehen dürfen.",
            suggestion="Fragen Sie die Stelle, die den Datenbestand führt, nach einer Freigabe.",
        )
    level = question.choice.level
    levels = sorted({kind for pair in pairs for kind in pair[0].kinds})
    if level is not None and level not in levels:
        return Reason(
            code="level_not_available",
            detail=f"„{definition.name}“ liegt nicht für die Ebene „{level}“ vor.",
            suggestion=f"Möglich sind: {', '.join(levels)}.",
        )
    periods = list(dict.fromkeys(pair[0].period for pair in pairs))
    return Reason(
        code="period_not_available",
        detail=f"„{definition.name}“ liegt für „{', '.join(question.periods)}“ nicht vor.",
        suggestion=f"Möglich sind: {', '.join(periods)}.",
    )


def why_no_area(question: Question) -> Reason:
    """Why figures exist, but none for the areas asked for."""
    choice = question.choice
    if choice.codes:
        detail = f"Für {', '.join(choice.codes)} liegt hierzu keine Zahl vor."
    elif choice.within is not None:
        detail = f"Im Gebiet „{choice.within}“ liegt hierzu keine Zahl vor."
    else:
        detail = "Für diese Auswahl liegt keine Zahl vor."
    return Reason(
        code="no_area",
        detail=detail,
        suggestion="Prüfen Sie Schlüssel und Ebene, oder lassen Sie eine Angabe weg.",
    )


async def comparison_codes(session: AsyncSession, choice: AreaChoice) -> list[str]:
    """The areas to compare with: those above the chosen one, itself included if it is a region."""
    code = choice.within or (choice.codes[0] if choice.codes else None)
    if code is None:
        return [LAND_CODE, FEDERAL_CODE]
    rows = await session.execute(
        text(
            """
            SELECT x.code FROM indicator.area AS a
            JOIN indicator.area AS x ON x.id = ANY(a.lineage)
            WHERE a.code = :code AND NOT (x.code = ANY(:chosen))
            ORDER BY cardinality(x.lineage) DESC
            """
        ),
        {"code": code, "chosen": list(choice.codes)},
    )
    return list(dict.fromkeys(rows.scalars()))


def head_of(answer: Answer, choice: AreaChoice) -> dict[str, Any]:
    """What stands before the figures of an answer."""
    definition = answer.plan.definition
    return {
        "indicator": {
            "code": definition.code,
            "name": definition.name,
            "unit": definition.unit,
            "kind": definition.kind,
            "decimals": definition.decimals,
            "polarity": definition.polarity,
            "question": definition.question,
            "version": definition.version,
        },
        "period": answer.period,
        "level": choice.level,
        "sources": [asdict(source) for source in answer.plan.sources],
    }
