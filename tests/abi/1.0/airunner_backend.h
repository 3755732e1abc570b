/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner plugin ABI: what a backend offers to the library, and what the library offers to a backend.
 *
 * A backend is a shared module `libairunner-<name>.so` (`airunner-<name>.dll`) that exports one function, air_backend_query(), with a manifest
 * beside it that `airunner manifest` writes. It links nothing of the library: host services come in through a table. In C++,
 * airunner_backend.hpp does most of what is said here. See docs/writing-a-backend.md.
 *
 * The general rules of airunner.h hold here too. In addition:
 *
 *   Structs      What a plugin fills begins with `struct_size`, which the plugin sets to sizeof the struct of its header; the library reads no
 *                further. Zero, in everything that a plugin fills, means unknown or the default. Arrays of such structs have elements of one
 *                size. What the library fills may be larger than the header that the plugin was made from: it reads what it knows, as far as
 *                struct_size reaches.
 *   Ownership    What a plugin gives lives until the call that it was given to returns, unless the text says otherwise. The library makes its
 *                own values of it once, checks and completes them.
 *   Negotiation  The library asks with its newest ABI version and steps down until the plugin returns a table. It reads only
 *                air_backend.struct_size bytes of the table, checks the entries marked required, and answers for the others with
 *                AIR_ERROR_UNSUPPORTED.
 *   Errors       An entry that fails calls air_host.set_error() before it returns a status other than AIR_OK.
 *   Waiting      An entry that waits calls `check` at least every 100 ms, or has something that `cancel` ends within 100 ms. The library's own
 *                thread calls `cancel` when the caller's token is cancelled, the deadline has passed or the runner is disconnected, and again
 *                every few milliseconds until the entry has returned.
 *   Threads      For one connection the library makes one call at a time, from any thread; only `cancel` may come in between. Calls for
 *                different connections may come at the same time.
 *   Exceptions   Nothing may be thrown across any of these functions. The library stops what is thrown all the same, and names the plugin and
 *                the entry.
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

/** Version of the plugin ABI described here; also the stamp of the plugin folder (`<libdir>/airunner-2`). \since 1.0 */
#define AIR_BACKEND_ABI_VERSION 2u

/** In place of a count or time that is known to be 0, since 0 means unknown. \since 1.0 */
#define AIR_BACKEND_ZERO 0xffffffffffffffffu

/* ---------------------------------------------------------------------------------------------------------- descriptions */

/** One tensor of one sample: the dimension of the samples is in none of its shapes. \since 1.0 */
typedef struct air_backend_tensor {
  uint32_t struct_size;
  /** Storage type. Required. */
  air_dtype dtype;
  air_encoding encoding; /**< How elements stand for real numbers. */
  /** AIR_TENSOR_... bits. */
  uint32_t flags;
  /** Number of dimensions; 0: a scalar. */
  uint32_t rank;
  /** With AIR_ENCODING_QUANTIZED: 0: nobody knows how; 1: one scale for all; more: along `axis`. */
  uint32_t n_scales;
  /** rank logical dimensions, -1 for one that each sample has of its own (of outputs and nodes; an input has none). */
  const int64_t *shape;
  /** n_scales values. */
  const float *scales;
  /** n_scales values; NULL: all 0. */
  const int32_t *zero_points;
  /** With several scales: the dimension (of `shape`) that they run along. */
  uint32_t axis;
  /** Elements along `axis` that share a scale; 0 is 1. */
  uint32_t block;
  /** With AIR_ENCODING_FIXED_POINT: n of Qm.n. */
  int32_t fraction_bits;
  /** 0. */
  uint32_t reserved;
  /** NULL: the library makes one of its place. */
  const char *name;
  /** air_tensor.tag; NULL: the library makes it of its place. */
  const char *tag;
  /** Address in the target. */
  uint64_t address;
} air_backend_tensor;

/**
 * One node of a model.
 *
 * Where a runtime executes other nodes than the model has, because it fuses or splits them, both stand in the list: an executed node tells
 * which nodes it covers and has times, the nodes that it covers have data. Reports join them.
 *
 * \since 1.0
 */
