// SPDX-License-Identifier: BSD-3-Clause
// Checks of the description of a model.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "common/tensor_facts.h"
#include "model.h"

namespace conformance {
namespace {

// Each sample has dimensions of its own: nothing can be known of its size.
void check_open_shape(const air_tensor &info) {
  for (uint32_t d = 0; d < info.rank; ++d) {
    check(info.shape[d] >= -1 && info.shape[d] == info.storage_shape[d], "{}: dimension {} is {}", info.tag, d,
          info.shape[d]);
  }
  check(info.n_elements == 0 && info.size_bytes == 0, "{}: {} elements and {} bytes, although a dimension is open",
        info.tag, info.n_elements, info.size_bytes);
}

// A pool may be empty, other tensors not.
void check_shape(const air_tensor &info, int64_t smallest = 1) {
  uint64_t n = 1;
  for (uint32_t d = 0; d < info.rank; ++d) {
    check(info.shape[d] >= smallest && info.storage_shape[d] >= smallest, "{}: dimension {} is {}", info.tag, d,
          info.shape[d]);
    check(info.encoding == AIR_ENCODING_PACKED_BITS || info.shape[d] == info.storage_shape[d],
          "{}: storage_shape differs from shape, and the encoding is not packed bits", info.tag);
    n *= static_cast<uint64_t>(info.storage_shape[d]);
  }
  check(info.n_elements == n, "{}: n_elements is {}, the product of storage_shape {}", info.tag, info.n_elements, n);
  check(info.size_bytes == (n * air_dtype_bits(info.dtype) + 7) / 8, "{}: size_bytes is {}", info.tag, info.size_bytes);
}

bool is_float(air_dtype dtype) {
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_FLOAT64:
    case AIR_DTYPE_BFLOAT16:
    case AIR_DTYPE_FLOAT8_E4M3:
    case AIR_DTYPE_FLOAT8_E5M2:
      return true;
    default:
      return false;
  }
}

void check_scales(const air_tensor &info) {
  const air_quantization &quantization = *info.quantization;
  check((quantization.n > 0) == (quantization.known != 0), "{}: {} scales, and known is {}", info.tag, quantization.n,
        quantization.known);
  for (const float scale : air::scales_of(info)) {
    check(std::isfinite(scale) && scale > 0.0f, "{}: a scale is {}", info.tag, scale);
    check(info.encoding == AIR_ENCODING_QUANTIZED || std::exp2(std::ilogb(scale)) == scale,
          "{}: fixed point, and the scale {} is no power of two", info.tag, scale);
  }
  const int32_t axis = quantization.axis;
  if (axis == -1) {
    check(quantization.n <= 1, "{}: {} scales without an axis", info.tag, quantization.n);
    return;
  }
  check(axis >= 0 && static_cast<uint32_t>(axis) < info.rank, "{}: axis {} of {}", info.tag, axis, info.rank);
  const auto size = static_cast<uint64_t>(info.storage_shape[axis]);
  check(quantization.block >= 1 && quantization.n == (size + quantization.block - 1) / quantization.block,
        "{}: {} scales for blocks of {} do not fit axis {}", info.tag, quantization.n, quantization.block, axis);
}

void check_encoding(const air_tensor &info) {
  const bool has_scales = info.encoding == AIR_ENCODING_QUANTIZED || info.encoding == AIR_ENCODING_FIXED_POINT;
  check(has_scales == (info.quantization != nullptr), "{}: encoding {}, and quantization is {}", info.tag,
        static_cast<uint32_t>(info.encoding), has_scales ? "NULL" : "there");
  if (has_scales) {
    check(!is_float(info.dtype) || info.quantization->known == 0, "{}: quantized {}", info.tag,
          air_dtype_name(info.dtype));
    check_scales(info);
  } else if (info.encoding == AIR_ENCODING_PACKED_BITS) {
    check(air_dtype_bits(info.dtype) == 32, "{}: packed bits in {}", info.tag, air_dtype_name(info.dtype));
  } else {
    check(info.encoding == AIR_ENCODING_PLAIN, "{}: unknown encoding", info.tag);
  }
}

void check_io(std::span<const air_tensor *const> tensors, char letter) {
  std::set<std::string> names;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const air_tensor &info = *tensors[i];
    check(info.tag == fmt::format("{}.{}", letter, i), "tag is '{}', expected '{}.{}'", info.tag, letter, i);
    check(*info.name != '\0' && names.insert(info.name).second, "{}: name '{}' is empty or not unique", info.tag,
          info.name);
    check(letter == 'O' || !is_open(info), "{}: an input has an open dimension", info.tag);
    is_open(info) ? check_open_shape(info) : check_shape(info);
    check_encoding(info);
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
  const air_model &info = model.info();
  const auto check_pools = [](const air_tensor *const *pools, uint32_t n, char letter) {
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
  const air_model &info = model.info();
  check(*info.name != '\0' && *info.descriptor != '\0' && *info.backend != '\0',
        "name, descriptor or backend is empty");
  for (const char *key : {"runtime", "device.type", "host"}) {
    check(air_get_property(&info, key) != nullptr, "property {} is missing", key);
  }
}

void properties(const Context &context) {
  const Model model(context);
  const air_model &info = model.info();
  const std::span all(info.properties, info.n_properties);
  const auto before = [](const air_option &a, const air_option &b) { return std::strcmp(a.key, b.key) < 0; };
  check(std::is_sorted(all.begin(), all.end(), before), "the keys are not in order");
  for (const air_option &property : all) {
    check(*property.key != '\0' && *property.value != '\0', "property '{}' is '{}'", property.key, property.value);
    check(air_get_property(&info, property.key) == property.value, "property {} is found twice", property.key);
  }
  check(air_get_property(&info, "nobody knows this") == nullptr, "an unknown property was found");
  for (const char *key : {"device.sys_clock", "device.bus_clock", "install_ms", "init_ms"}) {
    const char *value = air_get_property(&info, key);
    check(value == nullptr || std::strspn(value, "0123456789.") == std::strlen(value), "{} is '{}'", key, value);
  }
}

void columns(const Context &context) {
  const Model model(context);
  const air_model &info = model.info();
  for (uint32_t i = 0; i < info.n_columns; ++i) {
    const air_column &column = *info.columns[i];
    check(air_find_column(&info, column.name) == i, "two columns are called '{}'", column.name);
    check(*column.name != '\0' && *column.text != '\0', "column {} has no name or text", i);
    check(column.kind >= AIR_KIND_DURATION && column.kind <= AIR_KIND_LEVEL, "{} is of kind {}", column.name,
          static_cast<uint32_t>(column.kind));
  }
  for (const char *name : {"time.device", "time.run"}) {
    check(air_find_column(&info, name) != UINT32_MAX, "column {} is missing", name);
  }
  check(air_find_column(&info, "nobody measures this") == UINT32_MAX, "an unknown column was found");
}

void capabilities(const Context &context) {
  const Model model(context);
  const uint32_t missing = context.quirks.capabilities & ~model.info().capabilities;
  check(missing == 0, "capabilities {:#x} are missing", missing);
  check(!model.can(AIR_CAP_PER_LAYER_DATA) || model.can(AIR_CAP_PER_LAYER), "PER_LAYER_DATA without PER_LAYER");
  check(!model.can(AIR_CAP_NODE_BEGIN) || model.can(AIR_CAP_PER_LAYER), "NODE_BEGIN without PER_LAYER");
  check(!model.can(AIR_CAP_PER_LAYER) || model.info().n_nodes_told > 0, "PER_LAYER without nodes");
  check(model.info().n_nodes == 0 || model.info().n_nodes == model.info().n_nodes_told, "{} nodes, {} were told",
        model.info().n_nodes, model.info().n_nodes_told);
  const uint64_t states = model.info().states_bytes;
  check(states == 0 || states == UINT64_MAX || model.can(AIR_CAP_RESET_STATES),
        "states of {} bytes without RESET_STATES", states);
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
    check_ok(air_get_session_at(model.runner(), i, &at), "session");
    const char *name = air_get_model(at)->name;
    check(names.insert(name).second, "two models are called {}", name);
    check_ok(air_get_session(model.runner(), name, &named), "session by name");
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
    {"info: properties", properties},
    {"info: columns", columns},
    {"info: capabilities", capabilities},
};

}  // namespace

std::span<const Check> info_checks() {
  return kChecks;
}

}  // namespace conformance
