// SPDX-License-Identifier: BSD-3-Clause
// A model is code of others in this process: when it brings the server down, the last line says which one it was.
#pragma once

namespace air::server {

// From now on, a crash or an exit() of a model is told; `advice` follows it.
void tell_crashes(const char *advice);

// While it lives, what happens is the doing of this model. The text must live as long.
class InModel {
 public:
  explicit InModel(const char *name) noexcept;
  ~InModel();
  InModel(const InModel &) = delete;
  InModel &operator=(const InModel &) = delete;
};

}  // namespace air::server
