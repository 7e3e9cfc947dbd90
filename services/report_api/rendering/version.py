"""What the bytes of a report depend on beside its content."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from services.shared import choropleth

_HERE = Path(__file__).parent
_PARTS = ("typst", "vl-convert-python", "pikepdf", "jinja2", "markupsafe", "babel")
_SOURCES = ("*.py", "*.typ", "*.css", "*.j2", "*.otf", "*.woff2")


def _digest() -> str:
    """Over each file that writes, draws or sets a report, and the libraries it does so with."""
    folders = (_HERE, *(_HERE.parent / name for name in ("content", "figures", "snapshots")))
    found = {path for folder in folders for kind in _SOURCES for path in folder.rglob(kind)}
    digest = hashlib.sha256()
    for path in sorted(found, key=lambda path: path.relative_to(_HERE.parent).as_posix()):
        digest.update(f"{path.relative_to(_HERE.parent).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(hashlib.sha256(Path(choropleth.__file__).read_bytes()).digest())
    for part in _PARTS:
        digest.update(f"{part}={version(part)}\0".encode())
    return digest.hexdigest()


RENDERER_VERSION = _digest()[:16]
