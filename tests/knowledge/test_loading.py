"""Documents in: what becomes searchable, what does not, and what stays as it was."""

import os
from pathlib import Path

import pytest

from engine.errors import NotFound, SettingsError
from engine.knowledge import E5, Knowledge, Loaded
from engine.knowledge.lately import Lately
from engine.knowledge.loading import embedded
from engine.knowledge.pieces import draft
from engine.store.documents import Documents
from tests.knowledge.conftest import Base, Opener, Words

VPN = "# VPN\n\nVPN certificates are valid for 90 days and are renewed in the Bluebell portal.\n"


async def test_a_folder_becomes_searchable_file_by_file(base: Base) -> None:
    base.write("network/vpn.md", VPN)
    base.write("office/parking.txt", "Parking garage\n\nThe parking garage opens at 06:30.\n")
    base.write("faq.csv", "question,answer\nHow do I reset my password?,At the Foxglove kiosk.\n")
    base.write(".hidden/secret.md", "# Hidden\n\nNot for loading.\n")
    rows = await base.add(base.folder / "docs")

    assert {Path(row.source).name for row in rows} == {"faq.csv", "vpn.md", "parking.txt"}
    assert {(row.status, row.reason) for row in rows} == {("searchable", "")} and all(row.passages == 1 for row in rows)
    assert "Bluebell" in (await base.search("How long are VPN certificates valid?"))[0].text


async def test_the_source_is_what_was_given(base: Base) -> None:
    base.write("network/vpn.md", VPN)

    assert [row.source for row in await base.add("network")] == ["network/vpn.md"]
    assert [row.source for row in await base.add("./network/")] == ["./network/vpn.md"]
    assert [row.source for row in await base.add("network/vpn.md")] == ["network/vpn.md"]


async def test_the_same_bytes_again_change_nothing(base: Base) -> None:
    first = await base.load("vpn.md", VPN)
    count = base.embedder.embedded  # type: ignore[attr-defined] # Words counts
    second = await base.load("vpn.md", VPN)

    assert (second.status, second.document, second.passages) == ("unchanged", first.document, first.passages)
    assert base.embedder.embedded == count


async def test_a_changed_file_replaces_its_text_and_keeps_its_id(base: Base) -> None:
    first = await base.load("plan.md", "# Plan\n\nThe launch code is SW-1000.\n")
    second = await base.load("plan.md", "# Plan\n\nThe launch code is SW-2000.\n")
    document = await base.knowledge.document("acme", "plan.md")

    assert (second.status, second.document, document.version) == ("searchable", first.document, 2)
    texts = await base.texts("What is the launch code?")
    assert "SW-2000" in texts and "SW-1000" not in texts


async def test_a_sentence_that_stands_on_several_pages_is_embedded_once(base: Base) -> None:
    same = "Certificates are renewed in the Bluebell portal. "
    await base.load("vpn.md", f"# VPN\n\n{same}They are valid for 90 days there.\n")
    count = base.embedder.embedded  # type: ignore[attr-defined] # Words counts
    await base.load("mail.md", f"# Mail\n\n{same}They are valid for a whole year here.\n")

    assert base.embedder.embedded == count + 2, "the passage, and the sentence that is new"
    one, two = [await Documents(base.database).passages(d.id) for d in await base.knowledge.documents("acme")]
    width = len(one[0].vector)
    assert one[0].sentences[:width] == two[0].sentences[:width] and one[0].sentences != two[0].sentences
    assert one[0].vector != two[0].vector and await base.knowledge.check() == []


def test_what_was_not_used_for_the_longest_time_is_embedded_again() -> None:
    lately, embedder = Lately(most=3), Words()
    batch = [draft("This is the first page. One more sentence.", "", "")]
    first, again = embedded(embedder, batch, lately), embedded(embedder, batch, lately)
    assert first == again and embedder.embedded == 3

    other = embedded(Words("another"), batch, lately)
    assert other != first, "each embedder has its own vectors"
    assert embedded(embedder, batch, lately) == first and embedder.embedded == 6


async def test_files_that_hold_nothing_fail_and_the_good_one_beside_them_loads(base: Base) -> None:
    base.write("mixed/good.md", VPN)
    base.write("mixed/empty.md", "")
    base.write("mixed/noise.pdf", bytes(range(256)) * 40)
    base.write("mixed/fake.docx", b"PK\x03\x04 this is no archive")
    os.mkfifo(base.folder / "docs/mixed/pipe.txt")
    rows = {Path(row.source).name: row for row in await base.add("mixed")}

    assert rows.pop("good.md").status == "searchable"
    assert len(rows) == 4 and all(row.status == "failed" and row.reason and row.passages == 0 for row in rows.values())
    document = await base.knowledge.document("acme", "mixed/empty.md")
    assert (document.status, document.version) == ("failed", 0) and "empty" in document.reason


@pytest.mark.parametrize("source", ["nowhere.md", "ftp://x.example/page", "bad\0name.md"])
async def test_what_is_not_there_fails_with_a_reason(base: Base, source: str) -> None:
    base.write("other.md", VPN)
    [row] = await base.add(source)

    assert (row.status, row.document) == ("failed", "") and row.reason


