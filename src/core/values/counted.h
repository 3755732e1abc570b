// SPDX-License-Identifier: BSD-3-Clause
// Values of the ABI that count their holders.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace air {

// T derives from it and is made with one holder. What happens to one that nobody holds any more says T::let_go(const T *).
template <class T>
class Counted {
 public:
  static const T *retain(const T *value) noexcept {
    if (value != nullptr) holders_of(value).fetch_add(1, std::memory_order_relaxed);
    return value;
  }
  static void release(const T *value) noexcept {
    if (value == nullptr || holders_of(value).fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    T::let_go(value);
  }

  struct Release {
    void operator()(const T *value) const noexcept { release(value); }
  };

 protected:
  Counted() = default;
  ~Counted() = default;
  // One that nobody held is held again.
  void hold() const noexcept { holders_.store(1, std::memory_order_relaxed); }

 private:
  static std::atomic<uint32_t> &holders_of(const T *value) noexcept {
    return static_cast<const Counted &>(*value).holders_;
  }

  mutable std::atomic<uint32_t> holders_{1};
};

// One holder of a value.
template <class T>
using Holder = std::unique_ptr<const T, typename Counted<T>::Release>;

template <class T>
Holder<T> shared(const T &value) noexcept {
  return Holder<T>(Counted<T>::retain(&value));
}

}  // namespace air
