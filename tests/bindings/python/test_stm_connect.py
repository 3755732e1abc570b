# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner: names, connecting, models, sessions, logging."""

import gc
import importlib
import io
import logging
import shutil
import sys
import threading
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

import numpy as np

from support import FIXTURES, TINY_LEGACY, TINY_ST_AI, TestCase

import airunner
import stm_ai_runner
from stm_ai_runner import AiRunner, AiRunnerSession
from stm_ai_runner.ai_runner import (AiRunnerError, HwIOError, InvalidModelError, InvalidMsgError, InvalidParamError,
                                     NotConnectedError, NotInitializedMsgError)

BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.2"
QUIET = logging.getLogger("quiet")
QUIET.setLevel(logging.CRITICAL)


class StmTest(TestCase):
    def runner(self, descriptor=None, **arguments):
        runner = AiRunner(logger=QUIET)
        self.addCleanup(runner.disconnect)
        if descriptor is not None:
            self.assertTrue(runner.connect(descriptor, **arguments), runner.get_error())
        return runner


class Names(TestCase):
    def test_package(self):
        for name in ("AiRunner AiRunnerSession AiRunnerCallback AiRunnerInterpreter is_valid_exec_domain dump_ihex_file "
                     "bsdchecksum get_logger set_log_level get_log_level ai_runner ai_interpreter ai_resolver "
                     "stm32_utility stm_ai_utils utils __author__ __copyright__ __license__").split():
            self.assertTrue(hasattr(stm_ai_runner, name), name)
        from stm_ai_runner.__version__ import __version__

        self.assertEqual((stm_ai_runner.__version__, AiRunner.version(), __version__), ("3.2", "3.2", "3.2"))

    def test_submodules(self):
        wanted = {
            "ai_runner": "AiRunner AiRunnerSession AiRunnerCallback AiTensorDesc AiTensorType AiRunnerError HwIOError "
                         "generate_rnd STAI_INFO_DICT_VERSION LEGACY_INFO_DICT_VERSION AiHwDriver AiRunnerDriver IOTensor "
                         "TableWriter get_logger truncate_name __version__",
            "__version__": "__version__ __author__ __copyright__ __license__",
            "ai_interpreter": "AiRunnerInterpreter AiRunnerInterpreterBase AiRunnerInterpreterTFlite "
                              "AiRunnerInterpreterStAi AiRuntimeType AiDeviceDesc AiRuntimeDesc",
            "utils": "get_logger set_log_level get_log_level TableWriter truncate_name STMAI_RUNNER_LOGGER_NAME "
                     "DefaultStrHandler IndentFormatter ColorFormatter DefaultFormatter FileFormatter escape_ansi",
            "stm_ai_utils": "IOTensor AiBufferFormat stm_ai_node_type_to_str st_neural_art_node_type_to_str RT_ST_AI_NAME "
                            "AiConverter AiIdentityConverter AiBoolConverter AiQuantUniformConverter AiFixedPointConverter "
                            "Ai1b32bPackConverter qmn_to_str stm_ai_error_to_str",
            "stm32_utility": "stm32_id_to_str stm32_attr_config bsdchecksum dump_ihex_file",
            "tflm_utils": "tflm_node_type_to_str", "ai_resolver": "is_valid_exec_domain ai_runner_resolver",
            "neural_art.c_network_parser": "CNpuNetworkDesc EpochBlockDesc StreamEngineUnit MemoryPool",
            "neural_art.exceptions": "ErrorException ParserNetworkError"}
        for module, names in wanted.items():
            loaded = importlib.import_module(f"stm_ai_runner.{module}")
            for name in names.split():
                self.assertTrue(hasattr(loaded, name), f"{module}.{name}")

    def test_domains(self):
        for desc, valid in (("serial", True), ("serial:x", True), ("file:x", True), ("socket", True), ("fvp:a", True),
                            ("lib:x", True), ("mpu", False), ("app:x", False), ("", False), ("SERIAL", False)):
            self.assertEqual(stm_ai_runner.is_valid_exec_domain(desc), valid, desc)

    def test_neural_art_stub(self):
        from stm_ai_runner.neural_art.c_network_parser import CNpuNetworkDesc
        from stm_ai_runner.neural_art.exceptions import ErrorException, ParserNetworkError

        with self.assertRaises(ParserNetworkError) as caught:
            CNpuNetworkDesc("/no/such/network.c")
        self.assertEqual(str(caught.exception), "E605(ParserNetworkError): '/no/such/network.c' is not a regular file")
        self.assertEqual(caught.exception.code, 605)
        self.assertIsInstance(caught.exception, ErrorException)
        with self.assertRaisesRegex(ParserNetworkError, "network.c' is not a regular file"):
            CNpuNetworkDesc(str(self.folder()))


