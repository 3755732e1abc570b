/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airtarget makes any firmware a target of airunner: it answers the target protocol 3.2 over any line of bytes. Portable C99; no heap, no system.
 *
 * A firmware provides five functions (see "The port") and its models (see "Models"), and calls at_serve() for ever. docs/porting-firmware.md goes
 * through it.
 */
#ifndef AIRTARGET_H
#define AIRTARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------------- the port */

#define AT_FOREVER UINT32_MAX

/* Device and clocks, for at_port_clock(). All may be 0. */
typedef struct at_clock {
  uint32_t device_id; /* as STM32 devices have in DBGMCU_IDCODE */
  uint32_t cpu_hz;    /* what at_port_cycles() counts with */
  uint32_t bus_hz;
  uint32_t cache; /* caches and flash accelerator, as the protocol packs them */
} at_clock;

/*
 * Reads 1 to `size` bytes: waits for the first one, at most `limit_ms`, and takes what is there then. Returns how many, 0 when the time has passed,
 * or less than 0 when nobody will send any more (a closed connection; a serial line has no such thing).
 */
int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms);

/* Writes all bytes, or has copied them when it returns. False when nobody will read any more. */
bool at_port_write(const void *bytes, uint32_t size);

/* A counter of the processor's cycles that does not wrap. */
uint64_t at_port_cycles(void);

void at_port_clock(at_clock *clock);

/* Starts the line anew after bytes that are no packet: clears errors of the hardware and drops what was received and not read. */
void at_port_reset(void);

/* ------------------------------------------------------------------------------------------------------------------ models */

/* Formats of tensors; AT_FORMAT() makes others: type, sign, bits, fraction bits. */
#define AT_FORMAT(type, is_signed, bits, fraction) \
  ((uint32_t)(is_signed) << 23 | (uint32_t)(type) << 17 | (uint32_t)(bits) << 7 | ((uint32_t)(fraction) + 64u))
#define AT_TYPE_FLOAT 1u
#define AT_TYPE_INTEGER 2u
#define AT_TYPE_BOOL 3u
#define AT_FLOAT32 AT_FORMAT(AT_TYPE_FLOAT, 1, 32, 0)
#define AT_UINT8 AT_FORMAT(AT_TYPE_INTEGER, 0, 8, 0)
#define AT_INT8 AT_FORMAT(AT_TYPE_INTEGER, 1, 8, 0)
#define AT_INT16 AT_FORMAT(AT_TYPE_INTEGER, 1, 16, 0)
#define AT_INT32 AT_FORMAT(AT_TYPE_INTEGER, 1, 32, 0)

/* Shape kinds: what the dimensions mean. */
#define AT_SHAPE_PLAIN 0u
#define AT_SHAPE_BCWH 1u  /* of the legacy API */
#define AT_SHAPE_ST_AI 4u /* with the flags below: channels last */
#define AT_SHAPE_CHANNEL_FIRST 16u
#define AT_SHAPE_CHANNEL_LAST 32u
#define AT_SHAPE_HAS_BATCH 64u /* the first dimension is the batch, 1 */

/* at_tensor.flags */
#define AT_IN_POOL 1024u /* lies in the activations */

typedef struct at_tensor {
  const char *name; /* may be NULL */
  uint32_t format;
  uint32_t shape; /* AT_SHAPE_... */
  uint32_t n_dims;
  const uint32_t *dims;
  float scale; /* 0: not quantized; real = (q - zero_point) * scale */
  int32_t zero_point;
  uint32_t flags;
  void *data; /* bytes as at_tensor_bytes() counts them; NULL where a node's data cannot be told */
} at_tensor;

uint32_t at_tensor_bytes(const at_tensor *tensor);

typedef struct at_node {
  const char *name; /* may be NULL */
  uint32_t type;    /* operator kind, as the runtime numbers them */
  uint32_t id;      /* number of the layer in the original model */
  uint32_t n_outputs;
  const at_tensor *outputs;
} at_node;

/* An inference that a host has asked for. */
typedef struct at_run {
  bool is_first;            /* of a batch: the model forgets its states */
  bool observed;            /* nodes are wanted */
  uint32_t option;          /* the user's, 24 bits */
  struct at_target *target; /* what follows is airtarget's own */
  const struct at_model *model;
  uint32_t param;
  uint32_t node;
  uint64_t begin;
  uint64_t cycles;
} at_run;

/* Begins the next node: what was since the last one counts for the inference only. Not needed where one node follows the other. */
void at_node_begin(at_run *run);

/*
 * Tells of a node that is done, and of its outputs; nothing when nodes are not wanted. The time since the node before, or at_node_begin(), is the
 * node's; the time it takes to send is nobody's. False: the host has gone, end the inference.
 */
bool at_node_end(at_run *run, const at_node *node);

