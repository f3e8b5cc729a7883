"""Rules for one C++ file: the budgets of functions and classes, and constructs we do not use."""

import re

from checks.report import Finding

FUNCTION_LINES_AIM = 40
FUNCTION_LINES_STOP = 70
PARAMETERS_MAX = 5
NESTING_MAX = 3
PUBLIC_METHODS_MAX = 15

_SUFFIXES = "Manager|Helper|Utils?|Handler|Service|Data|Info|Processor|Controller"
_TYPE = re.compile(
    r"(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(?:\[\[[^\]]*\]\]\s*)?"
    rf"(?P<name>\w*(?:{_SUFFIXES}))\s*(?:final\b|[{{;<]|:(?!:))"
    rf"|(?:using|concept)\s+(?P<alias>\w*(?:{_SUFFIXES}))\s*="
)
_CATCH_ALL = re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)")
_NEW = re.compile(r"\bnew\b")
_DELETE = re.compile(r"(=\s*)?\bdelete\b")
_USING_STD = re.compile(r"\busing\s+namespace\s+std\s*;")


def check(file, outline, declared_elsewhere):
    """Findings of one file; `declared_elsewhere` names the functions its header declares."""
    yield from _functions(file, outline)
    yield from _parameters(file, outline, declared_elsewhere)
    yield from _classes(file, outline)
    yield from _constructs(file)


def _functions(file, outline):
    for function in outline.functions:
        if function.length > FUNCTION_LINES_AIM:
            over = function.length > FUNCTION_LINES_STOP
            limit = FUNCTION_LINES_STOP if over else FUNCTION_LINES_AIM
            expected = f"at most {limit} lines in a function"
            found = f"{function.length} in {function.name}"
            where = (file.path, function.first_line, "function-lines")
            yield Finding(*where, expected, found, warning=not over, until=function.open_line)
        if function.deepest > NESTING_MAX:
            expected = f"at most {NESTING_MAX} nested control statements"
            found = f"{function.deepest} in {function.name}"
            yield Finding(file.path, function.deepest_line, "nesting", expected, found)


def _parameters(file, outline, declared_elsewhere):
    for function in outline.declarations + outline.functions:
        count = len(function.parameters)
        if count <= PARAMETERS_MAX:
            continue
        if not file.is_header and function.name.rsplit("::", 1)[-1] in declared_elsewhere:
            continue
        where = (file.path, function.first_line, "parameters")
        expected = f"at most {PARAMETERS_MAX} parameters"
        yield Finding(*where, expected, f"{count} in {function.name}", until=function.open_line)


def _classes(file, outline):
    for entity in outline.classes:
        count = len(entity.public_methods)
        if count > PUBLIC_METHODS_MAX:
            expected = f"at most {PUBLIC_METHODS_MAX} public methods"
            found = f"{count} in {entity.name}"
            yield Finding(file.path, entity.line, "public-methods", expected, found)


def _constructs(file):
    code = file.cpp.code
    line_of = file.cpp.line_of
    for match in _TYPE.finditer(code):
        name = match.group("name") or match.group("alias")
        expected = "a type named for what it is"
        yield Finding(file.path, line_of(match.start()), "type-suffix", expected, name)
    for match in _uses(_CATCH_ALL, "catch", code):
        line = line_of(match.start())
        if not file.cpp.comments.get(line, "").strip("/* "):
            expected = "a comment on the line that says why"
            yield Finding(file.path, line, "catch-all", expected, "'catch (...)' alone")
    for match in _uses(_NEW, "new", code):
        line = line_of(match.start())
        if not _is_owned_at_once(file, line):
            expected = "std::make_unique, or unique_ptr with the reason beside it"
            yield Finding(file.path, line, "raw-new", expected, "'new'")
    for match in _uses(_DELETE, "delete", code):
        if not match.group(1):
            line = line_of(match.start())
            yield Finding(file.path, line, "raw-delete", "an owning type", "'delete'")
    for match in _uses(_USING_STD, "using", code):
        line = line_of(match.start())
        yield Finding(file.path, line, "using-std", "qualified names", "'using namespace std'")


def _uses(pattern, word, code):
    """The matches of the pattern; most files are done by the search for its plain word."""
    return pattern.finditer(code) if word in code else ()


def _is_owned_at_once(file, line):
    """A factory of a class with a private constructor cannot use make_unique."""
    return "unique_ptr<" in file.lines[line - 1] and file.cpp.comments.get(line, "").strip("/* ")
