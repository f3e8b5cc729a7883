"""The files of a tree, and C++ text with its comments and literals taken out."""

import os
import re
import subprocess
from functools import cached_property

CPP_FOLDERS = ("src", "benchmarks", "tests", "sim", "tools")
_CPP_SUFFIXES = (".cc", ".h")
_SKIPPED_FOLDERS = {".git", "build", "dist", "node_modules", "__pycache__"}

# A number is matched so that the digit separator in 1'000 does not open a character literal.
_LEXEMES = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<raw>\b(?:u8|[uUL])?R"(?P<delim>[^()\s\\]{0,16})\(.*?\)(?P=delim)")
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<char>'(?:\\.|[^'\\\n])+')
      | (?P<number>\b\d(?:'?[\w.])*)""",
    re.DOTALL | re.VERBOSE,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")', re.MULTILINE)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w*)(?:\\\n|[^\n])*", re.MULTILINE)


class SourceFile:
    """One file of the tree; `path` is relative to the root, with forward slashes."""

    def __init__(self, root, path):
        self.path = path
        self.full_path = root / path

    @cached_property
    def bytes(self):
        return self.full_path.read_bytes()

    @cached_property
    def text(self):
        return self.bytes.decode("utf-8", errors="replace")

    @cached_property
    def lines(self):
        return self.text.split("\n")

    @property
    def line_count(self):
        return self.text.count("\n")

    @property
    def is_binary(self):
        return b"\0" in self.bytes[:8192]

    @property
    def is_cpp(self):
        return self.path.endswith(_CPP_SUFFIXES) and self.path.startswith(
            tuple(folder + "/" for folder in CPP_FOLDERS)
        )

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def is_test(self):
        """A unit test or a file of the test tree, as opposed to product code."""
        stem = self.path.rsplit(".", 1)[0]
        return stem.endswith("_test") or self.path.startswith("tests/")

    @property
    def module(self):
        """The module below src/ that the file belongs to, or None."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else None

    @cached_property
    def cpp(self):
        return CppText(self.text)


class CppText:
    """C++ text with comments and literals blanked; offsets and lines stay those of the file."""

    def __init__(self, text):
        self.comments = {}  # line -> text of the comments that begin on, or run through, it
        self.raw_lines = set()  # lines that a raw string literal touches
        self._line_starts = [0] + [m.end() for m in re.finditer("\n", text)]
        self.with_directives = _LEXEMES.sub(self._blank, text)
        self.includes = [
            (self.line_of(match.start(1)), match.group(1))
            for match in _INCLUDE.finditer(text)
            if "include" in self.with_directives[match.start() : match.start(1)]
        ]
        self.code = _without_directives(self.with_directives)

    def line_of(self, offset):
        low, high = 0, len(self._line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._line_starts[middle] <= offset else (low, middle)
        return low + 1

    def _blank(self, match):
        token = match.group()
        kind = match.lastgroup if match.lastgroup != "delim" else "raw"
        if kind == "number":
            return token
        first = self.line_of(match.start())
        if kind == "comment":
            for offset, part in enumerate(token.split("\n")):
                line = first + offset
                self.comments[line] = self.comments.get(line, "") + part
            return _spaces(token)
        if kind == "raw":
            self.raw_lines.update(range(first, first + token.count("\n") + 1))
        return '"' + _spaces(token[1:-1]) + '"'


def _spaces(token):
    return re.sub(r"[^\n]", " ", token)


def _without_directives(code):
    """Blank preprocessor lines and every branch after the first of an #if, so braces pair up."""
    pieces, end, skipping = [], 0, []
    for match in _DIRECTIVE.finditer(code):
        between = code[end : match.start()]
        pieces.append(_spaces(between) if any(skipping) else between)
        pieces.append(_spaces(match.group()))
        end = match.end()
        word = match.group(1)
        if word in ("if", "ifdef", "ifndef"):
            skipping.append(False)
        elif word in ("else", "elif") and skipping:
            skipping[-1] = True
        elif word == "endif" and skipping:
            skipping.pop()
    pieces.append(code[end:])
    return "".join(pieces)


def load_tree(root):
    """All files git would track below `root`; without git, all but the build products."""
    paths = _git_paths(root) if (root / ".git").exists() else None
    if paths is None:
        paths = _walked_paths(root)
    full_paths = ((path, root / path) for path in sorted(paths))
    return [
        SourceFile(root, path)
        for path, full in full_paths
        if full.is_file() and not full.is_symlink() and not _SKIPPED_FOLDERS & set(path.split("/"))
    ]


def _git_paths(root):
    command = ["git", "-c", "safe.directory=*", "-C", str(root)]
    command += ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return {os.fsdecode(name) for name in listing.split(b"\0") if name}


def _walked_paths(root):
    paths = set()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        paths.update(name if relative == "." else f"{relative}/{name}" for name in names)
    return paths
