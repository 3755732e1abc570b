// SPDX-License-Identifier: BSD-3-Clause
// What one thread waits for and anybody sends, also a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace air {

// Is never taken apart: it may be used until the process has ended.
class WakeUp {
 public:
  WakeUp() noexcept;
  WakeUp(const WakeUp &) = delete;
  WakeUp &operator=(const WakeUp &) = delete;

  // Signal-safe. Each ends one wait, also a later one.
  void wake() noexcept;
  void wait() noexcept;
  // Until a time of the steady clock at most.
  void wait_until(uint64_t ns) noexcept;

 private:
  alignas(std::max_align_t) std::byte memory_[32];  // of the system's own object
};

}  // namespace air
