// SPDX-License-Identifier: BSD-3-Clause
// A file opened for reading, and what the system knows of a file.
#include "platform/files/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

constexpr size_t kMostAtOnce = size_t{1} << 30;  // macOS refuses 2 GiB

std::error_code error_now() noexcept {
  return {errno, std::generic_category()};
}

FileFacts facts_in(const struct stat &status) noexcept {
  return {.id = {static_cast<uint64_t>(status.st_dev), status.st_ino},
          .size = static_cast<uint64_t>(status.st_size),
          .is_file = S_ISREG(status.st_mode),
          .is_folder = S_ISDIR(status.st_mode),
          .all_may_write = (status.st_mode & S_IWOTH) != 0,
          .owners_alone_replace = (status.st_mode & S_ISVTX) != 0,
          .owner_is_trusted = status.st_uid == 0 || status.st_uid == geteuid()};
}

std::optional<FileFacts> facts_of_stream(int fd) noexcept {
  struct stat status {};
  return fstat(fd, &status) == 0 ? std::optional(facts_in(status)) : std::nullopt;
}

std::error_code why_not(const std::filesystem::path &path, int access, int flags) noexcept {
  return faccessat(AT_FDCWD, path.c_str(), access, flags) == 0 ? std::error_code() : error_now();
}

}  // namespace

std::optional<FileFacts> facts_of(const std::filesystem::path &path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return facts_in(status);
  throw_if_no_memory(error_now());
  return std::nullopt;
}

std::optional<FileFacts> facts_of_output() noexcept {
  return facts_of_stream(STDOUT_FILENO);
}

std::optional<FileFacts> facts_of_errors() noexcept {
  return facts_of_stream(STDERR_FILENO);
}

std::error_code why_not_read(const std::filesystem::path &path) noexcept {
  return why_not(path, R_OK, AT_EACCESS);
}

std::error_code why_not_write(const std::filesystem::path &path) noexcept {
  return why_not(path, W_OK, 0);
}

std::error_code why_no_new_files(const std::filesystem::path &folder) noexcept {
  return why_not(folder, W_OK | X_OK, 0);
}

OpenFile::OpenFile(const std::filesystem::path &path)
    : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (!file_.is_open()) error_ = error_now();
  throw_if_no_memory(error_);
}

FileFacts OpenFile::facts() const {
  struct stat status {};
  if (error_) throw std::system_error(error_);
  if (fstat(file_.get(), &status) != 0) throw std::system_error(error_now());
  return facts_in(status);
}

size_t OpenFile::read(uint64_t position, std::span<std::byte> into) const {
  size_t done = 0;
  while (done < into.size()) {
    const size_t size = std::min(into.size() - done, kMostAtOnce);
    const ssize_t n = pread(file_.get(), into.data() + done, size, static_cast<off_t>(position + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(error_now());
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace air
