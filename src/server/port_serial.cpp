// SPDX-License-Identifier: BSD-3-Clause
// A client at the other end of a real serial port.
#include <fmt/format.h>

#include <asio/io_context.hpp>
#include <asio/serial_port.hpp>
#include <charconv>
#include <stdexcept>

#include "port.h"

namespace air::server {
namespace {

constexpr uint32_t kDefaultBaud = 115200;

// There is always somebody: a wire does not tell.
class SerialPort : public Port {
 public:
  SerialPort(const std::string &device, uint32_t baud)
      : port_(context_, device), descriptor_(fmt::format("serial:{}:{}", device, baud)) {
    port_.set_option(asio::serial_port::baud_rate(baud));
    port_.set_option(asio::serial_port::character_size(8));
    port_.set_option(asio::serial_port::parity(asio::serial_port::parity::none));
    port_.set_option(asio::serial_port::stop_bits(asio::serial_port::stop_bits::one));
    port_.set_option(asio::serial_port::flow_control(asio::serial_port::flow_control::none));
  }

  std::string descriptor() const override { return descriptor_; }
  int event_fd() override { return -1; }
  int accept() override { return port_.native_handle(); }
  bool client_has_left() override { return false; }
  void refuse_another() override {}
  bool hang_up() override { return false; }
  std::string client() const override { return "the other end of the wire"; }

 private:
  asio::io_context context_;
  asio::serial_port port_;
  std::string descriptor_;
};

}  // namespace

std::unique_ptr<Port> open_serial_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  const std::string device(text.substr(0, colon));
  uint32_t baud = kDefaultBaud;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), baud);
    if (error != std::errc() || end != number.data() + number.size() || baud == 0) {
      throw std::invalid_argument(fmt::format("--listen serial:{}: expected serial:DEVICE[:BAUD]", text));
    }
  }
  try {
    return std::make_unique<SerialPort>(device, baud);
  } catch (const asio::system_error &failure) {
    throw std::runtime_error(fmt::format("--listen serial:{}: {}", text, failure.code().message()));
  }
}

}  // namespace air::server
