"""The whole path, from a question to its receipt, with the real server writing."""

import asyncio
import itertools
import json
import re
import subprocess
import sys
import uuid

import pytest

from tests.vllm.chat.conftest import settings

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

TOPICS = ("VPN certificates", "badges", "parking permits", "library cards", "laptop batteries", "desk lamps")


@pytest.fixture
def docs(tmp_path):
    """A page for each topic; the words of the first make its prompts new to the server's cache."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for n, topic in enumerate(TOPICS, 3):
        filler = f"The office of {uuid.uuid4().hex} keeps the list of {topic} and answers the telephone on workdays. "
        rule = f"{topic.capitalize()} are valid for {n * 10} days and renewed at the desk."
        (folder / f"{n}.md").write_text(f"# {topic.capitalize()}\n\n{rule}\n\n{filler * 6}\n", "utf-8")
    return folder


async def test_each_turn_of_a_conversation_finds_the_one_before_in_the_cache_and_the_receipt_says_so(
    open_office, docs, server
):
    async with open_office() as office:
        await office.load(docs)

        said = [await office.ask(f"How long are {topic} valid?") for topic in TOPICS[:3]]

    receipts = [one["receipt"] for one in said]
    assert all(one["model"] == "small" and one["tokens"]["completion"] > 0 for one in receipts), said
    for before, after in itertools.pairwise(receipts):
        # All of the prompt before, up to a block of 32 tokens; what was answered may have been cut since.
        assert before["tokens"]["prompt"] - 64 <= after["tokens"]["cached"] < after["tokens"]["prompt"], receipts
        assert after["cached_share"] == pytest.approx(after["tokens"]["cached"] / after["tokens"]["prompt"], abs=0.01)


async def test_the_command_line_asks_the_server_and_prints_what_it_counted(server, docs, tmp_path):
    file = settings(server, tmp_path, model="max_tokens = 24")
    ours = [sys.executable, "-c", "from bot.cli import main; main()", f"--config={file}"]

    async def run(*words):
        done = await asyncio.to_thread(subprocess.run, [*ours, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    await run("kb", "add", str(docs))
    said = json.loads(await run("ask", "How long are badges valid?", "--json"))

    assert said["outcome"] in ("answered", "handed_off")
    assert said["receipt"]["model"] == "small"
    assert said["receipt"]["tokens"]["prompt"] > 200 and 0 < said["receipt"]["tokens"]["completion"] <= 24
    told = await run("doctor")
    assert re.search(r"model.*works|works.*model", told, re.IGNORECASE), told


async def test_workspaces_share_nothing_in_the_cache(server, docs, open_office):
    async with open_office() as office:
        counts = []
        for workspace in ("acme", "acme", "globex"):
            await office.rows("kb.add", sources=["."], folder=str(docs), workspace=workspace)
            [said] = await office.rows("ask", text="How long are badges valid?", person="ann", workspace=workspace)
            counts.append(said["receipt"]["tokens"])

    assert counts[1]["prompt"] - 64 <= counts[1]["cached"]
    assert counts[2]["cached"] == 0, "not even the rules, which are the same for all"


async def test_a_conversation_that_outgrows_the_window_is_trimmed_and_answered_all_the_same(
    open_office, server, tmp_path
):
    """This model takes three times as many tokens for Chinese as we reckon with: so the server refuses first."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    line = "海棠系统的管理密钥每九十天更换一次,由第三组负责登记、核对、更换并通知所有使用者。"
    (folder / "keys.md").write_text(f"# 海棠\n\n## 管理密钥\n\n{line * 5}\n", "utf-8")
    question = "海棠系统的管理密钥多久更换一次?" + line * 40
    async with open_office(model="max_tokens = 8") as office:
        await office.load(folder)

        refused = [_refused(await asyncio.to_thread(server._get, "/metrics"))]
        receipts = []
        for n in range(3):
            receipts.append((await office.ask(f"{n + 1}. {question}"))["receipt"])
            refused.append(_refused(await asyncio.to_thread(server._get, "/metrics")))

    assert refused[1] == refused[0] < refused[-1], "the first fits, with what was said before the third does not"
    assert all(one["tokens"]["completion"] > 0 for one in receipts), receipts
    assert max(one["tokens"]["prompt"] for one in receipts) < 8192


def _refused(metrics: str) -> float:
    """How many completions the server refused."""
    found = re.findall(r"^http_requests_total\{([^}]*)\} ([0-9.e+]+)$", metrics, re.MULTILINE)
    return sum(float(n) for labels, n in found if "chat/completions" in labels and 'status="4xx"' in labels)
