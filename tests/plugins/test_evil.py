# SPDX-License-Identifier: BSD-3-Clause
"""The command with a plugin that misbehaves (evil.cpp) in every mode: nothing hangs, nothing else is harmed, plugin and entry are named, and
no absurd number is printed."""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support import environment

COMMAND = os.environ["AIRUNNER_COMMAND"]
PLUGIN = os.environ["AIRUNNER_EVIL"]
CALLS_COMMAND = os.environ["AIRUNNER_EVIL_CALLS"]
SOURCE = os.path.join(os.environ["AIRUNNER_SOURCE_DIR"], "tests", "plugins", "evil.cpp")
SANITIZED = os.environ["AIRUNNER_SANITIZED"] == "1"
LIMIT_S = 60
MOST_BYTES = 200_000  # of what a command may print here
BACKEND = "backend evil: "

# What is wrong with its table, and what `doctor` and every command that wants it tell. All else goes on.
REFUSED = {
    "query-throw": "air_backend_query threw: boom in query",
    "query-null": "none of the plugin ABIs",
    "query-old": "made for plugin ABI 1, which this airunner no longer has: rebuild it",
    "query-abi": "a table of ABI 7",
    "query-size": "with 20 bytes",
    "query-norun": "lacks the entry run",
    "query-noname": "no name",
    "query-nodescription": "no description",
    "query-ctlname": "is not one line",
    "query-noscheme": "no scheme",
    "query-upper": 'scheme "Evil"',
    "query-one": 'scheme "e"',
    "query-steal": 'schemes "evil", the plugin says "onnx"',
    "query-rename": 'version "1", the plugin says "2"',
    "query-optionsnull": "option is NULL",
    "query-optionsmany": "4294967295 option",
    "query-optionsize": "struct_size of option is 8",
    "query-optiontext": "no text for option level",
    "query-optiondefault": "expected one of low, high",
    "makemem-nofree": "lacks the entry free_memory, which is required with make_memory",
}
# What happens when it is loaded, as `doctor` tells; a command that wants it goes down with it.
HARMFUL = {
    "load-abort": "signal 6, Aborted",
    "load-segv": "signal 11, Segmentation fault",
    "load-exit": "ends the program when it is loaded, with exit code 0",
    "query-segv": "signal 11, Segmentation fault",
    "unload-abort": "signal 6, Aborted",
}
# Connecting fails; a regular expression of what is told.
NOT_CONNECTED = {
    "connect-throw": BACKEND + "connect threw: boom from a plugin",
    "connect-throw-int": BACKEND + "connect threw: something that is no exception",
    "connect-throw-memory": "out of memory",
    "connect-null": BACKEND + "connect",
    "connect-silent": BACKEND + r"connect failed \(not found\) without a reason",
    "connect-status": BACKEND + "connect returned the unknown status 999",
    "connect-neg": BACKEND + "connect returned the unknown status -3",
    "connect-mismatch": r"\[invalid model, E801\] the text says timeout",
    "connect-multiline": r"\[invalid model, E801\] line one\S*line two",
    "connect-longerr": r"\[invalid model, E801\] xxxx",
    "connect-nullerr": BACKEND + r"connect failed \(invalid model\) without a reason",
    "info-throw": BACKEND + "get_info threw: boom in get_info",
    "info-status": BACKEND + "get_info returned the unknown status 4711",
}
for name in ("desc-empty desc-wrong desc-foreign info-null info-batchhuge tensor-scalesplain info-nmodels0 info-modelsnull info-infosize info-size0 info-sizehuge info-nullname info-emptyname info-dup "
             "info-inputsnull info-manyin info-caps info-nodeshuge info-columnstwice info-columnname info-columnkind info-columnown "
             "info-propertykey info-propertyvalue info-maccmax tensor-size0 tensor-sizehuge tensor-nullshape tensor-negdim "
             "tensor-overflow tensor-rank tensor-dtype tensor-dtype0 tensor-encoding tensor-scalenan tensor-scaleinf tensor-scaleneg "
             "tensor-scalesnull tensor-scalesmany tensor-axis node-cover node-covernull node-outputsnull node-outputsmany "
             "node-structsize").split():
    NOT_CONNECTED[name] = BACKEND + "get_info: "