class Drivers(StmTest):
    def test_a_line_of_ones_own(self):
        from stm_ai_runner.ai_runner import AiHwDriver

        class Line(AiHwDriver):
            def _connect(self, desc=None, **arguments):
                self._hdl = [desc, arguments]
                return True

            def _disconnect(self):
                self._hdl = None

            def _read(self, size, timeout=0):
                return b"x" * size

            def _write(self, data, timeout=0):
                return len(data)

        with self.assertRaises(TypeError):
            AiHwDriver()
        line = Line()
        line.set_parent(AiRunner(logger=QUIET))
        self.assertEqual((line.is_connected, line.get_config(), line.short_desc(), line._logger), (False, {}, "UNDEFINED", QUIET))
        for call in (lambda: line.read(1), lambda: line.write(b""), lambda: line.write_memory(0, b"")):
            self.assertRaises(NotConnectedError, call)
        line.disconnect()
        self.assertTrue(line.connect("a", baudrate=5))
        self.assertEqual((line._hdl, line.read(2), line.write(b"abc"), line.write_memory(4, b"a")), (["a", {"baudrate": 5}], b"xx", 3, 0))
        line.disconnect()
        self.assertFalse(line.is_connected)

    def test_a_runtime_of_ones_own(self):
        from stm_ai_runner.ai_runner import AiRunnerDriver

        class Runtime(AiRunnerDriver):
            connect = disconnect = discover = get_info = invoke_sample = None

        with self.assertRaisesRegex(InvalidParamError, "get_logger.. attr is expected"):
            Runtime(5)
        runtime = Runtime(AiRunner(logger=QUIET))
        self.assertEqual((runtime.get_logger(), runtime.is_connected, runtime.extension("x", cmd="y")), (QUIET, False, False))
        driver = self.runner("null:")._drv
        self.assertIsInstance(driver, AiRunnerDriver)
        self.assertEqual(driver.discover(flush=True), ["network"])


class Exceptions(TestCase):
    def test_texts_and_codes(self):
        for kind, code in ((AiRunnerError, 800), (HwIOError, 801), (NotInitializedMsgError, 802), (InvalidMsgError, 803),
                           (InvalidParamError, 804), (InvalidModelError, 805), (NotConnectedError, 810)):
            error = kind("a message")
            self.assertEqual(str(error), f"E{code}({kind.__name__}): a message")
            self.assertEqual((error.code(), error.mess, error.args, kind.error), (code, "a message", ("a message",), 800))
            self.assertIsInstance(error, AiRunnerError)
            self.assertTrue(str(kind()).startswith(f"E{code}({kind.__name__}): "))
        self.assertTrue(issubclass(InvalidMsgError, ValueError))

    def test_timeout_is_both(self):
        import airunner
        from stm_ai_runner._errors import from_airunner

        error = from_airunner(airunner.TimeoutError("late"))
        self.assertIsInstance(error, HwIOError)
        self.assertIsInstance(error, TimeoutError)
        self.assertEqual(str(error), "E801(HwIOError): late")


