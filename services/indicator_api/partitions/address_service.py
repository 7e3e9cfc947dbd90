"""Use cases of the directory of streets and house numbers."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions import address_repository as addresses
from services.indicator_api.partitions import repository
from services.indicator_api.partitions.address_file import (
    AddressFile,
    AddressFinding,
    UnreadableAddressFileError,
    read_directory,
    read_town_list,
    unit_name,
)
from services.indicator_api.partitions.address_rules import street_key
from services.indicator_api.partitions.address_schemas import (
    AddressFindingRead,
    AddressRead,
    Comparison,
    DirectoryCheck,
    DirectoryRead,
    Double,
    Encoding,
    Gap,
    OrderFile,
)
from services.indicator_api.partitions.cutting import Unit
from services.indicator_api.partitions.order_file import CAUTION, not_in_windows_1252, order_text
from services.indicator_api.partitions.schemas import Named
from services.indicator_api.partitions.service import find
from services.shared import audit
from services.shared.database import Database
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Invalid

Row = dict[str, Any]


async def list_addresses(
    session: AsyncSession,
    partition: Row,
    *,
    street: str | None,
    unit: str | None,
    cursor: str | None,
    limit: int,
) -> Page[AddressRead]:
    """One page of a directory; an empty one says why."""
    rows = await addresses.list_addresses(
        session,
        partition["id"],
        street=None if street is None else street_key(street),
        unit=unit,
        after=decode_cursor(cursor, str, int, str, str, str),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[AddressRead.model_validate(row) for row in shown])
    if has_more:
        last = shown[-1]
        page.next = encode_cursor(
            *(last[name] for name in ("street_key", "house_number", "suffix", "postcode", "unit"))
        )
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_address",
            detail="Keine Adresse passt zu dieser Auswahl."
            if partition["addresses_at"]
            else "Zu dieser Gliederung gibt es noch kein Straßen- und Hausnummernverzeichnis.",
            suggestion=None
            if partition["addresses_at"]
            else "Laden Sie es als CSV-Datei mit Straße, Hausnummer und Einheit hoch.",
        )
    return page


def _names_of(units: list[Unit], municipality: str) -> dict[str, int]:
    """Every key and name by which a unit may be called, folded; an ambiguous one is left out."""
    names: Counter[str] = Counter()
    ids: dict[str, int] = {}
    for unit in units:
        called = {unit_name(unit.code), unit_name(unit.name)}
        called.add(unit_name(unit.code.removeprefix(municipality).lstrip("-_.")))
        for name in called:
            names[name] += 1
            ids[name] = unit.id
    return {name: id_ for name, id_ in ids.items() if names[name] == 1 and name} | {
        unit_name(unit.code): unit.id for unit in units
    }


async def read_file(
    session: AsyncSession, database: Database, principal: Principal, partition: Row, data: bytes
) -> AddressFile:
    """The directory in a file without a fault; raises `Invalid` with the findings by row."""
    units = await repository.units_of(session, partition["id"], None)
    if not units:
        raise Conflict(
            "partition_without_units",
            "Die Gliederung hat noch keine Einheiten, zu denen Adressen gehören könnten.",
        )
    names = _names_of(units, partition["municipality_code"])
    return await _read(lambda: read_directory(data, names), database, principal, partition)


async def read_list(
    database: Database, principal: Principal, partition: Row, data: bytes
) -> AddressFile:
    """A list of all addresses of the town; raises `Invalid` with the findings by row."""
    return await _read(lambda: read_town_list(data), database, principal, partition)


async def _read(
    reader: Callable[[], AddressFile], database: Database, principal: Principal, partition: Row
) -> AddressFile:
    try:
        found = await asyncio.to_thread(reader)
    except UnreadableAddressFileError as error:
        if error.persons:
            await _note_refusal(database, principal, partition)
        _refuse([error.finding], 1)
    if found.error_count:
        _refuse([item for item in found.findings if item.severity == "error"], found.error_count)
    return found


async def _note_refusal(database: Database, principal: Principal, partition: Row) -> None:
    """Keep that a file about people was sent, in a transaction of its own: this one ends here."""
    async with database.write_session(principal) as session:
        await audit.record(
            session,
            "indicator",
            principal,
            "partition.addresses_refused_person_columns",
            "partition",
            partition["code"],
        )


def _refuse(findings: list[AddressFinding], count: int) -> NoReturn:
    only = findings[0].detail if count == 1 else f"{count} Zeilen sind nicht in Ordnung."
    code = findings[0].code if findings[0].row is None else "addresses_rejected"
    raise Invalid(
        code,
        f"{only} Es wurde nichts übernommen.",
        title="Das Verzeichnis wurde nicht übernommen",
        errors=[
            FieldError("datei" if item.row is None else f"Zeile {item.row}", item.code, item.detail)
            for item in findings
        ],
        findings=[finding_read(item).model_dump() for item in findings],
        finding_count=count,
    )


def finding_read(item: AddressFinding) -> AddressFindingRead:
    """A finding on the wire."""
    return AddressFindingRead(
        row=item.row,
        column=item.column,
        severity=item.severity,
        code=item.code,
        detail=item.detail,
        remedy=item.remedy,
    )


async def replace(
    session: AsyncSession, principal: Principal, partition: Row, found: AddressFile
) -> tuple[DirectoryRead, int]:
    """Put the directory in the place of the one before; with the partition's new version."""
    await addresses.replace_addresses(session, partition["id"], found.addresses)
    await audit.record(
        session,
        "indicator",
        principal,
        "partition.addresses_replaced",
        "partition",
        partition["code"],
    )
    row = await find(session, partition["code"])
    count, streets = await addresses.totals(session, partition["id"])
    doubles, _ = await addresses.doubles(session, partition["id"])
    gaps, _ = await addresses.gaps(session, partition["id"])
    read = DirectoryRead(
        addresses=count,
        streets=streets,
        ranges=found.ranges,
        addresses_at=row["addresses_at"],
        doubles=doubles,
        gaps=gaps,
        units_without=await _units_without(session, partition),
        notes=[finding_read(item) for item in found.findings],
    )
    return read, row["row_version"]


