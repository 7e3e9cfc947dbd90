"""Checking a delivery as a whole against the registers; pure, no input or output."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from services.indicator_api.areas.rules import ags_of_ars, candidates_for_lost_zero
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.reading.formats import Delivered
from services.indicator_api.deliveries.reading.numbers import with_values
from services.indicator_api.facts.breakdowns import canonical
from services.indicator_api.facts.status import Status
from services.indicator_api.periods.rules import Period, parse_period

PREVIEW_ROWS = 10
_CELL_COLUMNS = (
    "measure_id",
    "period_id",
    "breakdown_number",
    "area_id",
    "status",
    "quality",
    "value",
)


@dataclass(frozen=True, slots=True)
class MeasureEntry:
    """A measure as the check needs it."""

    id: int
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Registers:
    """What a delivery is checked against.

    `areas`: a frame with `area_key` (AGS, ARS or own key), `area_id`, `area_name`, `area_kind`,
    `valid_from`, `valid_to` and `is_allowed` (within the sender's and the dataset's area), one
    row a version. `measures`: by code and by source code.
    """

    areas: pl.DataFrame
    measures: dict[str, MeasureEntry]
    kind_labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class CheckedDelivery:
    """The outcome: `cells` (one row a fact, sorted by its key) is empty if there are errors.

    `breakdown_number` in the cells is the place of the breakdown in `breakdown_labels`.
    """

    cells: pl.DataFrame
    periods: dict[str, Period]
    breakdown_labels: dict[str, str]
    findings: FindingList
    understood: dict[str, Any] = field(default_factory=dict)

    @property
    def is_acceptable(self) -> bool:
        """Whether it can be taken as a whole."""
        return not self.findings.has_errors


def check_delivery(delivered: Delivered, registers: Registers) -> CheckedDelivery:
    """Check all rows; each fault becomes a finding with its row and column."""
    findings = FindingList()
    for note in delivered.notes:
        findings.add(note)
    columns = delivered.columns
    rows = delivered.rows
    rows, periods = _with_periods(rows, findings, columns["period"])
    rows = _with_measures(rows, registers.measures, findings, columns["measure"])
    rows, labels = _with_breakdowns(rows, findings, columns["breakdown"])
    rows = with_values(rows)
    _find_value_problems(rows, findings, columns["value"], columns["quality"])
    rows = _with_areas(rows, registers.areas, findings, columns["area"])
    rows = _without_empty_areas(rows, findings, columns["area"])
    _find_ended_areas(rows, findings, columns["area"])
    cells = rows.clear().select(_CELL_COLUMNS)
    if not findings.has_errors:
        cells = _sorted_cells(rows, findings, columns["area"])
    understood = _understood(delivered, rows, periods, registers)
    return CheckedDelivery(cells, periods, labels, findings, understood)


def _mapped(rows: pl.DataFrame, column: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """What each distinct text of a column is read as."""
    return {text: read(text) for text in rows[column].unique().to_list()}


def _with_periods(
    rows: pl.DataFrame, findings: FindingList, column: str
) -> tuple[pl.DataFrame, dict[str, Period]]:
    read: dict[str, Period | None] = _mapped(rows, "period_raw", parse_period)
    known = {text: period for text, period in read.items() if period is not None}
    table = pl.DataFrame(
        {
            "period_raw": list(known),
            "period_id": [period.id for period in known.values()],
            "period_end": [period.end_on for period in known.values()],
        },
        schema={"period_raw": pl.String, "period_id": pl.Int32, "period_end": pl.Date},
    )
    rows = rows.join(table, on="period_raw", how="left", maintain_order="left")
    unread = rows.filter(pl.col("period_id").is_null())
    findings.add_rows("period_unreadable", column, unread.select("row", value=pl.col("period_raw")))
    return rows, {period.code: period for period in known.values()}


def _with_measures(
    rows: pl.DataFrame, measures: dict[str, MeasureEntry], findings: FindingList, column: str
) -> pl.DataFrame:
    keys = [key for key in rows["measure_key"].unique().to_list() if key in measures]
    table = pl.DataFrame(
        {
            "measure_key": keys,
            "measure_id": [measures[key].id for key in keys],
            "measure_name": [measures[key].name for key in keys],
            "measure_kind": [measures[key].kind for key in keys],
        },
        schema={
            "measure_key": pl.String,
            "measure_id": pl.Int32,
            "measure_name": pl.String,
            "measure_kind": pl.String,
        },
    )
    rows = rows.join(table, on="measure_key", how="left", maintain_order="left")
    unknown = rows.filter(pl.col("measure_id").is_null())
    findings.add_rows("measure_unknown", column, unknown.select("row", value=pl.col("measure_key")))
    return rows


def _with_breakdowns(
    rows: pl.DataFrame, findings: FindingList, column: str
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Also the labels by canonical code, in the order of `breakdown_number`."""
    read: dict[str, str | None] = _mapped(rows, "breakdown", canonical)
    codes = sorted({code for code in read.values() if code is not None})
    numbers: dict[str | None, int] = {code: number for number, code in enumerate(codes)}
    table = pl.DataFrame(
        {
            "breakdown": list(read),
            "canonical": list(read.values()),
            "breakdown_number": [numbers.get(code) for code in read.values()],
        },
        schema={"breakdown": pl.String, "canonical": pl.String, "breakdown_number": pl.Int32},
    )
    rows = rows.join(table, on="breakdown", how="left", maintain_order="left")
    malformed = rows.filter(pl.col("canonical").is_null())
    findings.add_rows(
        "breakdown_malformed", column, malformed.select("row", value=pl.col("breakdown"))
    )
    rows = rows.with_columns(pl.col("canonical").alias("breakdown")).drop("canonical")
    named = rows.group_by("breakdown_number").agg(pl.col("breakdown_label").first())
    by_number = dict(named.iter_rows())
    return rows, {code: by_number[number] for number, code in enumerate(codes)}


