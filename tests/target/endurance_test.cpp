// SPDX-License-Identifier: BSD-3-Clause
// What does not end: connections again and again, a second client, bytes for ever. Neither descriptors nor memory grow.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>

#include "../sanitized.h"
#include "listener.h"
#include "server_process.h"
#include "session.h"
#include "wire/encode.h"
#include "wire/link.h"

using air::test::Client;
using air::test::error_text;
using air::test::now_ms;
using air::test::open_files;
using air::test::ServerProcess;
using namespace air;

namespace {

constexpr uint64_t kGigabyte = uint64_t{1} << 30;
// A sanitizer keeps freed memory for a while, and makes a log take fifteen times as long.
constexpr uint64_t kMostGrowth = uint64_t{AIR_TEST_SANITIZED ? 512 : 16} << 20;
constexpr uint64_t kLogs = AIR_TEST_SANITIZED ? 1'800 : 18'000;
constexpr uint64_t kLogSize = 60'000;
static_assert(AIR_TEST_SANITIZED || kLogs * kLogSize > kGigabyte);

size_t open_files_of(const std::string &process) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/" + process + "/fd"), {}));
}

std::set<int> files() {
  std::set<int> fds;
  for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    fds.insert(std::stoi(entry.path().filename().string()));
  }
  std::erase_if(fds, [](int fd) { return fcntl(fd, F_GETFD) < 0; });  // the folder itself
  return fds;
}

// Bytes of memory that this process had at most since reset_peak().
uint64_t peak() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    uint64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return UINT64_MAX;
}

void reset_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

