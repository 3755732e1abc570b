// SPDX-License-Identifier: BSD-3-Clause
// A file that appears whole or not at all.
#include <windows.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <initializer_list>
#include <new>
#include <random>
#include <thread>
#include <utility>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/new_file.h"
#include "platform/files/system_handle_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::seconds kReaderLimit{10};
constexpr std::chrono::seconds kScannerLimit{2};

[[noreturn]] void refuse_because(const std::string &path, DWORD error, const std::string &why) {
  const int number = errno_of(error);
  if (number == ENOMEM) throw std::bad_alloc();
  throw Error(AIR_ERROR_IO, fmt::format("{}: cannot be written: {}", path, why), number);
}

[[noreturn]] void refuse(const std::string &path, DWORD error, const std::string &more = "") {
  refuse_because(path, error, system_error_text(error) + more);
}

// Also of a folder; closed by FileHandle.
FileHandle opened(const fs::path &path, DWORD rights, DWORD flags = 0) {
  return FileHandle(number_of(CreateFileW(long_path(path).c_str(), rights, kShareAll, nullptr, OPEN_EXISTING,
                                          FILE_FLAG_BACKUP_SEMANTICS | flags, nullptr)));
}

bool is_folder(const fs::path &path) {
  const DWORD attributes = GetFileAttributesW(long_path(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

// Where something that is open lies, without links; where the drive does not tell, `path` in full.
fs::path real_path(const FileHandle &file, const fs::path &path) {
  std::wstring text(MAX_PATH, L'\0');
  for (;;) {
    const DWORD n = GetFinalPathNameByHandleW(handle_of(file.get()), text.data(), static_cast<DWORD>(text.size()), 0);
    if (n == 0) return plain_path(long_path(path));
    const bool fits = n < text.size();
    text.resize(n);
    if (fits) return plain_path(text);
  }
}

// As long as it fails for a reason that may pass. Gives 0, or the error.
template <class Try>
DWORD tried_for(Clock::duration limit, std::initializer_list<DWORD> passing, Try done) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    const DWORD error = GetLastError();
    if (std::find(passing.begin(), passing.end(), error) == passing.end() || Clock::now() >= end) return error;
    std::this_thread::sleep_for(kPause);
  }
  return ERROR_SUCCESS;
}

// Who may change the file that is replaced, and its attributes, stay as they are, where the drive can do that.
bool rename_to(const fs::path &written, const fs::path &place) {
  const std::wstring from = long_path(written), to = long_path(place);
  return ReplaceFileW(to.c_str(), from.c_str(), nullptr, REPLACEFILE_IGNORE_MERGE_ERRORS, nullptr, nullptr) != 0 ||
         MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
}

}  // namespace

fs::path file_behind(const std::string &path) {
  const fs::path place = path_of(path);
  if (is_device(place) || is_folder(place)) return "";
  if (const FileHandle file = opened(place, FILE_READ_ATTRIBUTES); file.is_open()) return real_path(file, place);
  const DWORD error = GetLastError();
  if (error != ERROR_FILE_NOT_FOUND && error != ERROR_PATH_NOT_FOUND) refuse(path, error);
  if (opened(place, FILE_READ_ATTRIBUTES, FILE_FLAG_OPEN_REPARSE_POINT).is_open())
    refuse_because(path, error, "it is a link that leads nowhere");
  const fs::path parent = place.has_parent_path() ? place.parent_path() : ".";
  const FileHandle folder = opened(parent, FILE_READ_ATTRIBUTES);
  if (!folder.is_open()) refuse_because(path, error, fmt::format("there is no folder {}", text_of(parent)));
  return real_path(folder, parent) / place.filename();
}

bool would_be_one_file(const fs::path &a, const fs::path &b) {
  const FileHandle file(number_of(CreateFileW(long_path(a).c_str(), GENERIC_WRITE | DELETE, kShareAll, nullptr,
                                              CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, nullptr)));
  return file.is_open() && GetFileAttributesW(long_path(b).c_str()) != INVALID_FILE_ATTRIBUTES;
}

bool is_written_in_place(const fs::path &) {
  return false;
}

NewFile::NewFile(const std::string &path, fs::path place) : path_(path), place_(std::move(place)) {}

NewFile::NewFile(const std::string &path) : NewFile(path, file_behind(path)) {
  place_.empty() ? open_straight() : open_beside();
}

NewFile::~NewFile() {
  if (fd_ >= 0) CloseHandle(handle_of(fd_));
  if (!temporary_.empty()) DeleteFileW(temporary_.c_str());
}

void NewFile::check(bool done) const {
  if (!done) refuse(path_, GetLastError());
}

// A pipe that serves somebody else may become free, for which there is a limit.
void NewFile::open_straight() {
  if (is_folder(path_of(path_))) refuse_because(path_, ERROR_ACCESS_DENIED, "it is a folder");
  const std::wstring name = long_path(path_of(path_));
  const DWORD error = tried_for(kReaderLimit, {ERROR_PIPE_BUSY}, [&] {
    fd_ = number_of(CreateFileW(name.c_str(), GENERIC_WRITE, kShareAll, nullptr, OPEN_EXISTING, 0, nullptr));
    return fd_ >= 0;
  });
  if (error != ERROR_SUCCESS) refuse(path_, error);
}

void NewFile::open_beside() {
  const FileHandle old = opened(place_, FILE_WRITE_DATA);  // who may not write it may not replace it
  check(old.is_open() || GetLastError() == ERROR_FILE_NOT_FOUND);
  std::random_device random;
  do {
    const fs::path name = long_path(place_.parent_path() / fmt::format("airunner-{:08x}.tmp", random()));
    fd_ = number_of(CreateFileW(name.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr, CREATE_NEW,
                                FILE_ATTRIBUTE_NORMAL, nullptr));
    if (fd_ >= 0) temporary_ = name;
  } while (fd_ < 0 && GetLastError() == ERROR_FILE_EXISTS);
  check(fd_ >= 0);
}

void NewFile::write(std::string_view bytes) {
  constexpr size_t kMost = 1U << 20U;  // more at once some pipes and consoles do not take
  while (!bytes.empty()) {
    DWORD n = 0;
    const auto size = static_cast<DWORD>(std::min(bytes.size(), kMost));
    check(WriteFile(handle_of(fd_), bytes.data(), size, &n, nullptr) != 0);
    bytes.remove_prefix(n);
  }
}

void NewFile::commit() {
  check(temporary_.empty() || FlushFileBuffers(handle_of(fd_)) != 0);
  check(CloseHandle(handle_of(std::exchange(fd_, -1))) != 0);
  if (temporary_.empty()) return;
  const fs::path written = std::exchange(temporary_, "");  // kept if it cannot get its name: it took work to make
  // Scanners have each new file open for a moment.
  const DWORD error = tried_for(kScannerLimit, {ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED},
                                [&] { return rename_to(written, place_); });
  if (error != ERROR_SUCCESS)
    refuse(path_, error, fmt::format("; what it should hold is in {}", text_of(plain_path(written.native()))));
}

void write_file(const std::string &path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace air
