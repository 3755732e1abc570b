// SPDX-License-Identifier: BSD-3-Clause
// Public functions of models and results: what they say, who holds them, and how others are made.
#include "api/boundary.h"
#include "core/values/dlpack.h"
#include "core/values/result.h"
#include "platform/machine/machine.h"

using air::guarded;
using air::required;

namespace {

const air::Model *object(const air_model *model) {
  return static_cast<const air::Model *>(model);
}

const air::Result *object(const air_result *result) {
  return reinterpret_cast<const air::Result *>(result);
}

// NULL where the result does not hold it; throws for an index that there is not.
const air::Samples *find_samples(const air::Result &result, air_place place, uint32_t node, uint32_t index) {
  const air_model &model = *result.model;
  if (place != AIR_PLACE_NODE && node != 0) air::fail(AIR_ERROR_INVALID_ARGUMENT, "node is {}, expected 0", node);
  if (place == AIR_PLACE_NODE && node >= model.n_nodes) {
    air::fail(AIR_ERROR_INVALID_ARGUMENT, "no node {}: there are {}", node, model.n_nodes);
  }
  uint32_t count = 0;
  const std::vector<air::Samples> *list = nullptr;
  switch (place) {
    case AIR_PLACE_INPUT:
      count = model.n_inputs;
      list = &result.inputs;
      break;
    case AIR_PLACE_OUTPUT:
      count = model.n_outputs;
      list = &result.outputs;
      break;
    case AIR_PLACE_NODE: {
      count = model.nodes[node]->n_outputs;
      const air::Result::Place *found = result.find(node);
      list = found == nullptr ? nullptr : &found->data;
      break;
    }
    default:
      air::fail(AIR_ERROR_INVALID_ARGUMENT, "place {} is unknown", static_cast<uint32_t>(place));
  }
  if (index >= count) air::fail(AIR_ERROR_INVALID_ARGUMENT, "no tensor {}: there are {}", index, count);
  const bool is_held = list != nullptr && index < list->size() && (*list)[index].is_held();
  return is_held ? &(*list)[index] : nullptr;
}

}  // namespace

const air_model *air_retain_model(const air_model *model) {
  air::Model::retain(object(model));
  return model;
}

void air_release_model(const air_model *model) {
  air::Model::release(object(model));
}

const char *air_get_property(const air_model *model, const char *key) {
  return model == nullptr || key == nullptr ? nullptr : object(model)->property(key);
}

uint32_t air_find_column(const air_model *model, const char *name) {
  return model == nullptr || name == nullptr ? UINT32_MAX : air::find_column(*model, name);
}

air_status air_make_model(const air_model *description, const air_model **out_model) {
  return guarded([&] {
    const air_model *&out = required(out_model, "out_model");
    out = air::ModelHolder(new air::Model(required(description, "description"))).release();
  });
}

const air_result *air_retain_result(const air_result *result) {
  air::Result::retain(object(result));
  return result;
}

void air_release_result(const air_result *result) {
  air::Result::release(object(result));
}

void air_drop_node_data(const air_result *result, const uint32_t *keep, uint32_t n_keep) {
  if (result == nullptr) return;
  const std::span<const uint32_t> kept(keep, keep == nullptr ? 0 : n_keep);
  const_cast<air::Result *>(object(result))->drop_node_data(kept);  // as its only user
}

const air_profile *air_get_profile(const air_result *result) {
  return result == nullptr ? nullptr : &object(result)->profile;
}

const air_model *air_get_result_model(const air_result *result) {
  return result == nullptr ? nullptr : object(result)->model.get();
}

const double *air_get_values(const air_result *result, uint32_t column, uint32_t node) {
  if (result == nullptr) return nullptr;
  const air::Result::Place *place = object(result)->find(node);
  return place == nullptr || column >= place->columns.size() ? nullptr : place->columns[column].data();
}

const char *air_get_note(const air_result *result, uint32_t node, uint64_t run) {
  if (result == nullptr) return "";
  const air::Result::Place *place = object(result)->find(node);
  return place == nullptr || run >= place->notes.size() ? "" : place->notes[run].c_str();
}

air_status air_get_tensor(const air_result *result, air_place place, uint32_t node, uint32_t index, uint64_t sample,
                          air_view *out_view) {
  return guarded([&] {
    const air::Result &owner = *object(&required(result, "result"));
    air_view &out = required(out_view, "out_view");
    const air::Samples *samples = find_samples(owner, place, node, index);
    if (sample != AIR_ALL_SAMPLES && sample >= owner.profile.n_samples) {
      air::fail(AIR_ERROR_INVALID_ARGUMENT, "no sample {}: there are {}", sample, owner.profile.n_samples);
    }
    const air_view view = samples == nullptr          ? air_view{}
                          : sample == AIR_ALL_SAMPLES ? samples->all()
                                                      : samples->one(sample);
    out = view;
  });
}

air_status air_make_result(const air_result_parts *parts, const air_result **out_result) {
  return guarded([&] {
    const air_result *&out = required(out_result, "out_result");
    required(parts, "parts");
    const auto read =
        air::read_struct(parts, air_result_parts{}, "air_result_parts", AIR_SIZE_UP_TO(air_result_parts, node_notes));
    out = air::handle(air::make_result(read).release());
  });
}

air_status air_get_dlpack(const air_result *result, air_place place, uint32_t node, uint32_t index,
                          struct DLManagedTensorVersioned **out_tensor) {
  return guarded([&] {
    const air::Result &owner = *object(&required(result, "result"));
    DLManagedTensorVersioned *&out = required(out_tensor, "out_tensor");
    const air::Samples *samples = find_samples(owner, place, node, index);
    if (samples == nullptr) {
      air::fail(AIR_ERROR_NOT_FOUND,
                "the result does not hold this tensor: see AIR_MODE_KEEP_INPUTS, "
                "AIR_MODE_PER_LAYER_WITH_DATA and keep_nodes");
    }
    out = air::make_dlpack(owner, samples->all());
  });
}

const char *air_get_host(void) {
  static const std::string text = air::machine_text();
  return text.c_str();
}