class Connecting(StmTest):
    def test_descriptors_that_work(self):
        folder = FIXTURES / "tiny-legacy"
        for desc in (f"{folder}", f"lib:{folder}", f"LIB:{folder}", f"  {folder}  ", f"file:{folder}", folder,
                     f"{folder}/libai_network", f"{folder}/libai_network.so"):
            runner = self.runner()
            self.assertIs(runner.connect(desc), True, f"{desc}: {runner.get_error()}")
            self.assertEqual(runner.short_desc(), "DLL Driver v2.0 - Direct Python binding "
                             f"({folder}/libai_network.so) ['network']")
            self.assertEqual(str(runner), repr(runner))

    def test_descriptors_that_do_not(self):
        cases = {
            "st_ai_ws/": 'invalid/unsupported "st_ai_ws/:" descriptor',
            "st_ai_ws": 'invalid/unsupported "st_ai_ws:" descriptor',
            "lib:/no/nothing": 'invalid/unsupported "lib:/no/nothing" descriptor',
            "fvp:board": 'invalid/unsupported "fvp:board" descriptor',
            "app:/no/app": 'invalid/unsupported "app:/no/app" descriptor',
            "COM6": "E801(HwIOError): could not open port '/dev/COM6': ",
            "/dev/ttyACM77": "E801(HwIOError): could not open port '/dev/ttyACM77': ",
            "serial:/dev/none": "E801(HwIOError): could not open port '/dev/none': ",
            "socket:127.0.0.1:1": "E801(HwIOError): [Errno 111] Connection refused",
            str(FIXTURES / "tiny-no-weights-legacy"): "E801(HwIOError): Shared library should be generated with the weights",
            str(FIXTURES / "hostile-unresolved"): "E8"}
        for desc, text in cases.items():
            with self.subTest(desc=desc):
                runner = self.runner()
                self.assertIs(runner.connect(desc), False)
                self.assertFalse(runner.is_connected)
                self.assertEqual(runner.names, [])
                self.assertEqual(runner._last_err.split("\n")[0][:len(text)], text)
                self.assertTrue(runner.get_error().startswith(text))
                self.assertIsNone(runner.get_error())
                self.assertIsNone(runner._drv)
                self.assertEqual(runner.short_desc(), "not connected")

    def test_the_first_line_is_that_of_the_original(self):
        """What airunner adds is on the lines after."""
        folder = self.folder()
        (folder / "empty").mkdir()
        (folder / "a.txt").touch()
        cases = {
            # A path, to ST's module, is what is there, or what could be in a folder that is there.
            f"{folder}/nothing": f'invalid/unsupported "lib:{folder}/nothing" descriptor',
            f"{folder}/empty": f'invalid/unsupported "lib:{folder}/empty" descriptor',
            f"lib:{folder}/nothing": f'invalid/unsupported "lib:{folder}/nothing" descriptor',
            f"{folder}/a.txt": f'invalid/unsupported "lib:{folder}/a.txt" descriptor',
            f"lib:{folder}/a.txt": f'invalid/unsupported "lib:{folder}/a.txt" descriptor',
            "/no/where": 'invalid/unsupported "/no/where:" descriptor',
            "MPU:3": 'invalid/unsupported "mpu:3" descriptor',
            "C:\\X\\y.dll": 'invalid/unsupported "c:\\x\\y.dll:" descriptor',
            "socket:127.0.0.1:1": "E801(HwIOError): [Errno 111] Connection refused",
            "socket:none.invalid": "E801(HwIOError): Invalid hostname: none.invalid (",
            "serial:/dev/none": "E801(HwIOError): could not open port '/dev/none': there is no such port",
            "serial:/dev/null": "E801(HwIOError): could not open port '/dev/null': it is not a serial port",
            str(FIXTURES / "tiny-no-weights-legacy"): "E801(HwIOError): Shared library should be generated with the weights"}
        for desc, first in cases.items():
            with self.subTest(desc=desc):
                runner = self.runner()
                self.assertFalse(runner.connect(desc))
                lines = runner.get_error().split("\n")
                if first.endswith("("):  # what follows is the system's reason
                    self.assertEqual(lines[0][:len(first)], first)
                else:
                    self.assertEqual(lines[0], first)
                    self.assertGreater(len(lines), 1)

    def test_sentences(self):
        from stm_ai_runner._errors import from_airunner

        for text, told in (
                ("Invalid firmware - /dev/ttyACM0:115200: the target is silent; is it on?",
                 "Invalid firmware - /dev/ttyACM0:115200\nthe target is silent; is it on?"),
                ("No SERIAL COM port detected (Board is not connected!): no USB device of ST has a serial port",
                 "No SERIAL COM port detected (Board is not connected!)\nno USB device of ST has a serial port"),
                ("/dev/ttyACM0 is in use by screen (process 7): close it there first",
                 "could not open port '/dev/ttyACM0': it is in use\nby screen (process 7): close it there first"),
                ("No route to host (10.0.0.1:1): is it on?", "[Errno 113] No route to host\n(10.0.0.1:1): is it on?"),
                ("nothing that ST's module says", "nothing that ST's module says")):
            error = airunner.NoDeviceError(text)
            error.st_code, error.vendor_code = 801, 113
            self.assertEqual(str(from_airunner(error)), f"E801(HwIOError): {told}")

    def test_the_words_of_both_packages(self):
        """ST's are the drop-in's own; airunner's follow, without what was said."""
        why = "no such file or folder, and no backend knows it"
        with self.assertRaisesRegex(airunner.InvalidDescriptorError, f'^descriptor "st_ai_ws": {why}'):
            airunner.connect("st_ai_ws")
        runner = self.runner()
        runner.connect("st_ai_ws")
        self.assertEqual(runner.get_error().split("\n")[:2], ['invalid/unsupported "st_ai_ws:" descriptor', why])

    def test_serial_arguments(self):
        from stm_ai_runner._descriptor import to_airunner

        for desc, arguments, expected in (
                (None, {}, "serial"), ("", {}, "serial"), (":", {}, "serial"), ("serial", {}, "serial"),
                (921600, {}, "serial:921600"), ("serial:COM3:115200", {}, "serial:COM3:115200"),
                ("serial", {"port": "COM3", "baudrate": 115200}, "serial:COM3:115200"),
                ("serial:921600", {"port": "/dev/ttyACM0"}, "serial:/dev/ttyACM0:921600"),
                ("serial:COM3:9600", {"baudrate": 115200}, "serial:COM3:115200"),
                (":921600", {"port": "COM1"}, "serial:COM1:921600"), ("lib:a", {"baudrate": 5}, "lib:a"),
                ("COM6", {"baudrate": 9600}, "serial:COM6:9600"), ("COM6:115200", {"baudrate": 9600}, "serial:COM6:9600"),
                ("/dev/ttyACM0", {"baudrate": 9600}, "serial:/dev/ttyACM0:9600"),
                ("serial:COM3?timeout=5", {"baudrate": 9600}, "serial:COM3:9600?timeout=5"), ("st_ai_ws", {"baudrate": 5}, "st_ai_ws"),
                (f"serial:{BY_PATH}", {"baudrate": 9600}, f"serial:{BY_PATH}:9600"), (BY_PATH, {"baudrate": 9600}, f"serial:{BY_PATH}:9600"),
                ("serial:COM3:115200:", {"baudrate": 9600}, "serial:COM3:9600"), ("serial::115200:COM3", {"baudrate": 9600}, "serial:COM3:9600"),
                (f"serial:{BY_PATH}:115200", {"baudrate": 9600}, f"serial:{BY_PATH}:9600"),
                ("/dev/ttyACM0", {}, "/dev/ttyACM0"), ("lib:a?b", {}, "lib:a%3Fb"), ("null:?models=2", {}, "null:?models=2")):
            self.assertEqual(to_airunner(desc, arguments.get("port"), arguments.get("baudrate")), expected, desc)

    def test_weights(self):
        path = FIXTURES / "weights" / "tiny" / "weights.bin"
        block = bytearray(path.read_bytes())
        for weights in (str(path), path, block, bytes(block), {"buffer_data": block}, [block], np.frombuffer(block, np.uint8)):
            self.runner(FIXTURES / "tiny-no-weights-st-ai", weights=weights)

    def test_wrong_weights(self):
        folder = self.folder()
        invalid = "E801(HwIOError): Invalid weights object: binary file, bytearray, STM.AI object.. are expected"
        size = "E801(HwIOError): Provided weights size are incompatible (got: 3 expected: 8)"
        count = "E801(HwIOError): Provided weights count are incompatible (got: 2 expected: 1)"
        for weights, first in ((str(folder / "none.bin"), invalid), ([folder / "none.bin"], invalid), (folder, invalid), (5, invalid),
                               ({"other": b""}, invalid), ([None], invalid), (b"abc", size), ([b"a", b"b"], count)):
            with self.subTest(weights=weights):
                runner = self.runner()
                self.assertFalse(runner.connect(FIXTURES / "tiny-no-weights-st-ai", weights=weights))
                self.assertEqual(runner.get_error().split("\n")[0], first)
        runner = self.runner()
        self.assertFalse(runner.connect(f"{FIXTURES}/tiny-no-weights-st-ai", weights=str(folder / "none.bin")))
        self.assertEqual(runner.get_error().split("\n")[1], f"there is no file {folder}/none.bin")

    def test_other_arguments(self):
        class Context:
            def get_option(self, key):
                if key == "general.name":
                    return "network"
                raise KeyError(key)

        for arguments in ({"reload": False}, {"reload": True}, {"context": Context()}, {"nobody": "knows"},
                          {"logger": QUIET}):
            self.runner(TINY_ST_AI, **arguments)
        self.runner(FIXTURES / "two-models-st-ai", dll_name="libai_two.so")

    def test_arguments_without_effect_are_said_once(self):
        class Sink:
            def __init__(self):
                self.warnings = []

            def warning(self, message):
                self.warnings.append(str(message))

            def __getattr__(self, name):
                return lambda message, *arguments: None

        runner = AiRunner(logger=Sink())
        self.addCleanup(runner.disconnect)
        quiet = {"io_hw_log": False, "timeout": None, "reload": False, "context": None}
        self.assertTrue(runner.connect(TINY_ST_AI, **quiet))
        x = runner.generate_rnd_inputs(batch_size=1)
        runner.invoke(x, mode=AiRunner.Mode.IO_ONLY, disable_pb=True, io_extra_bytes=False, option=0)
        self.assertEqual(runner._logger.warnings, [])
        for _ in range(2):
            self.assertTrue(runner.connect(TINY_ST_AI, io_hw_log=True, timeout=0.1, baudrate=9600, mode="no-kref", nobody="knows"))
            _, profiler = runner.invoke(x, io_extra_bytes=True, m_outputs=x, option=1)
            runner.print_profiling(x, profiler, [], print_fn=lambda line: None, colour=True)
        self.assertEqual(sorted(text.split(":")[0] + ": " + text.split()[2] for text in runner._logger.warnings), [
            "connect: baudrate", "connect: io_hw_log", "connect: mode", "connect: nobody", "connect: timeout",
            "invoke: io_extra_bytes", "invoke: m_outputs", "invoke: option", "print_profiling: colour"])
        self.assertIn("connect: argument io_hw_log has no effect: the bytes of a port are not recorded", runner._logger.warnings)
        del runner._logger.warnings[:]
        self.assertTrue(runner.connect(self.serve(TINY_ST_AI, "--memory"), weights=b"abcd", reload=True), runner._last_err)
        runner.invoke(x, option=1)
        self.assertEqual(sorted(text.split()[2] for text in runner._logger.warnings), ["reload", "weights"])
        del runner._logger.warnings[:]
        runner.extension(cmd="read-in-memory", target_addr=0x20000000, size=4, timeout=500)
        self.assertRegex(runner._logger.warnings[0], "extension: argument timeout has no effect: each wait has a limit")

    def test_folder_that_is_rebuilt(self):
        """Folders of the workspace that vanish while it is searched are no reason to fail."""
        folder, done = self.folder(), threading.Event()
        shutil.copytree(TINY_ST_AI, folder / "lib")

        def rebuild():
            while not done.is_set():
                for place in (folder / f"object_{i}" for i in range(30)):
                    place.mkdir()
                for place in (folder / f"object_{i}" for i in range(30)):
                    place.rmdir()

        thread = threading.Thread(target=rebuild)
        thread.start()
        try:
            for _ in range(100):
                runner = self.runner()
                self.assertTrue(runner.connect(folder), runner.get_error())
                runner.disconnect()
        finally:
            done.set()
            thread.join()

    def test_silent_target(self):
        desc = self.serve("null:", "--fault", "silent")
        runner = self.runner()
        self.assertIs(runner.connect(desc), False)
        self.assertFalse(runner.is_connected)
        self.assertTrue(runner.get_error().startswith("E80"))

    def test_wrong_rates(self):
        runner = self.runner()
        for rate in ("fast", -1, 9600.5):
            self.assertFalse(runner.connect("serial", baudrate=rate))
            self.assertIn(f"baudrate is {rate!r}, expected a positive number", runner.get_error())
        self.assertFalse(runner.connect(-5))
        self.assertIn("baudrate is -5", runner.get_error())

    def test_a_runner_that_nobody_has_any_more_lets_its_port_go(self):
        desc = self.serve(TINY_ST_AI, listen="pty")
        gc.disable()
        self.addCleanup(gc.enable)
        for _ in range(3):
            runner = AiRunner(logger=QUIET)
            self.assertTrue(runner.connect(desc), runner.get_error())
            runner.session().summary(print_fn=lambda text: None)
            del runner
        airunner.connect(desc).close()

    def test_a_link_that_is_lost(self):
        runner = self.runner(self.serve(TINY_ST_AI))
        inputs = runner.generate_rnd_inputs(batch_size=1)
        self.server.kill()
        self.server.wait()
        with self.assertRaises(AiRunnerError):
            runner.invoke(inputs)
        self.assertFalse(runner.is_connected)
        self.assertEqual((runner.names, runner.name, runner.get_info(), str(runner)), ([], None, {}, "not connected"))
        with self.assertRaisesRegex(NotConnectedError, "connect\\(\\) again"):  # not ([], {}): scripts would go on with nothing
            runner.invoke(inputs)

    def test_a_callback_that_disconnects(self):
        desc = self.serve(TINY_ST_AI, listen="pty")
        runner = self.runner(desc)

        class Stop(stm_ai_runner.AiRunnerCallback):
            def on_sample_end(self, idx, data, logs=None):
                runner.disconnect()
                return False

        for invoke in (lambda *given, **more: runner.invoke(*given, **more), lambda *given, **more: runner._drv.invoke_sample(*given, **more)):
            invoke(runner.generate_rnd_inputs(batch_size=3), callback=Stop())
            self.assertFalse(runner.is_connected)
            self.assertTrue(runner.connect(desc), runner.get_error())

    def test_reconnecting(self):
        desc = self.serve(TINY_ST_AI)
        runner = self.runner(desc)
        session = runner.session()
        self.assertTrue(runner.connect(desc), runner.get_error())
        self.assertFalse(session.is_active)
        self.assertEqual(runner.names, ["network"])

    def test_use_as_context(self):
        with AiRunner(logger=QUIET) as runner:
            self.assertTrue(runner.connect(TINY_ST_AI))
        self.assertFalse(runner.is_connected)


    def test_call_that_does_not_end(self):
        """Disconnecting always tells that it is done."""
        import airunner

        runner = self.runner("null:")
        late = airunner.TimeoutError("the call goes on")
        with mock.patch.object(airunner.Runner, "close", side_effect=late), self.assertLogs(QUIET, "WARNING") as told:
            self.assertIs(runner.disconnect(), True)
        self.assertIn("the call goes on", told.output[0])
        self.assertFalse(runner.is_connected)


