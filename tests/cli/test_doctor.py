# SPDX-License-Identifier: BSD-3-Clause
"""What the command tells of this machine and its plugins: list, doctor, manifest."""
import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from support import (COMMAND, LIBRARY_ENDING, LIMIT_S, SOURCE_DIR, WINDOWS, CommandTest, airunner, as_given, as_told, environment, in_shell, needs_posix,
                     read_file)

MAY_MOUNT = not WINDOWS and os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


class List(CommandTest):
    def test_names_the_null_backend(self):
        self.assertIn("null:", self.run_command("list")[0])
        plugins = {plugin["name"]: plugin for plugin in self.run_json("list")["plugins"]}
        self.assertEqual(plugins["null"]["schemes"], ["null"])
        self.assertTrue(os.path.isabs(plugins["null"]["path"]))


class Doctor(CommandTest):
    def test_all_is_well(self):
        out, _ = self.run_command("doctor")
        self.assertIn("All is well.", out)
        self.assertIn("AIRUNNER_PLUGIN_PATH", out)
        document = self.run_json("doctor")
        self.assertTrue(document["healthy"])
        self.assertEqual(document["problems"], [])

    def test_a_model_that_cannot_be_used(self):
        folder = os.path.join(os.path.dirname(COMMAND), "tests", "fixtures", "one-of-two-st-ai")
        done = subprocess.run(airunner("doctor", "-d", f"file:{folder}"), env=environment(), capture_output=True, text=True,
                              timeout=LIMIT_S)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, "model 'encoder' cannot be used: .*generated with the weights")
        self.assertNotIn("'decoder'", done.stdout)
        self.assertIn("All is well.", self.run_command("doctor", "-d", "null:")[0])

    @unittest.skipUnless(MAY_MOUNT, "needs Linux, root, and that it may mount")
    def test_modem_manager_and_a_board(self):
        """Over /sys, /dev and /run lie folders of this test's own, which only its commands see, as they alone see a service of that name."""
        port = Path(self.folder, "usb/1-1/1-1:1.2")
        port.mkdir(parents=True)
        for name, text in (("idVendor", "0483"), ("idProduct", "374b"), ("product", "STM32 STLink")):
            (port.parent / name).write_text(text + "\n")
        tty = Path(self.folder, "tty/ttyACM0")
        tty.mkdir(parents=True)
        (tty / "device").symlink_to(port)
        (tty / "dev").write_text("166:0\n")
        shutil.copy(shutil.which("sleep"), self.path("ModemManager"))
        script = """set -e
mount --bind "$1/tty" /sys/class/tty
mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && touch /dev/ttyACM0
mount -t tmpfs none /run && mkdir -p /run/udev/data
"$2" doctor
"$1/ModemManager" 60 </dev/null >/dev/null 2>&1 &
until grep -q ModemManager /proc/$!/comm; do :; done
"$2" doctor && exit 1
echo E:ID_MM_PORT_IGNORE=1 >/run/udev/data/c166:0
exec "$2" doctor
"""
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh", self.folder, COMMAND],
                              env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        before, during, after = done.stdout.split("airunner 1.")[1:]
        self.assertRegex(during, r'1 problem\(s\):\n  /dev/ttyACM0 \(STM32 STLink\): ModemManager sends .*60-airunner\.rules: SUBSYSTEM=="tty", '
                                 r'ATTRS\{idVendor\}=="0483", ATTRS\{idProduct\}=="374b", ENV\{ID_MM_PORT_IGNORE\}="1", .*; then plug the board in again\n$')
        for text in (before, after):
            self.assertTrue(text.endswith("All is well.\n"), text)

    def test_runtimes_are_told_where_they_are(self):
        library = self.path("onnxruntime.dll" if WINDOWS else "libonnxruntime.so.1.2")
        with open(library, "w", encoding="ascii") as file:
            file.write("not loaded")
        away = {"AIRUNNER_LITERT": self.path("nowhere"), "AIRUNNER_ONNXRUNTIME": self.folder}
        out = self.ill("doctor", **away)
        self.assertRegex(out, f"broken +ONNX Runtime: {re.escape(library)}\n")
        self.assertRegex(out, rf"missing +LiteRT: {re.escape(self.path('nowhere'))} \(AIRUNNER_LITERT\)\n")
        self.assertIn("2 problem(s)", out)
        self.assertRegex(out, rf"ONNX Runtime '{re.escape(self.folder)}' \(AIRUNNER_ONNXRUNTIME\) cannot be used: .*; correct or unset AIRUNNER_ONNXRUNTIME: "
                              rf"{re.escape(library)}: .*\n")
        self.assertRegex(out, rf"nowhere' \(AIRUNNER_LITERT\) cannot be used: expected libLiteRt{LIBRARY_ENDING} or .*; correct or unset AIRUNNER_LITERT\n")
        document = json.loads(self.ill("doctor", "--json", **away))
        self.assertEqual(document["runtimes"],
                         [{"name": "ONNX Runtime", "path": library}, {"name": "LiteRT", "path": None}])
        self.assertEqual((document["healthy"], len(document["problems"])), (False, 2))

    @needs_posix("the loader looks into no folder that a variable names")
    def test_a_runtime_that_only_the_loader_knows_is_found(self):
        """As one in /usr/lib: nothing but its name tells where it is."""
        plugin, = (p["path"] for p in self.run_json("doctor")["plugins"] if p["name"] == "null")
        library = shutil.copy(plugin, self.path("libLiteRt" + LIBRARY_ENDING))  # any library does
        away = {"PATH": "", "HOME": self.folder, "PYTHONPATH": ""}
        if "missing LiteRT" not in self.run_command("doctor", **away)[0].replace("missing  ", "missing "):
            self.skipTest("LiteRT is installed where it is found first")
        self.assertRegex(self.run_command("doctor", LD_LIBRARY_PATH=self.folder, **away)[0], f"found +LiteRT: {re.escape(library)}\n")
        with open(library, "w", encoding="ascii") as file:
            file.write("not a library")
        self.assertRegex(self.run_command("doctor", LD_LIBRARY_PATH=self.folder, **away)[0], "missing +LiteRT: install it")

    def test_missing_places_are_told(self):
        out = self.ill("doctor", "--plugin-path", self.path("nothing"))
        self.assertRegex(out, r"missing +\S*/nothing \(option\)")
        self.assertIn("nothing: does not exist; correct or leave out --plugin-path\n", out)
        out = self.ill("doctor", AIRUNNER_PLUGIN_PATH=self.path("nowhere"))
        self.assertRegex(out, r"missing +\S*/nowhere \(AIRUNNER_PLUGIN_PATH\)")
        self.assertIn("nowhere: does not exist; correct or leave out AIRUNNER_PLUGIN_PATH\n", out)

    def test_a_broken_plugin_is_told_and_harms_nobody(self):
        with open(self.path("libairunner-broken" + LIBRARY_ENDING), "w", encoding="ascii") as file:
            file.write("not a library")
        out = self.doctor_of(self.folder)
        self.assertIn("broken", out)
        self.assertIn("libairunner-broken" + LIBRARY_ENDING, out)
        self.run_command("info", "-d", "null:", "--plugin-path", self.folder)
        self.assertIn("airunner doctor", self.run_command("list", "--plugin-path", self.folder)[0])

    def test_options_of_every_backend(self):
        out, _ = self.run_command("doctor", "--options")
        self.assertRegex(out, r"Options of null \(null:\)")
        self.assertRegex(out, r"\n  models +1\.\.64 +1 +number of models\n")
        self.assertRegex(out, r"\n  optimize +none\|basic\|extended\|all +all +")
        self.assertRegex(out, r"\n  provider\.\* +text +")
        self.assertNotIn("Environment", out)
        plugins = {plugin["name"]: plugin for plugin in self.run_json("doctor", "--options")["plugins"]}
        models = next(option for option in plugins["null"]["options"] if option["key"] == "models")
        self.assertEqual(models, {"key": "models", "type": "number", "default": "1", "choices": ["1", "64"],
                                  "text": "number of models"})
        self.assertEqual(plugins["onnxruntime"]["patterns"], ["*.onnx"])
        for plugin in plugins.values():
            self.assertTrue(plugin["has_manifest"], plugin["path"])
        # The pages of the runtimes tell the same ones.
        for name, page in (("onnxruntime", "onnx.md"), ("litert", "litert.md")):
            with open(os.path.join(SOURCE_DIR, "docs", page), encoding="utf-8") as file:
                rows = [line.split(" | ")[0] for line in file if line.startswith("| `")]
            keys = {option["key"].split(".")[0] for option in plugins[name]["options"]}
            self.assertLessEqual({"only", "save", "weights"}, keys)
            for key in keys:
                self.assertTrue(any(row.startswith(("| `" + key + "=", "| `" + key + ".")) for row in rows), key)

    def doctor_of(self, folder):
        return self.ill("doctor", "--plugin-path", folder)

    def ill(self, *arguments, **variables):
        # Not a failure of the command: the findings are on stdout, only the exit code tells.
        done = subprocess.run(airunner(*arguments), env=environment(**variables), capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        return as_told(done.stdout.decode())


class Manifest(CommandTest):
    def plugins(self):
        return {plugin["name"]: plugin["path"] for plugin in self.run_json("list")["plugins"]}

    def test_the_built_ones_are_those_of_the_plugins(self):
        for name, path in self.plugins().items():
            out, _ = self.run_command("manifest", path)
            self.assertEqual(out.encode(), read_file(path.replace(LIBRARY_ENDING, ".manifest")), name)

    def test_all_that_are_there(self):
        out, _ = self.run_command("manifest")
        for name, path in self.plugins().items():
            self.assertIn(f"# {path}\nabi = 2\nname = {name}\n", out)

    def test_the_one_beside_a_plugin_does_not_matter(self):
        path = self.path("libairunner-null" + LIBRARY_ENDING)
        shutil.copy(self.plugins()["null"], path)
        good = self.run_command("manifest", path)[0]
        for text in ("", "no manifest", good.replace("version = ", "version = 7")):
            with open(self.path("libairunner-null.manifest"), "w", encoding="utf-8") as file:
                file.write(text)
            self.assertEqual(self.run_command("manifest", path)[0], good)
            done = subprocess.run(airunner("doctor", "--plugin-path", self.folder), env=environment(), capture_output=True,
                                  text=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(as_told(done.stdout), rf"broken +\S*/libairunner-null{LIBRARY_ENDING}\n +its manifest")
            self.run_command("info", "-d", "null:", "--plugin-path", self.folder)  # by the one that is installed

    def test_what_is_no_plugin(self):
        for path, told in (("/no/such/file.so", "cannot be loaded"), (COMMAND, "")):
            out, err = self.run_command("manifest", path, exit_code=1)
            self.assertEqual(out, "")
            self.assertIn(path, err)
            self.assertIn(told, err)

    def test_files_that_are_read_are_not_written(self):
        path = self.path("libairunner-null" + LIBRARY_ENDING)
        shutil.copy(self.plugins()["null"], path)
        before = read_file(path)
        done = subprocess.run(in_shell(f">>{as_given(path)}", "manifest", path), capture_output=True, env=environment(), timeout=LIMIT_S)
        self.assertEqual((done.returncode, read_file(path)), (2, before))


if __name__ == "__main__":
    unittest.main()
