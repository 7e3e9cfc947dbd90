"""The report as PDF, read back: PDF/UA-1, tagged, and saying what the content says."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest

from services.report_api.content.blocks import (
    Chart,
    Choropleth,
    Content,
    Figure,
    Heading,
    KeyFigures,
    Paragraph,
    Table,
)
from services.report_api.rendering.pdf import render_pdf
from tests.report_api.contents import HOSTILE, area_table, hostile, plain, profile, town_map
from tests.report_api.edge_contents import edges
from tests.report_api.pdf_reading import Element, read_artifacts, read_pages, read_structure


def data_rows(table: Element) -> list[Element]:
    """The rows that hold figures: no heads of columns or of groups."""
    rows = [row for body in table.all("TBody") for row in body.all("TR")]
    return [row for row in rows if any(cell.kind == "TD" for cell in row.children)]


def squeezed(text: str) -> str:
    """Without blanks and soft hyphens: where a line ends, the one is lost, the other put in."""
    return re.sub(r"[\s\u00ad]", "", text)


@pytest.fixture(scope="module")
def data() -> bytes:
    return render_pdf(profile())


@pytest.fixture(scope="module")
def root(data: bytes) -> Element:
    return read_structure(data)


def test_file_declares_what_it_is(data: bytes) -> None:
    content = profile()
    with pikepdf.open(BytesIO(data)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert not bool(pdf.Root.MarkInfo.get("/Suspects", False))
        assert str(pdf.Root.Lang) == "de"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.docinfo.Title) == content.title
        assert str(pdf.docinfo.Author) == content.publisher
        assert "Erfundene Zahlen" in str(pdf.docinfo.Subject)
        metadata = pdf.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == content.title
        made = datetime.fromtimestamp(content.timestamp, UTC)
        assert str(pdf.docinfo.CreationDate) == f"D:{made:%Y%m%d%H%M%S}Z"


def test_nothing_runs_and_nothing_is_fetched(data: bytes) -> None:
    forbidden = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/Launch", "/EmbeddedFiles", "/URI"}
    with pikepdf.open(BytesIO(data)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary):
                assert not forbidden & set(item.keys())


def test_all_fonts_are_ours_and_embedded(data: bytes) -> None:
    with pikepdf.open(BytesIO(data)) as pdf:
        fonts = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"
        ]
        described = [font for font in fonts if "/FontDescriptor" in font]
        assert len(described) == 4
        for font in fonts:
            assert re.match(r"/[A-Z]{6}\+FiraSans-", str(font.BaseFont))
            assert "/ToUnicode" in font or "/FontDescriptor" in font
        for font in described:
            assert {"/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())


def test_headings_in_order(root: Element) -> None:
    assert [(item.kind, item.text) for item in root.all("Title", "H1", "H2")] == [
        ("Title", "Musterstadt"),
        ("H1", "Kennzahlen"),
        ("H1", "Die Quartiere"),
        ("H1", "Entwicklung"),
        ("H1", "Lücken"),
        ("H1", "Methode und Quellen"),
        ("H2", "Methode"),
        ("H2", "Quellen"),
    ]


def test_bookmarks_follow_the_headings(data: bytes, root: Element) -> None:
    with pikepdf.open(BytesIO(data)) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
        assert titles == [item.text for item in root.all("H1")]
        assert [item.title for item in outline.root[-1].children] == ["Methode", "Quellen"]


def test_pictures_carry_their_alternatives(root: Element) -> None:
    pictures = [item for item in profile().blocks if isinstance(item, Choropleth | Chart)]
    assert [item.alternative for item in root.all("Figure")] == [
        picture.alternative for picture in pictures
    ]
    captions = [item.text for item in root.all("Caption")]
    assert all(picture.title in captions for picture in pictures)


def test_every_cell_knows_its_row_and_its_column(root: Element) -> None:
    tables = root.parts("Table")
    assert len(tables) == 5
    for table in tables:
        heads = {cell.id: cell for cell in table.all("TH")}
        assert len(heads) == len(table.parts("TH"))
        columns = [cell.id for cell in table.parts("THead")[0].children[0].children]
        groups = {cell.id for cell in heads.values() if len(cell.headers) > 1}
        for row in data_rows(table):
            head, *cells = row.children
            assert (head.kind, head.scope) == ("TH", "Row")
            for at, cell in enumerate(cells, start=1):
                assert cell.kind == "TD"
                assert cell.headers[:2] == (head.id, columns[at])
                assert len(cell.headers) == (3 if groups else 2)
                assert set(cell.headers[2:]) <= groups
        assert all(heads[name].scope == "Column" for name in columns)


def test_dimensions_are_groups_of_rows(root: Element) -> None:
    table = root.parts("Table")[0]
    names = {cell.id: cell.text for cell in table.all("TH")}
    found = {
        row.children[0].children[0].text: names[row.children[1].headers[2]]
        for row in data_rows(table)
    }
    assert found["SGB II-Quote"] == "Grundsicherung und Einkommen"
    assert found["Durchschnittsalter"] == "Haushalte und Bevölkerung"


def said(figure: Figure) -> str:
    return squeezed(figure.text + figure.interval)


def shown_figures(content: Content) -> list[tuple[str, list[str]]]:
    """The figures of each table in the file's order, by row."""
    rows: list[tuple[str, list[str]]] = []
    for block in content.blocks:
        table = block.table if isinstance(block, Chart) else block
        if isinstance(table, Table):
            rows += [(row.head, [said(cell) for cell in row.cells]) for row in table.rows]
        if isinstance(table, KeyFigures):
            for item in table.items:
                others = [said(comparison.figure) for comparison in item.comparisons]
                rows.append((item.label + item.period + item.note, [said(item.figure), *others]))
        if isinstance(table, Choropleth):
            rows += [(entry.text, [str(entry.count)]) for entry in table.legend]
            rows += [(area.name, [""]) for area in table.areas if area.is_emphasised]
    return rows


