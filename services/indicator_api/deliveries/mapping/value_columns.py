"""Finding the columns of values, and what their heads say: measure, period, breakdown."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.indicator_api.deliveries.mapping.measure_words import MeasureGuess, MeasureWords
from services.indicator_api.deliveries.mapping.period_texts import period_in
from services.indicator_api.deliveries.mapping.profiles import Column
from services.indicator_api.deliveries.mapping.words import (
    IN_THOUSANDS,
    attribute_of,
    is_total,
    variable_of,
)

_OTHER_VARIABLE = "MERKMAL"
# heads that only say that figures stand below
_NO_MEASURE = frozenset({"wert", "werte", "value", "zahl", "anzahl", "betrag", "haufigkeit"})


@dataclass(slots=True)
class ValueHead:
    """What the head of a column of values says; `rest` is what was not understood."""

    column: Column
    period: str | None = None
    measure: MeasureGuess | None = None
    breakdown: dict[str, str] = field(default_factory=dict)
    rest: str = ""
    is_in_thousands: bool = False


def read_head(column: Column, words: MeasureWords) -> ValueHead:
    """Take a column's head apart."""
    head = ValueHead(column)
    text = column.name
    found = period_in(text)
    if found is not None:
        head.period, text = found
    if IN_THOUSANDS.search(column.folded):
        head.is_in_thousands = True
    rests = []
    for part in filter(None, (part.strip() for part in text.split(" / "))):
        if not _take_part(part, head, words):
            rests.append(part)
    head.rest = " / ".join(rests)
    return head


def _take_part(part: str, head: ValueHead, words: MeasureWords) -> bool:
    """Whether a part of a head is understood: a total, an attribute, a measure, or both."""
    attribute = attribute_of(part)
    if attribute is not None:
        head.breakdown[attribute[0]] = attribute[1]
        return True
    if is_total(part):
        return True
    guess = words.find(part)
    if guess is not None and guess.is_certain:
        head.measure = guess
        return True
    plain, attributes = _without_attributes(part)
    if attributes:
        again = words.find(plain)
        if again is not None and again.is_certain:
            head.measure = again
            head.breakdown |= attributes
            return True
    if guess is not None and head.measure is None:
        head.measure = guess
        return True
    return False


def _without_attributes(text: str) -> tuple[str, dict[str, str]]:
    """„Einwohner weiblich“ is „Einwohner“, split by sex."""
    kept, attributes = [], {}
    for word in text.replace(",", " ").replace("(", " ").replace(")", " ").split():
        attribute = attribute_of(word) if len(word) > 1 else None
        if attribute is None:
            kept.append(word)
        else:
            attributes[attribute[0]] = attribute[1]
    return " ".join(kept), attributes


def find_values(columns: Iterable[Column], words: MeasureWords) -> list[ValueHead]:
    """The columns of values among those that say nothing else, their heads read."""
    numeric = [column for column in columns if column.holds_numbers]
    figures = [column for column in numeric if not column.holds_codes]
    return [read_head(column, words) for column in figures]


def settle_rests(heads: list[ValueHead]) -> None:
    """What no register knows: where heads differ in it, it splits the figures; else it is none.

    „Einwohner / 0 bis unter 6“ beside „Einwohner / 6 bis unter 18“: attributes of a variable that
    nobody named.
    """
    rests = {head.rest for head in heads}
    if len(rests) < 2:
        return
    has_measure = any(head.measure is not None for head in heads)
    for head in heads:
        if head.rest and has_measure and head.measure is not None:
            head.breakdown[_OTHER_VARIABLE] = head.rest
            head.rest = ""


def says_nothing(head: ValueHead) -> bool:
    """Whether a head only says that figures stand below it („Wert“)."""
    return not head.rest or head.rest.casefold().strip() in _NO_MEASURE


def variable_from(heading: str) -> str:
    """The variable's code from what a table is called."""
    return variable_of(heading)
