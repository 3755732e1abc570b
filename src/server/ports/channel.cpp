// SPDX-License-Identifier: BSD-3-Clause
// The bytes to and from one client at a time, over a simulated line if one is asked for.
#include "server/ports/channel.h"

#include <fmt/format.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace air::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Clock = SimulatedLine::Time::clock;

constexpr nanoseconds kLongestSleep = milliseconds(20);  // so that the end of the server is noticed
constexpr milliseconds kQuietWire = milliseconds(1000);  // the client of a real wire has given up
constexpr int64_t kNsPerSecond = 1'000'000'000;

void sleep_until(SimulatedLine::Time due) {
  const int64_t ns = std::chrono::duration_cast<nanoseconds>(due.time_since_epoch()).count();
  const timespec at = {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) continue;
}

// As poll(2) takes it: rounded up, so that nothing is waited for in small steps.
int milliseconds_until(SimulatedLine::Time due) {
  const auto left = std::chrono::ceil<milliseconds>(due - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

Channel::Channel(Port &port, const Shutdown &shutdown, const ChannelOptions &options)
    : port_(port), shutdown_(shutdown), options_(options) {}

void Channel::open() {
  while (fd_ < 0 && (fd_ = port_.accept()) < 0) {
    std::array<pollfd, 2> waiting = {{{shutdown_.fd(), POLLIN, 0}, {port_.event_fd(), POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), port_.look_again_ms());
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

// Returns what poll(2) tells about the client; 0 when `limit` has passed. A client that is idle for too long counts as gone.
short Channel::wait(short events, std::optional<milliseconds> limit) {
  const bool may_idle = options_.longest_idle.count() == 0;
  const SimulatedLine::Time due = Clock::now() + limit.value_or(options_.longest_idle);
  for (;;) {
    const bool has_end = limit || !may_idle;
    const int left = has_end ? milliseconds_until(due) : -1;
    const int look_again = port_.look_again_ms();
    const bool looks = look_again >= 0 && (left < 0 || look_again < left);
    std::array<pollfd, 3> waiting = {{{fd_, events, 0}, {shutdown_.fd(), POLLIN, 0}, {port_.event_fd(), POLLIN, 0}}};
    const int n = poll(waiting.data(), waiting.size(), looks ? look_again : left);
    if (shutdown_.requested()) throw Stopped();
    if (n == 0 && looks) port_.refuse_another();
    if (n == 0 && !looks && limit) return 0;
    if (n == 0 && !looks) {
      note_client(
          fmt::format("was idle for {:g} s", std::chrono::duration<double>(options_.longest_idle).count()).c_str());
      return POLLHUP;
    }
    if (n <= 0) continue;
    const bool has_left = waiting[2].revents != 0 && port_.client_has_left();
    if (has_left) return POLLHUP;
    // A client that has gone comes before one that wants to take its place.
    if (waiting[0].revents != 0) return waiting[0].revents;
    if (waiting[2].revents != 0) port_.refuse_another();
  }
}

size_t Channel::read(std::span<std::byte> place, std::optional<milliseconds> limit) {
  for (;;) {
    if (fd_ < 0) open();
    const short state = wait(POLLIN, limit);
    if (state == 0) return 0;
    const ssize_t n = (state & POLLIN) != 0 ? ::read(fd_, place.data(), place.size()) : 0;
    if (n < 0 && would_block(errno)) continue;
    if (n <= 0) {
      client_gone();
      continue;
    }
    if (options_.line) cross_line(options_.line->from_host(static_cast<size_t>(n), Clock::now()));
    return static_cast<size_t>(n);
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
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<size_t>(n));
    } else if (!would_block(errno) || (wait(POLLOUT, std::nullopt) & (POLLHUP | POLLERR)) != 0) {
      client_gone();
    }
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
