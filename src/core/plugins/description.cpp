// SPDX-License-Identifier: BSD-3-Clause
// What a plugin says of its models, nodes and columns: read by the sizes that it gives, checked, completed, and made the library's own.
#include "core/plugins/description.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/utf8.h"
#include "core/descriptor.h"
#include "core/error.h"
#include "core/plugins/options.h"
#include "core/plugins/plugin_struct.h"
#include "core/values/standard_columns.h"
#include "core/values/tensor.h"
#include "platform/machine/machine.h"

namespace air {
namespace {

constexpr uint32_t kMostModels = 1u << 12;
constexpr uint32_t kMostTensors = 1u << 16;
constexpr uint32_t kMostProperties = 1u << 16;
constexpr uint32_t kMostSamples = 1u << 20;
constexpr uint32_t kMostFractionBits = 126;  // a float has no smaller steps

constexpr uint32_t kKnownCapabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_SELF_TEST | AIR_CAP_RELOC |
                                        AIR_CAP_MEMORY_RW | AIR_CAP_USBC | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN |
                                        AIR_CAP_RESET_STATES | AIR_CAP_GIVEN;
constexpr uint32_t kKnownFlags = AIR_TENSOR_IN_ACTIVATIONS | AIR_TENSOR_WITHOUT_BATCH | AIR_TENSOR_CHANNEL_FIRST |
                                 AIR_TENSOR_CHANNEL_LAST | AIR_TENSOR_IN_MEMPOOL;

template <class... Args>
[[noreturn]] void wrong(fmt::format_string<Args...> format, Args &&...args) {
  fail(AIR_ERROR_INTERNAL, format, std::forward<Args>(args)...);
}

// Runs a check of a part; what it throws tells of which.
template <class Check>
auto of_part(const std::string &part, Check check) try {
  return check();
} catch (const Error &error) {
  wrong("{}: {}", part, error.what());
}

// ---- Texts and counts

bool is_empty(const char *text) {
  return text == nullptr || *text == '\0';
}

// Whatever a model calls itself, a terminal is not driven by it.
const char *harmless(Arena &memory, const char *text) {
  return memory.text(text == nullptr ? "" : printable(text));
}

const char *name_or(Arena &memory, const char *name, const std::string &other) {
  return is_empty(name) ? memory.text(other) : harmless(memory, name);
}

uint64_t count(const char *what, uint64_t given) {
  if (given == 0) return UINT64_MAX;
  if (given == AIR_BACKEND_ZERO) return 0;
  if (given > static_cast<uint64_t>(INT64_MAX)) wrong("{} is {}", what, given);
  return given;
}

void add_properties(Arena &memory, const air_option *given, uint32_t n, std::vector<air_option> &properties) {
  if (n > kMostProperties || (n > 0 && given == nullptr)) wrong("{} properties, and they are NULL or too many", n);
  for (const air_option &pair : std::span(given, n)) {
    if (is_empty(pair.key) || pair.value == nullptr) wrong("a property without key or value");
    if (!is_empty(pair.value)) properties.push_back({harmless(memory, pair.key), memory.text(valid_utf8(pair.value))});
  }
}

// ---- Tensors

void check_scales(const air_backend_tensor &given) {
  const bool is_quantized = given.encoding == AIR_ENCODING_QUANTIZED;
  if (given.n_scales > 0 && !is_quantized) wrong("scales of a tensor that is not quantized");
  if (given.n_scales > 0 && given.scales == nullptr) wrong("{} scales that are NULL", given.n_scales);
  if (given.n_scales < 2) return;
  if (given.axis >= given.rank) wrong("axis {} of {} dimensions", given.axis, given.rank);
  const int64_t along = given.shape[given.axis];
  const int64_t block = std::max(given.block, 1u);
  if (along < 0 || (along + block - 1) / block != int64_t{given.n_scales}) {
    wrong("{} scales along a dimension of {} in blocks of {}", given.n_scales, along, block);
  }
}

const air_quantization *make_quantization(Arena &memory, const air_backend_tensor &given) {
  const bool is_fixed_point = given.encoding == AIR_ENCODING_FIXED_POINT;
  if (given.encoding != AIR_ENCODING_QUANTIZED && !is_fixed_point) return nullptr;
  auto *made = memory.array<air_quantization>(1);
  *made = {.known = 0, .axis = -1, .block = 1, .n = 0, .scales = nullptr, .zero_points = nullptr};
  if (is_fixed_point) {
    if (std::abs(int64_t{given.fraction_bits}) > kMostFractionBits) wrong("fraction_bits is {}", given.fraction_bits);
    const float scale = std::ldexp(1.0f, -given.fraction_bits);
    made->known = made->n = 1;
    made->scales = memory.copy(&scale, 1);
    made->zero_points = memory.array<int32_t>(1);
  } else if (given.n_scales > 0) {
    made->known = 1;
    made->n = given.n_scales;
    if (given.n_scales > 1) {
      made->axis = static_cast<int32_t>(given.axis);
      made->block = std::max(given.block, 1u);
    }
    made->scales = memory.copy(given.scales, given.n_scales);
    made->zero_points = given.zero_points == nullptr ? memory.array<int32_t>(given.n_scales)
                                                     : memory.copy(given.zero_points, given.n_scales);
    for (const float scale : std::span(made->scales, made->n)) {
      if (!std::isfinite(scale) || scale <= 0) wrong("a scale is {}", scale);
    }
  }
  return made;
}

void complete_sizes(Arena &memory, air_tensor &tensor) {
  tensor.storage_shape = tensor.shape;
  if (tensor.encoding == AIR_ENCODING_PACKED_BITS && tensor.rank > 0) {
    auto *storage = memory.array<int64_t>(tensor.rank);
    std::copy_n(tensor.shape, tensor.rank, storage);
    int64_t &last = storage[tensor.rank - 1];
    last = last / 32 + (last % 32 != 0 ? 1 : 0);
    tensor.storage_shape = storage;
  }
  const std::optional<uint64_t> n = element_count(storage_shape_of(tensor));  // of an open one: none
  const std::optional<uint64_t> size = n ? bytes_of(tensor.dtype, *n) : std::nullopt;
  if (!size && !is_open(tensor)) wrong("a negative dimension, or too many elements");
  tensor.n_elements = size ? *n : 0;
  tensor.size_bytes = size.value_or(0);
}

// Its names where it has none of its own.
struct Place {
  std::string tag;
  std::string name;
};

const air_tensor *make_tensor(Arena &memory, const air_backend_tensor &given, const Place &place) {
  if (given.rank > kMostDimensions) wrong("{} dimensions, expected at most {}", given.rank, kMostDimensions);
  if (given.rank > 0 && given.shape == nullptr) wrong("shape is NULL");
  check_scales(given);
  auto *tensor = memory.array<air_tensor>(1);
  tensor->name = name_or(memory, given.name, place.name);
  tensor->tag = name_or(memory, given.tag, place.tag);
  tensor->dtype = given.dtype;
  tensor->encoding = given.encoding;
  tensor->flags = given.flags & kKnownFlags;
  tensor->rank = given.rank;
  tensor->shape = memory.copy(given.shape, given.rank);
  tensor->quantization = make_quantization(memory, given);
  tensor->address = given.address;
  complete_sizes(memory, *tensor);
  if (is_open(*tensor) && tensor->encoding == AIR_ENCODING_PACKED_BITS) wrong("an open dimension of packed bits");
  if (const char *flaw = tensor_flaw(*tensor); flaw != nullptr) wrong("{}", flaw);
  return tensor;
}

// `tag` and `name` are those of the place, without its number. `may_be_open`: each sample may have its own dimensions.
const air_tensor *const *make_tensors(Arena &memory, const air_backend_tensor *first, uint32_t n,
                                      const std::string &tag, const std::string &name, bool may_be_open) {
  const auto given = of_part(fmt::format("{}s", name), [&] {
    return PluginArray(first, n, kMostTensors, offsetof(air_backend_tensor, scales), "tensor");
  });
  auto *tensors = memory.array<const air_tensor *>(n);
  for (uint32_t i = 0; i < n; ++i) {
    const Place place{fmt::format("{}{}", tag, i), fmt::format("{}_{}", name, i + 1)};
    tensors[i] = of_part(place.tag, [&] { return make_tensor(memory, given[i], place); });
    if (is_open(*tensors[i]) && !may_be_open) wrong("{}: an open dimension", place.tag);
  }
  return tensors;
}

// ---- Nodes and columns

KnownNode make_node(const std::shared_ptr<Arena> &owner, const air_backend_node &given, uint32_t index) {
  Arena &memory = *owner;
  KnownNode known{owner, nullptr, {}};
  auto *node = memory.array<air_node>(1);
  node->name = name_or(memory, given.name, fmt::format("node_{}", index));
  node->operation = harmless(memory, given.operation);
  node->operation_code = given.operation_code;
  node->computes_in = given.computes_in;
  node->processor = harmless(memory, given.processor);
  node->layer = int64_t{given.layer_number} - 1;
  node->n_inputs = given.n_inputs;
  node->n_outputs = given.n_outputs;
  const std::string name = fmt::format("node_{}", index);
  node->inputs =
      make_tensors(memory, given.inputs, given.n_inputs, fmt::format("N.{}.I", index), name + "_input", true);
  node->outputs =
      make_tensors(memory, given.outputs, given.n_outputs, fmt::format("N.{}.", index), name + "_output", true);
  if (given.computes_in != AIR_DTYPE_NONE && air_dtype_bits(given.computes_in) == 0) {
    wrong("computes_in is {}, which is no dtype", uint32_t{given.computes_in});
  }
  if (given.n_covers > kMostNodes || (given.n_covers > 0 && given.covers == nullptr)) {
    wrong("covers {} nodes, and they are NULL or too many", given.n_covers);
  }
  node->covers = memory.copy(given.covers, given.n_covers);
  node->n_covers = given.n_covers;
  add_properties(memory, given.properties, given.n_properties, known.properties);
  known.node = node;
  return known;
}

constexpr size_t kLeastNode = offsetof(air_backend_node, covers);

std::vector<KnownNode> make_nodes(const std::shared_ptr<Arena> &memory, const air_backend_model &given) {
  if (given.n_nodes > kMostNodes) wrong("{} nodes, expected at most {}", given.n_nodes, kMostNodes);
  if (given.nodes == nullptr) return {};
  const PluginArray nodes(given.nodes, given.n_nodes, kMostNodes, kLeastNode, "node");
  std::vector<KnownNode> known;
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    known.push_back(of_part(fmt::format("node {}", i), [&] { return make_node(memory, nodes[i], i); }));
  }
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    for (const uint32_t covered : std::span(known[i].node->covers, known[i].node->n_covers)) {
      if (covered >= known.size()) wrong("node {} covers node {}: there are {}", i, covered, known.size());
      if (known[covered].node->n_covers > 0) wrong("node {} covers node {}, which itself covers nodes", i, covered);
    }
  }
  return known;
}