class Models(StmTest):
    def test_model_argument(self):
        runner = self.runner("null:?models=3")
        for name, expected in ((None, "network"), (1.5, "network"), (0, "network"), (1, "network_2"), (7, "network_3"),
                               (-3, "network"), ("network_2", "network_2")):
            self.assertEqual(runner.get_info(name)["name"], expected, name)
            self.assertEqual(runner.session(name).name, expected)
        x = runner.generate_rnd_inputs()
        self.assertEqual(runner.get_info("other"), {})
        self.assertEqual(runner.get_inputs("other"), [])
        self.assertEqual(runner.generate_rnd_inputs("other"), [])
        self.assertEqual(runner.invoke(x, name="other"), ([], {}))
        self.assertIs(runner.extension("other"), False)
        self.assertIsNone(runner.session("other"))
        printed = []
        runner.summary("other", print_fn=printed.append)
        self.assertEqual(printed, [])

    def test_not_connected(self):
        runner = self.runner()
        self.assertEqual((runner.names, runner.name, runner.get_info(), runner.invoke(np.zeros(1))), ([], None, {}, ([], {})))
        self.assertEqual((runner.get_inputs(), runner.get_output_infos(), runner.session()), ([], [], None))
        self.assertTrue(runner.disconnect())

    def test_sessions(self):
        runner = self.runner("null:?models=2")
        first, second = runner.session("network"), runner.session("network_2")
        self.assertIs(runner.session("network"), first)
        self.assertTrue(first.is_active and first.is_connected)
        self.assertEqual((str(first), first.name), ("network", "network"))
        self.assertTrue(runner.disconnect(force_all=False))
        self.assertTrue(runner.is_connected)
        first.disconnect()
        self.assertTrue(runner.is_connected)
        self.assertFalse(first.is_active)
        second.disconnect()
        self.assertFalse(runner.is_connected)
        self.assertEqual((first.get_info(), first.get_inputs(), first.invoke([]), first.extension()), ({}, [], ([], {}), False))
        self.assertIsNone(first.summary())
        self.assertEqual(str(first), "network")
        self.assertTrue(runner.connect("null:?models=2"))
        self.assertIsNot(runner.session("network"), first)
        self.assertFalse(first.is_active)
        self.assertTrue(runner.disconnect() and runner.disconnect())
        self.assertIsInstance(first, AiRunnerSession)

    def test_session_drops_the_name(self):
        session = self.runner("null:?models=2").session("network_2")
        x = session.generate_rnd_inputs(batch_size=1)
        self.assertEqual(session.invoke(x, name="network")[1]["info"]["name"], "network_2")

    def test_private_driver(self):
        runner = self.runner(self.serve(TINY_ST_AI))
        name = runner._drv.discover()[0]
        x = runner.generate_rnd_inputs(batch_size=1)
        outputs, duration = runner._drv.invoke_sample(x, name=name)
        np.testing.assert_array_equal(outputs[0], runner.invoke(x)[0][0])
        self.assertGreater(duration, 0)
        self.assertEqual(runner._drv.get_info()["name"], name)
        self.assertTrue(runner._drv.is_connected)
        self.assertIn(AiRunner.Caps.PER_LAYER, runner._drv.capabilities)

    def test_models_of_one_name(self):
        class Model:
            def __init__(self, model):
                self.name, self.info, self.get_property = model.name, model.info, model.get_property

        from types import SimpleNamespace

        from stm_ai_runner._driver import Driver
        from stm_ai_runner._unused import Unused

        model = self.connect("null:").model
        driver = Driver(SimpleNamespace(models=[Model(model), Model(model)]), QUIET, Unused(QUIET))
        self.assertEqual(driver.discover(), ["network", "network#2"])


