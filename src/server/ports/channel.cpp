// SPDX-License-Identifier: BSD-3-Clause
// The bytes to and from one client at a time, over a simulated line if one is asked for.
#include "server/ports/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/threads/clock.h"

namespace air::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Clock = SimulatedLine::Time::clock;

constexpr nanoseconds kLongestSleep = milliseconds(20);  // so that the end of the server is noticed
constexpr milliseconds kQuietWire = milliseconds(1000);  // the client of a real wire has given up

// Rounded up, so that nothing is waited for in small steps.
milliseconds milliseconds_until(SimulatedLine::Time due) {
  return std::clamp(std::chrono::ceil<milliseconds>(due - Clock::now()), milliseconds(0), milliseconds(INT32_MAX));
}

}  // namespace

Channel::Channel(Port &port, const Shutdown &shutdown, const ChannelOptions &options)
    : port_(port), shutdown_(shutdown), options_(options) {}

void Channel::open() {
  while (fd_ < 0 && (fd_ = port_.accept()) < 0) {
    std::array<Awaited, 2> waiting = {{{shutdown_.fd(), true}, {port_.event_fd(), true}}};
    wait_for(waiting, port_.look_again());
    if (shutdown_.requested()) throw Stopped();
  }
  note_client("connected");
}

void Channel::close() {
  if (fd_ < 0) return;
  fd_ = -1;
  note_client("disconnected");
  port_.hang_up();
}

void Channel::note_client(const char *event) const {
  if (const std::string client = port_.client(); !client.empty()) note(fmt::format("{} {}", client, event));
}

void Channel::die() {
  if (port_.hang_up()) throw ClientGone();
  options_.outlives_clients = false;
  do drop_until_quiet(kQuietWire);
  while (port_.event_fd() >= 0);  // where it is told that the client goes, that ends it
  throw ClientGone();
}

void Channel::client_gone() {
  if (!options_.outlives_clients) throw ClientGone();
  close();
}

// Returns what is told about the client; nothing when `limit` has passed. A client that is idle for too long counts as gone.
Awaited Channel::wait(Awaited client, std::optional<milliseconds> limit) {
  const Awaited gone = {.descriptor = fd_, .is_gone = true};
  const bool may_idle = options_.longest_idle.count() == 0;
  const SimulatedLine::Time due = Clock::now() + limit.value_or(options_.longest_idle);
  for (;;) {
    const bool has_end = limit || !may_idle;
    const auto left = has_end ? std::optional(milliseconds_until(due)) : std::nullopt;
    const auto look_again = port_.look_again();
    const bool looks = look_again && (!left || *look_again < *left);
    std::array<Awaited, 3> waiting = {{client, {shutdown_.fd(), true}, {port_.event_fd(), true}}};
    const Waited end = wait_for(waiting, looks ? look_again : left);
    if (shutdown_.requested()) throw Stopped();
    const bool is_over = end == Waited::kTimeIsOver;
    if (is_over && looks) port_.refuse_another();
    if (is_over && !looks && limit) return client;
    if (is_over && !looks) {
      note_client(
          fmt::format("was idle for {:g} s", std::chrono::duration<double>(options_.longest_idle).count()).c_str());
      return gone;
    }
    if (end != Waited::kReady) continue;
    const bool has_left = waiting[2].is_told() && port_.client_has_left();
    if (has_left) return gone;
    // A client that has gone comes before one that wants to take its place.
    if (waiting[0].is_told()) return waiting[0];
    if (waiting[2].is_told()) port_.refuse_another();
  }
}

size_t Channel::read(std::span<std::byte> place, std::optional<milliseconds> limit) {
  for (;;) {
    if (fd_ < 0) open();
    const Awaited state = wait({.descriptor = fd_, .to_read = true}, limit);
    if (!state.is_told()) return 0;
    const Moved moved = state.can_read ? read_now(fd_, place) : Moved();
    if (moved.is_for_later()) continue;
    if (moved.n == 0) {
      client_gone();
      continue;
    }
    if (options_.line) cross_line(options_.line->from_host(moved.n, Clock::now()));
    return moved.n;
  }
}

void Channel::drop_until_quiet(milliseconds quiet) {
  std::array<std::byte, 4096> dropped;
  while (read(dropped, quiet) > 0) continue;
}

size_t Channel::largest_piece(size_t bytes) const {
  if (options_.byte_pause.count() > 0) return 1;
  return options_.line ? std::min(bytes, options_.line->piece()) : bytes;
}

void Channel::write(std::span<const std::byte> bytes) {
  while (!bytes.empty() && fd_ >= 0) {
    const auto piece = bytes.first(largest_piece(bytes.size()));
    if (options_.line) cross_line(options_.line->to_host(piece.size(), Clock::now()));
    write_piece(piece);
    if (options_.byte_pause.count() > 0) pause(options_.byte_pause);
    bytes = bytes.subspan(piece.size());
  }
}

void Channel::write_piece(std::span<const std::byte> bytes) {
  while (!bytes.empty() && fd_ >= 0) {
    const Moved moved = write_now(fd_, bytes);
    bytes = bytes.subspan(moved.n);
    if (moved.n > 0) continue;
    if (!moved.is_for_later() || wait({.descriptor = fd_, .to_write = true}, std::nullopt).is_gone) client_gone();
  }
}

void Channel::pause_until(SimulatedLine::Time due) {
  for (SimulatedLine::Time now = Clock::now(); now < due; now = Clock::now()) {
    sleep_until(std::min(due, now + kLongestSleep));
    if (shutdown_.requested()) throw Stopped();
  }
}

void Channel::cross_line(SimulatedLine::Time due) {
  pause_until(due);
  options_.line->delivered(Clock::now());
}

}  // namespace air::server
