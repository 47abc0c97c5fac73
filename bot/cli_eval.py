"""The verbs that judge the desk: `eval`, `eval make`, `eval accept`, `replay`, `kb review`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.output import Output
from bot.verbs import Audience, Json, Workspace, fingerprint, loaded, operate, run, text_lines

_DEFAULT = "FILE"


class _FileOrVerb(TyperGroup):
    """`eval cases.jsonl` runs a file; `eval make` is a verb (and `eval ./make` a file of that name)."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What is no verb of ours is the file, and nothing at all are the corrections."""
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


evaluation = typer.Typer(
    cls=_FileOrVerb,
    help="Questions with known answers: run a file of them through the real path, propose some, accept them.",
)


def add_to(cli: typer.Typer, kb: typer.Typer) -> None:
    """Give the command these verbs."""
    cli.add_typer(evaluation, name="eval")
    kb.command("review")(kb_review)
    cli.command("replay")(replay)
    cli.command("topics")(topics)


@evaluation.command(_DEFAULT)
def run_file(
    file: Annotated[Path | None, typer.Argument(help="JSON lines: questions with known answers.")] = None,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Leave the model out.")] = False,
    details: Annotated[Path | None, typer.Option(help="Write a line for each case.", metavar="FILE")] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write an HTML page with curves and the worst cases.", metavar="FILE")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write the curves as a PNG (needs matplotlib).", metavar="FILE")
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs that are kept instead.")] = False,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="The answers that admins have corrected; so without a FILE.")
    ] = False,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Run questions with known answers through the real path; print scores, keep them, compare with the last run.

    Without a FILE those are the answers that admins have corrected.
    """
    if runs:
        run(operate("eval", "eval.runs", _Runs(json), {"workspace": workspace}))
    if file is not None and corrections:
        raise typer.BadParameter("a FILE or --corrections")
    from bot.scores_shown import Scores

    arguments = {
        "cases": text_lines(file) if file else [],
        "corrections": file is None,
        "name": str(file.resolve()) if file else "corrections",
        "retrieval_only": retrieval_only,
        "workspace": workspace,
    }
    run(operate("eval", "eval", Scores(json, details=details, page=page, plot=plot), arguments))


@evaluation.command("corrections")
def export(workspace: Workspace = "", json: Json = False) -> None:
    """The answers that admins have corrected as questions with known answers: JSON lines, as `eval FILE` reads them."""
    run(operate("eval", "eval.corrections", _Cases(json), {"workspace": workspace}))


class _Cases(Output):
    def words(self, row: Any) -> str:
        """A case is a line of a file, for people too."""
        import orjson

        return orjson.dumps(row).decode()


def topics(
    days: Annotated[int, typer.Option(help="How far back.", min=1, max=365)] = 30,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """What people asked in vain, as topics: counts, examples, the nearest documents; nothing from direct messages."""
    run(operate("topics", "topics", _Topics(json), {"days": days, "workspace": workspace}))


class _Topics(Output):
    def words(self, row: Any) -> str:
        """A topic with its examples."""
        lines = [f"{row['count']:4}  {', '.join(row['terms'])}"]
        lines += [f"      - {question}" for question in row["examples"]]
        return "\n".join([*lines, *([f"      near: {'; '.join(row['documents'])}"] if row["documents"] else [])])


class _Runs(Output):
    def words(self, row: Any) -> str:
        """A run in a line."""
        import time

        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row["at"]))
        what = "retrieval only" if row["retrieval_only"] else row["model"]
        names = ("recall@1", "recall@5", "precision", "coverage_at_95_precision", "auroc_answerable")
        scores = "  ".join(f"{n} {row[n]:.3f}" for n in names if row[n] is not None)
        return f"{row['run']:>5}  {when}  {row['cases']:>5} cases  {scores}  {what}  <{row['name']}>"


@evaluation.command("make")
def make(
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    out: Annotated[Path, typer.Option(help="Where they are added.", metavar="FILE")] = Path("questions.jsonl"),
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Propose questions from the documents, for a person to accept: `eval accept FILE`."""
    from bot.accepting import Made, Proposals

    known = [str(case["question"]) for case in Proposals(out).cases] if out.exists() else []
    arguments = {"count": count, "known": known, "workspace": workspace}
    run(operate("eval", "eval.make", Made(json, out), arguments))


