/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The legacy ABI of host libraries (`ai_<name>_*`) and of the observer library beside them: structs, constants and function types.
 * The functions are declared by their types, for example `ai_run_fn ai_network_run;`. Portable C99; layouts are checked on 64-bit.
 */
#ifndef AIRUNNER_STLIB_ABI_LEGACY_H
#define AIRUNNER_STLIB_ABI_LEGACY_H

#include <stdbool.h>

#include "formats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------------------ errors */

typedef struct ai_error {
  uint32_t type : 8;
  uint32_t code : 24;
} ai_error;
ST_ABI_SIZE(ai_error, 4);

/* Values of ai_error.type. */
#define AI_ERROR_NONE 0x00u
#define AI_ERROR_TOOL_PLATFORM_API_MISMATCH 0x01u
#define AI_ERROR_TYPES_MISMATCH 0x02u
#define AI_ERROR_INVALID_HANDLE 0x10u
#define AI_ERROR_INVALID_STATE 0x11u
#define AI_ERROR_INVALID_INPUT 0x12u
#define AI_ERROR_INVALID_OUTPUT 0x13u
#define AI_ERROR_INVALID_PARAM 0x14u
#define AI_ERROR_INVALID_SIGNATURE 0x15u
#define AI_ERROR_INVALID_SIZE 0x16u
#define AI_ERROR_INVALID_VALUE 0x17u
#define AI_ERROR_INIT_FAILED 0x30u
#define AI_ERROR_ALLOCATION_FAILED 0x31u
#define AI_ERROR_DEALLOCATION_FAILED 0x32u
#define AI_ERROR_CREATE_FAILED 0x33u

/* Values of ai_error.code. */
#define AI_ERROR_CODE_NONE 0x0000u
#define AI_ERROR_CODE_NETWORK 0x0010u
#define AI_ERROR_CODE_NETWORK_PARAMS 0x0011u
#define AI_ERROR_CODE_NETWORK_WEIGHTS 0x0012u
#define AI_ERROR_CODE_NETWORK_ACTIVATIONS 0x0013u
#define AI_ERROR_CODE_LAYER 0x0014u
#define AI_ERROR_CODE_TENSOR 0x0015u
#define AI_ERROR_CODE_ARRAY 0x0016u
#define AI_ERROR_CODE_INVALID_PTR 0x0017u
#define AI_ERROR_CODE_INVALID_SIZE 0x0018u
#define AI_ERROR_CODE_INVALID_FORMAT 0x0019u
#define AI_ERROR_CODE_OUT_OF_RANGE 0x0020u
#define AI_ERROR_CODE_INVALID_BATCH 0x0021u
#define AI_ERROR_CODE_MISSED_INIT 0x0030u
#define AI_ERROR_CODE_IN_USE 0x0040u
#define AI_ERROR_CODE_LOCK 0x0041u

/* ----------------------------------------------------------------------------------------------------------------- buffers */

typedef struct ai_platform_version {
  uint8_t major;
  uint8_t minor;
  uint8_t micro;
  uint8_t reserved;
} ai_platform_version;
ST_ABI_SIZE(ai_platform_version, 4);

/* Values of ai_buffer_shape.type: BCWH is {B,C,W,H}, {B,C,W,H,D} or {B,C,W,H,D,E}; BHWC is the order of the user. */
#define AI_SHAPE_BCWH 1u
#define AI_SHAPE_BHWC 2u

typedef struct ai_buffer_shape {
  uint32_t type : 8;
  uint32_t size : 24; /* number of dimensions */
  uint32_t *data;
} ai_buffer_shape;
ST_ABI_OFFSET(ai_buffer_shape, data, 8);
ST_ABI_SIZE(ai_buffer_shape, 16);

/* Bits of ai_intq_info_list.flags. */
#define AI_INTQ_SCALE_FLOAT 0x01u
#define AI_INTQ_ZEROPOINT_U8 0x02u
#define AI_INTQ_ZEROPOINT_S8 0x04u
#define AI_INTQ_ZEROPOINT_U16 0x08u
#define AI_INTQ_ZEROPOINT_S16 0x10u

