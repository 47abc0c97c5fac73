"""A model server that is slow, hangs or sends garbage: a plain reason in time, and bounded memory."""

import asyncio
import gc
import tracemalloc

import pytest

from engine.errors import ModelUnavailable
from engine.model.circuit import Circuit
from tests.model.conftest import QUESTION, STREAM, events, raw_server, said, until

HALF = '{"choices":[{"index":0,"delta":{"content":"half an answer"},"finish_reason":null}]}'
STOP = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
DONE = events(HALF, STOP, "[DONE]")


@pytest.mark.parametrize("kind", ["sse", "json", "empty", "html", "truncated", "no_choices"])
async def test_garbage_of_the_scripted_server_is_a_plain_reason(fake, open_model, kind):
    fake.rule(".", "garbage", kind=kind, times=1)
    model = open_model(fake.url)
    with pytest.raises(ModelUnavailable) as caught:
        await said(model)
    assert str(caught.value).endswith((".", "?"))
    assert "<html" not in str(caught.value)

    text, _ = await said(model)
    assert text  # the next one is answered


NO_ANSWER = {
    "not JSON": events("{not json}"),
    "JSON that is no piece": events("17"),
    "a list": events("[]"),
    "choices that are none": events('{"choices":[17]}'),
    "a delta that is none": events('{"choices":[{"delta":"x"}]}'),
    "content that is no text": events('{"choices":[{"delta":{"content":{"a":1}}}]}'),
    "nothing": b"",
    "only comments": b": ping\n\n" * 50,
    "only the end": events("[DONE]"),
    "an end without text": events(STOP, "[DONE]"),
    "no choices": events('{"choices":[]}', "[DONE]"),
    "only NULs": events('{"choices":[{"delta":{"content":"\\u0000\\u0000"},"finish_reason":"stop"}]}', "[DONE]"),
    "raw NULs": b"\x00" * 5000 + b"\n\n",
    "NULs in JSON": events('{"choices":[{"delta":{"content":"\x00"}}]}'),
    "an error in the middle": events(HALF, '{"error":{"message":"engine died"}}'),
    "half a surrogate pair": events('{"choices":[{"delta":{"content":"\\ud800"}}]}'),
    "only thinking": events('{"choices":[{"delta":{"content":"<think>hm"},"finish_reason":"length"}]}', "[DONE]"),
    "thinking that was shown": events('{"choices":[{"delta":{"content":"well</think>so"}}]}'),
    "a cut-off without a reason": events(HALF),
    "not UTF-8": b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n',
    "the same again and again": events(*[HALF.replace("half an answer", "and so on, ")] * 200, STOP, "[DONE]"),
    "more than anybody asked for": events(*[HALF.replace("half an answer", f"{n} word " * 9000) for n in range(9)]),
}


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_what_is_no_answer_is_a_plain_reason(open_model, kind):
    async with raw_server(STREAM + NO_ANSWER[kind]) as url:
        with pytest.raises(ModelUnavailable) as caught:
            await said(open_model(url, name="m"))
    assert "Traceback" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "reply",
    [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", b"\x00" * 100_000,
     b"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nTraceback", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
     b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 500\r\n\r\n" + events(HALF),
     b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
async def test_what_is_no_http_is_a_plain_reason(open_model, reply):
    async with raw_server(reply) as url:
        with pytest.raises(ModelUnavailable):
            await said(open_model(url, name="m"))


async def test_a_list_of_models_that_is_none_names_the_setting(open_model):
    for body in (b"<html>", b"{}", b'{"data":[]}', b'{"data":17}', b'{"data":[17]}', b"[]"):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        async with raw_server(head + body) as url:
            with pytest.raises(ModelUnavailable, match=r"model\."):
                await open_model(url).ready()


async def test_pieces_may_be_cut_anywhere(open_model):
    """Also in the middle of a character."""
    stream = events(HALF.replace("half an answer", "证书有效期为九十天。"), STOP, "[DONE]")

    async def drip(reader, writer):
        writer.write(STREAM)
        for n in range(0, len(stream), 3):
            writer.write(stream[n : n + 3])
            await writer.drain()
            await asyncio.sleep(0)

    async with raw_server(drip) as url:
        text, last = await said(open_model(url, name="m"))
    assert text == "证书有效期为九十天。"
    assert last.finish == "stop"


async def test_line_ends_of_the_other_kind_and_unknown_fields_are_read(open_model):
    stream = b": hello\r\nevent: x\r\nid: 3\r\n" + DONE.replace(b"\n", b"\r\n").replace(b"data: ", b"data:")
    async with raw_server(STREAM + stream) as url:
        text, _ = await said(open_model(url, name="m"))
    assert text == "half an answer"


async def test_control_characters_do_not_reach_anybody(open_model):
    stream = events(HALF.replace("half an answer", r"a\u0000b\u001b[31m\u0085c\nd\te"), STOP, "[DONE]")
    async with raw_server(STREAM + stream) as url:
        text, _ = await said(open_model(url, name="m"))
    assert text == "ab[31mc\nd\te"


async def test_thinking_is_not_shown(open_model):
    parts = ["<th", "ink>let me", " see</thi", "nk>\n\n", "It is", " 90 <", "b> days", "<think>sure?</think>."]
    stream = events(*[HALF.replace("half an answer", part.replace("\n", "\\n")) for part in parts], STOP, "[DONE]")
    async with raw_server(STREAM + stream) as url:
        text, _ = await said(open_model(url, name="m"))
    assert text == "It is 90 <b> days."


async def test_a_line_without_end_costs_little_memory(open_model):
    """Ten megabytes in one line: given up after one."""

    async def pour(reader, writer):
        writer.write(STREAM + b"data: ")
        for _ in range(160):
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw_server(pour) as url:
        model = open_model(url, name="m")
        gc.collect()
        tracemalloc.start()
        try:
            with pytest.raises(ModelUnavailable, match="line without end"):
                await said(model)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * 2**20


async def test_an_error_page_without_end_is_read_in_part(open_model):
    async def pour(reader, writer):
        writer.write(b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw_server(pour) as url:
        with pytest.raises(ModelUnavailable, match="status 500"):
            await said(open_model(url, name="m"))


async def _hang(reader, writer):
    await reader.read()


async def _hang_after(writer, data):
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("speech", "settings", "setting"),
    [
        (b"", {"first_token_s": 0.3}, "said nothing"),
        (STREAM, {"first_token_s": 0.3}, "first_token_s"),
        (STREAM + b": ping\n\n", {"first_token_s": 0.3, "idle_s": 60}, "first_token_s"),
        (
            STREAM + events('{"choices":[{"delta":{"role":"assistant","content":""}}]}'),
            {"first_token_s": 0.3},
            "first_token_s",
        ),
        (STREAM + events(HALF), {"idle_s": 0.3}, "idle_s"),
        (STREAM + events(HALF), {"idle_s": 60, "total_s": 0.5}, "total_s"),
    ],
)
async def test_every_wait_has_an_end_and_the_connection_is_closed(open_model, speech, settings, setting):
    gone = asyncio.Event()

    async def hang(reader, writer):
        writer.write(speech)
        await writer.drain()
        await reader.read()  # returns when the client leaves
        gone.set()

    async with raw_server(hang) as url:
        with pytest.raises(ModelUnavailable, match=setting):
            await said(open_model(url, name="m", **settings))
        await asyncio.wait_for(gone.wait(), 60)


async def test_signs_of_life_do_not_keep_a_silent_answer_alive(open_model):
    """Comments every now and then are no answer."""

    async def ping(reader, writer):
        writer.write(STREAM + events(HALF))
        while True:
            writer.write(b": ping\n\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(ping) as url:
        with pytest.raises(ModelUnavailable, match="idle_s"):
            await said(open_model(url, name="m", idle_s=0.4))


async def test_one_token_at_a_time_for_ever_ends(open_model):
    async def crawl(reader, writer):
        writer.write(STREAM)
        for n in range(10_000):
            writer.write(events(HALF.replace("half an answer", f"{n} ")))
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(crawl) as url:
        with pytest.raises(ModelUnavailable, match="total_s"):
            await said(open_model(url, name="m", idle_s=0.5, total_s=1.0))


async def test_thinking_counts_as_life(open_model):
    """A model that reasons, on the server's own channel or in tags, is not silent."""
    thought = '{"choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}'

    async def think(reader, writer):
        writer.write(STREAM)
        for _ in range(8):
            writer.write(events(thought))
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(DONE)

    async with raw_server(think) as url:
        text, _ = await said(open_model(url, name="m", first_token_s=0.6, idle_s=0.6))
    assert text == "half an answer"


async def test_a_slow_reader_is_not_the_servers_fault(open_model):
    """Only waiting for the server counts."""
    async with raw_server(STREAM + events(*[HALF] * 3, STOP, "[DONE]")) as url:
        text = ""
        async for piece in open_model(url, name="m", idle_s=0.2, first_token_s=0.5).write(QUESTION, max_tokens=9):
            await asyncio.sleep(0.5)
            text += piece.text
    assert text == "half an answer" * 3


async def test_what_was_written_before_a_failure_was_handed_on(fake, open_model):
    """The caller decides what to do with half an answer."""
    fake.rule(".", "hang", after=3)
    text = ""
    with pytest.raises(ModelUnavailable, match="fell silent"):
        async for piece in open_model(fake.url, idle_s=0.3).write(QUESTION, max_tokens=100):
            text += piece.text
    assert text
    await until(lambda: fake.requests[-1].state == "aborted")


async def test_after_five_failures_the_server_is_left_alone_and_tried_again(fake, open_model):
    model = open_model(fake.url, name="fake-7b")
    now = 0.0
    model.servers.all[0].circuit = Circuit(rest_s=5.0, clock=lambda: now)
    fake.rule(".", "status", status=500, times=6)
    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="500"):
            await said(model)
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="in a row") as caught:
            await said(model)
    assert caught.value.retry_after_s == 5.0
    assert len(fake.requests) == 5

    now = 6.0
    with pytest.raises(ModelUnavailable, match="500"):
        await said(model)  # one may try, and fails: the door stays closed
    with pytest.raises(ModelUnavailable, match="in a row"):
        await said(model)
    now = 12.0
    assert (await said(model))[0]
    assert (await said(model))[0]


async def test_only_one_may_try_a_server_that_failed(fake, open_model):
    model = open_model(fake.url, name="fake-7b")
    now = 0.0
    model.servers.all[0].circuit = Circuit(failures=1, rest_s=5.0, clock=lambda: now)
    fake.rule(".", "status", status=500, times=1)
    with pytest.raises(ModelUnavailable, match="500"):
        await said(model)
    now = 6.0
    fake.rule(".", "hang", after=0, times=1)
    probe = asyncio.create_task(said(model))
    await until(lambda: len(fake.requests) == 2)
    with pytest.raises(ModelUnavailable, match="in a row"):
        await said(model)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert (await said(model))[0]  # the one who tried left without a verdict: the next may


async def test_refusals_do_not_open_the_circuit(fake, open_model):
    """A server that says no is well; so is one that has too much to do."""
    fake.rule(".", "status", status=429, times=7)
    model = open_model(fake.url)
    for _ in range(7):
        with pytest.raises(ModelUnavailable, match="too much to do"):
            await said(model)
    assert (await said(model))[0]
