"""The nightly removal of what is of no more use, run by the real queue."""

import procrastinate

from services.consultation_api.housekeeping import tasks as housekeeping
from services.consultation_api.identity.sessions import tasks
from services.shared.database import Database
from services.shared.jobs import open_app
from tests.consultation_api.world import Person, World


async def _work(world: World, task: str = "identity.remove_expired") -> procrastinate.App:
    url = world.database.service_url("consultation")
    database = Database(url, pool_size=1)
    app = open_app(url)
    tasks.register(app, database)
    housekeeping.register(app, database)
    async with app.open_async():
        await app.configure_task(task, queue=tasks.QUEUE).defer_async(timestamp=0)
        await app.run_worker_async(queues=[tasks.QUEUE], wait=False)
    await database.close()
    return app


async def test_old_sessions_attempts_and_keys_are_removed_and_open_ones_stay(
    world: World, planner: Person
) -> None:
    for _ in range(2):
        await world.log_in("planung")
    await world.log_in("niemand")
    await world.log_in("jemand")
    database = world.database
    database.execute(
        "UPDATE identity.session SET last_used_at = now() - interval '31 days'"
        " WHERE id = (SELECT id FROM identity.session ORDER BY id LIMIT 1)"
    )
    database.execute(
        "UPDATE identity.login_attempt SET at = now() - interval '31 days'"
        " WHERE id = (SELECT min(id) FROM identity.login_attempt)"
    )
    for days in (29, 31):
        database.execute(
            "INSERT INTO identity.idempotency_key (organisation_id, key, fingerprint, created_at)"
            " VALUES (%s, %s, '\\x00', now() - %s * interval '1 day')",
            planner.organisation_id,
            f"{days} days",
            days,
        )
    await _work(world)
    for table in ("session", "login_attempt", "idempotency_key"):
        assert database.execute(f"SELECT count(*) FROM identity.{table}") == [(1,)], table
    states = database.execute("SELECT status::text FROM jobs.procrastinate_jobs")
    assert states == [("succeeded",)]


async def test_answers_kept_for_repetitions_are_forgotten(world: World, planner: Person) -> None:
    for days in (29, 31):
        world.database.execute(
            "INSERT INTO consultation.idempotency_key (organisation_id, key, fingerprint,"
            " created_at) VALUES (%s, %s, '\\x00', now() - %s * interval '1 day')",
            planner.organisation_id,
            f"{days} days",
            days,
        )
    await _work(world, "consultation.remove_old_answers")
    assert world.database.execute("SELECT key FROM consultation.idempotency_key") == [("29 days",)]
    states = world.database.execute("SELECT status::text FROM jobs.procrastinate_jobs")
    assert states == [("succeeded",)]
