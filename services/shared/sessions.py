"""The database sessions that routes ask for: one transaction each, in the caller's name.

`scope="function"` commits before the answer is sent: with FastAPI's default the commit would
follow it, and a client could read its own write too early or miss a failed commit.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.auth import Authenticated
from services.shared.database import DatabaseDependency


async def _read_session(
    database: DatabaseDependency, principal: Authenticated
) -> AsyncIterator[AsyncSession]:
    async with database.read_session(principal) as session:
        yield session


async def _write_session(
    database: DatabaseDependency, principal: Authenticated
) -> AsyncIterator[AsyncSession]:
    async with database.write_session(principal) as session:
        yield session


ReadSession = Annotated[AsyncSession, Depends(_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_write_session, scope="function")]
