"""The address of the map: everything that is shown is in it, so it can be sent to a colleague."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

PATH = "/karte"
LAND = "05"
FICTIONAL_KREIS = "99001"
MOST_PLACES = 6
"""More lines than this cannot be told apart in one chart."""


@dataclass(frozen=True, slots=True)
class MapAddress:
    """What an address asks for; empty where it leaves the choice to us."""

    indicator: str = ""
    period: str = ""
    level: str = ""
    region: str = ""
    places: tuple[str, ...] = ()
    sort: str = "name"
    is_descending: bool = False
    page: int = 1

    @classmethod
    def read(cls, query: QueryParams) -> "MapAddress":
        """Read `?indikator=&zeitraum=&ebene=&gebiet=&orte=&sortierung=&seite=`.

        `orte` may be repeated or separated by commas; what cannot be read counts as not given.
        """
        places = [code.strip() for part in query.getlist("orte") for code in part.split(",")]
        sort = query.get("sortierung", "name")
        page = query.get("seite", "1")
        return cls(
            indicator=query.get("indikator", ""),
            period=query.get("zeitraum", ""),
            level=query.get("ebene", ""),
            region=query.get("gebiet", ""),
            places=tuple(dict.fromkeys(code for code in places if code))[:MOST_PLACES],
            sort="wert" if sort.startswith("wert") else "name",
            is_descending=sort.endswith("-ab"),
            page=int(page) if page.isdecimal() and int(page) > 0 else 1,
        )

    @property
    def order(self) -> str:
        """The value of `sortierung`; empty for the usual order."""
        order = f"{self.sort}-ab" if self.is_descending else self.sort
        return "" if order == "name" else order

    def change(self, **changes: Any) -> "MapAddress":
        """The same address with other choices; a new choice begins on the first page."""
        return replace(self, **{"page": 1, **changes})

    def parameters(self) -> Mapping[str, str | list[str]]:
        """The query parameters that differ from what an empty address means."""
        given: dict[str, str | list[str]] = {
            "indikator": self.indicator,
            "zeitraum": self.period,
            "ebene": self.level,
            "gebiet": self.region,
            "orte": list(self.places),
            "sortierung": self.order,
            "seite": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in given.items() if value}

    def url(self, path: str = PATH) -> str:
        """The address as a link."""
        query = urlencode(self.parameters(), doseq=True)
        return f"{path}?{query}" if query else path
