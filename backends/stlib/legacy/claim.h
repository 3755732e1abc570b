// SPDX-License-Identifier: BSD-3-Clause
// Who uses a model of a legacy library: of each it has one instance, which it gives to whoever asks for one.
#pragma once

#include "stlib/abi/legacy.h"

namespace air::stlib {

class Claim {
 public:
  Claim() = default;
  ~Claim() { drop(); }
  Claim(const Claim &) = delete;
  Claim &operator=(const Claim &) = delete;

  // False where another one has the model, by its function.
  bool take(ai_create_fn *model) noexcept;
  void drop() noexcept;

 private:
  ai_create_fn *model_ = nullptr;
  Claim *next_ = nullptr;
};

}  // namespace air::stlib
