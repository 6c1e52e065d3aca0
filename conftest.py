"""What holds for tests of every folder, before anything of the program is imported."""

import os
import shutil
import tempfile
from pathlib import Path

# Processes that run tests side by side are given a width of 80; the console, made on import, would keep to it for ever.
os.environ.pop("COLUMNS", None)

# Tests make some thousand databases, of hundreds of files each: in memory, where there is enough of it, that takes a tenth of the time.
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of the session's own is made in it
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 8 * 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
