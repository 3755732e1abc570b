// SPDX-License-Identifier: BSD-3-Clause
// Kernels around those of TensorFlow Lite Micro.
#include "tflm/micro/network.h"

#include <cstdarg>

namespace air::tflm {

namespace {

// The interpreter's own hands on its arguments as what they are not, which ends programs.
void report(TfLiteContext *context, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  static_cast<::tflite::ErrorReporter *>(context->profiler)->Report(format, arguments);
  va_end(arguments);
}

}  // namespace

// The interpreter keeps a node beside its registration, and tells a kernel of the node alone.
const ObservedOps::Wrapped &ObservedOps::wrapped_of(const TfLiteNode *node) {
  const auto *entry = reinterpret_cast<const ::tflite::NodeAndRegistration *>(node);
  return *reinterpret_cast<const Wrapped *>(entry->registration);
}

TfLiteStatus ObservedOps::prepare(TfLiteContext *context, TfLiteNode *node) {
  const Wrapped &wrapped = wrapped_of(node);
  context->profiler = &wrapped.ops->reporter_;  // nobody profiles: it is a place for a pointer
  context->ReportError = report;
  return wrapped.original->prepare == nullptr ? kTfLiteOk : wrapped.original->prepare(context, node);
}

TfLiteStatus ObservedOps::invoke(TfLiteContext *context, TfLiteNode *node) {
  const Wrapped &wrapped = wrapped_of(node);
  Observer *observer = wrapped.ops->observer_;
  const uint32_t op = wrapped.ops->next_++;
  if (observer != nullptr && !observer->before(op)) return kTfLiteError;
  const TfLiteStatus status = wrapped.original->invoke(context, node);
  if (status == kTfLiteOk && observer != nullptr && !observer->after(op)) return kTfLiteError;
  return status;
}

const TfLiteRegistration *ObservedOps::wrap(const TfLiteRegistration *original) const {
  if (original == nullptr) return nullptr;
  for (size_t i = 0; i < n_wrapped_; ++i) {
    if (wrapped_[i].original == original) return &wrapped_[i].registration;
  }
  if (n_wrapped_ == kMost) return nullptr;
  Wrapped &made = wrapped_[n_wrapped_++];
  made = {*original, original, this};
  made.registration.prepare = prepare;
  made.registration.invoke = invoke;
  return &made.registration;
}

const TfLiteRegistration *ObservedOps::FindOp(::tflite::BuiltinOperator op, int) const {
  return wrap(ops_.FindOp(op, 0));
}

const TfLiteRegistration *ObservedOps::FindOp(const char *op, int) const {
  return wrap(ops_.FindOp(op, 0));
}

bool Network::run(Observer *observer) {
  ops_.observe(observer);
  return interpreter_.Invoke() == kTfLiteOk;
}

uint32_t Network::code_of(uint32_t op) const {
  return static_cast<uint32_t>(interpreter_.node_and_registration(static_cast<int>(op)).registration->builtin_code);
}

}  // namespace air::tflm
