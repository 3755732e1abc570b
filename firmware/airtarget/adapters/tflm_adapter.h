/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network on TensorFlow Lite Micro as a model, in C++17: each operator is observed, and gives its outputs. The firmware chooses the operators (a
 * MicroMutableOpResolver) and the arena; firmware/boards/tflm_main.cpp is an example.
 */
#ifndef AIRTARGET_TFLM_H
#define AIRTARGET_TFLM_H

#include "airtarget.h"
#include "tflm/micro/network.h"

/* Room for descriptions, of each kind. */
#ifndef AT_TFLM_MOST_TENSORS
#  define AT_TFLM_MOST_TENSORS 8
#endif

/* Its last words are for the log of the run that failed. */
class at_tflm_reporter final : public tflite::ErrorReporter {
 public:
  int Report(const char *format, va_list arguments) override;
  char text[128] = "";
};

struct at_tflm {
  at_model model; /* for at_config.models */
  at_tflm_reporter reporter;
  alignas(air::tflm::Network) unsigned char memory[sizeof(air::tflm::Network)];
  air::tflm::Network *network; /* in it */
  at_tensor inputs[AT_TFLM_MOST_TENSORS];
  at_tensor outputs[AT_TFLM_MOST_TENSORS];
  at_tensor activations;
  at_tensor weights;
  uint32_t arena_used;
  uint32_t file_bytes;
};

/*
 * `file` are the bytes of a .tflite file, at an address that 16 divides. All of it has to stay. False when there is an operator that `ops` has not,
 * the arena is too small, or there are too many tensors: self->reporter.text may say which.
 */
bool at_tflm_init(at_tflm *self, const char *name, const void *file, uint32_t file_bytes,
                  const tflite::MicroOpResolver &ops, uint8_t *arena, uint32_t arena_bytes);

#endif
