"""Hashing and checking passwords with Argon2id, off the event loop."""

import asyncio
import secrets
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

# One hash takes 64 MiB and all cores for a moment: more at once only make each slower.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and its new hash if the stored one is out of date."""

    is_right: bool
    new_hash: str | None = None


class Passwords:
    """The one way passwords are hashed (RFC 9106, the parameters of argon2-cffi)."""

    def __init__(self) -> None:
        self._argon2 = PasswordHash((Argon2Hasher(),))
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._decoy = self._argon2.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The PHC string to store for a password."""
        async with self._gate:
            return await asyncio.to_thread(self._argon2.hash, password)

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Check a password against the stored hash.

        Without a hash (no such account) a decoy is checked, so that the answer takes as long
        and nobody can find out names by the clock.
        """
        async with self._gate:
            return await asyncio.to_thread(self._verify, password, stored)

    def _verify(self, password: str, stored: str | None) -> Verdict:
        try:
            is_right, new_hash = self._argon2.verify_and_update(password, stored or self._decoy)
        except UnknownHashError:
            # A stored value that is no hash locks the account.
            self._argon2.verify(password, self._decoy)
            return Verdict(False)
        return Verdict(is_right and stored is not None, new_hash)
