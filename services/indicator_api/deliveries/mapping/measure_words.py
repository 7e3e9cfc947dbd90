"""Finding the measure that a text means."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.indicator_api.areas.rules import fold
from services.indicator_api.deliveries.checking.registers import MeasureEntry
from services.indicator_api.deliveries.mapping.words import tokens_of

# From here on a measure is taken for the one that is meant, below it somebody should look.
CERTAIN = 0.75
POSSIBLE = 0.4
_EXACT = 1.0


@dataclass(frozen=True, slots=True)
class MeasureGuess:
    """A measure by its code, and how certain (up to 1) it is the one meant."""

    code: str
    certainty: float

    @property
    def is_certain(self) -> bool:
        """Whether it can be proposed without a question."""
        return self.certainty >= CERTAIN


class MeasureWords:
    """The registered measures by codes, source codes, names and the words in them."""

    def __init__(self, measures: Mapping[str, MeasureEntry]) -> None:
        self._exact: dict[str, str] = {}
        self._tokens: dict[str, frozenset[str]] = {}
        for key, entry in measures.items():
            self._exact.setdefault(fold(key), entry.code)
            self._tokens[entry.code] = tokens_of(entry.name)
        for entry in measures.values():
            self._exact.setdefault(fold(entry.name), entry.code)

    def find(self, text: str) -> MeasureGuess | None:
        """The measure meant by a text; None if none comes near."""
        folded = fold(text)
        if not folded:
            return None
        if folded in self._exact:
            return MeasureGuess(self._exact[folded], _EXACT)
        words = tokens_of(text)
        alone = self._exact.get(" ".join(words)) if len(words) == 1 else None
        if alone is not None:
            return MeasureGuess(alone, _EXACT)
        rated = sorted(
            ((_likeness(words, tokens), code) for code, tokens in self._tokens.items()),
            reverse=True,
        )
        if not rated or rated[0][0] < POSSIBLE:
            return None
        certainty, code = rated[0]
        is_tied = len(rated) > 1 and rated[1][0] == certainty
        return MeasureGuess(code, min(certainty, POSSIBLE) if is_tied else certainty)


def _likeness(words: frozenset[str], others: frozenset[str]) -> float:
    """How many of the words of both are in both (Jaccard), 0 to 1."""
    both = len(words & others)
    return both / len(words | others) if both else 0.0
