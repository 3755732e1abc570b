#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that the public headers still have what those of 1.0 have (tests/abi/1.0), with the same layout and the same numbers, and that these
are a copy of them while 1.0 is not released.

usage: frozen.py VERSION INCLUDE_FOLDER FROZEN_FOLDER GROWN_FOLDER LAYOUT.C
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

VERSION = sys.argv[1]
INCLUDE, FROZEN, GROWN, LAYOUT = (Path(a) for a in sys.argv[2:6])

STRUCT = re.compile(r"typedef struct (air_\w+) \{(.*?)\n\} \1;", re.DOTALL)
ENUM = re.compile(r"AIR_ENUM\((air_\w+), \w+\)\s*\{(.*?)\};", re.DOTALL)
MACRO = re.compile(r"^#define (AIR_\w+) +(\"[^\"]*\"|\w+)$", re.MULTILINE)
GROWS = {"AIR_ABI_MINOR"}


def headers(folder):
    return {path.name: path.read_text() for path in folder.glob("airunner*.h*")}


def members(body):
    """The names in the body of a struct, in order; a function pointer counts as one."""
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        function = re.search(r"\(\*(\w+)\)\(", declaration)
        yield from [function[1]] if function else re.findall(r"(\w+)(?:\[\w+\])?(?:,|$)", declaration)


def facts(folder):
    """What a compiler makes of the C headers in a folder: {"air_error.status": "at 0, 4 bytes", "AIR_OK": "0", "air_error": "40 bytes", ...}."""
    lines = []
    for name, text in sorted(headers(folder).items()):
        if name.endswith(".hpp"):
            continue
        lines.append(f'#include "{name}"')
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        constants = [constant for _, body in ENUM.findall(text) for constant in re.findall(r"(AIR_\w+) =", body)]
        for constant in constants:
            lines.append(f"NUMBER({constant})")
        for macro, value in MACRO.findall(text):
            lines.append(f"TEXT({macro})" if value.startswith('"') else f"NUMBER({macro})")
        for struct, body in STRUCT.findall(text):
            names = list(members(body))
            lines.extend(f"MEMBER({struct}, {member})" for member in names)
            # What begins with struct_size may grow.
            if names[0] != "struct_size":
                lines.append(f"STRUCT({struct})")
    source = ["#include <stddef.h>", "#include <stdio.h>",
              '#define NUMBER(name) printf("%s=%lld\\n", #name, (long long)name);',
              '#define TEXT(name) printf("%s=%s\\n", #name, name);',
              '#define MEMBER(s, m) printf("%s=at %zu, %zu bytes\\n", #s "." #m, offsetof(s, m), sizeof(((s *)NULL)->m));',
              '#define STRUCT(s) printf("%s=%zu bytes\\n", #s, sizeof(s));',
              *(line for line in lines if line.startswith("#")),
              "int main(void) {", *(line for line in lines if not line.startswith("#")), "return 0; }"]
    with tempfile.TemporaryDirectory() as work:
        program = Path(work) / "facts"
        subprocess.run(["cc", "-std=c11", "-x", "c", f"-I{folder}", "-o", program, "-"], input="\n".join(source), text=True, check=True)
        found = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in found.splitlines())


def changes(folder):
    """What headers in a folder lack of those of 1.0 or have otherwise."""
    now = facts(folder)
    return [f"{name}: {value} in 1.0, {now.get(name, 'nothing')} now" for name, value in facts(FROZEN).items()
            if name not in GROWS and now.get(name) != value]


class Frozen(unittest.TestCase):
    maxDiff = None

    @unittest.skipUnless("-rc" in VERSION, "1.0 is released")
    def test_copies_are_those_of_the_candidate(self):
        now, frozen = headers(INCLUDE), headers(FROZEN)
        self.assertEqual(now.keys(), frozen.keys())
        other = [name for name in now if now[name] != frozen[name]]
        self.assertEqual(other, [], "include/ and tests/abi/1.0 differ: scripts/abi-baseline copies")

    def test_what_1_0_has_stays(self):
        self.assertGreater(len(facts(FROZEN)), 500)
        self.assertEqual(changes(INCLUDE), [])

    def test_what_may_grow_may_grow(self):
        self.assertNotEqual(facts(GROWN), facts(INCLUDE))
        self.assertEqual(changes(GROWN), [])

    def test_a_change_is_noticed(self):
        for name, old, new in (("airunner.h", "AIR_ERROR_TIMEOUT = 11", "AIR_ERROR_TIMEOUT = 12"),
                               ("airunner.h", "#define AIR_MODE_PARTIAL 32u", "#define AIR_MODE_PARTIAL 33u"),
                               ("airunner.h", "  uint32_t n_causes;\n", ""),
                               ("airunner.h", "} air_view;", "  uint32_t more;\n} air_view;"),
                               ("airunner_st.h", '#define AIR_ST_EXTENSION "st"', '#define AIR_ST_EXTENSION "ST"'),
                               ("airunner_backend.h", "  uint32_t n_models;\n", "  uint64_t n_models;\n")):
            with self.subTest(change=new), tempfile.TemporaryDirectory() as folder:
                for header, text in headers(FROZEN).items():
                    (Path(folder) / header).write_text(text)
                text = (FROZEN / name).read_text()
                self.assertIn(old, text)
                (Path(folder) / name).write_text(text.replace(old, new, 1))
                self.assertNotEqual(changes(Path(folder)), [])

    def test_layout_lists_everything(self):
        text = LAYOUT.read_text()
        listed = set(re.findall(r"^(?:SIZE|WIDTH)\((\w+)", text, re.MULTILINE)) | {
            f"{struct}.{member}" for struct, member in re.findall(r"^OFFSET\((\w+), (\w+),", text, re.MULTILINE)}
        there = {name for name in facts(INCLUDE) if name.startswith("air_")}
        for header in headers(INCLUDE).values():
            there.update(name for name, _ in ENUM.findall(header) + STRUCT.findall(header))
        self.assertEqual(there - listed, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
