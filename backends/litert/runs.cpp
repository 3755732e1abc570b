// SPDX-License-Identifier: BSD-3-Clause
// The runs of a model, and those of its operators one by one.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "common/error.h"
#include "litert/model.h"
#include "runtime/describe.h"

namespace air::litert {

using runtime::Shape;

namespace {

// The operator that the runtime names in its reason, or NULL.
const FileOperator *refused_operator(const ModelFile &file, const std::string &reason) {
  constexpr std::string_view kNode = "Node number ";
  const size_t at = reason.find(kNode);
  uint64_t index = UINT64_MAX;
  if (at != std::string::npos) std::from_chars(reason.data() + at + kNode.size(), reason.data() + reason.size(), index);
  return index < file.operators.size() ? &file.operators[index] : nullptr;
}

// An operator of the runtime's own that fails for values of the inputs does so without layers, too.
bool depends_on_layers(const ModelFile &file, const Refusal &refusal) {
  const FileOperator *op = refused_operator(file, refusal.reason());
  return op == nullptr || !op->name.empty() || refusal.reason().find("failed to invoke") == std::string::npos;
}

// Until it goes.
class Watching {
 public:
  Watching(Watch &watch, Watch now) : watch_(watch) { watch_ = std::move(now); }
  ~Watching() {
    watch_ = [] {};
  }
  Watching(const Watching &) = delete;
  Watching &operator=(const Watching &) = delete;

