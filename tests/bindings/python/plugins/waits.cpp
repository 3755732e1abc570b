// SPDX-License-Identifier: BSD-3-Clause
// `waits:` gets ready to be given the values of its node until it is cancelled. Its extension is one of a header that had but memory_read.
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "airunner_backend.hpp"
#include "airunner_st.h"

namespace {

air_status memory_read(air_connection *, uint64_t, void *data, uint64_t size) {
  std::memset(data, 7, size);
  return AIR_OK;
}

// The others lie behind the end of the table.
air_status never_called(air_connection *, uint64_t, const void *, uint64_t) {
  std::abort();
}

constexpr air_st_backend kTable = {
    .struct_size = offsetof(air_st_backend, memory_write), .memory_read = memory_read, .memory_write = never_called};

constexpr const char *kSchemes[] = {"waits", nullptr};

class Waits {
 public:
  static constexpr air::backend::Facts facts = {
      .name = "waits", .version = "0", .description = "waits while it prepares", .schemes = kSchemes};

  explicit Waits(const air::backend::Request &) {}

  const std::vector<air::backend::Model> &models() const noexcept { return models_; }

  void run(uint32_t, air::backend::Run &run) const {
    *static_cast<float *>(run.output(0)) = *static_cast<const float *>(run.input(0));
    run.measured(1000);
  }

  static const void *extension(std::string_view name) { return name == AIR_ST_EXTENSION ? &kTable : nullptr; }

  static void prepare(uint32_t, const air::backend::Preparation &preparation) {
    while (!preparation.nodes().empty()) {
      preparation.check();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  std::vector<air::backend::Model> models_ = {{.name = "network",
                                               .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_GIVEN | AIR_CAP_MEMORY_RW,
                                               .inputs = {{.shape = {1}}},
                                               .outputs = {{.shape = {1}}},
                                               .nodes = {{.name = "copy", .outputs = {{.shape = {1}}}}}}};
};

}  // namespace

AIR_BACKEND(Waits)
