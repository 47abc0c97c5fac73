"""The verbs of the knowledge base, and `audit`: a few lines each; what they do stands in kb_operations."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot import spans
from bot.kb_shown import Loading, Words
from bot.output import Output
from bot.verbs import Audience, Json, Workspace, json_lines, loaded, operate, run

T = TypeVar("T")

kb = typer.Typer(
    help="The knowledge base: load documents, see what is there, search, take out, check.", no_args_is_help=True
)
Id = Annotated[str, typer.Argument(help="A document's id or source, or a folder's or site's.", metavar="ID-or-SOURCE")]
Purge = Annotated[bool, typer.Option("--purge", help="Take the vectors of what is gone off the disk too.")]
Every = Annotated[str, typer.Option("--every", metavar="SPAN", help="Look at it again by itself: 6h, 1d, 2w; never.")]
Owner = Annotated[str, typer.Option("--owner", metavar="WHO", help="Who is told when it is doubtful or has expired.")]
Expires = Annotated[
    str, typer.Option("--expires", metavar="DAY", help="Not used in answers after this day (2027-12-31) or span (90d).")
]


def add_to(cli: typer.Typer) -> None:
    """Give the command these verbs."""
    cli.add_typer(kb, name="kb")
    cli.command()(audit)


@kb.command("add")
def kb_add(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, addresses, sitemaps.", metavar="SOURCE...")],
    audience: Audience = "workspace",
    crawl: Annotated[bool, typer.Option("--crawl", help="Load the whole site below an address.")] = False,
    depth: Annotated[int | None, typer.Option(min=0, max=100, help="A crawl follows so many links in a row.")] = None,
    pages: Annotated[int | None, typer.Option(min=1, help="So many pages of a site at most.")] = None,
    every: Every = "",
    owner: Owner = "",
    expires: Expires = "",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Load files, folders, addresses and sites; the same source again updates it.  Ctrl-C cancels."""
    arguments = {
        "sources": sources, "audience": audience, "workspace": workspace, "folder": str(Path.cwd()), "crawl": crawl,
        "depth": depth, "pages": pages, "owner": owner, "every_s": _read(spans.interval, every) or 0.0,
        "expires": _read(spans.until, expires) or 0.0,
    }  # fmt: skip
    run(_load("kb add", "kb.add", Loading(json), arguments))


