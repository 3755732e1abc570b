#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that each public header compiles alone, first in a file, as C and as C++, without a warning.

usage: headers.py INCLUDE_FOLDER
"""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

INCLUDE = Path(sys.argv[1])
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"]
C_STANDARDS, CPP_STANDARDS = ["c11", "c17", "c2x"], ["c++11", "c++20"]
HEADERS, FRAMEWORK = ["airunner.h", "airunner_backend.h", "airunner_report.h", "airunner_st.h"], "airunner_backend.hpp"
COMPILERS = {"c": ["gcc", "clang", "clang-14"], "c++": ["g++", "clang++", "clang++-14"]}


def compile_alone(compiler, language, standard, header):
    """Twice in one file: the include guard is part of the check."""
    source = f'#include "{header}"\n#include "{header}"\nint main(void) {{ return 0; }}\n'
    command = [compiler, "-x", language, f"-std={standard}", *WARNINGS, f"-I{INCLUDE}", "-fsyntax-only", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True)


class Headers(unittest.TestCase):
    def check(self, language, standards, headers=HEADERS):
        compilers = [c for c in COMPILERS[language] if shutil.which(c)]
        self.assertTrue(compilers, f"no {language} compiler found")
        for header in headers:
            for compiler in compilers:
                for standard in standards:
                    with self.subTest(header=header, compiler=compiler, standard=standard):
                        result = compile_alone(compiler, language, standard, header)
                        self.assertEqual(result.returncode, 0, result.stderr)

    def test_these_are_all(self):
        self.assertEqual(sorted(path.name for path in INCLUDE.glob("*.h*")), sorted(HEADERS + [FRAMEWORK]))

    def test_c(self):
        self.check("c", C_STANDARDS)

    def test_cpp(self):
        self.check("c++", CPP_STANDARDS)

    def test_framework(self):
        self.check("c++", ["c++20", "c++2b"], [FRAMEWORK])

    def test_zero_is_the_default_in_both_languages(self):
        """What a caller fills is made by naming its size alone, without a warning: C11, and C++20. Bits and places are numbers of the
        width that the structs have for them."""
        structs = ["call", "connect_options", "callbacks", "invoke_options", "result_parts", "text_options", "compare_options"]
        body = "".join(f"  air_{name} {name} = {{.struct_size = sizeof {name}}}; (void){name};\n" for name in structs)
        body += ("  uint32_t bits = AIR_MODE_PER_LAYER | AIR_MODE_KEEP_INPUTS | AIR_CAP_RESET_STATES | AIR_IO_QUANTIZE | AIR_WHOLE_RUN;\n"
                 "  uint64_t sample = AIR_ALL_SAMPLES;\n  air_dtype dtype = AIR_DTYPE_INT8;\n  uint32_t number = dtype;\n"
                 "  (void)bits; (void)sample; (void)number;\n")
        source = f'#include "airunner_report.h"\nint main(void) {{\n{body}  return 0;\n}}\n'
        for language, standard in (("c", "c11"), ("c++", "c++20")):
            for compiler in filter(shutil.which, COMPILERS[language]):
                with self.subTest(compiler=compiler):
                    command = [compiler, "-x", language, f"-std={standard}", "-Wall", "-Wpedantic", "-Wconversion", "-Werror",
                               f"-I{INCLUDE}", "-fsyntax-only", "-"]
                    result = subprocess.run(command, input=source, capture_output=True, text=True)
                    self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
