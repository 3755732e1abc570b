/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner: run and profile the same neural network wherever it was deployed.
 *
 * This is the public C ABI. It compiles alone as C11 and as C++20 and depends on nothing but <stdint.h> and <stddef.h>.
 *
 * Rules that hold for every item below, unless its own text says otherwise:
 *
 *   Structs      A struct that begins with `struct_size` only ever grows at its end. The side that fills it sets struct_size
 *                with the AIR_..._INIT macro. The library accepts a smaller struct of an older header (missing members take
 *                their zero value) and a larger one of a newer header as long as the members it does not know are zero;
 *                otherwise the call fails with AIR_ERROR_INVALID_ARGUMENT or AIR_ERROR_INCOMPATIBLE. Structs without
 *                struct_size (air_buffer, air_option, air_statistics, air_value_statistics, air_document) are frozen: they never
 *                change.
 *                The library gives arrays of growing structs as arrays of pointers.
 *   Ownership    What is passed in stays the caller's and need not outlive the call. What is given out as `const X *` belongs to
 *                the runner and lives until the moment stated. What the caller has to release has a function for it, which
 *                accepts NULL. Never release with free().
 *   Threads      A runner may be used from any thread, by one call at a time; a second call made meanwhile fails with
 *                AIR_ERROR_BUSY. air_cancel() alone may be called from any thread at any time. Different runners are
 *                independent. The library has no global mutable state and needs no global initialisation.
 *   Errors       A function that can fail returns air_status; air_last_error() then tells the whole story. Out parameters are
 *                written on success only. NULL where a value is required is AIR_ERROR_INVALID_ARGUMENT, never a crash.
 *   Text         All strings are UTF-8 and zero-terminated. Times are milliseconds unless the name says otherwise.
 */
#ifndef AIRUNNER_H
#define AIRUNNER_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#  if defined(AIR_BUILDING_LIBRARY)
#    define AIR_API __declspec(dllexport)
#  else
#    define AIR_API __declspec(dllimport)
#  endif
#else
#  define AIR_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------------- version */

#define AIR_VERSION_MAJOR 0 /**< \since 0.1 */
#define AIR_VERSION_MINOR 1 /**< \since 0.1 */
#define AIR_VERSION_PATCH 0 /**< \since 0.1 */

/** Number of the public ABI, equal to the number in the soname. A binding checks air_abi_version() == AIR_ABI_VERSION at load.
 *  \since 0.1 */
#define AIR_ABI_VERSION 0

/** Version of the library that is loaded, such as "0.1.0". Static. Thread-safe. \since 0.1 */
AIR_API const char *air_version(void);

/** ABI number of the library that is loaded. Thread-safe. \since 0.1 */
AIR_API uint32_t air_abi_version(void);

/* ----------------------------------------------------------------------------------------------------------------- status */

/** What became of a call: whose fault it is and whether to try again. Values never change. \since 0.1 */
typedef enum air_status {
  AIR_OK = 0,                       /**< Done. */
  AIR_ERROR_INVALID_ARGUMENT = 1,   /**< The caller's: NULL, unknown mode bit, wrong struct_size. Do not retry. */
  AIR_ERROR_INVALID_DESCRIPTOR = 2, /**< The descriptor cannot be understood or no backend serves it. Do not retry. */
  AIR_ERROR_INVALID_INPUT = 3,      /**< Count, dtype, shape or size of inputs or outputs does not fit the model. */
  AIR_ERROR_NOT_FOUND = 4,          /**< The named file, model or runtime does not exist. */
  AIR_ERROR_INVALID_MODEL = 5,    /**< The file is not a usable model: not a library, missing symbols, absurd report. */
  AIR_ERROR_WEIGHTS = 6,          /**< Weights are missing, too few or of the wrong size. */
  AIR_ERROR_UNSUPPORTED = 7,      /**< The backend, model or format has no such ability. Do not retry. */
  AIR_ERROR_INCOMPATIBLE = 8,     /**< Versions do not match: plugin ABI, protocol, runtime, newer struct. */
  AIR_ERROR_RUN_FAILED = 9,       /**< The network itself reported an error; vendor_code is its own code. */
  AIR_ERROR_CORRUPTED = 10,       /**< The network wrote beyond a buffer; the runner disconnects the model. */
  AIR_ERROR_TIMEOUT = 11,         /**< The time limit passed; message names the step. Retry with a larger one. */
  AIR_ERROR_CANCELLED = 12,       /**< air_cancel() took effect. The runner stays usable. */
  AIR_ERROR_BUSY = 13,            /**< Another call uses this runner, or another program the device. Retry later. */
  AIR_ERROR_PERMISSION = 14,      /**< The system refuses access to a file or device. */
  AIR_ERROR_NO_DEVICE = 15,       /**< No such port, or nothing plugged in that could be a target. */
  AIR_ERROR_NO_ANSWER = 16,       /**< The device is there but silent: not flashed, wrong baud rate, held in reset. */
  AIR_ERROR_PROTOCOL = 17,        /**< Something answers, but not in the protocol expected. */
  AIR_ERROR_NOT_INITIALIZED = 18, /**< The target knows the model but could not initialise it. */
  AIR_ERROR_TARGET = 19,          /**< The target reported an error; vendor_code is its code. */
  AIR_ERROR_LINK_LOST = 20,       /**< The connection broke; message names the step: air_reconnect(). */
  AIR_ERROR_IO = 21,              /**< Reading or writing a file or device failed; vendor_code is errno. */
  AIR_ERROR_NO_MEMORY = 22,       /**< Out of memory. */
  AIR_ERROR_AMBIGUOUS = 23,       /**< Several plugins, models or devices fit; message lists them. Name one. */
  AIR_ERROR_NOT_CONNECTED = 24,   /**< An earlier error has closed this connection: air_reconnect(). */
  AIR_ERROR_INTERNAL = 25         /**< A fault in airunner or a plugin. Please report it. */
} air_status;

/** Short English name of a status, such as "timeout". Static; "unknown status" for other values. Thread-safe. \since 0.1 */
AIR_API const char *air_status_name(air_status status);

/** The number users of ST's tool know for this status: 801 I/O, 803 message, 804 parameter, 805 model, 810 not connected;
 *  0 for AIR_OK, 800 where that tool has no number of its own. Thread-safe. \since 0.1 */
