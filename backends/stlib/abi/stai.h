/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The st-ai ABI of host libraries (`stai_<name>_*`) and of the observer library beside them: structs, constants and function types.
 * The functions are declared by their types, for example `stai_run_fn stai_network_run;`. Portable C99; layouts are checked on 64-bit.
 */
#ifndef AIRUNNER_STLIB_ABI_STAI_H
#define AIRUNNER_STLIB_ABI_STAI_H

#include "formats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------------------------------------------------------- scalars */

typedef uint32_t stai_size;
typedef int32_t stai_flags;
typedef int32_t stai_format;
typedef uint8_t *stai_ptr;
typedef uint8_t stai_network; /* a context is addressed by its first byte */
typedef int32_t stai_return_code;
typedef int32_t stai_run_mode;
typedef int32_t stai_event_type;

typedef struct stai_version {
  uint8_t major;
  uint8_t minor;
  uint8_t micro;
  uint8_t reserved;
} stai_version;
ST_ABI_SIZE(stai_version, 4);

/* Values of stai_return_code. */
#define STAI_SUCCESS 0x000000
#define STAI_RUNNING_NO_WFE 0x000010
#define STAI_RUNNING_WFE 0x000011
#define STAI_DONE 0x000012
#define STAI_ERROR_GENERIC 0x020000 /* this and all above are errors, and stay until the next init */
#define STAI_ERROR_NETWORK_INVALID_API_ARGUMENTS 0x020001
#define STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE 0x030000
#define STAI_ERROR_NETWORK_INVALID_CONTEXT_SIZE 0x030001
#define STAI_ERROR_NETWORK_INVALID_CONTEXT_ALIGNMENT 0x030002
#define STAI_ERROR_NETWORK_INVALID_INFO 0x030010
#define STAI_ERROR_NETWORK_INVALID_RUN 0x030020
#define STAI_ERROR_NETWORK_INVALID_RUNTIME 0x030030
#define STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_PTR 0x040000
#define STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_NUM 0x040001
#define STAI_ERROR_NETWORK_INVALID_IN_PTR 0x040010
#define STAI_ERROR_NETWORK_INVALID_IN_NUM 0x040011
#define STAI_ERROR_NETWORK_INVALID_OUT_PTR 0x040020
#define STAI_ERROR_NETWORK_INVALID_OUT_NUM 0x040021
#define STAI_ERROR_NETWORK_INVALID_STATES_PTR 0x040030
#define STAI_ERROR_NETWORK_INVALID_STATES_NUM 0x040031
#define STAI_ERROR_NETWORK_INVALID_WEIGHTS_PTR 0x040040
#define STAI_ERROR_NETWORK_INVALID_WEIGHTS_NUM 0x040041
#define STAI_ERROR_NETWORK_INVALID_CALLBACK 0x040050
#define STAI_ERROR_NOT_IMPLEMENTED 0x040060
#define STAI_ERROR_INVALID_BUFFER_ALIGNMENT 0x040070
#define STAI_ERROR_NETWORK_STILL_RUNNING 0x050000
#define STAI_ERROR_STAI_INIT_FAILED 0x060000
#define STAI_ERROR_STAI_DEINIT_FAILED 0x060001

/* Values of stai_run_mode. */
#define STAI_MODE_SYNC 1
#define STAI_MODE_ASYNC 2

/* Bits of stai_flags. Network and tensor words share the space. */
#define STAI_FLAG_PREALLOCATED (1 << 0)
#define STAI_FLAG_INDIRECT (1 << 1)
#define STAI_FLAG_REPLACEABLE (1 << 2)
#define STAI_FLAG_OVERRIDE (1 << 3)
#define STAI_FLAG_CHANNEL_FIRST (1 << 6)
#define STAI_FLAG_CHANNEL_LAST (1 << 7)
#define STAI_FLAG_HAS_BATCH (1 << 8)
#define STAI_FLAG_ACTIVATIONS (1 << 26)
#define STAI_FLAG_INPUTS (1 << 27)
#define STAI_FLAG_OUTPUTS (1 << 28)
#define STAI_FLAG_STATES (1 << 29)
#define STAI_FLAG_WEIGHTS (1 << 30)

/* ----------------------------------------------------------------------------------------------------------- arrays, tensors */

typedef struct stai_array_f32 {
  uint32_t size;
  const float *data;
} stai_array_f32;
ST_ABI_OFFSET(stai_array_f32, data, 8);
ST_ABI_SIZE(stai_array_f32, 16);

typedef struct stai_array_s16 {
  uint32_t size;
  const int16_t *data;
} stai_array_s16;
ST_ABI_SIZE(stai_array_s16, 16);

typedef struct stai_array_s32 {
  uint32_t size;
  const int32_t *data;
} stai_array_s32;
ST_ABI_SIZE(stai_array_s32, 16);

typedef struct stai_array_ptr {
  uint32_t size;
  const stai_ptr *data;
} stai_array_ptr;
ST_ABI_SIZE(stai_array_ptr, 16);

typedef stai_array_s32 stai_shape;

typedef struct stai_tensor {
  uint32_t size_bytes; /* for allocation; may exceed the elements */
  stai_flags flags;
  stai_format format;
  stai_shape shape;
  stai_array_f32 scale;
  stai_array_s16 zeropoint;
  const char *name; /* may be NULL */
} stai_tensor;
ST_ABI_OFFSET(stai_tensor, flags, 4);
ST_ABI_OFFSET(stai_tensor, format, 8);
ST_ABI_OFFSET(stai_tensor, shape, 16);
ST_ABI_OFFSET(stai_tensor, scale, 32);
ST_ABI_OFFSET(stai_tensor, zeropoint, 48);
ST_ABI_OFFSET(stai_tensor, name, 64);
ST_ABI_SIZE(stai_tensor, 72);

