"""One page: what is sent, what comes back, and what a hostile or broken server cannot do."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import ssl
import subprocess
import zlib

import pytest
from aiohttp import web

from engine.config import KnowledgeSettings
from engine.errors import LoadFailed
from engine.knowledge.web import Answered, Fetcher, Gone
from tests.web_sources.conftest import Site, raw, serving

HELLO = "<!doctype html><title>Hello</title><p>Hello there"


def rss() -> int:
    """Bytes of memory that this process has now."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  # not a file of ours
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_page_comes_with_what_is_needed_to_ask_again(site, fetching):
    headers = {"ETag": '"v1"', "Last_Modified": "Sun, 01 Nov 2026 10:00:00 GMT", "X_Robots_Tag": "NoIndex"}
    site.page("/guide", HELLO, kind="text/html; charset=GB2312", **headers)

    page = await fetching(site.place).get(site.url("/guide#part"))

    assert (page.url, page.status, page.data) == (site.url("/guide"), 200, HELLO.encode())
    assert (page.media_type, page.charset, page.name, page.robots) == ("text/html", "gb2312", "guide.html", "noindex")
    assert (page.etag, page.dated) == ('"v1"', 1793527200.0)


async def test_we_say_who_we_are_and_nothing_else(site, fetching, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.page("/", HELLO, Set_Cookie="who=you")
    fetcher = fetching(site.place)

    await fetcher.get(site.url())
    await fetcher.get(site.url())

    assert {*site.requests[1].headers} == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert site.requests[1].headers["User-Agent"].startswith("Frontdesk/")


async def test_a_page_that_has_not_changed_is_not_sent_again(site, fetching):
    async def handler(request):
        same = request.headers.get("If-None-Match") == '"v1"' or "If-Modified-Since" in request.headers
        return web.Response(status=304 if same else 200, text=HELLO, headers={"ETag": '"v1"'})

    site.pages["/"] = handler
    fetcher = fetching(site.place)

    assert (await fetcher.get(site.url())).status == 200
    assert (await fetcher.get(site.url(), etag='"v1"')).status == 304
    again = await fetcher.get(site.url(), modified="Sun, 01 Nov 2026 10:00:00 GMT")
    assert (again.status, again.data, again.etag) == (304, b"", '"v1"')
    assert (await fetcher.get(site.url(), etag='x"\r\nHost: y')).status == 200


async def test_another_page_is_not_asked_since_when_it_has_changed(site, fetching):
    """The time that is sent belongs to the page that was there before, not to one that it leads to now."""
    site.redirect("/", "/sign-in")
    site.page("/sign-in", HELLO)

    await fetching(site.place).get(site.url(), etag='"v1"', modified="Sun, 01 Nov 2026 10:00:00 GMT")

    assert "If-Modified-Since" in site.requests[0].headers
    assert "If-Modified-Since" not in site.requests[1].headers


@pytest.mark.parametrize(("status", "words"), [
    (404, "no such page"), (410, "no such page"), (401, "log in"), (403, "log in"), (429, "later"), (503, "later"),
    (500, "500"), (206, "206"), (204, "204"), (304, "304"), (300, "300"),
])  # fmt: skip
async def test_a_status_without_a_page_is_explained(status, words, site, fetching):
    site.page("/", "never shown" if status not in {204, 304} else "", status=status)

    with pytest.raises(Answered, match=words) as refused:
        await fetching(site.place).get(site.url())

    assert isinstance(refused.value, Gone) == (status in {404, 410})
    assert refused.value.status == status
    assert "never shown" not in str(refused.value)


async def test_who_asks_to_wait_is_asked_once_more_after_that(site, fetching):
    answers = iter([web.Response(status=429, headers={"Retry-After": "1"}), web.Response(text=HELLO)])

    async def handler(request):
        return next(answers)

    site.pages["/"] = handler
    started = asyncio.get_running_loop().time()

    assert (await fetching(site.place).get(site.url())).status == 200
    assert asyncio.get_running_loop().time() - started >= 1


async def test_redirects_are_followed_to_where_the_page_stands(site, fetching):
    site.redirect("/old", "/new?x=1", 301)
    site.page("/new", HELLO)

    assert (await fetching(site.place).get(site.url("/old"))).url == site.url("/new?x=1")


async def test_a_circle_of_redirects_ends(site, fetching):
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")

    with pytest.raises(LoadFailed, match="circle"):
        await fetching(site.place).get(site.url("/a"))

    assert site.asked == ["/a", "/b"]


async def test_five_redirects_are_followed_and_no_more(site, fetching):
    for n in range(9):
        site.redirect(f"/{n}", f"/{n + 1}")
    site.page("/9", HELLO)

    assert (await fetching(site.place).get(site.url("/4"))).url == site.url("/9")
    with pytest.raises(LoadFailed, match="more than 5 times"):
        await fetching(site.place).get(site.url("/3"))
    site.page("/nowhere", status=302)
    with pytest.raises(LoadFailed, match="nowhere"):
        await fetching(site.place).get(site.url("/nowhere"))


@pytest.mark.parametrize(("encoding", "packed"), [
    ("gzip", gzip.compress(HELLO.encode())),
    ("gzip", gzip.compress(HELLO[:20].encode()) + gzip.compress(HELLO[20:].encode()) + b"\0" * 8),
    ("deflate", zlib.compress(HELLO.encode())),
    ("deflate", zlib.compress(HELLO.encode(), wbits=-15)),
    ("identity", HELLO.encode()),
])  # fmt: skip
async def test_packed_pages_are_unpacked(encoding, packed, site, fetching):
    site.page("/", packed, Content_Encoding=encoding)

    assert (await fetching(site.place).get(site.url())).data == HELLO.encode()


@pytest.mark.parametrize(("encoding", "packed", "words"), [
    ("gzip", gzip.compress(os.urandom(5_000))[:3_000], "broke off"), ("gzip", b"no gzip at all", "decompressed"),
    ("br", b"x", "not asked for"), ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "not asked for"),
])  # fmt: skip
async def test_what_cannot_be_unpacked_is_said(encoding, packed, words, site, fetching):
    site.page("/", packed, Content_Encoding=encoding)

    with pytest.raises(LoadFailed, match=words):
        await fetching(site.place).get(site.url())


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_does_not_go_off(encoding, site, fetching):
    """200 MB of zeros in 200 kB: given up on after the first few, long before they are in memory."""
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    site.page("/", bomb, Content_Encoding=encoding)
    before = rss()

    with pytest.raises(LoadFailed, match="bomb"):
        await fetching(site.place).get(site.url())

    assert rss() - before < 50_000_000


