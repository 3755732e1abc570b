# SPDX-License-Identifier: BSD-3-Clause
"""Inputs from files and outputs to files, and every wrong one with its message and exit code."""
import json
import os
import resource
import struct
import subprocess
import time
import unittest
import zipfile

from support import LIMIT_S, CommandTest, airunner, environment, needs_posix, read_file, read_npy

SANITIZED = os.environ.get("AIRUNNER_SANITIZED") == "1"


def limit_memory():
    """512 MiB of addresses for the command."""
    resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))


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

    def run_inputs(self, *arguments, exit_code=0, told=None):
        return self.run_command("run", "-d", "null:", *arguments, exit_code=exit_code, told=told)

    def outputs(self, *arguments, told=None):
        """The values of both outputs as the .json file tells them."""
        path = self.path("out.json")
        self.run_inputs(*arguments, "-o", path, told=told)
        with open(path, encoding="utf-8") as file:
            return [output["data"] for output in json.load(file)["outputs"]]

    def write(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def archive(self, name, method=zipfile.ZIP_DEFLATED, **members):
        """An .npz of files that are there."""
        with zipfile.ZipFile(self.path(name), "w", method) as archive:
            for member, path in members.items():
                archive.write(path, member + ".npy")
        return self.path(name)

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
        err = self.refused("-b", "1000000000000000000", exit_code=1)
        self.assertRegex(err, r"inputs and outputs of \d+ B a sample take [\d.e+]+ (EiB|B), and this machine has [\d.]+ .iB")


class Contents(NullInputs):
    """Files are told by what is in them."""

    def setUp(self):
        super().setUp()
        self.expected = self.outputs("-i", self.first, "-i", self.second)
        self.rows = [struct.unpack("<32f", self.float_data[128 * i:128 * i + 128]) for i in range(3)]

    def same(self, *arguments, told=None):
        self.assertEqual(self.outputs(*arguments, told=told), self.expected)

    def test_names_do_not_matter(self):
        for name in ("x.csv", "x.bin", "x.npz", "x"):
            os.link(self.first, self.path(name))
            self.same("-i", self.path(name), "-i", self.second)
            os.remove(self.path(name))
        for name in ("x.bin", "x.npy", "x.csv", "x"):
            path = self.archive(name, input_1=self.first, input_2=self.second)
            self.same("-i", path)
            self.same("-i", "input_2=" + path, "-i", "input_1=" + path)

    def test_a_named_archive_gives_its_array(self):
        path = self.archive("x.npz", a=self.first, b=self.second)
        err = self.refused("-i", "input_1=" + path, "-i", "input_2=" + self.second)
        self.assertIn("x.npz: has no array input_1, but: a, b. --key NAME chooses one", err)
        self.same("-i", "input_1=" + path, "-i", "input_2=" + self.second, "--key", "a")
        self.same("-i", path, "-i", self.second, "--key", "a")
        self.same("-i", "input_1=" + self.archive("y.npz", only=self.first), "-i", "input_2=" + self.second)
        err = self.refused("-i", path, "-i", self.second, "--key", "c")
        self.assertIn("x.npz: has no array c, but: a, b", err)
        self.assertIn("without an .npz", self.refused("-i", self.first, "-i", self.second, "--key", "a", exit_code=2))
        self.assertIn("--key without --input", self.refused("--key", "a", exit_code=2))

    def test_numbers_in_text(self):
        forms = {"comma": ",", "semicolon": ";", "blanks": "  ", "tab": "\t", "quoted": '","'}
        for form, separator in forms.items():
            for begin, end in (("", "\n"), ("\ufeff", "\r\n"), ("# made by hand\n\n", "\n\n"), ("x" + separator + "y" + "\n", "\n")):
                quote = '"' if form == "quoted" else ""
                text = begin.replace('"', "") + end.join(quote + separator.join(map(repr, row)) + quote for row in self.rows)
                with self.subTest(form=form, begin=begin):
                    self.same("-i", self.write("x.csv", text), "-i", self.second)
        decimal_comma = "\n".join(";".join(repr(value).replace(".", ",") for value in row) for row in self.rows)
        self.same("-i", self.write("x.csv", decimal_comma), "-i", self.second)
        integers = "\n".join(",".join(map(str, self.int_data[8 * i:8 * i + 8])) for i in range(3))
        for name in ("y.csv", "y.txt", "y.dat", "y", "y.npy"):
            self.same("-i", self.first, "-i", self.write(name, integers))
        columns = ",".join(map(str, range(32))) + "\n" + "\n".join(",".join(map(repr, row)) for row in self.rows)
        self.same("-i", self.write("x.csv", columns), "-i", self.second, told="line 1 counts the columns")
        real = "\n".join(",".join(str(0.5 * (i + 3)) for i in self.int_data[8 * k:8 * k + 8]) for k in range(3))
        self.same("-i", self.first, "-i", self.write("y.csv", real), "--io", "quantize")

    def test_numbers_that_are_none(self):
        def told(text, *arguments):
            return self.refused("-i", self.write("x.csv", text), "-i", self.second, *arguments)

        row = ",".join(["1.5"] * 32)
        self.assertIn('x.csv: line 2, column 1: "", expected a number', told(row + "\n" + row.replace("1.5", "", 1) + "\n"))
        self.assertIn('line 2, column 32: "NA", expected a number', told(row + "\n" + row[:-3] + "NA\n"))
        self.assertIn('line 1, column 2: "1.2.3"', told(row.replace(",1.5", ",1.2.3", 1)))
        self.assertIn("line 2: 33 values (is one a label or an index?), expected 32: one sample a line", told(row + "\n" + row + ",7"))
        self.assertIn("line 2: 31 values, expected 32", told(row + "\n" + row[:-4]))
        self.assertIn("x.csv: holds no numbers", told("a,b,c\n"))
        self.assertIn("x.csv: holds no numbers", told("hello world\n"))
        for value in ("128", "-129", "0.5", "1e99", "nan"):
            err = self.refused("-i", self.first, "-i", self.write("y.csv", ",".join(["1"] * 7 + [value])))
            self.assertIn(f'y.csv: line 1, column 8: "{value}", expected a value of int8', err)

    def test_other_kinds_are_named(self):
        for content, told in ((b"\x89PNG\r\n\x1a\n" + bytes(120), "a PNG picture"), (b"\x1f\x8b\x08" + bytes(125), "gzip"),
                              (b"\x80\x04\x95" + bytes(125), "pickle"), (bytes(range(128)), "raw:"), (b"", "is empty")):
            self.assertIn(told, self.refused("-i", self.write("x.npy" if told == "gzip" else "x.foo", content), "-i", self.second))
        # Under the names of raw bytes too, and though the size fits.
        for content, told in ((b"\x1f\x8b\x08\0", "gzip"), (b"BM\x80\0\0\0\0\0\0\0", "a BMP picture"), (b"\x80\x03cnumpy.core", "pickle"),
                              (b"\x80\x02}q\0", "pickle"), (bytes(257) + b"ustar\0", "a tar archive"), (b"SQLite format 3\0", "SQLite"),
                              (b"\0\0\0\x20ftypavif", "AVIF")):
            content += bytes(-len(content) % 384)
            for name in ("x.bin", "x.raw", "x.dat"):
                self.assertIn(told, self.refused("-i", self.write(name, content), "-i", self.second))
        self.same("-i", "raw:" + self.write("x.foo", self.float_data), "-i", "input_2=raw:" + self.write("y.csv", self.int_data))
        self.assertIn("raw bytes, expected a multiple", self.refused("-i", "raw:" + self.first, "-i", self.second))

    def test_arrays_that_are_no_numbers(self):
        for descr, told in (("|O", "unpickling"), ("<U3", "not supported"), ("<c8", "not supported"), ("<M8[us]", "not supported")):
            path = self.write_npy("x.npy", descr, (3, 4, 4, 2), bytes(96 * 12))
            self.assertIn(told, self.refused("-i", path, "-i", self.second), descr)

    def test_one_sample_without_its_first_dimension(self):
        first = self.write_npy("one.npy", "<f4", (4, 4, 2), self.float_data[:128])
        second = self.write_npy("two.npy", "|i1", (8,), self.int_data[:8])
        told = "one.npy: shape (4, 4, 2) is taken as one sample of input input_1, (n, 4, 4, 2)"
        self.assertEqual(self.outputs("-i", first, "-i", second, told=told), [self.expected[0][:32], self.expected[1][:4]])
        path = self.path("x.npz")
        self.archive("x.npz", input_1=first, input_2=second)
        notes = json.loads(self.run_command("run", "-d", "null:", "-i", path, "--json", told=told.split(" ")[0][:-8])[0])["notes"]
        self.assertEqual(len(notes), 2)

    def test_only_what_is_asked_for_is_read(self):
        many = 200_000
        with open(self.path("big.npy"), "wb") as file:  # 24 GiB, nearly all of it a hole
            with open(self.write_npy("head.npy", "<f4", (many * 1000, 4, 4, 2), self.float_data), "rb") as head:
                file.write(head.read())
            file.truncate(file.tell() - len(self.float_data) + many * 1000 * 128)
        with open(self.path("ints.bin"), "wb") as file:
            file.write(self.int_data)
            file.truncate(many * 1000 * 8)
        self.same("-i", self.path("big.npy"), "-i", self.path("ints.bin"), "-b", "3")
        head = self.write_npy("head.npy", "<f4", (2**40, 4, 4, 2), self.float_data)
        self.assertIn("the array needs 140737488355328 bytes of data, the file has 384", self.refused("-i", head, "-i", self.second, "-b", "3"))

    @needs_posix("a process cannot limit its memory")
    def test_members_that_nobody_needs_stay_packed(self):
        with zipfile.ZipFile(self.path("x.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(self.first, "input_1.npy")
            archive.write(self.second, "input_2.npy")
            with archive.open("rest.npy", "w", force_zip64=True) as member:
                for _ in range(1024):
                    member.write(bytes(1 << 20))
        out = self.path("out.json")
        done = subprocess.run(airunner("run", "-d", "null:", "-i", self.path("x.npz"), "-o", out), env=environment(),
                              timeout=LIMIT_S, capture_output=True, preexec_fn=limit_memory if not SANITIZED else None)
        self.assertEqual(done.returncode, 0, done.stderr)

    @needs_posix("nobody may shorten a file that is mapped")
    def test_a_file_that_becomes_shorter_ends_the_command_with_a_word(self):
        path = self.write_npy("big.npy", "<f4", (20_000, 4, 4, 2), b"")
        with open(path, "r+b") as file:
            begin = file.seek(0, os.SEEK_END)
            file.write(b" " * (-begin % 64))  # as numpy aligns the data
            file.truncate(begin + -begin % 64 + 20_000 * 128)
            file.seek(8)
            file.write(struct.pack("<H", begin + -begin % 64 - 10))
        whole = os.path.getsize(path)
        ints = self.write("ints.bin", bytes(20_000 * 8))
        command = subprocess.Popen(airunner("run", "-d", "null:?delay_ms=5", "-i", path, "-i", "raw:" + ints),
                                   env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(command.kill)
        limit = time.monotonic() + LIMIT_S
        while "big.npy" not in read_file(f"/proc/{command.pid}/maps").decode():
            self.assertIsNone(command.poll())
            self.assertLess(time.monotonic(), limit)
        os.truncate(path, whole - 19_999 * 128)
        err = command.communicate(timeout=LIMIT_S)[1].decode()
        self.assertEqual((command.returncode, err), (4, f"airunner: {path}: became shorter while it was read\n"))

    @needs_posix("a process cannot limit its memory")
    @unittest.skipIf(SANITIZED, "sanitizers need memory of their own")
    def test_out_of_memory_names_the_file(self):
        big = (1 << 30) // 128
        with open(self.path("big.npy"), "wb") as file:
            with open(self.write_npy("head.npy", ">f4", (big, 4, 4, 2), b""), "rb") as head:
                file.write(head.read())
            file.truncate(file.tell() + big * 128)
        done = subprocess.run(airunner("run", "-d", "null:", "-i", self.path("big.npy"), "-i", self.second), env=environment(),
                              timeout=LIMIT_S, capture_output=True, preexec_fn=limit_memory)
        self.assertEqual(done.returncode, 1, done.stderr)
        done_raw = subprocess.run(airunner("run", "-d", "null:", "-i", "raw:" + self.path("big.npy"), "-i", self.second, "--weights",
                                   self.path("big.npy")), env=environment(), timeout=LIMIT_S, capture_output=True, preexec_fn=limit_memory)
        self.assertEqual(done_raw.returncode, 1, done_raw.stderr)
        self.assertIn(b"big.npy: out of memory: the file has", done_raw.stderr)
        self.assertIn(b"big.npy: out of memory: the array needs 1073741824 bytes", done.stderr)

    def test_values_that_are_clipped_are_told(self):
        # input_2 holds -62.5 to 65.
        real = floats(*[70.0] * 23, 1.0)
        large = self.write_npy("large.npy", "<f4", (3, 8), real)
        told = f"{large}: 95.8 % of the values of input input_2 are clipped: it holds -62.5 to 65"
        for command in ("run", "profile"):
            self.run_command(command, "null:", "-i", self.first, "-i", large, "--io", "quantize", told=told)
        self.assertIn(told, self.run_json_told(told, "run", "null:", "-i", self.first, "-i", large, "--io", "quantize")["notes"])
        ends = self.write_npy("ends.npy", "<f4", (3, 8), floats(*[65.2, -62.7] * 12))  # within half a step
        self.run_command("run", "null:", "-i", self.first, "-i", ends, "--io", "quantize")

    def run_json_told(self, told, *arguments):
        return json.loads(self.run_command(*arguments, "--json", told=told)[0])

    def test_what_would_make_a_shape_fit_is_told(self):
        for shape, told in (((3, 32), "; array.reshape(-1, 4, 4, 2) would fit"), ((3, 2, 4, 4), "; array.transpose(0, 2, 3, 1) would fit"),
                            ((3, 4, 2, 4), "; array.transpose(0, 3, 1, 2) would fit"), ((3, 33), "counts the samples\n")):
            path = self.write_npy("other.npy", "<f4", shape, bytes(4 * 3 * (33 if 33 in shape else 32)))
            self.assertIn(told, self.refused("-i", path, "-i", self.second))

    def test_inputs_that_are_all_the_same_are_told(self):
        zeros = self.write_npy("zeros.npy", "<f4", (3, 4, 4, 2), bytes(3 * 128)), self.write_npy("fives.npy", "|i1", (3, 8), b"\5" * 24)
        inputs = [word for path in zeros for word in ("-i", path)]
        out, _ = self.run_command("compare", "null:", "null:", *inputs, told="all 3 samples are the same", COLUMNS="200")
        first = "All values of input input_1 are 0, all values of input input_2 are 4, which says little of the network; the outputs are equal"
        self.assertTrue(out.startswith("PASS: " + first), out)
        page = self.path("page.html")
        self.run_command("compare", "null:", "null:", *inputs, "-b", "1", "--html", page)
        self.assertIn(first, read_file(page).decode())
        # One beside another that has several values, such as a mask, may be meant so.
        out, _ = self.run_command("compare", "null:", "null:", "-i", zeros[0], "-i", self.second)
        self.assertTrue(out.startswith("PASS: The outputs are equal"), out)

    def test_values_that_are_not_finite_are_told(self):
        nan = self.write_npy("nan.npy", "<f4", (3, 4, 4, 2), floats(float("nan"), float("inf"), -float("inf")) + self.float_data[12:])
        told = "nan.npy: input input_1 has 1 NaN and 2 infinite among 96 values"
        inputs = ("-i", nan, "-i", self.second)
        found = json.loads(self.run_command("run", "-d", "null:", *inputs, "--json", told=told)[0])
        self.assertEqual([(i["n_nan"], i["n_inf"]) for i in found["inputs"]], [(1, 2), (0, 0)])
        self.assertIn("1 NaN and 2 infinite", self.run_command("run", "-d", "null:", *inputs, told=told)[0])
        found = json.loads(self.run_command("profile", "-d", "null:", *inputs, "--json", told=told)[0])
        self.assertEqual(found["inputs"], [{"name": "input_1", "n_nan": 1, "n_inf": 2}])
        self.assertIn("input_1 was given 1 NaN and 2 infinite values", self.run_command("profile", "-d", "null:", *inputs, told=told)[0])
        out, _ = self.run_command("compare", "null:", "null:", *inputs, told=told)
        self.assertIn("PASS: Input input_1 has 1 NaN and 2 infinite values, ", out.splitlines()[0])
        found = json.loads(self.run_command("compare", "null:", "null:", *inputs, "--junit", self.path("nan.xml"), "--json", told=told)[0])
        self.assertTrue(found["verdict"].startswith("Input input_1 has 1 NaN and 2 infinite values, "), found["verdict"])
        self.assertIn('name="input input_1"><error type="not finite"', read_file(self.path("nan.xml")).decode())
        text, _ = self.run_command("run", "null:", *inputs, told=told)
        self.assertIn("NaN", text.splitlines()[1])  # before anything that it may have spoilt
        text, _ = self.run_command("profile", "null:", *inputs, told=told)
        self.assertIn("1 NaN", text.splitlines()[1])
        half = self.write("half.csv", "\n".join(["nan" + ",1" * 31] * 3))
        self.run_inputs("-i", half, "-i", self.second, told="half.csv: input input_1 has 3 NaN and 0 infinite among 96 values")

    def test_where_a_value_is_not_finite_does_not_matter(self):
        told = set()
        values = [0.125 * i for i in range(96)]
        for place in (0, 1, 50, 95):
            nan = self.write_npy("nan.npy", "<f4", (3, 4, 4, 2), floats(*values[:place], float("nan"), *values[place + 1:]))
            out, _ = self.run_command("run", "null:", "-i", nan, "-i", self.second, "--json", told="has 1 NaN")
            outputs = json.loads(out)["outputs"]
            for output in outputs:
                self.assertIsNotNone(output["min"])
                self.assertLessEqual(output["min"], output["mean"])
                self.assertLessEqual(output["mean"], output["max"])
            told.add(tuple((output["n_nan"], output["n_inf"]) for output in outputs))
        self.assertEqual(len(told), 1, told)

    def test_pixels_for_a_signed_input(self):
        pixels = self.write_npy("pixels.npy", "|u1", (3, 8), self.int_data)
        self.assertIn("real values from", self.refused("-i", self.first, "-i", pixels, "--io", "quantize"))
        self.assertIn("and add --io quantize", self.refused("-i", self.first, "-i", pixels))
        _, err = self.run_command("compare", "null:", "null:", "-i", self.first, "-i", pixels, exit_code=4)
        self.assertNotIn("--io", err)


class Labels(NullInputs):
    def setUp(self):
        super().setUp()
        self.inputs = ("-i", self.first, "-i", self.second)
        values = self.outputs(*self.inputs)[0]
        self.classes = [max(range(32), key=values[32 * i:32 * i + 32].__getitem__) for i in range(3)]
        self.classes[2] = (self.classes[2] + 1) % 32  # one that is wrong

    def right(self, path, told=None):
        self.assertIn("66.67% (2 of 3 labels)", self.run_inputs(*self.inputs, "--labels", path, told=told)[0])

    def test_forms(self):
        packed = struct.pack("<3i", *self.classes)
        for shape in ((3,), (3, 1), (1, 3), (3, 1, 1)):
            self.right(self.write_npy("l.npy", "<i4", shape, packed))
        self.right(self.archive("l.npz", y=self.write_npy("l.npy", ">i2", (3,), struct.pack(">3h", *self.classes))))
        self.right(self.write_npy("l.npy", "<f4", (3,), floats(*self.classes)))
        one_hot = [[1 if k == c else 0 for k in range(32)] for c in self.classes]
        for descr, code in (("|u1", "B"), ("<f4", "f"), ("|b1", "?")):
            for shape in ((3, 32), (3, 1, 1, 32)):
                self.right(self.write_npy("l.npy", descr, shape, struct.pack(f"<96{code}", *sum(one_hot, []))))
        self.right(self.write_npy("l.npy", "<U2", (3,), b"".join(f"{c:<2}".replace(" ", "\0").encode("utf-32-le") for c in self.classes)))
        for text in ("\n".join(map(str, self.classes)), "label\n" + "\r\n".join(map(str, self.classes)) + "\r\n",
                     ",".join(map(str, self.classes)), "\n".join(",".join(map(str, row)) for row in one_hot)):
            self.right(self.write("l.csv", text))

    def test_texts_are_numbered(self):
        err = self.refused(*self.inputs, "--labels", self.write("l.txt", "cat\ndog\ncat\n"))
        self.assertIn("l.txt: 2 different texts, but the output has 32 values", err)
        names = [f"class {i:02}" for i in range(32)]
        data = b"".join(struct.pack("<32f", *(8.0 if k == i else -8.0 for k in range(32))) for i in range(32))
        first = self.write_npy("many.npy", "<f4", (32, 4, 4, 2), data)
        second = self.write_npy("zeros.npy", "|i1", (32, 8), bytes(256))
        for text in ("\n".join(names), "name\n" + "\n".join(names)):
            out, _ = self.run_inputs("-i", first, "-i", second, "--labels", self.write("l.txt", text), told="class 00 = 0, class 01 = 1")
            self.assertIn("(32 of 32 labels)", out)

    def test_one_sample(self):
        one_hot = self.write_npy("l.npy", "|u1", (1, 32), bytes(1 if k == self.classes[0] else 0 for k in range(32)))
        out, _ = self.run_inputs("-i", self.write_npy("a1.npy", "<f4", (1, 4, 4, 2), self.float_data[:128]), "-i",
                                 self.write_npy("b1.npy", "|i1", (1, 8), self.int_data[:8]), "--labels", one_hot)
        self.assertIn("(1 of 1 labels)", out)

    def test_counts(self):
        whole = self.write_npy("l.npy", "<i4", (3,), struct.pack("<3i", *self.classes))
        part = self.write_npy("p.npy", "<i4", (2,), struct.pack("<2i", *self.classes[:2]))
        for path in (whole, part):
            self.assertIn("(2 of 2 labels)", self.run_inputs(*self.inputs, "-b", "2", "--labels", path)[0])
        self.assertIn("p.npy: 2 labels for 3 samples", self.refused(*self.inputs, "--labels", part))
        double = self.write_npy("d.npy", "<i4", (6,), struct.pack("<6i", *self.classes * 2))
        self.assertIn("d.npy: 6 labels for 3 samples", self.refused(*self.inputs, "--labels", double))

    def test_what_is_no_label(self):
        for name, descr, shape, data, told in (("zeros", "|u1", (3, 32), bytes(96), "row 0 is not one-hot"),
                                               ("square", "|u1", (3, 5), bytes(15), "labels have shape (3,5)"),
                                               ("scalar", "<i4", (), bytes(4), "labels have shape ()"),
                                               ("bool", "|b1", (3,), bytes(3), "labels are bool"),
                                               ("objects", "|O", (3,), bytes(24), "unpickling"),
                                               ("nan", "<f4", (3,), floats(float("nan"), 0, 0), "label nan of sample 0")):
            err = self.refused(*self.inputs, "--labels", self.write_npy(name + ".npy", descr, shape, data))
            self.assertIn(name + ".npy", err)
            self.assertIn(told, err)
        self.assertIn("raw bytes do not say", self.refused(*self.inputs, "--labels", self.write("l.bin", bytes(3))))
        two = self.archive("two.npz", a=self.second, b=self.second)
        self.assertIn("two.npz: labels need an .npz with one array; the file has: a, b", self.refused(*self.inputs, "--labels", two))


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
        self.assertIn(short + ": 2 labels", self.refused("-i", self.first, "-i", self.second, "--labels", short))
        real = self.write_npy("real.npy", "<f4", (3,), floats(0, 0.5, 0))
        self.assertIn("label 0.5 of sample 1", self.refused("-i", self.first, "-i", self.second, "--labels", real))
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
