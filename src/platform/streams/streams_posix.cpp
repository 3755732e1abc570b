// SPDX-License-Identifier: BSD-3-Clause
// Standard output and standard error of a program.
#include "platform/streams/streams.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace air {
namespace {

std::atomic<int> first_error = 0;
constexpr size_t kMostAtOnce = size_t{1} << 30;  // macOS refuses 2 GiB

// The other side of a stream may have made it one that does not wait.
void wait_until_writable(int fd) noexcept {
  pollfd wanted = {fd, POLLOUT, 0};
  poll(&wanted, 1, -1);
}

}  // namespace

void keep_streams() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Opened for the other direction: each use is an error, as with a closed one. The lowest free number is given out.
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t n_written = write(fd, bytes.data(), std::min(bytes.size(), kMostAtOnce));
    if (n_written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n_written));
    } else if (errno == EAGAIN) {
      wait_until_writable(fd);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void print_result(std::string_view text) noexcept {
  if (first_error == 0) first_error = write_all(STDOUT_FILENO, text);
}

int result_error() noexcept {
  return first_error;
}

void print_note(std::string_view text) noexcept {
  write_all(STDERR_FILENO, text);
}

void print_last_words(std::string_view text) noexcept {
  [[maybe_unused]] const ssize_t n_written = write(STDERR_FILENO, text.data(), text.size());
}

void lead_notes_to_output() noexcept {
  dup2(STDOUT_FILENO, STDERR_FILENO);
}

void drop_notes() noexcept {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

}  // namespace air
