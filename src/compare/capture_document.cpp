// SPDX-License-Identifier: BSD-3-Clause
// The JSON description inside a capture: written from a session, read back into public structs.
#include "capture_document.h"

#include <cjson/cJSON.h>

#include <cmath>
#include <limits>
#include <memory>

#include "circumstances.h"
#include "common/json.h"
#include "error.h"
#include "info_json.h"
#include "json_view.h"
#include "runner.h"
#include "session.h"
#include "tensor.h"
#include "texts.h"

namespace air {
namespace {

using report::Json;

constexpr const char *kSchema = "airunner.capture/1";

Json node_json(const air_node_info &node) {
  Json tensors = Json::array();
  for (const air_tensor_info *tensor : std::span(node.outputs, node.n_outputs)) {
    tensors.add(report::tensor_json(*tensor));
  }
  Json object = Json::object();
  object.add("name", node.name).add("index", node.index).add("m_id", node.id);
  object.add("layer_type", node.type).add("layer_desc", node.description);
  object.add("io_tensors", std::move(tensors));
  return object;
}

// A list that ends the same way in every document: pointer and count.
template <class T>
struct List {
  const T *first;
  uint32_t count;
};

}  // namespace

std::string capture_document(const Session &session, const air_profile &profile, uint64_t n_samples,
                             std::span<const air_node_profile *const> nodes) {
  Json info = Json::object();
  report::add_info(info, session.model());
  Json node_list = Json::array();
  for (const air_node_profile *node : nodes) node_list.add(node_json(*node->info));
  Json object = report::document(kSchema, {session.runner().descriptor(), session.runner().backend().name});
  report::add_circumstances(object, profile);
  object.add("n_samples", n_samples);
  object.add("info", std::move(info));
  object.add("nodes", std::move(node_list));
  return object.print(false);
}

// Reads one level after the other; every member is checked for type and range before it is used.
class DocumentReader {
 public:
  DocumentReader(CaptureDocument &store, const std::string &what) : store_(store), what_(what) {}

  void read(std::string_view text);

 private:
  [[noreturn]] void wrong(const char *key, const char *expected) const {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: \"{}\" is not {}", what_, key, expected);
  }

  const cJSON *member(const cJSON *object, const char *key) const {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item == nullptr) wrong(key, "there");
    return item;
  }
  const cJSON *list(const cJSON *object, const char *key) const {
    const cJSON *item = member(object, key);
    if (!cJSON_IsArray(item)) wrong(key, "a list");
    return item;
  }
  const char *keep(const char *text) { return store_.texts_.emplace_back(text).c_str(); }
  const char *text(const cJSON *object, const char *key) {
    const cJSON *item = member(object, key);
    if (!cJSON_IsString(item)) wrong(key, "a text");
    return keep(item->valuestring);
  }
  template <class T>
  T integer_value(const cJSON *item, const char *key) const {
    // Above 2^53 a double need not be the number that was written; nothing here is as large.
    constexpr double limit = 9007199254740992.0;
    const double low = std::max(static_cast<double>(std::numeric_limits<T>::min()), -limit);
    const double high = std::min(static_cast<double>(std::numeric_limits<T>::max()), limit);
    const double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(value >= low && value <= high) || value != std::floor(value)) wrong(key, "an integer in range");
    return static_cast<T>(value);
  }
  template <class T>
  T integer(const cJSON *object, const char *key) const {
    return integer_value<T>(member(object, key), key);
  }
  template <class T>
  T integer_or(const cJSON *object, const char *key, T otherwise) const {
    const cJSON *item = member(object, key);
    return cJSON_IsNull(item) ? otherwise : integer_value<T>(item, key);
  }
  double number_or(const cJSON *object, const char *key, double otherwise) const {
    const cJSON *item = member(object, key);
    if (!cJSON_IsNull(item) && !cJSON_IsNumber(item)) wrong(key, "a number");
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
  }
  template <class T>
  const std::vector<T> &integers(const cJSON *object, const char *key, std::deque<std::vector<T>> &store) {
    std::vector<T> &values = store.emplace_back();
    const cJSON *item = nullptr;
    cJSON_ArrayForEach(item, list(object, key)) values.push_back(integer_value<T>(item, key));
    return values;
  }

  const std::vector<float> &scales(const cJSON *object);
  air_encoding encoding(const cJSON *object);
  air_dtype dtype(const cJSON *object);
  uint32_t tensor_flags(const cJSON *object);
  const air_tensor_info *tensor(const cJSON *object);
  List<const air_tensor_info *> tensors(const cJSON *object, const char *key);
  List<const char *> texts(const cJSON *object, const char *key);
  void version(const cJSON *object, const char *key, uint32_t (&numbers)[3]);
  uint32_t capabilities(const cJSON *runtime);
  void runtime(const cJSON *object);
  void device(const cJSON *object);
  void info(const cJSON *object);
  void node(const cJSON *object);

  CaptureDocument &store_;
  const std::string &what_;
};

