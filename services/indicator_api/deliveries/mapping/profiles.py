"""What the columns of a table look like: by their names, and by what stands in them."""

import re
from dataclasses import dataclass

import polars as pl

from services.indicator_api.areas.rules import fold
from services.indicator_api.deliveries.mapping.period_texts import period_in
from services.indicator_api.deliveries.mapping.words import IDENTIFIER_NAMES
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.facts.status import SIGNS

LOOKED_AT = 50_000
_DISTINCT = 3_000
_NUMBER = re.compile(
    r"\(?[+-]?(\d{1,3}(?:[. \u00a0\u202f']\d{3})+|\d+)(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?%?\)?"
)
_CODE = re.compile(r"0\d+")
_IS_NUMBER = 0.6


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place, name and header cells; its distinct texts, the most frequent first
    (only the first thousands are kept, `distinct` counts all), and how many cells are filled."""

    place: int
    name: str
    header: tuple[str, ...]
    texts: tuple[str, ...]
    distinct: int
    filled: int

    @property
    def folded(self) -> str:
        """The name as it is searched."""
        return fold(self.name)

    @property
    def holds_numbers(self) -> bool:
        """Whether most of its texts are numbers, or signs that stand for one."""
        if not self.texts:
            return False
        numbers = [text for text in self.texts if _NUMBER.fullmatch(text)]
        signs = sum(text in SIGNS for text in self.texts)
        return bool(numbers) and len(numbers) + signs >= _IS_NUMBER * len(self.texts)

    @property
    def holds_codes(self) -> bool:
        """Whether it holds numbers of something (with leading zeros, or called so)."""
        if any(_CODE.fullmatch(text) for text in self.texts):
            return True
        return IDENTIFIER_NAMES.search(self.folded) is not None

    @property
    def period_share(self) -> float:
        """How many of its distinct texts say a period and nothing else, 0 to 1."""
        if not self.texts:
            return 0.0
        found = sum((period_in(text) or ("", "x"))[1] == "" for text in self.texts)
        return found / len(self.texts)


def profiles_of(table: RawTable) -> tuple[list[Column], pl.DataFrame]:
    """The columns as far as the first rows tell, and these rows (trimmed texts)."""
    head = table.head(LOOKED_AT).with_columns(pl.exclude("row").str.strip_chars())
    columns = []
    for place, name in enumerate(table.names):
        cells = head[f"c{place}"]
        cells = cells.filter(cells != "")
        counts = cells.value_counts(sort=True, name="count")
        columns.append(
            Column(
                place=place,
                name=name,
                header=tuple(row[place] for row in table.header),
                texts=tuple(counts[cells.name].head(_DISTINCT).to_list()),
                distinct=counts.height,
                filled=cells.len(),
            )
        )
    return columns, head
