# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner: tensors, tables, short names, node names, Intel HEX, memory."""

import copy
import ctypes
import pickle
import re
import select
import socket
import threading
import unittest
from dataclasses import replace

import numpy as np

from support import FIXTURES, SOURCE, TINY_ST_AI
from test_stm_connect import StmTest

import airunner
from airunner import _abi, _library
from airunner._arrays import address_of
from airunner._info import Description
from airunner._profile import Profile
from airunner._values import Held, held_result
from stm_ai_runner import AiRunner, _devices, _node_types, bsdchecksum, dump_ihex_file, stm_ai_utils, tflm_utils
from stm_ai_runner._families import Family
from stm_ai_runner._info import Role, make_info, make_io_tensor
from stm_ai_runner._inputs import prepare_inputs
from stm_ai_runner._profiler import NodeTensors, make_profiler
from stm_ai_runner._random import draw
from stm_ai_runner._report import print_profile, print_summary
from stm_ai_runner._tensor_desc import describe
from stm_ai_runner.ai_runner import AiTensorDesc, AiTensorType, HwIOError
from stm_ai_runner.stm32_utility import stm32_attr_config, stm32_id_to_str
from stm_ai_runner.stm_ai_utils import (Ai1b32bPackConverter, AiBoolConverter, AiBufferFormat, AiConverter, AiFixedPointConverter,
                                        AiIdentityConverter, AiQuantUniformConverter, IOTensor, qmn_to_str, stm_ai_error_to_str,
                                        st_neural_art_node_type_to_str, stm_ai_node_type_to_str)
from stm_ai_runner.utils import TableWriter, truncate_name

F32, S8, U8, BOOL, S1, U1, Q7, UQ1_15 = (0x821040, 0x840440, 0x040440, 0x060440, 0x8400C0, 0x0400C0, 0x840447, 0x04084F)


def tensor(fmt, shape, scale=None, zero_point=0, loc="activations"):
    quant = None if scale is None else {"scale": scale, "zero_point": zero_point}
    made = IOTensor(fmt, shape, quant)
    made.set_name("tens")
    made.set_tag("I.0")
    made.set_memory_pool(loc)
    return made


class Formats(unittest.TestCase):
    def test_types(self):
        for fmt, dtype in ((F32, np.float32), (0x820840, np.float16), (S8, np.int8), (U8, np.uint8), (0x840840, np.int16),
                           (0x041040, np.uint32), (0x842040, np.int64), (BOOL, bool), (S1, np.int32), (U1, np.uint32),
                           (Q7, np.int8), (UQ1_15, np.uint16), (0x8840440, np.int8)):
            self.assertIs(IOTensor(fmt, (1, 4)).dtype, dtype, hex(fmt))
        for fmt, fields in ((0x40, "0/0/0"), (0x840240, "2/4/1")):
            with self.assertRaisesRegex(NotImplementedError, f"AI type .{fields}. to numpy type not supported"):
                AiBufferFormat(fmt).to_np_type()

    def test_fields(self):
        fmt = AiBufferFormat(UQ1_15)
        self.assertEqual((fmt.bits(), fmt.fbits(), fmt.is_signed(), fmt.is_fxp(), fmt.is_integer()), (16, 15, 0, True, False))
        self.assertTrue(AiBufferFormat(S8) == S8 and AiBufferFormat(F32).is_float() and AiBufferFormat(BOOL).is_bool())
        self.assertTrue(AiBufferFormat(S1).is_packed())
        self.assertEqual({AiBufferFormat(5): 1}[AiBufferFormat(5)], 1)

    def test_format_of_a_dtype(self):
        for fmt in (F32, S8, U8, BOOL, 0x842040, 0x820840):
            self.assertEqual(AiBufferFormat.to_fmt(IOTensor(fmt, 1).dtype, is_io=False), fmt)
        self.assertEqual(AiBufferFormat.to_fmt(np.int8), S8 | AiBufferFormat.FLAG_IS_IO)
        self.assertEqual(AiBufferFormat.to_fmt(np.void, is_io=False), AiBufferFormat.AI_BUFFER_FORMAT_NONE)
        self.assertEqual(AiBufferFormat.to_fmt(np.int8, static=True, const=True, fbits=7), Q7 | 0x68000000)
        self.assertEqual([int(AiBufferFormat.to_fmt(kind, is_io=False, bits=1).value) for kind in (np.int32, np.uint32)], [S1, U1])
        for kind, bits, text in ((complex, None, "numpy type .* is not supported"), (np.int8, 16, "number of bits .*/16 is not consistent")):
            with self.assertRaisesRegex(NotImplementedError, text):
                AiBufferFormat.to_fmt(kind, bits=bits)

    def test_constants(self):
        """They are the words of the fields that they name."""
        for name, word in vars(AiBufferFormat).items():
            if name.startswith("AI_BUFFER_FORMAT_") and not name.endswith(("_NONE", "_Q", "_UQ")):
                kind, bits, fraction = re.fullmatch(r"AI_BUFFER_FORMAT_(FLOAT|BOOL|UQ|Q|U|S)(\d*)()", name).groups()
                fmt = AiBufferFormat(word)
                self.assertTrue(fmt.is_supported(), name)
                self.assertEqual(fmt.is_signed(), int(kind in ("FLOAT", "Q", "S")), name)
                self.assertEqual((fmt.is_float(), fmt.is_bool(), fmt.is_fxp()), (kind == "FLOAT", kind == "BOOL", kind in ("Q", "UQ")), name)
                if bits:
                    self.assertEqual(fmt.fbits() if fmt.is_fxp() else fmt.bits(), int(bits), name)
        self.assertEqual(AiBufferFormat(UQ1_15).to_dict(), {"sign": 0, "type": AiBufferFormat.TYPE_Q, "float": 0, "bits": 16, "fbits": 15,
                                                            "np_type": np.uint16, "packet_mode": ""})
        self.assertEqual((AiBufferFormat(S1).packed(), AiBufferFormat(0x40).to_dict()["np_type"]), ("1b", None))


