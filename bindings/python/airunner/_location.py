# SPDX-License-Identifier: BSD-3-Clause
"""Where this package's own library and command are, relative to this file.

The build copies this file into the build folder, where an editable installation imports it from.
"""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_INSTALLED = _HERE.parent / ".airunner.mesonpy.libs"
_BUILD_FOLDER = _HERE.parent.parent

LIBRARIES = (_INSTALLED / "libairunner.so.1", _BUILD_FOLDER / "src" / "libairunner.so.1")
COMMANDS = (_INSTALLED / "airunner", _BUILD_FOLDER / "airunner")
