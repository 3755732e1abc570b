# SPDX-License-Identifier: BSD-3-Clause
"""The ctypes declarations are those of airunner.h: a C program made from them says so."""

import ctypes
import os
import re
import subprocess
import unittest

from support import LIMIT_S, SOURCE, TestCase

from airunner import _abi, _enums

HEADER = (SOURCE / "include" / "airunner.h").read_text()


def struct_name(kind):
    return "air_" + re.sub(r"(?<=[a-z])([A-Z])", r"_\1", kind.__name__).lower()


def structs():
    return [kind for kind in vars(_abi).values()
            if isinstance(kind, type) and issubclass(kind, ctypes.Structure) and hasattr(kind, "_fields_")]


class Layout(TestCase):
    def compiles(self, lines):
        source = self.folder() / "check.c"
        source.write_text("#include <airunner.h>\n" + "".join(lines))
        done = subprocess.run([*os.environ["AIRUNNER_CC"].split(), "-std=c11", "-fsyntax-only",
                               f"-I{SOURCE / 'include'}", source], capture_output=True, text=True, timeout=LIMIT_S)
        return done.returncode == 0, done.stderr

    def assert_compiles(self, lines):
        good, errors = self.compiles(lines)
        self.assertTrue(good, errors)

    def test_every_struct_of_the_header_is_declared(self):
        declared = set(re.findall(r"^\} (air_\w+);", HEADER, re.MULTILINE))
        enums = set(re.findall(r"^typedef enum (air_\w+)", HEADER, re.MULTILINE))
        self.assertEqual({struct_name(kind) for kind in structs()}, declared - enums)

    def test_sizes_and_offsets(self):
        lines = []
        for kind in structs():
            name = struct_name(kind)
            lines.append(f'_Static_assert(sizeof({name}) == {ctypes.sizeof(kind)}, "{name}");\n')
            for field, *_ in kind._fields_:
                member = getattr(kind, field)
                lines.append(f'_Static_assert(offsetof({name}, {field}) == {member.offset} && '
                             f'sizeof((({name} *)0)->{field}) == {member.size}, "{name}.{field}");\n')
        self.assertGreater(len(lines), 150)
        self.assert_compiles(lines)
        self.assertFalse(self.compiles([*lines, '_Static_assert(sizeof(air_buffer) == 1, "");\n'])[0])

    def test_enumerations(self):
        prefixes = {_enums.Status: "AIR_", _enums.Mode: "AIR_MODE_", _enums.Capability: "AIR_CAP_",
                    _enums.Encoding: "AIR_ENCODING_", _enums.LogLevel: "AIR_LOG_"}
        lines = []
        for enum, prefix in prefixes.items():
            for name, member in enum.__members__.items():
                if (enum, name) == (_enums.Capability, "IO_ONLY"):
                    continue  # ST's word for no bit at all
                constant = f"AIR_ERROR_{name}" if enum is _enums.Status and name != "OK" else prefix + name
                lines.append(f'_Static_assert({constant} == {int(member)}, "{constant}");\n')
        for constant, value in (("AIR_ABI_VERSION", _abi.ABI_VERSION), ("AIR_STOP", _abi.STOP),
                                ("AIR_CONTINUE", _abi.CONTINUE), ("AIR_IO_QUANTIZE", _abi.IO_QUANTIZE),
                                ("AIR_IO_DEQUANTIZE", _abi.IO_DEQUANTIZE),
                                *((f"AIR_{n}", v) for n, v in vars(_abi).items() if n.startswith("TENSOR_"))):
            lines.append(f'_Static_assert({constant} == {value}, "{constant}");\n')
        self.assert_compiles(lines)

    def test_dtypes(self):
        from airunner._arrays import DTYPES

        self.assert_compiles([f'_Static_assert(AIR_DTYPE_{dtype.name.upper()} == {number}, "{dtype}");\n'
                              for number, dtype in enumerate(DTYPES) if number])

    def test_functions_have_the_arguments_of_the_header(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)
        prototypes = {name: arguments for name, arguments in
                      re.findall(r"^AIR_API [^;(]*?(air_\w+)\(([^;]*?)\);", text, re.MULTILINE)}
        for name, (_, arguments) in _abi.FUNCTIONS.items():
            with self.subTest(name=name):
                given = prototypes[name].strip()
                self.assertEqual(len(arguments), 0 if given == "void" else given.count(",") + 1)


class Structs(TestCase):
    def test_older_struct_is_refused(self):
        class Old(_abi.SizedStruct):
            _fields_ = _abi.Device._fields_

        old = Old(struct_size=8)
        with self.assertRaisesRegex(_abi.StructTooOld, "has 8 bytes, expected at least 32"):
            _abi.check_size(old)

    def test_newer_struct_is_taken(self):
        newer = _abi.Device()
        newer.struct_size += 8
        self.assertIs(_abi.check_size(newer), newer)


if __name__ == "__main__":
    unittest.main()