@pytest.mark.parametrize("length", ["", "Content-Length: 99999999999\r\n"])
async def test_a_page_without_end_is_given_up(length, fetching):
    async def answer(reader, writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{length}\r\n".encode())
        for _ in range(1_000):
            writer.write(b"more " * 20_000)
            await writer.drain()

    before = rss()
    async with raw(answer) as place:
        with pytest.raises(LoadFailed, match="more than 20 MB"):
            await fetching(place).get(f"http://{place}/")
    assert rss() - before < 50_000_000


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
async def test_a_page_that_comes_in_drips_is_given_up_in_time(first, fetching):
    """However many bytes still come: the time is for all of it."""

    async def answer(reader, writer):
        writer.write(first)
        for n in range(200):
            writer.write(b"x" if first else b"HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyyyyyyyyyyyyy"[n % 40 :][:1])
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw(answer) as place:
        started = asyncio.get_running_loop().time()
        with pytest.raises(LoadFailed, match="took longer"):
            await fetching(place, total_s=0.5).get(f"http://{place}/")
        assert asyncio.get_running_loop().time() - started < 5


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: aaaa\r\n" * 20_000 + b"\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"a" * 8_000) for n in range(20)) + b"Age: 0\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
])  # fmt: skip
async def test_what_is_no_proper_answer_is_said_in_words(answer, fetching):
    async def speak(reader, writer):
        writer.write(answer)
        await writer.drain()

    async with raw(speak) as place:
        with pytest.raises(LoadFailed) as refused:
            await fetching(place, total_s=5).get(f"http://{place}/")
    assert place in str(refused.value)
    assert "aaaa" not in str(refused.value)


async def test_an_empty_port_is_said_in_words(fetching):
    async with raw(None) as place:
        pass
    with pytest.raises(LoadFailed, match="no connection could be made"):
        await fetching(place).get(f"http://{place}/")


async def test_a_name_that_does_not_exist_is_said_in_words(fetching):
    with pytest.raises(LoadFailed, match=r"there is no host nowhere\.example"):
        await fetching().get("https://nowhere.example/")


PDF, ZIP = b"%PDF-1.7\n...", b"PK\x03\x04rest"


@pytest.mark.parametrize(("path", "body", "said", "kind", "name"), [
    ("/a", HELLO.encode(), "", "text/html", "a.html"),
    ("/a.php", HELLO.encode(), "application/octet-stream", "text/html", "a.html"),
    ("/a.md", b"# Title", "application/octet-stream", "text/plain", "a.md"),
    ("/a", b"# Title", "text/markdown", "text/markdown", "a.md"),
    ("/report", PDF, "text/html", "application/pdf", "report.pdf"),
    ("/report.pdf", PDF, "application/pdf", "application/pdf", "report.pdf"),
    ("/x.docx", ZIP, "application/octet-stream", "application/zip", "x.docx"),
    ("/data", b'{"a": 1}', "application/json", "application/json", "data.json"),
    ("/", "\ufeff<html><body>x".encode(), "text/plain", "text/html", "127.0.0.1.html"),
    ("/", "<!-- a --> <!DOCTYPE html>".encode("utf-16"), "text/plain", "text/html", "127.0.0.1.html"),
    ("/a.txt", "Umlaute: äöü".encode("latin-1"), "image/png", "text/plain", "a.txt"),
    ("/sitemap.xml", b'<?xml version="1.0"?><urlset>', "text/html", "application/xml", "sitemap.xml"),
    ("/%E5%B9%B4%E5%81%87.html", HELLO.encode(), "text/html", "text/html", "年假.html"),
    ("/..%2f..%2fetc%2fpasswd", b"text", "text/plain", "text/plain", "passwd.txt"),
])  # fmt: skip
async def test_what_a_page_is_its_bytes_say(path, body, said, kind, name, site, fetching):
    async def handler(request):
        return web.Response(body=body, headers={"Content-Type": said} if said else {})

    site.pages = dict.fromkeys((path, "/年假.html", "/../../etc/passwd", "/..%2F..%2Fetc%2Fpasswd"), handler)

    page = await fetching(site.place).get(site.url(path))

    assert (page.media_type, page.name) == (kind, name)


