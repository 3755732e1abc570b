# SPDX-License-Identifier: BSD-3-Clause
"""Boards of a cluster of Dask: a real scheduler, a worker in a process of its own for each board, and real servers as boards. All of them die."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

from support import COMMAND, LIMIT_S, SOURCE
from validating import IMAGES, INT8, LABELS, PageTest, ValidateTest, environment

import airunner
from airunner.farm import _remote, _worker, boards
from airunner.farm._boards import announced
from airunner.validation._board import Known
from airunner.validation._crew import Crew

try:
    from distributed import Client
except ImportError:
    Client = None

PAGE = (SOURCE / "docs" / "farm.md").read_text()
SER2NET = shutil.which("ser2net", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
N = 200
RATE = "600000"  # 7 ms a sample


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def block_of_page(words):
    (text,) = re.findall(rf"^```{words}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return text


class Words(ValidateTest):
    def test_what_is_no_client(self):
        for client in (5, "tcp://127.0.0.1:8786"):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "expected a dask.distributed.Client"):
                airunner.validate(INT8, self.images, client=client)


class Newcomers(ValidateTest):
    def test_one_that_cannot_be_used_harms_no_other(self):
        class Reach:
            n_at_once = 1

            def __init__(self, name, error=None):
                self.name, self.error = name, error

            def connect(self, is_again):
                if self.error is not None:
                    raise self.error
                with airunner.connect(INT8) as runner:
                    return Known(runner.model.info, runner.model.to_dict())

            def drop(self):
                pass

            close = drop

        there = [Reach("first")]
        with contextlib.ExitStack() as stack:
            crew = Crew(lambda: there, 0, True, stack)
            there += [Reach("bad", airunner.InvalidArgumentError("no")), Reach("good")]
            self.assertEqual([(board.name, str(board.failure)) for board in crew.newcomers()], [("bad", "no"), ("good", "None")])
            self.assertEqual(crew.newcomers(), [])


class Held(ValidateTest):
    """What a worker does, in this process."""

    def test_it_lets_go_when_nobody_uses_the_board(self):
        name = f"{self.serve(INT8)}@here"
        before, _worker._IDLE_S = _worker._IDLE_S, 0.2
        self.addCleanup(setattr, _worker, "_IDLE_S", before)
        known = _worker.connect(name, {}, 10)
        self.assertEqual(known.info.inputs[0].shape, (1, 8, 8, 1))
        first = _worker.invoke(name, {}, 10, [self.images[:3]])
        deadline = time.monotonic() + LIMIT_S
        while True:  # the server takes one client at a time
            try:
                airunner.connect(name[:-len("@here")]).close()
                break
            except airunner.Error:
                self.assertLess(time.monotonic(), deadline)
        again = _worker.invoke(name, {}, 10, [self.images[:3]])
        self.assertEqual(first.outputs[0].tobytes(), again.outputs[0].tobytes())
        # For other options it is connected anew.
        other = _worker.connect(name, {"options": {"packet": 128}}, 10)
        self.assertNotEqual(other.info.descriptor, known.info.descriptor)
        _worker._boards[name].let_go()


@unittest.skipIf(Client is None, "Dask is not installed (python3-distributed)")
class Farm(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.servers = [subprocess.Popen([COMMAND, "serve", INT8, "--listen", "tcp:127.0.0.1:0", "--line-rate", RATE], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
        described = [server.stdout.readline().split()[1] for server in cls.servers]
        port = free_port()
        cls.scheduler = subprocess.Popen([sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.address = f"tcp://127.0.0.1:{port}"
        cls.workers = subprocess.Popen([sys.executable, "-m", "airunner.farm", cls.address, *described, "--at", "bench1"], env=environment(),
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.names = [cls.workers.stdout.readline().split()[1] for _ in described]
        cls.client = Client(cls.address)
        cls.alone = airunner.validate(INT8, cls.images, "classification", targets=cls.labels, samples=N)

    @classmethod
    def tearDownClass(cls):
        cls.workers.terminate()
        assert cls.workers.wait(LIMIT_S) in (0, -signal.SIGKILL)
        cls.workers.stdout.close()
        cls.client.close()
        for program in (*cls.servers, cls.scheduler):
            program.kill()
            program.communicate()

    def run_on(self, names, **arguments):
        return airunner.validate(names, self.images, "classification", targets=self.labels, samples=N, client=self.client, **arguments)

    def check_as_alone(self, found, most_more):
        """Each sample once; what was executed besides is told; all bytes are those of one board."""
        self.assertTrue(found.complete)
        document = found.document
        self.assertEqual((document["accepted"], document["missing"]), (N, 0))
        self.assertLessEqual(document["executed"], N + most_more)
        self.assertEqual(document["executed"], len(list(found.results())))
        self.assertEqual({line["index"]: line["hash"] for line in found.results()}, {line["index"]: line["hash"] for line in self.alone.results()})
        self.assertEqual(json.dumps(document["metrics"]), json.dumps(self.alone.document["metrics"]))
        self.assertEqual(document["disagreements"]["count"], 0)

    def when_it_has_worked(self, name, journal, do):
        """Does it as soon as the journal has results of a board."""
        def wait():
            deadline = time.monotonic() + LIMIT_S
            while time.monotonic() < deadline and not (journal.exists() and journal.read_text().count(f'"board": "{name}"') >= 3):
                time.sleep(0.005)
            do()

        thread = threading.Thread(target=wait)
        thread.start()
        self.addCleanup(thread.join)

    def test_all_boards(self):
        self.assertEqual(sorted(self.names), boards(self.client))
        self.assertTrue(all(name.endswith("@bench1") for name in self.names))
        found = self.run_on(self.names, shared=2)
        self.check_as_alone(found, 2)
        self.assertTrue(found)
        self.assertEqual([board["descriptor"] for board in found.document["boards"]], self.names)
        for board in found.document["boards"]:
            self.assertGreater(board["accepted"], N // 4)
            self.assertGreater(board["link_ms"]["mean"], 5)
            self.assertEqual((board["retries"], board["retired"]), (0, None))

    def test_a_worker_is_killed(self):
        """Dask's nanny starts it again; what it had in work is run again, and the report tells."""
        name, journal = self.names[0], self.folder() / "journal.jsonl"
        pids = self.client.run(os.getpid)
        self.when_it_has_worked(name, journal, lambda: os.kill(pids[announced(self.client)[name][0]], signal.SIGKILL))
        found = self.run_on(self.names, journal=journal)
        self.check_as_alone(found, 1)
        self.assertTrue(found)
        board = found.document["boards"][0]
        self.assertIn(board["retries"], (1, 2))  # of the chunk that was run, and of the one that waited
        self.assertIn("is lost", board["last_failure"])
        self.assertIsNone(board["retired"])
        self.assertIn(f"{name} failed and was tried again", str(found))

    def test_the_client_is_killed(self):
        """The same command goes on; nothing that is in the journal is run again but the shared sample."""
        journal, report = self.folder() / "journal.jsonl", self.folder() / "report.json"
        words = [*self.names, "--scheduler", self.address, "--data", IMAGES, "--targets", LABELS, "--task", "classification", "--samples", N,
                 "--journal", journal, "--output-report", report]
        self.kill_at(self.start(*words), journal, 60)
        done = journal.read_bytes().count(b"\n") - 1
        self.validate(*words)
        found = json.loads(report.read_text())
        results = self.lines(journal)
        self.assertEqual((found["accepted"], found["missing"], found["executed"]), (N, 0, len(results)))
        self.assertEqual(found["duplicates"], 3)  # the shared sample: by each board of each run, less one
        self.assertLess(done, N)
        self.assertEqual({line["index"]: line["hash"] for line in results}, {line["index"]: line["hash"] for line in self.alone.results()})
        self.assertEqual(json.dumps(found["metrics"]), json.dumps(self.alone.document["metrics"]))

    def test_a_board_comes_while_the_run_goes_on(self):
        """Another machine joins the cluster: its board gets samples as the others; one with another network is told."""
        journal = self.folder() / "journal.jsonl"
        other, late = (self.serve(*words) for words in (("null:",), (INT8, "--line-rate", RATE)))  # which are looked at in this order

        def join():
            program = subprocess.Popen([sys.executable, "-m", "airunner.farm", self.address, other, late, "--at", "bench2"], env=environment(),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(program.wait, LIMIT_S)
            self.addCleanup(program.terminate)

        def samples():
            """Until it has worked."""
            deadline = time.monotonic() + LIMIT_S
            while time.monotonic() < deadline and not (journal.exists() and f'"board": "{late}@bench2", "device_ms"' in journal.read_text()):
                yield from zip(self.images[:100], self.labels[:100])
                given.append(100)

        given = []
        self.when_it_has_worked(self.names[0], journal, join)
        found = airunner.validate(None, samples(), "classification", client=self.client, journal=journal)
        self.assertEqual((found.document["accepted"], found.document["missing"]), (sum(given), 0))
        told = {board["descriptor"]: board for board in found.document["boards"]}
        self.assertEqual(set(told), {*self.names, f"{late}@bench2", f"{other}@bench2"})
        self.assertGreater(told[f"{late}@bench2"]["accepted"], 0)
        self.assertIn("has another network than", told[f"{other}@bench2"]["retired"])
        self.assertEqual(found.document["disagreements"]["count"], 0)

    def test_what_nobody_announces_is_not_waited_for(self):
        begin = time.monotonic()
        with self.assertRaisesRegex(airunner.NotFoundError, f"announces the board serial:@moon; announced are: .*{self.names[0]}"):
            self.run_on(["serial:@moon"], retries=0)
        self.assertLess(time.monotonic() - begin, 10)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "a board of the farm is a Model"):
            self.run_on([self.connect(INT8).model])
        _, err = self.validate("--scheduler", "tcp://127.0.0.1:1", "--timeout", "1", "--data", IMAGES, "--targets", LABELS, "--task", "classification", exit_code=3)
        self.assertIn("--scheduler tcp://127.0.0.1:1: there is none", err)

    def test_the_page(self):
        for words, command in (("sh norun lab", ("bash", "-euo", "pipefail", "-c")), ("python lab", (sys.executable, "-c"))):
            out = self.run_in_tree(*command, block_of_page(words).replace("tcp://lab:8786", self.address)).stdout
            self.assertIn("360 of 360 samples accepted", out)
            self.assertTrue(all(f"  {name}: " in out for name in self.names), out)
        self.run_in_tree("bash", "-euo", "pipefail", "-c", block_of_page("sh norun ci").replace("tcp://lab:8786", self.address))

    def test_wrong_data_ends_the_run(self):
        """As without a cluster: no other board would do better."""
        with self.assertRaises(airunner.InvalidInputError):
            airunner.validate(self.names, [self.images[0], self.images[1].astype("int16")], client=self.client)

    def test_what_cannot_be_announced(self):
        for words, code, told in (
                (("tcp://127.0.0.1:1", "null:"), 3, "there is no scheduler at tcp://127.0.0.1:1"),
                ((self.address, "nosuch:x"), 3, r"no backend serves nosuch: of nosuch:x@\S+; there are: .*null"),
                ((self.address, self.names[0][:-len("@bench1")], "--at", "bench1"), 3, f"the board {self.names[0]} is announced already"),
                ((self.address, "null:", "null:"), 3, r"the board null:@\S+ is given twice")):
            done = subprocess.run([sys.executable, "-W", "ignore", "-m", "airunner.farm", *words], env=environment(), capture_output=True, text=True, timeout=LIMIT_S)
            self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
            self.assertRegex(done.stderr, f"airunner: {told}")
            self.assertNotIn("Traceback", done.stderr)

    def test_z_a_board_is_killed(self):  # the last one: it does not come back
        name, journal = self.names[1], self.folder() / "journal.jsonl"
        self.when_it_has_worked(name, journal, self.servers[1].kill)
        found = self.run_on(self.names, journal=journal, retries=1)
        self.check_as_alone(found, 1)
        well, dead = found.document["boards"]
        self.assertEqual(well["accepted"] + dead["accepted"], N)
        self.assertGreater(dead["accepted"], 0)
        self.assertIn("Connection refused", dead["retired"])
        self.assertIsNone(well["retired"])

    def test_zz_all_workers_are_lost(self):
        """They do not come back: what was done is in the journal, and goes on without a cluster."""
        name, journal = self.names[0], self.folder() / "journal.jsonl"
        for limit, seconds in (("_BACK_S", 0.5), ("_SPARE_S", 5)):
            self.addCleanup(setattr, _remote, limit, getattr(_remote, limit))
            setattr(_remote, limit, seconds)
        self.when_it_has_worked(name, journal, self.workers.kill)
        found = self.run_on([name], journal=journal, retries=1)
        self.assertFalse(found.complete)
        self.assertGreater(found.document["accepted"], 0)
        self.assertIn(f"no worker of the cluster announces the board {name}", found.document["boards"][0]["retired"])
        rest = airunner.validate(INT8, self.images, "classification", targets=self.labels, samples=N, journal=journal)
        self.check_as_alone(rest, 1)


