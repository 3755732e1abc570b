# SPDX-License-Identifier: BSD-3-Clause
"""The programs that `airunner profile --print-program` prints: compiled, run, and doing the same."""
import ast
import os
import subprocess
import sys
import unittest

from support import LIMIT_S, SOURCE_DIR, CommandTest, environment

LIBRARY_DIR = os.environ["AIRUNNER_LIBRARY_DIR"]
ODD = 'null:?models=2'
ARGUMENTS = ["-d", ODD, "--name", "network_2", "--option", "delay_ms=1", "-b", "6", "--seed", "7", "--range", "-0.5,0.5",
             "--warmup", "2", "--repeat", "3", "--timeout", "20", "--io", "quantize,dequantize"]


class Programs(CommandTest):
    def program(self, language, *arguments):
        return self.run_command("profile", "--print-program", language, *arguments)[0]

    def compiled(self, text):
        with open(self.path("program.c"), "w", encoding="utf-8") as file:
            file.write(text)
        flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I" + os.path.join(SOURCE_DIR, "include")]
        subprocess.run([*os.environ["AIRUNNER_CC"].split(), *flags, self.path("program.c"), "-o", self.path("program"),
                        "-L" + LIBRARY_DIR, "-lairunner-report", "-lairunner", "-Wl,-rpath," + LIBRARY_DIR], check=True, timeout=LIMIT_S)
        return [self.path("program")]

    def interpreted(self, text):
        with open(self.path("program.py"), "w", encoding="utf-8") as file:
            file.write(text)
        return [sys.executable, self.path("program.py")]

    def run_program(self, command):
        done = subprocess.run(command, env=environment(LD_LIBRARY_PATH=LIBRARY_DIR), capture_output=True, text=True,
                              timeout=LIMIT_S)
        return done.returncode, done.stdout, done.stderr

    def check_runs(self, language, build):
        code, out, err = self.run_program(build(self.program(language, *ARGUMENTS)))
        self.assertEqual((code, err), (0, ""))
        self.assertIn("Profile of network_2", out)
        self.assertIn("6 samples, 18 runs, PER_LAYER", out)
        code, out, _ = self.run_program(build(self.program(language, "-d", "null:", "--mode", "io-only")))
        self.assertEqual(code, 0)
        self.assertIn("10 samples, IO_ONLY", out)
        code, out, err = self.run_program(build(self.program(language, "-d", 'no"such\\scheme:')))
        self.assertEqual((code, out), (1, ""))
        self.assertIn('[invalid descriptor] ', err)
        self.assertIn('no"such\\scheme', err)

    def test_a_connection_that_is_closed_at_the_end_of_the_program(self):
        """When objects of its plugin have ended."""
        program = self.compiled(r"""
#include <stdlib.h>
#include "airunner.h"
static air_runner *runner;
static void end(void) { air_disconnect(runner); }
int main(int argc, char **argv) {
  if (argc != 2 || atexit(end) != 0) return 2;
  return air_connect(argv[1], NULL, &runner) == AIR_OK ? 0 : 1;
}
""")
        for kind in ("legacy-int8", "st-ai-int8"):
            for option in ("", "?copy=0"):
                done = subprocess.run([*program, f"file:{os.environ['AIRUNNER_MODELS_DIR']}/digits/{kind}{option}"], capture_output=True, timeout=LIMIT_S,
                                      env=environment(LD_LIBRARY_PATH=LIBRARY_DIR, MALLOC_PERTURB_="165"))
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_c(self):
        self.check_runs("c", self.compiled)

    def test_python(self):
        self.check_runs("python", self.interpreted)

    def test_python_is_valid(self):
        ast.parse(self.program("python", *ARGUMENTS))

    def test_nothing_is_run_to_print(self):
        self.assertIn("nope:", self.program("c", "-d", "nope:"))


if __name__ == "__main__":
    unittest.main()
