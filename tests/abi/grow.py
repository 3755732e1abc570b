#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the public headers as the next release may have them: every struct that begins with struct_size has two more members at its end, and
AIR_ABI_MINOR is one more.

usage: grow.py INCLUDE_FOLDER OUTPUT_FOLDER
"""

import re
import sys
from pathlib import Path

STRUCT = re.compile(r"(typedef struct (\w+) \{\n  uint32_t struct_size;\n.*?)(\} \2;\n)", re.DOTALL)
MEMBERS = "  /** Of a later release. */\n  uint64_t later_number;\n  const char *later_text;\n"
# What each header must have of them, so that a change of its layout does not empty the tests.
EXPECTED = {"airunner.h": ["air_call", "air_callbacks", "air_connect_options", "air_invoke_options", "air_result_parts"],
            "airunner_backend.h": ["air_backend", "air_backend_column", "air_backend_device", "air_backend_event", "air_backend_model",
                                   "air_backend_node", "air_backend_option", "air_backend_tensor", "air_connect_request",
                                   "air_connection_info", "air_host", "air_prepare_request", "air_run", "air_run_result",
                                   "air_scan_request"],
            "airunner_report.h": ["air_compare_options", "air_text_options"],
            "airunner_st.h": ["air_st_backend"]}
MINOR = re.compile(r"(#define AIR_ABI_MINOR )(\d+)u\n")


def grow(text):
    """The text of a header with larger structs, and their names."""
    names = [match[2] for match in STRUCT.finditer(text)]
    text = MINOR.sub(lambda match: f"{match[1]}{int(match[2]) + 1}u\n", text)
    return STRUCT.sub(rf"\1{MEMBERS}\3", text), names


def main(include, output):
    for path in sorted(include.glob("airunner*.h*")):
        text, names = grow(path.read_text())
        lacking = set(EXPECTED.get(path.name, [])) - set(names)
        if lacking:
            sys.exit(f"{path}: not found as structs that may grow: {', '.join(sorted(lacking))}")
        (output / path.name).write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
