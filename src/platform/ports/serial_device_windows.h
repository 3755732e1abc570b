// SPDX-License-Identifier: BSD-3-Clause
// What is under way at a serial port. Windows tells when a read or write is done, not when one could be: one read is always under way, into a buffer
// here, and one write at most, from a copy.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"
#include "platform/ports/io.h"

namespace air {

class SerialDevice {
 public:
  explicit SerialDevice(HANDLE port);  // throws std::system_error, std::bad_alloc
  ~SerialDevice();
  SerialDevice(const SerialDevice &) = delete;
  SerialDevice &operator=(const SerialDevice &) = delete;

  Moved read(std::span<std::byte> into);
  Moved write(std::span<const std::byte> bytes);

  bool can_read() const noexcept { return reading_.is_done(); }
  bool can_write() const noexcept { return writing_.is_done(); }
  // Set when it is done.
  HANDLE read_event() const noexcept { return handle_of(reading_.event.get()); }
  HANDLE write_event() const noexcept { return handle_of(writing_.event.get()); }

 private:
  struct Operation {
    FileHandle event;
    OVERLAPPED state{};

    bool is_done() const noexcept { return WaitForSingleObject(handle_of(event.get()), 0) == WAIT_OBJECT_0; }
  };

  std::error_code begin_reading() noexcept;
  std::error_code finish(Operation &operation, size_t &n) const noexcept;
  void cancel(Operation &operation) const noexcept;

  HANDLE port_;
  Operation reading_, writing_;
  std::array<std::byte, 512> read_;  // small: a stream without a gap is told when it is full
  size_t n_read_ = 0, n_taken_ = 0;  // of the last read
  std::error_code failed_;           // of reading: nothing is under way any more
  std::vector<std::byte> written_;
};

// That of an open port; NULL: it is none.
std::shared_ptr<SerialDevice> serial_device(int port) noexcept;

}  // namespace air