@pytest.mark.parametrize("rows", [12, 100])
def test_figures_equal_the_contents(rows: int) -> None:
    content = profile(rows)
    found = [
        (row.children[0].text, [squeezed(cell.text) for cell in row.children[1:]])
        for table in read_structure(render_pdf(content)).all("Table")
        for row in data_rows(table)
    ]
    expected = shown_figures(content)
    assert [squeezed(head) for head, _ in found] == [squeezed(head) for head, _ in expected]
    for (head, cells), (_, wanted) in zip(found, expected, strict=True):
        compared = [cell for cell in cells if cell != "keinVergleich"]
        assert compared == wanted, head


def test_each_page_says_what_it_belongs_to(data: bytes) -> None:
    pages = read_artifacts(data)
    for number, text in enumerate(pages, start=1):
        assert "Erfundene Zahlen" in text
        assert "R-2026-0001 · Fingerabdruck 9f86d081884c · Stand 22.11.2026" in text
        assert f"Seite {number} von {len(pages)}" in text
    unmarked = read_artifacts(render_pdf(plain(area_table(60))))
    assert len(unmarked) > 1
    assert all("Erfunden" not in text for text in unmarked)


def test_head_is_repeated_where_a_table_goes_on() -> None:
    """The repeated head is an artifact: it is read once, and seen on each page."""
    data = render_pdf(plain(area_table(100)))
    pages = read_artifacts(data)
    assert len(pages) >= 3
    assert all("Kinderarmut" in text for text in pages[1:3])
    assert len(read_structure(data).parts("THead")) == 1


@pytest.mark.parametrize("lines", range(18, 46, 3))
def test_words_before_a_map_stay_with_it(lines: int) -> None:
    words = [Paragraph(f"Zeile {number}") for number in range(lines)]
    picture = town_map()
    before = (Heading("Wovon die Karte handelt"), Paragraph("Was sie zeigt, steht hier."))
    pages = read_pages(render_pdf(plain(*words, *before, picture)))
    on = [
        next(at for at, page in enumerate(pages) if squeezed(text) in page)
        for text in ("Wovon die Karte handelt", "Was sie zeigt, steht hier.", picture.title)
    ]
    assert len(set(on)) == 1, on


def test_syntax_is_shown_as_text() -> None:
    root = read_structure(render_pdf(hostile(profile())))
    wanted = squeezed(HOSTILE)
    assert squeezed(root.parts("Title")[0].text) == wanted
    assert squeezed(root.parts("H1")[0].text) == wanted
    assert any(squeezed(item.text) == wanted for item in root.all("P"))


def test_edges_can_be_set() -> None:
    root = read_structure(render_pdf(edges()))
    assert root.parts("H1")[0].text == "Beginnt mit der zweiten Ebene"
    assert len(root.parts("Table")) == 6


def test_links_say_where_they_lead(data: bytes) -> None:
    with pikepdf.open(BytesIO(data)) as pdf:
        links = [link for page in pdf.pages for link in page.obj.get("/Annots", [])]
        assert links
        assert all(str(link.Contents) for link in links)