# Every word of the specifications that a tensor with data can have: the type of its elements, its texts, and values with
# what is stored for them.
WORDS = (
    (0x821040, "float32", "f32", "", (0.25, -2.0), (0.25, -2.0)),
    (0x1821040, "float32", "f32", "", (0.25, -2.0), (0.25, -2.0)),  # of old tools
    (0x820840, "float16", "f16", "", (0.25, -2.0), (0.25, -2.0)),
    (0x822040, "float64", "f64", "", (0.25, -2.0), (0.25, -2.0)),
    (0x060440, "bool", "bool8", "", (1.0, 0.0), (1, 0)),
    (0x0400C0, "uint32", "uint1", "1b-32bpacked(pad=0)", (-1.0, 1.0), (0x80000000,)),
    (0x8400C0, "int32", "int1", "1b-32bpacked(pad=0)", (-1.0, 1.0), (-0x80000000,)),
    (0x040440, "uint8", "uint8", "", (3.0, 255.0), (3, 255)), (0x840440, "int8", "int8", "", (3.0, -128.0), (3, -128)),
    (0x040840, "uint16", "uint16", "", (3.0, 65535.0), (3, 65535)), (0x840840, "int16", "int16", "", (3.0, -4.0), (3, -4)),
    (0x041040, "uint32", "uint32", "", (3.0, 2.0**31), (3, 2**31)), (0x841040, "int32", "int32", "", (3.0, -4.0), (3, -4)),
    (0x042040, "uint64", "uint64", "", (3.0, 2.0**63), (3, 2**63)), (0x842040, "int64", "int64", "", (3.0, -4.0), (3, -4)),
    (0x8840440, "int8", "int8", "", (3.0, -4.0), (3, -4)), (0x78840440, "int8", "int8", "", (3.0, -4.0), (3, -4)),  # with flags
    (0x840447, "int8", "int8", "FixedPoint(0.007812500,0,int8,Q7)", (0.5, -1.0), (64, -128)),
    (0x040447, "uint8", "uint8", "FixedPoint(0.007812500,0,uint8,UQ1.7)", (0.5, 1.0), (64, 128)),
    (0x040448, "uint8", "uint8", "FixedPoint(0.003906250,0,uint8,UQ8)", (0.5, 0.25), (128, 64)),
    (0x840444, "int8", "int8", "FixedPoint(0.062500000,0,int8,Q3.4)", (0.5, -1.0), (8, -16)),
    (0x84084F, "int16", "int16", "FixedPoint(0.000030518,0,int16,Q15)", (0.5, -1.0), (16384, -32768)),
    (0x04084F, "uint16", "uint16", "FixedPoint(0.000030518,0,uint16,UQ1.15)", (0.5, 1.0), (16384, 32768)),
    (0x84084B, "int16", "int16", "FixedPoint(0.000488281,0,int16,Q4.11)", (0.5, -1.0), (1024, -2048)),
    (0x040848, "uint16", "uint16", "FixedPoint(0.003906250,0,uint16,UQ8.8)", (0.5, 1.0), (128, 256)),
    (0x040845, "uint16", "uint16", "FixedPoint(0.031250000,0,uint16,UQ11.5)", (0.5, 1.0), (16, 32)),
    (0x84104D, "int32", "int32", "FixedPoint(0.000122070,0,int32,Q18.13)", (0.5, -1.0), (4096, -8192)),
    (0x84105F, "int32", "int32", "FixedPoint(0.000000000,0,int32,Q31)", (0.5, -1.0), (2**30, -2**31)),
    (0x842068, "int64", "int64", "FixedPoint(0.000000000,0,int64,Q23.40)", (0.5, -1.0), (2**39, -2**40)),
    (0x84207F, "int64", "int64", "FixedPoint(0.000000000,0,int64,Q63)", (0.5, -1.0), (2**62, -2**63)),
    (0x04207F, "uint64", "uint64", "FixedPoint(0.000000000,0,uint64,UQ1.63)", (0.5, 1.0), (2**62, 2**63)),
    (0x84044F, "int8", "int8", "FixedPoint(0.000030518,0,int8,Q-8.15)", (2.0**-9, -2.0**-15), (64, -1)),
    (0x84103F, "int32", "int32", "FixedPoint(2.0,0,int32,Q32.-1)", (8.0, -2.0), (4, -1)),
    # The fixed point of the NPU compiler, type 15.
    (0x9E083B, "int16", "int16", "FixedPoint(32.0,0,int16,Q20.-5)", (64.0, -320.0), (2, -10)),
    (0x1E083B, "uint16", "uint16", "FixedPoint(32.0,0,uint16,UQ21.-5)", (64.0, 320.0), (2, 10)),
    (0x9E0847, "int16", "int16", "FixedPoint(0.007812500,0,int16,Q8.7)", (0.5, -1.0), (64, -128)),
    (0x9E0440, "int8", "int8", "", (3.0, -4.0), (3, -4)), (0x1E0440, "uint8", "uint8", "", (3.0, 4.0), (3, 4)),
    (0x9E1000, "int32", "int32", "FixedPoint(1.8446744073709552e+19,0,int32,Q95.-64)", (2.0**65, -2.0**64), (2, -1)),
    (0x9E00C0, "int32", "int1", "1b-32bpacked(pad=0)", (-1.0, 1.0), (-0x80000000,)),
)
REFUSED = (0x40, 0x040240, 0x840240, 0x840040, 0x040040, 0x840243, 0x040243,  # none, 4 bits, Q without a size
           0x080440, 0x100440, 0x021040, 0x821041, 0x820440,  # tables, floats without sign, with a fraction, of 8 bits
           0x860440, 0x060840, 0x060441, 0x8400C1, 0x840C40, 0x9E0240, 0x9E00C1, 0, 0xFFFFFFFF)


