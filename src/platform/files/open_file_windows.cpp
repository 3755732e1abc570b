// SPDX-License-Identifier: BSD-3-Clause
// A file opened for reading, and what the system knows of a file.
#include <algorithm>
#include <new>

#include "platform/files/access_windows.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/open_file.h"
#include "platform/files/system_handle_windows.h"
#include "platform/machine/out_of_memory.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

// Also of folders.
FileHandle opened(const std::filesystem::path &path, DWORD rights) {
  const std::wstring name = long_path(path);
  return FileHandle(number_of(
      CreateFileW(name.c_str(), rights, kShareAll, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr)));
}

std::error_code error_now() noexcept {
  return system_error(GetLastError());
}

// Of what has no number of its own: the console is one, another device or pipe is the same only under this handle.
FileFacts facts_of_device(HANDLE device) noexcept {
  DWORD mode = 0;
  const bool is_console = GetConsoleMode(device, &mode) != 0;
  return {.id = {UINT64_MAX, is_console ? 0 : reinterpret_cast<uintptr_t>(device)}};
}

std::optional<FileFacts> facts_in(HANDLE file) noexcept {
  SetLastError(ERROR_SUCCESS);
  const DWORD type = GetFileType(file);
  if (type == FILE_TYPE_UNKNOWN && GetLastError() != ERROR_SUCCESS) return std::nullopt;
  if (type != FILE_TYPE_DISK) return facts_of_device(file);
  BY_HANDLE_FILE_INFORMATION told{};
  if (GetFileInformationByHandle(file, &told) == 0) return facts_of_device(file);
  const Access access = access_of(file);
  const bool is_folder = (told.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return FileFacts{.id = {told.dwVolumeSerialNumber, uint64_t{told.nFileIndexHigh} << 32U | told.nFileIndexLow},
                   .size = uint64_t{told.nFileSizeHigh} << 32U | told.nFileSizeLow,
                   .is_file = !is_folder,
                   .is_folder = is_folder,
                   .all_may_write = access.all_may_write,
                   .owners_alone_replace = !access.all_may_replace,
                   .owner_is_trusted = access.owner_is_trusted};
}

std::optional<FileFacts> facts_of_stream(DWORD number) noexcept {
  const HANDLE stream = GetStdHandle(number);
  return stream == nullptr || stream == INVALID_HANDLE_VALUE ? std::nullopt : facts_in(stream);
}

// Tried, which changes nothing, because access lists are not all that decides. Of devices it shows when they are used.
std::error_code why_not(const std::filesystem::path &path, DWORD rights) noexcept try {
  if (is_device(path)) return {};
  const FileHandle file = opened(path, rights);
  return file.is_open() ? std::error_code() : error_now();
} catch (const std::bad_alloc &) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace

std::optional<FileFacts> facts_of(const std::filesystem::path &path) {
  if (is_device(path)) return FileFacts{.id = {UINT64_MAX, std::filesystem::hash_value(path)}};
  FileHandle file = opened(path, FILE_READ_ATTRIBUTES | READ_CONTROL);
  if (!file.is_open()) file = opened(path, FILE_READ_ATTRIBUTES);
  if (!file.is_open()) throw_if_no_memory(error_now());
  return file.is_open() ? facts_in(handle_of(file.get())) : std::nullopt;
}

std::optional<FileFacts> facts_of_output() noexcept {
  return facts_of_stream(STD_OUTPUT_HANDLE);
}

std::optional<FileFacts> facts_of_errors() noexcept {
  return facts_of_stream(STD_ERROR_HANDLE);
}

std::error_code why_not_read(const std::filesystem::path &path) noexcept {
  return why_not(path, GENERIC_READ);
}

std::error_code why_not_write(const std::filesystem::path &path) noexcept {
  return why_not(path, FILE_WRITE_DATA);
}

std::error_code why_no_new_files(const std::filesystem::path &folder) noexcept {
  return why_not(folder, FILE_ADD_FILE | FILE_TRAVERSE);
}

OpenFile::OpenFile(const std::filesystem::path &path) : file_(opened(path, GENERIC_READ)) {
  if (!file_.is_open()) error_ = error_now();
  throw_if_no_memory(error_);
}

FileFacts OpenFile::facts() const {
  if (error_) throw std::system_error(error_);
  const std::optional<FileFacts> facts = facts_in(handle_of(file_.get()));
  if (!facts) throw std::system_error(error_now());
  return *facts;
}

size_t OpenFile::read(uint64_t position, std::span<std::byte> into) const {
  constexpr size_t kMost = 1U << 30U;
  size_t done = 0;
  while (done < into.size()) {
    const uint64_t at = position + done;
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(at);
    place.OffsetHigh = static_cast<DWORD>(at >> 32U);
    DWORD n = 0;
    const auto size = static_cast<DWORD>(std::min(into.size() - done, kMost));
    const bool read = ReadFile(handle_of(file_.get()), into.data() + done, size, &n, &place) != 0;
    if (!read && GetLastError() != ERROR_HANDLE_EOF) throw std::system_error(error_now());
    if (n == 0) break;
    done += n;
  }
  return done;
}

}  // namespace air
