// SPDX-License-Identifier: BSD-3-Clause
// The models that the target offers: sessions of the connected runners with their memory.
#include "served_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <stdexcept>

#include "describe.h"
#include "port.h"

namespace air::server {
namespace {

constexpr const char *kNameless = "network";  // a run request without a name reaches no model

std::vector<std::vector<std::byte>> sample_memory(std::span<const air_tensor_info *const> tensors) {
  std::vector<std::vector<std::byte>> memory;
  for (const air_tensor_info *tensor : tensors) memory.emplace_back(tensor->size_bytes);
  return memory;
}

std::vector<air_buffer> buffers(std::vector<std::vector<std::byte>> &memory) {
  std::vector<air_buffer> buffers;
  for (std::vector<std::byte> &bytes : memory) {
    buffers.push_back({bytes.data(), bytes.size(), nullptr, 0, AIR_DTYPE_NONE});
  }
  return buffers;
}

std::string unique_name(const std::deque<ServedModel> &models, const std::string &wanted) {
  const auto taken = [&](const std::string &name) {
    return std::any_of(models.begin(), models.end(), [&](const ServedModel &model) { return model.name() == name; });
  };
  std::string name = wanted.empty() ? kNameless : wanted;
  for (uint32_t number = 2; taken(name); ++number) name = fmt::format("{}_{}", wanted, number);
  return name;
}

void check(air_status status) {
  if (status != AIR_OK) throw std::runtime_error(air_last_error()->message);
}

}  // namespace

ServedModel::ServedModel(air_runner *runner, air_session *session, const air_model_info &info, const std::string &name,
                         const Personality &personality, bool with_times)
    : runner_(runner),
      session_(session),
      info_(&info),
      personality_(personality),
      description_(describe_model(info, name, personality, with_times)),
      inputs_(sample_memory({info.inputs, info.n_inputs})),
      outputs_(sample_memory({info.outputs, info.n_outputs})),
      input_buffers_(buffers(inputs_)),
      output_buffers_(buffers(outputs_)) {}

const std::vector<wire::TensorDesc> &ServedModel::node_tensors(const air_node_info &node) {
  const auto [entry, is_new] = node_tensors_.try_emplace(&node);
  if (!is_new) return entry->second;
  for (uint32_t i = 0; i < node.n_outputs; ++i) {
    wire::TensorDesc desc = describe_tensor(*node.outputs[i], personality_, wire::kTensorInternal);
    if (!personality_.node_names) desc.name.clear();
    entry->second.push_back(std::move(desc));
  }
  return entry->second;
}

std::deque<ServedModel> serve_models(const std::vector<Runner> &runners, const Personality &personality,
                                     bool with_times) {
  std::deque<ServedModel> models;
  for (const Runner &runner : runners) {
    for (uint32_t i = 0; i < air_get_n_models(runner.get()); ++i) {
      air_session *session = nullptr;
      const air_model_info *info = nullptr;
      check(air_get_session_at(runner.get(), i, &session));
      check(air_get_info(session, &info));
      const std::string name = unique_name(models, info->name);
      if (name != info->name)
        note(
            fmt::format("model \"{}\" of {} is offered as \"{}\"", info->name, air_get_descriptor(runner.get()), name));
      models.emplace_back(runner.get(), session, *info, name, personality, with_times);
    }
  }
  return models;
}

}  // namespace air::server
