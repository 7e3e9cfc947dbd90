"""Places a report can be about: one's own first, then all by name or key."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.area_kinds import FROM_LARGE_TO_SMALL, plural
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, AreaDetail
from web.pages.areas.listing import find_area, names_of_parents

MOST_FOUND = 20
"""Hits shown of each kind; who has more than that types another letter."""

_MOST_OWN_AREAS = 8
_MOST_IN_GROUP = 60
_LONGEST_WORDS = 100


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """Some places under one heading, in the register's order; `is_mixed` if of several kinds."""

    heading: str
    places: tuple[Area, ...]
    is_mixed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for a place brought; `parents` are names by code."""

    words: str
    groups: tuple[PlaceGroup, ...] = ()
    parents: dict[str, str] | None = None
    has_more: bool = False


async def own_places(
    client: IndicatorClient, codes: Sequence[str], kinds: Sequence[str]
) -> tuple[PlaceGroup, ...]:
    """The areas one works for, then what lies in them, as far as reports can be about them."""
    areas = await asyncio.gather(*(find_area(client, code) for code in codes[:_MOST_OWN_AREAS]))
    known = [area for area in areas if area is not None]
    own = tuple(area for area in known if area.kind in kinds)
    below = await asyncio.gather(*(_below(client, area, kinds) for area in known))
    groups = [group for found in below for group in found]
    return (PlaceGroup("", own, is_mixed=True), *groups) if own else tuple(groups)


async def _below(
    client: IndicatorClient, area: AreaDetail, kinds: Sequence[str]
) -> list[PlaceGroup]:
    wanted = [
        kind
        for kind in FROM_LARGE_TO_SMALL
        if kind in kinds
        and kind != area.kind
        and 0 < area.children_count.get(kind, 0) <= _MOST_IN_GROUP
    ]
    pages = await asyncio.gather(
        *(client.areas(within=area.code, kind=kind, limit=_MOST_IN_GROUP) for kind in wanted)
    )
    return [
        PlaceGroup(f"{plural(kind)} in {area.name}", page.items)
        for kind, page in zip(wanted, pages, strict=True)
    ]


async def search_places(
    client: IndicatorClient, words: str, kinds: Sequence[str], own_codes: Sequence[str]
) -> Found:
    """Places by a part of their name or the beginning of their key.

    Those one works for come first, then all others from large to small.
    """
    asked = " ".join(words.split())[:_LONGEST_WORDS]
    if not asked:
        return Found("")
    ordered = [kind for kind in FROM_LARGE_TO_SMALL if kind in kinds]
    pages = await asyncio.gather(
        *(client.areas(q=asked, kind=kind, limit=MOST_FOUND) for kind in ordered)
    )
    # The key of an area begins with that of the area it lies in.
    own_keys = tuple(own_codes)
    own = [place for page in pages for place in page.items if place.code.startswith(own_keys)]
    groups = [PlaceGroup("In Ihrem Gebiet", tuple(own), is_mixed=True)] if own else []
    for kind, page in zip(ordered, pages, strict=True):
        rest = [place for place in page.items if place not in own]
        if rest:
            groups.append(PlaceGroup(plural(kind), _mapped_first(rest)))
    parents = await names_of_parents(client, [place for group in groups for place in group.places])
    return Found(asked, tuple(groups), parents, any(page.next for page in pages))


def _mapped_first(places: Sequence[Area]) -> tuple[Area, ...]:
    """Those with borders first: where there are none, there are hardly figures either."""
    return tuple(sorted(places, key=lambda place: not place.has_geometry))
