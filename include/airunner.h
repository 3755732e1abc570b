/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner: run and profile the same neural network wherever it was deployed.
 *
 * This is the public C ABI. It compiles alone as C11 and as C++20 and depends on nothing but <stdint.h>. Reports, files of results and
 * comparisons stand in airunner_report.h, a library above this one.
 *
 * Rules that hold for every item below, unless its own text says otherwise:
 *
 *   Values       air_model, air_result and air_error are immutable and reference counted: air_retain_X() adds a holder, air_release_X()
 *                removes one, both accept NULL. They may be used from any thread, and stay valid after the runner, its sessions and the
 *                plugin have gone. What a function gives out through `out_...` is held by the caller. What hangs off a value (texts,
 *                arrays, views) lives as long as the value. Only the library makes them: a struct that a caller fills with the members of
 *                an air_model is none, and for air_make_model() alone.
 *   Structs      What the library gives out is frozen: it never changes. What comes later is a column, a property or a function. What the
 *                caller fills and may grow begins with `struct_size`, which the caller sets to sizeof the struct; every other member may be
 *                left at zero, its default. The library takes structs of older headers, and of newer ones as long as the members that it
 *                does not know are zero: else AIR_ERROR_INCOMPATIBLE. Structs without struct_size are frozen too.
 *                Arrays without elements may be NULL, in both directions.
 *   Ownership    What is passed in stays the caller's and need not outlive the call. What else is given out has a function that releases
 *                it, which accepts NULL. Never release with free().
 *   Threads      A runner may be used from any thread, by one call at a time; a second call made meanwhile fails with AIR_ERROR_BUSY.
 *                Different runners are independent. The library needs no initialisation.
 *   Waiting      What waits for something outside takes a token (air_make_token()) and a limit. 0 is the limit that the function names.
 *   Errors       A function that can fail returns air_status; air_last_error() then tells the whole story, on the same thread: a program
 *                that moves between threads (Go, async runtimes) keeps to one thread from the call to air_last_error(). Out parameters are
 *                written on success only. NULL where a value is required is AIR_ERROR_INVALID_ARGUMENT, never a crash.
 *   Enums        Of a fixed width; a later library may give values that are not listed here: switch with a default.
 *   Unknown      Text: "". Counts: UINT64_MAX. Places (axis, layer): -1. Measured values: NaN. Types: AIR_DTYPE_NONE. Properties: NULL.
 *   Text         All strings are UTF-8 and zero-terminated. Times are milliseconds unless the name says otherwise.
 */
#ifndef AIRUNNER_H
#define AIRUNNER_H

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

/* An enum of a fixed width under one name. Plain C11 cannot fix the width: there the name is that of the number. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#  define AIR_ENUM(name, type) \
    enum name : type;          \
    typedef enum name name;    \
    enum name : type
#elif defined(__clang__)
#  define AIR_ENUM(name, type)      \
    __extension__ enum name : type; \
    typedef enum name name;         \
    __extension__ enum name : type
#else
#  define AIR_ENUM(name, type) \
    typedef type name;         \
    enum name##_values
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------------- version */

/** Number of this ABI, equal to the number in the soname. \since 1.0 */
#define AIR_ABI_VERSION 1u
/** Grows with every release that adds something to the ABI. \since 1.0 */
#define AIR_ABI_MINOR 0u

/** 1 when the library that is loaded has ABI `major` with at least the additions of `minor`, else 0. A binding asks once, with the numbers
 *  of the header that it was made from, before anything else. Thread-safe. \since 1.0 */
AIR_API int32_t air_supports(uint32_t major, uint32_t minor);

/** Version of the library that is loaded, such as "1.0.0". Static. Thread-safe. \since 1.0 */
AIR_API const char *air_version(void);

/* ----------------------------------------------------------------------------------------------------------------- errors */

/** What became of a call: whose fault it is and whether to try again. Values never change. \since 1.0 */
AIR_ENUM(air_status, int32_t){
    /** Done. */
    AIR_OK = 0,
    /** The caller's: NULL, unknown mode bit, wrong struct_size. Do not retry. */
    AIR_ERROR_INVALID_ARGUMENT = 1,
    /** The descriptor cannot be understood or no backend serves it. Do not retry. */
    AIR_ERROR_INVALID_DESCRIPTOR = 2,
    /** Count, dtype, shape or size of inputs or outputs does not fit the model. */
    AIR_ERROR_INVALID_INPUT = 3,
    /** The named file, model or runtime does not exist. */
    AIR_ERROR_NOT_FOUND = 4,
    /** The file is not a usable model: not a library, missing symbols, absurd report. */
    AIR_ERROR_INVALID_MODEL = 5,
    /** Weights are missing, too few or of the wrong size. */
    AIR_ERROR_WEIGHTS = 6,
    /** The backend, model or format has no such ability. Do not retry. */
    AIR_ERROR_UNSUPPORTED = 7,
    /** Versions do not match: plugin ABI, protocol, runtime, newer struct. */
    AIR_ERROR_INCOMPATIBLE = 8,
    /** The network itself reported an error; vendor_code is its own code. */
    AIR_ERROR_RUN_FAILED = 9,
    /** The network wrote beyond a buffer; the runner disconnects the model. */
    AIR_ERROR_CORRUPTED = 10,
    /** The time limit passed; message names the step. Retry with a larger one. */
    AIR_ERROR_TIMEOUT = 11,
    /** The token was cancelled, or the runner disconnected. The runner stays usable. */
    AIR_ERROR_CANCELLED = 12,
    /** Another call uses this runner, or another program the device. Retry later. */
    AIR_ERROR_BUSY = 13,
    /** The system refuses access to a file or device. */
    AIR_ERROR_PERMISSION = 14,
    /** No such port, or nothing plugged in that could be a target. */
    AIR_ERROR_NO_DEVICE = 15,
    /** The device is there but silent: not flashed, wrong baud rate, held in reset. */
    AIR_ERROR_NO_ANSWER = 16,
    /** Something answers, but not in the protocol expected. */
    AIR_ERROR_PROTOCOL = 17,
    /** The target knows the model but could not initialise it. */
    AIR_ERROR_NOT_INITIALIZED = 18,
    /** The target reported an error; vendor_code is its code. */
    AIR_ERROR_TARGET = 19,
    /** The connection broke; message names the step: air_reconnect(). */
    AIR_ERROR_LINK_LOST = 20,
    /** Reading or writing a file or device failed; vendor_code is errno. */
    AIR_ERROR_IO = 21,
    /** Out of memory. */
    AIR_ERROR_NO_MEMORY = 22,
    /** Several plugins, models or devices fit; message lists them. Name one. */
    AIR_ERROR_AMBIGUOUS = 23,
    /** An earlier error has closed this connection: air_reconnect(). */
    AIR_ERROR_NOT_CONNECTED = 24,
    /** A fault in airunner or a plugin. Please report it. */
    AIR_ERROR_INTERNAL = 25,
    /** A callback of the caller returned AIR_FAIL. The message is what it said with air_set_error(). */
    AIR_ERROR_CALLBACK = 26,
};