const std::vector<float> &DocumentReader::scales(const cJSON *object) {
  std::vector<float> &values = store_.scales_.emplace_back();
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, "scales")) {
    // The largest float is where a double stops fitting.
    const double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) wrong("scales", "numbers");
    values.push_back(static_cast<float>(value));
  }
  return values;
}

air_encoding DocumentReader::encoding(const cJSON *object) {
  const std::string name = text(object, "encoding");
  for (const air_encoding candidate :
       {AIR_ENCODING_PLAIN, AIR_ENCODING_QUANTIZED, AIR_ENCODING_FIXED_POINT, AIR_ENCODING_PACKED_BITS}) {
    if (name == report::encoding_name(candidate)) return candidate;
  }
  wrong("encoding", "one of those known");
}

air_dtype DocumentReader::dtype(const cJSON *object) {
  const std::string name = text(object, "type");
  for (int i = AIR_DTYPE_FLOAT32; i <= AIR_DTYPE_BOOL; ++i) {
    if (name == air_dtype_name(static_cast<air_dtype>(i))) return static_cast<air_dtype>(i);
  }
  wrong("type", "one of those known");
}

uint32_t DocumentReader::tensor_flags(const cJSON *object) {
  const cJSON *layout = member(object, "layout");
  const std::string name = cJSON_IsNull(layout) ? "" : text(object, "layout");
  const std::string pool = text(object, "memory_pool");
  uint32_t flags = 0;
  if (name == "channel_first") flags |= AIR_TENSOR_CHANNEL_FIRST;
  if (name == "channel_last") flags |= AIR_TENSOR_CHANNEL_LAST;
  if (cJSON_IsTrue(member(object, "batch_added")) != 0) flags |= AIR_TENSOR_BATCH_ADDED;
  for (const uint32_t flag : {AIR_TENSOR_IN_ACTIVATIONS, AIR_TENSOR_IN_MEMPOOL}) {
    air_tensor_info like{};
    like.flags = flag;
    if (pool == report::memory_pool_text(like)) flags |= flag;
  }
  return flags;
}

const air_tensor_info *DocumentReader::tensor(const cJSON *object) {
  if (!cJSON_IsObject(object)) wrong("tensor", "an object");
  air_tensor_info &info = store_.tensors_.emplace_back();
  info.struct_size = sizeof(info);
  info.flags = tensor_flags(object);
  info.name = text(object, "name");
  info.tag = text(object, "tag");
  info.dtype = dtype(object);
  info.encoding = encoding(object);
  const std::vector<int64_t> &shape = integers(object, "shape", store_.shapes_);
  const std::vector<int64_t> &storage_shape = integers(object, "storage_shape", store_.shapes_);
  if (shape.size() != storage_shape.size()) wrong("storage_shape", "as long as \"shape\"");
  info.rank = static_cast<uint32_t>(shape.size());
  info.shape = shape.data();
  info.storage_shape = storage_shape.data();
  info.n_elements = integer<uint64_t>(object, "n_elements");
  info.size_bytes = integer<uint64_t>(object, "size_bytes");
  info.format = integer<uint32_t>(object, "format");
  info.fraction_bits = integer_or<int32_t>(object, "fraction_bits", 0);
  const std::vector<float> &factors = scales(object);
  const std::vector<int32_t> &zero_points = integers(object, "zero_points", store_.zero_points_);
  if (factors.size() != zero_points.size()) wrong("zero_points", "as long as \"scales\"");
  info.n_scales = static_cast<uint32_t>(factors.size());
  info.scales = factors.data();
  info.zero_points = zero_points.data();
  info.quantized_axis = integer_or<int32_t>(object, "quantized_axis", -1);
  info.address = integer_or<uint64_t>(object, "address", 0);
  if (const char *flaw = tensor_flaw(&info); flaw != nullptr) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: tensor {}: {}", what_, info.name, flaw);
  }
  return &info;
}

List<const air_tensor_info *> DocumentReader::tensors(const cJSON *object, const char *key) {
  std::vector<const air_tensor_info *> &pointers = store_.tensor_lists_.emplace_back();
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, key)) pointers.push_back(tensor(item));
  return {pointers.data(), static_cast<uint32_t>(pointers.size())};
}

List<const char *> DocumentReader::texts(const cJSON *object, const char *key) {
  std::vector<const char *> &pointers = store_.text_lists_.emplace_back();
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, key)) {
    if (!cJSON_IsString(item)) wrong(key, "a list of texts");
    pointers.push_back(keep(item->valuestring));
  }
  return {pointers.data(), static_cast<uint32_t>(pointers.size())};
}

void DocumentReader::version(const cJSON *object, const char *key, uint32_t (&numbers)[3]) {
  const cJSON *item = list(object, key);
  if (cJSON_GetArraySize(item) != 3) wrong(key, "a list of three numbers");
  for (int i = 0; i < 3; ++i) numbers[i] = integer_value<uint32_t>(cJSON_GetArrayItem(item, i), key);
}

