"""The address of the map: everything that is shown is in it, so it can be sent to a colleague."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.clients.base import Query, present
from web.format import page_number, parse_day
from web.pages.indicators.address import COUNTS, METHODS, IndicatorAddress, read_limits

PATH = "/karte"
LAND = "05"
FICTIONAL_KREIS = "99001"
MOST_PLACES = 6
"""More lines than this cannot be told apart in one chart."""


@dataclass(frozen=True, slots=True)
class MapAddress:
    """What an address asks for; empty where it leaves the choice to us.

    `valid_on` is the Gebietsstand as an ISO day; `method`, `count` and `limits_text` say how the
    areas are classed.
    """

    indicator: str = ""
    period: str = ""
    level: str = ""
    region: str = ""
    valid_on: str = ""
    method: str = "quantile"
    count: int = 5
    limits_text: str = ""
    places: tuple[str, ...] = ()
    sort: str = "name"
    is_descending: bool = False
    page: int = 1

    @classmethod
    def read(cls, query: QueryParams) -> "MapAddress":
        """Read `?indikator=&zeitraum=&ebene=&gebiet=&stand=&klassen=&anzahl=&grenzen=&orte=…`.

        `sortierung` and `seite` order and turn the table. `orte` may be repeated or separated by
        commas; what cannot be read counts as not given.
        """
        places = [code.strip() for part in query.getlist("orte") for code in part.split(",")]
        sort = query.get("sortierung", "name")
        page = query.get("seite", "1")
        method = query.get("klassen", "quantile")
        count = query.get("anzahl", "5")
        return cls(
            indicator=query.get("indikator", ""),
            period=query.get("zeitraum", ""),
            level=query.get("ebene", ""),
            region=query.get("gebiet", ""),
            valid_on=parse_day(query.get("stand", "")),
            method=method if method in METHODS else "quantile",
            count=int(count) if count in {str(known) for known in COUNTS} else 5,
            limits_text=query.get("grenzen", "").strip(),
            places=tuple(dict.fromkeys(code for code in places if code))[:MOST_PLACES],
            sort="wert" if sort.startswith("wert") else "name",
            is_descending=sort.endswith("-ab"),
            page=page_number(page),
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
            **self.view_parameters(),
            "orte": list(self.places),
            "sortierung": self.order,
            "seite": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in given.items() if value}

    def view_parameters(self) -> dict[str, str]:
        """Gebietsstand and classes as query parameters, empty where usual."""
        return {
            "stand": self.valid_on,
            "klassen": "" if self.method == "quantile" else self.method,
            "anzahl": "" if self.count == 5 or self.method == "fest" else str(self.count),
            "grenzen": self.limits_text if self.method == "fest" else "",
        }

    @property
    def has_bad_limits(self) -> bool:
        """Whether fixed classes are asked for without limits that can be used."""
        return self.method == "fest" and not read_limits(self.limits_text)

    def classes(self) -> Query:
        """The service's parameters for the classes; none for the usual ones."""
        asked = IndicatorAddress(
            self.indicator,
            method=self.method,
            count=self.count,
            limits=read_limits(self.limits_text),
        )
        return asked.classes()

    def figures(self) -> Query:
        """The parameters of `GET /v1/observations` for what the map shows."""
        return present(
            indicator=self.indicator,
            period=self.period,
            level=self.level,
            within=self.region,
            valid_on=self.valid_on,
        )

    def drawn(self) -> Query:
        """The service's parameters of tiles and drawn maps, which name indicator and period."""
        return {
            **present(level=self.level, within=self.region, valid_on=self.valid_on),
            **self.classes(),
        }

    def url(self, path: str = PATH) -> str:
        """The address as a link."""
        query = urlencode(self.parameters(), doseq=True)
        return f"{path}?{query}" if query else path
