// SPDX-License-Identifier: BSD-3-Clause
// The model as a value: what a plugin or a caller says of it, copied, completed and checked.
#include "model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "error.h"
#include "machine.h"
#include "tensor.h"

namespace air {
namespace {

using Properties = std::vector<air_option>;

const air_quantization *copy_quantization(Arena &memory, const air_quantization &given) {
  auto *copied = memory.array<air_quantization>(1);
  *copied = given;
  copied->block = std::max(given.block, 1u);
  copied->scales = memory.copy(given.scales, given.n);
  copied->zero_points = memory.copy(given.zero_points, given.n);
  return copied;
}

// In the plugin's description the first dimension is that of the samples.
const air_quantization *quantization_of(Arena &memory, const air_tensor_info &info) {
  if (info.encoding == AIR_ENCODING_FIXED_POINT) {
    const float scale = std::ldexp(1.0f, -info.fraction_bits);
    const int32_t zero_point = 0;
    return copy_quantization(memory, {1, -1, 1, 1, &scale, &zero_point});
  }
  if (info.n_scales == 0) return nullptr;
  const int32_t axis = info.n_scales > 1 ? info.quantized_axis - 1 : -1;
  return copy_quantization(memory, {1, axis, 1, info.n_scales, info.scales, info.zero_points});
}

const air_tensor *copy_tensor(Arena &memory, const air_tensor_info &info, Properties &properties) {
  const uint32_t rank = std::max(info.rank, 1u) - 1;
  auto *tensor = memory.array<air_tensor>(1);
  *tensor = {.name = memory.text(info.name),
             .tag = memory.text(info.tag),
             .dtype = info.dtype,
             .encoding = info.encoding,
             .flags = info.flags,
             .rank = rank,
             .shape = rank == 0 ? nullptr : memory.copy(info.shape + 1, rank),
             .storage_shape = rank == 0 ? nullptr : memory.copy(info.storage_shape + 1, rank),
             .n_elements = info.n_elements,
             .size_bytes = info.size_bytes,
             .quantization = quantization_of(memory, info),
             .address = info.address};
  if (const char *flaw = tensor_flaw(*tensor); flaw != nullptr) {
    fail(AIR_ERROR_INTERNAL, "the backend's description of tensor {} '{}': {}", info.tag, info.name, flaw);
  }
  if (info.format != 0) {
    properties.push_back(
        {memory.text(fmt::format("st.format.{}", tensor->tag)), memory.text(std::to_string(info.format))});
  }
  return tensor;
}

// A caller's, completed. `place` is its tag where it has none.
const air_tensor *copy_tensor(Arena &memory, const air_tensor *given, const std::string &place) {
  if (given == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: tensor {} is NULL", place);
  auto *tensor = memory.array<air_tensor>(1);
  *tensor = *given;
  if (tensor->storage_shape == nullptr) tensor->storage_shape = tensor->shape;
  if (tensor->shape != nullptr && tensor->rank <= kMostDimensions) {
    const std::optional<uint64_t> n = product(storage_shape_of(*tensor));
    const std::optional<uint64_t> size = n ? bytes_of(tensor->dtype, *n) : std::nullopt;
    tensor->n_elements = size ? *n : 0;
    tensor->size_bytes = size.value_or(0);
  } else if (tensor->rank == 0) {
    tensor->n_elements = 1;
    tensor->size_bytes = bytes_of(tensor->dtype, 1).value_or(0);
  }
  if (const char *flaw = tensor_flaw(*tensor); flaw != nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: tensor {} '{}': {}", place,
         given->name == nullptr ? "" : given->name, flaw);
  }
  tensor->name = memory.text(given->name);
  tensor->tag = memory.text(given->tag == nullptr || *given->tag == '\0' ? place.c_str() : given->tag);
  tensor->shape = memory.copy(tensor->shape, tensor->rank);
  tensor->storage_shape = memory.copy(tensor->storage_shape, tensor->rank);
  if (given->quantization != nullptr) tensor->quantization = copy_quantization(memory, *given->quantization);
  return tensor;
}

template <class Copy>
const air_tensor *const *copy_tensors(Arena &memory, uint32_t n, Copy copy) {
  auto *tensors = memory.array<const air_tensor *>(n);
  for (uint32_t i = 0; i < n; ++i) tensors[i] = copy(i);
  return tensors;
}

const air_tensor *const *copy_tensors(Arena &memory, const air_tensor_info *const *infos, uint32_t n,
                                      Properties &properties) {
  return copy_tensors(memory, n, [&](uint32_t i) { return copy_tensor(memory, *infos[i], properties); });
}

const air_tensor *const *copy_tensors(Arena &memory, const air_tensor *const *given, uint32_t n, const char *prefix) {
  if (n > 0 && given == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: the tensors {}... are NULL", prefix);
  return copy_tensors(memory, n,
                      [&](uint32_t i) { return copy_tensor(memory, given[i], fmt::format("{}{}", prefix, i)); });
}

const air_node *copy_node(Arena &memory, const air_node *given, uint32_t index) {
  if (given == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: node {} is NULL", index);
  auto *node = memory.array<air_node>(1);
  *node = *given;
  node->name = memory.text(given->name);
  node->operation = memory.text(given->operation);
  node->processor = memory.text(given->processor);
  const std::string prefix = fmt::format("N.{}.", index);
  node->inputs = copy_tensors(memory, given->inputs, given->n_inputs, prefix.c_str());
  node->outputs = copy_tensors(memory, given->outputs, given->n_outputs, prefix.c_str());
  return node;
}

std::string version_text(const uint32_t (&version)[3]) {
  return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

class PropertyList {
 public:
  PropertyList(Arena &memory, Properties &properties) : memory_(memory), properties_(properties) {}

  void add(const char *key, std::string_view value) {
    if (!value.empty()) properties_.push_back({memory_.text(key), memory_.text(value)});
  }
  void add_number(const char *key, uint64_t value) {
    if (value != 0) add(key, std::to_string(value));
  }
  void add_ms(const char *key, double value) {
    if (value >= 0) add(key, fmt::format("{}", value));
  }
  void add_version(const char *key, const uint32_t (&version)[3]) {
    if ((version[0] | version[1] | version[2]) != 0) add(key, version_text(version));
  }

 private:
  Arena &memory_;
  Properties &properties_;
};

void add_properties(PropertyList &list, const air_model_info &info) {
  const air_runtime_info &runtime = *info.runtime;
  const air_device_info &device = *info.device;
  list.add("runtime", runtime.name);
  list.add("runtime.description", runtime.description);
  list.add("runtime.compiler", runtime.compiler);
  list.add("runtime.protocol", runtime.protocol);
  list.add_version("runtime.version", runtime.version);
  list.add_version("tools.version", runtime.tools_version);
  list.add("device", device.description);
  list.add("device.type", device.dev_type);
  list.add("device.id", device.dev_id);
  list.add("device.system", device.system);
  list.add("device.machine", device.machine);
  list.add_number("device.sys_clock", device.sys_clock);
  list.add_number("device.bus_clock", device.bus_clock);
  list.add("device.attributes", fmt::format("{}", fmt::join(std::span(device.attributes, device.n_attributes), "\n")));
  list.add("device.extras", fmt::format("{}", fmt::join(std::span(device.extras, device.n_extras), "\n")));
  list.add("host", machine_text());
  list.add("hash", info.hash);
  list.add("model_datetime", info.model_datetime);
  list.add("compile_datetime", info.compile_datetime);
  list.add("flags", info.flags);
  list.add_ms("install_ms", info.install_ms);
  list.add_ms("init_ms", info.init_ms);
}

}  // namespace

KnownNode known_node(const air_node_info &info) {
  KnownNode known{std::make_shared<Arena>(), nullptr, {}};
  Arena &memory = *known.memory;
  auto *node = memory.array<air_node>(1);
  *node = {.name = memory.text(info.name),
           .operation = memory.text(info.description),
           .operation_code = info.type,
           .computes_in = AIR_DTYPE_NONE,
           .processor = memory.text(""),
           .layer = info.id,
           .n_inputs = info.n_inputs,
           .n_outputs = info.n_outputs,
           .inputs = copy_tensors(memory, info.inputs, info.n_inputs, known.properties),
           .outputs = copy_tensors(memory, info.outputs, info.n_outputs, known.properties)};
  known.node = node;
  return known;
}

Model::Model(const air_model_info &info, const std::string &descriptor, const char *backend,
             const std::vector<KnownColumn> &known_columns)
    : air_model{}, memory_{std::make_shared<Arena>()} {
  Properties list;
  static_cast<air_model &>(*this) = {
      .name = memory().text(info.name),
      .descriptor = memory().text(descriptor),
      .backend = memory().text(backend),
      .capabilities = info.capabilities,
      .native_batch = info.native_batch,
      .macc = info.macc,
      .weights_bytes = info.weights_bytes,
      .activations_bytes = info.activations_bytes,
      .states_bytes = info.states_bytes,
      .n_inputs = info.n_inputs,
      .n_outputs = info.n_outputs,
      .inputs = copy_tensors(memory(), info.inputs, info.n_inputs, list),
      .outputs = copy_tensors(memory(), info.outputs, info.n_outputs, list),
      .n_nodes_told = info.n_nodes,
      .n_weights_pools = info.n_weights_pools,
      .n_activations_pools = info.n_activations_pools,
      .weights_pools = copy_tensors(memory(), info.weights_pools, info.n_weights_pools, list),
      .activations_pools = copy_tensors(memory(), info.activations_pools, info.n_activations_pools, list),
  };
  PropertyList properties_list(memory(), list);
  add_properties(properties_list, info);
  set_properties(std::move(list));
  set_columns(known_columns);
}

Model::Model(const air_model &given) : air_model(given), memory_{std::make_shared<Arena>()} {
  name = memory().text(given.name);
  descriptor = memory().text(given.descriptor);
  backend = memory().text(given.backend);
  native_batch = std::max(given.native_batch, 1u);
  inputs = copy_tensors(memory(), given.inputs, given.n_inputs, "I.");
  outputs = copy_tensors(memory(), given.outputs, given.n_outputs, "O.");
  weights_pools = copy_tensors(memory(), given.weights_pools, given.n_weights_pools, "W.");
  activations_pools = copy_tensors(memory(), given.activations_pools, given.n_activations_pools, "A.");
  if (given.n_nodes > 0 && given.nodes == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: nodes is NULL");
  auto *copied = memory().array<const air_node *>(given.n_nodes);
  for (uint32_t i = 0; i < given.n_nodes; ++i) copied[i] = copy_node(memory(), given.nodes[i], i);
  nodes = copied;
  n_nodes_told = std::max(given.n_nodes_told, given.n_nodes);
  if (given.n_columns > 0 && given.columns == nullptr)
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: columns is NULL");
  std::vector<KnownColumn> list;
  std::set<std::string_view> names;
  for (const air_column *column : std::span(given.columns, given.n_columns)) {
    if (column == nullptr || column->name == nullptr)
      fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: a column has no name");
    if (!names.insert(column->name).second)
      fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: two columns are called '{}'", column->name);
    const auto text = [](const char *given_text) { return given_text == nullptr ? "" : given_text; };
    list.push_back({column->name, text(column->unit), text(column->text), column->kind, column->per_node != 0});
  }
  set_columns(list);
  if (given.n_properties > 0 && given.properties == nullptr)
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: properties is NULL");
  Properties pairs;
  for (const air_option &pair : std::span(given.properties, given.n_properties)) {
    if (pair.key == nullptr || pair.value == nullptr)
      fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: a property has a NULL key or value");
    pairs.push_back({memory().text(pair.key), memory().text(pair.value)});
  }
  set_properties(std::move(pairs));
}

Model::Model(const Model &base, const std::vector<KnownNode> &known, const std::vector<KnownColumn> &known_columns)
    : air_model(base), memory_(base.memory_) {
  Properties list(base.properties, base.properties + base.n_properties);
  for (const KnownNode &node : known) {
    memory_.push_back(node.memory);
    list.insert(list.end(), node.properties.begin(), node.properties.end());
  }
  memory_.push_back(std::make_shared<Arena>());
  auto *pointers = memory().array<const air_node *>(known.size());
  std::transform(known.begin(), known.end(), pointers, [](const KnownNode &node) { return node.node; });
  nodes = pointers;
  n_nodes = static_cast<uint32_t>(known.size());
  n_nodes_told = std::max(n_nodes_told, n_nodes);  // a run without layers makes none known
  set_properties(std::move(list));
  set_columns(known_columns);
}

// The last of equal keys wins.
void Model::set_properties(Properties &&list) {
  const auto key = [](const air_option &pair) { return std::string_view(pair.key); };
  std::reverse(list.begin(), list.end());
  std::ranges::stable_sort(list, {}, key);
  const auto same = [key](const air_option &a, const air_option &b) { return key(a) == key(b); };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
  properties = memory().copy(list.data(), list.size());
  n_properties = static_cast<uint32_t>(list.size());
}

void Model::set_columns(const std::vector<KnownColumn> &list) {
  auto *items = memory().array<air_column>(list.size());
  auto *pointers = memory().array<const air_column *>(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    items[i] = {memory().text(list[i].name), memory().text(list[i].unit), memory().text(list[i].text), list[i].kind,
                list[i].per_node ? 1u : 0u};
    pointers[i] = &items[i];
  }
  columns = pointers;
  n_columns = static_cast<uint32_t>(list.size());
}

const char *Model::property(std::string_view key) const noexcept {
  const std::span<const air_option> all(properties, n_properties);
  const auto found =
      std::ranges::lower_bound(all, key, {}, [](const air_option &pair) { return std::string_view(pair.key); });
  return found != all.end() && found->key == key ? found->value : nullptr;
}

}  // namespace air
