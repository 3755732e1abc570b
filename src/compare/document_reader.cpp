// SPDX-License-Identifier: BSD-3-Clause
// The description in a file of results, read.
#include <cjson/cJSON.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <deque>
#include <limits>
#include <map>
#include <memory>

#include "common/error.h"
#include "common/json.h"
#include "common/tensor_facts.h"
#include "compare/document.h"
#include "compare/tensors.h"
#include "report/boundary.h"
#include "report/json/long_integers.h"
#include "report/json/view.h"
#include "report/properties.h"
#include "text/descriptions.h"

namespace air {
namespace {

// A list that ends the same way in every description: pointer and count.
template <class T>
struct List {
  const T *first;
  uint32_t count;
};

// Reads one level after the other; every member is checked for type and range before it is used. Texts are those of the document.
class DocumentReader {
 public:
  explicit DocumentReader(const std::string &path) : path_(path) {}

  Description read(const cJSON *document);

 private:
  [[noreturn]] void wrong(const char *key, const char *expected) const {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: \"{}\" is not {}", path_, key, expected);
  }
  [[noreturn]] void wrong_tensor(const air_tensor &tensor, const char *flaw) const {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: tensor {}: {}", path_, tensor.name, flaw);
  }

  // NULL where an older file has none.
  static const cJSON *find(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
  }
  const cJSON *member(const cJSON *object, const char *key) const {
    const cJSON *item = find(object, key);
    if (item == nullptr) wrong(key, "there");
    return item;
  }
  const cJSON *list(const cJSON *object, const char *key) const {
    const cJSON *item = member(object, key);
    if (!cJSON_IsArray(item)) wrong(key, "a list");
    return item;
  }
  const char *text(const cJSON *object, const char *key) const {
    const cJSON *item = member(object, key);
    if (!cJSON_IsString(item)) wrong(key, "a text");
    return item->valuestring;
  }
  // Nothing for what is no number.
  static std::optional<double> number_value(const cJSON *item) {
    if (cJSON_IsNumber(item)) return item->valuedouble;
    return report::number_in<double>(report::long_integer(item));
  }
  // Above 2^53 a double need not be the number that was written.
  template <class T>
  static std::optional<T> short_integer(const cJSON *item) {
    constexpr double limit = 9007199254740992.0;
    const double low = std::max(static_cast<double>(std::numeric_limits<T>::min()), -limit);
    const double high = std::min(static_cast<double>(std::numeric_limits<T>::max()), limit);
    const double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!(value >= low && value <= high) || value != std::floor(value)) return {};
    return static_cast<T>(value);
  }
  template <class T>
  T integer_value(const cJSON *item, const char *key) const {
    const std::string_view digits = report::long_integer(item);
    const std::optional<T> value = digits.empty() ? short_integer<T>(item) : report::number_in<T>(digits);
    if (!value) wrong(key, "an integer in range");
    return *value;
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
    const std::optional<double> value = number_value(item);
    if (!cJSON_IsNull(item) && !value) wrong(key, "a number");
    return value.value_or(otherwise);
  }
  template <class T>
  std::vector<T> &integers(const cJSON *object, const char *key, std::deque<std::vector<T>> &store) const {
    std::vector<T> &values = store.emplace_back();
    const cJSON *item = nullptr;
    cJSON_ArrayForEach(item, list(object, key)) values.push_back(integer_value<T>(item, key));
    return values;
  }
  std::vector<std::string> texts(const cJSON *object, const char *key) const;
  // One that is not known is none.
  void set(const std::string &key, const std::string &value) {
    if (!value.empty()) properties_[key] = value;
  }

