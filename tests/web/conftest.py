"""The chat page on a free port, a desk that takes notes behind it, and a visitor before it."""

import aiohttp
import pytest

from tests.web.desk import Visitor, serving


@pytest.fixture
async def served():
    async with serving() as (base, desk):
        yield base, desk


@pytest.fixture
async def visitors(served):
    """Makes visitors, each with a cookie of its own, who have opened the page."""
    base, _ = served
    sessions = []

    async def come() -> Visitor:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        sessions.append(session)
        async with session.get(base + "/") as r:
            assert r.status == 200
        return Visitor(base, session)

    yield come
    for session in sessions:
        await session.close()


@pytest.fixture
async def visitor(visitors):
    return await visitors()


@pytest.fixture
def desk(served):
    return served[1]
