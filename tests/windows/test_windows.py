#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command and the Python package of a build for Windows, under Wine: what differs from other systems.

usage: test_windows.py [CASE...]     scripts/test-windows sets the environment: AIRUNNER_WINDOWS_BUILD (the build folder), AIRUNNER_NATIVE (the
command of this system, which serves models to those under Wine), AIRUNNER_WINDOWS_PYTHON (the folder of a Python for Windows),
AIRUNNER_WINDOWS_LIBRARIES (what scripts/third-party built)
"""

import json
import os
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

BUILD = Path(os.environ["AIRUNNER_WINDOWS_BUILD"]).resolve()
NATIVE = os.environ["AIRUNNER_NATIVE"]
LIBRARIES = Path(os.environ["AIRUNNER_WINDOWS_LIBRARIES"])
PYTHON = Path(os.environ["AIRUNNER_WINDOWS_PYTHON"]).resolve()
PREFIX = Path(os.environ["WINEPREFIX"]).resolve()
SYSTEM = PREFIX / "drive_c/windows/system32"
SOURCE = Path(__file__).resolve().parents[2]
DIGITS = BUILD / "examples/models/digits"
NATIVE_DIGITS = Path(NATIVE).resolve().parent / "examples/models/digits"
NATIVE_RUNTIMES = Path(NATIVE).resolve().parent / "runtimes"
LITERT_DIGITS = SOURCE / "examples/models/digits/digits_int8.tflite"
LIMIT_S = 120


def windows(path):
    """A path of this system as Wine shows it."""
    return "Z:" + str(path).replace("/", "\\")


def run_wine(program, *arguments, cwd=None, **variables):
    """Gives (exit code, standard output, standard error)."""
    done = subprocess.run(["wine", str(program), *arguments], env={**os.environ, "WINEPATH": windows(BUILD / "src"), **variables}, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=LIMIT_S, cwd=cwd)
    return done.returncode, done.stdout.decode().replace("\r\n", "\n"), done.stderr.decode().replace("\r\n", "\n")


ST_LINK = r"USB\VID_0483&PID_374B&MI_02\6&2B3F&0&0002"
DEVICE = rf"HKLM\System\CurrentControlSet\Enum\{ST_LINK}"
PORTS = "{86e0d1e0-8089-11d0-9ce4-08003e301f73}"  # the interface of serial ports
OFFER = rf"HKLM\System\CurrentControlSet\Control\DeviceClasses\{PORTS}\##?#{ST_LINK.replace(chr(92), '#')}#{PORTS}"


def add_st_link(port):
    """To what Wine knows of devices, as Windows does when one is plugged in."""
    for key, name, kind, value in (
        (DEVICE, "ClassGUID", "REG_SZ", "{4d36e978-e325-11ce-bfc1-08002be10318}"),
        (DEVICE, "Mfg", "REG_SZ", "STMicroelectronics"),
        (DEVICE, "DeviceDesc", "REG_SZ", "STMicroelectronics STLink Virtual COM Port"),
        (DEVICE + r"\Device Parameters", "PortName", "REG_SZ", port),
        (OFFER, "DeviceInstance", "REG_SZ", ST_LINK),
        (OFFER + r"\#", "SymbolicLink", "REG_SZ", rf"\\?\{ST_LINK.replace(chr(92), '#')}#{PORTS}"),
        (OFFER + r"\#\Control", "Linked", "REG_DWORD", "1"),
    ):
        code, out, err = run_wine("reg", "add", key, "/v", name, "/t", kind, "/d", value, "/f")
        assert code == 0, out + err


def remove_st_link():
    for key in (DEVICE, OFFER):
        run_wine("reg", "delete", key, "/f")


def make_library(path, source, *linked):
    subprocess.run(["x86_64-w64-mingw32-gcc-posix", "-shared", "-x", "c", "-", "-x", "none", *linked, "-o", path], check=True, input=source.encode(),
                   timeout=LIMIT_S)


def arrays(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def floats(path):
    """Of the one array in a file."""
    (npy,) = arrays(path).values()
    begin = 10 + int.from_bytes(npy[8:10], "little")
    return struct.unpack(f"<{(len(npy) - begin) // 4}f", npy[begin:])


class Served:
    """A model offered by the command of this system."""

    def __init__(self, *arguments):
        self.server = subprocess.Popen([NATIVE, "serve", *arguments], stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        ready = select.select([self.server.stdout], [], [], LIMIT_S)[0]
        line = self.server.stdout.readline() if ready else ""
        assert line.startswith("ready: "), line
        return line.removeprefix("ready: ").strip()

    def __exit__(self, *error):
        self.server.terminate()
        self.server.communicate(timeout=LIMIT_S)


class ServedAtPort(Served):
    """The same at a serial port of Windows."""

    def __init__(self, name):
        super().__init__("null:", "--listen", "pty")
        self.port = PREFIX / "dosdevices" / name.lower()

    def __enter__(self):
        device = super().__enter__().removeprefix("serial:").split(":")[0].split("?")[0]
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(device)

    def __exit__(self, *error):
        self.port.unlink()
        super().__exit__(*error)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()


class Command(InFolder):
    def airunner(self, *arguments, exit_code=0, **variables):
        code, out, err = run_wine(BUILD / "airunner.exe", *arguments, **variables)
        self.assertEqual(code, exit_code, f"{arguments}\n{out}\n{err}")
        return out, err

    def place_library(self, name):
        """A host library under a name, and the name as Windows has it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DIGITS / "st-ai-int8/libai_network.dll", path)
        return windows(path)

    def test_all_plugins_are_there_and_none_is_loaded_for_a_list(self):
        out, _ = self.airunner("doctor", "--json")
        plugins = {plugin["name"] for plugin in json.loads(out)["plugins"]}
        self.assertEqual(plugins, {"null", "stlib", "aivalidation", "onnxruntime", "litert"})

    def test_names_of_libraries(self):
        for name in ("libai_network.dll", "with a space/libai_network.dll", "größe/Модель/libai_network.dll", "/".join(["long" * 10] * 9) + "/libai_network.dll"):
            path = self.place_library(name)
            for given in (path, path.replace("\\", "/"), "file:" + path, path.removesuffix(".dll")):
                with self.subTest(given=given):
                    out, _ = self.airunner("run", given, "-b", "2", "--json")
                    self.assertEqual(json.loads(out)["n_samples"], 2)

    def test_files_of_a_server(self):
        share = PREFIX / "dosdevices/unc/server/share"  # which Wine shows as \\server\share
        share.parent.mkdir(parents=True, exist_ok=True)
        share.symlink_to(self.folder)
        self.addCleanup(share.unlink)
        self.place_library("a/libai_network.dll")
        for given in (r"\\server\share\a\libai_network.dll", "//server/share/a/libai_network", r"file:\\server\share\a\.\libai_network", r"\\server\share\a"):
            with self.subTest(given=given):
                self.airunner("run", given, "-b", "2", "-o", r"\\server\share\outputs.npz")
                self.assertEqual(len(arrays(self.folder / "outputs.npz")), 1)
                (self.folder / "outputs.npz").unlink()

    def test_a_library_below_a_folder(self):
        self.place_library("workspace/lib/libai_network.dll")
        out, _ = self.airunner("info", windows(self.folder / "workspace"))
        self.assertIn("libai_network.dll", out)

    def test_a_library_of_another_system(self):
        other = self.folder / "libai_network.dll"
        shutil.copy(NATIVE_DIGITS / "st-ai-int8/libai_network.so", other)
        _, err = self.airunner("info", windows(other), exit_code=3)
        self.assertIn("ELF", err)

    def test_a_library_that_needs_one_beside_it(self):
        beside, path = self.folder / "beside.dll", self.folder / "libai_network.dll"
        make_library(beside, "int beside(void) { return 0; }")
        make_library(path, "int beside(void); int needs(void) { return beside(); }", beside, *(DIGITS / "digits-st-ai-int8.dll.p").glob("*.obj"))
        for copy in ("", "?copy=0"):
            with self.subTest(copy=copy):
                self.airunner("run", f"file:{windows(path)}{copy}", "-b", "2")
        beside.unlink()
        _, err = self.airunner("info", windows(path), exit_code=3)
        self.assertIn("a library that it needs was not found, beside.dll: put that beside it", err)

    def test_computes_what_this_system_computes(self):
        inputs = str(SOURCE / "examples/models/digits/test_images.npy")
        for name in ("legacy-int8", "st-ai-int8", "legacy-float32", "st-ai-float32"):
            with self.subTest(library=name):
                there, here = self.folder / "windows.npz", self.folder / "native.npz"
                self.airunner("run", windows(DIGITS / name), "--io", "quantize", "-i", windows(inputs), "-o", windows(there))
                subprocess.run([NATIVE, "run", f"file:{NATIVE_DIGITS / name}", "--io", "quantize", "-i", inputs, "-o", str(here)], check=True,
                               capture_output=True, timeout=LIMIT_S)
                if name.endswith("int8"):
                    self.assertEqual(arrays(there), arrays(here))
                else:  # the exponentials of the C libraries differ in the last bit
                    for one, other in zip(floats(there), floats(here), strict=True):
                        self.assertAlmostEqual(one, other, delta=1e-6)

    def test_a_board_over_tcp(self):
        with Served("null:", "--listen", "tcp:127.0.0.1:0") as descriptor:
            out, _ = self.airunner("run", descriptor, "-b", "3", "--json")
            self.assertEqual(json.loads(out)["n_samples"], 3)

    def test_a_board_at_a_serial_port(self):
        with ServedAtPort("COM12"):
            for given in ("serial:COM12", "serial:COM12:115200", "serial:115200:COM12"):
                with self.subTest(given=given):
                    out, _ = self.airunner("run", given, "-b", "2", "--json")
                    self.assertEqual(json.loads(out)["n_samples"], 2)

    def test_a_board_on_usb_is_found(self):
        add_st_link("COM14")
        self.addCleanup(remove_st_link)
        out, _ = self.airunner("list", "--json")
        (device,) = json.loads(out)["devices"]
        self.assertEqual(device["descriptor"], "serial:COM14:115200")
        self.assertEqual(device["description"], "STMicroelectronics STLink Virtual COM Port (0483:374b)")

    def test_a_port_that_is_not_there(self):
        _, err = self.airunner("run", "serial:COM77", exit_code=3)
        self.assertIn("COM77", err)

    def test_an_emulated_board(self):
        """What cannot be is said first, whatever else is missing."""
        for exit_code, *words in ((3, "info", "board:mps2-an386"), (3, "info", "board:other"), (1, "board", "start", "mps2-an386")):
            with self.subTest(words=words):
                _, err = self.airunner(*words, exit_code=exit_code)
                self.assertIn("emulated boards are there on Linux and macOS only", err)
                self.assertNotIn("image", err)

    def test_files_are_replaced_whole(self):
        path = self.folder / "größe.json"
        path.write_text("old")
        self.airunner("profile", "null:", "--output-report", windows(path))
        self.assertIsInstance(json.loads(path.read_text()), dict)
        self.assertEqual([each.name for each in self.folder.iterdir()], ["größe.json"])

    def test_a_plugin_of_the_current_folder_is_not_loaded(self):
        shutil.copy(BUILD / "backends/libairunner-null.dll", self.folder / "libairunner-mine.dll")
        done = subprocess.run(["wine", str(BUILD / "airunner.exe"), "doctor", "--json"], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S, env={**os.environ, "WINEPATH": windows(BUILD / "src")})
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertNotIn("mine", done.stdout.decode())

    def test_onnx(self):
        model = windows(SOURCE / "examples/models/digits/digits_int8.onnx")
        out, _ = self.airunner("run", model, "-b", "2", "--json", AIRUNNER_ONNXRUNTIME=windows(PYTHON / "packages/onnxruntime"))
        self.assertEqual(json.loads(out)["n_samples"], 2)

    def litert(self, *arguments, runtime=PYTHON / "packages", **how):
        return self.airunner(*arguments, AIRUNNER_LITERT=windows(runtime), **how)

    @unittest.skipUnless((NATIVE_RUNTIMES / "ai_edge_litert").is_dir(), "build/runtimes has no LiteRT of this system")
    def test_litert_computes_what_this_system_computes(self):
        capture, how = self.folder / "native.npz", "?kernels=reference"  # the others round as suits the machine
        subprocess.run([NATIVE, "compare", *[f"{LITERT_DIGITS}{how}"] * 2, "--input", SOURCE / "examples/models/digits/test_images.npy", "--save", capture],
                       check=True, capture_output=True, timeout=LIMIT_S, env={**os.environ, "AIRUNNER_LITERT": str(NATIVE_RUNTIMES)})
        out, _ = self.litert("compare", windows(capture), windows(LITERT_DIGITS) + how, "--json")
        nodes = json.loads(out)["nodes"]
        self.assertEqual(len(nodes), 9)
        for node in nodes:
            for tensor in node["tensors"]:
                self.assertEqual(tensor["metrics"]["max_error"], 0, node["other"]["name"])

    def test_litert_as_by_default(self):
        out, _ = self.litert("profile", windows(LITERT_DIGITS), "-b", "2", "--json")
        self.assertEqual(json.loads(out)["n_samples"], 2)

    def test_litert_does_not_tell_of_accelerators(self):
        _, err = self.litert("info", windows(LITERT_DIGITS) + "?accelerator=gpu", exit_code=3)
        self.assertIn("does not tell which accelerators it has", err)

    def test_litert_without_a_library_of_visual_cpp(self):
        library = shutil.copy(PYTHON / "packages/ai_edge_litert/libLiteRt.dll", self.folder)
        _, err = self.litert("info", windows(LITERT_DIGITS), runtime=library, exit_code=3)
        self.assertIn("a library that it needs was not found, VCRUNTIME140_THREADS.dll: install Microsoft's current Visual C++ Redistributable, or put", err)

    def test_litert_beside_a_library_that_lacks_another(self):
        absent, beside, runtime = (self.folder / name for name in ("absent.dll", "beside.dll", "runtime.dll"))
        make_library(absent, "int absent(void) { return 0; }")
        make_library(beside, "int absent(void); int beside(void) { return absent(); }", absent)
        make_library(runtime, "int beside(void); int runtime(void) { return beside(); }", beside)
        absent.unlink()
        _, err = self.litert("info", windows(LITERT_DIGITS), runtime=runtime, exit_code=3)
        self.assertIn("a library that it needs was not found, absent.dll: put that beside it", err)