class ResultParts(_abi.SizedStruct):
    """air_result_parts; the package makes no results of its own."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("reserved", ctypes.c_uint32), *(
        (name, ctypes.c_void_p) for name in ("model", "profile", "inputs", "outputs", "node_outputs", "values", "node_values", "notes",
                                             "node_notes"))]


def array_of(*parts):
    """Pointers to them; the caller keeps the parts."""
    return (ctypes.c_void_p * len(parts))(*map(ctypes.addressof, parts))


def measured(info, block):
    """The profile of a run whose input, output, pool and only node have the tensor."""
    library, at = _library.load(), ctypes.addressof
    functions = ctypes.CDLL(library.name)
    model, result = ctypes.c_void_p(), ctypes.c_void_p()
    tensor = info._struct
    tensors = array_of(tensor)
    node = _abi.Node(name=b"ai_node_0", operation=b"Conv2D (0x103)", operation_code=0x103, n_outputs=1, outputs=at(tensors))
    column = _abi.Column(name=b"time.device", unit=b"ms", kind=1, per_node=1)
    nodes, columns = array_of(node), array_of(column)
    word = _abi.Option(f"st.format.{info.tag}".encode(), str(info.format).encode())
    description = _abi.Model(name=b"network", n_inputs=1, n_outputs=1, inputs=at(tensors), outputs=at(tensors), n_nodes_told=1, n_nodes=1,
                             nodes=at(nodes), n_columns=1, columns=at(columns), n_properties=1, properties=ctypes.pointer(word),
                             n_activations_pools=1, activations_pools=at(tensors))
    library.check(functions.air_make_model(ctypes.byref(description), ctypes.byref(model)))
    profile = _abi.Profile(n_samples=1, n_runs=1, mode=3, asked_mode=3, repeat=1)
    shape, duration = (ctypes.c_int64 * block.ndim)(*block.shape), ctypes.c_double(1.5)
    view = _abi.View(data=address_of(block), size_bytes=block.nbytes, shape=at(shape), rank=block.ndim, dtype=tensor.dtype)
    views, values = array_of(view), array_of(duration)
    node_values = array_of(values)
    parts = ResultParts(model=model, profile=at(profile), inputs=at(view), outputs=at(view), node_outputs=at(views), values=at(values),
                        node_values=at(node_values))
    library.check(functions.air_make_result(ctypes.byref(parts), ctypes.byref(result)))
    return Profile(held_result(library, result.value), Description(Held(library, model.value, library.air_release_model)))


class EveryFormat(StmTest):
    """Every format word through every part."""

    def described(self, word):
        """What the library says of a tensor of that word."""
        made = IOTensor(word, (1, 2))
        encoding = "PACKED_BITS" if made.is_packed else "FIXED_POINT" if made.is_fxp else "PLAIN"
        return airunner.TensorInfo(
            name="tens", tag="N.0.0", dtype=np.dtype(made.dtype), encoding=airunner.Encoding[encoding], shape=(1, 2),
            storage_shape=made.get_c_shape(), n_elements=made.get_c_size(), size_bytes=made.get_c_size_in_bytes(), scales=(),
            zero_points=(), quantized_axis=None, fraction_bits=made.raw_fmt.fbits() if made.is_fxp else 0, format=word,
            address=0x2400, flags=1)

    def test_tensor(self):
        for word, dtype, type_text, scheme, values, stored in WORDS:
            with self.subTest(word=hex(word)):
                made = tensor(word, (1, 2))
                self.assertEqual(np.dtype(made.dtype), np.dtype(dtype))
                parts = [part for part in (scheme, "activations") if part]
                storage = f"/{dtype}[1,1]" if made.is_packed else ""
                self.assertEqual(made.to_str(short=False), f"'tens', {type_text}[1,2]{storage}, {made.get_c_size_in_bytes()} Bytes, "
                                 + ", ".join(parts))
                self.assertIn(scheme, made.to_str())
                self.assertIn(scheme, str(made))
                self.assertIn(made.get_quant_desc() if made.is_fxp else "", scheme)
                self.assertEqual(made.get_c_size(), len(stored))
                self.assertEqual((made.zeros().size, made.zeros().dtype), (len(stored), np.dtype(dtype)))
                got = made.quantize(np.array(values, np.float64)) if not made.raw_fmt.is_float() else np.array(values, dtype)
                self.assertEqual((got.ravel().tolist(), got.dtype), (list(stored), np.dtype(dtype)))
                self.assertEqual(made.dequantize(got).ravel().tolist(), list(values))
                for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
                    self.assertEqual((str(other), other.raw_fmt, other.quant_params), (str(made), made.raw_fmt, made.quant_params))

    def test_as_the_library_computes(self):
        for word, dtype, _, _, values, stored in WORDS:
            with self.subTest(word=hex(word)):
                info, block = self.described(word), np.array([stored], dtype)
                made = make_io_tensor(info, Family.TG, Role.PORT)
                np.testing.assert_array_equal(made.dequantize(block), info.dequantize(block))
                if info.encoding != airunner.Encoding.PLAIN:  # plain numbers are cast, as NumPy does
                    real = np.array([values, [1e30, -1e30]], np.float32)
                    np.testing.assert_array_equal(made.quantize(real), info.quantize(real))

    def test_reports(self):
        """A run whose inputs, outputs and node have the tensor, in every family."""
        for word, dtype, type_text, scheme, _, stored in WORDS:
            info, block = self.described(word), np.array([stored], dtype)
            profile = measured(info, block)
            self.assertEqual(profile.model.inputs[0], info)
            for family in Family:
                with self.subTest(word=hex(word), family=family):
                    dictionary = make_info(profile.model, family, "network")
                    made = make_profiler(profile, AiRunner.Mode.PER_LAYER, dictionary, family, NodeTensors(family))
                    np.testing.assert_array_equal(made["c_nodes"][0]["data"][0], block)
                    self.assertIs(dictionary["inputs"][0]["type"], bool if dtype == "bool" else np.dtype(dtype).type)
                    self.assertIs(made["c_nodes"][0]["type"][0], dictionary["inputs"][0]["type"])
                    described = describe(dictionary["inputs"][0], AiTensorType.INPUT)
                    self.assertEqual((described.dtype, described.scale), (dictionary["inputs"][0]["type"], [0.0]))
                    lines = []
                    print_summary(dictionary, ["network"], lines.append, 1, 1)
                    print_profile([block], made, [block], lines.append, tensor_info=True, debug=True)
                    text = "\n".join(lines)
                    self.assertIn(f"{type_text}[1,2]", text)
                    self.assertGreaterEqual(text.count(scheme), 5)
                    drawn = draw(dictionary["inputs"][0]["type"], info.storage_shape, 2, np.random.RandomState(1), None)
                    self.assertEqual(prepare_inputs([drawn], [dictionary["inputs"][0]["io_tensor"]], False)[0].shape,
                                     (2, *info.storage_shape[1:]))
            self.assertIn(str(word), profile.to_json(data=True))

    def test_type_that_differs_from_the_word(self):
        """Some firmware announces float16 as float32."""
        info = replace(self.described(0x821040), dtype=np.dtype("float16"))
        made = make_io_tensor(info, Family.TG, Role.PORT)
        self.assertEqual((made.dtype, made.get_c_size_in_bytes()), (np.float16, 4))
        self.assertEqual(make_io_tensor(replace(info, format=0x40), Family.TG, Role.PORT).dtype, np.float16)

    def test_without_a_word(self):
        """Backends that are not ST's tell none: it follows from the type and the encoding."""
        def parts(word):
            return word.to_np_type(), word.bits(), word.fbits(), word.is_signed(), word.is_bool(), word.is_float()

        for word, *_ in WORDS:
            made = make_io_tensor(replace(self.described(word), format=0), Family.OTHER, Role.PORT)
            self.assertEqual(parts(made.raw_fmt), parts(AiBufferFormat(word)), hex(word))

    def test_limits(self):
        for word, dtype in ((0x84105F, np.int32), (0x84207F, np.int64), (0x04207F, np.uint64), (0x840447, np.int8)):
            got = IOTensor(word, (1, 3)).quantize(np.array([1e30, -1e30, np.nan], np.float32)).tolist()
            self.assertEqual(got, [[np.iinfo(dtype).max, np.iinfo(dtype).min, 0]], hex(word))
        half = np.array([0.5], np.float16)
        self.assertEqual(IOTensor(0x84105F, (1, 1)).quantize(half).tolist(), [[2**30]])

    def test_words_that_are_refused(self):
        for word in REFUSED:
            with self.assertRaisesRegex(NotImplementedError, "invalid/unsupported format", msg=hex(word)):
                IOTensor(word, (1, 4))

    def test_host_libraries(self):
        """Real runs of networks whose tensors have many formats, layer by layer, and compared with themselves."""
        for folder in ("formats-legacy", "formats-st-ai"):
            runner = self.runner(FIXTURES / folder)
            x = runner.generate_rnd_inputs(batch_size=2)
            outputs, profiler = runner.invoke(x, mode=AiRunner.Mode.PER_LAYER_WITH_DATA, io_mode="dequantize")
            self.assertTrue(all(output.dtype == np.float32 for output in outputs))
            lines = []
            runner.print_profiling(x, profiler, runner.invoke(x)[0], print_fn=lines.append, tensor_info=True)
            self.assertIn("FixedPoint(", "\n".join(lines))
            self.assertTrue(airunner.compare(FIXTURES / folder, FIXTURES / folder).passed)