typedef struct ai_intq_info {
  const float *scale;
  const void *zeropoint;
} ai_intq_info;
ST_ABI_OFFSET(ai_intq_info, zeropoint, 8);
ST_ABI_SIZE(ai_intq_info, 16);

typedef struct ai_intq_info_list {
  uint16_t flags;
  uint16_t size; /* number of scales and of zero points */
  const ai_intq_info *info;
} ai_intq_info_list;
ST_ABI_OFFSET(ai_intq_info_list, size, 2);
ST_ABI_OFFSET(ai_intq_info_list, info, 8);
ST_ABI_SIZE(ai_intq_info_list, 16);

/* Bit of ai_buffer_meta_info.flags. */
#define AI_BUFFER_META_HAS_INTQ_INFO 0x1u

typedef struct ai_buffer_meta_info {
  uint32_t flags;
  ai_intq_info_list *intq_info;
} ai_buffer_meta_info;
ST_ABI_OFFSET(ai_buffer_meta_info, intq_info, 8);
ST_ABI_SIZE(ai_buffer_meta_info, 16);

typedef struct ai_buffer {
  int32_t format;
  void *data;
  ai_buffer_meta_info *meta_info;
  uint32_t flags;
  uint32_t size; /* elements without batch; bytes in the tables of weights and activations */
  ai_buffer_shape shape;
} ai_buffer;
ST_ABI_OFFSET(ai_buffer, data, 8);
ST_ABI_OFFSET(ai_buffer, meta_info, 16);
ST_ABI_OFFSET(ai_buffer, flags, 24);
ST_ABI_OFFSET(ai_buffer, size, 28);
ST_ABI_OFFSET(ai_buffer, shape, 32);
ST_ABI_SIZE(ai_buffer, 48);

typedef struct ai_buffer_array {
  uint16_t flags;
  uint16_t size;
  ai_buffer *buffer;
} ai_buffer_array;
ST_ABI_OFFSET(ai_buffer_array, size, 2);
ST_ABI_OFFSET(ai_buffer_array, buffer, 8);
ST_ABI_SIZE(ai_buffer_array, 16);

/* Value of map_signature that tells the current variant of ai_network_params. */
#define AI_PARAMS_MAP_SIGNATURE 0xA1FACADEu

typedef struct ai_params_map {
  uint32_t map_signature;
  ai_buffer_array map_weights;
  ai_buffer_array map_activations;
} ai_params_map;
ST_ABI_OFFSET(ai_params_map, map_weights, 8);
ST_ABI_OFFSET(ai_params_map, map_activations, 24);
ST_ABI_SIZE(ai_params_map, 40);

typedef struct ai_params_deprecated {
  ai_buffer params;
  ai_buffer activations;
} ai_params_deprecated;
ST_ABI_OFFSET(ai_params_deprecated, activations, 48);
ST_ABI_SIZE(ai_params_deprecated, 96);

typedef union ai_network_params {
  ai_params_map current;
  ai_params_deprecated deprecated;
} ai_network_params;
ST_ABI_SIZE(ai_network_params, 96);

/* ------------------------------------------------------------------------------------------------------------------ report */

typedef struct ai_network_report {
  const char *model_name;
  const char *model_signature;
  const char *model_datetime;
  const char *compile_datetime;
  const char *runtime_revision;
  ai_platform_version runtime_version;
  const char *tool_revision;
  ai_platform_version tool_version;
  ai_platform_version tool_api_version;
  ai_platform_version api_version;
  ai_platform_version interface_api_version;
  uint64_t n_macc;
  uint16_t n_inputs;
  uint16_t n_outputs;
  ai_buffer *inputs;
  ai_buffer *outputs;
  ai_network_params params;
  uint32_t n_nodes;
  uint32_t signature;
} ai_network_report;
ST_ABI_OFFSET(ai_network_report, runtime_revision, 32);
ST_ABI_OFFSET(ai_network_report, runtime_version, 40);
ST_ABI_OFFSET(ai_network_report, tool_revision, 48);
ST_ABI_OFFSET(ai_network_report, tool_version, 56);
ST_ABI_OFFSET(ai_network_report, tool_api_version, 60);
ST_ABI_OFFSET(ai_network_report, api_version, 64);
ST_ABI_OFFSET(ai_network_report, interface_api_version, 68);
ST_ABI_OFFSET(ai_network_report, n_macc, 72);
ST_ABI_OFFSET(ai_network_report, n_inputs, 80);
ST_ABI_OFFSET(ai_network_report, n_outputs, 82);
ST_ABI_OFFSET(ai_network_report, inputs, 88);
ST_ABI_OFFSET(ai_network_report, outputs, 96);
ST_ABI_OFFSET(ai_network_report, params, 104);
ST_ABI_OFFSET(ai_network_report, n_nodes, 200);
ST_ABI_OFFSET(ai_network_report, signature, 204);
ST_ABI_SIZE(ai_network_report, 208);

