"""Whole sites: what a sitemap lists, what a crawl finds, what is left out, and how politely it is asked."""

from __future__ import annotations

import asyncio
import gzip
from itertools import pairwise

import pytest
from aiohttp import web
from yarl import URL

from engine.config import KnowledgeSettings
from engine.errors import LoadFailed
from engine.knowledge.web import Gone, Site, kind_of
from engine.knowledge.web.links import read


@pytest.fixture
def finder(fetching, site):
    """Makes a Site that may fetch from the test's server; words are settings."""
    return lambda **settings: Site(fetching(site.place), KnowledgeSettings(**settings))


async def found(listing) -> list[str]:
    """The paths of the pages that can be had, in order."""
    return [URL(one.url).path_qs async for one in listing if one.failed is None]


def links(*paths: str, head: str = "", text: str = "") -> str:
    """A page with links; its text differs from page to page so that no two are equal."""
    listed = "".join(f'<a href="{path}">{path}</a>' for path in paths)
    return f"<!doctype html><html><head>{head}</head><body>{text or paths}{listed}"


def urlset(*entries: str) -> str:
    return (
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</urlset>'
    )


@pytest.mark.parametrize(("url", "kind"), [
    ("https://a.example/sitemap.xml", "sitemap"), ("https://a.example/x/sitemap_index.xml?x=1", "sitemap"),
    ("https://a.example/post-sitemap2.xml.gz", "sitemap"), ("https://a.example/sitemap.txt", "sitemap"),
    ("https://a.example/", "page"), ("https://a.example/sitemap.html", "page"), ("https://a.example/feed.xml", "page"),
])  # fmt: skip
def test_a_sitemap_is_known_by_its_name(url, kind):
    assert kind_of(url) == kind


def test_a_sitemap_is_known_by_its_bytes():
    assert kind_of("https://a.example/pages", urlset().encode()) == "sitemap"
    assert kind_of("https://a.example/sitemap.xml", b"<!doctype html><html>Not found") == "page"


async def test_a_sitemap_lists_pages_with_their_dates(site, finder):
    site.page("/sitemap.xml", urlset(
        f"<url><loc> {site.url('/a?x=1&amp;y=2')} </loc><lastmod>2026-11-01T10:00:00+00:00</lastmod></url>",
        f"<url><loc><![CDATA[{site.url('/b')}]]></loc><lastmod>2026-11-01</lastmod></url>",
        f"<url><loc>{site.url('/c#part')}</loc><lastmod>soon</lastmod></url><url><loc>{site.url('/c')}</loc></url>",
        "<url><loc>https://elsewhere.example/</loc></url><url><loc>file:///etc/passwd</loc></url><url/>",
    ))  # fmt: skip
    listing = finder().pages(site.url("/sitemap.xml"), "sitemap")

    pages = [one async for one in listing]

    assert [URL(page.url).path_qs for page in pages] == ["/a?x=1&y=2", "/b", "/c"]
    assert [page.dated for page in pages] == [1793527200.0, 1793491200.0, 0.0]
    assert listing.complete
    assert "2 listed addresses are of other hosts" in " ".join(listing.notes)


async def test_versions_in_other_languages_are_pages_once_each(site, finder):
    def alternates(*paths):
        return "".join(f'<x:link rel="alternate" hreflang="{p[1:3]}" href="{site.url(p)}"/>' for p in paths)

    default = f'<x:link rel="alternate" hreflang="x-default" href="{site.url("/choose")}"/>'
    site.page("/sitemap.xml", urlset(
        f"<url><loc>{site.url('/en/a')}</loc>{alternates('/en/a', '/zh/a')}{default}</url>",
        f"<url><loc>{site.url('/zh/a')}</loc>{alternates('/en/a', '/zh/a')}{default}</url>",
        f"<url><loc>{site.url('/en/b')}</loc>{alternates('/de/b')}</url>",
    ).replace("<urlset", '<urlset xmlns:x="http://www.w3.org/1999/xhtml"'))  # fmt: skip

    assert await found(finder().pages(site.url("/sitemap.xml"), "sitemap")) == ["/en/a", "/zh/a", "/en/b", "/de/b"]


