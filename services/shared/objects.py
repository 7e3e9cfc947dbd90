"""Files in an object store: a local folder by default, S3-compatible in production."""

from pathlib import Path
from urllib.parse import urlsplit

from obstore.store import LocalStore, ObjectStore, from_url


def open_store(url: str) -> ObjectStore:
    """The store behind `file:///absolute/folder` (made if missing) or `s3://bucket/prefix`."""
    if url.startswith("file://"):
        folder = Path(urlsplit(url).path)
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(prefix=folder)
    return from_url(url)
