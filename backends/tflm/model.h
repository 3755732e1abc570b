// SPDX-License-Identifier: BSD-3-Clause
// The connection to one model on TensorFlow Lite Micro.
#pragma once

#include <array>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/options.h"
#include "tflite_file/model_file.h"
#include "tflm/micro/network.h"

namespace air::tflm {

inline constexpr const char *kArenaRange[] = {"1024", "1073741824", nullptr};
inline constexpr std::array kTflmOptions = {
    runtime::kNameOption,
    runtime::describe_option("arena", AIR_OPTION_NUMBER, "bytes of the arena, else as many as it takes", nullptr,
                             kArenaRange),
};

// What TensorFlow Lite Micro says: a line each.
class Words final : public ::tflite::ErrorReporter {
 public:
  using ErrorReporter::Report;
  int Report(const char *format, va_list arguments) override;
  std::string text;
};

class Model {
 public:
  static const backend::Facts facts;

  explicit Model(const backend::Request &request);

  const std::string &descriptor() const noexcept { return descriptor_; }
  const std::vector<backend::Model> &models() const noexcept { return models_; }
  void run(uint32_t model, backend::Run &run);
  void prepare(uint32_t model, const backend::Preparation &preparation);
  // Throws UNSUPPORTED for a model without states.
  void reset_states(uint32_t model);

 private:
  class Nodes;

  void make_network(uint64_t arena_bytes);
  bool try_network(size_t arena_bytes);
  backend::Tensor describe(int32_t tensor) const;
  void describe_ports();
  void describe_nodes();
  void describe_model();

  const std::filesystem::path path_;
  const std::string descriptor_;
  const std::vector<std::byte> bytes_;
  const tflite_file::ModelFile file_;
  const std::string note_;  // for each run
  Words words_;
  std::unique_ptr<uint8_t[]> arena_;
  std::unique_ptr<Network> network_;  // in the arena
  size_t arena_used_ = 0;
  std::vector<backend::Model> models_;
  backend::Model &model_;                             // the one that there is
  std::vector<std::optional<size_t>> given_;          // for each node where the values begin that it is given
  std::vector<std::vector<const void *>> node_data_;  // for each node where its outputs lie
};

}  // namespace air::tflm
