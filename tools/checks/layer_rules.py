"""The rules of the house over includes and identifiers; layers.txt holds the exceptions.

Tests of a module may include every lower module and sim, whether or not DEPS names it.
"""

import re
from collections import defaultdict
from fnmatch import fnmatchcase

from checks.report import Finding
from checks.system_headers import PURE_BANNED, is_system
from checks.tree_rules import include_target

# What reaches outside: the rule, identifiers, and where NAME, one of them, is such a use.
_OUTSIDE = [
    ("clock", "system_clock steady_clock high_resolution_clock file_clock",
     r"(?<!world::)\bNAME\b"),
    ("clock", "utc_clock tai_clock gps_clock clock_gettime gettimeofday", r"\bNAME\b"),
    ("clock", "time clock timespec_get", r"(?<![\w>])(?:std)?::NAME\s*\("),
    ("clock", "time", r"(?<![\w>.:])NAME\s*\(\s*nullptr"),
    ("random", "random_device getrandom getentropy arc4random", r"\bNAME\b"),
    ("random", "RAND_bytes RAND_priv_bytes", r"\bNAME\b"),
    ("random", "rand srand", r"(?<![\w>.])NAME\s*\("),
    ("file", "fstream ifstream ofstream", r"\bNAME\b"),
    ("file", "filesystem", r"\bstd::NAME\b"),
    ("file", "fopen freopen fdopen openat creat mkstemp mkdtemp tmpfile opendir", r"\bNAME\s*\("),
    ("file", "open rename unlink mkdir rmdir truncate", r"(?<![\w>])(?:std)?::NAME\s*\("),
    ("process", "posix_spawn posix_spawnp popen waitpid", r"\bNAME\s*\("),
    ("process", "execl execv execve execvp execvpe execlp execle", r"\bNAME\s*\("),
    ("process", "fork vfork", r"(?:(?<![\w>])::|[=(]\s*)NAME\s*\(\s*\)"),
    ("process", "system", r"(?<![\w>])(?:std)?::NAME\s*\("),
    ("sleep", "sleep_for sleep_until", r"\bthis_thread::NAME\b"),
    ("sleep", "usleep nanosleep clock_nanosleep", r"\bNAME\b"),
    ("sleep", "sleep", r"(?<![\w>.:])(?:::)?NAME\s*\(\s*\d"),
]
_OUTSIDE = [
    (rule, names.split(), re.compile(pattern.replace("NAME", f"(?:{names.replace(' ', '|')})")))
    for rule, names, pattern in _OUTSIDE
]
_WORD = re.compile(r"[a-zA-Z_]\w*")
_BANNED_NAMES = {"util", "utils", "common", "helper", "helpers"}


def check_includes(files, modules, layers):
    """Arrows between modules, DEPS without use, private headers, third-party headers, purity."""
    used = defaultdict(set)
    for file in files:
        for line, include in file.cpp.includes:
            name = include[1:-1]
            if include.startswith('"'):
                yield from _project_include(file, line, name, modules, layers, used)
            elif not is_system(name):
                yield from _third_party(file, line, name, layers)
            elif file.module in layers.pure and not file.is_test:
                yield from _pure_include(file, line, name, layers)
    for module in modules.values():
        yield from _deps(module, used[module.name], layers)


def _project_include(file, line, name, modules, layers, used):
    target = name.split("/")[0] if "/" in name else None
    if name.endswith("_internal.h") and target in layers.layer_of and target != file.module:
        if not layers.allows("private-header", file.path):
            found = f'"{name}"'
            yield Finding(file.path, line, "private-header", f"use inside {target} only", found)
    if not file.module:
        return
    if target not in layers.layer_of:
        if not (file.is_test and target in ("sim", "tests")):
            expected = "a module's header as \"module/name.h\""
            yield Finding(file.path, line, "layer", expected, f'"{name}"')
        return
    if target == file.module:
        return
    used[file.module].add(target)
    if not _is_lower(file.module, target, layers):
        expected = f"{file.module} to include lower layers only"
        yield Finding(file.path, line, "layer", expected, f'"{name}"')
        return
    module = modules[file.module]
    if module.declared and not file.is_test and target not in module.deps:
        expected = f"{target} among DEPS in {module.cmake_path}"
        yield Finding(file.path, line, "deps", expected, f'"{name}" without it')


def _is_lower(module, target, layers):
    own = layers.layer_of.get(module, -1)
    return layers.layer_of[target] < own or layers.allows("layer", f"{module} -> {target}")


