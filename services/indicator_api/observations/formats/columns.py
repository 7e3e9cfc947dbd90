"""The columns of a file of figures, the same in every format, and how rows are completed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.indicator_api.observations.plan import FigurePlan

Kind = Literal["key", "text", "value", "number", "count", "flag"]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name for programs, its heading for people, what stands in it.

    `key`: a code from a list that repeats; `text`: words; `value`: a figure with the decimals of
    its indicator; `number`: any number; `count`: a whole number; `flag`: true or false.
    """

    name: str
    heading: str
    kind: Kind


COLUMNS = (
    Column("indicator", "Indikator", "key"),
    Column("indicator_name", "Name des Indikators", "key"),
    Column("breakdown", "Aufgliederung", "key"),
    Column("area", "Gebietsschlüssel", "key"),
    Column("name", "Gebiet", "text"),
    Column("level", "Ebene", "key"),
    Column("period", "Zeitraum", "key"),
    Column("value", "Wert", "value"),
    Column("unit", "Einheit", "key"),
    Column("status", "Status", "key"),
    Column("quality", "Qualität", "key"),
    Column("numerator", "Zähler", "number"),
    Column("denominator", "Nenner", "number"),
    Column("lower", "Schwankungsbereich von", "value"),
    Column("upper", "Schwankungsbereich bis", "value"),
    Column("derivation", "Abgeleitet durch", "key"),
    Column("is_estimated", "Geschätzt", "flag"),
    Column("parts", "Teile vorhanden", "count"),
    Column("parts_expected", "Teile insgesamt", "count"),
    Column("derivation_detail", "Ableitung", "text"),
    Column("source", "Quelle", "key"),
    Column("release", "Freigabe", "key"),
    Column("licence", "Lizenz", "key"),
    Column("is_fictional", "Erfundene Zahl", "flag"),
)
NAMES = tuple(column.name for column in COLUMNS)


class RowMaker:
    """Makes rows in the order of COLUMNS from the rows that the repository streams."""

    def __init__(
        self, plan: FigurePlan, heads: Sequence[Mapping[str, Any]], read: Sequence[str]
    ) -> None:
        """`heads` describe the plan's definitions; `read` names the columns that rows will have."""
        place = {name: number for number, name in enumerate(read)}
        self._before = [place[name] for name in ("indicator", "breakdown", "area", "name", "kind")]
        self._period = place["period"]
        self._value = place["value"]
        self._after = [
            place[name]
            for name in (
                "status",
                "quality",
                "numerator",
                "denominator",
                "lower",
                "upper",
                "derivation",
                "is_estimated",
                "parts",
                "parts_expected",
                "derivation_detail",
            )
        ]
        self._pair = place["pair"]
        self._plan = plan
        self._names: Mapping[str, tuple[str, str]] = {
            head["code"]: (head["name"], head["unit"]) for head in heads
        }
        self._said: dict[int, tuple[str, str, str, bool]] = {}

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """The same rows with the names, units and sources of their indicators."""
        return [self._row(row) for row in rows]

    def _row(self, row: Row) -> Row:
        indicator, breakdown, area, name, kind = (row[place] for place in self._before)
        indicator_name, unit = self._names[indicator]
        return (
            indicator,
            indicator_name,
            breakdown,
            area,
            name,
            kind,
            row[self._period],
            row[self._value],
            unit,
            *(row[place] for place in self._after),
            *self._source(row[self._pair]),
        )

    def _source(self, pair: int) -> tuple[str, str, str, bool]:
        """Attribution, release, licence of the datasets behind a row, and if one is invented."""
        said = self._said.get(pair)
        if said is None:
            behind = [self._plan.sources[number] for number in self._plan.pair_sources[pair]]
            releases = (f"{item.dataset} {item.release['number']}" for item in behind)
            said = (
                "; ".join(dict.fromkeys(item.attribution for item in behind)),
                "; ".join(dict.fromkeys(releases)),
                "; ".join(dict.fromkeys(item.licence for item in behind)),
                any(item.is_fictional for item in behind),
            )
            self._said[pair] = said
        return said
