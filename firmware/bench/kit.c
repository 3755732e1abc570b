/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kit makes of a board's line: models that take many bytes and give one, take one and give many, and take one and give one. */
#include "board.h"

/* As many as it takes for the packets that every inference needs to be a few hundredths of its time: to a board a byte takes ten times as long. */
enum { MANY_IN = 256 * 1024, MANY_OUT = 3 * 1024 * 1024 };

static uint8_t many[MANY_OUT], one[1];

#define TENSOR(tensor, size, bytes)               \
  static const uint32_t tensor##_dims[] = {size}; \
  static const at_tensor tensor = {.format = AT_UINT8, .n_dims = 1, .dims = tensor##_dims, .data = (bytes)}

TENSOR(many_in, MANY_IN, many);
TENSOR(many_out, MANY_OUT, many);
TENSOR(one_byte, 1, one);

/* The host looks at the last byte. */
static bool take(void *user, at_run *run) {
  (void)user, (void)run;
  one[0] = many[MANY_IN - 1];
  return true;
}

static bool give(void *user, at_run *run) {
  (void)user, (void)run;
  many[MANY_OUT - 1] = one[0];
  return true;
}

static bool turn(void *user, at_run *run) {
  (void)user, (void)run;
  return true;
}

int main(void) {
  static const at_model model_take = {.name = "take", .inputs = {1, &many_in}, .outputs = {1, &one_byte}, .run = take};
  static const at_model model_give = {.name = "give", .inputs = {1, &one_byte}, .outputs = {1, &many_out}, .run = give};
  static const at_model model_turn = {.name = "turn", .inputs = {1, &one_byte}, .outputs = {1, &one_byte}, .run = turn};
  static const at_model *const models[] = {&model_take, &model_give, &model_turn};
  static uint8_t packet[AT_LARGEST_BUFFER];
  static const at_config config = {.models = models, .n_models = 3, .packet = packet, .packet_bytes = sizeof packet};
  static at_target target;
  board_init();
  at_init(&target, &config);
  board_put('\n');
  for (;;) at_serve(&target);
}
