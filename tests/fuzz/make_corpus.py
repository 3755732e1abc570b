#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of the fuzz targets: small messages of every kind, in packets of every framing, and small models.

  make_corpus.py           writes corpus/<target>/<seed>
  make_corpus.py --check   fails when the files there differ from what it would write
"""
import pathlib
import sys

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "litert")]

import make_models  # noqa: E402
from protobuf_bytes import block, number, real, varint  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent / "corpus"
FRAMINGS = {"a": (0, 1, 32), "b": (1, 2, 32), "b382": (2, 2, 382), "b4094": (3, 2, 4094)}


def numbers(**values):
    return b"".join(number(int(key[1:]), value) for key, value in values.items())


def data(contents, address=0):
    return numbers(f1=0, f2=len(contents), f3=address) + block(4, contents)


def descriptor(name, word, size, kind, dims, scale=0.0, zero=0, flags=0):
    return (block(1, name) + numbers(f2=word, f3=size, f4=kind << 24 | len(dims)) + b"".join(number(5, d) for d in dims)
            + real(6, scale) + numbers(f7=zero, f8=0x20000000, f9=flags))


def operator(name, flags, kind, counters):
    return (block(1, name) + numbers(f2=flags << 24 | kind, f3=7) + real(4, 2.5) + number(5, 0)
            + b"".join(number(6, c) for c in counters) + numbers(f7=-1, f8=-1))


def shape_2x(channels):
    return numbers(f1=0x840440, f2=1, f3=2, f4=3, f5=channels) + real(6, 0.5) + number(7, -3)


def model(names):
    tensor = descriptor("in", 0x840440, 24, 0x44, (1, 2, 3, 4), 1 / 256, -123, 1)
    pool = descriptor("acts", 0x40440, 1024, 1, (1024,), flags=8)
    return (block(1, names) + number(2, 0x10101) + block(3, "0x1234") + block(4, "Jan  1 2025 00:00:00")
            + numbers(f5=10 << 24, f6=2 << 24, f7=1 << 33, f8=3, f10=1) + block(11, tensor) + number(12, 1) + block(13, tensor)
            + number(14, 1) + block(15, pool) + number(16, 1) + block(17, pool) + block(20, "GCC 12.3 0000A1B2")
            + real(21, 1.0) + real(22, 2.0))


def network_2x():
    texts = b"".join(block(i, t) for i, t in ((1, "net"), (2, "0x12"), (3, "d"), (4, "c"), (5, "r")))
    return (texts + number(6, 4 << 24) + block(7, "t") + numbers(f8=4 << 24, f9=1, f10=1, f11=1, f12=1000, f13=1, f14=1, f15=2)
            + block(16, shape_2x(4)) + block(17, shape_2x(5)) + block(18, shape_2x(512)) + block(19, shape_2x(256)) + number(20, 9))


def response(payload, contents, state=2):
    return numbers(f1=4, f2=state) + block(payload, contents)


def replies():
    tensor_desc = descriptor("t", 0x821040, 12, 2, (1, 1, 3, 4), flags=2 | 256)
    yield "sync", response(10, numbers(f1=0x301, f4=1, f5=0x10101), 0)
    yield "sync-2x", response(10, numbers(f1=0x201, f4=1), 0)
    yield "sinfo-a", response(11, numbers(f1=0x450, f2=400000000, f3=200000000, f4=0x3010C00) + number(5, 1) + number(5, 2), 0)
    yield "sinfo-b", response(11, numbers(f1=0x486, f2=800000000, f3=400000000, f4=0x5010C01, f5=382)
                              + b"".join(number(6, v) for v in (0, 1000000000, 900000000, -1)), 0)
    yield "ack", response(12, numbers(f1=3072, f2=0), 1)
    yield "ack-error", response(12, numbers(f1=4, f2=4), 4)
    yield "log", response(13, number(1, 1) + block(2, "RUN: starting\r\n"), 1)
    yield "log-config", response(13, number(1, 1) + block(2, "s:config:npu_freq:1000000000"), 1)
    yield "log-node", response(13, number(1, 1) + block(2, "s:node:mcu_cycles:1:2:3"), 1)
    yield "log-bytes", response(13, number(1, 0) + block(2, bytes(range(128, 255))), 4)
    yield "data", response(15, data(b"memory", 0x20000000), 3)
    yield "op-node", response(16, operator("", 1, 0x103, (1, 1 << 31, 3)))
    yield "op-last", response(16, operator("network", 0, 0, (-(1 << 31), 0)))
    yield "op-32", response(16, operator("", 3, 0x31, ()) + number(5, 1 << 16) + number(6, 9))
    yield "tensor", response(17, block(1, tensor_desc) + block(2, data(bytes(range(48)))), 3)
    yield "tensor-float16", response(17, block(1, tensor_desc) + block(2, data(bytes(24))), 3)
    yield "tensor-no-data", response(17, block(1, tensor_desc) + block(2, data(b"")))
    for kind in (0, 1, 3, 5, 0x44):
        yield f"tensor-kind-{kind}", response(17, block(1, descriptor("", 0x8400C0, 60, kind, (1, 3, 4, 5))) + block(2, data(b"")))
    yield "minfo", response(22, model("network"), 0)
    yield "minfo-undefined", response(22, model("UNDEFINED"), 0)
    yield "node-2x", response(14, numbers(f1=1 << 16 | 0x103, f2=2) + real(3, 1.5) + block(4, block(1, shape_2x(3)) + block(2, b"abc")))
    yield "ninfo-2x", response(20, network_2x(), 0)
    yield "report-2x", response(21, numbers(f1=1, f2=2, f3=3, f4=4) + real(5, 1.5))
    yield "unknown", response(30, b"future") + varint(31 << 3 | 1) + bytes(8)
    yield "empty", b""


def requests():
    yield "sync", numbers(f1=1, f2=0, f3=0) + block(4, "") + number(5, 0)
    yield "run", numbers(f1=4, f2=11, f3=1) + block(4, "network") + number(5, 1)
    yield "name-63", numbers(f1=5, f2=10, f3=0) + block(4, "n" * 63) + number(5, 0)
    yield "name-64", numbers(f1=6, f2=10, f3=0) + block(4, "n" * 64) + number(5, 0)
    yield "ack", numbers(f1=0, f2=0)
    yield "data-0", data(b"")
    yield "data-3", data(b"abc")
    yield "data-100", data(bytes(range(100)), 0x20000000)
    yield "tensor-2x", block(1, shape_2x(3)) + block(2, b"abc")


def down(message, framing):
    _, header, payload = FRAMINGS[framing]
    out = b""
    for at in range(0, len(message) // payload * payload + 1, payload):
        piece = message[at:at + payload]
        end = len(piece) < payload
        head = len(piece) | (0x80 << 8 * (header - 1) if end else 0)
        out += head.to_bytes(header, "big") + piece.ljust(payload, b"\0")
    return out


def up(message, framing):
    _, header, payload = FRAMINGS[framing]
    message = varint(len(message)) + message
    return b"".join(len(message[at:at + payload]).to_bytes(header, "big") + message[at:at + payload].ljust(payload, b"\0")
                    for at in range(0, len(message), payload))


def seeds():
    for name, message in [*replies(), *(("host-" + name, message) for name, message in requests())]:
        yield "message", name, bytes([1]) + message
    for framing, (index, _, _) in FRAMINGS.items():
        small = framing in ("a", "b")
        prefix = bytes([index, 32])
        for name, message in replies():
            if small or name in ("sync", "tensor"):
                yield "host_link", f"{framing}-{name}", prefix + down(message, framing)
        for name, message in requests():
            if small or name in ("sync", "data-100"):
                yield "target_link", f"{framing}-{name}", prefix + up(message, framing)
    conversation = b"".join(down(m, "a") for _, m in list(replies())[:8])
    yield "host_link", "a-conversation", bytes([0, 6]) + conversation
    yield "host_link", "b-exact-multiple", bytes([1, 6]) + down(response(13, number(1, 1) + block(2, "x" * 22)), "b")
    yield "host_link", "b-sync-byte", bytes([1, 6]) + b"\xAA" + down(b"\x08\x01", "b")
    yield "target_link", "a-conversation", bytes([0, 6]) + b"".join(up(m, "a") for _, m in requests())
    yield "target_link", "a-flavour-detection", bytes([0, 0]) + up(next(requests())[1], "b") + bytes(32) + up(next(requests())[1], "a")
    yield "target_link", "a-oversize-header", bytes([0, 0]) + b"\x7E" + bytes(32)
    yield "target_link", "a-long-length", bytes([0, 0, 6]) + b"\xFF" * 6 + bytes(26)
    for of in ("around", "blockwise", "branches", "counter", "half_weights", "lstm", "resource", "svdf"):
        yield "tflite", of, getattr(make_models, of)()
    yield "tflite", "matmul", make_models.products(False)["transposed_matmul"]


def main():
    wanted = {FOLDER / target / name: contents for target, name, contents in seeds()}
    if "--check" not in sys.argv[1:]:
        for path, contents in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
        return 0
    present = {path for path in FOLDER.rglob("*") if path.is_file()}
    wrong = sorted(p for p in wanted if p not in present or p.read_bytes() != wanted[p])
    for path in wrong:
        print(f"{path.relative_to(FOLDER)}: missing or not what make_corpus.py writes; run it again")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
