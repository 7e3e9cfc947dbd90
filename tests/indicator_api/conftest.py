"""A small world to deliver into."""

import pytest

from tests.indicator_api.world import World, make_world
from tests.support.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> World:
    """Areas, measures, a dataset and an indicator; no figure yet."""
    return await make_world(stack)
