# SPDX-License-Identifier: BSD-3-Clause
"""One model of a runner: invoking it."""

from __future__ import annotations

import contextlib
import functools
import json
import operator
from ctypes import POINTER, byref, c_uint32, c_void_p
from typing import Any, Iterable, Iterator, NamedTuple, Union

import numpy as np

from . import _abi
from ._arrays import FLOAT32, Array, address_of, copy_memory, forms, own_copy, view_tensor
from ._callbacks import CallbackSet, OnNode, OnProgress, OnSampleBegin, OnSampleEnd
from ._connection import Connection
from ._documents import Page, indented
from ._enums import Mode
from ._errors import InvalidArgumentError
from ._given import Given, GivenValues, NodeKey, find_nodes
from ._info import Description, ModelInfo, NodeInfo, description_of
from ._inputs import Inputs, prepare_inputs
from ._profile import Profile
from ._tensor import TensorInfo
from ._values import Held, Token, held_model, held_result

_UINT32_MAX = 2**32 - 1
_REAL = np.dtype(np.float32)
_PERF_ONLY = int(Mode.PERF_ONLY)  # flags as plain numbers: operators of enum.Flag take microseconds

ModeLike = Union[Mode, int, str]


class Result(NamedTuple):
    """Of an invoke: one array per output, samples first; and what was measured."""

    outputs: list[Array]
    profile: Profile

    def __repr__(self) -> str:
        return f"<airunner.Result: outputs {forms(self.outputs)}; {self.profile!r}>"

    def _repr_html_(self) -> str:
        return self.profile._repr_html_()


def _whole(value: int, name: str) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidArgumentError(f"{name} is {value!r}, expected a whole number") from None


def _count(value: int, name: str) -> int:
    number = _whole(value, name)
    if not 0 <= number <= _UINT32_MAX:
        raise InvalidArgumentError(f"{name} is {number}, expected 0 to {_UINT32_MAX}")
    return number


def parse_mode(mode: ModeLike) -> int:
    """A mode, its number, or names such as "per_layer" joined by "+"."""
    if not isinstance(mode, str):
        return _count(int(mode), "mode")
    result = 0
    for name in mode.split("+"):
        try:
            result |= Mode[name.strip().upper().replace("-", "_")]
        except KeyError:
            raise InvalidArgumentError(f"mode {name!r}: expected some of {', '.join(m.name or '' for m in Mode)}, "
                                       "joined by +") from None
    return result


def milliseconds(seconds: float | None) -> int:
    """A limit as the library takes it: 0 is none."""
    if seconds is None:
        return 0
    if not seconds > 0:
        raise InvalidArgumentError(f"timeout is {seconds} s, expected more than 0")
    return max(1, round(min(seconds * 1000, _UINT32_MAX)))


