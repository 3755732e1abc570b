// SPDX-License-Identifier: BSD-3-Clause
// Standard output and standard error of a program.
#include "platform/streams/streams_windows.h"

#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>

#include "platform/files/system_handle_windows.h"
#include "platform/streams/streams.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

std::atomic<int> first_error = 0;

// A copy of a handle; -1: there is none.
int copy_of(int handle) noexcept {
  HANDLE copy = nullptr;
  const HANDLE self = GetCurrentProcess();
  const bool done =
      handle != -1 && DuplicateHandle(self, handle_of(handle), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) != 0;
  return done ? number_of(copy) : -1;
}

FileHandle open_nowhere(DWORD access) noexcept {
  return FileHandle(
      number_of(CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr)));
}

// The console takes sequences that move its cursor and set its colours.
void prepare_console(int stream) noexcept {
  DWORD mode = 0;
  const HANDLE console = handle_of(stream_handle(stream));
  if (GetConsoleMode(console, &mode) == 0) return;
  SetConsoleMode(console, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

// The first part of a text, of whole characters, where it has any.
std::string_view first_part(std::string_view text, size_t size) noexcept {
  const auto is_inside = [&](size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  if (size >= text.size()) return text;
  size_t end = size;
  while (end > 0 && size - end < 4 && is_inside(end)) --end;
  return text.substr(0, end > 0 && !is_inside(end) ? end : size);
}

// As UTF-16, whatever the code page is: that is of all programs at this console, and would outlive this one.
size_t write_to_console(HANDLE console, std::string_view text, int &error) noexcept {
  std::array<wchar_t, 1024> wide_text;
  const std::string_view part = first_part(text, wide_text.size());
  const int n = MultiByteToWideChar(CP_UTF8, 0, part.data(), static_cast<int>(part.size()), wide_text.data(),
                                    static_cast<int>(wide_text.size()));
  DWORD ignored = 0;
  const bool done = WriteConsoleW(console, wide_text.data(), static_cast<DWORD>(n), &ignored, nullptr) != 0;
  error = done ? 0 : errno_of(GetLastError());
  return done ? part.size() : 0;
}

// Returns how much was written, or 0 with the reason in `error`.
size_t write_some(int stream, std::string_view bytes, int &error) noexcept {
  if (is_console(stream)) return write_to_console(handle_of(stream_handle(stream)), bytes, error);
  constexpr size_t kMost = size_t{1} << 15;  // a pipe may refuse more
  DWORD n = 0;
  const auto size = static_cast<DWORD>(std::min(bytes.size(), kMost));
  const bool done = WriteFile(handle_of(stream_handle(stream)), bytes.data(), size, &n, nullptr) != 0;
  error = done ? 0 : errno_of(GetLastError());
  return n;
}

}  // namespace

int stream_handle(int stream) noexcept {
  const intptr_t handle = _get_osfhandle(stream);
  return handle < 0 ? -1 : static_cast<int>(handle);  // also -2: a program without a console has none
}

FileHandle copy_of_stream(int stream) noexcept {
  return FileHandle(copy_of(stream_handle(stream)));
}

void lead_stream(int stream, int handle) noexcept {
  const int copy = copy_of(handle);
  if (copy == -1) return;
  const int number = _open_osfhandle(copy, _O_BINARY);
  if (number < 0 || number == stream) return;
  _dup2(number, stream);
  _close(number);
}

bool is_console(int stream) noexcept {
  DWORD mode = 0;
  return GetConsoleMode(handle_of(stream_handle(stream)), &mode) != 0;
}

void keep_streams() noexcept {
  SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
  for (const int stream : {kStandardInput, kStandardOutput, kStandardError}) {
    // Opened for the other direction: each use is an error, as with a closed one.
    if (stream_handle(stream) == -1) {
      lead_stream(stream, open_nowhere(stream == kStandardInput ? GENERIC_WRITE : GENERIC_READ).get());
    }
    _setmode(stream, _O_BINARY);
  }
  prepare_console(kStandardOutput);
  prepare_console(kStandardError);
}

int write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    int error = 0;
    bytes.remove_prefix(write_some(fd, bytes, error));
    if (error != 0) return error;
  }
  return 0;
}

void print_result(std::string_view text) noexcept {
  if (first_error == 0) first_error = write_all(kStandardOutput, text);
}

int result_error() noexcept {
  return first_error;
}

void print_note(std::string_view text) noexcept {
  write_all(kStandardError, text);
}

void print_last_words(std::string_view text) noexcept {
  int ignored = 0;
  write_some(kStandardError, text, ignored);
}

void lead_notes_to_output() noexcept {
  _dup2(kStandardOutput, kStandardError);
}

void drop_notes() noexcept {
  lead_stream(kStandardError, open_nowhere(GENERIC_WRITE).get());
}

}  // namespace air
