// SPDX-License-Identifier: BSD-3-Clause
// Zeroed memory aligned to 64 bytes with guard bytes behind it.
#include "stlib/model/guarded_memory.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/error.h"

namespace air::stlib {
namespace {

constexpr uint64_t kSlack = 4096;  // behind the guard, so that a longer overrun is seen before it damages the heap

constexpr uint64_t kMostBytes = std::min<uint64_t>(uint64_t{1} << 38, SIZE_MAX / 2);

constexpr auto kGuard = [] {
  std::array<unsigned char, GuardedMemory::kGuardBytes> guard{};
  for (size_t i = 0; i < guard.size(); ++i) guard[i] = static_cast<unsigned char>(0xA5u ^ (i * 29u));
  return guard;
}();

}  // namespace

GuardedMemory::GuardedMemory(std::string name, uint64_t size) : name_(std::move(name)), size_(size) {
  // calloc and not memset: a large block costs memory only where it is used.
  if (size <= kMostBytes) block_.reset(std::calloc(1, size + kAlignment + kGuardBytes + kSlack));
  if (block_ == nullptr) fail(AIR_ERROR_NO_MEMORY, "{}: {} bytes cannot be allocated", name_, size);
  const auto address = reinterpret_cast<uintptr_t>(block_.get());
  data_ = reinterpret_cast<std::byte *>((address + kAlignment - 1) / kAlignment * kAlignment);
  std::memcpy(data_ + size_, kGuard.data(), kGuard.size());
}

bool GuardedMemory::contains(const void *address) const noexcept {
  const auto at = reinterpret_cast<uintptr_t>(address);
  const auto begin = reinterpret_cast<uintptr_t>(data_);
  return at >= begin && at < begin + size_;
}

bool GuardedMemory::intact() const noexcept {
  return std::memcmp(data_ + size_, kGuard.data(), kGuard.size()) == 0;
}

void GuardedMemory::clear() noexcept {
  std::memset(data_, 0, size_);
}

}  // namespace air::stlib