class Logging(TestCase):
    def lines(self, text, cwd=None, **variables):
        return self.run_python(text, cwd=cwd, **variables)[0].splitlines()

    def test_format(self):
        text = """
from stm_ai_runner import get_logger
log = get_logger("Mine", 10)
log.debug("-> open"); log.info("within"); log.warning("also"); log.info("<- shut"); log.error("e"); log.critical("c")
log.info("[TARGET:1] hello"); log.info(7); log.info("\\x1b[31mred\\x1b[0m")
plain = get_logger("Other", 10, with_prefix=False)
plain.info("plain"); plain.warning("w")
assert get_logger("Mine", 50) is log
"""
        self.assertEqual(self.lines(text), [
            "[D:Mine] -> open", "[I:Mine]    within", "[W:Mine]    also", "[I:Mine] <- shut", "[E:Mine] e", "[C:Mine] c",
            "[T:Mine] [TARGET:1] hello", "[I:Mine] 7", "[I:Mine] red", " plain", "[W] w"])

    def test_formatters(self):
        from stm_ai_runner.utils import ColorFormatter, DefaultFormatter, DefaultStrHandler, FileFormatter, escape_ansi

        def line(formatter, level, message):
            return formatter.format(logging.LogRecord("Mine", level, "", 0, message, None, None))

        target = "[TARGET:2] \x1b[31mhello\x1b[0m"
        for formatter, info, warning, told in (
                (DefaultFormatter(), " a", "[W] a", "[T] [TARGET:2] hello"), (FileFormatter(), "[I] a", "[W] a", "[T] [TARGET:2] hello"),
                (DefaultFormatter(True), "[I:Mine] a", "[W:Mine] a", "[T:Mine] [TARGET:2] hello"),
                (ColorFormatter(), " a", "\x1b[93m[W]\x1b[0m \x1b[93ma\x1b[0m", f"\x1b[36m[D]\x1b[0m \x1b[36m{target}\x1b[0m"),
                (ColorFormatter(True), "\x1b[32m[I:Mine]\x1b[0m \x1b[32ma\x1b[0m", "\x1b[93m[W:Mine]\x1b[0m \x1b[93ma\x1b[0m",
                 f"\x1b[36m[D:Mine]\x1b[0m \x1b[36m{target}\x1b[0m")):
            self.assertEqual([line(formatter, logging.INFO, "a"), line(formatter, logging.WARNING, "a"),
                              line(formatter, logging.DEBUG, target)], [info, warning, told])
        self.assertEqual(line(ColorFormatter(), logging.INFO, target), f"\x1b[35m[T]\x1b[0m \x1b[35m{target}\x1b[0m")
        steps = DefaultFormatter()
        self.assertEqual([line(steps, logging.INFO, text) for text in ("-> a", "b")], [" -> a", " b"])
        steps.enable_inc()
        self.assertEqual([line(steps, logging.INFO, text) for text in ("-> a", "b", "<- c", "<- d", "e")],
                         [" -> a", "    b", " <- c", " <- d", " e"])
        self.assertEqual((steps.is_target_msg(" [TARGET:1] x"), steps.is_target_msg("x"), escape_ansi("\x1b[1;31mred\x9b0m")), (True, False, "red"))
        handler = DefaultStrHandler(io.StringIO())
        handler.handle(logging.LogRecord("Mine", logging.INFO, "", 0, "own stream", None, None))
        self.assertEqual(handler._own.getvalue(), "own stream\n")

    def test_file_and_console(self):
        """One indentation for both; all lines of the file have a tag."""
        text = """
import sys
from stm_ai_runner import get_logger
log = get_logger("Mine", 10, filename="mine.log", with_prefix=False)
log.info("-> open"); log.info("within"); log.info("<- shut")
"""
        folder = self.folder()
        self.assertEqual(self.lines(text, cwd=folder), [" -> open", "    within", " <- shut"])
        self.assertEqual((folder / "mine.log").read_text().splitlines(), ["[I] -> open", "[I]    within", "[I] <- shut"])

    def test_levels(self):
        text = """
import logging
from stm_ai_runner import get_logger, get_log_level, set_log_level
log = get_logger("Mine", logging.INFO, filename="mine.log")
print(get_log_level(log), log.level, len(log.handlers))
set_log_level("warning", log)
print(get_log_level(log), log.level)
log.warning("shown")
"""
        folder = self.folder()
        self.assertEqual(self.lines(text, cwd=folder), ["20 10 2", "30 30", "[W:Mine] shown"])
        self.assertEqual((folder / "mine.log").read_text(), "[W:Mine] shown\n")

    def test_file_of_runners(self):
        folder = self.folder()
        text = """
import os, sys
from stm_ai_runner import AiRunner
runner = AiRunner()
runner.connect(sys.argv[1])
before = os.path.getsize("ai_runner.log") if os.path.exists("ai_runner.log") else None
x = runner.generate_rnd_inputs(batch_size=20)
runner.invoke(x, mode=AiRunner.Mode.PER_LAYER_WITH_DATA)
print(before == (os.path.getsize("ai_runner.log") if before is not None else None))
"""
        (folder / "ai_runner.log").write_text("old")
        self.assertEqual(self.run_python(text, TINY_ST_AI, cwd=folder, STM_AI_RUNNER_LOG="ai_runner.log")[0], "True\n")
        written = (folder / "ai_runner.log").read_text()
        self.assertIn("tiny-st-ai", written)
        self.assertNotIn("old", written)
        elsewhere = self.folder()
        self.run_python(text, TINY_ST_AI, cwd=elsewhere, STM_AI_RUNNER_LOG="off")
        self.assertEqual(list(elsewhere.iterdir()), [])
        self.run_python(text, TINY_ST_AI, cwd=elsewhere, STM_AI_RUNNER_LOG="/no/such/folder/file.log")

    UNHEARD = (">&-", "2>&-", ">&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full", "| true")

    def test_nobody_listens(self):
        """Console, reports and file of a runner whose streams are closed, full or gone: the work is finished."""
        text = """
import logging, sys
from stm_ai_runner import AiRunner
runner = AiRunner(debug=True)
logging.basicConfig(level=logging.DEBUG)
assert runner.connect(sys.argv[1], nobody="knows"), runner.get_error()
x = runner.generate_rnd_inputs(batch_size=3)
outputs, profiler = runner.invoke(x, mode=AiRunner.Mode.PER_LAYER)
runner.summary()
runner.print_profiling(x, profiler, outputs)
runner.get_info("nobody")
runner.disconnect()
with open("told", "w") as file:
    file.write(f"{len(outputs[0])} {len(profiler['c_nodes'])}")
"""
        for redirection in self.UNHEARD:
            with self.subTest(redirection=redirection):
                # Python itself tells by 120 that what was printed did not arrive.
                self.assertEqual(self.run_unheard(text, TINY_ST_AI, redirection=redirection, exit_codes=(0, 120)), "3 3")

    def test_streams_that_were_closed(self):
        text = """
import sys
sys.stdout.close(); sys.stderr.close()
from stm_ai_runner import AiRunner
class Broken:
    def __getattr__(self, name):
        raise OSError("no logger at all")
for logger in (None, Broken()):
    runner = AiRunner(logger=logger)
    assert runner.connect(sys.argv[1], nobody="knows")
    x = runner.generate_rnd_inputs(batch_size=3)
    outputs, profiler = runner.invoke(x)
    runner.print_profiling(x, profiler, outputs)
    runner.get_info("nobody")
open("told", "w").write(str(len(outputs[0])))
"""
        self.assertEqual(self.run_unheard(text, TINY_ST_AI, redirection=""), "3")

    def test_log_file_on_a_full_disk(self):
        text = """
from stm_ai_runner import get_logger
log = get_logger("Mine", 10, filename="/dev/full")
log.warning("shown")
"""
        self.assertEqual(self.run_python(text), ("[W:Mine] shown\n", ""))

    def test_names_that_the_console_cannot_show(self):
        text = "from stm_ai_runner._streams import say; say('\u00e9')"
        self.assertEqual(self.run_python(text, PYTHONIOENCODING="ascii")[0], "\\xe9\n")

    def test_second_runner_with_debug(self):
        text = """
import logging
from stm_ai_runner import AiRunner, get_log_level
first, second = AiRunner(), AiRunner(debug=True)
print(first.get_logger() is second.get_logger(), get_log_level(second.get_logger()))
logging.basicConfig()
print(logging.getLogger().level)
"""
        self.assertEqual(self.lines(text), ["True 10", "30"])

    def test_target_speaks(self):
        lines = []

        class Sink:
            def __getattr__(self, name):
                return lambda message, *arguments: lines.append((name, str(message)))

        runner = AiRunner(logger=Sink())
        self.addCleanup(runner.disconnect)
        self.assertTrue(runner.connect(self.serve(TINY_ST_AI, "--fault", "log-storm=2@tensor")))
        runner.invoke(runner.generate_rnd_inputs(batch_size=1))
        self.assertTrue([line for line in lines if "[TARGET:" in line[1]], lines)

    def test_any_logger(self):
        with redirect_stdout(io.StringIO()) as out:
            AiRunner(logger=QUIET).connect("/no/where")
        self.assertEqual(out.getvalue(), "")


if __name__ == "__main__":
    unittest.main()
