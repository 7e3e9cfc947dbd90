"""The tidy table: one row a figure, columns named as the API names them."""

import polars as pl

from services.indicator_api.deliveries.reading.delivered import Delivered, from_table
from services.indicator_api.deliveries.reading.raw import RawTable

REQUIRED = ("area", "period", "measure", "value")
OPTIONAL = ("breakdown", "status", "quality")
_FORMATS = {
    "csv": ("tidy_csv", "Tabelle (CSV)"),
    "json": ("json", "JSON"),
    "xlsx": ("tidy_xlsx", "Tabelle (Excel)"),
    "xls": ("tidy_xls", "Tabelle (Excel)"),
    "ods": ("tidy_ods", "Tabelle (OpenDocument)"),
}


def recognise_tidy(table: RawTable) -> Delivered | None:
    """The delivery, if the table has all columns of a tidy one and no others."""
    places = {name.strip().lower(): number for number, name in enumerate(table.names)}
    required = set(REQUIRED)
    if table.kind == "json" and "status" in places:
        # an entry without a figure may give its status alone
        required.discard("value")
    if len(table.header) != 1 or len(places) != len(table.names):
        return None
    if not required <= places.keys() <= {*REQUIRED, *OPTIONAL}:
        return None

    def text(name: str) -> pl.Expr:
        return pl.col(f"c{places[name]}") if name in places else pl.lit("")

    def rows_of(batch: pl.DataFrame) -> pl.DataFrame:
        return batch.select(
            "row",
            text("area").str.strip_chars().alias("area_key"),
            text("period").str.strip_chars().alias("period_raw"),
            text("measure").str.strip_chars().alias("measure_key"),
            text("breakdown").alias("breakdown"),
            pl.lit("").alias("breakdown_label"),
            text("value").alias("value_raw"),
            text("status").alias("status_raw"),
            text("quality").alias("quality_raw"),
            pl.lit("").alias("value_column"),
        )

    columns = {
        name: table.names[places[name]] if name in places else name
        for name in (*REQUIRED, *OPTIONAL)
    }
    name, label = _FORMATS[table.kind]
    return from_table(table, name, label, columns, rows_of)
