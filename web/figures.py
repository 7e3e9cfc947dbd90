"""How a figure is read: its sign of missingness or quality, its interval, its rank, its direction.

A figure is never shown bare; `web.format` writes numbers, this module says what surrounds them.
The interval is called Schwankungsbereich: what such a count varies by, not a sampling error.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.indicator_types import Break, Observation, Polarity
from web.format import NOTHING, STATUS_WORDS, number, with_unit

QUALITY_SIGNS: dict[str, tuple[str, str]] = {
    "limited": ("( )", "eingeschränkt aussagekräftig"),
    "provisional": ("v", "vorläufig"),
    "estimated": ("s", "geschätzt"),
    "revised": ("r", "berichtigt"),
}
"""Sign and meaning of every quality; `limited` is set around the number, as the offices do."""

POLARITY_WORDS: dict[Polarity, str] = {
    "worse": "Je höher der Wert, desto ungünstiger die Lage.",
    "better": "Je höher der Wert, desto günstiger die Lage.",
    "context": "Der Wert beschreibt und wertet nicht: Hoch ist weder gut noch schlecht.",
}

BREAK_WORDS: dict[str, str] = {
    "definition": "Definition",
    "denominator_basis": "Nennerbasis",
    "area": "Gebietsstand",
}
"""What changed where a series breaks."""

_METHODS: dict[str, str] = {
    "key_change": "Nur der Schlüssel hat sich geändert",
    "merge": "Aus allen Teilen zusammengezählt",
    "estimate": "Schätzung nach einer Gebietsänderung",
    "set": "Aus den Teilen des Gebiets berechnet",
    "sum": "Summe aus Teilgebieten",
    "rolling3": "Mittel aus drei Jahren",
    "change": "Veränderung",
    "growth": "Veränderungsrate",
}


def figure(observation: Observation, decimals: int) -> str:
    """The figure as it stands in a table cell: the number with its quality sign, or a word."""
    if observation.status == "nothing":
        return NOTHING
    if observation.value is None:
        return STATUS_WORDS.get(observation.status, STATUS_WORDS["missing"]).short
    text = number(observation.value, decimals)
    letters = "".join(
        QUALITY_SIGNS[quality][0]
        for quality in observation.quality
        if quality in QUALITY_SIGNS and quality != "limited"
    )
    text = f"({text})" if "limited" in observation.quality else text
    return f"{text}\u202f{letters}" if letters else text


def quality_in_words(observation: Observation) -> str:
    """`vorläufig, geschätzt`; empty where there is nothing to say."""
    return ", ".join(
        QUALITY_SIGNS[quality][1] for quality in observation.quality if quality in QUALITY_SIGNS
    )


def figure_with_unit(observation: Observation, decimals: int, unit: str) -> str:
    """The figure for a sentence: `12,4 % (vorläufig)`; a word without a unit without a number."""
    if observation.value is None or observation.status == "nothing":
        return figure(observation, decimals)
    words = quality_in_words(observation)
    text = with_unit(observation.value, unit, decimals)
    return f"{text} ({words})" if words else text


def why_without(observation: Observation) -> str:
    """`Kein Wert, denn der Nenner ist null`; empty with a value, or where no more is known."""
    if observation.value is not None or observation.detail is None:
        return ""
    return observation.detail.rstrip(".")


def interval(observation: Observation, decimals: int) -> str:
    """The 95 % interval as `12,1–14,9`; empty where none is known."""
    if observation.lower is None or observation.upper is None:
        return ""
    return f"{number(observation.lower, decimals)}–{number(observation.upper, decimals)}"


def bounds(observation: Observation) -> tuple[float, float] | None:
    """The Schwankungsbereich as numbers; None where none is known."""
    if observation.lower is None or observation.upper is None:
        return None
    return observation.lower, observation.upper


def is_estimated(observation: Observation) -> bool:
    """Whether the figure is an estimate: by its source, or because its area changed."""
    derivation = observation.derivation
    return "estimated" in observation.quality or bool(derivation and derivation.is_estimated)


def derivation_in_words(observation: Observation) -> str:
    """How the figure was made: `Summe aus 38 von 46 Gemeinden`; empty where it was delivered.

    Empty too where there is none, and `why_without` says why.
    """
    derivation = observation.derivation
    if derivation is None or why_without(observation):
        return ""
    words = derivation.detail.rstrip(".") or _METHODS.get(derivation.method, derivation.method)
    if derivation.is_estimated and "schätz" not in words.lower():
        return f"{words} (Schätzung)"
    return words


def is_incomplete(observation: Observation) -> bool:
    """Whether parts are missing from a sum."""
    derivation = observation.derivation
    if derivation is None or derivation.parts is None or derivation.parts_expected is None:
        return False
    return derivation.parts < derivation.parts_expected


def needs_remark(observation: Observation) -> bool:
    """Whether how it was made must stand beside this one figure, not once below all of them."""
    return is_estimated(observation) or is_incomplete(observation)


def is_as_asked(observation: Observation) -> bool:
    """Whether the figure was only made into what the reader asked for: a mean, a change."""
    derivation = observation.derivation
    return derivation is not None and derivation.method in {"rolling3", "change", "growth"}


def is_fragment(observation: Observation) -> bool:
    """Whether less than half of the parts are in a sum: it tells of them, not of the whole."""
    derivation = observation.derivation
    if derivation is None or derivation.parts is None or not derivation.parts_expected:
        return False
    return 2 * derivation.parts < derivation.parts_expected


def break_in_words(found: Break) -> str:
    """`Definition: ab 2023 mit …`: what changed, and how."""
    name = BREAK_WORDS.get(found.kind, "Bruch")
    return f"{name}: {found.detail}" if found.detail else name


def may_be_equal(one: Observation, other: Observation) -> bool:
    """Whether the Schwankungsbereiche overlap: the difference is not sure.

    False where neither has one: then nothing can be said. Overlap is the cautious test: where
    the ranges overlap a little, the figures may still differ.
    """
    if one.value is None or other.value is None:
        return False
    if bounds(one) is None and bounds(other) is None:
        return False
    return _lower(one) <= _upper(other) and _lower(other) <= _upper(one)


def stands_to(one: Observation, other: Observation, name: str, decimals: int, unit: str) -> str:
    """`2,1 Prozentpunkte höher als Musterstadt (9,8)`; empty without two figures."""
    if one.value is None or other.value is None:
        return ""
    shown = figure(other, decimals)
    if may_be_equal(one, other):
        return f"nicht sicher verschieden von {name} ({shown})"
    return f"{difference(one.value, other.value, decimals, unit)} {name} ({shown})"


def signs_used(observations: Sequence[Observation]) -> list[tuple[str, str]]:
    """Sign and meaning of every status and quality among the observations, each sign once."""
    found: dict[str, str] = {}
    for status, word in STATUS_WORDS.items():
        if any(observation.status == status for observation in observations):
            known = found.get(word.short)
            found[word.short] = f"{known}; {word.meaning}" if known else word.meaning
    for quality, (sign, meaning) in QUALITY_SIGNS.items():
        if any(quality in observation.quality for observation in observations):
            found[sign] = meaning
    return list(found.items())


def difference(value: float, other: float, decimals: int, unit: str) -> str:
    """How `value` stands to `other`: `2,1 Prozentpunkte höher als`, `5,4-mal so hoch wie`."""
    if number(value, decimals) == number(other, decimals):
        return "so hoch wie"
    # From the figures as they are shown: whoever subtracts them must come to the same.
    value, other = round(value, decimals), round(other, decimals)
    word = "höher als" if value > other else "niedriger als"
    if unit == "%":
        return f"{with_unit(abs(value - other), 'Prozentpunkte', max(decimals, 1))} {word}"
    if other > 0 and value >= 2 * other:
        return f"{number(value / other, 1)}-mal so hoch wie"
    share = abs(value / other - 1) * 100 if other > 0 else 0
    if share >= 1:
        return f"{with_unit(share, '%', 0)} {word}"
    return f"{with_unit(abs(value - other), unit, decimals)} {word}"


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
    def text(self) -> str:
        """`12`, or `12 (8–19)` where intervals leave it open."""
        if not self.has_interval or self.best == self.worst:
            return str(self.place)
        return f"{self.place} ({self.best}–{self.worst})"

    @property
    def words(self) -> str:
        """`Rang 12 von 53, wegen der Unsicherheit zwischen 8 und 19`."""
        text = f"Rang {self.place} von {self.of}"
        if not self.has_interval:
            return f"{text}, Unsicherheit nicht ausgewiesen"
        if self.best == self.worst:
            return f"{text}, auch mit Unsicherheit"
        return f"{text}, wegen der Unsicherheit zwischen {self.best} und {self.worst}"


def ranks(observations: Sequence[Observation]) -> dict[str, Rank]:
    """The rank of each area that has a value; equal values share the better place."""
    valued = [item for item in observations if item.value is not None]
    values = sorted((item.value or 0.0 for item in valued), reverse=True)
    places: dict[float, int] = {}
    for place, value in enumerate(values, start=1):
        places.setdefault(value, place)
    lowers = sorted(_lower(item) for item in valued)
    uppers = sorted(_upper(item) for item in valued)
    ranked: dict[str, Rank] = {}
    for item in valued:
        surely_above = len(valued) - bisect_right(lowers, _upper(item))
        surely_below = bisect_left(uppers, _lower(item))
        place = places[item.value or 0.0]
        ranked[item.area] = Rank(
            place=place,
            of=len(valued),
            best=min(place, 1 + surely_above),
            worst=max(place, len(valued) - surely_below),
            has_interval=item.lower is not None and item.upper is not None,
        )
    return ranked


def _lower(item: Observation) -> float:
    return item.lower if item.lower is not None else item.value or 0.0


def _upper(item: Observation) -> float:
    return item.upper if item.upper is not None else item.value or 0.0
