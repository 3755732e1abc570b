/* SPDX-License-Identifier: BSD-3-Clause */
/* The target's side of the conversation: the numbers of the protocol, and whole messages in and out. */
#ifndef AIRTARGET_EXCHANGE_H
#define AIRTARGET_EXCHANGE_H

#include "airtarget.h"
#include "messages.pb.h"

enum {
  AT_CMD_SYNC = 0,
  AT_CMD_SYS_INFO = 1,
  AT_CMD_DISCONNECT = 2,
  AT_CMD_NETWORK_INFO = 10,
  AT_CMD_NETWORK_RUN = 11,
  AT_CMD_MEMORY_READ = 20,
  AT_CMD_MEMORY_WRITE = 21,
  AT_CMD_MEMORY_CHECKSUM = 22,
  AT_CMD_TEST = 100
};

enum { AT_IDLE = 0, AT_WAITING = 1, AT_PROCESSING = 2, AT_DONE = 3, AT_ERROR = 4 };

enum { AT_E_NONE = 0, AT_E_INVALID_SIZE = 1, AT_E_INVALID_PARAM = 4, AT_E_MEM_OVERFLOW = 8, AT_E_GENERIC = 10 };

/* Flags of tensors on the wire, beside AT_IN_POOL. */
#define AT_TENSOR_INPUT 1u
#define AT_TENSOR_OUTPUT 2u
#define AT_TENSOR_INTERNAL 4u
#define AT_TENSOR_MEMPOOL 8u
#define AT_TENSOR_LAST 256u
#define AT_TENSOR_NO_DATA 512u

#define AT_LONGEST_LOG 127u
#define AT_LARGEST_CHUNK 1024u /* of memory services and self tests */

/* Waits for a request; what is none is dropped without a word. False when the host has gone. */
bool at_await_request(at_target *target, at_Request *request);
bool at_await_ack(at_target *target);
/* Waits for data, of which at most `size` bytes are kept. Returns how many came. */
uint32_t at_await_data(at_target *target, void *place, uint32_t size);

bool at_send(at_target *target, at_Response *response);
bool at_send_ack(at_target *target, uint32_t state, uint32_t param);
bool at_send_error(at_target *target, uint32_t error, uint32_t param);
/* And waits for its acknowledge. */
bool at_send_log(at_target *target, uint32_t level, uint32_t state, const char *text);
bool at_send_data(at_target *target, uint32_t state, uint32_t type, uint32_t address, const void *bytes, uint32_t size);
/* Without data, which AT_TENSOR_NO_DATA then says, where `bytes` is NULL. */
bool at_send_tensor(at_target *target, uint32_t state, const at_tensor *tensor, uint32_t flags, const void *bytes);

at_TensorDesc at_describe(const at_target *target, const at_tensor *tensor, uint32_t flags);
/* Bytes of one element; packed bits come in words. */
uint32_t at_element_bytes(const at_tensor *tensor);

/* "" for NULL. */
const char *at_text(const char *text);

#endif
