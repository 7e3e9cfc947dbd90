"""Writing definitions: a new one, or the next version of a known one; none is ever deleted."""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.facts.breakdowns import canonical, ensure_breakdowns
from services.indicator_api.indicators import repository, service
from services.indicator_api.indicators.definitions import compared_values
from services.indicator_api.indicators.models import Indicator
from services.indicator_api.indicators.rules import change_in_words, changed_fields
from services.indicator_api.indicators.schemas import IndicatorDetail, IndicatorWrite, Part
from services.indicator_api.measures.models import Measure
from services.shared import audit
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid

# what a definition inherits from the one it replaces: only the catalogue's files set it
_INHERITED = ("number", "variant", "position", "is_key_indicator")
_NOT_COLUMNS = {"numerator", "denominator", "dimension"}


async def lock_catalogue(session: AsyncSession) -> None:
    """Wait until nobody else defines indicators; holds until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('indicator.catalogue'))"))


async def create_indicator(
    session: AsyncSession, principal: Principal, wanted: IndicatorWrite
) -> IndicatorDetail:
    """Register a definition; one with a known code becomes its next version."""
    await lock_catalogue(session)
    await add_version(session, principal, wanted)
    return await service.read_indicator(session, wanted.code)


async def add_version(
    session: AsyncSession,
    principal: Principal,
    wanted: IndicatorWrite,
    place: dict[str, Any] | None = None,
) -> int:
    """Write the next version of a definition; its number. The catalogue must be locked.

    `place` holds the columns that only the catalogue's files set; without, the version is an
    office's own and keeps the place of the one before. Raises `Invalid` for a part that does not
    exist.
    """
    columns = await _columns(session, wanted)
    rows = await repository.versions_of(session, wanted.code)
    previous = rows[0] if rows else None
    if place is not None:
        columns |= place | {"origin": "catalogue"}
    elif previous is not None:
        columns |= {name: getattr(previous.Indicator, name) for name in _INHERITED}
    if previous is None:
        version = 1
    else:
        version = previous.Indicator.version + 1
        columns["change_note"] = wanted.change_note or _difference(previous, wanted, columns)
        await session.execute(
            update(Indicator)
            .where(Indicator.code == wanted.code, Indicator.is_current)
            .values(is_current=False)
        )
    session.add(Indicator(**columns, version=version, is_current=True))
    await session.flush()
    await audit.record(
        session, "indicator", principal, "indicator.defined", "indicator", wanted.code
    )
    return version


def _difference(
    previous: repository.DefinitionRow, wanted: IndicatorWrite, columns: dict[str, Any]
) -> str:
    place = {name: columns[name] for name in _INHERITED}
    after = wanted.model_dump(mode="json") | place
    return change_in_words(changed_fields(compared_values(previous), after))


async def _columns(session: AsyncSession, wanted: IndicatorWrite) -> dict[str, Any]:
    values = wanted.model_dump(exclude=_NOT_COLUMNS)
    values["breaks"] = [item.model_dump(mode="json") for item in wanted.breaks]
    values |= {"dimension_code": wanted.dimension.code, "dimension_label": wanted.dimension.label}
    values |= await _part_columns(session, "numerator", wanted.numerator)
    if wanted.denominator is not None:
        values |= await _part_columns(session, "denominator", wanted.denominator)
        values["denominator_period_rule"] = wanted.denominator.period_rule
        await _check_universes(session, wanted.numerator.measure, wanted.denominator.measure)
    return values


async def _check_universes(session: AsyncSession, numerator: str, denominator: str) -> None:
    query = select(Measure.universe).where(Measure.code.in_((numerator, denominator)))
    if set(await session.scalars(query)) == {"Arbeitsort", "Einwohner"}:
        detail = "Was am Arbeitsort gezählt ist, wird nie durch Einwohner geteilt."
        raise Invalid(
            "place_of_work_meets_residents",
            detail,
            errors=[FieldError("/denominator/measure", "place_of_work_meets_residents", detail)],
        )


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
