"""The register as a list: from the Land down, or by name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.area_kinds import PLURALS, SINGULARS
from web.clients.base import Query, ServiceProblem, present
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, AreaDetail, Listing
from web.format import count, parse_day

PATH = "/gebiete"
PAGE_ITEMS = 100
LAND = "05"
FICTIONAL_KREIS = "99001"


@dataclass(frozen=True, slots=True)
class ListAddress:
    """What the list is asked for; empty strings mean not asked. `valid_on`: Gebietsstand."""

    words: str = ""
    kind: str = ""
    within: str = ""
    valid_on: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> "ListAddress":
        """Read `?suche=&art=&in=&stand=&ab=`; what does not exist counts as not asked."""
        kind = query.get("art", "")
        return cls(
            words=query.get("suche", "").strip(),
            kind=kind if kind in PLURALS else "",
            within=query.get("in", ""),
            valid_on=parse_day(query.get("stand", "")),
            cursor=query.get("ab", ""),
        )

    def asked(self) -> Query:
        """The parameters of `GET /v1/areas` for the areas of this list; without any the Länder."""
        if self.is_beginning:
            return present(kind="land", valid_on=self.valid_on)
        is_one_step = self.within and not self.words and not self.kind
        return present(
            q=self.words,
            kind=self.kind,
            parent=self.within if is_one_step else None,
            within=None if is_one_step else self.within,
            valid_on=self.valid_on,
        )

    def url(self, *, cursor: str = "", path: str = PATH) -> str:
        """The address of this list, from `cursor` on."""
        given = {
            "suche": self.words,
            "art": self.kind,
            "in": self.within,
            "stand": self.valid_on,
            "ab": cursor,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path

    @property
    def day(self) -> str | None:
        """The Gebietsstand for the service; None for today's."""
        return self.valid_on or None

    @property
    def suffix(self) -> str:
        """What keeps the Gebietsstand on the way to an area's page."""
        return f"?stand={self.valid_on}" if self.valid_on else ""

    @property
    def is_beginning(self) -> bool:
        """Whether nothing was asked for: the way in, not a list."""
        return not (self.words or self.kind or self.within)


@dataclass(frozen=True, slots=True)
class WayIn:
    """A root of the register and what lies in it."""

    area: AreaDetail
    levels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListReading:
    """What the list page shows."""

    address: ListAddress
    listing: Listing[Area]
    within: AreaDetail | None
    parents: dict[str, str]
    ways_in: tuple[WayIn, ...] = ()

    @staticmethod
    def last_day(area: Area) -> date | None:
        """The last day of an area that ends; None of one that goes on."""
        return area.valid_to - timedelta(days=1) if area.valid_to else None


async def read_list(client: IndicatorClient, address: ListAddress) -> ListReading:
    """Read one page of the register, or the ways into it."""
    if address.is_beginning:
        listing, *roots = await asyncio.gather(
            client.listed_areas(address.asked(), limit=PAGE_ITEMS),
            find_area(client, LAND, address.day),
            find_area(client, FICTIONAL_KREIS, address.day),
        )
        ways_in = tuple(
            WayIn(root, levels_below(root, address.valid_on)) for root in roots if root is not None
        )
        if not listing.items:
            # before the register begins there is no way in either, but a reason
            ways_in = ()
        return ListReading(address, listing, None, {}, ways_in)
    listing, within = await asyncio.gather(
        client.listed_areas(address.asked(), limit=PAGE_ITEMS, cursor=address.cursor),
        find_area(client, address.within, address.day) if address.within else _none(),
    )
    parents = await names_of_parents(client, listing.items, address.day)
    return ListReading(address, listing, within, parents)


async def find_area(
    client: IndicatorClient, code: str, valid_on: str | None = None
) -> AreaDetail | None:
    """The area as it stood on the day, or None where the register does not have it."""
    try:
        return await client.area(code, valid_on)
    except ServiceProblem as problem:
        if problem.status == 404:
            return None
        raise


def levels_below(area: AreaDetail, valid_on: str = "") -> tuple[tuple[str, str], ...]:
    """What lies in an area, as words with the address of the list: `53 Kreise …`."""
    stand = {"stand": valid_on} if valid_on else {}
    return tuple(
        (
            count(area.children_count[kind], SINGULARS.get(kind, words), words),
            f"{PATH}?{urlencode({'in': area.code, 'art': kind} | stand)}",
        )
        for kind, words in PLURALS.items()
        if area.children_count.get(kind)
    )


async def _none() -> None:
    return None


async def names_of_parents(
    client: IndicatorClient, areas: Sequence[Area], valid_on: str | None = None
) -> dict[str, str]:
    """Names by code of the areas one level up: three places are called Neustadt."""
    codes = sorted({area.parent for area in areas if area.parent})
    if not codes:
        return {}
    above = await client.areas(code=codes, limit=len(codes), valid_on=valid_on)
    return {area.code: area.name for area in above.items}
