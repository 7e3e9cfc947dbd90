"""The limit of attempts holds for attempts at the same time, too."""

import asyncio

from tests.consultation_api.world import Person, World


async def test_parallel_guesses_do_not_pass_the_limit_together(
    world: World, planner: Person
) -> None:
    answers = await asyncio.gather(*(world.log_in("planung", f"Geraten-{n}") for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [429] * 5
