// SPDX-License-Identifier: BSD-3-Clause
// Bytes through what is open and does not block: sockets, serial ports, and events, which can be waited for together with these.
#include <algorithm>
#include <array>
#include <memory>

#include "platform/files/system_handle_windows.h"
#include "platform/ports/io.h"
#include "platform/ports/serial_device_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

constexpr size_t kMost = 4;  // descriptors that are waited for together

using Clock = std::chrono::steady_clock;

// ---- Sockets

bool is_socket(int descriptor) noexcept {
  return GetFileType(handle_of(descriptor)) == FILE_TYPE_PIPE;
}

Moved moved_by_socket(int n) noexcept {
  if (n > 0) return {static_cast<size_t>(n), {}};
  const int error = n == 0 ? 0 : WSAGetLastError();
  if (n == 0 || error == WSAESHUTDOWN) return {0, std::make_error_code(std::errc::broken_pipe)};
  if (error == WSAEWOULDBLOCK || error == WSAEINTR) return {0, std::make_error_code(std::errc::operation_would_block)};
  return {0, system_error(static_cast<DWORD>(error))};
}

int size_of(size_t size) noexcept {
  return static_cast<int>(std::min(size, size_t{1} << 30));
}

short told_by(int descriptor, short wanted, int limit_ms) noexcept {
  WSAPOLLFD entry = {socket_of(descriptor), wanted, 0};
  return WSAPoll(&entry, 1, limit_ms) > 0 ? entry.revents : short{0};
}

// What limit_waits() has noted down; 0: it is not to wait.
int noted_limit_ms(int socket) noexcept {
  DWORD limit = 0;
  int size = sizeof(limit);
  const int failed = getsockopt(socket_of(socket), SOL_SOCKET, SO_RCVTIMEO, reinterpret_cast<char *>(&limit), &size);
  return failed != 0 ? 0 : static_cast<int>(limit);
}

Moved receive(int socket, std::span<std::byte> into) noexcept {
  const auto try_it = [&] {
    return moved_by_socket(recv(socket_of(socket), reinterpret_cast<char *>(into.data()), size_of(into.size()), 0));
  };
  const Moved at_once = try_it();
  if (!at_once.is_for_later()) return at_once;
  const int limit_ms = noted_limit_ms(socket);
  return limit_ms > 0 && told_by(socket, POLLRDNORM, limit_ms) != 0 ? try_it() : at_once;
}

// ---- Waiting

