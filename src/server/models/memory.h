// SPDX-License-Identifier: BSD-3-Clause
// The memory that the target's memory services see: a scratch region and the inputs of the models.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "server/exchange.h"
#include "server/models/served_model.h"

namespace air::server {

class Memory {
 public:
  static constexpr uint32_t kScratchAddress = 0x20000000;
  static constexpr uint32_t kScratchSize = 1024;
  static constexpr uint32_t kInputsAddress = 0x24000000;

  // Gives the inputs of the models addresses, one after the other.
  explicit Memory(std::deque<ServedModel> &models);

  // In test mode every address stands for the scratch region.
  void set_test_mode(bool on) { test_mode_ = on; }
  bool test_mode() const { return test_mode_; }

  // kCmdMemoryRead, kCmdMemoryWrite, kCmdMemoryChecksum.
  void serve(Exchange &exchange, const wire::Request &request);

 private:
  struct Region {
    uint32_t address;
    std::span<std::byte> bytes;
  };

  std::optional<std::span<std::byte>> find(uint32_t address, uint32_t size);
  void read(Exchange &exchange, std::span<const std::byte> bytes, uint32_t address);
  void write(Exchange &exchange, std::span<std::byte> bytes);

  std::array<std::byte, kScratchSize> scratch_{};
  std::vector<Region> regions_;
  bool test_mode_ = false;
};

}  // namespace air::server
