"""Rules for every text file: layout, words, paths, and the sizes of files."""

import re

from checks.report import Finding

COLUMNS_MAX = 100
FILE_BYTES_MAX = 200 * 1024

_CODE = (".cc", ".h", ".py", ".sh", ".cmake", ".sql", ".yml", ".yaml", "CMakeLists.txt")
_WEB = (".ts", ".tsx", ".js", ".mjs", ".css", ".html")
_PROSE = (".md",)

# Lines per file: the aim (a warning) and the stop.
_LINES = {
    (".cc", ".py", ".ts", ".tsx", ".js", ".mjs", ".css"): (400, 800),
    (".h",): (150, 300),
}

# Each rule: phrases, of which one must occur, whatever its case, for the pattern to be tried; the
# pattern, in which NAME is one of them; what is expected. A bar splits a phrase so that this file
# does not contain it.
_PHRASES = {
    "word": (
        ["chat|gpt", "gpt|-4", "open|ai", "l|lm", "l|lms", "clau|de", "anth|ropic", "co|pilot"]
        + ["ai assis|tant", "ai-gen|erated", "ai gen|erated", "language| model", "this| session"]
        + ["sub|agent", "sub-|agent", "farm|-"],
        r"(?<!\w)NAME(?:(?<=-)|(?!\w)|(?=s\b))",
        "no word about the tools the project was made with",
    ),
    "machine-path": (
        ["/wo|rk/", "/ho|me/", "/ro|ot/"],
        r"(?<![\w.\-/}])NAME",
        "a path relative to the project or configured",
    ),
    "host": (
        ["registry.npmjs|.org", "pypi|.org", "pythonhosted|.org", "maven.apache|.org"]
        + ["maven|.org", "deb.debian|.org", "security.debian|.org", "ftp.debian|.org"]
        + ["snapshot.debian|.org", "proxy.golang|.org"],
        r"NAME",
        "the host's configured registry or mirror",
    ),
    "open-work": (
        ["TO|DO", "FIX|ME", "XX|X"],
        r"(?-i:\bNAME\b)(?!.*#\d)",
        "an issue number (#12) beside the mark",
    ),
}


def _compiled(phrases, pattern, expected):
    phrases = [phrase.replace("|", "") for phrase in phrases]
    either = "(?:" + "|".join(map(re.escape, phrases)) + ")"
    compiled = re.compile(pattern.replace("NAME", either), re.IGNORECASE)
    return [phrase.lower() for phrase in phrases], compiled, expected


_RULES = {rule: _compiled(*parts) for rule, parts in _PHRASES.items()}


def check(file):
    """Findings of one file."""
    size = file.full_path.stat().st_size
    if size > FILE_BYTES_MAX:
        yield from _file_bytes(file, size)
        return
    if file.is_binary:
        return
    yield from _patterns(file)
    if _is_code(file) or file.path.endswith(_PROSE):
        yield from _layout(file)
    yield from _line_count(file)


def _is_code(file):
    return file.path.endswith(_CODE + _WEB) or file.bytes.startswith(b"#!")


def _file_bytes(file, size):
    lock = file.path.endswith("package-lock.json")
    if not file.path.startswith("demo/") and not lock:
        expected = f"at most {FILE_BYTES_MAX // 1024} KB outside demo/"
        yield Finding(file.path, 1, "file-bytes", expected, f"{size // 1024} KB")


def _patterns(file):
    lowered = file.text.lower()
    for rule, (phrases, pattern, expected) in _RULES.items():
        if rule == "host" and file.path.startswith("tools/setup"):
            continue
        if not any(phrase in lowered for phrase in phrases):
            continue
        for match in pattern.finditer(file.text):
            line = file.text.count("\n", 0, match.start()) + 1
            yield Finding(file.path, line, rule, expected, f"'{match.group()}'")


def _layout(file):
    raw_lines = file.cpp.raw_lines if file.is_cpp else ()
    wide = _is_code(file)
    for number, line in enumerate(file.lines, start=1):
        if "\t" in line:
            yield Finding(file.path, number, "tab", "spaces", "a tab")
        if line != line.rstrip():
            yield Finding(file.path, number, "trailing-blank", "no blanks at the end", "some")
        if wide and len(line) > COLUMNS_MAX and number not in raw_lines:
            expected = f"at most {COLUMNS_MAX} columns"
            yield Finding(file.path, number, "columns", expected, str(len(line)))
    if file.text and not file.text.endswith("\n"):
        yield Finding(file.path, len(file.lines), "final-newline", "a newline at the end", "none")


def _line_count(file):
    if file.path.startswith("demo/"):
        return
    for suffixes, (aim, stop) in _LINES.items():
        if file.path.endswith(suffixes) and file.line_count > aim:
            over = file.line_count > stop
            expected = f"at most {stop if over else aim} lines"
            found = str(file.line_count)
            yield Finding(file.path, 1, "file-lines", expected, found, warning=not over)
