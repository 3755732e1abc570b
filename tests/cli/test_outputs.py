# SPDX-License-Identifier: BSD-3-Clause
"""Files that are written: never over what is read, whole or not at all; and streams that cannot be written, which end no work."""
import contextlib
import fcntl
import json
import os
import pty
import re
import resource
import shutil
import signal
import stat
import subprocess
import time
import unittest
import zipfile

from support import (COMMAND, LIBRARY_ENDING, LIMIT_S, NULL_DEVICE, PATH_SEPARATOR, WINDOWS, CommandTest, airunner, as_given, environment, in_shell,
                     needs_posix, read_file, read_npy)

MODELS = os.path.join(os.environ["AIRUNNER_MODELS_DIR"], "digits")
LIBRARY = os.path.join(MODELS, "st-ai-float32", "libai_network" + LIBRARY_ENDING)
PLUGIN = os.path.join(os.path.dirname(COMMAND), "backends", "libairunner-null" + LIBRARY_ENDING)
TEMPORARY = re.compile(r"airunner-[0-9a-f]{8}\.tmp")


class OutputTest(CommandTest):
    def start(self, *arguments, **options):
        return subprocess.Popen(airunner(*arguments), env=environment(), stdin=subprocess.DEVNULL, **options)

    def run_in_shell(self, streams, *arguments):
        return subprocess.run(in_shell(streams, *arguments), env=environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S)

    def left_over(self):
        return [name for name in os.listdir(self.folder) if TEMPORARY.fullmatch(name)]