/** Short English name of a status, such as "timeout". Static; "unknown status" for other values. Thread-safe. \since 1.0 */
AIR_API const char *air_status_name(air_status status);

/** Why a call failed. A value. \since 1.0 */
typedef struct air_error {
  /** What the call returned. */
  air_status status;
  /** Code of the network, runtime, target or system (errno); 0 when there is none. */
  int32_t vendor_code;
  /** One sentence: what was expected, what came, what to do. */
  const char *message;
  uint32_t n_causes;
  /** What was tried and why it did not work, in order; "tried X: no such file". */
  const char *const *causes;
} air_error;

/** The error of the last call of this thread that failed. Never NULL: status AIR_OK and an empty message before any failure. Borrowed: valid
 *  until the next failing call of the same thread, and kept longer by air_retain_error(). \since 1.0 */
AIR_API const air_error *air_last_error(void);

/** Keeps an error: air_retain_error(air_last_error()) is what a program hands to another thread. Thread-safe. \since 1.0 */
AIR_API const air_error *air_retain_error(const air_error *error);

/** Thread-safe. \since 1.0 */
AIR_API void air_release_error(const air_error *error);

/** Makes this the last error of the thread: for libraries above this one, and for a callback before it returns AIR_FAIL. The text is copied;
 *  `vendor_code` is 0 when there is none.
 *  \since 1.0 */
AIR_API void air_set_error(air_status status, int32_t vendor_code, const char *message);

/* ------------------------------------------------------------------------------------------------------------- cancelling */

/** Ends calls from outside. Reference counted by the calls that use it. Opaque. \since 1.0 */
typedef struct air_token air_token;

/** A token for one call or several, also at the same time, made before they begin. Release with air_release_token(). NULL: out of memory.
 *  \since 1.0 */
AIR_API air_token *air_make_token(void);

/** Ends every call that was given the token, now and later, for good: it returns AIR_ERROR_CANCELLED within 100 ms, or where a backend cannot
 *  be interrupted (no AIR_CAP_CANCEL_RUN) when it next can. Any thread, signal handlers too: nothing of a plugin runs in them. NULL is
 *  accepted. \since 1.0 */
AIR_API void air_cancel(air_token *token);

/** 1 after air_cancel(), else 0. 0 for NULL. Thread-safe, signal-safe. \since 1.0 */
AIR_API int32_t air_is_cancelled(const air_token *token);

/** Calls that use it keep it until they return. NULL is accepted. Thread-safe. \since 1.0 */
AIR_API void air_release_token(air_token *token);

/** For calls that wait for something outside. NULL: their own limit and no token. \since 1.0 */
typedef struct air_call {
  uint32_t struct_size;
  /** 0: the limit that the function names. */
  uint32_t timeout_ms;
  air_token *token; /**< NULL: nobody can cancel. */
} air_call;

/* ---------------------------------------------------------------------------------------------------------------- tensors */

/** Storage type of one element. \since 1.0 */
AIR_ENUM(air_dtype, uint32_t){
    /** In air_input: "the tensor's own". */
    AIR_DTYPE_NONE = 0,
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
    /** One byte, 0 or 1. */
    AIR_DTYPE_BOOL = 12,
    /** Two elements a byte, the first in the low half; an odd last one fills its byte with 0. */
    AIR_DTYPE_INT4 = 13,
    /** The same way. */
    AIR_DTYPE_UINT4 = 14,
    /** The upper half of a float32. */
    AIR_DTYPE_BFLOAT16 = 15,
    /** OCP 8-bit floating point: 4 bits exponent, finite only (ONNX FLOAT8E4M3FN). */
    AIR_DTYPE_FLOAT8_E4M3 = 16,
    /** OCP 8-bit floating point: 5 bits exponent (ONNX FLOAT8E5M2). */
    AIR_DTYPE_FLOAT8_E5M2 = 17,
};

/** Bits of one element, 0 for AIR_DTYPE_NONE or an unknown value. Thread-safe. \since 1.0 */
AIR_API uint32_t air_dtype_bits(air_dtype dtype);

/** NumPy name of a dtype, such as "int8"; "none" for AIR_DTYPE_NONE and unknown values. Static. Thread-safe. \since 1.0 */
AIR_API const char *air_dtype_name(air_dtype dtype);

/** How stored elements represent real numbers. \since 1.0 */
AIR_ENUM(air_encoding, uint32_t){
    /** The element is the number. */
    AIR_ENCODING_PLAIN = 0,
    /** real = (q - zero_point) * scale. */
    AIR_ENCODING_QUANTIZED = 1,
    /** real = q * scale, and the scale is a power of two (Qm.n). */
    AIR_ENCODING_FIXED_POINT = 2,
    /** 32 signs per 32-bit word, first in bit 31; bit 1 is -1, bit 0 is +1. Each row of the last dimension begins a new word. */
    AIR_ENCODING_PACKED_BITS = 3,
};

/** The parameters of AIR_ENCODING_QUANTIZED and AIR_ENCODING_FIXED_POINT. \since 1.0 */
typedef struct air_quantization {
  /** 0: the elements are quantized, and nobody knows how. Equal types then pass byte for byte, conversions fail. */
  uint32_t known;
  /** Dimension (of air_tensor.shape) that has a scale for each index; -1: one scale for all. */
  int32_t axis;
  /** Elements along `axis` that share a scale; 1: each index has its own. */
  uint32_t block;
  /** Number of scales and of zero points; 0 when not known. */
  uint32_t n;
  const float *scales;        /**< n values. */
  const int32_t *zero_points; /**< n values. */
} air_quantization;

/** The network keeps this input or output inside its activations. \since 1.0 */
#define AIR_TENSOR_IN_ACTIVATIONS 1u
/** The model's own shape has no dimension for samples. \since 1.0 */
#define AIR_TENSOR_WITHOUT_BATCH 2u
/** The deployed model declares channel-first order. \since 1.0 */
#define AIR_TENSOR_CHANNEL_FIRST 4u
/** The deployed model declares channel-last order. \since 1.0 */
#define AIR_TENSOR_CHANNEL_LAST 8u
/** The memory belongs to a pool of the target. \since 1.0 */
#define AIR_TENSOR_IN_MEMPOOL 16u

