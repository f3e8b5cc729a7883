"""A test case that runs one of the tools over a tree of its own."""

import contextlib
import io
import json
import runpy
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

TOOLS = Path(__file__).resolve().parent


@dataclass
class Run:
    returncode: int
    stdout: str


class ToolCase(unittest.TestCase):
    """`tool` names the script; each test starts with an empty tree."""

    tool = ""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)

    def run_tool(self, files, *options):
        """Write the files (path -> text or bytes) and run the tool over the tree."""
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        script = str(TOOLS / self.tool)
        output = io.StringIO()
        arguments = [script, "--root", str(self.root), *options]
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(output):
            with self.assertRaises(SystemExit) as ended:
                runpy.run_path(script, run_name="__main__")
        return Run(ended.exception.code, output.getvalue())

    def findings(self, files, *options):
        """(rule, path:line) of each finding; the exit code must agree with them."""
        run = self.run_tool(files, "--json", *options)
        found = json.loads(run.stdout)
        failures = [finding for finding in found if not finding["warning"]]
        self.assertEqual(run.returncode, 1 if failures else 0)
        return [(f["rule"], f"{f['path']}:{f['line']}") for f in found]

    def assert_silent(self, files):
        self.assertEqual(self.findings(files), [])