async def test_an_empty_folder_fails_with_a_reason(base: Base) -> None:
    (base.folder / "docs/empty").mkdir(parents=True)

    assert [(row.status, row.reason) for row in await base.add("empty")] == [
        ("failed", "there are no files in this folder")
    ]


async def test_a_reload_that_fails_keeps_the_last_good_version(base: Base) -> None:
    first = await base.load("vpn.md", VPN)
    broken = await base.load("vpn.md", b"\x00\x01\x02" * 50)
    document = await base.knowledge.document("acme", "vpn.md")

    assert (broken.status, broken.document) == ("failed", first.document) and "binary" in broken.reason
    assert (document.status, document.version) == ("searchable", 1) and "binary" in document.reason
    assert "Bluebell" in await base.texts("VPN certificates")

    again = await base.load("vpn.md", VPN)
    assert again.status == "unchanged"
    assert (await base.knowledge.document("acme", "vpn.md")).reason == ""


async def test_a_reload_that_fails_is_still_kept_from_those_it_is_taken_from(base: Base) -> None:
    await base.load("vpn.md", VPN)
    await base.load("vpn.md", b"\x00\x01\x02" * 50, grant="room:C1")

    assert not await base.texts("VPN certificates")
    assert "Bluebell" in await base.texts("VPN certificates", "room:C1")


async def test_a_passage_knows_where_it_stands(base: Base) -> None:
    await base.load(
        "keys.md", "---\nurl: https://docs.example/keys\n---\n# Keys\n\n## Rotation\n\nRotate on Mondays.\n"
    )
    [passage] = await base.search("When do I rotate?")

    assert (passage.title, passage.heading) == ("Keys", "Keys > Rotation")
    assert passage.url == "https://docs.example/keys#rotation"
    assert (passage.source, passage.grant) == ("keys.md", "workspace")


async def test_progress_is_told_and_other_work_goes_on(base: Base) -> None:
    await base.load("long.md", "".join(f"## Part {n}\n\nStep {n} takes {n} minutes of work.\n\n" for n in range(40)))

    assert [step.searchable for step in base.steps] == sorted(step.searchable for step in base.steps)
    last = base.steps[-1]
    assert (last.state, last.found, last.searchable, last.waiting, last.passages) == ("done", 1, 1, 0, 40)


async def test_documents_are_listed_with_their_passages(base: Base) -> None:
    row = await base.load("vpn.md", VPN)

    assert [document.source for document in await base.knowledge.documents("acme")] == ["vpn.md"]
    assert await base.knowledge.documents("other") == []
    assert ["Bluebell" in p.text for p in await base.knowledge.passages_of(row.document)] == [True]
    assert (await base.knowledge.document("acme", row.document)).source == "vpn.md"
    with pytest.raises(NotFound, match=r"nothing\.md"):
        await base.knowledge.document("acme", "nothing.md")


async def test_an_unknown_audience_is_refused(base: Base) -> None:
    base.write("vpn.md", VPN)
    with pytest.raises(SettingsError, match="room:ID"):
        await base.add("vpn.md", grant="everybody")


async def test_loading_twice_at_once_ends_in_one_document(base: Base) -> None:
    import asyncio

    base.write("vpn.md", VPN)
    rows = await asyncio.gather(*(base.add("vpn.md") for _ in range(4)))

    assert len({row.document for [row] in rows}) == 1
    assert len(await base.knowledge.documents("acme")) == 1 and await base.knowledge.check() == []


async def test_vectors_of_another_embedder_are_made_anew(opened: Opener) -> None:
    base = await opened(Words("one"))
    await base.load("vpn.md", VPN)
    await base.knowledge.close()
    other = await opened(Words("two", 96), folder=base.folder)
    assert await other.knowledge.rebuild() == 1

    assert "Bluebell" in await other.texts("VPN certificates") and await other.knowledge.check() == []


async def test_everything_is_there_after_a_restart(opened: Opener) -> None:
    base = await opened()
    await base.load("vpn.md", VPN)
    await base.knowledge.close()
    again = await opened(folder=base.folder)

    assert "Bluebell" in await again.texts("VPN certificates") and await again.knowledge.check() == []
    assert again.embedder.embedded == 0


async def test_a_second_process_on_the_same_folder_is_refused(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    from engine.errors import Unavailable
    from engine.knowledge import indexes

    base = await opened()
    monkeypatch.setattr(indexes, "_LOCK_WAIT_S", 0.1)
    second = Knowledge(base.database, base.data, Words())
    with pytest.raises(Unavailable, match=r"data\.path"):
        await second.open()
    await second.close()


async def test_the_packaged_embedder_finds_across_wording_and_languages(opened: Opener, e5: E5) -> None:
    base = await opened(e5)
    await base.load("vpn.md", VPN)
    await base.load("leave.md", "# Leave\n\nParental leave is sixteen weeks and is requested with the Jasmine form.\n")
    await base.load("nianjia.md", "# 年假制度\n\n年假申请须提前五个工作日在海棠系统中提交。\n")

    assert "Jasmine" in (await base.search("time off for a new father"))[0].text
    assert "海棠" in (await base.search("年假要提前多久申请？"))[0].text
    assert "海棠" in "".join(p.text for p in await base.search("annual leave of employees in the system", limit=2))
    rows: list[Loaded] = await base.add("vpn.md")
    assert rows[0].status == "unchanged"
