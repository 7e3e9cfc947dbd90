"""Numbers as they are written in German and English files, and the signs in their place."""

from dataclasses import dataclass
from enum import IntEnum

import polars as pl

from services.indicator_api.facts.status import QUALITY_SIGNS, SIGNS, Quality, Status

_PLAIN = r"^[+-]?\d+$"
_COMMA = r"^[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+),\d+$"
_POINT = r"^[+-]?\d*\.\d+$"
_POINT_OR_THOUSANDS = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$"
_BRACKETS = r"^\((.+)\)$"
_SPACE = r"[ \u00a0\u202f\u2009]"
_SPACED = r"^[+-]?[1-9]\d{0,2}([ \u00a0\u202f\u2009]\d{3})+([,.]\d+)?$"
_TEXT_COLUMNS = ["value_raw", "status_raw", "quality_raw"]
SIGNS_BY_TEXT = {text: int(status) for text, status in SIGNS.items()}
QUALITY_BY_TEXT = {"": 0} | {text: int(quality) for text, quality in QUALITY_SIGNS.items()}


class Form(IntEnum):
    """How certain it is what a written number means before the whole file is known."""

    SETTLED = 0
    # `1.234`: a decimal point or one that groups thousands; given as decimal
    OPEN = 1
    # `1.5`: a decimal point and nothing else
    POINT = 2


@dataclass(frozen=True, slots=True)
class Notation:
    """How a file writes numbers: whether a point is a decimal mark, or groups thousands.

    If it groups thousands, an open number is a thousand times what it was given as, and one with
    a decimal point is invalid. If it is not certain, an open number is ambiguous.
    """

    point_is_decimal: bool
    is_certain: bool


