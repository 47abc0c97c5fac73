"""What machines hear: /healthz, /readyz, /metrics."""

from __future__ import annotations

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.health import Health, Metrics
from engine.containing import Standing
from engine.errors import SettingsError
from engine.types import Outcome


@pytest.fixture
async def health():
    """A listener whose parts are as ``parts`` says, and a way to read it."""
    parts = {"database": True, "slack": True}
    metrics = Metrics()

    async def ready() -> dict[str, bool]:
        if "error" in parts:
            raise RuntimeError("secret details")
        return parts

    listener = Health("127.0.0.1:0", ready, metrics)
    await listener.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
        yield parts, metrics, session
    await listener.stop()


async def test_it_is_ready_when_every_part_is(health):
    parts, _, session = health
    async with session.get("/readyz") as r:
        assert (r.status, await r.json()) == (200, {"ready": True, "not_ready": [], "parts": parts})


async def test_what_is_not_ready_is_named_while_the_process_is_alive(health):
    parts, _, session = health
    parts["slack"] = False
    async with session.get("/readyz") as r:
        assert (r.status, (await r.json())["not_ready"]) == (503, ["slack"])
    async with session.get("/healthz") as r:
        assert (r.status, await r.text()) == (200, "ok\n")


async def test_a_check_that_fails_is_not_ready_and_tells_no_details(health):
    parts, _, session = health
    parts["error"] = True
    async with session.get("/readyz") as r:
        assert r.status == 503
        assert "secret" not in await r.text()


async def test_metrics_are_what_was_counted(health):
    _, metrics, session = health
    metrics.accepted("slack")
    metrics.accepted("slack")
    metrics.first_text("slack", 0.4)
    metrics.ended("slack", Outcome.ANSWERED, 1.5)
    metrics.ended("slack", Outcome.HANDED_OFF, 2.5)
    metrics.open_messages(3, 12.5)
    metrics.model_failed(1)
    metrics.passages(240)
    for _ in range(2):
        metrics.tokens("faq", {"prompt": 400, "cached": 300, "completion": 20})
    metrics.connected("slack", up=True)
    metrics.connected("discord", up=False)
    async with session.get("/metrics") as r:
        assert r.content_type == "text/plain"
        text = await r.text()
    values = {
        (s.name, *s.labels.values()): s.value for family in text_string_to_metric_families(text) for s in family.samples
    }
    assert values["frontdesk_messages_accepted_total", "slack"] == 2
    assert values["frontdesk_messages_ended_total", "slack", "answered"] == 1
    assert values["frontdesk_messages_ended_total", "slack", "handed_off"] == 1
    assert values["frontdesk_answer_seconds_sum", "slack"] == 4
    assert values["frontdesk_first_text_seconds_bucket", "slack", "0.25"] == 0
    assert values["frontdesk_first_text_seconds_bucket", "slack", "0.5"] == 1
    assert values[("frontdesk_open_messages",)] == 3
    assert values[("frontdesk_oldest_open_message_seconds",)] == 12.5
    assert values[("frontdesk_model_failures_total",)] == 1
    assert values["frontdesk_prompt_tokens_total", "faq"] == 800
    assert values["frontdesk_cached_tokens_total", "faq"] == 600
    assert values["frontdesk_completion_tokens_total", "faq"] == 40
    assert values[("frontdesk_passages",)] == 240
    assert values["frontdesk_channel_connected", "slack"] == 1
    assert values["frontdesk_channel_connected", "discord"] == 0


async def test_two_desks_in_one_process_count_apart():
    one, two = Metrics(), Metrics()
    one.accepted("slack")
    assert b'frontdesk_messages_accepted_total{channel="slack"} 1.0' in one.text()
    assert b"accepted_total{" not in two.text()


async def test_a_taken_address_is_a_settings_error(health):
    _, metrics, session = health

    async def ready() -> dict[str, bool]:
        return {}

    with pytest.raises(SettingsError, match="setting health"):
        await Health(f"127.0.0.1:{session._base_url.port}", ready, metrics).start()


async def test_a_plugin_that_is_left_out_is_named_and_the_desk_is_ready_all_the_same():
    async def ready() -> dict[str, bool]:
        return {"database": True}

    metrics = Metrics()
    out = Standing("poems", left_out=True, since=1.5, why="it raised ValueError", failures=(("raised", 3),))
    metrics.plugin(out, "raised")
    listener = Health("127.0.0.1:0", ready, metrics, lambda: (Standing("faq"), out))
    await listener.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
            async with session.get("/readyz") as r:
                told = [{"plugin": "poems", "since": 1.5, "why": "it raised ValueError"}]
                assert (r.status, (await r.json())["left_out"]) == (200, told)
            async with session.get("/metrics") as r:
                text = await r.text()
    finally:
        await listener.stop()
    assert 'frontdesk_plugin_left_out{plugin="poems"} 1.0' in text
    assert 'frontdesk_plugin_failures_total{kind="raised",plugin="poems"} 1.0' in text
