"""Use cases of the area register: list, look up, hand in an import."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas import repository
from services.indicator_api.areas.beginning import first_day
from services.indicator_api.areas.repository import AreaFilter
from services.indicator_api.areas.rules import (
    candidates_for_lost_zero,
    ended_in_words,
    last_day,
    not_yet_in_words,
)
from services.indicator_api.areas.schemas import (
    AreaChange,
    AreaDetail,
    AreaEnded,
    AreaListed,
    AreaReference,
    AreaShare,
)
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.problems import NotFound

_GERMANY = ZoneInfo("Europe/Berlin")


def today() -> date:
    """The day that „valid now“ means: it begins at midnight in Germany."""
    return datetime.now(_GERMANY).date()


async def lock_register(session: AsyncSession) -> None:
    """Wait for one's turn at writing the register; held until the transaction ends."""
    await repository.lock_register(session)


async def before_register(session: AsyncSession, valid_on: date) -> Reason | None:
    """Why nothing is found on a day before the register begins, with its first day; else None."""
    beginning = await first_day(session)
    if beginning is None or valid_on >= beginning:
        return None
    return Reason(
        code="valid_on_before_register",
        detail=f"Das Gebietsverzeichnis beginnt am {beginning:%d.%m.%Y}; für den "
        f"{valid_on:%d.%m.%Y} kennt es kein Gebiet.",
        suggestion=f"Wählen Sie einen Gebietsstand ab dem {beginning:%d.%m.%Y}.",
    )


async def kinds_of_areas(session: AsyncSession) -> dict[str, int]:
    """{level: rank}, from Bund to Baublock."""
    return {row["code"]: row["rank"] for row in await repository.area_kinds(session)}


