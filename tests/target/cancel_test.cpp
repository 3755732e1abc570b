// SPDX-License-Identifier: BSD-3-Clause
// Whatever waits for a target is cancelled soon, leaves nothing open, and stands in nobody's way.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "airunner_st.h"
#include "firmware.h"
#include "server_process.h"
#include "session.h"

using air::test::Canceller;
using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::test::kLongestConnectMs;
using air::test::now_ms;
using air::test::open_files;
using air::test::ServerProcess;

namespace {

constexpr double kSoonMs = 200;  // 100 ms, and what a busy machine adds
// A server on a busy machine may notice late that the client before has left a terminal.
constexpr int kAttempts = 3;

// Takes what is sent, and says nothing.
class SilentTerminal {
 public:
  SilentTerminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
  }
  ~SilentTerminal() { close(master_); }
  SilentTerminal(const SilentTerminal &) = delete;
  SilentTerminal &operator=(const SilentTerminal &) = delete;

  std::string descriptor() const { return std::string("serial:") + ptsname(master_); }

 private:
  int master_;
};

// Connections come about, as long as there is room for them, and nobody ever takes one.
class SilentHost {
 public:
  explicit SilentHost(int room) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    REQUIRE(bind(listener_, address(), size) == 0);
    REQUIRE(listen(listener_, room) == 0);
    REQUIRE(getsockname(listener_, address(), &size) == 0);
  }
  ~SilentHost() {
    for (const int fd : waiting_) close(fd);
    close(listener_);
  }
  SilentHost(const SilentHost &) = delete;
  SilentHost &operator=(const SilentHost &) = delete;

  std::string place() const { return "127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

  // From now on connecting waits.
  void fill() {
    for (bool has_room = true; has_room;) {
      pollfd waiting = {waiting_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), POLLOUT, 0};
      connect(waiting.fd, address(), sizeof(address_));
      has_room = poll(&waiting, 1, 100) == 1;
    }
  }

 private:
  sockaddr *address() { return reinterpret_cast<sockaddr *>(&address_); }

  int listener_;
  sockaddr_in address_{};
  std::vector<int> waiting_;
};

