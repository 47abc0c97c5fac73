"""What `frontdesk doctor` says about Discord."""

from __future__ import annotations

from bot.channel import Finding
from bot.discord import invite_link
from tests.discord_channel.conftest import settings
from tests.stand_ins.fake_discord import DEFAULT_PERMS, PERM, PRIVILEGED, FakeDiscord


def failing(findings: list[Finding]) -> dict[str, str]:
    return {f.what: f.advice for f in findings if not f.works}


async def test_everything_works(fake: FakeDiscord) -> None:
    forum = fake.add_channel("help", kind=15)["id"]
    findings = await settings(fake, handoff=fake.bob, forums=[forum]).check()
    assert failing(findings) == {}
    assert len(findings) >= 4
    assert fake.token not in str(findings)


async def test_a_wrong_token(fake: FakeDiscord) -> None:
    (advice,) = failing(await settings(fake, token="not-the-token").check()).values()
    assert "Reset Token" in advice
    assert "not-the-token" not in advice


async def test_an_intent_that_is_not_switched_on(pointed: None) -> None:
    async with FakeDiscord(approved_intents=PRIVILEGED & ~(1 << 15)) as fake:
        (advice,) = failing(await settings(fake).check()).values()
        assert "Message Content Intent" in advice


async def test_a_permission_that_is_missing(pointed: None) -> None:
    async with FakeDiscord(bot_permissions=DEFAULT_PERMS & ~PERM["create_threads"]) as fake:
        server = await settings(fake).check()
        # In the stand-in, as in Discord, everybody's rights add up with the bot's own.
        assert failing(server) == {}

    class Strict(FakeDiscord):
        def _guild(self, intents: int) -> dict:
            guild = super()._guild(intents)
            for role in guild["roles"]:
                role["permissions"] = str(int(role["permissions"]) & ~PERM["create_threads"])
            return guild

    async with Strict() as fake:
        (advice,) = failing(await settings(fake).check()).values()
        assert "Create Public Threads" in advice
        assert invite_link(fake.application_id) in advice


async def test_ids_that_lead_nowhere(fake: FakeDiscord) -> None:
    problems = failing(await settings(fake, handoff=fake.snowflake(), forums=[fake.general]).check())
    assert set(problems) == {"Discord handoff", "Discord forums"}


async def test_an_api_and_a_gateway_that_cannot_be_reached(fake: FakeDiscord) -> None:
    fake.fail("GET", "/users/@me", status=503)
    assert set(failing(await settings(fake).check())) == {"Discord API"}
    assert "gateway_url" in str(failing(await settings(fake, gateway_url="ws://127.0.0.1:9/").check()))


def test_the_invite_link_asks_for_what_is_needed_and_for_no_administrator() -> None:
    link = invite_link("123")
    assert "client_id=123" in link
    assert "scope=bot+applications.commands" in link
    permissions = int(link.rpartition("=")[2])
    assert permissions & PERM["send_in_threads"]
    assert not permissions & (1 << 3 | 1 << 5 | PERM["mention_everyone"] | PERM["manage_messages"])
