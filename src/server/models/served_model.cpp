// SPDX-License-Identifier: BSD-3-Clause
// The models that the target offers: sessions of the connected runners with their memory.
#include "server/models/served_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "server/models/describe.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

constexpr const char *kNameless = "network";  // a run request without a name reaches no model

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

Inputs one_sample(const air_session *session) {
  air_input_set *set = nullptr;
  check(air_make_inputs(session, 1, &set));
  return Inputs(set);
}

}  // namespace

ServedModel::ServedModel(air_runner *runner, air_session *session, const air_model &model, const std::string &name,
                         const Personality &personality, bool with_times)
    : runner_(runner),
      session_(session),
      info_(&model),
      personality_(personality),
      description_(describe_model(model, name, personality, with_times)),
      inputs_(one_sample(session)) {}

air_status ServedModel::reset_states(air_token *token) {
  if ((info_->capabilities & AIR_CAP_RESET_STATES) == 0) return AIR_OK;
  const air_call call = {.struct_size = sizeof(call), .token = token};
  return air_reset_states(session_, &call);
}

// The session's model has the nodes once they are known.
const std::vector<wire::TensorDesc> &ServedModel::node_tensors(const air_node &node) {
  const auto [entry, is_new] = node_tensors_.try_emplace(&node);
  if (!is_new) return entry->second;
  const air_model &model = *air_get_model(session_);
  for (uint32_t i = 0; i < node.n_outputs; ++i) {
    wire::TensorDesc desc = describe_tensor(model, *node.outputs[i], personality_, wire::kTensorInternal);
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
      check(air_get_session_at(runner.get(), i, &session));
      const air_model &model = *air_get_model(session);
      const std::string name = unique_name(models, model.name);
      if (name != model.name) {
        note(fmt::format("model \"{}\" of {} is offered as \"{}\"", model.name, model.descriptor, name));
      }
      models.emplace_back(runner.get(), session, model, name, personality, with_times);
    }
  }
  return models;
}

}  // namespace air::server
