// SPDX-License-Identifier: BSD-3-Clause
// What happens once and stays so, for who waits for bytes too.
#pragma once

#include "platform/files/file_handle.h"

namespace air {

class Event {
 public:
  Event();  // throws std::system_error

  void set() const noexcept;
  int descriptor() const noexcept { return file_.get(); }  // readable from then on

 private:
  FileHandle file_;
};

}  // namespace air