/** One tensor of one sample: the dimension of the samples is in none of these. \since 1.0 */
typedef struct air_tensor {
  /** "input_1" and so on where the model gives none. */
  const char *name;
  /** Place: "I.0", "O.1", "N.<node>.<tensor>", "W.0", "A.0", "S.0". */
  const char *tag;
  air_dtype dtype;       /**< Storage type of one element. */
  air_encoding encoding; /**< How elements stand for real numbers. */
  /** AIR_TENSOR_... bits. */
  uint32_t flags;
  /** Number of dimensions; 0: a scalar, or a shape not known. */
  uint32_t rank;
  /** rank logical dimensions, -1 for one that each sample has of its own. */
  const int64_t *shape;
  /** rank dimensions of the stored elements; differs from shape for AIR_ENCODING_PACKED_BITS only. */
  const int64_t *storage_shape;
  /** Stored elements of one sample; 0 where a dimension is -1. */
  uint64_t n_elements;
  /** Bytes of one sample; 0 where a dimension is -1. */
  uint64_t size_bytes;
  /** NULL: not quantized. */
  const air_quantization *quantization;
  /** Address in the target, 0 when unknown. */
  uint64_t address;
} air_tensor;

/** Converts n_samples of float32 values of the logical shape to the storage of a tensor: rint (ties to even) of x / scale plus the zero
 *  point, clipped; signs to packed bits; x > 0 to bool; a cast where nothing else applies. `storage` holds n_samples * size_bytes.
 *  AIR_ERROR_UNSUPPORTED where the quantization is not known. Thread-safe. \since 1.0 */
AIR_API air_status air_quantize(const air_tensor *tensor, uint64_t n_samples, const float *values, void *storage);

/** The way back: (q - zero_point) * scale computed in double and rounded to float32; +1 and -1 for packed bits. Thread-safe. \since 1.0 */
AIR_API air_status air_dequantize(const air_tensor *tensor, uint64_t n_samples, const void *storage, float *values);

/** air_dequantize() without the rounding to float32. Thread-safe. \since 1.0 */
AIR_API air_status air_dequantize_double(const air_tensor *tensor, uint64_t n_samples, const void *storage,
                                         double *values);

/* ----------------------------------------------------------------------------------------------------------------- models */

/** What sums of a column mean. \since 1.0 */
AIR_ENUM(air_kind, uint32_t){
    /** A time: it can be summed, and nodes have shares of it. */
    AIR_KIND_DURATION = 1,
    /** It can be summed. */
    AIR_KIND_COUNT = 2,
    /** Neither, such as the use of memory. */
    AIR_KIND_LEVEL = 3,
};

/**
 * Something that is measured. Those with a meaning of their own:
 *
 * ```text
 *     time.device       ms  time on the device, as it reports it. Host library: the time of the network's own run (IO_ONLY), or the sum of
 *                           its nodes, with the legacy API also the time between them; callbacks excluded (PER_LAYER)
 *     time.run          ms  time of the whole run. Host library: as the host sees it, callbacks included. Target: of the inference, as the
 *                           target reports it (ST's `exec_times`)
 *     time.link         ms  time spent transferring
 *     link.sent         B   and link.received; link.packets, link.turnarounds (changes of direction on the link)
 *     memory.stack      B   and memory.heap: used on the target
 *     counter.<i>           hardware counter; `text` is what it counts
 * ```
 *
 * \since 1.0
 */
typedef struct air_column {
  const char *name; /**< Such as "time.device"; what air_find_column() looks for. */
  /** "ms", "B", "cycles", or "". */
  const char *unit;
  /** For people: "time on the device". */
  const char *text;
  air_kind kind; /**< What sums of its values mean. */
  /** 1: nodes have values as well as whole runs; 0: whole runs only. */
  uint32_t per_node;
} air_column;

/** One node of a model. Where a runtime executes other nodes than the model has, because it fuses or splits them, both are there: the executed
 *  one says which nodes it covers and has times, the nodes that it covers have data. \since 1.0 */
typedef struct air_node {
  /** "ai_node_0", or the model's own. */
  const char *name;
  /** "Conv2D (0x103)". */
  const char *operation;
  /** Its number in the numbering of the runtime. */
  uint32_t operation_code;
  /** The type it computes in. */
  air_dtype computes_in;
  /** What executes it, such as "CPU" or "NPU". */
  const char *processor;
  /** Index of the layer in the original model. */
  int64_t layer;
  /** 0 when the runtime does not tell. */
  uint32_t n_inputs;
  uint32_t n_outputs;
  const air_tensor *const *inputs;  /**< n_inputs tensors. */
  const air_tensor *const *outputs; /**< n_outputs tensors. */
  /** Indices of the nodes that it covers; none for a node of the model itself. */
  const uint32_t *covers;
  uint32_t n_covers;
  /** 0. */
  uint32_t reserved;
} air_node;

/** One `key=value` pair. \since 1.0 */
typedef struct air_option {
  const char *key;   /**< Before the '='. */
  const char *value; /**< Behind it. */
} air_option;

/** What a runner can do for a model. The values are those of ST's `Caps`. \since 1.0 */
#define AIR_CAP_PER_LAYER 1u
/** Output tensors of every node; ST's PER_LAYER_WITH_DATA (3) is both bits. \since 1.0 */
#define AIR_CAP_PER_LAYER_DATA 2u
/** The target has self tests. \since 1.0 */
#define AIR_CAP_SELF_TEST 4u
/** The model is a relocatable binary. \since 1.0 */
#define AIR_CAP_RELOC 8u
/** The target's memory can be read and written. \since 1.0 */
#define AIR_CAP_MEMORY_RW 16u
/** The target is connected through its own USB. \since 1.0 */
#define AIR_CAP_USBC 32u
/** on_node_begin is called, with the node's input tensors. \since 1.0 */
#define AIR_CAP_NODE_BEGIN 0x10000u
/** air_cancel() and time limits interrupt a sample, not only a batch. \since 1.0 */
#define AIR_CAP_CANCEL_RUN 0x20000u
/** air_reset_states() has something to reset. \since 1.0 */
#define AIR_CAP_RESET_STATES 0x40000u
/** The values of nodes can be given: air_prepare(). \since 1.0 */
#define AIR_CAP_GIVEN 0x80000u

