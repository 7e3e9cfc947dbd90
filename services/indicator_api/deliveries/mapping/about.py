"""What a sender is shown of a table that is to be mapped: its head, its first rows, a preview."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from services.indicator_api.deliveries.checking.places import AreaKeys
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.checking.understanding import PREVIEW_ROWS, Understanding
from services.indicator_api.deliveries.checking.vocabulary import Measures, Periods
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.mapping.applying import read_as_mapped
from services.indicator_api.deliveries.mapping.document import Mapping
from services.indicator_api.deliveries.mapping.proposing import Proposal
from services.indicator_api.deliveries.reading.raw import RawTable

SHOWN_ROWS = 10
_LONGEST_TEXT = 200
# of one line of a wide table so many cells are shown, so that several lines are seen
_CELLS_PER_LINE = 3


def columns_sha256(names: Iterable[str]) -> bytes:
    """What tells tables with the same columns, in whatever order; 32 bytes."""
    return hashlib.sha256("\x1f".join(sorted(set(names))).encode()).digest()


def mapped_sha256(mapping: Mapping) -> bytes:
    """The hash of the tables a mapping is made for: all columns it reads or leaves out."""
    return columns_sha256([*mapping.columns(), *mapping.left_out])


def about_table(table: RawTable, proposal: Proposal) -> dict[str, Any]:
    """The table's head and first rows, and the proposal, as JSON values."""
    rows = table.head(SHOWN_ROWS).drop("row")
    shown = rows.with_columns(pl.all().str.slice(0, _LONGEST_TEXT)).rows()
    return {
        "table": {
            "kind": table.kind,
            "header": [list(row) for row in table.header],
            "names": list(table.names),
            "rows": [list(row) for row in shown],
            "sheet": table.sheet,
            "sheets": list(table.sheets),
            "header_rows": table.header_rows,
            "skip_rows": table.skip_rows,
            "first_row": table.first_row,
        },
        "proposal": proposal.mapping.model_dump(mode="json"),
        "is_complete": proposal.is_complete,
        "questions": [
            {
                "field": question.field,
                "detail": question.detail,
                "detail_en": question.detail_en,
            }
            for question in proposal.questions
        ],
    }


def table_of(about: dict[str, Any]) -> RawTable:
    """The table again, as far as its first rows were kept."""
    kept = about["table"]
    rows = kept["rows"]
    first = kept["first_row"]
    frame = pl.DataFrame(
        rows, schema={f"c{n}": pl.String for n in range(len(kept["names"]))}, orient="row"
    ).insert_column(
        0, pl.int_range(first, first + len(rows), dtype=pl.UInt32, eager=True).alias("row")
    )

    def read(_size: int, _faults: FindingList) -> Iterator[pl.DataFrame]:
        return iter([frame])

    return RawTable(
        kind=kept["kind"],
        header=tuple(tuple(row) for row in kept["header"]),
        names=tuple(kept["names"]),
        head_row=kept["skip_rows"] + 1,
        first_row=first,
        read=read,
        sheet=kept["sheet"],
        sheets=tuple(kept["sheets"]),
        total_rows=len(rows),
    )


def preview_of(table: RawTable, mapping: Mapping, registers: Registers) -> dict[str, Any]:
    """The first rows as they would be understood: names instead of keys, in words.

    Works for a mapping that is not complete yet; names columns of the table alone.
    """
    batches = (
        batch.with_columns(pl.int_range(pl.len()).over("row").alias("of_line"))
        .filter(pl.col("of_line") < _CELLS_PER_LINE)
        .drop("of_line")
        .sort("row", maintain_order=True)
        for batch in read_as_mapped(table, mapping, registers).batches()
    )
    areas = AreaKeys(registers)
    periods, measures = Periods(), Measures(registers.measures)
    understanding = Understanding(registers)
    for batch in batches:
        batch = _with_factor(batch.head(PREVIEW_ROWS))
        keys = areas.numbers(batch["area_key"])
        dates = periods.numbers(batch["period_raw"])
        measures.numbers(batch["measure_key"])
        understanding.note(batch, areas.places(keys, periods.ends[dates]).area_id)
    preview: dict[str, Any] = understanding.summary(periods.read, measures.names)["preview"]
    return preview


def _with_factor(batch: pl.DataFrame) -> pl.DataFrame:
    """Where a unit is multiplied, the value says so."""
    if "factor" not in batch.columns:
        return batch
    told = pl.col("value_raw") + " × " + pl.col("factor").cast(pl.String).str.strip_suffix(".0")
    is_multiplied = pl.col("factor") != 1.0
    return batch.with_columns(
        value_raw=pl.when(is_multiplied).then(told).otherwise(pl.col("value_raw"))
    )
