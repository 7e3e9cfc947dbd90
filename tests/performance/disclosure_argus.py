"""pytauargus on our tables: the modular and the optimal method of τ-ARGUS, solved with HiGHS.

Each run is a process of its own: the native engine writes its files where it stands, and may end
the process.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.performance.disclosure_tables import MINIMUM_COUNT, CountTable, weights_of

_PATIENCE = 900.0
_METADATA = """<SEPARATOR> ";"
<SAFE> "S"
<UNSAFE> "U"
<PROTECT> "P"
Area
<RECODEABLE>
<TOTCODE> "Total"
<HIERARCHICAL>
<HIERCODELIST> "{folder}/areas.hrc"
<HIERLEADSTRING> "@"
Code
<RECODEABLE>
<TOTCODE> "Total"
Count
<NUMERIC>
<DECIMALS> 0
Cases
<FREQUENCY>
Loss
<NUMERIC> <COST>
State
<STATUS>
Down
<NUMERIC> <LOWERPL>
Up
<NUMERIC> <UPPERPL>
"""
_BATCH = """<OPENTABLEDATA> "{folder}/table.tab"
<OPENMETADATA> "{folder}/table.rda"
<SPECIFYTABLE> "Area""Code"|"Count"||"Loss"
<SAFETYRULE>
<READTABLE> 1
<SUPPRESS> {method}
<WRITETABLE> (1,5,SO+,"{folder}/result.tab")
"""


def suppressed(
    table: CountTable, method: str, folder: Path
) -> tuple[NDArray[np.bool_], float] | None:
    """What τ-ARGUS hides (bool[cells]) and the seconds it took; None if it gave no result.

    `method` is MOD(1) or OPT(1, minutes). The table has one tree of areas and no further sets:
    τ-ARGUS knows trees only. Every count of 1 … 2 must keep 0 … 3 possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    areas, codes = _write_table(table, folder)
    (folder / "table.rda").write_text(_METADATA.format(folder=folder))
    (folder / "batch.arb").write_text(_BATCH.format(folder=folder, method=method))
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytauargus.cli", "run", str(folder / "batch.arb")],
            cwd=folder,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    seconds = time.perf_counter() - begun
    result = folder / "result.tab"
    if done.returncode != 0 or not result.exists():
        return None
    is_hidden = np.zeros(table.counts.shape, dtype=bool)
    for line in result.read_text().splitlines():
        area, code, *_, state, _lower, _upper = line.split(";")
        place = areas[area.strip('" ')], codes[code.strip('" ')]
        is_hidden[place] = state in ("U", "M")
    return is_hidden.ravel(), seconds


def _write_table(table: CountTable, folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    area_names = _names(table.counts.shape[0], table.area_sums, "q")
    code_names = _names(table.counts.shape[1], table.code_sums, "b")
    parts = dict(table.area_sums)
    top = area_names.index("Total")
    lines: list[str] = []
    for part in parts[top]:
        lines.append(area_names[part])
        lines += [f"@{area_names[leaf]}" for leaf in parts.get(part, [])]
    (folder / "areas.hrc").write_text("\n".join(lines) + "\n")
    weights = weights_of(table.counts)
    with (folder / "table.tab").open("w") as file:
        for (area, code), value in np.ndenumerate(table.counts):
            is_small = 0 < value < MINIMUM_COUNT
            state = f"U;{value:g};{MINIMUM_COUNT - value:g}" if is_small else "S;0;0"
            file.write(
                f"{area_names[area]};{code_names[code]};{value:g};{value:g}"
                f";{weights[area, code]:g};{state}\n"
            )
    return (
        {name: place for place, name in enumerate(area_names)},
        {name: place for place, name in enumerate(code_names)},
    )


def _names(count: int, sums: list[tuple[int, list[int]]], letter: str) -> list[str]:
    """Names of rows: the last sum is the total."""
    names = [f"{letter}{place:04d}" for place in range(count)]
    names[sums[-1][0]] = "Total"
    return names
