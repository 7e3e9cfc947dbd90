"""German words for releases, their readers and the reasons to withdraw one."""

from dataclasses import dataclass

from web.clients.delivery_types import Audience, Release, ReleaseState
from web.format import moment


@dataclass(frozen=True, slots=True)
class StateWord:
    """A state: `kind` is the colour of its badge, or `quiet` for the mere word `label`."""

    kind: str
    label: str


STATES: dict[ReleaseState, StateWord] = {
    "checking": StateWord("info", "wird geprüft"),
    "draft": StateWord("warning", "Entwurf"),
    "refused": StateWord("danger", "abgelehnt"),
    "confirmed": StateWord("success", "bestätigt"),
    "publishing": StateWord("info", "wird freigegeben"),
    "released": StateWord("success", "freigegeben"),
    "superseded": StateWord("quiet", "abgelöst"),
    "withdrawn": StateWord("danger", "zurückgezogen"),
    "discarded": StateWord("quiet", "verworfen"),
    "failed": StateWord("danger", "abgebrochen"),
}

RUNNING: frozenset[ReleaseState] = frozenset({"checking", "publishing"})


@dataclass(frozen=True, slots=True)
class AudienceWords:
    """An audience: its `label`, who that is, „für …“ it, and „es sehen …“."""

    label: str
    who: str
    for_it: str
    readers: str

    @property
    def deed(self) -> str:
        """„Für die Öffentlichkeit freigeben“."""
        return f"{self.for_it[0].upper()}{self.for_it[1:]} freigeben"


# From the widest to the narrowest.
AUDIENCES: dict[Audience, AudienceWords] = {
    "public": AudienceWords(
        "Öffentlichkeit",
        "Alle, auch ohne Anmeldung: Karte, Gebietsseiten, Dateien und Schnittstelle.",
        "für die Öffentlichkeit",
        "alle (auch ohne Anmeldung)",
    ),
    "administration": AudienceWords(
        "Eigene Verwaltung",
        "Angemeldete Ihrer Verwaltung, auch ihrer anderen Ämter. Sonst niemand.",
        "für die eigene Verwaltung",
        "alle Angemeldeten Ihrer Verwaltung",
    ),
    "kreis": AudienceWords(
        "Kreis",
        "Angemeldete der Kreisverwaltung, zu deren Gebiet die Zahlen gehören.",
        "für den Kreis",
        "alle Angemeldeten der Kreisverwaltung",
    ),
    "advisory": AudienceWords(
        "Beratungsteam des Landes",
        "Beraterinnen, Berater und Teamleitung der Landesberatung.",
        "für das Beratungsteam des Landes",
        "alle im Beratungsteam des Landes",
    ),
    "ministry": AudienceWords(
        "Ministerium",
        "Angemeldete des Ministeriums in dieser Rolle.",
        "für das Ministerium",
        "die Angemeldeten des Ministeriums",
    ),
}

REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "error",
        "Fehler in den Zahlen",
        "Die Zahlen verschwinden aus Karte, Tabellen und Dateien. Wer genau diese Freigabe zitiert "
        "hat, kann sie unter ihrem Verweis noch nachlesen.",
    ),
    (
        "disclosure",
        "Geheimhaltung verletzt",
        "Die Zahlen verschwinden ebenso. Was diese Freigabe als erste gezeigt hat, ist auch unter "
        "alten Verweisen nicht mehr zu lesen; nur Ihre Stelle sieht den Vorgang noch.",
    ),
)

REASON_LABELS = {code: label for code, label, _ in REASONS}


def name_of(release: Release) -> str:
    """„Freigabe 3“ or „Entwurf“."""
    return f"Freigabe {release.number}" if release.number else "Entwurf"


def announcement_of(release: Release) -> str:
    """What a screen reader says when the state has changed."""
    return f"{release.dataset.title}: {STATES[release.state].label}."


def process_facts(release: Release) -> list[tuple[str, str]]:
    """Who did what when, as (label, text); what has not happened is left out."""
    facts = [
        ("Stand", STATES[release.state].label),
        ("Leserschaft", AUDIENCES[release.audience].label),
        ("Vorbereitet", _by(moment(release.created_at), release.created_by)),
    ]
    if release.confirmed_at:
        facts.append(("Bestätigt", _by(moment(release.confirmed_at), release.confirmed_by)))
    if release.embargo_until and not release.published_at:
        facts.append(("Geht hinaus", moment(release.embargo_until)))
    if release.published_at:
        facts.append(("Freigegeben", _by(moment(release.published_at), release.published_by)))
    if release.withdrawn_at:
        facts.append(("Zurückgezogen", moment(release.withdrawn_at)))
    return facts


def _by(when: str, who: str | None) -> str:
    return f"{when}, {who}" if who else when
