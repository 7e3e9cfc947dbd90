"""A report looks in the page as it looks in its file: the same style, the same colours."""

import re
from pathlib import Path

from services.report_api.rendering import palette

ROOT = Path(__file__).parents[2]
STYLES = ROOT / "web" / "static" / "css"


def test_page_and_file_share_the_article_s_style() -> None:
    of_file = (ROOT / "services" / "report_api" / "rendering" / "article.css").read_text()
    of_page = (STYLES / "report-article.css").read_text()
    assert of_page == of_file, "copy article.css of the renderer to web/static/css"


def test_page_and_file_share_the_article_s_colours() -> None:
    page = (STYLES / "report.css").read_text()
    found = dict(re.findall(r"--qb-report-([a-z-]+):\s*(#[0-9a-f]{6});", page))
    used = set(
        re.findall(r"var\(--qb-report-([a-z-]+)\)", (STYLES / "report-article.css").read_text())
    )
    assert used <= set(found)
    for name, colour in found.items():
        assert getattr(palette, name.upper().replace("-", "_")) == colour
