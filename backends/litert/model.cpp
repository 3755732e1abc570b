// SPDX-License-Identifier: BSD-3-Clause
// The connection to one LiteRT model, and what LiteRT compiles of it.
#include "litert/model.h"

#include <algorithm>

#include "common/error.h"
#include "common/path_text.h"
#include "common/shape.h"
#include "common/utf8.h"
#include "litert/environment.h"
#include "litert/input_shapes.h"
#include "litert/part.h"
#include "litert/reasons.h"
#include "litert/weights.h"
#include "platform/streams/captured_errors.h"
#include "runtime/file.h"
#include "runtime/model_hash.h"

namespace air::litert {

using runtime::Shape;

Model::Model(const backend::Request &request)
    : log_(request.log()),
      watch_([&request] { request.check(); }),
      options_(read_litert_options(request)),
      path_(runtime::model_path(request.rest(), "tflite")),
      descriptor_(runtime::canonical_descriptor(request, kLiteRtOptions, text_of(path_))),
      bytes_(runtime::read_model_file(path_)),
      hash_(runtime::model_hash(bytes_)),
      file_(round_weights(wanted_bytes(), text_of(path_), options_.common, log_), text_of(path_)),
      input_shapes_(resolve_inputs(file_, options_.common.shapes)),
      api_(options_.common.runtime, log_),
      environment_(open_environment(api_, options_.accelerators)),
      plain_(compile_plain()),
      node_outputs_(node_outputs()),
      models_(1),
      model_(models_[0]) {
  model_.name = printable(text_of(path_.stem()));
  runtime::check_name(request, model_.name, text_of(path_));
  describe_ports();
  request.check();
  describe_nodes();
  describe_model();
  watch_ = [] {};
  if (!options_.common.save.empty()) runtime::save_model_file(options_.common.save, bytes_);
}

// Those of the file, or of the part of it that option only names.
std::span<std::byte> Model::wanted_bytes() {
  if (!options_.common.only.empty()) bytes_ = part_of_model(ModelFile(bytes_, text_of(path_)), options_.common.only);
  return bytes_;
}

std::unique_ptr<Compiled> Model::compile_in(abi::Environment environment, const Tensors &tensors, Purpose purpose,
                                            const Found &found, bool errors_to_stderr) const {
  CompiledSettings settings{options_.accelerators, options_.kernels,           options_.common.threads,
                            &options_.cpu,         purpose == Purpose::kNodes, errors_to_stderr};
  if (purpose != Purpose::kPlain) {
    settings.accelerators = abi::kAcceleratorCpu;
    if (settings.kernels == abi::kDelegateKernels) settings.kernels = abi::kBuiltinKernels;
  }
  return std::make_unique<Compiled>(api_, environment, settings, file_, tensors, input_shapes_, found, watch_);
}

std::unique_ptr<Compiled> Model::compile(const Tensors &tensors, Purpose purpose, const Found &found) const {
  try {
    return compile_in(environment_.get(), tensors, purpose, found, false);
  } catch (const Refusal &refusal) {
    if (refusal.status() == AIR_ERROR_RUN_FAILED && found.reading != Reading::kPadded) {
      Found padded;
      padded.reading = Reading::kPadded;
      return compile(tensors, purpose, padded);
    }
    if (!refusal.reason().empty()) throw;
    throw Refusal(refusal.status(), refusal.what_failed(), refusal.vendor_code(), reason_of_refusal(tensors, purpose));
  }
}

// A model that is refused cannot be asked why: the runtime writes it, to nobody's standard error.
std::string Model::reason_of_refusal(const Tensors &tensors, Purpose purpose) const {
  return reasons_of(standard_error_of([&] {
    const Owned<abi::Environment> loud = make_environment(api_, options_.accelerators, abi::kLogErrors);
    try {
      compile_in(loud.get(), tensors, purpose, {}, true);
    } catch (...) {  // known already
    }
    make_environment(api_, options_.accelerators, abi::kLogSilent);  // also for all others
  }));
}

// A model that cannot be run is described as far as its file does.
std::unique_ptr<Compiled> Model::compile_plain() const {
  const auto is_known = [&](int32_t index) { return element_count(file_.tensor(index).shape).value_or(0) > 0; };
  std::unique_ptr<Compiled> compiled;
  Found found;
  try {
    compiled = compile({file_.outputs, {}}, Purpose::kPlain, nothing_found());
    found = compiled->found();
  } catch (const Refusal &refusal) {
    const bool describable = std::all_of(file_.outputs.begin(), file_.outputs.end(), is_known);
    if (refusal.status() == AIR_ERROR_INVALID_DESCRIPTOR || !describable) throw;
    for (const int32_t index : file_.outputs) found.shapes.push_back(file_.tensor(index).shape);
    found.refusal = refusal.what();
    compiled = compile({file_.outputs, {}}, Purpose::kPlain, found);
    log_.warn("{}", found.refusal);  // once: what cannot be compiled either is told by the error
    return compiled;
  }
  const std::vector<Shape> shapes = found.shapes;
  apply_wanted_shapes(found);
  // Runs that found shapes have left their mark in the states.
  const bool again = shapes != found.shapes || (found.was_run && file_.has_states());
  return again ? compile({file_.outputs, {}}, Purpose::kPlain, found) : std::move(compiled);
}

// What is computed beforehand lies where it cannot be read.
Found Model::nothing_found() const {
  const std::set<int32_t> shapes = shape_arithmetic();
  Found found;
  const auto is_arithmetic = [&](int32_t index) { return shapes.contains(index); };
  if (std::any_of(file_.outputs.begin(), file_.outputs.end(), is_arithmetic)) found.reading = Reading::kCopied;
  return found;
}

// Of outputs whose shape only a run tells.
void Model::apply_wanted_shapes(Found &found) const {
  for (size_t i = 0; i < found.shapes.size() && found.was_run; ++i) {
    const FileTensor &output = file_.tensor(file_.outputs[i]);
    const auto wanted = options_.common.shapes.find(output.name);
    if (wanted != options_.common.shapes.end()) found.shapes[i] = wanted->second;
  }
}

void Model::reset_states(uint32_t) {
  if (!file_.has_states()) fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", model_.name);
  plain_ = compile({file_.outputs, {}}, Purpose::kPlain, plain_->found());
  layers_.compiled.reset();
  if (given_) given_->compiled.reset();
}

}  // namespace air::litert
