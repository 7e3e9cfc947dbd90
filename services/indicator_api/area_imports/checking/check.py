"""The whole check of a file: read, understand, repair, compare. Writes nothing anywhere.

Runs in a thread of the worker; takes bytes and what the register knows, gives back what would be
written, what is to be shown, and every finding.
"""

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.checking import keys
from services.indicator_api.area_imports.checking.crs import (
    CrsOutcome,
    Frame,
    to_target,
    understand_crs,
)
from services.indicator_api.area_imports.checking.nesting import (
    Fitting,
    Place,
    check_gaps,
    check_nesting,
    check_overlaps,
)
from services.indicator_api.area_imports.checking.partition import check_partition
from services.indicator_api.area_imports.checking.shapes import MadeFit, flatten, make_fit
from services.indicator_api.area_imports.findings import FindingList, UnreadableError
from services.indicator_api.area_imports.mapping import (
    Column,
    Mapping,
    as_texts,
    describe_columns,
    propose,
)
from services.indicator_api.area_imports.reading.files import (
    FORMAT_LABELS,
    AreaFile,
    Geometries,
    read_area_file,
)
from services.indicator_api.area_imports.registers import Intention, Registers
from services.indicator_api.area_imports.words import counted

PREVIEW_ROWS = 8


@dataclass(frozen=True, slots=True)
class StagedArea:
    """An area as it would be written; geometry in EPSG:25832."""

    code: str
    name: str
    parent: str | None
    geometry: BaseGeometry


@dataclass(slots=True)
class CheckResult:
    """What a check found; `areas` are complete only if nothing speaks against the import."""

    findings: FindingList
    mapping: Mapping
    format: str = ""
    columns: list[Column] = field(default_factory=list)
    layers: tuple[str, ...] = ()
    crs: CrsOutcome | None = None
    preview: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    areas: list[StagedArea] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @property
    def state(self) -> str:
        """rejected (an error), asking (a question is open) or checked (can be taken)."""
        if self.findings.has("error"):
            return "rejected"
        return "asking" if self.findings.has("question") else "checked"


def check_area_file_bytes(
    data: bytes, said: Mapping, intention: Intention, registers: Registers
) -> CheckResult:
    """Check a file against the register; faults of any kind become findings, never exceptions."""
    result = CheckResult(FindingList(), said)
    try:
        with tempfile.TemporaryDirectory(prefix="areas-") as folder:
            file = read_area_file(data, Path(folder), said.layer)
    except UnreadableError as error:
        result.findings.add(error.finding.code, error.finding.detail)
        result.layers = tuple(error.known.get("layers", ()))
        return result
    _understand(result, file, said, intention, registers)
    return result


def _understand(
    result: CheckResult, file: AreaFile, said: Mapping, intention: Intention, registers: Registers
) -> None:
    result.format = file.format
    result.layers = file.layers
    result.columns = describe_columns(file.columns, _keys_to_recognise(intention, registers))
    mapping = propose(
        replace(said, layer=file.layer),
        result.columns,
        len(file),
        tells_parent_by_key=intention.municipality is None,
    )
    mapping = _with_prefix(mapping, file, intention)
    result.mapping = mapping
    result.counts = {"rows": len(file)}
    check_partition(intention, registers, result.findings)
    frame = _frame(intention, registers)
    result.crs = understand_crs(
        file.geometries,
        frame,
        result.findings,
        written=file.crs,
        is_assumed=file.is_crs_assumed,
        given=said.crs,
    )
    columns = _columns_of(file, mapping, result.findings)
    if columns is None:
        result.preview = _raw_preview(file)
        return
    labelled = _label(file, columns, mapping, intention, registers, result.findings)
    labels = _labels(labelled)
    geometries = flatten(file.geometries, labels, result.findings)
    if mapping.merge_parts:
        labelled, geometries = _merged(labelled, geometries, result.findings)
        labels = _labels(labelled)
    else:
        keys.check_doubles(labelled.codes, result.findings)
    result.counts["areas"] = len(labelled.codes)
    result.counts["new"] = sum(
        code is not None and registers.valid(code) is None for code in labelled.codes
    )
    result.preview = _preview(labelled, registers)
    if result.crs.chosen is not None:
        fit = make_fit(to_target(geometries, result.crs.chosen), labels, result.findings)
        _compare(result, labelled, fit, intention, registers)


def _keys_to_recognise(intention: Intention, registers: Registers) -> list[str]:
    """Keys by which a column is told to hold keys: also without the municipality's prefix."""
    known = list(registers.areas)
    if intention.municipality is None:
        return known
    prefix = intention.municipality
    own = [code for code in known if code.startswith(prefix) and code != prefix]
    return own + [code.removeprefix(prefix) for code in own]


def _with_prefix(mapping: Mapping, file: AreaFile, intention: Intention) -> Mapping:
    """Own keys that do not begin with the municipality's get it, unless somebody said no."""
    column = mapping.key_column
    if intention.municipality is None:
        return replace(mapping, key_prefix=False)
    if mapping.key_prefix is not None or column not in file.columns:
        return mapping
    texts = as_texts(file.columns[column])
    return replace(
        mapping, key_prefix=not all(text.startswith(intention.municipality) for text in texts)
    )


def _frame(intention: Intention, registers: Registers) -> Frame:
    municipality = (
        None if intention.municipality is None else registers.valid(intention.municipality)
    )
    if municipality is None or municipality.geometry is None:
        return Frame(None, "Deutschland")
    return Frame(municipality.geometry, municipality.name)


