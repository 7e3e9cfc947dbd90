"""Rules of releases: readerships, terms of a source, staleness; no input or output."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.indicator_api.datasets.rules import AUDIENCES, Audience

__all__ = [
    "AUDIENCES",
    "AUDIENCE_LABELS",
    "RIGHT_LOST",
    "Audience",
    "audience_key",
    "exceeds",
    "staleness",
]

AUDIENCE_LABELS: dict[Audience, str] = {
    "administration": "Eigene Verwaltung",
    "kreis": "Kreis",
    "advisory": "Beratungsteam des Landes",
    "ministry": "Ministerium",
    "public": "Öffentlichkeit",
}


def audience_key(
    audience: Audience, *, administration_id: UUID, kreis_organisation_id: UUID | None
) -> str | None:
    """The readership as it stands in a principal's audiences; None if there is no such Kreis."""
    if audience == "administration":
        return f"administration:{administration_id}"
    if audience == "kreis":
        return None if kreis_organisation_id is None else f"kreis:{kreis_organisation_id}"
    return audience


def exceeds(audience: Audience, widest: Audience | None) -> bool:
    """Whether a readership is wider than a source's terms allow (None: they set no bound)."""
    return widest is not None and AUDIENCES.index(audience) > AUDIENCES.index(widest)


@dataclass(frozen=True, slots=True)
class Staleness:
    """Why what was checked is no longer what would be released."""

    code: str
    detail: str


RIGHT_LOST = Staleness(
    "rights_lost",
    "Wer die Freigabe hinausgehen ließ, darf das inzwischen nicht mehr. Wer das Recht hat, kann "
    "sie noch einmal bestätigen.",
)
_FACTS = Staleness("facts_changed", "Seit der Prüfung wurden andere Zahlen geliefert.")
_RULES = Staleness(
    "rules_changed",
    "Seit der Prüfung haben sich Schutzregeln oder Bedingungen der Quelle geändert.",
)
_RELEASES = Staleness(
    "other_release",
    "Seit der Prüfung wurde eine andere Freigabe dieses Datenbestands bestätigt oder "
    "veröffentlicht; ob beide zusammen etwas verraten, ist nicht geprüft.",
)


def staleness(release: Mapping[str, Any]) -> Staleness | None:
    """Why a checked release may not go out as it is; None if nothing moved since its check.

    Reads what it was checked with (`dataset_version`, `protection_version`, `releases_version`)
    and what holds now (`current_…`). A confirmed release is part of what later ones were checked
    against: those do not make it stale.
    """
    if release["dataset_version"] != release["current_version"]:
        return _FACTS
    if release["protection_version"] != release["current_protection_version"]:
        return _RULES
    is_confirmed = release["state"] in ("confirmed", "publishing")
    if not is_confirmed and release["releases_version"] != release["current_releases_version"]:
        return _RELEASES
    return None
