"""Hashing and checking of passwords."""

import time

from services.consultation_api.identity.credentials.hashing import Passwords


async def test_a_password_is_kept_as_argon2id_and_recognised() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Ahorn-Laterne-77")
    assert stored.startswith("$argon2id$")
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