void look_at_socket(Awaited &awaited) noexcept {
  const auto wanted = static_cast<short>((awaited.to_read ? POLLRDNORM : 0) | (awaited.to_write ? POLLWRNORM : 0));
  const short told = told_by(awaited.descriptor, wanted, 0);
  awaited.can_read = (told & POLLRDNORM) != 0;
  awaited.can_write = (told & POLLWRNORM) != 0;
  awaited.is_gone = (told & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void look_at(Awaited &awaited) noexcept {
  awaited.can_read = awaited.can_write = awaited.is_gone = false;
  if (awaited.descriptor < 0) return;
  if (const auto device = serial_device(awaited.descriptor)) {
    awaited.can_read = awaited.to_read && device->can_read();
    awaited.can_write = awaited.to_write && device->can_write();
  } else if (is_socket(awaited.descriptor)) {
    look_at_socket(awaited);
  } else {
    awaited.can_read = awaited.to_read && WaitForSingleObject(handle_of(awaited.descriptor), 0) == WAIT_OBJECT_0;
  }
}

bool look(std::span<Awaited> all) noexcept {
  bool is_any_told = false;
  for (Awaited &awaited : all) {
    look_at(awaited);
    is_any_told = is_any_told || awaited.is_told();
  }
  return is_any_told;
}

// As long as one lives, what happens to a socket sets an event.
class SocketEvent {
 public:
  explicit SocketEvent(int socket) : socket_(socket), event_(number_of(CreateEventW(nullptr, FALSE, FALSE, nullptr))) {
    constexpr long kAll = FD_READ | FD_WRITE | FD_ACCEPT | FD_CLOSE;
    if (!event_.is_open()) throw std::system_error(system_error(GetLastError()), "waiting");
    if (WSAEventSelect(socket_of(socket), event(), kAll) != 0) {
      throw std::system_error(system_error(static_cast<DWORD>(WSAGetLastError())), "waiting");
    }
  }
  ~SocketEvent() { WSAEventSelect(socket_of(socket_), nullptr, 0); }
  SocketEvent(const SocketEvent &) = delete;
  SocketEvent &operator=(const SocketEvent &) = delete;

  HANDLE event() const noexcept { return handle_of(event_.get()); }

 private:
  int socket_;
  FileHandle event_;
};

// What to look again after.
class Signs {
 public:
  explicit Signs(std::span<const Awaited> all) {
    for (const Awaited &awaited : all) {
      if (awaited.descriptor >= 0) add(awaited);
    }
  }

  void wait(DWORD limit_ms) const noexcept {
    const DWORD limit = std::min(limit_ms, kLookAgainMs);
    if (n_ == 0) {
      Sleep(limit);
    } else {
      WaitForMultipleObjects(n_, handles_.data(), FALSE, limit);
    }
  }

 private:
  static constexpr DWORD kLookAgainMs = 1'000;  // whatever comes of a sign

  void add(const Awaited &awaited) {
    if (const auto device = serial_device(awaited.descriptor)) {
      if (awaited.to_read) add(device->read_event());
      if (awaited.to_write) add(device->write_event());
      devices_.at(n_devices_++) = device;
    } else if (is_socket(awaited.descriptor)) {
      add(sockets_.at(n_sockets_++).emplace(awaited.descriptor).event());
    } else if (awaited.to_read) {
      add(handle_of(awaited.descriptor));
    }
  }
  void add(HANDLE handle) { handles_.at(n_++) = handle; }

  std::array<HANDLE, 2 * kMost> handles_{};
  std::array<std::optional<SocketEvent>, kMost> sockets_;
  std::array<std::shared_ptr<SerialDevice>, kMost> devices_;  // whose events are waited for
  DWORD n_ = 0;
  size_t n_sockets_ = 0, n_devices_ = 0;
};

// Rounded up.
DWORD milliseconds_until(const std::optional<Clock::time_point> &end) noexcept {
  if (!end) return INFINITE;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end - Clock::now()).count();
  return static_cast<DWORD>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

}  // namespace

Moved read_now(int descriptor, std::span<std::byte> into) noexcept {
  const auto device = serial_device(descriptor);
  return device ? device->read(into) : receive(descriptor, into);
}

Moved write_now(int descriptor, std::span<const std::byte> bytes) noexcept try {
  const auto device = serial_device(descriptor);
  return device ? device->write(bytes) : send_now(descriptor, bytes);
} catch (const std::bad_alloc &) {
  return {0, std::make_error_code(std::errc::not_enough_memory)};
}

Moved send_now(int socket, std::span<const std::byte> bytes) noexcept {
  return moved_by_socket(
      send(socket_of(socket), reinterpret_cast<const char *>(bytes.data()), size_of(bytes.size()), 0));
}

Waited wait_for(std::span<Awaited> all, std::optional<std::chrono::milliseconds> limit) {
  if (look(all)) return Waited::kReady;
  const auto end = limit ? std::optional(Clock::now() + *limit) : std::nullopt;
  if (milliseconds_until(end) == 0) return Waited::kTimeIsOver;
  const Signs signs(all);
  for (;;) {  // what has come before there were signs is seen at once
    if (look(all)) return Waited::kReady;
    const DWORD left_ms = milliseconds_until(end);
    if (left_ms == 0) return Waited::kTimeIsOver;
    signs.wait(left_ms);
  }
}

}  // namespace air
