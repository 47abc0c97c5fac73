"""A question that does not say what is meant: the desk asks which, once, and takes the reply for what it is."""

import pytest_asyncio

from tests.scenarios.office import choices, shown
from tests.scenarios.shop import ALICE, BOB, ROOM, opened


@pytest_asyncio.fixture
async def shop(tmp_path):
    async with opened(tmp_path) as desk:
        await desk.add("laptop.md", "# Laptop password\n\nA laptop password is reset at the Foxglove kiosk.\n")
        await desk.add("wifi.md", "# Wi-Fi password\n\nA Wi-Fi password is reset in the Snowdrop portal.\n")
        yield desk


async def test_it_asks_which_of_two_and_answers_for_the_one_that_is_meant(shop):
    """Without asking the model: what it would answer is known only when the question is."""
    before = len(shop.model.requests)
    thread = await shop.ask("How do I reset my password?")

    asked = str(await shop.answer(thread))
    assert "Do you mean" in asked and "Laptop password" in asked and "Wi-Fi password" in asked
    assert "Foxglove" not in asked and "Snowdrop" not in asked
    assert len(shop.model.requests) == before

    await shop.ask("the Wi-Fi one", thread=thread)
    answer = str(await shop.answer(thread, number=2))
    assert "Snowdrop" in answer


async def test_what_it_stands_for_is_asked_once(shop):
    thread = await shop.ask("How do I reset it?")
    assert "“it”" in str(await shop.answer(thread)) or "Do you mean" in str(await shop.answer(thread))

    await shop.ask("that", thread=thread)
    assert "Do you mean" not in str(await shop.answer(thread, number=2))


async def test_in_a_conversation_it_knows_what_it_stands_for(shop):
    thread = await shop.ask("Where is a laptop password reset?")
    await shop.answer(thread, "Foxglove")

    await shop.ask("How do I reset it?", thread=thread)
    assert "Foxglove" in str(await shop.answer(thread, number=2))


async def test_it_asks_in_chinese(shop):
    thread = await shop.ask("怎么重置它?")

    assert "您指的是" in str(await shop.answer(thread)) or "指的是什么" in str(await shop.answer(thread))


async def test_what_is_meant_is_chosen_in_a_menu_by_whoever_asked_and_answered_once(shop):
    thread = await shop.ask("How do I reset my password?")
    asked = await shop.answer(thread, "Do you mean")
    menu = choices(asked)
    assert sorted(menu) == ["Laptop password", "Wi-Fi password"]
    action, value = menu["Wi-Fi password"]

    async def choose(user):
        before = len(shop.slack.ephemerals)
        assert (await shop.slack.click(ROOM, asked["ts"], user, action, value=value))["ok"]
        await shop.until(lambda: len(shop.slack.ephemerals) > before)
        return shown(shop.slack.ephemerals[before])

    assert "person who asked" in await choose(BOB)
    assert "Wi-Fi password" in await choose(ALICE)
    assert "Snowdrop" in str(await shop.answer(thread, number=2))
    await choose(ALICE)
    await shop.quiet()
    assert len(shop.said(thread)) == 2
