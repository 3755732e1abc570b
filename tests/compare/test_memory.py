#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `airunner compare` takes: no more for many samples than for few, and of one sample a small multiple of what its nodes compute."""
import os
import subprocess
import unittest

from comparing import COMMAND, CommandTest, environment
from wide_model import wide_model

N_NODES, SIDE = 24, 1024
DATA = N_NODES * SIDE * SIDE * 4  # of one sample


@unittest.skipIf(os.environ.get("AIRUNNER_SANITIZED") == "1", "sanitizers need memory of their own")
@unittest.skipUnless(os.environ.get("AIRUNNER_ONNXRUNTIME"), "ONNX Runtime is not installed")
class Memory(CommandTest):
    def setUp(self):
        super().setUp()
        self.write_model((1, 1, SIDE, SIDE))

    def write_model(self, shape):
        self.model = self.path("wide.onnx")
        with open(self.model, "wb") as file:
            file.write(wide_model(N_NODES, shape))

    def peak(self, n_samples, *arguments):
        """The most that a comparison had in memory, in bytes."""
        words = [COMMAND, "compare", self.model, self.model + "?threads=1", "-b", str(n_samples), *arguments]
        with subprocess.Popen(words, env=environment(AIRUNNER_ONNXRUNTIME=os.environ["AIRUNNER_ONNXRUNTIME"]),
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            error = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, error.decode())
        return usage.ru_maxrss * 1024

    def test_one_sample(self):
        # Of both sides once, and once what the judge computes; little else.
        self.assertLess(self.peak(1) - self.peak(1, "--outputs-only"), 4.5 * DATA)

    def test_a_vector(self):
        # It has no channels whose errors somebody looks at one by one.
        self.write_model((1, SIDE * SIDE))
        self.test_one_sample()

    def test_many_samples(self):
        # Twenty times as many; inputs of 1.7 DATA altogether are not in memory all the time. Allocators keep a little.
        self.assertLess(self.peak(40), self.peak(2) + DATA)


if __name__ == "__main__":
    unittest.main()
