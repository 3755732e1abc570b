// SPDX-License-Identifier: BSD-3-Clause
// What the runtime logs of a session: it tells there what the error of a call leaves out.
#pragma once

#include <onnxruntime_c_api.h>

#include <mutex>
#include <string>
#include <vector>

namespace air::ort {

class SessionLog {
 public:
  // For the runtime; from any of its threads.
  static void write(void *log, OrtLoggingLevel severity, const char *category, const char *id, const char *place,
                    const char *message) noexcept;

  // The lines since the last call, each once.
  std::vector<std::string> take();

 private:
  void add(const char *message);

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

// Text of the runtime, which quotes names of the model, as one line.
std::string runtime_line(const char *text);

}  // namespace air::ort
