"""The secrets of a local run: made at its first start, kept for their owner alone."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import OKPKey

from deploy.database import SERVICE_ROLES
from deploy.local.local_folder import write_private


@dataclass(frozen=True)
class LocalSecrets:
    """Everything that must not be known; its repr tells nothing."""

    token_signing_key: str = field(repr=False)
    token_verify_key: str = field(repr=False)
    web_secret: str = field(repr=False)
    database_passwords: Mapping[str, str] = field(repr=False)

    @classmethod
    def load_or_create(cls, folder: Path) -> "LocalSecrets":
        """Reads the secrets kept in the folder and makes those that are missing (mode 0600)."""
        signing_key = _kept(folder / "token-signing-key.pem", _new_signing_key)
        return cls(
            token_signing_key=signing_key,
            token_verify_key=_pem(OKPKey.import_key(signing_key), is_private=False),
            web_secret=_kept(folder / "web-secret", _new_word),
            database_passwords={
                role: _kept(folder / f"database-{role}", _new_word) for role in SERVICE_ROLES
            },
        )


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, make())
    path.chmod(0o600)
    return path.read_text()


def _new_word() -> str:
    return secrets.token_urlsafe(36)


def _new_signing_key() -> str:
    return _pem(OKPKey.generate_key("Ed25519"), is_private=True)


def _pem(key: OKPKey, *, is_private: bool) -> str:
    return key.as_pem(private=is_private).decode()
