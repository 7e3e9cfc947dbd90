"""Which format an answer has: as `?f=` says, else as `Accept` asks (RFC 9110 section 12.5.1)."""

from collections.abc import Mapping, Sequence
from typing import Literal

from services.shared.problems import NotAcceptable

Format = Literal["json", "csv", "xlsx", "parquet", "geojson"]
# The order is that of preference where a client takes several alike.
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}


def choose_format(
    accept: str | None, asked: str | None, offered: Mapping[Format, str] = MEDIA_TYPES
) -> Format:
    """The format to answer in; raises `NotAcceptable` (406) if none of them is accepted.

    `asked` is the parameter `f`, which wins: it is one of `offered`. Without both it is the
    first that is offered.
    """
    if asked is not None:
        return next(form for form in offered if form == asked)
    if accept is None or not accept.strip():
        return next(iter(offered))
    ranges = [parsed for part in accept.split(",") if (parsed := _range(part)) is not None]
    best: tuple[float, Format] | None = None
    for form, media_type in offered.items():
        quality = _quality(media_type, ranges)
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, form)
    if best is None:
        raise _not_acceptable(offered)
    return best[1]


def choose_language(
    accept: str | None, asked: str | None, offered: Sequence[str] = ("de", "en")
) -> str:
    """The language to answer in: as asked, else as `Accept-Language` says (RFC 9110 12.5.4).

    The first that is offered, where none is accepted: words in it are better than none.
    """
    if asked is not None:
        return asked
    best, weight = offered[0], 0.0
    for part in (accept or "").split(","):
        tag, _, parameter = part.strip().lower().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name == "q" else 1.0
        except ValueError:
            continue
        language = offered[0] if tag == "*" else tag.split("-")[0]
        if language in offered and quality > weight:
            best, weight = language, quality
    return best


def _range(part: str) -> tuple[str, float] | None:
    """A media range and its weight; None if it is malformed."""
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if media_range.count("/") != 1:
        return None
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
    # a weight that is no number of the range is none
    return (media_range, weight) if 0 <= weight <= 1 else None


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most specific range that a media type falls under; 0 without any."""
    by_range = dict(reversed(ranges))
    for candidate in (media_type, f"{media_type.split('/')[0]}/*", "*/*"):
        if candidate in by_range:
            return by_range[candidate]
    return 0.0


def _not_acceptable(offered: Mapping[Format, str]) -> NotAcceptable:
    possible = ", ".join(f"{media_type} (f={form})" for form, media_type in offered.items())
    return NotAcceptable(
        "not_acceptable",
        f"In den Formaten, die Ihr Programm annimmt (Kopf „Accept“), gibt es diese Antwort "
        f"nicht. Möglich sind: {possible}.",
        offered=list(offered.values()),
    )
