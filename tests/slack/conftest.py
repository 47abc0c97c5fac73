"""Slack for these tests: the strict stand-in, and a channel that is connected to it."""

import pytest

from tests.slack.desk import complaints, working
from tests.stand_ins.fake_slack import FakeSlack, Limits


def pytest_configure(config):
    config.addinivalue_line("markers", "tolerates(text, ...): complaints of the stand-in that this test provokes")


@pytest.fixture
async def fake(request):
    """A strict Slack; afterwards it must have nothing to complain about but what the test says it tolerates."""
    limits = Limits(retry_delays_s=(0.0, 0.3, 0.3), ack_s=3.0)
    async with FakeSlack(commands={"/frontdesk"}, limits=limits) as slack:
        yield slack
        tolerated = [t for mark in request.node.iter_markers("tolerates") for t in mark.args]
        found = [c for c in [*slack.violations, *complaints(slack)] if not any(t in c for t in tolerated)]
        assert found == []


@pytest.fixture
async def desk(fake):
    """The channel in Socket Mode, with a desk behind it."""
    async with working(fake) as desk:
        yield desk
