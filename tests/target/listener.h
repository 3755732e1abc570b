// SPDX-License-Identifier: BSD-3-Clause
// A port of this machine that a client can connect to.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace air::test {

class Listener {
 public:
  Listener() : fd(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr *>(&address), size) == 0);
    REQUIRE(listen(fd, 1) == 0);
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) == 0);
    descriptor = "socket:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listener() { close(fd); }
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  const int fd;
  std::string descriptor;
};

}  // namespace air::test
