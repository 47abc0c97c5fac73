"""Calls that can do harm, found in the syntax tree: what stands in strings and comments is no call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.code.languages import language_of_fence
from engine.code.parsing import Parsed, nodes, parse, text_of
from engine.secrets import is_stand_in

if TYPE_CHECKING:
    from tree_sitter import Node

#: So many are told of one piece of code.
_TOLD: Final = 8


@dataclass(frozen=True, slots=True)
class Danger:
    """A call in a line (from 1), as it is written, and ``why`` it is told: the name of a phrase."""

    line: int
    name: str
    why: str


EVAL, SHELL, PICKLE, DELETES, DISK, FETCHED, SQL, SQL_TEXT, HTML, TLS, MEMORY, SECRET = (
    "danger_eval", "danger_shell", "danger_pickle", "danger_deletes", "danger_disk", "danger_fetched", "danger_sql",
    "danger_sql_text", "danger_html", "danger_tls", "danger_memory", "danger_secret",
)  # fmt: skip

#: Python's, by the whole name under which they are imported.
_PYTHON: Final = {
    **dict.fromkeys(("eval", "exec", "builtins.eval", "builtins.exec", "__import__", "code.interact"), EVAL),
    **dict.fromkeys(("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput",
    "commands.getoutput",
                     "asyncio.create_subprocess_shell", "pty.spawn"), SHELL),
    **dict.fromkeys(("pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.loads", "marshal.load",
    "marshal.loads",
                     "shelve.open", "dill.load", "dill.loads", "cloudpickle.load", "cloudpickle.loads", "joblib.load",
                     "yaml.unsafe_load", "yaml.full_load", "jsonpickle.decode"), PICKLE),
    **dict.fromkeys(("os.remove", "os.unlink", "os.rmdir", "os.removedirs", "shutil.rmtree"), DELETES),
    "ssl._create_unverified_context": TLS,
}  # fmt: skip
_SUBPROCESS: Final = frozenset({"run", "call", "check_call", "check_output", "Popen"})
#: Those of other languages, by what is called: a pattern over the callee as it is written, without blanks.
_CALLED: Final = {
    "javascript": (
        (r"eval|Function|vm\.runIn\w*Context", EVAL),
        (r"exec|execSync|(?:cp|child_process)\.\w+", SHELL),
        (r"document\.write(?:ln)?|.*\.(?:insertAdjacentHTML|outerHTML)|\$\(.*\)\.html", HTML),
        (r"fs(?:\.promises)?\.(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync)", DELETES),
    ),
    "go": ((r"syscall\.Exec", SHELL), (r"os\.Remove(?:All)?", DELETES), (r"template\.(?:HTML|JS|URL)", HTML)),
    "java": (
        (r"Runtime\.getRuntime\(\)\.exec|\w*[rR]untime\.exec", SHELL),
        (r".*\.readObject", PICKLE),
        (r".*[eE]ngine\.eval", EVAL),
        (r"Files\.delete(?:IfExists)?|FileUtils\.deleteDirectory", DELETES),
    ),
    "kotlin": (
        (r"Runtime\.getRuntime\(\)\.exec", SHELL),
        (r".*\.readObject", PICKLE),
        (r".*\.deleteRecursively", DELETES),
    ),
    "c": (
        (r"(?:std::)?(?:system|popen)|exec[lv]p?e?", SHELL),
        (r"(?:std::)?(?:gets|strcpy|strcat|sprintf|vsprintf)", MEMORY),
        (r"(?:std::)?(?:remove|unlink)|(?:std::)?(?:filesystem|fs)::remove(?:_all)?", DELETES),
    ),
    "csharp": (
        (r"(?:System\.Diagnostics\.)?Process\.Start", SHELL),
        (r".*[fF]ormatter\.Deserialize", PICKLE),
        (r"(?:System\.IO\.)?(?:File|Directory)\.Delete", DELETES),
        (r".*\.ExecuteSqlRaw", SQL_TEXT),
    ),
    "ruby": (
        (r"(?:\w+\.)?(?:eval|instance_eval|class_eval|module_eval)", EVAL),
        (r"(?:Kernel\.)?(?:system|exec|spawn)|Open3\.\w+|IO\.popen", SHELL),
        (r"Marshal\.load|YAML\.(?:unsafe_)?load", PICKLE),
        (r"FileUtils\.(?:rm_rf|rm_r|rm|remove_dir)|File\.(?:delete|unlink)", DELETES),
        (r".*\.html_safe|raw", HTML),
    ),
    "php": (
        (r"eval|assert|create_function", EVAL),
        (r"system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec", SHELL),
        (r"unserialize", PICKLE),
        (r"unlink|rmdir", DELETES),
    ),
    "rust": ((r"(?:std::)?(?:fs::)?remove_(?:dir_all|dir|file)", DELETES), (r"(?:std::mem::|mem::)?transmute", MEMORY)),
}
_SAME: Final = {"typescript": "javascript", "tsx": "javascript", "cpp": "c"}
#: Kinds of nodes that call something, with the field that says what; ``object``/``name`` are Java's and PHP's.
_CALLS: Final = {
    "call_expression": "function", "call": "method", "invocation_expression": "function",
    "new_expression": "constructor",
    "method_invocation": "name", "function_call_expression": "function", "command_call": "method",
}  # fmt: skip
_SQL_NODES: Final = {"drop_table", "drop_database", "drop_schema", "drop_index", "drop_view", "drop_column", "truncate"}
_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh", "python", "python3", "perl", "ruby", "node", "iex"})
_SECRET_NAME: Final = re.compile(
    r"(?:^|[_.\-\"'$])(?:\w*(?:password|passwd|secret|api_?key|access_?key|private_?key|auth_?token)|pwd"
    r"|\w*_?token)[\"']?$",
    re.IGNORECASE,
)
_ASSIGNED: Final = frozenset({
    "assignment_expression", "variable_declarator", "pair", "short_var_declaration", "var_spec", "const_spec",
    "init_declarator",
    "keyed_element", "assignment", "property_declaration", "variable_assignment", "let_declaration", "const_item",
    "array_element_initializer", "block_mapping_pair",
})  # fmt: skip


def dangers_in(parsed: Parsed) -> tuple[Danger, ...]:
    """The first of them, in the order of their lines, each line once for one reason."""
    found = _python(parsed.python) if parsed.python else _others(parsed)
    once = {(danger.line, danger.why): danger for danger in found}
    return tuple(sorted(once.values(), key=lambda danger: danger.line)[:_TOLD])


def _python(tree: ast.Module) -> Iterator[Danger]:
    known = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _python_call(node, _dotted(node.func, known))
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.keyword):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = [node.arg or ""] if isinstance(node, ast.keyword) else [_dotted(one, {}) for one in targets]
            if node.value is not None:
                yield from _hard_coded(names, node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from _hard_coded([str(key.value)] if isinstance(key, ast.Constant) else [], value)


def _python_call(node: ast.Call, name: str) -> Iterator[Danger]:
    given = {one.arg: one.value for one in node.keywords if one.arg}
    first = node.args[0] if node.args else None
    method = name.rpartition(".")[2]
    if why := _PYTHON.get(name):
        yield Danger(node.lineno, name, why)
    if name == "yaml.load" and "Safe" not in ast.dump(node):
        yield Danger(node.lineno, name, PICKLE)
    if name.startswith("subprocess.") and method in _SUBPROCESS:
        if _is(given.get("shell"), value=True):
            yield Danger(node.lineno, f"{name}(shell=True)", SHELL)
        words = [one.value for one in getattr(first, "elts", ()) if isinstance(one, ast.Constant)]
        if words[:1] == ["rm"] and any(isinstance(w, str) and re.fullmatch(r"-\w*r\w*", w) for w in words):
            yield Danger(node.lineno, "rm -r", DELETES)
    if _is(given.get("verify"), value=False):
        yield Danger(node.lineno, f"{name}(verify=False)", TLS)
    if method in {"execute", "executemany", "executescript"} and first is not None:
        if isinstance(first, ast.JoinedStr | ast.BinOp) or (
            isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) and first.func.attr == "format"
        ):
            yield Danger(node.lineno, method, SQL_TEXT)
        yield from _inside(first, "sql", node.lineno)
    if name in {"os.system", "os.popen"} or _is(given.get("shell"), value=True):
        yield from _inside(first, "bash", node.lineno)
    if method in {"unlink", "rmdir"} and "Path" in ast.dump(node.func):
        yield Danger(node.lineno, method, DELETES)


def _inside(node: ast.expr | None, language: str, line: int) -> Iterator[Danger]:
    """What stands in a string that is run as another language."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and (other := language_of_fence(language)):
        inner = parse(node.value, other)
        for danger in dangers_in(inner) if inner else ():
            yield Danger(line, danger.name, danger.why)


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _hard_coded(names: list[str], value: ast.expr) -> Iterator[Danger]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        for name in names:
            if _SECRET_NAME.search(name) and _is_secret(value.value):
                yield Danger(value.lineno, name, SECRET)