/* The report of X-CUBE-AI 7.1 to 8.0, whose n_macc has 32 bits. */
typedef struct ai_network_report_macc32 {
  const char *model_name;
  const char *model_signature;
  const char *model_datetime;
  const char *compile_datetime;
  const char *runtime_revision;
  ai_platform_version runtime_version;
  const char *tool_revision;
  ai_platform_version tool_version;
  ai_platform_version tool_api_version;
  ai_platform_version api_version;
  ai_platform_version interface_api_version;
  uint32_t n_macc;
  uint16_t n_inputs;
  uint16_t n_outputs;
  ai_buffer *inputs;
  ai_buffer *outputs;
  ai_network_params params;
  uint32_t n_nodes;
  uint32_t signature;
} ai_network_report_macc32;
ST_ABI_OFFSET(ai_network_report_macc32, n_macc, 72);
ST_ABI_OFFSET(ai_network_report_macc32, n_inputs, 76);
ST_ABI_OFFSET(ai_network_report_macc32, n_outputs, 78);
ST_ABI_OFFSET(ai_network_report_macc32, inputs, 80);
ST_ABI_OFFSET(ai_network_report_macc32, outputs, 88);
ST_ABI_OFFSET(ai_network_report_macc32, params, 96);
ST_ABI_OFFSET(ai_network_report_macc32, n_nodes, 192);
ST_ABI_OFFSET(ai_network_report_macc32, signature, 196);
ST_ABI_SIZE(ai_network_report_macc32, 200);

/* --------------------------------------------------------------------------------------------------------------- functions */

typedef void *ai_handle;

typedef ai_error ai_create_fn(ai_handle *out_network, const ai_buffer *config);
typedef ai_error ai_get_error_fn(ai_handle network);
typedef bool ai_get_report_fn(ai_handle network, ai_network_report *out_report);
typedef bool ai_data_params_get_fn(ai_network_params *out_params);
typedef bool ai_init_fn(ai_handle network, const ai_network_params *params);
typedef int32_t ai_run_fn(ai_handle network, const ai_buffer *inputs, ai_buffer *outputs);
typedef int32_t ai_forward_fn(ai_handle network, const ai_buffer *inputs);
typedef ai_handle ai_destroy_fn(ai_handle network);
typedef ai_buffer ai_data_buffer_get_fn(ai_handle address);
typedef ai_handle ai_data_weights_get_fn(void);
typedef ai_buffer *ai_io_get_fn(ai_handle network, uint16_t *out_count);

/* ------------------------------------------------------------------------------------------- observer library (per layer) */

/* Bits of event flags, also of the mask given at registration. */
#define AI_OBSERVER_INIT 0x001u
#define AI_OBSERVER_PRE 0x002u
#define AI_OBSERVER_POST 0x004u
#define AI_OBSERVER_FIRST 0x100u
#define AI_OBSERVER_LAST 0x200u
#define AI_OBSERVER_MASK 0x0FFu

typedef struct ai_io_tensor {
  uint32_t format;
  uint8_t *data;
  float scale;
  int32_t zeropoint;
  ai_buffer_shape shape;
} ai_io_tensor;
ST_ABI_OFFSET(ai_io_tensor, data, 8);
ST_ABI_OFFSET(ai_io_tensor, scale, 16);
ST_ABI_OFFSET(ai_io_tensor, zeropoint, 20);
ST_ABI_OFFSET(ai_io_tensor, shape, 24);
ST_ABI_SIZE(ai_io_tensor, 40);