async def list_areas(
    session: AsyncSession, wanted: AreaFilter, cursor: str | None, limit: int
) -> Page[AreaListed]:
    """One page of areas; an empty one says why."""
    too_early = await before_register(session, wanted.valid_on)
    if too_early is not None:
        return Page(items=[], reason=too_early)
    rows = await repository.list_areas(session, wanted, decode_cursor(cursor, int, str), limit + 1)
    shown, has_more = cut(rows, limit)
    page = Page(items=[AreaListed.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["rank"], shown[-1]["code"])
    if not shown and cursor is None:
        page.reason = await _why_none(session, wanted)
    return page


async def areas_as_geojson(
    session: AsyncSession, wanted: AreaFilter, detail: str, limit: int
) -> bytes:
    """Areas as a FeatureCollection; before the register begins an empty one with its reason."""
    too_early = await before_register(session, wanted.valid_on)
    if too_early is not None:
        empty = {"type": "FeatureCollection", "features": [], "reason": too_early.model_dump()}
        return orjson.dumps(empty)
    return await repository.areas_as_geojson(session, wanted, detail, limit)


async def _why_none(session: AsyncSession, wanted: AreaFilter) -> Reason:
    for code in (wanted.within, wanted.parent):
        if code is not None and await repository.find_area(session, code, wanted.valid_on) is None:
            return Reason(
                code="area_unknown",
                detail=f"Das Gebiet „{code}“ steht nicht im Verzeichnis.",
                suggestion=_zero_hint(code),
            )
    if wanted.query:
        return Reason(
            code="no_match",
            detail=f"Kein Gebiet heißt „{wanted.query}“ oder beginnt mit diesem Schlüssel.",
            suggestion="Suchen Sie nach einem Teil des Namens oder nach dem amtlichen Schlüssel.",
        )
    return Reason(
        code="no_area",
        detail=f"Am {wanted.valid_on:%d.%m.%Y} gibt es kein Gebiet dieser Auswahl.",
        suggestion="Lassen Sie eine Angabe weg oder wählen Sie einen anderen Tag.",
    )


def _zero_hint(code: str) -> str | None:
    longer = candidates_for_lost_zero(code)
    return (
        None if longer is None else f"Fehlt die führende Null? Gemeint ist vielleicht „{longer}“."
    )


async def area_detail(session: AsyncSession, code: str, valid_on: date) -> AreaDetail:
    """One area with its place in the tree; raises `NotFound` for an unknown key."""
    row = await repository.find_area(session, code, valid_on)
    if row is None:
        raise NotFound(
            "area_unknown",
            " ".join(
                filter(
                    None,
                    [f"Das Gebiet „{code}“ steht nicht im Verzeichnis.", _zero_hint(code)],
                )
            ),
        )
    ancestors = await repository.ancestors_of(session, row["lineage"])
    box = (row["west"], row["south"], row["east"], row["north"])
    return AreaDetail.model_validate(
        row
        | {
            "ancestors": [AreaReference.model_validate(item) for item in ancestors],
            "children_count": await repository.children_count(session, row["id"], valid_on),
            "bbox": None if row["west"] is None else box,
            **await _changes(session, row, valid_on),
        }
    )


async def check_begun(session: AsyncSession, code: str, valid_on: date) -> None:
    """Raise `NotFound` for a day on which there was no such area yet, or no register.

    A key that the register does not have is left to who looks it up.
    """
    row = await repository.first_version(session, code)
    if row is None:
        return
    too_early = await before_register(session, valid_on)
    if too_early is not None:
        raise NotFound(
            too_early.code,
            f"{too_early.detail} {too_early.suggestion}",
            title="So weit reicht das Gebietsverzeichnis nicht zurück",
            suggestion=too_early.suggestion,
        )
    first = row["valid_from"]
    if first is None or first <= valid_on:
        return
    links = [
        link for link in await repository.changes_of(session, row["id"]) if not link["is_successor"]
    ]
    before = {link["code"]: link["name"] for link in links if link["code"] != row["code"]}
    raise NotFound(
        "area_not_yet",
        not_yet_in_words(
            f"{row['code']} {row['name']}",
            ("ab" if first > today() else "seit", first),
            valid_on,
            before.items(),
            is_day_known=all(link["is_day_known"] for link in links),
        ),
        title="An diesem Tag gab es das Gebiet noch nicht",
        suggestion=f"Wählen Sie einen Gebietsstand ab dem {first:%d.%m.%Y}.",
        valid_from=first.isoformat(),
        predecessors=[{"code": key, "name": name} for key, name in before.items()],
    )


async def _changes(session: AsyncSession, row: dict[str, Any], valid_on: date) -> dict[str, Any]:
    """`ended` and `predecessors` of an area's version."""
    links = await repository.changes_of(session, row["id"])
    predecessors = [
        AreaShare.model_validate(link)
        for link in links
        if not link["is_successor"] and link["code"] != row["code"]
    ]
    ended = None
    if row["valid_to"] is not None and row["valid_to"] <= valid_on:
        going = [link for link in links if link["is_successor"]]
        events = {link["event_id"]: link for link in going}
        successors = [AreaShare.model_validate(link) for link in going if link["code"] is not None]
        ended = AreaEnded(
            last_day=last_day(row["valid_to"]),
            detail=ended_in_words(
                row["code"],
                row["valid_to"],
                [(item.code, item.name) for item in successors],
                is_day_known=all(link["is_day_known"] for link in going),
            ),
            events=[
                AreaChange.model_validate(
                    link | {"id": link["event_id"], "kind": link["event_kind"]}
                )
                for link in events.values()
            ],
            successors=successors,
        )
    return {"ended": ended, "predecessors": predecessors}


async def is_within(session: AsyncSession, code: str, roots: Sequence[str]) -> bool:
    """Whether an area is one of the roots or lies below one; false for an unknown key."""
    row = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM indicator.area AS a WHERE a.code = :code AND a.lineage &&"
            " ARRAY(SELECT r.id FROM indicator.area AS r WHERE r.code = ANY(:roots)))"
        ),
        {"code": code, "roots": list(roots)},
    )
    return bool(row.scalar_one())
