// SPDX-License-Identifier: BSD-3-Clause
// Whole sessions: all modes and packet sizes, stopping, cancelling, time limits, reconnecting.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <mutex>
#include <string_view>
#include <thread>

#include "firmware.h"
#include "session.h"
#include "wire/constants.h"

using air::test::Canceller;
using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::test::FirmwareOptions;
using air::test::now_ms;
using air::wire::Flavour;

namespace {

std::vector<std::byte> ascending(size_t n) {
  std::vector<std::byte> bytes(n);
  for (size_t k = 0; k < n; ++k) bytes[k] = static_cast<std::byte>(k * 13 & 0x3F);
  return bytes;
}

void check_runs(const FirmwareOptions &options, const std::string &client_options = "") {
  Firmware firmware(options);
  Client client(firmware.descriptor() + client_options);
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  for (const uint32_t mode : {0U, 1U, 2U, 256U, 258U}) {
    CAPTURE(mode);
    REQUIRE_MESSAGE(client.run(mode) == AIR_OK, error_text());
    CHECK(client.outputs().at(0) == ascending(options.n_elements * 4));
    CHECK(client.value("time.run") == doctest::Approx(2.5));
    CHECK(client.n_nodes() == ((mode & 3) != 0 ? options.n_nodes : 0));
    CHECK(client.value("time.device") == doctest::Approx((mode & 3) != 0 ? options.n_nodes : 2.5));
  }
  CHECK(client.run(AIR_MODE_PERF_ONLY) == AIR_OK);
  CHECK(air_ping(client.runner, nullptr) == AIR_OK);
  CHECK(client.run() == AIR_OK);
}

}  // namespace

TEST_CASE("both flavours, all packet sizes, serial and TCP") {
  for (const bool on_tcp : {false, true}) {
    check_runs({.flavour = Flavour::A, .n_elements = 1000, .on_tcp = on_tcp});
    for (const uint32_t packet : {0U, 32U, 382U, 4094U}) {
      check_runs({.com_param = packet, .n_elements = 1000, .on_tcp = on_tcp});
    }
  }
}