def varint(number):
    result = b""
    while number >= 0x80:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


class OtherWords:
    """A target whose tensors have another format word: the bytes of a served one, changed on their way."""

    def __init__(self, descriptor, words):
        self._words = words
        host, port = descriptor.split(":")[1:]
        self._target = socket.create_connection((host, int(port.partition("?")[0])), 10)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self.descriptor = f"socket:127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        with client, self._target, self._listener:
            while True:
                ready, _, _ = select.select([client, self._target], [], [], 30)
                if not ready:
                    return
                for source in ready:
                    data = source.recv(1 << 20)
                    if not data:
                        return
                    if source is client:
                        self._target.sendall(data)
                    else:
                        for word, other in self._words.items():
                            data = data.replace(varint(word), varint(other))
                        client.sendall(data)

    def join(self):
        self._thread.join(30)


class Board(StmTest):
    def test_fixed_point_of_the_npu_compiler(self):
        """Per-layer runs of a target whose tensors have words of type 15, from the wire to the report."""
        served = self.runner(self.serve(TINY_ST_AI, "--packet", "4094"))
        x = served.generate_rnd_inputs(batch_size=2, rng=np.random.RandomState(1))
        _, expected = served.invoke(x, mode=AiRunner.Mode.PER_LAYER_WITH_DATA)
        served.disconnect()
        for other, text in ((0x9E043B, "FixedPoint(32.0,0,int8,Q12.-5)"), (0x9E0447, "FixedPoint(0.007812500,0,int8,Q7)")):
            board = OtherWords(self.serve(TINY_ST_AI, "--packet", "4094"), {0x840440: other})
            runner = self.runner(board.descriptor)
            (desc,) = runner.get_inputs()
            self.assertEqual((desc.dtype, desc.scale), (np.int8, [0.0]))
            outputs, profiler = runner.invoke(x, mode=AiRunner.Mode.PER_LAYER_WITH_DATA)
            self.assertEqual([str(node["io_tensors"][0]).partition("Bytes, ")[2] for node in profiler["c_nodes"]][:2], [text, text])
            for node, same in zip(profiler["c_nodes"], expected["c_nodes"]):
                np.testing.assert_array_equal(node["data"][0], same["data"][0])
            lines = []
            runner.summary(print_fn=lines.append)
            runner.print_profiling(x, profiler, outputs, print_fn=lines.append, tensor_info=True, debug=True)
            self.assertEqual("\n".join(lines).count(text), 4)  # summary, input, two nodes
            real = runner.get_input_infos()[0]["io_tensor"].dequantize(x[0])
            np.testing.assert_array_equal(runner.invoke(real, io_mode="quantize")[0][0], outputs[0])
            runner.disconnect()
            board.join()


