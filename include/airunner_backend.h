/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner plugin ABI: what a backend offers to the library, and what the library offers to a backend.
 *
 * A backend is a shared module `libairunner-<name>.so` (airunner-<name>.dll) that exports one function, air_backend_query(). It
 * links nothing of the library: host services come in through a table. See docs/writing-a-backend.md.
 *
 * The general rules of airunner.h hold here too (struct_size, ownership, text). In addition:
 *
 *   Negotiation  The library asks with its newest ABI version and steps down until the plugin returns a table. It reads only
 *                air_backend.struct_size bytes of the table, checks the entries marked required, and fills the others with answers of
 *                AIR_ERROR_UNSUPPORTED.
 *   Errors       An entry that fails calls air_host.set_error() before it returns a status other than AIR_OK.
 *   Threads      For one connection the library makes one call at a time, from any thread; only `cancel` may come in between.
 *                Calls for different connections may come at the same time.
 *   Exceptions   Nothing may be thrown across any of these functions.
 */
#ifndef AIRUNNER_BACKEND_H
#define AIRUNNER_BACKEND_H

#include "airunner.h"

#if defined(_WIN32)
#  define AIR_BACKEND_EXPORT __declspec(dllexport)
#else
#  define AIR_BACKEND_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the plugin ABI described here; also the stamp of the plugin folder (`<libdir>/airunner-1`). \since 0.1 */
#define AIR_BACKEND_ABI_VERSION 1u

/* ---------------------------------------------------------------------------------------------------------- descriptions */

/** Description of one tensor of one sample. Lives as long as its runner. \since 0.1 */
typedef struct air_tensor_info {
  uint32_t struct_size;
  uint32_t flags;   /**< AIR_TENSOR_... bits. */
  const char *name; /**< Never NULL; "input_1" and so on where the model gives none. */
  const char *tag;  /**< Place: "I.0", "O.1", "N.<node>.<tensor>", "W.0", "A.0", "S.0". Never NULL. */
  air_dtype dtype;  /**< Storage type. */
  air_encoding encoding;
  uint32_t rank;                /**< Number of dimensions. 0: a scalar, or a shape not known. */
  const int64_t *shape;         /**< rank logical dimensions. shape[0] is the batch, 1. */
  const int64_t *storage_shape; /**< rank dimensions of the stored elements; differs from shape for PACKED_BITS only. */
  uint64_t n_elements;          /**< Product of storage_shape. */
  uint64_t size_bytes;          /**< n_elements * air_dtype_size(dtype): the bytes of one sample. */
  uint32_t
      format; /**< The format word of ST's tools (spec: 23 sign, 20..17 type, 13..7 bits, 6..0 fraction+64), or 0. */
  int32_t fraction_bits;      /**< n of Qm.n for FIXED_POINT, else 0. */
  uint32_t n_scales;          /**< 0: not quantized; 1: per tensor; more: per channel. */
  const float *scales;        /**< n_scales values. */
  const int32_t *zero_points; /**< n_scales values. */
  int32_t quantized_axis;     /**< Dimension of the channels when n_scales > 1, else -1. */
  uint64_t address;           /**< Address in the target, 0 when unknown. */
} air_tensor_info;

/** The software that executes the model. \since 0.1 */
typedef struct air_runtime_info {
  uint32_t struct_size;
  const char *name;          /**< "ST.AI (st-ai api)", "LiteRT", ... */
  const char *description;   /**< Library description, may be "". ST's `rt_lib_desc`. */
  const char *compiler;      /**< Compiler of the runtime, may be "". */
  const char *protocol;      /**< How airunner reaches it. */
  uint32_t version[3];       /**< major, minor, patch. */
  uint32_t tools_version[3]; /**< Version of the tool that generated the model, 0.0.0 when unknown. */
} air_runtime_info;