  std::vector<float> &scales(const cJSON *object);
  air_encoding encoding(const cJSON *object) const;
  air_dtype dtype(const cJSON *object, const char *key) const;
  uint32_t tensor_flags(const cJSON *object) const;
  const air_quantization *quantization(const cJSON *object, air_encoding encoding, bool has_samples);
  void check_size(const cJSON *object, const air_tensor &tensor) const;
  const air_tensor *tensor(const cJSON *object);
  List<const air_tensor *> tensors(const cJSON *object, const char *key);
  std::string version(const cJSON *object, const char *key) const;
  uint32_t capabilities(const cJSON *runtime) const;
  void runtime(const cJSON *object);
  void device(const cJSON *object);
  void info(const cJSON *object);
  void properties(const cJSON *object);
  air_kind kind(const cJSON *object) const;
  void column(const cJSON *object);
  void leave_gap(uint32_t index);
  uint32_t node(const cJSON *object);
  void rest_of_node(air_node &node, const cJSON *object);
  int64_t begin(const cJSON *document) const;
  double milliseconds(const cJSON *object, const char *key) const;
  void options(const cJSON *object, air_profile &profile) const;
  void profile(const cJSON *object, Description &result) const;
  HeldModel make_model();

  const std::string &path_;
  bool is_of_release_0_1_ = false;
  size_t most_nodes_ = 0;
  air_model model_{};
  std::map<std::string, std::string> properties_;
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<std::vector<float>> scales_;
  std::deque<std::vector<int32_t>> zero_points_;
  std::deque<std::vector<uint32_t>> covers_;
  std::deque<air_quantization> quantizations_;
  std::deque<air_tensor> tensors_;
  std::deque<std::vector<const air_tensor *>> tensor_lists_;
  std::deque<air_column> columns_;
  std::deque<air_node> nodes_;
};

std::vector<std::string> DocumentReader::texts(const cJSON *object, const char *key) const {
  std::vector<std::string> result;
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, key)) {
    if (!cJSON_IsString(item)) wrong(key, "a list of texts");
    result.emplace_back(item->valuestring);
  }
  return result;
}

std::vector<float> &DocumentReader::scales(const cJSON *object) {
  std::vector<float> &values = scales_.emplace_back();
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, "scales")) {
    // The largest float is where a double stops fitting.
    const double value = number_value(item).value_or(NAN);
    if (!(std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) wrong("scales", "numbers");
    values.push_back(static_cast<float>(value));
  }
  return values;
}

air_encoding DocumentReader::encoding(const cJSON *object) const {
  const std::string_view name = text(object, "encoding");
  for (const air_encoding candidate :
       {AIR_ENCODING_PLAIN, AIR_ENCODING_QUANTIZED, AIR_ENCODING_FIXED_POINT, AIR_ENCODING_PACKED_BITS}) {
    if (name == encoding_name(candidate)) return candidate;
  }
  wrong("encoding", "one of those known");
}

// One without a name in this release is its number.
air_dtype DocumentReader::dtype(const cJSON *object, const char *key) const {
  if (cJSON_IsNumber(member(object, key))) return static_cast<air_dtype>(integer<uint32_t>(object, key));
  const std::string_view name = text(object, key);
  for (uint32_t i = AIR_DTYPE_NONE; i <= AIR_DTYPE_FLOAT8_E5M2; ++i) {
    if (name == air_dtype_name(static_cast<air_dtype>(i))) return static_cast<air_dtype>(i);
  }
  wrong(key, "one of those known");
}

uint32_t DocumentReader::tensor_flags(const cJSON *object) const {
  if (find(object, "flags") != nullptr) return integer<uint32_t>(object, "flags");
  const std::string_view layout = cJSON_IsNull(member(object, "layout")) ? "" : text(object, "layout");
  const std::string_view pool = text(object, "memory_pool");
  uint32_t flags = 0;
  if (layout == "channel_first") flags |= AIR_TENSOR_CHANNEL_FIRST;
  if (layout == "channel_last") flags |= AIR_TENSOR_CHANNEL_LAST;
  if (cJSON_IsTrue(member(object, "batch_added")) != 0) flags |= AIR_TENSOR_WITHOUT_BATCH;
  for (const uint32_t flag : {AIR_TENSOR_IN_ACTIVATIONS, AIR_TENSOR_IN_MEMPOOL}) {
    air_tensor like{};
    like.flags = flag;
    if (pool == memory_pool_text(like)) flags |= flag;
  }
  return flags;
}

