"""What holds for tests of every folder, before anything of the program is imported."""

import os

# Processes that run tests side by side are given a width of 80; the console, made on import, would keep to it for ever.
os.environ.pop("COLUMNS", None)
