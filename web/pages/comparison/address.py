"""The address of a comparison: places, indicators and the one that is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.format import parse_day

PATH = "/vergleich"
MOST_PLACES = 8
MOST_INDICATORS = 12


@dataclass(frozen=True, slots=True)
class ComparisonAddress:
    """What an address asks for; `left_over` are places beyond the eighth."""

    places: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    dimension: str = ""
    drawn: str = ""
    words: str = ""
    valid_on: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> "ComparisonAddress":
        """Read `?orte=&indikatoren=&thema=&bild=&suche=&stand=`; lists by commas or repeated."""
        places = _listed(query.getlist("orte"))
        return cls(
            places=places[:MOST_PLACES],
            left_over=places[MOST_PLACES:],
            indicators=_listed(query.getlist("indikatoren"))[:MOST_INDICATORS],
            dimension=query.get("thema", ""),
            drawn=query.get("bild", ""),
            words=" ".join(query.get("suche", "").split())[:100],
            valid_on=parse_day(query.get("stand", "")),
        )

    def change(self, **changes: Any) -> "ComparisonAddress":
        """The same comparison with other choices; what was searched for is done with."""
        return replace(self, **{"words": "", "left_over": (), **changes})

    def with_place(self, code: str) -> "ComparisonAddress":
        """The comparison with one place more."""
        return self.change(places=(*self.places, code))

    def without_place(self, code: str) -> "ComparisonAddress":
        """The comparison with one place less."""
        return self.change(places=tuple(place for place in self.places if place != code))

    def url(self, path: str = PATH) -> str:
        """The address as a link."""
        given = {
            "orte": ",".join(self.places),
            "indikatoren": ",".join(self.indicators),
            "thema": "" if self.indicators else self.dimension,
            "bild": self.drawn,
            "suche": self.words,
            "stand": self.valid_on,
        }
        query = urlencode({name: value for name, value in given.items() if value}, safe=",")
        return f"{path}?{query}" if query else path


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    found = [code.strip() for value in values for code in value.split(",")]
    return tuple(dict.fromkeys(code for code in found if code))
