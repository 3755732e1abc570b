// SPDX-License-Identifier: BSD-3-Clause
// The model as a value: what a plugin or a caller says of it, copied, completed and checked.
#include "core/values/model.h"

#include <algorithm>
#include <set>
#include <span>

#include "core/error.h"
#include "core/values/tensor.h"

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

// A caller's, completed. `place` is its tag where it has none.
const air_tensor *copy_tensor(Arena &memory, const air_tensor *given, const std::string &place) {
  if (given == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: tensor {} is NULL", place);
  auto *tensor = memory.array<air_tensor>(1);
  *tensor = *given;
  if (tensor->storage_shape == nullptr) tensor->storage_shape = tensor->shape;
  if (tensor->shape != nullptr && tensor->rank <= kMostDimensions) {
    const std::optional<uint64_t> n = element_count(storage_shape_of(*tensor));
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

const air_tensor *const *copy_tensors(Arena &memory, const air_tensor *const *given, uint32_t n, const char *prefix) {
  if (n > 0 && given == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: the tensors {}... are NULL", prefix);
  auto *tensors = memory.array<const air_tensor *>(n);
  for (uint32_t i = 0; i < n; ++i) tensors[i] = copy_tensor(memory, given[i], fmt::format("{}{}", prefix, i));
  return tensors;
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
  if (given->n_covers > 0 && given->covers == nullptr)
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: covers of node {} is NULL", index);
  node->covers = memory.copy(given->covers, given->n_covers);
  return node;
}

// An executed node covers nodes of the model, which cover none.
void check_covers(std::span<const air_node *const> nodes) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const uint32_t covered : std::span(nodes[i]->covers, nodes[i]->n_covers)) {
      if (covered < nodes.size() && nodes[covered]->n_covers == 0) continue;
      fail(AIR_ERROR_INVALID_ARGUMENT, "air_make_model: node {} covers node {}, which {}", i, covered,
           covered < nodes.size() ? "itself covers nodes" : "is not there");
    }
  }
}

bool is_same(const air_quantization *a, const air_quantization *b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->known == b->known && a->axis == b->axis && a->block == b->block &&
         std::ranges::equal(std::span(a->scales, a->n), std::span(b->scales, b->n)) &&
         std::ranges::equal(std::span(a->zero_points, a->n), std::span(b->zero_points, b->n));
}

bool is_same_text(const char *a, const char *b) {
  return std::string_view(a) == b;
}

bool is_same_tensor(const air_tensor *a, const air_tensor *b) {
  return is_same_text(a->name, b->name) && is_same_text(a->tag, b->tag) && a->dtype == b->dtype &&
         a->encoding == b->encoding && a->flags == b->flags && a->address == b->address &&
         std::ranges::equal(shape_of(*a), shape_of(*b)) && is_same(a->quantization, b->quantization);
}

}  // namespace

bool is_same(const KnownNode &one, const KnownNode &other) {
  const air_node &a = *one.node;
  const air_node &b = *other.node;
  const auto same_property = [](const air_option &x, const air_option &y) {
    return is_same_text(x.key, y.key) && is_same_text(x.value, y.value);
  };
  return is_same_text(a.name, b.name) && is_same_text(a.operation, b.operation) &&
         is_same_text(a.processor, b.processor) && a.operation_code == b.operation_code &&
         a.computes_in == b.computes_in && a.layer == b.layer &&
         std::ranges::equal(std::span(a.inputs, a.n_inputs), std::span(b.inputs, b.n_inputs), is_same_tensor) &&
         std::ranges::equal(std::span(a.outputs, a.n_outputs), std::span(b.outputs, b.n_outputs), is_same_tensor) &&
         std::ranges::equal(std::span(a.covers, a.n_covers), std::span(b.covers, b.n_covers)) &&
         std::ranges::equal(one.properties, other.properties, same_property);
}

Model::Model(const air_model &parts, std::shared_ptr<Arena> memory, std::vector<air_option> list)
    : air_model(parts), memory_{std::move(memory)} {
  set_properties(std::move(list));
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
  check_covers({nodes, n_nodes});
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
    if (node.memory != memory_.back()) memory_.push_back(node.memory);
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

uint32_t find_column(const air_model &model, std::string_view name) noexcept {
  const std::span columns(model.columns, model.n_columns);
  const auto is_it = [name](const air_column *column) { return column->name == name; };
  const auto found = std::ranges::find_if(columns, is_it);
  return found == columns.end() ? UINT32_MAX : static_cast<uint32_t>(found - columns.begin());
}

}  // namespace air