/** The machine that executes the model. \since 0.1 */
typedef struct air_device_info {
  uint32_t struct_size;
  const char *description; /**< One line. ST's `desc`. */
  const char *dev_type;    /**< "HOST", "stm32", ... */
  const char *dev_id;      /**< Text of the id. */
  const char *system;      /**< "Linux", "bare-metal", ... */
  const char *machine;     /**< "x86_64"; "" for targets. */
  uint64_t sys_clock;      /**< Hz, 0 when unknown. */
  uint64_t bus_clock;      /**< Hz, 0 when unknown. */
  uint32_t n_attributes;
  const char *const *attributes; /**< "fpu", "core_icache", ... ST's `attrs`. */
  uint32_t n_extras;
  const char *const *extras; /**< "mcu_freq:800000000", ... ST's `extra`. */
} air_device_info;

/** Description of one model of a runner. Lives as long as the runner. \since 0.1 */
typedef struct air_model_info {
  uint32_t struct_size;
  uint32_t capabilities;        /**< AIR_CAP_... bits. */
  const char *name;             /**< c-name. Never NULL. */
  const char *model_datetime;   /**< When the model was generated, may be "". */
  const char *compile_datetime; /**< When it was compiled, may be "". */
  const char *hash;             /**< Signature of the original model, may be "". */
  uint32_t n_nodes;
  uint32_t native_batch;  /**< Samples one call of the network takes when only I/O is asked for; 1 unless configured. */
  uint64_t macc;          /**< Multiply-accumulate operations of one inference, UINT64_MAX when unknown. */
  uint64_t weights_bytes; /**< UINT64_MAX when unknown. */
  uint64_t activations_bytes; /**< UINT64_MAX when unknown. */
  uint64_t states_bytes;      /**< 0 for a stateless model. */
  uint32_t n_inputs;
  uint32_t n_outputs;
  const air_tensor_info *const *inputs;
  const air_tensor_info *const *outputs;
  uint32_t n_weights_pools;
  uint32_t n_activations_pools;
  const air_tensor_info *const *weights_pools;     /**< uint8 tensors, shape {1,1,1,bytes}. ST's mempools.params. */
  const air_tensor_info *const *activations_pools; /**< The same. ST's mempools.activations. */
  const char *flags;               /**< ST's comma list such as "flag_inputs,flag_weights", may be "". */
  const air_runtime_info *runtime; /**< Never NULL. */
  const air_device_info *device;   /**< Never NULL. */
  double install_ms;               /**< Time the target took to install a relocatable model, -1 when unknown. */
  double init_ms;                  /**< Time the target took to initialise the model, -1 when unknown. */
} air_model_info;

/** Description of one node (executed operator) of a model. Lives as long as its runner. \since 0.1 */
typedef struct air_node_info {
  uint32_t struct_size;
  uint32_t index;          /**< Position in the order of execution, from 0. */
  const char *name;        /**< "ai_node_0", or the model's own. */
  const char *description; /**< "Conv2D (0x103)". ST's `layer_desc`. */
  int32_t id;              /**< Index of the layer in the original model (ST's `m_id`), -1 when unknown. */
  uint32_t type;           /**< Type of the layer, in the numbering of the runtime. ST's `layer_type`. */
  uint32_t n_inputs;       /**< 0 when the runtime does not tell. */
  uint32_t n_outputs;
  const air_tensor_info *const *inputs;
  const air_tensor_info *const *outputs;
} air_node_info;

/** What happened at a node. Valid during the callback only. \since 0.1 */
typedef struct air_run_node_event {
  uint32_t struct_size;
  uint32_t n_counters; /**< Hardware counters of this execution, mostly 0. */
  uint64_t sample;     /**< Index of the sample within the invoke. */
  const air_node_info *node;
  const void *const
      *data; /**< Begin: node->n_inputs pointers; end: node->n_outputs. NULL entries: no data. The memory is the
                                      network's own, to be read and not kept. At the end only in PER_LAYER_WITH_DATA. */
  double duration_ms; /**< At the end: time of the node, callbacks excluded. */
  const uint64_t *counters;
  const char *counter_type; /**< Static text such as "CPU cycles"; NULL without counters. */
  const char *statistics; /**< At the end: what the target told of the node, one text a line (ST's `extra`), or NULL. */
} air_run_node_event;

/* -------------------------------------------------------------------------------------------------------------- services */

