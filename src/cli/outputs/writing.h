// SPDX-License-Identifier: BSD-3-Clause
// Several files written one after the other, and told.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "cli/running/failure.h"
#include "common/utf8.h"
#include "platform/streams/streams.h"

namespace air::cli {

inline void tell_written(const std::string &path) {
  print_note(fmt::format("airunner: wrote {}\n", printable(path)));
}

// One that cannot be written keeps none of the others from it.
class Writing {
 public:
  template <class Write>
  void attempt(Write write) {
    try {
      write();
    } catch (const Failure &failure) {
      if (!failure_) failure_ = failure;
    } catch (const Error &error) {
      if (!failure_) failure_ = own_failure(error, kFailed);
    }
  }
  template <class Write>
  void attempt(const std::string &path, Write write) {
    attempt([&] {
      write();
      tell_written(path);
    });
  }
  const std::optional<Failure> &failure() const { return failure_; }  // of the first that could not

  void finish() const {
    if (failure_) throw *failure_;
  }

 private:
  std::optional<Failure> failure_;
};

}  // namespace air::cli
