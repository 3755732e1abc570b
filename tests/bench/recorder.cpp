// SPDX-License-Identifier: BSD-3-Clause
#include "recorder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr size_t kBuffer = 64 * 1024;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void check(bool good, const char *what) {
  if (!good) throw std::runtime_error(std::string("recorder: ") + what);
}

int make_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0, "no socket");
  return fd;
}

void pass_at_once(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Recorder::Recorder(const std::string &target) : target_(make_socket()), listener_(make_socket()) {
  const auto port = static_cast<uint16_t>(std::stoul(target.substr(target.rfind(':') + 1)));
  sockaddr_in address = loopback(port);
  check(connect(target_, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0, "no connection to the target");
  pass_at_once(target_);
  address = loopback(0);
  socklen_t size = sizeof address;
  check(bind(listener_, reinterpret_cast<sockaddr *>(&address), size) == 0 && listen(listener_, 1) == 0 &&
            getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) == 0,
        "cannot listen");
  descriptor_ = "socket:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { relay(); });
}

// Ends the relay when the client has not done so by leaving.
Recorder::~Recorder() {
  shutdown(listener_, SHUT_RDWR);
  shutdown(target_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  close(target_);
}

std::vector<Exchange> Recorder::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(exchanges_, {});
}

void Recorder::relay() {
  const int client = accept(listener_, nullptr, nullptr);
  if (client < 0) return;
  pass_at_once(client);
  pass_on(client);
  close(client);
}

// What is passed on has been noted before: a client at rest has met nothing that is not in the record.
void Recorder::pass_on(int client) {
  const auto buffer = std::make_unique<std::array<std::byte, kBuffer>>();
  for (;;) {
    std::array<pollfd, 2> sides = {{{client, POLLIN, 0}, {target_, POLLIN, 0}}};
    if (poll(sides.data(), sides.size(), -1) < 0) return;
    const bool from_client = sides[0].revents != 0;
    const ssize_t n = read(from_client ? client : target_, buffer->data(), buffer->size());
    if (n <= 0) return;
    const auto size = static_cast<size_t>(n);
    if (from_client) {
      note_sent(buffer->data(), size);
    } else {
      note_received(size);
    }
    if (send(from_client ? target_ : client, buffer->data(), size, MSG_NOSIGNAL) != n) return;
  }
}

void Recorder::note_sent(const std::byte *bytes, size_t size) {
  const std::lock_guard lock(mutex_);
  if (exchanges_.empty() || exchanges_.back().n_received != 0) exchanges_.emplace_back();
  std::vector<std::byte> &sent = exchanges_.back().sent;
  sent.insert(sent.end(), bytes, bytes + size);
}

void Recorder::note_received(size_t size) {
  const std::lock_guard lock(mutex_);
  if (exchanges_.empty()) exchanges_.emplace_back();
  exchanges_.back().n_received += static_cast<uint32_t>(size);
}

void write_recording(FILE *file, const std::vector<Exchange> &before, const std::vector<Exchange> &run) {
  const auto write_word = [file](size_t value) {
    const auto word = static_cast<uint32_t>(value);
    std::fwrite(&word, sizeof word, 1, file);
  };
  write_word(before.size());
  write_word(run.size());
  for (const auto *part : {&before, &run}) {
    for (const Exchange &exchange : *part) {
      write_word(exchange.sent.size());
      write_word(exchange.n_received);
      std::fwrite(exchange.sent.data(), 1, exchange.sent.size(), file);
    }
  }
  check(std::fflush(file) == 0, "cannot write the recording");
}

}  // namespace bench