@unittest.skipIf(Client is None, "Dask is not installed (python3-distributed)")
class Scheduler(ValidateTest):
    def test_it_is_killed(self):
        """The run ends soon, and tells; the journal goes on without it."""
        port, journal = free_port(), self.folder() / "journal.jsonl"
        address = f"tcp://127.0.0.1:{port}"
        words = ("--data", IMAGES, "--targets", LABELS, "--task", "classification", "--samples", N, "--journal", journal)
        scheduler = subprocess.Popen([sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(scheduler.wait)
        self.addCleanup(scheduler.kill)
        deadline = time.monotonic() + LIMIT_S
        while True:
            out, err = self.start("--scheduler", address, *words, "--timeout", "5").communicate(timeout=LIMIT_S)
            if "announces a board" in err:  # the scheduler is there, and nobody else
                break
            self.assertLess(time.monotonic(), deadline, err)
        workers = subprocess.Popen([sys.executable, "-m", "airunner.farm", address, self.serve(INT8, "--line-rate", RATE)], env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(workers.communicate)
        self.addCleanup(workers.terminate)
        workers.stdout.readline()
        run = self.start("--scheduler", address, *words)
        while not journal.exists() or journal.read_bytes().count(b"\n") < 60:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        scheduler.kill()
        out, err = run.communicate(timeout=LIMIT_S)
        self.assertEqual(run.returncode, 1, out + err)
        self.assertRegex(out, r"INCOMPLETE: \d+ of 200 samples accepted")
        self.assertRegex(out, "was retired: .*scheduler")
        self.assertNotIn("Traceback", err)
        self.validate(INT8, *words)


@unittest.skipIf(Client is None, "Dask is not installed (python3-distributed)")
class Notebook(PageTest):
    def test_its_cells_run(self):
        cells = json.loads((SOURCE / "examples" / "python" / "farm.ipynb").read_text())["cells"]
        program = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        self.assertRegex(self.run_in_tree(sys.executable, "-c", program).stdout, r"(socket:\S+@bench1: \d+ samples, .*\n){2}")


@unittest.skipUnless(SER2NET, "ser2net is not installed")
class SerialPorts(PageTest):
    def test_commands_of_the_page(self):
        out = self.run_in_tree("bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p)' EXIT\n" + block_of_page("sh norun farm").replace("3001", free_port())).stdout
        self.assertIn("50 of 50 samples accepted", out)


if __name__ == "__main__":
    unittest.main()