class NeverWhatIsRead(OutputTest):
    def setUp(self):
        super().setUp()
        self.library = shutil.copy(LIBRARY, self.path("libai_network" + LIBRARY_ENDING))
        self.samples = self.write_npy("samples.npy", "<f4", (1, 4, 4, 2), bytes(128))
        self.codes = self.write_npy("codes.npy", "|i1", (1, 8), bytes(8))
        self.labels = self.write_npy("labels.npy", "|i1", (1,), bytes(1))
        with open(self.path("weights.bin"), "wb") as file:
            file.write(bytes(16))

    def names_of(self, path):
        """The same file by other paths, all with the ending that options ask for."""
        yield path
        folder, name = os.path.split(path)
        os.makedirs(os.path.join(folder, "below"), exist_ok=True)
        yield os.path.join(folder, "below", "..", name)
        for make, link in ((os.symlink, "symbolic"), (os.link, "hard")):
            link = self.path(link)
            for ending in (".html", ".npz", ".json"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(link + ending)
                make(path, link + ending)
            yield link
        with contextlib.suppress(FileExistsError):
            os.symlink(self.folder, self.path("folder"))
        yield os.path.join(self.path("folder"), os.path.relpath(path, self.folder))

    def refused(self, path, *arguments, option="--html", ending=".html", **variables):
        """No name of the file is taken for an output, and it stays as it is."""
        before = read_file(path)
        for name in self.names_of(path):
            output = name if os.path.exists(name) else name + ending
            _, err = self.run_command(*arguments, option, output, exit_code=2, **variables)
            self.assertIn(f"{option} {output} is also an input, ", err)
        self.assertEqual(read_file(path), before)
        done = subprocess.run(airunner(*arguments, option, os.path.relpath(path, self.folder)), cwd=self.folder,
                              env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual((read_file(path), self.left_over()), (before, []))

    def test_inputs_labels_and_weights(self):
        inputs = "-i", self.samples, "-i", "input_2=" + self.codes
        for command in ("run", "profile"):
            for path in (self.samples, self.codes):
                self.refused(path, command, "-d", "null:", *inputs)
            self.refused(self.path("weights.bin"), command, "-d", "nope:", "--weights", self.path("weights.bin"))
        self.refused(self.labels, "run", "-d", "null:", *inputs, "--labels", self.labels)
        self.refused(self.samples, "compare", "null:", "null:", *inputs)
        self.refused(self.samples, "profile", "-d", "null:", *inputs, option="--trace")

    def test_libraries(self):
        folder = self.path("workspace")
        os.makedirs(os.path.join(folder, "inner"))
        chosen = shutil.copy(LIBRARY, os.path.join(folder, "inner"))
        for descriptor in (self.library, "file:" + self.library, self.library.removesuffix(LIBRARY_ENDING), "file:" + self.library + "?x=1"):
            self.refused(self.library, "profile", "-d", descriptor)
        for descriptor in (folder, "file:" + folder):
            self.refused(chosen, "run", "-d", descriptor)
            self.refused(chosen, "compare", "null:", descriptor)
        # An output beside the library is fine.
        self.run_command("run", "-d", folder, "--html", os.path.join(folder, "inner", "report.html"))

    def test_paths_with_signs(self):
        for name in ("a b", "a%20b", "a&b", *([] if WINDOWS else ["a?b"])):
            path = shutil.copy(LIBRARY, self.path(name + LIBRARY_ENDING))
            self.refused(path, "profile", "-d", "file:" + path.replace("?", "%3F"))

    def test_plugins_and_the_program_itself(self):
        plugin = shutil.copy(PLUGIN, self.path("libairunner-null" + LIBRARY_ENDING))
        self.refused(plugin, "profile", "-d", "null:", "--plugin-path", plugin)
        self.refused(plugin, "profile", "-d", "null:", "--plugin-path", self.folder)
        self.refused(plugin, "profile", "-d", "null:", AIRUNNER_PLUGIN_PATH=plugin)
        # Named, though it is none.
        self.refused(self.labels, "profile", "-d", "nope:", AIRUNNER_PLUGIN_PATH=self.labels + PATH_SEPARATOR + "/nowhere")
        before = read_file(COMMAND)
        self.run_command("run", "-d", "null:", "--html", COMMAND, exit_code=1 if WINDOWS else 2)  # where nobody may write what runs
        self.assertEqual(read_file(COMMAND), before)

    def test_captures_and_documents(self):
        saved, document = self.path("saved.npz"), self.path("document.json")
        self.run_command("compare", "null:", "--save", saved)
        for option in ("--save", "--html"):
            self.refused(saved, "compare", saved, "null:", option=option, ending=".npz")
        with open(document, "w", encoding="utf-8") as file:
            file.write(self.run_command("info", "-d", "null:", "--json")[0])
        self.refused(document, "report", document, option="--output", ending=".json")

    def test_data_that_a_model_keeps_beside_itself(self):
        # As an ONNX file names it; what is behind the end of a library is not looked at by the loader.
        for name in (b"w.data", b"deep/" + b"n" * 150):
            size = bytes([len(name)]) if len(name) < 128 else bytes([len(name) & 127 | 128, len(name) >> 7])
            path = os.path.join(self.folder, name.decode())
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(b"weights")
            with open(self.library, "ab") as file:
                file.write(b"\x0a\x08location\x12" + size + name + b"\x1a")
            self.refused(path, "run", "-d", self.library)

    def test_standard_output_is_an_output(self):
        before, library = read_file(self.library), as_given(self.library)
        for arguments in (["info", "-d", self.library], ["run", "-d", self.library], ["profile", "-d", self.library],
                          ["profile", "-d", self.library, "--print-program", "c"], ["compare", self.library, "null:"],
                          ["report", self.library], ["serve", self.library], ["list", "--plugin-path", self.library],
                          ["doctor", "--plugin-path", self.library]):
            for streams in (f">>{library} 2>{NULL_DEVICE}", f">{NULL_DEVICE} 2>>{library}", f">>{library} 2>&1"):
                self.assertEqual(self.run_in_shell(streams, *arguments).returncode, 2, arguments)
            done = self.run_in_shell(f"2>>{library}", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(b"standard error is also an input, ", done.stdout)
            self.assertEqual(read_file(self.library), before, arguments)
        page = self.path("page.html")
        self.assertEqual(self.run_in_shell(f">{as_given(page)} 2>{NULL_DEVICE}", "run", "-d", "null:", "--html", page).returncode, 2)

    @needs_posix("there are no pseudo terminals")
    def test_the_link_of_a_server(self):
        done = subprocess.run(airunner("serve", self.library, "--listen", "pty:" + self.library), env=environment(),
                              capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(read_file(self.library), read_file(LIBRARY))

    def test_two_outputs_are_two_files(self):
        os.symlink("new.html", self.path("dangling.html"))
        os.symlink(self.folder, self.path("folder"))
        first = self.path("new.html")
        dangling = [] if WINDOWS else [self.path("dangling.html")]  # which Wine does not see
        for other in (first, *dangling, os.path.join(self.path("folder"), "new.html")):
            _, err = self.run_command("profile", "-d", "nope:", "--html", first, "--trace", other, exit_code=2)
            self.assertIn("written twice", err)
        self.run_command("profile", "-d", "null:", "--html", first)
        os.link(first, self.path("hard.html"))
        self.run_command("profile", "-d", "nope:", "--html", first, "--trace", self.path("hard.html"), exit_code=2)

    def test_a_program_has_no_files(self):
        for option in (["--html", "x"], ["--trace", "x"], ["--output-report", "x.txt"], ["--json"], ["--csv"]):
            self.run_command("profile", "-d", "null:", "--print-program", "c", *option, exit_code=2)

    @unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/dev/fuse") and shutil.which("lowntfs-3g"),
                         "no file system that ignores case: needs root and ntfs-3g")
    def test_where_case_is_ignored(self):
        image, mount = self.path("image"), self.path("mount")
        with open(image, "wb") as file:
            file.truncate(16 << 20)
        os.mkdir(mount)
        subprocess.run(["mkntfs", "-q", "-F", image], check=True, capture_output=True)
        if subprocess.run(["lowntfs-3g", "-o", "ignore_case", image, mount], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        samples = shutil.copy(self.samples, os.path.join(mount, "samples.npy"))
        inputs = "-i", samples, "-i", self.codes
        self.run_command("run", "-d", "null:", *inputs, "-o", os.path.join(mount, "SAMPLES.npy"), "-o",
                         os.path.join(mount, "b.npy"), exit_code=2)
        for a, b in (("r.html", "R.HTML"), ("é.html", "É.html")):
            self.run_command("profile", "-d", "null:", "--html", os.path.join(mount, a), "--trace", os.path.join(mount, b),
                             exit_code=2)
        self.run_command("profile", "-d", "null:", "--html", os.path.join(mount, "a"), "--trace", os.path.join(mount, "b"))
        self.assertEqual(sorted(os.listdir(mount)), ["a", "b", "samples.npy"])


OUTPUTS = (("run", "-o", "x.npz"), ("run", "-o", "x.json"), ("run", "--html", "x.html"), ("profile", "--trace", "x.trace"),
           ("profile", "--output-report", "x.csv"), ("profile", "--output-report", "x.json"),
           ("profile", "--output-report", "x.txt"), ("profile", "--html", "x.html"), ("compare", "--save", "x.npz"),
           ("compare", "--output-report", "x.json"), ("compare", "--output-report", "x.txt"), ("compare", "--html", "x.html"),
           ("report", "--output", "x.html"))


class WholeOrNotAtAll(OutputTest):
    def arguments(self, command, *rest):
        if command == "compare":
            return [command, "null:", "null:", *rest]
        if command == "report":
            path = self.path("document.json")
            if not os.path.exists(path):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(self.run_command("info", "-d", "null:", "--json")[0])
            return [command, path, *rest]
        return [command, "-d", "null:", *rest]

    @needs_posix("a process cannot limit its files")
    def test_a_full_disk_leaves_the_old_file(self):
        for command, option, name in OUTPUTS:
            path = self.path(name)
            for old in (b"old", None):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                if old is not None:
                    with open(path, "wb") as file:
                        file.write(old)
                process = self.start(*self.arguments(command, option, path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
                err = process.communicate(timeout=LIMIT_S)[1].decode()
                self.assertEqual(process.returncode, 1, (command, name, err))
                self.assertIn(f"{path}: cannot be written: File too large", err)
                self.assertEqual(read_file(path) if os.path.exists(path) else None, old)
                self.assertEqual(self.left_over(), [])

    def test_a_kill_leaves_the_old_file_and_a_name_that_tells(self):
        path = self.path("x.npz")
        with open(path, "wb") as file:
            file.write(b"old")
        for _ in range(20):
            process = self.start("run", "-d", "null:", "-b", "300000", "-o", path, stdout=subprocess.DEVNULL)
            while process.poll() is None and not self.left_over():
                time.sleep(0.001)
            process.kill()
            process.wait(LIMIT_S)
            if self.left_over():
                break
        self.assertEqual((len(self.left_over()), read_file(path)), (1, b"old"))
        os.unlink(self.path(self.left_over()[0]))
        self.run_command("run", "-d", "null:", "-o", path)
        self.assertTrue(zipfile.is_zipfile(path))

    @needs_posix("files have no mode")
    def test_permissions_and_links_for_every_format(self):
        for command, option, name in OUTPUTS:
            real, link = self.path("real"), self.path(name)
            for target in (real, os.path.basename(real)):  # absolute and relative
                for mode in (None, 0o640):
                    os.symlink(target, link)
                    if mode is not None:
                        with open(real, "wb") as file:
                            file.write(b"old")
                        os.chmod(real, mode)
                    umask = os.umask(0o027)
                    try:
                        self.run_command(*self.arguments(command, option, link))
                    finally:
                        os.umask(umask)
                    self.assertTrue(os.path.islink(link))
                    status = os.lstat(real)
                    self.assertTrue(stat.S_ISREG(status.st_mode) and status.st_size > 3, (command, name))
                    self.assertEqual(stat.S_IMODE(status.st_mode), 0o640)
                    os.unlink(real)
                    os.unlink(link)
        os.symlink("loop.html", self.path("loop.html"))
        self.run_command("run", "-d", "null:", "--html", self.path("loop.html"), exit_code=1)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_what_may_not_be_written_is_told_before_the_run(self):
        path = self.path("x.html")
        self.run_command("run", "-d", "null:", "--html", path)
        os.chmod(path, 0o444)
        self.assertIn("Permission denied", self.run_command("run", "-d", "nope:", "--html", path, exit_code=1)[1])
        os.chmod(self.folder, 0o555)
        self.addCleanup(os.chmod, self.folder, 0o755)
        self.assertIn("no file can be made in", self.run_command("run", "-d", "nope:", "--html", self.path("y"), exit_code=1)[1])

    @needs_posix("no device is full, nor can a link lead to one")
    def test_devices_are_written_straight(self):
        for command, option, name in OUTPUTS:
            for device, code in (("/dev/full", 1), ("/dev/null", 0)):
                link = self.path(name)
                os.symlink(device, link)
                _, err = self.run_command(*self.arguments(command, option, link), exit_code=code)
                self.assertEqual("No space left on device" in err, code == 1, err)
                os.unlink(link)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode) and stat.S_ISCHR(os.stat("/dev/null").st_mode))

    @needs_posix("pipes are no files of a folder")
    def test_pipes_are_written_straight(self):
        for command, option, name in OUTPUTS:
            pipe = self.path(name)
            os.mkfifo(pipe)
            process = self.start(*self.arguments(command, option, pipe), stdout=subprocess.DEVNULL)
            with open(pipe, "rb") as file:
                data = file.read()
            self.assertEqual(process.wait(LIMIT_S), 0)
            with open(self.path("data"), "wb") as file:
                file.write(data)
            self.assertGreater(len(data), 100)
            if name.endswith(".npz"):
                with zipfile.ZipFile(self.path("data")) as archive:
                    self.assertIsNone(archive.testzip())
            os.unlink(pipe)
        out, _ = self.run_command("profile", "-d", "null:", "--trace", "/dev/stdout", "--csv")
        table, _, trace = out.rpartition("\r\n")
        self.assertTrue(table.startswith("model,") and json.loads(trace))

    @needs_posix("standard output has no name")
    def test_standard_output_that_is_a_file(self):
        with open(self.path("all"), "wb") as file:
            process = self.start("profile", "-d", "null:", "--trace", "/dev/stdout", "--csv", stdout=file)
            self.assertEqual(process.wait(LIMIT_S), 0)
        table, _, trace = read_file(self.path("all")).rpartition(b"\r\n")
        self.assertTrue(table.startswith(b"model,") and json.loads(trace))

    @needs_posix("no device is full")
    def test_one_that_fails_keeps_no_other_from_it(self):
        os.symlink("/dev/full", self.path("full.json"))
        arguments = ("run", "-d", "null:", "-o", self.path("full.json"), "-o", self.path("x.npz"), "--html", self.path("x.html"))
        out, _ = self.run_command(*arguments, exit_code=1)
        self.assertEqual(re.findall("written +(.*)", out), [self.path("x.npz")])
        self.assertEqual(json.loads(self.run_command(*arguments, "--json", exit_code=1)[0])["files"], [self.path("x.npz")])
        self.assertTrue(os.path.exists(self.path("x.npz")) and os.path.exists(self.path("x.html")))
        self.run_command("profile", "-d", "null:", "--html", self.path("full.json"), "--trace", self.path("x.trace"), exit_code=1)
        self.assertTrue(os.path.exists(self.path("x.trace")))
        self.run_command("compare", "null:", "null:", "--output-report", self.path("full.json"), "--html",
                         self.path("y.html"), exit_code=1)
        self.assertTrue(os.path.exists(self.path("y.html")))


@contextlib.contextmanager
def stream(kind):
    """A stream that cannot be written: (what Popen takes, what is to be closed in the child)."""
    if kind == "full":
        with open("/dev/full", "wb") as file:
            yield file, False
    elif kind == "gone":  # a terminal whose other side has closed
        master, slave = pty.openpty()
        os.close(master)
        yield slave, False
        os.close(slave)
    elif kind == "pipe":
        reader, writer = os.pipe()
        os.close(reader)
        yield writer, False
        os.close(writer)
    else:
        yield subprocess.DEVNULL, kind == "closed"


@unittest.skipUnless("AIRUNNER_LITERT" in os.environ, "LiteRT is not in build/runtimes")
class SamplesOfDifferentShape(OutputTest):
    """An output whose shape depends on the data: one entry a sample."""

    DESCRIPTOR = f"tflite:{os.environ.get('AIR_TEST_MODELS')}/where.tflite?runtime={os.environ.get('AIRUNNER_LITERT')}"

    def run_where(self, *arguments, exit_code=0):
        """LiteRT writes to standard error as it likes."""
        done = subprocess.run(airunner(*arguments), env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, exit_code, done.stderr)
        return done.stderr if exit_code else json.loads(done.stdout)

    def test_each_is_told_and_kept(self):
        document = self.run_where("run", "-d", self.DESCRIPTOR, "-b", "3", "-o", self.path("out.npz"), "--json")
        self.assertEqual([output["name"] for output in document["outputs"]], ["where[0]", "where[1]", "where[2]"])
        self.assertGreater(len({tuple(output["shape"]) for output in document["outputs"]}), 1)
        with zipfile.ZipFile(self.path("out.npz")) as archive:
            shapes = [read_npy(archive.read(f"where[{i}].npy"))[1] for i in range(3)]
        self.assertEqual([list(shape) for shape in shapes], [output["shape"] for output in document["outputs"]])

    def test_one_array_cannot_hold_them(self):
        told = self.run_where("run", "-d", self.DESCRIPTOR, "-b", "3", "-o", self.path("out.npy"), exit_code=1)
        self.assertIn("differ in shape", told)
        self.assertEqual(os.listdir(self.folder), [])

    def test_they_are_not_compared(self):
        told = self.run_where("compare", self.DESCRIPTOR, self.DESCRIPTOR, exit_code=4)
        self.assertIn("where has a dimension that each sample has of its own", told)


# Wine leaves no stream closed, and consoles are no terminals.
BROKEN = ("full", "pipe") if WINDOWS else ("closed", "full", "gone", "pipe")


class Streams(OutputTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever has started the tests with nohup ignores it, and so would their children.
        cls.addClassCleanup(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_DFL))

    def commands(self):
        """Each command with the file that it writes, or None."""
        document = self.path("document.json")
        with open(document, "w", encoding="utf-8") as file:
            file.write(self.run_command("info", "-d", "null:", "--json")[0])
        slow = "null:?delay_ms=20"
        return ((["list"], None), (["doctor"], None), (["info", "-d", "null:", "-vv"], None),
                (["run", "-d", "null:", "-vv", "-o", self.path("x.npz")], "x.npz"),
                (["run", "-d", slow, "-b", "60", "-o", self.path("x.json")], "x.json"),  # with a bar, on a terminal
                (["profile", "-d", "null:", "-vv", "--html", self.path("x.html")], "x.html"),
                (["profile", "-d", "null:", "--print-program", "python"], None),
                (["compare", "null:", "null:", "-vv", "--save", self.path("y.npz")], "y.npz"),
                (["compare", "null:", "--save", self.path("z.npz")], "z.npz"),
                (["report", document], None), (["report", document, "-o", self.path("y.html")], "y.html"),
                (["--help"], None), (["serve", "--help"], None), (["--version"], None))

    def exit_code(self, arguments, out="null", err="null"):
        with stream(out) as (stdout, no_out), stream(err) as (stderr, no_err):
            def close():
                for fd, closed in ((1, no_out), (2, no_err)):
                    if closed:
                        os.close(fd)

            return self.start(*arguments, stdout=stdout, stderr=stderr, preexec_fn=close).wait(LIMIT_S)

    def test_every_command_finishes_its_work(self):
        for arguments, name in self.commands():
            for kind in BROKEN:
                for out, err in ((kind, "null"), ("null", kind), (kind, kind)):
                    with self.subTest(arguments=arguments, stdout=out, stderr=err):
                        prints = "-o" not in arguments or arguments[0] != "report"
                        self.assertEqual(self.exit_code(arguments, out, err), 1 if out != "null" and prints else 0)
                        if name:
                            self.assertGreater(os.path.getsize(self.path(name)), 100)
                            os.unlink(self.path(name))

    def test_a_failure_keeps_its_exit_code(self):
        for err in BROKEN:
            self.assertEqual(self.exit_code(["info", "-d", "nope:"], err=err), 3)
            self.assertEqual(self.exit_code(["info"], err=err), 2)
            self.assertEqual(self.exit_code(["compare", "null:", "null:", "--min", "mean=1"], "full", err), 5)

    def test_what_is_lost_is_told(self):
        with open("/dev/full", "wb") as full:
            err = self.start("list", stdout=full, stderr=subprocess.PIPE).communicate(timeout=LIMIT_S)[1]
        self.assertEqual(err, b"airunner: standard output cannot be written: No space left on device\n")

    @needs_posix("Wine leaves no stream closed")
    def test_no_file_gets_the_number_of_a_closed_stream(self):
        arguments = ["run", "-d", "null:", "-vv", "-o", self.path("a.json"), "--html", self.path("a.html")]
        process = self.start(*arguments, preexec_fn=lambda: [os.close(fd) for fd in (0, 1, 2)])
        self.assertEqual(process.wait(LIMIT_S), 1)
        self.assertEqual(len(json.loads(read_file(self.path("a.json")))["outputs"]), 2)
        self.assertTrue(read_file(self.path("a.html")).startswith(b"<!DOCTYPE html>"))

    @needs_posix("pipes wait")
    def test_a_stream_that_does_not_wait(self):
        """Some programs leave a pipe non-blocking for all who share it."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        process = self.start("profile", "-d", "null:", "-b", "2000", "--json", stdout=writer)
        os.close(writer)
        time.sleep(0.3)
        with os.fdopen(reader, "rb") as file:
            document = json.loads(file.read())
        self.assertEqual((process.wait(LIMIT_S), document["n_samples"]), (0, 2000))

    @needs_posix("there is no signal of a terminal that goes")
    def test_a_terminal_that_goes_during_the_run(self):
        for ignored in (True, False):
            master, slave = pty.openpty()
            handler = signal.SIG_IGN if ignored else signal.SIG_DFL
            process = self.start("profile", "-d", "null:?delay_ms=20", "-b", "150", "--html", self.path("x.html"),
                                 stdout=subprocess.DEVNULL, stderr=slave, start_new_session=True,
                                 preexec_fn=lambda h=handler, s=slave: (signal.signal(signal.SIGHUP, h),
                                                                        fcntl.ioctl(2, 0x540E, 0)))  # TIOCSCTTY
            os.close(slave)
            time.sleep(1.5)
            os.close(master)  # the kernel sends SIGHUP
            # Ignored, as by nohup: the run goes on. Else it ends as by Ctrl-C, and what was measured is kept.
            self.assertEqual(process.wait(LIMIT_S), 0 if ignored else 130)
            self.assertGreater(os.path.getsize(self.path("x.html")), 1000)
            os.unlink(self.path("x.html"))

    @needs_posix("there is no signal of a terminal that goes")
    def test_a_second_hang_up_loses_nothing(self):
        process = self.start("profile", "-d", "null:?delay_ms=20", "-b", "5000", "--html", self.path("x.html"),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        for _ in range(20):
            if process.poll() is None:
                process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        self.assertEqual(process.wait(LIMIT_S), 130)
        self.assertTrue(os.path.exists(self.path("x.html")))

    @needs_posix("there are no pseudo terminals")
    def test_a_server_outlives_its_streams(self):
        for kind in BROKEN:
            link = self.path("port")
            with stream(kind) as (broken, closed):
                server = self.start("serve", "null:", "-vv", "--listen", "pty:" + link, stdout=broken, stderr=broken,
                                    preexec_fn=(lambda: (os.close(1), os.close(2))) if closed else None)
            end = time.monotonic() + LIMIT_S
            while not os.path.lexists(link) and time.monotonic() < end:
                time.sleep(0.01)
            for _ in range(2):
                self.run_command("run", "-d", f"serial:{link}:115200")
            server.send_signal(signal.SIGHUP if kind == "full" else signal.SIGTERM)
            self.assertEqual(server.wait(LIMIT_S), 1)  # "ready" could not be printed
            self.assertFalse(os.path.lexists(link))


if __name__ == "__main__":
    unittest.main()
