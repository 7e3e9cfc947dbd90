"""The renderer's version changes with whatever its bytes depend on."""

import re
import shutil
from pathlib import Path

import pytest

from services.report_api.rendering import version

RENDERING = Path(version.__file__).parent


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sources a report is rendered by, free to be changed."""
    for name in ("rendering", "content", "figures", "snapshots"):
        shutil.copytree(RENDERING.parent / name, tmp_path / name)
    shutil.copytree(version._TYPESETTING, tmp_path / "typesetting")
    monkeypatch.setattr(version, "_HERE", tmp_path / "rendering")
    monkeypatch.setattr(version, "_TYPESETTING", tmp_path / "typesetting")
    return tmp_path


def test_it_is_the_same_for_the_same_sources(copied: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", version.RENDERER_VERSION)
    assert version._digest()[:16] == version.RENDERER_VERSION


@pytest.mark.parametrize(
    "name",
    [
        "rendering/report.typ",
        "rendering/article.css",
        "rendering/charts.py",
        "rendering/templates/blocks.html.j2",
        "typesetting/fonts/FiraSans-Regular.otf",
        "typesetting/fonts/FiraSans-Regular.woff2",
        "content/blocks.py",
        "figures/rules.py",
        "snapshots/codec.py",
    ],
)
def test_it_changes_with_each_source(name: str, copied: Path) -> None:
    before = version._digest()
    (copied / name).write_bytes((copied / name).read_bytes() + b" ")
    assert version._digest() != before


def test_it_changes_with_a_library(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = version._digest()
    monkeypatch.setattr(version, "version", lambda part: "0.0")
    assert version._digest() != before