AIR_API int32_t air_status_st_code(air_status status);

/** The story of the last failed call on this thread. \since 0.1 */
typedef struct air_error {
  uint32_t struct_size;
  air_status status;         /**< What the call returned. */
  int32_t st_code;           /**< air_status_st_code(status), for "E801"-style texts. */
  int32_t vendor_code;       /**< Code of the network, runtime, target or system (errno); 0 when there is none. */
  const char *message;       /**< One sentence: what was expected, what came, what to do. Never NULL. */
  uint32_t n_causes;         /**< Number of causes. */
  const char *const *causes; /**< What was tried and why it did not work, in order; "tried X: no such file". */
} air_error;

/** The error of the last call of this thread that failed. Never NULL: status AIR_OK and an empty message before any failure.
 *  Reading does not clear it. Valid until the next failing call of the same thread. \since 0.1 */
AIR_API const air_error *air_last_error(void);

/* ------------------------------------------------------------------------------------------------------- tensors and info */

/** Storage type of one element. \since 0.1 */
typedef enum air_dtype {
  AIR_DTYPE_NONE = 0, /**< In air_buffer: "the tensor's own". */
  AIR_DTYPE_FLOAT32 = 1,
  AIR_DTYPE_FLOAT16 = 2,
  AIR_DTYPE_FLOAT64 = 3,
  AIR_DTYPE_INT8 = 4,
  AIR_DTYPE_UINT8 = 5,
  AIR_DTYPE_INT16 = 6,
  AIR_DTYPE_UINT16 = 7,
  AIR_DTYPE_INT32 = 8,
  AIR_DTYPE_UINT32 = 9,
  AIR_DTYPE_INT64 = 10,
  AIR_DTYPE_UINT64 = 11,
  AIR_DTYPE_BOOL = 12 /**< One byte, 0 or 1. */
} air_dtype;

/** Bytes of one element, 0 for AIR_DTYPE_NONE or an unknown value. Thread-safe. \since 0.1 */
AIR_API uint32_t air_dtype_size(air_dtype dtype);

/** NumPy name of a dtype, such as "int8"; "none" for AIR_DTYPE_NONE and unknown values. Static. Thread-safe. \since 0.1 */
AIR_API const char *air_dtype_name(air_dtype dtype);

/** How stored elements represent real numbers. \since 0.1 */
typedef enum air_encoding {
  AIR_ENCODING_PLAIN = 0,       /**< The element is the number. */
  AIR_ENCODING_QUANTIZED = 1,   /**< real = (q - zero_point) * scale. */
  AIR_ENCODING_FIXED_POINT = 2, /**< real = q * 2^-fraction_bits (Qm.n). */
  AIR_ENCODING_PACKED_BITS = 3  /**< 32 signs per 32-bit word, first in bit 31; bit 1 is -1, bit 0 is +1. */
} air_encoding;

/** Flags of air_tensor_info. \since 0.1 */
typedef enum air_tensor_flags {
  AIR_TENSOR_IN_ACTIVATIONS = 1 << 0, /**< The network keeps this input or output inside its activations. */
  AIR_TENSOR_BATCH_ADDED = 1 << 1, /**< The model's own shape has no batch dimension 1: `shape` has one put in front. */
  AIR_TENSOR_CHANNEL_FIRST = 1 << 2, /**< The deployed model declares channel-first order. */
  AIR_TENSOR_CHANNEL_LAST = 1 << 3,  /**< The deployed model declares channel-last order. */
  AIR_TENSOR_IN_MEMPOOL = 1 << 4     /**< The memory belongs to a pool of the target. */
} air_tensor_flags;

