"""A job that breaks off is run again, so that its record reaches an end."""

import asyncio

from services.indicator_api.jobs import JobContext
from services.indicator_api.worker import QUEUE, TASKS, build_worker, register
from services.shared.principal import PUBLIC
from tests.support.stack import Stack

_RETRY_SECONDS = 2.5


async def test_a_job_that_breaks_off_is_run_again(stack: Stack) -> None:
    runs: list[str] = []

    async def break_off_once(_context: JobContext, name: str) -> None:
        runs.append(name)
        if len(runs) == 1:
            raise OSError("the database is away")

    app, context = build_worker(stack.worker_settings)
    register(app, context, break_off_once)
    async with context.database.write_session(PUBLIC) as session:
        await stack.indicator_app.state.jobs.defer(session, "break_off_once", name="one")
    async with app.open_async():
        await app.run_worker_async(queues=[QUEUE], wait=False, install_signal_handlers=False)
        assert runs == ["one"]
        await asyncio.sleep(_RETRY_SECONDS)
        await app.run_worker_async(queues=[QUEUE], wait=False, install_signal_handlers=False)
    await context.database.close()
    assert runs == ["one", "one"]


async def test_every_task_that_is_deferred_is_one_the_worker_knows(stack: Stack) -> None:
    app, context = build_worker(stack.worker_settings)
    assert {task.__name__ for task in TASKS} <= set(app.tasks)
    await context.database.close()
