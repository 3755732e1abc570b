/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: whatever a host sends, the kit keeps to its memory, and answers the next host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "null_model.h"
#include "scripted_port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "broken property: %s\n", what);
  abort();
}

/* In memory of exactly their size, so that a sanitizer sees what is beyond. */
static void *exactly(size_t bytes) {
  void *memory = calloc(1, bytes);
  require(memory != NULL, "there is memory");
  return memory;
}

static void serve(at_target *target, const void *bytes, size_t size, uint32_t chunk) {
  host_begin();
  host.most_read = chunk;
  host.n_input = size < HOST_MOST_BYTES ? (uint32_t)size : HOST_MOST_BYTES;
  memcpy(host.input, bytes, host.n_input);
  at_serve(target);
}

/* As for the other fuzz targets of links: the first byte tells the size of packets, the second how many bytes come at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint32_t sizes[] = {AT_SMALLEST_BUFFER, AT_SMALLEST_BUFFER, 384, AT_LARGEST_BUFFER};
  static const uint8_t sync[AT_SMALLEST_BUFFER] = {0, 11, 10, 8, 1, 16, 0, 24, 0, 34, 0, 40, 0};
  static const uint8_t reply[] = {0x80, 16, 8, 1, 16, 0, 82, 10, 8};
  if (size < 2) return 0;
  null_model *model = exactly(sizeof *model);
  null_model_init(model, "network");
  const at_model *models[] = {&model->model};
  const at_region region = {0x20000000, 100, exactly(100)};
  const at_config config = {.models = models,
                            .n_models = 1,
                            .packet = exactly(sizes[data[0] % 4]),
                            .packet_bytes = sizes[data[0] % 4],
                            .rtid = model->model.rtid,
                            .memory = at_memory,
                            .regions = &region,
                            .n_regions = 1,
                            .self_test = at_self_test};
  at_target target;
  at_init(&target, &config);
  serve(&target, data + 2, size - 2, data[1] + 1u);
  serve(&target, sync, sizeof sync, HOST_MOST_BYTES);
  require(host.n_output == AT_SMALLEST_BUFFER && memcmp(host.output, reply, sizeof reply) == 0,
          "the next host is answered");
  free(config.packet);
  free(region.bytes);
  free(model);
  return 0;
}
