"""A question that an entry answers is answered word for word, on Slack and on Discord, without the model."""

from __future__ import annotations

from tests.scenarios.guild import desk as guild
from tests.scenarios.guild import direct, until
from tests.scenarios.office import office

PARKING = (
    "kb entry\nQ: How do I get a parking permit?\nAlso: Where may I park?\nA: Ask at the gate: it costs **nothing**."
    "\nOwner: Facilities"
)
GYM = "kb entry\nQ: How do I join the gym?\nA: Sign up at https://gym.acme.example/join?from=desk."
PERMIT = "kb entry\nQ: 如何申请停车证？\nA: 在门卫处申请，免费。"


async def test_an_entry_is_told_word_for_word_with_its_owner(tmp_path):
    async with office(tmp_path) as desk, desk.desk():
        await desk.told(await desk.send(PARKING), "Kept")
        await desk.told(await desk.send(PERMIT), "停车证")

        said = await desk.answer("hi, how do I get a PARKING permit please")
        assert "Verified answer, looked after by Facilities" in said
        assert "Ask at the gate: it costs nothing." in said
        assert "How do I get a parking permit?" in said  # its source

        await desk.told(await desk.send(GYM), "Kept")
        assert "https://gym.acme.example/join?from=desk" in await desk.answer(
            "How do I join the gym?"
        )  # it can be followed

        assert "Verified answer" in await desk.answer("Where can I park?")
        assert "已核实的答案" in await desk.answer("停车证怎么申请")
        for other in ("How do I get a parking permit for 2 cars?", "Why can't I get a parking permit?"):
            assert "Verified" not in await desk.answer(other)


async def test_an_entry_is_told_word_for_word_on_discord(fake, tmp_path):
    async with guild(fake, tmp_path):
        await fake.user_dm(fake.alice, PARKING)
        await until(lambda: direct(fake, fake.alice, "Kept"))
        await fake.user_dm(fake.bob, "Where may I park?")
        [said] = await until(lambda: direct(fake, fake.bob, "Ask at the gate"))
        assert "Verified answer, looked after by Facilities" in said["content"]
