/* SPDX-License-Identifier: BSD-3-Clause */
/* The images of the emulated boards with TensorFlow Lite Micro. */
#include <tensorflow/lite/micro/debug_log.h>
#include <tensorflow/lite/micro/kernels/micro_ops.h>
#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>

#include "tflm_adapter.h"

extern "C" {
#include "board.h"
}

/* The networks: file within the folders of the assembler's option -I, kilobytes of the arena. */
#ifdef PUBLIC_INT8
#  define NETWORKS(X) X(keyword_spotting, "kws/int8.tflite", 64) X(visual_wake_words, "vww/int8.tflite", 256)
#else
#  define NETWORKS(X)                              \
    X(digits_int8, "digits_int8.tflite", 32)       \
    X(digits_float32, "digits_float32.tflite", 64) \
    X(micro_speech, "micro_speech.tflite", 64)     \
    X(person_detection, "person_detection_grayscale.tflite", 256)
#endif

/* The bytes of a file. */
#define EMBED(name, file, kilobytes)                                                               \
  __asm__(".section .rodata." #name ",\"a\"\n.balign 16\n" #name ":\n.incbin \"" file "\"\n" #name \
          "_end:\n.byte 0\n.previous\n");                                                          \
  extern "C" const unsigned char name[], name##_end[];
NETWORKS(EMBED)

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

using Ops = tflite::MicroMutableOpResolver<10>;

void add(Ops &ops) {
  using namespace tflite::ops::micro;
  ops.AddBuiltin(tflite::BuiltinOperator_ADD, Register_ADD());
  ops.AddBuiltin(tflite::BuiltinOperator_AVERAGE_POOL_2D, Register_AVERAGE_POOL_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_CONV_2D, Register_CONV_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_DEPTHWISE_CONV_2D, Register_DEPTHWISE_CONV_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_DEQUANTIZE, Register_DEQUANTIZE());
  ops.AddBuiltin(tflite::BuiltinOperator_FULLY_CONNECTED, Register_FULLY_CONNECTED());
  ops.AddBuiltin(tflite::BuiltinOperator_MAX_POOL_2D, Register_MAX_POOL_2D());
  ops.AddBuiltin(tflite::BuiltinOperator_QUANTIZE, Register_QUANTIZE());
  ops.AddBuiltin(tflite::BuiltinOperator_RESHAPE, Register_RESHAPE());
  ops.AddBuiltin(tflite::BuiltinOperator_SOFTMAX, Register_SOFTMAX());
}

/* Each with an arena of its own. */
template <const unsigned char *file, uint32_t kilobytes>
const at_model *make(const char *name, const unsigned char *end, const Ops &ops) {
  constexpr uint32_t bytes = kilobytes * 1024;
  alignas(16) static uint8_t arena[bytes];
  static at_tflm network;
  return at_tflm_init(&network, name, file, static_cast<uint32_t>(end - file), ops, arena, bytes) ? &network.model
                                                                                                  : nullptr;
}

Ops ops;
uint8_t packet[AT_LARGEST_BUFFER];
at_region regions[1];
at_config config;
at_target target;

}  // namespace

int main() {
  board_init();
  add(ops);
#define MAKE(name, file, kilobytes) make<name, kilobytes>(#name, name##_end, ops),
  const at_model *const models[] = {NETWORKS(MAKE)};
  config.models = models;
  config.n_models = sizeof models / sizeof *models;
  for (const at_model *model : models)
    if (model == nullptr) config.n_models = 0;
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
