/* SPDX-License-Identifier: BSD-3-Clause */
/* The image of the emulated boards: the digits network twice, as int8 and as float32. */
#include "board.h"
#include "stai_adapter.h"

#ifndef PACKET_BYTES
#  define PACKET_BYTES AT_LARGEST_BUFFER
#endif

/* ST's tools write these declarations into the header of a network. */
#define DECLARE_NETWORK(name)                                                                        \
  stai_init_fn stai_##name##_init;                                                                   \
  stai_get_info_fn stai_##name##_get_info;                                                           \
  stai_get_buffers_fn stai_##name##_get_inputs, stai_##name##_get_outputs, stai_##name##_get_states; \
  stai_set_buffers_fn stai_##name##_set_activations;                                                 \
  stai_set_callback_fn stai_##name##_set_callback;                                                   \
  stai_run_fn stai_##name##_run;                                                                     \
  extern stai_network_details g_##name##_details

DECLARE_NETWORK(digits_int8);
DECLARE_NETWORK(digits_float32);

enum { INT8_ACTIVATIONS = 2112, FLOAT32_ACTIVATIONS = 8448, CONTEXT_BYTES = 512 };

static uint64_t int8_context[CONTEXT_BYTES / 8], float32_context[CONTEXT_BYTES / 8];
static uint64_t int8_activations[INT8_ACTIVATIONS / 8], float32_activations[FLOAT32_ACTIVATIONS / 8];
static at_stai int8_network, float32_network;

static const at_model *make_int8(void) {
  static const at_stai_api api = AT_STAI_API(digits_int8);
  stai_network *context = (stai_network *)int8_context;
  const stai_ptr memory = (stai_ptr)int8_activations;
  stai_digits_int8_init(context);
  stai_digits_int8_set_activations(context, &memory, 1);
  return at_stai_init(&int8_network, &api, context, "digits_int8") ? &int8_network.model : NULL;
}

static const at_model *make_float32(void) {
  static const at_stai_api api = AT_STAI_API(digits_float32);
  stai_network *context = (stai_network *)float32_context;
  const stai_ptr memory = (stai_ptr)float32_activations;
  stai_digits_float32_init(context);
  stai_digits_float32_set_activations(context, &memory, 1);
  return at_stai_init(&float32_network, &api, context, "digits_float32") ? &float32_network.model : NULL;
}

int main(void) {
  static uint8_t packet[PACKET_BYTES];
  static const at_model *models[2];
  static const at_region regions[] = {{(uint32_t)(uintptr_t)board_free, BOARD_FREE_BYTES, board_free}};
  static at_config config = {.models = models,
                             .packet = packet,
                             .packet_bytes = sizeof packet,
                             .rtid = AT_RTID(AT_RUNTIME_ST_AI, AT_API_ST_AI),
                             .memory = at_memory,
                             .regions = regions,
                             .n_regions = 1,
                             .self_test = at_self_test};
  static at_target target;
  board_init();
  models[0] = make_int8();
  models[1] = make_float32();
  config.n_models = models[0] == NULL || models[1] == NULL ? 0 : 2;
  at_init(&target, &config);
  board_put('\n'); /* for whoever started the emulator: what was sent before may be lost */
  for (;;) at_serve(&target);
}
