// SPDX-License-Identifier: BSD-3-Clause
// A pseudo-terminal that passes bytes as they are; inotify tells who comes and goes.
#include "platform/ports/pseudo_terminal.h"

#include <poll.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>

#include "platform/ports/raw_terminal_posix.h"

namespace air {

PseudoTerminal::PseudoTerminal(bool is_held)
    : master_(open_master()),
      events_(opened(inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "watching")),
      path_(other_side(master_)),
      held_(open_raw(path_)) {
  if (inotify_add_watch(events_.get(), path_.c_str(), IN_OPEN | IN_CLOSE) < 0) fail_terminal("watching");
  if (!is_held) held_ = FileHandle();
}

// A master whose other side is open nowhere says that it is hung up: then what the last client wrote is dropped. When the next one
// came too fast for that, its own bytes go too: clients write nothing before they have listened for a while. What the last client
// has not read is never for the next one.
bool PseudoTerminal::take_user() {
  if (is_held()) return true;
  follow_users();
  if (n_users_ > 0) {
    tcflush(master_.get(), was_empty_ ? TCOFLUSH : TCIOFLUSH);
    was_empty_ = false;
    return true;
  }
  char dropped[4096];
  while (read(master_.get(), dropped, sizeof(dropped)) > 0) continue;
  was_empty_ = true;
  return false;
}

// Somebody else may open the terminal for a moment, to look whether it is in use: the client has left when nobody has it open any more, or
// nobody had before the last one came.
bool PseudoTerminal::user_has_left() {
  const bool has_been_left = follow_users();
  return has_been_left || n_users_ == 0;
}

// Nobody has the other side open.
bool PseudoTerminal::is_hung_up() const {
  pollfd state = {master_.get(), 0, 0};
  return poll(&state, 1, 0) < 0 || (state.revents & POLLHUP) != 0;
}

// Follows who comes and goes; returns whether somebody came when nobody was there.
bool PseudoTerminal::read_events() {
  alignas(inotify_event) char buffer[4096];
  bool came_anew = false;
  for (ssize_t n = 0; (n = read(events_.get(), buffer, sizeof(buffer))) > 0;) {
    for (ssize_t at = 0; at < n;) {
      const auto *event = reinterpret_cast<const inotify_event *>(buffer + at);
      const bool opens = (event->mask & IN_OPEN) != 0;
      came_anew = came_anew || (opens && n_users_ == 0);
      n_users_ = opens ? n_users_ + 1 : std::max(n_users_, 1) - 1;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
  return came_anew;
}

// The same; somebody who is just opening the terminal is told of a moment later. Equal events in a row are told once, so that the count may be
// too small. Afterwards the count alone tells whether somebody is there: who opens the terminal from now on brings an event that is due.
bool PseudoTerminal::follow_users() {
  bool came_anew = read_events();
  const bool is_empty = is_hung_up();
  if (is_empty) n_users_ = 0;
  if (n_users_ > 0 || is_empty) return came_anew;
  constexpr int kMomentMs = 10;
  pollfd told = {events_.get(), POLLIN, 0};
  poll(&told, 1, kMomentMs);
  came_anew = read_events() || came_anew;
  n_users_ = is_hung_up() ? 0 : std::max(n_users_, 1);
  return came_anew;
}

}  // namespace air