const air_quantization *DocumentReader::quantization(const cJSON *object, air_encoding encoding, bool has_samples) {
  std::vector<float> &factors = scales(object);
  std::vector<int32_t> &zero_points = integers(object, "zero_points", zero_points_);
  if (factors.size() != zero_points.size()) wrong("zero_points", "as long as \"scales\"");
  const auto fraction_bits = integer_or<int32_t>(object, "fraction_bits", 0);
  if (encoding == AIR_ENCODING_FIXED_POINT) {
    factors.assign(1, std::ldexp(1.0F, -fraction_bits));
    zero_points.assign(1, 0);
  }
  air_quantization result{factors.empty() ? 0U : 1U, -1, 1, static_cast<uint32_t>(factors.size()), factors.data(),
                          zero_points.data()};
  if (const cJSON *rest = find(object, "quantization"); rest != nullptr) {
    if (cJSON_IsNull(rest)) return nullptr;
    result.known = integer<uint32_t>(rest, "known");
    result.axis = integer<int32_t>(rest, "axis");
    result.block = integer<uint32_t>(rest, "block");
  } else {
    if (factors.empty() && encoding != AIR_ENCODING_QUANTIZED) return nullptr;
    const auto axis = integer_or<int32_t>(object, "quantized_axis", -1);
    result.axis = has_samples && axis >= 0 ? axis - 1 : axis;
    if (find(object, "quantized_block") != nullptr) result.block = integer<uint32_t>(object, "quantized_block");
  }
  return &quantizations_.emplace_back(result);
}

// What air_make_model() computes is what the file must say.
void DocumentReader::check_size(const cJSON *object, const air_tensor &tensor) const {
  uint64_t n_elements = 1;
  for (const int64_t dimension : storage_shape_of(tensor)) {
    if (dimension < 0) return;  // which air_make_model() judges
    n_elements = checked_size(n_elements, static_cast<uint64_t>(dimension));
  }
  const uint64_t bits = checked_size(n_elements, air_dtype_bits(tensor.dtype));
  if (integer<uint64_t>(object, "n_elements") != n_elements) {
    wrong_tensor(tensor, "n_elements is not the product of storage_shape");
  }
  if (integer<uint64_t>(object, "size_bytes") != bits / 8 + (bits % 8 != 0 ? 1 : 0)) {
    wrong_tensor(tensor, "size_bytes does not fit");
  }
}

const air_tensor *DocumentReader::tensor(const cJSON *object) {
  if (!cJSON_IsObject(object)) wrong("tensor", "an object");
  const std::vector<int64_t> &shape = integers(object, "shape", shapes_);
  const std::vector<int64_t> &storage_shape = integers(object, "storage_shape", shapes_);
  if (shape.size() != storage_shape.size()) wrong("storage_shape", "as long as \"shape\"");
  const bool has_samples = !shape.empty() && shape.front() == 1 && storage_shape.front() == 1;
  air_tensor &tensor = tensors_.emplace_back();
  tensor.name = text(object, "name");
  tensor.tag = text(object, "tag");
  tensor.dtype = dtype(object, "type");
  tensor.encoding = encoding(object);
  tensor.flags = tensor_flags(object);
  tensor.rank = static_cast<uint32_t>(shape.size()) - (has_samples ? 1 : 0);
  tensor.shape = shape.data() + (has_samples ? 1 : 0);
  tensor.storage_shape = storage_shape.data() + (has_samples ? 1 : 0);
  tensor.quantization = quantization(object, tensor.encoding, has_samples);
  tensor.address = integer_or<uint64_t>(object, "address", 0);
  check_size(object, tensor);
  const auto format = integer<uint32_t>(object, "format");
  if (format != 0) set(fmt::format("st.format.{}", tensor.tag), std::to_string(format));
  return &tensor;
}

List<const air_tensor *> DocumentReader::tensors(const cJSON *object, const char *key) {
  std::vector<const air_tensor *> &pointers = tensor_lists_.emplace_back();
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, key)) pointers.push_back(tensor(item));
  return {pointers.data(), static_cast<uint32_t>(pointers.size())};
}

