// SPDX-License-Identifier: BSD-3-Clause
// A model, its tensors and nodes in the words of the protocol.
#include "describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <stdexcept>

#include "wire/format.h"
#include "wire/names.h"
#include "wire/shape.h"

namespace air::server {
namespace {

constexpr size_t kFourDims = 4;
constexpr float kNotMeasured = 0;

uint32_t word(uint64_t value, std::string_view what) {
  if (value > UINT32_MAX) {
    throw std::runtime_error(
        fmt::format("{} has {} bytes: a target of this protocol cannot offer more than 4294967295", what, value));
  }
  return static_cast<uint32_t>(value);
}

uint32_t shape_flags(const air_tensor_info &info) {
  return ((info.flags & AIR_TENSOR_CHANNEL_FIRST) != 0 ? uint32_t{wire::kShapeChannelFirst} : 0u) |
         ((info.flags & AIR_TENSOR_CHANNEL_LAST) != 0 ? uint32_t{wire::kShapeChannelLast} : 0u) |
         ((info.flags & AIR_TENSOR_BATCH_ADDED) == 0 ? uint32_t{wire::kShapeHasBatch} : 0u);
}

// Kinds with fixed places for height, width and channels take the rest of a smaller shape as channels.
wire::Shape with_four_dims(const wire::Shape &shape) {
  if (shape.empty() || shape.size() >= kFourDims) return shape;
  wire::Shape padded = shape;
  padded.insert(padded.begin() + 1, kFourDims - shape.size(), 1);
  return padded;
}

// The shape as the personality writes it; as it is where its kind cannot express it.
wire::WireShape wire_shape(const air_tensor_info &info, const Personality &personality) {
  const wire::Shape shape(info.shape, info.shape + info.rank);
  const bool fixed_places = personality.shape_kind == wire::kShapeBcwh;
  auto result =
      wire::wire_shape(personality.shape_kind, shape_flags(info), fixed_places ? with_four_dims(shape) : shape);
  if (!result) result = wire::wire_shape(wire::kShapeRaw, 0, shape);
  if (!result) throw std::runtime_error(fmt::format("tensor {}: a dimension does not fit 32 bits", info.name));
  return *result;
}

uint32_t format_word(const air_tensor_info &info, const Personality &personality) {
  const uint32_t given =
      info.format != 0 ? info.format : wire::encode_format({info.dtype, info.encoding, info.fraction_bits});
  // The helper of these runtimes knows floats of 32 bits only.
  const bool narrow_float = info.dtype == AIR_DTYPE_FLOAT16 && (personality.is_neural_art || !personality.observes);
  return narrow_float ? wire::encode_format({AIR_DTYPE_FLOAT32, AIR_ENCODING_PLAIN, 0}) : given;
}

uint32_t io_flags(const air_tensor_info &info, const Personality &personality, uint32_t role) {
  const bool in_pool =
      personality.always_in_pool || (info.flags & (AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_IN_MEMPOOL)) != 0;
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

std::vector<wire::TensorDesc> describe_pools(std::span<const air_tensor_info *const> pools, uint64_t total,
                                             const char *name, const Personality &personality) {
  std::vector<wire::TensorDesc> descs;
  if (personality.joins_pools || pools.empty()) {
    if (total != UINT64_MAX && total != 0) descs.push_back(describe_pool(name, total, 0, personality));
    return descs;
  }
  for (const air_tensor_info *pool : pools) {
    descs.push_back(describe_pool(pool->name, pool->size_bytes, pool->address, personality));
  }
  return descs;
}

std::vector<wire::TensorDesc> describe_io(std::span<const air_tensor_info *const> tensors, uint32_t role,
                                          const Personality &personality) {
  std::vector<wire::TensorDesc> descs;
  for (const air_tensor_info *tensor : tensors) {
    descs.push_back(describe_tensor(*tensor, personality, io_flags(*tensor, personality, role)));
    if (!personality.io_names) descs.back().name.clear();
  }
  return descs;
}

uint32_t model_rtid(const air_model_info &info, const Personality &personality) {
  uint32_t rtid = personality.rtid;
  if (info.activations_bytes == UINT64_MAX) rtid |= wire::kRtidNoActivations;
  if (info.weights_bytes == UINT64_MAX) rtid |= wire::kRtidNoParams;
  if (info.macc == UINT64_MAX || personality.is_neural_art) rtid |= wire::kRtidNoMacc;
  return rtid;
}

uint32_t version_word(const uint32_t (&version)[3]) {
  return wire::encode_version({version[0], version[1], version[2]});
}

// ms; the protocol has no word for "unknown".
float milliseconds(double ms) {
  return ms < 0 ? kNotMeasured : static_cast<float>(ms);
}

}  // namespace

std::string short_text(std::string_view text, size_t longest) {
  if (text.size() <= longest) return std::string(text);
  constexpr unsigned kContinuationMask = 0xC0;
  constexpr unsigned kContinuation = 0x80;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & kContinuationMask) == kContinuation) --longest;
  return std::string(text.substr(0, longest));
}

