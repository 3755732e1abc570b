/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network with the legacy API (ai_<name>_...) as a model. Create it and call its init first; at_legacy_init() needs the same parameters, since init
 * is what clears a network's states.
 */
#ifndef AIRTARGET_LEGACY_H
#define AIRTARGET_LEGACY_H

#include "airtarget.h"
#include "legacy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for descriptions, of each kind. */
#ifndef AT_LEGACY_MOST_TENSORS
#  define AT_LEGACY_MOST_TENSORS 8
#endif

typedef struct at_legacy_api {
  bool (*get_report)(ai_handle, ai_network_report *);
  bool (*init)(ai_handle, const ai_network_params *);
  int32_t (*run)(ai_handle, const ai_buffer *, ai_buffer *);
  ai_buffer *(*inputs_get)(ai_handle, uint16_t *);
  ai_buffer *(*outputs_get)(ai_handle, uint16_t *);
  /* Of the runtime; NULL: nodes cannot be told of. */
  bool (*observer_register)(ai_handle, ai_observer_cb *, void *, uint32_t);
  bool (*observer_unregister)(ai_handle, ai_observer_cb *, void *);
} at_legacy_api;

/* The functions of a network, by its name. */
#define AT_LEGACY_API(name)                                                                                     \
  {                                                                                                             \
    ai_##name##_get_report, ai_##name##_init, ai_##name##_run, ai_##name##_inputs_get, ai_##name##_outputs_get, \
        ai_platform_observer_register, ai_platform_observer_unregister                                          \
  }

typedef struct at_legacy {
  at_model model; /* for at_config.models */
  const at_legacy_api *api;
  ai_handle network;
  const ai_network_params *params;
  at_run *run; /* that is observed */
  uint32_t activations_bytes;
  uint32_t weights_bytes;
  at_tensor activations;
  at_tensor weights;
  at_tensor inputs[AT_LEGACY_MOST_TENSORS];
  at_tensor outputs[AT_LEGACY_MOST_TENSORS];
} at_legacy;

/* `name`: NULL for the network's own. False when the network gives no report, or has no memory for inputs and outputs. */
bool at_legacy_init(at_legacy *self, const at_legacy_api *api, ai_handle network, const ai_network_params *params,
                    const char *name);

#ifdef __cplusplus
}
#endif

#endif
