// SPDX-License-Identifier: BSD-3-Clause
// What is under way at a serial port.
#include "platform/ports/serial_device_windows.h"

#include <algorithm>

#include "platform/wide_text_windows.h"

namespace air {
namespace {

FileHandle make_event(bool is_set) {
  FileHandle event(number_of(CreateEventW(nullptr, TRUE, is_set ? TRUE : FALSE, nullptr)));
  if (!event.is_open()) throw std::system_error(system_error(GetLastError()), "making an event");
  return event;
}

// Drivers tell in many ways that a device was pulled out.
std::error_code gone() noexcept {
  return std::make_error_code(std::errc::io_error);
}

Moved for_later() noexcept {
  return {0, std::make_error_code(std::errc::operation_would_block)};
}

bool is_begun(BOOL done) noexcept {
  return done != 0 || GetLastError() == ERROR_IO_PENDING;
}

}  // namespace

SerialDevice::SerialDevice(HANDLE port) : port_(port) {
  reading_.event = make_event(false);
  writing_.event = make_event(true);
  failed_ = begin_reading();
  if (failed_) throw std::system_error(failed_, "reading");
}

SerialDevice::~SerialDevice() {
  cancel(reading_);
  cancel(writing_);
}

std::error_code SerialDevice::begin_reading() noexcept {
  n_read_ = n_taken_ = 0;
  reading_.state = {};
  reading_.state.hEvent = handle_of(reading_.event.get());
  if (is_begun(ReadFile(port_, read_.data(), static_cast<DWORD>(read_.size()), nullptr, &reading_.state))) return {};
  SetEvent(reading_.state.hEvent);  // there is something to tell
  return gone();
}

// Of one that is done.
std::error_code SerialDevice::finish(Operation &operation, size_t &n) const noexcept {
  DWORD n_moved = 0;
  const bool done = GetOverlappedResult(port_, &operation.state, &n_moved, FALSE) != 0;
  n = n_moved;
  const DWORD error = done ? DWORD{ERROR_SUCCESS} : GetLastError();
  const bool is_over = error == ERROR_SEM_TIMEOUT || error == ERROR_TIMEOUT || error == WAIT_TIMEOUT;  // its limit
  // Windows ends what a thread has begun with the thread: another one reads on. (ExitThread, Remarks)
  const bool is_left = error == ERROR_OPERATION_ABORTED && &operation == &reading_;
  return done || is_over || is_left ? std::error_code() : gone();
}

void SerialDevice::cancel(Operation &operation) const noexcept {
  DWORD ignored = 0;
  if (!operation.is_done() && (CancelIoEx(port_, &operation.state) != 0 || GetLastError() != ERROR_NOT_FOUND)) {
    GetOverlappedResult(port_, &operation.state, &ignored, TRUE);
  }
}

Moved SerialDevice::read(std::span<std::byte> into) {
  if (failed_) return {0, failed_};
  if (!reading_.is_done()) return for_later();
  if (n_read_ == 0) failed_ = finish(reading_, n_read_);
  if (failed_) return {0, failed_};
  const size_t n = std::min(into.size(), n_read_ - n_taken_);
  std::copy_n(read_.begin() + static_cast<ptrdiff_t>(n_taken_), n, into.begin());
  n_taken_ += n;
  if (n_taken_ == n_read_) failed_ = begin_reading();
  return n > 0 ? Moved{n, {}} : for_later();  // a read that has ended without has none
}

Moved SerialDevice::write(std::span<const std::byte> bytes) {
  if (!writing_.is_done()) return for_later();
  size_t n_before = 0;
  if (!written_.empty()) {
    if (const std::error_code error = finish(writing_, n_before)) return {0, error};
  }
  written_.assign(bytes.begin(), bytes.end());
  writing_.state = {};
  writing_.state.hEvent = handle_of(writing_.event.get());
  ResetEvent(writing_.state.hEvent);
  if (is_begun(WriteFile(port_, written_.data(), static_cast<DWORD>(written_.size()), nullptr, &writing_.state))) {
    return {bytes.size(), {}};
  }
  written_.clear();
  SetEvent(writing_.state.hEvent);
  return {0, gone()};
}

}  // namespace air
