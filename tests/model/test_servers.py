"""Several servers of one model: who is asked for whom, what happens when one fails, and what is tried again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model import ModelSettings
from engine.model.circuit import Circuit
from engine.model.served import ServedModel
from engine.model.servers import Servers
from tests.model.conftest import PASSAGE, STREAM, events, raw_server, said, until
from tests.model.replica import Replica

SESSIONS = [f"slack|acme|room|{n}" for n in range(36)]
HALF = '{"choices":[{"index":0,"delta":{"content":"half an answer"},"finish_reason":null}]}'


@pytest.fixture
async def three() -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(Replica()) for _ in range(3)]
        for server in servers:
            server.know([PASSAGE])
        yield servers


async def homes(model: ServedModel, servers: list[Replica]) -> dict[str, int]:
    """Which server wrote for each session."""
    found = {}
    for session in SESSIONS:
        before = [len(server.requests) for server in servers]
        await said(model, session=session)
        [found[session]] = [n for n, server in enumerate(servers) if len(server.requests) > before[n]]
    return found


async def test_a_conversation_stays_with_one_server_in_every_process(three, open_model):
    """Its beginning is in that server's cache; the order in which the settings name them does not matter."""
    urls = [server.url for server in three]
    first = await homes(open_model(*urls), three)
    assert first == await homes(open_model(*reversed(urls)), three)
    assert set(first.values()) == {0, 1, 2}


async def test_only_the_conversations_of_a_lost_server_move(three, open_model):
    model = open_model(*[server.url for server in three])
    before = await homes(model, three)
    await three[1].stop()
    after = await homes(model, three)

    assert {session for session in SESSIONS if before[session] != after[session]} == {
        session for session in SESSIONS if before[session] == 1
    }
    assert {after[session] for session in SESSIONS if before[session] == 1} == {0, 2}


async def test_a_server_with_more_than_its_share_is_passed_over(three, open_model):
    """Many answers at once whose home is the same server: 1.25 times its fair share at most."""
    for server in three:
        server.rule(".", "hang", after=1)
    model = open_model(*[server.url for server in three], idle_s=60)
    waiting = [asyncio.create_task(said(model, session=SESSIONS[0])) for _ in range(48)]
    try:
        await until(lambda: sum(len(server.running()) for server in three) == 48)
        counts = sorted(len(server.running()) for server in three)
        assert counts[-1] <= 20  # 1.25 * 48 / 3
        assert counts[0] >= 8
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert [server.running for server in model.servers.all] == [0, 0, 0]


async def test_a_few_answers_at_once_do_not_drive_a_conversation_away(three, open_model):
    for server in three:
        server.rule(".", "hang", after=1)
    model = open_model(*[server.url for server in three], idle_s=60)
    waiting = [asyncio.create_task(said(model, session=SESSIONS[0])) for _ in range(6)]
    try:
        await until(lambda: sum(len(server.running()) for server in three) == 6)
        assert sorted(len(server.running()) for server in three) == [0, 0, 6]
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize(
    ("mode", "options"),
    [("status", {"status": 503}), ("status", {"status": 429}), ("hang", {}), ("garbage", {"kind": "truncated"})],
)
async def test_what_fails_before_the_first_token_goes_to_the_next_server_at_once(three, open_model, mode, options):
    model = open_model(*[server.url for server in three], first_token_s=0.5)
    home = (await homes(model, three))[SESSIONS[0]]
    three[home].rule(".", mode, times=1, **options)
    text, last = await said(model, session=SESSIONS[0])
    assert text == f"{PASSAGE} [1]"
    assert last.failures == 1


async def test_what_fails_after_text_was_shown_is_not_written_again(three, open_model):
    """Half of one answer and the whole of another is no answer."""
    for server in three:
        server.rule(".", "hang", after=3)
    model = open_model(*[server.url for server in three], idle_s=0.2, tries=3)
    with pytest.raises(ModelUnavailable, match="fell silent"):
        await said(model, session="a")
    assert sum(len(server.requests) for server in three) == 1


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_fault_of_the_requests_own_is_told_once(three, open_model, status):
    for server in three:
        server.rule(".", "status", status=status)
    with pytest.raises(ModelUnavailable):
        await said(open_model(*[server.url for server in three], tries=5))
    assert sum(len(server.requests) for server in three) == 1


async def test_too_long_a_prompt_is_told_at_once(open_model):
    async with Replica(context=20) as one, Replica(context=20) as two:
        with pytest.raises(PromptTooLong):
            await said(open_model(one.url, two.url, tries=5))
        assert len(one.violations) + len(two.violations) == 1


async def test_a_server_that_failed_often_is_passed_over_and_tried_by_one_when_it_has_rested(three, open_model):
    """The one who tries asks for the list of models first: should the server hang, nobody waits for a whole answer."""
    model = open_model(*[server.url for server in three], name="fake-7b")
    home = (await homes(model, three))[SESSIONS[0]]
    now = 0.0
    model.servers.all[home].circuit = Circuit(failures=2, rest_s=5.0, clock=lambda: now)
    three[home].rule(".", "status", status=500, times=2)
    for _ in range(2):
        assert (await said(model, session=SESSIONS[0]))[1].failures == 1
    asked = len(three[home].requests)
    assert (await said(model, session=SESSIONS[0]))[1].failures == 0
    assert len(three[home].requests) == asked

    now = 6.0
    assert (await said(model, session=SESSIONS[0]))[1].failures == 0
    assert len(three[home].requests) == asked + 1