/** Description of one model. A value; what is not a member is a property. \since 1.0 */
typedef struct air_model {
  /** c-name. */
  const char *name;
  /** Canonical descriptor: connecting with it again reaches the same models. "" for a model of another origin. */
  const char *descriptor;
  /** The backend that serves it, such as "stlib". */
  const char *backend;
  /** AIR_CAP_... bits. */
  uint32_t capabilities;
  /** Samples one call of the network takes when only I/O is asked for; 1 unless configured. */
  uint32_t native_batch;
  /** Multiply-accumulate operations of one inference. */
  uint64_t macc;
  uint64_t weights_bytes;     /**< Bytes of all weights. */
  uint64_t activations_bytes; /**< Bytes of all activations. */
  /** 0 for a model that is known to have none. */
  uint64_t states_bytes;
  uint32_t n_inputs;
  uint32_t n_outputs;
  const air_tensor *const *inputs;  /**< n_inputs tensors. */
  const air_tensor *const *outputs; /**< n_outputs tensors. */
  /** Nodes that are executed, as far as the runtime tells before they are: what it says then is n_nodes. */
  uint32_t n_nodes_told;
  /** Nodes that are described here. 0 until the first run with AIR_MODE_PER_LAYER where the runtime tells them only then: the model of a
   *  result (air_get_result_model()) has them. */
  uint32_t n_nodes;
  /** In the order of execution. */
  const air_node *const *nodes;
  /** What is measured. A runtime may tell more with the first run that has them; indices stay. */
  uint32_t n_columns;
  uint32_t n_properties;
  const air_column *const *columns; /**< n_columns of them. */
  /** In the order of their keys. */
  const air_option *properties;
  uint32_t n_weights_pools;
  uint32_t n_activations_pools;
  /** Memory of the weights: uint8 tensors of shape {1, 1, bytes}. */
  const air_tensor *const *weights_pools;
  /** Memory of the activations, the same way. */
  const air_tensor *const *activations_pools;
} air_model;

/** Thread-safe. \since 1.0 */
AIR_API const air_model *air_retain_model(const air_model *model);

/** Thread-safe. \since 1.0 */
AIR_API void air_release_model(const air_model *model);

/**
 * What else is known of a model; NULL: not known. Lives as long as the model. Thread-safe. Keys, where they are known:
 *
 * ```text
 *     runtime, runtime.description, runtime.compiler, runtime.protocol, runtime.version ("1.2.3"), tools.version
 *     device, device.type ("HOST", "stm32"), device.id, device.system, device.machine, device.sys_clock and device.bus_clock (Hz),
 *     device.attributes and device.extras (one a line)
 *     host (the machine that airunner ran on), hash, model_datetime, compile_datetime, flags, install_ms, init_ms
 *     file             where the value was loaded from
 * ```
 *
 * \since 1.0
 */
AIR_API const char *air_get_property(const air_model *model, const char *key);

/** Index of the column called `name`, UINT32_MAX where there is none. Thread-safe. \since 1.0 */
AIR_API uint32_t air_find_column(const air_model *model, const char *name);

/**
 * Makes a model from a description of one's own, such as one read from a file. Everything is copied and completed: texts that are NULL become
 * "", properties are sorted; n_elements and size_bytes are computed, `storage_shape` NULL is `shape`.
 *
 * @return AIR_ERROR_INVALID_ARGUMENT names what does not fit together.
 * \since 1.0
 */
AIR_API air_status air_make_model(const air_model *description, const air_model **out_model);

/* ------------------------------------------------------------------------------------------------------------- connection */

/** One connection to a place where models are deployed. Opaque. \since 1.0 */
typedef struct air_runner air_runner;

/** One model of a runner. Opaque; belongs to its runner, which gives out the same pointer each time: a shared reference, not a unique one.
 *  \since 1.0 */
typedef struct air_session air_session;

/** Importance of a log line. \since 1.0 */
AIR_ENUM(air_log_level, uint32_t){
    /** As a limit: AIR_LOG_WARNING. */
    AIR_LOG_DEFAULT = 0,
    /** Something failed. */
    AIR_LOG_ERROR = 1,
    AIR_LOG_WARNING = 2,
    AIR_LOG_INFO = 3,
    AIR_LOG_DEBUG = 4,
};

/** Where log lines go. \since 1.0 */
typedef struct air_log {
  /** Takes one line, without newline, on the thread of the call it belongs to. It must not call back into the same runner. NULL: nobody
   *  reads. */
  void (*line)(void *user, air_log_level level, const char *message);
  /** Called once, after the last line, on any thread, and where the call that it was given to fails, unless its options are refused; or
   *  NULL. */
  void (*drop)(void *user);
  void *user; /**< Passed to both. */
  /** Lines above this level are not made. */
  air_log_level level;
  /** 0. */
  uint32_t reserved;
} air_log;

/** One block of weights. \since 1.0 */
typedef struct air_weights {
  const void *data;    /**< As the network stores them. */
  uint64_t size_bytes; /**< Bytes of `data`. */
} air_weights;

/** Options of air_connect(), air_list_plugins() and air_scan(). \since 1.0 */
typedef struct air_connect_options {
  uint32_t struct_size;
  /** Limit of connecting; 0: the backend's own. */
  uint32_t timeout_ms;
  air_token *token; /**< NULL: nobody can cancel. */
  /** c-name to take where a deployment can hold several, or NULL. */
  const char *model_name;
  /** Options of the backend; they win over the same key in the descriptor. */
  const air_option *options;
  /** For models deployed without their weights; copied. */
  const air_weights *weights;
  /** Files or folders, searched before all others. */
  const char *const *plugin_paths;
  /** NULL: no logs. The struct is copied; `line` is called until air_disconnect(). */
  const air_log *log;
  uint32_t n_options;
  uint32_t n_weights;
  uint32_t n_plugin_paths;
  /** 0. */
  uint32_t reserved;
} air_connect_options;

/**
 * Connects to the models that a descriptor names.
 *
 * ```text
 *     [scheme:]rest[?key=value[&key=value...]]
 *
 *     file:<path>  lib:<path>  <path>     host library of ST Edge AI / X-CUBE-AI, or a folder to search for one
 *     null:                               built-in deterministic model
 *     serial[:port][:baud]  socket:host[:port]  rfc2217:host:port[:baud]  tflite:<path>  onnx:<path>
 *                                         by the plugins that serve them
 * ```
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
 * \since 1.0
 */
AIR_API air_status air_connect(const char *descriptor, const air_connect_options *options, air_runner **out_runner);

/**
 * Ends a connection and releases the runner and its sessions. A call in progress is cancelled and waited for, at most 60 s. Values that were
 * given out stay. NULL is accepted. Any thread, a finalizer too: it must hold no lock that a callback of the call in progress waits for (such
 * as Python's), which would not end before.
 *
 * @return AIR_ERROR_BUSY from a callback or log of this runner; AIR_ERROR_TIMEOUT when the call in progress does not end. The runner is then
 *         as it was.
 * \since 1.0
 */
AIR_API air_status air_disconnect(air_runner *runner);

/** Number of models, 0 for NULL. \since 1.0 */
AIR_API uint32_t air_get_n_models(const air_runner *runner);

