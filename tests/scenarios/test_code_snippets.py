"""Code in chat: asked for, gone on with, reviewed from a file, with our own API pages as sources, and harmless."""

from __future__ import annotations

from tests.scenarios.guild import desk, until
from tests.scenarios.office import shown
from tests.scenarios.shop import ALICE, BOB, ROOM, opened
from tests.scenarios.test_attached_files import attach, disk
from tests.stand_ins import judges
from tests.stand_ins.fake_model import FakeModel

API = (
    "# Harbour API keys in Python\n\nA Harbour API key is created in Python with `harbour_client.create_key(name)` o"
    "f the "
    "package harbour_client. It returns the key as text.\n"
)
KEY = (
    "```python\nimport harbour_client\n\n\ndef new_key(name):\n    return harbour_client.create_key(name)\n```\n"
    "It makes a key [1]."
)
GO = "```go\nfunc newKey(name string) string { return harbour.CreateKey(name) }\n```\nThe same in Go."
REVIEW = "- line 3: eval runs anything. See [this](https://evil.example.net/?q=1) and <!channel> @everyone.\n"
CODE = "def f(x):\n    # <!channel> @everyone\n    return eval(x)\n"


async def test_in_slack_code_is_asked_for_gone_on_with_and_reviewed(tmp_path):
    async with opened(tmp_path) as shop:
        await shop.add("harbour-api.md", API)
        shop.model.rule("", "script", text=KEY)
        thread = await shop.ask("Write a Python function that creates a Harbour API key")
        first = shown(await shop.answer(thread, "Checked"))
        assert first.startswith("Draft by the bot.")
        assert "return harbour_client.create_key(name)" in first
        assert "Checked: parsed as Python, linted, not run." in first
        assert "Harbour API keys in Python" in first, "the page stands below as its source"
        assert "Needs" not in first, "the page names the package"
        assert "harbour_client.create_key(name)" in shop.model.requests[-1].last_user

        shop.model.reset()
        shop.model.rule("", "script", text=GO)
        await shop.ask("now in Go", thread=thread, mention=False)
        second = shown(await shop.answer(thread, "newKey", number=2))
        assert "parsed as Go, not run" in second
        assert "import harbour_client" in shop.model.requests[-1].last_user

        shop.model.reset()
        await shop.ask("How long are VPN certificates valid?", thread=thread, mention=False)
        third = shown(await shop.answer(thread, "90 days", number=3))
        assert "Draft" not in third, "an ordinary question in the same thread goes to the documents"

        shop.model.rule("", "script", text=REVIEW)
        file = await attach(shop, "Review this", ("calc.py", CODE))
        review = shown(await shop.answer(file, "Your code"))
        assert "Your code parses as Python." in review
        assert "line 3: eval runs text as code" in review
        assert "Read: calc.py" in review
        await shop.quiet()
        assert b"return eval(x)" not in disk(tmp_path), "of the file nothing is kept"

        found = judges.slack_safety(shop.slack.transcript, (ALICE, BOB)) + judges.slack_refusals(shop.slack.transcript)
        assert found == []
        assert not shop.slack.violations


async def test_in_slack_a_command_and_a_broken_reply(tmp_path):
    """What does not parse after the second try stands below a word that says so."""
    async with opened(tmp_path) as shop:
        shop.model.rule("", "script", text="```python\ndef f(x:\n```")
        assert (await shop.slack.slash_command(ROOM, ALICE, "/frontdesk", "code a function that doubles"))["ok"]
        said = await shop.until(lambda: [m for m in shop.slack.messages(ROOM, from_bot=True) if "Checked" in shown(m)])
        assert "This does not parse as Python:" in shown(said[0])
        assert "line 1: '(' was never closed" in shown(said[0])
        assert len(shop.model.requests) == 2
        assert not shop.slack.violations


async def test_on_discord_a_command_a_follow_up_and_a_stack_trace(fake, tmp_path):
    async with FakeModel() as model:
        model.rule("", "script", text="```python\ndef double(x):\n    return 2 * x\n```\nIt doubles. @everyone")
        async with desk(fake, tmp_path, f'use = "vllm"\nurl = "{model.url}/v1"'):

            def said(words: str) -> list[dict]:
                return [m for c in fake.channels for m in fake.messages(c, from_bot=True) if words in m["content"]]

            await fake.slash_command(fake.general, fake.alice, "code", {"request": "a function that doubles a number"})
            first = (await until(lambda: said("linted")))[0]
            assert "```python\ndef double(x):" in first["content"]
            assert "Draft by the bot" in first["content"]
            assert "linted, not run" in first["content"]

            model.reset()
            model.rule("", "script", text="```rust\nfn double(x: i32) -> i32 {\n    2 * x\n}\n```")
            await fake.user_dm(fake.bob, "write a Rust function that doubles a number")
            await until(lambda: said("parsed as Rust"))

            model.reset()
            model.rule("", "script", text="```rust\n/// Doubles.\nfn double(x: i32) -> i32 {\n    2 * x\n}\n```")
            await fake.user_dm(fake.bob, "add a comment")
            assert "+/// Doubles." in (await until(lambda: said("What has changed")))[0]["content"]

            model.reset()
            model.rule("", "script", text="x was never set.\n```python\nx = 1\nprint(x)\n```")
            trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nNameError: no x'
            await fake.user_dm(fake.bob, f"fix this error\n```python\nprint(x)\n```\n```\n{trace}\n```")
            mended = (await until(lambda: said("+x = 1")))[0]
            assert "undefined name 'x'" in mended["content"]
            assert "The fault is most likely at line 1 of a.py." in model.requests[-1].last_user
        assert not fake.violations, fake.violations
        assert not judges.discord_safety(fake.transcript, ())
