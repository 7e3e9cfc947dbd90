"""Contents to render: a whole profile of the invented Musterstadt, and every block's edges."""

import math
import random
from dataclasses import replace

from shapely import MultiPoint, Point, Polygon, get_exterior_ring, voronoi_polygons

from services.report_api.content.blocks import (
    Block,
    Chart,
    ChartPoint,
    ChartSeries,
    Choropleth,
    Column,
    Comparison,
    Content,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    LegendEntry,
    MapArea,
    Notice,
    Paragraph,
    Row,
    Source,
    Sources,
    Table,
)

HOSTILE = (
    "#strong[x] $a$ <script>alert(1)</script> {{7*7}} {% raw %} \\ \" & ' ä „“ *x* _y_ = z @a <b>"
)
HIDDEN = Figure("geheim", is_hidden=True)
MISSING = Figure("k. A.", is_missing=True)
NAMES = (
    "Altstadt",
    "Bahnhofsviertel",
    "Feldrain",
    "Hafenquartier",
    "Industriehof",
    "Kastanienallee-Nord",
    "Lindenhöhe",
    "Neustadt",
    "Rosental",
    "Sonnenberg",
    "Uferpark",
    "Weststadt",
)
VALUES = (17.3, 21.9, 6.2, None, 14.1, 9.8, 4.4, 12.7, 3.9, 8.2, 11.5, 18.6)
PERIODS = tuple(str(year) for year in range(2016, 2025))


def german(value: float, decimals: int = 1) -> str:
    """A number as the report writes it."""
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    return whole.replace(",", ".") + ("," + rest if rest else "")


def percent(value: float, half_width: float = 0.0) -> Figure:
    """A rate with its interval."""
    low, high = max(0.0, value - half_width), value + half_width
    interval = f"{german(low)} bis {german(high)} %" if half_width else ""
    return Figure(f"{german(value)} %", interval=interval, cells=("d/m/-/a/2023@1",))


def town_map(
    names: tuple[str, ...] = NAMES, values: tuple[float | None, ...] = VALUES
) -> Choropleth:
    """A map of invented quarters in five classes; one is hidden, none is missing."""
    breaks = (3.9, 6.2, 9.8, 12.7, 17.3, 21.9)
    areas = []
    for index, (name, path) in enumerate(zip(names, quarter_paths(len(names)), strict=True)):
        value = values[index % len(values)]
        step = None if value is None else sum(value > limit for limit in breaks[1:-1])
        text = "geheim" if value is None else f"{german(value)} %"
        areas.append(MapArea(f"q{index}", name, path, text, step, value is None, index == 1))
    legend = [
        LegendEntry(
            f"{german(breaks[step])} bis {german(breaks[step + 1])} %",
            sum(area.class_index == step for area in areas),
            step,
        )
        for step in range(5)
    ]
    legend.append(
        LegendEntry("geheim", sum(area.is_hidden for area in areas), None, is_hidden=True)
    )
    return Choropleth(
        title="SGB II-Quote in den Quartieren von Musterstadt, 2023",
        alternative=(
            f"Karte der {len(names)} Quartiere. Am höchsten ist die Quote im Bahnhofsviertel mit "
            "21,9 %, am niedrigsten im Rosental mit 3,9 %. Ein Quartier ist geheim."
        ),
        areas=tuple(areas),
        legend=tuple(legend),
        classes=5,
        width=640,
        height=560.0,
        sources=(1,),
        note="Fünf Klassen mit möglichst gleich vielen Quartieren.",
    )


def quarter_paths(count: int) -> list[str]:
    """Polygons that share their borders, as SVG paths on 640 × 560 pixels."""
    chance = random.Random(7)  # noqa: S311 - shapes, not secrets
    outline = Polygon(
        [
            (320 + r * 300 * math.cos(a), 280 + r * 262 * math.sin(a))
            for a in [math.tau * i / 48 for i in range(48)]
            for r in [0.86 + 0.13 * math.sin(3 * a) * math.cos(5 * a + 1)]
        ]
    )
    points: list[Point] = []
    while len(points) < count:
        point = Point(chance.uniform(0, 640), chance.uniform(0, 560))
        if outline.contains(point) and all(point.distance(p) > 620 / count for p in points):
            points.append(point)
    cells = [
        Polygon(get_exterior_ring(cell.intersection(outline)))
        for cell in voronoi_polygons(MultiPoint(points), extend_to=outline).geoms
    ]
    ordered = [next(cell for cell in cells if cell.contains(point)) for point in points]
    return [
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in cell.exterior.coords[:-1]) + "Z"
        for cell in ordered
    ]


