// SPDX-License-Identifier: BSD-3-Clause
// Checks of the description of a model.
#include <cmath>
#include <set>

#include "model.h"

namespace conformance {
namespace {

// A pool may be empty, other tensors not.
void check_shape(const air_tensor_info &info, int64_t smallest = 1) {
  check(info.rank >= 1, "{} has no shape", info.tag);
  uint64_t n = 1;
  for (uint32_t d = 0; d < info.rank; ++d) {
    check(info.shape[d] >= smallest && info.storage_shape[d] >= smallest, "{}: dimension {} is {}", info.tag, d,
          info.shape[d]);
    check(info.encoding == AIR_ENCODING_PACKED_BITS || info.shape[d] == info.storage_shape[d],
          "{}: storage_shape differs from shape, and the encoding is not packed bits", info.tag);
    n *= static_cast<uint64_t>(info.storage_shape[d]);
  }
  check(info.n_elements == n, "{}: n_elements is {}, the product of storage_shape {}", info.tag, info.n_elements, n);
  check(info.size_bytes == n * air_dtype_size(info.dtype), "{}: size_bytes is {}", info.tag, info.size_bytes);
}

void check_encoding(const air_tensor_info &info) {
  for (uint32_t i = 0; i < info.n_scales; ++i) {
    check(std::isfinite(info.scales[i]) && info.scales[i] > 0.0f, "{}: scale {} is {}", info.tag, i, info.scales[i]);
  }
  const bool is_float =
      info.dtype == AIR_DTYPE_FLOAT32 || info.dtype == AIR_DTYPE_FLOAT16 || info.dtype == AIR_DTYPE_FLOAT64;
  switch (info.encoding) {
    case AIR_ENCODING_PLAIN:
      check(info.n_scales == 0, "{}: plain, with {} scales", info.tag, info.n_scales);
      break;
    case AIR_ENCODING_QUANTIZED:
      check(info.n_scales >= 1 && !is_float, "{}: quantized {} with {} scales", info.tag, air_dtype_name(info.dtype),
            info.n_scales);
      break;
    case AIR_ENCODING_FIXED_POINT:
      check(!is_float, "{}: fixed point {}", info.tag, air_dtype_name(info.dtype));
      break;
    case AIR_ENCODING_PACKED_BITS:
      check(air_dtype_size(info.dtype) == 4, "{}: packed bits in {}", info.tag, air_dtype_name(info.dtype));
      break;
    default:
      check(false, "{}: unknown encoding", info.tag);
  }
  check(info.encoding == AIR_ENCODING_FIXED_POINT || info.fraction_bits == 0, "{}: fraction_bits without fixed point",
        info.tag);
  if (info.n_scales > 1) {
    check(info.quantized_axis >= 0 && static_cast<uint32_t>(info.quantized_axis) < info.rank &&
              info.storage_shape[info.quantized_axis] == static_cast<int64_t>(info.n_scales),
          "{}: {} scales do not fit axis {}", info.tag, info.n_scales, info.quantized_axis);
  } else {
    check(info.quantized_axis == -1, "{}: quantized_axis {} with {} scales", info.tag, info.quantized_axis,
          info.n_scales);
  }
}

void check_io(std::span<const air_tensor_info *const> tensors, char letter) {
  std::set<std::string> names;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const air_tensor_info &info = *tensors[i];
    check(info.tag == fmt::format("{}.{}", letter, i), "tag is '{}', expected '{}.{}'", info.tag, letter, i);
    check(*info.name != '\0' && names.insert(info.name).second, "{}: name '{}' is empty or not unique", info.tag,
          info.name);
    check_shape(info);
    check_encoding(info);
    check(info.shape[0] == 1, "{}: the batch dimension is {}, expected 1", info.tag, info.shape[0]);
  }
}

void inputs_and_outputs(const Context &context) {
  const Model model(context);
  check(!model.inputs().empty() && !model.outputs().empty(), "a model needs an input and an output");
  check_io(model.inputs(), 'I');
  check_io(model.outputs(), 'O');
}

void pools(const Context &context) {
  const Model model(context);
  const air_model_info &info = model.info();
  const auto check_pools = [](const air_tensor_info *const *pools, uint32_t n, char letter) {
    for (uint32_t i = 0; i < n; ++i) {
      check(pools[i]->tag == fmt::format("{}.{}", letter, i), "tag is '{}', expected '{}.{}'", pools[i]->tag, letter,
            i);
      check(pools[i]->dtype == AIR_DTYPE_UINT8, "{}: dtype is {}, expected uint8", pools[i]->tag,
            air_dtype_name(pools[i]->dtype));
      check_shape(*pools[i], 0);
    }
  };
  check_pools(info.weights_pools, info.n_weights_pools, 'W');
  check_pools(info.activations_pools, info.n_activations_pools, 'A');
}

void texts(const Context &context) {
  const Model model(context);
  const air_model_info &info = model.info();
  for (const char *text :
       {info.name, info.runtime->name, info.runtime->protocol, info.device->description, info.device->dev_type}) {
    check(text != nullptr && *text != '\0', "a name or description is empty");
  }
  for (const char *text : {info.model_datetime, info.compile_datetime, info.hash, info.flags, info.runtime->description,
                           info.runtime->compiler, info.device->dev_id, info.device->system, info.device->machine}) {
    check(text != nullptr, "a text is NULL, expected \"\"");
  }
}

void capabilities(const Context &context) {
  const Model model(context);
  const uint32_t missing = context.quirks.capabilities & ~model.info().capabilities;
  check(missing == 0, "capabilities {:#x} are missing", missing);
  check(!model.can(AIR_CAP_PER_LAYER_DATA) || model.can(AIR_CAP_PER_LAYER), "PER_LAYER_DATA without PER_LAYER");
  check(!model.can(AIR_CAP_NODE_BEGIN) || model.can(AIR_CAP_PER_LAYER), "NODE_BEGIN without PER_LAYER");
  check(!model.can(AIR_CAP_PER_LAYER) || model.info().n_nodes > 0, "PER_LAYER without nodes");
  check(model.info().states_bytes == 0 || model.can(AIR_CAP_RESET_STATES), "states of {} bytes without RESET_STATES",
        model.info().states_bytes);
  check(model.info().native_batch >= 1, "native_batch is 0");
}

void models(const Context &context) {
  const Model model(context);
  const uint32_t n = air_get_n_models(model.runner());
  check(n == context.quirks.models.value_or(n), "{} models, expected {}", n, context.quirks.models.value_or(n));
  std::set<std::string> names;
  for (uint32_t i = 0; i < n; ++i) {
    air_session *at = nullptr;
    air_session *named = nullptr;
    const air_model_info *info = nullptr;
    check_ok(air_get_session_at(model.runner(), i, &at), "session");
    check_ok(air_get_info(at, &info), "info");
    check(names.insert(info->name).second, "two models are called {}", info->name);
    check_ok(air_get_session(model.runner(), info->name, &named), "session by name");
    check(named == at, "the session by name is another one");
  }
  air_session *session = nullptr;
  check(air_get_session(model.runner(), "no model is called so", &session) == AIR_ERROR_NOT_FOUND,
        "an unknown name was found");
  check(air_get_session_at(model.runner(), n, &session) != AIR_OK, "there is a model behind the last");
}

constexpr Check kChecks[] = {
    {"info: models", models},
    {"info: inputs and outputs", inputs_and_outputs},
    {"info: pools", pools},
    {"info: texts", texts},
    {"info: capabilities", capabilities},
};

}  // namespace

std::span<const Check> info_checks() {
  return kChecks;
}

}  // namespace conformance
