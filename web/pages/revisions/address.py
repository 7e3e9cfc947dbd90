"""What the list of changes is asked for, as it stands in the address."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from web.clients.base import Query, present

PATH = "/revisionen"
FILE_PATH = f"{PATH}.csv"
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

    def asked(self, area: str) -> Query:
        """The parameters of `GET /v1/revisions`; `area` is the key that was meant."""
        return present(
            dataset=self.dataset,
            indicator=self.indicator,
            area=area,
            period=self.period,
            basis="released" if self.basis == RELEASES else None,
        )

    def url(self, *, cursor: str = "", path: str = PATH) -> str:
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
        return f"{path}?{query}" if query else path

    def of_area(self, code: str) -> "RevisionAddress":
        """The same for the area with this key, from the beginning."""
        return replace(self, area=code, cursor="")

    @property
    def is_narrowed(self) -> bool:
        """Whether less than everything is asked for."""
        return bool(self.dataset or self.indicator or self.area or self.period)
