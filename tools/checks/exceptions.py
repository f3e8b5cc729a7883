"""Exceptions to the budgets: `// tidy: <reason>` on the line or in the comment just above it."""

import re

from checks.report import Finding

_MARK = re.compile(r"(?:^|\s)(?://+|#|--|/\*|<!--)\s*tidy:[ \t]*(.*)")
_EMPTY_REASON = re.compile(r"\s*(?:-->|\*/)?\s*$")
_COMMENT_LINE = re.compile(r"\s*(?://|#(?!include|define|if)|--|/\*|\*|<!--)")


class Exceptions:
    """The exception comments of one file."""

    def __init__(self, file):
        self._file = file
        self._reasons = {line: reason for line, reason in _marks(file)}
        self._used = set()

    def excuse(self, finding):
        """True, and remembered, if a comment beside the finding gives a reason for it."""
        for line in range(finding.line, max(finding.line, finding.until) + 1):
            if self._use(line):
                return True
        above = finding.line - 1
        while above >= 1 and _COMMENT_LINE.match(self._file.lines[above - 1]):
            if self._use(above):
                return True
            above -= 1
        return False

    def findings(self):
        """Comments without a reason, and, in C++, comments that excuse nothing."""
        for line, reason in sorted(self._reasons.items()):
            if _EMPTY_REASON.match(reason):
                expected = "a reason after 'tidy:'"
                yield Finding(self._file.path, line, "exception", expected, "none")
            elif self._file.is_cpp and line not in self._used:
                expected = "a finding that this comment excuses"
                yield Finding(self._file.path, line, "exception", expected, "none")

    def _use(self, line):
        if line not in self._reasons:
            return False
        self._used.add(line)
        return True


def _marks(file):
    if "tidy:" not in file.text:
        return
    if file.is_cpp:
        numbered = file.cpp.comments.items()
    else:
        numbered = enumerate(file.lines, start=1)
    for line, text in numbered:
        if match := _MARK.search(text):
            yield line, match.group(1)
