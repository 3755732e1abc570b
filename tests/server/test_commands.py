# SPDX-License-Identifier: BSD-3-Clause
"""Every command, with the checks of the deployed client: discovery, runs in all modes, memory, self tests, personalities."""

import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

from support import INPUTS, PROGRAM, ServerTest, null_network
from wire_client import CONST_VALUE, DEBUG, DIRECT_WRITE, FLAG_NO_DATA, PER_LAYER, PERF, WITH_DATA

SCRATCH = 0x20000000
LINKS = (("2", "A", 32), ("3", "B", 32), ("3", "B", 382), ("4", "B", 4094))


def checksum(data):
    c = 0
    for byte in data:
        c = ((c >> 1) + ((c & 1) << 15) + byte) & 0xFFFF
    return c


class Discovery(ServerTest):
    def test_versions_and_capabilities(self):
        for arguments, flavour, version, capability in (
                (("--generation", "2"), "A", 0x301, 1), (("--generation", "3"), "B", 0x301, 1),
                (("--generation", "4", "--memory", "--self-test", "--packet", "382"), "B", 0x302, 1 | 8 | 64 | 128),
                (("--personality", "tflm"), "B", 0x301, 0)):
            sync = self.client(self.started("null:", *arguments), flavour).sync()
            self.assertEqual((sync.version, sync.capability), (version, capability))

    def test_models_of_several_runners_have_names_of_their_own(self):
        client, models = self.connected("null:?models=2", "null:", "null:")
        self.assertEqual([m.name for m in models], [b"network", b"network_2", b"network_3", b"network_4"])
        for model in models:
            self.assert_healthy(client, model)

    def test_a_model_that_cannot_be_used_leaves_the_others_on_offer(self):
        with tempfile.TemporaryDirectory() as folder:
            broken, absent = pathlib.Path(folder) / "broken.onnx", pathlib.Path(folder) / "absent.onnx"
            broken.write_text("hello, world\n", encoding="ascii")
            server = self.started("null:", str(broken), "null:")
            client = self.client(server)
            client.sync()
            client.sys_info()
            models = client.discover()
            self.assertEqual([m.name for m in models], [b"network", b"network_2"])
            self.assert_healthy(client, models[1])
            self.assertIn(f"not offered: {broken}: '{broken}' is not an ONNX model", server.end()[1])
            for names, reason in (([broken], "is not an ONNX model"), ([broken, broken], "none of the models can be used"),
                                  (["null:", absent], "No such file")):
                done = subprocess.run((PROGRAM, "serve", "--listen", "tcp:127.0.0.1:0", *names), capture_output=True, text=True,
                                      timeout=60, check=False)
                self.assertEqual((done.returncode, done.stdout), (3, ""))
                self.assertIn(reason, done.stderr)

    def test_by_name_and_by_index(self):
        client, _ = self.connected("null:?models=2")
        client.request(10, 0, "network_2")
        self.assertEqual(client.expect("minfo", 0).name, b"network_2")
        for index, name in ((2, ""), (0, "network_"), (0, "none"), (0xFFFFFFFF, "")):
            client.request(10, index, name)
            message = client.response()
            self.assertEqual((message.state, message.body), (4, {"param": 4, "error": 4}))

    def test_description(self):
        _, (model,) = self.connected("null:")
        self.assertEqual((model.rtid, model.n_macc, model.n_nodes), (0x10101, 40, 4))
        self.assertEqual([(t.format, t.size, t.n_dims, t.dims, t.scale, t.zeropoint, t.flags) for t in model.inputs],
                         [(0x00821040, 32, 0x44000004, [1, 4, 4, 2], 0.0, 0, 1),
                          (0x00840440, 8, 0x44000002, [1, 8], 0.5, -3, 1)])
        self.assertEqual([(t.name, t.format, t.dims, t.flags) for t in model.outputs],
                         [(b"output_1", 0x00840440, [1, 4, 4, 2], 2), (b"output_2", 0x00821040, [1, 4], 2)])
        self.assertEqual([(p.size, p.dims, p.flags) for p in model.params], [(4, [4], 8)])
        self.assertIn("n_install_time", model)

    def test_times_are_not_sent_by_generation_2(self):
        _, (model,) = self.connected("null:", "--generation", "2", flavour="A")
        self.assertNotIn("n_install_time", model)


