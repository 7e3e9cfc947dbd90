"""Use cases of deliveries: take in, follow, look at findings."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.deliveries import repository, turns
from services.indicator_api.deliveries.kinds.every import KINDS
from services.indicator_api.deliveries.outcomes import WAITING_STATES
from services.indicator_api.deliveries.schemas import (
    DeliveryLinks,
    DeliveryOptions,
    DeliveryRead,
    DeliveryState,
    FindingRead,
    Language,
    Severity,
)
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
    "checked": "Das war eine Probe: Es wurde nichts übernommen. Aus ihr lässt sich die Datei "
    "liefern, ohne sie noch einmal zu senden.",
    "rejected": "Es wurde nichts übernommen. Berichtigen Sie die Datei und liefern Sie neu.",
    "failed": "Es wurde nichts übernommen. Liefern Sie dieselbe Datei noch einmal.",
    "asking": "Noch ist nichts übernommen. Ordnen Sie zuerst die Spalten zu.",
    "confirming": "Noch ist nichts übernommen. Bestätigen Sie die Warnungen mit einer Begründung, "
    "oder liefern Sie eine berichtigte Datei.",
    "approving": "Noch ist nichts übernommen. Eine zweite Person Ihrer Stelle muss zustimmen.",
    "discarded": "Die Lieferung wurde verworfen. Es wurde nichts übernommen.",
    "expired": "Die Lieferung wartete zu lange auf eine Entscheidung. Es wurde nichts übernommen.",
    "withdrawal_approving": "Die Zahlen gelten weiter. Damit die Lieferung zurückgenommen wird, "
    "muss eine zweite Person Ihrer Stelle zustimmen.",
    "withdrawing": "Die Lieferung wird zurückgenommen.",
    "withdrawn": "Die Lieferung ist zurückgenommen. Freigegebene Zahlen ändern sich erst mit der "
    "nächsten Freigabe.",
}
ON_THEIR_WAY = frozenset({"received", "checking", "loading", "withdrawing"})
_IN_PROGRESS_NOTE = "Solange geprüft wird, ändert sich nichts am Bestand."


def _read(row: dict[str, Any], principal: Principal, language: Language = "de") -> DeliveryRead:
    more = {
        "audience_note": _AUDIENCE_NOTES.get(row["state"], _IN_PROGRESS_NOTE),
        "actions": actions_of(row, principal),
        "links": _links(row),
        "finding_counts": _counted(row["finding_counts"], language),
        "failure": _told(row["failure"], language),
    }
    return DeliveryRead.model_validate(row | more)


def _counted(counts: list[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    if language == "de":
        return counts
    return [item | {"title": KINDS[item["code"]].title_en} for item in counts]


def _told(failure: dict[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """A failure in a language; of one from before there was English the German words."""
    if failure is None or language == "de":
        return failure
    return failure | {"detail": failure.get("detail_en") or failure["detail"]}


def _links(row: dict[str, Any]) -> DeliveryLinks:
    path = f"/v1/deliveries/{row['id']}"
    has_file = row["content_deleted_at"] is None
    return DeliveryLinks(
        findings=f"{path}/findings",
        annotated=f"{path}/annotated" if has_file and row["finding_counts"] else None,
        file=f"{path}/file" if has_file else None,
        receipt=None if row["finished_at"] is None else f"{path}/receipt",
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
    session: AsyncSession, principal: Principal, delivery_id: UUID, language: Language = "de"
) -> tuple[DeliveryRead, int]:
    """A delivery and what became of it, and its version; kinds of findings in a language."""
    row = await find_delivery(session, delivery_id)
    return _read(row, principal, language), row["row_version"]


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """Which deliveries are asked for; `waiting`: those that wait for a decision, oldest first."""

    states: tuple[DeliveryState, ...] = ()
    dataset: str | None = None
    waiting: bool = False


async def list_deliveries(
    session: AsyncSession,
    principal: Principal,
    choice: DeliveryChoice,
    *,
    cursor: str | None,
    limit: int,
    language: Language = "de",
) -> Page[DeliveryRead]:
    """One page of deliveries, newest first; those that wait for a decision oldest first."""
    after = decode_cursor(cursor, int)
    states: set[str] = set(choice.states)
    if choice.waiting:
        undecided = WAITING_STATES | {"withdrawal_approving"}
        states = states & undecided if states else set(undecided)
    rows = []
    if states or not choice.waiting:
        rows = await repository.list_in_order(
            session,
            states=states,
            dataset=choice.dataset,
            oldest_first=choice.waiting,
            after=None if after is None else after[0],
            limit=limit + 1,
        )
    shown, has_more = cut(rows, limit)
    page = Page(items=[_read(row, principal, language) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["number"])
    if not shown and cursor is None:
        page.reason = _no_delivery(choice)
    return page


def _no_delivery(choice: DeliveryChoice) -> Reason:
    if choice.waiting:
        return Reason(code="nothing_waits", detail="Keine Lieferung wartet auf eine Entscheidung.")
    is_any = choice == DeliveryChoice()
    return Reason(
        code="no_delivery",
        detail="Ihre Organisation hat noch nichts geliefert."
        if is_any
        else "Keine Lieferung passt zu dieser Auswahl.",
        suggestion="Liefern Sie eine Datei über „Neue Lieferung“ oder POST /v1/deliveries.",
    )


@dataclass(frozen=True, slots=True)
class FindingChoice:
    """Which findings of a delivery are asked for, and in which language."""

    code: str | None = None
    severity: Severity | None = None
    language: Language = "de"


async def list_findings(
    session: AsyncSession,
    delivery_id: UUID,
    choice: FindingChoice,
    *,
    cursor: str | None,
    limit: int,
) -> Page[FindingRead]:
    """One page of a delivery's findings, in the order of its rows."""
    delivery = await find_delivery(session, delivery_id)
    after = decode_cursor(cursor, int)
    rows = await repository.list_findings(
        session,
        delivery_id,
        code=choice.code,
        severity=choice.severity,
        in_english=choice.language == "en",
        after=-1 if after is None else after[0],
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[FindingRead.model_validate(row) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["ordinal"])
    if not shown and cursor is None:
        page.reason = _no_finding(delivery, choice)
    return page


def _no_finding(delivery: dict[str, Any], choice: FindingChoice) -> Reason:
    if delivery["state"] in ("received", "checking"):
        detail = "Die Prüfung läuft noch."
    elif (choice.code is None and choice.severity is None) or not delivery["finding_counts"]:
        detail = "Die Prüfung hat nichts beanstandet."
    else:
        detail = "Die Prüfung hat anderes beanstandet, aber nichts dieser Art."
    return Reason(code="no_finding", detail=detail)
