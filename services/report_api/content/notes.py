"""What a reader needs to judge the figures: definitions, method, sources."""

from services.report_api.content.blocks import (
    Block,
    Column,
    Heading,
    Paragraph,
    Row,
    Source,
    Sources,
    Table,
)
from services.report_api.content.blocks import Figure as ShownFigure
from services.report_api.content.profile_context import ProfileContext
from services.report_api.content.words import day
from services.report_api.snapshots.rules import AUDIENCE_LABELS, IndicatorRecord, SourceRecord


def note_blocks(context: ProfileContext) -> list[Block]:
    """Definitions of all indicators of the report, the method, the sources."""
    return [
        Heading("Was die Kennzahlen bedeuten"),
        _definitions(context),
        Heading("Wie gerechnet wurde"),
        *(Paragraph(text) for text in _method(context)),
        Heading("Quellen"),
        _sources(context),
    ]


def _definitions(context: ProfileContext) -> Table:
    rows = tuple(
        Row(
            head=item.name,
            cells=(
                ShownFigure(item.numerator_text or "–"),
                ShownFigure(item.denominator_text or "–"),
                ShownFigure(_remark(item) or "–"),
            ),
        )
        for item in context.reading.snapshot.indicators
    )
    columns = (
        Column("Kennzahl"),
        Column("Gezählt wird"),
        Column("Bezogen auf"),
        Column("Hinweis"),
    )
    cells = [
        key.cell_id("")
        for item in context.reading.snapshot.indicators
        for pair in item.pairs
        for key in pair
        if key is not None
    ]
    return Table("Zähler, Nenner und Hinweise", columns, rows, context.sources_of_cells(cells))


def _remark(indicator: IndicatorRecord) -> str:
    checked = (
        f"Definition nach: {indicator.definition_source}."
        if indicator.definition_source
        else ("" if indicator.is_checked else "Definition ungeprüft.")
    )
    return " ".join(filter(None, (indicator.note, checked)))


def _method(context: ProfileContext) -> list[str]:
    snapshot = context.reading.snapshot
    texts = []
    if any(item.formula.is_proportion for item in snapshot.indicators):
        texts.append(
            "Der 95‑%‑Bereich neben einem Anteil sagt, wie genau der Wert ist: Er ist nach Wilson "
            "aus Zähler und Nenner berechnet und umso breiter, je weniger Menschen dahinterstehen. "
            "Überschneiden sich die Bereiche zweier Gebiete oder Zeitpunkte, nennt der Bericht "
            "keinen Unterschied."
        )
    texts.append(
        "Anteile sind immer aus Zähler und Nenner desselben Gebiets berechnet, nie als Mittel "
        "anderer Anteile. Jede Zahl stammt aus einer Freigabe; der Bericht hält sie so fest, wie "
        "sie am Tag seiner Erstellung freigegeben war, und ändert sich danach nicht mehr."
    )
    additivities = {source.additivity for source in snapshot.sources}
    if "cell_key" in additivities:
        texts.append(
            "Eine Quelle verändert jede Zahl ein wenig (Cell-Key-Verfahren), um Menschen zu "
            "schützen; Summen gehen deshalb nicht genau auf."
        )
    if "rounded" in additivities:
        texts.append("Eine Quelle rundet ihre Zahlen; Summen gehen deshalb nicht genau auf.")
    if any(source.is_sample for source in snapshot.sources):
        texts.append(
            "Zahlen aus einer Stichprobe schwanken zufällig. Wie stark, weist die Quelle nicht "
            "aus; kleine Unterschiede sind nicht zu deuten."
        )
    return texts


def _sources(context: ProfileContext) -> Sources:
    periods = _periods_by_source(context)
    return Sources(
        tuple(
            Source(
                number=number,
                title=source.title,
                attribution=source.attribution,
                licence=source.licence,
                periods=periods.get((source.dataset, source.release), ""),
                release_number=source.number,
                released_on=day(source.published_at),
                audience=AUDIENCE_LABELS[source.audience],
                is_fictional=source.is_fictional,
            )
            for number, source in enumerate(context.reading.snapshot.sources, start=1)
        )
    )


def _periods_by_source(context: ProfileContext) -> dict[tuple[str, str], str]:
    """The first and the last period of the cells read from each source."""
    found: dict[tuple[str, str], set[str]] = {}
    for cell in context.reading.snapshot.cells:
        dataset, _, rest = cell.id.partition("/")
        place, _, release = rest.rpartition("@")
        found.setdefault((dataset, release), set()).add(place.rsplit("/", 1)[-1])
    spans = {}
    for key, codes in found.items():
        ordered = sorted(codes, key=lambda code: context.reading.periods[code].end_on)
        first, last = context.period_label(ordered[0]), context.period_label(ordered[-1])
        spans[key] = first if first == last else f"{first} bis {last}"
    return spans


def restricted_audiences(sources: tuple[SourceRecord, ...]) -> list[str]:
    """The readerships, other than everybody, that some of the figures were released to."""
    return list(
        dict.fromkeys(
            AUDIENCE_LABELS[source.audience] for source in sources if source.audience != "public"
        )
    )
