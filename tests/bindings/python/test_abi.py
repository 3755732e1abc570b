# SPDX-License-Identifier: BSD-3-Clause
"""The ctypes declarations are those of the public headers: a C program made from them says so."""

import ctypes
import os
import re
import subprocess
import unittest

from support import LIMIT_S, SOURCE, TestCase

from airunner import _abi, _enums, _library

HEADERS = {name: (SOURCE / "include" / name).read_text() for name in ("airunner.h", "airunner_report.h", "airunner_st.h")}
HEADER = "".join(HEADERS.values())
UNUSED = {"air_st_backend", "air_needed_nodes"}  # what plugins fill, and what programs in C that compare in parts are told


def struct_name(kind):
    return "air_" + re.sub(r"(?<=[a-z])([A-Z])", r"_\1", kind.__name__).lower()


def structs():
    return [kind for kind in vars(_abi).values()
            if isinstance(kind, type) and issubclass(kind, ctypes.Structure) and hasattr(kind, "_fields_")]


class Layout(TestCase):
    def compiles(self, lines):
        source = self.folder() / "check.c"
        source.write_text("#include <airunner.h>\n#include <airunner_report.h>\n#include <airunner_st.h>\n#include <stddef.h>\n" + "".join(lines))
        done = subprocess.run([*os.environ["AIRUNNER_CC"].split(), "-std=c11", "-fsyntax-only",
                               f"-I{SOURCE / 'include'}", source], capture_output=True, text=True, timeout=LIMIT_S)
        return done.returncode == 0, done.stderr

    def assert_compiles(self, lines):
        good, errors = self.compiles(lines)
        self.assertTrue(good, errors)

    def test_every_struct_of_the_header_is_declared(self):
        declared = set(re.findall(r"^\} (air_\w+);", HEADER, re.MULTILINE))
        self.assertLessEqual(UNUSED, declared)
        self.assertEqual({struct_name(kind) for kind in structs()}, declared - UNUSED)

    def test_every_member_is_declared_in_order(self):
        text = uncommented(HEADER)
        bodies = dict(re.findall(r"^typedef struct (air_\w+) \{(.*?)^\}", text, re.MULTILINE | re.DOTALL))
        for kind in structs():
            members = re.findall(r"(\w+)(?:\[\w+\])?;|\(\*(\w+)\)\(", bodies[struct_name(kind)])
            with self.subTest(struct_name(kind)):
                self.assertEqual([field for field, *_ in kind._fields_], [first or second for first, second in members])

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
        self.assertFalse(self.compiles([*lines, '_Static_assert(sizeof(air_input) == 1, "");\n'])[0])

    def test_enumerations(self):
        prefixes = {_enums.Status: "AIR_", _enums.Mode: "AIR_MODE_", _enums.Capability: "AIR_CAP_",
                    _enums.Encoding: "AIR_ENCODING_", _enums.LogLevel: "AIR_LOG_"}
        lines = []
        for enum, prefix in prefixes.items():
            for name, member in enum.__members__.items():
                if (enum, name) in ((_enums.Capability, "IO_ONLY"), (_enums.LogLevel, "NONE")):
                    continue  # ST's word for no bit at all; no log at all, for which the ABI has NULL
                constant = f"AIR_ERROR_{name}" if enum is _enums.Status and name != "OK" else prefix + name
                lines.append(f'_Static_assert({constant} == {int(member)}, "{constant}");\n')
        for constant, value in (("AIR_ABI_VERSION", _abi.ABI_VERSION), ("AIR_ABI_MINOR", _abi.ABI_MINOR), ("AIR_STOP", _abi.STOP),
                                ("AIR_CONTINUE", _abi.CONTINUE), ("AIR_FAIL", _abi.FAIL), ("UINT64_MAX", _abi.UNKNOWN_SIZE),
                                ("AIR_WHOLE_RUN", _abi.WHOLE_RUN), ("AIR_ALL_SAMPLES", _abi.ALL_SAMPLES),
                                *((f"AIR_{n}", v) for n, v in vars(_abi).items()
                                  if n.startswith(("TENSOR_", "IO_", "PLACE_", "JSON_", "MODE_")))):
            lines.append(f'_Static_assert({constant} == {value}u, "{constant}");\n')
        self.assert_compiles(lines)

    def test_dtypes(self):
        from airunner._arrays import DTYPES, FLOAT32, N_NUMPY_DTYPES

        self.assert_compiles([f'_Static_assert(AIR_DTYPE_{dtype.name.upper()} == {number}, "{dtype}");\n'
                              for number, dtype in enumerate(DTYPES[:N_NUMPY_DTYPES]) if number])
        numbers = re.findall(r"\bAIR_DTYPE_\w+ = (\d+),", HEADER)
        self.assertEqual([int(number) for number in numbers], list(range(len(DTYPES))))
        self.assertEqual(DTYPES[FLOAT32].name, "float32")
        library = _library.load()
        for number, dtype in enumerate(DTYPES[1:], 1):
            self.assertEqual(8 * dtype.itemsize, max(8, library.air_dtype_bits(number)), number)



