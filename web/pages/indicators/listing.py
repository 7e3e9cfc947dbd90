"""The catalogue page: which definitions are looked for, and how each is listed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from web.area_kinds import plural
from web.clients.base import Query
from web.clients.catalogue_types import CatalogueIndicator, Dimension
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Listing
from web.format import count
from web.format import period as period_in_words
from web.pages.indicators.definition import fineness, number_of

Options = list[tuple[str, str]]

FIGURES: Options = [("ja", "Mit freigegebenen Zahlen"), ("nein", "Noch ohne Zahlen")]
CHECKS: Options = [("ja", "Geprüft"), ("nein", "Ungeprüft")]
LEVELS: Options = [
    ("quartier", "Bis zu Quartieren"),
    ("gemeinde", "Bis zu Gemeinden"),
    ("kreis", "Bis zu Kreisen"),
]
_REACH = {"land": "nur Land", "kreis": "bis Kreise"}
_TRUTH = {"ja": "true", "nein": "false"}


@dataclass(frozen=True, slots=True)
class CatalogueAddress:
    """What the page is asked for; an unknown value asks nothing."""

    words: str = ""
    dimension: str = ""
    figures: str = ""
    check: str = ""
    level: str = ""
    is_key: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "CatalogueAddress":
        """The address of a request."""
        levels = {code for code, _ in LEVELS}
        return cls(
            words=query.get("suche", "").strip()[:200],
            dimension=query.get("thema", "").strip(),
            figures=_known(query.get("zahlen", ""), _TRUTH),
            check=_known(query.get("pruefung", ""), _TRUTH),
            level=_known(query.get("ebene", ""), levels),
            is_key=query.get("auswahl") == "leit",
        )

    def filters(self) -> Query:
        """As indicator_api takes it."""
        asked = {
            "q": self.words,
            "dimension": self.dimension,
            "has_figures": _TRUTH.get(self.figures, ""),
            "checked": _TRUTH.get(self.check, ""),
            "level": self.level,
            "key": "true" if self.is_key else "",
        }
        return {name: value for name, value in asked.items() if value}

    def query(self) -> str:
        """As the page's own address takes it, with „?“; empty where nothing is asked."""
        asked = {
            "suche": self.words,
            "thema": self.dimension,
            "zahlen": self.figures,
            "pruefung": self.check,
            "ebene": self.level,
            "auswahl": "leit" if self.is_key else "",
        }
        kept = urlencode({name: value for name, value in asked.items() if value})
        return f"?{kept}" if kept else ""


@dataclass(frozen=True, slots=True)
class ListedIndicator:
    """An indicator in the list: its place, what it divides by what, and what there is of it."""

    indicator: CatalogueIndicator
    number: str
    path: str
    reach: str
    available: str


@dataclass(frozen=True, slots=True)
class Group:
    """The indicators of a dimension, the key indicators first."""

    label: str
    id: str
    items: tuple[ListedIndicator, ...]


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """The page: what was asked, what was found, and what can be asked."""

    address: CatalogueAddress
    groups: tuple[Group, ...]
    found: int
    summary: str
    dimensions: Options
    reason: str
    suggestion: str
    is_narrowed: bool


async def read_catalogue(client: IndicatorClient, address: CatalogueAddress) -> CatalogueView:
    """The catalogue page for an address."""
    listing, dimensions = await asyncio.gather(
        client.catalogue(address.filters()), client.dimensions()
    )
    return make_view(address, listing, dimensions)


def make_view(
    address: CatalogueAddress,
    listing: Listing[CatalogueIndicator],
    dimensions: Sequence[Dimension],
) -> CatalogueView:
    """The page from what was read."""
    reason = listing.reason
    return CatalogueView(
        address=address,
        groups=_groups(listing.items),
        found=len(listing.items),
        summary=_summary(listing.items),
        dimensions=[(item.code, f"{item.label} ({item.indicators})") for item in dimensions],
        reason=reason.detail if reason else "",
        suggestion=(reason.suggestion if reason else None) or "",
        is_narrowed=address != CatalogueAddress(),
    )


def _groups(indicators: Sequence[CatalogueIndicator]) -> tuple[Group, ...]:
    groups: dict[str, list[ListedIndicator]] = {}
    labels: dict[str, str] = {}
    for indicator in indicators:
        code = indicator.dimension.code if indicator.dimension else "weitere"
        labels[code] = indicator.dimension.label if indicator.dimension else "Weitere"
        groups.setdefault(code, []).append(_listed(indicator))
    return tuple(
        Group(
            labels[code],
            f"thema-{code}",
            tuple(sorted(items, key=lambda item: not item.indicator.is_key_indicator)),
        )
        for code, items in groups.items()
    )


def _listed(indicator: CatalogueIndicator) -> ListedIndicator:
    smallest = indicator.smallest_level
    return ListedIndicator(
        indicator=indicator,
        number=number_of(indicator),
        path=f"/indikatoren/{quote(indicator.code, safe='')}",
        reach=_REACH.get(smallest, f"bis {plural(smallest)}") if smallest else indicator.applies_to,
        available=_available(indicator),
    )


def _available(indicator: CatalogueIndicator) -> str:
    levels = {item.level for item in indicator.coverage}
    if not levels:
        return ""
    finest = max(levels, key=fineness)
    codes = sorted({item.period for item in indicator.coverage})
    span = period_in_words(codes[-1])
    if len(codes) > 1:
        span = f"{period_in_words(codes[0])} bis {period_in_words(codes[-1])}"
    return f"{plural(finest)}, {span}"


def _summary(indicators: Sequence[CatalogueIndicator]) -> str:
    """„60 Indikatoren, davon 16 mit freigegebenen Zahlen und 52 ungeprüft“."""
    if not indicators:
        return ""
    filled = sum(bool(item.coverage) for item in indicators)
    unchecked = sum(not item.is_checked for item in indicators)
    return (
        f"{count(len(indicators), 'Indikator', 'Indikatoren')}, davon {filled or 'keiner'} mit "
        f"freigegebenen Zahlen und {unchecked or 'keiner'} ungeprüft"
    )


def _known(value: str, values: Mapping[str, str] | set[str]) -> str:
    return value if value in values else ""
