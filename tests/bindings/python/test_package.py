# SPDX-License-Identifier: BSD-3-Clause
"""How the package is put together."""

import ast
import graphlib
import unittest

from support import PACKAGES, TestCase


def modules_of(folder):
    """The source of every module below a folder, by its name."""
    names = {path: ".".join((folder.name, *path.relative_to(folder).with_suffix("").parts)) for path in sorted(folder.rglob("*.py"))}
    return {name.removesuffix(".__init__"): path.read_text() for path, name in names.items()}


def imports_of(name, modules):
    """The modules among these that one imports, wherever it does: within functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(modules[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            is_package = any(other.startswith(name + ".") for other in modules)
            parts = name.split(".")[:len(name.split(".")) + is_package - node.level] if node.level else []
            origin = ".".join((*parts, *filter(None, [node.module])))
            inner = {f"{origin}.{alias.name}" for alias in node.names} & set(modules)
            found |= inner or {origin}
    return found & set(modules) - {name}


def circle(modules):
    """Names of modules that import each other, or None."""
    try:
        graphlib.TopologicalSorter({name: imports_of(name, modules) for name in modules}).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


class Imports(TestCase):
    def test_none_goes_in_a_circle(self):
        modules = modules_of(PACKAGES / "airunner")
        self.assertIn("airunner._abi", imports_of("airunner._library", modules))
        self.assertIn("airunner._runner", imports_of("airunner", modules))
        self.assertIn("airunner._runner", imports_of("airunner.integrations._yolo", modules))
        of_st = modules_of(PACKAGES / "stm_ai_runner")
        self.assertIn("stm_ai_runner._network", imports_of("stm_ai_runner.ai_runner", of_st))
        for package in (modules, of_st):
            self.assertIsNone(circle(package))

    def test_a_circle_is_found(self):
        straight = {"p": "from . import a", "p.a": "from .b import x", "p.b": "import os", "p.q": "", "p.q.c": "from .. import a"}
        self.assertIsNone(circle(straight))
        for name, text in (("p.b", "import p.a"), ("p.b", "def f():\n    from . import a"), ("p.b", "from p import a"),
                           ("p.b", "if TYPE_CHECKING:\n    from .a import A"), ("p.a", "from .q.c import x"), ("p.b", "from . import __version__")):
            self.assertIsNotNone(circle({**straight, name: text}), text)


if __name__ == "__main__":
    unittest.main()