 private:
  Watch &watch_;
};

}  // namespace

// Says which operator is not to be had without a delegate, and what to do.
Error Model::nodes_refused(const Refusal &refusal, bool is_given) const {
  const char *what = is_given ? "with given values a model is" : "layers are";
  const char *advice =
      is_given ? "give no values" : "leave the layers out (compare --outputs-only, run --mode io-only)";
  const FileOperator *op = refused_operator(file_, refusal.reason());
  if (op != nullptr && !op->name.empty()) {
    return {AIR_ERROR_UNSUPPORTED,
            fmt::format("{} run without a delegate, and operator {} ({}) is not to be had without one: {}", what,
                        op - file_.operators.data(), op->name, advice),
            refusal.vendor_code()};
  }
  return {refusal.status(),
          fmt::format("{} run without a delegate, and that fails: {}; {}", what, refusal.what(), advice),
          refusal.vendor_code()};
}

// All that it computes can be read and written, and be told to lie elsewhere.
bool Model::can_be_given(size_t index) const {
  const FileOperator &op = file_.operators[index];
  const std::vector<size_t> &places = nodes_[index].places;
  return !places.empty() && places.size() == op.outputs.size() && !op.has_outside_options &&
         std::ranges::all_of(places, [this](size_t place) { return runtime::is_static(nodes_found_.shapes[place]); });
}

bool Model::any_can_be_given() const {
  for (size_t i = 0; no_nodes_.empty() && i < nodes_.size(); ++i) {
    if (can_be_given(i)) return true;
  }
  return false;
}

// The graph in which the outputs of these nodes are given, which have shapes that do not vary; none: the one that there is.
Model::Layers Model::layers_with(std::span<const uint32_t> nodes) const {
  Layers layers{{node_outputs_, {}}, nodes_found_};
  for (size_t place = 0; place < node_outputs_.size(); ++place) layers.places.push_back(place);
  for (const uint32_t index : nodes) {
    const Node &node = nodes_[index];
    if (!can_be_given(index)) {
      fail(AIR_ERROR_UNSUPPORTED, "values of node '{}' cannot be given: it computes what the runtime does not give out",
           model_.nodes[index].name);
    }
    for (const size_t place : node.places) {
      const Shape &shape = nodes_found_.shapes[place];
      layers.tensors.given.push_back(node_outputs_[place]);
      layers.tensors.given_shapes.push_back(shape);
      // What the model has as an output is the given value: what the operator computes in its place is read behind.
      if (place >= file_.outputs.size()) continue;
      layers.places[place] = layers.tensors.read.size();
      layers.tensors.read.push_back(node_outputs_[place]);
      layers.found.shapes.push_back(shape);
    }
  }
  return layers;
}

void Model::prepare(uint32_t, const backend::Preparation &preparation) {
  if (preparation.nodes().empty()) return given_.reset();
  Layers layers = layers_with(preparation.nodes());
  const Watching watching(watch_, [&preparation] { preparation.check(); });
  layers.compiled = compile(layers.tensors, Purpose::kNodes, layers.found);
  given_ = std::move(layers);
}

Compiled &Model::layers_to_run(backend::Run &run, Layers &layers) const {
  if (layers.compiled != nullptr) return *layers.compiled;
  layers.compiled = compile(layers.tensors, Purpose::kNodes, layers.found);
  run.result().note = options_.kernels == abi::kDelegateKernels
                          ? "the model was compiled once more, to be run operator by operator with the kernels builtin"
                          : "the model was compiled once more, to be run operator by operator";
  return *layers.compiled;
}

// Whether the delegate is told to compute in another precision than the model has.
bool Model::halves_floats() const {
  constexpr long kForceFp16 = 4;
  const auto flags = options_.cpu.find("flags");
  if (flags == options_.cpu.end() || (std::strtol(flags->second.c_str(), nullptr, 10) & kForceFp16) == 0) return false;
  return std::ranges::any_of(file_.operators,
                             [this](const FileOperator &op) { return computes_in(op) == AIR_DTYPE_FLOAT32; });
}

void Model::run(uint32_t, backend::Run &run) {
  const bool with_nodes = run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
  run.check();
  if (with_nodes && !no_nodes_.empty()) fail(AIR_ERROR_UNSUPPORTED, "{}", no_nodes_);
  Layers &layers = run.has_given() ? *given_ : layers_;
  Compiled &compiled = with_nodes || run.has_given() ? layers_to_run(run, layers) : *plain_;
  if (&compiled == plain_.get() && halves_floats()) {
    run.result().note =
        "XNNPACK computes in float16 what operators of the model compute in float32: flag FORCE_FP16 of option "
        "cpu.flags";
  }
  const uint64_t start = backend::now_ns();
  const size_t n_inputs = model_.inputs.size(), n_given = run.has_given() ? layers.tensors.given.size() : 0;
  for (size_t i = 0; i < n_inputs + n_given; ++i) {
    const std::span<std::byte> input = compiled.input(i);
    std::memcpy(input.data(), i < n_inputs ? run.input(i) : run.given(i - n_inputs), input.size());
  }
  const uint64_t ready = backend::now_ns();
  try {
    compiled.run([&run] { run.check(); });
  } catch (const Refusal &refusal) {
    if ((with_nodes || run.has_given()) && depends_on_layers(file_, refusal))
      throw nodes_refused(refusal, run.has_given());
    throw;
  }
  for (uint32_t i = 0; run.wants_outputs() && i < model_.outputs.size(); ++i) store_output(run, compiled, i);
  run.result().device_ns = runtime::told(compiled.reached_ns() - ready);
  if (with_nodes) emit(run, layers);
  run.result().end_ns = backend::now_ns();
  run.result().run_ns = run.result().end_ns - start;
}

void Model::store_output(const backend::Run &run, const Compiled &compiled, uint32_t index) const {
  const backend::Tensor &tensor = model_.outputs[index];
  const Shape &shape = compiled.shape(index);
  void *to = runtime::is_static(tensor.shape) ? run.output(index)
                                              : run.output(index, runtime::of_one_sample(tensor, shape).data());
  std::memcpy(to, compiled.value(index), runtime::size_of(tensor.dtype, shape).value_or(0));
}

void Model::emit(backend::Run &run, const Layers &layers) {
  for (Node &node : nodes_) node.duration_us = 0;
  uint64_t total_us = 0;
  for (const OperatorTime &time : layers.compiled->times()) {
    if (time.index >= nodes_.size()) continue;
    nodes_[time.index].duration_us += time.duration_us;
    total_us += time.duration_us;
  }
  run.result().device_ns = runtime::told(total_us * 1000);
  for (uint32_t i = 0; i < nodes_.size() && run.wants_end(); ++i) end_node(run, layers, i);
}

void Model::end_node(backend::Run &run, const Layers &layers, uint32_t index) {
  Node &node = nodes_[index];
  const std::vector<backend::Tensor> &outputs = model_.nodes[index].outputs;
  for (size_t i = 0; i < node.places.size(); ++i) {
    const size_t place = layers.places[node.places[i]];
    node.data[i] = layers.compiled->value(place);
    node.shapes[i] = runtime::of_one_sample(outputs[i], layers.compiled->shape(place)).data();
  }
  const double ms = static_cast<double>(node.duration_us) / 1e3;
  air_backend_event event{};
  event.node = index;
  event.values = &ms;
  event.n_values = 1;
  event.data = run.wants_data() ? node.data.data() : nullptr;
  event.shapes = run.wants_data() ? node.shapes.data() : nullptr;
  run.end_node(event);
}

}  // namespace air::litert
