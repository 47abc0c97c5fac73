"""What changed at its source is loaded again, what vanished goes, and what cannot be reached stays."""

from __future__ import annotations

import shutil

import pytest
from aiohttp import web

from engine.errors import LoadFailed, NotFound
from engine.knowledge import Wanted
from tests.loads.conftest import Base, Site, Surfer, sync

VPN = "# VPN\n\nVPN certificates are valid for 90 days and are renewed in the Bluebell portal.\n"


async def sources(of: Base) -> list[str]:
    return [document.source for document in await of.knowledge.documents("acme")]


@pytest.fixture
async def folder(base: Base) -> Base:
    for n in range(4):
        base.write(f"wiki/page{n}.md", f"# Page {n}\n\nThe code of page {n} is CODE-{n}.\n")
    await base.add("wiki")
    return base


async def test_only_what_changed_is_embedded_again(folder: Base) -> None:
    before = folder.embedder.embedded  # type: ignore[attr-defined] # Words counts
    folder.write("wiki/page1.md", "# Page 1\n\nThe code of page 1 is CODE-77.\n")
    folder.write("wiki/page9.md", "# Page 9\n\nThe code of page 9 is CODE-9.\n")
    (folder.folder / "docs/wiki/page2.md").unlink()

    assert await sync(folder) == {
        "wiki/page0.md": "unchanged", "wiki/page1.md": "searchable", "wiki/page3.md": "unchanged",
        "wiki/page9.md": "searchable", "wiki/page2.md": "gone",
    }  # fmt: skip
    last = folder.steps[-1]
    assert (last.added, last.updated, last.unchanged, last.gone, last.failed) == (1, 1, 2, 1, 0)
    assert folder.embedder.embedded - before == 2  # type: ignore[attr-defined] # Words counts
    texts = await folder.texts("What is the code of the page?")
    assert "CODE-77" in texts and "CODE-9" in texts and "CODE-2" not in texts and "CODE-1." not in texts
    assert await folder.knowledge.check() == []


async def test_an_emptied_folder_takes_nothing_out(folder: Base) -> None:
    """So looks a disk that is not mounted."""
    shutil.rmtree(folder.folder / "docs/wiki")
    (folder.folder / "docs/wiki").mkdir()

    assert await sync(folder) == {"wiki": "failed"}
    [(_, why)] = folder.steps[-1].failures
    assert "disk" in why and "kb remove wiki" in why
    assert len(await sources(folder)) == 4 and "CODE-2" in await folder.texts("What is the code of page 2?")


async def test_a_folder_that_is_not_there_takes_nothing_out(folder: Base) -> None:
    shutil.rmtree(folder.folder / "docs/wiki")

    assert await sync(folder) == {"wiki": "failed"}
    assert len(await sources(folder)) == 4


async def test_an_empty_folder_within_keeps_what_was_loaded_from_it(folder: Base) -> None:
    folder.write("wiki/mount/inner.md", VPN)
    await folder.add("wiki")
    (folder.folder / "docs/wiki/mount/inner.md").unlink()
    (folder.folder / "docs/wiki/page2.md").unlink()
    found = await sync(folder)

    assert found.pop(str(folder.folder / "docs/wiki/mount")) == "failed"
    assert found["wiki/page2.md"] == "gone" and "wiki/mount/inner.md" in await sources(folder)
    (folder.folder / "docs/wiki/mount").rmdir()
    assert (await sync(folder))["wiki/mount/inner.md"] == "gone"


async def test_a_single_file_that_vanished_goes_when_others_stand_beside_it(base: Base) -> None:
    base.write("vpn.md", VPN)
    base.write("other.md", "# Other\n\nOther text.\n")
    await base.add("vpn.md")
    (base.folder / "docs/vpn.md").unlink()

    assert await sync(base, "vpn.md") == {"vpn.md": "gone"}
    assert await sources(base) == []


async def test_a_single_file_whose_folder_is_empty_now_stays(base: Base) -> None:
    base.write("disk/vpn.md", VPN)
    await base.add("disk/vpn.md")
    (base.folder / "docs/disk/vpn.md").unlink()

    assert await sync(base) == {"disk/vpn.md": "failed"}
    assert "Bluebell" in await base.texts("VPN certificates")


async def test_a_reload_that_fails_keeps_the_last_good_version_with_the_reason(folder: Base) -> None:
    folder.write("wiki/page1.md", b"\x00\x01\x02" * 100)

    assert (await sync(folder))["wiki/page1.md"] == "failed"
    document = await folder.knowledge.document("acme", "wiki/page1.md")
    assert (document.status, document.version) == ("searchable", 1) and document.reason
    assert "CODE-1" in await folder.texts("What is the code of page 1?")


async def test_what_was_removed_by_hand_does_not_come_back_until_it_is_asked_for(folder: Base) -> None:
    await folder.knowledge.remove("acme", "wiki/page1.md", actor="tester")

    assert "wiki/page1.md" not in await sync(folder)
    assert "wiki/page1.md" not in await sources(folder)
    await folder.add("wiki")
    assert "wiki/page1.md" in await sources(folder)


async def test_a_sync_keeps_each_documents_own_audience(folder: Base) -> None:
    await folder.knowledge.regrant("acme", "wiki/page1.md", "room:C1", actor="tester")
    folder.write("wiki/page1.md", "# Page 1\n\nThe code of page 1 is CODE-77.\n")
    folder.write("wiki/new.md", "# New\n\nThe code of the new page is CODE-88.\n")
    await sync(folder)

    assert "CODE-77" not in await folder.texts("What is the code?")
    assert "CODE-77" in await folder.texts("What is the code?", "room:C1")
    assert "CODE-88" in await folder.texts("What is the code of the new page?")


