"""Who gets in, and what the page's server refuses (SECURITY T1, T9)."""

from __future__ import annotations

import aiohttp
import pytest

from bot.web.guard import Guard
from engine.errors import SettingsError
from engine.types import Outcome, Reply, Source
from tests.web.desk import MANUAL, Visitor, answered, serving, until

TALK = "11111111-talk"
SECRET = "a long and random secret"
READING = [f"/api/conversations/{TALK}", f"/api/conversations/{TALK}/events"]


async def _anybody(base: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True))


# --- conversations belong to the visitor


async def test_a_foreign_conversation_looks_like_one_that_never_was(visitors, desk):
    """Same status, same body, same headers, for every way to reach it."""
    owner, other = await visitors(), await visitors()
    await owner.ask(TALK, "q-0000001", "My salary?")
    await desk.answer(desk.last, answered("It is secret [1].", MANUAL))

    async def look(visitor: Visitor, method: str, path: str) -> tuple[int, bytes, set[str]]:
        body = {"action": "helpful"} if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        async with visitor.session.request(
            method, visitor.base + path, json=body, headers=None if body else headers
        ) as r:
            return r.status, await r.read(), set(r.headers)

    for method, path in [
        ("GET", "/api/conversations/{}"),
        ("GET", "/api/conversations/{}/events"),
        ("DELETE", "/api/conversations/{}"),
        ("POST", "/api/conversations/{}/messages/q-0000001/press"),
    ]:
        theirs = await look(other, method, path.format(TALK))
        nobodys = await look(other, method, path.format("99999999-talk"))
        assert theirs == nobodys
        assert theirs[0] == 404
    assert (await other.get("/api/conversations"))[1] == {"conversations": []}
    assert desk.pressed_ == []
    assert len(desk.kept) == 1


async def test_asking_in_a_foreign_conversation_starts_an_own_one(visitors, desk):
    owner, other = await visitors(), await visitors()
    await owner.ask(TALK, "q-0000001", "My salary?")
    await other.ask(TALK, "q-0000001", "And mine?")
    assert [e["question"] for e in (await owner.get(f"/api/conversations/{TALK}"))[1]["exchanges"]] == ["My salary?"]
    assert [e["question"] for e in (await other.get(f"/api/conversations/{TALK}"))[1]["exchanges"]] == ["And mine?"]


async def test_the_visitors_id_does_not_open_the_visitors_conversations(visitor, desk, served):
    """The id stands in logs and hand-offs; only the cookie, which is another text, opens anything."""
    await visitor.ask(TALK, "q-0000001", "My salary?")
    [cookie] = list(visitor.session.cookie_jar)
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert desk.last.author.startswith("web-")
    assert desk.last.author.removeprefix("web-") not in cookie.value
    for forged in (desk.last.author, desk.last.author.removeprefix("web-"), "x" * 43):
        async with aiohttp.ClientSession(cookies={"frontdesk_visitor": forged}) as session:
            assert (await Visitor(served[0], session).get(f"/api/conversations/{TALK}"))[0] == 404


# --- names, origins, forms


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "169.254.169.254", "[::", ""]
)
async def test_on_loopback_a_foreign_name_is_refused(visitor, host):
    """DNS rebinding: a web site lets its own name point to this machine."""
    for path in ("/", "/api/about", "/api/conversations"):
        async with visitor.session.get(visitor.base + path, headers={"Host": host}) as r:
            assert r.status in (400, 403)


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
async def test_on_loopback_every_name_of_this_machine_works(visitor, host):
    async with visitor.session.get(visitor.base + "/api/about", headers={"Host": host}) as r:
        assert r.status == 200


async def test_a_name_that_the_settings_allow_works_behind_a_proxy():
    async with (
        serving(hosts=["Desk.example"], behind_proxy=True, secret=SECRET) as (base, _),
        await _anybody(base) as s,
    ):
        async with s.post(
            "/api/sign-in",
            json={"secret": SECRET},
            headers={"Host": "127.0.0.1", "Origin": "https://desk.example", "X-Forwarded-Proto": "https"},
        ) as r:
            assert r.status == 204
            assert "; Secure" in r.headers["Set-Cookie"]
        async with s.get("/", headers={"Host": "desk.example"}) as r:
            assert r.status == 200
            assert "; Secure" not in r.headers["Set-Cookie"]


async def test_a_proxy_header_means_nothing_where_no_proxy_is_ours():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        r = await s.post("/api/sign-in", json={"secret": SECRET}, headers={"X-Forwarded-Proto": "https"})
        assert "; Secure" not in r.headers["Set-Cookie"]


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
])  # fmt: skip
async def test_another_sites_post_is_refused(visitor, desk, headers):
    path = f"/api/conversations/{TALK}/messages"
    assert (await visitor.post(path, {"id": "q-0000001", "text": "Hi"}, **headers))[0] == 403
    assert desk.kept == {}


