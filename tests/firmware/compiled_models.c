/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks that the build compiles from the sources of its host libraries, each under a name of its own and behind one of the adapters. */
#include "compiled_models.h"

#include <string.h>

#include "legacy_adapter.h"
#include "stai_adapter.h"

enum { CONTEXT_BYTES = 1024, MOST_SEGMENTS = 8 };

/* Memory for all networks, taken from the front. */
static uint64_t arena[16384];
static size_t arena_used;

static uint8_t *take_memory(uint32_t bytes) {
  uint8_t *taken = (uint8_t *)&arena[arena_used];
  arena_used += (bytes + 7) / 8;
  return arena_used <= sizeof arena / sizeof arena[0] ? taken : NULL;
}

/* ------------------------------------------------------------------------------------------------------------------- st-ai */

typedef stai_return_code set_buffers(stai_network *, const stai_ptr *, stai_size);

static bool give_memory(stai_network *context, set_buffers *set, const stai_tensor *tensors, uint32_t count) {
  stai_ptr buffers[MOST_SEGMENTS];
  if (count > MOST_SEGMENTS) return false;
  for (uint32_t i = 0; i < count; ++i) buffers[i] = take_memory(tensors[i].size_bytes);
  return count == 0 || set(context, buffers, count) == STAI_SUCCESS;
}

#define STAI_MODEL(name)                                                                                               \
  stai_init_fn stai_##name##_init;                                                                                     \
  stai_get_info_fn stai_##name##_get_info;                                                                             \
  stai_get_buffers_fn stai_##name##_get_inputs, stai_##name##_get_outputs, stai_##name##_get_states;                   \
  stai_set_buffers_fn stai_##name##_set_inputs, stai_##name##_set_outputs, stai_##name##_set_states,                   \
      stai_##name##_set_activations;                                                                                   \
  stai_set_callback_fn stai_##name##_set_callback;                                                                     \
  stai_run_fn stai_##name##_run;                                                                                       \
  extern stai_network_details g_##name##_details;                                                                      \
  static const at_model *make_stai_##name(bool is_first) {                                                             \
    static const at_stai_api api = AT_STAI_API(name);                                                                  \
    static uint64_t context[CONTEXT_BYTES / sizeof(uint64_t)];                                                         \
    static at_stai self;                                                                                               \
    stai_network *network = (stai_network *)context;                                                                   \
    stai_network_info info;                                                                                            \
    const bool is_ready = stai_##name##_init(network) == STAI_SUCCESS &&                                               \
                          api.get_info(network, &info) == STAI_SUCCESS &&                                              \
                          give_memory(network, stai_##name##_set_activations, info.activations, info.n_activations) && \
                          give_memory(network, stai_##name##_set_states, info.states, info.n_states) &&                \
                          ((info.flags & STAI_FLAG_INPUTS) != 0 ||                                                     \
                           (give_memory(network, stai_##name##_set_inputs, info.inputs, info.n_inputs) &&              \
                            give_memory(network, stai_##name##_set_outputs, info.outputs, info.n_outputs)));           \
    return is_ready && at_stai_init(&self, &api, network, is_first ? "network" : #name) ? &self.model : NULL;          \
  }

STAI_MODEL(digits_int8)
STAI_MODEL(digits_float32)
STAI_MODEL(accumulator)
STAI_MODEL(segments)

/* ------------------------------------------------------------------------------------------------------------------ legacy */

ai_create_fn ai_digits_create;
ai_get_report_fn ai_digits_get_report;
ai_data_params_get_fn ai_digits_data_params_get;
ai_init_fn ai_digits_init;
ai_run_fn ai_digits_run;
ai_io_get_fn ai_digits_inputs_get, ai_digits_outputs_get;
ai_observer_register_fn ai_platform_observer_register;
ai_observer_unregister_fn ai_platform_observer_unregister;

static const at_model *make_legacy_digits(bool is_first) {
  static const at_legacy_api api = AT_LEGACY_API(digits);
  static ai_network_params params;
  static at_legacy self;
  ai_handle network = NULL;
  if (ai_digits_create(&network, NULL).type != AI_ERROR_NONE || !ai_digits_data_params_get(&params)) return NULL;
  for (uint32_t i = 0; i < params.current.map_activations.size; ++i) {
    ai_buffer *buffer = &params.current.map_activations.buffer[i];
    buffer->data = take_memory(buffer->size);
  }
  if (!ai_digits_init(network, &params)) return NULL;
  return at_legacy_init(&self, &api, network, &params, is_first ? "network" : "digits") ? &self.model : NULL;
}

const at_model *compiled_model(const char *name, bool is_first) {
  static const struct {
    const char *name;
    const at_model *(*make)(bool);
  } models[] = {
      {"st-ai:digits_int8", make_stai_digits_int8}, {"st-ai:digits_float32", make_stai_digits_float32},
      {"st-ai:accumulator", make_stai_accumulator}, {"st-ai:segments", make_stai_segments},
      {"legacy:digits_int8", make_legacy_digits},
  };
  for (size_t i = 0; i < sizeof models / sizeof models[0]; ++i) {
    if (strcmp(models[i].name, name) == 0) return models[i].make(is_first);
  }
  return NULL;
}
