// SPDX-License-Identifier: BSD-3-Clause
// A target that a former client left anywhere in a session is brought back, and works.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "firmware.h"
#include "session.h"
#include "wire/constants.h"
#include "wire/encode.h"

using air::test::Client;
using air::test::Firmware;
using air::test::FirmwareOptions;
using air::wire::Flavour;

namespace {

// What the host sends in a whole session with one run in which every node comes with its data.
std::vector<std::byte> record_session(const FirmwareOptions &options) {
  Firmware firmware(options);
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, air::test::error_text());
  REQUIRE(client.run(AIR_MODE_PER_LAYER_WITH_DATA) == AIR_OK);
  return firmware.heard();
}

// A target that has heard the first `cut` bytes of a session, and then silence.
std::string connect_after(const FirmwareOptions &options, const std::vector<std::byte> &session, size_t cut) {
  FirmwareOptions stale = options;
  stale.heard_before.assign(session.begin(), session.begin() + static_cast<ptrdiff_t>(cut));
  Firmware firmware(stale);
  Client client(firmware.descriptor());
  if (client.status != AIR_OK) return "connect: " + air::test::error_text();
  if (client.run(AIR_MODE_PER_LAYER_WITH_DATA) != AIR_OK) return "run: " + air::test::error_text();
  const auto outputs = client.outputs();
  return outputs.size() == 1 && outputs[0].size() == options.n_elements * 4 ? "" : "no output";
}

// Most of the time is waiting, so many targets are tried at once.
void check_all(size_t count, const std::function<std::string(size_t)> &failure_of) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::vector<std::string> failures;
  const auto work = [&] {
    for (size_t number = next++; number < count; number = next++) {
      const std::string failure = failure_of(number);
      const std::lock_guard lock(mutex);
      if (!failure.empty()) failures.push_back(failure);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) threads.emplace_back(work);
  for (std::thread &thread : threads) thread.join();
  for (const std::string &failure : failures) FAIL_CHECK(failure);
}

void check_cuts(const FirmwareOptions &options, const std::vector<std::byte> &session, size_t step) {
  check_all(session.size() / step + 1, [&](size_t number) {
    const std::string failure = connect_after(options, session, number * step);
    return failure.empty() ? "" : "after " + std::to_string(number * step) + " bytes: " + failure;
  });
}

void check_cuts(const FirmwareOptions &options, size_t step) {
  check_cuts(options, record_session(options), step);
}

// A packet of flavour B that announces a message of `size` bytes.
std::vector<std::byte> announce(uint64_t size) {
  std::vector<std::byte> packet(2);
  for (; size >= 0x80; size >>= 7) packet.push_back(static_cast<std::byte>(size | 0x80));
  packet.push_back(static_cast<std::byte>(size));
  packet[1] = static_cast<std::byte>(packet.size() - 2);
  packet.resize(34);
  return packet;
}

double processor_seconds() {
  return static_cast<double>(clock()) / CLOCKS_PER_SEC;
}

}  // namespace

// The begin of a packet whose message takes in the head of the next client's first packet, and then that client's own request: it gets its
// answer, and the end of its packet stays with the target.
TEST_CASE("an answer to a packet that a former client began") {
  std::vector<std::byte> request;
  air::wire::encode(air::wire::Request{.reqid = 1, .cmd = air::wire::kCmdSync}, request);
  constexpr uint8_t kUnknownField = 0x7A, kTakenIn = 3;  // the header of the packet and the length
  const auto length = static_cast<uint8_t>(2 + kTakenIn + request.size());
  std::vector<std::byte> begun;
  for (const uint8_t byte : {uint8_t{0}, uint8_t{32}, length, kUnknownField, kTakenIn})
    begun.push_back(std::byte{byte});
  const FirmwareOptions options{.flavour = Flavour::B};
  CHECK(connect_after(options, begun, begun.size()) == "");
}

TEST_CASE("every wait point of flavour A on a pseudo-terminal") {
  check_cuts({.flavour = Flavour::A}, 5);
}

TEST_CASE("every wait point of flavour B on a pseudo-terminal") {
  check_cuts({.flavour = Flavour::B}, 5);
}

TEST_CASE("within large packets") {
  check_cuts({.flavour = Flavour::B, .com_param = 382, .n_elements = 300}, 197);
  check_cuts({.flavour = Flavour::B, .com_param = 4094, .n_elements = 3000}, 2'111);
}

TEST_CASE("within packets of a size that nobody would guess") {
  check_cuts({.flavour = Flavour::B, .com_param = 997, .n_elements = 300}, 499);
}

TEST_CASE("after a client of the other flavour") {
  check_cuts({.flavour = Flavour::A}, record_session({.flavour = Flavour::B}), 13);
  check_cuts({.flavour = Flavour::B}, record_session({.flavour = Flavour::A}), 13);
}

// Whatever was on the line. One start in a dozen announces a message that is longer than anybody can wait for.
TEST_CASE("after random garbage it is brought back, or the user is told to reset it") {
  std::atomic<size_t> told{0};
  check_all(36, [&told](size_t seed) -> std::string {
    std::mt19937 random(static_cast<uint32_t>(seed));
    std::vector<std::byte> garbage(1 + random() % 200);
    for (std::byte &byte : garbage) byte = static_cast<std::byte>(random());
    const FirmwareOptions options{.flavour = seed % 2 == 0 ? Flavour::A : Flavour::B, .on_tcp = seed % 4 < 2};
    const std::string failure = connect_after(options, garbage, garbage.size());
    const bool is_told = failure.ends_with("answers nothing more: reset the board");
    told += is_told ? 1 : 0;
    return failure.empty() || is_told ? "" : "seed " + std::to_string(seed) + ": " + failure;
  });
  CHECK(told <= 8);
}

TEST_CASE("a target that takes everything for the rest of a message") {
  const std::vector<std::byte> endless = announce(4'000'000'000);
  const FirmwareOptions options{.flavour = Flavour::B, .on_tcp = true};
  const double before = processor_seconds();
  CHECK(connect_after(options, endless, endless.size()).ends_with("answers nothing more: reset the board"));
  CHECK(processor_seconds() - before < 8);  // of both sides; asking in vain takes thirty seconds
  const std::vector<std::byte> long_one = announce(400'000);
  CHECK(connect_after(options, long_one, long_one.size()) == "");
  const FirmwareOptions patient{.flavour = Flavour::B, .on_tcp = true, .forgets_after_ms = 2'000};
  CHECK(connect_after(patient, endless, endless.size()) == "");
}
