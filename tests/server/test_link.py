# SPDX-License-Identifier: BSD-3-Clause
"""Packets as bytes: transcripts, sync bytes, sizes, and what happens to packets that cannot be."""

import os
import time
import unittest

from support import INPUTS, ServerTest
from wire_client import varint

SYNC_REQUEST = bytes.fromhex("0a 08011000180022002800")
SYNC_REPLY = bytes.fromhex("08011000 5209 088106 2001 28818204")  # 3.1, observer, ST.AI, GCC


class Transcripts(ServerTest):
    """The worked examples of the protocol, byte by byte."""

    def test_sync_on_link_a(self):
        channel = self.client(self.started("null:", "--generation", "2"), "A").channel
        channel.write(b"\x0b" + SYNC_REQUEST.ljust(32, b"\0"))
        reply = channel.read(33)
        self.assertEqual(reply[:16], b"\x8f" + SYNC_REPLY)

    def test_sync_on_link_b(self):
        channel = self.client(self.started("null:")).channel
        channel.write(b"\0\x0b" + SYNC_REQUEST.ljust(32, b"\0"))
        self.assertEqual(channel.read(34)[:17], b"\x80\x0f" + SYNC_REPLY)
        self.assertEqual(channel.read_all(0.1), b"")

    def test_run_up_to_the_first_input(self):
        channel = self.client(self.started("null:")).channel
        request = bytes.fromhex("11 0804 100b 1801 2207 6e6574776f726b 2801")
        channel.write(b"\0" + bytes([len(request)]) + request.ljust(32, b"\0"))
        ack = bytes.fromhex("0804 1001 6205 088001 1000")  # waiting for 128 bytes
        self.assertEqual(channel.read(34), b"\x80" + bytes([len(ack)]) + ack.ljust(32, b"\0"))
        wrong = bytes.fromhex("0b 0800 1003 1800 2203 616263")
        channel.write(b"\0" + bytes([len(wrong)]) + wrong.ljust(32, b"\0"))
        error = bytes.fromhex("0804 1004 6204 0803 1001")  # 3 bytes came: invalid size
        self.assertEqual(channel.read(34)[2:12], error)

    def test_invalid_parameter(self):
        channel = self.client(self.started("null:")).channel
        request = bytes.fromhex("0b 0804 10c801 1800 2200 2800")  # CMD_TEST_UNSUPPORTED
        channel.write(b"\0" + bytes([len(request)]) + request.ljust(32, b"\0"))
        self.assertEqual(channel.read(34)[2:12], bytes.fromhex("0804 1004 6204 0804 1004"))

    def test_extra_words_are_field_5_on_link_a(self):
        client = self.client(self.started("null:", "--generation", "2", "--personality", "neural-art"), "A")
        client.request(1)
        raw, _ = client.receive_raw()
        extra = b"\x28\x00\x28" + varint(1000000000) + b"\x28" + varint(900000000) + b"\x28\x00"
        self.assertEqual(raw, self.sys_info(0x486, 800000000, 400000000, 0x05010C01, extra))

    def test_packet_size_is_field_5_on_link_b(self):
        client = self.client(self.started("null:", "--packet", "382"))
        client.request(1)
        raw, _ = client.receive_raw()
        self.assertEqual(raw, self.sys_info(0x450, 480000000, 240000000, 0x03010C04, b"\x28" + varint(382)))

    @staticmethod
    def sys_info(devid, sclock, hclock, cache, tail):
        body = b"\x08" + varint(devid) + b"\x10" + varint(sclock) + b"\x18" + varint(hclock) + b"\x20" + varint(cache) + tail
        return b"\x08\x01\x10\x00\x5a" + bytes([len(body)]) + body


