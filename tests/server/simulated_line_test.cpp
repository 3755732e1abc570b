// SPDX-License-Identifier: BSD-3-Clause
// The arithmetic of the simulated line, on an invented clock.
#include <doctest/doctest.h>

#include "server/ports/simulated_line.h"

using air::server::SimulatedLine;
using namespace std::chrono_literals;

namespace {

constexpr uint32_t kBaud = 1'000'000;  // a byte takes 10 us
const SimulatedLine::Time kStart = SimulatedLine::Time() + 1h;

}  // namespace

TEST_CASE("a byte takes ten bits") {
  SimulatedLine line(kBaud, 0ns);
  CHECK(line.from_host(34, kStart) == kStart + 340us);
  SimulatedLine odd(921600, 0ns);
  CHECK(odd.from_host(921600, kStart) == kStart + 10s);
}

TEST_CASE("bytes queue up behind those under way") {
  SimulatedLine line(kBaud, 0ns);
  line.from_host(10, kStart);
  CHECK(line.from_host(10, kStart) == kStart + 200us);
  CHECK(line.from_host(10, kStart + 1ms) == kStart + 1ms + 100us);
}

TEST_CASE("the first bytes of the target after those of the host come one turn-around later") {
  SimulatedLine line(kBaud, 1ms);
  const SimulatedLine::Time arrived = line.from_host(34, kStart);
  line.delivered(arrived);
  const SimulatedLine::Time sync = line.to_host(1, arrived);
  CHECK(sync == arrived + 1ms + 10us);
  line.delivered(sync);
  CHECK(line.to_host(34, sync) == sync + 340us);  // still the same direction
}

TEST_CASE("lateness is made up for, thinking is not") {
  SimulatedLine line(kBaud, 0ns);
  const SimulatedLine::Time arrived = line.from_host(100, kStart);
  line.delivered(arrived + 300us);  // woken too late
  CHECK(line.to_host(1, arrived + 300us) == arrived + 10us);
  line.delivered(arrived + 300us);
  // The host answers 50 us after it could: that is its own time.
  CHECK(line.from_host(10, arrived + 350us) == arrived + 10us + 50us + 100us);
}

TEST_CASE("a machine that stood still has lost the time") {
  SimulatedLine line(kBaud, 0ns);
  const SimulatedLine::Time arrived = line.from_host(1, kStart);
  line.delivered(arrived + 1s);
  CHECK(line.to_host(1, arrived + 1s) == arrived + 1s - 5ms + 10us);
}

TEST_CASE("without a rate only turn-arounds take time") {
  SimulatedLine line(0, 2ms);
  CHECK(line.from_host(4096, kStart) == kStart);
  CHECK(line.to_host(4096, kStart) == kStart + 2ms);
  CHECK(line.piece() > 4096);
}

TEST_CASE("pieces are about a millisecond") {
  CHECK(SimulatedLine(921600, 0ns).piece() == 92);
  CHECK(SimulatedLine(9600, 0ns).piece() == 16);
  CHECK(SimulatedLine(115200, 0ns).piece() == 16);
}
