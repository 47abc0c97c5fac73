"""Files that came with a message: read from Slack's own hosts, with the token, and from nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.downloads import MOST_BYTES
from engine.errors import Refused
from engine.types import File

ALICE, ROOM = "U0ALICE", "C0GENERAL"


@contextlib.asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A host that is none of Slack's, and the headers that it was sent."""
    seen: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        return web.Response(body=b"# Foreign\n")

    app = web.Application()
    app.router.add_get("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


async def sent(desk, content: bytes | str, name: str = "keys.md", mimetype: str = "text/plain") -> File:
    await desk.fake.upload_file(ROOM, ALICE, name, content, text="<@U0BOT> kb add", mimetype=mimetype)
    [file] = (await desk.message()).files
    return file


async def test_a_file_is_read_with_the_token(desk):
    file = await sent(desk, "# Keys\n")
    assert (file.name, file.size) == ("keys.md", 7)
    assert await desk.channel.download(file) == b"# Keys\n"


async def test_the_token_is_sent_to_no_other_host(desk):
    async with elsewhere() as (url, seen):
        host = url.removeprefix("http://")
        for address in (
            f"{url}/keys.md",
            f"http://localhost:{host.partition(':')[2]}/keys.md",
            f"http://files.slack.com@{host}/keys.md",
            f"{desk.fake.url}@{host}/keys.md",
            "http://files.slack.com/keys.md",
            "https://files.slack.com.evil.example/keys.md",
            "https://evil.example/files.slack.com/keys.md",
            "https://files.slack.com:8443/keys.md",
            "https://files.slack.com\\@evil.example/keys.md",
            "ftp://files.slack.com/keys.md",
            "file:///etc/hosts",
            "",
        ):
            with pytest.raises(Refused):
                await desk.channel.download(File("keys.md", address))
        assert seen == []


@pytest.mark.tolerates("without a usable token")
async def test_a_redirect_is_not_followed(desk):
    file = await sent(desk, "# Keys\n")
    desk.fake.set_scopes(["chat:write"])  # then the stand-in redirects to its page where people sign in
    with pytest.raises(Refused, match="may not read"):
        await desk.channel.download(file)


async def test_a_page_where_people_sign_in_is_no_document(desk):
    file = await sent(desk, "<!DOCTYPE html><title>Sign in</title>", mimetype="text/html")
    with pytest.raises(Refused, match="files:read"):
        await desk.channel.download(file)


async def test_a_page_that_was_sent_is_one(desk):
    file = await sent(desk, "<h1>Keys</h1>", name="keys.html", mimetype="text/html")
    assert await desk.channel.download(file) == b"<h1>Keys</h1>"


async def test_what_is_too_large_is_not_read(desk):
    with pytest.raises(Refused, match="at most 20 MB"):
        await desk.channel.download(File("big.pdf", f"{desk.fake.url}/files-pri/T-F/big.pdf", MOST_BYTES + 1))
    file = await sent(desk, b"x" * (MOST_BYTES + 1))
    with pytest.raises(Refused, match="at most 20 MB"):  # also where the platform says less
        await desk.channel.download(File(file.name, file.url, 5))


async def test_a_file_that_is_gone_can_never_be_had(desk):
    with pytest.raises(Refused, match="send it again"):
        await desk.channel.download(File("keys.md", f"{desk.fake.url}/files-pri/T-F99/keys.md"))


async def test_a_file_that_came_from_another_organisation_is_asked_for_by_its_id(desk):
    """In a shared room Slack tells nothing of it but that (`check_file_info`)."""
    made = desk.fake._file("keys.md", b"# Keys\n", ALICE)
    bare = {"id": made["id"], "mode": "file_access", "file_access": "check_file_info", "created": 0, "user": ""}
    await desk.fake.user_message(ROOM, ALICE, "<@U0BOT> What does it say?", files=[bare])
    [file] = (await desk.message()).files
    found = await desk.channel.located(file)
    assert (found.name, found.size) == ("keys.md", 7)
    assert await desk.channel.download(found) == b"# Keys\n"
    assert await desk.channel.located(found) == found


async def test_a_message_that_is_chosen_to_be_answered_brings_its_files_along(desk):
    made = desk.fake._file("keys.md", b"# Keys\n", ALICE)
    said = await desk.fake.user_message(ROOM, ALICE, "Does anybody know what this says?", files=[made])
    await desk.fake.shortcut(ALICE, "fd_answer", channel=ROOM, ts=said["ts"])
    [file] = (await desk.message()).files
    assert await desk.channel.download(file) == b"# Keys\n"
