"""Passwords and keys of the demo's accounts, made once an installation and kept in one file."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


class CredentialStore:
    """A file (mode 0600) that is written before a secret is used, so that none is ever lost.

    The demo can be killed at any moment: what the database knows, this file knows too.
    """

    def __init__(self, path: Path) -> None:
        """Open the store at `path`; the file is made with the first secret."""
        self._path = path
        self._content: dict[str, dict[str, str]] = {"passwords": {}, "api_keys": {}}
        if path.exists():
            self._content |= json.loads(path.read_text(encoding="utf-8"))

    def password(self, name: str) -> str:
        """The password of the account with this login name; made and kept if there is none."""
        passwords = self._content["passwords"]
        if name not in passwords:
            passwords[name] = secrets.token_urlsafe(18)
            self._save()
        return passwords[name]

    def api_key(self, name: str) -> str | None:
        """The secret of the API key with this name, None if it is not known."""
        return self._content["api_keys"].get(name)

    def keep_api_key(self, name: str, secret: str) -> None:
        """Keep the secret of an API key, which the API tells only once."""
        self._content["api_keys"][name] = secret
        self._save()

    def as_json(self) -> dict[str, Any]:
        """{"passwords": {name: password}, "api_keys": {name: secret}}."""
        return {key: dict(values) for key, values in self._content.items()}

    def _save(self) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