KnownColumn make_column(const air_backend_column &given) {
  const auto text = [](const char *given_text) { return printable(given_text == nullptr ? "" : given_text); };
  if (is_empty(given.name)) wrong("a column without a name");
  if (given.kind > AIR_KIND_LEVEL) wrong("kind {} of column '{}' is unknown", uint32_t{given.kind}, text(given.name));
  const air_kind kind = given.kind == 0 ? AIR_KIND_LEVEL : given.kind;
  return {text(given.name), text(given.unit), text(given.text), kind, given.per_node != 0};
}

constexpr size_t kLeastColumn = offsetof(air_backend_column, unit);

std::vector<KnownColumn> make_columns(const air_backend_model &given) {
  std::vector<KnownColumn> known = standard_columns();
  const PluginArray columns(given.columns, given.n_columns, kMostColumns, kLeastColumn, "column");
  for (uint32_t i = 0; i < columns.size(); ++i) {
    KnownColumn column = make_column(columns[i]);
    if (std::ranges::find(known, column.name, &KnownColumn::name) != known.end())
      wrong("two columns are called '{}'", column.name);
    known.push_back(std::move(column));
  }
  return known;
}

// ---- Models

void check_facts(const air_backend_model &given, uint32_t lacking) {
  if ((given.capabilities & ~kKnownCapabilities) != 0)
    wrong("capabilities {:#x} have unknown bits {:#x}", given.capabilities, given.capabilities & ~kKnownCapabilities);
  if ((given.capabilities & lacking) != 0)
    wrong("capabilities {:#x}, and the entries of bits {:#x} are not there", given.capabilities,
          given.capabilities & lacking);
  for (const auto &[name, batch] :
       {std::pair("native_batch", given.native_batch), {"layer_batch", given.layer_batch}}) {
    if (batch > kMostSamples) wrong("{} is {}, expected at most {}", name, batch, kMostSamples);
  }
}

