// SPDX-License-Identifier: BSD-3-Clause
// Files by which processes find one another: the system tells who holds the lock of a file.
#include "platform/processes/presence.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace air {
namespace {

struct flock whole_file() noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Presence::Presence(std::filesystem::path file) : file_(std::move(file)) {
  std::filesystem::create_directories(file_.parent_path());
  held_ = FileHandle(open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct flock lock = whole_file();
  if (!held_.is_open() || fcntl(held_.get(), F_SETLK, &lock) != 0) {
    throw std::system_error(errno, std::generic_category(), file_.string());
  }
}

Presence::~Presence() {
  unlink(file_.c_str());
}

int who_is_present(const std::filesystem::path &file) noexcept {
  const FileHandle opened(open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct flock lock = whole_file();
  const bool is_told = opened.is_open() && fcntl(opened.get(), F_GETLK, &lock) == 0;
  // Of another machine, on a drive of the network, it is a number below 0.
  return is_told && lock.l_type != F_UNLCK ? std::max(lock.l_pid, 0) : 0;
}

bool ask_to_end(int process) noexcept {
  return process > 0 && kill(process, SIGTERM) == 0;  // other numbers are groups of processes
}

}  // namespace air
