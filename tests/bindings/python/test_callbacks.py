# SPDX-License-Identifier: BSD-3-Clause
"""airunner: callbacks, and Ctrl-C."""

import os
import signal
import socket
import sys
import threading
import time
import traceback
import unittest
from pathlib import Path

import numpy as np

from support import BUILD, TINY_LEGACY, TINY_ST_AI, TestCase

import airunner


class Callbacks(TestCase):
    def setUp(self):
        self.model = self.connect(TINY_ST_AI).model
        self.inputs = self.model.random_inputs(3)

    def test_order_and_contents(self):
        for descriptor in (TINY_LEGACY, TINY_ST_AI):
            model = self.connect(descriptor).model
            events = []
            outputs, profile = model.invoke(
                self.inputs, mode="per_layer_with_data",
                on_sample_begin=lambda sample: events.append(("begin", sample)),
                on_sample_end=lambda e: events.append(("end", e.sample, e.duration_ms, [o.copy() for o in e.outputs])),
                on_node_begin=lambda e: events.append(("node", e.node.index, [d.copy() for d in e.data])),
                on_node_end=lambda e: events.append(("done", e.node.index, e.duration_ms, e.data)))
            per_sample = ["begin", *["node", "done"] * 3, "end"]
            self.assertEqual([event[0] for event in events], per_sample * 3)
            self.assertEqual([e[1] for e in events if e[0] == "begin"], [0, 1, 2])
            self.assertEqual([e[1] for e in events if e[0] == "done"], [0, 1, 2] * 3)
            for sample in range(3):
                _, _, duration, arrays = [e for e in events if e[0] == "end"][sample]
                self.assertEqual(duration, profile.durations_ms[sample])
                np.testing.assert_array_equal(arrays[0], outputs[0][sample:sample + 1])
                begun, done = ([e for e in events if e[0] == kind][3 * sample] for kind in ("node", "done"))
                np.testing.assert_array_equal(begun[2][0].reshape(4, 4, 2), self.inputs[0][sample])
                self.assertEqual(done[2], profile.nodes[0].durations_ms[sample])
                np.testing.assert_array_equal(done[3][0][0], profile.nodes[0].data[0][sample])

    def test_data_ends_with_the_callback(self):
        kept, asked = [], []
        self.model.invoke(self.inputs, mode="per_layer_with_data", on_node_end=kept.append, on_node_begin=lambda event: asked.append((event, event.data)))
        for event in kept:
            with self.assertRaisesRegex(airunner.InvalidArgumentError, f"node {event.node.index} .* after the callback: ask within it"):
                event.data
        self.assertEqual([event.data is data for event, data in asked], [True] * 9)

    def test_progress(self):
        told = []
        self.model.invoke(self.inputs, repeat=2, on_progress=lambda done, total: told.append((done, total)))
        self.assertEqual(told[-1], (6, 6))

    def test_stop(self):
        for name, done in (("on_sample_begin", 0), ("on_sample_end", 1), ("on_node_end", 0), ("on_node_begin", 0),
                           ("on_progress", 1)):
            with self.subTest(name=name):
                outputs, profile = self.model.invoke(self.inputs, mode="per_layer", **{name: lambda *arguments: False})
                self.assertTrue(profile.stopped)
                self.assertEqual((profile.n_samples, len(outputs[0])), (done, done))
                self.assertFalse(self.model.invoke(self.inputs).profile.stopped)

    def test_only_false_stops(self):
        for answer in (None, True, 0, ""):
            self.assertEqual(len(self.model.invoke(self.inputs, on_sample_end=lambda e: answer).outputs[0]), 3)

    def test_what_is_raised_reaches_the_caller(self):
        class Mine(BaseException):
            pass

        def fail(*arguments):
            raise Mine("of the callback")

        remote = self.connect(self.serve(TINY_ST_AI)).model
        for model in (self.model, remote):
            expected = model.invoke(self.inputs).outputs[0]
            for name in ("on_sample_begin", "on_sample_end", "on_node_end", "on_progress"):
                with self.subTest(name=name), self.assertRaisesRegex(Mine, "of the callback"):
                    model.invoke(self.inputs, mode="per_layer", **{name: fail})
                np.testing.assert_array_equal(model.invoke(self.inputs).outputs[0], expected)

    def test_what_is_raised_is_the_same_object(self):
        error = ValueError("of the callback")

        def fail(event):
            raise error

        try:
            self.model.invoke(self.inputs, on_sample_end=fail)
        except ValueError as caught:
            self.assertIs(caught, error)
            self.assertIsNone(caught.__cause__ or caught.__context__)
            self.assertEqual(traceback.extract_tb(caught.__traceback__)[-1].name, "fail")
        else:
            self.fail("nothing was raised")

    def test_another_runner_within(self):
        other = self.connect("null:").model
        inputs = other.random_inputs()
        seen = []
        self.model.invoke(self.inputs, on_sample_begin=lambda s: seen.append(other.invoke(inputs).profile.n_samples) or None)
        self.assertEqual(seen, [1, 1, 1])