class Model(Page):
    """One named model of a runner. Lives as long as its runner is connected."""

    def __init__(self, runner: Connection, session: int) -> None:
        library = runner._library
        self.runner = runner
        self._library = library
        self._session = session
        self._description = Description(held_model(library, library.air_get_model(session)))  # with what runs made known
        self.info: ModelInfo = self._description.info
        self._last: Profile | None = None
        self._in = (_abi.Input * len(self.info.inputs))()
        self._out = (_abi.Output * len(self.info.outputs))()
        self._options = _abi.InvokeOptions()
        # What a plain call has to match exactly to be taken as it is.
        self._plain = [(t.dtype, t.storage_shape[1:]) for t in self.info.inputs]
        self._results = [(t.dtype, t.storage_shape[1:]) for t in self.info.outputs]
        self._floats = [(_REAL, t.shape[1:]) for t in self.info.outputs]
        self._is_open = any(-1 in t.shape for t in self.info.outputs)  # each sample may have a shape of its own

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        return self.info.inputs

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        return self.info.outputs

    def get_property(self, key: str) -> str | None:
        """What else is known of the model, by the keys that stand at air_get_property() and in the pages of the backends."""
        if not isinstance(key, str):
            raise InvalidArgumentError(f"the key of a property is a {type(key).__name__}, expected a text")
        name = _abi.c_text(key.encode(), "the key of a property")
        value: bytes | None = self._library.air_get_property(self._description.model.handle, name)
        return None if value is None else _abi.text(value)

    def invoke(self, inputs: Inputs, *, mode: ModeLike = Mode.IO_ONLY, timeout: float | None = None, warmup: int = 0,
               repeat: int = 1, quantize: bool = False, dequantize: bool = False, option: int = 0,
               given: GivenValues | None = None, token: Token | None = None,
               on_sample_begin: OnSampleBegin | None = None, on_sample_end: OnSampleEnd | None = None,
               on_node_begin: OnNode | None = None, on_node_end: OnNode | None = None,
               on_progress: OnProgress | None = None) -> Result:
        """Runs the model on all samples of `inputs`: an array, a list with one for each input, or a dict by name.

        The first dimension counts the samples. `timeout` in seconds is the limit of the whole call. `quantize` converts
        real inputs and real given values to what the network stores, `dequantize` its outputs to float32. A callback that returns False
        ends the call, with the samples done so far; what it raises is raised here. Ctrl-C and the `token` end the call as well.
        An output whose samples differ in shape is an array with one array for each. `given` are values for all nodes of
        prepare(), by name or index: what follows a node receives them in place of what it computes. Samples first: an
        array, or a list with one for each output of the node.
        """
        arrays, n_samples = self._bind_inputs(inputs, quantize)
        outputs = [] if self._is_open else self._bind_outputs(n_samples, dequantize)
        options = self._options
        bits = parse_mode(mode)
        values = None if given is None else Given(given, self._nodes, n_samples, quantize)
        with self.runner._use(token) as use:
            options.mode = bits
            options.io_mode = (_abi.IO_QUANTIZE if quantize else 0) | (_abi.IO_DEQUANTIZE if dequantize else 0)
            options.timeout_ms = milliseconds(timeout)
            options.token = use.token
            options.warmup = _count(warmup, "warmup")
            options.repeat = _count(repeat, "repeat")
            options.user_option = _count(option, "option")
            options.given, options.n_given = (None, 0) if values is None else (values.structs, len(values.structs))
            callbacks = None
            if on_sample_end or on_sample_begin or on_progress or on_node_end or on_node_begin:
                callbacks = CallbackSet(self._library, self._description.nodes, use.interruptible)
                callbacks.add(on_sample_begin, on_sample_end, on_node_begin, on_node_end, on_progress,
                              None if self._is_open else outputs if not bits & _PERF_ONLY else [output[:0] for output in outputs])
            self._point_inputs(self._in, arrays)
            self._point(self._out, outputs)
            handle = c_void_p()
            status = self._library.air_invoke(self._session, n_samples, self._in, len(arrays), self._out, len(outputs), options,
                                              callbacks and callbacks.struct, byref(handle))
            result = held_result(self._library, handle.value)
            if callbacks is not None and callbacks.failure is not None:
                raise callbacks.failure
            if status:
                raise self._library.last_error(status)
            profile = self._last = self._read_profile(result)
        done = 0 if int(profile.mode) & _PERF_ONLY else profile.n_samples
        if self._is_open:
            return Result(self._take_outputs(result) if done else self._bind_outputs(0, dequantize), profile)
        return Result(outputs if done == n_samples else [output[:done] for output in outputs], profile)

    async def invoke_async(self, inputs: Inputs, **arguments: Any) -> Result:
        """invoke() for asyncio: it takes the same arguments and runs on a thread of the runner, where callbacks are called too.

        Calls of one runner wait for each other, those of several run at the same time. Cancelling the task ends the run with its token. The
        task is then cancelled when the run has ended, since until then it reads the inputs.
        """
        import asyncio  # here, since it takes longer to import than this package

        token = arguments["token"] = arguments.get("token") or Token(self._library)
        work = self.runner._link.submit(functools.partial(self._invoke_for_future, inputs, arguments))
        result = asyncio.wrap_future(work)
        result.add_done_callback(lambda done: done.cancelled() or done.exception())  # also when nobody asks: asyncio would complain
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            if not (work.cancel() or work.done()):  # it has begun; otherwise the token may still be another call's
                token.cancel()
            while not result.done():
                with contextlib.suppress(asyncio.CancelledError):  # cancelled once more
                    await asyncio.wait([result])
            raise

    def _invoke_for_future(self, inputs: Inputs, arguments: dict[str, Any]) -> Result:
        try:
            return self.invoke(inputs, **arguments)
        except StopIteration as error:  # asyncio's futures cannot have it, and would never be done
            raise RuntimeError("a callback raised StopIteration") from error

    def prepare(self, nodes: NodeKey | Iterable[NodeKey] = ()) -> None:
        """Gets ready to be given the values of these nodes, by name or index: invoke(given=...). Without nodes the model is as it was.

        A node is so judged by itself, without what those before it did wrong: it is still executed and reported with what it
        computes. A runtime that tells its nodes only when they run has to be invoked with mode="per_layer" before.
        """
        indices = find_nodes(nodes, self._nodes)
        with self.runner._use() as use:
            self._library.check(self._library.air_prepare(self._session, (c_uint32 * len(indices))(*indices), len(indices), use.call))

    @property
    def _nodes(self) -> list[NodeInfo]:
        return list(self._description.nodes.values())

    def stream(self, samples: Iterable[Any], **arguments: Any) -> Iterator[Result]:
        """Runs the model on samples as they come, one invoke each; takes the arguments of invoke().

        A sample is what invoke() takes, without the batch dimension.
        """
        for sample in samples:
            if isinstance(sample, dict):
                batch: Any = {name: np.asarray(value)[np.newaxis] for name, value in sample.items()}
            elif isinstance(sample, (list, tuple)) and len(self.inputs) > 1:
                batch = [np.asarray(value)[np.newaxis] for value in sample]
            else:
                batch = np.asarray(sample)[np.newaxis]
            yield self.invoke(batch, **arguments)

    def random_inputs(self, n_samples: int = 1, seed: int = 42, low: float | None = None,
                      high: float | None = None, *, real: bool = False) -> list[Array]:
        """Random values as the network stores them: those of ST's tool for the same seed.

        With `real`, quantized inputs get float32 values instead, which do not depend on how they are quantized.
        """
        if _whole(n_samples, "n_samples") < 1:
            raise InvalidArgumentError(f"{n_samples} samples, expected at least 1")
        options = _abi.Random(seed=_count(seed, "seed"), io_mode=_abi.IO_QUANTIZE if real else 0)
        if low is not None or high is not None:
            if low is None or high is None:
                raise InvalidArgumentError("a range has a low and a high end")
            options.has_range, options.low, options.high = 1, low, high
        made = POINTER(_abi.InputSet)()
        with self.runner._use():
            self._library.check(self._library.air_make_random_inputs(self._session, n_samples, options, byref(made)))
        try:
            return [self._copy_input(given, tensor, n_samples) for given, tensor in zip(made.contents.inputs[:len(self.inputs)], self.inputs)]
        finally:
            self._library.air_free_inputs(made)

    @staticmethod
    def _copy_input(given: Any, tensor: TensorInfo, n_samples: int) -> Array:
        is_real = given.dtype == FLOAT32
        return copy_memory(given.data, _REAL if is_real else tensor.dtype,
                           (n_samples, *(tensor.shape if is_real else tensor.storage_shape)[1:]))

    def reset_states(self) -> None:
        """Sets the states of a stateful model to zero."""
        with self.runner._use() as use:
            self._library.check(self._library.air_reset_states(self._session, use.call))

    def summary(self, verbose: bool = False) -> str:
        """The facts about the model as a table."""
        with self.runner._use():
            return self._library.text(self._library.air_model_to_text, self._library.air_get_model(self._session),
                                      _abi.TextOptions(verbose=verbose))

    @property
    def _json(self) -> str:
        return self._library.text(self._library.air_model_to_json, self._description.model.handle, _abi.JSON_COMPACT)

    def to_dict(self) -> dict[str, Any]:
        """The document `airunner.info/1` of docs/json.md."""
        document: dict[str, Any] = json.loads(self._json)
        return document

    def to_json(self, indent: int | None = None) -> str:
        """The same as text."""
        return indented(self._json, indent)

    def report(self, verbose: bool = False) -> str:
        """What the last invoke measured, as tables."""
        if self._last is None:
            raise InvalidArgumentError(f"{self.name}: nothing was measured yet: invoke it first")
        return self._last.report(verbose)

    def _bind_inputs(self, inputs: Any, quantize: bool) -> tuple[list[Array], int]:
        """Arrays in memory as the library reads it; those that are so already are not copied."""
        arrays = inputs if type(inputs) is list else [inputs]
        if len(arrays) == len(self._plain):
            n_samples = 0
            for array, (dtype, shape) in zip(arrays, self._plain):
                if not (type(array) is np.ndarray and array.dtype == dtype and array.ndim and array.shape[1:] == shape
                        and array.flags.c_contiguous and len(array) and n_samples in (0, len(array))):
                    break
                n_samples = len(array)
            else:
                if n_samples:
                    return arrays, n_samples
        return prepare_inputs(inputs, self.inputs, quantize)

    def _bind_outputs(self, n_samples: int, dequantize: bool) -> list[Array]:
        forms_of = self._floats if dequantize else self._results
        return [np.empty((n_samples, *(max(0, size) for size in shape)), dtype) for dtype, shape in forms_of]

    def _take_outputs(self, result: Held) -> list[Array]:
        views = (view_tensor(result, _abi.PLACE_OUTPUT, 0, index) for index in range(len(self.outputs)))
        return [own_copy(view) for view in views if view is not None]

    @staticmethod
    def _point(buffers: Any, arrays: list[Array]) -> None:
        for buffer, array in zip(buffers, arrays):
            buffer.data = address_of(array)
            buffer.size_bytes = array.nbytes

    def _point_inputs(self, buffers: Any, arrays: list[Array]) -> None:
        self._point(buffers, arrays)
        for buffer, array in zip(buffers, arrays):
            buffer.dtype = FLOAT32 if array.dtype == _REAL else 0

    def _read_profile(self, result: Held) -> Profile:
        self._description = description_of(self._description, result)
        return Profile(result, self._description)

    def __repr__(self) -> str:
        return f"<airunner.Model {self.name!r} of {self.runner.descriptor!r}>"
