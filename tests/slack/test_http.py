"""HTTP mode: what Slack signed gets in, and nothing else does."""

import hashlib
import hmac
import io
import json
import random
import socket
import time

import aiohttp
import pytest

from bot.channel import Entry, Form
from tests.slack.desk import TOWN, answered, working
from tests.stand_ins.fake_slack import FakeSlack, Limits

ROOM, ALICE = "C0GENERAL", "U0ALICE"


@pytest.fixture
async def web():
    """The channel behind its own listener, and a Slack that delivers to it."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    address = f"http://127.0.0.1:{port}/slack/events"
    limits = Limits(retry_delays_s=(0.0, 0.3, 0.3))
    slack = FakeSlack(mode="http", request_url=address, commands={"/frontdesk"}, limits=limits)
    async with slack as fake, working(fake, listen=f"127.0.0.1:{port}") as desk:
        yield desk


@pytest.fixture
async def post(web):
    """Posts bytes with headers; returns status and text."""
    async with aiohttp.ClientSession() as session:

        async def send(body: bytes, headers) -> tuple[int, str]:
            async with session.post(web.fake.request_url, data=body, headers=headers) as r:
                return r.status, await r.text()

        yield send


async def test_it_hears_of_edits_as_long_as_it_listens(web):
    assert web.channel.heard.listening


def signed(fake, body: bytes, *, secret: str = "", at: float = 0) -> dict[str, str]:
    stamp = str(int(at or time.time()))
    mac = hmac.new((secret or fake.signing_secret).encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac.hexdigest()}",
    }


def event(text: str = "how do I get a key?") -> bytes:
    said = {"type": "message", "channel": "D0ALICE", "channel_type": "im", "user": ALICE, "ts": "1795345200.000100"}
    return json.dumps({"type": "event_callback", "team_id": "T0TEAM", "event": {**said, "text": text}}).encode()


async def test_the_whole_talk_works_over_http(web):
    await web.fake.verify_url()
    await web.fake.user_message(ROOM, ALICE, "<@U0BOT> how do I get a key?")
    message = await web.message()
    await web.answer(message, answered("Keys are at reception. [1]", TOWN))
    [reply] = web.thread(message)
    assert (await web.fake.click(ROOM, reply["ts"], ALICE, "fd_person"))["ok"]
    assert (await web.fake.slash_command(ROOM, ALICE, "/frontdesk", "help"))["ok"]
    await web.fake.wait_for(lambda: len(web.fake.ephemerals) == 2)

    assert [p.action for p in web.presses] == ["person"]
    assert [c.name for c in web.commands] == ["help"]
    assert web.fake.violations == []


async def test_forms_shortcuts_and_the_home_tab_work_over_http(web):
    web.forms["ask.form"] = Form("Ask", "ask.said", "n1", (Entry("question", "Your question"),))
    assert (await web.fake.shortcut(ALICE, "fd_ask"))["ok"]
    await web.fake.wait_for(lambda: web.fake.open_view(ALICE))
    web.refuses = "There is no question in that."
    said = await web.fake.submit_view(ALICE, {"question": "!"})
    assert said["answer"] == {"response_action": "errors", "errors": {"question": "There is no question in that."}}
    web.refuses = ""
    assert (await web.fake.submit_view(ALICE, {"question": "How do I get a key?"}))["ok"]
    assert web.fake.open_view(ALICE) is None
    await web.fake.open_home(ALICE)
    await web.fake.wait_for(lambda: ALICE in web.fake.homes)
    assert web.fake.violations == []


async def test_what_could_not_be_kept_is_answered_500_and_comes_again(web):
    web.broken = 1
    await web.fake.user_dm(ALICE, "how do I get a key?")
    await web.message()

    assert len(web.heard) == 2
    assert [e["status"] for e in web.fake.transcript if e["kind"] == "ack"] == [500, 200]


async def test_a_signed_event_delivered_three_times_is_one_message(web, post):
    for _ in range(3):
        assert (await post(event(), signed(web.fake, event())))[0] == 200

    assert len(web.heard) == 3
    assert len(web.kept) == 1


async def test_an_address_is_verified_only_when_slack_asks(web, post):
    challenge = json.dumps({"type": "url_verification", "challenge": "c4f3", "token": "x"}).encode()

    assert (await post(challenge, {"Content-Type": "application/json"}))[0] == 401
    assert (await post(challenge, signed(web.fake, challenge, secret="another app's")))[0] == 401
    status, text = await post(challenge, signed(web.fake, challenge))
    assert (status, "c4f3" in text) == (200, True)


@pytest.mark.parametrize("spoil", [
    {"X-Slack-Signature": ""},
    {"X-Slack-Signature": "v0=" + "0" * 64},
    {"X-Slack-Signature": "v0=\u00e4\u00f6\u00fc"},
    {"X-Slack-Signature": "v0=" + "\u0661" * 64},
    {"X-Slack-Signature": "v1"},
    {"X-Slack-Request-Timestamp": ""},
    {"X-Slack-Request-Timestamp": "yesterday"},
    {"X-Slack-Request-Timestamp": "-1795345200"},
    {"X-Slack-Request-Timestamp": "1e9"},
    {"X-Slack-Request-Timestamp": "\u0661\u0667\u0669\u0665\u0663\u0664\u0665\u0662\u0660\u0660"},
    {"X-Slack-Request-Timestamp": "9" * 400},
    {"X-Slack-Request-Timestamp": "99999999999"},
], ids=repr)  # fmt: skip
async def test_a_garbage_signature_or_time_is_401_and_never_an_error(web, post, spoil):
    headers = {**signed(web.fake, event()), **spoil}

    assert (await post(event(), headers))[0] == 401
    assert web.heard == []


@pytest.mark.parametrize("seconds", [-301, -3_600, 301, 3_600])
async def test_an_old_request_and_one_from_the_future_are_401(web, post, seconds):
    assert (await post(event(), signed(web.fake, event(), at=time.time() + seconds)))[0] == 401
    assert (await post(event(), signed(web.fake, event(), at=time.time() + seconds * 0.9)))[0] == (
        200 if abs(seconds) == 301 else 401
    )


async def test_other_secrets_other_bytes_and_two_signatures_are_401(web, post):
    right = signed(web.fake, event())
    others = [
        (event(), signed(web.fake, event(), secret="0" * 32)),
        (event() + b" ", right),
        (event("how do I get a Key?"), right),
        (json.dumps(json.loads(event()), indent=1).encode(), right),
        (event(), [*right.items(), ("X-Slack-Signature", right["X-Slack-Signature"])]),
        (event(), {k: v for k, v in right.items() if k != "X-Slack-Signature"}),
        (event(), {k: v for k, v in right.items() if k != "X-Slack-Request-Timestamp"}),
        (b"", {}),
    ]
    assert [(await post(body, headers))[0] for body, headers in others] == [401] * len(others)
    assert web.heard == []


async def test_two_hundred_mutations_of_a_signed_request_reach_nobody(web, post):
    dice = random.Random(20261122)
    right = signed(web.fake, event())
    names = ["X-Slack-Signature", "X-Slack-Request-Timestamp"]
    for _ in range(200):
        body, headers = bytearray(event()), dict(right)
        part = dice.choice([*names, "body"])
        if part == "body":
            body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
        else:
            value = headers[part]
            at = dice.randrange(len(value))
            headers[part] = value[:at] + dice.choice("0123456789abcdefXYZ -+.=") + value[at + 1 :]
        if (bytes(body), headers) == (event(), right):
            continue
        status, _ = await post(bytes(body), headers)
        assert status == 401, (part, bytes(body), headers)

    assert web.heard == []


async def test_a_huge_body_is_turned_away(web, post):
    body = b"x" * 10_000_000
    assert (await post(io.BytesIO(body), signed(web.fake, body)))[0] == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"type":"event_callback"}',
    b'{"type":"event_callback","event":null}', b'{"type":"event_callback","event":{"type":"message"}}',
    b"payload=%7B%7D", b"payload=x"])  # fmt: skip
async def test_signed_nonsense_is_turned_away_quietly(web, post, body):
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        status, _ = await post(body, {**signed(web.fake, body), "Content-Type": kind})
        assert status in (200, 400, 404), body

    assert web.heard == []


async def test_an_event_of_another_workspace_is_not_ours(web, post):
    """One app can be installed in many workspaces; this token belongs to one of them."""
    body = event().replace(b"T0TEAM", b"T0OTHER")
    assert (await post(body, signed(web.fake, body)))[0] == 200
    assert web.heard == []