class Syncs(ServerTest):
    def test_one_sync_between_two_packets_and_none_after_the_last(self):
        for generation, flavour in (("2", "A"), ("3", "B")):
            client, models = self.connected("null:", "--generation", generation, flavour=flavour)
            for name_length in (1, 20, 21, 22, 40, 52, 53, 54, 63):
                before = client.syncs
                packets = client.request(10, 0, "n" * name_length)
                self.assertEqual(client.syncs - before, packets - 1)
                self.assertEqual(client.response().body.error, 4)
            self.assertEqual(client.channel.read_all(0.1), b"")
            self.assert_healthy(client, models[0])

    def test_message_that_fills_its_packet(self):
        """A message that ends with its packet needs no further one: no sync."""
        client, models = self.connected("null:")
        fill = 32 - 1 - 10
        self.assertEqual(client.request(10, 0, "n" * fill), 1)
        self.assertEqual(client.response().body.error, 4)
        self.assertEqual(client.syncs, 0)
        self.assert_healthy(client, models[0])

    def test_sync_comes_only_when_a_byte_is_needed(self):
        channel = self.client(self.started("null:")).channel
        channel.write(b"\0\x00" + bytes(32))  # empty packet: the decoder wants a byte
        self.assertEqual(channel.read(1), b"\xaa")
        channel.write(b"\0\x01\x0a" + bytes(31))  # the delimiter alone
        self.assertEqual(channel.read(1), b"\xaa")
        channel.write(b"\0\x0a" + SYNC_REQUEST[1:].ljust(32, b"\0"))
        self.assertEqual(channel.read(34)[:2], b"\x80\x0f")

    def test_link_a_target_recovers_from_a_link_b_packet(self):
        """The fast path of detection on a link A target: an empty packet and one byte of the next."""
        channel = self.client(self.started("null:", "--generation", "2"), "A").channel
        channel.write(b"\0\x0b" + SYNC_REQUEST.ljust(32, b"\0"))
        self.assertEqual(channel.read(1), b"\xaa")
        channel.write(bytes(32))
        self.assertEqual(channel.read(1), b"\xaa")
        channel.write(b"\x0b" + SYNC_REQUEST.ljust(32, b"\0"))
        self.assertEqual(channel.read(33)[0] >> 7, 1)

    def test_zero_probing_tells_the_packet_size(self):
        for generation, flavour, size in (("2", "A", 33), ("3", "B", 34)):
            channel = self.client(self.started("null:", "--generation", generation), flavour).channel
            for _ in range(2):
                for count in range(1, 100):
                    channel.write(b"\0")
                    if channel.read_all(0.02) == b"\xaa":
                        break
                self.assertEqual(count, size)