def _find_value_problems(
    rows: pl.DataFrame, findings: FindingList, column: str, quality_column: str
) -> None:
    faulty = rows.filter(pl.col("problem").is_not_null())
    for code in sorted(faulty["problem"].unique().to_list()):
        text = pl.col("quality_raw" if code == "quality_unknown" else "value_raw")
        where = quality_column if code == "quality_unknown" else column
        findings.add_rows(
            code, where, faulty.filter(pl.col("problem") == code).select("row", value=text)
        )
    negative = rows.filter((pl.col("measure_kind") == "count") & (pl.col("value") < 0))
    findings.add_rows("value_negative", column, negative.select("row", value=pl.col("value_raw")))


def _with_areas(
    rows: pl.DataFrame, areas: pl.DataFrame, findings: FindingList, column: str
) -> pl.DataFrame:
    known_keys = set(areas["area_key"].to_list())
    keys = {key: _register_key(key, known_keys) for key in rows["area_key"].unique().to_list()}
    table = pl.DataFrame(
        {"area_key": list(keys), "register_key": list(keys.values())},
        schema={"area_key": pl.String, "register_key": pl.String},
    )
    known = areas.rename({"area_key": "register_key"}).join(table, on="register_key", how="inner")
    known = known.drop("register_key")
    if known["area_key"].is_duplicated().any():
        rows = _join_by_validity(rows, known)
    else:
        rows = rows.join(known, on="area_key", how="left", maintain_order="left")
    unknown = rows.filter(pl.col("area_id").is_null())
    _find_unknown_areas(unknown, known_keys, findings, column)
    foreign = rows.filter(pl.col("is_allowed").not_())
    findings.add_rows("area_not_yours", column, foreign.select("row", value=pl.col("area_key")))
    return rows


def _register_key(key: str, known_keys: set[str]) -> str:
    """The key under which the register holds an area: an ARS of old leads to the AGS in it."""
    ags = ags_of_ars(key)
    return ags if ags in known_keys and key not in known_keys else key