/** The session of the model at `index`. \since 1.0 */
AIR_API air_status air_get_session_at(air_runner *runner, uint32_t index, air_session **out_session);

/** The session of the model called `name`; NULL: the first. AIR_ERROR_NOT_FOUND lists the names there are. \since 1.0 */
AIR_API air_status air_get_session(air_runner *runner, const char *name, air_session **out_session);

/** The model of a session, NULL for NULL. Borrowed: lives as long as the runner, and longer when retained. \since 1.0 */
AIR_API const air_model *air_get_model(const air_session *session);

/** Asks the other side whether it is alive, at most as long as connecting may take. AIR_ERROR_UNSUPPORTED where there is no other side.
 *  \since 1.0 */
AIR_API air_status air_ping(air_runner *runner, const air_call *call);

/** Restores a connection that was lost, with the same descriptor and options, at most as long as connecting may take. Sessions stay valid.
 *  The other side must offer the same models, else AIR_ERROR_INCOMPATIBLE and the runner stays closed. AIR_ERROR_UNSUPPORTED where nothing
 *  can be lost. \since 1.0 */
AIR_API air_status air_reconnect(air_runner *runner, const air_call *call);

/** Sets the states of a stateful model to zero, as after connecting, at most as long as connecting may take. AIR_ERROR_UNSUPPORTED for a
 *  model without AIR_CAP_RESET_STATES. \since 1.0 */
AIR_API air_status air_reset_states(air_session *session, const air_call *call);

/** 1 where the plugin behind the runner has something that this ABI has not, under a name such as "st", and a library of its own has the functions
 *  for it: airunner_st.h. 0 otherwise, and for NULL. Thread-safe. \since 1.0 */
AIR_API int32_t air_has_extension(const air_runner *runner, const char *name);

struct air_connection;

/** What a library above this one does with an extension of a plugin: `table` is what the plugin gives under its name, `connection` its own.
 *  \since 1.0 */
typedef air_status (*air_extension_call)(void *user, const void *table, struct air_connection *connection);

/** For libraries of extensions: calls `body` on this thread and holds the runner meanwhile as every other call does, with its limits, at most as
 *  long as connecting may take. What `body` returns is returned, with the error of the entry that failed, after which it calls nothing else, or of
 *  air_set_error(). AIR_ERROR_UNSUPPORTED where the plugin has no such extension. \since 1.0 */
AIR_API air_status air_use_extension(air_runner *runner, const char *name, const air_call *call,
                                     air_extension_call body, void *user);

/* ----------------------------------------------------------------------------------------------------------------- inputs */

/** Samples for one input, one after the other, C order. \since 1.0 */
typedef struct air_input {
  const void *data;    /**< As the type and the shape say. */
  uint64_t size_bytes; /**< Bytes of all samples. */
  /** rank dimensions with the samples first, or NULL: only the size is checked. Dimensions of 1 after the first may be left out or added, as
   *  ST's tool allows. */
  const int64_t *shape;
  uint32_t rank; /**< Dimensions in `shape`. */
  /** AIR_DTYPE_NONE: the tensor's own. Checked otherwise. */
  air_dtype dtype;
} air_input;

/** Memory for the samples of one output. \since 1.0 */
typedef struct air_output {
  void *data; /**< Where they are written. */
  /** At least what the samples need. */
  uint64_t size_bytes;
} air_output;

/** Inputs ready for air_invoke(). \since 1.0 */
typedef struct air_input_set {
  /** One for each input of the model. */
  uint32_t n;
  /** 0. */
  uint32_t reserved;
  const air_input *inputs; /**< n inputs. */
  /** The same memory, to be filled: n pointers, aligned to 64 bytes. */
  void *const *data;
} air_input_set;

/** Memory for n_samples of each input, as the network stores them, zero: of the backend where it has some that it can read without copying, else of
 *  the library. It may outlive the runner. Release with air_free_inputs(). It may be AIR_ERROR_BUSY during another call. \since 1.0 */
AIR_API air_status air_make_inputs(const air_session *session, uint64_t n_samples, air_input_set **out_set);

/** What random inputs are drawn from. \since 1.0 */
typedef struct air_random {
  /** The generator is MT19937, seeded as numpy.random.RandomState(seed). */
  uint32_t seed;
  /** 0: -1..1 for floats, the whole range of the type for integers. */
  uint32_t has_range;
  /** With has_range: floats are drawn from [low, high), integers from low..high. */
  double low;
  double high; /**< The upper end of the range. */
  /** AIR_IO_QUANTIZE: float32 values, those of a model with float32 in its place, for inputs whose encoding is quantized or fixed point (see
   *  air_input.dtype). 0: storage values. */
  uint32_t io_mode;
  /** 0. */
  uint32_t reserved;
} air_random;

/** air_make_inputs() with random values, one input after the other from one generator: the same values as ST's tool draws first in a process
 *  for the same seed, dtype and shape (numpy's RandomState.uniform and .randint). `random` NULL: seed 42, which is that of ST's tool. \since 1.0 */
AIR_API air_status air_make_random_inputs(const air_session *session, uint64_t n_samples, const air_random *random,
                                          air_input_set **out_set);

/** Releases a set; NULL is accepted. \since 1.0 */
AIR_API void air_free_inputs(air_input_set *set);

/* ----------------------------------------------------------------------------------------------------------------- invoke */

/** What was computed and measured by one invoke. A value. Opaque: see air_get_profile() and its neighbours. \since 1.0 */
typedef struct air_result air_result;

/** What an invoke does beside computing outputs: bits of air_invoke_options.mode. The lower ones are those of ST's `Mode`. \since 1.0 */
#define AIR_MODE_IO_ONLY 0u
/** Durations of every node. \since 1.0 */
#define AIR_MODE_PER_LAYER 1u
/** Also the output tensors of every node; implies AIR_MODE_PER_LAYER. \since 1.0 */
#define AIR_MODE_PER_LAYER_WITH_DATA 2u
/** Every sample of an input is filled with its first element: all a link has to carry. \since 1.0 */
#define AIR_MODE_FIXED_INPUT 4u
/** Only times matter: FIXED_INPUT, outputs are not written, node data are dropped. \since 1.0 */
#define AIR_MODE_PERF_ONLY 8u
/** With PER_LAYER_WITH_DATA: the data of nodes are for on_node_end alone, the result keeps none. \since 1.0 */
#define AIR_MODE_EVENTS_ONLY 16u
/** The result is given out after an error or a cancellation too, with the samples that were completed. \since 1.0 */
#define AIR_MODE_PARTIAL 32u
/** The result keeps a copy of the inputs, as the network got them: what comparing and saving need. \since 1.0 */
#define AIR_MODE_KEEP_INPUTS 64u
/** With PER_LAYER_WITH_DATA: the data of nodes count, their times do not. A backend for which measuring takes time leaves them out (NaN), but for the
 *  first runs, which tell what it needs to know. \since 1.0 */
