// SPDX-License-Identifier: BSD-3-Clause
// Holders of the values of the public ABI: models, results, errors.
#pragma once

#include <utility>

#include "airunner.h"

namespace air {

// Releases what it holds. What a function gives out is adopted: `Result result; air_invoke(..., result.out());`
template <class T, const T *(*retain)(const T *), void (*release)(const T *)>
class Held {
 public:
  Held() = default;
  explicit Held(const T *adopted) noexcept : value_(adopted) {}
  Held(const Held &other) noexcept : value_(retain(other.value_)) {}
  Held(Held &&other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Held &operator=(Held other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Held() { release(value_); }

  static Held shared(const T *value) noexcept { return Held(retain(value)); }

  const T *get() const noexcept { return value_; }
  const T &operator*() const noexcept { return *value_; }
  const T *operator->() const noexcept { return value_; }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  // For a function that gives one out.
  const T **out() noexcept {
    release(std::exchange(value_, nullptr));
    return &value_;
  }

 private:
  const T *value_ = nullptr;
};

using HeldModel = Held<air_model, air_retain_model, air_release_model>;
using HeldResult = Held<air_result, air_retain_result, air_release_result>;
using HeldError = Held<air_error, air_retain_error, air_release_error>;

}  // namespace air
