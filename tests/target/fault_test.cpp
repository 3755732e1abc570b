// SPDX-License-Identifier: BSD-3-Clause
// What is wrong on the other side is told by its own status and text, within its limit; the next run on a healthy target works.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "firmware.h"
#include "listener.h"
#include "session.h"
#include "wire/constants.h"
#include "wire/format.h"

using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::test::kLongestConnectMs;
using air::test::now_ms;
using air::wire::Payload;
using air::wire::Response;

namespace {

// Accepts one client, says something at its first bytes, closes or stays silent.
class Peer {
 public:
  Peer(std::string text, bool closes) {
    thread_ = std::thread([this, text = std::move(text), closes] {
      const int client = accept(listener_.fd, nullptr, nullptr);
      char bytes[256];
      if (!text.empty() && read(client, bytes, sizeof(bytes)) > 0 && write(client, text.data(), text.size()) < 0)
        return;
      while (!closes && read(client, bytes, sizeof(bytes)) > 0) {
      }
      close(client);
    });
  }
  ~Peer() { thread_.join(); }
  Peer(const Peer &) = delete;
  Peer &operator=(const Peer &) = delete;

  const std::string &descriptor() const { return listener_.descriptor; }

 private:
  air::test::Listener listener_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a silent peer") {
  const Peer peer("", false);
  const double start = now_ms();
  CHECK(Client(peer.descriptor()).status == AIR_ERROR_NO_ANSWER);
  CHECK(error_text().starts_with("Invalid firmware - 127.0.0.1:"));
  CHECK(now_ms() - start < 15'000);
}

TEST_CASE("a web server") {
  for (const bool closes : {true, false}) {
    const Peer peer("HTTP/1.1 400 Bad Request\r\n\r\n", closes);
    CHECK(Client(peer.descriptor()).status == AIR_ERROR_PROTOCOL);
    CHECK(error_text().find("HTTP/1.1 400") != std::string::npos);
  }
}

TEST_CASE("a peer that closes at once") {
  const Peer peer("", true);
  CHECK(Client(peer.descriptor()).status == AIR_ERROR_LINK_LOST);
}

TEST_CASE("a protocol version that nobody knows") {
  for (const uint32_t version : {0x100U, 0x303U, 0x400U}) {
    const Firmware firmware({.version = version});
    CHECK(Client(firmware.descriptor()).status == AIR_ERROR_INCOMPATIBLE);
    CHECK(error_text().starts_with("COM Protocol is not supported: "));
  }
}

TEST_CASE("messages that are not what is due") {
  struct Row {
    const char *name;
    bool (*spoil)(Response &);
    air_status status;
    const char *text;
  };
  static std::atomic<bool> armed;
  const Row rows[] = {
      {"wrong id", [](Response &r) { return r.reqid += 1, true; }, AIR_ERROR_PROTOCOL, "SeqID is not valid"},
      {"wrong state", [](Response &r) { return r.state = r.payload == Payload::Operator ? 7 : r.state, true; },
       AIR_ERROR_PROTOCOL, "Invalid state: unknown instead S_PROCESSING"},
      {"wrong payload",
       [](Response &r) { return r.payload = r.payload == Payload::Operator ? Payload::Sync : r.payload, true; },
       AIR_ERROR_PROTOCOL, "receive 'sync' instead 'op'"},
      {"failed inference",
       [](Response &r) {
         if (r.payload == Payload::Operator) {
           r.payload = Payload::Ack;
           r.state = air::wire::kStateError;
           r.ack = {.param = 10, .error = air::wire::kErrorGeneric};
         }
         return true;
       },
       AIR_ERROR_RUN_FAILED, "receive 'ack' instead 'op' [10,10]"},
      {"refused request",
       [](Response &r) {
         r.payload = Payload::Ack;
         r.state = air::wire::kStateError;
         r.ack = {.param = 4, .error = air::wire::kErrorInvalidParam};
         return true;
       },
       AIR_ERROR_TARGET, "[4,4]: the target reports E_INVALID_PARAM"},
      {"short output",
       [](Response &r) {
         auto &datas = r.tensor.data.datas;
         if (r.payload == Payload::Tensor) datas = datas.first(datas.size() - 1);
         return true;
       },
       AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent"},
      {"output without its mark", [](Response &r) { return r.tensor.desc.flags = air::wire::kTensorOutput, true; },
       AIR_ERROR_PROTOCOL, "Number of received output tensor is not valid"},
      {"silence", [](Response &r) { return r.payload != Payload::Operator; }, AIR_ERROR_TIMEOUT,
       "STM32 - read timeout 300ms/300ms"},
  };
  for (const Row &row : rows) {
    CAPTURE(row.name);
    armed = false;
    Firmware firmware({.on_reply = [&row](Response &response) { return !armed || row.spoil(response); }});
    Client client(firmware.descriptor() + "?timeout=0.3");
    REQUIRE(client.status == AIR_OK);
    CHECK(client.run() == AIR_OK);
    armed = true;
    CHECK(client.run() == row.status);
    CHECK_MESSAGE(error_text().starts_with(row.text), error_text());
    armed = false;
    if (row.status == AIR_ERROR_TIMEOUT) continue;  // this one is silent for ever
    // A made-up refusal leaves the target within the command: that shows one call later.
    CHECK_MESSAGE((client.run() == AIR_OK || client.run() == AIR_OK), error_text());
  }
}

TEST_CASE("logs without end") {
  static std::atomic<bool> armed;
  armed = false;
  Firmware firmware({.on_tcp = true, .on_reply = [](Response &response) {
                       if (armed) response.payload = Payload::Log;
                       return true;
                     }});
  Client client(firmware.descriptor() + "?timeout=0.5");
  REQUIRE(client.status == AIR_OK);
  armed = true;
  CHECK(client.run() != AIR_OK);
}

TEST_CASE("two models of one name: the first is there, the log tells of the other") {
  const Firmware firmware({.equal_names = true});
  std::string log;
  Client client(firmware.descriptor(), kLongestConnectMs, &log);
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  CHECK(air_get_n_models(client.runner) == 1);
  CHECK(log.find("it is called network like one before") != std::string::npos);
  CHECK(client.run() == AIR_OK);
  CHECK_MESSAGE(air_reconnect(client.runner, nullptr) == AIR_OK, error_text());
  CHECK(client.run() == AIR_OK);
}

TEST_CASE("a scale that is no number") {
  for (const float scale : {NAN, INFINITY, -1.0F}) {
    CAPTURE(scale);
    const Firmware firmware({.on_reply = [scale](Response &response) {
      if (response.payload != Payload::ModelInfo) return true;
      response.minfo.inputs[0].format = air::wire::encode_format({.dtype = AIR_DTYPE_INT8});
      response.minfo.inputs[0].scale = scale;
      return true;
    }});
    CHECK(Client(firmware.descriptor()).status == AIR_ERROR_PROTOCOL);
    CHECK_MESSAGE(error_text().find("input_1 - scale") != std::string::npos, error_text());
  }
}
