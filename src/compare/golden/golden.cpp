// SPDX-License-Identifier: BSD-3-Clause
// Arrays that another program computed as a result, which is compared as those of deployments are.
#include "compare/golden/golden.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "common/dtype.h"
#include "common/error.h"
#include "common/tensor_facts.h"
#include "compare/golden/array.h"
#include "compare/golden/places.h"
#include "compare/side.h"
#include "compare/tensors.h"
#include "report/boundary.h"
#include "text/descriptions.h"

namespace air {
namespace {

constexpr const char *kBackend = "arrays";  // what computed it is not known
constexpr const char *kNotKnown = "";

// Describes tensors and holds what the description points to.
class GoldenMaker {
 public:
  GoldenMaker(const air_model &model, std::span<const air_array> arrays, const char *origin);

  HeldResult make(const air_result *inputs);

 private:
  // Tensors of one place and their values.
  struct Place {
    std::vector<const air_tensor *> tensors;
    std::vector<air_view> views;
  };

  void add(Place &place, size_t array, const air_tensor &tensor, bool is_input);
  void add_view(Place &place, const air_tensor &tensor, const void *data);
  void describe_as_stored(air_tensor &made, const GoldenArray &samples, const air_tensor &tensor);
  void take_outputs();
  void take_inputs(const air_result *inputs);
  bool tells_of_nodes() const;
  void take_nodes();
  void count(uint64_t n_samples, const std::string &what);
  void tell(const char *kind, const air_tensor &tensor, size_t array);
  HeldModel make_model();

  const air_model &model_;
  const std::string origin_;
  std::vector<GoldenArray> arrays_;
  GoldenPlaces found_;
  uint64_t n_samples_ = 0;
  std::string counted_by_;  // what n_samples_ are those of; "" before the first
  std::string told_, unused_;

  std::deque<GoldenArray> samples_;
  std::deque<air_tensor> tensors_;
  std::deque<air_quantization> quantizations_;
  std::deque<Bytes> converted_;
  std::deque<std::vector<int64_t>> shapes_;
  Place inputs_, outputs_;
  std::deque<Place> node_places_;
  std::deque<air_node> node_list_;
  std::vector<const air_node *> nodes_;
  std::vector<const air_view *> node_views_;
};

void check_closed(std::span<const air_tensor *const> tensors) {
  for (const air_tensor *tensor : tensors) {
    if (!is_open(*tensor)) continue;
    fail(AIR_ERROR_UNSUPPORTED, "{} has a dimension that each sample has of its own: expected all of one shape",
         tensor->name);
  }
}

GoldenMaker::GoldenMaker(const air_model &model, std::span<const air_array> arrays, const char *origin)
    : model_(model), origin_(*origin == '\0' ? "the arrays" : origin) {
  check_closed({model.inputs, model.n_inputs});
  check_closed({model.outputs, model.n_outputs});
  for (uint32_t i = 0; i < arrays.size(); ++i) arrays_.push_back(golden_array(arrays[i], i));
  found_ = golden_places(model, arrays_, origin_);
  for (const size_t index : found_.unused) unused_ += (unused_.empty() ? "" : "\n") + array_text(arrays_[index]);
}

void GoldenMaker::count(uint64_t n_samples, const std::string &what) {
  if (n_samples == 0) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: {} holds no samples: the first dimension counts them", origin_, what);
  }
  if (counted_by_.empty()) {
    counted_by_ = what;
    n_samples_ = n_samples;
  }
  if (n_samples == n_samples_) return;
  fail(AIR_ERROR_INVALID_INPUT, "{}: {} are {} samples, and {} {}: the first dimension counts them", origin_, what,
       n_samples, counted_by_, n_samples_);
}

void GoldenMaker::tell(const char *kind, const air_tensor &tensor, size_t array) {
  told_ += fmt::format("{}{} {} is {}", told_.empty() ? "" : "\n", kind, tensor.name, array_text(arrays_[array]));
}

void GoldenMaker::add_view(Place &place, const air_tensor &tensor, const void *data) {
  const std::vector<int64_t> &shape = shapes_.emplace_back(with_samples(storage_shape_of(tensor), n_samples_));
  const uint64_t n = element_count(shape).value_or(0);
  const void *there = n == 0 ? static_cast<const void *>(&shape) : data;  // NULL: no data
  place.tensors.push_back(&tensor);
  place.views.push_back(
      {there, n * dtype_size(tensor.dtype), shape.data(), static_cast<uint32_t>(shape.size()), tensor.dtype});
}

// Scales belong to places: with several of them, the array has to have the shape of the tensor.
void GoldenMaker::describe_as_stored(air_tensor &made, const GoldenArray &samples, const air_tensor &tensor) {
  made.encoding = tensor.encoding;
  if (tensor.quantization != nullptr) {
    air_quantization &quantization = quantizations_.emplace_back(*tensor.quantization);
    made.quantization = &quantization;
  }
  const bool has_places = tensor.encoding == AIR_ENCODING_PACKED_BITS || scales_of(tensor).size() > 1;
  if (has_places && made.shape != tensor.shape) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: {} cannot be the stored values of {}: expected them in its shape {}", origin_,
         array_text(samples), place_text(tensor), shape_text(with_samples(storage_shape_of(tensor), n_samples_)));
  }
  if (made.shape != tensor.shape && made.quantization != nullptr) quantizations_.back().axis = -1;
}

