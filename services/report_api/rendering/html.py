"""A report as HTML: an article for a page, and a file of its own that needs nothing else."""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.report_api.content.blocks import Content
from services.report_api.rendering import palette
from services.report_api.rendering.brand import BRAND, BRAND_SVG
from services.report_api.rendering.view import view_of
from services.shared.typesetting.characters import printable
from services.shared.typesetting.typeface import FONT_FOLDER

_HERE = Path(__file__).parent
_FONTS = (("FiraSans-Regular", 400), ("FiraSans-Medium", 500), ("FiraSans-SemiBold", 600))


def render_article(content: Content, title_level: int = 1) -> str:
    """The report as one <article>, its title a heading of `title_level` (1 to 3).

    It holds no style, no script and no style attribute; all ids begin with „qb-report-“.
    Raises ValueError for a picture with nothing to draw.
    """
    return _article(view_of(content), title_level)


def render_document(content: Content) -> bytes:
    """The report as a complete HTML file (UTF-8) with its own style; it prints on A4."""
    view = view_of(content)
    style = _style(view)
    text = (
        _environment()
        .get_template("document.html.j2")
        .render(
            view,
            document_title=f"{content.title} – {content.template}",
            style=Markup(style),  # noqa: S704 - our own file; texts in it are quoted
            style_digest=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            brand=BRAND,
            brand_svg=Markup(BRAND_SVG),  # noqa: S704 - a constant
            article=Markup(_article(view, 1)),  # noqa: S704 - escaped when it was rendered
        )
    )
    return text.encode()


def _article(view: dict[str, Any], title_level: int) -> str:
    if title_level not in (1, 2, 3):
        raise ValueError("a report's title is a heading of level 1 to 3")
    template = _environment().get_template("article.html.j2")
    return template.render(view, title_level=title_level)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        keep_trailing_newline=False,
    )


def _printable(value: Any) -> Any:
    """Every text a template shows goes through here; pictures are complete as they are."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _style(view: dict[str, Any]) -> str:
    """The file's style sheet: fonts, colours, what runs along the foot of printed pages."""
    names = ("ACCENT", "TEXT", "MUTED", "LINE", "STRONG_LINE", "SURFACE", "TINT")
    colours = "".join(
        f"--qb-report-{name.lower().replace('_', '-')}:{getattr(palette, name)};" for name in names
    )
    foot = (
        f"@page{{@bottom-left{{content:{_css_string(view['running_foot'])}}}"
        f"@top-left{{content:{_css_string(view['running_title'])}}}"
        f"@top-right{{content:{_css_string(' · '.join(view['marks']))}}}}}"
    )
    sheet = (_HERE / "article.css").read_text(encoding="utf-8")
    return f"{_font_faces()}:root{{{colours}}}{sheet}{foot}"


@cache
def _font_faces() -> str:
    faces = []
    for name, weight in _FONTS:
        data = b64encode((FONT_FOLDER / f"{name}.woff2").read_bytes()).decode()
        faces.append(
            f'@font-face{{font-family:"Fira Sans";font-weight:{weight};'
            f"src:url(data:font/woff2;base64,{data})}}"
        )
    return "".join(faces)


def _css_string(text: str) -> str:
    """A CSS string; all but letters, digits and blanks is escaped (CSS Syntax 3, 4.3.7)."""
    shown = printable(text)
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in shown) + '"'