class Interrupt(TestCase):
    """A real signal, to this process."""

    def setUp(self):
        self.model = self.connect("null:?delay_ms=20000").model
        self.inputs = self.model.random_inputs()
        self.sent = 0.0

    def interrupt_soon(self, begun=None):
        def send():
            if begun is not None:
                begun.wait(30)
            time.sleep(0.2)
            self.sent = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=send)
        self.addCleanup(thread.join)
        thread.start()

    def assert_soon(self):
        """The run takes 20 s: whatever the machine does meanwhile, this was the interrupt."""
        self.assertLess(time.monotonic() - self.sent, 5)

    def test_ctrl_c(self):
        for arguments in ({}, {"on_progress": lambda done, total: None}):
            self.interrupt_soon()
            with self.assertRaises(KeyboardInterrupt):
                self.model.invoke(self.inputs, **arguments)
            self.assert_soon()
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.default_int_handler)
        with self.assertRaises(TimeoutError):  # it is usable, and no old signal ends it
            self.model.invoke(self.inputs, timeout=0.2)

    @unittest.skipIf(sys.platform == "win32", "has no such limit")
    def test_ctrl_c_with_many_open_files(self):
        """select() knows 1024 only."""
        import resource
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2048:
            self.skipTest("so many files cannot be open here")
        out, error = self.run_python("""
import os, resource, signal, threading, airunner
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
model = airunner.connect("null:?delay_ms=20000").model
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    model.invoke(model.random_inputs())
except KeyboardInterrupt:
    print("interrupted")
""")
        self.assertEqual((out, error), ("interrupted\n", ""))

    def test_in_a_callback(self):
        begun = threading.Event()

        def wait(sample):
            begun.set()
            time.sleep(20)

        self.interrupt_soon(begun)
        with self.assertRaises(KeyboardInterrupt):
            self.model.invoke(self.inputs, on_sample_begin=wait)
        self.assert_soon()

    def test_on_a_link(self):
        model = self.connect(self.serve("null:?delay_ms=3000")).model
        inputs = model.random_inputs()
        self.interrupt_soon()
        with self.assertRaises(KeyboardInterrupt):
            model.invoke(inputs)
        self.assertLess(time.monotonic() - self.sent, 2.5)  # the run would end later
        self.assertEqual(model.invoke(inputs).profile.n_samples, 1)

    def test_handler_of_the_program(self):
        called = []
        former = signal.signal(signal.SIGINT, lambda number, frame: called.append(number))
        self.addCleanup(signal.signal, signal.SIGINT, former)
        begun = threading.Event()
        self.interrupt_soon(begun)
        with self.assertRaises(airunner.CancelledError):
            self.model.invoke(self.inputs, on_sample_begin=lambda sample: begun.set())
        self.assert_soon()
        self.assertEqual(called, [signal.SIGINT])

    def test_wakeup_descriptor_of_the_program(self):
        """asyncio listens there: it still hears the signal, and gets its descriptor back."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        os.set_blocking(writer, False)
        former = signal.set_wakeup_fd(writer)
        self.addCleanup(signal.set_wakeup_fd, former)
        self.interrupt_soon()
        with self.assertRaises(KeyboardInterrupt):
            self.model.invoke(self.inputs)
        self.assertEqual(os.read(reader, 8), bytes([signal.SIGINT]))
        self.assertEqual(signal.set_wakeup_fd(writer), writer)

    def test_ignored_signal(self):
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGINT, former)
        model = self.connect("null:?delay_ms=400").model
        self.interrupt_soon()
        self.assertEqual(model.invoke(self.inputs).profile.n_samples, 1)

    def test_outside_the_main_thread(self):
        """Only the main thread hears of signals: the call of another one goes on."""
        model = self.connect("null:?delay_ms=600").model
        done = []
        thread = threading.Thread(target=lambda: done.append(model.invoke(self.inputs).profile.n_samples))
        thread.start()
        self.interrupt_soon()
        with self.assertRaises(KeyboardInterrupt):
            time.sleep(20)
        thread.join()
        self.assertEqual(done, [1])

    def test_every_call_that_waits(self):
        """The target stops, and Ctrl-C ends what waits for it."""
        runner = self.connect(self.serve("null:", "--memory", "--self-test"), timeout=20)
        calls = {
            "ping": runner.ping, "read": lambda: runner.read_memory(0x20000000, 8), "write": lambda: runner.write_memory(0x20000000, b"airunner"),
            "checksum": lambda: runner.checksum_memory(0x20000000, 8), "self test": lambda: runner.self_test(0),
            "invoke": lambda: runner.model.invoke(self.inputs), "capture": lambda: airunner.capture(runner.model, self.inputs),
            "reconnect": runner.reconnect}
        for name, call in calls.items():
            with self.subTest(name):
                runner.reconnect()
                os.kill(self.server.pid, signal.SIGSTOP)
                self.addCleanup(os.kill, self.server.pid, signal.SIGCONT)
                self.interrupt_soon()
                with self.assertRaises(KeyboardInterrupt):
                    call()
                self.assertLess(time.monotonic() - self.sent, 0.8)  # the link itself gives up after a second
                os.kill(self.server.pid, signal.SIGCONT)
        runner.reconnect()
        self.assertEqual(runner.model.invoke(self.inputs).profile.n_samples, 1)

    def test_while_preparing(self):
        model = self.connect("waits:", plugin_paths=[BUILD / "tests" / "bindings" / "python"]).model
        for _ in range(2):
            self.interrupt_soon()
            with self.assertRaises(KeyboardInterrupt):
                model.prepare([0])
            self.assert_soon()
        inputs = model.random_inputs(3)
        np.testing.assert_array_equal(model.invoke(inputs).outputs, inputs)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "prepared for none"):
            model.invoke(inputs, given={0: inputs[0]})

    def connect_to_the_silent(self, descriptor):
        """KeyboardInterrupt comes when the call has returned: nothing goes on in another thread."""
        threads = threading.active_count()
        self.interrupt_soon()
        with self.assertRaises(KeyboardInterrupt):
            airunner.connect(descriptor, timeout=20)
        self.assert_soon()
        self.assertLessEqual(threading.active_count(), threads + 1)  # the one that hears of signals
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_while_connecting(self):
        self.connect_to_the_silent(self.serve("null:", "--fault", "silent"))

    def test_while_connecting_to_a_silent_port(self):
        master, slave = os.openpty()
        name = os.ttyname(slave)
        os.close(slave)
        self.addCleanup(os.close, master)
        self.connect_to_the_silent(f"serial:{name}:115200")
        opened = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        self.assertNotIn(name, opened)

    def test_while_connecting_to_a_silent_socket(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        server.settimeout(30)
        self.connect_to_the_silent(f"socket:127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        self.addCleanup(peer.close)
        peer.settimeout(30)
        while peer.recv(4096):  # what was asked; then the end, since nobody holds the connection
            pass


if __name__ == "__main__":
    unittest.main()
