"""Use cases of indicators."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.facts.breakdowns import canonical, ensure_breakdowns
from services.indicator_api.indicators import repository
from services.indicator_api.indicators.models import Indicator
from services.indicator_api.indicators.schemas import (
    Dimension,
    IndicatorDefinition,
    IndicatorRead,
    IndicatorWrite,
    Part,
)
from services.indicator_api.measures.models import Measure
from services.shared import audit
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound

_NOTHING_RELEASED: dict[str, Any] = {"levels": [], "periods": [], "datasets": [], "coverage": []}


def _read(indicator: Indicator, available: dict[str, Any]) -> IndicatorRead:
    values = {
        field: getattr(indicator, field)
        for field in IndicatorDefinition.model_fields
        if field != "dimension"
    }
    dimension = Dimension(code=indicator.dimension_code, label=indicator.dimension_label)
    return IndicatorRead.model_validate(
        values | {"dimension": dimension, "version": indicator.version} | available
    )


async def list_indicators(
    session: AsyncSession, *, dimension: str | None, cursor: str | None, limit: int
) -> Page[IndicatorRead]:
    """One page of current definitions by dimension."""
    after = decode_cursor(cursor, str, str)
    rows = await repository.list_indicators(
        session,
        dimension=dimension,
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    available = await repository.availability(session, [item.id for item in shown])
    page = Page(items=[_read(item, available.get(item.id, _NOTHING_RELEASED)) for item in shown])
    if has_more:
        page.next = encode_cursor(shown[-1].dimension_code, shown[-1].code)
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_indicator",
            detail="Es ist noch kein Indikator festgelegt."
            if dimension is None
            else f"In der Dimension „{dimension}“ gibt es keinen Indikator.",
        )
    return page


async def get_indicator(session: AsyncSession, code: str) -> Indicator:
    """The current definition with this code; raises `NotFound`."""
    indicator = await repository.find_indicator(session, code)
    if indicator is None:
        raise NotFound("indicator_unknown", f"Den Indikator „{code}“ gibt es nicht.")
    return indicator


async def read_indicator(session: AsyncSession, code: str) -> IndicatorRead:
    """One current definition as it is shown."""
    indicator = await get_indicator(session, code)
    available = await repository.availability(session, [indicator.id])
    return _read(indicator, available.get(indicator.id, _NOTHING_RELEASED))


async def create_indicator(
    session: AsyncSession, principal: Principal, wanted: IndicatorWrite
) -> IndicatorRead:
    """Register a definition; one with a known code becomes its next version."""
    values = wanted.model_dump(exclude={"numerator", "denominator", "dimension"})
    values |= {"dimension_code": wanted.dimension.code, "dimension_label": wanted.dimension.label}
    values |= await _part_columns(session, "numerator", wanted.numerator)
    if wanted.denominator is not None:
        values |= await _part_columns(session, "denominator", wanted.denominator)
        values["denominator_period_rule"] = wanted.denominator.period_rule
    previous = await repository.find_indicator(session, wanted.code)
    if previous is not None:
        await session.execute(
            update(Indicator).where(Indicator.id == previous.id).values(is_current=False)
        )
    version = 1 if previous is None else previous.version + 1
    indicator = Indicator(**values, version=version, is_current=True)
    session.add(indicator)
    await session.flush()
    await audit.record(
        session, "indicator", principal, "indicator.defined", "indicator", wanted.code
    )
    return await read_indicator(session, wanted.code)


async def _part_columns(session: AsyncSession, role: str, part: Part) -> dict[str, int | None]:
    measure_id = await session.scalar(select(Measure.id).where(Measure.code == part.measure))
    if measure_id is None:
        detail = f"Die Messgröße „{part.measure}“ gibt es nicht."
        raise Invalid(
            "measure_unknown",
            detail,
            errors=[FieldError(f"/{role}/measure", "measure_unknown", detail)],
        )
    code = canonical(part.breakdown)
    if code is None:
        detail = "Aufgliederungen stehen als „MERKMAL=AUSPRÄGUNG“, mehrere mit „|“ getrennt."
        raise Invalid(
            "breakdown_malformed",
            detail,
            errors=[FieldError(f"/{role}/breakdown", "breakdown_malformed", detail)],
        )
    breakdown_id = (await ensure_breakdowns(session, {code: ""}))[code]
    dataset_id = None if part.dataset is None else (await get_dataset(session, part.dataset)).id
    return {
        f"{role}_measure_id": measure_id,
        f"{role}_breakdown_id": breakdown_id,
        f"{role}_dataset_id": dataset_id,
    }
