// SPDX-License-Identifier: BSD-3-Clause
// Every row of the protocol's descriptor tables, the options, and what is refused.
#include <doctest/doctest.h>

#include <vector>

#include "aivalidation/descriptor.h"
#include "common/error.h"

using air::Error;
using air::aivalidation::Descriptor;

namespace {

Descriptor parse(const char *scheme, const char *rest, std::vector<air_option> options = {}) {
  air_connect_request request{};
  request.scheme = scheme;
  request.rest = rest;
  request.options = options.data();
  request.n_options = static_cast<uint32_t>(options.size());
  return air::aivalidation::parse_descriptor(air::backend::Request(request));
}

air_status refusal(const char *scheme, const char *rest, std::vector<air_option> options = {}) {
  try {
    parse(scheme, rest, std::move(options));
    return AIR_OK;
  } catch (const Error &error) {
    return error.status();
  }
}

}  // namespace

TEST_CASE("serial ports and baud rates in any order") {
  struct Row {
    const char *rest, *device;
    uint32_t baud;
  };
  for (const Row &row : std::vector<Row>{{"", "", 115200},
                                         {":", "", 115200},
                                         {"COM7:115200", "COM7", 115200},
                                         {"460800", "", 460800},
                                         {":921600", "", 921600},
                                         {"COM6", "COM6", 115200},
                                         {":COM6", "COM6", 115200},
                                         {"115200:/dev/ttyUSB0", "/dev/ttyUSB0", 115200},
                                         {"/dev/ttyACM0:921600", "/dev/ttyACM0", 921600},
                                         {"/dev/ttyACM0", "/dev/ttyACM0", 115200},
                                         {"/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0:921600",
                                          "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", 921600},
                                         {"/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0",
                                          "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", 115200},
                                         {"1500000:ttyACM3", "ttyACM3", 1500000}}) {
    CAPTURE(row.rest);
    const Descriptor descriptor = parse("serial", row.rest);
    CHECK(descriptor.kind == Descriptor::Kind::kSerial);
    CHECK(descriptor.device == row.device);
    CHECK(descriptor.baud == row.baud);
  }
}

TEST_CASE("hosts and TCP ports in any order") {
  struct Row {
    const char *rest, *host;
    uint16_t port;
  };
  for (const Row &row : std::vector<Row>{{"localhost:10000", "localhost", 10000},
                                         {"10000", "localhost", 10000},
                                         {":10000", "localhost", 10000},
                                         {"localhost", "localhost", 10000},
                                         {":localhost", "localhost", 10000},
                                         {"127.0.0.1:10001", "127.0.0.1", 10001},
                                         {"127.0.0.1:", "127.0.0.1", 10000},
                                         {"", "localhost", 10000},
                                         {"[::1]:4000", "::1", 4000},
                                         {"4000:board.lan", "board.lan", 4000}}) {
    CAPTURE(row.rest);
    for (const char *scheme : {"socket", "tcp"}) {
      const Descriptor descriptor = parse(scheme, row.rest);
      CHECK(descriptor.kind == Descriptor::Kind::kTcp);
      CHECK(descriptor.host == row.host);
      CHECK(descriptor.port == row.port);
    }
  }
}

TEST_CASE("options, and the canonical text that keeps them") {
  const Descriptor serial =
      parse("serial", "/dev/ttyACM0", {{"packet", "382"}, {"variant", "b"}, {"timeout", "2.5"}, {"baud", "921600"}});
  CHECK(serial.packet == 382);
  CHECK(serial.variant == air::wire::Flavour::B);
  CHECK(serial.reply_timeout_ms == 2500);
  CHECK(serial.baud == 921600);
  CHECK(serial.text() == "serial:/dev/ttyACM0:921600?variant=b&packet=382&timeout=2.5");
  CHECK(parse("tcp", "[::1]:5", {{"variant", "a"}}).text() == "socket:[::1]:5?variant=a");
  CHECK(parse("tcp", "a:5", {{"ahead", "8"}}).text() == "socket:a:5?ahead=8");
  CHECK(parse("serial", "/dev/a b%20?&:9600").text() == "serial:/dev/a%20b%2520%3F%26:9600");
}