def _deps(module, used, layers):
    where = module.cmake_path
    if module.name not in layers.layer_of:
        yield Finding(where, 1, "layer", "a module of tools/layers.txt", f"'{module.name}'")
        return
    for dep, line in module.deps.items():
        if dep not in layers.layer_of:
            yield Finding(where, line, "deps", "a module of tools/layers.txt", f"'{dep}'")
        elif not _is_lower(module.name, dep, layers):
            expected = f"{module.name} to depend on lower layers only"
            yield Finding(where, line, "layer", expected, f"'{dep}'")
        elif module.name in layers.pure and dep != "base" and dep not in layers.pure:
            expected = f"the pure module {module.name} to depend on base and pure modules"
            yield Finding(where, line, "pure", expected, f"'{dep}'")
        elif dep not in used:
            expected = f"an include of {dep} in {module.name}"
            yield Finding(where, line, "unused-dep", expected, "none")


def _third_party(file, line, name, layers):
    places = layers.places_of(name)
    if places is None:
        expected = "a header listed in tools/layers.txt"
        yield Finding(file.path, line, "third-party", expected, f"<{name}>")
    elif not any(_is_place(file, place) for place in places):
        if not layers.allows("third-party", file.path):
            expected = f"<{name}> in {' or '.join(places)} only, never in a module's header"
            yield Finding(file.path, line, "third-party", expected, f"it in {file.path}")


def _is_place(file, place):
    if "/" in place:
        return fnmatchcase(file.path, place)
    return file.module == place and file.path.endswith(".cc")


def _pure_include(file, line, name, layers):
    banned = any(fnmatchcase(name, pattern) for pattern in PURE_BANNED)
    if banned and not layers.allows("pure", file.path):
        expected = f"no clock, file, socket or thread in the pure module {file.module}"
        yield Finding(file.path, line, "pure", expected, f"<{name}>")


def check_outside(files, layers):
    """Clocks, randomness, files, processes and sleeping anywhere but in world.

    Tests in src/ may touch files and processes; benchmarks/ and tests/ measure and drive real ones.
    """
    for file in files:
        if file.module == "world" or not file.path.startswith(("src/", "sim/")):
            continue
        relaxed = file.is_test or file.path.startswith("sim/")
        words = set(_WORD.findall(file.cpp.code))
        for rule, names, pattern in _OUTSIDE:
            if words.isdisjoint(names) or relaxed and rule in ("file", "process"):
                continue
            for match in pattern.finditer(file.cpp.code):
                if not layers.allows(rule, file.path):
                    line = file.cpp.line_of(match.start())
                    expected = "the outside only through world"
                    yield Finding(file.path, line, rule, expected, f"'{match.group().strip()}'")


def check_cycles(files):
    """Headers that include each other in a circle."""
    known = {file.path: file for file in files}
    arrows = {}
    for file in files:
        targets = ((line, include_target(file, name, known)) for line, name in file.cpp.includes)
        arrows[file.path] = [(line, target) for line, target in targets if target]
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for line, target in arrows[path]:
            if state.get(target) == "open":
                circle = trail[trail.index(target) :] + [target]
                found = " -> ".join(circle)
                yield Finding(path, line, "cycle", "headers without a circle", found)
            elif target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in sorted(arrows):
        if path not in state:
            yield from visit(path, [path])


def check_names(files):
    """Folders and C++ files named for nothing in particular."""
    seen = set()
    for file in files:
        if not file.path.startswith(("src/", "sim/", "benchmarks/", "tests/", "tools/", "ui/src/")):
            continue
        *folders, name = file.path.split("/")
        if file.is_cpp:
            folders.append(name.rsplit(".", 1)[0])
        for folder in _BANNED_NAMES & set(folders):
            where = file.path.split(f"/{folder}", 1)[0] + "/" + folder
            if where not in seen:
                seen.add(where)
                yield Finding(file.path, 1, "folder", "a name for what is in it", f"'{folder}'")


def check_base_users(files, modules, layers):
    """Headers of base that too few modules use, directly or through another header of base."""
    ready = all(module in modules for module in layers.base_users_after)
    users = defaultdict(set)
    inner = defaultdict(set)  # header of base -> headers of base that it includes
    for file in files:
        owner = file.module or file.path.split("/")[0]
        for _, include in file.cpp.includes:
            target = "src/" + include[1:-1]
            if not target.startswith("src/base/"):
                continue
            if owner != "base":
                users[target].add(owner)
            elif file.is_header:
                inner[file.path].add(target)
    for _ in inner:
        for header, targets in inner.items():
            for target in targets:
                users[target] |= users[header]
    for file in files:
        if file.module != "base" or not file.is_header or file.path.endswith("_internal.h"):
            continue
        count = len(users[file.path])
        if count < layers.base_users_min and not layers.allows("base-users", file.path):
            expected = f"at least {layers.base_users_min} modules that use it"
            found = f"{count} ({', '.join(sorted(users[file.path])) or 'none'})"
            yield Finding(file.path, 1, "base-users", expected, found, warning=not ready)
