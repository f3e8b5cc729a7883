#!/usr/bin/env python3
"""Runs the tests of the tools: test_*.py beside this file."""

import sys
import unittest

sys.dont_write_bytecode = True

if __name__ == "__main__":
    folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    unittest.main(module=None, argv=["test_tools.py", "discover", "-s", folder, *sys.argv[1:]])