/* Sends a line of text, at most 127 bytes. Levels: 1 information, 2 debug, 3 warning, 4 error. */
void at_log(at_run *run, uint32_t level, const char *text);

/* at_model.rtid: runtime, API flags << 8, compiler << 16, flags of what is not known. */
#define AT_RTID(runtime, api) ((runtime) | (api) << 8 | AT_COMPILER << 16)
#define AT_RUNTIME_ST_AI 1u
#define AT_RUNTIME_TFLM 2u
#define AT_API_NONE 0u
#define AT_API_ST_AI 1u
#define AT_UNKNOWN_ACTIVATIONS (1u << 24)
#define AT_UNKNOWN_WEIGHTS (1u << 25)
#define AT_UNKNOWN_MACC (1u << 26)
#if defined(__ICCARM__)
#  define AT_COMPILER 2u
#  define AT_COMPILER_TEXT "IAR"
#elif defined(__ARMCC_VERSION)
#  define AT_COMPILER 4u
#  define AT_COMPILER_TEXT "Arm Compiler"
#else /* and those that say that they are */
#  define AT_COMPILER 1u
#  define AT_COMPILER_TEXT "GCC"
#endif

#define AT_VERSION(major, minor, patch) ((uint32_t)(major) << 24 | (uint32_t)(minor) << 16 | (uint32_t)(patch) << 8)

typedef struct at_tensors {
  uint32_t count;
  const at_tensor *tensors;
} at_tensors;

/* Texts have at most 63 bytes, and may be NULL. */
typedef struct at_model {
  const char *name; /* each model has another one, and none is empty */
  const char *signature;
  const char *compile_datetime;
  const char *runtime; /* its description */
  uint32_t rtid;
  uint32_t runtime_version; /* AT_VERSION() */
  uint32_t tool_version;
  uint64_t macc;
  uint32_t n_nodes; /* that at_node_end() tells of in each run; 0: the model cannot be observed */
  at_tensors inputs;
  at_tensors outputs;
  at_tensors activations; /* memory: AT_UINT8, one dimension */
  at_tensors weights;
  float install_ms;
  float init_ms;
  /* Computes outputs from inputs, where they lie. False: failed, at_log() may have told why. */
  bool (*run)(void *user, at_run *run);
  void *user;
} at_model;

/* ------------------------------------------------------------------------------------------------------------------ target */

#define AT_SMALLEST_BUFFER (32u + 2u)
#define AT_LARGEST_BUFFER (4094u + 2u)

/* Of the protocol: airunner speaks with all of them. */
typedef enum at_generation {
  AT_NEWEST,
  AT_GENERATION_3, /* of ST's tools before the newest, which refuse what calls itself 3.2 */
  AT_GENERATION_2 /* of ST's tools before ST Edge AI 2.1: packets have 32 bytes and a header of one, which those take no other for */
} at_generation;

/* Memory that the host may read and write, and the address by which it asks for it. */
typedef struct at_region {
  uint32_t address;
  uint32_t size;
  void *bytes;
} at_region;

struct at_target;
struct _at_Request;
/* Answers a command of its kind. */
typedef void at_service(struct at_target *target, const struct _at_Request *request);

at_service at_memory;    /* reading and writing memory */
at_service at_self_test; /* self tests of link and messages; brings a buffer of 1 KiB */

typedef struct at_config {
  const at_model *const *models;
  uint32_t n_models;
  /*
   * Room for one packet, AT_SMALLEST_BUFFER to AT_LARGEST_BUFFER bytes. With the smallest one packets have 32 bytes of payload, which a serial line
   * wants; for USB and TCP larger ones are faster: all but 2 bytes are payload as soon as the host knows.
   */
  uint8_t *packet;
  uint32_t packet_bytes;
  at_generation generation;
  uint32_t rtid;      /* of most models */
  at_service *memory; /* at_memory, or NULL */
  const at_region *regions;
  uint32_t n_regions;
  at_service *self_test; /* at_self_test, or NULL */
  const uint32_t *extra; /* words of the device, as the host's driver knows them */
  uint32_t n_extra;
} at_config;

/* All of it is airtarget's own. */
typedef struct at_target {
  const at_config *config;
  uint32_t payload; /* of a packet, at present */
  uint32_t at;      /* within the packet that is read or filled */
  uint32_t unread;
  uint32_t message_left;
  bool in_message;
  bool idle;
  bool failed; /* the command has ended: nothing more is read or written for it */
  bool gone;
  uint32_t reqid;
  uint32_t fresh;        /* a bit for each model: it has not run for this host */
  at_region test_region; /* of a self test: in the place of all regions while it has a size */
} at_target;

/* `config` has to stay. */
void at_init(at_target *target, const at_config *config);

/* Serves a host until at_port_read() or at_port_write() says that it has gone; on a serial line for ever. */
void at_serve(at_target *target);

#ifdef __cplusplus
}
#endif

#endif
