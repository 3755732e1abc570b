// SPDX-License-Identifier: BSD-3-Clause
// A model, its tensors and nodes in the words of the protocol.
#include "server/models/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>

#include "common/operators.h"
#include "common/tensor_facts.h"
#include "common/utf8.h"
#include "wire/format.h"
#include "wire/names.h"
#include "wire/shape.h"

namespace air::server {
namespace {

constexpr size_t kFourDims = 4;
constexpr double kNotMeasured = 0;

uint32_t word(uint64_t value, std::string_view what) {
  if (value > UINT32_MAX) {
    throw std::runtime_error(
        fmt::format("{} has {} bytes: a target of this protocol cannot offer more than 4294967295", what, value));
  }
  return static_cast<uint32_t>(value);
}

uint32_t shape_flags(const air_tensor &tensor) {
  return ((tensor.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 ? uint32_t{wire::kShapeChannelFirst} : 0u) |
         ((tensor.flags & AIR_TENSOR_CHANNEL_LAST) != 0 ? uint32_t{wire::kShapeChannelLast} : 0u) |
         ((tensor.flags & AIR_TENSOR_WITHOUT_BATCH) == 0 ? uint32_t{wire::kShapeHasBatch} : 0u);
}

// Kinds with fixed places for height, width and channels take the rest of a smaller shape as channels.
wire::Shape with_four_dims(const wire::Shape &shape) {
  if (shape.empty() || shape.size() >= kFourDims) return shape;
  wire::Shape padded = shape;
  padded.insert(padded.begin() + 1, kFourDims - shape.size(), 1);
  return padded;
}

// The shape as the personality writes it; as it is where its kind cannot express it. A dimension that each sample has of its own is 0.
wire::WireShape wire_shape(const air_tensor &tensor, const Personality &personality) {
  wire::Shape shape = with_samples(shape_of(tensor));
  std::ranges::replace_if(
      shape, [](int64_t dim) { return dim < 0; }, 0);
  const bool fixed_places = personality.shape_kind == wire::kShapeBcwh;
  auto result =
      wire::wire_shape(personality.shape_kind, shape_flags(tensor), fixed_places ? with_four_dims(shape) : shape);
  if (!result) result = wire::wire_shape(wire::kShapeRaw, 0, shape);
  if (!result) throw std::runtime_error(fmt::format("tensor {}: a dimension does not fit 32 bits", tensor.name));
  return *result;
}

uint32_t format_word(const air_model &model, const air_tensor &tensor, const Personality &personality) {
  // The helper of these runtimes knows floats of 32 bits only.
  const bool narrow_float = tensor.dtype == AIR_DTYPE_FLOAT16 && (personality.is_neural_art || !personality.observes);
  if (narrow_float) return wire::encode_format({AIR_DTYPE_FLOAT32, AIR_ENCODING_PLAIN, 0});
  const std::string key = fmt::format("st.format.{}", tensor.tag);
  if (const char *word = air_get_property(&model, key.c_str())) {
    return static_cast<uint32_t>(std::strtoul(word, nullptr, 10));
  }
  if (tensor.dtype > AIR_DTYPE_BOOL)
    return wire::encode_format({});  // a later type, which the protocol has no word for
  return wire::encode_format({tensor.dtype, tensor.encoding, fraction_bits(tensor)});
}

uint32_t io_flags(const air_tensor &tensor, const Personality &personality, uint32_t role) {
  const bool in_pool =
      personality.always_in_pool || (tensor.flags & (AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_IN_MEMPOOL)) != 0;
  return role | (in_pool ? uint32_t{wire::kTensorInMempool} : 0u);
}

wire::TensorDesc describe_pool(const std::string &name, uint64_t bytes, uint64_t address,
                               const Personality &personality) {
  wire::TensorDesc desc;
  desc.name = personality.io_names || personality.joins_pools ? short_text(name) : "";
  desc.format = wire::encode_format({AIR_DTYPE_UINT8, AIR_ENCODING_PLAIN, 0});
  desc.size = word(bytes, name);
  const bool has_kind = personality.shape_kind == wire::kShapeBcwh;
  const uint32_t kind = personality.joins_pools ? (has_kind ? uint32_t{wire::kShapeBcwh} : 0u) : wire::kShapeStAi;
  desc.n_dims = kind << wire::kShapeShift | 1;
  desc.dims = {desc.size};
  desc.addr = static_cast<uint32_t>(address);
  desc.flags = wire::kTensorMempool;
  return desc;
}

std::vector<wire::TensorDesc> describe_pools(std::span<const air_tensor *const> pools, uint64_t total, const char *name,
                                             const Personality &personality) {
  std::vector<wire::TensorDesc> descs;
  if (personality.joins_pools || pools.empty()) {
    if (total != UINT64_MAX && total != 0) descs.push_back(describe_pool(name, total, 0, personality));
    return descs;
  }
  for (const air_tensor *pool : pools) {
    descs.push_back(describe_pool(pool->name, pool->size_bytes, pool->address, personality));
  }
  return descs;
}

std::vector<wire::TensorDesc> describe_io(const air_model &model, std::span<const air_tensor *const> tensors,
                                          uint32_t role, const Personality &personality) {
  std::vector<wire::TensorDesc> descs;
  for (const air_tensor *tensor : tensors) {
    if (is_dynamic(*tensor)) {
      throw std::runtime_error(
          fmt::format("tensor {}: each sample has a shape of its own, which the protocol cannot say", tensor->name));
    }
    descs.push_back(describe_tensor(model, *tensor, personality, io_flags(*tensor, personality, role)));
    if (!personality.io_names) descs.back().name.clear();
  }
  return descs;
}

uint32_t model_rtid(const air_model &model, const Personality &personality) {
  uint32_t rtid = personality.rtid;
  if (model.activations_bytes == UINT64_MAX) rtid |= wire::kRtidNoActivations;
  if (model.weights_bytes == UINT64_MAX) rtid |= wire::kRtidNoParams;
  if (model.macc == UINT64_MAX || personality.is_neural_art) rtid |= wire::kRtidNoMacc;
  return rtid;
}

// "1.2.3"; what is missing is 0.
uint32_t version_word(const char *text) {
  wire::Version version{};
  for (uint32_t &part : version) {
    char *end = nullptr;
    part = static_cast<uint32_t>(std::strtoul(text, &end, 10));
    text = *end == '.' ? end + 1 : end;
  }
  return wire::encode_version(version);
}

// A property in ms; the protocol has no word for "unknown".
float milliseconds(const char *text) {
  double ms = kNotMeasured;
  std::from_chars(text, text + std::strlen(text), ms);
  return static_cast<float>(ms);
}

}  // namespace

bool is_dynamic(const air_tensor &tensor) {
  return std::ranges::any_of(shape_of(tensor), [](int64_t dim) { return dim < 0; });
}

std::string short_text(std::string_view text, size_t longest) {
  return std::string(cut(text, longest));
}

wire::TensorDesc describe_tensor(const air_model &model, const air_tensor &tensor, const Personality &personality,
                                 uint32_t flags) {
  word(tensor.size_bytes, fmt::format("tensor {}", tensor.name));
  const wire::WireShape shape = wire_shape(tensor, personality);
  wire::TensorDesc desc;
  desc.name = short_text(tensor.name);
  desc.format = format_word(model, tensor, personality);
  desc.size = 1;
  for (const uint32_t dim : shape.dims) desc.size *= dim;
  desc.n_dims = shape.n_dims;
  desc.dims = shape.dims;
  if (tensor.encoding == AIR_ENCODING_QUANTIZED && !scales_of(tensor).empty()) {
    desc.scale = scales_of(tensor).front();
    desc.zeropoint = zero_points_of(tensor).front();
  }
  desc.addr = tensor.address <= UINT32_MAX ? static_cast<uint32_t>(tensor.address) : 0;
  desc.flags = flags;
  return desc;
}

wire::ModelInfo describe_model(const air_model &model, const std::string &name, const Personality &personality,
                               bool with_times) {
  if (name.size() > wire::kMaxName) {
    throw std::runtime_error(
        fmt::format("model name \"{}\" has {} bytes: the protocol allows {}", name, name.size(), wire::kMaxName));
  }
  const auto known = [&model](const char *key) { return property(model, key); };
  wire::ModelInfo info;
  info.name = name;
  info.rtid = model_rtid(model, personality);
  info.signature = personality.is_neural_art ? "" : short_text(known("hash"));
  info.compile_datetime = short_text(known("compile_datetime"));
  info.runtime_version = version_word(known("runtime.version"));
  info.tool_version = version_word(known("tools.version"));
  info.n_macc = personality.counts_macc && model.macc != UINT64_MAX ? model.macc : 0;
  info.n_nodes = model.n_nodes_told;
  info.inputs = describe_io(model, {model.inputs, model.n_inputs}, wire::kTensorInput, personality);
  info.outputs = describe_io(model, {model.outputs, model.n_outputs}, wire::kTensorOutput, personality);
  info.activations = describe_pools({model.activations_pools, model.n_activations_pools}, model.activations_bytes,
                                    "acts", personality);
  info.params =
      describe_pools({model.weights_pools, model.n_weights_pools}, model.weights_bytes, "params", personality);
  info.n_inputs = static_cast<uint32_t>(info.inputs.size());
  info.n_outputs = static_cast<uint32_t>(info.outputs.size());
  info.n_activations = static_cast<uint32_t>(info.activations.size());
  info.n_params = static_cast<uint32_t>(info.params.size());
  const std::string_view runtime = known("runtime.description");
  info.runtime_desc = short_text(runtime.empty() ? known("runtime") : runtime);
  if (with_times) {
    info.install_time = milliseconds(known("install_ms"));
    info.init_time = milliseconds(known("init_ms"));
  }
  return info;
}

uint32_t operator_type(const air_node &node) {
  struct TypeOf {
    const char *part;  // of the letters of the operator
    uint32_t type;
  };
  constexpr std::array<TypeOf, 13> types = {{{"conv", 0x103},
                                             {"fullyconnected", 0x104},
                                             {"gemm", 0x104},
                                             {"matmul", 0x104},
                                             {"softmax", 0x10C},
                                             {"pool", 0x10B},
                                             {"transpose", 0x10A},
                                             {"concat", 0x110},
                                             {"pad", 0x116},
                                             {"relu", 0x107},
                                             {"clip", 0x107},
                                             {"quantize", 0x121},
                                             {"mean", 0x119}}};
  const std::string_view operation = node.operation;
  if (operation.find("(0x") != std::string_view::npos) return node.operation_code;
  const auto found = std::ranges::find_if(types, [&](const TypeOf &type) { return is_like(node, type.part); });
  return found == types.end() ? node.operation_code : found->type;
}

}  // namespace air::server
