// SPDX-License-Identifier: BSD-3-Clause
// The models that the target offers: sessions of the connected runners with their memory.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "airunner.h"
#include "personality.h"
#include "wire/messages.h"

namespace air::server {

// One model: how it is described, and the memory of one sample.
class ServedModel {
 public:
  ServedModel(air_runner *runner, air_session *session, const air_model_info &info, const std::string &name,
              const Personality &personality, bool with_times);

  air_runner *runner() const { return runner_; }
  air_session *session() const { return session_; }
  const air_model_info &info() const { return *info_; }
  const wire::ModelInfo &description() const { return description_; }
  const std::string &name() const { return description_.name; }

  std::span<std::byte> input(size_t index) { return inputs_[index]; }
  std::span<const std::byte> output(size_t index) const { return outputs_[index]; }
  const std::vector<air_buffer> &input_buffers() const { return input_buffers_; }
  const std::vector<air_buffer> &output_buffers() const { return output_buffers_; }

  // Descriptions of the output tensors of a node, made when it is first met.
  const std::vector<wire::TensorDesc> &node_tensors(const air_node_info &node);

  // A client that has not run this model yet starts from its reset states, whether it says so or not.
  void await_client() { is_fresh_ = true; }
  bool take_fresh() { return std::exchange(is_fresh_, false); }

  // Announces the input at this address.
  void set_input_address(size_t index, uint32_t address) { description_.inputs[index].addr = address; }

 private:
  air_runner *runner_;
  air_session *session_;
  const air_model_info *info_;
  const Personality &personality_;
  bool is_fresh_ = true;
  wire::ModelInfo description_;
  std::vector<std::vector<std::byte>> inputs_;
  std::vector<std::vector<std::byte>> outputs_;
  std::vector<air_buffer> input_buffers_;
  std::vector<air_buffer> output_buffers_;
  std::unordered_map<const air_node_info *, std::vector<wire::TensorDesc>> node_tensors_;
};

struct Disconnect {
  void operator()(air_runner *runner) const { air_disconnect(runner); }
};
using Runner = std::unique_ptr<air_runner, Disconnect>;

// All models of all runners. Names are keys of the protocol: an equal one gets a suffix. Throws std::runtime_error.
std::deque<ServedModel> serve_models(const std::vector<Runner> &runners, const Personality &personality,
                                     bool with_times);

}  // namespace air::server
