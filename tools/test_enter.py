"""Tests of tools/enter, from inside the environment that it made."""

import os
import tempfile
import unittest


@unittest.skipUnless(os.environ.get("LINESIDE_INSIDE") == "1", "outside the build environment")
class EnterTest(unittest.TestCase):
    def test_what_lineside_keeps_is_not_in_the_cache(self):
        state = os.path.join(os.environ.get("XDG_STATE_HOME", "~"), "lineside")
        self.assertTrue(os.path.isdir(state), state)
        self.assertFalse(state.startswith(os.environ["HOME"] + "/"), "the home of the environment")
        with tempfile.NamedTemporaryFile(dir=state):
            pass


if __name__ == "__main__":
    unittest.main()