class Runs(ServerTest):
    def test_all_modes_on_all_links(self):
        outputs, nodes = null_network()
        for generation, flavour, packet in LINKS:
            client, (model,) = self.connected("null:", "--generation", generation, "--packet", str(packet), flavour=flavour)
            for mode in (1, 1 | PER_LAYER, 1 | PER_LAYER | WITH_DATA, WITH_DATA, 1 | DEBUG, 1 | PER_LAYER | WITH_DATA | DEBUG):
                result = client.run(model, INPUTS, mode)
                self.assertEqual(result.sizes, [128, 128, 8])
                self.assertEqual([t.data.datas for t in result.outputs], outputs)
                self.assertEqual([t.desc.dims for t in result.outputs], [[1, 4, 4, 2], [1, 4]])
                self.assertEqual((result.op.name, result.op.id, result.op.type), (b"network", 0, 0))
                observed = mode & (PER_LAYER | WITH_DATA)
                self.assertEqual([n.op.name for n in result.nodes],
                                 [b"scale", b"quantize", b"add_bias", b"split"] if observed else [])
                if observed:
                    data = [[t.data.datas for t in n.tensors] for n in result.nodes]
                    self.assertEqual(data, nodes if mode & WITH_DATA else [[b""], [b""], [b""], [b"", b""]])
                    self.assertEqual([n.op.type for n in result.nodes], [1 << 24, 1 << 24 | 1, 1 << 24 | 2, 3 << 24 | 3])
                    self.assertEqual([n.op.id for n in result.nodes], [0, 1, 2, 3])
                self.assertEqual(bool(client.logs), bool(mode & DEBUG))
                client.logs.clear()

    def test_performance_only(self):
        client, (model,) = self.connected("null:")
        result = client.run(model, [struct.pack("<f", 2.5), b"\x05"], 1 | PERF | CONST_VALUE | PER_LAYER)
        self.assertEqual(result.sizes, [4, 4, 1])
        self.assertEqual([t.data.datas for t in result.outputs], [b"", b""])
        self.assertTrue(all(t.desc.flags & FLAG_NO_DATA for n in result.nodes for t in n.tensors))
        self.assertEqual(len(result.nodes), 4)

    def test_one_element_fills_an_input(self):
        client, (model,) = self.connected("null:")
        result = client.run(model, [struct.pack("<f", 2.5), b"\x05"], 1 | CONST_VALUE)
        self.assertEqual([t.data.datas for t in result.outputs], null_network([2.5] * 32, [5] * 8)[0])

    def test_wrong_size_of_one_element(self):
        client, (model,) = self.connected("null:")
        client.request(11, 1 | CONST_VALUE, "network", 1)
        client.expect("ack", 1)
        client.data(INPUTS[0])
        self.assertEqual(client.response().body, {"param": 128, "error": 1})
        self.assert_healthy(client, model)

    def test_unknown_models(self):
        client, (model,) = self.connected("null:")
        for name in ("", "networ", "network1", "other"):
            client.request(11, 1, name, 1)
            self.assertEqual(client.response().body, {"param": 4, "error": 4})
        self.assert_healthy(client, model)

    def test_failing_inference(self):
        client, (model,) = self.connected("null:?fail_at=2&fail_sample=0")
        for mode, seen in ((1, 0), (1 | PER_LAYER, 2)):
            client.request(11, mode, "network", 1)
            client.expect("ack", 1)
            for blob, state in zip(INPUTS, (1, 2)):
                client.data(blob)
                client.expect("ack", state)
                client.ack()
            kinds = []
            while True:
                message = client.response()
                if message.kind == "ack":
                    break
                kinds.append(message.kind)
            self.assertEqual((message.state, message.body), (4, {"param": 10, "error": 10}))
            self.assertEqual(kinds, ["op", "tensor"] * seen)
            self.assertIn("node 2", client.logs.pop()[1])
        self.assertEqual(client.discover(), [model])

    def test_states_are_reset_by_the_first_sample_only(self):
        client, (model,) = self.connected("null:?stateful=1")
        once = struct.unpack("<4f", null_network()[0][1])
        for opt, times in ((1, 1), (0, 2), (0, 3), (1, 1)):
            result = client.run(model, INPUTS, 1, opt)
            self.assertEqual(struct.unpack("<4f", result.outputs[1].data.datas), tuple(times * x for x in once))

    def test_durations_and_counters_agree(self):
        client, (model,) = self.connected("null:?delay_ms=40")
        result = client.run(model, INPUTS, 1 | PER_LAYER)
        total = 0.0
        for op in [n.op for n in result.nodes] + [result.op]:
            cycles = op.counters[0] | op.counters[1] << 32
            self.assertAlmostEqual(cycles / 480e3, op.duration, delta=op.duration * 1e-5)
            self.assertEqual((op.counter_type, op.stack_used, op.heap_used), (0, -1, -1))
            total += op.duration
        self.assertGreaterEqual(result.op.duration, 40)
        self.assertAlmostEqual(total - result.op.duration, result.op.duration, delta=1.0)