async def test_images_and_videos_of_a_sitemap_are_no_pages(site, finder):
    site.page("/sitemap.xml", urlset(
        f'<url><i:image xmlns:i="x"><i:loc>{site.url("/a.png")}</i:loc></i:image><loc>{site.url("/a")}</loc></url>'
    ))  # fmt: skip

    assert await found(finder().pages(site.url("/sitemap.xml"), "sitemap")) == ["/a"]


async def test_lists_of_sitemaps_are_followed_packed_or_not(site, finder):
    listed = "".join(
        f"<sitemap><loc>{site.url(p)}</loc></sitemap>" for p in ("/1.xml", "/2.xml.gz", "/3.txt", "/index.xml")
    )
    site.page("/index.xml", f"<sitemapindex>{listed}</sitemapindex>")
    site.page("/1.xml", urlset(f"<url><loc>{site.url('/a')}</loc></url>"))
    site.page(
        "/2.xml.gz", gzip.compress(urlset(f"<url><loc>{site.url('/b')}</loc></url>").encode()), kind="application/gzip"
    )
    site.page("/3.txt", f"{site.url('/c')}\n\n{site.url('/a')}\nnothing\n", kind="text/plain")
    listing = finder().pages(site.url("/index.xml"), "sitemap")

    assert await found(listing) == ["/a", "/b", "/c"]
    assert listing.complete
    assert sorted(site.asked) == ["/1.xml", "/2.xml.gz", "/3.txt", "/index.xml", "/robots.txt"]


async def test_a_sitemap_in_the_list_that_cannot_be_read_leaves_the_rest_and_says_so(site, finder):
    site.page("/index.xml", f"<sitemapindex><sitemap><loc>{site.url('/no.xml')}</loc></sitemap>"
              f"<sitemap><loc>{site.url('/1.xml')}</loc></sitemap></sitemapindex>")  # fmt: skip
    site.page("/1.xml", urlset(f"<url><loc>{site.url('/a')}</loc></url>"))
    listing = finder().pages(site.url("/index.xml"), "sitemap")

    assert await found(listing) == ["/a"]
    assert not listing.complete  # so nothing that it does not list has vanished
    assert "no.xml" in listing.notes[0]


@pytest.mark.parametrize(("body", "words"), [
    ("<!doctype html><title>Not found</title>", "no sitemap"), ("just text", "no sitemap"),
    ('<!DOCTYPE urlset [<!ENTITY a "aaaa">]><urlset>&a;</urlset>', "DOCTYPE"),
    ("<urlset><url><loc>x</urlset>", "not proper XML"), ("<urlset>" * 60, "nested too deeply"),
    (gzip.compress(b"<urlset>" + b" " * 5_000_000), "bomb"), (gzip.compress(b"<urlset/>")[:-9], "broke off"),
])  # fmt: skip
async def test_what_is_no_sitemap_is_refused_in_words(body, words, site, finder):
    site.page("/sitemap.xml", body, kind="application/xml")

    with pytest.raises(LoadFailed, match=words):
        await found(finder().pages(site.url("/sitemap.xml"), "sitemap"))


async def test_a_sitemap_is_read_up_to_the_limit(site, finder):
    site.page("/sitemap.xml", urlset(*(f"<url><loc>{site.url(f'/{n}')}</loc></url>" for n in range(50))))
    listing = finder(sitemap_pages=20).pages(site.url("/sitemap.xml"), "sitemap")

    assert len(await found(listing)) == 20
    assert not listing.complete
    assert "sitemap_pages" in listing.notes[0]


async def test_a_crawl_follows_links_on_the_host_and_below_the_folder(site, finder):
    elsewhere = (
        "//elsewhere.example/c",
        "../blog",
        "http://127.0.0.1:1/",
        "mailto:a@b.c",
        "http://[",
        "javascript:a(1)",
    )
    site.page("/docs/", links("a", "/docs/b?utm_source=x", "b#part", *elsewhere, "x.png", "sub/c.html", "manual.pdf"))
    site.page("/docs/a", links("/docs/", "b", text="a"))
    site.page("/docs/b", links(text="b"))
    site.page("/docs/sub/c.html", links("./d", text="c", head='<base href="/docs/deep/">'))
    site.page("/docs/deep/d", links(text="d"))
    site.page("/docs/manual.pdf", b"%PDF-1.7 text", kind="application/pdf")
    site.page("/blog", links(text="blog"))
    listing = finder().pages(site.url("/docs/"), "crawl")

    pages = [one async for one in listing]

    assert [URL(page.url).path_qs for page in pages] == [
        "/docs/", "/docs/a", "/docs/b", "/docs/sub/c.html", "/docs/manual.pdf", "/docs/deep/d",
    ]  # fmt: skip
    assert pages[4].fetched.media_type == "application/pdf"
    assert listing.complete
    assert len(site.asked) == len(set(site.asked))  # nothing is asked twice


