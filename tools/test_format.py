"""Tests of tools/format, which needs clang-format 19."""

import shutil
import unittest

from tool_case import TOOLS, ToolCase


@unittest.skipUnless(shutil.which("clang-format-19"), "clang-format-19 is not installed")
class FormatTest(ToolCase):
    tool = "format"

    def setUp(self):
        super().setUp()
        shutil.copy(TOOLS.parent / ".clang-format", self.root)

    def test_check_shows_the_difference_and_changes_nothing(self):
        run = self.run_tool({"src/flow/window.cc": "int  main( ){return 0;}\n"}, "--check")
        self.assertEqual(run.returncode, 1)
        self.assertIn("-int  main( ){return 0;}\n+int main() { return 0; }\n", run.stdout)
        text = (self.root / "src/flow/window.cc").read_text()
        self.assertEqual(text, "int  main( ){return 0;}\n")

    def test_rewrites(self):
        files = {
            "src/flow/window.cc": '#include "base/result.h"\n#include <gtest/gtest.h>\n'
            '#include <vector>\n#include "flow/window.h"\n'
        }
        self.assertEqual(self.run_tool(files).returncode, 0)
        expected = (
            '#include "flow/window.h"\n\n#include <vector>\n\n#include <gtest/gtest.h>\n\n'
            '#include "base/result.h"\n'
        )
        self.assertEqual((self.root / "src/flow/window.cc").read_text(), expected)
        self.assertEqual(self.run_tool({}, "--check").returncode, 0)


if __name__ == "__main__":
    unittest.main()