class NumberReader:
    """Reads a file's values batch by batch; what only the whole file tells is said at the end."""

    def __init__(self) -> None:
        self._has_german = False
        self._has_point = False

    def read(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Add `value` (float or null), `status`, `quality`, `problem` (null or a finding's code)
        and `form` (see `Form`).

        Reads the text columns `value_raw`, `status_raw` (a sign, may be empty) and `quality_raw`.
        A value in brackets is one of limited reliability; a sign may stand in the value's place.
        Whole numbers without any sign are most of all values and nothing can be wrong with them:
        only the other rows are looked at closely.
        """
        whole = batch["value_raw"].cast(pl.Int64, strict=False)
        is_plain = whole.is_not_null() & (batch["status_raw"] == "")
        quality = _looked_up(batch["quality_raw"], QUALITY_BY_TEXT)
        if quality.null_count():
            is_plain &= quality.is_not_null()
        read = batch.select(
            whole.cast(pl.Float64).alias("value"),
            pl.lit(int(Status.VALUE), dtype=pl.Int16).alias("status"),
            quality.alias("quality"),
            pl.lit(None, dtype=pl.String).alias("problem"),
            pl.lit(int(Form.SETTLED), dtype=pl.UInt8).alias("form"),
        )
        places = is_plain.not_().arg_true()
        if places.len():
            closely = self._read_closely(batch.select(_TEXT_COLUMNS)[places])
            read = read.with_columns(
                read[name].scatter(places, closely[name]) for name in read.columns
            )
        return batch.with_columns(read.get_columns())

    def notation(self) -> Notation:
        """How the numbers read so far are written.

        `1.234` alone could be either: it is settled by any other value that can be only one.
        """
        if self._has_german:
            return Notation(point_is_decimal=False, is_certain=not self._has_point)
        return Notation(point_is_decimal=True, is_certain=self._has_point)

    def _read_closely(self, texts: pl.DataFrame) -> pl.DataFrame:
        """The same for values of any notation, with signs or brackets."""
        texts = texts.select(pl.col(_TEXT_COLUMNS).str.strip_chars())
        bare, is_bracketed = _without_brackets(texts["value_raw"])
        bare = _without_spaces(bare)
        has_comma, has_point = (_any_with(bare, sign) for sign in (",", "."))
        never = pl.repeat(False, bare.len(), dtype=pl.Boolean, eager=True)
        is_comma = bare.str.contains(_COMMA) if has_comma else never
        is_grouped = bare.str.contains(_THOUSANDS) if has_point else never
        is_point = bare.str.contains(_POINT) if has_point else never
        is_open = bare.str.contains(_POINT_OR_THOUSANDS) if has_point else never
        is_german = is_comma | is_grouped
        self._has_german |= bool(is_german.any())
        self._has_point |= bool((is_point & ~is_open).any())
        sign = pl.when(pl.col("status_raw") != "").then("status_raw").otherwise("bare")
        texts = texts.with_columns(
            bare.alias("bare"),
            is_bracketed.alias("is_bracketed"),
            is_german.alias("is_german"),
            is_point.alias("has_point"),
            is_open.alias("is_open"),
            _as_number(bare, is_german, is_point).alias("number"),
            _looked_up(texts["quality_raw"], QUALITY_BY_TEXT).alias("quality"),
        ).with_columns(sign.alias("sign"))
        texts = texts.with_columns(_looked_up(texts["sign"], SIGNS_BY_TEXT).alias("sign"))
        return texts.select(
            _value(), _status(), _quality().alias("quality"), _problem(), _form().alias("form")
        )


def _any_with(texts: pl.Series, sign: str) -> bool:
    return bool(texts.str.contains(sign, literal=True).any())


def _without_brackets(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts without brackets around them, and which had some."""
    is_bracketed = texts.str.starts_with("(") & texts.str.ends_with(")")
    if not is_bracketed.any():
        return texts, is_bracketed
    inner = texts.str.extract(_BRACKETS, 1)
    is_bracketed = inner.is_not_null()
    return inner.fill_null(texts), is_bracketed


def _without_spaces(texts: pl.Series) -> pl.Series:
    """Numbers without the spaces that group their digits (DIN 5008), which mean nothing else."""
    places = texts.str.contains(_SPACED).arg_true() if texts.str.contains(_SPACE).any() else None
    if places is None or not places.len():
        return texts
    return texts.scatter(places, texts.gather(places).str.replace_all(_SPACE, ""))


def _looked_up(texts: pl.Series, codes: dict[str, int]) -> pl.Series:
    """The code of each text, null for those that have none."""
    known = pl.Enum(list(codes))
    numbers = pl.Series(list(codes.values()), dtype=pl.Int16)
    return numbers.gather(texts.cast(known, strict=False).to_physical())


def _as_number(bare: pl.Series, is_german: pl.Series, is_point: pl.Series) -> pl.Series:
    if is_german.any():
        german = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        bare = bare.zip_with(~is_german, german)
    is_plain = pl.repeat(True, bare.len(), dtype=pl.Boolean, eager=True)
    is_known = is_german | is_point
    if not is_known.all():
        is_plain = is_known | bare.str.contains(_PLAIN)
    number = bare.cast(pl.Float64, strict=False)
    # hundreds of digits are more than a float holds
    is_number = is_plain & number.is_finite()
    return number.set(~is_number.fill_null(value=False), None)


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


def _form() -> pl.Expr:
    is_number = pl.col("sign").is_null()
    return (
        pl.when(is_number & pl.col("is_open"))
        .then(int(Form.OPEN))
        .when(is_number & pl.col("has_point") & ~pl.col("is_german"))
        .then(int(Form.POINT))
        .otherwise(int(Form.SETTLED))
        .cast(pl.UInt8)
    )


def _problem() -> pl.Expr:
    is_sign = pl.col("sign").is_not_null()
    return (
        pl.when(pl.col("quality").is_null())
        .then(pl.lit("quality_unknown"))
        .when(~is_sign & (pl.col("status_raw") != "") & (pl.col("status_raw") != "value"))
        .then(pl.lit("number_invalid"))
        .when(~is_sign & (pl.col("bare") == ""))
        .then(pl.lit("value_missing"))
        .when(~is_sign & pl.col("number").is_null())
        .then(pl.lit("number_invalid"))
        .otherwise(None)
        .alias("problem")
    )
