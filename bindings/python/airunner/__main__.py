# SPDX-License-Identifier: BSD-3-Clause
"""`python -m airunner ...`: the command line."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import _library, _location, _packages


def find_command() -> str | None:
    """The command that belongs to the library, or the one that is installed."""
    named = os.environ.get(_library.VARIABLE)
    if named:
        folder = Path(named) if Path(named).is_dir() else Path(named).parent
        beside = [place / _location.COMMAND for place in (folder, folder.parent, folder.parent / "bin")]
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
    _packages.publish()
    os.environ.setdefault("AIRUNNER_PYTHON", sys.executable)  # which `validate` is run by
    with contextlib.suppress(AttributeError, OSError, ValueError):  # there may be no standard output, or none that takes anything
        sys.stdout.flush()
    if sys.platform == "win32":  # where the caller would not wait for a program that takes this one's place
        sys.exit(subprocess.call([command, *sys.argv[1:]]))
    os.execv(command, [command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