class Texts(unittest.TestCase):
    CASES = (
        (tensor(F32, (1, 2, 3)), "'tens':f32[1,2,3]:24:activations", "'tens', f32[1,2,3], 24 Bytes, activations"),
        (tensor(F32, (1, 2), 1.0), "'tens':f32[1,2]:8:Identity:activations", "'tens', f32[1,2], 8 Bytes, Identity, activations"),
        (tensor(S8, (1, 4, 4, 2), 0.5, -3), "'tens':i8[1,4,4,2]:32:QLinear(0.500000000,-3,int8):activations",
         "'tens', int8[1,4,4,2], 32 Bytes, QLinear(0.500000000,-3,int8), activations"),
        (tensor(BOOL, (1, 4)), "'tens':b8[1,4]:4:activations", "'tens', bool8[1,4], 4 Bytes, activations"),
        (tensor(S1, (1, 2, 2, 40)), "'tens':i1[1,2,2,40]/i32[1,2,2,2]:32:1b-32bpacked(pad=0):activations",
         "'tens', int1[1,2,2,40]/int32[1,2,2,2], 32 Bytes, 1b-32bpacked(pad=0), activations"),
        (tensor(UQ1_15, (1, 4)), "'tens':u16[1,4]:8:FixedPoint(0.000030518,0,uint16,UQ1.15):activations",
         "'tens', uint16[1,4], 8 Bytes, FixedPoint(0.000030518,0,uint16,UQ1.15), activations"))

    def test_to_str(self):
        for made, short, long in self.CASES:
            self.assertEqual(made.to_str(), short)
            self.assertEqual(made.to_str("all", short=False), long)

    def test_selectors(self):
        made = tensor(S8, (1, 4, 4, 2), 0.5, -3)
        self.assertEqual(made.to_str("ALL+no-name+no-scheme+no-loc"), "i8[1,4,4,2]:32")
        self.assertEqual(made.to_str("size", short=False), "int8[1,4,4,2], 32 Bytes")
        self.assertEqual(tensor(F32, 3, loc=None).to_str("loc"), "f32[3]:None")

    def test_descriptions(self):
        made = tensor(S8, (1, 4), 0.5, -3)
        self.assertEqual(made.desc(), "tens, I.0, int8[1,4], 4 Bytes, QLinear(0.500000000,-3,int8)")
        self.assertEqual(str(made), "IOTensor: tens, I.0, int8[1,4], 4 Bytes, QLinear(0.500000000,-3,int8)")
        self.assertEqual(str(tensor(S8, (1, 4), np.array([0.5], np.float32), np.array([-3]))), str(made))
        made.set_c_addr(0x2400)
        text = "IOTensor: tens, I.0, , 0x00002400 int8[1,4], 4 Bytes, QLinear(0.500000000,-3,int8)"  # with the original's empty field
        self.assertEqual([repr(made), str(made), made.desc(full=True)], [text] * 3)

    def test_quantization(self):
        for made, text in ((tensor(F32, 1), ""), (tensor(BOOL, 1), "Boolean"), (tensor(S1, 40), "1b-32bpacked"),
                           (tensor(S8, 1, 0.5, -3), "0.500000000,-3,int8"), (tensor(Q7, 1), "Q7"), (tensor(UQ1_15, 1), "UQ1.15")):
            self.assertEqual(made.get_quant_desc(), text)
        self.assertEqual(tensor(Q7, 1).quant_params, {"scale": 2**-7, "zero_point": 0})
        self.assertEqual(IOTensor(F32, 1).quant_params, {})
        self.assertIs(tensor(S8, 1, 0.0).is_quantized, False)
        self.assertIs(tensor(S8, 1, np.float32(0.5)).is_quantized, True)
        with self.assertRaises(ValueError):
            IOTensor(S8, 1, {"scale": 1})

    def test_sizes(self):
        made = tensor(S1, (1, 2, 2, 40))
        self.assertEqual((made.get_c_shape(), made.get_c_size(), made.get_c_size_in_bytes()), ((1, 2, 2, 2), 8, 32))
        self.assertEqual((made.size, type(made.size), made.zeros().shape), (160, np.int64, (8,)))
        for made, kind in ((tensor(S8, (1, 2, 3)), np.int64), (tensor(F32, 4), np.int64), (tensor(S1, (1, 40)), int)):
            self.assertEqual([type(size) for size in (made.get_c_size(), made.get_c_size((1, 64)), made.get_c_size_in_bytes())], [kind] * 3)


