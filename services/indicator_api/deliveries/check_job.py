"""Checking a delivery: from the stored file to findings, checked cells and the next state."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.deliveries import outcomes, repository, turns
from services.indicator_api.deliveries.ahead import made_ahead
from services.indicator_api.deliveries.cells_file import CellsHeader, write_cells
from services.indicator_api.deliveries.checking.file_check import (
    CheckedFile,
    CheckOptions,
    FileCheck,
)
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.further_findings import FurtherFindings
from services.indicator_api.deliveries.mapping.applying import FORMAT, FORMAT_LABEL
from services.indicator_api.deliveries.mapping.opening import (
    MappingNeededError,
    Opened,
    open_delivered,
)
from services.indicator_api.deliveries.mapping.repository import known_before
from services.indicator_api.deliveries.persons.refusing import (
    delete_content,
    is_to_be_deleted,
    note_person_data,
)
from services.indicator_api.deliveries.persons.searching import PersonDataError
from services.indicator_api.deliveries.plausibility.service import find_implausible
from services.indicator_api.deliveries.reading.damaged import told_if_broken_off
from services.indicator_api.deliveries.reading.delivered import Delivered
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.deliveries.rules import Findings, next_state
from services.indicator_api.deliveries.spool import forget, spooled, store_file
from services.indicator_api.jobs import JobContext
from services.shared import audit
from services.shared.principal import Principal

_SECONDS_BETWEEN_SIGNS = 1.0
_MOST_WRITTEN_MEANWHILE = 2_000_000
_AUDITED = {"rejected": "delivery.rejected", "checked": "delivery.checked"}


async def run_check(context: JobContext, principal: Principal, delivery: dict[str, Any]) -> None:
    """Check a delivery that was taken up (`outcomes.begin`), and write down what came of it."""
    if is_to_be_deleted(delivery):
        await delete_content(context, principal, delivery)
        return
    async with context.database.read_session(principal) as session:
        dataset = await get_dataset(session, delivery["dataset"]["code"])
        registers = await repository.load_registers(
            session, list(principal.area_codes), dataset.area_code
        )
        known = await known_before(
            session, dataset_id=dataset.id, mapping_name=delivery["mapping_name"]
        )
    async with spooled(context.objects, delivery["object_path"]) as file:
        further = FurtherFindings(file.with_name("findings.parquet"))
        try:
            with told_if_broken_off():
                opened = await asyncio.to_thread(open_delivered, file, delivery, known, registers)
                checked = await _check(
                    context, principal, delivery, opened.delivered, registers, further
                )
            local = file.with_name("cells.parquet")
            written = checked.cells
            checked = await _weighed(context, principal, delivery, opened.delivered, checked, local)
            if checked.is_acceptable and checked.cells is not written:
                await asyncio.to_thread(_write, checked, local)
        except MappingNeededError as needed:
            await _conclude(context, principal, delivery, FindingList(), _asking(needed.about))
            return
        except PersonDataError as error:
            if await note_person_data(context, principal, delivery, error.finding):
                await delete_content(context, principal, delivery)
            return
        except UnreadableError as error:
            findings = FindingList()
            findings.add(error.finding)
            await _conclude(context, principal, delivery, findings, {"state": "rejected"})
            return
        values = _values(delivery, opened, checked)
        values["findings_path"] = await _store_further(context, delivery, checked, further)
        if values["state"] in ("confirming", "approving", "loading"):
            values["cells_path"] = await _store_cells(context, delivery, local)
        if not await _conclude(context, principal, delivery, checked.findings, values):
            await _forget_made(context, values)


async def _check(
    context: JobContext,
    principal: Principal,
    delivery: dict[str, Any],
    delivered: Delivered,
    registers: Registers,
    further: FurtherFindings,
) -> CheckedFile:
    options = delivery["options"]
    check = FileCheck(
        delivered.columns,
        registers,
        CheckOptions(
            own_areas_only=options.get("scope") == "own",
            is_partial=bool(options.get("partial")),
        ),
        delivered.total_rows,
    )
    for note in delivered.notes:
        check.findings.add(note)
    told_at = time.monotonic()

    def take(batch: pl.DataFrame, faults: list[pl.DataFrame]) -> None:
        check.add(batch)
        further.add([*check.findings.take_further(), *faults])

    async with made_ahead(_with_faults(delivered)) as batches:
        async for batch, faults in batches:
            await asyncio.to_thread(take, batch, faults)
            if time.monotonic() - told_at > _SECONDS_BETWEEN_SIGNS:
                async with context.database.write_session(principal) as session:
                    total = delivered.total_rows or 0
                    await outcomes.note_progress(session, delivery, "checking", check.rows, total)
                told_at = time.monotonic()
    # complete only now: rows that are not of the head's width
    check.findings.extend(delivered.faults)
    return await asyncio.to_thread(check.finish)


def _with_faults(delivered: Delivered) -> Iterator[tuple[pl.DataFrame, list[pl.DataFrame]]]:
    """The batches, and of each what reading it found beyond what is stored one by one."""
    for batch in delivered.batches():
        yield batch, delivered.faults.take_further()


async def _weighed(
    context: JobContext,
    principal: Principal,
    delivery: dict[str, Any],
    delivered: Delivered,
    checked: CheckedFile,
    local: Path,
) -> CheckedFile:
    """The checked file with what its values tell beside others, as far as any can be taken.

    Meanwhile the cells are written to the file `local`: mostly they are taken as they are. Of
    large files first, as both at once would take too much memory.
    """
    if not checked.is_acceptable:
        return checked
    writing = asyncio.create_task(asyncio.to_thread(_write, checked, local))
    if checked.cells.height > _MOST_WRITTEN_MEANWHILE:
        await asyncio.wait([writing])
    try:
        async with context.database.read_session(principal) as session:
            found = await find_implausible(
                session,
                delivery["dataset_id"],
                checked.cells,
                periods=checked.periods,
                breakdowns=list(checked.breakdown_labels),
                value_columns=checked.value_columns,
            )
    finally:
        # the cells must not be dropped, nor the folder removed, under it
        await asyncio.wait([writing])
    await writing
    is_partial = bool(delivery["options"].get("partial"))
    return checked.with_findings(found, is_partial=is_partial) if found.counts else checked


def _asking(about: dict[str, Any]) -> dict[str, Any]:
    """What is to be written of a delivery whose columns somebody must explain."""
    return {
        "state": "asking",
        "format": FORMAT,
        "understood": {"format": FORMAT, "format_label": FORMAT_LABEL, "mapping": about},
    }


def _values(delivery: dict[str, Any], opened: Opened, checked: CheckedFile) -> dict[str, Any]:
    """What is to be written of a checked delivery, its next state first of all."""
    summary = checked.findings.summary()
    options = delivery["options"]
    confirmation = delivery["confirmation"]
    if confirmation is None and options.get("confirm"):
        confirmation = {
            "by": delivery["delivered_by"],
            "by_id": str(delivery["subject_id"]),
            "at": delivery["created_at"].isoformat(),
            "reason": options["confirm"],
        }
    state = next_state(
        Findings(
            is_acceptable=checked.is_acceptable,
            has_warnings=any(item["severity"] == "warning" for item in summary),
        ),
        is_dry_run=delivery["is_dry_run"],
        is_confirmed=confirmation is not None,
        needs_approval=delivery["needs_approval"],
    )
    understood = checked.understood | {
        "format": opened.delivered.format,
        "format_label": opened.delivered.format_label,
    }
    if opened.about:
        understood["mapping"] = opened.about
    values: dict[str, Any] = {
        "state": state,
        "finding_counts": summary,
        "understood": understood,
        "format": opened.delivered.format,
    }
    if opened.mapping is not None:
        values |= {"mapping": opened.mapping, "mapping_name": opened.mapping_name}
    if state != "rejected":
        with_value, missing = checked.cells.counts()
        values["counts"] = checked.counts | {"values": with_value, "missing": missing}
    if state in ("approving", "loading"):
        values["confirmation"] = confirmation
    return values


def _write(checked: CheckedFile, local: Path) -> None:
    header = CellsHeader(
        breakdowns=list(checked.breakdown_labels.items()),
        periods=list(checked.periods),
        slices=checked.cells.measures_and_periods(),
    )
    write_cells(local, checked.cells, header)


async def _store_cells(context: JobContext, delivery: dict[str, Any], local: Path) -> str:
    """Put the file of checked cells into the object store; where they are."""
    path = f"delivery-cells/{delivery['id']}/{delivery['row_version']}.parquet"
    await store_file(context.objects, path, local)
    return path


async def _store_further(
    context: JobContext, delivery: dict[str, Any], checked: CheckedFile, further: FurtherFindings
) -> str | None:
    """Put the findings that are not stored one by one into the object store; where they are."""
    further.add(checked.findings.take_further())
    local = await asyncio.to_thread(further.close)
    if local is None:
        return None
    path = f"delivery-findings/{delivery['id']}/{delivery['row_version']}.parquet"
    await store_file(context.objects, path, local)
    return path


async def _forget_made(context: JobContext, delivery: dict[str, Any]) -> None:
    """Delete the files that a check made, as it names them or as its delivery does."""
    for path in (delivery.get("cells_path"), delivery.get("findings_path")):
        if path is not None:
            await forget(context.objects, path)


async def _conclude(
    context: JobContext,
    principal: Principal,
    delivery: dict[str, Any],
    findings: FindingList,
    values: dict[str, Any],
) -> bool:
    """Write the outcome, hand on the turn; false if somebody else took the delivery over."""
    identifier: UUID = delivery["id"]
    values = {
        "finding_counts": findings.summary(),
        "cells_path": None,
        "findings_path": None,
    } | values
    async with context.database.write_session(principal) as session:
        if not await outcomes.conclude(session, delivery, values):
            return False
        await outcomes.replace_findings(session, identifier, findings)
        action = _AUDITED.get(values["state"])
        if action is not None:
            await audit.record(session, "indicator", principal, action, "delivery", identifier)
        if values["state"] == "loading":
            await turns.begin_loading(session, context.jobs, identifier)
        else:
            await turns.pass_turn(session, context.jobs, delivery["dataset_id"])
    # of an earlier check, when the table was read another way
    await _forget_made(context, delivery)
    return True
