"""The content as both templates read it: plain texts, and the pictures already drawn.

HTML and PDF are made from the same view, so that they say and show the same in the same order.
Texts are raw: each renderer passes them through its own rule of characters. Pictures are Markup.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from services.report_api.content.blocks import (
    Chart,
    Choropleth,
    Content,
    Figure,
    KeyFigures,
    Source,
    Sources,
    Table,
)
from services.report_api.rendering.charts import axis_note, chart_svg
from services.report_api.rendering.maps import legend_rows, map_svg

ID_PREFIX = "qb-report-"
NO_COMPARISON = "kein Vergleich"


def view_of(content: Content) -> dict[str, Any]:
    """All that a template shows.

    Raises ValueError for a picture with nothing to draw, a table without rows or with one that
    does not fit its columns, a heading without words.
    """
    if not content.title.strip():
        raise ValueError("the report has no title")
    blocks = []
    has_chapter = False
    for number, block in enumerate(content.blocks, start=1):
        view = _VIEWS.get(block.kind, _plain)(block, f"{ID_PREFIX}{number}-")
        if block.kind == "heading":
            if not block.text.strip():
                raise ValueError("a heading has no words")
            # No level is skipped, whatever the template of the report begins with.
            view["level"] = block.level if has_chapter else 1
            has_chapter = True
        blocks.append(view | {"kind": block.kind})
    return {
        "title": content.title,
        "subtitle": content.subtitle,
        "template": content.template,
        "reference": content.reference,
        "publisher": content.publisher,
        "language": content.language,
        "marks": list(content.marks),
        "description": _description(content),
        "running_title": f"{content.template} · {content.title}",
        "running_foot": _running_foot(content),
        "facts": _facts(content),
        "source_numbers": [
            source.number
            for block in content.blocks
            if isinstance(block, Sources)
            for source in block.items
        ],
        "blocks": blocks,
    }


def _description(content: Content) -> str:
    """A sentence for the file's properties."""
    marks = "".join(f" {mark}." for mark in content.marks)
    return f"{content.template}: {content.title}. Stand {content.created_on}.{marks}"


def _running_foot(content: Content) -> str:
    return (
        f"{content.reference} · Fingerabdruck {content.fingerprint[:12]} · "
        f"Stand {content.created_on}"
    )


def _facts(content: Content) -> list[tuple[str, str]]:
    """What identifies the report, in the order shown at its end."""
    return [
        ("Herausgegeben von", content.publisher),
        ("Bericht", content.reference),
        ("Stand", content.created_on),
        ("Fingerabdruck der Zahlen", content.fingerprint),
    ]


def _plain(block: Any, id_prefix: str) -> dict[str, Any]:
    return asdict(block)


def _key_figures(block: KeyFigures, id_prefix: str) -> dict[str, Any]:
    """One row for each figure; a comparison that only some rows have is said to be absent."""
    if not block.items:
        raise ValueError(f"„{block.title}“ has no key figure")
    names = list(dict.fromkeys(one.name for item in block.items for one in item.comparisons))
    absent = Figure(NO_COMPARISON, is_missing=True)
    rows = []
    for item in block.items:
        others = {comparison.name: comparison.figure for comparison in item.comparisons}
        rows.append(
            {
                "label": item.label,
                "period": item.period,
                "note": item.note,
                "own": asdict(item.figure),
                "others": [asdict(others.get(name, absent)) for name in names],
            }
        )
    sources = sorted({number for item in block.items for number in item.sources})
    heads = [block.area or "Wert", *names]
    return {"title": block.title, "heads": heads, "rows": rows, "sources": sources}


def _table(block: Table, id_prefix: str) -> dict[str, Any]:
    if not block.rows:
        raise ValueError(f"the table „{block.title}“ has no row")
    width = len(block.columns) - 1
    if any(len(row.cells) != width for row in block.rows):
        raise ValueError(f"the table „{block.title}“ has rows that do not fit its columns")
    return asdict(block)


def _choropleth(block: Choropleth, id_prefix: str) -> dict[str, Any]:
    return {
        "title": block.title,
        "alternative": block.alternative,
        "svg": Markup(map_svg(block, id_prefix)),  # noqa: S704 - drawn here, texts escaped
        "ratio": round(block.height / block.width, 4),
        "legend": [
            {
                "sign": Markup(row.sign),  # noqa: S704 - drawn here
                "text": row.text,
                "count": "" if row.count is None else str(row.count),
            }
            for row in legend_rows(block, id_prefix)
        ],
        "note": block.note,
        "sources": list(block.sources),
    }


def _chart(block: Chart, id_prefix: str) -> dict[str, Any]:
    return {
        "title": block.title,
        "alternative": block.alternative,
        "svg": Markup(chart_svg(block, id_prefix)),  # noqa: S704 - drawn here, texts escaped
        "axis_note": axis_note(block),
        "table": _table(block.table, id_prefix),
    }


def _sources(block: Sources, id_prefix: str) -> dict[str, Any]:
    return {
        "items": [
            {"number": item.number, "title": item.title, "lines": _source_lines(item)}
            for item in block.items
        ]
    }


def _source_lines(source: Source) -> list[str]:
    """What is said of a source under its title."""
    periods = f"Zeitraum: {source.periods}" if source.periods else ""
    release = f"Freigabe {source.release_number} vom {source.released_on} für {source.audience}"
    licence = f"Lizenz: {source.licence}" if source.licence else ""
    invented = "Erfundene Zahlen zur Veranschaulichung" if source.is_fictional else ""
    about = " · ".join(filter(None, (periods, release)))
    return [line for line in (source.attribution, about, licence, invented) if line]


_VIEWS: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "key_figures": _key_figures,
    "table": _table,
    "choropleth": _choropleth,
    "chart": _chart,
    "sources": _sources,
}
