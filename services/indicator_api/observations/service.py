"""Use case of observations: from a question to figures with sources, or to a reason."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import FEDERAL_CODE, LAND_CODE
from services.indicator_api.facts.breakdowns import canonical
from services.indicator_api.observations import helping, reasons
from services.indicator_api.observations.choosing import (
    Reach,
    choose,
    definitions_of,
    pairs_of,
    period_of,
    period_test,
    steps_of,
)
from services.indicator_api.observations.plan import (
    FigureDefinition,
    FigurePlan,
    Pair,
    SourceRead,
    Step,
)
from services.indicator_api.observations.planning import (
    Known,
    PinnedRelease,
    find_known,
    pin_release,
)
from services.indicator_api.observations.question import ALL, AreaChoice, Question
from services.indicator_api.observations.uncertainty import interval_head
from services.indicator_api.observations.without_figures import (
    Without,
    reason_for_all,
    told_by_then,
    told_to_holder,
)
from services.indicator_api.periods.rules import parse_period
from services.shared.paging import Reason
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Answer:
    """The plan to read figures by; `reason` says why there can be none."""

    question: Question
    plan: FigurePlan
    # the same for areas of every level, to compare with
    comparison: FigurePlan
    # the one period that all figures are of; None if there are several
    period: dict[str, str] | None
    reason: Reason | None
    # what is to be known of places: [{"code", "detail", "area", "successors", …}]
    notes: list[dict[str, Any]]
    # where series break: [{"kind", "on", "period", "detail", "indicator"}]
    breaks: list[dict[str, Any]]
    # of what was asked by name what has no figures, and why
    without: tuple[Without, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether its figures are those of one map."""
        return self.period is not None and len(self.plan.definitions) == 1


async def plan_figures(session: AsyncSession, principal: Principal, question: Question) -> Answer:
    """Find what answers the question; raises `Invalid` or `NotFound` for what does not exist."""
    _check(question)
    pinned = None
    if question.release is not None:
        pinned = await pin_release(session, question.release, principal.organisation_id)
    breakdowns = [_canonical(code) for code in question.breakdowns if code != ALL]
    asked = replace(
        question, breakdowns=(ALL,) if ALL in question.breakdowns else tuple(breakdowns)
    )
    known = await find_known(session, asked, breakdowns, pinned)
    _check_found(known, asked)
    answer = _answer(known, asked, pinned)
    if not answer.without:
        return answer
    without = await told_by_then(session, asked.as_of, answer.without)
    return _explained(answer, await told_to_holder(session, principal, without))


def _explained(answer: Answer, without: list[Without]) -> Answer:
    """The answer with a note for each indicator without figures, or with a reason for all."""
    definitions = answer.plan.definitions
    is_list = len(definitions) > 1 and ALL not in answer.question.indicators
    notes = [item.note for item in without] if is_list else []
    reason = reason_for_all(without) if len(without) == len(definitions) else None
    return replace(answer, without=tuple(without), notes=[*answer.notes, *notes], reason=reason)


def _check(question: Question) -> None:
    if not question.indicators and not question.measures:
        detail = "Nennen Sie mindestens einen Indikator (indicator) oder eine Messgröße (measure)."
        raise Invalid(
            "indicator_or_measure",
            detail,
            errors=[FieldError("indicator", "indicator_or_measure", detail)],
        )
    if question.release is not None and question.as_of is not None:
        detail = "Nennen Sie entweder eine Freigabe (release) oder einen Tag (as_of), nicht beides."
        raise Invalid(
            "release_or_as_of", detail, errors=[FieldError("as_of", "release_or_as_of", detail)]
        )
    for raw in question.periods:
        period_test(raw)
    if question.change_from is not None:
        period_of(question.change_from, "change_from")


def _canonical(code: str) -> str:
    clean = canonical(code)
    if clean is None:
        raise _breakdown_unknown(code)
    return clean


def _breakdown_unknown(code: str) -> Invalid:
    detail = f"Die Aufgliederung „{code}“ gibt es nicht."
    return Invalid(
        "breakdown_unknown",
        detail,
        errors=[FieldError("breakdown", "breakdown_unknown", detail)],
    )


def _check_found(known: Known, question: Question) -> None:
    _check_levels(known, question)
    found = {row["code"] for row in known.figures if not row["is_measure"]}
    for code in question.indicators:
        if code not in found and code != ALL:
            raise NotFound("indicator_unknown", f"Den Indikator „{code}“ gibt es nicht.")
    found = {row["code"] for row in known.figures if row["is_measure"]}
    for code in question.measures:
        if code not in found:
            raise NotFound("measure_unknown", f"Die Messgröße „{code}“ gibt es nicht.")
    codes = set(known.breakdowns.values())
    for code in question.breakdowns:
        if code not in codes and code != ALL:
            raise _breakdown_unknown(code)