async def test_one_tries_a_rested_server_while_the_others_pass_it_over(three, open_model):
    model = open_model(*[server.url for server in three], name="fake-7b")
    home = (await homes(model, three))[SESSIONS[0]]
    now = 0.0
    model.servers.all[home].circuit = Circuit(failures=1, rest_s=5.0, clock=lambda: now)
    three[home].rule(".", "status", status=500, times=1)
    await said(model, session=SESSIONS[0])
    now = 6.0
    three[home].rule(".", "hang", after=0, times=1)
    asked = len(three[home].requests)
    trying = asyncio.create_task(said(model, session=SESSIONS[0]))
    await until(lambda: len(three[home].requests) == asked + 1)
    for _ in range(3):
        assert (await said(model, session=SESSIONS[0]))[0]
    assert len(three[home].requests) == asked + 1
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)


async def test_with_every_server_down_the_reason_is_plain_and_comes_soon(open_model, unused_tcp_port_factory):
    urls = [f"http://127.0.0.1:{unused_tcp_port_factory()}" for _ in range(3)]
    model = open_model(*urls, tries=2)
    async with asyncio.timeout(30):
        with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
            await said(model)
    assert caught.value.failures == 6


async def test_the_servers_that_do_not_answer_are_named(three, open_model, unused_tcp_port):
    away = f"http://127.0.0.1:{unused_tcp_port}"
    model = open_model(three[0].url, away)
    assert await model.ready() == "fake-7b"
    [fault] = await model.faults()
    assert fault.startswith(away)
    assert "start it" in fault
    assert await open_model(three[0].url, three[1].url).faults() == []
    with pytest.raises(ModelUnavailable):
        await open_model(away).ready()


async def test_the_smallest_window_counts(open_model):
    async with Replica(context=4096) as small, Replica(context=8192) as large:
        model = open_model(large.url, small.url)
        await model.ready()
        assert model.window == 4096


# -- trying again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_server_that_fails_in_passing_is_asked_again(fake, open_model, status):
    fake.rule(".", "status", status=status, times=2)
    text, last = await said(open_model(fake.url, tries=3))
    assert PASSAGE in text
    assert last.failures == 2


async def test_a_server_that_is_starting_is_asked_again(open_model, unused_tcp_port):
    """Refused at first, then there."""
    model = open_model(f"http://127.0.0.1:{unused_tcp_port}", tries=10)
    model.servers._chance = lambda: 0.5
    answer = asyncio.create_task(said(model))
    await asyncio.sleep(0.1)
    async with Replica(port=unused_tcp_port) as server:
        server.know([PASSAGE])
        text, last = await answer
    assert PASSAGE in text
    assert last.failures >= 1


async def test_tries_have_an_end(fake, open_model):
    fake.rule(".", "status", status=503)
    with pytest.raises(ModelUnavailable, match="503") as caught:
        await said(open_model(fake.url, tries=3))
    assert len(fake.requests) == 3
    assert caught.value.failures == 3


async def test_retry_after_is_waited_for(fake, open_model):
    """As long as the server asks, no shorter."""
    fake.rule(".", "status", status=429, retry_after=0.4, times=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    text, _ = await said(open_model(fake.url, tries=2))
    assert text
    assert loop.time() - began >= 0.4


async def test_longer_than_a_person_waits_is_not_waited_for(fake, open_model):
    """The person hears at once how it is; whoever asks again knows when."""
    fake.rule(".", "status", status=503, retry_after=30)
    with pytest.raises(ModelUnavailable) as caught:
        await said(open_model(fake.url, tries=9))
    assert caught.value.retry_after_s == 30
    assert len(fake.requests) == 1


async def test_a_slow_failure_is_not_repeated(open_model):
    """Who has waited for the first token in vain is not to wait as long again."""
    now = [0.0]
    async with raw_server(STREAM + events(HALF)[:20]) as url:
        servers = Servers(ModelSettings(use="vllm", url=f"{url}/v1", name="m", tries=9), clock=lambda: now[0])
        model = ServedModel(servers._settings, servers=servers)
        server = servers.all[0]
        post, asked = server._post, []

        async def slow(*arguments):
            now[0] += 20.0
            asked.append(arguments)
            return await post(*arguments)

        server._post = slow
        with pytest.raises(ModelUnavailable):
            await said(model)
        await model.close()
    assert len(asked) == 1


def test_waits_are_spread_evenly_and_grow():
    """Full jitter: what failed together does not come back together."""
    chance = [0.0]
    servers = Servers(ModelSettings(use="vllm"), chance=lambda: chance[0])
    assert servers._pause(ModelUnavailable(""), 1) == 0
    chance[0] = 1.0
    waits = [servers._pause(ModelUnavailable(""), n) for n in range(1, 7)]
    assert waits == sorted(waits)
    assert waits[0] < 0.5
    assert waits[-1] == 2.0
    assert servers._pause(ModelUnavailable("", retry_after_s=3.0), 1) > 3.0


async def test_the_receipt_can_name_the_server_that_wrote_but_never_what_logs_in_there(three, open_model):
    """A name and a password may stand in an address, as for a proxy in front of the server."""
    urls = [server.url.replace("//", "//somebody:hidden@") for server in three]
    model = open_model(*urls)
    for session in SESSIONS[:6]:
        before = [len(server.requests) for server in three]
        _, last = await said(model, session=session)
        [wrote] = [s for s, n in zip(three, before, strict=True) if len(s.requests) > n]
        assert last.server == f"{wrote.url}/v1"
    _, alone = await said(open_model(urls[0]))
    assert alone.server == "", "there is no other"
    for server in three:
        await server.stop()
    with pytest.raises(ModelUnavailable) as told:
        await said(model)
    faults = await model.faults()
    assert len(faults) == 3 and three[0].url in str(faults)
    assert "hidden" not in f"{told.value} {faults}"
