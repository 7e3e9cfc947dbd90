"""The formats a delivery may have, each turned into the same rows.

The rows have the text columns `area_key`, `period_raw`, `measure_key`, `breakdown`,
`breakdown_label`, `value_raw`, `status_raw`, `quality_raw`, and `row`, the line in the file.
"""

from dataclasses import dataclass
from decimal import Decimal

import orjson
import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.table import (
    BINARY,
    WITHOUT_ROWS,
    TextTable,
    read_csv,
    unzip,
)
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from services.indicator_api.facts.breakdowns import TOTAL

TIDY_REQUIRED = ("area", "period", "measure", "value")
TIDY_OPTIONAL = ("breakdown", "status", "quality")
# Variables of GENESIS whose attributes are area keys.
AREA_VARIABLES = frozenset(
    {
        "DINSG", "DLAND", "REGBEZ", "KREISE", "GEMEIN",
        "GEODL1", "GEODL3", "GEOBL1", "GEOBL3", "GEORB1", "GEORB4", "GEOLK1", "GEOLK4",
        "GEOGM1", "GEOGM4", "GEOVB1", "GEOVB4",
    }
)  # fmt: skip
_QUARTER_VARIABLE = "QUARTG"
_FFCSV_MARKS = {"statistics_code", "1_variable_code", "value_variable_code"}

