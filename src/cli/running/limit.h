// SPDX-License-Identifier: BSD-3-Clause
// Keeps a time limit that the backend does not: one that blocks can only be ended with the command.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

namespace air::cli {

// When it still lives a grace of 5 s after the limit, the command ends with exit code 124. `what` is being done, for people.
class Limit {
 public:
  Limit(const std::string &what, uint32_t timeout_ms);  // 0: none

 private:
  std::jthread thread_;
};

}  // namespace air::cli
