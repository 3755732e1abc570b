// SPDX-License-Identifier: BSD-3-Clause
// Waiting for bytes, by this system's way and by those of others that can be tried here.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "platform/files/file_handle.h"
#include "platform/ports/io.h"
#include "platform/ports/pseudo_terminal.h"

using air::Awaited;
using air::wait_for;
using air::Waited;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSoon(20);
constexpr milliseconds kLong(20000);

struct Line {
  air::PseudoTerminal terminal{true};
  air::FileHandle port{open(terminal.path().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};

  void send() { REQUIRE(air::write_now(terminal.descriptor(), std::as_bytes(std::span("x", 1))).n == 1); }
};

Waited wait_for_one(Awaited &awaited, milliseconds limit) {
  return wait_for(std::span(&awaited, 1), limit);
}

}  // namespace

TEST_CASE("a port is quiet, then has bytes, and can take some") {
  Line line;
  REQUIRE(line.port.is_open());
  Awaited bytes = {.descriptor = line.port.get(), .to_read = true, .can_read = true, .is_gone = true};
  CHECK(wait_for_one(bytes, kSoon) == Waited::kTimeIsOver);
  CHECK_FALSE(bytes.is_told());
  line.send();
  CHECK(wait_for_one(bytes, kLong) == Waited::kReady);
  CHECK(bytes.can_read);
  CHECK_FALSE(bytes.can_write);
  Awaited room = {.descriptor = line.port.get(), .to_write = true};
  CHECK(wait_for(std::span(&room, 1), std::nullopt) == Waited::kReady);
  CHECK(room.can_write);
  CHECK_FALSE(room.can_read);
}

TEST_CASE("of several, the one that has something is told; what is not open is left out") {
  Line quiet, busy;
  busy.send();
  std::array<Awaited, 3> all = {{{quiet.port.get(), true}, {-1, true}, {busy.port.get(), true}}};
  CHECK(wait_for(all, kLong) == Waited::kReady);
  CHECK_FALSE(all[0].is_told());
  CHECK_FALSE(all[1].is_told());
  CHECK(all[2].can_read);
}

TEST_CASE("what the other side has closed is told, and reading says so") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  close(ends[1]);
  Awaited end = {.descriptor = ends[0], .to_read = true};
  CHECK(wait_for_one(end, kLong) == Waited::kReady);
  CHECK(end.is_told());
  std::byte byte{};
  CHECK(air::read_now(ends[0], std::span(&byte, 1)).error == std::errc::broken_pipe);
  close(ends[0]);
}

TEST_CASE("a signal disturbs a wait, and nothing is told") {
  Line line;
  std::signal(SIGALRM, [](int) {});
  const itimerval often = {{0, 20000}, {0, 20000}}, never = {};
  REQUIRE(setitimer(ITIMER_REAL, &often, nullptr) == 0);
  Awaited bytes = {.descriptor = line.port.get(), .to_read = true, .can_read = true};
  CHECK(wait_for_one(bytes, kLong) == Waited::kDisturbed);
  setitimer(ITIMER_REAL, &never, nullptr);
  CHECK_FALSE(bytes.is_told());
}
