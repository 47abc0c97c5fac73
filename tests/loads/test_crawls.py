"""A site that is crawled again: what has not changed is not sent again, and what was left out is told."""

from __future__ import annotations

import pytest
from aiohttp import web

from engine.knowledge import Wanted
from engine.knowledge.web.seen import Seen, kept
from tests.loads.conftest import Base, Site, Surfer, sync
from tests.loads.test_sync import html


class Pages:
    """Pages with ETags; what each was answered."""

    def __init__(self, site: Site):
        self._site, self.answered = site, dict[str, list[int]]()

    def put(self, name: str, text: str, *links: str, status: int = 200) -> None:
        """A page below /docs/, as it is from now on."""
        path = f"/docs/{name}"
        said = html(name or "Home", text + "".join(f' <a href="{link}">{link}</a>' for link in links))
        etag = f'"{hash(said):x}"'

        async def handler(request: web.Request) -> web.StreamResponse:
            same = status == 200 and request.headers.get("If-None-Match") == etag
            self.answered.setdefault(name, []).append(304 if same else status)
            if same:
                return web.Response(status=304, headers={"ETag": etag})
            return web.Response(text=said, content_type="text/html", headers={"ETag": etag}, status=status)

        self._site.pages[path] = handler

    def heard(self) -> dict[str, list[int]]:
        """What was answered since the last time."""
        found, self.answered = self.answered, {}
        return found


@pytest.fixture
async def pages(site: Site) -> Pages:
    made = Pages(site)
    made.put("", "The home of our documents.", "one", "two")
    made.put("one", "The code of page one is CODE-111.", "deep")
    made.put("two", "The code of page two is CODE-222.", "")
    made.put("deep", "The code of the deep page is CODE-333.")
    return made


async def crawl(base: Base, site: Site, **options: int) -> dict[str, str]:
    wanted = Wanted("crawl", site.url("/docs/"), site.url("/docs/"), options)
    return {row.source.rpartition("/")[2]: row.status for row in await base.add(wanted)}


async def again(base: Base) -> dict[str, str]:
    return {source.rpartition("/")[2]: status for source, status in (await sync(base)).items()}


async def test_unchanged_pages_are_neither_sent_nor_embedded_and_their_links_are_followed(
    surfer: Surfer, site: Site, pages: Pages
) -> None:
    base = await surfer()
    assert await crawl(base, site) == dict.fromkeys(("", "one", "two", "deep"), "searchable")
    assert pages.heard() == {"": [200], "one": [200], "two": [200], "deep": [200]}
    embedded = base.embedder.embedded  # type: ignore[attr-defined] # Words counts
    assert await again(base) == dict.fromkeys(("", "one", "two", "deep"), "unchanged")
    assert pages.heard() == {"": [304], "one": [304], "two": [304], "deep": [304]}
    assert base.steps[-1].parsed == 0 and base.embedder.embedded == embedded  # type: ignore[attr-defined] # as above

    pages.put("deep", "The code of the deep page is CODE-444.", "new")
    pages.put("new", "The code of the new page is CODE-555.")
    assert await again(base) == {"": "unchanged", "one": "unchanged", "two": "unchanged", "deep": "searchable",
                                 "new": "searchable"}  # fmt: skip
    assert pages.heard() == {"": [304], "one": [304], "two": [304], "deep": [200], "new": [200]}
    assert "CODE-444" in await base.texts("code of the deep page") and base.steps[-1].added == 1


@pytest.mark.parametrize(("status", "ends"), [(404, "gone"), (410, "gone"), (500, "failed"), (403, "failed")])
async def test_a_page_of_a_site_goes_only_when_its_server_says_so(
    surfer: Surfer, site: Site, pages: Pages, status: int, ends: str
) -> None:
    base = await surfer()
    await crawl(base, site)
    pages.put("deep", "no", status=status)
    assert (await again(base))["deep"] == ends
    assert ("CODE-333" in await base.texts("code of the deep page")) is (ends == "failed")


async def test_a_page_that_nothing_links_to_any_more_is_asked_for_itself(
    surfer: Surfer, site: Site, pages: Pages
) -> None:
    base = await surfer()
    await crawl(base, site)
    pages.put("one", "The code of page one is CODE-777, and it links to nothing.")
    assert await again(base) == {"": "unchanged", "one": "searchable", "two": "unchanged", "deep": "unchanged"}
    pages.heard()
    assert (await again(base))["deep"] == "unchanged" and pages.heard()["deep"] == [304]


async def test_when_the_first_page_cannot_be_had_nothing_goes(surfer: Surfer, site: Site, pages: Pages) -> None:
    base = await surfer()
    await crawl(base, site)
    pages.put("", "no", status=404)
    found = await again(base)
    assert set(found.values()) == {"failed"} and "CODE-333" in await base.texts("code of the deep page")


async def test_a_copy_of_an_unchanged_page_is_not_taken_for_another_one(
    surfer: Surfer, site: Site, pages: Pages
) -> None:
    base = await surfer()
    pages.put("", "The home of our documents.", "one", "copy")
    pages.put("copy", "The code of page one is CODE-111.", "deep")
    site.pages["/docs/copy"] = site.pages["/docs/one"]
    assert set(await crawl(base, site)) == {"", "one", "deep"}
    assert set(await again(base)) == {"", "one", "deep"}


async def test_what_was_left_out_of_a_site_is_told_in_the_end(surfer: Surfer, site: Site, pages: Pages) -> None:
    base = await surfer()
    site.page("/robots.txt", "User-agent: *\nDisallow: /docs/two\n", kind="text/plain")
    assert set(await crawl(base, site)) == {"", "one", "deep"}
    assert base.steps[-1].notes == ("1 linked pages were left out as robots.txt asks",)
    await crawl(base, site, pages=2)
    [note] = base.steps[-1].notes
    assert "ended after 2 pages" in note and "crawl_pages" in note
    other = Wanted("page", site.url("/docs/deep"), site.url("/docs/deep"))
    await base.add(Wanted("crawl", site.url("/docs/"), site.url("/docs/"), {"pages": 2}), other)
    assert base.steps[-1].notes == (f"{site.url('/docs/')}: {note}",)


def test_what_is_kept_of_a_page_leads_on_and_is_not_endless() -> None:
    from yarl import URL

    page = URL("https://a.example/docs/one?x=1")
    links = (URL("https://a.example/docs/two?q=%2F#x"), page.join(URL("http://a.example/docs/three")))
    seen = Seen('"1"', "", kept(page, b"data", links))
    assert seen.can_be_asked and seen.links(page) == (URL("https://a.example/docs/two?q=%2F#x"), links[1])
    many = [URL(f"https://a.example/docs/{'x' * 100}{n}") for n in range(1_000)]
    assert not Seen('"1"', "", kept(page, b"data", many)).can_be_asked
    assert not Seen("", "", kept(page, b"data", links)).can_be_asked
