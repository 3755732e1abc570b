// SPDX-License-Identifier: BSD-3-Clause
// An emulated board that runs.
#include "boards/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <system_error>

#include "common/error.h"
#include "common/numbers.h"
#include "common/path_text.h"
#include "platform/ports/io.h"
#include "platform/ports/socket.h"

namespace air::boards {
namespace {

constexpr const char *kProgram = "qemu-system-arm";
constexpr auto kLongestStart = std::chrono::seconds(30);
constexpr auto kLongestBegin = std::chrono::seconds(2);  // other firmware may say nothing
constexpr auto kSlice = std::chrono::milliseconds(50);

std::unique_ptr<ChildProgram> start(const Image &image) try {
  const std::vector<std::string> words = {"-M",       std::string(image.machine->name),
                                          "-kernel",  text_of(image.file),
                                          "-icount",  fmt::format("shift={}", image.machine->clock_shift),
                                          "-display", "none",
                                          "-monitor", "none",
                                          "-serial",  "tcp:127.0.0.1:0,server=on,wait=on,nodelay=on"};
  return std::make_unique<ChildProgram>(kProgram, words);
} catch (const std::system_error &error) {
  if (error.code() == std::errc::no_such_file_or_directory) {
    fail(AIR_ERROR_NOT_FOUND,
         "{} is not in PATH: it emulates the boards; `apt-get install qemu-system-arm` on Debian and Ubuntu, "
         "`brew install qemu` on macOS",
         kProgram);
  }
  fail(AIR_ERROR_NO_DEVICE, "{} cannot be started: {}", kProgram, error.code().message());
}

// "... info: QEMU waiting for connection on: disconnected:tcp:127.0.0.1:40123,server=on": it chooses the port. 0: not told yet.
uint16_t port_in(const std::string &text) {
  constexpr std::string_view kBefore = "waiting for connection on: ", kHost = "127.0.0.1:";
  const size_t line = text.find(kBefore);
  const size_t host = line == std::string::npos ? line : text.find(kHost, line);
  const size_t end = host == std::string::npos ? host : text.find_first_not_of("0123456789", host + kHost.size());
  if (end == std::string::npos) return 0;
  const size_t begin = host + kHost.size();
  return number_in<uint16_t>(std::string_view(text).substr(begin, end - begin)).value_or(0);
}

uint16_t port_told_by(const ChildProgram &program, const std::function<void()> &check) {
  const auto end = std::chrono::steady_clock::now() + kLongestStart;
  std::string told;
  while (program.read_errors(told, kSlice)) {
    if (const uint16_t port = port_in(told); port != 0) return port;
    check();
    if (std::chrono::steady_clock::now() >= end) {
      fail(AIR_ERROR_NO_DEVICE, "{} told no port within {} s but: {}", kProgram, kLongestStart.count(), told);
    }
  }
  fail(AIR_ERROR_NO_DEVICE, "{} has ended before it told a port: {}", kProgram, told);
}

// What it says comes in parts, of which the first may end the line about its port.
std::string first_line(const std::string &text) {
  constexpr const char *kEnds = "\r\n";
  const size_t begin = std::min(text.find_first_not_of(kEnds), text.size());
  return text.substr(begin, text.find_first_of(kEnds, begin) - begin);
}

std::string end_text(const std::string &told) {
  const std::string reason = first_line(told);
  return "QEMU has ended by itself" + (reason.empty() ? ", without a word" : ": " + reason);
}

// QEMU has the machine begin when somebody connects, and what is sent before its firmware listens may be lost. So this is not yet a client: it
// waits for the first byte, which our firmware sends when it listens, and goes.
void begin(uint16_t port, const ChildProgram &program, const std::function<void()> &check) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  asio::error_code error;
  socket.connect({asio::ip::address_v4::loopback(), port}, error);
  if (error)
    fail(AIR_ERROR_NO_DEVICE, "port {} of {} cannot be connected to: {}", port, kProgram, socket_error_text(error));
  Awaited byte = {.descriptor = descriptor_of(socket.native_handle()), .to_read = true};
  const auto end = std::chrono::steady_clock::now() + kLongestBegin;
  while (!byte.is_told() && std::chrono::steady_clock::now() < end) {
    wait_for(std::span(&byte, 1), kSlice);
    check();
  }
  std::byte first{};
  if (!byte.is_told() || read_now(byte.descriptor, std::span(&first, 1)).n > 0) return;
  std::string told;  // an image that cannot run ends it
  while (program.read_errors(told, kSlice) && std::chrono::steady_clock::now() < end) check();
  fail(AIR_ERROR_NO_DEVICE, "{}", end_text(told));
}

}  // namespace

Board::Board(const Image &image, const std::function<void()> &check)
    : program_(start(image)), port_(port_told_by(*program_, check)) {
  begin(port_, *program_, check);
}

std::string Board::complaint() const {
  std::string told;
  if (!has_ended()) {
    program_->read_errors(told, std::chrono::milliseconds(0));
    const std::string line = first_line(told);
    return line.empty() ? "" : "QEMU says: " + line;
  }
  const auto end = std::chrono::steady_clock::now() + kLongestBegin;
  while (program_->read_errors(told, kSlice) && std::chrono::steady_clock::now() < end) continue;
  return end_text(told);
}

}  // namespace air::boards