/** What the library offers to a backend. Valid as long as the plugin is loaded. \since 0.1 */
typedef struct air_host {
  uint32_t struct_size;
  uint32_t reserved;
  /** Monotonic clock in nanoseconds. Thread-safe. */
  uint64_t (*now_ns)(void);
  /** Records the error of the current call on the current thread, replacing an earlier one together with its causes. `vendor_code` is 0
   *  when there is none. The text is copied. Thread-safe. */
  void (*set_error)(air_status status, int32_t vendor_code, const char *message);
  /** Adds one "tried X: why it did not work" to the error recorded last on this thread. Thread-safe. */
  void (*add_cause)(const char *text);
  /** Writes a line to the log of the connection that `log` (from the request) stands for. Thread-safe. */
  void (*log)(void *log, air_log_level level, const char *message);
  /** Highest level that anybody reads, 0: none; lines above it need not be formatted. Thread-safe. */
  air_log_level (*log_level)(const void *log);
} air_host;

/** One connection of a backend. Opaque, defined by the backend. \since 0.1 */
typedef struct air_connection air_connection;

/** What to connect to. Valid during the call only, except `log`, which is valid until disconnect. \since 0.1 */
typedef struct air_connect_request {
  uint32_t struct_size;
  uint32_t timeout_ms;       /**< 0: the backend's default. */
  const char *scheme;        /**< Lower case; one of air_backend.schemes. */
  const char *rest;          /**< Descriptor without scheme and options. Never NULL. */
  const char *model_name;    /**< Wanted c-name or NULL. */
  const air_option *options; /**< Options of the descriptor and of the caller, each key once. Refuse unknown keys. */
  uint32_t n_options;
  uint32_t n_weights;
  const air_weights *weights; /**< Copy what is needed later. */
  void *log;                  /**< For air_host.log. */
  void *sink;                 /**< Argument of check. */
  /** AIR_OK to go on, else AIR_ERROR_CANCELLED with the error recorded: leave nothing open, and return that status. To be asked at least
   *  every 100 ms while the backend waits. Cheap. */
  air_status (*check)(void *sink);
} air_connect_request;

/** What a connection is. Lives until disconnect. \since 0.1 */
typedef struct air_connection_info {
  uint32_t struct_size;
  uint32_t n_models; /**< At least 1. */
  const air_model_info *const *models;
  const char *descriptor; /**< Canonical descriptor with scheme and the options needed to connect again. */
} air_connection_info;

/** Flags of air_run. \since 0.1 */
typedef enum air_run_flags {
  AIR_RUN_FIRST = 1 << 0, /**< First run of an invoke. */
  AIR_RUN_LAST = 1 << 1 /**< Last run of a pass over the caller's memory: nothing behind its outputs is the caller's. */
} air_run_flags;

/** What a backend measured in one run; set to zero (stack, heap: -1) by the library before. \since 0.1 */
typedef struct air_run_result {
  uint32_t struct_size;
  uint32_t n_counters;
  uint64_t device_ns; /**< Time on the device, see air_profile.durations_ms. Required. */
  uint64_t exec_ns;   /**< Time of the whole run, see air_profile.exec_times_ms. Required. */
  uint64_t end_ns;    /**< now_ns() at the end of the run: spares the library a look at the clock. 0: not given. */
  uint64_t link_ns;
  uint64_t link_bytes_sent;
  uint64_t link_bytes_received;
  uint64_t link_packets;
  uint64_t link_turnarounds;
  int64_t stack_bytes;
  int64_t heap_bytes;
  const char *counter_type; /**< Static text or NULL. */
  const uint64_t *counters; /**< n_counters values, valid until the next run. */
} air_run_result;

/** One run: one sample, or up to native_batch samples when air_model_info.native_batch > 1, the mode has no PER_LAYER bits and nobody
 *  listens to samples. Valid during the call only. \since 0.1 */
