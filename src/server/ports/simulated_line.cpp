// SPDX-License-Identifier: BSD-3-Clause
// A simulated serial line: tells when bytes have crossed it.
#include "server/ports/simulated_line.h"

#include <algorithm>

namespace air::server {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kBitsPerByte = 10;
constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kPiecesPerSecond = 1000;
constexpr size_t kSmallestPiece = 16;
constexpr size_t kLargestPiece = 65536;
constexpr auto kMostLateness = 5ms;  // a machine that stood still longer has lost that time

}  // namespace

SimulatedLine::Time SimulatedLine::from_host(size_t bytes, Time now) {
  host_was_sending_ = true;
  return cross(bytes, now - lateness_);
}

SimulatedLine::Time SimulatedLine::to_host(size_t bytes, Time now) {
  Time start = std::max(now - lateness_, due_);
  if (host_was_sending_) start += turnaround_;
  host_was_sending_ = false;
  return cross(bytes, start);
}

void SimulatedLine::delivered(Time now) {
  lateness_ = std::clamp<Duration>(now - due_, 0ns, kMostLateness);
}

size_t SimulatedLine::piece() const {
  if (baud_ == 0) return kLargestPiece;
  return std::clamp<size_t>(baud_ / kBitsPerByte / kPiecesPerSecond, kSmallestPiece, kLargestPiece);
}

SimulatedLine::Time SimulatedLine::cross(size_t bytes, Time start) {
  const uint64_t ns = baud_ == 0 ? 0 : bytes * kBitsPerByte * kNsPerSecond / baud_;
  due_ = std::max(start, due_) + Duration(ns);
  return due_;
}

}  // namespace air::server
