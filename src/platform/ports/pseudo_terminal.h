// SPDX-License-Identifier: BSD-3-Clause
// A pseudo-terminal that passes bytes as they are: a program on its other side takes it for a serial port.
#pragma once

#include <string>

#include "platform/files/file_handle.h"

namespace air {

class PseudoTerminal {
 public:
  // Where it is held, the other side does not tell that nobody has it open, as a wire does not. Throws std::system_error,
  // on Windows always: it has none. On macOS it is always held: nothing tells there who has it open.
  explicit PseudoTerminal(bool is_held);

  const std::string &path() const noexcept { return path_; }  // of the other side
  int descriptor() const noexcept { return master_.get(); }   // of this side; does not block
  int events() const noexcept {
    return is_held() ? -1 : events_.get();
  }  // readable when somebody opens or closes the other side; -1: never

  // Whether somebody has the other side open. What one user has left unread is never for the next one, nor what he wrote for who
  // serves that one.
  bool take_user();
  // Whether that user has gone, even if another one has come in his place.
  bool user_has_left();

 private:
  bool is_held() const noexcept { return held_.is_open(); }
  bool is_hung_up() const;
  bool read_events();
  bool follow_users();

  FileHandle master_;
  FileHandle events_;
  std::string path_;
  FileHandle held_;  // keeps the terminal from telling that nobody has it open
  int n_users_ = 0;
  bool was_empty_ = true;  // nobody had the terminal open before this user
};

}  // namespace air