def _check_levels(known: Known, question: Question) -> None:
    for level in question.choice.levels:
        if level not in known.ranks:
            ordered = sorted(known.levels, key=known.ranks.__getitem__)
            there = ", ".join(f"{kind} ({known.levels[kind]})" for kind in ordered)
            detail = f"Die Ebene „{level}“ gibt es nicht. Möglich sind: {there}."
            raise Invalid(
                "level_unknown", detail, errors=[FieldError("level", "level_unknown", detail)]
            )


def _answer(known: Known, question: Question, pinned: PinnedRelease | None) -> Answer:
    choice = question.choice
    valid_on = choice.day
    reach = Reach(known.ranks, known.composed, valid_on)
    definitions = definitions_of(known, question)
    pinned_dataset = None if pinned is None else pinned.dataset_id
    of_figure = [
        pairs_of(figure, definition, known, pinned_dataset)
        for figure, definition in enumerate(definitions)
    ]
    chosen_of = [
        choose(pairs, question, definition, reach)
        for pairs, definition in zip(of_figure, definitions, strict=True)
    ]
    pairs = [pair for found in of_figure for pair in found]
    chosen = [pair for found in chosen_of for pair in found]
    notes = reasons.ended_notes(known, question, valid_on)
    reason = reasons.why_no_place(known, question, valid_on)
    without: tuple[Without, ...] = ()
    # of everything there is nobody has asked for what is not there
    if reason is None and not (chosen and ALL in question.indicators):
        without = tuple(
            Without(definition, reasons.why_none(definition, found, question, reach, known))
            for definition, found, fitting in zip(definitions, of_figure, chosen_of, strict=True)
            if not fitting
        )
    breaks = [
        item
        for definition, found in zip(definitions, chosen_of, strict=True)
        for item in reasons.breaks_of(definition, found, known)
    ]
    plan, comparison = _plans(definitions, pairs, chosen, question, known, reach)
    period = _one_period(chosen, question)
    return Answer(question, plan, comparison, period, reason, notes, breaks, without)


def _plans(
    definitions: tuple[FigureDefinition, ...],
    pairs: Sequence[Pair],
    chosen: Sequence[Pair],
    question: Question,
    known: Known,
    reach: Reach,
) -> tuple[FigurePlan, FigurePlan]:
    """The plan of the areas asked for, and that of the areas to compare with."""
    periods = {(pair.figure, pair.numerator.period_id) for pair in chosen}
    beside = [pair for pair in pairs if (pair.figure, pair.numerator.period_id) in periods]
    steps: list[Step] = []
    if question.derive is not None:
        steps, chosen = steps_of(chosen, pairs, question)
        beside = list(chosen)
    sources, pair_sources = _sources(chosen)
    plan = FigurePlan(
        definitions,
        tuple(chosen),
        sources,
        pair_sources,
        known.register,
        question.choice.day,
        is_derived=_is_derived(definitions, chosen, question, known, reach),
        is_narrow=_is_narrow(chosen, question, known),
        is_wide=any(
            known.ranks[place["kind"]] < known.ranks["kreis"]
            for place in known.places
            if place["code"] not in question.choice.own_only
        ),
        derive=question.derive,
        steps=tuple(steps),
    )
    comparison = replace(
        plan,
        pairs=tuple(beside),
        is_derived=_is_derived(definitions, beside, None, known, reach),
        is_wide=True,
        only_complete=True,
    )
    return plan, comparison


def _is_derived(
    definitions: Sequence[FigureDefinition],
    pairs: Sequence[Pair],
    question: Question | None,
    known: Known,
    reach: Reach,
) -> bool:
    """Whether areas without cells may have figures; `question` is None for those above others."""
    if question is None:
        levels = [kind for kind, rank in known.ranks.items() if rank < max(known.ranks.values())]
    elif question.choice.levels:
        levels = list(question.choice.levels)
    elif question.choice.codes:
        named = set(question.choice.codes)
        levels = [place["kind"] for place in known.places if place["code"] in named]
    elif question.choice.parent or question.choice.set_code:
        levels = list(known.ranks)
    else:
        # everything within an area: whatever has cells of its own
        return False
    invents = question is not None and not question.choice.names_place
    return any(
        reach.is_derivable(pair, levels, definitions[pair.figure])
        for pair in pairs
        # what is invented adds up to nothing real
        if not (invents and pair.numerator.series.dataset["is_fictional"])
    )


