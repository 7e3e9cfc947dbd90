"""A receipt as PDF/UA-1, set by Typst; the same bytes for the same receipt."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import typst

from services.indicator_api.deliveries.receipts.document import Receipt
from services.indicator_api.deliveries.schemas import Decision
from services.shared.typesetting.characters import settable
from services.shared.typesetting.row_heads import mark_row_heads
from services.shared.typesetting.typeface import FAMILY, FONT_FOLDER

_TEMPLATE = Path(__file__).with_name("receipt.typ")
_GERMANY = ZoneInfo("Europe/Berlin")
_SEVERITIES = {"error": "Fehler", "warning": "Warnung", "note": "Hinweis"}
_MODES = {
    "merge": "Was nicht in der Datei steht, bleibt bestehen",
    "replace": "Was für Messgröße und Zeitraum nicht in der Datei steht, wird zurückgezogen",
}


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt on A4, tagged; it carries the moment the delivery ended, no other time."""
    content = json.dumps(_settable(_content(receipt)), ensure_ascii=False, sort_keys=True).encode()
    # The binding's types know files by path alone; it takes them by name and bytes as well.
    files = cast(Any, {"main.typ": _TEMPLATE.read_bytes(), "receipt.json": content})
    compiled: bytes = typst.compile(
        files,
        font_paths=_fonts(),
        pdf_standards=["ua-1"],
        timestamp=int(receipt.finished_at.timestamp()),
    )
    return mark_row_heads(compiled)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FOLDER)]
    )


def _content(receipt: Receipt) -> dict[str, Any]:
    return {
        "family": FAMILY,
        "title": f"Empfangsbestätigung zur Lieferung {receipt.number}",
        "organisation": receipt.organisation,
        "state": receipt.state_label,
        "statement": receipt.statement,
        "facts": _facts(receipt),
        "sha256": receipt.file.sha256,
        "counts": [[line.label, _number(line.value)] for line in receipt.count_lines],
        "findings": [
            [item.title, _SEVERITIES[item.severity], _number(item.count)]
            for item in receipt.finding_counts
        ],
        "replaced": [
            [
                f"Lieferung {item.number}",
                item.filename or "ohne Namen",
                f"{item.delivered_by}, {_moment(item.created_at)}",
                _number(item.cells),
            ]
            for item in receipt.replaced
        ],
        "foot": f"Lieferung {receipt.number} · {receipt.delivery}",
    }


def _facts(receipt: Receipt) -> list[list[str]]:
    """What is said of the delivery line by line; what does not apply is left out."""
    file, withdrawal = receipt.file, receipt.withdrawal
    decisions = (
        ("Trotz Warnungen bestätigt", receipt.confirmation),
        ("Zugestimmt, als zweite Person", receipt.approval),
        ("Zurückgenommen", withdrawal),
        ("Der Rücknahme zugestimmt", None if withdrawal is None else withdrawal.approval),
    )
    facts: list[tuple[str, str | None]] = [
        ("Datenbestand", f"{receipt.dataset.title} ({receipt.dataset.code})"),
        ("Geliefert von", f"{receipt.delivered_by}, {receipt.organisation}"),
        ("Eingegangen", _moment(receipt.received_at)),
        ("Abgeschlossen", _moment(receipt.finished_at)),
        ("Datei", file.filename or "ohne Namen"),
        ("Format", file.format_label or file.content_type),
        ("Größe", f"{_number(file.size_bytes)} Byte"),
        ("Zuordnung der Spalten", receipt.mapping_name),
        ("Verfahren", _MODES[receipt.options.mode]),
        *((label, None if made is None else _decision(made)) for label, made in decisions),
        ("Grund des Abbruchs", None if receipt.failure is None else receipt.failure.detail),
        (
            "Datei gelöscht",
            None if file.content_deleted_at is None else _moment(file.content_deleted_at),
        ),
    ]
    return [[label, text] for label, text in facts if text is not None]


def _decision(made: Decision) -> str:
    words = f"{made.by}, {_moment(made.at)}"
    return f"{words}: „{made.reason}“" if made.reason else words


def _moment(at: datetime) -> str:
    return f"{at.astimezone(_GERMANY):%d.%m.%Y, %H:%M:%S} Uhr"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _settable(value: Any) -> Any:
    """`value` with every text in it as the typeface can set it."""
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, dict):
        return {name: _settable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_settable(item) for item in value]
    return value