/* -------------------------------------------------------------------------------------------------------------------- info */

typedef struct stai_network_info {
  const char *model_signature;
  const char *c_compile_datetime;
  const char *c_model_name;
  const char *c_model_datetime;
  uint32_t c_model_signature;
  stai_version runtime_version;
  stai_version tool_version;
  stai_version api_version;
  uint64_t n_macc;
  uint32_t n_nodes;
  stai_flags flags;
  uint16_t n_inputs;
  uint16_t n_outputs;
  uint16_t n_activations;
  uint16_t n_weights;
  uint16_t n_states;
  const stai_tensor *inputs;
  const stai_tensor *outputs;
  const stai_tensor *activations;
  const stai_tensor *weights;
  const stai_tensor *states; /* NULL when there are none */
} stai_network_info;
ST_ABI_OFFSET(stai_network_info, c_compile_datetime, 8);
ST_ABI_OFFSET(stai_network_info, c_model_name, 16);
ST_ABI_OFFSET(stai_network_info, c_model_datetime, 24);
ST_ABI_OFFSET(stai_network_info, c_model_signature, 32);
ST_ABI_OFFSET(stai_network_info, runtime_version, 36);
ST_ABI_OFFSET(stai_network_info, tool_version, 40);
ST_ABI_OFFSET(stai_network_info, api_version, 44);
ST_ABI_OFFSET(stai_network_info, n_macc, 48);
ST_ABI_OFFSET(stai_network_info, n_nodes, 56);
ST_ABI_OFFSET(stai_network_info, flags, 60);
ST_ABI_OFFSET(stai_network_info, n_inputs, 64);
ST_ABI_OFFSET(stai_network_info, n_outputs, 66);
ST_ABI_OFFSET(stai_network_info, n_activations, 68);
ST_ABI_OFFSET(stai_network_info, n_weights, 70);
ST_ABI_OFFSET(stai_network_info, n_states, 72);
ST_ABI_OFFSET(stai_network_info, inputs, 80);
ST_ABI_OFFSET(stai_network_info, outputs, 88);
ST_ABI_OFFSET(stai_network_info, activations, 96);
ST_ABI_OFFSET(stai_network_info, weights, 104);
ST_ABI_OFFSET(stai_network_info, states, 112);
ST_ABI_SIZE(stai_network_info, 120);

typedef struct stai_node_details {
  int32_t id;
  int16_t type;
  stai_array_s32 input_tensors; /* indices into stai_network_details.tensors */
  stai_array_s32 output_tensors;
} stai_node_details;
ST_ABI_OFFSET(stai_node_details, type, 4);
ST_ABI_OFFSET(stai_node_details, input_tensors, 8);
ST_ABI_OFFSET(stai_node_details, output_tensors, 24);
ST_ABI_SIZE(stai_node_details, 40);

/* Exported as the data object g_<name>_details. */
typedef struct stai_network_details {
  const stai_tensor *tensors; /* their number is not stored: it is bounded by the largest index used */
  const stai_node_details *nodes;
  uint32_t n_nodes;
} stai_network_details;
ST_ABI_OFFSET(stai_network_details, nodes, 8);
ST_ABI_OFFSET(stai_network_details, n_nodes, 16);
ST_ABI_SIZE(stai_network_details, 24);

/* ------------------------------------------------------------------------------------------------------------------ events */

/* Values of stai_event_type. */
#define STAI_EVENT_NONE 0
#define STAI_EVENT_NODE_START 1 /* buffers: inputs of the node */
#define STAI_EVENT_NODE_STOP 2  /* buffers: outputs of the node */

typedef struct stai_event_node_start_stop {
  int32_t node_id;
  stai_array_ptr buffers;
} stai_event_node_start_stop;
ST_ABI_OFFSET(stai_event_node_start_stop, buffers, 8);
ST_ABI_SIZE(stai_event_node_start_stop, 24);

typedef void stai_event_cb(void *cookie, stai_event_type event, const void *payload);

/* --------------------------------------------------------------------------------------------------------------- functions */

typedef stai_size stai_get_context_size_fn(void);
typedef stai_return_code stai_init_fn(stai_network *context);
typedef stai_return_code stai_deinit_fn(stai_network *context);
typedef stai_return_code stai_get_error_fn(stai_network *context);
typedef stai_return_code stai_get_info_fn(stai_network *context, stai_network_info *out_info);
typedef stai_return_code stai_get_buffers_fn(stai_network *context, stai_ptr *out_buffers, stai_size *out_count);
typedef stai_return_code stai_set_buffers_fn(stai_network *context, const stai_ptr *buffers, stai_size count);
typedef stai_return_code stai_set_callback_fn(stai_network *context, stai_event_cb *callback, void *cookie);
typedef stai_return_code stai_run_fn(stai_network *context, stai_run_mode mode);

/* ---------------------------------------------------------------------------------------------------------- observer library */

/* Cookie of stai_callback_per_layer, a stai_event_cb. */
typedef struct stai_observer_ctx {
  float elapsed_time; /* ms */
  struct {
    const char *name;
    uint32_t start;   /* us */
    uint32_t elapsed; /* us */
  } timer;
  stai_event_cb *nested;
  const stai_network_details *details;
  int32_t c_idx; /* -1 before each run */
} stai_observer_ctx;
ST_ABI_OFFSET(stai_observer_ctx, timer, 8);
ST_ABI_OFFSET(stai_observer_ctx, nested, 24);
ST_ABI_OFFSET(stai_observer_ctx, details, 32);
ST_ABI_OFFSET(stai_observer_ctx, c_idx, 40);
ST_ABI_SIZE(stai_observer_ctx, 48);

#ifdef __cplusplus
}
#endif

#endif