def _is_narrow(pairs: Sequence[Pair], question: Question, known: Known) -> bool:
    """Whether the areas asked for have only a small share of the cells that would be read.

    Looking up each of them pays then; beyond it reading the slice from end to end is faster.
    """
    choice = question.choice
    below_kreis = [known.ranks[place["kind"]] >= known.ranks["kreis"] for place in known.places]
    if below_kreis and all(below_kreis):
        return True
    wanted = sum(pair.numerator.cells_of(choice.levels) for pair in pairs)
    return bool(choice.levels) and wanted * 4 < sum(pair.numerator.cells_of(None) for pair in pairs)


def _sources(pairs: Sequence[Pair]) -> tuple[tuple[SourceRead, ...], tuple[tuple[int, ...], ...]]:
    """The datasets behind the pairs, numerators first, and for each pair the places of its own."""
    found: dict[tuple[str, int, int], SourceRead] = {}
    for role in ("numerator", "denominator"):
        for pair in pairs:
            item = pair.numerator if role == "numerator" else pair.denominator
            if item is not None:
                source = SourceRead(
                    **item.series.dataset,
                    role=role,
                    period=item.period,
                    release=item.series.release,
                )
                found.setdefault((role, item.series.id, item.series.number), source)
    place = {key: number for number, key in enumerate(found)}
    roles = ("numerator", "denominator")
    pair_sources = tuple(
        tuple(
            place[role, item.series.id, item.series.number]
            for role, item in zip(roles, pair.slices, strict=False)
        )
        for pair in pairs
    )
    return tuple(found.values()), pair_sources


def _one_period(chosen: Sequence[Pair], question: Question) -> dict[str, str] | None:
    if question.choice.codes and not question.periods:
        return None
    codes = {pair.numerator.period for pair in chosen}
    return period_reference(codes.pop()) if len(codes) == 1 else None


def period_reference(code: str) -> dict[str, str]:
    """A period as it stands in answers: code and label."""
    period = parse_period(code)
    return {"code": code, "label": code if period is None else period.label}


async def why_no_area(session: AsyncSession, answer: Answer) -> Reason:
    """Why an answer with a plan has no item, and where there would be some."""
    reason = reasons.why_no_area(answer.question, answer.notes)
    choice = answer.question.choice
    if reason.code != "no_area" or choice.codes:
        return reason
    regions = await helping.regions_with_figures(session, answer.plan, choice)
    return reason if regions is None else reason.model_copy(update={"suggestion": regions.words})


def notes_without_items(answer: Answer, found: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    """A note for each definition with figures, but none of these areas.

    `found` are indicator and breakdown of the items of an answer that is shown whole.
    """
    definitions = answer.plan.definitions
    if len(definitions) < 2 or ALL in answer.question.indicators:
        return []
    told = {(item.definition.code, item.definition.breakdown) for item in answer.without}
    return [
        Without(
            definition,
            reasons.why_no_area(
                answer.question, answer.notes, about=f"zu „{definition.full_name}“"
            ),
        ).note
        for definition in definitions
        if (definition.code, definition.breakdown) not in {*found, *told}
    ]


async def comparison_codes(session: AsyncSession, choice: AreaChoice) -> list[str]:
    """The areas to compare with: those above the chosen one, itself included if it is a region."""
    code = choice.within or choice.parent or choice.set_code
    if code is None and choice.codes:
        code = choice.codes[0]
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


def figure_head(definition: FigureDefinition, plan: FigurePlan) -> dict[str, Any]:
    """What stands before the figures of a definition; the unit is that of what was derived."""
    unit = definition.unit
    if plan.derive == "growth" or (plan.derive == "change" and unit == "%"):
        unit = "%" if plan.derive == "growth" else "Prozentpunkte"
    return {
        "code": definition.code,
        "name": definition.name,
        "unit": unit,
        "kind": definition.kind,
        "decimals": definition.decimals,
        "polarity": definition.polarity,
        "question": definition.question,
        "version": definition.version,
        "breakdown": definition.breakdown,
        "breakdown_label": definition.breakdown_label,
        "interval": interval_head(definition, is_sample=plan.is_sample, derive=plan.derive),
    }


def head_of(answer: Answer) -> dict[str, Any]:
    """What stands before the figures of an answer."""
    plan, choice = answer.plan, answer.question.choice
    heads = [figure_head(definition, plan) for definition in plan.definitions]
    as_of = answer.question.as_of
    return {
        "indicator": heads[0] if heads else None,
        "indicators": heads,
        "period": answer.period,
        "level": choice.level,
        "valid_on": choice.day.isoformat(),
        "as_of": None if as_of is None else as_of.isoformat(),
        "derive": answer.question.derive,
        "interval": heads[0]["interval"] if heads else None,
        "notes": answer.notes,
        "breaks": answer.breaks,
        "sources": [asdict(source) for source in plan.sources],
    }
