// SPDX-License-Identifier: BSD-3-Clause
// A relay that records what a client sends to a target over TCP, and after how many bytes of the target it does so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bench {

// Bytes that the client sent in a row, and the number of bytes that the target sent then.
struct Exchange {
  std::vector<std::byte> sent;
  uint32_t n_received = 0;
};

class Recorder {
 public:
  // `target` is a descriptor "socket:127.0.0.1:PORT". One client can connect to descriptor().
  explicit Recorder(const std::string &target);
  ~Recorder();
  Recorder(const Recorder &) = delete;
  Recorder &operator=(const Recorder &) = delete;

  const std::string &descriptor() const { return descriptor_; }

  // What was exchanged since the last call. The client must be at rest.
  std::vector<Exchange> take();

 private:
  void relay();
  void pass_on(int client);
  void note_sent(const std::byte *bytes, size_t size);
  void note_received(size_t size);

  int target_ = -1;
  int listener_ = -1;
  std::string descriptor_;
  std::mutex mutex_;
  std::vector<Exchange> exchanges_;
  std::thread thread_;
};

// Writes what replay-floor reads.
void write_recording(FILE *file, const std::vector<Exchange> &before, const std::vector<Exchange> &run);

}  // namespace bench
