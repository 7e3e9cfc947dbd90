"""German words for figures: numbers, intervals, signs of missingness and quality, ranks.

A figure is never shown bare: these functions give its text, its unit, and what a person has to
know to read it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal

from web.clients.indicator_types import Observation, Polarity

LOCALE = "de_DE"

STATUS_SIGNS: dict[str, tuple[str, str]] = {
    "nothing": ("–", "nichts vorhanden (genau null)"),
    "unknown": (".", "Wert unbekannt oder geheim gehalten, so von der Quelle geliefert"),
    "unreliable": ("/", "kein Wert, weil die Stichprobe dafür zu klein ist"),
    "blocked": ("x", "kein Wert möglich, weil die Frage hier nicht sinnvoll ist"),
    "later": ("…", "der Wert folgt später"),
    "not_available": ("k. A.", "die Quelle enthält für dieses Gebiet keine Angabe"),
    "hidden": ("geheim", "verborgen, damit niemand in der Zahl erkannt werden kann"),
    "missing": ("k. A.", "für dieses Gebiet liegt keine Angabe vor"),
}
"""Sign and meaning of every status but `value`; the offices' own signs where they have one."""

QUALITY_SIGNS: dict[str, tuple[str, str]] = {
    "limited": (
        "( )",
        "Wert in Klammern: eingeschränkt aussagefähig, aus einer kleinen Stichprobe",
    ),
    "provisional": ("p", "vorläufiger Wert"),
    "estimated": ("s", "geschätzter Wert"),
    "revised": ("r", "berichtigter Wert"),
}

POLARITY_WORDS: dict[Polarity, str] = {
    "worse": "Je höher der Wert, desto ungünstiger die Lage.",
    "better": "Je höher der Wert, desto günstiger die Lage.",
    "context": "Der Wert beschreibt und wertet nicht: hoch ist weder gut noch schlecht.",
}


def number(value: float, decimals: int) -> str:
    """The value with fixed decimals and points between thousands, as in `1.234,5`."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals > 0 else "")
    return format_decimal(value, format=pattern, locale=LOCALE).replace("-", "−")


def with_unit(text: str, unit: str) -> str:
    """Number and unit with a space that does not break; counts (`Personen`) likewise."""
    return f"{text}\u00a0{unit}" if unit else text


def figure(observation: Observation, decimals: int) -> str:
    """The figure as it stands in a table cell: the number with its quality sign, or the sign."""
    if observation.status != "value" or observation.value is None:
        return STATUS_SIGNS.get(observation.status, STATUS_SIGNS["missing"])[0]
    text = number(observation.value, decimals)
    letters = "".join(
        QUALITY_SIGNS[quality][0]
        for quality in observation.quality
        if quality in QUALITY_SIGNS and quality != "limited"
    )
    text = f"({text})" if "limited" in observation.quality else text
    return f"{text}\u202f{letters}" if letters else text


def figure_in_words(observation: Observation, decimals: int, unit: str) -> str:
    """The figure for a sentence: with its unit, or the meaning of what stands in its place."""
    if observation.status != "value" or observation.value is None:
        sign, meaning = STATUS_SIGNS.get(observation.status, STATUS_SIGNS["missing"])
        return f"{sign} ({meaning})"
    return with_unit(figure(observation, decimals), unit)


def interval(observation: Observation, decimals: int) -> str | None:
    """The 95 % interval as `12,1 bis 14,9`; None where none is known."""
    if observation.lower is None or observation.upper is None:
        return None
    return f"{number(observation.lower, decimals)} bis {number(observation.upper, decimals)}"


def signs_used(observations: Sequence[Observation]) -> list[tuple[str, str]]:
    """Sign and meaning of every status and quality among the observations, each once."""
    found: dict[str, str] = {}
    for status, (sign, meaning) in STATUS_SIGNS.items():
        if any(observation.status == status for observation in observations):
            found[sign] = f"{found[sign]}; {meaning}" if sign in found else meaning
    for quality, (sign, meaning) in QUALITY_SIGNS.items():
        if any(quality in observation.quality for observation in observations):
            found[sign] = meaning
    return list(found.items())


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in the order of values, highest first, with the places it may as well have.

    `best` and `worst` come from the intervals: areas whose intervals overlap may change places.
    """

    place: int
    of: int
    best: int
    worst: int
    has_interval: bool

    @property
    def words(self) -> str:
        """`Rang 12 von 53 (mit Unsicherheit 8 bis 19)`."""
        text = f"Rang {self.place} von {self.of}"
        if not self.has_interval:
            return text
        if self.best == self.worst:
            return f"{text} (auch mit Unsicherheit)"
        return f"{text} (mit Unsicherheit {self.best} bis {self.worst})"


def ranks(observations: Sequence[Observation]) -> dict[str, Rank]:
    """The rank of each area that has a value; equal values share the better place."""
    valued = [item for item in observations if item.status == "value" and item.value is not None]
    values = sorted((item.value for item in valued if item.value is not None), reverse=True)
    places: dict[float, int] = {}
    for place, value in enumerate(values, start=1):
        places.setdefault(value, place)
    lowers = sorted(_lower(item) for item in valued)
    uppers = sorted(_upper(item) for item in valued)
    ranked: dict[str, Rank] = {}
    for item in valued:
        surely_above = len(valued) - bisect_right(lowers, _upper(item))
        surely_below = bisect_left(uppers, _lower(item))
        has_interval = item.lower is not None and item.upper is not None
        place = places[item.value or 0.0]
        ranked[item.area] = Rank(
            place=place,
            of=len(valued),
            best=min(place, 1 + surely_above),
            worst=max(place, len(valued) - surely_below),
            has_interval=has_interval,
        )
    return ranked


def _lower(item: Observation) -> float:
    return item.lower if item.lower is not None else item.value or 0.0


def _upper(item: Observation) -> float:
    return item.upper if item.upper is not None else item.value or 0.0
