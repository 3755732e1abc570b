// SPDX-License-Identifier: BSD-3-Clause
// Clients that open a pseudo-terminal, as if it were a serial port.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/descriptor_text.h"
#include "platform/file_handle.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDefaultBaud = 115200;

[[noreturn]] void fail(std::string_view step) {
  throw std::runtime_error(fmt::format("--listen pty: {}: {}", step, std::generic_category().message(errno)));
}

// A link to the pseudo-terminal under a name of the user's. A link that leads nowhere is left over from a server that was killed; so is one that
// leads to this terminal, as its number is given out again.
class Link {
 public:
  Link(const std::string &path, const std::string &target) : path_(path) {
    if (path_.empty()) return;
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(path_)) && (!fs::exists(path_) || fs::read_symlink(path_, error) == target)) {
      fs::remove(path_, error);
    }
    fs::create_symlink(target, path_, error);
    if (error == std::errc::file_exists) throw std::runtime_error(fmt::format("--listen pty:{}: {}", path_, taken()));
    if (error) throw std::runtime_error(fmt::format("--listen pty:{}: {}", path_, error.message()));
    target_ = target;
  }
  ~Link() {
    std::error_code ignored;
    // Another server may have the name by now.
    if (!path_.empty() && fs::read_symlink(path_, ignored) == target_) fs::remove(path_, ignored);
  }
  Link(const Link &) = delete;
  Link &operator=(const Link &) = delete;

 private:
  std::string taken() const {
    if (!fs::is_symlink(fs::symlink_status(path_))) return "there is something else of this name: give another one";
    std::error_code ignored;
    return fmt::format("it leads to {}, a terminal in use, as of another server: end that, or give another name",
                       fs::read_symlink(path_, ignored).string());
  }

  std::string path_;
  fs::path target_;
};

std::string other_side(int master) {
  if (grantpt(master) != 0 || unlockpt(master) != 0) fail("unlocking");
  char name[64];
  if (ptsname_r(master, name, sizeof(name)) != 0) fail("asking for the name");
  return name;
}

// Opens the client's side and has it pass bytes as they are, without echo; the setting outlives the descriptor.
FileHandle open_raw(const std::string &path) {
  FileHandle slave(open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (!slave.is_open() || tcgetattr(slave.get(), &settings) != 0) fail(path);
  cfmakeraw(&settings);
  if (tcsetattr(slave.get(), TCSANOW, &settings) != 0) fail(path);
  return slave;
}

class PtyPort : public Port {
 public:
  PtyPort(const std::string &link, const PortOptions &options)
      : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)),
        events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
        path_(other_side(master_.get())),
        held_(open_raw(path_)),
        link_(link, path_),
        descriptor_(canonical_descriptor(
            "serial", fmt::format("{}:{}", link.empty() ? path_ : fs::absolute(link).lexically_normal().string(),
                                  options.baud == 0 ? kDefaultBaud : options.baud))) {
    if (events_.get() < 0 || inotify_add_watch(events_.get(), path_.c_str(), IN_OPEN | IN_CLOSE) < 0) fail("watching");
    if (!options.ignores_leave) held_ = FileHandle();
  }

  std::string descriptor() const override { return descriptor_; }
  int event_fd() override { return held_.is_open() ? -1 : events_.get(); }
  std::string client() const override { return path_; }

  // A master whose other side is open nowhere says that it is hung up: then what the last client wrote is dropped. When the next one
  // came too fast for that, its own bytes go too: clients write nothing before they have listened for a while. What the last client
  // has not read is never for the next one.
  int accept() override {
    if (held_.is_open()) return master_.get();
    follow_users();
    if (n_users_ > 0) {
      tcflush(master_.get(), was_empty_ ? TCOFLUSH : TCIOFLUSH);
      was_empty_ = false;
      return master_.get();
    }
    char dropped[4096];
    while (read(master_.get(), dropped, sizeof(dropped)) > 0) continue;
    was_empty_ = true;
    return -1;
  }

  // Somebody else may open the terminal for a moment, to look whether it is in use: the client has left when nobody has it open any more, or
  // nobody had before the last one came.
  bool client_has_left() override {
    const bool has_been_left = follow_users();
    return has_been_left || n_users_ == 0;
  }
  void refuse_another() override {}  // the system lets several programs open a terminal
  bool hang_up() override { return false; }

 private:
  // Nobody has the other side open.
  bool is_hung_up() const {
    pollfd state = {master_.get(), 0, 0};
    return poll(&state, 1, 0) < 0 || (state.revents & POLLHUP) != 0;
  }

  // Follows who comes and goes; returns whether somebody came when nobody was there.
  bool read_events() {
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
  bool follow_users() {
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

  FileHandle master_;
  FileHandle events_;
  std::string path_;
  FileHandle held_;  // keeps the terminal from telling that nobody has it open
  Link link_;
  std::string descriptor_;
  int n_users_ = 0;
  bool was_empty_ = true;  // nobody had the terminal open before this client
};

}  // namespace

std::unique_ptr<Port> open_pty_port(const std::string &link, const PortOptions &options) {
  return std::make_unique<PtyPort>(link, options);
}

}  // namespace air::server
