# SPDX-License-Identifier: BSD-3-Clause
"""What the library and the command are called on this system, and where this package's own are, relative to this file.

The build copies this file into the build folder, where an editable installation imports it from.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_INSTALLED = _HERE.parent / ".airunner.mesonpy.libs"
_BUILD_FOLDER = _HERE.parent.parent

_FORMS = {"win32": "{name}-{abi}.dll", "darwin": "{name}.{abi}.dylib"}


def library_file(name: str, abi: int) -> str:
    """The file of a library of this ABI."""
    return _FORMS.get(sys.platform, "{name}.so.{abi}").format(name=name, abi=abi)


COMMAND = "airunner.exe" if sys.platform == "win32" else "airunner"
# Where the system's are, "": its loader knows. That of macOS would look in the current folder as well.
SYSTEM_FOLDERS = ("/opt/homebrew/lib", "/usr/local/lib") if sys.platform == "darwin" else ("",)
LIBRARY_FOLDERS = (_INSTALLED, _BUILD_FOLDER / "src")
COMMANDS = (_INSTALLED / COMMAND, _BUILD_FOLDER / COMMAND)