@pytest.mark.parametrize(("body", "words"), [
    (b"\x89PNG\r\n\x1a\n", "an image"), (b"\xff\xd8\xff\xe0", "an image"), (b"MZ\x90\0", "a program"),
    (b"\x7fELF\x02", "a program"), (b"\0\0\0\x20ftypisom", "a film"), (b"text \0 then", "binary"),
])  # fmt: skip
async def test_what_is_no_document_is_refused_whatever_it_is_called(body, words, site, fetching):
    site.page("/guide.html", body, kind="text/html")

    with pytest.raises(LoadFailed, match=words):
        await fetching(site.place).get(site.url("/guide.html"))


async def test_a_host_is_asked_one_thing_at_a_time_with_pauses(site, fetching):
    async def handler(request):
        await asyncio.sleep(0.02)
        return web.Response(text=HELLO)

    site.pages["/"] = handler
    fetcher = fetching(site.place, pause_s=0.05)
    started = asyncio.get_running_loop().time()

    await asyncio.gather(*(fetcher.get(site.url()) for _ in range(5)))

    assert site.most_at_once == 1
    assert asyncio.get_running_loop().time() - started >= 5 * 0.02 + 4 * 0.05


async def test_waiting_for_a_turn_does_not_count_as_slow(site, fetching):
    async def handler(request):
        await asyncio.sleep(0.2)
        return web.Response(text=HELLO)

    site.pages["/"] = handler
    fetcher = fetching(site.place, total_s=1.0)

    pages = await asyncio.gather(*(fetcher.get(site.url()) for _ in range(8)))

    assert [page.status for page in pages] == [200] * 8


async def test_two_hosts_do_not_wait_for_each_other(site, fetching):
    """Also when each redirects to the other."""
    other = f"localhost:{site.port}"
    for path in ("/a", "/b"):
        site.page(f"{path}2", HELLO)
    site.redirect("/a", f"http://{other}/a2")
    site.redirect("/b", f"http://{site.place}/b2")
    fetcher = fetching(site.place, other)
    fetcher._resolve.answers["localhost"] = [["127.0.0.1"]]

    pages = await asyncio.gather(*[fetcher.get(site.url("/a")), fetcher.get(f"http://{other}/b")] * 1)

    assert [page.url for page in pages] == [f"http://{other}/a2", f"http://{site.place}/b2"]


@pytest.fixture
def certificate(tmp_path) -> ssl.SSLContext:
    """For wiki.intern, signed by itself, in tmp_path/cert."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate, and is not here")
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {tmp_path}/key -out {tmp_path}/cert".split()
    names = ["-subj", "/CN=wiki.intern", "-addext", "subjectAltName=DNS:wiki.intern"]
    subprocess.run([*made, *names], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    return context


async def test_certificates_are_checked_for_the_name_that_was_asked_for(
    certificate, tmp_path, fetching, names, monkeypatch
):
    """Although an address is what is connected to."""
    names.answers = {"wiki.intern": [["127.0.0.1"]], "other.intern": [["127.0.0.1"]]}
    site = Site()
    site.page("/", HELLO)
    async with serving(site, certificate):
        places = f"wiki.intern:{site.port}", f"other.intern:{site.port}"
        with pytest.raises(LoadFailed, match="certificate"):  # signed by nobody we know
            await fetching(*places).get(f"https://{places[0]}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
        assert (await fetching(*places).get(f"https://{places[0]}/")).status == 200
        with pytest.raises(LoadFailed, match="certificate"):
            await fetching(*places).get(f"https://{places[1]}/")


async def test_names_are_looked_up_as_the_system_does(site, fetching):
    site.page("/", HELLO)
    place = f"localhost:{site.port}"
    fetcher = Fetcher(KnowledgeSettings(allow_hosts=(place,), pause_s=0))

    assert (await fetcher.get(f"http://{place}/")).status == 200
    with pytest.raises(LoadFailed, match="does not lead to a public address"):
        await fetcher.get("http://localhost/")
    await fetcher.close()


async def test_an_abandoned_request_leaves_the_host_free(site, fetching):
    async def handler(request):
        await asyncio.sleep(5)
        return web.Response(text=HELLO)

    site.pages["/slow"] = handler
    site.page("/quick", HELLO)
    fetcher = fetching(site.place)
    asking = asyncio.create_task(fetcher.get(site.url("/slow")))
    while not site.asked:
        await asyncio.sleep(0.01)
    asking.cancel()

    assert (await fetcher.get(site.url("/quick"))).status == 200
