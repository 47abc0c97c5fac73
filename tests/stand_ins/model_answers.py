# ruff: noqa: FURB167, RUF007, PLW2901 -- a copy, kept as it came
"""What the scripted model says: reads a prompt it never saw before and answers from it.

The product is free to lay out its prompts as it likes, so the passages in them
are found in two ways: sentences the test made known are searched for in the
prompt, and without any the text after numbered markers (``[1]``, ``<source
id="1">``, ``"number": 1``, ``Source 1``) is taken.  The citation is the marker
that stands last before the sentence.

A copy of the acceptance scenarios' ``model_answers``: changes belong there first.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections import Counter
from typing import Any

Json = dict[str, Any]
PIECE = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]|\s*[^\s\u3040-\u9fff\uac00-\ud7af]{1,4}|\s+")
WORD = re.compile(r"[a-z0-9][a-z0-9'-]+|[\u4e00-\u9fff]", re.I)
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")
MARKER = re.compile(
    r"\[(?P<bracket>[A-Za-z]{0,10}[ -]?\d{1,3})\]"
    r"|<\w+[^<>]*?\b(?:id|n|nr|no|num|number|index|ref)\s*=\s*[\"']?(?P<tag>\w*\d{1,3})[^<>]*>"
    r"|[\"'](?:id|n|number|index)[\"']\s*:\s*[\"']?(?P<json>\d{1,3})"
    r"|\b(?:source|passage|document|context)\s+#?(?P<word>\d{1,3})\b",
    re.I,
)
ATTACK = re.compile(r"ATTACK(?P<encoded>-ENCODED)?:[ \t]*(?P<text>[^\n]+)")
YES_NO = re.compile(r"\byes\b[^\n]{0,20}\b(?:or|and|/|\|)[^\n]{0,10}\bno\b", re.I)


def pieces(text: str) -> list[str]:
    """The text cut into make-believe tokens; joined again they are the text."""
    return PIECE.findall(text)


def words(text: str) -> set[str]:
    """Words of Latin text, pairs of characters of Chinese."""
    found = [w.lower() for w in WORD.findall(text)]
    pairs = {a + b for a, b in zip(found, found[1:], strict=False) if len(a) == len(b) == 1}
    return {w.rstrip("s") for w in found if len(w) > 2} | pairs


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def turns(body: Json) -> list[tuple[str, str]]:
    """``(role, text)`` of every message; parts of multi-part content are joined."""
    out = []
    for m in body.get("messages") or []:
        content = m.get("content") or ""
        if isinstance(content, list):
            content = "\n".join(p.get("text", "") for p in content if isinstance(p, dict))
        if m.get("tool_calls"):
            content += json.dumps(m["tool_calls"], ensure_ascii=False)
        out.append((str(m.get("role")), str(content)))
    return out


def last_user(body: Json) -> str:
    """The text of the last user turn."""
    return next((text for role, text in reversed(turns(body)) if role == "user"), "")


class Writer:
    """Composes answers from prompts."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def know(self, texts: list[str]) -> Json:
        """Remember the sentences of documents, to find them in prompts."""
        for text in texts:
            self.known += [s for s in map(flat, SENTENCE.split(text)) if len(s) > 8 and s not in self.known]
        return {"known": len(self.known)}

    def passages(self, body: Json) -> list[tuple[str, str]]:
        """``(citation, sentence)`` for what looks like source text in the prompt."""
        found: list[tuple[str, str]] = []
        for _, raw in turns(body):
            text = flat(raw)
            marks = [(m.end(), next(g for g in m.groups() if g)) for m in MARKER.finditer(text)]
            for sentence in self.known:
                at = text.find(sentence)
                if at >= 0:
                    before = [mark for end, mark in marks if end <= at]
                    found.append((f"[{before[-1] if before else 1}]", sentence))
        return found or self._guess(body)

    def _guess(self, body: Json) -> list[tuple[str, str]]:
        """Without known sentences: the text after numbered markers, cut into sentences."""
        found = []
        for _, raw in turns(body):
            marks = list(MARKER.finditer(raw))
            bounds = [*(m.start() for m in marks), len(raw)]
            for n, here in enumerate(marks):
                segment = raw[here.end() : bounds[n + 1]]
                segment = re.split(r"\n\s*(?:#+ *)?(?:question|user|问题)\b", segment, flags=re.I)[0]
                mark = next(g for g in here.groups() if g)
                found += [
                    (f"[{mark}]", s)
                    for s in map(flat, SENTENCE.split(re.sub(r"<[^<>]{0,80}>", " ", segment)))
                    if len(words(s)) > 3
                ]
        return found

    def echo(self, body: Json, *, append: str = "", prepend: str = "", least: int = 0, whole: bool = False) -> str:
        """The answer of ``echo_sources``."""
        found = self.passages(body)
        asked = last_user(body)
        common = Counter(w for _, s in found for w in words(s))
        wanted = words(self._question(asked, [s for _, s in found]))

        def score(item: tuple[str, str]) -> float:
            return sum(1 / common[w] for w in words(item[1]) & wanted)

        best = max(found, key=score, default=None)
        if best is None or (not self.known and score(best) == 0):
            lines = [line.strip() for line in asked.splitlines() if line.strip()]
            return prepend + re.sub(r"<[^<>]{1,40}>", "", lines[-1] if lines else "ok").strip() + append
        if whole:
            best = (best[0], "\n".join(s for mark, s in found if mark == best[0]))
        text = f"{best[1]} {best[0]}"
        said = {best[1]}
        for mark, sentence in sorted(found, key=score, reverse=True) if least else ():
            if len(text) < least and sentence not in said:
                said.add(sentence)
                text += f" {sentence} {mark}"
        return prepend + text + append

    @staticmethod
    def _question(asked: str, found: list[str]) -> str:
        """The part of the user's turn that asks: behind the passages, else before them."""
        text = "\n".join(map(flat, asked.splitlines()))
        spans = [(at, at + len(s)) for s in found if (at := text.find(s)) >= 0]
        behind = text[max((end for _, end in spans), default=0) :].splitlines()[-4:]
        before = text[: min((at for at, _ in spans), default=0)]
        return "\n".join(behind) if len(words("".join(behind))) > 1 else before

    def obey(self, body: Json) -> str | None:
        for _, text in turns(body):
            order = ATTACK.search(text)
            if order:
                text = order["text"].strip()
                return urllib.parse.unquote(text.split()[0]) if order["encoded"] else text
        return None

    def structured(self, body: Json) -> str | None:
        """The answer when the request constrains it: a choice, a schema or yes/no."""
        wanted = body.get("structured_outputs") or {}
        choice = body.get("guided_choice") or wanted.get("choice")
        if choice:
            return str(choice[0])
        form = body.get("response_format") or {}
        schema = body.get("guided_json") or wanted.get("json")
        if form.get("type") == "json_schema":
            schema = (form.get("json_schema") or {}).get("schema") or {}
        if isinstance(schema, str):
            schema = json.loads(schema)
        if schema is not None or form.get("type") == "json_object":
            filled = self._fill(schema or {"type": "object"}, schema or {}, "", body)
            return json.dumps(filled, ensure_ascii=False)
        if YES_NO.search("\n".join(text for _, text in turns(body))) and (body.get("max_tokens") or 99) <= 16:
            return "yes"
        return None

    def _fill(self, schema: Any, root: Json, name: str, body: Json) -> Any:
        """A value that the schema accepts, as sensible as a field's name allows."""
        if "$ref" in schema:
            target: Any = root
            for part in schema["$ref"].lstrip("#/").split("/"):
                target = target[part]
            return self._fill(target, root, name, body)
        for key in ("const", "default"):
            if key in schema:
                return schema[key]
        if "enum" in schema:
            return schema["enum"][0]
        for key in ("anyOf", "oneOf", "allOf"):
            if schema.get(key):
                return self._fill(schema[key][0], root, name, body)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            return {k: self._fill(v, root, k, body) for k, v in schema.get("properties", {}).items()}
        found = self.passages(body)
        number = int(re.sub(r"\D", "", found[0][0]) or 1) if found else 1
        if kind == "array":
            size = max(schema.get("minItems", 0), 1 if found else 0)
            return [self._fill(schema.get("items", {}), root, name, body) for _ in range(size)]
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            top = schema.get("maximum", number if kind == "integer" else 1)
            return max(schema.get("minimum", 0), min(number, top))
        if kind == "null":
            return None
        if re.search("lang", name, re.I):
            return "zh" if re.search(r"[\u4e00-\u9fff]", last_user(body)[-80:]) else "en"
        text = self.echo(body)
        return text[: schema.get("maxLength", len(text))]