bool is_plain_integer(const air_tensor &tensor) {
  return tensor.encoding == AIR_ENCODING_PLAIN && tensor.dtype <= AIR_DTYPE_UINT64 && !is_floating(tensor.dtype);
}

// Integers may be what is stored, or numbers: nobody can tell where these differ. Those of a floating input may be pixels that still have to
// be scaled.
void check_meaning(const GoldenArray &array, const air_tensor &tensor, bool is_input, const std::string &origin) {
  const bool is_native = dtype_size(tensor.dtype) != 0 && tensor.dtype <= AIR_DTYPE_BOOL;
  if (is_stored(array, tensor) || is_floating(array.dtype)) return;
  if (tensor.encoding == AIR_ENCODING_PLAIN && is_native) {
    if (!is_input || !is_floating(tensor.dtype)) return;
    fail(AIR_ERROR_INVALID_INPUT,
         "{}: {} for input {}: give the values that the network takes as floating point, for example pixels as array / "
         "255 where it was trained so",
         origin, array_text(array), place_text(tensor));
  }
  fail(AIR_ERROR_INVALID_INPUT, "{}: {} for {}, which is {}: give real values as floating point{}", origin,
       array_text(array), place_text(tensor),
       tensor.encoding == AIR_ENCODING_PLAIN ? "floating point" : encoding_name(tensor.encoding),
       is_native ? fmt::format(", or stored ones as {}", air_dtype_name(tensor.dtype)) : "");
}

void GoldenMaker::add(Place &place, size_t array, const air_tensor &tensor, bool is_input) {
  const GoldenArray &samples = samples_.emplace_back(samples_of(arrays_[array], tensor).value());
  check_meaning(samples, tensor, is_input, origin_);
  count(samples.shape.empty() ? 1 : static_cast<uint64_t>(samples.shape.front()), array_text(arrays_[array]));
  air_tensor &made = tensors_.emplace_back(plain_sample(samples));
  made.name = tensor.name;
  made.tag = tensor.tag;
  const bool stored = is_stored(samples, tensor);
  const std::vector<int64_t> given = essential_shape(made);
  air_tensor of_storage = tensor;
  if (stored) of_storage.shape = tensor.storage_shape;
  // A row is in the order of the model, and so is what has its shape. An output may have any: values tell then.
  if (given == essential_shape(of_storage) || (is_input && given.size() <= 1)) {
    made.rank = tensor.rank;
    made.shape = tensor.shape;
    made.storage_shape = stored ? tensor.storage_shape : tensor.shape;
  }
  const void *data = samples.data;
  if (stored) {
    describe_as_stored(made, samples, tensor);
  } else if (is_input && is_plain_integer(tensor) && samples.dtype != tensor.dtype) {
    data = converted_.emplace_back(whole_numbers(samples, tensor)).data();
    made.dtype = tensor.dtype;
  }
  add_view(place, made, data);
}

void GoldenMaker::take_outputs() {
  for (size_t i = 0; i < found_.outputs.size(); ++i) {
    add(outputs_, found_.outputs[i], *model_.outputs[i], false);
    tell("output", *model_.outputs[i], found_.outputs[i]);
  }
  if (!found_.outputs.empty()) return;
  outputs_.tensors.assign(model_.outputs, model_.outputs + model_.n_outputs);
  outputs_.views.resize(model_.n_outputs);  // without data
}

