#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the numbers that the backend has from LiteRT with those of its makers, as their Python package tells them.

usage: test_schema.py RUNTIMES SOURCES, the folders of the packages and of the backend
"""
import enum
import importlib.util
import pathlib
import re
import sys
import unittest

RUNTIMES, SOURCES = (pathlib.Path(argument) for argument in sys.argv[1:3])
PACKAGE = RUNTIMES / "ai_edge_litert"
MADE = (PACKAGE / "schema_py_generated.py").read_text(encoding="utf-8")
FILES = SOURCES.parent / "tflite_file"
OURS = re.sub(r"//.*", "", (FILES / "schema.fbs").read_text(encoding="utf-8"))
ABI = (SOURCES / "abi.h").read_text(encoding="utf-8")

KINDS = {"byte": "Int8", "bool": "Bool", "int": "Int32", "uint": "Uint32", "ulong": "Uint64", "string": "UOffsetTRelative"}
KINDS |= {name: {"byte": "Int8", "int32": "Int32"}[kind] for name, kind in re.findall(r"enum (\w+) : (\w+)", OURS)}
UNIONS = re.findall(r"union (\w+)", OURS)


def our_fields(body):
    """(Name, kind, default) of each place of a table."""
    for name, kind, default in re.findall(r"(\w+):(\[?\w+\]?)(?: = (\w+))?", body):
        name = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
        if kind in UNIONS:
            yield name + "Type", "Uint8", "0"
        yield name, KINDS.get(kind, "UOffsetTRelative"), default or "0"


def their_fields(table):
    """The same by place, from the functions that write a field."""
    slots = re.findall(rf"def {table}Add(\w+)\(builder, \w+\):\s+builder\.Prepend(\w+)Slot\((\d+), .*?(-?\w+)\)\n", MADE)
    return {int(place): (name, kind, {"False": "0"}.get(default, default)) for name, kind, place, default in slots}


def their_numbers(name):
    body = re.search(rf"class {name}\(object\):\n((?:    \w+ = \d+\n)+)", MADE)
    return dict(re.findall(r"(\w+) = (\d+)", body[1]))


class Schema(unittest.TestCase):
    def test_fields(self):
        tables = re.findall(r"table (\w+) \{(.*?)\}", OURS, re.DOTALL)
        self.assertGreater(len(tables), 15)
        for table, body in tables:
            theirs = their_fields(table)
            for place, (name, kind, default) in enumerate(our_fields(body)):
                with self.subTest(table=table, field=name):
                    # Their package has no functions for what they call deprecated.
                    expected = (name, kind, default) if not name.startswith("DeprecatedTag") else None
                    self.assertEqual(theirs.get(place), expected)

    def test_numbers(self):
        lists = re.findall(r"(?:enum|union) (\w+)[^{]*\{(.*?)\}", OURS, re.DOTALL)
        self.assertGreater(len(lists), 4)
        for name, body in lists:
            theirs = their_numbers(name)
            for item, number in re.findall(r"(\w+) = (\d+)", body):
                with self.subTest(list=name, item=item):
                    self.assertEqual(theirs.get(item), number)

    def test_options(self):
        """The copy of an operator's options knows every field that refers to something, and who names other graphs."""
        source = (SOURCES / "options_table.cpp").read_text(encoding="utf-8")
        lists, callers = set(), set()
        for union, kind in (("BuiltinOptions", "kFirst"), ("BuiltinOptions2", "kSecond")):
            members = their_numbers(union)
            last = re.search(rf"kLast{kind[1:]} = (\d+)", source)[1]
            self.assertEqual(int(last), max(int(number) for number in members.values()))
            for table, number in members.items():
                if re.search(rf"def {table}Add\w*(Subgraph|SubgraphIndex|CalledComputations)\w*\(", MADE):
                    callers.add((kind, number))
                    continue
                for place, (field, what, _) in their_fields(table).items():
                    if what != "UOffsetTRelative":
                        continue
                    size = re.search(rf"def {table}Start{field}Vector\(builder, numElems\):\s+return builder.StartVector\((\d+),", MADE)
                    lists.add((kind, number, str(place), size[1] if size else "1"))
        ours = re.findall(r"ListField\{(\w+), (\d+), (\d+), (\d+)\}", source)
        self.assertGreater(len(ours), 30)
        self.assertEqual(set(ours), lists)
        self.assertEqual(set(re.findall(r"Caller\{(\w+), (\d+)\}", source)), callers)

    def test_types(self):
        """The names of types, in the order of their numbers."""
        source = (FILES / "model_file.cpp").read_text(encoding="utf-8")
        ours = re.findall(r'\{"(\w+)", AIR_DTYPE_\w+, \d+\}', source)
        theirs = sorted(their_numbers("TensorType").items(), key=lambda item: int(item[1]))
        self.assertEqual(ours, [name.lower() for name, _ in theirs][:len(ours)])


class Interface(unittest.TestCase):
    def constant(self, name):
        return int(re.search(rf"\b{name} = (\d+);", ABI)[1])

    def theirs(self, module, name):
        spec = importlib.util.spec_from_file_location(module, PACKAGE / (module + ".py"))
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        self.assertTrue(issubclass(getattr(loaded, name), enum.IntEnum | enum.IntFlag))
        return getattr(loaded, name)

    def test_accelerators(self):
        for item in self.theirs("hardware_accelerator", "HardwareAccelerator"):
            self.assertEqual(self.constant("kAccelerator" + item.name.capitalize()), item.value)

    def test_kernels(self):
        for item in self.theirs("cpu_kernel_mode", "CpuKernelMode"):
            self.assertEqual(self.constant(f"k{item.name.capitalize()}Kernels"), item.value)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
