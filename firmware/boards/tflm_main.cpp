/* SPDX-License-Identifier: BSD-3-Clause */
/* The image of the emulated boards with TensorFlow Lite Micro: the digits networks, and those of its own examples. */
#include <tensorflow/lite/micro/debug_log.h>
#include <tensorflow/lite/micro/kernels/micro_ops.h>
#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>

#include "tflm_adapter.h"

extern "C" {
#include "board.h"
}

/* The bytes of a file, which the assembler finds in the folders of its option -I. */
#define EMBED(name, file)                                                                          \
  __asm__(".section .rodata." #name ",\"a\"\n.balign 16\n" #name ":\n.incbin \"" file "\"\n" #name \
          "_end:\n.byte 0\n.previous\n");                                                          \
  extern "C" const unsigned char name[], name##_end[]

EMBED(digits_int8, "digits_int8.tflite");
EMBED(digits_float32, "digits_float32.tflite");
EMBED(micro_speech, "micro_speech.tflite");
EMBED(person_detection, "person_detection_grayscale.tflite");

/* A check within TensorFlow Lite Micro has failed, which then stays where it is. */
extern "C" void DebugLog(const char *) {}

/* The same for what it asserts. */
extern "C" [[noreturn]] void __assert_func(const char *, int, const char *, const char *) {
  for (;;) {
  }
}

/* Objects are static here, and no class is abstract when it is called; there is no library of C++ in the image. */
void operator delete(void *) noexcept {}
void operator delete(void *, unsigned int) noexcept {}
extern "C" void __cxa_pure_virtual() {
  for (;;) {
  }
}
extern "C" int __aeabi_atexit(void *, void (*)(void *), void *) {
  return 0;
}
extern "C" void *__dso_handle;
void *__dso_handle = nullptr;

namespace {

constexpr uint32_t kilo = 1024;

using Ops = tflite::MicroMutableOpResolver<8>;

void add(Ops &ops) {
  using namespace tflite::ops::micro;
  ops.AddBuiltin(tflite::BuiltinOperator_ADD, Register_ADD());
  ops.AddBuiltin(tflite::BuiltinOperator_AVERAGE_POOL_2D, Register_AVERAGE_POOL_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_CONV_2D, Register_CONV_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_DEPTHWISE_CONV_2D, Register_DEPTHWISE_CONV_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_FULLY_CONNECTED, Register_FULLY_CONNECTED());
  ops.AddBuiltin(tflite::BuiltinOperator_MAX_POOL_2D, Register_MAX_POOL_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_SOFTMAX, Register_SOFTMAX());
}

/* Each with an arena of its own. */
template <int number, uint32_t arena_bytes>
const at_model *make(const char *name, const unsigned char *file, const unsigned char *end, const Ops &ops) {
  alignas(16) static uint8_t arena[arena_bytes];
  static at_tflm network;
  return at_tflm_init(&network, name, file, static_cast<uint32_t>(end - file), ops, arena, arena_bytes) ? &network.model
                                                                                                        : nullptr;
}

Ops ops;
uint8_t packet[AT_LARGEST_BUFFER];
const at_model *models[4];
at_region regions[1];
at_config config;
at_target target;

}  // namespace

int main() {
  board_init();
  add(ops);
  models[0] = make<0, 32 * kilo>("digits_int8", digits_int8, digits_int8_end, ops);
  models[1] = make<1, 64 * kilo>("digits_float32", digits_float32, digits_float32_end, ops);
  models[2] = make<2, 64 * kilo>("micro_speech", micro_speech, micro_speech_end, ops);
  models[3] = make<3, 256 * kilo>("person_detection", person_detection, person_detection_end, ops);
  config.models = models;
  for (const at_model *model : models) config.n_models += model != nullptr ? 1 : 0;
  if (config.n_models < 4) config.n_models = 0;
  regions[0] = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(board_free)), BOARD_FREE_BYTES, board_free};
  config.packet = packet;
  config.packet_bytes = sizeof packet;
  config.rtid = AT_RTID(AT_RUNTIME_TFLM, AT_API_NONE);
  config.memory = at_memory;
  config.regions = regions;
  config.n_regions = 1;
  config.self_test = at_self_test;
  at_init(&target, &config);
  board_put('\n'); /* for whoever started the emulator: what was sent before may be lost */
  for (;;) at_serve(&target);
}
