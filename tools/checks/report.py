"""Findings and how they are printed. Both tools report everything at once, then a count."""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One departure from a rule. A warning is shown on request and does not fail the run.

    An exception comment may stand on any line from `line` to `until`, or just above them.
    """

    path: str
    line: int
    rule: str
    expected: str
    found: str
    warning: bool = False
    until: int = 0

    def __str__(self):
        level = "warning: " if self.warning else ""
        where = f"{self.path}:{self.line}"
        return f"{where}: {level}{self.rule}: expected {self.expected}, found {self.found}"


def arguments(description):
    """The command line that both tools share; `--root` lets tests check a tree of their own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("paths", nargs="*", help="report only what lies under these paths")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.add_argument("--verbose", action="store_true", help="show warnings too")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    args = parser.parse_args()
    args.paths = [_relative(path, args.root) for path in args.paths]
    return args


def print_all(name, findings, file_count, args):
    """Print the findings and the summary line; return the exit code."""
    shown = sorted({f for f in findings if _selected(f.path, args.paths)})
    if not args.verbose:
        shown = [f for f in shown if not f.warning]
    failures = sum(not f.warning for f in shown)
    warnings = len(shown) - failures
    if args.json:
        keys = ("path", "line", "rule", "expected", "found", "warning")
        print(json.dumps([{key: getattr(f, key) for key in keys} for f in shown], indent=1))
    else:
        for finding in shown:
            print(finding)
        extra = f", {warnings} warnings" if warnings else ""
        print(f"{name}: {failures} findings{extra} in {file_count} files")
    sys.stdout.flush()
    return 1 if failures else 0


def _relative(path, root):
    return os.path.relpath(os.path.abspath(path), root.resolve()).replace(os.sep, "/")


def _selected(path, wanted):
    if not wanted or "." in wanted:
        return True
    return any(path == prefix or path.startswith(prefix + "/") for prefix in wanted)
