# SPDX-License-Identifier: BSD-3-Clause
"""Inputs from files and outputs to files, and every wrong one with its message and exit code."""
import json
import os
import struct
import unittest
import zipfile

from support import CommandTest, read_file, read_npy


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


class NullInputs(CommandTest):
    """Files for the two inputs of `null:`, float32 (1,4,4,2) and int8 (1,8), three samples each."""

    def setUp(self):
        super().setUp()
        self.float_data = floats(*(0.125 * i for i in range(96)))
        self.int_data = bytes(range(24))
        self.first = self.write_npy("a.npy", "<f4", (3, 4, 4, 2), self.float_data)
        self.second = self.write_npy("b.npy", "|i1", (3, 8), self.int_data, version=2)

    def run_inputs(self, *arguments, exit_code=0):
        return self.run_command("run", "-d", "null:", *arguments, exit_code=exit_code)

    def outputs(self, *arguments):
        """The values of both outputs as the .json file tells them."""
        path = self.path("out.json")
        self.run_inputs(*arguments, "-o", path)
        with open(path, encoding="utf-8") as file:
            return [output["data"] for output in json.load(file)["outputs"]]

    def refused(self, *arguments, exit_code=4):
        out, err = self.run_inputs(*arguments, exit_code=exit_code)
        self.assertEqual(out, "")
        return err


class Inputs(NullInputs):
    def test_npy_npz_raw_and_named_give_the_same(self):
        expected = self.outputs("-i", self.first, "-i", self.second)
        self.assertEqual(len(expected[0]), 96)
        # node 1: round half to even of 2x / 0.25 + 4, clipped to int8
        self.assertEqual(expected[0], [min(i + 4, 127) for i in range(96)])
        self.assertEqual(self.outputs("-i", "input_2=" + self.second, "-i", "input_1=" + self.first), expected)
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            for names in (("input_2.npy", "input_1.npy"), ("arr_1.npy", "arr_0.npy")):
                with zipfile.ZipFile(self.path("in.npz"), "w", method) as archive:
                    archive.write(self.second, names[0])
                    archive.write(self.first, names[1])
                    archive.writestr("readme.txt", "not an array")
                self.assertEqual(self.outputs("-i", self.path("in.npz")), expected)
        for name, data in (("a.bin", self.float_data), ("b.raw", self.int_data)):
            with open(self.path(name), "wb") as file:
                file.write(data)
        self.assertEqual(self.outputs("-i", self.path("a.bin"), "-i", self.path("b.raw")), expected)

    def test_batch_takes_the_first_samples(self):
        whole = self.outputs("-i", self.first, "-i", self.second)
        part = self.outputs("-i", self.first, "-i", self.second, "-b", "2")
        self.assertEqual(part, [whole[0][:64], whole[1][:8]])
        self.assertIn("3 samples only", self.refused("-i", self.first, "-i", self.second, "-b", "4"))

    def test_float_for_a_quantized_input(self):
        floating = self.write_npy("f.npy", "<f4", (3, 8), floats(*(0.5 * (i + 3) for i in range(24))))
        self.assertIn("--io quantize", self.refused("-i", self.first, "-i", floating))
        direct = self.outputs("-i", self.first, "-i", self.second)
        self.assertEqual(self.outputs("-i", self.first, "-i", floating, "--io", "quantize"), direct)
        real = self.outputs("-i", self.first, "-i", self.second, "--io", "dequantize")
        self.assertEqual(real[0], [(q - 4) * 0.25 for q in direct[0]])

    def test_random_inputs_depend_on_seed_and_range(self):
        first = self.outputs("--seed", "1", "-b", "5")
        self.assertEqual(self.outputs("--seed", "1", "-b", "5"), first)
        self.assertNotEqual(self.outputs("--seed", "2", "-b", "5"), first)
        for form in (("--range=-1,1",), ("--range", "-1,1")):
            ranged = self.outputs("--seed", "1", "-b", "5", *form)
            self.assertTrue(all(-4 <= q <= 12 for q in ranged[0]))
        self.assertIn("range 2..1", self.refused("--range", "2,1"))