# A run fails; `profile` alone asks for nodes.
FAILING = {
    "run-throw": BACKEND + "run threw: boom in run",
    "run-silent": BACKEND + r"run failed \(run failed\) without a reason",
    "run-status": BACKEND + "run returned the unknown status 999",
    "run-stop": BACKEND + "run",
    "run-timeout": BACKEND + "run",
    "time-huge": BACKEND + "run",
    "time-values": BACKEND + "run",
    "memory-fixed": BACKEND + "run",
    "memory-far": BACKEND + "run",
    "describe-far": BACKEND + "run",
    "describe-null": BACKEND + "run",
    "column-null": BACKEND + "run",
    "column-many": BACKEND + "run: more than 1024 columns",
}
FAILING_WITH_NODES = {name: BACKEND + "run" for name in (
    "info-nodes info-nodes0 event-run event-inf event-neg event-huge event-size0 event-node event-next event-sample event-samples event-valuesmany "
    "event-valuesnull event-null event-twice event-many event-varying").split()}
# Nothing fails: the rest is ignored, completed or harmless.
FINE = ("connect-okerr connect-stdout connect-log connect-wildlog desc-none info-batch0 info-cancel info-noio "
        "info-badutf8 info-ctlname tensor-nullname tensor-badutf8 tensor-tag tensor-zerodim "
        "disconnect-throw run-nowrite run-writein event-datanull event-none event-note event-countneg time-zero "
        "time-end time-note time-size describe-other event-nan scan-throw scan-status scan-junk scan-many claims-throw claims-huge "
        "load-stdout cancel-throw").split()
# What evil-calls does that no command does, and what it is told; the runner can be used afterwards.
CALLS = {
    "prepare-throw": ("prepare", "[internal] " + BACKEND + "prepare threw: boom in prepare"),
    "prepare-throw-memory": ("prepare", "[no memory] out of memory"),
    "prepare-status": ("prepare", "[internal] " + BACKEND + "prepare returned the unknown status 4711"),
    "prepare-silent": ("prepare", "[unsupported] " + BACKEND + "prepare failed (unsupported) without a reason"),
    "prepare-stop": ("prepare", "[internal] " + BACKEND + "prepare was cancelled, and nobody did"),
    "prepare-waits": ("limited", "[timeout] prepare: time limit of 300 ms passed: allow more"),
    "prepare-nooutputs": ("prepare", "[unsupported] node 0 'evil' tells no outputs"),
    "prepare-open": ("prepare", "[unsupported] output 0 of node 0 'evil' has the shape (-1,), which is open"),
    "makemem-throw": ("inputs", "[internal] " + BACKEND + "make_memory threw: boom in make_memory"),
    "makemem-status": ("inputs", "[internal] " + BACKEND + "make_memory returned the unknown status 4711"),
    "makemem-silent": ("inputs", "[io] " + BACKEND + "make_memory failed (io) without a reason"),
    "makemem-null": ("inputs", "[internal] " + BACKEND + "make_memory: memory of 48 bytes for input 0 is NULL"),
    "makemem-unaligned": ("inputs", "[internal] " + BACKEND + "make_memory: memory for input 0 lies at"),
    "makemem-freethrow": ("inputs", "[ok]"),
    "extension-throw": ("extension", "[internal] " + BACKEND + "get_extension threw: boom in get_extension"),
    "extension-null": ("extension", "[unsupported] backend evil has no extension"),
    "extension-unaligned": ("extension", "[internal] " + BACKEND + 'get_extension: the table of extension "evil" lies at'),
    "extension-size0": ("extension", "[internal] " + BACKEND + 'get_extension: struct_size of the table of extension "evil" is 0'),
    "extension-sizehuge": ("extension", "[internal] " + BACKEND + 'get_extension: struct_size of the table of extension "evil" is 1048576'),
    "extension-crooked": ("extension", "[internal] " + BACKEND + 'get_extension: struct_size of the table of extension "evil" is 13'),
}
CRASHING = ("connect-segv", "connect-abort", "info-wild", "run-segv")
ENDING = ("connect-exit", "run-exit")
HANGING = ("connect-hang", "run-hang", "load-hang")
UNDEFINED = ("run-over",)  # writes beyond its memory: whatever becomes of that command