async def test_the_pages_own_post_and_a_programs_are_taken(visitor):
    path = f"/api/conversations/{TALK}/messages"
    own = {"Origin": visitor.base, "Sec-Fetch-Site": "same-origin"}
    assert (await visitor.post(path, {"id": "q-0000001", "text": "Hi"}, **own))[0] == 202
    assert (await visitor.post(path, {"id": "q-0000002", "text": "Hi"}))[0] == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_can_send_is_refused(visitor, desk, kind):
    data = b'{"id": "q-0000001", "text": "Hi"}'
    url = f"{visitor.base}/api/conversations/{TALK}/messages"
    async with visitor.session.post(url, data=data, headers={"Content-Type": kind}) as r:
        assert r.status == 415
    assert desk.kept == {}


async def test_every_answer_carries_the_headers(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "Hi")
    for path in ("/", "/app.js", "/style.css", "/icon.svg", "/nothing", "/api/about", *READING):
        async with visitor.session.get(visitor.base + path) as r:
            policy = r.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
            assert r.headers["X-Content-Type-Options"] == "nosniff"
            assert r.headers["Referrer-Policy"] == "no-referrer"
            assert "aiohttp" not in r.headers["Server"]
            if path.startswith("/api/"):
                assert r.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/channel.py", "/__init__.py", "/../channel.py", "/%2e%2e/channel.py", "/etc/passwd", "/index.htm"]
)
async def test_nothing_but_the_pages_files_is_served(visitor, path):
    async with visitor.session.get(visitor.base + path) as r:
        assert r.status == 404


async def test_the_page_loads_nothing_from_elsewhere(visitor):
    for name in ("", "app.js", "view.js", "words.js", "style.css"):
        async with visitor.session.get(f"{visitor.base}/{name}") as r:
            text = await r.text()
            assert r.status == 200
            again = await visitor.session.get(f"{visitor.base}/{name}", headers={"If-None-Match": r.headers["ETag"]})
            assert again.status == 304
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "")
        assert "<script>" not in text and "style=" not in text and "onclick=" not in text


async def test_hostile_text_is_text(visitor, desk):
    """Whatever stands in an answer, a title or a question reaches the page as data or escaped."""
    bad = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    await visitor.ask(TALK, "q-0000001", bad)
    source = Source(1, bad, bad, "javascript:alert(3)", "d1")
    await desk.answer(
        desk.last, answered(f"{bad} [x](javascript:alert(4)) ![y](https://evil.example/?d=1) [1]", source)
    )
    _, talk = await visitor.get(f"/api/conversations/{TALK}")
    [exchange] = talk["exchanges"]
    assert exchange["question"] == bad  # the page sets it as text
    assert "<script" not in exchange["html"] and "<img" not in exchange["html"] and "href" not in exchange["html"]
    assert exchange["sources"][0]["url"] == ""


# --- the shared secret


@pytest.mark.parametrize("settings", [
    {"listen": "0.0.0.0:0"}, {"listen": "[::]:0"}, {"listen": ":0"}, {"listen": "192.0.2.1:0"},
    {"hosts": ["desk.example"]}, {"behind_proxy": True},
])  # fmt: skip
async def test_a_page_that_others_can_reach_needs_a_secret(settings):
    with pytest.raises(SettingsError, match="FRONTDESK_WEB_SECRET"):
        async with serving(**settings):
            pass


@pytest.mark.parametrize("listen", ["localhost", "127.0.0.1:x", "::1:80", "127.0.0.1:99999", ""])
async def test_an_address_that_is_none_is_named(listen):
    with pytest.raises(SettingsError, match="setting listen of bot"):
        async with serving(listen=listen):
            pass


async def test_without_the_secret_nothing_but_the_page_itself_is_served():
    async with serving(secret=SECRET) as (base, desk), await _anybody(base) as s:
        assert (await s.get("/")).status == 200
        visitor = Visitor(base, s)
        for path in ("/api/about", "/api/conversations", *READING):
            status, said = await visitor.get(path)
            assert (status, said["error"]) == (401, "sign_in")
        assert await visitor.ask(TALK, "q-0000001", "Hi") == 401
        assert (await visitor.delete(f"/api/conversations/{TALK}"))[0] == 401
        assert desk.kept == {}


async def test_the_secret_opens_a_session_and_signing_out_ends_it():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        async with s.post("/api/sign-in", json={"secret": SECRET}) as r:
            assert r.status == 204
            cookie = r.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and SECRET not in cookie
        visitor = Visitor(base, s)
        assert (await visitor.get("/api/about"))[0] == 200
        assert await visitor.ask(TALK, "q-0000001", "Hi") == 202
        assert (await visitor.post("/api/sign-out", {}))[0] == 204
        assert (await visitor.get("/api/about"))[0] == 401


async def test_who_signs_in_and_out_and_who_is_refused_is_written_down_first():
    async with serving(secret=SECRET, workspace="acme") as (base, desk), await _anybody(base) as s:
        visitor = Visitor(base, s)
        for secret in ("wrong", SECRET):
            await visitor.post("/api/sign-in", {"secret": secret})
        await visitor.post("/api/sign-out", {})
        assert [what for what, _, _ in desk.signed_] == ["sign-in refused", "sign-in", "sign-out"]
        assert len({(person, workspace) for _, person, workspace in desk.signed_}) == 1
        for n in range(8):
            await visitor.post("/api/sign-in", {"secret": f"guess {n}"})
        assert len(desk.signed_) == 3 + 5
    async with serving(secret=SECRET) as (base, desk), await _anybody(base) as s:
        desk.full = True
        visitor = Visitor(base, s)
        assert (await visitor.post("/api/sign-in", {"secret": SECRET}))[0] == 503
        assert (await visitor.get("/api/about"))[0] == 401


