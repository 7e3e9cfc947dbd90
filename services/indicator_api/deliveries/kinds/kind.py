"""What a kind of finding is."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """How grave it is, its heading, its sentence and how to mend it, in German and in English.

    The sentences may name `{value}` and `{hint}` of the finding. Errors stop a delivery, warnings
    must be confirmed with a reason, notes are only told. The code of a kind never changes.
    """

    severity: Severity
    title: str
    detail: str
    remedy: str
    title_en: str
    detail_en: str
    remedy_en: str