#define AIR_MODE_UNTIMED 128u
/** The backend or target logs what it does. \since 1.0 */
#define AIR_MODE_DEBUG 256u

/** Inputs and outputs are as the network stores them: bits of io_mode. \since 1.0 */
#define AIR_IO_STORAGE 0u
/** float32 inputs are converted to the storage type; inputs of the storage type pass. \since 1.0 */
#define AIR_IO_QUANTIZE 1u
/** Outputs are converted to float32 of the logical shape. \since 1.0 */
#define AIR_IO_DEQUANTIZE 2u

/** What a callback wants next. \since 1.0 */
AIR_ENUM(air_action, int32_t){
    AIR_CONTINUE = 0,
    /** End the invoke cleanly: it returns AIR_OK, air_profile.stopped is 1, samples done so far are kept. */
    AIR_STOP = 1,
    /** End it as failed (a panic, an exception): it returns AIR_ERROR_CALLBACK. */
    AIR_FAIL = 2,
};

/** Memory that is read. \since 1.0 */
typedef struct air_view {
  /** NULL: there are no data. All samples of a result are aligned to 64 bytes; what a caller gives needs no alignment. */
  const void *data;
  uint64_t size_bytes; /**< Bytes of `data`. */
  /** rank dimensions. */
  const int64_t *shape;
  uint32_t rank;   /**< Dimensions in `shape`. */
  air_dtype dtype; /**< Type of one element. */
} air_view;

/** What happened at a node. Valid during the callback only. \since 1.0 */
typedef struct air_node_event {
  /** Index of the sample within the invoke. */
  uint64_t sample;
  /** Index of the node. */
  uint32_t node;
  /** Begin: number of its inputs; end: of its outputs. */
  uint32_t n_tensors;
  /** What the node is; its entry in the model of the result. */
  const air_node *description;
  /** n_tensors tensors of this sample, as the network stores them, without the dimension of the samples. Their data are the network's own, to be
   *  read and not kept; NULL where they are not there, and at the end without PER_LAYER_WITH_DATA. */
  const air_view *tensors;
  /** At the end: the time of the node on the device, in ms, callbacks excluded. */
  double duration_ms;
  /** At the end: everything that was measured; 0 at the beginning. */
  uint32_t n_columns;
  /** 0. */
  uint32_t reserved;
  /** n_columns columns; their indices are those of the result's model. */
  const air_column *const *columns;
  /** n_columns values, NaN where this node has none. */
  const double *values;
  /** At the end: what the target told of the node, one text a line, or "". */
  const char *note;
} air_node_event;

/** What happened to a sample. Valid during the callback only. \since 1.0 */
typedef struct air_sample_event {
  uint64_t sample; /**< Index of the sample within the invoke. */
  uint32_t n_outputs;
  /** 0. */
  uint32_t reserved;
  /** n_outputs tensors of this sample as the caller will see them (dequantized if asked for), without the dimension of the samples. */
  const air_view *outputs;
  /** Time on the device, in ms. */
  double duration_ms;
} air_sample_event;

/** Functions called during an invoke, on its thread; any may be NULL. They must not call the same runner. With a warm-up or repeats, sample
 *  indices count recorded samples only, from 0. \since 1.0 */
typedef struct air_callbacks {
  uint32_t struct_size;
  /** 0. */
  uint32_t reserved;
  /** Passed to each; not used after the call has returned. */
  void *user;
  air_action (*on_sample_begin)(void *user, uint64_t sample);             /**< Before each sample. */
  air_action (*on_sample_end)(void *user, const air_sample_event *event); /**< After each sample. */
  /** PER_LAYER modes, with AIR_CAP_NODE_BEGIN. */
  air_action (*on_node_begin)(void *user, const air_node_event *event);
  /** PER_LAYER modes. */
  air_action (*on_node_end)(void *user, const air_node_event *event);
  /** After each sample, and at most every 20 ms. */
  air_action (*on_progress)(void *user, uint64_t n_done, uint64_t n_total);
} air_callbacks;

/**
 * Gets a session ready to be given the values of nodes: each of their outputs. In an invoke with air_invoke_options.given these nodes are still
 * executed and reported with what they compute, and what follows them, an output of the model too, receives the given values instead. It is how
 * a node is judged by itself, without what those before it did wrong.
 *
 * A runtime may have to build another graph for it, kept until the session is prepared for other nodes. It does not optimize that graph: outputs may
 * differ by rounding from those without given values, data of nodes do not. At most as long as connecting may take.
 *
 * @param nodes    n_nodes indices of the session's model (air_get_model()), each once; with a runtime that tells its nodes only when they run,
 *                 after an invoke with AIR_MODE_PER_LAYER. None: the session is as it was at the beginning.
 * @return AIR_ERROR_UNSUPPORTED for a model without AIR_CAP_GIVEN, and for a node whose values it cannot replace, as far as it knows that before
 *         it runs; the session is then as it was before.
 * \since 1.0
 */
AIR_API air_status air_prepare(air_session *session, const uint32_t *nodes, uint32_t n_nodes, const air_call *call);

/** Values for one output of a node that the session was prepared for. \since 1.0 */
typedef struct air_given {
  uint32_t node; /**< Index of the node. */
  /** Index of the output of the node. */
  uint32_t output;
  /** n_samples samples as the network stores them, C order: air_quantize() makes them of real ones. */
  const void *data;
  uint64_t size_bytes; /**< Bytes of all samples. */
} air_given;

/** Options of air_invoke(). \since 1.0 */
typedef struct air_invoke_options {
  uint32_t struct_size;
  /** AIR_MODE_... bits. PER_LAYER modes that the model cannot give are dropped; see air_profile.mode. */
  uint32_t mode;
  /** AIR_IO_... bits. */
  uint32_t io_mode;
  /** Limit of the whole call, 0: none beyond the backend's own. */
  uint32_t timeout_ms;
  air_token *token; /**< NULL: nobody can cancel. */
  /** Samples run first and not recorded. */
  uint32_t warmup;
  /** The batch is run this often (0 = 1). Measurements of every run are kept; outputs and data are those of the last. */
  uint32_t repeat;
  /** Passed to the target; ST's `option`. */
  uint32_t user_option;
  /** Number of keep_nodes. */
  uint32_t n_keep_nodes;
  /** With PER_LAYER_WITH_DATA: indices of the nodes whose data the result keeps. NULL: all; not NULL, with n_keep_nodes 0: none. */
  const uint32_t *keep_nodes;
  /** NULL: nothing is given; else one for each output of each node of air_prepare(), in any order. Each round takes them anew. Never converted. */
  const air_given *given;
  /** Number of `given`. */
  uint32_t n_given;
  /** 0. */
  uint32_t reserved;
} air_invoke_options;

