"""What failed in a run of all tests is told at its end (failed_tests)."""

import subprocess
import sys
import tempfile
import unittest

from tool_case import TOOLS

RESULTS = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite tests="3">
  <testcase name="release/good" status="run"><system-out>all is well</system-out></testcase>
  <testcase name="asan/bad" status="fail"><failure message=""/>
    <system-out>first &lt;line&gt;
second line
last line
</system-out></testcase>
  <testcase name="tsan/mute" status="fail"><failure message=""/></testcase>
</testsuite>
"""


class FailedTests(unittest.TestCase):
    def told(self, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as results:
            results.write(RESULTS)
            results.flush()
            command = [sys.executable, str(TOOLS / "failed_tests"), results.name, *options]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def test_each_test_that_failed_is_told_by_the_end_of_its_output(self):
        told = self.told("2")
        self.assertIn("asan/bad failed; its output ends with:\n  second line\n  last line\n", told)
        self.assertIn("tsan/mute failed", told)
        self.assertNotIn("first", told)
        self.assertNotIn("good", told)

    def test_lines_are_shown_as_they_were_printed(self):
        self.assertIn("  first <line>\n", self.told())


if __name__ == "__main__":
    unittest.main()
