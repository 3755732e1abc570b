// SPDX-License-Identifier: BSD-3-Clause
// The models that the target offers: sessions of the connected runners with their memory.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "airunner.h"
#include "server/models/personality.h"
#include "wire/messages.h"

namespace air::server {

struct Disconnect {
  void operator()(air_runner *runner) const { air_disconnect(runner); }
};
using Runner = std::unique_ptr<air_runner, Disconnect>;

struct FreeInputs {
  void operator()(air_input_set *set) const { air_free_inputs(set); }
};
using Inputs = std::unique_ptr<air_input_set, FreeInputs>;

// One model: how it is described, and the inputs of one sample.
class ServedModel {
 public:
  // `model` is that of the session.
  ServedModel(air_runner *runner, air_session *session, const air_model &model, const std::string &name,
              const Personality &personality, bool with_times);

  air_runner *runner() const { return runner_; }
  air_session *session() const { return session_; }
  const air_model &info() const { return *info_; }
  const wire::ModelInfo &description() const { return description_; }
  const std::string &name() const { return description_.name; }

  std::span<const air_input> inputs() const { return {inputs_->inputs, inputs_->n}; }
  std::span<std::byte> input(size_t index) const {
    return {static_cast<std::byte *>(inputs_->data[index]), static_cast<size_t>(inputs_->inputs[index].size_bytes)};
  }

  // Descriptions of the output tensors of a node, made when it is first met.
  const std::vector<wire::TensorDesc> &node_tensors(const air_node &node);

  // AIR_OK where there are none.
  air_status reset_states(air_token *token);
  // A client that has not run this model yet starts from its reset states, whether it says so or not.
  void await_client() { is_fresh_ = true; }
  bool take_fresh() { return std::exchange(is_fresh_, false); }

  // Announces the input at this address.
  void set_input_address(size_t index, uint32_t address) { description_.inputs[index].addr = address; }

 private:
  air_runner *runner_;
  air_session *session_;
  const air_model *info_;
  const Personality &personality_;
  bool is_fresh_ = true;
  wire::ModelInfo description_;
  Inputs inputs_;
  std::unordered_map<const air_node *, std::vector<wire::TensorDesc>> node_tensors_;
};

// All models of all runners. Names are keys of the protocol: an equal one gets a suffix. Throws std::runtime_error.
std::deque<ServedModel> serve_models(const std::vector<Runner> &runners, const Personality &personality,
                                     bool with_times);

}  // namespace air::server
