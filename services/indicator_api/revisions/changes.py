"""Use case of pulling: what changed since the last time, without a miss and without a repeat.

The token names the last thing handed out. It stays good for the reader who got it; whose rights
change begins anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.delegations.service import get_raw_dataset
from services.indicator_api.releases.rules import AUDIENCE_LABELS
from services.indicator_api.revisions import changes_repository as repository
from services.indicator_api.revisions.changes_repository import BEFORE_ALL, CellKey, Event
from services.indicator_api.revisions.repository import RevisionFilter
from services.indicator_api.revisions.schemas import CellChange, ChangePage
from services.indicator_api.revisions.service import RAW, RevisionQuestion, find_filter
from services.shared.paging import Reason, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import FieldError, Forbidden, Invalid

MAXIMUM_CHANGES = 10_000
# how many publications one answer goes through, where they hold little of what is asked for
MAXIMUM_EVENTS = 200
_AFTER_ALL: CellKey = (2**31 - 1, 2**31 - 1, 2**31 - 1, 2**31 - 1)
_BLOCKED: CellKey = (0, 0, 0, 0)
_RELEASED, _DELIVERED = "released", "delivered"
_TIME = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_GERMANY = ZoneInfo("Europe/Berlin")
_KEY = ("measure_id", "period_id", "breakdown_id", "area_id")


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    """What is asked; `since` is a token or a time (ISO 8601), without it all from the beginning."""

    since: str | None = None
    dataset: str | None = None
    indicators: Sequence[str] = ()
    raw: bool = False


async def list_changes(
    session: AsyncSession, principal: Principal, question: ChangeQuestion, limit: int
) -> ChangePage:
    """The next changes, in the order in which they took effect."""
    wanted, _ = await find_filter(
        session, RevisionQuestion(dataset=question.dataset, indicators=question.indicators)
    )
    if question.raw:
        page = await _delivered(session, principal, question, wanted, limit)
    else:
        page = await _released(session, question, wanted, limit)
    if not page.items:
        page.reason = _nothing(question)
    return page


async def _released(
    session: AsyncSession, question: ChangeQuestion, wanted: RevisionFilter, limit: int
) -> ChangePage:
    place, key = await _since_released(session, question.since)
    events = await repository.list_events(session, wanted, place, MAXIMUM_EVENTS + 1)
    has_more = len(events) > MAXIMUM_EVENTS
    items: list[CellChange] = []
    for event in events[:MAXIMUM_EVENTS]:
        behind = key if event.place == place else BEFORE_ALL
        found = await _of_event(session, wanted, event, behind, limit + 1 - len(items))
        shown = found[: limit - len(items)]
        items += [change for _, change in shown]
        if len(found) > len(shown):
            last = shown[-1][0] if shown else behind
            token = encode_cursor(_RELEASED, event.place, *last)
            return ChangePage(items=items, next=token, has_more=True)
        place, key = event.place, _AFTER_ALL
    return ChangePage(items=items, next=encode_cursor(_RELEASED, place, *key), has_more=has_more)


async def _of_event(
    session: AsyncSession, wanted: RevisionFilter, event: Event, after: CellKey, limit: int
) -> list[tuple[CellKey, CellChange]]:
    """Up to `limit` changes of an event behind a cell, with their keys."""
    found: list[tuple[CellKey, CellChange]] = []
    if event.blocks and after < _BLOCKED:
        found.append((_BLOCKED, _change(event, "blocked")))
    if event.is_withdrawal and not event.closes:
        return found
    rows = await repository.list_released(session, wanted, event, after, limit - len(found))
    for row in rows:
        kind = "withdrawn" if event.is_withdrawal else _kind(row)
        found.append((_key_of(row), _change(event, kind, row)))
    return found


def _kind(row: dict[str, Any]) -> str:
    if row["new"] is None:
        return "removed"
    return "new" if row["old"] is None else "changed"


def _change(event: Event, kind: str, row: dict[str, Any] | None = None) -> CellChange:
    release = event.release | {"audience_label": AUDIENCE_LABELS[event.release["audience"]]}
    nothing = dict.fromkeys(("measure", "area", "period", "breakdown", "old", "new"))
    about = {"at": event.at, "change": kind, "dataset": event.dataset, "release": release}
    return CellChange.model_validate((row or nothing) | about | {"delivery": None})


def _key_of(row: dict[str, Any]) -> CellKey:
    measure, period, breakdown, area = (row[name] for name in _KEY)
    return measure, period, breakdown, area


async def _delivered(
    session: AsyncSession,
    principal: Principal,
    question: ChangeQuestion,
    wanted: RevisionFilter,
    limit: int,
) -> ChangePage:
    """Changes of an own dataset's raw facts; `Forbidden` without the right to them."""
    if not principal.has(RAW):
        raise Forbidden(
            "right_missing",
            "Änderungen der gelieferten Zahlen zeigt die Plattform nur der Stelle, die sie führt; "
            f"dafür fehlt das Recht „{RAW}“.",
            right=RAW,
        )
    if question.dataset is None:
        detail = "Gelieferte Zahlen werden je Datenbestand abgeholt: Nennen Sie „dataset“."
        raise Invalid(
            "dataset_needed", detail, errors=[FieldError("dataset", "dataset_needed", detail)]
        )
    await get_raw_dataset(session, principal, question.dataset)
    at, key = _since_delivered(question.since)
    rows = await repository.list_delivered(session, wanted, at, key, limit + 1)
    shown = rows[:limit]
    if shown:
        at, key = shown[-1]["at"], _key_of(shown[-1])
    return ChangePage(
        items=[_raw_change(row) for row in shown],
        next=encode_cursor(_DELIVERED, at, *key),
        has_more=len(rows) > limit,
    )


