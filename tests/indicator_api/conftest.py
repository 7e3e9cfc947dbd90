"""A small world to deliver into."""

import pytest
from hypothesis import settings

from tests.indicator_api.world import World, make_world
from tests.support.stack import Stack

# how long an example takes says nothing on a busy machine
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
async def world(stack: Stack) -> World:
    """Areas, measures, a dataset and an indicator; no figure yet."""
    return await make_world(stack)
