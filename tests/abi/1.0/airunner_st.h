/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner: what only ST's targets, libraries and tools have. A library above airunner.h, libairunner-st, with the same rules.
 *
 * Format words of ST's tools are properties of models: air_get_property(model, "st.format.I.0") is that of the tensor with the tag "I.0",
 * decimal; NULL where the backend does not tell it.
 */
#ifndef AIRUNNER_ST_H
#define AIRUNNER_ST_H

#include "airunner.h"

#ifdef __cplusplus
extern "C" {
#endif

/** For air_has_extension(): the runner speaks to a target whose memory and self tests can be reached. \since 1.0 */
#define AIR_ST_EXTENSION "st"

/** The number users of ST's tool know for a status: 801 I/O, 803 message, 804 parameter, 805 model, 810 not connected; 0 for AIR_OK, 800 where
 *  that tool has no number of its own. Thread-safe. \since 1.0 */
AIR_API int32_t air_st_error_number(air_status status);

/** Reads `size` bytes of the target's memory. Needs AIR_CAP_MEMORY_RW, else AIR_ERROR_UNSUPPORTED. The target does not check addresses: a
 *  bad one can crash it. At most as long as connecting may take. \since 1.0 */
AIR_API air_status air_st_memory_read(air_runner *runner, uint64_t address, void *data, uint64_t size,
                                      const air_call *call);

/** Writes `size` bytes to the target's memory; as air_st_memory_read(). After a loss in the middle the target may need a reset. \since 1.0 */
AIR_API air_status air_st_memory_write(air_runner *runner, uint64_t address, const void *data, uint64_t size,
                                       const air_call *call);

/** The target's 16-bit rotating sum of `size` bytes of its memory; as air_st_memory_read(). \since 1.0 */
AIR_API air_status air_st_memory_checksum(air_runner *runner, uint64_t address, uint64_t size, const air_call *call,
                                          uint32_t *out_checksum);

/** Runs self test `test` of the target with its two parameters; *out_value is what the last reply carries. The target's texts go to the
 *  log. Needs AIR_CAP_SELF_TEST, else AIR_ERROR_UNSUPPORTED. At most as long as connecting may take. \since 1.0 */
AIR_API air_status air_st_self_test(air_runner *runner, uint32_t test, uint32_t extra, uint32_t option,
                                    const air_call *call, uint32_t *out_value);

/** What a plugin gives for AIR_ST_EXTENSION (air_backend.get_extension): entries with the rules of those of air_backend. Its model then tells
 *  AIR_CAP_MEMORY_RW, AIR_CAP_SELF_TEST. \since 1.0 */
typedef struct air_st_backend {
  uint32_t struct_size;
  uint32_t reserved; /**< 0. */
  /** Required for AIR_CAP_MEMORY_RW, as the two that follow. */
  air_status (*memory_read)(struct air_connection *connection, uint64_t address, void *data, uint64_t size);
  air_status (*memory_write)(struct air_connection *connection, uint64_t address, const void *data,
                             uint64_t size); /**< Writes memory. */
  air_status (*memory_checksum)(struct air_connection *connection, uint64_t address, uint64_t size,
                                uint32_t *out_checksum); /**< Sums memory. */
  /** Required for AIR_CAP_SELF_TEST. */
  air_status (*self_test)(struct air_connection *connection, uint32_t test, uint32_t extra, uint32_t option,
                          uint32_t *out_value);
} air_st_backend;

#ifdef __cplusplus
}
#endif

#endif
