"""The content as both templates read it: plain texts, and the pictures already drawn.

HTML and PDF are made from the same view, so that they say and show the same in the same order.
Texts are raw: each renderer passes them through its own rule of characters. Pictures are Markup.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from markupsafe import Markup

from services.report_api.content.blocks import (
    Chart,
    Choropleth,
    Content,
    Figure,
    KeyFigure,
    KeyFigures,
    Source,
    Sources,
    Table,
)
from services.report_api.rendering.charts import axis_note, chart_svg
from services.report_api.rendering.maps import legend_rows, map_svg
from services.report_api.rendering.setting import (
    column_widths,
    hyphenated_heads,
    set_figure,
    shared_unit,
    without_unit,
)
from services.shared.typesetting.characters import is_blank

ID_PREFIX = "qb-report-"
NO_COMPARISON = "kein Vergleich"


def view_of(content: Content) -> dict[str, Any]:
    """All that a template shows.

    Raises ValueError for a picture with nothing to draw, a table without rows or with one that
    does not fit its columns, a heading without words.
    """
    if is_blank(content.title):
        raise ValueError("the report has no title")
    # „Gemeindeprofil“ is not said twice above „Gemeindeprofil Aachen“.
    template = "" if content.title.startswith(content.template) else content.template
    return {
        "title": content.title,
        "subtitle": content.subtitle,
        "template": template,
        "reference": content.reference,
        "publisher": content.publisher,
        "language": content.language,
        "marks": list(content.marks),
        "description": _description(content),
        "running_title": " · ".join(filter(None, (template, content.title))),
        "running_foot": _running_foot(content),
        "facts": _facts(content),
        "source_numbers": [
            source.number
            for block in content.blocks
            if isinstance(block, Sources)
            for source in block.items
        ],
        "blocks": list(_block_views(content)),
    }


def _block_views(content: Content) -> Iterator[dict[str, Any]]:
    has_chapter = False
    runs = groupby(content.blocks, key=lambda block: isinstance(block, KeyFigures))
    pieces: list[Any] = []
    for is_key_figures, blocks in runs:
        pieces += [tuple(blocks)] if is_key_figures else blocks
    for number, piece in enumerate(pieces, start=1):
        prefix = f"{ID_PREFIX}{number}"
        kind = "key_figures" if isinstance(piece, tuple) else piece.kind
        view = _VIEWS.get(kind, _plain)(piece, f"{prefix}-")
        view |= {"kind": kind, "id": prefix, "after": f"{ID_PREFIX}{number - 1}"}
        if kind == "heading":
            if is_blank(piece.text):
                raise ValueError("a heading has no words")
            # No level is skipped, whatever the template of the report begins with.
            view["level"] = piece.level if has_chapter else 1
            has_chapter = True
        yield view


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


def _key_figures(blocks: tuple[KeyFigures, ...], id_prefix: str) -> dict[str, Any]:
    """Key figures that follow each other are one table, each dimension a group of its rows.

    A comparison that only some rows have is said to be absent in the others.
    """
    items = [item for block in blocks for item in block.items]
    names = list(dict.fromkeys(one.name for item in items for one in item.comparisons))
    groups = []
    for block in blocks:
        if not block.items:
            raise ValueError(f"„{block.title}“ has no key figure")
        rows = [_key_figure(item, names) for item in block.items]
        groups.append({"title": block.title, "rows": rows})
    heads = [blocks[0].area or "Wert", *names]
    sources = sorted({number for item in items for number in item.sources})
    return {"heads": heads, "groups": groups, "sources": sources}


def _key_figure(item: KeyFigure, names: Sequence[str]) -> dict[str, Any]:
    others = {comparison.name: comparison.figure for comparison in item.comparisons}
    absent = set_figure(Figure(NO_COMPARISON, is_missing=True)) | {"is_absent": True}
    return {
        "label": item.label,
        "period": item.period,
        "note": item.note,
        "own": set_figure(item.figure),
        "others": [set_figure(others[name]) if name in others else absent for name in names],
    }


def _table(block: Table, id_prefix: str) -> dict[str, Any]:
    if not block.rows:
        raise ValueError(f"the table „{block.title}“ has no row")
    width = len(block.columns) - 1
    if any(len(row.cells) != width for row in block.rows):
        raise ValueError(f"the table „{block.title}“ has rows that do not fit its columns")
    rows = [
        {
            "head": row.head,
            "cells": [set_figure(cell) for cell in row.cells],
            "is_emphasised": row.is_emphasised,
        }
        for row in block.rows
    ]
    columns = [
        asdict(column) | {"is_hyphenated": is_hyphenated}
        for column, is_hyphenated in zip(block.columns, hyphenated_heads(block), strict=True)
    ]
    return asdict(block) | {"rows": rows, "columns": columns, "widths": column_widths(block)}


def _choropleth(block: Choropleth, id_prefix: str) -> dict[str, Any]:
    unit = shared_unit(block.legend)
    return {
        "title": block.title,
        "alternative": block.alternative,
        "svg": Markup(map_svg(block, id_prefix)),  # noqa: S704 - drawn here, texts escaped
        "ratio": round(block.height / block.width, 4),
        "legend_head": f"Klasse, {unit}" if unit else "Klasse",
        "legend": [
            {
                "sign": Markup(row.sign),  # noqa: S704 - drawn here
                "text": without_unit(row.text, unit),
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
        "table": _table(block.table, id_prefix) | {"id": id_prefix.removesuffix("-")},
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
    is_named = source.licence in source.attribution
    licence = "" if is_named or not source.licence else f"Lizenz: {source.licence}"
    periods = f"Zeitraum: {source.periods}" if source.periods else ""
    release = f"Freigabe {source.release_number} vom {source.released_on} für {source.audience}"
    invented = "erfundene Zahlen" if source.is_fictional else ""
    lines = ((source.attribution, licence), (periods, release, invented))
    return [" · ".join(filter(None, line)) for line in lines if any(line)]


_VIEWS: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "key_figures": _key_figures,
    "table": _table,
    "choropleth": _choropleth,
    "chart": _chart,
    "sources": _sources,
}
