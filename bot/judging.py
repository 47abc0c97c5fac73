"""What the verbs that judge the desk do: evaluations, proposed questions, replays, the check of the knowledge base."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.grants import grants_of
from bot.verbs import fingerprint
from engine.errors import FrontdeskError
from engine.evaluation import Case, cases_of, compared, evaluate, kept
from engine.knowledge import Loaded
from engine.knowledge.aside import aside
from engine.proposing import propose
from engine.replay import CHANGES, Replayed, replay, worst_first
from engine.store.corrections import corrected_documents
from engine.store.embedding import Embedding
from engine.store.evaluations import Run, add_run, last_run, runs
from engine.store.review import passages_with_variants
from engine.types import WORKSPACE, Source

if TYPE_CHECKING:
    from bot.app import App
    from bot.wire import Line
    from engine.assistant import Assistant
    from engine.knowledge.review import Finding

Arguments = Mapping[str, Any]
_LISTED_RUNS = 50


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "questions": finding.questions,
        "text": finding.text,
        "documents": [
            {
                "document": d.id,
                "source": d.source,
                "title": d.title,
                "audience": d.grant,
                "owner": d.owner,
                "dated": d.dated,
                "expires": d.expires,
            }
            for d in finding.documents
        ],
        "said": list(finding.said),
    }


def _replayed(one: Replayed) -> dict[str, Any]:
    before, after = one.before, one.after
    return {
        "event": before.event,
        "at": before.at,
        "question": before.question,
        "language": before.language,
        "change": one.change,
        "worse": one.worse,
        "alike": one.alike,
        "reason": one.reason or None,
        "before": _answer(str(before.outcome), before.text, before.confidence, before.reason, before.sources),
        "after": _answer(str(after.outcome), after.text, after.confidence, after.reason, after.sources)
        if after
        else None,
    }


def _answer(outcome: str, text: str, confidence: float, reason: str, sources: Sequence[Source]) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "text": text,
        "confidence": round(confidence, 4),
        "reason": reason or None,
        "sources": [
            {"number": s.number, "title": s.title, "heading": s.heading, "document": s.document} for s in sources
        ],
    }


class Judging:
    """The operations, as ``Operations`` has them: each yields lines."""

    def __init__(self, app: App):
        self._app = app
        self._copying = asyncio.Lock()

    @property
    def operations(self) -> Mapping[str, Any]:
        """The operations by name."""
        return {
            "eval": self.eval,
            "eval.corrections": self.eval_corrections,
            "eval.runs": self.eval_runs,
            "eval.make": self.eval_make,
            "kb.review": self.kb_review,
            "replay": self.replay,
            "replay.settings": self.replay_settings,
        }

    async def eval(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Scores of questions with known answers, kept and compared with the last run of the same file.

        ``case`` lines come first.  What is not accepted yet is left out, with a ``notice``.  Nothing is kept unless
        every case has run.
        """
        if arguments.get("corrections"):
            all_cases = await self._corrections(self._workspace(arguments))
        else:
            all_cases = [Case.from_json(line) for line in arguments["cases"]]
        cases = [case for case in all_cases if case.accepted]
        left_out = len(all_cases) - len(cases)
        if not cases:
            raise FrontdeskError(
                f"none of the {left_out} questions is accepted yet: frontdesk eval accept FILE"
                if left_out
                else "the file holds no questions"
            )
        if left_out:
            yield {"notice": f"{left_out} of {len(all_cases)} questions are not accepted yet, and left out"}
        only = bool(arguments.get("retrieval_only", False))
        workspace, results = self._workspace(arguments), list[Mapping[str, Any]]()
        running = evaluate(cases, self._app.assistant, self._app.knowledge, workspace, retrieval_only=only)
        async for line in running:
            if "case" in line:
                results.append(line["case"])
            if "row" not in line:
                yield line
                continue
            row = {**line["row"], **({"not_accepted": left_out} if left_out else {})}
            if name := str(arguments.get("name", "")):
                row |= await self._kept(name, workspace, row, results, retrieval_only=only)
            yield {"row": row}

    async def _kept(
        self, name: str, workspace: str, scores: Line, results: list[Mapping[str, Any]], *, retrieval_only: bool
    ) -> dict[str, Any]:
        """Keep a run; returns its number and how it compares with the one before."""
        database = self._app.database
        before = await database.read(lambda c: last_run(c, workspace, name, retrieval_only=retrieval_only))
        model = "" if retrieval_only else getattr(self._app.model, "name", "") or "none"
        embedder = await Embedding(database).used(workspace) or self._app.knowledge.embedder.name
        options = {"retrieval_only": retrieval_only, "model": model, "embedder": embedder}
        run = Run(0, 0.0, workspace, name, options, scores, [kept(case) for case in results])
        number = await database.write(lambda c: add_run(database, c, run))
        if before is None:
            return {"run": number, "compared": None}
        changes = compared(scores, results, before.scores, before.cases)
        others = {
            what: {"before": was, "now": options[what]}
            for what in ("embedder", "model")
            if (was := before.options.get(what)) and was != options[what]  # older runs do not name the embedder
        }
        told = {"run": before.id, "at": before.at, "options": before.options, "others": others}
        return {"run": number, "compared": {**told, **changes}}

    async def _corrections(self, workspace: str) -> list[Case]:
        """A case for each question of the entries that correct an answer, in each of its languages.

        Raises ``FrontdeskError`` where there are none.
        """
        documents = await self._app.database.read(lambda c: corrected_documents(c, workspace))
        entries = {kept.id: kept for kept in await self._app.knowledge.entries.of(workspace)}
        now = time.time()
        there = [entries[id_] for id_ in documents if id_ in entries]
        used = [kept for kept in there if not 0 < kept.entry.expires <= now]
        if not used:
            raise FrontdeskError(
                "no answer was corrected here yet (an admin's “Correct this”): frontdesk eval FILE runs a file"
            )
        return [case for kept in used for case in cases_of(kept)]

    async def eval_corrections(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each case of the corrections, as a file of questions has it."""
        for case in await self._corrections(self._workspace(arguments)):
            yield {"row": case.model_dump(mode="json", exclude_defaults=True)}

    async def eval_runs(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each kept run, newest first."""
        workspace = self._workspace(arguments)
        for run in await self._app.database.read(lambda c: runs(c, workspace, _LISTED_RUNS)):
            names = ("cases", "recall@1", "recall@5", "mrr@10", "answered", "precision", "coverage_at_95_precision")
            scores = {name: run.scores.get(name) for name in (*names, "auroc_answerable")}
            yield {"row": {"run": run.id, "at": run.at, "name": run.name, **run.options, **scores}}

    async def eval_make(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each proposed question, not accepted yet; ``known`` questions are not proposed again."""
        workspace, count = self._workspace(arguments), int(arguments.get("count", 50))
        passages = await self._app.database.read(lambda c: passages_with_variants(c, workspace))
        if not passages:
            raise FrontdeskError("nothing is loaded here yet: frontdesk kb add FILE-or-FOLDER")
        model, made = self._app.model, 0
        async for case in propose(passages, model, count=count, known=arguments.get("known", ())):
            made += 1
            yield {"row": case.model_dump(mode="json", exclude_defaults=True) | {"accepted": False}}
            yield {"progress": {"done": made, "total": count, "source": case.question[:60]}}
        if made < count:
            why = "the documents ask and define no more in their own words; a model writes more" if model is None else (
                "no more passages gave a question that stands up")  # fmt: skip
            yield {"notice": f"{made} of {count} questions: {why}"}

    async def kb_review(self, arguments: Arguments) -> AsyncIterator[Line]:
        """A row for each thing to look at, what most questions hit first; ``limit`` of each kind at most."""
        limit, shown = int(arguments.get("limit", 20)), Counter[str]()
        workspace, days = self._workspace(arguments), float(arguments.get("days", 90))
        for finding in await self._app.review.findings(workspace, days=days):
            shown[finding.kind] += 1
            if shown[finding.kind] <= limit:
                yield {"row": _finding(finding)}
        if left_out := {kind: n - limit for kind, n in shown.items() if n > limit}:
            said = ", ".join(f"{n} more of {kind.replace('_', ' ')}" for kind, n in left_out.items())
            yield {"notice": f"not shown: {said} (--limit N shows more)"}

    async def replay(self, arguments: Arguments) -> AsyncIterator[Line]:
        """Recent questions again; a row for each answer that changed, worst first, at last a summary.

        ``without`` and ``with`` change a copy of the documents, which is gone afterwards.
        """
        workspace = self._workspace(arguments)
        without, candidates = list(arguments.get("without", ())), list(arguments.get("with", ()))
        if not without and not candidates:
            async for line in self._replay(self._app.assistant, workspace, arguments):
                yield line
            return
        if self._copying.locked():
            raise FrontdeskError("another replay with changed documents is running: wait until it has ended")
        app = self._app
        async with (
            self._copying,
            aside(app.database, app.knowledge, workspace, app.settings.data.path, app.settings.knowledge) as copy,
        ):
            for source in without:
                await copy.remove(workspace, source)
            grant, folder = grants_of(arguments.get("audience") or WORKSPACE)[0], Path(arguments["folder"])
            if candidates:
                async for step in copy.add(candidates, workspace=workspace, grant=grant, folder=folder):
                    if isinstance(step, Loaded):
                        yield {"notice": f"{step.source}: {step.status} {step.reason}".strip()}
                        if step.status == "failed":
                            raise FrontdeskError(f"{step.source} cannot be loaded: {step.reason}")
            async for line in self._replay(app.assistant.with_knowledge(copy), workspace, arguments):
                yield line

    async def replay_settings(self, arguments: Arguments) -> AsyncIterator[Line]:
        """The fingerprint of the settings that answers are made with here."""
        del arguments
        yield {"row": {"fingerprint": fingerprint(self._app.settings)}}

    async def _replay(self, assistant: Assistant, workspace: str, arguments: Arguments) -> AsyncIterator[Line]:
        since = time.time() - float(arguments.get("days", 7)) * 86400
        limit, found, total = int(arguments.get("limit", 100)), list[Replayed](), 0
        async for one in replay(self._app.database, assistant, workspace, since=since, limit=limit):
            if isinstance(one, int):
                total = one
                continue
            found.append(one)
            yield {"progress": {"done": len(found), "total": total, "source": one.before.question[:60]}}
        for one in worst_first(found):
            if one.change != "same":
                yield {"row": _replayed(one)}
        counts = Counter(one.change for one in found)
        summary = {"questions": len(found), "worse": sum(one.worse for one in found)}
        yield {"row": {"summary": {**summary, **{change: counts[change] for change in CHANGES}}}}

    def _workspace(self, arguments: Arguments) -> str:
        return str(arguments.get("workspace") or self._app.settings.workspace)
