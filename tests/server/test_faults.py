# SPDX-License-Identifier: BSD-3-Clause
"""Every fault of the table does what it says, at the place it was asked for."""

import struct
import subprocess
import time
import unittest

from support import INPUTS, PROGRAM, ServerTest, null_network
from wire_client import Client, Closed, ProtocolError, Silent, fields


class FaultTest(ServerTest):
    def faulty(self, *faults, arguments=(), listen="tcp:127.0.0.1:0"):
        options = [part for fault in faults for part in ("--fault", fault)]
        return self.started("null:", *arguments, *options, listen=listen)

    def raw_sync(self, client, reqid=1):
        client.request(0, reqid=reqid)
        return client.receive_raw(1)[0]

    def quiet(self, client, seconds=0.3):
        self.assertEqual(client.channel.read_all(seconds), b"")

    def model(self, client):
        client.sync()
        client.sys_info()
        return client.discover()[0]

    def run_to(self, client, name="network", param=1):
        """A run up to the messages that follow the inputs."""
        client.request(11, param, name, 1)
        client.response()
        for blob in INPUTS:
            client.data(blob)
            client.response()
            client.ack()


class Swallow(FaultTest):
    def swallowed(self, client, limit=1000):
        """How many packets it asks to follow, of requests of 11 bytes."""
        for count in range(limit):
            client.channel.write(client.packet(bytes.fromhex("0a08011000180022002800")))
            try:
                self.assertEqual(client.channel.read(1, 0.3), b"\xaa")
            except Silent:
                return count
        return limit

    def test_the_first_bytes(self):
        for generation, flavour in (("2", "A"), ("3", "B")):
            server = self.faulty("swallow=1000", arguments=("--generation", generation))
            for _ in range(2):
                client = Client(server.descriptor, flavour)
                self.assertEqual(self.swallowed(client), 1000 // 11)  # nothing is asked for behind the message
                self.model(client)
                client.close()

    def test_after_a_message(self):
        client = self.client(self.faulty("swallow=100@minfo"))
        client.request(10, 0)
        client.response()
        self.assertEqual(self.swallowed(client), 100 // 11)

    def test_without_end(self):
        client = self.client(self.faulty("swallow"))
        self.assertEqual(self.swallowed(client, 500), 500)


class Format(FaultTest):
    def test_fixed_point(self):
        """Format type 15, as firmware of the STM32N6 sends it."""
        client = self.client(self.faulty("format=0x9E083B@tensor:1"))
        model = self.model(client)
        result = client.run(model, INPUTS, 1 | 2 | 4)
        tensor = result.nodes[0].tensors[0]
        expected = null_network()[1][0][0]
        self.assertEqual((tensor.desc.format, tensor.data.size), (0x9E083B, len(expected) // 2))
        self.assertEqual(tensor.data.datas, b"".join(expected[i:i + 2] for i in range(0, len(expected), 4)))
        self.assert_healthy(client, model)


class Table(FaultTest):
    def test_all_faults_are_tested_here(self):
        with open(__file__, encoding="utf-8") as source:
            text = source.read()
        table = subprocess.run([PROGRAM, "serve", "--fault", "list"], capture_output=True, text=True, check=True).stdout
        names = [line.split()[0].split("[")[0] for line in table.splitlines() if line.strip()]
        self.assertGreater(len(names), 35)
        for name in names:
            self.assertRegex(text, f'"{name}[=@"]', f"no test of {name}")

    def test_where(self):
        """By number, by kind, by kind and number; each client counts anew."""
        for where, hit in (("@2", [1]), ("@ack", [2, 3]), ("@ack:2", [3]), ("@sinfo", [1]), ("", [0, 1, 2, 3])):
            server = self.faulty(f"wrong-state=77{where}")
            for _ in range(2):
                client = Client(server.descriptor)
                states = []
                for cmd in (0, 1, 99, 98):
                    client.request(cmd)
                    states.append(client.response().state)
                client.close()
                self.assertEqual([i for i, state in enumerate(states) if state == 77], hit, where)

    def test_clients(self):
        server = self.faulty("wrong-reqid=9", "clients=2")
        for number in range(4):
            client = Client(server.descriptor)
            if number < 2:
                with self.assertRaisesRegex(ProtocolError, "SeqID"):
                    client.sync()
            else:
                self.assert_healthy(client, self.model(client))
            client.close()


class Whole(FaultTest):
    def test_silent(self):
        client = self.client(self.faulty("silent"))
        client.request(0)
        self.quiet(client)
        client.channel.write(bytes(34))  # no sync either
        self.quiet(client)

    def test_silent_from_a_message_on(self):
        client = self.client(self.faulty("silent@sinfo"))
        client.sync()
        client.request(1)
        self.quiet(client)
        client.request(0)
        self.quiet(client)

    def test_late(self):
        client = self.client(self.faulty("late=400@sinfo"))
        client.sync()
        began = time.monotonic()
        client.sys_info()
        self.assertGreater(time.monotonic() - began, 0.39)

    def test_die_at_every_message(self):
        """On TCP the connection ends; the next client meets a healthy target."""
        server = self.faulty("clients=1")
        client = Client(server.descriptor)
        model = self.model(client)
        client.close()
        for number in range(1, 11):  # sync, sinfo, minfo, ack, then a run: 3 acks, op, 2 tensors
            server = self.faulty(f"die@{number}", "clients=1")
            client = Client(server.descriptor)
            with self.assertRaises(Closed):
                self.model(client)
                client.run(model, INPUTS)
            client.close()
            healthy = Client(server.descriptor)
            self.assert_healthy(healthy, self.model(healthy))
            healthy.close()

    def test_die_in_every_kind_of_packet(self):
        for where in ("sync", "sinfo", "minfo", "ack", "op", "tensor:1", "tensor:2"):
            client = self.client(self.faulty(f"die-in@{where}"))
            with self.assertRaisesRegex(Closed, "closed after 17 of 34"):
                model = self.model(client)
                client.run(model, INPUTS)

    def test_die_in_a_later_packet(self):
        client = self.client(self.faulty("die-in=3@minfo"))
        client.sync()
        client.request(10, 0)
        with self.assertRaises(Closed):
            client.receive_raw()
        self.assertEqual(client.channel.received, 34 + 2 * 34)

    def test_die_at_sync(self):
        for number in range(1, 5):
            server = self.faulty(f"die-at-sync={number}", "clients=1")
            client = self.client(server)
            model = self.model(client)
            with self.assertRaises(Closed):
                client.run(model, INPUTS)
            self.assertEqual(client.syncs, number - 1)

    def test_die_on_a_pseudo_terminal(self):
        """A terminal cannot be closed by the other side: nothing is heard until the client has gone."""
        server = self.faulty("die@sinfo", "clients=1", listen="pty")
        client = Client(server.descriptor)
        client.sync()
        client.request(1)
        self.quiet(client)
        client.request(0)
        self.quiet(client)
        client.close()
        healthy = Client(server.descriptor)
        self.assert_healthy(healthy, self.model(healthy))
        healthy.close()

    def test_keep_state(self):
        for listen in ("tcp:127.0.0.1:0", "pty"):
            server = self.faulty("keep-state", listen=listen)
            client = Client(server.descriptor)
            self.model(client)
            client.request(11, 1, "network", 1, reqid=77)
            client.expect("ack", 1)
            client.close()
            client = Client(server.descriptor)
            client.reqid = 77
            client.send(bytes.fromhex("08011000180022002800"))  # SYNC, taken for an empty input
            self.assertEqual(client.response().body, {"param": 0, "error": 1})
            client.sync()
            client.close()

    def test_banner(self):
        channel = self.client(self.faulty("banner")).channel
        self.assertIn(b"READY to receive", channel.read_all(0.3))

    def test_slow(self):
        client = self.client(self.faulty("slow=3000"))
        began = time.monotonic()
        client.sync()
        self.assertGreater(time.monotonic() - began, 33 * 0.003)  # a pause after each byte, the last one may not be waited for


class Packets(FaultTest):
    def test_garbage_before(self):
        client = self.client(self.faulty("garbage-before=7@sync"))
        client.request(0)
        data = client.channel.read_all(0.3)
        self.assertEqual((data[:9], len(data)), (b"\xc3" * 7 + b"\x80\x0f", 41))

    def test_garbage_between(self):
        client = self.client(self.faulty("garbage-between=3@minfo"))
        client.request(10)
        data = client.channel.read_all(0.3)
        self.assertEqual(data[34:39], b"\xc3\xc3\xc3\x00\x20")
        self.assertEqual((len(data) - 3) % 34, 0)

    def test_garbage_after(self):
        client = self.client(self.faulty("garbage-after=4"))
        client.request(0)
        data = client.channel.read_all(0.3)
        self.assertEqual((len(data), data[-4:]), (38, b"\xc3" * 4))

    def test_truncated(self):
        client = self.client(self.faulty("truncated=5@sync"))
        client.request(0)
        self.assertEqual(len(client.channel.read_all(0.3)), 29)

    def test_header(self):
        client = self.client(self.faulty("header=0x7fff@sync"))
        client.request(0)
        self.assertEqual(client.channel.read(34)[:2], b"\x7f\xff")

    def test_oversize(self):
        client = self.client(self.faulty("oversize@sync"))
        client.request(0)
        self.assertEqual(client.channel.read(34)[:2], b"\0\x21")

    def test_stale_padding(self):
        client = self.client(self.faulty("stale-padding"))
        client.request(0)
        self.assertEqual(client.channel.read(34)[17:], b"\x5a" * 17)
        self.assert_healthy(client, self.model(client))

    def test_syncs(self):
        for fault, second in (("missing-sync=2", b""), ("double-sync=2", b"\xaa\xaa"), ("wrong-sync=2", b"\x55")):
            channel = self.client(self.faulty(fault)).channel
            for expected in (b"\xaa", second, b"\xaa"):
                channel.write(bytes(34))
                self.assertEqual(channel.read_all(0.15), expected, fault)


class Messages(FaultTest):
    def test_wrong_reqid(self):
        client = self.client(self.faulty("wrong-reqid=5@1", "wrong-reqid@2"))
        self.assertEqual(fields(self.raw_sync(client, 1))[0][2], 5)
        self.assertEqual(fields(self.raw_sync(client, 1))[0][2], 2)
        self.assertEqual(fields(self.raw_sync(client, 1))[0][2], 1)

    def test_wrong_kind(self):
        client = self.client(self.faulty("wrong-kind@sync", "wrong-kind@op"))
        self.assertEqual(fields(self.raw_sync(client))[2][0], 12)
        self.run_to(client)
        self.assertEqual(client.response().kind, "sync")

    def test_wrong_state(self):
        client = self.client(self.faulty("wrong-state=3@sync"))
        with self.assertRaisesRegex(ProtocolError, "Invalid state: 3 instead 0"):
            client.sync()

    def test_error_at_each_step(self):
        for where in ("sync", "sinfo", "minfo", "ack:2", "ack:3", "op", "tensor:2"):
            client = self.client(self.faulty(f"error=7@{where}"))
            errors = 0
            try:
                client.sync()
                client.sys_info()
                client.request(10)
                model = client.expect("minfo", 0)
                client.discover()
                client.run(model, INPUTS)
            except ProtocolError as error:
                self.assertRegex(str(error), r"\[7,7\]|Invalid state: 4|end of the models", where)
                errors += 1
            if where != "sync":
                client.sync()  # the command has ended, the target is idle
            self.assertEqual(errors, 1, where)

    def test_truncated_message(self):
        client = self.client(self.faulty("truncated-message@op", "truncated-message=3@sync"))
        self.assertEqual(self.raw_sync(client), b"\x08\x01\x10")
        self.run_to(client)
        raw, _ = client.receive_raw()
        self.assertEqual(len(raw), 9)
        with self.assertRaisesRegex(ProtocolError, "runs past"):
            fields(raw)

    def test_unknown_fields(self):
        client = self.client(self.faulty("unknown-fields"))
        raw = self.raw_sync(client)
        self.assertEqual([number for number, _, _ in fields(raw)], [200, 201, 202, 203, 1, 2, 10])

    def test_long_varints(self):
        for personality in ("st-ai", "neural-art"):
            plain = self.client(self.started("null:", "--personality", personality))
            client = self.client(self.faulty("long-varints", arguments=("--personality", personality)))
            for cmd in (1, 10):
                for one in (plain, client):
                    one.request(cmd, reqid=1)
                self.assertEqual(client.response(), plain.response())
        client = self.client(self.faulty("long-varints"))
        model = self.model(client)
        self.run_to(client, param=7)
        raw, _ = client.receive_raw()
        self.assertIn(b"\x30\x80\x80\x80\x80\xf0\xff\xff\xff\xff\x01", raw)  # high word of the counter: 0
        client.close()
        client = self.client(self.faulty("long-varints"))
        result = client.run(model, INPUTS, 7)
        self.assertEqual([[t.data.datas for t in n.tensors] for n in result.nodes], null_network()[1])

    def test_log_storm(self):
        client = self.client(self.faulty("log-storm=500@op", "log-size=100"))
        model = self.model(client)
        client.run(model, INPUTS)
        self.assertEqual([len(text) for _, text, _ in client.logs], [100] * 500)

    def test_log_size(self):
        client = self.client(self.faulty("log-storm=1@sync", "log-size=1000000"))
        client.sync()
        self.assertEqual(len(client.logs[0][1]), 1000000)


class Contents(FaultTest):
    def minfo(self, fault):
        client = self.client(self.faulty(fault))
        client.request(10)
        return client.expect("minfo", 0)

    def output(self, fault):
        client = self.client(self.faulty(fault))
        self.run_to(client)
        client.expect("op", 2)
        return client.response().body

    def test_version(self):
        self.assertEqual(self.client(self.faulty("version=2.1")).sync().version, 0x201)

    def test_wrong_size(self):
        self.assertEqual(self.minfo("wrong-size@minfo").inputs[0].size, 32 + 64)
        self.assertEqual(self.output("wrong-size@tensor").desc.size, 32 + 64)
        client = self.client(self.faulty("wrong-size@ack"))
        client.request(11, 1, "network", 1)
        self.assertEqual(client.expect("ack", 1).param, 128 + 64)

    def test_wrong_count(self):
        info = self.minfo("wrong-count")
        self.assertEqual((info.n_inputs, len(info.inputs)), (3, 2))

    def test_wrong_rank(self):
        self.assertEqual(self.minfo("wrong-rank=70@minfo").inputs[0].dims, [1] * 70)
        self.assertEqual(self.output("wrong-rank@tensor").desc.dims, [1] * 100)

    def test_huge_dims(self):
        self.assertEqual(self.minfo("huge-dims").inputs[0].dims, [0xFFFFFFFF] * 4)

    def test_wrong_dtype(self):
        self.assertEqual(self.minfo("wrong-dtype@minfo").inputs[0].format, 0x00840840)
        self.assertEqual(self.output("wrong-dtype@tensor").desc.format, 0x00840840)

    def test_bad_format(self):
        self.assertEqual(self.minfo("bad-format").inputs[0].format, 0x00840A40)

    def test_wrong_last(self):
        client = self.client(self.faulty("wrong-last@tensor"))
        model = self.model(client)
        with self.assertRaisesRegex(ProtocolError, "Number of received output"):
            client.run(model, INPUTS)

    def test_long_name(self):
        self.assertEqual(self.minfo("long-name=300@minfo").name, b"n" * 300)

    def test_bad_text(self):
        with self.assertRaises(UnicodeDecodeError):
            self.minfo("bad-text").name.decode()

    def test_float16(self):
        client = self.client(self.faulty("float16"))
        result = client.run(self.model(client), INPUTS)
        desc, data = result.outputs[1].desc, result.outputs[1].data
        self.assertEqual((desc.format, desc.size, data.size), (0x00821040, 4, 8))
        self.assertEqual(struct.unpack("<4e", data.datas), struct.unpack("<4f", null_network()[0][1]))

    def test_no_nodes(self):
        client = self.client(self.faulty("no-nodes"))
        self.assertEqual(client.sync().capability & 1, 1)
        self.assertEqual(client.run(self.model(client), INPUTS, 7).nodes, [])

    def test_lying_nodes(self):
        client = self.client(self.faulty("lying-nodes"))
        self.run_to(client, param=7)
        self.assertEqual(client.expect("op", 2).type >> 24, 1 | 4)
        self.assertEqual(client.expect("tensor", 2).desc.name, b"scaled")


if __name__ == "__main__":
    unittest.main()
