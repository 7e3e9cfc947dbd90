"""Why an answer is empty, and what is to be known of the places it is about; no input or output."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from services.indicator_api.observations.choosing import RANGE, Reach, adds
from services.indicator_api.observations.plan import FigureDefinition, Pair
from services.indicator_api.observations.planning import Event, Known
from services.indicator_api.observations.question import Question
from services.indicator_api.periods.rules import parse_period
from services.shared.paging import Reason

_MOST_NAMES = 4


def ended_notes(known: Known, question: Question, valid_on: date) -> list[dict[str, Any]]:
    """For each key named, be it as a region, that is no longer valid: its end and what followed."""
    notes = []
    for code in (*question.choice.codes, *_regions(question)):
        versions = [place for place in known.places if place["code"] == code]
        ends = [place["valid_to"] for place in versions]
        if not versions or None in ends or max(ends) > valid_on:
            continue
        last = max(versions, key=lambda place: place["valid_to"])
        if any(place["valid_from"] and place["valid_from"] > valid_on for place in versions):
            continue
        successors = [
            {"code": item["to_code"], "name": item["to_name"]}
            for item in known.successors
            if item["code"] == code
        ]
        notes.append(
            {
                "code": "area_ended",
                "area": code,
                "detail": _ended(code, last, successors),
                "last_day": date.fromordinal(last["valid_to"].toordinal() - 1).isoformat(),
                "successors": successors,
            }
        )
    return notes


def _regions(question: Question) -> list[str]:
    """The keys that say where the areas asked for lie."""
    choice = question.choice
    return [code for code in (choice.within, choice.parent, choice.set_code) if code is not None]


def _ended(code: str, last: dict[str, Any], successors: Sequence[dict[str, str]]) -> str:
    day = date.fromordinal(last["valid_to"].toordinal() - 1)
    words = f"{code} {last['name']} endete am {day:%d.%m.%Y}"
    if not successors:
        return f"{words}."
    names = ", ".join(f"{item['code']} {item['name']}" for item in successors)
    word = "Nachfolger ist" if len(successors) == 1 else "Nachfolger sind"
    return f"{words}; {word} {names}."


def why_no_place(known: Known, question: Question, valid_on: date) -> Reason | None:
    """Why there is no such place on the day asked for; None if there is."""
    choice = question.choice
    if known.first_day is not None and valid_on < known.first_day:
        return Reason(
            code="valid_on_before_register",
            detail=f"Am {valid_on:%d.%m.%Y} kennt das Gebietsverzeichnis noch keine Gebiete.",
            suggestion=f"Es beginnt mit dem {known.first_day:%d.%m.%Y}.",
        )
    found = {place["code"] for place in known.places}
    named = [*choice.codes, *_regions(question)]
    unknown = [code for code in named if code not in found]
    if unknown and not (set(choice.codes) & found):
        day = "" if choice.valid_on is None else f" am {valid_on:%d.%m.%Y}"
        return Reason(
            code="area_unknown",
            detail=f"Ein Gebiet mit dem Schlüssel {', '.join(unknown)} gibt es{day} nicht.",
            suggestion="Prüfen Sie den Schlüssel; führende Nullen gehören dazu.",
        )
    return None


def why_none(
    definition: FigureDefinition,
    pairs: Sequence[Pair],
    question: Question,
    reach: Reach,
    known: Known,
) -> Reason:
    """Why a definition has no figures for what is asked, as far as the reader may know."""
    levels = question.choice.levels
    if not pairs:
        # whether something was delivered is the holder's to tell
        return Reason(
            code="nothing_released",
            detail=f"Zu „{definition.full_name}“ ist nichts freigegeben, was Sie sehen dürfen.",
            suggestion="Fragen Sie die Stelle, die den Datenbestand führt, nach einer Freigabe.",
        )
    there = sorted(
        {kind for pair in pairs for kind in pair.numerator.kinds},
        key=lambda kind: reach.ranks[kind],
    )
    fitting = [
        pair
        for pair in pairs
        if not levels or reach.is_own(pair, levels) or reach.is_derivable(pair, levels, definition)
    ]
    if not fitting:
        why = (
            ""
            if adds(definition)
            else " Fertig gelieferte Quoten lassen sich nicht zusammenfassen."
        )
        asked, possible = (
            ", ".join(known.levels.get(kind, kind) for kind in kinds) for kinds in (levels, there)
        )
        return Reason(
            code="level_not_available",
            detail=f"„{definition.full_name}“ liegt nicht für die Ebene „{asked}“ vor.{why}",
            suggestion=f"Möglich sind: {possible}.",
        )
    periods = list(dict.fromkeys(_label(pair.numerator.period) for pair in fitting))
    wanted = ", ".join(_label(raw) for raw in question.periods)
    return Reason(
        code="period_not_available",
        detail=f"„{definition.full_name}“ liegt für „{wanted}“ nicht vor.",
        suggestion=f"Möglich sind: {', '.join(periods)}.",
    )


def _label(code: str) -> str:
    """„31.12.2024“ for `2024-12-31`; „ab 2010 bis 2015“ for a range."""
    first, is_range, last = code.partition(RANGE)
    if is_range:
        ends = [("ab", first), ("bis", last)]
        return " ".join(f"{word} {_label(end)}" for word, end in ends if end.strip())
    period = parse_period(code)
    return code if period is None else period.label


def why_no_area(
    question: Question, notes: Sequence[dict[str, Any]], about: str = "hierzu"
) -> Reason:
    """Why figures exist, but none for the areas asked for; `about` says of what."""
    choice = question.choice
    ended = [note for note in notes if note["code"] == "area_ended"]
    regions = _regions(question)
    if any(note["area"] in regions for note in ended):
        # in what is no more lies nothing, whatever was named beside it
        ended = [note for note in ended if note["area"] in regions]
    elif len(ended) != len(choice.codes):
        ended = []
    if ended:
        successors = [item["code"] for note in ended for item in note["successors"]]
        return Reason(
            code="area_ended",
            detail=" ".join(note["detail"] for note in ended),
            suggestion=f"Fragen Sie nach {', '.join(successors)}." if successors else None,
        )
    if choice.codes:
        detail = f"Für {', '.join(choice.codes)} liegt {about} keine Zahl vor."
    elif choice.within is not None:
        detail = f"Im Gebiet „{choice.within}“ liegt {about} keine Zahl vor."
    else:
        detail = f"Für diese Auswahl liegt {about} keine Zahl vor."
    return Reason(
        code="no_area",
        detail=detail,
        suggestion="Prüfen Sie Schlüssel und Ebene, oder lassen Sie eine Angabe weg.",
    )


def breaks_of(
    definition: FigureDefinition, pairs: Sequence[Pair], known: Known
) -> list[dict[str, Any]]:
    """Where a series breaks: by its definition, by the basis of its denominator, by its area.

    `pairs` are those of the definition. A break stands at the first period it concerns.
    """
    ordered = sorted(pairs, key=lambda pair: (pair.numerator.end_on, pair.numerator.period_id))
    of_period = groupby(ordered, key=lambda pair: pair.numerator.period_id)
    periods = [list(group) for _, group in of_period]
    found: list[dict[str, Any]] = []
    days: list[tuple[str, date, str, tuple[tuple[str, str], ...]]] = [
        ("definition", date.fromisoformat(on), detail, ()) for on, detail in definition.breaks
    ]
    days += [("area", event.on, _whose(event), event.areas) for event in known.events]
    for earlier, later in pairwise(periods):
        first = later[0]
        start, end = earlier[0].numerator.end_on, first.numerator.end_on
        found += [
            _break(kind, on.isoformat(), first, detail, areas)
            for kind, on, detail, areas in days
            if start < on <= end
        ]
        old, new = ({_basis(pair) for pair in group} for group in (earlier, later))
        # several datasets may stand side by side, each for other areas: what one goes on with
        # is no break
        if old.isdisjoint(new):
            detail = f"Andere Bezugsbevölkerung: {_listed(new)} statt {_listed(old)}."
            day = first.numerator.start_on.isoformat()
            found.append(_break("denominator_basis", day, first, detail))
    return [item | {"indicator": definition.code} for item in found]


def _break(
    kind: str, on: str, pair: Pair, detail: str, areas: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    return {
        "kind": kind,
        "on": on,
        "period": pair.numerator.period,
        "detail": detail,
        "areas": [{"code": code, "name": name} for code, name in areas],
    }


def _whose(event: Event) -> str:
    """The title of an event, and which of the areas asked for it happened to."""
    names = [f"{name} ({code})" for code, name in event.areas]
    if len(names) > _MOST_NAMES:
        names = [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} weitere"]
    return f"{event.title} – betrifft {', '.join(names)}"


def _basis(pair: Pair) -> str:
    part = pair.denominator or pair.numerator
    return part.series.dataset["denominator_basis"] or "nicht angegeben"


def _listed(names: Iterable[str]) -> str:
    return " und ".join(sorted(names))
