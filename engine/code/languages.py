"""Programming languages: what they are called in a request, in a fence and in a file's name, and who can parse them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """``name`` is what stands behind a fence, ``label`` what people read.

    ``words`` are its other names, ``common`` those of them (and maybe its own) that mean something else in plain talk
    ("go", "shell") and count only where a language is meant.  ``grammar`` is the package and function of its
    tree-sitter grammar; empty: nothing here can parse it.
    """

    name: str
    label: str
    words: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    grammar: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, lower case."""
        return (self.name, *self.words, *self.common)


_ALL: Final = (
    Language("python", "Python", ("python3", "py", "pycon"), endings=(".py", ".pyw"), grammar="python"),
    Language(
        "javascript", "JavaScript", ("js", "node.js", "nodejs", "ecmascript", "jsx", "mjs"), ("node",),
        (".js", ".mjs", ".cjs", ".jsx"), "javascript",
    ),
    Language("typescript", "TypeScript", ("ts",), endings=(".ts", ".mts", ".cts"),
    grammar="typescript:language_typescript"),
    Language("tsx", "TSX", endings=(".tsx",), grammar="typescript:language_tsx"),
    Language("java", "Java", endings=(".java",), grammar="java"),
    Language("kotlin", "Kotlin", ("kt", "kts"), endings=(".kt", ".kts"), grammar="kotlin"),
    Language("go", "Go", ("golang",), ("go",), (".go",), "go"),
    Language("rust", "Rust", ("rs",), ("rust",), (".rs",), "rust"),
    Language("c", "C", (), ("c", "h"), (".c", ".h"), "c"),
    Language("cpp", "C++", ("c++", "cxx", "cplusplus"), (), (".cpp", ".cc", ".cxx", ".hpp", ".hh"), "cpp"),
    Language("csharp", "C#", ("c#", "cs", "dotnet", ".net"), (), (".cs",), "c_sharp"),
    Language("ruby", "Ruby", ("rb",), ("ruby",), (".rb",), "ruby"),
    Language("php", "PHP", endings=(".php",), grammar="php:language_php"),
    Language("bash", "Bash", ("sh", "zsh", "shell script"), ("shell",), (".sh", ".bash", ".zsh"), "bash"),
    Language("sql", "SQL", ("mysql", "postgresql", "postgres", "sqlite"), (), (".sql",), "sql"),
    Language("html", "HTML", endings=(), grammar="html"),
    Language("css", "CSS", endings=(".css",), grammar="css"),
    Language("json", "JSON", ("jsonc",), grammar="json"),
    Language("toml", "TOML", endings=(".toml",), grammar="toml"),
    Language("yaml", "YAML", ("yml",), endings=(".yaml", ".yml"), grammar="yaml"),
    Language("swift", "Swift", (), ("swift",), (".swift",)),
    Language("scala", "Scala", endings=(".scala",)),
    Language("r", "R", (), ("r",), (".r",)),
    Language("perl", "Perl", ("pl",), (), (".pl", ".pm")),
    Language("lua", "Lua", endings=(".lua",)),
    Language("haskell", "Haskell", ("hs",), (), (".hs",)),
    Language("elixir", "Elixir", (), ("elixir",), (".ex", ".exs")),
    Language("dart", "Dart", (), ("dart",), (".dart",)),
    Language("julia", "Julia", (), ("julia",), (".jl",)),
    Language("powershell", "PowerShell", ("ps1", "pwsh"), (), (".ps1",)),
    Language("dockerfile", "Dockerfile", endings=(".dockerfile",)),
    Language("clojure", "Clojure", ("clj",), (), (".clj",)),
    Language("groovy", "Groovy", endings=(".groovy", ".gradle")),
)  # fmt: skip
#: What is shown in a fence and is no code: what a program prints, a difference, a plain text.
PLAIN: Final = frozenset({"text", "txt", "plaintext", "plain", "output", "console", "log", "diff", "none", "traceback"})
#: Files of plain text that come beside code.
_TEXT_ENDINGS: Final = frozenset({".log", ".trace", ".out", ".err", ".diff", ".patch"})

_BY_NAME: Final = {name: one for one in reversed(_ALL) for name in one.names}
_BY_ENDING: Final = {ending: one for one in _ALL for ending in one.endings}
_EDGE, _END = r"(?<![A-Za-z0-9_.+#/-])", r"(?![A-Za-z0-9_+#/-]|\.\w)"
#: What stands before or behind the name of a language where one is meant, though the word has other meanings.
_BEFORE = r"(?:\b(?:in|into|using|with|to)[ \t]+(?:plain[ \t]+|pure[ \t]+)?|[用以]\s*|[成为為]\s*)"
_BEHIND = (
    r"(?:[ \t]+(?:code|functions?|scripts?|programs?|snippets?|class|method|module|one-?liners?|version|struct|package"
    r"|tests?|commands?)\b|\s*的?\s*(?:语言|語言|代码|代碼|程式|函数|函數|函式|脚本|腳本|程序|命令|版本?|写|寫|实现|實現"
    r"|吧?[。！!]?$))"
)


def language_of_fence(info: str) -> Language | None:
    """The language that stands behind a fence (``py``, ``C++``); None where we know none of that name."""
    words = info.strip().lower().lstrip("{.").split()
    return _BY_NAME.get(words[0].rstrip("}").partition("{")[0].partition(",")[0]) if words else None


def language_of_file(name: str) -> Language | None:
    """The language of a file by its name."""
    path = PurePosixPath(name.lower())
    return _BY_NAME["dockerfile"] if path.name == "dockerfile" else _BY_ENDING.get(path.suffix)


def is_code_file(name: str) -> bool:
    """Whether a file is code, or a log or difference beside code, by its name: it is read as it stands."""
    return language_of_file(name) is not None or PurePosixPath(name.lower()).suffix in _TEXT_ENDINGS


def language_in(request: str) -> Language | None:
    """The language that a request names: the one to write in ("Python to Go": Go), else the first that it names."""
    aimed, any_, sure = _patterns()
    for pattern in (aimed, sure, any_):
        if found := pattern.search(request):
            return _BY_NAME[next(group for group in found.groups() if group).lower()]
    return None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Names behind a word that aims; names of several meanings before a word of code; names that mean nothing else."""
    every = [name for one in _ALL for name in one.names]
    common = [name for one in _ALL for name in one.common]
    plain = [name for name in every if (name not in common and len(name) > 2) or name in {"c#", "js", "ts"}]
    flags = re.IGNORECASE

    def any_of(names: list[str]) -> str:
        return "(" + "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True)) + ")"

    # "to go", "with c" and the like are talk: a name of several meanings aims behind "in", "into", "using" alone.
    aimed = rf"{_BEFORE}{_EDGE}{any_of(plain)}{_END}|(?:\b(?:in|into|using)[ \t]+|[用成为為]\s*){any_of(common)}{_END}"
    return (
        re.compile(aimed, flags),
        re.compile(rf"{_EDGE}{any_of(plain)}{_END}", flags),
        re.compile(rf"{_EDGE}{any_of(common)}{_BEHIND}", flags),
    )