async def test_a_crawl_of_a_page_takes_its_whole_folder(site, finder):
    site.page("/start.html", links("/a/b"))
    site.page("/a/b", links(text="b"))

    assert await found(finder().pages(site.url("/start.html"), "crawl")) == ["/start.html", "/a/b"]


async def test_a_crawl_goes_so_deep_and_no_deeper(site, finder):
    for n in range(6):
        site.page(f"/{n}", links(f"/{n + 1}"))
    site.page("/", links("/0"))

    assert await found(finder(crawl_depth=2).pages(site.url("/"), "crawl")) == ["/", "/0", "/1"]
    assert await found(finder().pages(site.url("/"), "crawl", {"depth": 0})) == ["/"]


async def test_a_crawl_ends_at_the_limit_and_says_so(site, finder):
    site.page("/", links(*(f"/p{n}" for n in range(30))))
    for n in range(30):
        site.page(f"/p{n}", links(text=str(n)))
    listing = finder(crawl_pages=10).pages(site.url("/"), "crawl")

    assert len(await found(listing)) == 10
    assert not listing.complete
    assert "crawl_pages" in listing.notes[0]
    assert len(await found(finder().pages(site.url("/"), "crawl", {"pages": 3}))) == 3


async def test_robots_txt_is_obeyed(site, finder):
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: Frontdesk\nDisallow: /private\nDisallow: /*.pdf$"
    site.page("/robots.txt", rules, kind="text/plain")
    site.page("/", links("/open", "/private/a", "/manual.pdf"))
    site.page("/open", links(text="open"))
    site.page("/private/a", links(text="private"))
    site.page("/sitemap.xml", urlset(*(f"<url><loc>{site.url(p)}</loc></url>" for p in ("/open", "/private/a"))))
    crawl, listed = (finder().pages(site.url(p), k) for p, k in (("/", "crawl"), ("/sitemap.xml", "sitemap")))

    assert await found(crawl) == ["/", "/open"]
    assert await found(listed) == ["/open"]
    assert "/private/a" not in site.asked
    assert "2 linked pages were left out as robots.txt asks" in crawl.notes
    assert "1 listed pages were left out as robots.txt asks" in listed.notes


async def test_a_site_that_wants_no_crawl_gets_none(site, finder):
    site.page("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    site.page("/", links("/a"))

    with pytest.raises(LoadFailed, match=r"robots\.txt asks"):
        await found(finder().pages(site.url("/"), "crawl"))
    assert site.asked == ["/robots.txt"]


@pytest.mark.parametrize(("status", "crawled"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
async def test_a_robots_txt_that_cannot_be_read_is_no_permission(status, crawled, site, finder):
    site.page("/robots.txt", status=status)
    site.page("/", links())
    if crawled:
        assert await found(finder().pages(site.url("/"), "crawl")) == ["/"]
    else:
        with pytest.raises(LoadFailed, match=r"robots\.txt cannot be asked"):
            await found(finder().pages(site.url("/"), "crawl"))


async def test_the_pause_that_robots_txt_asks_for_is_kept(site, finder):
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.3", kind="text/plain")
    times = []

    async def handler(request):
        times.append(asyncio.get_running_loop().time())
        return web.Response(text=links("/a", "/b", text=request.path), content_type="text/html")

    site.pages |= dict.fromkeys(("/", "/a", "/b"), handler)

    assert len(await found(finder().pages(site.url("/"), "crawl"))) == 3
    assert [late - early >= 0.3 for early, late in pairwise(times)] == [True, True]


async def test_pages_say_whether_they_want_to_be_kept_and_followed(site, finder):
    robots = '<meta name="robots" content="{}">'
    site.page("/", links("/noindex", "/nofollow", "/none", "/header") + '<a rel="nofollow" href="/secret">')
    site.page("/noindex", links("/from-noindex", head=robots.format("noindex")))
    site.page("/nofollow", links("/secret", head=robots.format("NoFollow")))
    site.page("/none", links("/secret", head=robots.format("none")))
    site.page("/header", links("/secret"), X_Robots_Tag="noindex, nofollow")
    site.page("/from-noindex", links(text="kept"))
    site.page("/secret", links(text="secret"))

    assert await found(finder().pages(site.url("/"), "crawl")) == ["/", "/nofollow", "/from-noindex"]
    assert "/secret" not in site.asked


async def test_copies_of_a_page_are_loaded_once(site, finder):
    """The same page by another name, by its canonical address, by a redirect, or word for word."""
    canonical = '<link rel="canonical" href="{}">'
    site.page("/", links("/print?page=a", "/a", "/moved", "/copy", "/home", "/?PHPSESSID=1"))
    site.page("/a", links(text="a", head=canonical.format("/a")))
    site.page("/print", links(text="a to print", head=canonical.format("/a")))
    site.redirect("/moved", "/a")
    site.page("/copy", links(text="a", head=canonical.format("/a")))
    site.page("/home", links(text="home", head=canonical.format("/")))  # a mistake that many sites make

    assert await found(finder().pages(site.url("/"), "crawl")) == ["/", "/a", "/home"]


async def test_a_redirect_out_of_the_site_is_not_followed_further(site, finder):
    site.page("/docs/", links("/docs/out"))
    site.redirect("/docs/out", "/blog")
    site.page("/blog", links("/docs/never", text="blog"))

    assert await found(finder().pages(site.url("/docs/"), "crawl")) == ["/docs/"]


async def test_what_is_gone_or_broken_is_told_apart(site, finder):
    site.page("/", links("/gone", "/broken"))
    site.page("/broken", status=500)
    listing = finder().pages(site.url("/"), "crawl")

    pages = {URL(one.url).path: one.failed async for one in listing}

    assert isinstance(pages["/gone"], Gone)
    assert isinstance(pages["/broken"], LoadFailed)
    assert not isinstance(pages["/broken"], Gone)
    assert not listing.complete


async def test_a_first_page_that_cannot_be_had_fails_the_crawl(site, finder):
    with pytest.raises(Gone):
        await found(finder().pages(site.url("/"), "crawl"))


@pytest.mark.parametrize("trap", [
    lambda n: f"/calendar/{2000 + n // 12}/{n % 12 + 1}", lambda n: f"/list?page={n}&sort=a", lambda n: "/x" * n,
    lambda n: f"/day/2026-{n % 12 + 1}-{n % 28 + 1}",
])  # fmt: skip
async def test_pages_that_are_made_without_end_are_left(trap, site, finder):
    """Each leads to the next: a calendar, a list, a folder in itself."""

    async def handler(request):
        n = len(site.asked)
        return web.Response(text=links(trap(n), trap(n + 1), text=str(n)), content_type="text/html")

    site.page("/robots.txt", status=404)
    site.pages["*"] = handler

    assert len(await found(finder(crawl_depth=100).pages(site.url("/"), "crawl"))) <= 70


def test_reading_links_takes_no_time_whatever_the_page_is():
    """Each of these hangs a reader that goes back and forth; a scan does not."""
    pages = [once * 200_000 for once in ("<a ", "<!--", '<a href="', "<a href='", "<script>", "<", '<a href="/x">')]
    pages += [f"<a {once * 500_000}" for once in ("x=", 'x="', "x ", " =", "y", "x='\"")]
    for page in pages:
        assert read(page, URL("https://a.example/")).index


def test_links_in_comments_and_scripts_are_none():
    page = """<!-- <a href="/no"> --><script>x = '<a href="/no">'</script><style><a href="/no"></style>
        <A HREF='/yes?a=1&amp;b=2'>x</A><area href=/also><a\nhref = "  /spaces in it "><a href="">
        <link rel="next" href="/next"><link rel="stylesheet" href="/no.css"><link rel=alternate hreflang=zh href=/zh>
        <link rel=alternate hreflang=x-default href=/no><link rel=alternate type=application/rss+xml href=/no>"""

    found = [url.path_qs for url in read(page, URL("https://a.example/x")).links]

    assert found == ["/yes?a=1&b=2", "/also", "/spaces in it", "/next", "/zh"]