def _is_secret(value: str) -> bool:
    return len(value) >= 6 and " " not in value and not is_stand_in(value)


def _imported(tree: ast.Module) -> dict[str, str]:
    """What names stand for: ``o`` for ``os``, ``run`` for ``subprocess.run``."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known.update({(one.asname or one.name.split(".")[0]): (one.name if one.asname else one.name.split(".")[0])
                          for one in node.names})  # fmt: skip
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
    return known


def _dotted(node: ast.expr | None, known: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(known.get(node.id, node.id))
    elif node is not None:
        parts.append("?")
    return ".".join(reversed(parts))


def _others(parsed: Parsed) -> Iterator[Danger]:
    name = parsed.language.name
    called = [(re.compile(pattern), why) for pattern, why in _CALLED.get(_SAME.get(name, name), ())]
    for node in nodes(parsed):
        line, kind = node.start_point[0] + 1, node.type
        if field := _CALLS.get(kind):
            yield from _call(node, field, called, line)
        if kind in _ASSIGNED:
            yield from _assigned(node, line)
        if name == "bash":
            yield from _shell(node, line)
        elif name == "sql":
            yield from _sql(node, line)
        elif kind in {"unsafe_block", "unsafe_statement"}:
            yield Danger(line, "unsafe", MEMORY)
        elif kind in {"shell_command_expression", "subshell"} and name in {"php", "ruby"}:
            yield Danger(line, "`…`", SHELL)
        elif kind == "jsx_attribute" and text_of(node).startswith("dangerouslySetInnerHTML"):
            yield Danger(line, "dangerouslySetInnerHTML", HTML)
        elif kind == "object_creation_expression" and "ProcessBuilder" in text_of(node.child_by_field_name("type")):
            yield Danger(line, "ProcessBuilder", SHELL)
        elif kind == "keyed_element" and re.match(r"InsecureSkipVerify\s*:\s*true", text_of(node)):
            yield Danger(line, "InsecureSkipVerify", TLS)
        elif kind == "pair" and re.match(r"[\"']?rejectUnauthorized[\"']?\s*:\s*false", text_of(node)):
            yield Danger(line, "rejectUnauthorized: false", TLS)
        elif kind == "tag" and text_of(node).startswith("!!python/"):
            yield Danger(line, text_of(node)[:40], PICKLE)


def _call(node: Node, field: str, called: list[tuple[re.Pattern[str], str]], line: int) -> Iterator[Danger]:
    callee = node.child_by_field_name(field) or (node.children[0] if node.children else None)
    receiver = node.child_by_field_name("object") or node.child_by_field_name("receiver")
    written = (
        "".join(f"{text_of(receiver)}.{text_of(callee)}".split()) if receiver else "".join(text_of(callee).split())
    )
    written = written[-200:]
    for pattern, why in called:
        if pattern.fullmatch(written):
            yield Danger(line, written[-60:], why)
    given = node.child_by_field_name("arguments")
    words = [re.sub(r"^[\"'`]|[\"'`]$", "", text_of(one)) for one in (given.named_children if given else ())]
    if re.fullmatch(r"exec\.Command(?:Context)?|Command::new|(?:.*\.)?spawn(?:Sync)?", written) and set(words[:2]) & {
        "sh", "bash", "/bin/sh", "/bin/bash", "cmd", "powershell",
    }:  # fmt: skip
        yield Danger(line, f"{written} {next(w for w in words if w)}", SHELL)
    method = written.rpartition(".")[2]
    if (
        method
        in {"execute", "executeQuery", "executeUpdate", "query", "Query", "Exec", "QueryRow", "raw", "mysqli_query"}
        and given
    ):
        first = given.named_children[0] if given.named_children else None
        sql = first is not None and re.search(
            r"\b(?:select|insert|update|delete|drop)\b", text_of(first), re.IGNORECASE
        )
        if sql and first is not None and (
            (first.type == "binary_expression") or (first.type == "template_string" and "${" in text_of(first))
        ):  # fmt: skip
            yield Danger(line, method, SQL_TEXT)


def _assigned(node: Node, line: int) -> Iterator[Danger]:
    """``innerHTML = …``, and a secret that is written into the code."""
    named = node.named_children
    if len(named) < 2:
        return
    left, value = text_of(named[0]), named[-1]
    if re.search(r"\.(?:inner|outer)HTML$", left):
        yield Danger(line, left[-60:], HTML)
    while value.type not in {"string", "string_literal"} and value.named_child_count == 1:
        value = value.named_children[0]
    written = text_of(value).strip("\"'`")
    if ("string" in value.type or "scalar" in value.type) and _SECRET_NAME.search(left) and _is_secret(written):
        yield Danger(line, left[-60:], SECRET)


def _shell(node: Node, line: int) -> Iterator[Danger]:
    words = [text_of(one) for one in node.children] if node.type == "command" else []
    while words and (words[0] == "sudo" or "=" in words[0]):
        words = words[1:]
    name, flags = (words[0].rpartition("/")[2], words[1:]) if words else ("", [])
    if name == "rm" and any(re.fullmatch(r"-\w*[rR]\w*|--recursive", flag) for flag in flags):
        yield Danger(line, " ".join(words)[:60], DELETES)
    elif name == "find" and "-delete" in flags:
        yield Danger(line, "find -delete", DELETES)
    elif name == "eval":
        yield Danger(line, "eval", EVAL)
    elif (name == "dd" and any(flag.startswith("of=/dev/") for flag in flags)) or re.match(
        r"mkfs|wipefs|fdisk|parted", name
    ):
        yield Danger(line, " ".join(words)[:60], DISK)
    elif name in {"curl", "wget"} and {"-k", "--insecure", "--no-check-certificate"} & set(flags):
        yield Danger(line, name, TLS)
    elif name in {"sh", "bash"} and re.search(r"<\(\s*(?:curl|wget)|\$\(\s*(?:curl|wget)", " ".join(words)):
        yield Danger(line, " ".join(words)[:60], FETCHED)
    if node.type == "pipeline":
        commands = [text_of(one).split() for one in node.named_children if one.type == "command"]
        names = [
            next((w for w in words if w != "sudo" and not w.startswith("-")), "").rpartition("/")[2]
            for words in commands
        ]
        if names and names[0] in {"curl", "wget"} and set(names[1:]) & _SHELLS:
            yield Danger(line, " | ".join(names), FETCHED)


def _sql(node: Node, line: int) -> Iterator[Danger]:
    if node.type in _SQL_NODES or (node.type == "keyword_truncate" and node.is_named):
        yield Danger(line, " ".join(text_of(node).split())[:60], SQL)
    elif node.type == "statement":
        kinds = {one.type for one in node.children}
        inner = [deep.type for one in node.children for deep in (one, *one.children)]
        if kinds & {"delete", "update"} and "where" not in inner:
            yield Danger(line, " ".join(text_of(node).split())[:60], SQL)