class Ended:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout.decode(errors="strict"), done.stderr.decode(errors="strict")

    def __repr__(self):
        return f"exit code {self.code}\n{self.out[-2000:]}\n{self.err[-2000:]}"


class Evil(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = os.path.join(folder.name, "with")
        cls.bare = os.path.join(folder.name, "without")
        for path in (cls.folder, cls.bare):
            os.mkdir(path)
            shutil.copy(PLUGIN, path)
        shutil.copy(PLUGIN.replace(".so", ".manifest"), cls.folder)
        cls.page = os.path.join(folder.name, "{}.html")

    def run_command(self, mode, *arguments, folder=None):
        done = subprocess.run([COMMAND, *arguments, "--plugin-path", folder or self.folder], env=environment(EVIL=mode),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S)
        ended = Ended(done)
        with self.subTest(mode=mode, command=arguments[0]):
            self.assertLess(len(done.stdout) + len(done.stderr), MOST_BYTES, ended)
            self.assertNotRegex(ended.out + ended.err, r"[\x00-\x08\x0b-\x1f\x7f]", "control characters")
            if ended.code > 0 and arguments[0] != "doctor":
                self.assertRegex(ended.err, r"^airunner: ", ended)
        return ended

    def each(self, modes, work):
        """In several threads: most of the time is spent in starting the command."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for mode, done in [(mode, pool.submit(work, mode)) for mode in modes]:
                with self.subTest(mode=mode):
                    done.result()

    def doctor(self, mode, told=None):
        ended = self.run_command(mode, "doctor")
        self.assertEqual(ended.code, 0 if told is None else 1, ended)
        self.assertEqual(ended.err, "noise on stdout\n" if mode == "load-stdout" else "")
        if told is not None:
            self.assertRegex(ended.out, r"\n  \S*/libairunner-evil\.so: .*" + re.escape(told))

    def others_go_on(self, mode):
        self.assertEqual(self.run_command(mode, "info", "-d", "null:").code, 0)

    def uses(self, mode):
        """The commands that connect and run."""
        yield "info", self.run_command(mode, "info", "-d", "evil:")
        yield "run", self.run_command(mode, "run", "-d", "evil:", "-b", "3", "--html", self.page.format(mode))
        yield "profile", self.run_command(mode, "profile", "-d", "evil:", "-b", "3", "--html", self.page.format(mode))

    def check_numbers(self, ended):
        """A time beyond a day, nan and inf are absurd here."""
        self.assertNotRegex(ended.out, r"(?i)\b(nan|inf)\b", ended)
        self.assertNotRegex(ended.out, r"\d{11}", ended)
        self.assertNotRegex(ended.out, r"-\d[\d.]* ms|-\d[\d.]*%", ended)

    def test_every_mode_is_judged(self):
        with open(SOURCE, encoding="utf-8") as file:
            source = file.read()
        modes = set(re.findall(r'\bis\("([a-z0-9-]+)"\)', source)) | {"connect-" + name for name in
                                                                    ("multiline", "longerr", "nullerr", "mismatch")}
        judged = [*REFUSED, *HARMFUL, *NOT_CONNECTED, *FAILING, *FAILING_WITH_NODES, *FINE, *CRASHING, *ENDING, *HANGING, *UNDEFINED, *CALLS,
                  "scan-hang", "tensor-huge"]
        self.assertEqual(sorted(judged), sorted(modes))

    def test_a_good_one(self):
        self.doctor("")
        for command, ended in self.uses(""):
            told = [line for line in ended.err.splitlines() if not line.startswith("airunner: wrote ")]
            self.assertEqual((ended.code, told), (0, []), command)
            self.check_numbers(ended)
        listed = self.run_command("", "list")
        self.assertEqual(listed.code, 0)
        self.assertRegex(listed.out, "evil:found +one that is good")

    def test_tables_that_are_refused(self):
        def work(mode):
            told = REFUSED[mode]
            self.doctor(mode, told)
            self.others_go_on(mode)
            listed = self.run_command(mode, "list")
            self.assertEqual((listed.code, listed.out.count("evil:found")), (0, 0), listed)
            for descriptor in ("evil:", "x.evil"):
                ended = self.run_command(mode, "info", "-d", descriptor)
                self.assertEqual(ended.code, 3, ended)
                self.assertRegex(ended.err, r"^airunner: \[incompatible, E801\] .*libairunner-evil\.so: .*" + re.escape(told))
            self.assertEqual(self.run_command(mode, "info", "-d", "null:", folder=self.bare).code, 0)
            ended = self.run_command(mode, "info", "-d", "evil:", folder=self.bare)
            if mode not in ("query-steal", "query-rename"):
                self.assertEqual(ended.code, 3, ended)
                self.assertRegex(ended.err, r"libairunner-evil\.so: .*" + re.escape(told))
        self.each(REFUSED, work)

    @unittest.skipIf(SANITIZED, "a sanitizer reports crashes in its own way")
    def test_plugins_that_do_harm_when_they_are_loaded(self):
        def work(mode):
            self.doctor(mode, HARMFUL[mode])
            self.others_go_on(mode)
            ended = self.run_command(mode, "info", "-d", "evil:")
            self.assertNotEqual(ended.code, 0, ended)
            if mode == "load-exit":
                self.assertIn("has ended the program", ended.err)
        self.each(HARMFUL, work)

    def test_a_plugin_that_hangs_when_it_is_loaded(self):
        def work(command):
            if command == "doctor":
                return self.doctor("load-hang", "does not come back within 5 s")
            return self.others_go_on("load-hang")
        self.each(("doctor", "info"), work)

    def test_connecting_fails(self):
        def work(mode):
            self.doctor(mode)
            for _, ended in self.uses(mode):
                self.assertEqual(ended.code, 3, ended)
                self.assertRegex(ended.err, NOT_CONNECTED[mode])
        self.each(NOT_CONNECTED, work)

    def test_running_fails(self):
        def work(mode):
            told = FAILING.get(mode) or FAILING_WITH_NODES[mode]
            for command, ended in self.uses(mode):
                fails = command == "profile" or (command == "run" and mode in FAILING)
                code = 124 if mode == "run-timeout" else 1
                self.assertEqual(ended.code, code if fails else 0, ended)
                self.check_numbers(ended)
                if fails:
                    self.assertRegex(ended.err, told)
        self.each([*FAILING, *FAILING_WITH_NODES], work)

    def test_what_does_no_harm(self):
        def work(mode):
            self.doctor(mode)
            self.others_go_on(mode)
            for _, ended in self.uses(mode) if mode != "cancel-throw" else ():
                self.assertEqual(ended.code, 0, ended)
                self.check_numbers(ended)
            listed = self.run_command(mode, "list")
            self.assertEqual(listed.code, 0, listed)
            n_found = {"scan-throw": 0, "scan-status": 0, "scan-many": 1000}.get(mode, 1)
            self.assertEqual(listed.out.count("evil:found"), n_found)
        self.each(FINE, work)

    def test_noise_is_no_result(self):
        for mode in ("connect-stdout", "load-stdout"):
            for command in (("info", "-d", "evil:"), ("run", "-d", "evil:"), ("doctor",), ("list",)):
                json.loads(self.run_command(mode, *command, "--json").out)

    def test_scanning_goes_on(self):
        for mode in ("scan-throw", "scan-status", "scan-junk"):
            ended = self.run_command(mode, "list", "-v")
            self.assertRegex(ended.err, r"warning: plugin \S*libairunner-evil\.so: .*backend evil: scan")
        junk = json.loads(self.run_command("scan-junk", "list", "--json").out)
        self.assertEqual([device["descriptor"] for device in junk["devices"] if device["backend"] == "evil"], ["evil:found"])

    def test_claims_that_cannot_be(self):
        for mode, told in (("claims-throw", "claims threw: something that is no exception"), ("claims-huge", "claims gave 1000000")):
            ended = self.run_command(mode, "info", "-d", "x.evil")
            self.assertEqual(ended.code, 3, ended)
            self.assertRegex(ended.err, r"libairunner-evil\.so: backend evil: " + told)
            self.assertNotIn("evil", self.run_command(mode, "info", "-d", "/no/such/file").err.split("\n")[0])

    @unittest.skipIf(SANITIZED, "a sanitizer reports crashes in its own way")
    def test_crashes_are_those_of_the_command_alone(self):
        def work(mode):
            self.doctor(mode)
            self.others_go_on(mode)
            codes = {command: ended.code for command, ended in self.uses(mode)}
            number = -signal.SIGABRT if mode == "connect-abort" else -signal.SIGSEGV
            self.assertEqual(codes["profile"], number)
            self.assertEqual(codes["info"], 0 if mode == "run-segv" else number)
        self.each(CRASHING, work)

    def test_a_plugin_that_ends_the_program_does_not_end_it_well(self):
        def work(mode):
            self.doctor(mode)
            for command, ended in self.uses(mode):
                fails = command != "info" or mode == "connect-exit"
                self.assertEqual(ended.code, 1 if fails else 0, ended)
                if fails:
                    self.assertIn("has ended the program", ended.err)
        self.each(ENDING, work)

    def test_limits_are_kept(self):
        def work(mode):
            ended = self.run_command(mode, "run", "-d", "evil:", "-b", "2", "--timeout", "0.5")
            self.assertEqual(ended.code, 124, ended)
            self.assertRegex(ended.err, r"^airunner: \[timeout, E801\] (running|connecting to) evil:.*does not react")
        self.each(HANGING, work)

    def test_a_cancel_that_throws(self):
        ended = self.run_command("cancel-throw", "run", "-d", "evil:", "-b", "2", "--timeout", "0.5")
        self.assertEqual(ended.code, 124, ended)
        self.assertRegex(ended.err, r"^airunner: \[timeout, E801\] ")

    def call(self, mode, what):
        done = subprocess.run([CALLS_COMMAND, PLUGIN, what], env=environment(EVIL=mode), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT_S, text=True)
        self.assertEqual(done.returncode, 0, f"{mode}: {done.stdout}{done.stderr}")
        return done.stdout

    def test_calls_that_no_command_makes(self):
        def work(mode):
            what, told = CALLS[mode]
            self.assertEqual(self.call(mode, what)[:len(told)], told)
            self.doctor(mode)
        self.each(CALLS, work)

    def test_calls_to_a_good_one(self):
        self.assertEqual(self.call("prepare-nothing", "given"), "[ok] \n")
        self.assertEqual(self.call("makemem-nothing", "inputs"), "[ok] \n")
        self.assertEqual(self.call("", "inputs"), "[ok] \n")
        self.assertEqual(self.call("", "extension"), "it has the extension\nthe body was called\n[ok] \n")
        self.assertTrue(self.call("", "body").startswith("[internal] " + BACKEND + "extension evil threw: something that is no exception"))
        self.assertTrue(self.call("", "prepare").startswith("[unsupported] the nodes of model 'evil' of backend evil"))

    def test_a_scan_that_goes_on_until_its_limit(self):
        ended = self.run_command("scan-hang", "list", "-v")
        self.assertEqual(ended.code, 0, ended)
        self.assertRegex(ended.err, r"libairunner-evil\.so: scan failed")

    @unittest.skipIf(SANITIZED, "a sanitizer gives out no such memory in its own way")
    def test_samples_that_fit_no_memory(self):
        for command, ended in self.uses("tensor-huge"):
            self.assertEqual(ended.code, 0 if command == "info" else 1, ended)
            if command != "info":
                self.assertIn("and this machine has", ended.err)
                self.assertIn("not one sample fits", ended.err)

    @unittest.skipIf(SANITIZED, "a sanitizer ends the command")
    def test_memory_that_is_not_its_own(self):
        self.doctor("run-over")
        self.others_go_on("run-over")
        for _, ended in self.uses("run-over"):
            self.assertLess(ended.code, 128)


if __name__ == "__main__":
    unittest.main()
