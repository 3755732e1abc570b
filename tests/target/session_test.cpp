// SPDX-License-Identifier: BSD-3-Clause
// Whole sessions: all modes and packet sizes, stopping, cancelling, time limits, reconnecting.
#include "session.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "firmware.h"
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