DescribedModel make_model(const Plugin &plugin, const air_backend_model &given, const std::string &descriptor) {
  check_facts(given, plugin.lacking());
  const auto owner = std::make_shared<Arena>();
  Arena &memory = *owner;
  DescribedModel described{nullptr, make_nodes(owner, given), make_columns(given), std::max(given.layer_batch, 1u)};
  air_model parts{};
  parts.name = harmless(memory, given.name);
  parts.descriptor = memory.text(descriptor);
  parts.backend = memory.text(plugin.name());
  parts.capabilities = given.capabilities;
  parts.native_batch = std::max(given.native_batch, 1u);
  parts.macc = count("macc", given.macc);
  parts.weights_bytes = count("weights_bytes", given.weights_bytes);
  parts.activations_bytes = count("activations_bytes", given.activations_bytes);
  parts.states_bytes = count("states_bytes", given.states_bytes);
  parts.n_inputs = given.n_inputs;
  parts.n_outputs = given.n_outputs;
  parts.inputs = make_tensors(memory, given.inputs, given.n_inputs, "I.", "input", false);
  parts.outputs = make_tensors(memory, given.outputs, given.n_outputs, "O.", "output", true);
  parts.n_nodes_told = given.n_nodes;
  parts.n_weights_pools = given.n_weights_pools;
  parts.n_activations_pools = given.n_activations_pools;
  parts.weights_pools = make_tensors(memory, given.weights_pools, given.n_weights_pools, "W.", "weights", false);
  parts.activations_pools =
      make_tensors(memory, given.activations_pools, given.n_activations_pools, "A.", "activations", false);
  std::vector<air_option> properties;
  add_properties(memory, given.properties, given.n_properties, properties);
  properties.push_back({"host", memory.text(machine_text())});
  described.model.reset(new Model(parts, owner, std::move(properties)));
  return described;
}

