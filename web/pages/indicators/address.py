"""The address of an indicator's page: everything that is shown is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from web.clients.base import Query, present
from web.format import page_number, parse_day, parse_number

METHODS: dict[str, str] = {
    "quantile": "Quantile (gleich viele Gebiete je Klasse)",
    "jenks": "Natürliche Grenzen (Jenks)",
    "gleich": "Gleich breite Klassen",
    "fest": "Eigene feste Grenzen",
}
_OF_SERVICE = {"quantile": "quantile", "jenks": "jenks", "gleich": "equal", "fest": "fixed"}
DERIVED: dict[str, str] = {
    "": "Wert des Zeitraums",
    "mittel": "Mittel aus drei Jahren",
    "differenz": "Veränderung zum Vorzeitraum",
    "rate": "Veränderungsrate zum Vorzeitraum",
}
_DERIVED_OF_SERVICE = {"mittel": "rolling3", "differenz": "change", "rate": "growth"}
COUNTS = (3, 4, 5)
"""Numbers of classes that the colours can tell apart."""
SORTS = ("rang", "rang-auf", "name", "name-ab")


@dataclass(frozen=True, slots=True)
class IndicatorAddress:
    """What an address asks for; empty where it leaves the choice to us.

    `limits` are the inner limits of fixed classes, ascending; `limits_text` what was typed.
    """

    code: str
    level: str = ""
    region: str = ""
    period: str = ""
    breakdown: str = ""
    valid_on: str = ""
    as_of: str = ""
    derived: str = ""
    method: str = "quantile"
    count: int = 5
    limits: tuple[float, ...] = ()
    limits_text: str = ""
    sort: str = "rang"
    page: int = 1

    @classmethod
    def read(cls, code: str, query: QueryParams) -> "IndicatorAddress":
        """Read `?ebene=&gebiet=&zeitraum=&aufgliederung=&stand=&klassen=&anzahl=&grenzen=…`.

        `kenntnis` is the day whose knowledge is asked for, `wert` what is made of the figures.
        What cannot be read counts as not given.
        """
        method = query.get("klassen", "quantile")
        count = query.get("anzahl", "5")
        sort = query.get("sortierung", "rang")
        page = query.get("seite", "1")
        text = query.get("grenzen", "").strip()
        return cls(
            code=code,
            level=query.get("ebene", ""),
            region=query.get("gebiet", ""),
            period=query.get("zeitraum", ""),
            breakdown=query.get("aufgliederung", ""),
            valid_on=parse_day(query.get("stand", "")),
            as_of=parse_day(query.get("kenntnis", "")),
            derived=query.get("wert", "") if query.get("wert", "") in DERIVED else "",
            method=method if method in METHODS else "quantile",
            count=int(count) if count in {str(known) for known in COUNTS} else 5,
            limits=read_limits(text),
            limits_text=text,
            sort=sort if sort in SORTS else "rang",
            page=page_number(page),
        )

    @property
    def has_bad_limits(self) -> bool:
        """Whether fixed classes are asked for without limits that can be used."""
        return self.method == "fest" and not self.limits

    @property
    def shows_change(self) -> bool:
        """Whether what is asked for is a change, not a level."""
        return self.derived in ("differenz", "rate")

    def change(self, **changes: Any) -> "IndicatorAddress":
        """The same address with other choices, from the first page on."""
        return replace(self, **{"page": 1, **changes})

    def parameters(self) -> Mapping[str, str]:
        """The query parameters that differ from what an empty address means."""
        given = {
            "ebene": self.level,
            "gebiet": self.region,
            "zeitraum": self.period,
            "aufgliederung": self.breakdown,
            "stand": self.valid_on,
            "kenntnis": self.as_of,
            "wert": self.derived,
            "klassen": "" if self.method == "quantile" else self.method,
            "anzahl": "" if self.count == 5 or self.method == "fest" else str(self.count),
            "grenzen": self.limits_text if self.method == "fest" else "",
            "sortierung": "" if self.sort == "rang" else self.sort,
            "seite": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in given.items() if value}

    def url(self, ending: str = "") -> str:
        """The address as a link; `ending` names a part, e.g. `/karte.svg`."""
        query = urlencode(self.parameters())
        path = f"/indikatoren/{quote(self.code, safe='')}{ending}"
        return f"{path}?{query}" if query else path

    def figures(self) -> Query:
        """The parameters of `GET /v1/observations` for the figures of one period."""
        return present(
            indicator=self.code,
            period=self.period,
            level=self.level,
            within=self.region,
            breakdown=self.breakdown,
            valid_on=self.valid_on,
            as_of=self.as_of,
            derive=_DERIVED_OF_SERVICE.get(self.derived),
        )

    def of_every_group(self) -> Query:
        """The parameters for the region's figures of the period by every breakdown there is."""
        asked = self.change(level="", region="", breakdown="*").figures()
        return {**asked, "area": [self.region]}

    def classes(self) -> Query:
        """The parameters that say how the map is classed; none for the usual way."""
        if self.has_bad_limits or (self.method == "quantile" and self.count == 5):
            return {}
        if self.method == "fest":
            limits = ",".join(repr(limit) for limit in self.limits)
            return present(classes="fixed", breaks=limits)
        return present(classes=_OF_SERVICE[self.method], class_count=self.count)


def read_limits(text: str) -> tuple[float, ...]:
    """`5; 10; 12,5` as numbers, ascending; empty where one cannot be read or there are too many."""
    parts = [part for part in text.replace("\n", ";").split(";") if part.strip()]
    if not parts or len(parts) > COUNTS[-1] - 1:
        return ()
    numbers = [parse_number(part) for part in parts]
    if any(number is None for number in numbers):
        return ()
    return tuple(sorted({number for number in numbers if number is not None}))