TEST_CASE("serial ports behind RFC 2217") {
  struct Row {
    const char *rest, *host;
    uint16_t port;
    uint32_t baud;
    const char *text;
  };
  for (const Row &row :
       std::vector<Row>{{"lab:4000", "lab", 4000, 115200, "rfc2217:lab:4000:115200"},
                        {"lab:4000:921600", "lab", 4000, 921600, "rfc2217:lab:4000:921600"},
                        {"//192.0.2.1:4000", "192.0.2.1", 4000, 115200, "rfc2217:192.0.2.1:4000:115200"},
                        {"[::1]:4000", "::1", 4000, 115200, "rfc2217:[::1]:4000:115200"},
                        {"//[::1]:4000:9600", "::1", 4000, 9600, "rfc2217:[::1]:4000:9600"}}) {
    CAPTURE(row.rest);
    const Descriptor descriptor = parse("rfc2217", row.rest);
    CHECK(descriptor.kind == Descriptor::Kind::kRfc2217);
    CHECK(descriptor.host == row.host);
    CHECK(descriptor.port == row.port);
    CHECK(descriptor.baud == row.baud);
    CHECK(descriptor.text() == row.text);
  }
  CHECK(parse("rfc2217", "lab:4000", {{"baud", "921600"}, {"packet", "382"}}).text() ==
        "rfc2217:lab:4000:921600?packet=382");
  CHECK(parse("rfc2217", "lab:4000").as_socket() == "socket:lab:4000");
  for (const char *rest : {"", "lab", ":4000", "lab:", "lab:x", "lab:0", "lab:4000:", "lab:4000:0", "lab:4000:1:2",
                           "[::1:4000", "[::1]x:4000", "//"}) {
    CAPTURE(rest);
    CHECK(refusal("rfc2217", rest) == AIR_ERROR_INVALID_DESCRIPTOR);
  }
  CHECK(refusal("rfc2217", "lab:4000", {{"ahead", "8"}}) == AIR_ERROR_INVALID_DESCRIPTOR);
}

TEST_CASE("what cannot be meant is refused") {
  struct Row {
    const char *scheme, *rest;
    std::vector<air_option> options;
  };
  for (const Row &row : std::vector<Row>{{"serial", "COM1:COM2", {}},
                                         {"serial", "9600:115200", {}},
                                         {"serial", "0", {}},
                                         {"serial", "99999999999", {}},
                                         {"socket", "a:b", {}},
                                         {"socket", "a:65536", {}},
                                         {"socket", "a:0", {}},
                                         {"socket", "[::1", {}},
                                         {"socket", "[::1]:b:1", {}},
                                         {"socket", "a", {{"baud", "1"}}},
                                         {"serial", "", {{"ahead", "8"}}},
                                         {"serial", "", {{"timeout", "0"}}},
                                         {"serial", "", {{"timeout", "nan"}}}}) {
    CAPTURE(row.rest);
    CHECK(refusal(row.scheme, row.rest, row.options) == AIR_ERROR_INVALID_DESCRIPTOR);
  }
}

TEST_CASE("texts without a scheme") {
  for (const char *text :
       {"", " ", ":", ":COM6", ":921600", "COM6", "com12:921600", "/dev/ttyACM0", "/dev/ttyUSB1:9600"}) {
    CAPTURE(text);
    CHECK(air::aivalidation::claims(text) == 100);
  }
  for (const char *text : {"COM", "COMMON", "model.tflite", "C:\\x.dll", "/tmp/st_ai_ws", "localhost:10000"}) {
    CAPTURE(text);
    CHECK(air::aivalidation::claims(text) == 0);
  }
}
