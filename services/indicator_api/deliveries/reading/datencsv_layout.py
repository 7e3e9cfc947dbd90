"""The human-readable GENESIS CSV (datencsv): what its titles and header rows say.

Above the table: „GENESIS-Tabelle: CODE“, the title („What: area, variables“), the statistic, the
area, the measure with its unit. The header has one row for each variable that runs across; the
variables that run down have no heading at all. Labels stand where the flat file has codes.
"""

import re
from dataclasses import dataclass

from services.indicator_api.deliveries.reading.raw import RawTable

_MARK = re.compile(r"GENESIS-(Tabelle|table):", re.IGNORECASE)
_MEASURE = re.compile(r"(?P<label>.+?)\s*\((?P<unit>[^()]*)\)")
_ALL_OF_GERMANY = {"Deutschland": "DG", "Germany": "DG"}
_TIME_WORDS = frozenset(
    {
        "Jahr", "Jahre", "Quartal", "Quartale", "Monat", "Monate", "Stichtag", "Stichtage",
        "Schuljahr", "Schuljahre", "Years", "Year", "Quarters", "Months", "Reference date",
    }
)  # fmt: skip
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
    "August", "September", "Oktober", "November", "Dezember",
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS = {name: f"-{number % 12 + 1:02}" for number, name in enumerate(_MONTHS)}
_QUARTER = re.compile(r"([1-4])\. (Quartal|quarter)")
_TIME = re.compile(r"\d{4}|\d{2}\.\d{2}\.\d{4}|\d{4}-\d{2}-\d{2}|\d{4}/\d{2,4}")
_AREA_KEY = re.compile(r"DG|\d{2}|\d{3}|\d{5}|\d{8}|\d{12}")
TOTALS = frozenset({"Insgesamt", "Zusammen", "Total"})
# Attributes by label whose codes the flat files of the same tables give.
KNOWN_ATTRIBUTES = {
    "männlich": ("GES", "GESM"),
    "weiblich": ("GES", "GESW"),
    "male": ("GES", "GESM"),
    "female": ("GES", "GESW"),
    "Deutsche": ("NAT", "NATD"),
    "Ausländer": ("NAT", "NATA"),
    "Ausländer/-innen": ("NAT", "NATA"),
    "deutsch": ("NAT", "NATD"),
    "ausländisch": ("NAT", "NATA"),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """A variable that breaks figures down: its code, or its label where no code is known."""

    code: str
    label: str

    def part(self, attribute: str) -> str | None:
        """Its part of the breakdown for an attribute's label; None for the total."""
        if not attribute or attribute in TOTALS:
            return None
        known = KNOWN_ATTRIBUTES.get(attribute)
        return f"{self.code}={known[1] if known else _plain(attribute)}"


@dataclass(frozen=True, slots=True)
class DatencsvLayout:
    """What is where: places of the columns that run down, dimensions of those that run across."""

    measure: str
    area: str | None
    area_column: int | None
    time: int
    part_of_year: int | None
    down: tuple[tuple[int, Dimension], ...]
    across: tuple[Dimension, ...]
    values: tuple[int, ...]


def quarter_mark(label: str) -> str | None:
    """`-Q1` for „1. Quartal“."""
    match = _QUARTER.fullmatch(label)
    return f"-Q{match[1]}" if match else None


def find_datencsv(table: RawTable, looked_at: int) -> DatencsvLayout | None:
    """The layout, if the table is a datencsv whose header is regular; `looked_at` rows are read."""
    titles = table.titles
    if table.kind != "csv" or len(titles) < 3 or not _MARK.match(titles[0]):
        return None
    measure = _MEASURE.fullmatch(titles[-1])
    stubs = [n for n in range(len(table.names)) if not any(row[n] for row in table.header)]
    values = [n for n in range(len(table.names)) if n not in stubs]
    if measure is None or not values or stubs != list(range(len(stubs))) or not stubs:
        return None
    words = _title_words(titles)
    area = next((_ALL_OF_GERMANY[word] for word in titles if word in _ALL_OF_GERMANY), None)
    head = table.head(looked_at)
    cells = {n: [str(cell).strip() for cell in head[f"c{n}"].unique()] for n in stubs}
    time = next((n for n in stubs if all(map(_TIME.fullmatch, cells[n]))), None)
    if time is None:
        return None
    part = next((n for n in stubs if n != time and _is_part_of_year(cells[n])), None)
    area_column = next((n for n in stubs if n not in (time, part) and _are_keys(cells[n])), None)
    # the column behind the key is the area's name
    named = None if area_column is None else area_column + 1
    rest = [n for n in stubs if n not in (time, part, area_column, named)]
    attributes = [{row[n] for n in values} for row in table.header]
    attributes += [set(cells[n]) for n in rest]
    dimensions = _dimensions(attributes, words)
    if dimensions is None:
        return None
    count = len(table.header)
    return DatencsvLayout(
        measure=measure["label"],
        area=area,
        area_column=area_column,
        time=time,
        part_of_year=part,
        down=tuple(zip(rest, dimensions[count:], strict=True)),
        across=tuple(dimensions[:count]),
        values=tuple(values),
    )


def _title_words(titles: tuple[str, ...]) -> list[str]:
    """The variables that the title names; it may go on in the next line."""
    title, number = titles[1], 2
    while title.endswith(",") and number < len(titles):
        title, number = f"{title} {titles[number]}", number + 1
    words = [word.strip() for word in title.partition(":")[2].split(",")]
    return [
        word for word in words if word and word not in _TIME_WORDS and word not in _ALL_OF_GERMANY
    ]


def _is_part_of_year(cells: list[str]) -> bool:
    return all(cell in MONTHS or quarter_mark(cell) for cell in cells)


def _are_keys(cells: list[str]) -> bool:
    return all(map(_AREA_KEY.fullmatch, cells))


def _dimensions(attributes: list[set[str]], words: list[str]) -> list[Dimension] | None:
    """The dimension of each set of attributes: by a known attribute, else in the title's order."""
    found: list[Dimension | None] = []
    left = list(words)
    for labels in attributes:
        variables = {KNOWN_ATTRIBUTES[label][0] for label in labels if label in KNOWN_ATTRIBUTES}
        if len(variables) != 1:
            found.append(None)
            continue
        code = variables.pop()
        name = {"GES": "Geschlecht", "NAT": "Nationalität"}[code]
        left = [word for word in left if word not in (name, "Sex", "Nationality")]
        found.append(Dimension(code, name))
    if len(left) < found.count(None):
        return None
    unnamed = iter(left[: found.count(None)])
    return [item or _by_word(next(unnamed)) for item in found]


def _by_word(word: str) -> Dimension:
    return Dimension(_plain(word), word)


def _plain(label: str) -> str:
    """A label without the two signs that a breakdown is written with."""
    return label.replace("|", "/").replace("=", "-").strip()