def _raw_change(row: dict[str, Any]) -> CellChange:
    is_end = row["new"] is None and row["is_withdrawal"]
    kind = "withdrawn" if is_end else _kind(row)
    return CellChange.model_validate(row | {"change": kind, "release": None})


async def _since_released(session: AsyncSession, since: str | None) -> tuple[int, CellKey]:
    """The place and cell behind which to go on."""
    if since is None:
        return 0, BEFORE_ALL
    if _TIME.match(since):
        return await repository.last_place(session, _moment(since)), _AFTER_ALL
    parts = _token(since, _RELEASED, int)
    return parts[0], (parts[1], parts[2], parts[3], parts[4])


def _since_delivered(since: str | None) -> tuple[datetime, CellKey]:
    if since is None:
        return datetime(1, 1, 1, tzinfo=UTC), BEFORE_ALL
    if _TIME.match(since):
        return _moment(since), _AFTER_ALL
    parts = _token(since, _DELIVERED, datetime)
    return parts[0], (parts[1], parts[2], parts[3], parts[4])


def _token(since: str, kind: str, first: type) -> list[Any]:
    """The parts of a token behind its kind; raises `Invalid` for one of another list."""
    parts = decode_cursor(since, str, first, int, int, int, int)
    if parts is None or parts[0] != kind:
        detail = "Dieser Zeiger gehört zu einer anderen Liste von Änderungen."
        raise Invalid("cursor_invalid", detail, errors=[FieldError("since", "invalid", detail)])
    return parts[1:]


def _moment(since: str) -> datetime:
    """The moment that a day (its beginning in Germany) or a time with a zone names."""
    try:
        if len(since) == len("2024-05-31"):
            start = datetime.combine(date.fromisoformat(since), time.min, _GERMANY)
            return start.astimezone(UTC)
        moment = datetime.fromisoformat(since)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    detail = (
        f"„{since}“ ist kein Zeiger aus „next“, kein Tag (JJJJ-MM-TT) und kein Zeitpunkt mit "
        "Zeitzone (JJJJ-MM-TTThh:mm:ss+01:00)."
    )
    raise Invalid("since_unreadable", detail, errors=[FieldError("since", "unreadable", detail)])


def _nothing(question: ChangeQuestion) -> Reason:
    if question.since is not None:
        return Reason(
            code="nothing_changed",
            detail="Seither hat sich nichts geändert.",
            suggestion="Fragen Sie später mit „next“ weiter.",
        )
    if question.raw:
        return Reason(code="nothing_delivered", detail="Dazu ist noch nichts geliefert.")
    return Reason(
        code="nothing_released", detail="Dazu ist noch nichts freigegeben, was Sie sehen dürfen."
    )
