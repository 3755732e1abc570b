/* SPDX-License-Identifier: BSD-3-Clause */
/* A network on TensorFlow Lite Micro as a model. */
#include "tflm_adapter.h"

#include <tensorflow/core/public/version.h>
#include <tensorflow/lite/micro/micro_string.h>

#include <new>

using air::tflm::Network;

int at_tflm_reporter::Report(const char *format, va_list arguments) {
  return MicroVsnprintf(text, sizeof text, format, arguments);
}

namespace {

constexpr uint32_t most = AT_TFLM_MOST_TENSORS;

uint32_t format_of(TfLiteType type) {
  switch (type) {
    case kTfLiteFloat32:
      return AT_FLOAT32;
    case kTfLiteInt8:
      return AT_INT8;
    case kTfLiteUInt8:
      return AT_UINT8;
    case kTfLiteInt16:
      return AT_INT16;
    case kTfLiteInt32:
      return AT_INT32;
    case kTfLiteBool:
      return AT_FORMAT(AT_TYPE_BOOL, 0, 8, 0);
    default:
      return 0;
  }
}

at_tensor describe(const TfLiteTensor &from) {
  at_tensor to = {};
  to.format = format_of(from.type);
  to.shape = AT_SHAPE_PLAIN;
  to.n_dims = static_cast<uint32_t>(from.dims->size);
  to.dims = reinterpret_cast<const uint32_t *>(from.dims->data); /* counted with a sign */
  to.scale = from.params.scale;
  to.zero_point = from.params.zero_point;
  to.flags = AT_IN_POOL;
  to.data = from.data.raw;
  return to;
}

/* Memory as a whole. */
at_tensor describe(const uint32_t *bytes) {
  at_tensor to = {};
  to.format = AT_UINT8;
  to.n_dims = 1;
  to.dims = bytes;
  return to;
}

class Told final : public air::tflm::Observer {
 public:
  Told(Network &network, at_run *run) : network_(network), run_(run) {}

  bool before(uint32_t) override {
    at_node_begin(run_);
    return true;
  }

  bool after(uint32_t op) override {
    at_tensor outputs[most];
    at_node node = {};
    node.type = network_.code_of(op);
    node.id = op;
    node.outputs = outputs;
    for (size_t i = 0; i < network_.n_outputs_of(op) && i < most; ++i) {
      outputs[i] = describe(network_.output_of(op, i));
      node.n_outputs += 1;
    }
    return at_node_end(run_, &node);
  }

 private:
  Network &network_;
  at_run *run_;
};

bool run_tflm(void *user, at_run *run) {
  auto *self = static_cast<at_tflm *>(user);
  if (run->is_first) self->network->reset_states();
  self->reporter.text[0] = '\0';
  Told told(*self->network, run);
  const bool done = self->network->run(run->observed ? &told : nullptr);
  if (!done && self->reporter.text[0] != '\0') at_log(run, 4, self->reporter.text);
  return done;
}

}  // namespace

bool at_tflm_init(at_tflm *self, const char *name, const void *file, uint32_t file_bytes,
                  const tflite::MicroOpResolver &ops, uint8_t *arena, uint32_t arena_bytes) {
  self->network = new (self->memory) Network(file, ops, arena, arena_bytes, self->reporter);
  Network &network = *self->network;
  if (!network.allocate() || network.n_inputs() > most || network.n_outputs() > most) return false;
  for (size_t i = 0; i < network.n_inputs(); ++i) self->inputs[i] = describe(network.input(i));
  for (size_t i = 0; i < network.n_outputs(); ++i) self->outputs[i] = describe(network.output(i));
  self->arena_used = static_cast<uint32_t>(network.arena_used());
  self->file_bytes = file_bytes;
  self->activations = describe(&self->arena_used);
  self->weights = describe(&self->file_bytes);
  at_model &model = self->model;
  model = {};
  model.name = name;
  model.runtime = AT_COMPILER_TEXT;
  model.rtid = AT_RTID(AT_RUNTIME_TFLM, AT_API_NONE) | AT_UNKNOWN_MACC;
  model.runtime_version = AT_VERSION(TF_MAJOR_VERSION, TF_MINOR_VERSION, TF_PATCH_VERSION);
  model.n_nodes = static_cast<uint32_t>(network.n_ops());
  model.inputs = {static_cast<uint32_t>(network.n_inputs()), self->inputs};
  model.outputs = {static_cast<uint32_t>(network.n_outputs()), self->outputs};
  model.activations = {1, &self->activations};
  model.weights = {1, &self->weights};
  model.run = run_tflm;
  model.user = self;
  return true;
}
