"""Static files under addresses that change with their content, so browsers keep them for a year.

The address carries one fingerprint of the whole folder: relative references inside unmodified
vendored files (fonts in style sheets, modules in scripts) then stay right by themselves.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static"

_YEAR = "public, max-age=31536000, immutable"
_COMPRESSED = {".css", ".js", ".mjs", ".svg", ".json", ".txt", ".map"}
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    compressed: bytes | None
    media_type: str


class StaticAssets:
    """ASGI app for `/static/<fingerprint>/<path>`; files are read once and held in memory."""

    def __init__(self, folder: Path = FOLDER, *, is_development: bool = False) -> None:
        self._folder = folder
        self._is_development = is_development
        self._paths = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._assets: dict[str, _Asset] = {}
        self.fingerprint = self._fingerprint()

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name, path in self._paths.items():
            digest.update(name.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """Address of the file `name` (path inside `web/static`). Raises KeyError for none such."""
        if name not in self._paths and not (self._folder / name).is_file():
            raise KeyError(name)
        return f"{PREFIX}/{self.fingerprint}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file."""
        if scope["type"] != "http":
            return
        await self._response(scope)(scope, receive, send)

    def _response(self, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("Nur GET", status_code=405, headers={"Allow": "GET, HEAD"})
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        fingerprint, _, name = path.partition("/")
        asset = self._asset(name)
        if asset is None:
            return PlainTextResponse("Diese Datei gibt es nicht.", status_code=404)
        is_current = fingerprint == self.fingerprint and not self._is_development
        headers = {"Cache-Control": _YEAR if is_current else "no-cache", "Vary": "Accept-Encoding"}
        accepts_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if asset.compressed is not None and accepts_gzip:
            headers["Content-Encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    def _asset(self, name: str) -> _Asset | None:
        known = self._assets.get(name)
        if known is not None and not self._is_development:
            return known
        path = self._paths.get(name)
        if path is None and self._is_development:
            candidate = (self._folder / name).resolve()
            is_inside = candidate.is_relative_to(self._folder) and candidate.is_file()
            path = candidate if is_inside else None
        if path is None:
            return None
        body = path.read_bytes()
        suffix = path.suffix.lower()
        asset = _Asset(
            body=body,
            compressed=gzip.compress(body, 6, mtime=0) if suffix in _COMPRESSED else None,
            media_type=_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "text/plain",
        )
        self._assets[name] = asset
        return asset