class Conversions(unittest.TestCase):
    def test_integers(self):
        made = tensor(S8, (1, 4), 0.5, -3)
        for values, dtype, expected in (([0.25, 0.75, 100, -100], np.float32, [-3, -1, 127, -128]),
                                        ([.25, .75, 1.25, -1.25], np.float64, [-3, -1, -1, -5]),
                                        ([1, 2, 3, 4], np.int32, [-1, 1, 3, 5])):
            got = made.quantize(np.array(values, dtype))
            self.assertEqual((got.tolist(), got.dtype, got.shape), ([expected], np.int8, (1, 4)))
        stored = np.array([1, 2, 3, 4], np.int8)
        self.assertIs(made.quantize(stored), stored)
        self.assertEqual(made.dequantize(stored).tolist(), [[2, 2.5, 3, 3.5]])
        self.assertEqual(made.to_float32(stored).dtype, np.float32)
        with self.assertRaises(ValueError):
            made.quantize(np.zeros(3))
        with self.assertRaises(ValueError):
            made.dequantize(np.zeros(3, np.int8))

    def test_others(self):
        self.assertEqual(tensor(Q7, (1, 3)).quantize(np.array([.5, 1, -1])).tolist(), [[64, 127, -128]])
        self.assertEqual(tensor(Q7, (1, 1)).dequantize(np.array([64], np.int8)).tolist(), [[0.5]])
        self.assertEqual(tensor(BOOL, (1, 2)).quantize(np.array([0.1, -1])).tolist(), [[True, False]])
        self.assertEqual(tensor(BOOL, (1, 2)).dequantize(np.array([True, False])).tolist(), [[1, 0]])
        self.assertEqual(tensor(F32, (1, 2)).quantize(np.zeros(5)).dtype, np.float32)
        self.assertEqual(tensor(U8, (1, 1)).quantize(np.array([300.0])).tolist(), [44])

    def test_bits(self):
        values = np.ones((1, 1, 1, 40), np.float32)
        values[..., ::3] = -1
        for fmt, dtype in ((S1, np.int32), (U1, np.uint32)):
            made = tensor(fmt, (1, 1, 1, 40))
            packed = made.quantize(values)
            self.assertEqual((packed.dtype, packed.shape), (dtype, (1, 1, 1, 2)))
            self.assertEqual(packed.view(np.uint32).ravel().tolist(), [0x92492492, 0x49000000])
            np.testing.assert_array_equal(made.dequantize(packed), values)
        plain = np.zeros(3)
        self.assertIs(tensor(F32, 3).pack(plain), plain)

    def test_converters(self):
        """As scripts use them by themselves: samples in front, a shape of the caller's, texts."""
        values = np.array([[0.5, 1.0], [-1.0, 0.0]], np.float32)
        for converter, text, desc, parameters, dtype, stored in (
                (AiIdentityConverter((1, 2)), "Identity", "", {}, np.float32, [[0.5, 1.0], [-1.0, 0.0]]),
                (AiBoolConverter((1, 2)), "Boolean", "Boolean", {}, bool, [[True, True], [False, False]]),
                (AiQuantUniformConverter((1, 2), 0.5, -3, np.int8), "QLinear(0.500000000,-3,int8)", "0.500000000,-3,int8",
                 {"scale": 0.5, "zero_point": -3}, np.int8, [[-2, -1], [-5, -3]]),
                (AiFixedPointConverter((1, 2), 7, np.int8), "FixedPoint(0.007812500,0,int8,Q7)", "Q7",
                 {"scale": 2.0**-7, "zero_point": 0}, np.int8, [[64, 127], [-128, 0]]),
                (Ai1b32bPackConverter((1, 2)), "1b-32bpacked(pad=0)", "1b-32bpacked", {}, np.int32, [[0], [-2**31]]),
                (Ai1b32bPackConverter((1, 2), "one", signed=False), "1b-32bpacked(pad=1)", "1b-32bpacked", {}, np.uint32,
                 [[0x3FFFFFFF], [0xBFFFFFFF]])):
            with self.subTest(converter=text):
                self.assertIsInstance(converter, AiConverter)
                self.assertEqual((str(converter), converter.get_desc(), converter.get_quantization_params()), (text, desc, parameters))
                self.assertEqual(converter.name, text.partition("(")[0])
                for got in (converter(values), converter(values.ravel(), (7, 2))):
                    self.assertEqual((got.tolist(), got.dtype), (stored, np.dtype(dtype)))
                real = converter.to_float32(np.array(stored, dtype))
                self.assertEqual((real.dtype, real.shape), (np.float32, (2, 2)))
                np.testing.assert_array_equal(converter(real), converter(values))
                packed = "packed" in text
                self.assertEqual((converter.get_c_shape(), converter.get_c_size(), converter.get_c_shape((1, 3, 40))),
                                 ((1, 1), 1, (1, 3, 2)) if packed else ((1, 2), 2, (1, 3, 40)))
        with self.assertRaises(ValueError):
            AiBoolConverter((1, 2))(np.zeros(3))
        with self.assertRaises(TypeError):
            AiConverter((1, 2))

    def test_per_channel(self):
        made = tensor(S8, (1, 2, 3), 0.5, -1)
        made.set_channels((0.5, 0.25, 2.0), (-1, 0, 7), 2)
        values = np.array([[[1, 1, 1], [2, 2, 2]]], np.float32)
        self.assertEqual(made.quantize(values).tolist(), [[[1, 4, 8 - 1], [3, 8, 8]]])
        np.testing.assert_array_equal(made.dequantize(made.quantize(values)), [[[1, 1, 0], [2, 2, 2]]])


