"""Bringing the database up to the catalogue's files: adds, revises, retires, never deletes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.models import AreaKind
from services.indicator_api.indicators.catalogue_files import (
    Catalogue,
    CatalogueEntry,
    CatalogueError,
)
from services.indicator_api.indicators.defining import add_version, lock_catalogue
from services.indicator_api.indicators.definitions import compared_values
from services.indicator_api.indicators.models import GERMAN_TODAY, Indicator
from services.indicator_api.indicators.repository import DefinitionRow, definitions
from services.indicator_api.indicators.schemas import IndicatorWrite
from services.indicator_api.measures.loading import ensure_measures
from services.shared import audit
from services.shared.principal import Principal

# The operator of the platform, who has no account: a command speaks for nobody else.
OPERATOR = Principal(
    subject_id=None,
    subject_kind="command",
    subject_name="Katalog",
    organisation_id=None,
    organisation_name="",
    organisation_kind="",
    administration_id=None,
    roles=(),
    rights=frozenset({"indicators:read", "indicators:write", "measures:write"}),
    area_codes=(),
    audiences=frozenset({"public"}),
)


@dataclass(slots=True)
class LoadReport:
    """What loading did, as codes; of `revised` also the number of the new version.

    `kept` are definitions that an office has changed since: they stay until the file changes.
    """

    measures_added: list[str] = field(default_factory=list)
    measures_revised: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    revised: list[tuple[str, int]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing was written."""
        return not (
            self.measures_added
            or self.measures_revised
            or self.added
            or self.revised
            or self.retired
            or self.restored
        )


async def load_catalogue(
    session: AsyncSession, catalogue: Catalogue, principal: Principal = OPERATOR
) -> LoadReport:
    """Bring measures and definitions up to the catalogue, in the session's transaction.

    May be repeated, also by several at once. Raises `CatalogueError` for what does not fit what
    is there; then nothing of the transaction may be kept.
    """
    await lock_catalogue(session)
    await _check_levels(session, catalogue.entries)
    report = LoadReport()
    faults: list[str] = []
    report.measures_added, report.measures_revised = await ensure_measures(
        session, principal, catalogue.measures, faults
    )
    if faults:
        raise CatalogueError(faults)
    known = await _known_versions(session)
    for entry in catalogue.entries:
        await _load_entry(session, principal, entry, known.get(entry.code, []), report)
    await _retire_others(session, principal, catalogue.entries, known, report)
    return report


async def _check_levels(session: AsyncSession, entries: Sequence[CatalogueEntry]) -> None:
    levels = list(await session.scalars(select(AreaKind.code).order_by(AreaKind.rank)))
    faults = [
        f"{entry.dimension.code}.toml, Eintrag „{entry.code}“, Feld „smallest_level“: "
        f"„{entry.smallest_level}“ ist keine Ebene. Möglich sind: {', '.join(levels)}."
        for entry in entries
        if entry.smallest_level is not None and entry.smallest_level not in levels
    ]
    if faults:
        raise CatalogueError(faults)


async def _known_versions(session: AsyncSession) -> dict[str, list[DefinitionRow]]:
    """All versions of all definitions by code, the newest first."""
    rows = await session.execute(definitions().order_by(Indicator.code, Indicator.version.desc()))
    known: dict[str, list[DefinitionRow]] = {}
    for row in rows:
        known.setdefault(row.Indicator.code, []).append(row)
    return known


async def _load_entry(
    session: AsyncSession,
    principal: Principal,
    entry: CatalogueEntry,
    versions: Sequence[DefinitionRow],
    report: LoadReport,
) -> None:
    current = versions[0].Indicator if versions else None
    last_loaded = next((row for row in versions if row.Indicator.origin == "catalogue"), None)
    if current is None:
        await _write(session, principal, entry, current)
        report.added.append(entry.code)
        return
    if last_loaded is None or compared_values(last_loaded) != entry.compared_values():
        number = await _write(session, principal, entry, current)
        report.revised.append((entry.code, number))
        return
    if current.position != entry.position:
        await _set(session, current, position=entry.position)
    if current.retired_on is not None:
        await _set(session, current, retired_on=None)
        await _record(session, principal, "indicator.restored", entry.code)
        report.restored.append(entry.code)
    elif current.origin == "own":
        report.kept.append(entry.code)
    else:
        report.unchanged.append(entry.code)


async def _write(
    session: AsyncSession, principal: Principal, entry: CatalogueEntry, current: Indicator | None
) -> int:
    # a note left from an earlier change would not tell of this one
    is_old_note = current is not None and entry.change_note == current.change_note
    wanted = IndicatorWrite.model_validate(
        entry.model_dump(include=set(IndicatorWrite.model_fields))
        | ({"change_note": ""} if is_old_note else {})
    )
    place: dict[str, Any] = {
        "number": entry.number,
        "variant": entry.variant,
        "position": entry.position,
        "is_key_indicator": entry.is_key_indicator,
    }
    return await add_version(session, principal, wanted, place)


async def _retire_others(
    session: AsyncSession,
    principal: Principal,
    entries: Sequence[CatalogueEntry],
    known: dict[str, list[DefinitionRow]],
    report: LoadReport,
) -> None:
    listed = {entry.code for entry in entries}
    for code, versions in known.items():
        current = versions[0].Indicator
        if code in listed or current.origin != "catalogue" or current.retired_on is not None:
            continue
        await _set(session, current, retired_on=text(GERMAN_TODAY))
        await _record(session, principal, "indicator.retired", code)
        report.retired.append(code)


async def _set(session: AsyncSession, indicator: Indicator, **values: Any) -> None:
    await session.execute(
        update(Indicator)
        .where(Indicator.id == indicator.id)
        .values(**values, row_version=Indicator.row_version + 1)
    )


async def _record(session: AsyncSession, principal: Principal, action: str, code: str) -> None:
    await audit.record(session, "indicator", principal, action, "indicator", code)