/**
 * Runs the model on n_samples samples, in order.
 *
 * Every call gives out a new result; its memory comes from results of this session that were released, so that a loop of invoke and release
 * allocates nothing. On the plain path (AIR_MODE_IO_ONLY, AIR_IO_STORAGE) no sample is copied that the network can read or write in place.
 *
 * A token or limit that comes with the last sample, when nothing is left to end, changes nothing: AIR_OK.
 *
 * The result holds exactly the samples that were completed: the outputs unless the caller gave memory for them, measurements, the data of
 * nodes in AIR_MODE_PER_LAYER_WITH_DATA, inputs with AIR_MODE_KEEP_INPUTS.
 *
 * @param n_samples   At least 1.
 * @param inputs      One per model input, each with n_samples samples.
 * @param outputs     Memory of the caller, one per model output, or NULL with n_outputs 0. With AIR_IO_DEQUANTIZE they are float32 of the
 *                    logical shape.
 * @param options     NULL: defaults.
 * @param callbacks   NULL: none.
 * @param out_result  Release with air_release_result(). Written on success; with AIR_MODE_PARTIAL also after an error once the run has begun.
 *                    NULL: nothing is kept.
 * @return AIR_ERROR_INVALID_INPUT before anything is run; _RUN_FAILED, _CORRUPTED, _TIMEOUT, _CANCELLED, _CALLBACK, _BUSY and the link's
 *         errors; _UNSUPPORTED where a run shows that values cannot be given.
 * \since 1.0
 */
AIR_API air_status air_invoke(air_session *session, uint64_t n_samples, const air_input *inputs, uint32_t n_inputs,
                              const air_output *outputs, uint32_t n_outputs, const air_invoke_options *options,
                              const air_callbacks *callbacks, const air_result **out_result);

/** Thread-safe. \since 1.0 */
AIR_API const air_result *air_retain_result(const air_result *result);

/** Thread-safe. \since 1.0 */
AIR_API void air_release_result(const air_result *result);

/** Frees the values of nodes that a result holds, as if they had not been kept, but for those of the n_keep nodes of `keep` (ascending; NULL with 0: none stay);
 *  its times, inputs and outputs stay. For who has used them while others hold the result. A result of NULL is accepted. What was got of the freed ones with
 *  air_get_tensor() or air_get_dlpack() must not be read any more, and no other thread may use the result during the call. \since 1.0 */
AIR_API void air_drop_node_data(const air_result *result, const uint32_t *keep, uint32_t n_keep);

/** Gives the memory of released results of a session back to the system. NULL is accepted. Thread-safe. \since 1.0 */
AIR_API void air_trim(air_session *session);

/* ---------------------------------------------------------------------------------------------------------------- results */

/** Values that are no numbers among those given to an input. \since 1.0 */
typedef struct air_not_finite {
  uint64_t n_nan;
  uint64_t n_infinite;
} air_not_finite;

/** What an invoke was and took. Three times are kept apart: on the device, on the link, on the host. \since 1.0 */
typedef struct air_profile {
  /** Samples of the batch completed (in the last round, with repeats). */
  uint64_t n_samples;
  /** Recorded runs: samples * repeats completed. */
  uint64_t n_runs;
  /** Sum of the column time.device, NaN where nothing is known. */
  double device_ms;
  /** Sum of the column time.link; 0 without a link. */
  double link_ms;
  /** Time of the whole call, warm-up included. */
  double host_ms;
  /** When the invoke began: milliseconds since 1970-01-01 00:00 UTC. */
  int64_t begin_unix_ms;
  /** AIR_MODE_... bits that were granted. */
  uint32_t mode;
  /** AIR_MODE_... bits as asked for, like those that follow. */
  uint32_t asked_mode;
  uint32_t io_mode; /**< AIR_IO_... bits. */
  uint32_t warmup;  /**< Samples run first and not recorded. */
  /** At least 1. */
  uint32_t repeat;
  uint32_t timeout_ms; /**< Limit of the whole call; 0: none. */
  /** 1: a callback stopped the run. */
  uint32_t stopped;
  /** Entries of not_finite: inputs of the model, or 0 where they were not looked at. */
  uint32_t n_not_finite;
  const air_not_finite *not_finite; /**< n_not_finite of them, in the order of the inputs. */
} air_profile;

/** What the invoke was; NULL for NULL. Thread-safe. \since 1.0 */
AIR_API const air_profile *air_get_profile(const air_result *result);

/** The model that was run, with the nodes and columns that the run made known; NULL for NULL. Borrowed: lives as long as the result.
 *  Thread-safe. \since 1.0 */
AIR_API const air_model *air_get_result_model(const air_result *result);

/** In place of the index of a node: the whole run. \since 1.0 */
#define AIR_WHOLE_RUN 0xffffffffu

/** The values of a column, one for each of the n_runs runs, NaN where not known; NULL where nothing was measured, or for NULL. `node` is an
 *  index of the result's model, or AIR_WHOLE_RUN. Thread-safe. \since 1.0 */
AIR_API const double *air_get_values(const air_result *result, uint32_t column, uint32_t node);

/** What the target told of a node, or with AIR_WHOLE_RUN of the whole, in a run: one text a line; "" for nothing. Thread-safe. \since 1.0 */
AIR_API const char *air_get_note(const air_result *result, uint32_t node, uint64_t run);

/** Which tensors of a result. \since 1.0 */
AIR_ENUM(air_place, uint32_t){
    AIR_PLACE_INPUT = 0,
    AIR_PLACE_OUTPUT = 1,
    /** Outputs of a node. */
    AIR_PLACE_NODE = 2,
};

/** In place of the index of a sample: all of them, in an array with the samples first. \since 1.0 */
#define AIR_ALL_SAMPLES 0xffffffffffffffffu

/**
 * A tensor of a result.
 *
 * @param node    Index of a node for AIR_PLACE_NODE, else 0.
 * @param index   Index of the input or output.
 * @param sample  Index of a sample, or AIR_ALL_SAMPLES.
 * @return AIR_OK, with `data` NULL where the result does not hold it; AIR_ERROR_INVALID_ARGUMENT for an index that there is not, and for
 *         AIR_ALL_SAMPLES where samples differ in shape: take them one by one.
 * \since 1.0
 */
AIR_API air_status air_get_tensor(const air_result *result, air_place place, uint32_t node, uint32_t index,
                                  uint64_t sample, air_view *out_view);