/** Description of one tensor of one sample. Lives as long as its runner. \since 0.1 */
typedef struct air_tensor_info {
  uint32_t struct_size;
  uint32_t flags;   /**< air_tensor_flags. */
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

/** What a runner can do for a model (bits). The values are those of ST's `Caps`. \since 0.1 */
typedef enum air_capability {
  AIR_CAP_PER_LAYER = 1,         /**< Durations of every node. */
  AIR_CAP_PER_LAYER_DATA = 2,    /**< Output tensors of every node; ST's PER_LAYER_WITH_DATA (3) is both bits. */
  AIR_CAP_SELF_TEST = 4,         /**< The target has self tests. */
  AIR_CAP_RELOC = 8,             /**< The model is a relocatable binary. */
  AIR_CAP_MEMORY_RW = 16,        /**< The target's memory can be read and written. */
  AIR_CAP_USBC = 32,             /**< The target is connected through its own USB. */
  AIR_CAP_NODE_BEGIN = 1 << 16,  /**< on_node_begin is called, with the node's input tensors. */
  AIR_CAP_CANCEL_RUN = 1 << 17,  /**< air_cancel() and timeouts interrupt a sample, not only a batch. */
  AIR_CAP_RESET_STATES = 1 << 18 /**< air_reset_states() has something to reset. */
} air_capability;

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
  uint32_t capabilities;        /**< air_capability bits. */
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

/* ------------------------------------------------------------------------------------------------------------------- logs */

/** Importance of a log line. \since 0.1 */
typedef enum air_log_level {
  AIR_LOG_NONE = 0, /**< As a limit: nothing. */
  AIR_LOG_ERROR = 1,
  AIR_LOG_WARNING = 2,
  AIR_LOG_INFO = 3,
  AIR_LOG_DEBUG = 4
} air_log_level;

/** Takes one line of log, without newline. Called on the thread of the call it belongs to. It must not call back into the
 *  same runner. \since 0.1 */
typedef void (*air_log_fn)(void *user, air_log_level level, const char *message);

/* ------------------------------------------------------------------------------------------------------------- connection */

/** One connection to a place where models are deployed. Opaque. \since 0.1 */
typedef struct air_runner air_runner;

/** One model of a runner. Opaque; belongs to its runner. \since 0.1 */
typedef struct air_session air_session;

/** One `key=value` option of a backend. Frozen. \since 0.1 */
typedef struct air_option {
  const char *key;
  const char *value;
} air_option;

/** Memory of one tensor or one block of weights. Frozen. For invoke: all samples one after the other, C order. \since 0.1 */
typedef struct air_buffer {
  void *data;          /**< First byte. The library never writes through the buffers of inputs and weights. */
  uint64_t size_bytes; /**< Bytes at data. */
  const int64_t
      *shape; /**< rank dimensions with the samples first, or NULL: only the size is checked. Dimensions of 1 after the
                              first may be left out or added, as ST's tool allows. */
  uint32_t rank;
  air_dtype dtype; /**< AIR_DTYPE_NONE: the tensor's own. Checked otherwise. */
} air_buffer;

/** Options of air_connect(), air_list_plugins() and air_scan(). \since 0.1 */
typedef struct air_connect_options {
  uint32_t struct_size;
  uint32_t timeout_ms;       /**< Limit of connecting; 0: the backend's default. */
  const char *model_name;    /**< c-name to take where a deployment can hold several, or NULL. */
  const air_option *options; /**< n_options backend options; they win over the same key in the descriptor. */
  uint32_t n_options;
  uint32_t n_weights;
  const air_buffer *weights;       /**< n_weights blocks for models deployed without their weights; copied. */
  const char *const *plugin_paths; /**< n_plugin_paths files or folders, searched before all others. */
  uint32_t n_plugin_paths;
  air_log_level log_level; /**< Lines above this level are not formatted. */
  air_log_fn log;          /**< NULL: no logs. Must stay valid until air_disconnect(). */
  void *log_user;          /**< Passed to log. */
} air_connect_options;

/** \since 0.1 */
#define AIR_CONNECT_OPTIONS_INIT \
  { (uint32_t)sizeof(air_connect_options), 0, NULL, NULL, 0, 0, NULL, NULL, 0, AIR_LOG_WARNING, NULL, NULL }

/**
 * Connects to the models that a descriptor names.
 *
 *     [scheme:]rest[?key=value[&key=value...]]
 *
 *     file:<path>  lib:<path>  <path>     host library of ST Edge AI / X-CUBE-AI, or a folder to search for one
 *     null:                               built-in deterministic model
 *     serial[:port][:baud]  socket:host[:port]  rfc2217:host:port[:baud]  tflite:<path>  onnx:<path>
 *                                         by the plugins that serve them
 *
 * A scheme has at least two letters, in any case; "C:\x.dll" is a path. Blanks around are dropped. What stands behind a scheme
 * and values are percent-decoded, and so is a bare path unless it is there as written; a literal '?' is %3F. The keys each backend
 * knows are in its document; an unknown key is an error. Without a scheme the plugins are asked who knows the text.
 *
 * @param descriptor  NULL is the same as "".
 * @param options     NULL: defaults.
 * @param out_runner  Release with air_disconnect().
 * @return AIR_ERROR_INVALID_DESCRIPTOR, _NOT_FOUND, _INVALID_MODEL, _WEIGHTS, _AMBIGUOUS, _INCOMPATIBLE, ... and for devices
 *         _NO_DEVICE, _BUSY, _PERMISSION, _NO_ANSWER, _PROTOCOL, _TIMEOUT. The causes list what was tried.
 * \since 0.1
 */
AIR_API air_status air_connect(const char *descriptor, const air_connect_options *options, air_runner **out_runner);

/** Ends a connection and releases the runner, its sessions and everything they gave out. NULL is accepted. Not while another call
 *  uses the runner. \since 0.1 */
AIR_API void air_disconnect(air_runner *runner);

/** Canonical descriptor: connecting with it again reaches the same models. "" for NULL. Lives as long as the runner. \since 0.1 */
AIR_API const char *air_get_descriptor(const air_runner *runner);

/** Name of the backend that serves the runner, such as "stlib". "" for NULL. Lives as long as the runner. \since 0.1 */
AIR_API const char *air_get_backend(const air_runner *runner);

/** Number of models, 0 for NULL. \since 0.1 */
AIR_API uint32_t air_get_n_models(const air_runner *runner);

/** The session of the model at `index`. The same pointer each time; it belongs to the runner. \since 0.1 */
AIR_API air_status air_get_session_at(air_runner *runner, uint32_t index, air_session **out_session);

/** The session of the model called `name`; NULL: the first. AIR_ERROR_NOT_FOUND lists the names there are. \since 0.1 */
AIR_API air_status air_get_session(air_runner *runner, const char *name, air_session **out_session);

/** Description of the model. Lives as long as the runner. \since 0.1 */
AIR_API air_status air_get_info(const air_session *session, const air_model_info **out_info);

/** Asks the other side whether it is alive. AIR_ERROR_UNSUPPORTED where there is no other side. \since 0.1 */
AIR_API air_status air_ping(air_runner *runner);

/** Restores a connection that was lost, with the same descriptor and options. Sessions and what they gave out stay valid. The other side
 *  must offer the same models, else AIR_ERROR_INCOMPATIBLE and the runner stays closed. AIR_ERROR_UNSUPPORTED where nothing can be lost.
 *  \since 0.1 */
AIR_API air_status air_reconnect(air_runner *runner);

/** Reads `size` bytes of the target's memory. Needs AIR_CAP_MEMORY_RW, else AIR_ERROR_UNSUPPORTED. The target does not check addresses: a
 *  bad one can crash it. \since 0.1 */
AIR_API air_status air_memory_read(air_runner *runner, uint64_t address, void *data, uint64_t size);

/** Writes `size` bytes to the target's memory; as air_memory_read(). After a loss in the middle the target may need a reset. \since 0.1 */
AIR_API air_status air_memory_write(air_runner *runner, uint64_t address, const void *data, uint64_t size);

/** The target's 16-bit rotating sum of `size` bytes of its memory; as air_memory_read(). \since 0.1 */
AIR_API air_status air_memory_checksum(air_runner *runner, uint64_t address, uint64_t size, uint32_t *out_checksum);

/** Runs self test `test` of the target with its two parameters; *out_value is what the last reply carries. The target's texts go to the
 *  log. Needs AIR_CAP_SELF_TEST, else AIR_ERROR_UNSUPPORTED. \since 0.1 */
AIR_API air_status air_self_test(air_runner *runner, uint32_t test, uint32_t extra, uint32_t option,
                                 uint32_t *out_value);

/** Sets the states of a stateful model to zero, as after connecting. AIR_ERROR_UNSUPPORTED for a model without
 *  AIR_CAP_RESET_STATES. \since 0.1 */
AIR_API air_status air_reset_states(air_session *session);

/* ----------------------------------------------------------------------------------------------------------------- invoke */

/** What an invoke does beside computing outputs (bits). The values are those of ST's `Mode`. \since 0.1 */
typedef enum air_mode {
  AIR_MODE_IO_ONLY = 0,             /**< Inputs in, outputs out. */
  AIR_MODE_PER_LAYER = 1,           /**< Durations of every node. */
  AIR_MODE_PER_LAYER_WITH_DATA = 2, /**< Also the output tensors of every node; implies PER_LAYER. */
  AIR_MODE_FIXED_INPUT = 4, /**< Every sample of an input is filled with its first element: all a link has to carry. */
  AIR_MODE_PERF_ONLY = 8,   /**< Only times matter: FIXED_INPUT, outputs are not written, node data are dropped. */
  AIR_MODE_DEBUG = 256      /**< The backend or target logs what it does. */
} air_mode;

/** Conversions of inputs and outputs (bits). \since 0.1 */
typedef enum air_io_mode {
  AIR_IO_STORAGE = 0,   /**< Inputs and outputs are as the network stores them. */
  AIR_IO_QUANTIZE = 1,  /**< float32 inputs are converted to the storage type; inputs of the storage type pass. */
  AIR_IO_DEQUANTIZE = 2 /**< Outputs are converted to float32 of the logical shape. */
} air_io_mode;

/** What a callback wants next. \since 0.1 */
typedef enum air_action {
  AIR_CONTINUE = 0,
  AIR_STOP =
      1 /**< End the invoke cleanly: it returns AIR_OK, air_profile.stopped is 1, samples done so far are kept. */
} air_action;

/** What happened at a node. Valid during the callback only. \since 0.1 */
typedef struct air_node_event {
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
} air_node_event;

/** What happened to a sample. Valid during the callback only. \since 0.1 */
typedef struct air_sample_event {
  uint32_t struct_size;
  uint32_t n_outputs;
  uint64_t sample;
  const air_buffer
      *outputs;       /**< n_outputs tensors of this sample as the caller will see them (dequantized if asked for). */
  double duration_ms; /**< As in air_profile.durations_ms. */
} air_sample_event;

/** Functions called during an invoke, on its thread; any may be NULL. They must not call the same runner, except air_cancel().
 *  With a warm-up or repeats, sample indices count recorded samples only, from 0. \since 0.1 */
typedef struct air_callbacks {
  uint32_t struct_size;
  void *user; /**< Passed to each. */
  air_action (*on_sample_begin)(void *user, uint64_t sample);
  air_action (*on_sample_end)(void *user, const air_sample_event *event);
  air_action (*on_node_begin)(void *user,
                              const air_node_event *event);           /**< PER_LAYER modes, with AIR_CAP_NODE_BEGIN. */
  air_action (*on_node_end)(void *user, const air_node_event *event); /**< PER_LAYER modes. */
  /** After each sample, and at most every 20 ms. */
  air_action (*on_progress)(void *user, uint64_t n_done, uint64_t n_total);
} air_callbacks;

/** \since 0.1 */
#define AIR_CALLBACKS_INIT \
  { (uint32_t)sizeof(air_callbacks), NULL, NULL, NULL, NULL, NULL, NULL }

/** Options of air_invoke(). \since 0.1 */
typedef struct air_invoke_options {
  uint32_t struct_size;
  uint32_t mode;    /**< air_mode bits. PER_LAYER modes that the model cannot give are dropped; see air_profile.mode. */
  uint32_t io_mode; /**< air_io_mode bits. */
  uint32_t timeout_ms; /**< Limit of the whole call, 0: none beyond the backend's own. */
  uint32_t warmup;     /**< Samples run first and not recorded. */
  uint32_t
      repeat; /**< The batch is run this often (0 = 1). Durations of every run are kept; outputs and data are those of the last. */
  uint32_t user_option;           /**< Passed to the target; ST's `option`. */
  uint32_t reserved;              /**< 0. */
  const air_callbacks *callbacks; /**< Or NULL. */
} air_invoke_options;

/** \since 0.1 */
#define AIR_INVOKE_OPTIONS_INIT \
  { (uint32_t)sizeof(air_invoke_options), 0, 0, 0, 0, 0, 0, 0, NULL }

/**
 * Runs the model on n_samples samples, in order.
 *
 * On the plain path (AIR_MODE_IO_ONLY, AIR_IO_STORAGE) it allocates nothing from the second call of the same size on and copies no
 * sample that the network can read or write in place.
 *
 * @param n_samples  At least 1.
 * @param inputs     n_inputs buffers, one per model input, each with n_samples samples.
 * @param outputs    n_outputs buffers of the caller, one per model output, or NULL with n_outputs 0: the library keeps the
 *                   outputs, see air_get_outputs(). With AIR_IO_DEQUANTIZE they are float32 of the logical shape.
 * @param options    NULL: defaults.
 * @return AIR_ERROR_INVALID_INPUT before anything is run; _RUN_FAILED, _CORRUPTED, _TIMEOUT, _CANCELLED, _BUSY and the link's errors.
 *         After an error air_get_profile() tells the samples that were completed.
 * \since 0.1
 */
AIR_API air_status air_invoke(air_session *session, uint64_t n_samples, const air_buffer *inputs, uint32_t n_inputs,
                              const air_buffer *outputs, uint32_t n_outputs, const air_invoke_options *options);

/** The outputs that the last air_invoke() of this session without output buffers kept. Valid until the next invoke of this session or
 *  air_disconnect(). AIR_ERROR_NOT_FOUND when there are none. \since 0.1 */
AIR_API air_status air_get_outputs(const air_session *session, const air_buffer **out_outputs, uint32_t *out_n_outputs);

/** Ends the invoke in progress on this runner, if any: it returns AIR_ERROR_CANCELLED, between two samples or within 100 ms
 *  where the backend has AIR_CAP_CANCEL_RUN. Any thread, any time; NULL is accepted. Signal-safe as far as the backend's own
 *  part is. \since 0.1 */
AIR_API void air_cancel(air_runner *runner);

/** Options of air_fill_random(). \since 0.1 */
typedef struct air_random_options {
  uint32_t struct_size;
  uint32_t seed;      /**< The generator is MT19937, seeded as numpy.random.RandomState(seed). */
  uint32_t has_range; /**< 0: -1..1 for floats, the whole range of the type for integers. */
  uint32_t reserved;  /**< 0. */
  double low;         /**< With has_range: floats are drawn from [low, high), integers from low..high. */
  double high;
} air_random_options;

/** Seed 42 is that of ST's tool. \since 0.1 */
#define AIR_RANDOM_OPTIONS_INIT \
  { (uint32_t)sizeof(air_random_options), 42, 0, 0, 0.0, 0.0 }

/**
 * Fills the inputs of a model with random storage values, one input after the other from one generator: the same values as
 * ST's tool draws first in a process for the same seed, dtype and shape (numpy's RandomState.uniform and .randint).
 *
 * @param inputs  n_inputs writable buffers of n_samples samples each. One with dtype AIR_DTYPE_FLOAT32 for an input of another type gets real
 *                values, as AIR_IO_QUANTIZE takes them: those of a model with float32 in this place.
 * @param options NULL: defaults.
 * \since 0.1
 */
AIR_API air_status air_fill_random(const air_session *session, uint64_t n_samples, const air_buffer *inputs,
                                   uint32_t n_inputs, const air_random_options *options);

/** Converts n_samples of float32 values of the logical shape to the storage of a tensor: rint (ties to even) of x / scale plus the zero
 *  point, clipped; signs to packed bits; x > 0 to bool; a cast where nothing else applies. `storage` holds n_samples * info->size_bytes.
 *  Thread-safe. \since 0.1 */
AIR_API air_status air_quantize(const air_tensor_info *info, uint64_t n_samples, const float *values, void *storage);

/** The way back: (q - zero_point) * scale computed in double and rounded to float32; +1 and -1 for packed bits. Thread-safe. \since 0.1 */
AIR_API air_status air_dequantize(const air_tensor_info *info, uint64_t n_samples, const void *storage, float *values);

/* ---------------------------------------------------------------------------------------------------------------- profile */

/** What an invoke measured at one node. \since 0.1 */
typedef struct air_node_profile {
  uint32_t struct_size;
  uint32_t n_counters; /**< Counters per sample, mostly 0. */
  const air_node_info *info;
  const double *durations_ms; /**< air_profile.n_durations values. */
  const void *const *data;    /**< info->n_outputs blocks of n_samples samples (storage type), or NULL without data. */
  const char *counter_type;   /**< "CPU cycles", or "". */
  const uint64_t *counters;   /**< n_durations * n_counters values, sample by sample. */
  const char *const *statistics; /**< n_durations texts as in air_node_event, or NULL when the target gave none. */
} air_node_profile;

/** What the last invoke of a session measured: read-only, valid until the next invoke of the session or air_disconnect(). Three
 *  times are kept apart: on the device, on the link, on the host. \since 0.1 */
typedef struct air_profile {
  uint32_t struct_size;
  uint32_t mode;        /**< air_mode bits that were granted. */
  uint64_t n_samples;   /**< Samples of the batch completed (in the last round, with repeats). */
  uint64_t n_durations; /**< Recorded runs: samples * repeats completed. */
  /** n_durations values: time on the device, as it reports it. Host library: the time of the network's own run (IO_ONLY), or the sum of its
   *  nodes, with the legacy API also the time between them; callbacks excluded (PER_LAYER). */
  const double *durations_ms;
  /** n_durations values: time of the whole run. Host library: as the host sees it, callbacks included. Target: of the inference, as the target
   *  reports it (ST's `exec_times`). */
  const double *exec_times_ms;
  uint32_t stopped; /**< 1: a callback stopped the run. */
  uint32_t n_nodes; /**< 0 unless PER_LAYER. */
  const air_node_profile *const *nodes;
  double device_ms; /**< Sum of durations_ms. */
  double link_ms;   /**< Time spent transferring; 0 without a link. */
  double host_ms;   /**< Time of the whole call, warm-up included. ST's `host_duration`. */
  uint64_t link_bytes_sent;
  uint64_t link_bytes_received;
  uint64_t link_packets;
  uint64_t link_turnarounds; /**< Changes of direction on the link. */
  int64_t stack_bytes;       /**< Stack used on the target by the last sample, -1 when unknown. */
  int64_t heap_bytes;        /**< Heap used on the target by the last sample, -1 when unknown. */
  const char *counter_type;  /**< Of the counters of whole inferences, or "". */
  uint32_t n_counters;       /**< Per sample. */
  uint32_t reserved;
  const uint64_t *counters; /**< n_durations * n_counters. */
  int64_t begin_unix_s;     /**< When the invoke began: seconds since 1970-01-01 00:00 UTC. */
  uint32_t io_mode;         /**< As asked for in air_invoke_options, like those that follow. */
  uint32_t warmup;
  uint32_t repeat; /**< At least 1. */
  uint32_t timeout_ms;
} air_profile;

/** The profile of the last air_invoke() of the session, also of one that failed or was stopped. AIR_ERROR_NOT_FOUND before the
 *  first. \since 0.1 */
AIR_API air_status air_get_profile(const air_session *session, const air_profile **out_profile);

/** Summary of a series of values. Percentiles interpolate linearly between closest ranks, as numpy.percentile. std is the population
 *  standard deviation. Frozen. \since 0.1 */
typedef struct air_statistics {
  uint64_t count;
  double mean, std, min, max, p50, p90, p99;
} air_statistics;

/** Computes *out for `count` values; all zero for none. Thread-safe. \since 0.1 */
AIR_API air_status air_get_statistics(const double *values, uint64_t count, air_statistics *out);

/** Bins of air_value_statistics.histogram. \since 0.1 */
#define AIR_HISTOGRAM_BINS 32

/** Summary of the real values of a tensor. mean, std (of the population), min and max are those of the finite values, 0 when there are
 *  none. Frozen. \since 0.1 */
typedef struct air_value_statistics {
  uint64_t count; /**< All values. */
  uint64_t n_nan;
  uint64_t n_inf;
  uint64_t n_zero;
  double mean, std, min, max;
  uint64_t histogram
      [AIR_HISTOGRAM_BINS]; /**< Finite values in bins of equal width from min to max; in the first when these are equal. */
} air_value_statistics;

/** Computes *out for n_samples of a tensor: stored elements are taken as air_dequantize() converts them. `storage` holds
 *  n_samples * info->size_bytes. Thread-safe. \since 0.1 */
AIR_API air_status air_get_value_statistics(const air_tensor_info *info, uint64_t n_samples, const void *storage,
                                            air_value_statistics *out);

/* ---------------------------------------------------------------------------------------------------------------- reports */

/** How a text report looks. \since 0.1 */
typedef struct air_text_options {
  uint32_t struct_size;
  uint32_t width;   /**< Columns of the terminal; long names are shortened to fit. 0: unlimited. */
  uint32_t colour;  /**< 1: ANSI colours. */
  uint32_t verbose; /**< 1: also tensor details and versions. */
} air_text_options;

/** \since 0.1 */
#define AIR_TEXT_OPTIONS_INIT \
  { (uint32_t)sizeof(air_text_options), 0, 0, 0 }

/** Options of air_profile_to_json(). \since 0.1 */
typedef enum air_json_flags {
  AIR_JSON_COMPACT = 1 << 0, /**< No line breaks. */
  AIR_JSON_DATA = 1 << 1     /**< With the tensor data of nodes (PER_LAYER_WITH_DATA) as flat arrays. */
} air_json_flags;

/** Model information as JSON; keys as in ST's dictionary, documented in docs/json.md. Release with air_free_text(). \since 0.1 */
AIR_API air_status air_info_to_json(const air_session *session, uint32_t flags, char **out_text);

/** Model information as a table for people. Release with air_free_text(). \since 0.1 */
AIR_API air_status air_info_to_text(const air_session *session, const air_text_options *options, char **out_text);

/** Profile of the last invoke as JSON; keys as in ST's dictionary, documented in docs/json.md. Release with air_free_text(). \since 0.1 */
AIR_API air_status air_profile_to_json(const air_session *session, uint32_t flags, char **out_text);

/** Profile as tables for people: times with percentiles, then nodes with share and cumulated share. Release with air_free_text(). \since 0.1 */
AIR_API air_status air_profile_to_text(const air_session *session, const air_text_options *options, char **out_text);

/** Profile as CSV (RFC 4180), one line per node, first line names the columns. Without nodes one line for the whole model. Release with
 *  air_free_text(). \since 0.1 */
AIR_API air_status air_profile_to_csv(const air_session *session, char **out_text);

/** Profile as a trace for Perfetto and chrome://tracing (trace event format, JSON): tracks for host, link and device, nodes within their
 *  sample. Durations are those measured; begins are made up by laying runs one after the other. Release with air_free_text(). \since 0.1 */
AIR_API air_status air_profile_to_trace(const air_session *session, char **out_text);

/** One document for air_render_html(). Frozen. \since 0.1 */
typedef struct air_document {
  const char *name; /**< Shown on the page, such as the name of its file; NULL: none. */
  const char *json; /**< A document of docs/json.md: info, profile, run or comparison. */
} air_document;

/** Renders documents side by side as one HTML page that needs no network and no other file. Nothing in them is trusted. Release with
 *  air_free_text(). Thread-safe.
 * @return AIR_ERROR_INVALID_INPUT names the document and the key that is not as docs/json.md tells.
 * \since 0.1 */
AIR_API air_status air_render_html(const air_document *documents, uint32_t n_documents, char **out_text);

/** One line about the machine this process runs on, for reports: system, machine, processor. Static. Thread-safe. \since 0.1 */
AIR_API const char *air_get_host(void);

/** Releases a text given out by the functions above. NULL is accepted. Thread-safe. \since 0.1 */
AIR_API void air_free_text(char *text);

/* ------------------------------------------------------------------------------------------------------------- comparison */

/** The output tensors of one node in a capture. \since 0.1 */
typedef struct air_captured_node {
  uint32_t struct_size;
  uint32_t reserved;
  const air_node_info *info; /**< Without its inputs: n_inputs is 0. */
  const void *const *data;   /**< info->n_outputs blocks of n_samples samples (storage type). */
} air_captured_node;

/** What one session computed: inputs, outputs and, where the model gives them, the tensors of its nodes. Made by the functions
 *  below only; read-only, independent of the session, and may be read by several threads. \since 0.1 */
typedef struct air_capture {
  uint32_t struct_size;
  uint32_t n_nodes; /**< Nodes with data; 0 when the model gives none or none were asked for. */
  uint64_t n_samples;
  const char *descriptor; /**< Canonical descriptor of the runner. */
  const char *backend;
  const char *begin; /**< When the run began, UTC: "2026-11-22T09:12:33Z". */
  const char *host;  /**< The machine that airunner ran on then, as air_get_host() tells it. */
  const char *file;  /**< Where air_load_capture() found it, "" when it was recorded. */
  const air_model_info *info;
  const void *const *inputs;             /**< info->n_inputs blocks of n_samples samples (storage type). */
  const void *const *outputs;            /**< info->n_outputs blocks of n_samples samples (storage type). */
  const air_captured_node *const *nodes; /**< n_nodes, in the order of execution. */
} air_capture;

/**
 * Runs a session as air_invoke() does and keeps what it computed. States are reset before. The session's profile is
 * that of this run; the session keeps no outputs.
 *
 * @param inputs       As for air_invoke().
 * @param options      As for air_invoke(), without AIR_IO_DEQUANTIZE; AIR_MODE_IO_ONLY leaves the nodes out. NULL:
 *                     AIR_MODE_PER_LAYER_WITH_DATA. Where the model gives no data of nodes there are none in the capture.
 * @param out_capture  Release with air_free_capture().
 * @return As air_invoke(); AIR_ERROR_CANCELLED when a callback stopped the run.
 * \since 0.1
 */
AIR_API air_status air_record_capture(air_session *session, uint64_t n_samples, const air_buffer *inputs,
                                      uint32_t n_inputs, const air_invoke_options *options,
                                      const air_capture **out_capture);

/**
 * Runs a session on the inputs of a capture of another model, and keeps what it computed. Inputs are converted: to the type and
 * quantization of the session's inputs (a value beyond their range is clipped), from channel-last to channel-first or back, with dimensions
 * of 1 left out or added.
 *
 * @param capture  Its inputs are taken by name where all names agree, else in order.
 * @param options  As for air_record_capture().
 * @return As air_record_capture(); AIR_ERROR_INVALID_INPUT names both shapes where one cannot become the other.
 * \since 0.1
 */
AIR_API air_status air_repeat_capture(air_session *session, const air_capture *capture,
                                      const air_invoke_options *options, const air_capture **out_capture);

/** Writes a capture as .npz: the arrays as numpy.load() reads them, and their description (docs/compare.md). A file that exists is
 *  replaced. AIR_ERROR_IO. Thread-safe. \since 0.1 */
AIR_API air_status air_save_capture(const air_capture *capture, const char *path);

/** Reads what air_save_capture() wrote. AIR_ERROR_INVALID_INPUT for a file that is damaged or something else. Release with
 *  air_free_capture(). Thread-safe. \since 0.1 */
AIR_API air_status air_load_capture(const char *path, const air_capture **out_capture);

/** NULL is accepted. \since 0.1 */
AIR_API void air_free_capture(const air_capture *capture);

/** Measures of the error, which is other - reference, over all values of all samples that are finite on both sides; r: reference,
 *  o: other, e: error. The names are those of ST's validation reports ("Evaluation report and metrics",
 *  https://stedgeai-dc.st.com/assets/embedded-docs/evaluation_metrics.html), and max_error. \since 0.1 */
typedef enum air_metric {
  AIR_METRIC_ACC =
      0, /**< Part of the samples with the largest value at the same place (the first of equal ones); only where a
                                sample of an output is one vector of at least two values. */
  AIR_METRIC_RMSE = 1,     /**< sqrt(mean(e^2)). */
  AIR_METRIC_MAE = 2,      /**< mean(|e|). */
  AIR_METRIC_L2R = 3,      /**< norm(e) / norm(r). */
  AIR_METRIC_MEAN = 4,     /**< mean(e). */
  AIR_METRIC_STD = 5,      /**< Population standard deviation of e. */
  AIR_METRIC_NSE = 6,      /**< Nash-Sutcliffe efficiency: 1 - sum(e^2) / sum((r - mean(r))^2). */
  AIR_METRIC_COS = 7,      /**< dot(r, o) / (norm(r) norm(o)). */
  AIR_METRIC_MAX_ERROR = 8 /**< max(|e|). */
} air_metric;

/** Name of a metric, such as "max_error"; NULL for other values, so that names can be counted. Static. Thread-safe. \since 0.1 */
AIR_API const char *air_metric_name(air_metric metric);

/** What a metric of an output may be. Frozen. \since 0.1 */
typedef struct air_limit {
  air_metric metric;
  uint32_t reserved; /**< 0. */
  double min;        /**< -INFINITY: no lower limit. */
  double max;        /**< INFINITY: no upper limit. For AIR_METRIC_MEAN the absolute value counts. */
} air_limit;

/** Options of air_compare_captures(). \since 0.1 */
typedef struct air_compare_options {
  uint32_t struct_size;
  uint32_t n_limits;       /**< 0: the default, AIR_METRIC_COS of at least 0.99. */
  const air_limit *limits; /**< Hold for every output. A metric that does not apply breaks no limit. */
} air_compare_options;

/** \since 0.1 */
#define AIR_COMPARE_OPTIONS_INIT \
  { (uint32_t)sizeof(air_compare_options), 0, NULL }

/** How the values of the other side were brought to the order of the reference. \since 0.1 */
typedef enum air_layout {
  AIR_LAYOUT_SAME = 0,
  AIR_LAYOUT_FROM_CHANNEL_FIRST = 1, /**< The other side is channel-first, the reference channel-last. */
  AIR_LAYOUT_FROM_CHANNEL_LAST = 2   /**< The other way round. */
} air_layout;

/** The unit of an error histogram. \since 0.1 */
typedef enum air_error_unit {
  AIR_UNIT_QUANTUM = 0, /**< air_tensor_pair.quantum. */
  AIR_UNIT_ULP = 1      /**< Steps between neighbouring float32 numbers. */
} air_error_unit;

/** The finite values of a tensor over all samples. Frozen. \since 0.1 */
typedef struct air_value_summary {
  double min, max, mean, std;
  uint64_t n_nan, n_inf;
} air_value_summary;

/** Two tensors compared, in real numbers. \since 0.1 */
typedef struct air_tensor_pair {
  uint32_t struct_size;
  air_layout layout;
  const air_tensor_info *reference;
  const air_tensor_info *other;
  uint64_t n_values; /**< That the metrics are computed from. */
  uint64_t
      n_not_finite; /**< Places where one side is NaN or infinite and the other is not the same. Any breaks the limits. */
  uint32_t n_metrics;
  uint32_t broken;          /**< Bits 1 << air_metric of the limits that are broken; outputs only. */
  const double *metrics;    /**< n_metrics values, indexed by air_metric; NaN: does not apply. */
  uint64_t max_error_index; /**< Where the largest error is: flat, samples first, in the order of the reference. */
  double quantum; /**< What one step of the coarser of both types is worth; 0 where both are floating point. */
  air_value_summary reference_values;
  air_value_summary other_values;
  air_error_unit error_unit;
  uint32_t n_bins;
  const double *bin_limits; /**< Upper limits, included, of |e| in that unit: 0, 0.5, 1, 2, 4, ... */
  const uint64_t *bins;     /**< n_bins counts. */
  uint64_t n_points;
  const double *points; /**< n_points pairs reference, other: evenly spread values. */
} air_tensor_pair;

/** What the comparison says of a node. \since 0.1 */
typedef enum air_verdict {
  AIR_VERDICT_UNMATCHED = 0,    /**< The other side has no such node, as when it was fused with its neighbour. */
  AIR_VERDICT_EQUAL = 1,        /**< Not one value differs. */
  AIR_VERDICT_ROUNDING = 2,     /**< Differs as much as floating point rounding explains. */
  AIR_VERDICT_QUANTIZATION = 3, /**< Differs as much as quantization explains. */
  AIR_VERDICT_DIVERGES = 4,     /**< The first pair that differs by more: the place to look at. */
  AIR_VERDICT_AFFECTED = 5      /**< A later pair that differs by more. */
} air_verdict;

/** Name of a verdict, such as "quantization". Static; "unknown" for other values. Thread-safe. \since 0.1 */
AIR_API const char *air_verdict_name(air_verdict verdict);

/** Why two nodes are taken for the same (bits). \since 0.1 */
typedef enum air_match {
  AIR_MATCH_NAME = 1 << 0,   /**< The tensors, or else the nodes, have the same name, which is not just a number. */
  AIR_MATCH_ID = 1 << 1,     /**< The same layer of the original model, with runtimes of one family. */
  AIR_MATCH_TYPE = 1 << 2,   /**< The same kind of operator, by its description. */
  AIR_MATCH_VALUES = 1 << 3, /**< The values of the first sample agree: norm(e) <= norm(r) / 2. */
  AIR_MATCH_ORDER = 1 << 4   /**< The place between the neighbours and the number of elements; always. */
} air_match;

/** A node of one side and its partner on the other. \since 0.1 */
typedef struct air_node_pair {
  uint32_t struct_size;
  air_verdict verdict;
  const air_node_info *reference; /**< NULL: a node of the other side only. */
  const air_node_info *other;     /**< NULL: a node of the reference only. */
  double confidence;              /**< That they belong together, 0..1. */
  uint32_t match;                 /**< air_match bits. */
  uint32_t n_tensors;             /**< Outputs compared, 0 when unmatched. */
  const air_tensor_pair *const *tensors;
  double
      allowed_rmse; /**< What the verdict was decided with (docs/compare.md), of the tensor that decided; 0 when unmatched. */
} air_node_pair;

/** Result of air_compare_captures(). Refers to both captures, which must live as long. \since 0.1 */
typedef struct air_comparison {
  uint32_t struct_size;
  uint32_t passed; /**< 1: every output is within the limits. */
  const air_capture *reference;
  const air_capture *other;
  uint64_t n_samples;
  uint32_t n_limits;
  uint32_t n_inputs;
  uint32_t n_outputs;
  uint32_t n_nodes;
  uint32_t n_matched;                    /**< Nodes that have a partner. */
  int32_t first_diverging;               /**< Index into nodes, -1: none. */
  const air_limit *limits;               /**< That were applied. */
  const air_tensor_pair *const *inputs;  /**< What conversion made of the inputs. */
  const air_tensor_pair *const *outputs; /**< One per output of the reference. */
  const air_node_pair *const
      *nodes; /**< Both sides merged in the order of execution; none when a side has no data of nodes. */
} air_comparison;

/**
 * Compares two captures of the same inputs: every output, and layer by layer where both have the data of nodes. docs/compare.md tells how
 * nodes are paired and what "explained" means.
 *
 * @param reference       What is taken to be right.
 * @param options         NULL: defaults.
 * @param out_comparison  Release with air_free_comparison(), before the captures.
 * @return AIR_ERROR_INVALID_INPUT: other inputs, another number of samples, or outputs that do not correspond.
 * \since 0.1
 */
AIR_API air_status air_compare_captures(const air_capture *reference, const air_capture *other,
                                        const air_compare_options *options, const air_comparison **out_comparison);

/** NULL is accepted. \since 0.1 */
AIR_API void air_free_comparison(const air_comparison *comparison);

/** Comparison as JSON, documented in docs/json.md; `flags`: AIR_JSON_COMPACT. Release with air_free_text(). Thread-safe. \since 0.1 */
AIR_API air_status air_comparison_to_json(const air_comparison *comparison, uint32_t flags, char **out_text);

/** Comparison for people: the verdict, outputs, then nodes with the first diverging one marked. Release with air_free_text().
 *  Thread-safe. \since 0.1 */
AIR_API air_status air_comparison_to_text(const air_comparison *comparison, const air_text_options *options,
                                          char **out_text);

/* --------------------------------------------------------------------------------------------------- plugins and devices */

/** What became of one file found while searching for plugins. \since 0.1 */
typedef struct air_plugin_info {
  uint32_t struct_size;
  air_status status; /**< AIR_OK: usable. Otherwise error tells why not. */
  const char *path;  /**< Full path of the file. */
  const char *name;  /**< Name of the backend, "" when it could not be loaded. */
  const char *version;
  const char *description;
  uint32_t abi_version; /**< Plugin ABI agreed on, 0 when none. */
  uint32_t n_schemes;
  const char *const *schemes;
  const char *
      error; /**< Why it is not usable; or, for a usable plugin, which schemes another plugin takes from it. "" when all
                                    is well. */
} air_plugin_info;

/** One place where plugins are looked for. \since 0.1 */
typedef struct air_search_place {
  uint32_t struct_size;
  uint32_t exists;
  const char *path;
  const char *origin; /**< "option", "AIRUNNER_PLUGIN_PATH", "user folder", "installation". */
} air_search_place;

/** Result of air_list_plugins(). \since 0.1 */
typedef struct air_plugin_list {
  uint32_t struct_size;
  uint32_t n_places;
  const air_search_place *const *places; /**< In the order of the search. */
  uint32_t n_plugins;
  const air_plugin_info *const *plugins; /**< In the order of the search. */
} air_plugin_list;

/** Searches for plugins as air_connect() does and reports every place and file. Release with air_free_plugin_list(). Thread-safe.
 *  \since 0.1 */
AIR_API air_status air_list_plugins(const air_connect_options *options, const air_plugin_list **out_list);

/** NULL is accepted. \since 0.1 */
AIR_API void air_free_plugin_list(const air_plugin_list *list);

/** One thing that can be connected to. \since 0.1 */
typedef struct air_device {
  uint32_t struct_size;
  const char *descriptor; /**< Ready for air_connect(). */
  const char *description;
  const char *backend;
} air_device;

/** Result of air_scan(). \since 0.1 */
typedef struct air_device_list {
  uint32_t struct_size;
  uint32_t n_devices;
  const air_device *const *devices;
} air_device_list;

/** Asks every plugin what is there to connect to. Writes nothing to any port. Release with air_free_device_list(). Thread-safe. \since 0.1 */
AIR_API air_status air_scan(const air_connect_options *options, const air_device_list **out_list);

/** NULL is accepted. \since 0.1 */
AIR_API void air_free_device_list(const air_device_list *list);

#ifdef __cplusplus
}
#endif

#endif