NUMBERS = {"int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64,
           "double": ctypes.c_double}


def uncommented(header):
    return re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)


class Signatures:
    """What declarations of C are in ctypes, by the rules that _abi.py tells."""

    def __init__(self, text):
        self.numbers = NUMBERS | {name: NUMBERS[width] for name, width in re.findall(r"AIR_ENUM\((\w+), (\w+_t)\)", text)}
        self.structs = {struct_name(kind): kind for kind in structs()}
        self.addresses = {*re.findall(r"^(?:typedef )?struct (\w+)(?: \w+)?;", text, re.MULTILINE), "air_model", "air_comparison"}

    def kind(self, text):
        """Of one argument, without its name, or of a result."""
        words, stars = re.sub(r"\bconst\b|\bstruct\b", "", text).replace("*", "").split(), text.count("*")
        assert len(words) == 1, text
        word = words[0]
        if not stars:
            return {"void": None, "air_extension_call": _abi.ExtensionCall, **self.numbers}[word]
        if word in self.structs and word not in self.addresses:
            kind = self.structs[word]
            for _ in range(stars):
                kind = ctypes.POINTER(kind)
            return kind
        if word in ("uint32_t", "int32_t"):
            return ctypes.POINTER(self.numbers[word])
        assert word in self.addresses or word in ("char", "void", "float", "double"), text
        if word == "char" and stars == 1 and "const" in text:
            return ctypes.c_char_p
        return ctypes.c_void_p if stars == 1 else ctypes.POINTER(ctypes.c_void_p)

    def functions(self, header):
        found = {}
        for result, name, arguments in re.findall(r"^AIR_API ([^;(]*?)(air_\w+)\(([^;]*?)\);", uncommented(header), re.MULTILINE):
            given = [] if arguments.strip() == "void" else [re.sub(r"\w+$", "", argument.strip()) for argument in arguments.split(",")]
            found[name] = self.kind(result), [self.kind(argument) for argument in given]
        return found


class Functions(TestCase):
    DECLARED = dict(zip(HEADERS, (_abi.FUNCTIONS, _abi.REPORT_FUNCTIONS, _abi.ST_FUNCTIONS)))

    def test_every_function_of_the_headers_is_declared_as_there(self):
        signatures = Signatures(uncommented(HEADER))
        for header, functions in self.DECLARED.items():
            self.assertEqual(uncommented(HEADERS[header]).count("AIR_API "), len(functions) + HEADERS[header].count("define AIR_API"))
            self.assertEqual(functions, signatures.functions(HEADERS[header]), header)

    def test_a_difference_is_seen(self):
        signatures, functions = Signatures(uncommented(HEADER)), _abi.REPORT_FUNCTIONS
        for before, after in (("air_free_text(char *text)", "air_free_text(char *text, uint32_t flags)"),
                              ("air_save_result(const air_result *result, const char *path)", "air_save_result(const air_result *result, uint32_t file)"),
                              ("AIR_API void air_free_text", "AIR_API uint32_t air_free_text"),
                              ("air_metric_name(air_metric metric);", "air_metric_name(air_status metric);"),
                              ("AIR_API void air_free_text", "AIR_API void air_free_other(void);\nAIR_API void air_free_text")):
            changed = HEADERS["airunner_report.h"].replace(before, after)
            self.assertNotEqual(changed, HEADERS["airunner_report.h"], before)
            self.assertNotEqual(functions, signatures.functions(changed), after)

    def test_the_libraries_have_them(self):
        library = _library.load()
        for functions in self.DECLARED.values():
            for name, (result, arguments) in functions.items():
                self.assertEqual((getattr(library, name).restype, getattr(library, name).argtypes), (result, arguments))


if __name__ == "__main__":
    unittest.main()
