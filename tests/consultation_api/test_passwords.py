"""Hashing and checking of passwords."""

import time

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from services.consultation_api.identity.credentials import hashing
from services.consultation_api.identity.credentials.hashing import Passwords


@pytest.fixture(autouse=True)
def full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here alone a password costs what it costs on the platform."""
    monkeypatch.setattr(hashing, "Argon2Hasher", Argon2Hasher)


async def test_a_password_is_kept_as_argon2id_and_recognised() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Ahorn-Laterne-77")
    # RFC 9106, section 4: 64 MiB, three passes, four lanes
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await passwords.verify("Ahorn-Laterne-77", stored)).is_right
    assert not (await passwords.verify("Ahorn-Laterne-78", stored)).is_right
    assert stored != await passwords.hash("Ahorn-Laterne-77")


async def test_an_unknown_name_costs_the_work_of_a_known_one() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Ahorn-Laterne-77")

    async def shortest(kept: str | None) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            assert not (await passwords.verify("falsch", kept)).is_right
            times.append(time.perf_counter() - started)
        return min(times)

    # Without the decoy an unknown name takes no time at all.
    assert await shortest(None) > 0.2 * await shortest(stored)
