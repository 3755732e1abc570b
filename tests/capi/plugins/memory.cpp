// SPDX-License-Identifier: BSD-3-Clause
// A backend that offers memory for its first input, and none for its second. What it runs gives out the address of each input. The rest of the
// descriptor says what is wrong with the memory: "null", "unaligned", "fails".
#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "airunner_backend.hpp"

namespace {

using air::backend::Error;

constexpr const char *kSchemes[] = {"memory", nullptr};
constexpr size_t kElements = 4;
constexpr size_t kAlignment = 64;

std::atomic<int> g_n_blocks;  // that are not released yet

class Memory {
 public:
  static constexpr air::backend::Facts facts = {
      .name = "memory", .version = "0", .description = "memory of its own", .schemes = kSchemes};

  explicit Memory(const air::backend::Request &request) : how_(request.rest()) {}

  const std::vector<air::backend::Model> &models() const noexcept { return models_; }

  void run(uint32_t, air::backend::Run &run) const {
    auto *to = static_cast<std::byte *>(run.output(0));
    for (size_t sample = 0; sample < run.n_samples(); ++sample) {
      std::array<uint64_t, 2> addresses{};
      for (size_t i = 0; i < 2; ++i) {
        addresses[i] = reinterpret_cast<uintptr_t>(static_cast<const float *>(run.input(i)) + sample * kElements);
      }
      std::memcpy(to + sample * sizeof(addresses), addresses.data(), sizeof(addresses));
    }
    run.measured(1000);
  }

  // Its blocks begin behind the beginning of what was allocated.
  void *make_memory(uint32_t, uint32_t input, uint64_t size) const {
    if (input == 1) throw Error(AIR_ERROR_UNSUPPORTED, "none for this one");
    if (how_ == "fails") throw Error(AIR_ERROR_IO, "the memory is locked", 5);
    if (how_ == "null") return nullptr;
    auto *block = static_cast<std::byte *>(::operator new (kAlignment + size, std::align_val_t{kAlignment}));
    std::byte *begin = block + (how_ == "unaligned" ? 8 : kAlignment);
    std::memset(begin, 0, size);
    ++g_n_blocks;
    return begin;
  }
  static void free_memory(void *data) noexcept {
    const bool is_aligned = reinterpret_cast<uintptr_t>(data) % kAlignment == 0;
    ::operator delete (static_cast<std::byte *>(data) - (is_aligned ? kAlignment : 8), std::align_val_t{kAlignment});
    --g_n_blocks;
  }

 private:
  std::string how_;
  std::vector<air::backend::Model> models_ = {
      {.name = "memory",
       .inputs = {{.name = "mine", .shape = {kElements}}, {.name = "yours", .shape = {kElements}}},
       .outputs = {{.dtype = AIR_DTYPE_UINT64, .shape = {2}}},
       .native_batch = 16}};
};

}  // namespace

extern "C" AIR_BACKEND_EXPORT int count_blocks();
int count_blocks() {
  return g_n_blocks;
}

AIR_BACKEND(Memory)
