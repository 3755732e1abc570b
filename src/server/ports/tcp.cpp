// SPDX-License-Identifier: BSD-3-Clause
// Clients that come over TCP.
#include <fmt/format.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <optional>
#include <stdexcept>

#include "common/descriptor_text.h"
#include "common/numbers.h"
#include "platform/ports/socket.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

using asio::ip::tcp;

std::string text_of(const tcp::endpoint &endpoint) {
  return fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
}

constexpr std::chrono::milliseconds kLook{200};

class TcpPort : public Port {
 public:
  explicit TcpPort(const tcp::endpoint &endpoint) : acceptor_(context_, endpoint, kMayReuseAddress) {
    acceptor_.non_blocking(true);
  }

  std::string descriptor() const override {
    return canonical_descriptor("socket", text_of(acceptor_.local_endpoint()));
  }
  int event_fd() override { return is_short_ ? -1 : descriptor_of(acceptor_.native_handle()); }
  std::optional<std::chrono::milliseconds> look_again() const override {
    return is_short_ ? std::optional(kLook) : std::nullopt;
  }
  std::string client() const override { return client_name_; }

  int accept() override {
    std::optional<tcp::socket> next = accept_next();
    if (!next) return -1;
    next->non_blocking(true);
    next->set_option(tcp::no_delay(true));
    notice_vanishing(descriptor_of(next->native_handle()));
    client_ = std::move(next);
    return descriptor_of(client_->native_handle());
  }

  // A socket tells by itself.
  bool client_has_left() override { return false; }

  void refuse_another() override {
    const std::string served = client_name_;
    if (accept_next()) note(fmt::format("{} refused: {} is being served", client_name_, served));
    client_name_ = served;
  }

  bool hang_up() override {
    client_.reset();
    return true;
  }

 private:
  std::optional<tcp::socket> accept_next() {
    asio::error_code error;
    tcp::endpoint from;
    tcp::socket socket = acceptor_.accept(from, error);
    const bool nobody = error == asio::error::would_block || error == asio::error::connection_aborted ||
                        error == asio::error::interrupted;
    if (error && !nobody && !is_short_) note(fmt::format("no client can be taken now: {}", socket_error_text(error)));
    if (is_short_ && !error) note("clients can be taken again");
    is_short_ = error && !nobody;
    if (error) return std::nullopt;
    client_name_ = text_of(from);
    return socket;
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::optional<tcp::socket> client_;
  std::string client_name_;
  bool is_short_ = false;  // of descriptors or memory: who waits stays in the queue
};

}  // namespace

std::unique_ptr<Port> open_tcp_port(std::string_view address, const PortOptions &options) {
  const size_t colon = address.rfind(':');
  const std::string_view host = address.substr(0, colon);
  const std::string_view number = colon == std::string_view::npos ? std::string_view() : address.substr(colon + 1);
  if (host.empty() || !number_in<uint16_t>(number)) {
    throw std::invalid_argument(fmt::format("--listen tcp:{}: expected tcp:HOST:PORT, PORT 0 for a free one", address));
  }
  try {
    asio::io_context context;
    const tcp::endpoint endpoint =
        *tcp::resolver(context).resolve(tcp::v4(), host, number, tcp::resolver::passive).begin();
    if (!endpoint.address().is_loopback() && !options.allow_remote) {
      throw std::invalid_argument(
          fmt::format("--listen tcp:{}: everybody who reaches this address could use the models; add --allow-remote if "
                      "that is meant, "
                      "or listen on 127.0.0.1",
                      address));
    }
    return std::make_unique<TcpPort>(endpoint);
  } catch (const asio::system_error &failure) {
    throw std::runtime_error(fmt::format("--listen tcp:{}: {}", address, socket_error_text(failure.code())));
  }
}

}  // namespace air::server
