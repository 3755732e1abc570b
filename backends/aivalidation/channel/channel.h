// SPDX-License-Identifier: BSD-3-Clause
// An open byte channel to a target: a serial port or a TCP connection. Every wait has a limit and can be interrupted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "aivalidation/descriptor.h"
#include "aivalidation/link/interrupt.h"
#include "platform/files/file_handle.h"
#include "platform/ports/io.h"
#include "plugin/log.h"

namespace air::aivalidation {

class Channel {
 public:
  // What is known of the far end.
  enum class Kind {
    kUart,            // perhaps a receiver without buffer: never send more than it asks for
    kPseudoTerminal,  // a program
    kUsb,             // a target's own USB
    kTcp,
    kRemoteUart  // the same as kUart, behind a socket
  };

  static constexpr uint32_t kSliceMs = 50;  // how soon an interrupt takes effect

  // Takes over what is open: non-blocking, but a socket that waits at most kSliceMs for bytes. `name` is for messages.
  Channel(FileHandle file, Kind kind, std::string name, const Interrupt &interrupt);
  virtual ~Channel();
  Channel(const Channel &) = delete;
  Channel &operator=(const Channel &) = delete;

  // Bytes there are, at least one; 0 when none came within the limit. Throws AIR_ERROR_LINK_LOST.
  virtual size_t read(std::span<std::byte> into, uint32_t limit_ms);
  // All bytes, in one write where the system takes them. Throws AIR_ERROR_LINK_LOST, AIR_ERROR_TIMEOUT.
  virtual void write(std::span<const std::byte> bytes, uint32_t limit_ms);

  // What a line can do beside bytes; nothing where there is no line.
  virtual void send_break();

  // When the call in progress ends.
  std::optional<Interrupt::Clock::time_point> deadline() const { return interrupt_.deadline(); }
  Kind kind() const noexcept { return kind_; }
  const std::string &name() const noexcept { return name_; }

 private:
  bool is_socket() const noexcept { return kind_ == Kind::kTcp || kind_ == Kind::kRemoteUart; }
  bool wait(Awaited awaited, uint32_t limit_ms) const;
  [[noreturn]] void lost(const std::string &why) const;
  Waited wait_a_slice(Awaited &awaited, uint32_t slice) const;

  FileHandle file_;
  Kind kind_;
  std::string name_;
  const Interrupt &interrupt_;
};

// Throw AIR_ERROR_NO_DEVICE, _BUSY, _PERMISSION, _IO, _TIMEOUT and so on.
std::unique_ptr<Channel> open_serial(const Descriptor &descriptor, const Interrupt &interrupt, const HostLog &log);
std::unique_ptr<Channel> open_tcp(const Descriptor &descriptor, const Interrupt &interrupt);
std::unique_ptr<Channel> open_rfc2217(const Descriptor &descriptor, const Interrupt &interrupt, const HostLog &log);

// A connected socket, as a channel takes it over.
FileHandle connect_tcp(const Descriptor &descriptor, const Interrupt &interrupt);

}  // namespace air::aivalidation
