"""Finding the column that says where: by official keys, own numbers or names of areas."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl

from services.indicator_api.areas.rules import ags_of_ars, candidates_for_lost_zero, fold
from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.mapping.document import AreaSource
from services.indicator_api.deliveries.mapping.profiles import Column
from services.indicator_api.deliveries.mapping.words import AREA_NAMES, is_total

# how many of a column's texts must be understood for it to be proposed at all
_ENOUGH = 0.5
_LONGEST_OWN_NUMBER = 6
# „Köln, Stadt“, „Stadt Köln“, „Kreis Düren“: what is no part of the name
_TITLES = ("stadt", "kreisfreie stadt", "gemeinde", "kreis", "landkreis", "landeshauptstadt")
_KEY_LENGTHS_OF_OFFICE = frozenset({4, 5, 7, 8, 11, 12})


@dataclass(frozen=True, slots=True)
class AreaGuess:
    """How a column's texts lead to areas; `unknown` are texts that do not, `score` up to 3."""

    column: Column
    source: AreaSource
    score: float
    unknown: tuple[str, ...] = field(default=())


class AreaWords:
    """The register of areas by keys and, for those the sender answers for, by names."""

    def __init__(self, registers: Registers) -> None:
        areas = registers.areas
        self.keys = frozenset(areas["area_key"].to_list())
        own = areas.filter(pl.col("is_allowed"))
        self.own_keys = frozenset(own["area_key"].to_list())
        self._own = own.select("area_key", "area_name", "area_kind").unique()
        self._by_name: dict[str, list[tuple[str, str]]] | None = None
        # the one place that all the sender's areas lie in: „insgesamt“ means it
        self.root = registers.roots[0] if len(registers.roots) == 1 else None
        self._found: dict[tuple[str, str | None], str | None] = {}

    @property
    def by_name(self) -> dict[str, list[tuple[str, str]]]:
        """Kind and key of own areas by their folded names."""
        if self._by_name is None:
            self._by_name = {}
            for key, name, kind in self._own.iter_rows():
                if len(key) == 12 and ags_of_ars(key) in self.own_keys:
                    continue
                for form in _forms(name):
                    self._by_name.setdefault(form, []).append((kind, key))
        return self._by_name

    def key_named(self, text: str, kind: str | None) -> str | None:
        """The key of the one own area with this name, of `kind` where several have it.

        A total means the place that all own areas lie in. None if there is none, or no single one.
        """
        if (text, kind) not in self._found:
            areas = _areas_named(text, self)
            keys = {key for _, key in areas}
            if len(keys) > 1:
                keys = {key for own, key in areas if own == kind}
            if not areas and is_total(text) and self.root is not None:
                keys = {self.root}
            self._found[text, kind] = keys.pop() if len(keys) == 1 else None
        return self._found[text, kind]

    def is_key(self, text: str) -> bool:
        """Whether a text is a key of the register, also as an ARS of old."""
        return text in self.keys or ags_of_ars(text) in self.keys

    def has_lost_zero(self, text: str) -> bool:
        """Whether a text is a key of the register without its leading zero."""
        return not self.is_key(text) and candidates_for_lost_zero(text) in self.keys


def find_area(
    columns: Iterable[Column], words: AreaWords, sample: pl.DataFrame
) -> AreaGuess | None:
    """The column that says where, as a guess; None if there is none."""
    guesses = []
    for column in columns:
        if not column.texts or column.period_share > _ENOUGH:
            continue
        for guess in (_by_key(column, words), _by_number(column, words), _by_name(column, words)):
            if guess is not None:
                guesses.append(guess)
    if not guesses:
        return None
    best = max(guesses, key=lambda guess: (guess.score, -guess.column.place))
    # an official key that is not known means another area, whatever its name
    if not best.unknown or not best.source.prefix:
        return best
    return _helped_by_names(best, guesses, words, sample)


def _by_key(column: Column, words: AreaWords) -> AreaGuess | None:
    """A column of official keys, AGS, ARS and Kreis keys beside each other."""
    is_named = AREA_NAMES.search(column.folded) is not None
    exact = [text for text in column.texts if words.is_key(text)]
    lost = [text for text in column.texts if words.has_lost_zero(text)]
    known = len(exact) + len(lost)
    share = known / len(column.texts)
    if share < _ENOUGH and not (is_named and known and _are_official(column.texts)):
        return None
    is_like_keys = all(len(text) in _KEY_LENGTHS_OF_OFFICE for text in (*exact, *lost))
    if not is_named and (not is_like_keys or len(lost) > len(exact)):
        # small numbers are keys of Länder by chance
        return None
    seen = {*exact, *lost}
    unknown = tuple(text for text in column.texts if text not in seen)
    own = sum(text in words.own_keys for text in exact) / len(column.texts)
    score = share + 0.5 * is_named + 0.3 * is_like_keys + 0.2 * own
    return AreaGuess(column, AreaSource(column=column.name), score, unknown)