class Console(InFolder):
    PRESS = """
import ctypes, subprocess, sys, time
system = ctypes.windll.kernel32
system.FreeConsole()
system.AllocConsole()
with open(sys.argv[1], "wb") as output:
    command = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output)
    time.sleep(10)
    system.SetConsoleCtrlHandler(None, True)  # of this program
    system.GenerateConsoleCtrlEvent(0, 0)  # Ctrl-C
    sys.exit(command.wait(60))
"""

    def test_ctrl_c_ends_a_run_and_shows_what_was_measured(self):
        output = self.folder / "output.txt"
        words = (windows(output), windows(BUILD / "airunner.exe"), "profile", "null:?delay_ms=100", "-b", "1000")
        # No pipes: the console lives on and holds them.
        done = subprocess.run(["wine", PYTHON / "python.exe", "-c", self.PRESS, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=LIMIT_S, env={**os.environ, "WINEPATH": windows(BUILD / "src"), "PYTHONHOME": windows(PYTHON)})
        self.assertEqual(done.returncode, 130, output.read_text())
        self.assertRegex(output.read_text(), r"interrupted +\[cancelled")


class Zip(InFolder):
    """What scripts/build-windows-zip packs, of this build, unpacked into a folder with a space."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        files, path = Path(folder.name, "files"), Path(folder.name, "airunner-windows.zip")
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--tags", "runtime,devel", "--destdir", files], check=True, capture_output=True,
                       timeout=LIMIT_S)
        subprocess.run([sys.executable, SOURCE / "scripts/lib/pack_zip.py", SOURCE, files / "usr/local", LIBRARIES / "share/licenses", path], check=True,
                       capture_output=True, timeout=LIMIT_S, env={**os.environ, "SOURCE_DATE_EPOCH": "1000000000"})
        cls.top = Path(folder.name, "moved with a space") / path.stem
        with zipfile.ZipFile(path) as archive:
            archive.extractall(cls.top.parent)

    def test_the_command_needs_nothing_beside_it(self):
        code, out, err = run_wine(self.top / "bin/airunner.exe", "run", windows(DIGITS / "legacy-int8"), "-b", "2", "--json", WINEPATH="")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["n_samples"], 2)

    def test_authors_of_backends_have_the_suite(self):
        code, out, err = run_wine(self.top / "bin/airunner-conformance.exe", "null:", "--quirks", windows(self.top / "share/airunner/conformance/null.json"),
                                  WINEPATH="")
        self.assertEqual(code, 0, out + err)
        self.assertRegex(out, r"(?m)^ok 1 ")

    def write_program(self):
        path = self.folder / "version.c"
        path.write_text("""#include <airunner.h>
#include <stdio.h>
int main(void) {
  puts(air_version());
  return 0;
}
""")
        return path

    def check_program(self, program):
        for library in (self.top / "bin").glob("*.dll"):
            shutil.copy(library, program.parent)
        code, out, err = run_wine(program, WINEPATH="")
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"^\d+\.\d+\.\d+")

    def test_a_program_is_linked_by_pkg_config(self):
        flags = subprocess.run(["pkg-config", "--define-prefix", "--cflags", "--libs", "airunner"], check=True, capture_output=True, text=True,
                               timeout=LIMIT_S, env={**os.environ, "PKG_CONFIG_LIBDIR": str(self.top / "lib/pkgconfig")}).stdout
        program = self.folder / "version.exe"
        subprocess.run(["x86_64-w64-mingw32-gcc-posix", self.write_program(), "-o", program, *shlex.split(flags)], check=True, timeout=LIMIT_S)
        self.check_program(program)

    def test_a_program_is_linked_by_cmake(self):
        self.write_program()
        (self.folder / "CMakeLists.txt").write_text("""cmake_minimum_required(VERSION 3.16)
project(version C)
find_package(airunner 1.0 REQUIRED)
if(NOT EXISTS "${airunner_PLUGIN_DIR}/libairunner-null.dll")
  message(FATAL_ERROR "plugins: ${airunner_PLUGIN_DIR}")
endif()
add_executable(version version.c)
target_link_libraries(version PRIVATE airunner::report airunner::st)
""")
        build = self.folder / "build"
        for words in (["-S", self.folder, "-B", build, "-DCMAKE_SYSTEM_NAME=Windows", "-DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc-posix",
                       f"-DCMAKE_PREFIX_PATH={self.top}"], ["--build", build]):
            subprocess.run(["cmake", *words], check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        self.check_program(build / "version.exe")

    def test_licences_lie_beside_it(self):
        for name in ("LICENSE", "licenses/fmt/LICENSE", "licenses/zip/LICENSE"):
            self.assertTrue((self.top / name).is_file(), name)

    def test_documents_and_models_lie_beside_it(self):
        for name in ("README.md", "docs/install.md", "docs/validate.md", "examples/models/digits/digits_int8.onnx", "examples/models/digits/test_labels.npy"):
            self.assertTrue((self.top / name).is_file(), name)

    def test_nothing_is_needed_that_windows_does_not_have(self):
        needed = set()
        for file in [*self.top.rglob("*.dll"), *self.top.rglob("*.exe")]:
            told = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", str(file)], capture_output=True, text=True, check=True).stdout
            needed |= {line.split()[-1].lower() for line in told.splitlines() if "DLL Name" in line}
        own = {file.name.lower() for file in self.top.rglob("*.dll")}
        of_windows = {name for name in needed if (SYSTEM / name).exists() or name.startswith("api-ms-win-core-")}
        self.assertEqual(needed - own - of_windows, set())
        self.assertEqual({name for name in needed if name.startswith(("libstdc", "libgcc", "libwinpthread"))}, set())


class Python(InFolder):
    def python(self, program):
        return run_wine(PYTHON / "python.exe", "-c", program, cwd=self.folder, PYTHONHOME=windows(PYTHON),
                        PYTHONPATH=";".join(windows(path) for path in (SOURCE / "bindings/python", PYTHON / "packages")),
                        AIRUNNER_LIBRARY=windows(BUILD / "src"))

    def test_the_package_and_the_drop_in(self):
        code, out, err = self.python(f"""
import airunner, numpy, stm_ai_runner
with airunner.connect({windows(DIGITS / "st-ai-int8")!r}) as runner:
    own = runner.model.invoke(runner.model.random_inputs(2)).outputs
dropped = stm_ai_runner.AiRunner()
assert dropped.connect({windows(DIGITS / "st-ai-int8")!r})
outputs, _ = dropped.invoke(dropped.generate_rnd_inputs(batch_size=2))
print(len(own), numpy.asarray(outputs[0]).shape)
""")
        self.assertEqual((code, out.strip()), (0, "1 (2, 10)"), err)

    def test_a_board_that_another_thread_has_connected(self):
        """Windows ends what a thread has begun at a port together with the thread."""
        with ServedAtPort("COM13"):
            code, out, err = self.python("""
import airunner
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor() as pool:
    runner = pool.submit(airunner.connect, "serial:COM13").result()
with runner:
    print(len(runner.model.invoke(runner.model.random_inputs(2)).outputs[0]))
""")
        self.assertEqual((code, out.strip()), (0, "2"), err)

    def test_the_command(self):
        code, out, err = self.python("import sys; sys.argv = ['airunner', 'info', '-d', 'null:']; from airunner.__main__ import main; main()")
        self.assertEqual(code, 0, err)
        self.assertIn("Model network", out)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
