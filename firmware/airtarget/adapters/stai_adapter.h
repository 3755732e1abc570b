/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network with the st-ai API (stai_<name>_...) as a model. Its memory is the firmware's: call init, set_activations and whatever else the network
 * wants given, then at_stai_init(). docs/porting-firmware.md has an example.
 */
#ifndef AIRTARGET_STAI_H
#define AIRTARGET_STAI_H

#include "airtarget.h"
#include "stai.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for descriptions, of each kind. */
#ifndef AT_STAI_MOST_TENSORS
#  define AT_STAI_MOST_TENSORS 8
#endif

typedef struct at_stai_api {
  stai_return_code (*get_info)(stai_network *, stai_network_info *);
  stai_return_code (*get_inputs)(stai_network *, stai_ptr *, stai_size *);
  stai_return_code (*get_outputs)(stai_network *, stai_ptr *, stai_size *);
  stai_return_code (*get_states)(stai_network *, stai_ptr *, stai_size *);
  stai_return_code (*set_callback)(stai_network *, stai_event_cb *, void *);
  stai_return_code (*run)(stai_network *, stai_run_mode);
  const stai_network_details *details; /* of the nodes, or NULL: their kind and tensors are then not known */
} at_stai_api;

/* The functions of a network, by its name. */
#define AT_STAI_API(name)                                                                                  \
  {                                                                                                        \
    stai_##name##_get_info, stai_##name##_get_inputs, stai_##name##_get_outputs, stai_##name##_get_states, \
        stai_##name##_set_callback, stai_##name##_run, &g_##name##_details                                 \
  }

typedef struct at_stai {
  at_model model; /* for at_config.models */
  const at_stai_api *api;
  stai_network *context;
  stai_network_info info;
  at_run *run; /* that is observed */
  uint32_t node;
  at_tensor inputs[AT_STAI_MOST_TENSORS];
  at_tensor outputs[AT_STAI_MOST_TENSORS];
  at_tensor activations[AT_STAI_MOST_TENSORS];
  at_tensor weights[AT_STAI_MOST_TENSORS];
} at_stai;

/* `name`: NULL for the network's own. False when the network does not tell of itself, or has no memory for inputs and outputs. */
bool at_stai_init(at_stai *self, const at_stai_api *api, stai_network *context, const char *name);

#ifdef __cplusplus
}
#endif

#endif