def _are_official(texts: Iterable[str]) -> bool:
    """Whether all texts have the form of official keys, of areas the register may not hold."""
    return all(text.isdigit() and len(text) in _KEY_LENGTHS_OF_OFFICE for text in texts)


def _by_number(column: Column, words: AreaWords) -> AreaGuess | None:
    """A column of own numbers that make own keys behind the municipality's key."""
    texts = [text for text in column.texts if text.isdigit() and len(text) <= _LONGEST_OWN_NUMBER]
    if len(texts) < _ENOUGH * len(column.texts) or not texts:
        return None
    is_named = AREA_NAMES.search(column.folded) is not None
    if not is_named and not column.holds_codes:
        # figures are the ends of some keys by chance
        return None
    best: AreaGuess | None = None
    widths = {0, *range(max(map(len, texts)), _LONGEST_OWN_NUMBER)}
    for digits in sorted(widths):
        numbers = {text: text.zfill(digits) for text in texts}
        counted = Counter(
            key.removesuffix(number)
            for number in set(numbers.values())
            for key in words.own_keys
            if len(key) > len(number) and key.endswith(number)
        )
        for prefix, count in counted.most_common(3):
            share = count / len(column.texts)
            is_whole_key = prefix in words.own_keys or prefix in words.keys
            if share < _ENOUGH or (count < 2 and not is_named):
                continue
            score = share + 0.4 * is_named + 0.2 * is_whole_key
            if best is None or score > best.score:
                known = {text for text in texts if prefix + numbers[text] in words.own_keys}
                source = AreaSource(column=column.name, prefix=prefix, digits=digits or None)
                unknown = tuple(text for text in column.texts if text not in known)
                best = AreaGuess(column, source, score, unknown)
    return best


def _by_name(column: Column, words: AreaWords) -> AreaGuess | None:
    """A column of the sender's own areas by name: the rule, for the next file names others.

    Where several areas have a name, the kind that most texts are names of is meant.
    """
    if column.holds_numbers:
        return None
    kinds = Counter(
        kind for text in column.texts for kind in {kind for kind, _ in _areas_named(text, words)}
    )
    kind = kinds.most_common(1)[0][0] if kinds else None
    known = [text for text in column.texts if words.key_named(text, kind) is not None]
    named = sum(not is_total(text) for text in known)
    if not named or len(known) < _ENOUGH * len(column.texts):
        return None
    is_named = AREA_NAMES.search(column.folded) is not None
    share = len(known) / len(column.texts)
    # keys tell more than names do
    score = 0.8 * share + 0.3 * is_named
    source = AreaSource(column=column.name, by_name=True, kind=kind)
    seen = set(known)
    unknown = tuple(text for text in column.texts if text not in seen)
    return AreaGuess(column, source, score, unknown)


def _areas_named(text: str, words: AreaWords) -> list[tuple[str, str]]:
    for form in _forms(text):
        if form in words.by_name:
            return words.by_name[form]
    return []


def _forms(name: str) -> list[str]:
    """A name as it may be written: whole, without its title, without what stands behind it."""
    forms = [fold(name), fold(name.partition(",")[0]), fold(name.partition("(")[0])]
    for title in _TITLES:
        if forms[0].startswith(f"{title} "):
            forms.append(forms[0].removeprefix(f"{title} "))
    # „101 Altstadt-Süd“
    plain = forms[0].lstrip("0123456789 ")
    return [form for form in dict.fromkeys((*forms, plain)) if form]


def _helped_by_names(
    best: AreaGuess, guesses: list[AreaGuess], words: AreaWords, sample: pl.DataFrame
) -> AreaGuess:
    """What the keys leave open, the names in another column may tell („000“, „Stadt Köln“)."""
    codes: dict[str, str] = {}
    for other in guesses:
        if other.column is best.column or not other.source.by_name:
            continue
        pairs = sample.select(f"c{best.column.place}", f"c{other.column.place}").unique()
        for text, name in pairs.iter_rows():
            if text in best.unknown:
                codes.setdefault(text, words.key_named(name, other.source.kind) or "")
    for text, name in _names_beside(best, words, sample):
        codes.setdefault(text, name)
    codes = {text: key for text, key in codes.items() if key}
    left = tuple(text for text in best.unknown if text not in codes)
    source = best.source.model_copy(update={"codes": best.source.codes | codes})
    return replace(best, source=source, unknown=left)


def _names_beside(
    best: AreaGuess, words: AreaWords, sample: pl.DataFrame
) -> Iterable[tuple[str, str]]:
    """Texts not known by number whose row names a town or Kreis of the sender's, or a total."""
    unknown = set(best.unknown)
    place = f"c{best.column.place}"
    rows = sample.filter(pl.col(place).is_in(list(unknown))).unique(place)
    for row in rows.drop("row").iter_rows(named=True):
        for name, cell in row.items():
            if name == place or not cell:
                continue
            keys = {key for kind, key in _areas_named(cell, words) if kind in _TOWNS}
            if len(keys) == 1:
                yield row[place], keys.pop()
                break


_TOWNS = frozenset({"gemeinde", "kreis"})