@kb.command("sync")
def kb_sync(
    sources: Annotated[list[str] | None, typer.Argument(help="Else all.", metavar="[SOURCE...]")] = None,
    every: Every = "",
    purge: Purge = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Look at sources again: load what changed, take out what has vanished.  Ctrl-C cancels."""
    if every and not sources:
        raise typer.BadParameter("--every is for the sources that are named")
    arguments = {"sources": sources or [], "workspace": workspace, "every_s": _read(spans.interval, every),
                 "purge": purge}  # fmt: skip
    run(_load("kb sync", "kb.sync", Loading(json, sync=True), arguments))


@kb.command("list")
def kb_list(
    sources: Annotated[bool, typer.Option("--sources", help="What was named to be loaded, and when.")] = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """What is loaded."""
    if sources:
        run(operate("kb list", "kb.sources", Words(json, "sources"), {"workspace": workspace}))
    run(operate("kb list", "kb.list", Output(json, "documents"), {"workspace": workspace}))


@kb.command("show")
def kb_show(
    which: Annotated[str, typer.Argument(help="A document's id or source.", metavar="ID")],
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """One document with its passages."""
    run(operate("kb show", "kb.show", Output(json, "document"), {"id": which, "workspace": workspace}))


@kb.command("remove")
def kb_remove(
    which: Id,
    purge: Purge = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before many documents are removed.")] = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Take out a document, or all from a folder or site: gone from answers at once, the text from the disk too."""
    ask = not yes and not json and sys.stdin.isatty() and sys.stderr.isatty()  # a script is never asked
    run(_remove({"id": which, "purge": purge, "workspace": workspace}, Output(json, "removed"), ask=ask))


@kb.command("audience")
def kb_audience(
    which: Id,
    who: Annotated[str, typer.Argument(metavar="WHO", help="public, workspace, room:ID or user:ID.")],
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Give a document, or all from a folder or site, to another audience."""
    arguments = {"id": which, "audience": who, "workspace": workspace}
    run(operate("kb audience", "kb.audience", Words(json, "granted"), arguments))


@kb.command("entry")
def kb_entry(
    question: Annotated[str, typer.Option("--question", help="As people ask it.")],
    answer: Annotated[str, typer.Option("--answer", help="What is answered.")],
    variant: Annotated[
        list[str] | None, typer.Option("--variant", help="Another way to ask it; several times.")
    ] = None,
    second_question: Annotated[str, typer.Option("--second-question", help="The same in another language.")] = "",
    second_answer: Annotated[str, typer.Option("--second-answer", help="What is answered in that language.")] = "",
    owner: Owner = "",
    expires: Expires = "",
    audience: Audience = "workspace",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Keep a question with its answer; the same question again replaces it."""
    arguments = {
        "question": question, "answer": answer, "variants": variant or [], "owner": owner,
        "audience": audience, "expires": _read(spans.until, expires) or 0.0, "workspace": workspace,
        "second_question": second_question, "second_answer": second_answer,
    }  # fmt: skip
    run(operate("kb entry", "kb.entry", Words(json, "entry"), arguments))


@kb.command("entries")
def kb_entries(
    csv: Annotated[bool, typer.Option("--csv", help="As a table for a spreadsheet, which kb add loads again.")] = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """The questions with their answers; with --json or --csv as a file that `kb add` loads again."""
    if csv and json:
        raise typer.BadParameter("--csv and --json are two forms: choose one")
    kind = "entry lines" if csv else "entries"
    run(operate("kb entries", "kb.entries", Words(json, kind), {"workspace": workspace, "csv": csv}))


@kb.command("search")
def kb_search(
    text: Annotated[str, typer.Argument(help="What to look for.")] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    batch: Annotated[
        Path | None, typer.Option(help='JSON lines {"id", "query"}; each is answered with one line.', metavar="FILE")
    ] = None,
    audience: Audience = "workspace",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Passages with their scores."""
    if bool(text) == bool(batch):
        raise typer.BadParameter("give a text to look for, or --batch FILE")
    queries = [{"query": text}] if text else json_lines(batch)  # type: ignore[arg-type]  # one of them is there
    if wrong := next((q for q in queries if not isinstance(q, dict) or not isinstance(q.get("query"), str)), None):
        raise typer.BadParameter(f'each line is {{"id", "query"}}, this one is not: {str(wrong)[:80]}')
    arguments = {"queries": queries, "k": k, "audience": audience, "workspace": workspace}
    run(operate("kb search", "kb.search", Output(json, "results"), arguments))


@kb.command("rebuild")
def kb_rebuild(workspace: Workspace = "", json: Json = False) -> None:
    """Rebuild the index from the database; embeds nothing again."""
    run(operate("kb rebuild", "kb.rebuild", Output(json, "rebuilt"), {"workspace": workspace}))


@kb.command("check")
def kb_check(workspace: Workspace = "", json: Json = False) -> None:
    """Compare index and database, and say every difference (exit 1 when there is one)."""
    run(operate("kb check", "kb.check", Output(json, "differences"), {"workspace": workspace}))


def audit(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that no row was changed, taken out or moved.")
    ] = False,
    head: Annotated[str, typer.Option(metavar="HASH", help="With --verify: the last row as noted earlier,")] = "",
    count: Annotated[int, typer.Option(metavar="N", min=0, help="and how many rows there were then.")] = 0,
    since: Annotated[str, typer.Option(metavar="DAY", help="Rows from this day (2026-12-31) or span (7d) on.")] = "",
    workspace: Annotated[str, typer.Option(metavar="NAME", help="Rows of this workspace; else of all.")] = "",
    json: Json = False,
) -> None:
    """Who did what: loads, removals, changes of audience, entries, changed settings, sign-ins."""
    if (head or count) and not verify:
        raise typer.BadParameter("--head and --count go with --verify")
    arguments = {"verify": verify, "head": head, "count": count, "workspace": workspace,
                 "since": _read(spans.since, since) or 0.0}  # fmt: skip
    run(operate("audit", "audit", Words(json, "verified" if verify else "audit"), arguments))


async def _load(verb: str, operation: str, out: Loading, arguments: dict[str, Any]) -> int:
    """Load and watch; Ctrl-C cancels the load, wherever it is done, and says so."""
    from bot.reach import reach

    load = ""
    async with reach(loaded(), verb) as on_data:
        try:
            async for line in on_data(operation, arguments):
                load = line.get("load", load)
                out.line(line)
        except asyncio.CancelledError:
            if not load or (task := asyncio.current_task()) is None:
                raise
            task.uncancel()
            async for line in on_data("kb.cancel", {"load": load}):
                out.stopped(line["row"])
            return 130
    return out.end()


async def _remove(arguments: dict[str, Any], out: Output, *, ask: bool) -> int:
    from bot.reach import reach

    async with reach(loaded(), "kb remove") as on_data:
        if ask:
            count = await anext(line["row"]["documents"] async for line in on_data("kb.named", arguments))
            if count > 1 and not await asyncio.to_thread(_sure, f"Remove {count} documents from {arguments['id']}?"):
                return 1
        async for line in on_data("kb.remove", arguments):
            out.line(line)
    return out.end()


def _sure(question: str) -> bool:
    return typer.confirm(question, err=True)


def _read(how: Callable[[str], T], text: str) -> T | None:
    """An option's value; nothing where it is not given."""
    try:
        return how(text) if text else None
    except ValueError as e:
        raise typer.BadParameter(str(e)) from None
