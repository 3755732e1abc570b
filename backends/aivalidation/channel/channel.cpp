// SPDX-License-Identifier: BSD-3-Clause
// An open byte channel to a target: timed reads and writes on its file descriptor.
#include "aivalidation/channel/channel.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "aivalidation/channel/baud.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kBreakMs = 250;

std::string system_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd >= 0) ::close(fd);
}

Channel::Channel(int fd, Kind kind, std::string name, const Interrupt &interrupt)
    : fd_(fd), kind_(kind), name_(std::move(name)), interrupt_(interrupt) {}

Channel::~Channel() {
  if (kind_ == Kind::kUart || kind_ == Kind::kUsb) {
    tcflush(fd_, TCOFLUSH);  // what nobody takes would hold up the closing
    release_exclusive(fd_);
  }
  ::close(fd_);
}

void Channel::lost(const std::string &why) const {
  fail(AIR_ERROR_LINK_LOST, "the connection to {} is lost ({})", name_, why);
}

// Returns false when the limit has passed. Whole slices are counted, so that a wait that ends at once needs no clock.
bool Channel::wait(short events, uint32_t limit_ms) const {
  for (uint32_t waited = 0;;) {
    const uint32_t slice = std::min(kSliceMs, limit_ms - waited);
    pollfd entry = {.fd = fd_, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(slice));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) lost(system_text(errno));
    interrupt_.check();
    waited += ready == 0 ? slice : 0;
    if (waited >= limit_ms) return false;
  }
}

size_t Channel::read(std::span<std::byte> into, uint32_t limit_ms) {
  interrupt_.check();  // a target that never pauses must not keep an interrupt from being seen
  // A socket waits for one slice by itself, and what is there has not to be asked for: of the calls into the system that a packet takes,
  // this is a third.
  const bool waits_itself = is_socket() && limit_ms > kSliceMs;
  if (!waits_itself && !wait(POLLIN, limit_ms)) return 0;
  do {
    const ssize_t n = ::read(fd_, into.data(), into.size());
    if (n > 0) return static_cast<size_t>(n);
    if (n == 0) lost("the other side closed it");
    if (errno == EIO) lost("the device is gone");
    if (errno != EAGAIN && errno != EINTR) lost(system_text(errno));
    interrupt_.check();
  } while (wait(POLLIN, waits_itself ? limit_ms - kSliceMs : limit_ms));
  return 0;
}

void Channel::write(std::span<const std::byte> bytes, uint32_t limit_ms) {
  while (!bytes.empty()) {
    const ssize_t n = is_socket() ? ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      if (!wait(POLLOUT, limit_ms)) {
        fail(AIR_ERROR_TIMEOUT, "{} took no bytes for {} ms: is flow control holding them back?", name_, limit_ms);
      }
    } else if (errno != EINTR) {
      lost(errno == EPIPE || errno == ECONNRESET ? "the other side closed it" : system_text(errno));
    }
  }
}

void Channel::send_break() {
  if (kind_ != Kind::kUart || ioctl(fd_, TIOCSBRK) != 0) return;
  const struct Ended {
    ~Ended() { ioctl(fd, TIOCCBRK); }
    int fd;
  } ended{fd_};
  wait(0, kBreakMs);
}

}  // namespace air::aivalidation