class Descriptions(unittest.TestCase):
    def test_texts(self):
        desc = AiTensorDesc(AiTensorType.INPUT, "input_1", (1, 30, 10), np.int8, [np.float32(0.00392132)], [np.int8(-128)])
        self.assertEqual(repr(desc), "AiTensorDesc(iotype=INPUT, name='input_1', shape=(1, 30, 10), "
                         "dtype=<class 'numpy.int8'>, scale=[0.00392132], zero_point=[-128])")
        self.assertEqual(str(desc), "INPUT 'input_1' int8(1, 30, 10) [0.00392132] [-128]")
        plain = AiTensorDesc(AiTensorType.OUTPUT, "o", (1, 2), np.float32, [np.float32(0)], [np.int32(0)])
        self.assertEqual(str(plain), "OUTPUT 'o' float32(1, 2)")
        self.assertEqual(str(AiTensorDesc()), "UNDEFINED '' 0(0,)")
        self.assertEqual(AiTensorDesc._fields, ("iotype", "name", "shape", "dtype", "scale", "zero_point"))


class Tables(unittest.TestCase):
    def test_truncate(self):
        long = "abcdefghijklmnopqrstuvwxyz0123456789"
        self.assertEqual(truncate_name(long), "abcdefghijklmnopqr..0123456789")
        self.assertEqual(truncate_name(long, 12), "abcdefghi..9")
        self.assertEqual(truncate_name(long, 1), "a..9")
        self.assertEqual(truncate_name("abc"), "abc")

    def test_layout(self):
        table = TableWriter(indent=1, csep="-")
        table.set_title("T")
        table.set_header(["a", "bb"])
        table.add_row([1, "x"])
        table.add_separator("=")
        table.add_row("only")
        table.add_note("note")
        lines = [" ", " T", " ------------", " a        bb ", " ------------", " 1         x ", " ======-====-", " only   ",
                 " ------------", " note", ""]
        self.assertEqual(table.getvalue(fmt=" >").split("\n"), lines)
        table.write("in front")
        table.set_fmt(" >")
        self.assertEqual(str(table).split("\n"), [" in front", *lines])
        self.assertEqual(TableWriter().getvalue(), "\n")
        with self.assertRaisesRegex(ValueError, "Size of the provided row is invalid"):
            table.add_row([1, 2, 3])


class Names(unittest.TestCase):
    """The tables of the library and of the package are the same."""

    def source(self, path):
        return (SOURCE / "src" / path).read_text()

    def test_node_types(self):
        text = self.source("common/node_types.cpp")
        common = re.findall(r'"(\w+)"|(nullptr)', re.search(r"kCommon = \{(.*?)\};", text, re.DOTALL)[1])
        self.assertEqual([name or None for name, _ in common], list(_node_types._COMMON))
        before = {int(k): name for k, name in re.findall(r'\{(\d+), "(\w+)", \{\}\}', text)}
        since = {int(k): (name, (int(a), int(b))) for k, name, a, b in re.findall(r'\{(\d+), "(\w+)", \{(\d+), (\d+)\}\}', text)}
        self.assertEqual((before, since), (_node_types._BEFORE_10, _node_types._SINCE_10))
        self.assertGreater(len(since), 15)

    def test_errors(self):
        text = (SOURCE / "backends" / "stlib" / "model" / "vendor_errors.cpp").read_text()
        numbers = (SOURCE / "backends" / "stlib" / "abi" / "legacy.h").read_text()
        for table, known in (("kLegacyTypes", stm_ai_utils._ERROR_TYPES), ("kLegacyCodes", stm_ai_utils._ERROR_CODES)):
            names = re.findall(r"\{(AI_ERROR_\w+), ", re.search(table + r"\[\] = \{(.*?)\}\};", text, re.DOTALL)[1])
            found = {int(re.search(rf"define {name} (0x[0-9A-Fa-f]+|\d+)", numbers)[1], 0) for name in names}
            self.assertEqual(found, set(known))

    def test_operators_and_devices(self):
        text = self.source("wire/tflm_operators.cpp")
        self.assertEqual(re.findall(r'"(\w+)"', text[text.index("kNames"):]), list(tflm_utils._NAMES))
        devices = {int(k, 16): name for k, name in re.findall(r'\{(0x[0-9A-F]+), "([^"]+)"\}', self.source("wire/device.cpp"))}
        self.assertEqual(devices, _devices.DEVICES)

    def test_texts(self):
        self.assertEqual(stm_ai_error_to_str(0x12, 0x30), 'type="Init Failed"(0x30), code="Network Weights"(0x12)')
        self.assertEqual(stm_ai_error_to_str(0x99, 0x98), 'type="152"(0x98), code="153"(0x99)')
        self.assertEqual([qmn_to_str(8, 7, True), qmn_to_str(16, 15, False), qmn_to_str(16, -5, True)], ["Q7", "UQ1.15", "Q20.-5"])
        self.assertEqual(stm_ai_node_type_to_str(0x103), "Conv2D (0x103)")
        self.assertEqual(stm_ai_node_type_to_str(0x144), "MatMul (0x144)")
        self.assertEqual(stm_ai_node_type_to_str(0x8105), "261 (0x105)")
        self.assertEqual(stm_ai_node_type_to_str(0x12A, version=(9, 1)), "LinearClassifier (0x12a)")
        self.assertEqual(stm_ai_node_type_to_str(0x183), "GRU (0x183)")
        self.assertEqual([st_neural_art_node_type_to_str(k) for k in (0, 0x31, 2, 3, 4)],
                         ["epoch", "epoch (extra HW.3)", "epoch (SW)", "epoch (HYBRID)", "epoch (EC)"])
        self.assertEqual(tflm_utils.tflm_node_type_to_str(3), "CONV_2D (3)")
        self.assertEqual(tflm_utils.tflm_node_type_to_str(999), "custom or unknown (999)")
        self.assertEqual(stm32_id_to_str(0x486), "0x486 - STM32N6xx")
        self.assertEqual(stm32_attr_config(0x03010C04), ["fpu", "art_lat=4", "core_icache", "core_dcache"])


