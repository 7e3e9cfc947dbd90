"""Use case of similar areas: which of the same level are most like one, by which figures."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.formats.rows import streamed_rows
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import ALL, AreaChoice, Question
from services.indicator_api.observations.service import Answer, plan_figures
from services.indicator_api.periods.rules import parse_period
from services.indicator_api.profiles import repository, rules
from services.indicator_api.profiles.likeness import Gathering, Likeness
from services.indicator_api.profiles.rules import Neighbourhood
from services.indicator_api.profiles.service import Place
from services.shared.paging import Reason
from services.shared.principal import Principal

NEWEST = 3
MAXIMUM_LEFT_OUT = 500
_METHOD = {
    "name": "Nächste Nachbarn nach z-Werten",
    "detail": "Jeder Indikator wird über alle Gebiete der Ebene vereinheitlicht (Abstand vom "
    "Mittelwert in Standardabweichungen). Die Entfernung zweier Gebiete ist die Wurzel aus der "
    "Summe der gewichteten quadrierten Unterschiede; 0 heißt: in keinem Indikator ein "
    "Unterschied. Das Verfahren folgt dem Modell der nächsten Nachbarn von CIPFA. Es sagt, wer "
    "sich in diesen Zahlen ähnelt, nicht warum.",
}


async def plan_similar(
    session: AsyncSession,
    principal: Principal,
    place: Place,
    indicators: Sequence[str],
    valid_on: date,
) -> Answer:
    """What answers for all areas of the level; without indicators named, by all there are.

    Fictional areas are compared among themselves alone.
    """
    codes = tuple(dict.fromkeys(indicators)) or (ALL,)
    choice = AreaChoice(
        levels=(place.kind,),
        within=place.root if place.is_fictional else None,
        valid_on=valid_on,
    )
    question = Question(indicators=codes, periods=("1800..",), choice=choice)
    answer = await plan_figures(session, principal, question)
    return replace(answer, plan=_newest(answer.plan))


def _newest(plan: FigurePlan) -> FigurePlan:
    """The plan with the newest few periods of each figure alone."""
    ends: dict[int, set[tuple[date, int]]] = defaultdict(set)
    for pair in plan.pairs:
        ends[pair.figure].add((pair.numerator.end_on, pair.numerator.period_id))
    kept = {
        (figure, period_id)
        for figure, periods in ends.items()
        for _, period_id in sorted(periods, reverse=True)[:NEWEST]
    }
    places = [
        number
        for number, pair in enumerate(plan.pairs)
        if (pair.figure, pair.numerator.period_id) in kept
    ]
    return _with_pairs(plan, places)


async def read_similar(
    session: AsyncSession,
    place: Place,
    answer: Answer,
    *,
    is_default: bool,
    count: int,
    valid_on: date,
) -> dict[str, Any]:
    """The document (see `schemas.Similar`)."""
    root = place.root if place.is_fictional else None
    peers = await repository.read_peers(session, place.kind, root, valid_on)
    if not is_default:
        return await _read_by(session, place, answer, peers, chosen_by="named", count=count)
    keys = {entry["code"] for entry in place.catalogue if entry["is_key_indicator"]}
    found = await _read_by(
        session, place, _of(answer, keys), peers, chosen_by="key_indicators", count=count
    )
    if found["profile"]:
        return found
    other = await _read_by(session, place, answer, peers, chosen_by="available", count=count)
    return other if other["profile"] else found


def _of(answer: Answer, indicators: Collection[str]) -> Answer:
    """The answer with the figures of these indicators alone."""
    plan = answer.plan
    places = [
        number
        for number, pair in enumerate(plan.pairs)
        if plan.definitions[pair.figure].code in indicators
    ]
    return replace(answer, plan=_with_pairs(plan, places))


def _with_pairs(plan: FigurePlan, places: Sequence[int]) -> FigurePlan:
    return replace(
        plan,
        pairs=tuple(plan.pairs[number] for number in places),
        pair_sources=tuple(plan.pair_sources[number] for number in places),
    )


async def _read_by(
    session: AsyncSession,
    place: Place,
    answer: Answer,
    peers: Mapping[str, str],
    *,
    chosen_by: str,
    count: int,
) -> dict[str, Any]:
    """The document over the figures of an answer."""
    names = {entry["code"]: entry for entry in place.catalogue}
    head = {"chosen_by": {"code": chosen_by, "detail": _CHOSEN_BY[chosen_by]}}
    if not answer.plan.pairs:
        none = Likeness({}, {}, {})
        return head | _document(place, names, none, None, answer, peers, count, [])
    gathering = Gathering(answer.plan, peers)
    async with aclosing(streamed_rows(session, answer.plan, answer.question.choice)) as batches:
        async for rows in batches:
            gathering.add(rows)
    likeness = gathering.likeness
    codes = _codes_of(answer, place, likeness, chosen_by)
    dropped = []
    if chosen_by != "named":
        few = _sparse(likeness, codes)
        dropped = [_dropped(code, names, "too_few") for code in few]
        codes = [code for code in codes if code not in few]
    table = {code: likeness.table.get(code, {}) for code in peers} | {
        place.code: likeness.table.get(place.code, {})
    }
    found = rules.nearest(table, place.code, codes)
    dropped += [_dropped(code, names, "lacking") for code in found.lacking]
    dropped += [_dropped(code, names, "constant") for code in found.constant]
    return head | _document(place, names, likeness, found, answer, peers, count, dropped)


# Without indicators named, by the first of these by which there is anything to compare.
_CHOSEN_BY = {
    "named": "Verglichen wird nach den gewählten Indikatoren.",
    "key_indicators": "Verglichen wird nach den Schlüsselindikatoren.",
    "available": "Zu den Schlüsselindikatoren liegt für dieses Gebiet keine Zahl vor, in der sich "
    "die Gebiete unterscheiden. Verglichen wird deshalb nach allen Indikatoren, zu denen es hier "
    "Zahlen gibt.",
}


def _codes_of(answer: Answer, place: Place, likeness: Likeness, chosen_by: str) -> list[str]:
    codes = dict.fromkeys(item.code for item in answer.plan.definitions)
    if chosen_by == "key_indicators":
        keys = {entry["code"] for entry in place.catalogue if entry["is_key_indicator"]}
        return [code for code in codes if code in keys]
    if chosen_by == "available":
        return [code for code in codes if code in likeness.table.get(place.code, {})]
    return list(codes)


def _sparse(likeness: Likeness, codes: Sequence[str]) -> list[str]:
    """Those known of less than half as many areas as the best known one.

    By them most areas would be left out. Not held against all areas of the level: where a
    register holds all of Germany, figures of one Land alone still compare its municipalities.
    """
    known = {code: sum(code in values for values in likeness.table.values()) for code in codes}
    best = max(known.values(), default=0)
    return [code for code, areas in known.items() if 0 < 2 * areas < best]


_DROPPED = {
    "lacking": "Für dieses Gebiet liegt hierzu keine neuere Zahl vor.",
    "constant": "Alle Gebiete haben denselben Wert: Das unterscheidet keine.",
    "too_few": "Hierzu gibt es Zahlen von weniger als halb so vielen Gebieten wie zu anderen "
    "Indikatoren.",
}


def _dropped(code: str, names: Mapping[str, Any], why: str) -> dict[str, Any]:
    return {"indicator": code, "name": names[code]["name"], "code": why, "detail": _DROPPED[why]}


def _document(
    place: Place,
    names: Mapping[str, Any],
    likeness: Likeness,
    found: Neighbourhood | None,
    answer: Answer,
    peers: Mapping[str, str],
    count: int,
    dropped: list[dict[str, Any]],
) -> dict[str, Any]:
    features = () if found is None else found.features
    neighbours = () if found is None else found.neighbours[:count]
    incomplete = () if found is None or not features else found.incomplete
    plan = answer.plan
    used = sorted({number for item in features for number in likeness.sources[item.indicator]})
    return {
        "area": {"code": place.code, "name": place.name, "kind": place.kind},
        "level": place.kind,
        "own": [] if found is None else _values(likeness.table.get(place.code, {}), found.own),
        "profile": [_feature(item, names, likeness, used) for item in features],
        "items": [
            {"code": item.area, "name": peers[item.area], "kind": place.kind}
            | {"distance": item.distance, "values": _values(likeness.table[item.area], item.z)}
            for item in neighbours
        ],
        "left_out": [_left_out(item, peers, names) for item in incomplete[:MAXIMUM_LEFT_OUT]],
        "left_out_count": len(incomplete),
        "dropped": dropped,
        "sources": [asdict(plan.sources[number]) for number in used],
        "method": _METHOD,
        "reason": None if neighbours else _reason(place, answer, bool(features)),
    }


def _values(values: Mapping[str, float], z: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"indicator": code, "value": values[code], "z": score} for code, score in z.items()]


def _feature(
    item: rules.Feature, names: Mapping[str, Any], likeness: Likeness, used: Sequence[int]
) -> dict[str, Any]:
    period = likeness.periods[item.indicator]
    parsed = parse_period(period)
    entry = names[item.indicator]
    return {
        "name": entry["name"],
        "unit": entry["unit"],
        "decimals": entry["decimals"],
        "period": {"code": period, "label": period if parsed is None else parsed.label},
        "sources": [used.index(number) for number in sorted(likeness.sources[item.indicator])],
    } | asdict(item)


def _left_out(
    item: rules.Incomplete, peers: Mapping[str, str], names: Mapping[str, Any]
) -> dict[str, Any]:
    words = ", ".join(names[code]["short_name"] for code in item.missing)
    return {
        "code": item.area,
        "name": peers[item.area],
        "missing": list(item.missing),
        "detail": f"Hier fehlt: {words}.",
    }


def _reason(place: Place, answer: Answer, has_features: bool) -> Reason:
    if not answer.plan.pairs:
        return Reason(
            code="nothing_released",
            detail="Zu den Gebieten dieser Ebene ist nichts freigegeben, wonach sie sich "
            "vergleichen ließen.",
            suggestion="Wählen Sie Indikatoren, zu denen es Zahlen gibt.",
        )
    if not has_features:
        return Reason(
            code="nothing_to_compare",
            detail=f"Für {place.name} liegt zu keinem der Indikatoren eine Zahl vor, in der sich "
            "die Gebiete unterscheiden.",
            suggestion="Wählen Sie andere Indikatoren.",
        )
    return Reason(
        code="no_neighbour",
        detail="Kein anderes Gebiet dieser Ebene hat Zahlen zu allen Indikatoren.",
        suggestion="Nehmen Sie weniger Indikatoren.",
    )
