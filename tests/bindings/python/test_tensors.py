# SPDX-License-Identifier: BSD-3-Clause
"""airunner: tensors of results without a copy, for NumPy and through DLPack; captures in other processes."""

import copy
import ctypes
import gc
import multiprocessing
import pickle
import unittest

import numpy as np

from support import FIXTURES, TINY_ST_AI, TestCase

import airunner
from airunner import _abi, _library
from airunner._arrays import address_of

DLPACK = b"dltensor_versioned"
USED = ctypes.c_char_p(b"used_dltensor_versioned")  # a capsule does not copy its name
HAS_DLPACK_1 = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
READ_ONLY = 1


class DLTensor(ctypes.Structure):
    """DLPack 1.0, from its specification (dmlc/dlpack, v1.0): what a consumer sees."""

    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("manager_ctx", ctypes.c_void_p),
                ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p)), ("flags", ctypes.c_uint64), ("data", ctypes.c_void_p),
                ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8),
                ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


def of_python(name, result, *arguments):
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


def take(capsule):
    """As a consumer of DLPack 1.0 does it; the caller calls the deleter."""
    pointer = of_python("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(capsule, DLPACK)
    of_python("PyCapsule_SetName", ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(capsule, USED)
    return DLTensor.from_address(pointer)


def recorded(descriptor=TINY_ST_AI, n_samples=3):
    with airunner.connect(descriptor) as runner:
        return airunner.capture(runner.model, runner.model.random_inputs(n_samples))


class Views(TestCase):
    def test_they_stay_beyond_everything_else(self):
        runner = airunner.connect(TINY_ST_AI)
        model, inputs = runner.model, runner.model.random_inputs(1000)
        tensors = [*airunner.capture(model, inputs).output_tensors, model.invoke(inputs, mode="per_layer_with_data").profile.nodes[0].tensors[0]]
        expected = [tensor.array.copy() for tensor in tensors]
        views = [np.asarray(tensor) for tensor in tensors]
        consumed = [np.from_dlpack(tensor) for tensor in tensors]
        for tensor, view in zip(tensors, views):
            self.assertEqual(address_of(tensor.array), address_of(view))  # no copy
            self.assertFalse(view.flags.writeable or view.flags.owndata)
        del tensors, tensor, view
        for seed in range(3):
            model.invoke(model.random_inputs(1000, seed), mode="per_layer_with_data")
        runner.close()
        del runner, model
        gc.collect()
        for arrays in (views, consumed):
            for array, other in zip(arrays, expected):
                np.testing.assert_array_equal(array, other)

    def test_what_is_there(self):
        found = recorded()
        for tensors, arrays in ((found.input_tensors, found.inputs), (found.output_tensors, found.outputs)):
            self.assertEqual(len(tensors), 1)
            for tensor, array in zip(tensors, arrays):
                self.assertEqual((tensor.array.shape, address_of(tensor.array)), (array.shape, address_of(array)))
                self.assertEqual(np.asarray(tensor, np.float64).dtype, np.float64)
                self.assertTrue(np.array(tensor, copy=True).flags.writeable)
                if HAS_DLPACK_1:  # and with it copy=False that is meant
                    self.assertEqual(address_of(np.array(tensor, copy=False)), address_of(array))
                    with self.assertRaises(ValueError):
                        np.array(tensor, np.complex64, copy=False)
        for node in found.profile.nodes:
            self.assertEqual([tensor.info for tensor in node.tensors], list(node.info.outputs))
        self.assertRegex(repr(found.output_tensors[0]), "^<airunner.ResultTensor 'output_1': float32 .3, 2.>$")
        with airunner.connect(TINY_ST_AI) as runner:
            profile = runner.model.invoke(runner.model.random_inputs(1), mode="per_layer").profile
        self.assertEqual([node.tensors for node in profile.nodes], [[], [], []])


def result_of(dtype, block):
    """A result whose only tensor, an output, is of a type that NumPy may lack."""
    library, model, result, at = _library.load(), ctypes.c_void_p(), ctypes.c_void_p(), ctypes.addressof
    shape = (ctypes.c_int64 * block.ndim)(*block.shape)
    tensor = _abi.Tensor(name=b"output_1", tag=b"O.0", dtype=dtype, rank=block.ndim - 1, shape=at(shape) + 8)
    tensors = (ctypes.c_void_p * 1)(at(tensor))
    library.check(library.air_make_model(ctypes.byref(_abi.Model(name=b"network", n_outputs=1, outputs=at(tensors))), ctypes.byref(model)))
    view = _abi.View(address_of(block), block.nbytes, at(shape), block.ndim, dtype)
    parts = _abi.ResultParts(model=model, profile=ctypes.pointer(_abi.Profile(n_samples=len(block), n_runs=len(block), repeat=1)),
                             outputs=ctypes.pointer(view))
    library.check(library.air_make_result(parts, ctypes.byref(result)))
    library.air_release_model(model)
    return airunner.Capture(library, result.value)


class DLPack(TestCase):
    def test_a_type_that_numpy_lacks(self):
        block = np.array([[0x3F80, 0xC000], [0, 1]], np.uint16)
        tensor = result_of(15, block).output_tensors[0]
        np.testing.assert_array_equal(tensor.array, block)
        taken = take(tensor.__dlpack__(max_version=(1, 0)))
        self.assertEqual((taken.code, taken.bits, taken.lanes, tuple(taken.shape[:2])), (4, 16, 1, (2, 2)))  # kDLBfloat
        taken.deleter(ctypes.addressof(taken))
        for arguments in ({}, {"copy": True, "max_version": (1, 0)}):
            with self.assertRaisesRegex(BufferError, "NumPy has no such type"):
                tensor.__dlpack__(**arguments)
        with self.assertRaises((BufferError, RuntimeError)):
            np.from_dlpack(tensor)
        copied = pickle.loads(pickle.dumps(result_of(15, block))).output_tensors[0]
        np.testing.assert_array_equal(copied.array, block)
        self.assertEqual(copied.info, tensor.info)

    def test_a_consumer_of_version_1(self):
        tensor = recorded().profile.nodes[0].tensors[0]
        expected = tensor.array.copy()
        self.assertEqual(tensor.__dlpack_device__(), (1, 0))
        taken = take(tensor.__dlpack__(max_version=(1, 2), dl_device=(1, 0)))
        self.assertEqual((taken.major, taken.flags & READ_ONLY, taken.device_type, taken.device_id), (1, READ_ONLY, 1, 0))
        self.assertEqual((taken.code, taken.bits, taken.lanes), (0, 8, 1))
        self.assertEqual(tuple(taken.shape[:taken.ndim]), expected.shape)
        self.assertEqual(taken.data + taken.byte_offset, address_of(tensor.array))
        del tensor
        gc.collect()
        np.testing.assert_array_equal(np.ctypeslib.as_array((ctypes.c_int8 * expected.size).from_address(taken.data)), expected.ravel())
        taken.deleter(ctypes.addressof(taken))
        tensor = recorded().output_tensors[0]  # lists are as good
        taken = take(tensor.__dlpack__(max_version=[1, 2], dl_device=[1, 0]))
        self.assertEqual(taken.data, address_of(tensor.array))
        taken.deleter(ctypes.addressof(taken))

    def test_numpy(self):
        tensor = recorded().output_tensors[0]
        array = np.from_dlpack(tensor)
        np.testing.assert_array_equal(array, tensor.array)
        self.assertEqual(address_of(array) == address_of(tensor.array), HAS_DLPACK_1)  # older ones know nothing of read-only
        if HAS_DLPACK_1:
            self.assertFalse(array.flags.writeable)
            self.assertNotEqual(address_of(np.from_dlpack(tensor, copy=True)), address_of(tensor.array))

    def test_the_result_is_released_once(self):
        """Taken and deleted, refused, or dropped: memory of a released result is that of the next one."""
        with airunner.connect("null:") as runner:
            model, inputs = runner.model, runner.model.random_inputs(2000)

            def tensor_of_new():
                return model.invoke(inputs, mode="per_layer_with_data").profile.nodes[0].tensors[0]

            def consumed(tensor):
                taken = take(tensor.__dlpack__(max_version=(1, 0)))
                taken.deleter(ctypes.addressof(taken))

            def dropped(tensor):
                tensor.__dlpack__(max_version=(1, 0))
                tensor.__dlpack__(max_version=(1, 0))

            tensor_of_new()
            for use in (consumed, dropped):
                addresses = set()
                for _ in range(20):
                    gc.collect()
                    tensor = tensor_of_new()
                    addresses.add(address_of(tensor.array))
                    use(tensor)
                    del tensor
                self.assertLess(len(addresses), 5, use.__name__)
            kept = [tensor_of_new().__dlpack__(max_version=(1, 0)) for _ in range(20)]
            pointers = [take(capsule) for capsule in kept]
            self.assertEqual(len({taken.data for taken in pointers}), 20)
            for taken in pointers:
                taken.deleter(ctypes.addressof(taken))

    def test_an_error_of_the_consumer_stays(self):
        """The capsule is dropped while it is raised."""
        tensor = recorded().output_tensors[0]

        class Refusing:
            def __dlpack__(self, **arguments):
                self.capsule = tensor.__dlpack__(max_version=(1, 0))
                raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            np.from_dlpack(Refusing())

    def test_what_cannot_be(self):
        tensor = recorded().output_tensors[0]
        for arguments, text in (({"stream": 1}, "stream is 1"), ({"dl_device": (2, 0)}, r"device \(2, 0\)"),
                                ({"copy": False}, r"needs DLPack 1.0"), ({"copy": False, "max_version": (0, 8)}, r"needs DLPack 1.0")):
            with self.assertRaisesRegex(BufferError, text):
                tensor.__dlpack__(**arguments)
        for arguments, text in (({"max_version": 1}, "max_version is 1, expected two numbers"),
                                ({"max_version": (1, 0), "dl_device": (1,)}, r"dl_device is \(1,\), expected two numbers")):
            with self.assertRaisesRegex(airunner.InvalidArgumentError, text):
                tensor.__dlpack__(**arguments)
        with airunner.connect("null:") as runner:
            node = runner.model.invoke(runner.model.random_inputs(1), mode="per_layer_with_data").profile.nodes[0]
        wrong = airunner.ResultTensor(node._result, 2, 999, 0, node.info.outputs[0])
        with self.assertRaises(BufferError):
            wrong.__dlpack__(max_version=(1, 0))


def twice(found):
    """In another process: what it has of a capture."""
    return found, found.profile.report(), found.outputs[0] * 2


class OtherProcesses(TestCase):
    def test_a_pickled_capture_is_whole(self):
        path = self.folder() / "kept.npz"
        first = recorded(self.serve(TINY_ST_AI))
        first.save(path)
        for found in (first, airunner.load_capture(path), recorded("null:"), recorded(FIXTURES / "formats-st-ai")):
            copied = pickle.loads(pickle.dumps(found))
            self.assertEqual((copied.descriptor, copied.file, copied.n_samples, copied.n_nodes),
                             (found.descriptor, found.file, found.n_samples, found.n_nodes))
            for place in ("inputs", "outputs"):
                self.assertEqual(len(getattr(copied, place)), len(getattr(found, place)))
                for array, other in zip(getattr(copied, place), getattr(found, place)):
                    np.testing.assert_array_equal(array, other)
                    self.assertEqual(array.dtype, other.dtype)
            self.assertEqual(copied.profile.to_dict(data=True), found.profile.to_dict(data=True))
            self.assertEqual(copied.profile.report(), found.profile.report())
            self.assertTrue(airunner.compare_captures(found, copied))
            self.assertEqual(copied.profile.nodes[0].tensors[0].info, found.profile.nodes[0].tensors[0].info)

    def test_multiprocessing(self):
        found = recorded()
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                copied, report, doubled = pool.apply_async(twice, (found,)).get(60)
            self.assertEqual(report, found.profile.report())
            np.testing.assert_array_equal(doubled, found.outputs[0] * 2)
            np.testing.assert_array_equal(copied.outputs[0], found.outputs[0])

    def test_copies_are_the_same_value(self):
        found = recorded()
        self.assertIs(copy.copy(found), found)
        self.assertIs(copy.deepcopy([found])[0], found)

    def test_what_holds_a_reference_is_copied_as_itself(self):
        found, token = recorded(), airunner.Token()
        compared, tensor = airunner.compare(found, found), found.output_tensors[0]
        for copied in (copy.copy(token), copy.deepcopy(token)):
            self.assertIs(copied, token)
        copies = [copy.copy(compared), copy.deepcopy(compared)], [copy.copy(tensor), copy.deepcopy(tensor)]
        text, array = str(compared), tensor.array.copy()
        del compared, tensor, found
        gc.collect()
        self.assertEqual([str(copied) for copied in copies[0]], [text] * 2)
        for copied in copies[1]:
            np.testing.assert_array_equal(copied.array, array)
        for held in (token, copies[0][0], copies[1][0]):
            with self.assertRaisesRegex(TypeError, "cannot be pickled, they belong to their process"):
                pickle.dumps(held)

    def test_a_damaged_pickle(self):
        content, function = pickle.dumps(recorded()), recorded().__reduce__()[0]
        self.assertIn(b"PK", content)
        with self.assertRaises(airunner.InvalidInputError):
            function(b"PK\x03\x04", "")


if __name__ == "__main__":
    unittest.main()