CONTENT_TYPES = {
    "text/csv": "csv",
    "text/plain": "csv",
    "application/csv": "csv",
    "application/json": "json",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as rows of texts, in which format it came, and what was assumed."""

    rows: pl.DataFrame
    format: str
    format_label: str
    notes: tuple[Finding, ...]
    columns: dict[str, str]


def read_delivery(data: bytes, content_type: str) -> Delivered:
    """Recognise the format and read the rows; raises `UnreadableError` with the reason."""
    kind = CONTENT_TYPES[content_type]
    if kind == "zip" or data.startswith(b"PK\x03\x04"):
        data = unzip(data)
        kind = "csv"
    if kind == "json":
        return _read_json(data)
    table = read_csv(data)
    if set(table.columns) >= _FFCSV_MARKS:
        return _read_ffcsv(table)
    return _read_tidy(table)


def _read_tidy(table: TextTable) -> Delivered:
    names = {name.strip().lower(): name for name in table.columns}
    missing = [name for name in TIDY_REQUIRED if name not in names]
    unknown = [name for name in names if name not in (*TIDY_REQUIRED, *TIDY_OPTIONAL)]
    if missing or unknown:
        parts = []
        if missing:
            parts.append(f"Es fehlen die Spalten: {', '.join(missing)}.")
        if unknown:
            parts.append(f"Unbekannt sind die Spalten: {', '.join(unknown)}.")
        raise UnreadableError(Finding("header_unknown", row=1, hint=" ".join(parts)))
    optional = {
        name: pl.col(names[name]) if name in names else pl.lit("") for name in TIDY_OPTIONAL
    }
    rows = table.frame.select(
        "row",
        pl.col(names["area"]).str.strip_chars().alias("area_key"),
        pl.col(names["period"]).str.strip_chars().alias("period_raw"),
        pl.col(names["measure"]).str.strip_chars().alias("measure_key"),
        optional["breakdown"].alias("breakdown"),
        pl.lit("").alias("breakdown_label"),
        pl.col(names["value"]).alias("value_raw"),
        optional["status"].alias("status_raw"),
        optional["quality"].alias("quality_raw"),
    )
    columns = {
        "area": names["area"],
        "period": names["period"],
        "measure": names["measure"],
        "breakdown": names.get("breakdown", "breakdown"),
        "value": names["value"],
        "quality": names.get("quality", "quality"),
    }
    return Delivered(rows, "tidy_csv", "Tabelle (CSV)", table.notes, columns)


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    text = format(Decimal(repr(value)), "f")
    # JSON's point is a decimal point: with a fourth digit behind it nobody takes it for thousands
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _read_json(data: bytes) -> Delivered:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        hint = f"Das JSON ist fehlerhaft: {error.msg} in Zeile {error.lineno}."
        raise UnreadableError(Finding("no_table", row=error.lineno, hint=hint)) from None
    items = document.get("rows") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        hint = "Erwartet wird eine Liste von Objekten, auch unter „rows“."
        raise UnreadableError(Finding("header_unknown", hint=hint))
    known = {*TIDY_REQUIRED, *TIDY_OPTIONAL}
    for number, item in enumerate(items, start=1):
        missing = [name for name in ("area", "period", "measure") if name not in item]
        if "value" not in item and "status" not in item:
            missing.append("value")
        unknown = sorted(set(item) - known)
        if missing or unknown:
            hint = f"Eintrag {number}: es fehlt {', '.join(missing) or 'nichts'}"
            hint += f"; unbekannt ist {', '.join(unknown)}." if unknown else "."
            raise UnreadableError(Finding("header_unknown", row=number, hint=hint))
    if not items:
        raise UnreadableError(Finding("no_table", hint=WITHOUT_ROWS))
    texts = {
        name: [_text(item.get(name)) for item in items] for name in (*TIDY_REQUIRED, *TIDY_OPTIONAL)
    }
    for column in texts.values():
        for number, value in enumerate(column, start=1):
            if "\x00" in value:
                raise UnreadableError(Finding("no_table", row=number, hint=BINARY))
    rows = pl.DataFrame(
        {
            "row": pl.Series(range(1, len(items) + 1), dtype=pl.UInt32),
            "area_key": pl.Series(texts["area"], dtype=pl.String),
            "period_raw": pl.Series(texts["period"], dtype=pl.String),
            "measure_key": pl.Series(texts["measure"], dtype=pl.String),
            "breakdown": pl.Series(texts["breakdown"], dtype=pl.String),
            "breakdown_label": pl.Series([""] * len(items), dtype=pl.String),
            "value_raw": pl.Series(texts["value"], dtype=pl.String),
            "status_raw": pl.Series(texts["status"], dtype=pl.String),
            "quality_raw": pl.Series(texts["quality"], dtype=pl.String),
        }
    )
    columns = {
        name: name for name in ("area", "period", "measure", "breakdown", "value", "quality")
    }
    return Delivered(rows, "json", "JSON", (), columns)


def _read_ffcsv(table: TextTable) -> Delivered:
    frame = table.frame
    count = sum(
        1 for name in table.columns if name.endswith("_variable_code") and name[0].isdigit()
    )
    numbered = ("variable_code", "variable_attribute_code", "variable_label")
    needed = ["time", "value", "value_variable_code"]
    for number in range(1, count + 1):
        needed += [f"{number}_{name}" for name in (*numbered, "variable_attribute_label")]
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        hint = f"Der GENESIS-Tabelle fehlen die Spalten: {', '.join(missing)}."
        raise UnreadableError(Finding("header_unknown", row=1, hint=hint))
    area_number, area_key = _area_column(frame, count)
    others = [number for number in range(1, count + 1) if number != area_number]
    quality = pl.col("value_q") if "value_q" in frame.columns else pl.lit("")
    rows = frame.select(
        "row",
        area_key.str.strip_chars().alias("area_key"),
        _ffcsv_period(frame, count).alias("period_raw"),
        pl.col("value_variable_code").str.strip_chars().alias("measure_key"),
        _ffcsv_breakdown(others, "code").alias("breakdown"),
        _ffcsv_breakdown(others, "label").alias("breakdown_label"),
        pl.col("value").alias("value_raw"),
        pl.lit("").alias("status_raw"),
        quality.alias("quality_raw"),
    )
    columns = {
        "area": f"{area_number}_variable_attribute_code",
        "period": "time",
        "measure": "value_variable_code",
        "breakdown": "2_variable_attribute_code",
        "value": "value",
        "quality": "value_q",
    }
    return Delivered(rows, "ffcsv_2025", "GENESIS Flat File (ab 2025)", table.notes, columns)


def _area_column(frame: pl.DataFrame, count: int) -> tuple[int, pl.Expr]:
    """Which numbered variable holds the areas; the first one that does."""
    for number in range(1, count + 1):
        codes = set(frame[f"{number}_variable_code"].unique().to_list())
        if codes and codes <= AREA_VARIABLES:
            return number, pl.col(f"{number}_variable_attribute_code")
    hint = "Keine Spalte der GENESIS-Tabelle enthält Gebietsschlüssel."
    raise UnreadableError(Finding("header_unknown", row=1, hint=hint))


def _ffcsv_period(frame: pl.DataFrame, count: int) -> pl.Expr:
    """The period; where quarters are a variable of their own, year and quarter together."""
    for number in range(1, count + 1):
        if frame[f"{number}_variable_code"].first() == _QUARTER_VARIABLE:
            code = pl.col(f"{number}_variable_attribute_code")
            quarter = code.str.extract(r"(\d)$", 1).fill_null("?")
            return pl.col("time") + "-Q" + quarter
    return pl.col("time").str.strip_chars()


def _ffcsv_breakdown(others: list[int], what: str) -> pl.Expr:
    """Canonical breakdown (`what` = code) or its label, from the variables that are no area."""
    parts = []
    for number in others:
        is_total = (pl.col(f"{number}_variable_attribute_code") == "") | (
            pl.col(f"{number}_variable_code") == _QUARTER_VARIABLE
        )
        separator = "=" if what == "code" else ": "
        part = (
            pl.col(f"{number}_variable_{what}")
            + separator
            + pl.col(f"{number}_variable_attribute_{what}")
        )
        parts.append(pl.when(is_total).then(None).otherwise(part))
    if not parts:
        return pl.lit(TOTAL)
    joined = pl.concat_list(parts).list.drop_nulls()
    if what == "code":
        return joined.list.sort().list.join("|")
    return joined.list.join(", ")