class Memory(ServerTest):
    def memory(self):
        client, (model,) = self.connected("null:", "--memory", "--self-test")
        return client, model

    def write(self, client, address, data):
        client.request(21, address, "", len(data))
        chunk = client.expect("ack", 1 if data else 3).param
        self.assertEqual(chunk, min(len(data), 1024))
        while data:
            piece, data = data[:chunk], data[chunk:]
            client.data(piece, address)
            self.assertEqual(client.expect("ack", 1 if data else 3).param, checksum(piece))

    def read(self, client, address, size):
        client.request(20, address, "", size)
        self.assertEqual(client.expect("ack", 2 if size else 3).param, min(size, 1024))
        out = b""
        while len(out) < size:
            last = size - len(out) <= 1024
            data = client.expect("data", 3 if last else 2)
            self.assertEqual((data.addr, data.size), (address + len(out), len(data.datas)))
            out += data.datas
            if not last:
                client.ack()
        return out

    def test_what_is_written_is_read(self):
        client, model = self.memory()
        for size in (0, 1, 31, 500, 1023, 1024):
            data = bytes((7 * i + size) & 0xFF for i in range(size))
            self.write(client, SCRATCH, data)
            self.assertEqual(self.read(client, SCRATCH, size), data)
            client.request(22, SCRATCH, "", size)
            self.assertEqual(client.expect("ack", 3).param, checksum(data))
        self.assert_healthy(client, model)

    def test_several_chunks(self):
        client, (model,) = self.connected("null:", "--memory", "--self-test")
        client.request(100, 500)  # test mode: every address is the scratch region
        self.assertEqual(client.expect("ack", 3).param, 1)
        self.assertEqual(len(self.read(client, 0x1234, 1024)), 1024)
        client.request(100, 0)
        self.assertEqual(client.expect("ack", 3).param, 1)
        self.assert_healthy(client, model)

    def test_addresses_outside(self):
        client, model = self.memory()
        for command in (20, 21, 22):
            for address, size in ((0, 4), (SCRATCH + 1000, 25), (SCRATCH - 1, 1), (0xFFFFFFFF, 0xFFFFFFFF)):
                client.request(command, address, "", size)
                message = client.response()
                self.assertEqual((message.state, message.body), (4, {"param": address, "error": 4}))
        self.assert_healthy(client, model)

    def test_chunk_too_long(self):
        client, model = self.memory()
        client.request(21, SCRATCH, "", 8)
        self.assertEqual(client.expect("ack", 1).param, 8)
        client.data(b"\x01" * 20)
        self.assertEqual(client.response().body, {"param": 12, "error": 8})
        self.assert_healthy(client, model)

    def test_input_written_through_memory(self):
        client, model = self.memory()
        for tensor, blob in zip(model.inputs, INPUTS):
            self.write(client, tensor.addr, blob)
        result = client.run(model, [b"\x7f" * 4, b"\x7f"], 1 | DIRECT_WRITE)
        self.assertEqual([t.data.datas for t in result.outputs], null_network()[0])

    def test_not_offered(self):
        client, _ = self.connected("null:")
        for command in (20, 21, 22, 100, 12, 30, 200, 99):
            client.request(command, SCRATCH, "", 4)
            self.assertEqual(client.response().body, {"param": 4, "error": 4})