TEST_CASE("packets ahead of their sync bytes") {
  for (const char *ahead : {"?ahead=1", "?ahead=7", "?ahead=1024"}) {
    check_runs({.flavour = Flavour::A, .n_elements = 1000, .on_tcp = true}, ahead);
    check_runs({.com_param = 382, .n_elements = 10'000, .on_tcp = true}, ahead);
  }
}

TEST_CASE("the bytes on the wire are those of the protocol") {
  Firmware firmware({.flavour = Flavour::A, .n_elements = 768});
  Client client(firmware.descriptor());
  REQUIRE(client.run() == AIR_OK);
  // request 1, tensor 97, acknowledge 1 packets of 33 bytes
  CHECK(client.value("link.sent") == 99 * 33);
}

TEST_CASE("a connection leaves the target at small packets") {
  const Firmware firmware({.com_param = 4094});
  for (int i = 0; i < 3; ++i) {
    const double start = now_ms();
    Client client(firmware.descriptor());
    REQUIRE(client.status == AIR_OK);
    CHECK(now_ms() - start < 2'000);  // no recovery was needed
    CHECK(client.run() == AIR_OK);
  }
}

TEST_CASE("a wanted model that is not there: the target is left at small packets too") {
  const Firmware firmware({.com_param = 4094});
  // Bytes that connecting takes: more where the target has to be brought back.
  const auto connect = [&firmware] {
    const size_t before = firmware.heard().size();
    const Client client(firmware.descriptor());
    REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
    return firmware.heard().size() - before;
  };
  const size_t usual = connect();
  const air_connect_options options = {
      .struct_size = sizeof(options), .timeout_ms = air::test::kLongestConnectMs, .model_name = "other"};
  air_runner *runner = nullptr;
  CHECK(air_connect(firmware.descriptor().c_str(), &options, &runner) == AIR_ERROR_NOT_FOUND);
  CHECK_MESSAGE(error_text().starts_with("Invalid requested model name: other; "), error_text());
  CHECK(connect() == usual);
}

TEST_CASE("what a target tells of memory and counters are columns, also where it tells them later") {
  std::mutex mutex;  // the firmware is a thread of its own
  std::vector<uint32_t> counters;
  int32_t stack = -1;
  Firmware firmware({.on_reply = [&](air::wire::Response &response) {
    if (response.payload == air::wire::Payload::Operator) {
      const std::lock_guard lock(mutex);
      response.op.stack_used = stack;
      response.op.counter_type = air::wire::kCounters32 << air::wire::kCounterFormatShift | air::wire::kCounterTypeCpu;
      response.op.counters = counters;
    }
    return true;
  }});
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  for (const char *known : {"time.link", "link.sent", "link.received", "link.packets", "link.turnarounds"}) {
    CHECK_MESSAGE(air_find_column(&client.model(), known) != UINT32_MAX, known);
  }
  REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
  CHECK(air_find_column(&client.model(), "memory.stack") == UINT32_MAX);
  CHECK(air_find_column(&client.model(), "counter.0") == UINT32_MAX);
  for (const uint32_t n : {1u, 3u, 2u}) {
    CAPTURE(n);
    {
      const std::lock_guard lock(mutex);
      stack = 640;
      counters.assign(n, 7 * n);
    }
    REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
    CHECK(client.value("memory.stack") == 640);
    CHECK(air_find_column(&client.model(), "memory.heap") == UINT32_MAX);
    for (uint32_t i = 0; i < 3; ++i) {
      const std::string column = "counter." + std::to_string(i);
      const double expected = i < n ? 7.0 * n : NAN;
      for (const uint32_t node : {0u, 1u, AIR_WHOLE_RUN}) {
        const double value = client.value(column.c_str(), node);
        CHECK((value == expected || (std::isnan(value) && std::isnan(expected))));
      }
    }
  }
  const air_column &counter = *client.model().columns[air_find_column(&client.model(), "counter.2")];
  CHECK(std::string_view(counter.text) == "CPU cycles");
  CHECK(std::string_view(counter.unit) == "cycles");
  CHECK(counter.per_node == 1);
}

TEST_CASE("an inference that takes no time that the target can measure") {
  Firmware firmware({.on_reply = [](air::wire::Response &response) {
    response.op.duration = 0;
    return true;
  }});
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
  CHECK(client.value("time.run") == 0);
  CHECK(client.value("time.device") == 0);
  CHECK(client.value("time.device", 0) == 0);
}

TEST_CASE("options that the library refuses for the backend") {
  for (const char *options : {"packet=31", "packet=4095", "packet=x", "ahead=0", "ahead=1025", "variant=c", "speed=1",
                              "baud=0", "baud=20000001"}) {
    CAPTURE(options);
    CHECK(Client(std::string("socket:127.0.0.1:1?") + options).status == AIR_ERROR_INVALID_DESCRIPTOR);
  }
  CHECK(Client("serial:/dev/none?ahead=8").status == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK_MESSAGE(error_text().find("'ahead' is not known to serial targets") != std::string::npos, error_text());
}

TEST_CASE("texts without a scheme are for this backend") {
  const air_device_list *devices = nullptr;
  REQUIRE(air_scan(nullptr, &devices) == AIR_OK);
  const bool no_board = devices->n_devices == 0;
  air_free_device_list(devices);
  for (const char *text : {"/dev/none", "/dev/none:9600", ":/dev/none", "COM6", "com123:921600", ":COM6"}) {
    CAPTURE(text);
    CHECK_MESSAGE(Client(text).status == AIR_ERROR_NO_DEVICE, error_text());
  }
  for (const char *text : {"", " ", ":", ":921600", "serial"}) {
    CAPTURE(text);
    if (no_board) CHECK_MESSAGE(Client(text).status == AIR_ERROR_NO_DEVICE, error_text());
  }
}

TEST_CASE("a callback stops the run at a node, and the next run works") {
  Firmware firmware({});
  Client client(firmware.descriptor());
  REQUIRE(client.status == AIR_OK);
  const air_callbacks callbacks = {
      .struct_size = sizeof(callbacks),
      .on_node_end = [](void *, const air_node_event *) -> air_action { return AIR_STOP; }};
  client.callbacks = &callbacks;
  CHECK(client.run(AIR_MODE_PER_LAYER) == AIR_OK);
  CHECK(client.profile().stopped == 1);
  client.callbacks = nullptr;
  CHECK(client.run(AIR_MODE_PER_LAYER) == AIR_OK);
}

TEST_CASE("cancelling takes effect while the target is silent, and the next run works") {
  for (const bool on_tcp : {false, true}) {
    CAPTURE(on_tcp);
    Firmware firmware({.on_tcp = on_tcp, .inference_ms = 1'500});
    Client client(firmware.descriptor());
    REQUIRE(client.status == AIR_OK);
    const Canceller other;
    CHECK(client.run(AIR_MODE_IO_ONLY, 0, other.token()) == AIR_ERROR_CANCELLED);
    CHECK(other.passed_ms() < 250);  // 100 ms, and what a busy machine adds
    CHECK_MESSAGE(client.run() == AIR_OK, error_text());
  }
}

TEST_CASE("the time limit of the caller ends a run, and the next run works") {
  for (const bool on_tcp : {false, true}) {
    CAPTURE(on_tcp);
    Firmware firmware({.on_tcp = on_tcp, .inference_ms = 1'000});
    Client client(firmware.descriptor());
    REQUIRE(client.status == AIR_OK);
    const double start = now_ms();
    CHECK(client.run(0, 200) == AIR_ERROR_TIMEOUT);
    CHECK(now_ms() - start < 600);
    CHECK_MESSAGE(client.run() == AIR_OK, error_text());
  }
}

TEST_CASE("a lost link has its own error, and reconnecting restores service") {
  Firmware firmware({.on_tcp = true});
  Client client(firmware.descriptor());
  REQUIRE(client.run() == AIR_OK);
  firmware.hang_up();
  CHECK(client.run() == AIR_ERROR_LINK_LOST);
  CHECK_MESSAGE(error_text().find(" while ") != std::string::npos, error_text());
  CHECK(client.run() == AIR_ERROR_NOT_CONNECTED);
  CHECK(air_ping(client.runner, nullptr) == AIR_ERROR_NOT_CONNECTED);
  REQUIRE_MESSAGE(air_reconnect(client.runner, nullptr) == AIR_OK, error_text());
  CHECK(client.run() == AIR_OK);
}