def series_chart() -> Chart:
    """Lines of three places with a gap, and their numbers as a table."""
    lines: dict[str, tuple[float | None, ...]] = {
        "Musterstadt": (13.9, 13.4, 12.8, 12.1, 12.9, None, 12.0, 12.3, 12.4),
        "Kreis Musterkreis": (10.8, 10.6, 10.2, 9.9, 10.4, 10.3, 9.9, 10.0, 10.1),
        "Alle Gemeinden des Kreises ohne die Kreisstadt": (
            *(8.9, 8.8, 8.5, 8.3, 8.7, 8.6),
            *(8.4, 8.5, 8.6),
        ),
    }
    rows = tuple(
        Row(
            period,
            tuple(
                HIDDEN if values[at] is None else Figure(german(values[at] or 0.0))
                for values in lines.values()
            ),
        )
        for at, period in enumerate(PERIODS)
    )
    columns = (Column("Jahr"), *(Column(name, "%", is_numeric=True) for name in lines))
    return Chart(
        title="SGB II-Quote von 2016 bis 2024",
        alternative=(
            "Linien von 2016 bis 2024. Musterstadt: von 13,9 % auf 12,4 %; Kreis Musterkreis: von "
            "10,8 % auf 10,1 %. Für Musterstadt ist 2021 geheim."
        ),
        form="line",
        unit="%",
        decimals=1,
        series=tuple(
            ChartSeries(
                name,
                tuple(ChartPoint(x, y) for x, y in zip(PERIODS, values, strict=True)),
                is_emphasised=name == "Musterstadt",
            )
            for name, values in lines.items()
        ),
        table=Table("SGB II-Quote nach Jahren", columns, rows, sources=(1,)),
        sources=(1,),
    )


def bar_chart() -> Chart:
    """Bars of four places, one of them hidden."""
    values = {
        "Musterstadt": 23.4,
        "Kreis Musterkreis": 18.1,
        "Alle Gemeinden des Kreises ohne die Kreisstadt": 15.9,
        "Nachbargemeinde an der Mühlenbachtalsperre": None,
    }
    rows = tuple(
        Row(name, (HIDDEN if value is None else Figure(german(value)),), name == "Musterstadt")
        for name, value in values.items()
    )
    return Chart(
        title="Alleinerziehenden-Haushalte, 2023",
        alternative="Balken: Musterstadt 23,4 %, Kreis Musterkreis 18,1 %; ein Wert ist geheim.",
        form="bar",
        unit="%",
        decimals=1,
        series=tuple(
            ChartSeries(name, (ChartPoint("2023", value),), name == "Musterstadt")
            for name, value in values.items()
        ),
        table=Table(
            "Alleinerziehenden-Haushalte in Zahlen",
            (Column("Gebiet"), Column("Anteil", "%", is_numeric=True)),
            rows,
            sources=(2,),
        ),
        sources=(2,),
    )


def key_figures() -> tuple[KeyFigures, ...]:
    """Three dimensions with intervals, a hidden, a missing and an uncompared figure."""
    county = "Kreis Musterkreis"
    poverty = KeyFigures(
        "Grundsicherung und Einkommen",
        (
            KeyFigure(
                "SGB II-Quote",
                percent(12.4, 0.4),
                "Dezember 2023",
                (Comparison(county, percent(10.1, 0.2)),),
                (1,),
            ),
            KeyFigure(
                "Kinderarmut: Kinder unter 15 Jahren in Bedarfsgemeinschaften",
                percent(18.7, 1.1),
                "Dezember 2023",
                (Comparison(county, percent(15.2, 0.5)),),
                (1,),
                note="Enthält Kinder ohne eigenen Leistungsanspruch.",
            ),
            KeyFigure(
                "Grundsicherung im Alter",
                HIDDEN,
                "2023",
                (Comparison(county, percent(3.1, 0.2)),),
                (2,),
            ),
        ),
        area="Musterstadt",
    )
    households = KeyFigures(
        "Haushalte und Bevölkerung",
        (
            KeyFigure(
                "Einwohnerinnen und Einwohner",
                Figure("48.211"),
                "31.12.2023",
                (Comparison(county, Figure("214.530")),),
                (2,),
            ),
            KeyFigure(
                "Alleinerziehenden-Haushalte",
                percent(23.4, 1.4),
                "2023",
                (Comparison(county, percent(18.1)), Comparison("Mittlere Gemeinden", MISSING)),
                (2,),
            ),
            KeyFigure("Durchschnittsalter", Figure("44,3 Jahre"), "2023", (), (2,)),
        ),
        area="Musterstadt",
    )
    return poverty, households