async def test_a_new_secret_ends_every_session():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        await s.post("/api/sign-in", json={"secret": SECRET})
        token = s.cookie_jar.filter_cookies(s._base_url)["frontdesk_session"].value
    async with (
        serving(secret=SECRET + "!") as (base, _),
        aiohttp.ClientSession(cookies={"frontdesk_session": token}) as s,
    ):
        assert (await Visitor(base, s).get("/api/about"))[0] == 401


async def test_a_session_cannot_be_made_up_or_stretched():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        await s.post("/api/sign-in", json={"secret": SECRET})
        until, nonce, mac = s.cookie_jar.filter_cookies(s._base_url)["frontdesk_session"].value.split(".")
        for token in (f"{int(until) + 1}.{nonce}.{mac}", f"{until}.{nonce[:-1]}.{mac}", f"{until}.{nonce}.{mac[::-1]}",
                      f"{until}.{nonce}.", "..", "é.é.é", "9999999999.x.x"):  # fmt: skip
            async with aiohttp.ClientSession(headers={"Cookie": f"frontdesk_session={token}"}) as forger:
                assert (await Visitor(base, forger).get("/api/about"))[0] == 401, token


async def test_a_session_ends_with_its_time():
    """The claim says until when; the clock decides."""
    guard = Guard(secret=SECRET, names=frozenset(), open_names=False, behind_proxy=False)
    claim = "1000000000.nonce"
    assert not guard._is_session(f"{claim}.{guard._mac(claim).decode()}")
    claim = "99999999999.nonce"
    assert guard._is_session(f"{claim}.{guard._mac(claim).decode()}")


async def test_guessing_the_secret_is_slowed_down():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        visitor = Visitor(base, s)
        tries = [(await visitor.post("/api/sign-in", {"secret": f"guess {n}"}))[0] for n in range(7)]
        assert tries == [401] * 5 + [429] * 2
        async with s.post("/api/sign-in", json={"secret": SECRET}) as r:  # nor may a lucky sixth guess pass
            assert r.status == 429
            assert 0 < int(r.headers["Retry-After"]) <= 61


async def test_one_guesser_does_not_lock_out_the_others_behind_the_proxy():
    async with serving(secret=SECRET, behind_proxy=True) as (base, _), await _anybody(base) as s:
        visitor = Visitor(base, s)
        for n in range(6):  # what a guesser writes into the header stands before what the proxy adds
            last = await visitor.post(
                "/api/sign-in", {"secret": "?"}, **{"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.9"}
            )
        assert last[0] == 429
        assert (await visitor.post("/api/sign-in", {"secret": SECRET}, **{"X-Forwarded-For": "203.0.113.10"}))[0] == 204


async def test_odd_secrets_are_wrong_secrets():
    async with serving(secret=SECRET) as (base, _), await _anybody(base) as s:
        visitor = Visitor(base, s)
        for body in ({}, {"secret": None}, {"secret": [SECRET]}, {"secret": "\ud83d\ude00"}):
            assert (await visitor.post("/api/sign-in", body))[0] == 401


async def test_no_more_streams_than_a_person_has_tabs(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "Hi")
    url = f"{visitor.base}/api/conversations/{TALK}/events"
    open_ = [await visitor.session.get(url) for _ in range(12)]
    assert {r.status for r in open_} == {200}
    assert (await visitor.session.get(url)).status == 429
    for r in open_:
        r.close()


async def test_a_page_that_is_loaded_again_and_again_is_one_page(visitor, desk):
    """A stream that was left has nothing to say for a while: nobody tells it that the page has gone."""
    await visitor.ask(TALK, "q-0000001", "Hi")
    url = f"{visitor.base}/api/conversations/{TALK}/events"
    for n in range(30):
        stream = await visitor.session.get(url)
        assert stream.status == 200, n
        await stream.content.readline()
        stream.close()
    async with visitor.following(TALK) as events:
        await desk.answer(desk.last, answered("Hello."))
        await until(events, state="done")


async def test_an_error_of_ours_shows_no_details(visitor, desk):
    async def broken(*args: object, **named: object) -> list[object]:
        raise KeyError("/srv/private/path")

    desk.conversations = broken
    status, said = await visitor.get("/api/conversations")
    assert status == 500
    assert said == {"error": "broken", "message": "Something went wrong here. Please try again."}


async def test_a_refusal_is_shown_as_one(visitor, desk):
    await visitor.ask(TALK, "q-0000001", "Hi")
    await desk.answer(desk.last, Reply.refuse("too many questions"))
    _, talk = await visitor.get(f"/api/conversations/{TALK}")
    assert talk["exchanges"][0]["outcome"] == Outcome.REFUSED
