"""The checks behind tools/layers and tools/tidy. Python 3.11 or later, no packages."""