class Files(StmTest):
    def dump(self, *records, **arguments):
        lines = []
        for kind, offset, data in records:
            raw = bytes([len(data)]) + offset.to_bytes(2, "big") + bytes([kind]) + data
            lines.append(":" + (raw + bytes([-sum(raw) & 0xFF])).hex().upper() + "\n")
        path = self.folder() / "image.hex"
        path.write_text("".join(lines) + "\n")
        return [(s["addr"], bytes(s["data"])) for s in dump_ihex_file(path, **arguments)]

    def test_checksum(self):
        for data, expected in ((b"", 0), (b"a", 97), (b"hello", 8403), (b"0123456789", 59759), (bytes(range(256)), 512),
                               (bytearray(b"a"), 97)):
            self.assertEqual(bsdchecksum(data), expected)
        with self.assertRaises(TypeError):
            bsdchecksum("a")

    def test_segments(self):
        base, end = (4, 0, b"\x24\x00"), (1, 0, b"")
        self.assertEqual(self.dump(base, (0, 0, b"ab"), (0, 2, b"cd"), (5, 0, b"\0\0\0\0"), end), [(0x24000000, b"abcd")])
        self.assertEqual(self.dump(base, (0, 8, b"ab"), end), [(0x24000000, bytes(8) + b"ab")])
        self.assertEqual(self.dump(base, (0, 8, b"ab"), (0, 12, b"c"), end, fill_with_zeros=False),
                         [(0x24000008, b"ab"), (0x2400000C, b"c")])
        self.assertEqual(self.dump((2, 0, b"\x10\x00"), (0, 0, b"x"), end), [(0x10000, b"x")])
        self.assertEqual(self.dump((0, 0, b"x"), end), [(0, b"x")])

    def test_wrong_files(self):
        with self.assertRaisesRegex(ValueError, "record type 09"):
            self.dump((9, 0, b""))
        with self.assertRaisesRegex(ValueError, "lies before"):
            self.dump((0, 8, b"a"), (0, 0, b"b"))
        path = self.folder() / "bad.hex"
        for text, reason in (("hello", "begins with"), (":0000000000", "checksum"), (":05", "bytes, expected"), (":zz", "not hexadecimal")):
            path.write_text(text if text != ":0000000000" else ":0000000001")
            with self.assertRaisesRegex(ValueError, reason):
                dump_ihex_file(path)
        with self.assertRaises(FileNotFoundError):
            dump_ihex_file(path.parent / "none.hex")

    def test_memory_of_a_target(self):
        runner = self.runner(self.serve(TINY_ST_AI, "--memory", "--self-test"))
        call = runner.extension
        self.assertEqual(call(cmd="write-in-memory", target_addr=0x20000000, data=b"abcd"), {"error": 0, "crc": 0, "data": None})
        self.assertEqual(call(cmd="read-in-memory", target_addr=0x20000000, size=4), {"error": 0, "crc": 0, "data": b"abcd"})
        self.assertEqual(call(cmd="checksum-in-memory", target_addr=0x20000000, size=4),
                         {"error": 0, "crc": bsdchecksum(b"abcd"), "data": None})
        for arguments in ({"cmd": "read-in-memory"}, {"cmd": "read-in-memory", "target_addr": 0x20000000},
                          {"cmd": "write-in-memory", "target_addr": 0x20000000}, {"cmd": "write"}, {"cmd": "write", "ihex": ["/no/file"]}):
            self.assertEqual(call(**arguments)["error"], 4, arguments)
        for arguments in ({"target_addr": 0x20000000, "size": -4}, {"target_addr": "0x20000000", "size": 4}, {"target_addr": -1, "size": 4}):
            self.assertEqual(call(cmd="read-in-memory", **arguments)["error"], 4, arguments)
        self.assertEqual(call(cmd="read-in-memory", target_addr=0x10, size=4)["error"], 4)  # the target's own answer
        self.assertEqual([call()["error"], call(cmd="nonsense")["error"]], [10, 10])
        with self.assertRaisesRegex(HwIOError, "E801.HwIOError.: Invalid data type: <class 'str'> instead bytes"):
            call(cmd="write-in-memory", target_addr=0x20000000, data="abcd")
        self.assertIs(call(cmd="self-test", test_id=77), False)
        self.assertIs(type(call(cmd="self-test", test_id=0)), int)

    def test_files_to_a_target(self):
        runner = self.runner(self.serve(TINY_ST_AI, "--memory"))
        path = self.folder() / "data.hex"
        path.write_text(":020000042000DA\n:0400100061626364" + f"{-(4 + 0x10 + sum(b'abcd')) & 0xFF:02X}\n")
        runner.extension(cmd="write-in-memory", target_addr=0x20000000, data=b"before")
        session = runner.session()
        self.assertEqual(session.extension(name="x", cmd="write", ihex=[str(path)])["error"], 0)
        read = runner.extension(cmd="read-in-memory", target_addr=0x20000000, size=20)["data"]
        self.assertEqual((read[:6], read[16:]), (b"before", b"abcd"))
        self.assertEqual(runner.extension(cmd="write", ihex=[path], fill_zeros=True)["error"], 0)
        self.assertEqual(runner.extension(cmd="read-in-memory", target_addr=0x20000000, size=20)["data"], bytes(16) + b"abcd")

    def test_without_memory(self):
        runner = self.runner(self.serve(TINY_ST_AI))
        self.assertEqual(runner.extension(cmd="read-in-memory", target_addr=1, size=1)["error"], 10)
        self.assertIs(self.runner(TINY_ST_AI).extension(cmd="read-in-memory"), False)


if __name__ == "__main__":
    unittest.main()