def area_table(rows: int = 12) -> Table:
    """All quarters with the main figures; longer than a page from about 45 rows."""
    columns = (
        Column("Quartier"),
        Column("Einwohner/-innen", is_numeric=True),
        Column("SGB II-Quote", "%", is_numeric=True),
        Column("Kinderarmut", "%", is_numeric=True),
        Column("Alleinerziehenden-Haushalte", "%", is_numeric=True),
    )
    body = []
    for index in range(rows):
        value = VALUES[index % 12]
        rate = HIDDEN if value is None else Figure(german(value))
        child = HIDDEN if value is None else Figure(german(value * 1.5))
        single = MISSING if index % 5 == 4 else Figure(german(11.3 + index % 7))
        name = NAMES[index % 12] + ("" if index < 12 else f" {index // 12 + 1}")
        people = Figure(german(2100 + 137 * index, 0))
        body.append(Row(name, (people, rate, child, single), index == 1))
    return Table(
        "Die Quartiere von Musterstadt im Vergleich",
        columns,
        tuple(body),
        sources=(1, 2),
        notes=(
            "geheim: Die Zahl beruht auf so wenigen Personen, dass jemand erkannt werden könnte.",
            "k. A.: Die Stelle, die die Zahlen führt, hat hierzu keine Angabe geliefert.",
        ),
    )


def sources() -> Sources:
    """Two invented datasets."""
    return Sources(
        (
            Source(
                number=1,
                title="Grundsicherungsstatistik Musterstadt (erfunden)",
                attribution="Statistikstelle Musterstadt, erfundene Zahlen",
                licence="Datenlizenz Deutschland – Namensnennung – Version 2.0",
                periods="2016 bis 2024",
                release_number=3,
                released_on="14.10.2026",
                audience="Öffentlichkeit",
                is_fictional=True,
            ),
            Source(
                number=2,
                title="Melderegister Musterstadt (erfunden)",
                attribution="Statistikstelle Musterstadt, erfundene Zahlen",
                licence="",
                periods="31.12.2023",
                release_number=1,
                released_on="02.09.2026",
                audience="Planung der eigenen Verwaltung",
                is_fictional=True,
            ),
        )
    )


def profile(table_rows: int = 12) -> Content:
    """The whole Gemeindeprofil of Musterstadt with every kind of block."""
    poverty, households = key_figures()
    return Content(
        title="Musterstadt",
        subtitle="Kreis Musterkreis · 48.211 Einwohnerinnen und Einwohner",
        template="Gemeindeprofil",
        reference="R-2026-0001",
        created_on="22.11.2026",
        fingerprint="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        timestamp=1795305600,
        publisher="Stadt Musterstadt",
        marks=("Erfundene Zahlen",),
        blocks=(
            Paragraph(
                "In Musterstadt erhalten 12,4 % der Menschen unter der Regelaltersgrenze "
                "Leistungen nach dem SGB II, im Kreis Musterkreis sind es 10,1 %. Am höchsten ist "
                "die Quote im Bahnhofsviertel, am niedrigsten im Rosental.",
                is_lead=True,
            ),
            Notice(
                "Erfundene Zahlen",
                "Musterstadt gibt es nicht. Alle Zahlen dieses Berichts sind erfunden und zeigen "
                "nur, wie ein Bericht aussieht.",
                "invented",
            ),
            Heading("Kennzahlen"),
            Paragraph(
                "Neben jeder Zahl aus einer Stichprobe oder einer kleinen Gesamtheit steht der "
                "Bereich, in dem der wahre Wert mit 95 % Sicherheit liegt."
            ),
            poverty,
            households,
            Notice(
                "Geheim gehaltene Zahlen",
                "Wo „geheim“ steht, beruht die Zahl auf so wenigen Personen, dass jemand erkannt "
                "werden könnte. Die Zahl liegt der Statistikstelle vor und wird nicht "
                "herausgegeben.",
                "hidden",
            ),
            Heading("Die Quartiere"),
            town_map(),
            area_table(table_rows),
            Heading("Entwicklung"),
            series_chart(),
            bar_chart(),
            Heading("Lücken", 1),
            Notice(
                "Wohngeld",
                "Zu Haushalten mit Wohngeld liegen für Musterstadt keine Zahlen vor. Die "
                "Wohngeldstelle kann sie aus ihrem Fachverfahren liefern.",
                "gap",
            ),
            Heading("Methode und Quellen"),
            Heading("Methode", 2),
            Paragraph(
                "Die Bereiche sind Wilson-Intervalle zum Niveau 95 %. Anteile sind aus den Summen "
                "von Zähler und Nenner gerechnet, nie als Mittel von Anteilen."
            ),
            Notice("Rückfragen", "Beantwortet die Statistikstelle Musterstadt.", "info"),
            Heading("Quellen", 2),
            sources(),
        ),
    )


def hostile(content: Content) -> Content:
    """The same content with syntax of Typst, HTML and Jinja in its texts."""
    return replace(
        content,
        title=HOSTILE,
        subtitle=HOSTILE,
        publisher=HOSTILE,
        marks=(HOSTILE,),
        blocks=(Paragraph(HOSTILE, is_lead=True), Heading(HOSTILE), *content.blocks),
    )


def plain(*blocks: Block) -> Content:
    """A content of these blocks alone, nothing invented about it."""
    return replace(profile(), subtitle="", marks=(), publisher="Kreis Steinfurt", blocks=blocks)
