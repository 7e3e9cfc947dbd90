"""What a profile says first: the one sentence, and how the area stands to the next larger one."""

from services.report_api.content.blocks import Paragraph
from services.report_api.content.comparing import difference, direction, is_within_uncertainty
from services.report_api.content.profile_context import ProfileContext
from services.report_api.content.words import (
    POLARITY_WORDS,
    interval_in_words,
    joined,
    place,
    value_in_words,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import AreaRecord, IndicatorRecord

Compared = tuple[IndicatorRecord, Figure, Figure]


def lead_blocks(context: ProfileContext) -> list[Paragraph]:
    """The lead sentence and, where there is something to compare with, what follows from it."""
    blocks = [Paragraph(_lead(context), is_lead=True)]
    overview = _overview(context)
    if overview:
        blocks.append(Paragraph(overview))
    return blocks


def _lead(context: ProfileContext) -> str:
    """About the first indicator that can be judged, else the first that is known."""
    known = [(item, figure) for item, figure in context.own_newest() if figure.value is not None]
    if not known:
        return _without_newest(context)
    indicator, figure = known[0]
    value = value_in_words(indicator, figure)
    span = interval_in_words(indicator, figure)
    beside = context.when(figure.period) + (f"; 95‑%‑Bereich {span}" if span else "")
    start = f"Die Kennzahl „{indicator.name}“ beträgt {context.where} {value} ({beside})"
    direction_words = "" if indicator.polarity == "context" else POLARITY_WORDS[indicator.polarity]
    return f"{start}{_tail(context, indicator, figure)}. {direction_words}".rstrip()


def _tail(context: ProfileContext, indicator: IndicatorRecord, figure: Figure) -> str:
    for area, other in context.comparisons(indicator, figure.period):
        if other.value is None or figure.value is None:
            continue
        shown = value_in_words(indicator, other)
        if is_within_uncertainty(figure, other):
            return (
                f" und ist vom Wert {place(area)} ({shown}) statistisch nicht sicher zu "
                "unterscheiden"
            )
        stands = difference(indicator, figure.value, other.value)
        return f" und ist damit {stands} {place(area)} ({shown})"
    return ""


def _without_newest(context: ProfileContext) -> str:
    return (
        f"Zu den neuesten Zeitpunkten ist {context.where} keine Zahl offen: Sie sind geheim oder "
        "liegen nicht vor. Ältere Werte stehen unten."
    )


def _overview(context: ProfileContext) -> str:
    """The judged indicators beside the nearest area, sorted by what the figures can prove."""
    beside = _nearest(context)
    if beside is None:
        return ""
    area, compared = beside
    worse: list[str] = []
    better: list[str] = []
    open_ones: list[str] = []
    for indicator, own, other in compared:
        stands = direction(own, other) * (1 if indicator.polarity == "worse" else -1)
        words = (
            f"{indicator.short_name} ({value_in_words(indicator, own)} gegenüber "
            f"{value_in_words(indicator, other)})"
        )
        (worse if stands > 0 else better if stands < 0 else open_ones).append(words)
    sentences = []
    if worse:
        sentences.append(f"Ungünstiger als {place(area)} ist die Lage bei: {joined(worse)}.")
    if better:
        what = "sie" if worse else "die Lage"
        sentences.append(f"Günstiger als {place(area)} ist {what} bei: {joined(better)}.")
    if open_ones:
        sentences.append(
            f"Vom Wert {place(area)} nicht sicher zu unterscheiden: {joined(open_ones)}."
        )
    return " ".join(sentences)


def _nearest(context: ProfileContext) -> tuple[AreaRecord, list[Compared]] | None:
    """The first area to compare with that shares at least two judged indicators."""
    for code in context.reading.snapshot.comparisons:
        compared: list[Compared] = []
        for indicator, own in context.own_newest():
            other = context.reading.figure(indicator, code, own.period)
            if indicator.polarity == "context" or other is None:
                continue
            if own.value is not None and other.value is not None:
                compared.append((indicator, own, other))
        if len(compared) > 1:
            return context.reading.areas[code], compared
    return None
