# SPDX-License-Identifier: BSD-3-Clause
"""airunner with asyncio: the loop goes on, cancelling ends the run, and what fails is raised."""

import asyncio
import gc
import os
import threading
import time
import unittest

import numpy as np

from support import TINY_ST_AI, TestCase

import airunner

FOREVER = "null:?delay_ms=60000"  # a sample that nobody waits for
SOON_S = 5.0


async def begun(model, event):
    """A run that lasts, when it has begun."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(model.invoke_async(
        model.random_inputs(1), on_sample_begin=lambda sample: loop.call_soon_threadsafe(event.set) and None))
    await asyncio.wait_for(event.wait(), SOON_S)
    return task


class Async(TestCase):
    def run_async(self, body):
        """Whatever hangs fails, and so does what asyncio complains of."""
        complaints = []

        async def limited():
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            try:
                return await asyncio.wait_for(body, 4 * SOON_S)
            finally:
                gc.collect()

        result = asyncio.run(limited())
        self.assertEqual(complaints, [])
        return result

    def test_the_results_are_those_of_invoke(self):
        model = self.connect(TINY_ST_AI).model
        inputs = model.random_inputs(4)

        async def body():
            return await model.invoke_async(inputs, mode="per_layer_with_data", dequantize=True)

        outputs, profile = self.run_async(body())
        expected = model.invoke(inputs, mode="per_layer_with_data", dequantize=True)
        np.testing.assert_array_equal(outputs[0], expected.outputs[0])
        np.testing.assert_array_equal(profile.nodes[0].data[0], expected.profile.nodes[0].data[0])

    def test_the_loop_is_not_blocked(self):
        model = self.connect("null:?delay_ms=500").model
        inputs = model.random_inputs(1)
        ticks = []

        async def tick():
            while True:
                ticks.append(time.monotonic())
                await asyncio.sleep(0.01)

        async def body():
            ticking = asyncio.create_task(tick())
            await model.invoke_async(inputs)
            ticking.cancel()

        self.run_async(body())
        self.assertGreater(len(ticks), 5)

    def test_several_of_one_runner_wait_for_each_other(self):
        model = self.connect("null:?delay_ms=20").model
        inputs = [model.random_inputs(1, seed) for seed in range(6)]
        running, most = [], []

        def begin(_):
            running.append(threading.get_ident())
            most.append(len(running))

        def end(_):
            running.pop()

        async def body():
            return await asyncio.gather(*(model.invoke_async(x, on_sample_begin=begin, on_sample_end=end) for x in inputs))

        results = self.run_async(body())
        self.assertEqual(max(most), 1)
        for x, result in zip(inputs, results):
            np.testing.assert_array_equal(result.outputs[0], model.invoke(x).outputs[0])

    def test_several_runners_run_at_the_same_time(self):
        runners = [self.connect("null:") for _ in range(3)]
        inputs = runners[0].model.random_inputs(1)
        together = threading.Barrier(len(runners), timeout=SOON_S)

        def meet(_):
            together.wait()

        async def body():
            return await asyncio.gather(*(runner.model.invoke_async(inputs, on_sample_begin=meet) for runner in runners))

        self.assertEqual(len(self.run_async(body())), 3)

    def test_cancelling_the_task_ends_the_run(self):
        runner = self.connect(FOREVER)

        async def body():
            task = await begun(runner.model, asyncio.Event())
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            with self.assertRaises(airunner.TimeoutError):  # neither BusyError, since the run has ended, nor CancelledError
                runner.model.invoke(runner.model.random_inputs(1), timeout=0.05)

        begin = time.monotonic()
        self.run_async(body())
        self.assertLess(time.monotonic() - begin, SOON_S)

    def test_cancelling_one_that_waits_ends_that_one(self):
        model, called = self.connect(FOREVER).model, []
        inputs = model.random_inputs(1)

        async def body():
            first = await begun(model, asyncio.Event())
            second, third = (asyncio.create_task(model.invoke_async(inputs, on_sample_begin=called.append)) for _ in range(2))
            await asyncio.sleep(0)
            second.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await second
            self.assertFalse(first.done() or third.done())
            for task in (third, first):
                task.cancel()
            await asyncio.wait([first, third])
            self.assertTrue(first.cancelled() and third.cancelled())

        self.run_async(body())
        self.assertEqual(called, [])

    def test_cancelling_twice(self):
        """The task still ends with its run."""
        model, begun_at_all, may_end, ended = self.connect("null:").model, threading.Event(), threading.Event(), []

        def linger(_):
            begun_at_all.set()
            may_end.wait(SOON_S)
            ended.append(True)

        async def body():
            task = asyncio.create_task(model.invoke_async(model.random_inputs(1), on_sample_begin=linger))
            await asyncio.get_running_loop().run_in_executor(None, begun_at_all.wait)
            for _ in range(3):
                task.cancel()
                await asyncio.wait([task], timeout=0.05)
            self.assertFalse(task.done())
            may_end.set()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(ended, [True])

        self.run_async(body())

    def test_cancelling_one_that_waits_leaves_its_token(self):
        """Which another call may have too."""
        model, token, event = self.connect(FOREVER).model, airunner.Token(), asyncio.Event()

        async def body():
            loop = asyncio.get_running_loop()
            first = asyncio.create_task(model.invoke_async(
                model.random_inputs(1), token=token, on_sample_begin=lambda _: loop.call_soon_threadsafe(event.set) and None))
            await asyncio.wait_for(event.wait(), SOON_S)
            second = asyncio.create_task(model.invoke_async(np.zeros(1), token=token))
            await asyncio.sleep(0)
            second.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await second
            self.assertFalse(token.is_cancelled or first.done())
            token.cancel()
            with self.assertRaises(airunner.CancelledError):
                await first

        self.run_async(body())

    def test_a_limit_of_asyncio(self):
        model = self.connect(FOREVER).model

        async def body():
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(model.invoke_async(model.random_inputs(1)), 0.1)

        self.run_async(body())

    def test_tokens(self):
        model, token = self.connect(FOREVER).model, airunner.Token()
        inputs = model.random_inputs(1)

        async def body():
            asyncio.get_running_loop().call_later(0.1, token.cancel)
            with self.assertRaises(airunner.CancelledError):
                await model.invoke_async(inputs, token=token)

        self.run_async(body())
        self.assertTrue(token.is_cancelled)
        with self.assertRaises(airunner.CancelledError):  # for good
            model.invoke(inputs, token=token)
        with self.assertRaisesRegex(airunner.InvalidArgumentError, "token is a int, expected an airunner.Token"):
            model.invoke(inputs, token=3)
        other = airunner.Token()
        threading.Timer(0.1, other.cancel).start()
        with self.assertRaises(airunner.CancelledError):
            model.invoke(inputs, token=other)

    def test_errors(self):
        runner = self.connect("null:")
        model = runner.model

        def fail(_):
            raise KeyError("mine")

        def stop(_):
            next(iter(()))

        async def body():
            with self.assertRaises(airunner.InvalidInputError):
                await model.invoke_async(np.zeros(3, np.int64))
            with self.assertRaises(airunner.InvalidArgumentError):
                await model.invoke_async(model.random_inputs(1), mode="quickly")
            with self.assertRaises(TypeError):
                await model.invoke_async(model.random_inputs(1), speed=3)
            with self.assertRaisesRegex(KeyError, "mine"):
                await model.invoke_async(model.random_inputs(1), on_sample_begin=fail)
            with self.assertRaisesRegex(RuntimeError, "StopIteration"):
                await model.invoke_async(model.random_inputs(1), on_sample_begin=stop)
            await model.invoke_async(model.random_inputs(1))
            inputs = model.random_inputs(1)
            runner.close()
            with self.assertRaisesRegex(airunner.NotConnectedError, "is closed"):
                await model.invoke_async(inputs)

        self.run_async(body())

    def test_closing_meanwhile(self):
        runner = self.connect(FOREVER)

        async def body():
            running = await begun(runner.model, asyncio.Event())
            waiting = asyncio.create_task(runner.model.invoke_async(np.zeros(1)))
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, runner.close)
            with self.assertRaises(airunner.CancelledError):
                await running
            with self.assertRaises(airunner.Error):
                await waiting

        self.run_async(body())

    def test_threads_end_with_their_runner(self):
        async def body():
            runner = airunner.connect("null:")
            await runner.model.invoke_async(runner.model.random_inputs(1))

        before = set(threading.enumerate())
        self.run_async(body())
        end = time.monotonic() + SOON_S
        while (left := set(threading.enumerate()) - before) and time.monotonic() < end:
            gc.collect()  # again: the thread itself may have held the runner while its call returned
            time.sleep(0.01)
        self.assertEqual(left, set())

    def test_the_interpreter_ends_during_a_run(self):
        """The run ends with it, and nothing waits for what is left of its ten minutes."""
        out, error = self.run_python("""