// While it lives, signals disturb every wait of this thread.
class Alarms {
 public:
  Alarms() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    REQUIRE(sigaction(SIGALRM, &action, &before_) == 0);
    set(5'000);
  }
  ~Alarms() {
    set(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Alarms(const Alarms &) = delete;
  Alarms &operator=(const Alarms &) = delete;

 private:
  static void set(suseconds_t us) {
    const itimerval every = {{0, us}, {0, us}};
    CHECK(setitimer(ITIMER_REAL, &every, nullptr) == 0);
  }

  struct sigaction before_ {};
};

void check_connecting(const std::string &descriptor) {
  CAPTURE(descriptor);
  const size_t before = open_files();
  const Canceller other;
  CHECK(Client(descriptor, kLongestConnectMs, nullptr, other.token()).status == AIR_ERROR_CANCELLED);
  CHECK(other.passed_ms() < kSoonMs);
  CHECK(open_files() == before);
}

void check_usable(const std::string &descriptor) {
  air_status status = AIR_ERROR_BUSY;
  for (int i = 0; status != AIR_OK && i < kAttempts; ++i) {
    Client next(descriptor);
    CHECK(next.status != AIR_ERROR_BUSY);
    status = next.run();
  }
  CHECK_MESSAGE(status == AIR_OK, error_text());
}

}  // namespace

TEST_CASE("connecting to a silent port, again and again") {
  const SilentTerminal terminal;
  for (int i = 0; i < 3; ++i) check_connecting(terminal.descriptor());
}

TEST_CASE("a silent port is given up in time also where signals disturb") {
  const SilentTerminal terminal;
  const Alarms alarms;
  const double began = now_ms();
  CHECK(Client(terminal.descriptor(), kLongestConnectMs).status == AIR_ERROR_NO_ANSWER);
  CHECK(now_ms() - began < kLongestConnectMs);
}

TEST_CASE("connecting over TCP and RFC 2217 to what is silent") {
  const SilentHost host(8);
  check_connecting("socket:" + host.place());
  check_connecting("rfc2217:" + host.place());
}

TEST_CASE("connecting to a host that answers nothing") {
  SilentHost host(0);
  host.fill();
  check_connecting("socket:" + host.place());
}

TEST_CASE("a token that is cancelled already") {
  const SilentTerminal terminal;
  const Canceller other(0);
  while (air_is_cancelled(other.token()) == 0) continue;
  const double start = now_ms();
  CHECK(Client(terminal.descriptor(), kLongestConnectMs, nullptr, other.token()).status == AIR_ERROR_CANCELLED);
  CHECK(now_ms() - start < kSoonMs);
}

TEST_CASE("connecting to a target that stops at any step, and the next client meets a healthy one") {
  for (const char *listen : {"tcp:127.0.0.1:0", "pty"}) {
    for (const char *fault : {"silent", "silent@sync:2", "silent@sinfo", "silent@minfo", "silent@ack", "swallow",
                              "truncated@minfo", "log-storm=60000@sinfo"}) {
      CAPTURE(listen);
      CAPTURE(fault);
      ServerProcess server({"null:", "--listen", listen, "--fault", "clients=1", "--fault", fault});
      check_connecting(server.descriptor());
      check_usable(server.descriptor());
    }
  }
}

TEST_CASE("services, and the connection is restored") {
  static char bytes[600];
  struct Row {
    const char *fault;
    air_status (*call)(air_runner *runner, const air_call *call);
  };
  const auto read = [](air_runner *runner, const air_call *call) {
    return air_st_memory_read(runner, 0x20000000, bytes, sizeof(bytes), call);
  };
  const auto write = [](air_runner *runner, const air_call *call) {
    return air_st_memory_write(runner, 0x20000000, bytes, sizeof(bytes), call);
  };
  const auto sum = [](air_runner *runner, const air_call *call) {
    uint32_t checksum = 0;
    return air_st_memory_checksum(runner, 0x20000000, sizeof(bytes), call, &checksum);
  };
  const auto test = [](air_runner *runner, const air_call *call) {
    uint32_t value = 0;
    return air_st_self_test(runner, 3, 0, 0, call, &value);
  };
  const Row rows[] = {{"silent@sync:3", air_ping}, {"silent@ack:2", read},  {"silent@data", read},
                      {"silent@ack:2", write},     {"silent@ack:3", write}, {"silent@ack:2", sum},
                      {"silent@ack:2", test}};
  for (const char *listen : {"tcp:127.0.0.1:0", "pty"}) {
    for (const Row &row : rows) {
      CAPTURE(listen);
      CAPTURE(row.fault);
      ServerProcess server(
          {"null:", "--listen", listen, "--memory", "--self-test", "--fault", "clients=1", "--fault", row.fault});
      Client client(server.descriptor());
      REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
      const Canceller other;
      const air_call call = {.struct_size = sizeof(call), .token = other.token()};
      CHECK(row.call(client.runner, &call) == AIR_ERROR_CANCELLED);
      CHECK_MESSAGE(other.passed_ms() < kSoonMs, error_text());
      air_status status = AIR_ERROR_TIMEOUT;
      for (int i = 0; status != AIR_OK && i < kAttempts; ++i) status = air_reconnect(client.runner, nullptr);
      REQUIRE_MESSAGE(status == AIR_OK, error_text());
      CHECK_MESSAGE(client.run() == AIR_OK, error_text());
    }
  }
}

TEST_CASE("reconnecting, and a later attempt goes well") {
  for (const bool on_tcp : {false, true}) {
    CAPTURE(on_tcp);
    std::atomic<bool> is_late = false;
    const Firmware firmware({.on_tcp = on_tcp, .on_reply = [&is_late](air::wire::Response &) {
                               if (is_late) std::this_thread::sleep_for(std::chrono::milliseconds(700));
                               return true;
                             }});
    Client client(firmware.descriptor());
    REQUIRE(client.run() == AIR_OK);
    is_late = true;
    const Canceller other;
    const air_call call = {.struct_size = sizeof(call), .token = other.token()};
    CHECK(air_reconnect(client.runner, &call) == AIR_ERROR_CANCELLED);
    CHECK(other.passed_ms() < kSoonMs);
    is_late = false;
    CHECK(client.run() == AIR_ERROR_NOT_CONNECTED);
    REQUIRE_MESSAGE(air_reconnect(client.runner, nullptr) == AIR_OK, error_text());
    CHECK_MESSAGE(client.run() == AIR_OK, error_text());
  }
}
