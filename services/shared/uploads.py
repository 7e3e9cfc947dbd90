"""Taking in a large request body: streamed to the object store, or read whole up to a limit."""

import hashlib
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import obstore
from fastapi import Request
from obstore.store import ObjectStore

from services.shared.problems import BadRequest, PayloadTooLarge, UnsupportedMediaType

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A body in the store, as it was before any content coding; `sha256` is 32 bytes."""

    path: str
    size: int
    sha256: bytes


def _too_large(limit: int) -> PayloadTooLarge:
    megabytes = f"{limit / 1024 / 1024:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    return PayloadTooLarge(
        "body_too_large",
        f"Die Datei überschreitet die Grenze von {megabytes} MB. Teilen Sie sie, zum Beispiel "
        "nach Jahren, oder bitten Sie den Betrieb, die Grenze anzuheben.",
        limit_bytes=limit,
    )


async def _decoded(request: Request) -> AsyncIterator[bytes]:
    coding = request.headers.get("content-encoding", "identity").lower()
    if coding == "identity":
        async for chunk in request.stream():
            yield chunk
        return
    if coding != "gzip":
        raise UnsupportedMediaType(
            "content_coding_unsupported",
            f"Die Kodierung „{coding}“ wird nicht gelesen; möglich ist „gzip“.",
        )
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    try:
        async for chunk in request.stream():
            pending = chunk
            while pending:
                if decoder.eof:
                    # gzip may consist of several members, one after the other (RFC 1952)
                    decoder = zlib.decompressobj(_GZIP_WINDOW)
                yield decoder.decompress(pending, 1 << 20)
                pending = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    except zlib.error:
        raise _broken_coding() from None
    yield decoder.flush()
    if not decoder.eof:
        # what is cut off would otherwise pass for a shorter file
        raise _broken_coding()


def _broken_coding() -> BadRequest:
    return BadRequest("content_coding_broken", "Die gzip-Daten sind beschädigt oder unvollständig.")


async def store_body(request: Request, store: ObjectStore, path: str, limit: int) -> StoredBody:
    """Stream the request's body to `path` in the store.

    Raises `PayloadTooLarge` (413) above `limit` bytes, counted after decompression, and
    `BadRequest` for an empty body; then nothing is left in the store.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    digest = hashlib.sha256()
    size = 0
    try:
        async with obstore.open_writer_async(store, path) as writer:
            async for chunk in _decoded(request):
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                digest.update(chunk)
                await writer.write(chunk)
        if size == 0:
            raise BadRequest("body_empty", "Die Anfrage enthält keine Datei.")
    except BaseException:
        await _forget(store, path)
        raise
    return StoredBody(path, size, digest.digest())


async def read_body(request: Request, limit: int) -> bytes:
    """The request's body in memory, for what must not be kept before it was looked at.

    Raises `PayloadTooLarge` (413) above `limit` bytes, counted after decompression, and
    `BadRequest` for an empty body.
    """
    body = bytearray()
    async for chunk in _decoded(request):
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    if not body:
        raise BadRequest("body_empty", "Die Anfrage enthält keine Datei.")
    return bytes(body)


async def _forget(store: ObjectStore, path: str) -> None:
    try:
        await obstore.delete_async(store, path)
    except FileNotFoundError:
        return
