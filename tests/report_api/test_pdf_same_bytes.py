"""Rendered again, a report is the same to the byte: later, elsewhere, in another process."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import render_pdf
from services.report_api.rendering.version import RENDERER_VERSION
from tests.report_api.contents import profile
from tests.report_api.edge_contents import edges

ROOT = Path(__file__).parents[2]
_SCRIPT = """
import hashlib
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import render_pdf
from services.report_api.rendering.version import RENDERER_VERSION
from tests.report_api.contents import profile
from tests.report_api.edge_contents import edges
for content in (edges(), profile()):
    for data in (render_pdf(content), render_document(content), render_article(content).encode()):
        print(hashlib.sha256(data).hexdigest())
print(RENDERER_VERSION)
"""


def digests() -> list[str]:
    """Of all files of both contents as made by this process, and the renderer's version."""
    files = [
        data
        for content in (edges(), profile())
        for data in (
            render_pdf(content),
            render_document(content),
            render_article(content).encode(),
        )
    ]
    return [*(hashlib.sha256(data).hexdigest() for data in files), RENDERER_VERSION]


def test_twice_in_one_process() -> None:
    assert digests() == digests()


@pytest.mark.parametrize(
    "surroundings",
    [
        {},
        {"TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"PYTHONHASHSEED": "4711", "SOURCE_DATE_EPOCH": "1"},
    ],
)
def test_in_another_process(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Another time zone, language, home and working folder, other fonts within reach."""
    fonts = tmp_path / ".fonts"
    fonts.mkdir()
    (fonts / "FiraSans-Regular.otf").write_bytes(b"not the font")
    environment = os.environ | surroundings
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TYPST_FONT_PATHS": str(fonts)}
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == digests()


def test_another_moment_or_fingerprint_is_another_file() -> None:
    content = profile()
    later = replace(content, timestamp=content.timestamp + 1)
    other = replace(content, fingerprint="0" * 64)
    assert len({render_pdf(content), render_pdf(later), render_pdf(other)}) == 3
