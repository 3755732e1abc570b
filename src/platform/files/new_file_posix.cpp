// SPDX-License-Identifier: BSD-3-Clause
// A file that appears whole or not at all.
#include "platform/files/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <random>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "common/error.h"
#include "platform/files/file_handle.h"
#include "platform/files/open_file.h"
#include "platform/streams/streams.h"

namespace air {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 40;
constexpr mode_t kPermissions = 07777;
constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::seconds kReaderLimit{10};

[[noreturn]] void refuse_because(const std::string &path, int error, const std::string &why) {
  if (error == ENOMEM) throw std::bad_alloc();
  throw Error(AIR_ERROR_IO, fmt::format("{}: cannot be written: {}", path, why), error);
}

[[noreturn]] void refuse(const std::string &path, int error, const std::string &more = "") {
  refuse_because(path, error, std::generic_category().message(error) + more);
}

std::string kept_text(const fs::path &written) {
  return fmt::format("; what it should hold is in {}", written.string());
}

bool is_same(const struct stat &a, const struct stat &b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Standard output or standard error under another name: written through what is open already, in the order of all that goes there.
int own_stream(const struct stat &wanted) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat open_file {};
    const bool writable = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;  // keep_streams() opens some that are not
    if (writable && fstat(fd, &open_file) == 0 && is_same(open_file, wanted)) return fcntl(fd, F_DUPFD_CLOEXEC, 0);
  }
  return -1;
}

// A pipe opens when somebody reads it, for which there is a limit. What another descriptor has open as a file is added to.
int open_for_writing(const std::string &path) {
  const auto end = std::chrono::steady_clock::now() + kReaderLimit;
  for (;;) {
    const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 || errno != ENXIO || std::chrono::steady_clock::now() >= end) return fd;
    std::this_thread::sleep_for(kPause);
  }
}

bool reaches_disk(int fd) {
#if defined(F_FULLFSYNC)  // macOS, whose fsync() leaves it in the drive's cache
  if (fcntl(fd, F_FULLFSYNC) == 0) return true;
#endif
  return fsync(fd) == 0;
}

}  // namespace

fs::path file_behind(const std::string &path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return "";
  std::error_code error;
  fs::path place = path;
  for (int n = 0; n < kMostLinks; ++n) {
    const fs::path parent = place.has_parent_path() ? place.parent_path() : ".";
    const fs::path folder = fs::canonical(parent, error);
    if (error == std::errc::no_such_file_or_directory) {
      refuse_because(path, error.value(), fmt::format("there is no folder {}", parent.string()));
    }
    if (error) refuse(path, error.value());
    if (folder == "/dev/fd" || folder.string().starts_with("/proc/")) return "";
    place = folder / place.filename();
    if (!fs::is_symlink(fs::symlink_status(place, error))) return place;
    place = folder / fs::read_symlink(place, error);
    if (error) refuse(path, error.value());
  }
  refuse(path, ELOOP);
}

bool would_be_one_file(const fs::path &a, const fs::path &b) {
  const int fd = open(a.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  struct stat status {};
  const bool one = lstat(b.c_str(), &status) == 0;
  unlink(a.c_str());
  return one;
}

bool is_written_in_place(const fs::path &file) {
  const fs::path around = file.parent_path();
  struct stat status {};
  struct stat folder {};
  if (stat(file.c_str(), &status) != 0 || stat(around.c_str(), &folder) != 0 || access(file.c_str(), W_OK) != 0) {
    return false;
  }
  return access(around.c_str(), W_OK) != 0 && (errno == EROFS || status.st_dev != folder.st_dev);
}

NewFile::NewFile(const std::string &path, fs::path place) : path_(path), place_(std::move(place)) {}

NewFile::NewFile(const std::string &path) : NewFile(path, file_behind(path)) {
  place_.empty() ? open_straight() : open_beside();
}

NewFile::~NewFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void NewFile::check(bool done) const {
  if (!done) refuse(path_, errno);
}

void NewFile::open_straight() {
  struct stat status {};
  check(stat(path_.c_str(), &status) == 0);
  fd_ = own_stream(status);
  if (fd_ < 0) fd_ = open_for_writing(path_);
  if (fd_ < 0 && errno == ENXIO) refuse(path_, errno, ": nobody reads this pipe");
  check(fd_ >= 0);
}

void NewFile::open_beside() {
  struct stat old {};
  const bool exists = stat(place_.c_str(), &old) == 0;
  check(exists || errno == ENOENT);                     // too long a name would show when all has been written
  check(!exists || access(place_.c_str(), W_OK) == 0);  // who may not write it may not replace it
  if (is_written_in_place(place_)) {
    fd_ = open(place_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    return check(fd_ >= 0);
  }
  std::random_device random;
  do {
    const fs::path name = place_.parent_path() / fmt::format("airunner-{:08x}.tmp", random());
    fd_ = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ >= 0) temporary_ = name;
  } while (fd_ < 0 && errno == EEXIST);
  check(fd_ >= 0);
  if (!exists) return;
  const bool owned = fchown(fd_, old.st_uid, old.st_gid) == 0;
  // Bits of another owner or group would mean something else.
  check(fchmod(fd_, static_cast<mode_t>(old.st_mode & (owned ? kPermissions : mode_t{0777}))) == 0);
}

void NewFile::write(std::string_view bytes) {
  errno = write_all(fd_, bytes);
  check(errno == 0);
}

// A file that was bound to its place, as into a container, keeps it.
void NewFile::copy_from(const fs::path &written) try {
  const std::string where = kept_text(written);
  const OpenFile source(written);
  if (source.error()) refuse(path_, source.error().value(), where);
  const FileHandle target(open(place_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!target.is_open()) refuse(path_, errno, where);
  std::array<char, 1U << 16U> piece;
  uint64_t at = 0;
  for (size_t n = 1; n > 0; at += n) {
    n = source.read(at, std::as_writable_bytes(std::span(piece)));
    if (const int error = write_all(target.get(), {piece.data(), n}); error != 0) refuse(path_, error, where);
  }
  if (!reaches_disk(target.get()) && errno != EINVAL) refuse(path_, errno, where);
  unlink(written.c_str());
} catch (const std::system_error &error) {  // of reading it
  refuse(path_, error.code().value(), kept_text(written));
}

void NewFile::commit() {
  check(temporary_.empty() || reaches_disk(fd_) || errno == EINVAL);  // some file systems have none
  const int fd = std::exchange(fd_, -1);
  check(close(fd) == 0);
  if (temporary_.empty()) return;
  const fs::path written = std::exchange(temporary_, "");  // kept if it cannot get its name: it took work to make
  if (rename(written.c_str(), place_.c_str()) == 0) return;
  const int error = errno;
  if (error == EBUSY) {
    copy_from(written);
  } else {
    refuse(path_, error, kept_text(written));
  }
}

void write_file(const std::string &path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace air
