"""Findings: what a delivery's check has to say, by row, with how to mend it."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.kinds.every import KINDS
from services.indicator_api.deliveries.kinds.kind import FindingKind
from services.indicator_api.deliveries.kinds.phrases import in_english

MAXIMUM_STORED_PER_CODE = 2_000
# A cell may hold megabytes; of a finding's value so much is enough to see which one is meant.
MAXIMUM_VALUE_SIGNS = 500
# What is kept of a finding that is not stored one by one, see `further_findings`.
FURTHER_COLUMNS = ("row", "code", "column", "value", "hint", "hint_en")
_FURTHER: dict[str, type[pl.DataType]] = {"row": pl.UInt32} | dict.fromkeys(
    FURTHER_COLUMNS[1:], pl.String
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `row` counts the lines of the file from 1 (the head).

    `hint_en` is the hint in English, where `kinds.phrases` does not know it.
    """

    code: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str = ""
    hint_en: str = ""

    @property
    def kind(self) -> FindingKind:
        """How this finding is told."""
        return KINDS[self.code]

    def detail(self) -> str:
        """What happened, in a sentence."""
        return self.kind.detail.format(value=self.value or "", hint=self.hint).strip()

    def remedy(self) -> str:
        """How to mend it; empty for a mere note."""
        return self.kind.remedy.format(value=self.value or "", hint=self.hint)

    def detail_en(self) -> str:
        """What happened, in an English sentence."""
        hint = self.hint_en or in_english(self.hint)
        return self.kind.detail_en.format(value=self.value or "", hint=hint).strip()

    def remedy_en(self) -> str:
        """How to mend it, in English."""
        return self.kind.remedy_en.format(value=self.value or "", hint=self.hint)


@dataclass(slots=True)
class FindingList:
    """The findings of a check: the first ones of each kind, and how many there are of all.

    Those behind them are kept in compact form until somebody takes them.
    """

    items: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _faulty_rows: list[NDArray[np.int64]] = field(default_factory=list)
    _further: list[pl.DataFrame] = field(default_factory=list)
    _further_items: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Add one finding."""
        finding = _shortened(finding)
        count = self.counts.get(finding.code, 0) + 1
        self.counts[finding.code] = count
        if count <= MAXIMUM_STORED_PER_CODE:
            self.items.append(finding)
        elif finding.row is not None:
            self._further_items.append(finding)
        if finding.kind.severity == "error":
            # 0: of no row, but of the file as a whole
            self._faulty_rows.append(np.array([finding.row or 0]))

    def add_rows(self, code: str, column: str, rows: pl.DataFrame) -> None:
        """Add a finding for each row of a frame with `row`, `value`, and `hint`, `hint_en` if any.

        A `column` of the frame says for each row what `column` says for all. Of more than are
        stored, the first ones of the frame are.
        """
        if rows.is_empty():
            return
        stored = rows.head(max(0, MAXIMUM_STORED_PER_CODE - self.counts.get(code, 0)))
        for item in stored.iter_rows(named=True):
            hint = str(item.get("hint") or "")
            hint_en = str(item.get("hint_en") or "")
            place = item.get("column") or column
            finding = Finding(code, item["row"], place, item["value"], hint, hint_en)
            self.items.append(_shortened(finding))
        if stored.height < rows.height:
            self._further.append(_compact(rows.slice(stored.height), code, column))
        self.counts[code] = self.counts.get(code, 0) + rows.height
        if KINDS[code].severity == "error":
            self._faulty_rows.append(rows["row"].fill_null(0).to_numpy().astype(np.int64))

    def extend(self, others: "FindingList") -> None:
        """Add the findings of another check of the same file."""
        kept = Counter(item.code for item in self.items)
        for item in others.items:
            if kept[item.code] < MAXIMUM_STORED_PER_CODE:
                self.items.append(item)
                kept[item.code] += 1
            elif item.row is not None:
                self._further_items.append(item)
        self._further += others.take_further()
        for code, count in others.counts.items():
            self.counts[code] = self.counts.get(code, 0) + count
        self._faulty_rows += others._faulty_rows

    def take_further(self) -> list[pl.DataFrame]:
        """The findings about rows that are not among `items`, with `FURTHER_COLUMNS`; once."""
        taken, self._further = self._further, []
        if self._further_items:
            rows = [
                (item.row, item.code, item.column, item.value, item.hint, item.hint_en)
                for item in self._further_items
            ]
            taken.append(pl.DataFrame(rows, schema=_FURTHER, orient="row"))
            self._further_items = []
        return taken

    def clear(self) -> None:
        """Forget all findings."""
        for kept in (self.items, self._faulty_rows, self._further, self._further_items):
            kept.clear()
        self.counts.clear()

    @property
    def faulty_rows(self) -> NDArray[np.int64]:
        """The rows that an error speaks against, each once, also those not stored."""
        if not self._faulty_rows:
            return np.empty(0, dtype=np.int64)
        rows: NDArray[np.int64] = np.unique(np.concatenate(self._faulty_rows))
        return rows[rows > 0]

    @property
    def has_errors_of_the_file(self) -> bool:
        """Whether an error speaks against the file as a whole, not against a row of it."""
        return any(bool((rows == 0).any()) for rows in self._faulty_rows)

    @property
    def has_errors(self) -> bool:
        """Whether anything speaks against taking the delivery."""
        return any(KINDS[code].severity == "error" for code in self.counts)

    def summary(self) -> list[dict[str, str | int]]:
        """How many findings of which kind, the grave ones first."""
        order = {"error": 0, "warning": 1, "note": 2}
        kinds = sorted(self.counts.items(), key=lambda item: order[KINDS[item[0]].severity])
        return [
            {
                "code": code,
                "severity": KINDS[code].severity,
                "title": KINDS[code].title,
                "count": count,
            }
            for code, count in kinds
        ]


def _compact(rows: pl.DataFrame, code: str, column: str) -> pl.DataFrame:
    """The rows of `add_rows` with `FURTHER_COLUMNS`; those about no row are left out."""
    own = {name: pl.col(name) for name in rows.columns}
    place = own.get("column", pl.lit("")).cast(pl.String).fill_null("")
    value = own.get("value", pl.lit(None)).cast(pl.String)
    is_long = value.str.len_chars() > MAXIMUM_VALUE_SIGNS
    shortened = value.str.head(MAXIMUM_VALUE_SIGNS - 1) + "…"
    return rows.filter(pl.col("row").is_not_null()).select(
        pl.col("row").cast(pl.UInt32),
        pl.lit(code).alias("code"),
        pl.when(place == "").then(pl.lit(column)).otherwise(place).alias("column"),
        pl.when(is_long).then(shortened).otherwise(value).alias("value"),
        *(
            own.get(name, pl.lit("")).cast(pl.String).fill_null("").alias(name)
            for name in ("hint", "hint_en")
        ),
    )


def _shortened(finding: Finding) -> Finding:
    if finding.value is None or len(finding.value) <= MAXIMUM_VALUE_SIGNS:
        return finding
    return replace(finding, value=f"{finding.value[: MAXIMUM_VALUE_SIGNS - 1]}…")
