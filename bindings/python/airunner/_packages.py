# SPDX-License-Identifier: BSD-3-Clause
"""Tells the library where this Python keeps its packages: runtimes lie beside the package that uses them.

An environment that is not activated (a service, a notebook's kernel, an IDE) shows in no variable but in `sys.path`.
"""

from __future__ import annotations

import os
import sys

VARIABLE = "AIRUNNER_PYTHON_PACKAGES"


def publish() -> None:
    """Sets the variable for this process, and for a command that it starts."""
    folders = [path for path in sys.path if os.path.isabs(path) and os.pathsep not in path and os.path.isdir(path)]
    value = os.pathsep.join(folders)
    if os.environ.get(VARIABLE) != value:
        os.environ[VARIABLE] = value
