# SPDX-License-Identifier: BSD-3-Clause
"""A client of the target protocol, written from the protocol alone: own packets, own protobuf reader, the deployed client's checks."""

import os
import select
import socket
import struct
import termios
import time
import tty

SYNC = 0xAA
LIMIT = 10.0  # seconds that any answer may take
QUIET = 0.03

S_IDLE, S_WAITING, S_PROCESSING, S_DONE, S_ERROR = range(5)
FLAG_INPUT, FLAG_OUTPUT, FLAG_INTERNAL, FLAG_LAST, FLAG_NO_DATA = 1, 2, 4, 256, 512
PER_LAYER, WITH_DATA, PERF, DEBUG, CONST_VALUE, DIRECT_WRITE = 2, 4, 8, 256, 512, 1024


class ProtocolError(Exception):
    pass


class Closed(ProtocolError):
    pass


class Silent(ProtocolError):
    pass


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Fields of a message in order: (number, wire type, value)."""
    at, out = 0, []
    while at < len(data):
        tag, at = read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind == 2:
            size, at = read_varint(data, at)
            if at + size > len(data):
                raise ProtocolError(f"field {number} runs past its message")
            value, at = data[at:at + size], at + size
        elif kind == 5:
            value, at = struct.unpack("<f", data[at:at + 4])[0], at + 4
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        else:
            raise ProtocolError(f"wire type {kind}")
        out.append((number, kind, value))
    return out


def signed(value):
    return value - (1 << 64) if value >> 63 else value


SCHEMA = {
    "sync": {1: "version", 4: "capability", 5: "rtid"},
    "ack": {1: "param", 2: "error"},
    "log": {1: "level", 2: "str"},
    "data": {1: "type", 2: "size", 3: "addr", 4: "datas"},
    "desc": {1: "name", 2: "format", 3: "size", 4: "n_dims", 5: "dims*", 6: "scale", 7: "zeropoint", 8: "addr", 9: "flags"},
    "tensor": {1: "desc", 2: "data"},
    "op": {1: "name", 2: "type", 3: "id", 4: "duration", 5: "counter_type", 6: "counters*", 7: "stack_used", 8: "heap_used"},
    "minfo": {1: "name", 2: "rtid", 3: "signature", 4: "compile_datetime", 5: "runtime_version", 6: "tool_version",
              7: "n_macc", 8: "n_nodes", 10: "n_inputs", 11: "inputs*", 12: "n_outputs", 13: "outputs*", 14: "n_activations",
              15: "activations*", 16: "n_params", 17: "params*", 20: "runtime_desc", 21: "n_install_time", 22: "n_init_time"},
    "sinfo_a": {1: "devid", 2: "sclock", 3: "hclock", 4: "cache", 5: "extra*"},
    "sinfo_b": {1: "devid", 2: "sclock", 3: "hclock", 4: "cache", 5: "com_param", 6: "extra*"},
}
NESTED = {("tensor", 1): "desc", ("tensor", 2): "data", ("minfo", 11): "desc", ("minfo", 13): "desc", ("minfo", 15): "desc",
          ("minfo", 17): "desc"}
OPTIONAL = {("minfo", 21), ("minfo", 22)}
PAYLOADS = {10: "sync", 11: "sinfo", 12: "ack", 13: "log", 15: "data", 16: "op", 17: "tensor", 22: "minfo"}


class Message(dict):
    __getattr__ = dict.__getitem__


def decode(kind, data):
    """A message as strict as a required-field parser: every singular field must be there, in ascending order."""
    schema = SCHEMA[kind]
    out = Message({name[:-1]: [] for name in schema.values() if name.endswith("*")})
    last = 0
    for number, _, value in fields(data):
        if number < last:
            raise ProtocolError(f"{kind}: field {number} after {last}")
        last = number
        if number not in schema:
            raise ProtocolError(f"{kind}: unknown field {number}")
        name = schema[number]
        if (kind, number) in NESTED:
            value = decode(NESTED[kind, number], value)
        if name.endswith("*"):
            out[name[:-1]].append(value & 0xFFFFFFFF if isinstance(value, int) else value)
        else:
            out[name] = signed(value) if name in ("zeropoint", "stack_used", "heap_used") else value
    missing = [name for number, name in schema.items()
               if not name.endswith("*") and name not in out and (kind, number) not in OPTIONAL]
    if missing:
        raise ProtocolError(f"{kind}: required fields missing: {missing}")
    return out


class Channel:
    """Bytes over a descriptor that `airunner serve` printed."""

    def __init__(self, descriptor):
        scheme, rest = descriptor.split(":", 1)
        where, number = rest.rsplit(":", 1)
        self.socket = None
        if scheme == "socket":
            self.socket = socket.create_connection((where, int(number)), timeout=LIMIT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.fd = self.socket.fileno()
            self.socket.setblocking(False)
        else:
            self.fd = os.open(where, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self.fd)
            termios.tcflush(self.fd, termios.TCIOFLUSH)
            self.early = self.read_all(QUIET)  # as every client does: the port may hold remains
        self.sent = self.received = 0

    def write(self, data):
        view = memoryview(data)
        while view:
            select.select([], [self.fd], [], LIMIT)
            try:
                n = os.write(self.fd, view)
            except BlockingIOError:
                continue
            self.sent += n
            view = view[n:]

    def read(self, count, limit=LIMIT):
        out = bytearray()
        until = time.monotonic() + limit
        while len(out) < count:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Silent(f"{len(out)} of {count} bytes within {limit} s: {out.hex()}")
            try:
                piece = os.read(self.fd, count - len(out))
            except OSError as error:
                raise Closed(str(error)) from error
            if not piece:
                raise Closed(f"closed after {len(out)} of {count} bytes: {out.hex()}")
            out += piece
        self.received += count
        return bytes(out)

    def read_all(self, quiet):
        """What comes until it has been quiet for so long."""
        out = bytearray()
        while select.select([self.fd], [], [], quiet)[0]:
            piece = os.read(self.fd, 65536)
            if not piece:
                break
            out += piece
        return bytes(out)

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.fd)


class Client:
    def __init__(self, descriptor, flavour="B"):
        self.channel = Channel(descriptor)
        self.flavour = flavour
        self.head = 1 if flavour == "A" else 2
        self.payload = 32
        self.reqid = 0
        self.syncs = 0
        self.logs = []

    def close(self):
        self.channel.close()

    # ------------------------------------------------------------------ link

    def packet(self, piece):
        header = bytes([len(piece)]) if self.flavour == "A" else len(piece).to_bytes(2, "big")
        return header + piece + bytes(self.payload - len(piece))

    def send(self, message):
        data = varint(len(message)) + message
        pieces = [data[i:i + self.payload] for i in range(0, len(data), self.payload)]
        for number, piece in enumerate(pieces):
            if number:
                byte = self.channel.read(1)[0]
                if byte != SYNC:
                    raise ProtocolError(f"0x{byte:02x} in place of a sync byte")
                self.syncs += 1
            self.channel.write(self.packet(piece))
        return len(pieces)

    def receive_raw(self, limit=LIMIT):
        """One message and the headers of its packets."""
        out, headers = bytearray(), []
        while True:
            packet = self.channel.read(self.payload + self.head, limit)
            if self.flavour == "A":
                last, n = packet[0] >> 7, packet[0] & 0x7F
            else:
                last, n = packet[0] >> 7, (packet[0] & 0x7F) << 8 | packet[1]
            headers.append((last, n))
            if n > self.payload or not last and n != self.payload:
                raise ProtocolError(f"header {packet[:self.head].hex()}")
            out += packet[self.head:self.head + n]
            if last:
                return bytes(out), headers

    # -------------------------------------------------------------- messages

    def request(self, cmd, param=0, name="", opt=0, reqid=None):
        self.reqid = self.reqid + 1 if reqid is None else reqid
        text = name.encode()
        return self.send(b"\x08" + varint(self.reqid) + b"\x10" + varint(cmd) + b"\x18" + varint(param) + b"\x22" +
                         varint(len(text)) + text + b"\x28" + varint(opt))

    def ack(self):
        self.send(b"\x08\x00\x10\x00")

    def data(self, blob, addr=0):
        return self.send(b"\x08\x00\x10" + varint(len(blob)) + b"\x18" + varint(addr) + b"\x22" + varint(len(blob)) + blob)

    def response(self, limit=LIMIT):
        """The next message that is no log; logs are acknowledged and kept."""
        while True:
            raw, self.headers = self.receive_raw(limit)
            parts = fields(raw)
            if [number for number, _, _ in parts[:2]] != [1, 2] or len(parts) != 3:
                raise ProtocolError(f"envelope {[number for number, _, _ in parts]}")
            if parts[0][2] != self.reqid:
                raise ProtocolError(f"SeqID is not valid - {parts[0][2]} instead {self.reqid}")
            kind = PAYLOADS[parts[2][0]]
            schema = f"sinfo_{self.flavour.lower()}" if kind == "sinfo" else kind
            message = Message(kind=kind, state=parts[1][2], body=decode(schema, parts[2][2]))
            if kind != "log":
                return message
            self.logs.append((message.body.level, message.body.str.decode(), message.state))
            self.ack()

    def expect(self, kind, state, limit=LIMIT):
        message = self.response(limit)
        if message.kind != kind:
            detail = f" [{message.body.error},{message.body.param}]" if message.kind == "ack" else ""
            raise ProtocolError(f"receive '{message.kind}' instead '{kind}'{detail}")
        if message.state != state:
            raise ProtocolError(f"Invalid state: {message.state} instead {state}")
        return message.body

    # -------------------------------------------------------------- commands

    def sync(self):
        """SYNC padded to the current packet size; the reply comes in packets of 32."""
        self.request(0)
        self.payload = 32
        return self.expect("sync", S_IDLE)

    def sys_info(self):
        self.request(1)
        info = self.expect("sinfo", S_IDLE)
        if self.flavour == "B" and info.com_param:
            self.payload = info.com_param
        return info

    def discover(self):
        models = []
        while True:
            self.request(10, len(models))
            message = self.response()
            if message.kind != "minfo":
                if (message.kind, message.state, message.body.error, message.body.param) != ("ack", S_ERROR, 4, 4):
                    raise ProtocolError(f"end of the models: {message}")
                return models
            if message.state != S_IDLE:
                raise ProtocolError(f"state {message.state}")
            info = message.body
            for count, items in (("n_inputs", "inputs"), ("n_outputs", "outputs"), ("n_activations", "activations"),
                                 ("n_params", "params")):
                if info[count] != len(info[items]):
                    raise ProtocolError(f"{count} {info[count]} instead {len(info[items])}")
            models.append(info)

    def run(self, model, inputs, param=1, opt=1):
        """A run with the deployed client's checks of kinds, states and flags. Returns outputs, nodes and the final operator."""
        name = model.name.decode()
        self.request(11, param, name, opt)
        first = self.expect("ack", S_WAITING)
        sizes = [first.param]
        for i, blob in enumerate(inputs):
            last = i + 1 == len(inputs)
            self.data(blob)
            sizes.append(self.expect("ack", S_PROCESSING if last else S_WAITING).param)
            self.ack()
        nodes = []
        while True:
            op = self.expect("op", S_PROCESSING)
            flags = op.type >> 24
            if flags == 0:
                break
            if not flags & 1:
                raise ProtocolError(f"operator flags {flags}")
            node = Message(op=op, tensors=[])
            nodes.append(node)
            if flags & 4:
                continue
            while True:
                node.tensors.append(self.checked_tensor(self.expect("tensor", S_PROCESSING), FLAG_INTERNAL))
                if node.tensors[-1].desc.flags & FLAG_LAST:
                    break
        outputs = []
        for i in range(model.n_outputs):
            last = i + 1 == model.n_outputs
            tensor = self.checked_tensor(self.expect("tensor", S_DONE if last else S_PROCESSING), FLAG_OUTPUT)
            if bool(tensor.desc.flags & FLAG_LAST) != last:
                raise ProtocolError("Number of received output tensor is not valid")
            outputs.append(tensor)
        return Message(outputs=outputs, nodes=nodes, op=op, sizes=sizes)

    @staticmethod
    def checked_tensor(tensor, flag):
        desc, data = tensor.desc, tensor.data
        product = 1
        for dim in desc.dims:
            product *= dim
        if abs(desc.size - product) > 3:
            raise ProtocolError(f"Received TensorDesc is not consistent: {desc.name} - {desc.size} -> {product}")
        if not desc.flags & flag:
            raise ProtocolError(f"tensor flags {desc.flags}")
        if data.size != len(data.datas) or bool(desc.flags & FLAG_NO_DATA) != (len(data.datas) == 0):
            raise ProtocolError(f"tensor data of {len(data.datas)} bytes, {data.size} announced, flags {desc.flags}")
        return tensor


class Server:
    """`airunner serve` as a child; ends with the block."""

    def __init__(self, program, *arguments):
        import subprocess
        self.process = subprocess.Popen([*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline() if select.select([self.process.stdout], [], [], LIMIT)[0] else ""
        if not line.startswith("ready: "):
            self.process.kill()
            raise AssertionError(f"no ready line but {line!r}: {self.process.communicate(timeout=LIMIT)[1]}")
        self.descriptor = line[len("ready: "):].strip()

    def end(self, number=None):
        """Exit code and standard error."""
        import signal
        self.process.send_signal(number or signal.SIGTERM)
        _, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
