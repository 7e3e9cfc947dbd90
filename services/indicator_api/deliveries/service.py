"""Use cases of deliveries: take in, follow, look at findings."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.deliveries import repository, turns
from services.indicator_api.deliveries.schemas import DeliveryOptions, DeliveryRead, FindingRead
from services.indicator_api.deliveries.steps import actions_of
from services.shared import audit
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import NotFound
from services.shared.uploads import StoredBody

_AUDIENCE_NOTES = {
    "accepted": "Die Zahlen liegen jetzt als Rohdaten bei Ihrer Stelle. Andere sehen sie erst, "
    "wenn Sie sie freigeben.",
    "checked": "Das war eine Probe: Es wurde nichts übernommen.",
    "rejected": "Es wurde nichts übernommen. Berichtigen Sie die Datei und liefern Sie neu.",
    "failed": "Es wurde nichts übernommen. Liefern Sie dieselbe Datei noch einmal.",
    "asking": "Noch ist nichts übernommen. Ordnen Sie zuerst die Spalten zu.",
    "confirming": "Noch ist nichts übernommen. Bestätigen Sie die Hinweise mit einer Begründung, "
    "oder liefern Sie eine berichtigte Datei.",
    "approving": "Noch ist nichts übernommen. Eine zweite Person Ihrer Stelle muss zustimmen.",
    "discarded": "Die Lieferung wurde verworfen. Es wurde nichts übernommen.",
    "expired": "Die Lieferung wartete zu lange auf eine Entscheidung. Es wurde nichts übernommen.",
    "withdrawing": "Die Lieferung wird zurückgenommen.",
    "withdrawn": "Die Lieferung ist zurückgenommen. Freigegebene Zahlen ändern sich erst mit der "
    "nächsten Freigabe.",
}
_IN_PROGRESS_NOTE = "Solange geprüft wird, ändert sich nichts am Bestand."


def _read(row: dict[str, Any], principal: Principal) -> DeliveryRead:
    note = _AUDIENCE_NOTES.get(row["state"], _IN_PROGRESS_NOTE)
    return DeliveryRead.model_validate(
        row | {"audience_note": note, "actions": actions_of(row, principal)}
    )


async def receive_delivery(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    *,
    delivery_id: UUID,
    dataset_code: str,
    body: StoredBody,
    content_type: str,
    filename: str | None,
    options: DeliveryOptions,
    is_dry_run: bool,
    mapping_name: str | None,
) -> DeliveryRead:
    """Note down a delivery whose file is stored, and have it processed in the background."""
    dataset = await get_own_dataset(session, principal, dataset_code)
    await repository.add(
        session,
        {
            "id": delivery_id,
            "organisation_id": principal.organisation_id,
            "dataset_id": dataset.id,
            "subject_id": principal.subject_id,
            "subject_name": principal.subject_name,
            "acting": principal.to_job(),
            "filename": filename,
            "content_type": content_type,
            "size_bytes": body.size,
            "sha256": body.sha256,
            "object_path": body.path,
            "options": options.model_dump(mode="json"),
            "is_dry_run": is_dry_run,
            "mapping": None,
            "mapping_name": mapping_name,
        },
    )
    await audit.record(
        session, "indicator", principal, "delivery.received", "delivery", delivery_id
    )
    await turns.begin_checking(session, jobs, delivery_id)
    return (await read_delivery(session, principal, delivery_id))[0]


async def find_delivery(session: AsyncSession, delivery_id: UUID) -> dict[str, Any]:
    """A delivery's row; raises `NotFound` if there is none that the principal may see."""
    row = await repository.find(session, delivery_id)
    if row is None:
        raise NotFound("delivery_unknown", "Diese Lieferung gibt es nicht.")
    return row


async def read_delivery(
    session: AsyncSession, principal: Principal, delivery_id: UUID
) -> tuple[DeliveryRead, int]:
    """A delivery and what became of it, and its version."""
    row = await find_delivery(session, delivery_id)
    return _read(row, principal), row["row_version"]


async def list_deliveries(
    session: AsyncSession,
    principal: Principal,
    *,
    state: str | None,
    dataset: str | None,
    cursor: str | None,
    limit: int,
) -> Page[DeliveryRead]:
    """One page of deliveries, newest first."""
    before = decode_cursor(cursor, int)
    rows = await repository.list_newest(
        session,
        state=state,
        dataset=dataset,
        before=None if before is None else before[0],
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[_read(row, principal) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["number"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_delivery",
            detail="Ihre Organisation hat noch nichts geliefert."
            if state is None and dataset is None
            else "Keine Lieferung passt zu dieser Auswahl.",
            suggestion="Liefern Sie eine CSV-Datei über „Neue Lieferung“ oder POST /v1/deliveries.",
        )
    return page


async def list_findings(
    session: AsyncSession, delivery_id: UUID, *, code: str | None, cursor: str | None, limit: int
) -> Page[FindingRead]:
    """One page of a delivery's findings."""
    delivery = await find_delivery(session, delivery_id)
    after = decode_cursor(cursor, int)
    rows = await repository.list_findings(
        session, delivery_id, code=code, after=-1 if after is None else after[0], limit=limit + 1
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[FindingRead.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["ordinal"])
    if not shown and cursor is None:
        ended = delivery["finished_at"] is not None
        page.reason = Reason(
            code="no_finding",
            detail="Die Prüfung hat nichts beanstandet." if ended else "Die Prüfung läuft noch.",
        )
    return page
