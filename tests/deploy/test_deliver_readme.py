"""The README's shell examples of deliveries, run as they stand against the demo."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from deploy.demo.load import demo_document
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(heading: str) -> list[str]:
    """The shell examples between this heading and the next of its rank."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, flags=re.M | re.S)
    assert found, heading
    return re.findall(r"^```sh\n(.*?)^```", found[1], flags=re.M | re.S)


def test_the_examples_do_what_they_say(
    demo: Demo, own_demo_platform: RunningPlatform, tmp_path: Path
) -> None:
    (tmp_path / ".local").mkdir()
    document = demo_document(own_demo_platform.urls, demo.store)
    (tmp_path / ".local" / "demo.json").write_text(json.dumps(document))
    for name in (".venv", "deploy", "services"):
        (tmp_path / name).symlink_to(ROOT / name)
    names = blocks("Die erste Lieferung")[0]
    script = "\n".join(["set -euo pipefail", names, *blocks("Lieferungen")])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for state in ("checked", "accepted", "withdrawn"):
        assert state in done.stdout.split(), done.stdout
    assert (tmp_path / "beleg.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "vorlage.xlsx").read_bytes().startswith(b"PK")
    assert json.loads((tmp_path / "beleg.json").read_text())["state"] == "accepted"
