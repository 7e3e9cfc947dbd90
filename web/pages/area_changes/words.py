"""Changes of areas and official directories in words."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from web.clients.area_changes import AreaChange, AreaDirectory, ChangeLink
from web.clients.base import Query, present
from web.clients.indicator_types import AreaRef
from web.format import count, day, moment, number, parse_day

PATH = "/gebiete/aenderungen"
FILE_PATH = f"{PATH}/liste.csv"
DIRECTORIES_PATH = f"{PATH}/verzeichnisse"
SHOWN_LINKS = 3
LAND = "05"
KINDS = {
    "merge": "Zusammenschlüsse",
    "split": "Aufteilungen",
    "partial": "Teilweise Umgliederungen",
    "key_change": "Neue Schlüssel",
    "rename": "Neue Namen",
    "parent_change": "Neue Zugehörigkeiten",
    "founded": "Neubildungen",
    "ended": "Auflösungen",
}
REGIONS = {LAND: "Nordrhein-Westfalen", "": "Deutschland"}
RUNNING = ("received", "checking")
STATES = {
    "received": ("info", "Angenommen"),
    "checking": ("info", "Wird gelesen"),
    "accepted": ("success", "Übernommen"),
    "replaced": ("info", "Ersetzt"),
    "rejected": ("danger", "Zurückgewiesen"),
    "failed": ("danger", "Abgebrochen"),
}
_BASIS = {"residents": "der Einwohner", "area": "der Fläche"}


@dataclass(frozen=True, slots=True)
class ChangesAddress:
    """What the list of changes is asked for; empty strings mean not asked.

    Without a word about the region it is the Land; `alle` is all of Germany.
    """

    kind: str = ""
    region: str = LAND
    since: str = ""
    until: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> "ChangesAddress":
        """Read `?art=&in=&von=&bis=&ab=`; what cannot be read counts as not asked."""
        kind = query.get("art", "")
        region = query.get("in", LAND)
        return cls(
            kind=kind if kind in KINDS else "",
            region="" if region == "alle" else region,
            since=parse_day(query.get("von", "")),
            until=parse_day(query.get("bis", "")),
            cursor=query.get("ab", ""),
        )

    def asked(self) -> Query:
        """The parameters of `GET /v1/area-events` for the changes of this list."""
        return present(kind=self.kind, within=self.region, since=self.since, until=self.until)

    def url(self, *, cursor: str = "", path: str = PATH) -> str:
        """The address of this list, from `cursor` on."""
        given = {
            "art": self.kind,
            "in": "" if self.region == LAND else self.region or "alle",
            "von": self.since,
            "bis": self.until,
            "ab": cursor,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path


def when(change: AreaChange) -> str:
    """„21.10.2009“, or until when it had happened."""
    text = day(change.effective_on)
    return text if change.is_day_known else f"bis {text}"


def area_link(area: AreaRef, change: AreaChange, *, is_before: bool) -> tuple[str, str]:
    """Name with key, and the address of the area as it stood on its side of the change."""
    # an area that ended explains itself on its page; a new one is shown as it was first
    suffix = "" if is_before else f"?stand={change.effective_on.isoformat()}"
    return f"{area.name} ({area.code})", f"/gebiete/{quote(area.code, safe='')}{suffix}"


def share(link: ChangeLink) -> str:
    """„60,0 % der Einwohner“; empty where all of it went over, or nobody knows."""
    if link.share is None or link.basis not in _BASIS:
        return ""
    return f"{number(link.share * 100, 1)}\u00a0% {_BASIS[link.basis]}"


def title_of(directory: AreaDirectory) -> str:
    """What a directory is called: its Gebietsstand, else its file."""
    if directory.stands_on is not None:
        return f"Gemeindeverzeichnis vom {day(directory.stands_on)}"
    return directory.filename or "Gemeindeverzeichnis"


def facts_of(directory: AreaDirectory) -> list[tuple[str, str]]:
    """File, times, and what the directory brought."""
    facts = [
        ("Datei", directory.filename or "ohne Namen"),
        ("Eingereicht", moment(directory.created_at)),
    ]
    counts = directory.counts
    if directory.state in ("accepted", "replaced") and counts:
        facts += [
            ("Gelesen", count(counts.get("entries", 0), "Gebiet", "Gebiete")),
            ("Neu im Verzeichnis", count(counts.get("areas_added", 0), "Gebiet", "Gebiete")),
            (
                "Aus allen Verzeichnissen abgeleitet",
                count(counts.get("events", 0), "Änderung", "Änderungen"),
            ),
        ]
    return facts
