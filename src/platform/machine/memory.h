// SPDX-License-Identifier: BSD-3-Clause
// Memory for the values of tensors, and back to the system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace air {

struct FreeAligned {
  std::align_val_t alignment;
  void operator()(std::byte *bytes) const noexcept { ::operator delete[](bytes, alignment); }
};
using AlignedBytes = std::unique_ptr<std::byte[], FreeAligned>;

// Not cleared, and at a multiple of 64, so that runtimes take it as it is. Much of it lies in huge pages where the system has some: fewer and larger pages are
// faster to get and to write, 400 MB of node data then take half the time. Windows has them for privileged programs only.
AlignedBytes make_aligned_bytes(uint64_t size);

// What was freed in small pieces and is kept for later ones goes back to the system, as far as it can.
void return_free_memory() noexcept;

// For a program that frees and takes gigabytes in turns: every large block goes back to the system by itself when it is freed. Else allocators learn from
// what was freed to keep such blocks, and what is left between those that are kept serves nobody. Each block then costs its pages anew. Windows does so of itself.
void return_large_blocks() noexcept;

}  // namespace air
