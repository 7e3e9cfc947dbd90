"""Use cases of indicators: reading definitions and their history."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.indicators import repository
from services.indicator_api.indicators.definitions import as_read, as_version, history_of
from services.indicator_api.indicators.models import Indicator
from services.indicator_api.indicators.repository import IndicatorFilter
from services.indicator_api.indicators.schemas import (
    DimensionRead,
    IndicatorDetail,
    IndicatorRead,
    IndicatorVersion,
    VersionReference,
)
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.problems import NotFound


async def list_indicators(
    session: AsyncSession, wanted: IndicatorFilter, *, cursor: str | None, limit: int
) -> Page[IndicatorRead]:
    """One page of current definitions in the order of the catalogue."""
    after = decode_cursor(cursor, int, str)
    rows = await repository.list_indicators(
        session,
        wanted,
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    available = await repository.availability(session, [row.Indicator.id for row in shown])
    page = Page(items=[as_read(row, available.get(row.Indicator.id)) for row in shown])
    if has_more:
        last = shown[-1].Indicator
        page.next = encode_cursor(last.position, last.code)
    if not shown and cursor is None:
        page.reason = _why_none(wanted)
    return page


async def list_all(session: AsyncSession, wanted: IndicatorFilter) -> list[IndicatorRead]:
    """All current definitions in the order of the catalogue, for a table."""
    rows = await repository.list_indicators(session, wanted)
    available = await repository.availability(session, [row.Indicator.id for row in rows])
    return [as_read(row, available.get(row.Indicator.id)) for row in rows]


async def list_dimensions(session: AsyncSession) -> Page[DimensionRead]:
    """The dimensions in the order of the catalogue."""
    rows = await repository.dimensions(session)
    page = Page(
        items=[DimensionRead(code=code, label=label, indicators=n) for code, label, n in rows]
    )
    if not rows:
        page.reason = _why_none(IndicatorFilter())
    return page


async def get_indicator(session: AsyncSession, code: str) -> Indicator:
    """The current definition with this code; raises `NotFound`."""
    indicator = await repository.find_indicator(session, code)
    if indicator is None:
        raise _unknown(code)
    return indicator


async def read_indicator(session: AsyncSession, code: str) -> IndicatorDetail:
    """The current definition as it is shown, with its history; raises `NotFound`."""
    rows = await repository.versions_of(session, code)
    current = next((row for row in rows if row.Indicator.is_current), None)
    if current is None:
        raise _unknown(code)
    available = await repository.availability(session, [current.Indicator.id])
    shown = as_read(current, available.get(current.Indicator.id))
    return IndicatorDetail.model_validate(shown.model_dump() | {"versions": history_of(rows)})


async def list_versions(session: AsyncSession, code: str) -> Page[VersionReference]:
    """The whole history of a definition, the newest version first; raises `NotFound`."""
    rows = await repository.versions_of(session, code)
    if not rows:
        raise _unknown(code)
    return Page(items=history_of(rows))


async def read_version(session: AsyncSession, code: str, version: int) -> IndicatorVersion:
    """A definition as it stood in one version; raises `NotFound`."""
    rows = await repository.versions_of(session, code)
    if not rows:
        raise _unknown(code)
    for row, reference in zip(rows, history_of(rows), strict=True):
        if reference.version == version:
            return as_version(row, reference)
    raise NotFound(
        "version_unknown",
        f"Von „{code}“ gibt es die Fassungen 1 bis {rows[0].Indicator.version}, nicht {version}.",
    )


def _unknown(code: str) -> NotFound:
    return NotFound("indicator_unknown", f"Den Indikator „{code}“ gibt es nicht.")


def _why_none(wanted: IndicatorFilter) -> Reason:
    if wanted == IndicatorFilter():
        return Reason(
            code="no_indicator",
            detail="Es ist noch kein Indikator festgelegt.",
            suggestion="Der Katalog wird mit dem Befehl „python -m deploy catalogue“ geladen.",
        )
    if wanted == IndicatorFilter(dimension=wanted.dimension):
        detail = f"In der Dimension „{wanted.dimension}“ gibt es keinen Indikator."
        return Reason(code="no_indicator", detail=detail)
    return Reason(
        code="no_match",
        detail="Kein Indikator passt zu allen diesen Angaben.",
        suggestion="Lassen Sie eine Angabe weg.",
    )
