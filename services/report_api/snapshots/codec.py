"""A snapshot as bytes: canonical JSON, so that the same contents have the same fingerprint."""

import hashlib

import orjson
from pydantic import TypeAdapter

from services.report_api.snapshots.rules import Snapshot

_ADAPTER = TypeAdapter(Snapshot)


def encode(snapshot: Snapshot) -> bytes:
    """Canonical JSON (UTF-8, sorted keys, no spaces)."""
    return orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> Snapshot:
    """The snapshot that `encode` wrote."""
    return _ADAPTER.validate_json(body)


def fingerprint_of(body: bytes) -> bytes:
    """SHA-256 of an encoded snapshot; 32 bytes."""
    return hashlib.sha256(body).digest()