async def test_a_folder_given_to_a_room_gives_what_comes_later_to_it_too(folder: Base) -> None:
    changed = await folder.knowledge.regrant("acme", "wiki", "room:C1", actor="tester")
    assert len(changed) == 4
    folder.write("wiki/new.md", "# New\n\nThe code of the new page is CODE-88.\n")
    await sync(folder)

    assert await folder.texts("code of the page") == ""
    assert "CODE-88" in await folder.texts("code of the new page", "room:C1")


async def test_removing_a_folder_takes_out_all_that_came_from_it(folder: Base) -> None:
    await folder.load("vpn.md", VPN)
    removed = await folder.knowledge.remove("acme", "wiki/", actor="tester")

    assert len(removed) == 4 and await sources(folder) == ["vpn.md"]
    assert [source.source for source in await folder.knowledge.sources("acme")] == ["vpn.md"]
    assert await sync(folder) == {"vpn.md": "unchanged"}


async def test_what_is_no_source_cannot_be_synced(folder: Base) -> None:
    with pytest.raises(NotFound, match="nothing"):
        await sync(folder, "nothing")
    upload = Wanted("upload", "a.md", 'slack:{"name":"a.md","url":"x"}')
    await folder.knowledge.loads.start(upload, workspace="acme", grant="workspace", actor="tester")
    with pytest.raises(LoadFailed, match="upload"):
        await sync(folder, "a.md")


# Pages


def changing(site: Site, path: str, versions: list[tuple[str, str]]) -> list[int]:
    """A page with ETags: the current version is the first; returns the statuses that were answered."""
    answered: list[int] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        etag, text = versions[0]
        if request.headers.get("If-None-Match") == etag:
            answered.append(304)
            return web.Response(status=304, headers={"ETag": etag})
        answered.append(200)
        return web.Response(text=text, content_type="text/html", headers={"ETag": etag})

    site.pages[path] = handler
    return answered


def html(title: str, text: str) -> str:
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"


async def test_a_page_is_asked_whether_it_changed(surfer: Surfer, site: Site) -> None:
    base = await surfer()
    versions = [('"one"', html("Keys", "The admin key is rotated every 30 days."))]
    answered = changing(site, "/keys", versions)
    [row] = await base.add(site.url("/keys"))
    assert row.status == "searchable"
    assert await sync(base) == {site.url("/keys"): "unchanged"} and answered == [200, 304]
    versions[0] = ('"two"', html("Keys", "The admin key is rotated every 45 days."))
    assert await sync(base) == {site.url("/keys"): "searchable"}
    assert "45 days" in await base.texts("How often is the admin key rotated?")
    document = await base.knowledge.document("acme", site.url("/keys"))
    assert (document.etag, document.version) == ('"two"', 2) and document.checked > 0


@pytest.mark.parametrize(("status", "ends"), [(404, "gone"), (410, "gone"), (500, "failed"), (403, "failed")])
async def test_only_a_page_that_is_said_to_be_gone_goes(surfer: Surfer, site: Site, status: int, ends: str) -> None:
    base = await surfer()
    site.page("/keys", html("Keys", "The admin key is rotated every 30 days."))
    await base.add(site.url("/keys"))
    site.page("/keys", "no", status=status)

    assert await sync(base) == {site.url("/keys"): ends}
    assert ("30 days" in await base.texts("How often is the admin key rotated?")) is (ends == "failed")
    if ends == "failed":
        assert (await base.knowledge.document("acme", site.url("/keys"))).reason


async def test_a_page_that_left_the_sitemap_is_asked_for_itself(surfer: Surfer, site: Site) -> None:
    base = await surfer()

    def listing(*names: str) -> None:
        urls = "".join(f"<url><loc>{site.url(f'/{name}')}</loc></url>" for name in names)
        site.page("/sitemap.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>',
                  kind="application/xml")  # fmt: skip

    for name in ("a", "b", "c"):
        site.page(f"/{name}", html(f"Page {name}", f"The code of page {name} is CODE-{name}{name}{name}."))
    listing("a", "b", "c")
    rows = await base.add(site.url("/sitemap.xml"))
    assert {row.status for row in rows} == {"searchable"} and len(rows) == 3
    listing("a")
    site.page("/c", "gone", status=410)

    assert await sync(base) == {site.url("/a"): "unchanged", site.url("/b"): "unchanged", site.url("/c"): "gone"}
    site.page("/sitemap.xml", "busy", status=500)
    assert await sync(base) == {site.url("/sitemap.xml"): "failed"}
    assert len(await sources(base)) == 2


async def test_a_crawled_site_is_one_source(surfer: Surfer, site: Site) -> None:
    base = await surfer()
    site.page("/docs/", '<a href="one">one</a> <a href="two">two</a>' + html("Home", "The home of our documents."))
    site.page("/docs/one", html("One", "The code of page one is CODE-111."))
    site.page("/docs/two", html("Two", "The code of page two is CODE-222."))
    wanted = Wanted("crawl", site.url("/docs/"), site.url("/docs/"))
    rows = await base.add(wanted)
    assert sorted(row.source for row in rows) == [site.url("/docs/"), site.url("/docs/one"), site.url("/docs/two")]
    assert len(await base.knowledge.remove("acme", site.url("/docs/"), actor="tester")) == 3
    assert await sources(base) == []
