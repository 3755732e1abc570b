// SPDX-License-Identifier: BSD-3-Clause
// An open byte channel to a target: timed reads and writes on its file descriptor.
#include "aivalidation/channel/channel.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "platform/ports/serial_port.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kBreakMs = 250;

}  // namespace

Channel::Channel(FileHandle file, Kind kind, std::string name, const Interrupt &interrupt)
    : file_(std::move(file)), kind_(kind), name_(std::move(name)), interrupt_(interrupt) {}

Channel::~Channel() {
  if (kind_ == Kind::kUart || kind_ == Kind::kUsb) leave_serial_port(file_.get());
}

void Channel::lost(const std::string &why) const {
  fail(AIR_ERROR_LINK_LOST, "the connection to {} is lost ({})", name_, why);
}

Waited Channel::wait_a_slice(Awaited &awaited, uint32_t slice) const try {
  return wait_for(std::span(&awaited, 1), std::chrono::milliseconds(slice));
} catch (const std::system_error &error) {
  lost(error.code().message());
}

// Returns false when the limit has passed. A wait that ends at once needs no clock; one that signals disturb ends in time as well.
bool Channel::wait(Awaited awaited, uint32_t limit_ms) const {
  using Ms = std::chrono::milliseconds;
  std::optional<Interrupt::Clock::time_point> end;
  for (Ms left(limit_ms);;) {
    const uint32_t slice = static_cast<uint32_t>(std::min<Ms::rep>(kSliceMs, left.count()));
    const Waited waited = wait_a_slice(awaited, slice);
    if (waited == Waited::kReady) return true;
    interrupt_.check();
    const auto now = Interrupt::Clock::now();
    if (!end) end = now + left - Ms(waited == Waited::kTimeIsOver ? slice : 0);
    left = std::chrono::ceil<Ms>(*end - now);
    if (left <= Ms(0)) return false;
  }
}

size_t Channel::read(std::span<std::byte> into, uint32_t limit_ms) {
  interrupt_.check();  // a target that never pauses must not keep an interrupt from being seen
  // A socket waits for one slice by itself, and what is there has not to be asked for: of the calls into the system that a packet takes,
  // this is a third.
  const bool waits_itself = is_socket() && limit_ms > kSliceMs;
  const Awaited bytes = {.descriptor = file_.get(), .to_read = true};
  if (!waits_itself && !wait(bytes, limit_ms)) return 0;
  do {
    const Moved moved = read_now(file_.get(), into);
    if (moved.n > 0) return moved.n;
    if (moved.error == std::errc::broken_pipe) lost("the other side closed it");
    if (moved.error == std::errc::io_error) lost("the device is gone");
    if (!moved.is_for_later()) lost(moved.error.message());
    interrupt_.check();
  } while (wait(bytes, waits_itself ? limit_ms - kSliceMs : limit_ms));
  return 0;
}

void Channel::write(std::span<const std::byte> bytes, uint32_t limit_ms) {
  while (!bytes.empty()) {
    const Moved moved = is_socket() ? send_now(file_.get(), bytes) : write_now(file_.get(), bytes);
    bytes = bytes.subspan(moved.n);
    if (moved.n > 0) continue;
    const bool is_closed = moved.error == std::errc::broken_pipe || moved.error == std::errc::connection_reset;
    if (!moved.is_for_later()) lost(is_closed ? "the other side closed it" : moved.error.message());
    if (!wait({.descriptor = file_.get(), .to_write = true}, limit_ms)) {
      fail(AIR_ERROR_TIMEOUT, "{} took no bytes for {} ms: is flow control holding them back?", name_, limit_ms);
    }
  }
}

void Channel::send_break() {
  if (kind_ != Kind::kUart || !set_break(file_.get(), true)) return;
  const struct Ended {
    ~Ended() { set_break(port, false); }
    int port;
  } ended{file_.get()};
  wait({.descriptor = file_.get()}, kBreakMs);
}

}  // namespace air::aivalidation