class SelfTests(ServerTest):
    def setUp(self):
        self.wire, (self.model,) = self.connected("null:", "--self-test")

    def ask(self, number, extra=0, opt=0, name=""):
        self.wire.request(100, number | extra << 16, name, opt)

    def ack(self, state, limit=10.0):
        body = self.wire.expect("ack", state, limit)
        return body.param, body.error

    def test_acks(self):
        self.ask(0)
        self.assertEqual(self.ack(3), (0, 0))
        self.ask(1)
        self.assertEqual(self.ack(4), (4, 4))
        self.ask(4, opt=0x1234)
        self.assertEqual(self.ack(2), (0xFFFFEDCB, 0))
        self.assertEqual(self.ack(3), (4, 0))
        self.ask(77)
        self.assertEqual(self.ack(3), (0, 10))
        self.ask(3)
        self.assertEqual(self.wire.channel.read_all(0.1), b"")
        self.assert_healthy(self.wire, self.model)

    def test_logs(self):
        self.ask(2)
        self.assertEqual(self.ack(3), (2, 0))
        self.assertEqual(self.wire.logs, [(level, "Hello.. ", 3) for level in (1, 2, 3, 4, 5)])

    def test_formats(self):
        for opt, word in ((0, 0x00821040), (1, 0x000400C0), (2, 0x008400C0), (3, 0x00040440), (4, 0x00840440),
                          (10, 0x00840447), (11, 0x00040447), (12, 0x0084084F), (13, 0x0004084F), (20, 0x00060440),
                          (21, 0x00000040), (30, 0x00840444), (31, 0x00040845), (32, 0x0084104D), (99, 0)):
            self.ask(10, opt=opt)
            self.assertEqual(self.ack(3), (word, 0), opt)

    def test_operator(self):
        for opt, expected in ((0, (0.0, 0, [])), (1, (2.5, 7, [])), (2, (2.5, 2, [5, 7]))):
            self.ask(20, opt=opt, name="x" if opt else "")
            op = self.wire.expect("op", 3)
            self.assertEqual((op.name, op.type, op.id), (b"x" if opt else b"UNDEFINED", 34, 55))
            self.assertEqual((op.duration, op.counter_type, op.counters), expected)

    def test_transfers_around_packet_sizes(self):
        for size in (0, 1, 20, 21, 22, 23, 31, 32, 33, 64, 1023, 1024):
            blob = bytes((3 * i + size) & 0xFF for i in range(size))
            for opt in (0, 1):
                self.ask(30, size, opt)
                self.assertEqual(self.ack(1), (size, 0))
                self.wire.data(blob)
                self.assertEqual(self.ack(2 if opt else 3), (zlib.crc32(blob), 0))
                if opt:
                    self.wire.ack()
            self.ask(40, size, 0x41)
            self.assertEqual(self.ack(1), (size, 0))
            data = self.wire.expect("data", 2)
            self.assertEqual((data.datas, data.type), (b"\x41" * size, 0x41))
            self.wire.ack()
            self.assertEqual(self.ack(3), (zlib.crc32(b"\x41" * size), 0))
            self.ask(50, size, 9)
            self.assertEqual(self.ack(1), (size, 0))
            self.wire.data(blob)
            self.assertEqual(self.ack(2), (zlib.crc32(blob), 0))
            data = self.wire.expect("data", 2)
            self.assertEqual((data.datas, data.type), (blob, 9))
            self.wire.ack()
            self.assertEqual(self.ack(3), (zlib.crc32(blob), 0))
        self.ask(30, 1025)
        self.assertEqual(self.ack(4), (1025, 1))

    def test_tensors(self):
        for conf, (word, dims, scale, zero, size, step) in enumerate(
                ((0x00840440, [1, 3, 3, 5], 1 / 256, -123, 45, 1), (0x0084104D, [1, 5], 0, 0, 20, 4),
                 (0x0084104D, [1, 3, 3, 5], 0, 0, 0, 4), (0x00821040, [1, 5], 0, 0, 20, 4),
                 (0x00040440, [1, 3, 3, 5], 1 / 256, 0, 45, 1))):
            self.ask(100, conf, 0x21)
            self.assertEqual(self.ack(1), (conf, 0))
            tensor = self.wire.expect("tensor", 3)
            desc = tensor.desc
            self.assertEqual((desc.name, desc.format, desc.dims, desc.scale, desc.zeropoint),
                             (f"conf{conf}".encode(), word, dims, scale, zero))
            self.assertEqual(desc.flags, 256 | (512 if conf == 2 else 0))
            self.assertEqual(tensor.data.datas, (b"\x21" + bytes(step - 1)) * (size // step))
            self.assertEqual(self.ack(3), (0, 0))


class Personalities(ServerTest):
    def test_legacy(self):
        client, (model,) = self.connected("null:", "--personality", "legacy")
        self.assertEqual(model.rtid, 0x10001)
        self.assertEqual([(t.name, t.n_dims, t.dims) for t in model.inputs],
                         [(b"", 0x01000004, [1, 2, 4, 4]), (b"", 0x01000004, [1, 8, 1, 1])])
        self.assertEqual([(p.name, p.n_dims, p.dims) for p in model.params], [(b"params", 0x01000001, [4])])
        self.assertEqual([p.name for p in model.activations], [b"acts"])
        result = client.run(model, INPUTS, 1 | PER_LAYER | WITH_DATA)
        self.assertEqual([n.op.name for n in result.nodes], [b""] * 4)
        self.assertEqual([[t.data.datas for t in n.tensors] for n in result.nodes], null_network()[1])

    def test_tflm(self):
        client, (model,) = self.connected("null:", "--personality", "tflm")
        self.assertEqual((model.rtid, model.n_macc, model.n_nodes), (0x10002, 0, 4))
        self.assertEqual([(t.name, t.n_dims, t.flags) for t in model.inputs], [(b"", 4, 1025), (b"", 2, 1025)])
        result = client.run(model, INPUTS, 1 | PER_LAYER | WITH_DATA)
        self.assertEqual((result.nodes, result.op.stack_used, result.op.heap_used), ([], -1, 0))
        self.assertEqual([t.data.datas for t in result.outputs], null_network()[0])

    def test_neural_art(self):
        client, (model,) = self.connected("null:", "--personality", "neural-art")
        self.assertEqual((model.rtid, model.n_macc), (0x04010004, 0))
        config = [text for _, text, _ in client.logs]
        self.assertEqual(config[:7], ["s:config:version:1.0", "s:config:dev_id:0x486", "s:config:mcu_freq:800000000",
                                      "s:config:noc_freq:400000000", "s:config:npu_freq:1000000000",
                                      "s:config:nic_freq:900000000", "s:config:npu_cache:1"])
        client.logs.clear()
        result = client.run(model, INPUTS, 1 | PER_LAYER | WITH_DATA, 1 | 0x7F << 8)
        texts = [text for _, text, _ in client.logs]
        self.assertTrue(all(text.startswith("s:node:") for text in texts))
        self.assertEqual(sum("evt_pre_start" in text for text in texts), 4)
        self.assertEqual(sum("evt_post_end" in text for text in texts), 4)
        self.assertEqual([t for t in texts if "evt_pre_start" in t],
                         ["s:node:evt_pre_start:0:1:1:1:00000017:05000004:EC",
                          "s:node:evt_pre_start:1:2:2:2:00000017:05000004:EC",
                          "s:node:evt_pre_start:2:3:3:3:00000017:05000004:EC",
                          "s:node:evt_pre_start:3:4:4:4:00000023:05000002:SW"])
        self.assertEqual([n.op.id for n in result.nodes], [k << 16 | k for k in (1, 2, 3, 4)])
        for node, text in zip(result.nodes, [t for t in texts if "mcu_cycles" in t]):
            self.assertEqual((node.op.counter_type, text), (1 << 16, "s:node:mcu_cycles:{}:{}:{}".format(*node.op.counters)))
            self.assertFalse(node.op.type & 2 << 24)
            self.assertTrue(all(t.desc.flags & FLAG_NO_DATA for t in node.tensors))
        words = result.op.counters
        before, core, after, total, npu = [words[2 * i] | words[2 * i + 1] << 32 for i in range(5)]
        self.assertEqual(before + core + after, total)
        self.assertAlmostEqual(npu, core * 1.25, delta=2)
        self.assertEqual([t.data.datas for t in result.outputs], null_network()[0])
        client.logs.clear()
        client.run(model, INPUTS, 1 | PER_LAYER)
        self.assertEqual(len(client.logs), 3 * 4)  # no option, three logs an epoch

    def node_logs(self, option):
        """The logs of each epoch, as lists of words behind `s:node:`."""
        client, (model,) = self.connected("null:", "--personality", "neural-art")
        client.logs.clear()
        client.run(model, INPUTS, 1 | PER_LAYER, 1 | option << 8)
        epochs = []
        for _, text, _ in client.logs:
            words = text.split(":")[2:]
            if words[0] == "evt_pre_start":
                epochs.append([])
            epochs[-1].append(words)
        return epochs

    def test_neural_art_stream_engines(self):
        """As the firmware says it: the last figure is npu_core minus active; one line for the busiest engine."""
        for option, counter, directions in ((2, "streng_active", "io"), (32, "streng_active", "i"), (64, "streng_active", "o"),
                                            (4, "streng_henv", "i")):
            for number, epoch in enumerate(self.node_logs(option | 1)):
                pre, core, post = (int(w) for w in next(words for words in epoch if words[0] == "npu_cycles")[1:])
                self.assertTrue(pre > 0 and post > 0)
                self.assertTrue(all(int(w) > 0 for w in next(words for words in epoch if words[0] == "mcu_cycles")[1:]))
                lines = [words for words in epoch if words[0] == counter and words[1] != "max"]
                for _, direction, engine, active, rest in lines:
                    self.assertIn(direction, directions)
                    self.assertEqual((engine, int(rest)), ("0", core - int(active)))
                most = [words[2:] for words in epoch if words[0] == counter and words[1] == "max"]
                self.assertEqual(len(most), 0 if option == 4 else 1)
                if most and lines:
                    busiest = max(lines, key=lambda words: int(words[3]))
                    self.assertEqual(most[0], [busiest[1], busiest[2], busiest[3]])
                elif most:
                    self.assertEqual(most[0], [directions[0], "-1", "0"])
                if number == 3:  # in software
                    self.assertEqual(lines, [])


if __name__ == "__main__":
    unittest.main()
