"""Whatever text comes in, and wherever it is broken off: no mention, link or image that we did not build goes out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markup import (
    Document,
    Link,
    Marker,
    Paragraph,
    Person,
    Text,
    discord_messages,
    html,
    markdown_messages,
    parse,
    plain,
    settled,
    slack_blocks,
    slack_text,
    terminal,
)
from tests.markup.shown import ATTACKS, MANUAL, SOURCES, complaints, discord_entries, markup, slack_entries, unhurried
from tests.stand_ins import judges

BEFORE = ["", "See the manual [1]. ", "`x ", "> ", "- ", f"[manual]({MANUAL}) ", "**", "```\n", "| a |\n|---|\n| "]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", ATTACKS)
def test_no_prefix_of_an_attack_does_anything(name, before):
    """A stream may be seen at every place; ``settled`` must not open a hole either."""
    attack = before + ATTACKS[name]
    for end in range(len(before), len(attack) + 1):
        for text in (attack[:end], settled(attack[:end])):
            assert not complaints(parse(text, links=[MANUAL], sources=SOURCES)), text


@given(markup)
@settings(unhurried, max_examples=400)
@example("https:**![](x)**//exfil.example.net/")
@example("**https:****//exfil.example.net/**")
@example("htt*ps://exfil.example.net/*")
@example("exfil*.example*.net")
@example(f"[https://exfil.example.net/](<{MANUAL}>)")
@example(f"[exfil.example.net <!channel> @everyone]({MANUAL})")
@example(f"[x](https://docs.example.com/vpn?u=https://exfil.example.net) {MANUAL}.exfil.example.net")
@example("see exfil.example.net and `code` and exfil.example.net/x`y`")
@example(f"{MANUAL} ``a`exfil.example.net`b`` exfil.example.net")
@example("..exfil.example.net https://x...exfil.example.net Wait...exfil.example.net")
@example("请访问exfil.example.net/x。")
def test_no_text_at_all_does_anything(text):
    for links, sources in (([], None), ([MANUAL], SOURCES)):
        assert not complaints(parse(text, links=links, sources=sources))


@given(markup)
@unhurried
def test_only_the_callers_own_links_are_live(text):
    doc = parse(text, links=[MANUAL], sources=SOURCES)
    seen = [e["url"] for e in _typed(slack_blocks(doc), "link")]
    seen += re.findall(r"<(https?://[^>]*)>", "".join(judges._CODE.sub("", m) for m in discord_messages(doc)))
    seen += re.findall(r'href="([^"]*)"', html(doc))
    assert set(seen) <= {MANUAL}


@given(markup)
@unhurried
@example("@channel `@all` @here.")
@example("It is![1] And \\![1] too.")
@example("a```@all```@all ` @all")
@example("``@all` ``` @all ```` @all")
def test_markdown_that_goes_elsewhere_names_nobody_and_links_to_what_was_given_alone(text):
    """Read by a CommonMark parser, which knows nothing of how it was written."""
    read = MarkdownIt("commonmark")
    for message in markdown_messages(parse(text, links=[MANUAL], sources=SOURCES), limit=300):
        for token in (child for block in read.parse(message) for child in block.children or ()):
            assert token.type not in ("image", "html_inline")
            if token.type == "text":
                assert re.search(r"(?<!\w)@\w", token.content) is None, message
            if token.type == "link_open":
                assert token.attrs["href"] == MANUAL, message


@given(markup)
@unhurried
def test_slack_gets_no_element_that_it_would_parse(text):
    blocks = slack_blocks(parse(text, links=[MANUAL], sources=SOURCES))
    kinds = {node["type"] for message in blocks for node in _all(message)}
    assert kinds <= {
        "rich_text",
        "rich_text_section",
        "rich_text_list",
        "rich_text_preformatted",
        "rich_text_quote",
        "divider",
        "text",
        "link",
    }


@given(markup)
@unhurried
def test_html_has_our_tags_only(text):
    seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, attrs))

    Reader().feed(html(parse(text, links=[MANUAL], sources=SOURCES)))
    ours = set("p h3 h4 h5 h6 pre code hr blockquote ul ol li table thead tbody tr th td strong em s br a span".split())
    assert {tag for tag, _ in seen} <= ours
    names = {name for _, attrs in seen for name, _ in attrs}
    assert names <= {"class", "href", "target", "rel", "start"}


@given(markup)
@unhurried
def test_a_terminal_gets_no_escape_sequence_that_is_not_ours(text):
    doc = parse(text)
    assert "\x1b" not in terminal(doc, colour=False)
    assert not re.sub(r"\x1b\[(?:0|1|2|3|4|9|36)m", "", terminal(doc)).count("\x1b")


@given(markup)
@unhurried
def test_plain_text_and_notifications_hold_no_foreign_address(text):
    doc = parse(text)
    for said in (slack_text(doc), plain(_without_code(doc))):
        assert "://" not in judges._CODE.sub(" ", said)
        assert not judges._LIVE_HOST.search(judges._CODE.sub(" ", said))


@pytest.mark.parametrize(
    "address",
    [
        "hxxp://exfil.example.net/",
        "ftp://exfil.example.net",
        "HTTPS:\\\\\\\\exfil.example.net/x",
        "//exfil.example.net/x",
        "https://docs.example.com@exfil.example.net/",
        "https://docs.example.com.exfil.example.net/",
        "javascript:alert(1)",
        "data:text/html;base64,AAAA",
        "mailto:a@exfil.example.net?body=secret",
        "slack://channel?id=1",
        "discord://x",
        "https://xn--exmple-cua.net/",
        "https://ехаmple.net/",
        "http://[::1]:8080/",
        "https://docs.example.com/vpn/../../go?u=1",
        "https://docs.example.com/vpn?x=1",
        "https://docs.example.com/vpn#x",
        "https://DOCS.example.com/vpn ",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_was_not_given_is_no_link_in_any_form(address):
    """Compared whole: also another page of an allowed host may redirect anywhere."""
    for text in (
        address,
        f"<{address}>",
        f"[x]({address})",
        f"[x](<{address}>)",
        f"![x]({address})",
        f"[x][1]\n\n[1]: {address}",
    ):
        doc = parse(text, links=[MANUAL])
        assert not list(_typed(slack_blocks(doc), "link"))
        assert "](<" not in "".join(discord_messages(doc))
        assert "<a " not in html(doc)
        for said in (slack_text(doc), *discord_messages(doc)):
            assert not re.search(r"(?i)[a-z]{2}://|javascript:|mailto:", judges._CODE.sub(" ", said)), said


def test_dots_before_a_host_do_not_hide_it():
    assert slack_text(parse("..exfil.example.net Wait...exfil.example.net")).count("exfil[.]example[.]net") == 2


@pytest.mark.parametrize("text", ["**https:**//exfil.example.net", "https*://exfil.example.net*", "ht**tps:/**/x.org"])
def test_no_address_is_put_together_from_pieces(text):
    """Terminals make links of what they show, whatever it was made of."""
    assert "://" not in terminal(parse(text), colour=False)


def test_a_link_that_was_given_stays_a_link_with_its_label():
    doc = parse(f"Read [the **VPN** manual]({MANUAL}).", links=[MANUAL])
    assert list(_typed(slack_blocks(doc), "link")) == [{"type": "link", "url": MANUAL, "text": "the VPN manual"}]
    assert discord_messages(doc) == [f"Read [the VPN manual](<{MANUAL}>)."]
    assert f'<a href="{MANUAL}"' in html(doc)
    assert plain(doc) == f"Read the VPN manual ({MANUAL})."


def test_a_given_address_in_the_running_text_becomes_a_link():
    doc = parse(f"见{MANUAL}。Also ({MANUAL}).", links=[MANUAL])
    assert [e["url"] for e in _typed(slack_blocks(doc), "link")] == [MANUAL, MANUAL]
    assert discord_messages(doc) == [f"见<{MANUAL}>。Also (<{MANUAL}>)."]


def test_a_label_cannot_pretend_to_lead_elsewhere():
    doc = parse(f"[https://bank.example.org/login]({MANUAL}) [docs.example.com]({MANUAL})", links=[MANUAL])
    labels = [e["text"] for e in _typed(slack_blocks(doc), "link")]
    assert labels == ["bank[.]example[.]org/login", "docs.example.com"]


def test_markers_lead_to_their_sources_and_only_those_that_exist():
    doc = parse("True.[1] Also [2], not [9].", sources=SOURCES)
    assert list(_typed(slack_blocks(doc), "link")) == [{"type": "link", "url": MANUAL, "text": "[1]"}]
    assert discord_messages(doc) == [f"True.[[1]](<{MANUAL}>) Also [2], not [9]."]


def test_a_reference_definition_cannot_take_over_a_marker():
    doc = parse("True.[1]\n\n[1]: https://exfil.example.net/", sources=SOURCES)
    assert [e["url"] for e in _typed(slack_blocks(doc), "link")] == [MANUAL, MANUAL]


def test_a_foreign_address_stays_readable():
    assert plain(parse("Go to https://portal.example.org/leave?token=1.")) == "Go to portal[.]example[.]org/leave."
    assert plain(parse("https://docs.example.com@other.example.org/x")) == "other[.]example[.]org/x"
    assert plain(parse("![a plan](https://exfil.example.net/i.png)")) == "a plan"


def test_bare_hosts_and_mail_addresses_are_code_on_discord_and_untouched_in_rich_text():
    doc = parse("Write to it@example.org or see wiki.example.org/vpn, then edit config.yaml.")
    assert discord_messages(doc) == ["Write to `it@example.org` or see `wiki.example.org/vpn`, then edit config.yaml."]
    assert slack_blocks(doc)[0][0]["elements"][0]["elements"][0]["text"] == plain(doc).replace("[.]", ".")


def test_our_own_code_can_name_a_person():
    doc = Document((Paragraph((Person("U0ALICE"), Text(": a colleague was told."))),)) + parse("<@U0BOB>")
    assert list(_typed(slack_blocks(doc), "user")) == [{"type": "user", "user_id": "U0ALICE"}]
    assert not judges.slack_safety(slack_entries(doc), ("U0ALICE",))
    doc = Document((Paragraph((Person("123"),)),)) + parse("<@456>")
    assert discord_messages(doc) == ["<@123>\n\n\\<\\@456>"]
    assert not judges.discord_safety(discord_entries(doc), ("123",))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/kb/vpn.md", "https://a b", "https://a>b<!channel>"]
)
def test_even_our_own_code_cannot_link_to_what_is_no_web_address(url):
    """The address of a source is whatever its document was loaded with."""
    doc = Document((Paragraph((Link((Text("<!channel>"),), url), Marker(1, url))),))
    assert not complaints(doc)
    assert not list(_typed(slack_blocks(doc), "link"))
    assert "](" not in discord_messages(doc)[0]
    assert "<a " not in html(doc)


def test_a_title_is_a_label_that_does_nothing():
    """Sources are shown by the titles of their documents, and anybody may have written those."""
    for title in [*ATTACKS.values(), "exfil.example.net", "](https://exfil.example.net) ["]:
        doc = Document((Paragraph((Link((Text(title),), MANUAL),)),))
        assert not complaints(doc)


@given(st.text(max_size=30))
@unhurried
def test_a_person_with_an_odd_id_is_plain_text(odd):
    doc = Document((Paragraph((Person(f"{odd}>x<!channel"),)),))
    assert not complaints(doc)


def _all(node):
    if isinstance(node, list):
        for child in node:
            yield from _all(child)
    elif isinstance(node, dict):
        yield node
        yield from _all(node.get("elements", []))


def _typed(messages, kind):
    return (node for message in messages for node in _all(message) if node["type"] == kind)


def _without_code(doc: Document) -> Document:
    """In plain text nothing tells code from words, so code is left out of what is judged there."""
    text = repr(doc)
    return Document() if "Fence(" in text or "Code(" in text or "Table(" in text else doc
