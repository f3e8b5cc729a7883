"""Rules that need more than one C++ file: module sizes, dead headers, functions written twice."""

import posixpath
from collections import defaultdict

from checks.report import Finding

MODULE_LINES_MAX = 6000
_TWICE_LINES_MIN = 4
_ENTRY_POINTS = {"main", "LLVMFuzzerTestOneInput", "LLVMFuzzerInitialize", "swap"}


def check(files, outlines):
    """Findings of the C++ files together; `outlines` maps a path to its outline."""
    yield from _module_lines(files)
    yield from _dead_headers(files)
    yield from _written_twice(files, outlines)


def include_target(file, include, known):
    """The project path that an include names, or None: from src/, the root, or beside the file."""
    name = include[1:-1]
    beside = posixpath.join(posixpath.dirname(file.path), name)
    for path in ("src/" + name, name, posixpath.normpath(beside)):
        if path in known:
            return path
    return None


def _module_lines(files):
    lines = defaultdict(int)
    for file in files:
        if file.module and not file.is_test:
            lines[file.module] += file.line_count
    for module, count in lines.items():
        if count > MODULE_LINES_MAX:
            where = f"src/{module}/CMakeLists.txt"
            expected = f"at most {MODULE_LINES_MAX} lines in a module"
            yield Finding(where, 1, "module-lines", expected, f"{count} in {module}")


def _dead_headers(files):
    known = {file.path for file in files}
    included = set()
    for file in files:
        for _, include in file.cpp.includes:
            target = include_target(file, include, known)
            if target != file.path:
                included.add(target)
    for file in files:
        if file.is_header and file.path not in included:
            yield Finding(file.path, 1, "dead-header", "a file that includes it", "none")


def _written_twice(files, outlines):
    """Free functions of one name over the same project types, in .cc files of two modules."""
    places = defaultdict(list)
    for file in files:
        if not file.module or file.is_test or file.is_header:
            continue
        for function in outlines[file.path].functions:
            if _is_free(function) and function.length >= _TWICE_LINES_MIN:
                places[function.name, function.types].append((file, function))
    for (name, _), found in places.items():
        first_file, first = found[0]
        for file, function in found[1:]:
            if file.module != first_file.module:
                other = f"{name} also at {first_file.path}:{first.first_line}"
                where = (file.path, function.first_line, "written-twice")
                until = function.open_line
                yield Finding(*where, "one definition that both use", other, until=until)


def _is_free(function):
    name = function.name
    plain = function.scope == "namespace" and "::" not in name and not name.isupper()
    return plain and name not in _ENTRY_POINTS and not name.startswith("operator")
