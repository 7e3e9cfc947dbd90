"""Where figures come from and how far they can be trusted: beside every figure shown."""

from collections.abc import Sequence

from web.clients.indicator_types import IntervalKind, Observations, Source


def told_apart(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Sources whose lines would read the same, once."""
    found: dict[tuple[object, ...], Source] = {}
    for source in sources:
        release = source.release.number if source.release else None
        key = (source.attribution or source.title, source.period, release)
        found.setdefault(key, source)
    return tuple(found.values())


def uncertainty_words(shown: Observations) -> list[str]:
    """What a reader must know before trusting a difference, in sentences."""
    words = []
    has_interval = any(item.lower is not None for item in shown.items)
    if has_interval:
        words.append(_interval_words(shown))
    if any(source.is_sample for source in shown.sources):
        words.append("Die Werte stammen aus einer Stichprobe und schwanken zufällig.")
        if not has_interval:
            words.append("Wie stark, weist die Quelle nicht aus: Ränge sind nur ein Anhalt.")
    additivities = {source.additivity for source in shown.sources}
    if "cell_key" in additivities:
        words.append(
            "Die Quelle verändert jede Zahl ein wenig (Cell-Key-Verfahren), um Menschen zu "
            "schützen; Summen gehen deshalb nicht genau auf."
        )
    if "rounded" in additivities:
        words.append("Die Quelle rundet ihre Zahlen; Summen gehen deshalb nicht genau auf.")
    if not words:
        words.append(
            "Auszählung ohne ausgewiesenen Zufallsfehler; kleine Unterschiede sind nicht zu deuten."
        )
    if any(source.unplaced_cases != 0 for source in shown.sources):
        words.append(
            "Im Ganzen stehen auch Fälle ohne Ortsangabe; die Teile ergeben deshalb etwas weniger."
        )
    if any(source.amount_rounding > 0 for source in shown.sources):
        words.append("Beträge sind gerundet; ihre Summen gehen deshalb nicht genau auf.")
    return words


def _interval_words(shown: Observations) -> str:
    kinds = [shown.interval, *(indicator.interval for indicator in shown.indicators)]
    known = named_intervals([kind for kind in kinds if kind])
    return known or (
        "Der Schwankungsbereich (95 %) sagt, wie weit eine Auszählung dieser Größe zufällig "
        "schwankt; er ist kein Stichprobenfehler."
    )


def named_intervals(kinds: Sequence[IntervalKind]) -> str:
    """What the intervals are, each kind once: `Schwankungsbereich: …`; empty without any."""
    found = [
        f"{kind.name}: {kind.detail}" for kind in kinds if kind.method != "none" and kind.detail
    ]
    return " ".join(dict.fromkeys(found))


def in_short(sources: tuple[Source, ...]) -> str:
    """Titles and releases in one line, to stand beside a single figure."""
    return "; ".join(
        f"{source.title}, Freigabe {source.release.number}" if source.release else source.title
        for source in told_apart(sources)
    )