typedef struct air_backend_node {
  uint32_t struct_size;
  /** Number of the operation in the numbering of the runtime. */
  uint32_t operation_code;
  /** NULL: "node_<index>". */
  const char *name;
  /** "Conv2D (0x103)". */
  const char *operation;
  /** What executes it, such as "CPU" or "NPU". */
  const char *processor;
  /** The type it computes in. */
  air_dtype computes_in;
  /** Place of its layer in the original model, counted from 1. */
  uint32_t layer_number;
  uint32_t n_inputs;
  uint32_t n_outputs;
  const air_backend_tensor *inputs;  /**< n_inputs tensors. */
  const air_backend_tensor *outputs; /**< n_outputs tensors. */
  /** Indices of the nodes of the model that this one executes; none where it is one of them itself. They cover none themselves, and
   *  describe_node() must have described them before. */
  const uint32_t *covers;
  uint32_t n_covers;
  uint32_t n_properties;
  /** Added to those of the model. */
  const air_option *properties;
} air_backend_node;

/** One column beside those that every model has: see air_column. \since 1.0 */
typedef struct air_backend_column {
  uint32_t struct_size;
  air_kind kind; /**< What sums of its values mean. */
  /** Required. */
  const char *name;
  const char *unit;  /**< "ms", "B", "cycles"; NULL: none. */
  const char *text;  /**< For people; NULL: none. */
  uint32_t per_node; /**< 1: nodes have values as well. */
  /** 0. */
  uint32_t reserved;
} air_backend_column;

/** One model of a connection. \since 1.0 */
typedef struct air_backend_model {
  uint32_t struct_size;
  /** AIR_CAP_... bits. AIR_CAP_RESET_STATES, AIR_CAP_GIVEN, AIR_CAP_MEMORY_RW and AIR_CAP_SELF_TEST need their entries. */
  uint32_t capabilities;
  /** c-name. Required, and no other model of the connection has it. */
  const char *name;
  uint32_t n_inputs;
  uint32_t n_outputs;
  const air_backend_tensor *inputs;  /**< n_inputs tensors. */
  const air_backend_tensor *outputs; /**< n_outputs tensors. */
  /** Nodes, as far as it is known before a run how many there are. */
  uint32_t n_nodes;
  /** 0. */
  uint32_t reserved;
  /** n_nodes of them in the order of execution, or NULL where only a run makes them known: air_run.describe_node. */
  const air_backend_node *nodes;
  /** Columns 2, 3, ...: 0 is time.device, 1 is time.run. */
  const air_backend_column *columns;
  uint32_t n_columns;
  uint32_t n_properties;
  /** What else is known, by the keys that stand at air_get_property(). */
  const air_option *properties;
  /** Samples that one run takes when only I/O is asked for; 0 is 1. */
  uint32_t native_batch;
  /** Samples that one run takes in AIR_MODE_PER_LAYER; 0 is 1. */
  uint32_t layer_batch;
  /** Multiply-accumulate operations of one inference. */
  uint64_t macc;
  uint64_t weights_bytes;     /**< Bytes of all weights. */
  uint64_t activations_bytes; /**< Bytes of all activations. */
  uint64_t states_bytes;      /**< Bytes of all states. */
  uint32_t n_weights_pools;
  uint32_t n_activations_pools;
  /** Memory of the weights: uint8 tensors of shape {1, 1, bytes}. */
  const air_backend_tensor *weights_pools;
  /** Memory of the activations, the same way. */
  const air_backend_tensor *activations_pools;
} air_backend_model;

/** What a connection is. \since 1.0 */
typedef struct air_connection_info {
  uint32_t struct_size;
  /** At least 1. */
  uint32_t n_models;
  const air_backend_model *models; /**< n_models of them. */
  /** Descriptor that reaches the same models again, with a scheme of the plugin. NULL: the library makes it of what it was asked to connect to,
   *  leaving options out that are at their default. */
  const char *descriptor;
} air_connection_info;

/* -------------------------------------------------------------------------------------------------------------- services */

