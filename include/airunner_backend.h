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
  /** Highest level that anybody reads; lines above it need not be formatted. Thread-safe. */
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
  const air_buffer *weights; /**< Copy what is needed later. */
  void *log;                 /**< For air_host.log. */
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
  uint32_t mode;  /**< air_mode bits, only those the model's capabilities allow. With FIXED_INPUT the inputs are filled
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
  air_action (*on_node_begin)(void *sink, const air_node_event *event);
  air_action (*on_node_end)(void *sink, const air_node_event *event);
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