import asyncio, airunner
async def main():
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.ensure_future(runner.model.invoke_async(
        runner.model.random_inputs(10), on_sample_begin=lambda _: loop.call_soon_threadsafe(event.set) and None))
    tasks = [task, asyncio.ensure_future(runner.model.invoke_async(runner.model.random_inputs(1)))]
    await event.wait()
    return tasks
runner, loop = airunner.connect("null:?delay_ms=60000"), asyncio.new_event_loop()
tasks = loop.run_until_complete(main())
print("left")
""")
        self.assertEqual(out, "left\n")
        self.assertNotIn("Traceback", error)

    def test_after_a_fork(self):
        """The thread of the runner is not there: an error instead of waiting for ever."""
        runner = self.connect("null:")
        inputs = runner.model.random_inputs(1)
        self.run_async(runner.model.invoke_async(inputs))
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(asyncio.wait_for(runner.model.invoke_async(inputs), SOON_S))
            except airunner.NotConnectedError:
                os._exit(0)
            except BaseException:
                os._exit(2)
            os._exit(1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_ctrl_c(self):
        """asyncio cancels its task; the program ends, and says so."""
        out, error = self.run_python("""
import asyncio, os, signal, airunner
runner = airunner.connect("null:?delay_ms=60000")
def interrupt(_):
    os.kill(os.getpid(), signal.SIGINT)
try:
    asyncio.run(runner.model.invoke_async(runner.model.random_inputs(1), on_sample_begin=interrupt))
except KeyboardInterrupt:
    print("interrupted")
""")
        self.assertEqual((out, error), ("interrupted\n", ""))


if __name__ == "__main__":
    unittest.main()
