// SPDX-License-Identifier: BSD-3-Clause
// A target as deployed firmware is: reads exactly one packet at a time, checks nothing, waits for ever. One model, float32 in and out.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wire/link.h"
#include "wire/messages.h"

namespace air::test {

struct FirmwareOptions {
  wire::Flavour flavour = wire::Flavour::B;
  uint32_t com_param = 0;  // packet size announced
  uint32_t version = wire::kVersion31;
  uint32_t n_elements = 20;  // of the input and the output
  uint32_t n_nodes = 2;
  bool on_tcp = false;       // else on a pseudo-terminal
  bool equal_names = false;  // a second model of the same name
  uint32_t inference_ms = 0;
  std::string tool_2x;                  // protocol 2.x: not ST's runtime, but that of this tool
  std::vector<std::byte> heard_before;  // what a former client sent before it went away
  uint32_t forgets_after_ms = 0;        // of silence within a message: it begins anew. 0: never
  // Texts of the logs that come before a node, by the user option of the run.
  std::function<std::vector<std::string>(uint32_t option, uint32_t node)> statistics;
  // Called before each message is sent; may change it, or return false to fall silent for ever.
  std::function<bool(wire::Response &)> on_reply;
};

class Firmware {
 public:
  explicit Firmware(FirmwareOptions options);
  ~Firmware();
  Firmware(const Firmware &) = delete;
  Firmware &operator=(const Firmware &) = delete;

  // For air_connect().
  const std::string &descriptor() const { return descriptor_; }
  // Path of the pseudo-terminal.
  const std::string &device() const { return device_; }
  // Everything heard from the host so far; take it when the target is idle.
  std::vector<std::byte> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  // Breaks the connection; with TCP the next client may come.
  void hang_up();
  uint32_t syncs() const { return syncs_; }

 private:
  struct Gone {};
  struct Forgotten {};

  void open_pty();
  void open_tcp();
  void serve();
  void serve_client();
  void take_request();
  void run(const wire::Request &request);
  void info(const wire::Request &request);
  void send_statistics(const wire::Request &request, uint32_t node);
  bool speaks_2x() const { return options_.version >> 8 == 2; }
  void info_2x(const wire::Request &request);
  void run_2x(const wire::Request &request);
  void send_acknowledged(wire::Response &response);
  wire::BufferShape shape_2x() const;
  wire::Response reply_to(const wire::Request &request, wire::Payload payload, uint32_t state) const;
  void send(wire::Response &response);
  void send_ack(const wire::Request &request, uint32_t state, uint32_t param, uint32_t error = 0);
  std::vector<std::byte> read_message();
  std::byte next_byte();
  void read_exactly(std::byte *into, size_t n);
  void write_all(wire::Bytes bytes);
  wire::TensorDesc desc(uint32_t flags) const;
  size_t header_size() const { return options_.flavour == wire::Flavour::A ? 1 : 2; }

  FirmwareOptions options_;
  std::string descriptor_, device_;
  int listener_ = -1;
  int slave_ = -1;  // keeps the pseudo-terminal alive between clients
  std::atomic<int> fd_{-1};
  std::atomic<bool> stop_{false};
  uint32_t payload_ = wire::kMinPayload;
  std::vector<std::byte> packet_;
  size_t used_ = 0, count_ = 0;  // bytes of the packet taken and there
  size_t played_ = 0;            // of heard_before
  mutable std::mutex mutex_;     // of heard_
  std::vector<std::byte> heard_;
  std::atomic<uint32_t> syncs_{0};
  std::thread thread_;
};

}  // namespace air::test
