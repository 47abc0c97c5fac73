"""Fixtures: the stand-in for Discord, at which the library aims during a test."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterator

import pytest

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

from tests.stand_ins import judges
from tests.stand_ins.fake_discord import FakeDiscord


@pytest.fixture
def pointed() -> Iterator[None]:
    """The library aims at Discord again afterwards."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@pytest.fixture
async def fake(pointed: None) -> AsyncIterator[FakeDiscord]:
    """A server with alice, who owns it, bob, and a channel; afterwards nothing bad may have left us."""
    async with FakeDiscord() as server:
        server.limits.ack_s = 15  # beside other work a test must not fail by the three seconds; acceptance holds them
        yield server
        assert not server.violations, server.violations
        assert not server.user_errors, server.user_errors
        assert not judges.discord_safety(server.transcript, ())
