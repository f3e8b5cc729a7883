"""tools/layers.txt and the lineside_module() calls: what the project says of its modules."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from checks.report import Finding

MAP_PATH = "tools/layers.txt"

_LAYER = re.compile(r"L(\d+)\s+(.+)")
_HEADER = re.compile(r"header\s+([^:]+?)\s*:\s*(.+)")
_BASE_USERS = re.compile(r"base-users\s+(\d+)\s*:\s*(.+)")
_ARROW = re.compile(r"arrow\s+(\w+)\s*->\s*(\w+)\s*:\s*(\S.*)")
_ALLOW = re.compile(r"allow\s+([\w-]+)\s+(\S+)\s*:\s*(\S.*)")
_MODULE_CALL = re.compile(r"\blineside_module\s*\(([^)]*)\)")
_LINK_CALL = re.compile(r"\btarget_link_libraries\s*\(\s*lineside_(\w+)([^)]*)\)")


@dataclass
class Allowance:
    """A line of exception: an arrow between two modules, or a rule and a file pattern."""

    rule: str
    pattern: str
    line: int
    used: bool = False


@dataclass
class LayerMap:
    layer_of: dict = field(default_factory=dict)  # module -> number
    pure: set = field(default_factory=set)
    owners: list = field(default_factory=list)  # (header pattern, [places])
    base_users_min: int = 0
    base_users_after: list = field(default_factory=list)
    allowances: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def allows(self, rule, subject):
        """True, and remembered, if a line excepts `subject` (a path or `from -> to`)."""
        found = [a for a in self.allowances if a.rule == rule and fnmatchcase(subject, a.pattern)]
        for allowance in found:
            allowance.used = True
        return bool(found)

    def places_of(self, header):
        """Where a third-party header may be included, or None if it is not listed."""
        for pattern, places in self.owners:
            if fnmatchcase(header, pattern):
                return places
        return None

    def unused_allowances(self):
        for allowance in self.allowances:
            if not allowance.used:
                found = f"nothing for '{allowance.rule} {allowance.pattern}'"
                expected = "an exception that is needed"
                yield Finding(MAP_PATH, allowance.line, "exception", expected, found)


def parse_map(text):
    """The map in `text`; lines that cannot be read become findings in `problems`."""
    result = LayerMap()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#", 1)[0].strip()
        if line and not _parse_line(result, number, line):
            expected = "'L<n> modules', 'header', 'base-users', 'arrow' or 'allow' with a reason"
            result.problems.append(Finding(MAP_PATH, number, "map", expected, f"'{line}'"))
    return result


def _parse_line(result, number, line):
    if match := _LAYER.fullmatch(line):
        for name in match.group(2).split():
            module = name.rstrip("!")
            result.layer_of[module] = int(match.group(1))
            if name.endswith("!"):
                result.pure.add(module)
    elif match := _HEADER.fullmatch(line):
        places = _listed(match.group(2))
        result.owners += [(pattern, places) for pattern in _listed(match.group(1))]
    elif match := _BASE_USERS.fullmatch(line):
        result.base_users_min = int(match.group(1))
        result.base_users_after = match.group(2).split()
    elif match := _ARROW.fullmatch(line):
        arrow = f"{match.group(1)} -> {match.group(2)}"
        result.allowances.append(Allowance("layer", arrow, number))
    elif match := _ALLOW.fullmatch(line):
        result.allowances.append(Allowance(match.group(1), match.group(2), number))
    else:
        return False
    return True


def _listed(text):
    return [part.strip() for part in text.split(",") if part.strip()]


@dataclass
class Module:
    """One module as its CMakeLists.txt declares it."""

    name: str
    cmake_path: str
    deps: dict = field(default_factory=dict)  # module -> line
    declared: bool = False


def read_modules(files):
    """The modules that exist below src/, by name, and the findings of their build files."""
    modules, findings = {}, []
    build_files = {file.path: file for file in files}
    for name in sorted({file.module for file in files if file.module}):
        path = f"src/{name}/CMakeLists.txt"
        modules[name] = Module(name, path)
        text = build_files[path].text if path in build_files else ""
        findings += _read_build_file(modules[name], re.sub(r"#[^\n]*", "", text))
    return modules, findings


def _read_build_file(module, text):
    for match in _MODULE_CALL.finditer(text):
        name, *words = match.group(1).split() or [""]
        line = text.count("\n", 0, match.start()) + 1
        if name != module.name:
            expected = f"lineside_module({module.name} ...)"
            yield Finding(module.cmake_path, line, "deps", expected, f"'{name}'")
        module.declared = True
        if "DEPS" in words:
            module.deps = {dep: line for dep in words[words.index("DEPS") + 1 :]}
    if not module.declared:
        expected = f"a call lineside_module({module.name} DEPS ...)"
        yield Finding(module.cmake_path, 1, "deps", expected, "none")
    for match in _LINK_CALL.finditer(text):
        linked = set(re.findall(r"\blineside_(\w+)", match.group(2)))
        line = text.count("\n", 0, match.start()) + 1
        for other in sorted(linked - {module.name}) if match.group(1) == module.name else ():
            expected = "modules to be linked by DEPS alone"
            yield Finding(module.cmake_path, line, "deps", expected, f"'lineside_{other}'")
