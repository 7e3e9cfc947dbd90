"""Background work on deliveries: read, check, load."""

import asyncio
from typing import Any
from uuid import UUID

import obstore
import polars as pl

from services.indicator_api.datasets.service import get_dataset
from services.indicator_api.deliveries import repository
from services.indicator_api.deliveries.checking import CheckedDelivery, Registers, check_delivery
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.loading import LoadCounts, ensure_partitions, load_cells
from services.indicator_api.deliveries.reading.formats import read_delivery
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.facts.breakdowns import ensure_breakdowns
from services.indicator_api.jobs import JobContext, principal_of
from services.indicator_api.periods.repository import ensure_periods
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)


async def process_delivery(context: JobContext, delivery_id: str) -> None:
    """Check a delivery and load it, all or nothing; safe to run again at any point."""
    identifier = UUID(delivery_id)
    principal = await principal_of(context, "delivery", identifier)
    if principal is None:
        return
    try:
        await _process(context, principal, identifier)
    except Exception:  # whatever breaks, the delivery must end and its sender must learn of it
        logger.exception("delivery_failed", delivery_id=delivery_id)
        failure = {
            "code": "internal_error",
            "detail": "Bei der Verarbeitung ist ein Fehler aufgetreten, der nicht an Ihrer "
            "Datei liegt.",
        }
        async with context.database.write_session(principal) as session:
            await repository.finish(session, identifier, {"state": "failed", "failure": failure})


async def _process(context: JobContext, principal: Principal, identifier: UUID) -> None:
    if not await _progress(context, principal, identifier, "checking", "Die Datei wird geprüft"):
        return
    async with context.database.read_session(principal) as session:
        delivery = await repository.find(session, identifier)
        assert delivery is not None  # noqa: S101 - its progress was just written
        dataset = await get_dataset(session, delivery["dataset"]["code"])
        registers = await repository.load_registers(
            session, list(principal.area_codes), dataset.area_code
        )
    stored = await obstore.get_async(context.objects, delivery["object_path"])
    data = bytes(await stored.bytes_async())
    # in a thread: the worker must go on telling that it lives
    outcome = await asyncio.to_thread(_read_and_check, data, delivery["content_type"], registers)
    if isinstance(outcome, FindingList) or not outcome.is_acceptable:
        await _reject(context, principal, identifier, outcome)
        return
    label = "Die Werte werden übernommen"
    total = outcome.cells.height
    await _progress(context, principal, identifier, "loading", label, total=total)
    await _load(context, principal, delivery, outcome)


def _read_and_check(
    data: bytes, content_type: str, registers: Registers
) -> CheckedDelivery | FindingList:
    try:
        delivered = read_delivery(data, content_type)
    except UnreadableError as error:
        findings = FindingList()
        findings.add(error.finding)
        return findings
    return check_delivery(delivered, registers)


async def _progress(
    context: JobContext,
    principal: Principal,
    identifier: UUID,
    state: str,
    label: str,
    total: int = 0,
) -> bool:
    async with context.database.write_session(principal) as session:
        return await repository.set_progress(
            session, identifier, state, {"step": state, "label": label, "done": 0, "total": total}
        )


async def _reject(
    context: JobContext,
    principal: Principal,
    identifier: UUID,
    outcome: CheckedDelivery | FindingList,
) -> None:
    findings = outcome if isinstance(outcome, FindingList) else outcome.findings
    understood: dict[str, Any] = {} if isinstance(outcome, FindingList) else outcome.understood
    async with context.database.write_session(principal) as session:
        await repository.add_findings(session, identifier, findings)
        await repository.finish(
            session,
            identifier,
            {
                "state": "rejected",
                "finding_counts": findings.summary(),
                "understood": understood,
                "format": understood.get("format"),
            },
        )
        await audit.record(
            session, "indicator", principal, "delivery.rejected", "delivery", identifier
        )


async def _load(
    context: JobContext, principal: Principal, delivery: dict[str, Any], checked: CheckedDelivery
) -> None:
    async with context.database.write_session(principal) as session:
        await ensure_periods(session, checked.periods.values())
        await ensure_partitions(session, checked.cells["period_id"].unique().to_list())
        breakdowns = await ensure_breakdowns(session, checked.breakdown_labels)
    ids = pl.Series([breakdowns[code] for code in checked.breakdown_labels], dtype=pl.Int32)
    cells = checked.cells.with_columns(breakdown_id=ids.gather(checked.cells["breakdown_number"]))
    async with context.database.write_session(principal) as session:
        counts = await load_cells(session, delivery["dataset_id"], delivery["number"], cells)
        if counts.new or counts.changed:
            await repository.raise_dataset_version(session, delivery["dataset_id"])
        await repository.add_findings(session, delivery["id"], checked.findings)
        await repository.finish(session, delivery["id"], _accepted(checked, cells, counts))
        await audit.record(
            session, "indicator", principal, "delivery.accepted", "delivery", delivery["id"]
        )


def _accepted(checked: CheckedDelivery, cells: pl.DataFrame, counts: LoadCounts) -> dict[str, Any]:
    missing = cells["value"].null_count()
    return {
        "state": "accepted",
        "counts": {
            "rows": cells.height,
            "values": cells.height - missing,
            "missing": missing,
            "new": counts.new,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
        },
        "finding_counts": checked.findings.summary(),
        "understood": checked.understood,
        "format": checked.understood["format"],
    }
