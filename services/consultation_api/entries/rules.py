"""What stands on a timeline, who may see it and who may change it; no input or output."""

from typing import Literal

from services.consultation_api.sides import Side, Visibility

# The typed activities of the advisory work, beside the plain note and the conversation.
WrittenKind = Literal[
    "notiz",
    "gespraech",
    "beratung",
    "fachinput",
    "schulung",
    "moderation",
    "datenbeschaffung",
    "auswertung",
    "konferenz",
    "beteiligung",
    "dokument",
]
EntryKind = WrittenKind | Literal["ereignis"]

KIND_LABELS: dict[str, str] = {
    "notiz": "Notiz",
    "gespraech": "Gespräch",
    "beratung": "Beratung",
    "fachinput": "Fachlicher Input",
    "schulung": "Schulung",
    "moderation": "Moderation",
    "datenbeschaffung": "Datenbeschaffung",
    "auswertung": "Auswertung",
    "konferenz": "Konferenz",
    "beteiligung": "Beteiligung",
    "dokument": "Dokument",
    "ereignis": "Ereignis",
}


def may_be(visibility: Visibility, side: Side) -> bool:
    """Whether a side may give this visibility: internal is a word of the team alone."""
    return visibility == "gemeinsam" or side == "beratung"


def can_become(wanted: Visibility, present: Visibility) -> bool:
    """Whether the visibility can change so: what was shared cannot be taken back."""
    return not (present == "gemeinsam" and wanted == "intern")
