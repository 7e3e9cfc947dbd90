"""What is not shown: hidden figures, missing ones, and what there is for larger areas only."""

from services.report_api.content.blocks import Block, Column, Heading, Notice, Row, Table
from services.report_api.content.profile_context import Group, ProfileContext, shown
from services.report_api.content.words import (
    STATUS_MEANINGS,
    areas_of_map,
    counted,
    joined,
    short_name,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord


def gap_blocks(context: ProfileContext) -> list[Block]:
    """The chapter on what is hidden or missing; nothing where all is there."""
    blocks: list[Block] = []
    hidden = _hidden(context)
    if hidden:
        blocks.append(Notice("Geheime Zahlen", hidden, "hidden"))
    missing = _missing(context)
    if missing:
        blocks.append(Notice("Fehlende Zahlen", missing, "gap"))
    blocks += _only_larger(context)
    return [Heading("Was nicht zu sehen ist"), *blocks] if blocks else []


def _hidden(context: ProfileContext) -> str:
    own = [
        f"{indicator.short_name} ({joined([context.period_label(item.period) for item in found])})"
        for indicator in context.reading.snapshot.indicators
        if (found := [item for item in _own_series(context, indicator) if item.is_hidden][::-1])
    ]
    snapshot = context.reading.snapshot
    around = [
        (group, amount)
        for group in (snapshot.peers, snapshot.map)
        if group is not None and (amount := _hidden_around(context, group))
    ]
    if not own and not around:
        return ""
    sentences = []
    if own:
        sentences.append(f"Geheim sind {context.where}: {joined(own)}.")
    for group, amount in around:
        region = areas_of_map(context.reading.areas[group.within], group.level)
        verb = "ist" if amount == 1 else "sind"
        sentences.append(f"{region}: {counted(amount, 'Wert', 'Werte')} {verb} geheim.")
    sentences.append(
        "Eine Zahl ist geheim, wenn so wenige Menschen dahinterstehen, dass man sie erkennen "
        "könnte. „Geheim“ heißt nicht null. Auch die Zahlen, aus denen sich eine geheime Quote "
        "errechnet, nennt dieser Bericht nicht."
    )
    return " ".join(sentences)


def _own_series(context: ProfileContext, indicator: IndicatorRecord) -> list[Figure]:
    found = (context.reading.own_figure(indicator, period) for period in indicator.periods)
    return [figure for figure in found if figure is not None]


def _hidden_around(context: ProfileContext, group: Group | None) -> int:
    """Hidden values of other areas of a group, over all indicators."""
    amount = 0
    for indicator in context.reading.snapshot.indicators:
        period = context.reading.period_of(indicator, group)
        if period is not None:
            amount += sum(
                figure is not None and figure.is_hidden
                for code, figure in context.group_figures(indicator, group, period)
                if code not in context.reading.snapshot.subject
            )
    return amount


def _missing(context: ProfileContext) -> str:
    """The subject's newest figures without a value, by reason, and how to close the gap."""
    by_reason: dict[str, list[str]] = {}
    publishers: dict[str, None] = {}
    for indicator, figure in context.own_newest():
        if figure.value is not None or figure.is_hidden:
            continue
        meaning = STATUS_MEANINGS.get(figure.status, "für dieses Gebiet liegt nichts vor")
        label = context.period_label(figure.period)
        by_reason.setdefault(meaning, []).append(f"{indicator.short_name} ({label})")
        for number in context.sources([figure]):
            publishers[context.reading.snapshot.sources[number - 1].publisher] = None
    if not by_reason:
        return ""
    reasons = "; ".join(f"{joined(names)}: {why}" for why, names in by_reason.items())
    return (
        f"{reasons}. Ob und wann die Zahlen nachkommen, weiß die Stelle, die sie herausgibt: "
        f"{joined(list(publishers))}."
    )


def _only_larger(context: ProfileContext) -> list[Block]:
    """Indicators without a figure of the subject, as they stand for the areas above it."""
    reading = context.reading
    rows: list[Row] = []
    figures: list[Figure] = []
    codes = list(reading.snapshot.comparisons)
    for indicator in reading.snapshot.indicators:
        if reading.newest(indicator) is not None:
            continue
        newest = [figure for code in codes if (figure := reading.newest(indicator, code))]
        valued = [figure for figure in newest if figure.value is not None]
        if not valued:
            continue
        period = valued[0].period
        found = [reading.figure(indicator, code, period) for code in codes]
        figures += [figure for figure in found if figure is not None]
        rows.append(
            Row(
                head=f"{indicator.name}, {context.period_label(period)}",
                cells=tuple(shown(indicator, figure) for figure in found),
            )
        )
    if not rows:
        return []
    names = [short_name(reading.areas[code]) for code in codes]
    text = (
        f"Zu {counted(len(rows), 'Kennzahl', 'Kennzahlen')} gibt es {context.where} keine Zahl, "
        "wohl aber für größere Gebiete. Die Stelle, die diese Zahlen führt, kann sagen, ob sie "
        "sich auch für dieses Gebiet auswerten und freigeben lassen."
    )
    table = Table(
        title="Nur für größere Gebiete",
        columns=(Column("Kennzahl"), *(Column(name, is_numeric=True) for name in names)),
        rows=tuple(rows),
        sources=context.sources(figures),
    )
    return [Notice("Nur für größere Gebiete", text, "gap"), table]
