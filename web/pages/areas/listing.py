"""The register as a list: from the Land down, or by name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.area_kinds import PLURALS
from web.clients.base import ServiceProblem
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, AreaDetail, Listing
from web.format import count

PATH = "/gebiete"
PAGE_ITEMS = 100
LAND = "05"
FICTIONAL_KREIS = "99001"


@dataclass(frozen=True, slots=True)
class ListAddress:
    """What the list is asked for; empty strings mean not asked."""

    words: str = ""
    kind: str = ""
    within: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> "ListAddress":
        """Read `?suche=&art=&in=&ab=`; a kind that does not exist counts as not asked."""
        kind = query.get("art", "")
        return cls(
            words=query.get("suche", "").strip(),
            kind=kind if kind in PLURALS else "",
            within=query.get("in", ""),
            cursor=query.get("ab", ""),
        )

    def url(self, *, cursor: str = "") -> str:
        """The address of this list, from `cursor` on."""
        given = {"suche": self.words, "art": self.kind, "in": self.within, "ab": cursor}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{PATH}?{query}" if query else PATH

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


async def read_list(client: IndicatorClient, address: ListAddress) -> ListReading:
    """Read one page of the register, or the ways into it."""
    if address.is_beginning:
        listing, *roots = await asyncio.gather(
            client.areas(kind="land", limit=PAGE_ITEMS),
            find_area(client, LAND),
            find_area(client, FICTIONAL_KREIS),
        )
        ways_in = tuple(WayIn(root, levels_below(root)) for root in roots if root is not None)
        return ListReading(address, listing, None, {}, ways_in)
    is_one_step = address.within and not address.words and not address.kind
    listing, within = await asyncio.gather(
        client.areas(
            q=address.words,
            kind=address.kind,
            parent=address.within if is_one_step else None,
            within=None if is_one_step else address.within,
            limit=PAGE_ITEMS,
            cursor=address.cursor,
        ),
        find_area(client, address.within) if address.within else _none(),
    )
    return ListReading(address, listing, within, await names_of_parents(client, listing.items))


async def find_area(client: IndicatorClient, code: str) -> AreaDetail | None:
    """The area, or None where the register does not have it."""
    try:
        return await client.area(code)
    except ServiceProblem as problem:
        if problem.status == 404:
            return None
        raise


def levels_below(area: AreaDetail) -> tuple[tuple[str, str], ...]:
    """What lies in an area, as words with the address of the list: `53 Kreise …`."""
    return tuple(
        (
            count(area.children_count[kind], words, words),
            f"{PATH}?{urlencode({'in': area.code, 'art': kind})}",
        )
        for kind, words in PLURALS.items()
        if area.children_count.get(kind)
    )


async def _none() -> None:
    return None


async def names_of_parents(client: IndicatorClient, areas: Sequence[Area]) -> dict[str, str]:
    """Names by code of the areas one level up: three places are called Neustadt."""
    codes = sorted({area.parent for area in areas if area.parent})
    if not codes:
        return {}
    above = await client.areas(code=codes, limit=len(codes))
    return {area.code: area.name for area in above.items}
