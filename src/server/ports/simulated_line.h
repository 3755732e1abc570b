// SPDX-License-Identifier: BSD-3-Clause
// A simulated serial line: tells when bytes have crossed it. Arithmetic only; the channel does the waiting.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace air::server {

// A byte takes ten bits. Whatever the target sends first after bytes of the host comes one turn-around later: a sync byte, or the first
// packet of a reply. Being late (the scheduler's delay) is made up for and never added to the time of the line.
class SimulatedLine {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  SimulatedLine(uint32_t baud, Duration turnaround) : baud_(baud), turnaround_(turnaround) {}

  // Bytes of the host were read at `now`: when the last of them has crossed.
  Time from_host(size_t bytes, Time now);
  // Bytes of the target are ready at `now`: when the last of them has crossed.
  Time to_host(size_t bytes, Time now);
  // What was due at the time given last was handed over at `now`.
  void delivered(Time now);

  // Bytes that cross in about a millisecond: what to hand over at a time.
  size_t piece() const;

 private:
  Time cross(size_t bytes, Time start);

  uint32_t baud_;  // 0: bytes take no time
  Duration turnaround_;
  Time due_{};
  Duration lateness_{};
  bool host_was_sending_ = false;
};

}  // namespace air::server