// "" where it is not known.
std::string DocumentReader::version(const cJSON *object, const char *key) const {
  const cJSON *item = list(object, key);
  if (cJSON_GetArraySize(item) != 3) wrong(key, "a list of three numbers");
  std::array<uint32_t, 3> numbers{};
  const cJSON *number = item->child;
  for (uint32_t &part : numbers) {
    part = integer_value<uint32_t>(number, key);
    number = number->next;
  }
  return numbers == std::array<uint32_t, 3>{} ? "" : fmt::format("{}", fmt::join(numbers, "."));
}

uint32_t DocumentReader::capabilities(const cJSON *object) const {
  uint32_t bits = 0;
  for (const std::string &name : texts(object, "capabilities")) {
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
      if (capability_names(bit).back() == name && name != "IO_ONLY") bits |= bit;
    }
  }
  return bits;
}

void DocumentReader::runtime(const cJSON *object) {
  set("runtime", text(object, "name"));
  set("runtime.description", text(object, "rt_lib_desc"));
  set("runtime.compiler", text(object, "compiler"));
  set("runtime.protocol", text(object, "protocol"));
  set("runtime.version", version(object, "version"));
  set("tools.version", version(object, "tools_version"));
  model_.capabilities = capabilities(object);
}

void DocumentReader::device(const cJSON *object) {
  set("device", text(object, "desc"));
  set("device.type", text(object, "dev_type"));
  set("device.id", text(object, "dev_id"));
  set("device.system", text(object, "system"));
  set("device.machine", text(object, "machine"));
  for (const char *clock : {"sys_clock", "bus_clock"}) {
    const auto hertz = integer_or<uint64_t>(object, clock, 0);
    if (hertz != 0) set(fmt::format("device.{}", clock), std::to_string(hertz));
  }
  set("device.attributes", fmt::format("{}", fmt::join(texts(object, "attrs"), "\n")));
  set("device.extras", fmt::format("{}", fmt::join(texts(object, "extra"), "\n")));
}

void DocumentReader::info(const cJSON *object) {
  runtime(member(object, "runtime"));
  device(member(object, "device"));
  for (const char *key : {"model_datetime", "compile_datetime", "hash", "flags"}) set(key, text(object, key));
  for (const auto &[key, told] : {std::pair{"install_ms", "n_install_time"}, std::pair{"init_ms", "n_init_time"}}) {
    const double ms = number_or(object, told, -1);
    if (ms >= 0) set(key, fmt::format("{}", ms));
  }
  model_.name = text(object, "name");
  model_.n_nodes_told = integer<uint32_t>(object, "n_nodes");
  model_.native_batch = integer<uint32_t>(object, "native_batch");
  model_.macc = integer_or<uint64_t>(object, "macc", kUnknown);
  model_.weights_bytes = integer_or<uint64_t>(object, "weights", kUnknown);
  model_.activations_bytes = integer_or<uint64_t>(object, "activations", kUnknown);
  model_.states_bytes = integer_or<uint64_t>(object, "states", kUnknown);
  const cJSON *pools = member(object, "mempools");
  const auto [inputs, n_inputs] = tensors(object, "inputs");
  const auto [outputs, n_outputs] = tensors(object, "outputs");
  const auto [weights, n_weights] = tensors(pools, "params");
  const auto [activations, n_activations] = tensors(pools, "activations");
  model_.inputs = inputs;
  model_.n_inputs = n_inputs;
  model_.outputs = outputs;
  model_.n_outputs = n_outputs;
  model_.weights_pools = weights;
  model_.n_weights_pools = n_weights;
  model_.activations_pools = activations;
  model_.n_activations_pools = n_activations;
}

// They say more than what was made of some of them above.
void DocumentReader::properties(const cJSON *object) {
  if (!cJSON_IsObject(object)) wrong("properties", "an object");
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, object) {
    if (!cJSON_IsString(item)) wrong("properties", "an object of texts");
    properties_[item->string] = item->valuestring;
  }
}