@evaluation.command("accept")
def accept(
    file: Annotated[Path, typer.Argument(help="Questions that `eval make` proposed.")],
    everything: Annotated[bool, typer.Option("--all", help="Take all that wait, unseen.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Take this one.", metavar="ID")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Take this one out.", metavar="ID")] = None,
    json: Json = False,
) -> None:
    """Look at each proposed question and take, mend or drop it; with --all, --only or --drop without being asked."""
    from bot.accepting import accept_named, accept_one_by_one

    if everything or only or drop:
        done = accept_named(file, only or (), drop or (), everything=everything)
    else:
        done = accept_one_by_one(file, sys.stdin)
    _Accepted(json, "accepted").row(done)


class _Accepted(Output):
    def words(self, row: Any) -> str:
        """What became of them."""
        return (
            f"{row['accepted']} accepted, {row['dropped']} dropped, {row['waiting']} wait; "
            f"the file has {row['questions']} questions that count"
        )


def kb_review(
    days: Annotated[float, typer.Option(min=0, help="Which answers are recent.")] = 90,
    limit: Annotated[int, typer.Option(min=1, help="How many of each kind.")] = 20,
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Contradictions, near-duplicates, expired, failed, old and unused pages: worst first by questions hit."""
    arguments = {"days": days, "limit": limit, "workspace": workspace}
    run(operate("kb review", "kb.review", _Findings(json, "review"), arguments))


class _Findings(Output):
    def words(self, row: Any) -> str:
        """A finding with its documents, and what each of them says."""
        from engine.age import day

        head = f"{row['kind'].replace('_', ' ').upper()}  {row['text']}  (used by {row['questions']} recent answers)"
        lines = [head]
        said = row["said"] or [""] * len(row["documents"])
        for document, text in zip(row["documents"], said, strict=False):
            about = ", ".join(filter(None, (document["audience"], day(document["dated"], "en"), document["owner"])))
            lines.append(f"    {document['title']}  <{document['source']}>  ({about})")
            if text:
                lines.append("        " + " ".join(text.split())[:160])
        return "\n".join(lines)


def replay(
    days: Annotated[float, typer.Option(min=0, help="How far back.")] = 7,
    limit: Annotated[int, typer.Option(min=1, help="How many questions, the newest.")] = 100,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="As if this document were not there.", metavar="SOURCE")
    ] = None,
    with_: Annotated[
        list[str] | None, typer.Option("--with", help="As if this file were loaded (again).", metavar="FILE")
    ] = None,
    audience: Audience = "workspace",
    workspace: Workspace = "",
    json: Json = False,
) -> None:
    """Ask recent questions again, posting nothing: which answers a change of document, prompt or model alters.

    The settings (--config) may be a candidate's, on the same data: while `frontdesk run` is up with others, they are
    tried in this process, on a copy.
    """
    arguments = {
        "days": days,
        "limit": limit,
        "without": without or [],
        "with": with_ or [],
        "folder": str(Path.cwd()),
        "audience": audience,
        "workspace": workspace,
    }
    run(_replayed(_Replay(json, "replay"), arguments))


async def _replayed(out: Output, arguments: dict[str, Any]) -> int:
    """Where the data is owned, if that desk has these settings; else here, on a copy of the data."""
    from bot.candidate import replay_candidate
    from bot.reach import reach

    given = loaded()
    async with reach(given, "replay") as operate:
        [live] = [line["row"]["fingerprint"] async for line in operate("replay.settings", {})]
        same = live == fingerprint(given.settings)
        if not same:
            out.line({"notice": f"with the settings of {given.file}, not those of the desk that runs, on a copy"})
        async for line in operate("replay", arguments) if same else replay_candidate(given, arguments):
            out.line(line)
    return out.end()


class _Replay(Output):
    def words(self, row: Any) -> str:
        """An answer that changed: then and now."""
        if summary := row.get("summary"):
            changed = ", ".join(
                f"{n} {what}" for what, n in summary.items() if n and what not in {"questions", "worse"}
            )
            return f"{summary['questions']} questions, {summary['worse']} worse: {changed or 'nothing to ask'}"
        lines = [f"{row['change'].upper()}{' (worse)' if row['worse'] else ''}  {row['question'][:200]}"]
        for name, state in (("then", row["before"]), ("now", row["after"])):
            if state:
                text = " ".join(state["text"].split())[:240]
                cited = "; ".join(dict.fromkeys(s["title"] for s in state["sources"]))
                said = f"    {name:<5}{state['outcome']} ({state['confidence']:.2f}) {text}"
                lines.append(said + (f"  <{cited}>" if cited else ""))
        return "\n".join([*lines, *([f"    {row['reason']}"] if row["reason"] else [])])
