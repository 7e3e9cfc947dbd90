"""How a file's columns are read: what was said, and what is proposed from names and contents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

_KEY_NAMES = (
    re.compile(r"^(ags|gemeindeschl.*|schl.*ssel|key|code|kennung|kennziffer)$"),
    re.compile(r"(^|_)(nr|nummer|no|key|code|ags|id_?nr|schl)$|^(nr|num)(_|$)"),
    re.compile(r"(^|_)id$"),
)
_NAME_NAMES = (
    re.compile(r"^(name|gen|bezeichnung|bezeichn|bez_name|label|titel)$"),
    re.compile(r"(^|_)(name|bezeichnung|bez|label)$"),
)
_PARENT_NAMES = re.compile(
    r"parent|bezirk_?(nr|id)|(^|_)(stb|stbez|stadtbez|bez|kreis)_?(nr|id|key)"
)
# what geoinformation systems add by themselves
_TECHNICAL = re.compile(
    r"^(object_?id|fid|ogc_fid|gml_?id|global_?id|shape_?(area|len|leng|length)|st_area.*|"
    r"st_length.*|area|flaeche.*|umfang|perimeter|shape__.*)$"
)
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the parts of a file mean; None where nothing was said or nothing can be proposed.

    `parent`: key of the area above where no column names it. `key_prefix`: the municipality's key
    is put before each key. `key_width`: keys of digits are filled up with zeros to this length.
    `merge_parts`: rows with the same key are parts of one area.
    """

    layer: str | None = None
    crs: str | None = None
    key_column: str | None = None
    name_column: str | None = None
    parent_column: str | None = None
    parent: str | None = None
    key_prefix: bool | None = None
    key_width: int | None = None
    merge_parts: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is shown to whoever maps it."""

    name: str
    kind: str
    examples: tuple[str, ...]
    distinct: int
    missing: int
    known_keys: int

    def document(self) -> dict[str, Any]:
        """The column as JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "examples": list(self.examples),
            "distinct": self.distinct,
            "missing": self.missing,
            "known_keys": self.known_keys,
        }


def as_texts(values: npt.NDArray[Any]) -> list[str]:
    """Values as texts, empty for none; whole numbers without a decimal point."""
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            return ""
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value).replace("\x00", "").strip()


def describe_columns(columns: dict[str, npt.NDArray[Any]], known: Iterable[str]) -> list[Column]:
    """What is in the columns; `known_keys` counts the values that are keys of the register."""
    register = set(known)
    described = []
    for name, values in columns.items():
        texts = as_texts(values)
        filled = [text for text in texts if text]
        distinct = dict.fromkeys(filled)
        described.append(
            Column(
                name=name,
                kind="number" if values.dtype.kind in "iuf" else "text",
                examples=tuple(text[:60] for text in list(distinct)[:_EXAMPLES]),
                distinct=len(distinct),
                missing=len(texts) - len(filled),
                known_keys=sum(text in register for text in distinct),
            )
        )
    return described


def propose(
    said: Mapping, columns: list[Column], rows: int, *, tells_parent_by_key: bool
) -> Mapping:
    """What was said, completed by what names and contents suggest.

    Official keys tell the area above by themselves (`tells_parent_by_key`).
    """
    usable = [column for column in columns if not _TECHNICAL.match(column.name.lower())]
    key = said.key_column
    if key is None:
        rated = [(_key_score(column, rows, said), column.name) for column in usable]
        key = _best([item for item in rated if item[1] != said.name_column])
    name = said.name_column
    if name is None:
        rated = [(_name_score(column), column.name) for column in usable]
        name = _best([item for item in rated if item[1] != key])
    parent = said.parent_column
    if parent is None and said.parent is None and not tells_parent_by_key:
        rated = [(_parent_score(column, rows), column.name) for column in usable]
        parent = _best([item for item in rated if item[1] not in (key, name)])
    return replace(said, key_column=key, name_column=name, parent_column=parent or None)


def _best(rated: list[tuple[float, str]]) -> str | None:
    """The name with the highest score above zero; of equals the first in the file."""
    best = max(rated, key=lambda item: item[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else None


def _key_score(column: Column, rows: int, said: Mapping) -> float:
    """Above zero where the values could be keys: every row has one, none twice."""
    is_unique = column.missing == 0 and (column.distinct == rows or said.merge_parts)
    if not is_unique or (column.kind == "text" and any(" " in text for text in column.examples)):
        return 0.0
    score = 3.0 * column.known_keys / max(rows, 1)
    for weight, pattern in zip((4.0, 2.0, 0.5), _KEY_NAMES, strict=True):
        if pattern.search(column.name.lower()):
            score += weight
            break
    if all(any(sign.isdigit() for sign in text) for text in column.examples):
        score += 0.5
    # a column that neither is called a key nor holds known ones is not guessed to be one
    return score if score > 0.5 else 0.0


def _name_score(column: Column) -> float:
    if column.kind == "number" or column.distinct == 0:
        return 0.0
    letters = sum(any(sign.isalpha() for sign in text) for text in column.examples)
    if letters < len(column.examples):
        return 0.0
    score = 0.0
    for weight, pattern in zip((4.0, 3.0), _NAME_NAMES, strict=True):
        if pattern.search(column.name.lower()):
            score += weight
            break
    return score + (0.5 if score and column.distinct > 1 else 0.0)


def _parent_score(column: Column, rows: int) -> float:
    """Above zero where all values are known keys, fewer than there are areas."""
    if column.missing or not column.distinct or column.distinct >= rows > 1:
        return 0.0
    if column.known_keys < column.distinct:
        return 0.0
    return 1.0 + (1.0 if _PARENT_NAMES.search(column.name.lower()) else 0.0)
