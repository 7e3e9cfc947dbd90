"""What the list of changes is asked for, as it stands in the address."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

PATH = "/revisionen"
RELEASES = "freigaben"


@dataclass(frozen=True, slots=True)
class RevisionAddress:
    """Empty strings mean not asked. `area` is a key or a name, as it was typed."""

    dataset: str = ""
    indicator: str = ""
    area: str = ""
    period: str = ""
    basis: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> "RevisionAddress":
        """Read `?datenbestand=&indikator=&gebiet=&zeitraum=&grundlage=&seite=`."""
        return cls(
            dataset=query.get("datenbestand", "").strip(),
            indicator=query.get("indikator", "").strip(),
            area=query.get("gebiet", "").strip(),
            period=query.get("zeitraum", "").strip(),
            basis=RELEASES if query.get("grundlage") == RELEASES else "",
            cursor=query.get("seite", ""),
        )

    def url(self, *, cursor: str = "") -> str:
        """The address of this list, from `cursor` on."""
        given = {
            "datenbestand": self.dataset,
            "indikator": self.indicator,
            "gebiet": self.area,
            "zeitraum": self.period,
            "grundlage": self.basis,
            "seite": cursor,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{PATH}?{query}" if query else PATH

    def of_area(self, code: str) -> "RevisionAddress":
        """The same for the area with this key, from the beginning."""
        return replace(self, area=code, cursor="")

    @property
    def is_narrowed(self) -> bool:
        """Whether less than everything is asked for."""
        return bool(self.dataset or self.indicator or self.area or self.period)
