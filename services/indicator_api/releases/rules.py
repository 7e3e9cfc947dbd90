"""Rules of releases: audiences, and what is hidden; no input or output."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Audience = Literal["administration", "kreis", "advisory", "ministry", "public"]

# The narrower readership first: a reader who belongs to several sees the narrowest one's release.
AUDIENCES: tuple[Audience, ...] = ("administration", "kreis", "advisory", "ministry", "public")
AUDIENCE_LABELS: dict[Audience, str] = {
    "administration": "Eigene Verwaltung",
    "kreis": "Kreis",
    "advisory": "Beratungsteam des Landes",
    "ministry": "Ministerium",
    "public": "Öffentlichkeit",
}
UNCHECKED = (
    "Geprüft wird die Mindestfallzahl. Nicht geprüft wird, ob sich verborgene Werte aus Summen, "
    "aus anderen Gebietszuschnitten oder aus früheren Freigaben zurückrechnen lassen."
)


def audience_key(
    audience: Audience, *, administration_id: UUID, kreis_organisation_id: UUID | None
) -> str | None:
    """The readership as it stands in a principal's audiences; None if there is no such Kreis."""
    if audience == "administration":
        return f"administration:{administration_id}"
    if audience == "kreis":
        return None if kreis_organisation_id is None else f"kreis:{kreis_organisation_id}"
    return audience


def is_stale(release: Mapping[str, Any]) -> bool:
    """Whether what was checked is no longer what would be released: other facts, another rule.

    Reads `dataset_version` and `check_result` of the release, `current_version` and
    `minimum_count` of its dataset.
    """
    checked_with = release["check_result"].get("minimum_count", release["minimum_count"])
    return bool(
        release["dataset_version"] != release["current_version"]
        or checked_with != release["minimum_count"]
    )


@dataclass(frozen=True, slots=True)
class MinimumCount:
    """Counts above 0 and below `threshold` are hidden.

    Source: Bundesagentur für Arbeit, Regelungen zur statistischen Geheimhaltung (threshold 3).
    """

    threshold: int

    @property
    def text(self) -> str:
        """The rule in words."""
        if self.threshold <= 1:
            return "Keine Mindestfallzahl: Die Quelle veröffentlicht diese Werte bereits geschützt."
        return (
            f"Mindestfallzahl {self.threshold}: Anzahlen von 1 bis {self.threshold - 1} "
            "werden verborgen."
        )

    def hides(self, value: float | None) -> bool:
        """Whether a count is hidden."""
        return value is not None and 0 < value < self.threshold
