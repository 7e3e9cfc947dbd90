"""A report as PDF/UA-1, set by Typst from the content as data."""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst
from markupsafe import Markup

from services.report_api.content.blocks import Content
from services.report_api.rendering import palette
from services.report_api.rendering.brand import BRAND, BRAND_SVG
from services.report_api.rendering.view import view_of
from services.shared.typesetting.characters import printable, settable
from services.shared.typesetting.row_heads import mark_row_heads
from services.shared.typesetting.typeface import FAMILY, FONT_FOLDER

_TEMPLATE = Path(__file__).with_name("report.typ")


def render_pdf(content: Content) -> bytes:
    """The report as a tagged PDF; the same bytes for the same content, anywhere and at any time.

    Raises ValueError for a picture with nothing to draw, typst.TypstError for what cannot be
    set as PDF/UA-1.
    """
    # The binding's types know files by path alone; it takes them by name and bytes as well.
    files = cast(Any, typst_files(content))
    compiled: bytes = typst.compile(
        files,
        font_paths=fonts(),
        pdf_standards=["ua-1"],
        timestamp=content.timestamp,
    )
    return mark_row_heads(compiled)


def typst_files(content: Content) -> dict[str, bytes]:
    """The template and what it reads: texts the typeface can set, pictures as SVG."""
    view = _settable(view_of(content)) | {
        "family": FAMILY,
        "colours": _colours(),
        "brand": BRAND_SVG,
        "brand_words": BRAND,
    }
    view["language"] = content.language.split("-")[0]
    data = json.dumps(view, ensure_ascii=False, sort_keys=True).encode()
    return {"main.typ": _TEMPLATE.read_bytes(), "content.json": data}


@cache
def fonts() -> typst.Fonts:
    """The report's own fonts and no others."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FOLDER)]
    )


def _colours() -> dict[str, str]:
    names = ("ACCENT", "TEXT", "MUTED", "LINE", "STRONG_LINE", "TINT")
    return {name.lower(): getattr(palette, name) for name in names}


def _settable(value: Any, key: str = "") -> Any:
    """`value` with every text in it as the typeface can set it; an alternative is only spoken."""
    if isinstance(value, Markup):
        return str(value)
    if isinstance(value, str):
        return printable(value) if key == "alternative" else settable(value)
    if isinstance(value, dict):
        return {name: _settable(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(item, key) for item in value]
    return value
