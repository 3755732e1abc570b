// SPDX-License-Identifier: BSD-3-Clause
// Telnet: data and commands apart, however they are cut.
#include <doctest/doctest.h>

#include <random>

#include "aivalidation/channel/telnet.h"

using air::aivalidation::ComPort;
using air::aivalidation::Telnet;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

// Data of what came in pieces of `step`.
std::vector<std::byte> feed(Telnet &telnet, std::vector<std::byte> heard, size_t step) {
  std::vector<std::byte> data;
  for (size_t at = 0; at < heard.size(); at += step) {
    const auto piece = std::span(heard).subspan(at, std::min(step, heard.size() - at));
    const size_t n = telnet.take(piece);
    data.insert(data.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return data;
}

}  // namespace

TEST_CASE("data comes back as it was, commands do not") {
  const auto data = bytes({1, 255, 0, 255, 255, 13, 10, 240, 250});
  std::vector<std::byte> line = bytes({255, 251, 3, 255, 253, 44, 255, 241});
  Telnet::escape(data, line);
  const auto baud = bytes({255, 250, 44, 101, 0, 255, 255, 2, 1, 255, 240});  // 0x00ff0201
  line.insert(line.end(), baud.begin(), baud.end());
  line.push_back(std::byte{7});
  for (size_t step = 1; step <= line.size(); ++step) {
    Telnet telnet;
    auto expected = data;
    expected.push_back(std::byte{7});
    CHECK(feed(telnet, line, step) == expected);
    CHECK(telnet.sets_port() == true);
    CHECK(telnet.answer(ComPort::kSetBaudRate) == 0x00FF0201U);
    CHECK_FALSE(telnet.answer(ComPort::kSetParity));
    CHECK(telnet.take_answers().empty());
  }
}

TEST_CASE("what was not asked for is refused, once") {
  Telnet telnet;
  CHECK(feed(telnet, bytes({255, 251, 1, 255, 253, 31, 255, 252, 5, 255, 254, 0}), 1).empty());
  CHECK(telnet.take_answers() == bytes({255, 254, 1, 255, 252, 31}));
  CHECK(telnet.take_answers().empty());
  CHECK(telnet.refuses_binary());
  CHECK_FALSE(telnet.sets_port());
}

TEST_CASE("noise does no harm, a block without end keeps no memory") {
  std::mt19937 random(1);
  Telnet telnet;
  std::vector<std::byte> noise(4096);
  for (int round = 0; round < 200; ++round) {
    for (std::byte &byte : noise) byte = static_cast<std::byte>(random() % 8 == 0 ? 255 : random());
    CHECK(telnet.take(noise) <= noise.size());
  }
}

TEST_CASE("a telnet server is told from a target") {
  CHECK(Telnet::is_spoken_in(bytes({255, 251, 3, 255, 253, 3, 255, 251, 1})));
  CHECK_FALSE(Telnet::is_spoken_in(bytes({255, 251, 3})));
  CHECK_FALSE(Telnet::is_spoken_in(bytes({255, 255, 255, 255, 255, 255})));
  CHECK_FALSE(Telnet::is_spoken_in(bytes({255, 251, 200, 255, 253, 3})));
  CHECK_FALSE(Telnet::is_spoken_in(bytes({128, 15, 8, 1, 16, 0})));
}
