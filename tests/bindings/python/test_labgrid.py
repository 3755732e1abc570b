# SPDX-License-Identifier: BSD-3-Clause
"""`labgrid:<place>`: labgrid's own coordinator, exporter and client, with the ser2net that it starts in front of a served board's pseudo-terminal."""

import os
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

from support import LIMIT_S, SOURCE
from validating import INT8, PageTest, ValidateTest

import airunner
from airunner.farm import reserved
from airunner.validation._labgrid import _serial_port

LABGRID = Path(os.environ["AIRUNNER_LABGRID"])
SER2NET = shutil.which("ser2net", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
PLACES = "n6:\n  acquired: null\n  aliases: []\n  matches:\n  - {cls: NetworkSerialPort, exporter: bench1, group: rack1, name: null, rename: null}\n"


class Words(ValidateTest):
    def test_descriptors(self):
        for descriptor in ("labgrid:", "labgrid:?ahead=256", "serial:"):
            with self.assertRaisesRegex(airunner.InvalidDescriptorError, "expected labgrid:<place>"):
                with reserved(descriptor):
                    pass

    def test_no_labgrid(self):
        self.addCleanup(os.environ.update, PATH=os.environ["PATH"])
        os.environ["PATH"] = str(self.folder())
        with self.assertRaisesRegex(airunner.UnsupportedError, "the command labgrid-client is needed .*: pip install labgrid"):
            airunner.validate("labgrid:n6", self.images, retries=0)


class Ports(ValidateTest):
    """Of labgrid's description of a place."""

    def port(self, *resources):
        return _serial_port("targets:\n  n6:\n    resources:" + ("".join(f"\n    - {one}" for one in resources) or " []"), "labgrid:n6")

    @classmethod
    def setUpClass(cls):
        try:
            import yaml  # noqa: F401
        except ImportError:
            raise unittest.SkipTest("PyYAML is not installed (python3-yaml)") from None

    def test_kinds(self):
        self.assertEqual(self.port("NetworkSerialPort: {host: a, port: 7, speed: 921600}", "NetworkPowerPort: {host: b}"), "rfc2217:a:7:921600")
        self.assertEqual(self.port("NetworkSerialPort: {host: a, port: 7, speed: 115200, protocol: raw}"), "socket:a:7")

    def test_not_one(self):
        with self.assertRaisesRegex(airunner.NotFoundError, "the place has NetworkPowerPort, expected one NetworkSerialPort"):
            self.port("NetworkPowerPort: {host: b}")
        with self.assertRaisesRegex(airunner.NotFoundError, "the place has nothing"):
            self.port()
        with self.assertRaisesRegex(airunner.AmbiguousError, "the place has NetworkSerialPort, NetworkSerialPort"):
            self.port("NetworkSerialPort: {host: a, port: 7}", "NetworkSerialPort: {host: a, port: 8}")


@unittest.skipUnless((LABGRID / "labgrid").is_dir() and SER2NET, "labgrid or ser2net is not installed")
class Place(PageTest):
    def setUp(self):
        self.lab = self.folder()
        client = self.lab / "labgrid-client"
        client.write_text(f'#!/bin/sh\nPYTHONPATH="{LABGRID}" exec "{sys.executable}" -m labgrid.remote.client "$@"\n')
        client.chmod(0o755)
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.update(PATH=f"{self.lab}:{os.environ['PATH']}:/usr/sbin", LG_USERNAME="alice", LG_HOSTNAME="desk")
        self.serve(INT8, listen=f"pty:{self.lab / 'board'}")
        (self.lab / "places.yaml").write_text(PLACES)
        (self.lab / "exporter.yaml").write_text(f"rack1:\n  RawSerialPort:\n    port: {os.path.realpath(self.lab / 'board')}\n    speed: 921600\n")
        self.start_coordinator()
        self.start_part("exporter", "-c", os.environ["LG_COORDINATOR"], "--hostname", "127.0.0.1", "--name", "bench1", "exporter.yaml", until="Exporter ready")

    def start_coordinator(self):
        """On a port that is free."""
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            os.environ["LG_COORDINATOR"] = f"127.0.0.1:{probe.getsockname()[1]}"
        self.start_part("coordinator", "-l", os.environ["LG_COORDINATOR"], until="Coordinator ready")

    def start_part(self, name, *words, until):
        log = self.lab / f"{name}.txt"
        with open(log, "w") as file:
            program = subprocess.Popen([sys.executable, "-u", "-m", f"labgrid.remote.{name}", *words], cwd=self.lab, stdout=file, stderr=file,
                                       env={**os.environ, "PYTHONPATH": str(LABGRID)})

        def stop():
            program.terminate()  # the exporter ends its ser2net
            program.wait(LIMIT_S)

        self.addCleanup(stop)
        deadline = time.monotonic() + LIMIT_S
        while until not in log.read_text():
            self.assertIsNone(program.poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline, log.read_text())
            time.sleep(0.05)

    def client(self, *words, user="alice"):
        done = subprocess.run(["labgrid-client", *words], env={**os.environ, "LG_USERNAME": user}, capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def run_page(self, words, *command):
        (text,) = re.findall(rf"^```{words} labgrid\n(.*?)^```", (SOURCE / "docs" / "farm.md").read_text(), re.MULTILINE | re.DOTALL)
        return self.run_in_tree(*command, text.replace("lab:20408", os.environ["LG_COORDINATOR"])).stdout

    def test_a_place(self):
        """One of docs/farm.md."""
        self.assertIn("50 of 50 samples accepted", self.run_page("sh norun", "bash", "-euo", "pipefail", "-c"))
        # It was released: another one gets it, whom nobody disturbs.
        self.client("-p", "n6", "acquire", user="bob")
        with self.assertRaisesRegex(airunner.BusyError, "labgrid:n6: labgrid gives no place: .*already acquired by desk/bob"):
            airunner.validate("labgrid:n6", self.images, retries=0)
        os.environ["LG_USERNAME"] = "bob"  # who has it already keeps it
        self.assertIn("rfc2217:127.0.0.1:", self.run_page("python", sys.executable, "-c"))
        self.assertRegex(self.client("who"), r"bob +desk +n6")
        with self.assertRaisesRegex(airunner.BusyError, "labgrid:mars: labgrid gives no place: .*mars matches nothing"):
            with reserved("labgrid:mars"):
                pass


if __name__ == "__main__":
    unittest.main()
