// SPDX-License-Identifier: BSD-3-Clause
// A client at the other end of a real serial port.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "common/descriptor_text.h"
#include "common/numbers.h"
#include "platform/ports/serial_port.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

constexpr uint32_t kDefaultBaud = 115200;

// Open as long as it lives.
class Device {
 public:
  Device(const std::string &name, uint32_t baud) : port_(opened(name, baud)) {}
  ~Device() {
    if (!port_.is_pseudo_terminal) leave_serial_port(descriptor());
  }
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  int descriptor() const noexcept { return port_.file.get(); }

 private:
  static SerialPort opened(const std::string &name, uint32_t baud) {
    std::error_code error;
    SerialPort port = air::open_serial_port(name, baud, error);
    if (error) throw std::system_error(error);
    return port;
  }

  SerialPort port_;
};

// There is always somebody: a wire does not tell. A device that is pulled out is waited for.
class DevicePort : public Port {
 public:
  DevicePort(const std::string &device, uint32_t baud) : device_(device), baud_(baud) { port_.emplace(device_, baud_); }

  std::string descriptor() const override {
    return canonical_descriptor("serial", fmt::format("{}:{}", device_, baud_));
  }
  int event_fd() override { return -1; }
  std::optional<std::chrono::milliseconds> look_again() const override {
    return port_ ? std::nullopt : std::optional(kLook);
  }
  bool client_has_left() override { return false; }
  void refuse_another() override {}
  std::string client() const override { return ""; }

  int accept() override {
    const auto now = std::chrono::steady_clock::now();
    if (!port_ && now - looked_ >= kLook) look_for_device(now);
    return port_ ? port_->descriptor() : -1;
  }

  bool hang_up() override {
    if (!port_ || is_serial_port_there(port_->descriptor())) return false;
    note(fmt::format("{} is gone: waiting for it to come back", device_));
    port_.reset();
    looked_ = std::chrono::steady_clock::now();
    return false;
  }

 private:
  static constexpr std::chrono::milliseconds kLook{500};

  void look_for_device(std::chrono::steady_clock::time_point now) {
    looked_ = now;
    try {
      port_.emplace(device_, baud_);
      note(fmt::format("{} is back", device_));
    } catch (const std::system_error &) {
      // Not yet.
    }
  }

  std::string device_;
  uint32_t baud_;
  std::optional<Device> port_;
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace

std::unique_ptr<Port> open_serial_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  const std::string device(text.substr(0, colon));
  uint32_t baud = kDefaultBaud;
  if (colon != std::string_view::npos) {
    baud = number_in<uint32_t>(text.substr(colon + 1)).value_or(0);
    if (baud == 0) {
      throw std::invalid_argument(fmt::format("--listen serial:{}: expected serial:DEVICE[:BAUD]", text));
    }
  }
  try {
    return std::make_unique<DevicePort>(device, baud);
  } catch (const std::system_error &failure) {
    throw std::runtime_error(fmt::format("--listen serial:{}: {}", text, failure.code().message()));
  }
}

}  // namespace air::server