void GoldenMaker::take_inputs(const air_result *inputs) {
  for (size_t i = 0; i < found_.inputs.size(); ++i) {
    add(inputs_, found_.inputs[i], *model_.inputs[i], true);
    tell("input", *model_.inputs[i], found_.inputs[i]);
  }
  if (!found_.inputs.empty() || model_.n_inputs == 0) return;
  if (inputs == nullptr) {
    fail(AIR_ERROR_NOT_FOUND,
         "{}: holds no inputs: {}, and the model has {}: give the inputs that the outputs were computed from", origin_,
         arrays_text(arrays_), places_text(model_));
  }
  const std::vector<Values> all = inputs_of(*inputs);
  count(air_get_profile(inputs)->n_samples, "the inputs that are given");
  for (const auto &[tensor, data, n_samples] : all) {
    const std::vector<int64_t> &shape = shapes_.emplace_back(with_samples(storage_shape_of(tensor), n_samples));
    inputs_.tensors.push_back(&tensor);
    inputs_.views.push_back({data, checked_size(tensor.size_bytes, n_samples), shape.data(),
                             static_cast<uint32_t>(shape.size()), tensor.dtype});
  }
}

// An output alone is the work of all nodes, and not of the last one.
bool GoldenMaker::tells_of_nodes() const {
  const auto is_output = [this](const auto &array) {
    return std::ranges::find(found_.outputs, array) != found_.outputs.end();
  };
  return std::ranges::any_of(found_.nodes, [&](const auto &arrays) { return !std::ranges::all_of(arrays, is_output); });
}

// Those that have their values, and no others.
void GoldenMaker::take_nodes() {
  if (!tells_of_nodes()) return;
  for (uint32_t n = 0; n < model_.n_nodes; ++n) {
    if (found_.nodes[n].empty()) continue;
    const air_node &node = *model_.nodes[n];
    Place &place = node_places_.emplace_back();
    for (uint32_t t = 0; t < node.n_outputs; ++t) {
      add(place, found_.nodes[n][t], *node.outputs[t], false);
      tell("node", *node.outputs[t], found_.nodes[n][t]);
    }
    air_node &made = node_list_.emplace_back();
    made.name = node.name;
    made.operation = node.operation;
    made.operation_code = node.operation_code;
    made.processor = kNotKnown;
    made.layer = node.layer;
    made.n_outputs = node.n_outputs;
    made.outputs = place.tensors.data();
    nodes_.push_back(&made);
    node_views_.push_back(place.views.data());
  }
}

HeldModel GoldenMaker::make_model() {
  std::vector<air_option> properties;
  if (!told_.empty()) properties.push_back({"arrays", told_.c_str()});
  if (!unused_.empty()) properties.push_back({"arrays.unused", unused_.c_str()});
  if (origin_ != "the arrays") properties.push_back({"file", origin_.c_str()});
  air_model description{};
  description.name = model_.name;
  description.backend = kBackend;
  description.macc = description.weights_bytes = description.activations_bytes = description.states_bytes = UINT64_MAX;
  description.n_inputs = static_cast<uint32_t>(inputs_.tensors.size());
  description.inputs = inputs_.tensors.data();
  description.n_outputs = static_cast<uint32_t>(outputs_.tensors.size());
  description.outputs = outputs_.tensors.data();
  description.n_nodes = static_cast<uint32_t>(nodes_.size());
  description.nodes = nodes_.data();
  description.n_properties = static_cast<uint32_t>(properties.size());
  description.properties = properties.data();
  HeldModel made;
  report::check(air_make_model(&description, made.out()));
  return made;
}

HeldResult GoldenMaker::make(const air_result *inputs) {
  take_outputs();
  take_inputs(inputs);
  take_nodes();
  const HeldModel model = make_model();
  air_profile profile{};
  profile.n_samples = n_samples_;
  profile.host_ms = std::numeric_limits<double>::quiet_NaN();
  profile.mode = profile.asked_mode = AIR_MODE_KEEP_INPUTS | (nodes_.empty() ? 0U : AIR_MODE_PER_LAYER_WITH_DATA);
  air_result_parts parts{};
  parts.struct_size = sizeof(parts);
  parts.model = model.get();
  parts.profile = &profile;
  parts.inputs = inputs_.views.data();
  parts.outputs = outputs_.views.data();
  parts.node_outputs = node_views_.data();
  HeldResult result;
  report::check(air_make_result(&parts, result.out()));
  return result;
}

}  // namespace

HeldResult make_golden(const air_model &model, std::span<const air_array> arrays, const air_result *inputs,
                       const char *origin) {
  return GoldenMaker(model, arrays, origin).make(inputs);
}

}  // namespace air