// Answers the first bytes of a client with the same ones again and again, as fast as they are taken, until it goes or a gigabyte is sent.
class Stream {
 public:
  explicit Stream(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~Stream() {
    if (thread_.joinable()) thread_.join();
  }
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;

  uint64_t sent() {
    thread_.join();
    return sent_;
  }

  const std::string &descriptor() const { return listener_.descriptor; }

 private:
  void serve() {
    const int client = accept(listener_.fd, nullptr, nullptr);
    std::array<char, 256> heard;
    bool goes_on = read(client, heard.data(), heard.size()) > 0;
    while (goes_on && sent_ < kGigabyte) {
      const ssize_t n = send(client, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      goes_on = n > 0;
      sent_ += goes_on ? static_cast<uint64_t>(n) : 0;
      while (recv(client, heard.data(), heard.size(), MSG_DONTWAIT) > 0) continue;
    }
    close(client);
  }

  air::test::Listener listener_;
  std::vector<std::byte> bytes_;
  uint64_t sent_ = 0;
  std::thread thread_;
};

// Many packets of log messages, or of one that has no end.
std::vector<std::byte> logs(wire::Framing framing, bool has_end) {
  wire::Response response;
  response.payload = wire::Payload::Log;
  response.reqid = 1;
  response.log = {1, std::string(wire::kMaxLog, 'l')};
  std::vector<std::byte> head, bytes;
  wire::PacketWriter writer;
  for (int i = 0; i < 400; ++i) {
    writer.start(framing, wire::Direction::TargetToHost, wire::encode(response, framing.flavour, head));
    while (!writer.done()) {
      const wire::Bytes packet = writer.next();
      if (!has_end && writer.done()) break;
      bytes.insert(bytes.end(), packet.begin(), packet.end());
    }
  }
  return bytes;
}

void check_stream(const std::vector<std::byte> &bytes) {
  constexpr uint32_t kLimitMs = 3'000;
  constexpr double kSlackMs = 2'000;
  reset_peak();
  const uint64_t before = peak();
  Stream peer(bytes);
  const double start = now_ms();
  const air_status status = Client(peer.descriptor(), kLimitMs).status;
  CHECK_MESSAGE((status == AIR_ERROR_TIMEOUT || status == AIR_ERROR_PROTOCOL || status == AIR_ERROR_NO_ANSWER),
                error_text());
  CHECK(now_ms() - start < kLimitMs + kSlackMs);
  const uint64_t sent = peer.sent();
  CHECK(sent > bytes.size());
  CHECK_MESSAGE(peak() < before + kMostGrowth, fmt::format("{} bytes, after {} sent; {} before", peak(), sent, before));
}

}  // namespace

TEST_CASE("a thousand connections leave nothing open") {
  constexpr int kCycles = 1'000;
  constexpr int kRunEvery = 50;
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0"});
  CHECK(Client(server.descriptor()).status == AIR_OK);
  const size_t before = open_files();
  const std::string id = std::to_string(server.id());
  const size_t served_before = open_files_of(id);
  int good = 0;
  for (int i = 0; i < kCycles; ++i) {
    Client client(server.descriptor());
    good += client.status == AIR_OK && (i % kRunEvery != 0 || client.run() == AIR_OK) ? 1 : 0;
  }
  CHECK(good == kCycles);
  CHECK(open_files() == before);
  Client last(server.descriptor());  // with it the server has closed the connection before
  CHECK(last.run() == AIR_OK);
  CHECK(open_files_of(id) <= served_before + 1);
}

TEST_CASE("connections that fail leave nothing open") {
  constexpr int kCycles = 50;
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0", "--fault", "die@minfo"});
  ServerProcess terminal({"null:", "--listen", "pty", "--fault", "error=4@minfo"});
  const auto no_port = std::filesystem::temp_directory_path() / ("no-port-" + std::to_string(getpid()));
  std::ofstream(no_port) << "a file";
  const auto check = [](const std::string &descriptor, air_status expected) {
    const air_status status = Client(descriptor).status;
    if (status != expected) FAIL_CHECK(fmt::format("{}: {}: {}", descriptor, air_status_name(status), error_text()));
  };
  size_t before = 0;
  for (int i = 0; i < kCycles; ++i) {
    check(server.descriptor(), AIR_ERROR_LINK_LOST);
    check(terminal.descriptor(), AIR_ERROR_NOT_FOUND);
    check("serial:" + no_port.string(), AIR_ERROR_IO);
    if (i == 0) before = open_files();
  }
  CHECK(open_files() == before);
  std::filesystem::remove(no_port);
}

TEST_CASE("children inherit no connection") {
  for (const char *listen : {"tcp:127.0.0.1:0", "pty"}) {
    CAPTURE(listen);
    ServerProcess server({"null:", "--listen", listen});
    const std::string descriptor = server.descriptor();
    const std::set<int> before = files();
    const Client client(descriptor);
    REQUIRE(client.status == AIR_OK);
    int n_new = 0;
    for (const int fd : files()) {
      if (before.contains(fd)) continue;
      ++n_new;
      CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    }
    CHECK(n_new > 0);
  }
}

TEST_CASE("of two clients the second one is turned away, and the first one does not notice") {
  for (const char *listen : {"tcp:127.0.0.1:0", "pty"}) {
    CAPTURE(listen);
    ServerProcess server({"null:", "--listen", listen});
    {
      Client first(server.descriptor());
      REQUIRE(first.run() == AIR_OK);
      const double start = now_ms();
      const air_status second = Client(server.descriptor()).status;
      CHECK_MESSAGE(second == (*listen == 't' ? AIR_ERROR_LINK_LOST : AIR_ERROR_BUSY), error_text());
      CHECK(now_ms() - start < 10'000);
      CHECK_MESSAGE(first.run(AIR_MODE_PER_LAYER_WITH_DATA) == AIR_OK, error_text());
    }
    Client third(server.descriptor());
    CHECK_MESSAGE(third.run() == AIR_OK, error_text());
  }
}

TEST_CASE("a gigabyte of logs within a run") {
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0", "--packet", "4094", "--fault",
                        fmt::format("log-storm={}@ack:2", kLogs), "--fault", fmt::format("log-size={}", kLogSize)});
  Client client(server.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  reset_peak();
  const uint64_t before = peak();
  CHECK_MESSAGE(client.run() == AIR_OK, error_text());
  CHECK(client.value("link.received") > static_cast<double>(kLogs * kLogSize));
  CHECK_MESSAGE(peak() < before + kMostGrowth, fmt::format("{} bytes, {} before", peak(), before));
  CHECK(client.run() == AIR_OK);
}

TEST_CASE("a peer that sends logs for ever") {
  for (const wire::Flavour flavour : {wire::Flavour::A, wire::Flavour::B}) {
    check_stream(logs({flavour, wire::kMinPayload}, true));
  }
}

TEST_CASE("a peer that sends a message without end") {
  for (const wire::Flavour flavour : {wire::Flavour::A, wire::Flavour::B}) {
    check_stream(logs({flavour, wire::kMinPayload}, false));
  }
}

TEST_CASE("a peer that sends sync bytes, zeros or noise for ever") {
  check_stream(std::vector<std::byte>(65'536, wire::kSync));
  check_stream(std::vector<std::byte>(65'536));
  check_stream(std::vector<std::byte>(65'536, std::byte{0xC3}));
}