uint32_t element_size(const air_tensor_info &info) {
  return air_dtype_size(info.dtype);
}

wire::TensorDesc describe_tensor(const air_tensor_info &info, const Personality &personality, uint32_t flags) {
  word(info.size_bytes, fmt::format("tensor {}", info.name));
  const wire::WireShape shape = wire_shape(info, personality);
  wire::TensorDesc desc;
  desc.name = short_text(info.name);
  desc.format = format_word(info, personality);
  desc.size = 1;
  for (const uint32_t dim : shape.dims) desc.size *= dim;
  desc.n_dims = shape.n_dims;
  desc.dims = shape.dims;
  if (info.n_scales > 0) {
    desc.scale = info.scales[0];
    desc.zeropoint = info.zero_points[0];
  }
  desc.addr = info.address <= UINT32_MAX ? static_cast<uint32_t>(info.address) : 0;
  desc.flags = flags;
  return desc;
}

wire::ModelInfo describe_model(const air_model_info &info, const std::string &name, const Personality &personality,
                               bool with_times) {
  if (name.size() > wire::kMaxName) {
    throw std::runtime_error(
        fmt::format("model name \"{}\" has {} bytes: the protocol allows {}", name, name.size(), wire::kMaxName));
  }
  wire::ModelInfo model;
  model.name = name;
  model.rtid = model_rtid(info, personality);
  model.signature = personality.is_neural_art ? "" : short_text(info.hash);
  model.compile_datetime = short_text(info.compile_datetime);
  model.runtime_version = version_word(info.runtime->version);
  model.tool_version = version_word(info.runtime->tools_version);
  model.n_macc = personality.counts_macc && info.macc != UINT64_MAX ? info.macc : 0;
  model.n_nodes = info.n_nodes;
  model.inputs = describe_io({info.inputs, info.n_inputs}, wire::kTensorInput, personality);
  model.outputs = describe_io({info.outputs, info.n_outputs}, wire::kTensorOutput, personality);
  model.activations =
      describe_pools({info.activations_pools, info.n_activations_pools}, info.activations_bytes, "acts", personality);
  model.params = describe_pools({info.weights_pools, info.n_weights_pools}, info.weights_bytes, "params", personality);
  model.n_inputs = static_cast<uint32_t>(model.inputs.size());
  model.n_outputs = static_cast<uint32_t>(model.outputs.size());
  model.n_activations = static_cast<uint32_t>(model.activations.size());
  model.n_params = static_cast<uint32_t>(model.params.size());
  model.runtime_desc = short_text(*info.runtime->description != '\0' ? info.runtime->description : info.runtime->name);
  if (with_times) {
    model.install_time = milliseconds(info.install_ms);
    model.init_time = milliseconds(info.init_ms);
  }
  return model;
}

}  // namespace air::server
