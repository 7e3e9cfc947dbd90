"""Numbers as they are written in German and English files, and the signs in their place."""

from dataclasses import dataclass

import polars as pl

from services.indicator_api.facts.status import QUALITY_SIGNS, SIGNS, Quality, Status

_PLAIN = r"^[+-]?\d+$"
_COMMA = r"^[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+),\d+$"
_POINT = r"^[+-]?\d*\.\d+$"
_POINT_OR_THOUSANDS = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$"
_BRACKETS = r"^\((.+)\)$"
_TEXT_COLUMNS = ["value_raw", "status_raw", "quality_raw"]


@dataclass(frozen=True, slots=True)
class Notation:
    """How a file writes numbers: whether a point is a decimal mark, or groups thousands."""

    point_is_decimal: bool
    is_certain: bool


def notation_of(values: pl.Series) -> Notation:
    """Infer the notation from all of a file's values.

    `1.234` alone could be either: it is settled by any other value that can be only one.
    """
    has_comma = bool(values.str.contains(_COMMA).any())
    groups = bool(values.str.contains(_THOUSANDS).any())
    has_point = bool(
        (values.str.contains(_POINT) & ~values.str.contains(_POINT_OR_THOUSANDS)).any()
    )
    if has_comma or groups:
        return Notation(point_is_decimal=False, is_certain=not has_point)
    return Notation(point_is_decimal=True, is_certain=has_point)


def _as_number(text: pl.Expr, notation: Notation) -> pl.Expr:
    plain = pl.when(text.str.contains(_PLAIN)).then(text)
    if notation.point_is_decimal:
        readable = plain.when(text.str.contains(_POINT)).then(text)
    else:
        german = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        is_german = (
            text.str.contains(_COMMA)
            | text.str.contains(_THOUSANDS)
            | text.str.contains(_POINT_OR_THOUSANDS)
        )
        readable = plain.when(is_german).then(german)
    number = readable.otherwise(None).cast(pl.Float64, strict=False)
    # hundreds of digits are more than a float holds
    return pl.when(number.is_finite()).then(number)


def with_values(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `value` (float or null), `status`, `quality` and `problem` (null or a finding's code).

    Reads the text columns `value_raw`, `status_raw` (a sign, may be empty) and `quality_raw`.
    A value in brackets is one of limited reliability; a sign may stand in the value's place.
    Whole numbers without any sign are most of all values and nothing can be wrong with them:
    only the other rows are looked at closely.
    """
    whole = frame["value_raw"].cast(pl.Int64, strict=False)
    is_plain = whole.is_not_null() & (frame["status_raw"] == "") & (frame["quality_raw"] == "")
    read = frame.select(
        whole.cast(pl.Float64).alias("value"),
        pl.lit(int(Status.VALUE), dtype=pl.Int16).alias("status"),
        pl.lit(0, dtype=pl.Int16).alias("quality"),
        pl.lit(None, dtype=pl.String).alias("problem"),
    )
    places = is_plain.not_().arg_true()
    if places.len():
        closely = _read_closely(frame.select(_TEXT_COLUMNS)[places])
        read = read.with_columns(read[name].scatter(places, closely[name]) for name in read.columns)
    return frame.with_columns(read.get_columns())


def _read_closely(frame: pl.DataFrame) -> pl.DataFrame:
    """The same for values of any notation, with signs or brackets."""
    frame = frame.select(pl.col(_TEXT_COLUMNS).str.strip_chars())
    bracketed = pl.col("value_raw").str.contains(_BRACKETS)
    frame = frame.with_columns(
        pl.when(bracketed)
        .then(pl.col("value_raw").str.extract(_BRACKETS, 1))
        .otherwise(pl.col("value_raw"))
        .alias("bare"),
        bracketed.alias("is_bracketed"),
    )
    # whole numbers, which are not among these rows, tell nothing about the notation
    notation = notation_of(frame["bare"])
    sign = pl.when(pl.col("status_raw") != "").then("status_raw").otherwise("bare")
    frame = frame.with_columns(
        _as_number(pl.col("bare"), notation).alias("number"),
        sign.replace_strict(SIGNS_BY_TEXT, default=None, return_dtype=pl.Int16).alias("sign"),
        pl.col("quality_raw")
        .replace_strict(QUALITY_BY_TEXT, default=None, return_dtype=pl.Int16)
        .alias("quality"),
    )
    return frame.select(_value(), _status(), _quality().alias("quality"), _problem(notation))


SIGNS_BY_TEXT = {text: int(status) for text, status in SIGNS.items()}
QUALITY_BY_TEXT = {"": 0} | {text: int(quality) for text, quality in QUALITY_SIGNS.items()}


def _value() -> pl.Expr:
    return (
        pl.when(pl.col("sign") == int(Status.NOTHING))
        .then(0.0)
        .when(pl.col("sign").is_null())
        .then(pl.col("number"))
        .otherwise(None)
        .alias("value")
    )


def _status() -> pl.Expr:
    return pl.col("sign").fill_null(int(Status.VALUE)).cast(pl.Int16).alias("status")


def _quality() -> pl.Expr:
    return (
        pl.col("quality").fill_null(0)
        | pl.when(pl.col("is_bracketed")).then(int(Quality.LIMITED)).otherwise(0)
    ).cast(pl.Int16)


def _problem(notation: Notation) -> pl.Expr:
    is_sign = pl.col("sign").is_not_null()
    problem = (
        pl.when(pl.col("quality").is_null())
        .then(pl.lit("quality_unknown"))
        .when(~is_sign & (pl.col("status_raw") != "") & (pl.col("status_raw") != "value"))
        .then(pl.lit("number_invalid"))
        .when(~is_sign & (pl.col("bare") == ""))
        .then(pl.lit("value_missing"))
        .when(~is_sign & pl.col("number").is_null())
        .then(pl.lit("number_invalid"))
    )
    if not notation.is_certain:
        ambiguous = ~is_sign & pl.col("bare").str.contains(_POINT_OR_THOUSANDS)
        problem = problem.when(ambiguous).then(pl.lit("number_ambiguous"))
    return problem.otherwise(None).alias("problem")
