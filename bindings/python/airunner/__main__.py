# SPDX-License-Identifier: BSD-3-Clause
"""`python -m airunner ...`: the command line."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import _library, _location


def find_command() -> str | None:
    """The command that belongs to the library, or the one that is installed."""
    named = os.environ.get(_library.VARIABLE)
    if named:
        folder = Path(named) if Path(named).is_dir() else Path(named).parent
        beside = [folder / "airunner", folder.parent / "airunner", folder.parent / "bin" / "airunner"]
    else:
        beside = list(_location.COMMANDS)
    found = [str(path) for path in beside if path.is_file() and os.access(path, os.X_OK)]
    if found:
        return found[0]
    # The script of this name that the package installs would only come here again.
    own = Path(sys.argv[0]).resolve()
    path = shutil.which("airunner")
    return path if path and Path(path).resolve() != own else None


def main() -> None:
    command = find_command()
    if command is None:
        sys.exit("airunner: the command is not there: install airunner, or its Python package with the command inside")
    if sys.stdout is not None:
        sys.stdout.flush()
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
