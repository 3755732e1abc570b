// SPDX-License-Identifier: BSD-3-Clause
// Work on many tensors, of which none waits for another.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/threads/threads.h"
#include "report/boundary.h"

namespace air {

// Calls work(i) for each i below `n`, on as many threads as there are processors, and returns when all have ended. What one of them throws ends the
// others soon and is thrown. `n_values`: of all together; few are not worth a thread, and of very many the copies that each thread makes would take too
// much memory.
template <class Work>
void in_parallel(size_t n, uint64_t n_values, const Work &work) {
  constexpr uint64_t kWorthIt = uint64_t{1} << 20, kTooMany = uint64_t{1} << 28;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto take = [&]() noexcept {
    try {
      for (size_t i = next++; i < n; i = next++) work(i);
    } catch (...) {
      next = n;
      const std::lock_guard lock(mutex);
      failure = report::current_failure();
    }
  };
  {
    const size_t n_threads = n_values < kWorthIt || n_values > kTooMany
                                 ? 1
                                 : std::min<size_t>(n, std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::jthread> helpers;
    try {
      without_signals([&] {
        for (size_t i = 1; i < n_threads; ++i) helpers.emplace_back(take);
      });
    } catch (...) {  // no more threads: those that are there do it
    }
    take();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace air