/** What the library offers to a backend. Valid as long as the plugin is loaded. \since 1.0 */
typedef struct air_host {
  uint32_t struct_size;
  /** 0. */
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

/* ------------------------------------------------------------------------------------------------------------ connecting */

/** One connection of a backend. Opaque, defined by the backend. \since 1.0 */
typedef struct air_connection air_connection;

/** What to connect to. Valid during the call only, except `log`, which is valid until disconnect. \since 1.0 */
typedef struct air_connect_request {
  uint32_t struct_size;
  /** As the caller gave it, 0: the backend's own limit. */
  uint32_t timeout_ms;
  /** On the clock of air_host.now_ns(), from which on `check` fails; 0: none. */
  uint64_t deadline_ns;
  /** Lower case; one of air_backend.schemes. */
  const char *scheme;
  /** Descriptor without scheme and options. Never NULL. */
  const char *rest;
  /** Wanted c-name or NULL. Other models may be there as well. */
  const char *model_name;
  /** Options of the descriptor and of the caller, each key once, and those with a default that nobody gave. They have been checked against
   *  air_backend.options. */
  const air_option *options;
  uint32_t n_options;
  uint32_t n_weights;
  /** Copy what is needed later. */
  const air_weights *weights;
  /** For air_host.log. */
  void *log;
  /** Argument of check. */
  void *sink;
  /** AIR_OK to go on, else AIR_ERROR_CANCELLED or _TIMEOUT with the error recorded: leave nothing open, and return that status. Cheap. */
  air_status (*check)(void *sink);
} air_connect_request;

/* --------------------------------------------------------------------------------------------------------------- running */

/** First run of an invoke: bit of air_run.flags. \since 1.0 */
#define AIR_RUN_FIRST 1u
/** Last run of a pass over the caller's memory: nothing behind its outputs is the caller's. \since 1.0 */
#define AIR_RUN_LAST 2u

/** What happened at a node. \since 1.0 */
typedef struct air_backend_event {
  uint32_t struct_size;
  /** Index of the node. */
  uint32_t node;
  /** Index of the first sample, as air_run.sample counts. */
  uint64_t sample;
  /** Samples that it is about; 0 is 1. */
  uint32_t n_samples;
  /** Number of `values`. */
  uint32_t n_values;
  /** What was measured in all these samples, by the index of the column: 0 is time.device, in ms, callbacks excluded. NaN: unknown. At the
   *  end only. */
  const double *values;
  /** One pointer per tensor (begin: inputs, end: outputs) or NULL; an entry is NULL where there are no data. The memory is the network's own. At
   *  the end only with AIR_MODE_PER_LAYER_WITH_DATA. */
  const void *const *data;
  /** One pointer per tensor, to its dimensions in this event where its description has a -1; NULL where no tensor has. */
  const int64_t *const *shapes;
  /** At the end: what the target told of the node, one text a line. */
  const char *note;
} air_backend_event;

/** What a backend measured in one run; zero before. \since 1.0 */
typedef struct air_run_result {
  uint32_t struct_size;
  /** Number of `values`. */
  uint32_t n_values;
  /** Time on the device: column time.device. Required. */
  uint64_t device_ns;
  /** Time of the whole run: column time.run. 0: the library takes its own; AIR_BACKEND_ZERO: it took no time that can be measured. */
  uint64_t run_ns;
  /** now_ns() at the end of the run: spares the library a look at the clock. */
  uint64_t end_ns;
  /** Columns 2, 3, ... of the model, for all samples of the run; NaN: unknown. Valid until the next run. */
  const double *values;
  /** Something the user should know of this run (a fallback, a recompilation), one text a line. Valid until the next run. */
  const char *note;
} air_run_result;

/** One run: one sample, or up to native_batch samples, with AIR_MODE_PER_LAYER or given values up to layer_batch, where nobody listens to
 *  samples. Valid during the call only. \since 1.0 */
typedef struct air_run {
  uint32_t struct_size;
  /** AIR_MODE_... bits, only those the model's capabilities allow. With FIXED_INPUT the inputs are filled already; sending their first
   *  element is enough. */
  uint32_t mode;
  /** AIR_RUN_... bits. */
  uint32_t flags;
  uint32_t n_samples;
  /** air_invoke_options.user_option. */
  uint32_t user_option;
  /** 0. */
  uint32_t reserved;
  /** Index of the first sample, to be copied to events. */
  uint64_t sample;
  /** From which on `check` fails; 0: none. */
  uint64_t deadline_ns;
  /** One pointer per input: n_samples samples in storage type. Alignment is that of the caller's memory. */
  const void *const *inputs;
  /** One pointer per output, the same way; NULL for one whose shape has a -1: see output_memory. With PERF_ONLY they may be left as they
   *  are. */
  void *const *outputs;
  /** First argument of the functions below. */
  void *sink;
  /** AIR_OK to go on, else AIR_ERROR_CANCELLED or _TIMEOUT with the error recorded: stop as soon as the connection stays usable,
   *  and return that status. Cheap. */
  air_status (*check)(void *sink);
  /** Tells that a node begins, or has ended. NULL when not wanted. After AIR_STOP send no more events of this run, finish it and return
   *  AIR_OK. */
  air_action (*on_node_begin)(void *sink, const air_backend_event *event);
  air_action (*on_node_end)(void *sink, const air_backend_event *event); /**< The same for its end. */
  /** Describes node `index` before the first event that names it, or describes it again, more completely. At most one beyond those that are
   *  known. Fails for a description that cannot be used, with the error recorded: return that status. */
  air_status (*describe_node)(void *sink, uint32_t index, const air_backend_node *node);
  /** The index of the column of that name, new or known: a runtime may know only now what it measures. Fails as describe_node. */
  air_status (*add_column)(void *sink, const air_backend_column *column, uint32_t *out_index);
  /** Memory for an output whose shape has a -1: `shape` are its dimensions in this sample. To be called once for each, with n_samples 1. Fails as
   *  describe_node. */
  air_status (*output_memory)(void *sink, uint32_t output, const int64_t *shape, void **out_data);
  air_run_result *result; /**< To be filled. */
  /** NULL: nothing is given; else one pointer for each output of the nodes of the last `prepare`, in that order: n_samples samples in storage type,
   *  aligned as the caller has them. What follows a node receives them in place of what it computes, which events tell all the same. */
  const void *const *given;
} air_run;

/** Which nodes get their values given in later runs. Valid during the call only. \since 1.0 */
typedef struct air_prepare_request {
  uint32_t struct_size;
  /** 0: back to the beginning. */
  uint32_t n_nodes;
  /** Indices of nodes that are known, each once. */
  const uint32_t *nodes;
  uint64_t deadline_ns; /**< From which on `check` fails; 0: none. */
  /** First argument of check. */
  void *sink;
  /** As in air_connect_request. */
  air_status (*check)(void *sink);
} air_prepare_request;

/* -------------------------------------------------------------------------------------------------------------- scanning */

/** One thing that can be connected to. \since 1.0 */
typedef struct air_backend_device {
  uint32_t struct_size;
  uint32_t n_properties;
  /** Ready for air_connect(), with a scheme of the plugin. Required. */
  const char *descriptor;
  const char *description; /**< One line for people. */
  /** "serial_number", "vid", "pid", ... */
  const air_option *properties;
} air_backend_device;

/** What to look for. Valid during the call only. \since 1.0 */
typedef struct air_scan_request {
  uint32_t struct_size;
  uint32_t timeout_ms;  /**< Limit of the scan. */
  uint64_t deadline_ns; /**< From which on `check` fails; 0: none. */
  /** For air_host.log. */
  void *log;
  /** First argument of the functions below. */
  void *sink;
  /** As in air_connect_request. */
  air_status (*check)(void *sink);
  /** Takes one thing found. Everything is copied. */
  void (*found)(void *sink, const air_backend_device *device);
} air_scan_request;

/* ------------------------------------------------------------------------------------------------------------- the table */

/** One key that descriptors of a backend may have. \since 1.0 */
typedef struct air_backend_option {
  uint32_t struct_size;
  air_option_type type; /**< What its text must be. */
  /** Lower case. One that ends in '*' stands for all keys that begin so. Required. */
  const char *key;
  /** What it is when nobody gives it; NULL: it is then not there. */
  const char *default_value;
  /** With AIR_OPTION_CHOICE: what there is to choose from, NULL-terminated. With AIR_OPTION_NUMBER: NULL, or the smallest and the largest. */
  const char *const *choices;
  /** One line for people. Required. */
  const char *text;
} air_backend_option;

/** What a backend offers to the library. Static, valid as long as the plugin is loaded. \since 1.0 */
typedef struct air_backend {
  uint32_t struct_size;
  /** The version that was asked for. */
  uint32_t abi_version;
  /** Required, as the two that follow. */
  const char *name;
  const char *version; /**< Its own, such as "1.0.0". */
  /** One line for people. */
  const char *description;
  /** Required. NULL-terminated, lower case, at least two letters each. */
  const char *const *schemes;
  /** NULL-terminated: descriptors without a scheme that may be meant for this backend, with * and ? as in file names and upper and lower case
   *  alike. One with a '/' is compared with the whole text, others with the name of the file alone. A text that looks as if it had a
   *  scheme, which nobody serves, is compared with patterns that have a ':' only. NULL: none. */
  const char *const *patterns;
  uint32_t n_options;
  /** 0. */
  uint32_t reserved;
  /** Every option there is. The library refuses others, and values that do not fit. */
  const air_backend_option *options;

  /** How well a text without scheme, that fits one of the patterns, fits this backend: 0 not at all, 100 certainly. Optional: 100. Only looks
   *  at the text and at whether files exist. `rest` of the request is then that text, `scheme` is schemes[0]. */
  uint32_t (*claims)(const char *text);
  /** Connects. Required. */
  air_status (*connect)(const air_connect_request *request, air_connection **out_connection);
  /** Ends a connection and releases it. Required. */
  void (*disconnect)(air_connection *connection);
  /** Describes a connection, once. What it gives lives until the next call. Required. */
  air_status (*get_info)(air_connection *connection, const air_connection_info **out_info);
  /** Runs one model. Required. */
  air_status (*run)(air_connection *connection, uint32_t model, const air_run *run);
  /** Interrupts the call in progress, from any thread. Required for AIR_CAP_CANCEL_RUN where `run` does not call check often enough. */
  void (*cancel)(air_connection *connection);
  /** Sets the states of a model to zero. Optional. */
  air_status (*reset_states)(air_connection *connection, uint32_t model);
  /** Asks the other side whether it is alive. Optional. */
  air_status (*ping)(air_connection *connection);
  /** Restores a lost connection; the models stay. Optional. */
  air_status (*reconnect)(air_connection *connection);
  /** Reports what is there to connect to; opens nothing for writing. Optional. */
  air_status (*scan)(const air_scan_request *request);
  /** Gets a model ready for runs with given values (air_run.given); runs without stay as they are. Fails without having changed anything.
   *  Required for AIR_CAP_GIVEN. */
  air_status (*prepare)(air_connection *connection, uint32_t model, const air_prepare_request *request);
  /** Memory for an input that runs can read without copying it, zero, aligned to 64 bytes. AIR_ERROR_UNSUPPORTED: none for this input, the library
   *  takes its own. Optional. */
  air_status (*make_memory)(air_connection *connection, uint32_t model, uint32_t input, uint64_t size, void **out_data);
  /** Releases it, also after the connection has ended. Any thread. Required with make_memory. */
  void (*free_memory)(void *data);
  /** What the library has no entry for: a table that begins with struct_size, of a header that `name` stands for, such as AIR_ST_EXTENSION; NULL
   *  for others. Static. Optional. */
  const void *(*get_extension)(const char *name);
} air_backend;

/** Name of the one function that a plugin exports. \since 1.0 */
#define AIR_BACKEND_ENTRY "air_backend_query"

/**
 * Returns the table of the backend for an ABI version, or NULL when the plugin does not know that version. May be called several times.
 *
 * @param abi_version  Version the library asks for.
 * @param host         Services, valid as long as the plugin is loaded.
 * \since 1.0
 */
typedef const air_backend *(*air_backend_query_fn)(uint32_t abi_version, const air_host *host);

/** A plugin defines this function. Copies of the library in a process must not share a plugin's file: it has the services of the last. \since 1.0 */
AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *host);

#ifdef __cplusplus
}
#endif

#endif
