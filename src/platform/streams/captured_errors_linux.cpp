// SPDX-License-Identifier: BSD-3-Clause
// What code of others writes to standard error, read in its stead.
#include "platform/streams/captured_errors.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

#include "platform/files/file_handle.h"

namespace air {
namespace {

constexpr size_t kLongest = 16'384;

std::string read_all(int file) {
  std::string text(kLongest, '\0');
  const ssize_t n = pread(file, text.data(), text.size(), 0);
  text.resize(n < 0 ? 0 : static_cast<size_t>(n));
  return text;
}

}  // namespace

// A thread with a table of files of its own: the rest of the process keeps its standard error.
std::string standard_error_of(const std::function<void()> &work) {
  std::string text;
  std::thread([&]() noexcept {
    if (unshare(CLONE_FILES) != 0) return;
    const FileHandle file(memfd_create("airunner", MFD_CLOEXEC));
    if (!file.is_open() || dup2(file.get(), STDERR_FILENO) < 0) return;
    try {
      work();
      text = read_all(file.get());
    } catch (...) {  // a reason less: the model is refused all the same
    }
  }).join();
  return text;
}

}  // namespace air