def _join_by_validity(rows: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Take the version of a key that is valid at the end of the period, else the latest."""
    joined = rows.join(versions, on="area_key", how="left")
    is_valid = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("period_end"))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("period_end"))
    )
    return (
        joined.with_columns(is_valid.alias("fits"))
        .sort("row", "fits", "valid_from", descending=[False, True, True], nulls_last=True)
        .unique("row", keep="first", maintain_order=True)
        .drop("fits")
    )


def _find_unknown_areas(
    unknown: pl.DataFrame, known_keys: set[str], findings: FindingList, column: str
) -> None:
    if unknown.is_empty():
        return
    hints: dict[str, str | None] = {}
    for key in unknown["area_key"].unique().to_list():
        longer = candidates_for_lost_zero(key)
        hints[key] = longer if longer in known_keys else None
    faulty = unknown.select("row", value=pl.col("area_key")).with_columns(
        hint=pl.col("value").replace_strict(hints, default=None, return_dtype=pl.String)
    )
    findings.add_rows("area_missing", column, faulty.filter(pl.col("value") == ""))
    named = faulty.filter(pl.col("value") != "")
    findings.add_rows("key_lost_zero", column, named.filter(pl.col("hint").is_not_null()))
    findings.add_rows("area_unknown", column, named.filter(pl.col("hint").is_null()))


def _without_empty_areas(rows: pl.DataFrame, findings: FindingList, column: str) -> pl.DataFrame:
    """An area for which a file holds nothing but „-“ is not available there, not zero.

    Statistical offices fill the cells of ended or unsupplied areas so.
    """
    is_nothing = pl.col("status") == int(Status.NOTHING)
    empty = (
        rows.group_by("area_key", maintain_order=True)
        .agg(is_nothing.all().alias("is_empty"), pl.col("row").first())
        .filter("is_empty")
    )
    if empty.is_empty():
        return rows
    findings.add_rows("area_without_figures", column, empty.select("row", value=pl.col("area_key")))
    is_empty = pl.col("area_key").is_in(empty["area_key"].implode())
    return rows.with_columns(
        pl.when(is_empty).then(None).otherwise(pl.col("value")).alias("value"),
        pl.when(is_empty)
        .then(pl.lit(int(Status.NOT_AVAILABLE), dtype=pl.Int16))
        .otherwise(pl.col("status"))
        .alias("status"),
    )


def _find_ended_areas(rows: pl.DataFrame, findings: FindingList, column: str) -> None:
    ended = rows.filter(
        (pl.col("valid_to") <= pl.col("period_end")) & (pl.col("status") == int(Status.VALUE))
    )
    findings.add_rows(
        "area_ended",
        column,
        ended.select(
            "row",
            value=pl.col("area_key"),
            hint=pl.col("valid_to").dt.strftime("%d.%m.%Y"),
        ),
    )


def _sorted_cells(rows: pl.DataFrame, findings: FindingList, column: str) -> pl.DataFrame:
    """The cells by measure, period, breakdown and area; each of them stands once, or is found."""
    # one number that sorts as the four do: sorting by it takes a fifth of the time
    cell: pl.Expr | None = None
    for name in ("measure_id", "period_id", "breakdown_number"):
        values = rows[name].unique().sort()
        place = pl.col(name).replace_strict(values, range(values.len()), return_dtype=pl.Int64)
        cell = place if cell is None else cell * values.len() + place
    assert cell is not None  # noqa: S101 - there are three names
    numbered = rows.select(
        "row", "area_key", *_CELL_COLUMNS, cell=cell * 2**32 + pl.col("area_id")
    ).sort("cell", "row")
    _find_duplicates(numbered, findings, column)
    return numbered.select(_CELL_COLUMNS)


def _find_duplicates(cells: pl.DataFrame, findings: FindingList, column: str) -> None:
    is_again = cells["cell"] == cells["cell"].shift()
    if not is_again.any():
        return
    first = pl.col("row").first().over("cell")
    findings.add_rows(
        "duplicate",
        column,
        cells.with_columns(hint=first.cast(pl.String))
        .filter(is_again)
        .sort("row")
        .select("row", value=pl.col("area_key"), hint=pl.col("hint")),
    )


def _understood(
    delivered: Delivered, rows: pl.DataFrame, periods: dict[str, Period], registers: Registers
) -> dict[str, Any]:
    """What was understood of a file: what, where, when, how many; and its first rows."""
    levels = (
        rows.filter(pl.col("area_kind").is_not_null())
        .group_by("area_kind")
        .agg(pl.col("area_id").n_unique().alias("count"))
        .sort("area_kind")
    )
    order = list(registers.kind_labels)
    return {
        "format": delivered.format,
        "format_label": delivered.format_label,
        "measures": sorted(rows["measure_name"].drop_nulls().unique().to_list()),
        "periods": [
            period.label for period in sorted(periods.values(), key=lambda item: item.end_on)
        ],
        "levels": sorted(
            (
                {"kind": kind, "label": registers.kind_labels[kind], "count": count}
                for kind, count in levels.iter_rows()
            ),
            key=lambda item: order.index(str(item["kind"])),
        ),
        "areas": rows["area_id"].drop_nulls().n_unique(),
        "preview": _preview(rows, periods),
    }


def _preview(rows: pl.DataFrame, periods: dict[str, Period]) -> dict[str, Any]:
    labels = {period.id: period.label for period in periods.values()}
    shown = []
    for item in rows.head(PREVIEW_ROWS).iter_rows(named=True):
        area = item["area_name"] or "unbekannt"
        shown.append(
            [
                str(item["row"]),
                f"{area} ({item['area_key']})",
                item["measure_name"] or item["measure_key"],
                labels.get(item["period_id"], item["period_raw"]),
                item["breakdown_label"] or item["breakdown"] or "Insgesamt",
                item["value_raw"],
            ]
        )
    return {
        "columns": ["Zeile", "Gebiet", "Messgröße", "Zeitraum", "Aufgliederung", "Wert"],
        "rows": shown,
    }
