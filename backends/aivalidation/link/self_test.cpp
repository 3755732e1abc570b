// SPDX-License-Identifier: BSD-3-Clause
// Self tests of the target: the host's part of them.
#include "aivalidation/link/self_test.h"

#include <algorithm>
#include <vector>

#include "wire/checksum.h"

namespace air::aivalidation {
namespace {

// Tests in which bytes travel.
enum Test : uint32_t { kTestReceive = 30, kTestSend = 40, kTestEcho = 50 };

constexpr uint32_t kExtraShift = 16;
constexpr uint32_t kMostMessages = 64;

// Bytes of every value, in an order that shows lost ones.
std::vector<std::byte> pattern(uint32_t size, uint32_t option) {
  std::vector<std::byte> bytes(size);
  for (uint32_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + (i >> 8) + option);
  return bytes;
}

class SelfTest {
 public:
  SelfTest(Link &link, const HostLog &log, const Limits &limits, uint32_t test, uint32_t extra, uint32_t option)
      : link_(link),
        wait_{limits.self_test, "waiting for the reply to TEST"},
        test_(test),
        option_(option),
        bytes_(pattern(std::min(extra, wire::kMaxMemoryChunk), option)),
        command_(link, log, {.cmd = wire::kCmdTest, .param = (test & 0xFFFF) | extra << kExtraShift, .opt = option},
                 "sending TEST") {
    if (test == kTestSend) std::fill(bytes_.begin(), bytes_.end(), static_cast<std::byte>(option));
  }

  uint32_t run() {
    for (uint32_t messages = 0; messages < kMostMessages; ++messages) {
      const wire::Response &response = command_.next(wait_);
      if (response.payload == wire::Payload::Operator) return finish(response.op.id);
      if (response.payload == wire::Payload::Tensor) continue;
      if (response.payload == wire::Payload::Data) {
        take_data(response);
      } else if (const auto value = take_ack(response)) {
        return finish(*value);
      }
    }
    fail(AIR_ERROR_PROTOCOL, "self test {} of {} does not end", test_, link_.name());
  }

 private:
  uint32_t finish(uint32_t value) {
    command_.finish();
    return value;
  }

  void take_data(const wire::Response &response) {
    const wire::Bytes got = response.data.datas;
    command_.check(response, wire::Payload::Data, wire::kStateProcessing);
    const bool equal = std::equal(got.begin(), got.end(), bytes_.begin(), bytes_.end());
    command_.acknowledge("acknowledging data");
    if (!equal) fail(AIR_ERROR_TARGET, "self test {}: {} other bytes came than expected", test_, got.size());
  }

  // The value of the last acknowledge; nothing as long as the test goes on.
  std::optional<uint32_t> take_ack(const wire::Response &response) {
    const uint32_t state = response.state;
    const wire::Ack ack = response.ack;
    const bool goes_on = state == wire::kStateWaiting || state == wire::kStateProcessing;
    command_.check(response, wire::Payload::Ack, goes_on ? state : uint32_t{wire::kStateDone});
    const bool sends = test_ == kTestReceive || test_ == kTestEcho;
    if (state == wire::kStateWaiting) {
      if (sends) {
        command_.send(wire::Data{.type = option_, .size = static_cast<uint32_t>(bytes_.size()), .datas = bytes_},
                      "sending data");
      }
      return std::nullopt;
    }
    const bool carries_crc = sends || test_ == kTestSend;
    if (carries_crc && ack.param != wire::crc32(bytes_)) {
      fail(AIR_ERROR_TARGET, "self test {}: CRC-32 0x{:08x} of {} bytes, expected 0x{:08x}", test_, ack.param,
           bytes_.size(), wire::crc32(bytes_));
    }
    if (state == wire::kStateProcessing && test_ == kTestReceive) {
      command_.acknowledge("acknowledging the checksum");
      return ack.param;
    }
    if (state == wire::kStateProcessing) return std::nullopt;
    if (ack.error == wire::kErrorNone) return ack.param;
    command_.finish();
    throw Error(AIR_ERROR_TARGET,
                fmt::format("self test {}: the target reports {}", test_, target_error_name(ack.error)),
                static_cast<int32_t>(ack.error));
  }

  Link &link_;
  Wait wait_;
  uint32_t test_;
  uint32_t option_;
  std::vector<std::byte> bytes_;
  Command command_;
};

}  // namespace

uint32_t run_self_test(Link &link, const HostLog &log, const Limits &limits, uint32_t test, uint32_t extra,
                       uint32_t option) {
  return SelfTest(link, log, limits, test, extra, option).run();
}

}  // namespace air::aivalidation
