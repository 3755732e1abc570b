/* SPDX-License-Identifier: BSD-3-Clause */
/* The header of a network, as far as docs/porting-firmware.md uses it. */
#ifndef NETWORK_H
#define NETWORK_H

#include "stai.h"

#define STAI_NETWORK_CONTEXT_SIZE 256
#define STAI_NETWORK_ACTIVATIONS_SIZE 2112

stai_init_fn stai_network_init;
stai_get_info_fn stai_network_get_info;
stai_get_buffers_fn stai_network_get_inputs, stai_network_get_outputs, stai_network_get_states;
stai_set_buffers_fn stai_network_set_activations;
stai_set_callback_fn stai_network_set_callback;
stai_run_fn stai_network_run;
extern stai_network_details g_network_details;

#endif
