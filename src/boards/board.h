// SPDX-License-Identifier: BSD-3-Clause
// An emulated board that runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "boards/machines.h"
#include "platform/processes/child_program.h"

namespace air::boards {

// QEMU with an image. It ends with this object and with this process. Its time is that of its instructions, so that cycles do not depend on this
// machine.
class Board {
 public:
  // Its serial line is a TCP port of this machine, which can be connected to now. `check` is called all along, and throws to break it off.
  // Throws AIR_ERROR_NOT_FOUND where there is no QEMU, AIR_ERROR_NO_DEVICE where it does not start.
  Board(const Image &image, const std::function<void()> &check);

  uint16_t port() const noexcept { return port_; }
  bool has_ended() const noexcept { return program_->has_ended(); }
  // That QEMU has ended, and why, or what it has said that it was not asked for; "" for nothing.
  std::string complaint() const;

 private:
  std::unique_ptr<ChildProgram> program_;
  uint16_t port_;
};

}  // namespace air::boards
