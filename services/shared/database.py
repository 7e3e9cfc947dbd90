"""The connection to PostgreSQL: one transaction a request or job, with its principal set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from psycopg import AsyncConnection as PsycopgConnection
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from services.shared.principal import Principal, set_principal

SEARCH_PATH = "public,jobs"
FILE_TIMEOUT_MS = 300_000


class Database:
    """A pool of connections under one service's role."""

    def __init__(self, url: str, *, pool_size: int = 8, statement_timeout_ms: int = 30_000) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            # a logged error must not show bound values: they may be personal or secret
            hide_parameters=True,
            connect_args={
                "options": f"-csearch_path={SEARCH_PATH} -cstatement_timeout={statement_timeout_ms}"
                # compiling a query costs more than it saves at this size
                " -ctimezone=UTC -cjit=off"
            },
        )

        # the same pool; what the transaction is goes with its BEGIN, without a statement of its own
        self._reading_engine = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @asynccontextmanager
    async def read_session(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        """A read-only transaction of one snapshot in the principal's name."""
        async with (
            AsyncSession(self._reading_engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            await set_principal(session, principal)
            yield session

    @asynccontextmanager
    async def file_session(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        """A read session whose statements may take as long as a large file needs."""
        async with self.read_session(principal) as session:
            await session.execute(text(f"SET LOCAL statement_timeout = {FILE_TIMEOUT_MS}"))
            yield session

    @asynccontextmanager
    async def write_session(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        """A transaction in the principal's name, committed on leaving, rolled back on error."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await set_principal(session, principal)
            yield session

    @asynccontextmanager
    async def bare_connection(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a principal: sees nothing that a policy protects."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT true"))).scalar_one())

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


@lru_cache(maxsize=512)
def kept_text(statement: str) -> TextClause:
    """`text` for statements put together in Python from few parts, so that they come again.

    Finding the parameters of a long statement takes half a millisecond; here it is done once.
    """
    return text(statement)


async def driver_connection(session: AsyncSession) -> PsycopgConnection[Any]:
    """The psycopg connection under a session, for COPY and for jobs in the same transaction."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    return cast("PsycopgConnection[Any]", raw.driver_connection)


async def get_database(request: Request) -> Database:
    """The service's database, from the application's state.

    A dependency that does not wait is `async` all the same: others are sent to a thread and back,
    which costs a third of a millisecond each.
    """
    return cast(Database, request.app.state.database)


DatabaseDependency = Annotated[Database, Depends(get_database)]
