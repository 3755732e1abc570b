// SPDX-License-Identifier: BSD-3-Clause
// Who asks a program from outside to end: Ctrl-C, the system, a terminal that goes away; unless the program was started so that it is not
// reached by that.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace air {

constexpr int kKilledBySignal = 128;  // added to a signal's number: the exit code of who was ended by it

// From now on it ends nothing by itself, in this thread and those that it begins: it is waited for.
void hold_ending_signals() noexcept;

// Whether one comes within this time.
bool ending_signal_within(std::chrono::milliseconds limit) noexcept;

// Waits for them in a thread of its own, so that they interrupt nothing, and calls `asked` there with the number of each. To be made before any
// other thread begins. A broken pipe does not end this thread either, nor those that it begins: it is an error of who writes.
class EndingWatch {
 public:
  explicit EndingWatch(std::function<void(int number)> asked);
  ~EndingWatch();
  EndingWatch(const EndingWatch &) = delete;
  EndingWatch &operator=(const EndingWatch &) = delete;

 private:
  void wait() const;

  std::function<void(int number)> asked_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace air