typedef struct ai_observer_io_node {
  uint16_t c_idx;
  uint16_t type;
  uint16_t id;
  uint16_t n_tensors;
  float elapsed_ms;
  ai_io_tensor *tensors;
} ai_observer_io_node;
ST_ABI_OFFSET(ai_observer_io_node, type, 2);
ST_ABI_OFFSET(ai_observer_io_node, id, 4);
ST_ABI_OFFSET(ai_observer_io_node, n_tensors, 6);
ST_ABI_OFFSET(ai_observer_io_node, elapsed_ms, 8);
ST_ABI_OFFSET(ai_observer_io_node, tensors, 16);
ST_ABI_SIZE(ai_observer_io_node, 24);

typedef uint32_t ai_observer_io_cb(uint32_t flags, ai_observer_io_node *node);
typedef bool ai_observer_io_register_fn(ai_handle network, ai_observer_io_cb *callback, uint32_t flags);
typedef bool ai_observer_io_unregister_fn(ai_handle network, ai_observer_io_cb *callback);

/* ------------------------------------------------------------- low-level observer (inside some model libraries, no timing) */

typedef struct ai_ll_array {
  int32_t format;
  uint32_t n_elements;
  void *data;
  void *data_start;
} ai_ll_array;
ST_ABI_OFFSET(ai_ll_array, n_elements, 4);
ST_ABI_OFFSET(ai_ll_array, data, 8);
ST_ABI_OFFSET(ai_ll_array, data_start, 16);
ST_ABI_SIZE(ai_ll_array, 24);

typedef struct ai_ll_tensor {
  void *klass;
  uint16_t id;
  uint8_t flags;
  uint8_t data_size;
  ai_buffer_shape shape;
  ai_buffer_shape stride;
  ai_ll_array *array;
} ai_ll_tensor;
ST_ABI_OFFSET(ai_ll_tensor, id, 8);
ST_ABI_OFFSET(ai_ll_tensor, shape, 16);
ST_ABI_OFFSET(ai_ll_tensor, stride, 32);
ST_ABI_OFFSET(ai_ll_tensor, array, 48);
ST_ABI_SIZE(ai_ll_tensor, 56);

typedef struct ai_ll_tensor_list {
  uint16_t size;
  uint16_t flags;
  ai_ll_tensor **tensors; /* entries may be NULL */
  void *info;
} ai_ll_tensor_list;
ST_ABI_OFFSET(ai_ll_tensor_list, flags, 2);
ST_ABI_OFFSET(ai_ll_tensor_list, tensors, 8);
ST_ABI_OFFSET(ai_ll_tensor_list, info, 16);
ST_ABI_SIZE(ai_ll_tensor_list, 24);

/* Positions in ai_ll_tensor_chain.lists. */
#define AI_LL_INPUTS 0u
#define AI_LL_OUTPUTS 1u
#define AI_LL_WEIGHTS 2u
#define AI_LL_SCRATCH 3u

typedef struct ai_ll_tensor_chain {
  uint16_t size; /* number of lists, 4 */
  uint16_t flags;
  ai_ll_tensor_list *lists;
} ai_ll_tensor_chain;
ST_ABI_OFFSET(ai_ll_tensor_chain, lists, 8);
ST_ABI_SIZE(ai_ll_tensor_chain, 16);

typedef struct ai_observer_node {
  uint16_t c_idx;
  uint16_t type;
  uint16_t id;
  uint16_t reserved;
  const ai_ll_tensor_chain *inner; /* may be NULL */
  const ai_ll_tensor_chain *tensors;
} ai_observer_node;
ST_ABI_OFFSET(ai_observer_node, type, 2);
ST_ABI_OFFSET(ai_observer_node, id, 4);
ST_ABI_OFFSET(ai_observer_node, inner, 8);
ST_ABI_OFFSET(ai_observer_node, tensors, 16);
ST_ABI_SIZE(ai_observer_node, 24);

typedef uint32_t ai_observer_cb(void *cookie, uint32_t flags, const ai_observer_node *node);
typedef bool ai_observer_register_fn(ai_handle network, ai_observer_cb *callback, void *cookie, uint32_t flags);
typedef bool ai_observer_unregister_fn(ai_handle network, ai_observer_cb *callback, void *cookie);

#ifdef __cplusplus
}
#endif

#endif
