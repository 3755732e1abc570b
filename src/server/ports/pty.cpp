// SPDX-License-Identifier: BSD-3-Clause
// Clients that open a pseudo-terminal, as if it were a serial port.
#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "common/descriptor_text.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/ports/pseudo_terminal.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDefaultBaud = 115200;

// A link to the pseudo-terminal under a name of the user's. A link that leads nowhere is left over from a server that was killed; so is one that
// leads to this terminal, as its number is given out again.
class Link {
 public:
  Link(const std::string &path, const std::string &target) : path_(path_of(path)), target_(path_of(target)) {
    if (path_.empty()) return;
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(path_)) &&
        (!fs::exists(path_) || fs::read_symlink(path_, error) == target_)) {
      fs::remove(path_, error);
    }
    fs::create_symlink(target_, path_, error);
    if (error == std::errc::file_exists) throw std::runtime_error(fmt::format("--listen pty:{}: {}", path, taken()));
    if (error) throw std::runtime_error(fmt::format("--listen pty:{}: {}", path, error.message()));
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
                       text_of(fs::read_symlink(path_, ignored)));
  }

  const fs::path path_, target_;
};

PseudoTerminal open_terminal(bool is_held) try {
  return PseudoTerminal(is_held);
} catch (const std::system_error &error) {
  throw std::runtime_error(fmt::format("--listen pty: {}", error.what()));
}

class PtyPort : public Port {
 public:
  PtyPort(const std::string &link, const PortOptions &options)
      : terminal_(open_terminal(options.ignores_leave)),
        link_(link, terminal_.path()),
        descriptor_(canonical_descriptor(
            "serial", fmt::format("{}:{}", link.empty() ? terminal_.path() : text_of(absolute_path(path_of(link))),
                                  options.baud == 0 ? kDefaultBaud : options.baud))) {}

  std::string descriptor() const override { return descriptor_; }
  int event_fd() override { return terminal_.events(); }
  std::string client() const override { return terminal_.path(); }
  int accept() override { return terminal_.take_user() ? terminal_.descriptor() : -1; }
  bool client_has_left() override { return terminal_.user_has_left(); }
  void refuse_another() override {}  // the system lets several programs open a terminal
  bool hang_up() override { return false; }

 private:
  PseudoTerminal terminal_;
  Link link_;
  std::string descriptor_;
};

}  // namespace

std::unique_ptr<Port> open_pty_port(const std::string &link, const PortOptions &options) {
  return std::make_unique<PtyPort>(link, options);
}

}  // namespace air::server
