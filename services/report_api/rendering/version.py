"""What the bytes of a report depend on beside its content."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from services.shared import choropleth, typesetting

_HERE = Path(__file__).parent
_TYPESETTING = Path(str(typesetting.__file__)).parent
_PARTS = ("typst", "vl-convert-python", "pikepdf", "jinja2", "markupsafe", "babel")
_SOURCES = ("*.py", "*.typ", "*.css", "*.j2", "*.otf", "*.woff2")


def _sources(folder: Path) -> set[Path]:
    return {path for kind in _SOURCES for path in folder.rglob(kind)}


def _digest() -> str:
    """Over each file that writes, draws or sets a report, and the libraries it does so with."""
    folders = (_HERE, *(_HERE.parent / name for name in ("content", "figures", "snapshots")))
    sources = [(path, _HERE.parent) for folder in folders for path in _sources(folder)]
    sources += [(path, _TYPESETTING.parent) for path in _sources(_TYPESETTING)]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(base).as_posix(), path) for path, base in sources):
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(hashlib.sha256(Path(choropleth.__file__).read_bytes()).digest())
    for part in _PARTS:
        digest.update(f"{part}={version(part)}\0".encode())
    return digest.hexdigest()


RENDERER_VERSION = _digest()[:16]