def _columns_of(file: AreaFile, mapping: Mapping, findings: FindingList) -> tuple[str, str] | None:
    """The columns of keys and names; None, and questions and errors, where one is lacking."""
    named = (mapping.key_column, mapping.name_column, mapping.parent_column)
    missing = [column for column in named if column is not None and column not in file.columns]
    for column in missing:
        findings.add("column_missing", f"Die Spalte „{column}“ gibt es in der Datei nicht.")
    if mapping.key_column is None:
        findings.add("key_column_unclear", "Keine Spalte ist von selbst als Schlüssel zu erkennen.")
    if mapping.name_column is None:
        findings.add("name_column_unclear", "Keine Spalte ist von selbst als Name zu erkennen.")
    if missing or mapping.key_column is None or mapping.name_column is None:
        return None
    return mapping.key_column, mapping.name_column


def _label(
    file: AreaFile,
    columns: tuple[str, str],
    mapping: Mapping,
    intention: Intention,
    registers: Registers,
    findings: FindingList,
) -> keys.Labelled:
    key_column, name_column = columns
    values = file.columns[key_column]
    codes = keys.make_keys(
        as_texts(values), mapping, intention, findings, is_numeric=values.dtype.kind in "iuf"
    )
    names = as_texts(file.columns[name_column])
    keys.check_names(names, codes, findings)
    keys.check_owner(codes, intention, registers, findings)
    column = mapping.parent_column
    raw = None if column is None else as_texts(file.columns[column])
    parents = keys.find_parents(raw, codes, mapping, intention, registers, findings)
    return keys.Labelled(codes, names, parents)


def _labels(labelled: keys.Labelled) -> list[str]:
    return [
        f"Zeile {row}: {name or 'ohne Namen'} ({code or 'ohne Schlüssel'})"
        for row, (code, name) in enumerate(
            zip(labelled.codes, labelled.names, strict=True), start=1
        )
    ]


def _merged(
    labelled: keys.Labelled, geometries: Geometries, findings: FindingList
) -> tuple[keys.Labelled, Geometries]:
    """One row a key: the parts collected, name and area above taken from the first."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, code in enumerate(labelled.codes):
        groups[code or f"\x00{index}"].append(index)
    merged = np.empty(len(groups), dtype=object)
    for position, members in enumerate(groups.values()):
        parts = [geometries[index] for index in members if geometries[index] is not None]
        merged[position] = (
            parts[0] if len(parts) == 1 else shapely.multipolygons(shapely.get_parts(parts))
        ) if parts else None  # fmt: skip
    joined = sum(len(members) > 1 for members in groups.values())
    if joined:
        findings.add(
            "parts_merged",
            f"{counted(joined, 'Gebiet besteht', 'Gebiete bestehen')} aus mehreren Zeilen.",
        )
    first = [members[0] for members in groups.values()]
    return (
        keys.Labelled(
            [labelled.codes[index] for index in first],
            [labelled.names[index] for index in first],
            [labelled.parents[index] for index in first],
        ),
        merged,
    )


def _compare(
    result: CheckResult,
    labelled: keys.Labelled,
    fit: MadeFit,
    intention: Intention,
    registers: Registers,
) -> None:
    """Stage the areas, and see how they fit together."""
    usable = [
        index for index, geometry in enumerate(fit.geometries)
        if geometry is not None and labelled.codes[index] is not None
    ]  # fmt: skip
    fitting = Fitting(
        fit.geometries[usable],
        [str(labelled.codes[index]) for index in usable],
        [labelled.names[index] for index in usable],
        result.findings,
    )
    parents = [labelled.parents[index] for index in usable]
    result.areas = [
        StagedArea(code, name, parent, geometry)
        for code, name, parent, geometry in zip(
            fitting.codes, fitting.names, parents, fitting.geometries, strict=True
        )
    ]
    result.counts["repaired"] = len(fit.repairs)
    for repair in fit.repairs:
        code = labelled.codes[repair.index]
        name = f"Berichtigter Rand: {labelled.names[repair.index]}"
        fitting.places.append(Place("repaired", code, name, repair.part))
    if usable:
        frame = _frame(intention, registers)
        check_overlaps(fitting)
        check_gaps(fitting, frame.geometry, frame.name)
        check_nesting(fitting, parents, registers, intention.municipality)
    result.places = fitting.places


def _preview(labelled: keys.Labelled, registers: Registers) -> dict[str, Any]:
    """The first rows as they would be stored."""
    rows = []
    for code, name, parent in list(
        zip(labelled.codes, labelled.names, labelled.parents, strict=True)
    )[:PREVIEW_ROWS]:
        above = None if parent is None else registers.valid(parent)
        rows.append([code or "–", name or "–", f"{above.name} ({parent})" if above else "–"])
    return {"columns": ["Schlüssel", "Name", "Liegt in"], "rows": rows}


def _raw_preview(file: AreaFile) -> dict[str, Any]:
    """The first rows as they stand in the file."""
    shown = list(file.columns.items())[:8]
    texts = [as_texts(values[:PREVIEW_ROWS]) for _, values in shown]
    rows = [[text[:60] for text in row] for row in zip(*texts, strict=True)]
    return {"columns": [name for name, _ in shown], "rows": rows}


def format_label(code: str) -> str:
    """A format in words."""
    return FORMAT_LABELS.get(code, "")
