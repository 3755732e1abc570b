// SPDX-License-Identifier: BSD-3-Clause
// What the runtime logs of a session.
#include "onnxruntime/session_log.h"

#include <algorithm>
#include <utility>

#include "common/utf8.h"

namespace air::ort {

namespace {

// A run that fails in a loop must not fill the memory.
constexpr size_t kMostLines = 16;

}  // namespace

void SessionLog::write(void *log, OrtLoggingLevel, const char *, const char *, const char *,
                       const char *message) noexcept try {
  if (message != nullptr) static_cast<SessionLog *>(log)->add(message);
} catch (...) {
  // A line is lost: the call that failed is told anyway.
}

void SessionLog::add(const char *message) {
  std::string line = runtime_line(message);
  const std::lock_guard lock(mutex_);
  if (lines_.size() < kMostLines && std::find(lines_.begin(), lines_.end(), line) == lines_.end()) {
    lines_.push_back(std::move(line));
  }
}

std::vector<std::string> SessionLog::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lines_, {});
}

std::string runtime_line(const char *text) {
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  return printable(line);
}

}  // namespace air::ort
