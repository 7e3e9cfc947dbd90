"""A content at the edges of what its blocks allow."""

from dataclasses import replace

from services.report_api.content.blocks import (
    Chart,
    ChartPoint,
    ChartSeries,
    Column,
    Content,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    LegendEntry,
    Notice,
    Paragraph,
    Row,
    Sources,
    Table,
)
from tests.report_api.contents import HIDDEN, MISSING, percent, plain, town_map

LONG = (
    "Verbandsgemeindeverwaltungsangestelltenwohngeldbewilligungsverfahrensstatistik der "
    "Nachbarschaftshilfe im Übergangswohnheim an der Mühlenbachtalsperre"
)


def edges() -> Content:
    """What a real report seldom has: blocks at the edge of what their types allow."""
    figure = KeyFigure(LONG, Figure("–"), "", (), (), note=LONG)
    wide = Table(
        f"Breite Tabelle der {LONG}",
        (Column("Gebiet"), Column("Einschätzung"), *(Column(LONG, "%", True) for _ in range(8))),
        (
            Row(LONG, (Figure("sehr unsicher"), *(percent(1234.5, 1.0) for _ in range(8)))),
            Row("Ort", (HIDDEN, *(MISSING for _ in range(8))), is_emphasised=True),
        ),
        sources=(9,),
        notes=("", LONG),
    )
    pair = town_map(("Nord", "Süd"), (None, 4.0))
    missing = replace(pair.areas[0], is_hidden=False, text="k. A.", is_emphasised=True)
    one_class = replace(
        pair,
        areas=(missing, replace(pair.areas[1], is_emphasised=True, class_index=0)),
        legend=(LegendEntry("4,0 %", 1, 0), LegendEntry("k. A.", 1, None)),
        classes=1,
        height=900.0,
        sources=(),
        note="",
    )
    bare = Table("Ein Punkt", (Column("Jahr"),), (Row("2023", ()),), sources=())
    lonely = Chart(
        "Ein Punkt",
        "Ein einziger Wert: 3.",
        "line",
        "",
        0,
        (ChartSeries(LONG, (ChartPoint("2023", 3.0),)), ChartSeries("Ohne", ())),
        bare,
        (),
    )
    below_zero = replace(
        lonely,
        title="Wanderungssaldo",
        table=replace(bare, title="Wanderungssaldo"),
        alternative="Von −12 auf 4 je 1.000 Menschen.",
        form="bar",
        unit="je 1.000",
        series=(ChartSeries("", (ChartPoint("2022", -12.0), ChartPoint("2023", 4.0))),),
    )
    far_from_zero = replace(
        lonely,
        title="Durchschnittsalter",
        table=replace(bare, title="Durchschnittsalter"),
        unit="Jahre",
        series=(ChartSeries("A", (ChartPoint("2022", 44.1), ChartPoint("2023", 44.6)), True),),
    )
    return plain(
        Heading("Beginnt mit der zweiten Ebene", 2),
        KeyFigures(LONG, (figure,)),
        wide,
        one_class,
        lonely,
        below_zero,
        far_from_zero,
        Paragraph(""),
        Notice("", LONG, "gap"),
        Heading(LONG, 1),
        Heading(LONG, 2),
        Sources(()),
    )