uint32_t DocumentReader::capabilities(const cJSON *object) {
  uint32_t bits = 0;
  const List<const char *> names = texts(object, "capabilities");
  for (const std::string name : std::span(names.first, names.count)) {
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
      if (report::capability_names(bit).back() == name && name != "IO_ONLY") bits |= bit;
    }
  }
  return bits;
}

void DocumentReader::runtime(const cJSON *object) {
  air_runtime_info &runtime = store_.runtime_;
  runtime.struct_size = sizeof(runtime);
  runtime.name = text(object, "name");
  runtime.description = text(object, "rt_lib_desc");
  runtime.compiler = text(object, "compiler");
  runtime.protocol = text(object, "protocol");
  version(object, "version", runtime.version);
  version(object, "tools_version", runtime.tools_version);
}

void DocumentReader::device(const cJSON *object) {
  air_device_info &device = store_.device_;
  device.struct_size = sizeof(device);
  device.description = text(object, "desc");
  device.dev_type = text(object, "dev_type");
  device.dev_id = text(object, "dev_id");
  device.system = text(object, "system");
  device.machine = text(object, "machine");
  device.sys_clock = integer_or<uint64_t>(object, "sys_clock", 0);
  device.bus_clock = integer_or<uint64_t>(object, "bus_clock", 0);
  const auto [attributes, n_attributes] = texts(object, "attrs");
  const auto [extras, n_extras] = texts(object, "extra");
  device.n_attributes = n_attributes;
  device.attributes = attributes;
  device.n_extras = n_extras;
  device.extras = extras;
}

void DocumentReader::info(const cJSON *object) {
  air_model_info &model = store_.info;
  model.struct_size = sizeof(model);
  runtime(member(object, "runtime"));
  device(member(object, "device"));
  model.runtime = &store_.runtime_;
  model.device = &store_.device_;
  model.capabilities = capabilities(member(object, "runtime"));
  model.name = text(object, "name");
  model.model_datetime = text(object, "model_datetime");
  model.compile_datetime = text(object, "compile_datetime");
  model.hash = text(object, "hash");
  model.flags = text(object, "flags");
  model.n_nodes = integer<uint32_t>(object, "n_nodes");
  model.native_batch = integer<uint32_t>(object, "native_batch");
  model.macc = integer_or<uint64_t>(object, "macc", report::kUnknown);
  model.weights_bytes = integer_or<uint64_t>(object, "weights", report::kUnknown);
  model.activations_bytes = integer_or<uint64_t>(object, "activations", report::kUnknown);
  model.states_bytes = integer<uint64_t>(object, "states");
  model.install_ms = number_or(object, "n_install_time", -1);
  model.init_ms = number_or(object, "n_init_time", -1);
  const cJSON *pools = member(object, "mempools");
  const auto [inputs, n_inputs] = tensors(object, "inputs");
  const auto [outputs, n_outputs] = tensors(object, "outputs");
  const auto [weights, n_weights] = tensors(pools, "params");
  const auto [activations, n_activations] = tensors(pools, "activations");
  model.inputs = inputs;
  model.n_inputs = n_inputs;
  model.outputs = outputs;
  model.n_outputs = n_outputs;
  model.weights_pools = weights;
  model.n_weights_pools = n_weights;
  model.activations_pools = activations;
  model.n_activations_pools = n_activations;
}

void DocumentReader::node(const cJSON *object) {
  air_node_info &node = store_.nodes.emplace_back();
  node.struct_size = sizeof(node);
  node.index = integer<uint32_t>(object, "index");
  node.name = text(object, "name");
  node.description = text(object, "layer_desc");
  node.id = integer<int32_t>(object, "m_id");
  node.type = integer<uint32_t>(object, "layer_type");
  const auto [outputs, n_outputs] = tensors(object, "io_tensors");
  if (n_outputs == 0) wrong("io_tensors", "a list with a tensor");
  node.outputs = outputs;
  node.n_outputs = n_outputs;
}

void DocumentReader::read(std::string_view text_of_it) {
  report::refuse_zero_bytes(text_of_it, what_);
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> document(
      parse_json([&] { return cJSON_ParseWithLength(text_of_it.data(), text_of_it.size()); }), &cJSON_Delete);
  const cJSON *schema = cJSON_GetObjectItemCaseSensitive(document.get(), "schema");
  if (!cJSON_IsString(schema) || std::string_view(schema->valuestring) != kSchema) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: not a capture of this version of airunner: its description does not say {}",
         what_, kSchema);
  }
  store_.descriptor = text(document.get(), "descriptor");
  store_.backend = text(document.get(), "backend");
  store_.begin = text(document.get(), "begin");
  store_.host = text(document.get(), "host");
  store_.n_samples = integer<uint64_t>(document.get(), "n_samples");
  if (store_.n_samples == 0) wrong("n_samples", "at least 1");
  info(member(document.get(), "info"));
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(document.get(), "nodes")) node(item);
}

CaptureDocument::CaptureDocument(std::string_view text, const std::string &what) {
  DocumentReader(*this, what).read(text);
}

}  // namespace air
