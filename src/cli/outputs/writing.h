// SPDX-License-Identifier: BSD-3-Clause
// Several files written one after the other.
#pragma once

#include <optional>

#include "cli/running/failure.h"

namespace air::cli {

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
  const std::optional<Failure> &failure() const { return failure_; }  // of the first that could not

  void finish() const {
    if (failure_) throw *failure_;
  }

 private:
  std::optional<Failure> failure_;
};

}  // namespace air::cli