// A descriptor of the plugin's own has to lead back to it.
std::string checked_descriptor(const Plugin &plugin, const std::string &text) {
  return of_part(fmt::format("descriptor \"{}\"", printable(text)), [&] {
    const Descriptor parsed = parse_descriptor(text);
    if (std::ranges::find(plugin.schemes(), parsed.scheme) == plugin.schemes().end()) {
      wrong("it has no scheme of the backend, which would be {}", fmt::join(plugin.schemes(), ", "));
    }
    complete_options(plugin, parsed.options);
    return text;
  });
}

}  // namespace

std::vector<DescribedModel> describe_models(const Plugin &plugin, const air_connection_info *info,
                                            const std::string &descriptor) {
  const auto given =
      read_plugin_struct(info, offsetof(air_connection_info, descriptor), "what describes the connection");
  if (given.n_models == 0) wrong("no model");
  const PluginArray models(given.models, given.n_models, kMostModels, offsetof(air_backend_model, n_nodes), "model");
  const std::string canonical = given.descriptor == nullptr ? descriptor : checked_descriptor(plugin, given.descriptor);
  std::vector<DescribedModel> described;
  std::set<std::string_view> names;
  for (uint32_t i = 0; i < models.size(); ++i) {
    const air_backend_model model = models[i];
    if (is_empty(model.name)) wrong("model {} has no name", i);
    described.push_back(of_part(fmt::format("model '{}'", printable(model.name)),
                                [&] { return make_model(plugin, model, canonical); }));
    const char *name = described.back().model->name;
    if (!names.insert(name).second) wrong("two models are called '{}'", name);
  }
  return described;
}

KnownNode describe_node(const air_backend_node *node, uint32_t index) {
  return of_part(fmt::format("node {}", index), [&] {
    return make_node(std::make_shared<Arena>(), read_plugin_struct(node, kLeastNode, "what describes it"), index);
  });
}

KnownColumn describe_column(const air_backend_column *column) {
  return make_column(read_plugin_struct(column, kLeastColumn, "a column"));
}

}  // namespace air