/** What a result of one's own is made of. \since 1.0 */
typedef struct air_result_parts {
  uint32_t struct_size;
  /** 0. */
  uint32_t reserved;
  const air_model *model; /**< What the result is of. */
  /** n_samples and n_runs must be given; device_ms, link_ms are computed from the columns. */
  const air_profile *profile;
  /** One per input of the model with the samples first, or NULL; an entry without data is left out. The same for the others. */
  const air_view *inputs;
  const air_view *outputs; /**< One per output of the model. */
  /** One pointer per node of the model, each NULL or to one view per output. */
  const air_view *const *node_outputs;
  /** One pointer per column, each NULL or to n_runs values of whole runs. */
  const double *const *values;
  /** One pointer per node, each NULL or as `values`. */
  const double *const *const *node_values;
  /** n_runs texts, see air_get_note(), or NULL. */
  const char *const *notes;
  /** One pointer per node, each NULL or as `notes`. */
  const char *const *const *node_notes;
} air_result_parts;

/** Makes a result from parts of one's own: what a file holds, or what another runtime computed. Everything is copied; the model is retained.
 *  AIR_ERROR_INVALID_INPUT names what does not fit the model. \since 1.0 */
AIR_API air_status air_make_result(const air_result_parts *parts, const air_result **out_result);

struct DLManagedTensorVersioned;

/** A tensor of a result, all samples, for other libraries: DLPack 1.0, read-only; its deleter releases the result. Parameters and errors as
 *  air_get_tensor(); AIR_ERROR_NOT_FOUND where the result does not hold it; AIR_ERROR_UNSUPPORTED for a type that DLPack does not have.
 *  \since 1.0 */
AIR_API air_status air_get_dlpack(const air_result *result, air_place place, uint32_t node, uint32_t index,
                                  struct DLManagedTensorVersioned **out_tensor);

/** One line about the machine this process runs on: system, machine, processor. Static. Thread-safe. \since 1.0 */
AIR_API const char *air_get_host(void);

/* --------------------------------------------------------------------------------------------------- plugins and devices */

/** What the text of an option must be. \since 1.0 */
AIR_ENUM(air_option_type, uint32_t){
    AIR_OPTION_TEXT = 0,
    /** Decimal, not negative. */
    AIR_OPTION_NUMBER = 1,
    /** "0" or "1". */
    AIR_OPTION_FLAG = 2,
    /** One of the choices. */
    AIR_OPTION_CHOICE = 3,
    /** The name of a file or folder. */
    AIR_OPTION_PATH = 4,
};

/** One option that descriptors of a backend may have. \since 1.0 */
typedef struct air_option_info {
  /** One that ends in '*' stands for all keys that begin so. */
  const char *key;
  /** What it is when nobody gives it; NULL: it is then not there. */
  const char *default_value;
  /** One line for people. */
  const char *text;
  air_option_type type; /**< What its text must be. */
  /** AIR_OPTION_CHOICE: what there is to choose from. AIR_OPTION_NUMBER: none, or the smallest and the largest. */
  uint32_t n_choices;
  const char *const *choices; /**< n_choices texts. */
} air_option_info;

/** One file found while searching for plugins, as the manifest beside it tells. \since 1.0 */
typedef struct air_plugin {
  /** AIR_OK: it can be used, as far as is known without loading it. Otherwise error tells why not. */
  air_status status;
  /** Plugin ABI that it was made for, 0 when not known. */
  uint32_t abi_version;
  /** Full path of the file. */
  const char *path;
  /** Name of the backend, "" when not known. */
  const char *name;
  const char *version;     /**< Of the plugin. */
  const char *description; /**< One line for people. */
  /** Why it cannot be used; or, for a usable plugin, which schemes another plugin takes from it. "" when all is well. */
  const char *error;
  uint32_t n_schemes;
  uint32_t n_patterns;
  uint32_t n_options;
  /** 0: there is no manifest, and nothing is known without loading it. It is then loaded by every air_connect(). */
  uint32_t has_manifest;
  const char *const *schemes; /**< n_schemes of them, lower case. */
  /** Descriptors without a scheme that it may serve, with * and ? as in file names. */
  const char *const *patterns;
  const air_option_info *const *options; /**< n_options of them. */
} air_plugin;

/** One place where plugins are looked for. \since 1.0 */
typedef struct air_search_place {
  const char *path; /**< Of a file or folder. */
  /** "option", "AIRUNNER_PLUGIN_PATH", "user folder", "installation". */
  const char *origin;
  uint32_t exists; /**< 1: it is there. */
  /** 0. */
  uint32_t reserved;
} air_search_place;

/** Places and plugins, in the order of the search. \since 1.0 */
typedef struct air_plugin_list {
  uint32_t n_places;
  uint32_t n_plugins;
  const air_search_place *const *places; /**< n_places of them. */
  const air_plugin *const *plugins;      /**< n_plugins of them. */
} air_plugin_list;

/** Searches for plugins as air_connect() does and reports every place and file. Loads nothing. Release with air_free_plugin_list(). Thread-safe.
 *  \since 1.0 */
AIR_API air_status air_list_plugins(const air_connect_options *options, const air_plugin_list **out_list);

/** Loads one plugin, compares it with its manifest, and tells what it says of itself: a list of one, without places. Whatever the plugin does
 *  when it is loaded happens to this process. Release with air_free_plugin_list(). Thread-safe. \since 1.0 */
AIR_API air_status air_load_plugin(const char *path, const air_plugin_list **out_list);

/** NULL is accepted. \since 1.0 */
AIR_API void air_free_plugin_list(const air_plugin_list *list);

/** One thing that can be connected to. \since 1.0 */
typedef struct air_device {
  /** Ready for air_connect(). */
  const char *descriptor;
  const char *description; /**< One line for people. */
  const char *backend;     /**< Name of the backend that found it. */
  uint32_t n_properties;
  /** 0. */
  uint32_t reserved;
  /** What else the backend tells, such as a serial number. */
  const air_option *properties;
} air_device;

/** Result of air_scan(). \since 1.0 */
typedef struct air_device_list {
  uint32_t n_devices;
  /** 0. */
  uint32_t reserved;
  const air_device *const *devices; /**< n_devices of them. */
} air_device_list;

/** Asks every plugin what is there to connect to, each at most `timeout_ms` of the options (0: 10 s) long; one that fails is left out, and the
 *  log says why. Writes nothing to any port. Release with air_free_device_list(). Thread-safe. \since 1.0 */
AIR_API air_status air_scan(const air_connect_options *options, const air_device_list **out_list);

/** NULL is accepted. \since 1.0 */
AIR_API void air_free_device_list(const air_device_list *list);

#ifdef __cplusplus
}
#endif

#endif
