"""What a receipt says: who delivered what, when, and what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.indicator_api.deliveries.schemas import (
    DatasetReference,
    Decision,
    DeliveryOptions,
    DeliveryState,
    Failure,
    FindingCount,
    ReplacedDelivery,
    WithdrawalDecision,
)

STATE_LABELS: dict[str, str] = {
    "accepted": "Übernommen",
    "checked": "Geprüft, nicht übernommen (Probe)",
    "rejected": "Abgelehnt",
    "failed": "Abgebrochen",
    "discarded": "Verworfen",
    "expired": "Abgelaufen",
    "withdrawal_approving": "Übernommen, soll zurückgenommen werden",
    "withdrawing": "Übernommen, wird zurückgenommen",
    "withdrawn": "Zurückgenommen",
}
_STATEMENTS: dict[str, str] = {
    "accepted": "Die Datei wurde geprüft und in den Datenbestand „{dataset}“ übernommen.",
    "checked": "Die Datei wurde auf Probe geprüft. Am Datenbestand „{dataset}“ wurde nichts "
    "geändert.",
    "rejected": "Die Datei wurde geprüft und abgelehnt. Am Datenbestand „{dataset}“ wurde nichts "
    "geändert.",
    "failed": "Die Verarbeitung brach ab, ohne dass es an der Datei lag. Am Datenbestand "
    "„{dataset}“ wurde nichts geändert.",
    "discarded": "Die Lieferung wurde verworfen, bevor sie übernommen wurde. Am Datenbestand "
    "„{dataset}“ wurde nichts geändert.",
    "expired": "Über die Lieferung wurde nicht rechtzeitig entschieden; sie ist abgelaufen. Am "
    "Datenbestand „{dataset}“ wurde nichts geändert.",
    "withdrawal_approving": "Die Datei wurde in den Datenbestand „{dataset}“ übernommen. Sie soll "
    "zurückgenommen werden; eine zweite Person hat dem noch nicht zugestimmt.",
    "withdrawing": "Die Datei wurde in den Datenbestand „{dataset}“ übernommen und wird gerade "
    "zurückgenommen.",
    "withdrawn": "Die Datei wurde in den Datenbestand „{dataset}“ übernommen und danach als "
    "Ganzes zurückgenommen; die früheren Werte gelten wieder.",
}
_COUNT_LABELS: dict[str, str] = {
    "rows": "Zeilen in der Datei",
    "checked_rows": "Geprüfte Zeilen",
    "left_out": "Ausgelassene Zeilen anderer Gebiete",
    "refused": "Abgelehnte Zeilen",
    "values": "Zellen mit einem Wert",
    "missing": "Zellen mit einem Zeichen statt eines Werts",
    "new": "Neue Zellen",
    "changed": "Geänderte Zellen",
    "unchanged": "Unveränderte Zellen",
    "withdrawn": "Zurückgezogene Zellen",
}


class ReceivedFile(BaseModel):
    """The file that was handed in, and the hash by which it can be told from any other."""

    filename: str | None
    content_type: str
    format: str | None
    format_label: str | None
    size_bytes: int
    sha256: str
    content_deleted_at: datetime | None


class CountLine(BaseModel):
    """A number of the receipt in words."""

    label: str
    value: int


class Receipt(BaseModel):
    """The receipt of a delivery that has ended."""

    delivery: UUID
    number: int
    dataset: DatasetReference
    organisation: str
    delivered_by: str
    received_at: datetime
    finished_at: datetime
    state: DeliveryState
    state_label: str
    statement: str
    is_dry_run: bool
    file: ReceivedFile
    options: DeliveryOptions
    mapping_name: str | None
    counts: dict[str, int]
    count_lines: list[CountLine]
    finding_counts: list[FindingCount]
    replaced: list[ReplacedDelivery]
    confirmation: Decision | None
    approval: Decision | None
    withdrawal: WithdrawalDecision | None
    failure: Failure | None


def receipt_of(row: Mapping[str, Any]) -> Receipt:
    """The receipt of an ended delivery, from its row in the database."""
    statement = _STATEMENTS[row["state"]].format(dataset=row["dataset"]["title"])
    if row["state"] == "accepted" and row["counts"].get("refused"):
        statement += " Fehlerhafte Zeilen blieben dabei außen vor, wie gewünscht."
    same = (
        "number", "dataset", "organisation", "delivered_by", "finished_at", "state", "is_dry_run",
        "options", "mapping_name", "counts", "finding_counts", "replaced", "confirmation",
        "approval", "withdrawal", "failure",
    )  # fmt: skip
    counts: Mapping[str, int] = row["counts"]
    return Receipt.model_validate(
        {name: row[name] for name in same}
        | {
            "delivery": row["id"],
            "received_at": row["created_at"],
            "state_label": STATE_LABELS[row["state"]],
            "statement": statement,
            "file": dict(row) | {"format_label": row["understood"].get("format_label")},
            "count_lines": [
                {"label": label, "value": counts[name]}
                for name, label in _COUNT_LABELS.items()
                if name in counts
            ],
        }
    )
