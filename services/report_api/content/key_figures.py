"""The chapter of key figures: by dimension, each beside its comparisons."""

from services.report_api.content.blocks import Block, Comparison, Heading, KeyFigure, KeyFigures
from services.report_api.content.comparing import standing
from services.report_api.content.profile_context import ProfileContext, shown
from services.report_api.content.words import (
    POLARITY_WORDS,
    STATUS_MEANINGS,
    place,
    quality_in_words,
    short_name,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import AreaRecord, IndicatorRecord


def key_figure_blocks(context: ProfileContext) -> list[Block]:
    """One group for each dimension, in the order in which the catalogue names them."""
    by_dimension: dict[str, list[KeyFigure]] = {}
    labels: dict[str, str] = {}
    for indicator, figure in context.own_newest():
        labels.setdefault(indicator.dimension_code, indicator.dimension_label)
        items = by_dimension.setdefault(indicator.dimension_code, [])
        items.append(_key_figure(context, indicator, figure))
    groups = [
        KeyFigures(title=labels[code], items=tuple(items), area=context.name)
        for code, items in by_dimension.items()
    ]
    return [Heading("Kennzahlen im Vergleich"), *groups]


def _key_figure(context: ProfileContext, indicator: IndicatorRecord, figure: Figure) -> KeyFigure:
    compared = context.comparisons(indicator, figure.period)
    return KeyFigure(
        label=indicator.name,
        figure=shown(indicator, figure, has_quality=False),
        period=context.period_label(figure.period),
        comparisons=tuple(
            Comparison(short_name(area), shown(indicator, other, has_quality=False))
            for area, other in compared
        ),
        sources=context.sources([figure, *(other for _, other in compared)]),
        note=_note(indicator, figure, compared),
    )


def _note(
    indicator: IndicatorRecord, figure: Figure, compared: list[tuple[AreaRecord, Figure]]
) -> str:
    if figure.value is None:
        meaning = STATUS_MEANINGS.get(figure.status, "")
        return f"{meaning[:1].upper()}{meaning[1:]}." if meaning else ""
    sentences = []
    stands = next(
        (
            words
            for area, other in compared
            if (words := standing(indicator, figure, other, place(area)))
        ),
        "",
    )
    if stands:
        sentences.append(f"{stands[:1].upper()}{stands[1:]}.")
    sentences.append(POLARITY_WORDS[indicator.polarity])
    quality = quality_in_words(figure)
    if quality:
        sentences.append(f"Die Zahl ist {quality}.")
    if indicator.is_sample:
        sentences.append(
            "Aus einer Stichprobe; wie sicher der Wert ist, weist die Quelle nicht aus."
        )
    return " ".join(sentences)