// Kinds that have no name in this release are numbers.
air_kind DocumentReader::kind(const cJSON *object) const {
  if (cJSON_IsNumber(member(object, "kind"))) return static_cast<air_kind>(integer<uint32_t>(object, "kind"));
  const auto found = std::ranges::find(kKinds, std::string_view(text(object, "kind")));
  if (found == kKinds.end()) wrong("kind", "one of those known");
  return static_cast<air_kind>(found - kKinds.begin());
}

void DocumentReader::column(const cJSON *object) {
  columns_.push_back({text(object, "name"), text(object, "unit"), text(object, "text"), kind(object),
                      cJSON_IsTrue(member(object, "per_node")) != 0 ? 1U : 0U});
}

// Release 0.1 left nodes without data out: the others keep their places.
void DocumentReader::leave_gap(uint32_t index) {
  if (index < nodes_.size() || index >= most_nodes_) wrong("index", "one that ascends from node to node");
  nodes_.resize(index);
}

// Gives its index.
uint32_t DocumentReader::node(const cJSON *object) {
  const auto index = integer<uint32_t>(object, "index");
  if (is_of_release_0_1_) leave_gap(index);
  if (index != nodes_.size()) wrong("index", "the place of the node in the list");
  air_node &node = nodes_.emplace_back();
  node.name = text(object, "name");
  node.operation = text(object, "layer_desc");
  node.operation_code = integer<uint32_t>(object, "layer_type");
  node.layer = integer<int64_t>(object, "m_id");
  const auto [outputs, n_outputs] = tensors(object, "io_tensors");
  node.outputs = outputs;
  node.n_outputs = n_outputs;
  if (!is_of_release_0_1_) rest_of_node(node, object);
  if (is_of_release_0_1_ && n_outputs == 0) wrong("io_tensors", "a list with a tensor");
  return index;
}

// What release 0.1 did not keep.
void DocumentReader::rest_of_node(air_node &node, const cJSON *object) {
  const auto [inputs, n_inputs] = tensors(object, "inputs");
  node.inputs = inputs;
  node.n_inputs = n_inputs;
  node.computes_in = dtype(object, "computes_in");
  node.processor = text(object, "processor");
  if (find(object, "covers") == nullptr) return;
  const std::vector<uint32_t> &covers = integers(object, "covers", covers_);
  node.covers = covers.data();
  node.n_covers = static_cast<uint32_t>(covers.size());
}

void DocumentReader::options(const cJSON *object, air_profile &result) const {
  for (const std::string &name : texts(object, "io")) {
    if (name == "quantize") result.io_mode |= AIR_IO_QUANTIZE;
    if (name == "dequantize") result.io_mode |= AIR_IO_DEQUANTIZE;
  }
  result.warmup = integer<uint32_t>(object, "warmup");
  result.repeat = integer<uint32_t>(object, "repeat");
  result.timeout_ms = integer<uint32_t>(object, "timeout_ms");
}

// "2026-11-22T09:12:33Z", in milliseconds; 0 for "".
int64_t DocumentReader::begin(const cJSON *document) const {
  const char *stamp = text(document, "begin");
  tm parts{};
  if (*stamp == '\0') return 0;
  const char *end = strptime(stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') wrong("begin", "a time such as 2026-11-22T09:12:33Z");
  return int64_t{timegm(&parts)} * 1000;
}

// JSON has no infinite numbers: they are texts.
double DocumentReader::milliseconds(const cJSON *object, const char *key) const {
  const cJSON *item = member(object, key);
  if (!cJSON_IsString(item) || !report::long_integer(item).empty()) return number_or(object, key, NAN);
  const std::optional<double> value = report::number_in<double>(item->valuestring);
  if (!value || !std::isinf(*value)) wrong(key, "a number");
  return *value;
}

void DocumentReader::profile(const cJSON *document, Description &result) const {
  air_profile &profile = result.profile;
  profile.n_samples = integer<uint64_t>(document, "n_samples");
  if (profile.n_samples == 0) wrong("n_samples", "at least 1");
  options(member(document, "options"), profile);
  if (is_of_release_0_1_) {
    profile.n_runs = profile.n_samples;
    profile.begin_unix_ms = begin(document);
    profile.mode = AIR_MODE_KEEP_INPUTS;
    if (!nodes_.empty()) profile.mode |= AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA;
    profile.asked_mode = profile.mode;
    return;
  }
  const cJSON *object = member(document, "profile");
  profile.n_runs = integer<uint64_t>(object, "n_runs");
  if (find(object, "io_mode") != nullptr) profile.io_mode = integer<uint32_t>(object, "io_mode");
  profile.mode = integer<uint32_t>(object, "mode");
  profile.asked_mode = integer<uint32_t>(object, "asked_mode");
  profile.stopped = cJSON_IsTrue(member(object, "stopped")) != 0 ? 1 : 0;
  profile.begin_unix_ms = integer<int64_t>(object, "begin_unix_ms");
  profile.host_ms = milliseconds(object, "host_ms");
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, list(object, "not_finite")) {
    result.not_finite.push_back({integer<uint64_t>(item, "n_nan"), integer<uint64_t>(item, "n_inf")});
  }
}

