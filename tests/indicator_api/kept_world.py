"""Worlds that are made once, with what a module adds to them, and cloned for each test."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.indicator_api.world import World
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import Stack, open_stack


@dataclass(frozen=True, slots=True)
class KeptWorld:
    """A world whose database is closed for cloning, and the folder of its files."""

    world: World
    objects: Path

    @property
    def template(self) -> TestDatabase:
        """The database to clone."""
        return self.world.stack.database

    def moved_to(self, stack: Stack, objects: Path) -> World:
        """The world in a stack over a clone of the template, with these objects."""
        shutil.copytree(self.objects, objects, dirs_exist_ok=True)
        return replace(self.world, stack=stack)

    @asynccontextmanager
    async def opened(self, objects: Path) -> AsyncIterator[World]:
        """The world over a clone of its own."""
        database = databases.clone(self.template)
        async with open_stack(database, objects) as stack:
            yield self.moved_to(stack, objects)
        databases.drop(database)

    @asynccontextmanager
    async def filled(
        self, objects: Path, fill: Callable[[World], Awaitable[object]]
    ) -> AsyncIterator["KeptWorld"]:
        """A world with more in it, kept as well."""

        async def more(stack: Stack) -> World:
            world = self.moved_to(stack, objects)
            await fill(world)
            return world

        async with keep(self.template, objects, more) as kept:
            yield kept


@asynccontextmanager
async def keep(
    template: TestDatabase, objects: Path, make: Callable[[Stack], Awaitable[World]]
) -> AsyncIterator[KeptWorld]:
    """A world made over a clone of the template; forgotten at the end."""
    database = databases.clone(template)
    async with open_stack(database, objects) as stack:
        world = await make(stack)
    databases.keep_for_cloning(database)
    yield KeptWorld(world, objects)
    databases.drop(database)