class Sizes(ServerTest):
    def test_every_packet_size(self):
        for packet in (32, 33, 63, 382, 1000, 4093, 4094):
            client, models = self.connected("null:", "--packet", str(packet))
            self.assertEqual(client.payload, packet)
            self.assert_healthy(client, models[0])

    def test_empty_final_packet(self):
        """A message that is a multiple of the packet size ends with an empty packet."""
        client, models = self.connected("null:", "--self-test", "--packet", "40")
        seen = set()
        for size in range(0, 60):
            client.request(100, 40 | size << 16, opt=1)  # ack, data of this size, ack
            client.receive_raw()
            raw, headers = client.receive_raw()
            self.assertEqual(headers, [(0, 40)] * (len(raw) // 40) + [(1, len(raw) % 40)])
            seen.add(len(raw) % 40)
            client.ack()
            client.receive_raw()
        self.assertIn(0, seen)
        self.assert_healthy(client, models[0])

    def test_sync_resets_the_size_before_the_reply(self):
        client, models = self.connected("null:", "--packet", "382")
        client.sync()
        self.assertEqual(client.payload, 32)
        self.assert_healthy(client, models[0])

    def test_disconnect_resets_the_size_without_reply(self):
        client, models = self.connected("null:", "--packet", "382", "--generation", "4")
        client.request(2)
        client.payload = 32
        self.assertEqual(client.channel.read_all(0.1), b"")
        self.assert_healthy(client, models[0])

    def test_disconnect_is_unknown_before_3_2(self):
        client, _ = self.connected("null:")
        client.request(2)
        self.assertEqual(client.response().body, {"param": 4, "error": 4})


class BadInput(ServerTest):
    def test_undecodable_messages_are_dropped_without_reply(self):
        client, models = self.connected("null:")
        for message in (b"", b"\x08\x00\x10\x00", b"\xff" * 20, b"\x08\x01" * 40, b"\x0a\x7f", os.urandom(31)):
            client.send(message)
            self.assertEqual(client.channel.read_all(0.05), b"", message)
        client.request(0, name="n" * 64)
        self.assertEqual(client.channel.read_all(0.05), b"")
        self.assert_healthy(client, models[0])

    def test_delimiter_without_end(self):
        client, models = self.connected("null:")
        client.channel.write(b"\0\x0c" + b"\xff" * 12 + bytes(20))
        self.assertEqual(client.channel.read_all(0.05), b"")
        self.assert_healthy(client, models[0])

    def test_header_beyond_the_packet(self):
        for generation, flavour, header in (("2", "A", b"\x21"), ("2", "A", b"\xff"), ("3", "B", b"\0\x21"), ("3", "B", b"\xff\xff")):
            client, models = self.connected("null:", "--generation", generation, flavour=flavour)
            client.channel.write(header + b"\x05" * 500)
            self.assertEqual(client.channel.read_all(0.1), b"")
            self.assert_healthy(client, models[0])

    def test_header_beyond_the_packet_inside_a_run(self):
        client, models = self.connected("null:")
        client.request(11, 1, "network", 1)
        client.expect("ack", 1)
        client.channel.write(b"\x7f\xff" + b"\x05" * 500)
        time.sleep(0.1)
        self.assert_healthy(client, models[0])

    def test_half_a_packet_is_given_up_when_idle(self):
        client, models = self.connected("null:")
        client.channel.write(b"\0\x0b\x0a\x08")
        time.sleep(2.3)
        self.assert_healthy(client, models[0])

    def test_half_a_packet_is_waited_for_inside_a_command(self):
        client, _ = self.connected("null:")
        client.request(11, 1, "network", 1)
        client.expect("ack", 1)
        wrong = bytes.fromhex("0b 0800 1003 1800 2203 616263")
        packet = b"\0" + bytes([len(wrong)]) + wrong.ljust(32, b"\0")
        client.channel.write(packet[:9])
        time.sleep(2.3)
        client.channel.write(packet[9:])
        self.assertEqual(client.response().body, {"param": 3, "error": 1})

    def test_stray_acks_are_ignored(self):
        client, models = self.connected("null:")
        for _ in range(3):
            client.ack()
        self.assert_healthy(client, models[0])

    def test_sync_in_place_of_an_input(self):
        """What a resynchronising host meets: the request is taken for a data message without bytes."""
        client, models = self.connected("null:")
        client.request(11, 1, "network", 1, reqid=9)
        client.expect("ack", 1)
        client.send(SYNC_REQUEST[1:])
        self.assertEqual(client.response().body, {"param": 0, "error": 1})
        self.assert_healthy(client, models[0])

    def test_sync_in_place_of_an_ack(self):
        client, models = self.connected("null:")
        client.request(11, 1, "network", 1)
        client.expect("ack", 1)
        client.data(INPUTS[0])
        client.expect("ack", 1)
        client.send(SYNC_REQUEST[1:])  # goes for an acknowledge
        client.data(INPUTS[1])
        client.expect("ack", 2)
        client.ack()
        self.assertEqual(client.expect("op", 2).type, 0)
        client.expect("tensor", 2)
        client.expect("tensor", 3)
        self.assert_healthy(client, models[0])

    def test_oversized_input_is_swallowed(self):
        client, models = self.connected("null:")
        for size in (0, 127, 129, 5000):
            client.request(11, 1, "network", 1)
            client.expect("ack", 1)
            client.data(b"\x01" * size)
            self.assertEqual(client.response().body, {"param": size, "error": 1})
        self.assert_healthy(client, models[0])


if __name__ == "__main__":
    unittest.main()