class WrongInputs(NullInputs):
    def test_wrong_type(self):
        wide = self.write_npy("wide.npy", "<f8", (3, 4, 4, 2), bytes(96 * 8))
        err = self.refused("-i", wide, "-i", self.second)
        self.assertIn("float64", err)
        self.assertIn("astype", err)
        self.assertIn("float32", err)
        long = self.write_npy("long.npy", "<i8", (3, 8), bytes(24 * 8))
        self.assertIn("int64", self.refused("-i", self.first, "-i", long, "--io", "quantize"))

    def test_wrong_shape_and_counts(self):
        flat = self.write_npy("flat.npy", "<f4", (3, 31), bytes(3 * 31 * 4))
        err = self.refused("-i", flat, "-i", self.second)
        self.assertIn("(3, 31)", err)
        self.assertIn("flat.npy", err)
        two = self.write_npy("two.npy", "|i1", (2, 8), bytes(16))
        self.assertIn("2 samples", self.refused("-i", self.first, "-i", two))
        none = self.write_npy("none.npy", "|i1", (0, 8), b"")
        self.assertIn("no samples", self.refused("-i", self.first, "-i", none))
        self.assertIn("no file for input input_2", self.refused("-i", self.first))
        self.assertIn("one file too many", self.refused("-i", self.first, "-i", self.second, "-i", self.second))
        self.assertIn("given twice", self.refused("-i", "input_1=" + self.first, "-i", "input_1=" + self.first))

    def test_files_that_are_not_what_they_are_called(self):
        with open(self.path("text.npy"), "w", encoding="ascii") as file:
            file.write("hello")
        os.link(self.path("text.npy"), self.path("text.npz"))
        self.assertIn("not a .npy file", self.refused("-i", self.path("text.npy"), "-i", self.second))
        self.assertIn("not an .npz file, or it is cut off or damaged", self.refused("-i", self.path("text.npz")))
        with open(self.path("five.bin"), "wb") as file:
            file.write(b"12345")
        self.assertIn("multiple of the 128 bytes", self.refused("-i", self.path("five.bin"), "-i", self.second))
        os.mkfifo(self.path("pipe.npy"))
        for endless in (self.path("pipe.npy"), "/dev/zero"):
            self.assertIn("pipe or device", self.refused("-i", endless, "-i", self.second))
        self.assertIn("No such file", self.refused("-i", self.path("missing.npy"), "-i", self.second))
        self.assertIn("directory", self.refused("-i", self.folder, "-i", self.second))
        with zipfile.ZipFile(self.path("other.npz"), "w") as archive:
            archive.write(self.first, "x.npy")
        err = self.refused("-i", self.path("other.npz"))
        self.assertIn("input_1, input_2", err)
        self.assertIn("the file has: x", err)

    def test_absurd_batch(self):
        self.assertIn("do not fit", self.refused("-b", "1000000000000000000"))


class Outputs(NullInputs):
    def test_npy_per_output(self):
        paths = [self.path("o1.npy"), self.path("o2.npy")]
        out, _ = self.run_inputs("-i", self.first, "-i", self.second, "-o", paths[0], "-o", paths[1])
        arrays = [read_npy(read_file(path)) for path in paths]
        self.assertEqual([a[:2] for a in arrays], [("|i1", (3, 4, 4, 2)), ("<f4", (3, 4))])
        self.assertEqual(list(struct.unpack("96b", arrays[0][2])), self.outputs("-i", self.first, "-i", self.second)[0])
        self.assertIn("o1.npy", out)

    def test_npz_by_name(self):
        self.run_inputs("-o", self.path("o.npz"), "-b", "2")
        with zipfile.ZipFile(self.path("o.npz")) as archive:
            self.assertEqual(archive.namelist(), ["output_1.npy", "output_2.npy"])
            self.assertEqual([entry.compress_type for entry in archive.infolist()], [zipfile.ZIP_STORED] * 2)
            self.assertEqual(read_npy(archive.read("output_2.npy"))[:2], ("<f4", (2, 4)))

    def test_labels_give_the_accuracy(self):
        values = self.outputs("-i", self.first, "-i", self.second)[0]
        classes = [max(range(32), key=values[32 * i:32 * i + 32].__getitem__) for i in range(3)]
        labels = self.write_npy("labels.npy", "<i8", (3,), struct.pack("<3q", classes[0], classes[1], (classes[2] + 1) % 32))
        out, _ = self.run_inputs("-i", self.first, "-i", self.second, "--labels", labels)
        self.assertIn("66.67% (2 of 3 labels)", out)
        short = self.write_npy("short.npy", "<i8", (2,), bytes(16))
        self.assertIn("2 labels for 3 samples", self.refused("-i", self.first, "-i", self.second, "--labels", short))
        real = self.write_npy("real.npy", "<f4", (3,), bytes(12))
        self.assertIn("expected integers", self.refused("-i", self.first, "-i", self.second, "--labels", real))
        one_hot = self.write_npy("one_hot.npy", "|u1", (3, 32), bytes(96))
        self.assertIn("expected one dimension", self.refused("-i", self.first, "-i", self.second, "--labels", one_hot))
        for value in (32, -1):
            wrong = self.write_npy("wrong.npy", "<i8", (3,), struct.pack("<3q", 0, value, 0))
            err = self.refused("-i", self.first, "-i", self.second, "--labels", wrong)
            self.assertIn(f"label {value} of sample 1", err)
        self.assertIn("random inputs", self.refused("--labels", labels, exit_code=2))

    def test_wrong_targets(self):
        self.assertIn(".npy, .npz or .json", self.refused("-o", self.path("o.txt"), exit_code=2))
        self.assertIn("2 output(s)", self.refused("-o", self.path("o.npy"), exit_code=2))
        self.assertIn("perf-only", self.refused("-o", self.path("o.npz"), "--mode", "perf-only", exit_code=2))
        for name in ("o.npz", "o.json"):
            self.assertIn("there is no folder", self.refused("-o", self.path("no/such/" + name), exit_code=1))

    def test_nothing_is_written_after_a_failure(self):
        path = self.path("o.npz")
        out, err = self.run_command("run", "-d", "null:?delay_ms=50", "-b", "500", "--timeout", "1", "-o", path,
                                    exit_code=124)
        self.assertEqual(out, "")
        self.assertRegex(err, r"\d+ of 500 samples were completed")
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