async def _units_without(session: AsyncSession, partition: Row) -> list[Named]:
    rows = await addresses.units_without(session, partition["id"])
    return [Named.model_validate(row) for row in rows]


async def check(
    session: AsyncSession, partition: Row, listed: AddressFile | None = None
) -> DirectoryCheck:
    """Doubles and gaps, and beside a list of all addresses what is missing or too much."""
    count, streets = await addresses.totals(session, partition["id"])
    doubles, double_items = await addresses.doubles(session, partition["id"])
    gaps, gap_items = await addresses.gaps(session, partition["id"])
    comparison = None
    if listed is not None:
        # a postcode that one of the two does not know tells nothing apart
        with_postcode = all(item.postcode for item in listed.addresses)
        with_postcode &= await addresses.all_have_postcodes(session, partition["id"])
        compared = await addresses.compare(
            session, partition["id"], listed.addresses, with_postcode=with_postcode
        )
        comparison = Comparison.model_validate({"listed": len(listed.addresses), **compared})
    return DirectoryCheck(
        addresses=count,
        streets=streets,
        doubles=doubles,
        double_items=[Double.model_validate(item) for item in double_items],
        gaps=gaps,
        gap_items=[Gap.model_validate(item) for item in gap_items],
        units_without=await _units_without(session, partition),
        order_file=order_file_offer(count, doubles),
        comparison=comparison,
    )


def order_file_offer(count: int, doubles: int) -> OrderFile:
    """Whether the order file can be made of so many addresses with so many doubles."""
    if not count:
        detail = "Zuerst braucht die Gliederung ein Straßen- und Hausnummernverzeichnis."
    elif doubles:
        stands = "Adresse steht" if doubles == 1 else "Adressen stehen"
        detail = (
            f"{doubles} {stands} in mehr als einer Einheit. Bestellt wird überschneidungsfrei: "
            "Klären Sie zuerst, wohin sie gehören."
        )
    else:
        detail = "Jede Adresse steht in genau einer Einheit."
    return OrderFile(is_offered=bool(count) and not doubles, detail=detail, caution=CAUTION)


async def order_file(session: AsyncSession, partition: Row, encoding: Encoding) -> bytes:
    """The order file; raises `Conflict` while there are doubles or no addresses."""
    count, _ = await addresses.totals(session, partition["id"])
    doubles, _ = await addresses.doubles(session, partition["id"])
    offer = order_file_offer(count, doubles)
    if not offer.is_offered:
        raise Conflict("addresses_double" if doubles else "no_addresses", offer.detail)
    rows = await addresses.all_addresses(session, partition["id"])
    text = order_text(partition["municipality_code"], rows)
    if encoding == "utf-8":
        # with its mark, so that Excel does not take it for Windows-1252
        return text.encode("utf-8-sig")
    missing = not_in_windows_1252(text)
    if missing:
        raise Conflict(
            "encoding_too_small",
            f"Windows-1252 kennt nicht alle Zeichen der Straßennamen ({missing[:20]}). Wählen Sie "
            "UTF-8.",
        )
    return text.encode("cp1252")
