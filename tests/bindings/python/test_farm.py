# SPDX-License-Identifier: BSD-3-Clause
"""Boards of a cluster of Dask: a real scheduler, a worker in a process of its own for each board, and real servers as boards. All of them die."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from support import COMMAND, LIMIT_S, PACKAGES, SOURCE
from validating import IMAGES, INT8, LABELS, PageTest, ValidateTest

import airunner
from airunner.farm import _worker, boards
from airunner.farm._boards import announced

try:
    from distributed import Client, LocalCluster
except ImportError:
    Client = None

N = 200
RATE = "230400"  # 18 ms a sample


class Words(ValidateTest):
    def test_what_is_no_client(self):
        for client in (5, "tcp://127.0.0.1:8786"):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, "expected a dask.distributed.Client"):
                airunner.validate(INT8, self.images, client=client)


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
        _worker._boards[name]._let_go()


@unittest.skipIf(Client is None, "Dask is not installed (python3-distributed)")
class Farm(ValidateTest):
    @classmethod
    def setUpClass(cls):
        cls.servers = [subprocess.Popen([COMMAND, "serve", INT8, "--listen", "tcp:127.0.0.1:0", "--line-rate", RATE], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True) for _ in range(3)]
        described = [server.stdout.readline().split()[1] for server in cls.servers]
        cls.cluster = LocalCluster(n_workers=0, dashboard_address=None)
        cls.client = Client(cls.cluster)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGES), os.environ.get("PYTHONPATH", "")])}
        cls.workers = subprocess.Popen([sys.executable, "-m", "airunner.farm", cls.cluster.scheduler_address, *described, "--at", "lab"], env=environment,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.names = [cls.workers.stdout.readline().split()[1] for _ in described]
        cls.alone = airunner.validate(INT8, cls.images, "classification", targets=cls.labels, samples=N)

    @classmethod
    def tearDownClass(cls):
        cls.workers.terminate()
        assert cls.workers.wait(LIMIT_S) == 0
        cls.workers.stdout.close()
        cls.client.close()
        cls.cluster.close()
        for server in cls.servers:
            server.kill()
            server.communicate()

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
        self.assertTrue(all(name.endswith("@lab") for name in self.names))
        found = self.run_on(self.names, shared=2)
        self.check_as_alone(found, 4)
        self.assertTrue(found)
        self.assertEqual([board["descriptor"] for board in found.document["boards"]], self.names)
        for board in found.document["boards"]:
            self.assertGreater(board["accepted"], N // 6)
            self.assertGreater(board["link_ms"]["mean"], 15)
            self.assertEqual((board["retries"], board["retired"]), (0, None))

    def test_a_worker_is_killed(self):
        """Dask's nanny starts it again; what it had in work is run again, and the report tells."""
        name, journal = self.names[0], self.folder() / "journal.jsonl"
        pids = self.client.run(os.getpid)
        self.when_it_has_worked(name, journal, lambda: os.kill(pids[announced(self.client)[name][0]], signal.SIGKILL))
        found = self.run_on(self.names[:2], journal=journal)
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
        words = [*self.names[:2], "--scheduler", self.cluster.scheduler_address, "--data", IMAGES, "--targets", LABELS, "--task", "classification", "--samples", N,
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

    def test_what_nobody_announces_is_not_waited_for(self):
        begin = time.monotonic()
        with self.assertRaisesRegex(airunner.NotFoundError, f"announces the board serial:@moon; announced are: .*{self.names[0]}"):
            self.run_on(["serial:@moon"], retries=0)
        self.assertLess(time.monotonic() - begin, 10)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "a board of the farm is a Model"):
            self.run_on([self.connect(INT8).model])

    def test_wrong_data_ends_the_run(self):
        """As without a cluster: no other board would do better."""
        with self.assertRaises(airunner.InvalidInputError):
            airunner.validate(self.names[:2], [self.images[0], self.images[1].astype("int16")], client=self.client)

    def test_z_a_board_is_killed(self):  # the last one: it does not come back
        name, journal = self.names[2], self.folder() / "journal.jsonl"
        self.when_it_has_worked(name, journal, self.servers[2].kill)
        found = self.run_on(self.names[1:], journal=journal, retries=1)
        self.check_as_alone(found, 1)
        well, dead = found.document["boards"]
        self.assertEqual(well["accepted"] + dead["accepted"], N)
        self.assertGreater(dead["accepted"], 0)
        self.assertIn("Connection refused", dead["retired"])
        self.assertIsNone(well["retired"])


@unittest.skipIf(Client is None, "Dask is not installed (python3-distributed)")
class Page(PageTest):
    """docs/farm.md."""

    def test_programs(self):
        (program,) = re.findall(r"^```python\n(.*?)^```", (SOURCE / "docs" / "farm.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertIn("360 of 360 samples accepted", self.run_in_tree(sys.executable, "-c", program).stdout)


if __name__ == "__main__":
    unittest.main()