typedef struct air_run {
  uint32_t struct_size;
  uint32_t
      mode; /**< AIR_MODE_... bits, only those the model's capabilities allow. With FIXED_INPUT the inputs are filled
                                     already; sending their first element is enough. */
  uint32_t flags; /**< air_run_flags. */
  uint32_t n_samples;
  uint32_t user_option; /**< air_invoke_options.user_option. */
  uint32_t reserved;
  uint64_t sample; /**< Index of the first sample, to be copied to events. */
  const void *const *
      inputs; /**< One pointer per input: n_samples samples in storage type. Alignment is that of the caller's memory. */
  void *const *outputs; /**< One pointer per output, the same way. With PERF_ONLY they may be left as they are. */
  void *sink;           /**< First argument of the functions below. */
  /** AIR_OK to go on, else AIR_ERROR_CANCELLED or _TIMEOUT with the error recorded: stop as soon as the connection stays usable,
   *  and return that status. Cheap. */
  air_status (*check)(void *sink);
  /** Tells that a node begins, or has ended. NULL when not wanted. `node` pointers stay the same for the same node during a
   *  connection. After AIR_STOP send no more events of this run, finish it and return AIR_OK. */
  air_action (*on_node_begin)(void *sink, const air_run_node_event *event);
  air_action (*on_node_end)(void *sink, const air_run_node_event *event);
  air_run_result *result;
} air_run;

/** Takes one thing found by a scan. Texts are copied. \since 0.1 */
typedef void (*air_found_fn)(void *sink, const char *descriptor, const char *description);

/** What a backend offers to the library. Static, valid as long as the plugin is loaded. \since 0.1 */
typedef struct air_backend {
  uint32_t struct_size;
  uint32_t abi_version;       /**< The version that was asked for. */
  const char *name;           /**< Required. */
  const char *version;        /**< Required. */
  const char *description;    /**< Required. */
  const char *const *schemes; /**< Required. NULL-terminated, lower case, at least two letters each. */

  /** How well a text without scheme fits this backend: 0 not at all, 100 certainly. Optional. Only looks at the text and at whether files
   *  exist. `rest` of the request is then that text, `scheme` is schemes[0]. */
  uint32_t (*claims)(const char *text);
  /** Connects. Required. */
  air_status (*connect)(const air_connect_request *request, air_connection **out_connection);
  /** Ends a connection and releases it. Required. */
  void (*disconnect)(air_connection *connection);
  /** Describes a connection. Required. */
  air_status (*get_info)(air_connection *connection, const air_connection_info **out_info);
  /** Runs one model. Required. */
  air_status (*run)(air_connection *connection, uint32_t model, const air_run *run);
  /** Interrupts a run in progress, from any thread. Optional. */
  void (*cancel)(air_connection *connection);
  /** Sets the states of a model to zero. Optional. */
  air_status (*reset_states)(air_connection *connection, uint32_t model);
  /** Asks the other side whether it is alive. Optional. */
  air_status (*ping)(air_connection *connection);
  /** Reports what is there to connect to; opens nothing for writing. Optional. */
  air_status (*scan)(void *log, void *sink, air_found_fn found);
  /** Restores a lost connection; info pointers given out stay valid. Optional. */
  air_status (*reconnect)(air_connection *connection);
  /** Memory of the target, see air_memory_read() and its neighbours. Optional. */
  air_status (*memory_read)(air_connection *connection, uint64_t address, void *data, uint64_t size);
  air_status (*memory_write)(air_connection *connection, uint64_t address, const void *data, uint64_t size);
  air_status (*memory_checksum)(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out_checksum);
  /** Self tests of the target, see air_self_test(). Optional. */
  air_status (*self_test)(air_connection *connection, uint32_t test, uint32_t extra, uint32_t option,
                          uint32_t *out_value);
} air_backend;

/** Name of the one function that a plugin exports. \since 0.1 */
#define AIR_BACKEND_ENTRY "air_backend_query"

/**
 * Returns the table of the backend for an ABI version, or NULL when the plugin does not know that version. May be called several times.
 *
 * @param abi_version  Version the library asks for.
 * @param host         Services, valid as long as the plugin is loaded.
 * \since 0.1
 */
typedef const air_backend *(*air_backend_query_fn)(uint32_t abi_version, const air_host *host);

/** A plugin defines this function. \since 0.1 */
AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *host);

#ifdef __cplusplus
}
#endif

#endif