template <class T>
std::vector<const T *> pointers_to(const std::deque<T> &items) {
  std::vector<const T *> pointers;
  for (const T &item : items) pointers.push_back(&item);
  return pointers;
}

HeldModel DocumentReader::make_model() {
  properties_[kFile] = path_;
  std::vector<air_option> pairs;
  for (const auto &[key, value] : properties_) pairs.push_back({key.c_str(), value.c_str()});
  const std::vector<const air_column *> columns = pointers_to(columns_);
  const std::vector<const air_node *> nodes = pointers_to(nodes_);
  model_.n_properties = static_cast<uint32_t>(pairs.size());
  model_.properties = pairs.data();
  model_.n_columns = static_cast<uint32_t>(columns.size());
  model_.columns = columns.data();
  model_.n_nodes = static_cast<uint32_t>(nodes.size());
  model_.nodes = nodes.data();
  HeldModel made;
  check_described(air_make_model(&model_, made.out()), path_);
  return made;
}

Description DocumentReader::read(const cJSON *document) {
  Description result;
  is_of_release_0_1_ = find(document, "arrays") == nullptr;
  model_.descriptor = text(document, "descriptor");
  model_.backend = text(document, "backend");
  set("host", text(document, "host"));
  info(member(document, "info"));
  const cJSON *item = nullptr;
  const cJSON *nodes = list(document, "nodes");
  // Those that were left out take no more memory than those that are told.
  most_nodes_ = 1024 + 16 * static_cast<size_t>(cJSON_GetArraySize(nodes));
  cJSON_ArrayForEach(item, nodes) result.nodes.push_back(node(item));
  profile(document, result);
  if (!is_of_release_0_1_) {
    cJSON_ArrayForEach(item, list(document, "columns")) column(item);
    properties(member(document, "properties"));
    if (find(document, "capabilities") != nullptr) model_.capabilities = integer<uint32_t>(document, "capabilities");
    const std::vector<std::string> names = texts(document, "arrays");
    result.arrays.emplace(names.begin(), names.end());
  }
  result.model = make_model();
  return result;
}

}  // namespace

void check_described(air_status status, const std::string &path) {
  if (status == AIR_ERROR_INVALID_ARGUMENT || status == AIR_ERROR_INVALID_INPUT) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: {}", path, air_last_error()->message);
  }
  report::check(status);
}

Description read_description(std::string_view text, const std::string &path) {
  report::refuse_zero_bytes(text, path);
  const std::string json = report::with_long_integers_as_texts(text);
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> document(
      parse_json([&] { return cJSON_ParseWithLength(json.data(), json.size()); }), &cJSON_Delete);
  const cJSON *schema = cJSON_GetObjectItemCaseSensitive(document.get(), "schema");
  if (!cJSON_IsString(schema) || std::string_view(schema->valuestring) != kSchema) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: not a capture of this version of airunner: its description does not say {}",
         path, kSchema);
  }
  return DocumentReader(path).read(document.get());
}

}  // namespace air
