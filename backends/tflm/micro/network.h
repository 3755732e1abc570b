// SPDX-License-Identifier: BSD-3-Clause
// A network on TensorFlow Lite Micro, whose operators are observed by kernels around its own: of a plugin and of a board alike, so that both
// compute the same. No heap, and nothing of airunner.
#pragma once

#include <tensorflow/lite/core/api/error_reporter.h>
#include <tensorflow/lite/micro/micro_interpreter.h>
#include <tensorflow/lite/micro/micro_op_resolver.h>

#include <cstddef>
#include <cstdint>

namespace air::tflm {

using Ops = ::tflite::MicroOpResolver;

class Observer {
 public:
  // Around each operator, in the order of the graph. False: the run ends.
  virtual bool before(uint32_t op) = 0;
  virtual bool after(uint32_t op) = 0;

 protected:
  ~Observer() = default;
};

// Gives the kernels of others with one of our own around each. The version of an operator is not looked at, as by TensorFlow Lite Micro of
// today: kernels refuse types that they do not know.
class ObservedOps final : public Ops {
 public:
  static constexpr size_t kMost = 64;  // kinds of operators in a network

  ObservedOps(const Ops &ops, ::tflite::ErrorReporter &reporter) : ops_(ops), reporter_(reporter) {}

  const TfLiteRegistration *FindOp(::tflite::BuiltinOperator op, int version) const override;
  const TfLiteRegistration *FindOp(const char *op, int version) const override;
  BuiltinParseFunction GetOpDataParser(::tflite::BuiltinOperator op) const override { return ops_.GetOpDataParser(op); }
  TfLiteStatus AddBuiltin(::tflite::BuiltinOperator, TfLiteRegistration *, int) override { return kTfLiteError; }

  // Who is told of a run that begins, or NULL.
  void observe(Observer *observer) {
    observer_ = observer;
    next_ = 0;
  }

 private:
  struct Wrapped {
    TfLiteRegistration registration;  // the first: the interpreter knows the address of no more
    const TfLiteRegistration *original;
    const ObservedOps *ops;
  };

  static const Wrapped &wrapped_of(const TfLiteNode *node);
  static TfLiteStatus prepare(TfLiteContext *context, TfLiteNode *node);
  static TfLiteStatus invoke(TfLiteContext *context, TfLiteNode *node);
  const TfLiteRegistration *wrap(const TfLiteRegistration *original) const;

  const Ops &ops_;
  ::tflite::ErrorReporter &reporter_;
  Observer *observer_ = nullptr;
  // The interpreter asks a constant resolver.
  mutable Wrapped wrapped_[kMost] = {};
  mutable size_t n_wrapped_ = 0;
  mutable uint32_t next_ = 0;  // operator
};

class Network {
 public:
  // All that is given has to stay, and nobody has checked that the model is sound but the caller.
  Network(const void *model, const Ops &ops, uint8_t *arena, size_t arena_bytes, ::tflite::ErrorReporter &reporter)
      : ops_(ops, reporter), interpreter_(::tflite::GetModel(model), ops_, arena, arena_bytes, &reporter) {}

  // False: the reporter was told why.
  bool allocate() { return interpreter_.AllocateTensors() == kTfLiteOk; }
  // The same; or the observer, which may be NULL, has ended it.
  bool run(Observer *observer);
  void reset_states() { interpreter_.ResetVariableTensors(); }

  size_t arena_used() const { return interpreter_.arena_used_bytes(); }
  TfLiteTensor &input(size_t i) { return *interpreter_.input(i); }
  TfLiteTensor &output(size_t i) { return *interpreter_.output(i); }
  size_t n_inputs() const { return interpreter_.inputs_size(); }
  size_t n_outputs() const { return interpreter_.outputs_size(); }
  size_t n_ops() const { return interpreter_.operators_size(); }
  uint32_t code_of(uint32_t op) const;  // number of the schema
  size_t n_outputs_of(uint32_t op) const { return static_cast<size_t>(node(op).outputs->size); }
  TfLiteTensor &output_of(uint32_t op, size_t i) {
    return *interpreter_.tensor(static_cast<size_t>(node(op).outputs->data[i]));
  }

 private:
  TfLiteNode node(uint32_t op) const { return interpreter_.node_and_registration(static_cast<int>(op)).node; }

  ObservedOps ops_;
  ::tflite::MicroInterpreter interpreter_;
};

}  // namespace air::tflm
