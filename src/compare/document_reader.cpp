// SPDX-License-Identifier: BSD-3-Clause
// The description in a file of results, read.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>

#include "common/error.h"
#include "common/json.h"
#include "common/tensor_facts.h"
#include "compare/document.h"
#include "compare/tensors.h"
#include "report/boundary.h"
#include "report/properties.h"
#include "text/descriptions.h"
#include "text/provenance.h"

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

  Description read(const JsonView &document);

 private:
  [[noreturn]] void wrong_tensor(const air_tensor &tensor, const char *flaw) const {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged description of a capture: tensor {}: {}", path_, tensor.name, flaw);
  }

  // One that is not known is none.
  void set(const std::string &key, const std::string &value) {
    if (!value.empty()) properties_[key] = value;
  }

  std::vector<float> &scales(const JsonView &object);
  air_encoding encoding(const JsonView &object) const;
  air_dtype dtype(const JsonView &object, const char *key) const;
  uint32_t tensor_flags(const JsonView &object) const;
  const air_quantization *quantization(const JsonView &object, air_encoding encoding, bool has_samples);
  void check_size(const JsonView &object, const air_tensor &tensor) const;
  const air_tensor *tensor(const JsonView &object);
  List<const air_tensor *> tensors(const JsonView &object, const char *key);
  std::string version(const JsonView &object, const char *key) const;
  uint32_t capabilities(const JsonView &runtime) const;
  void runtime(const JsonView &object);
  void device(const JsonView &object);
  void info(const JsonView &object);
  void properties(const JsonView &object);
  air_kind kind(const JsonView &object) const;
  void column(const JsonView &object);
  void leave_gap(const JsonView &told);
  uint32_t node(const JsonView &object);
  void rest_of_node(air_node &node, const JsonView &object);
  int64_t begin(const JsonView &document) const;
  double milliseconds(const JsonView &object, const char *key) const;
  void options(const JsonView &object, air_profile &profile) const;
  void profile(const JsonView &object, Description &result) const;
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

std::vector<float> &DocumentReader::scales(const JsonView &object) {
  std::vector<float> &values = scales_.emplace_back();
  for (const double value : object.at("scales").numbers()) {
    // The largest float is where a double stops fitting.
    if (!(std::fabs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) {
      object["scales"].refuse("numbers that float32 has");
    }
    values.push_back(static_cast<float>(value));
  }
  return values;
}

air_encoding DocumentReader::encoding(const JsonView &object) const {
  const std::string_view name = object.at("encoding").exact_text();
  for (const air_encoding candidate :
       {AIR_ENCODING_PLAIN, AIR_ENCODING_QUANTIZED, AIR_ENCODING_FIXED_POINT, AIR_ENCODING_PACKED_BITS}) {
    if (name == encoding_name(candidate)) return candidate;
  }
  object["encoding"].refuse("one of those known");
}

// One without a name in this release is its number.
air_dtype DocumentReader::dtype(const JsonView &object, const char *key) const {
  if (!object[key].is_text()) return static_cast<air_dtype>(object[key].integer<uint32_t>());
  const std::string_view name = object.at(key).exact_text();
  for (uint32_t i = AIR_DTYPE_NONE; i <= AIR_DTYPE_FLOAT8_E5M2; ++i) {
    if (name == air_dtype_name(static_cast<air_dtype>(i))) return static_cast<air_dtype>(i);
  }
  object[key].refuse("one of those known");
}

uint32_t DocumentReader::tensor_flags(const JsonView &object) const {
  if (object["flags"].is_there()) return object.at("flags").integer<uint32_t>();
  const std::string layout = object["layout"].text();
  const std::string_view pool = object.at("memory_pool").exact_text();
  uint32_t flags = 0;
  if (layout == "channel_first") flags |= AIR_TENSOR_CHANNEL_FIRST;
  if (layout == "channel_last") flags |= AIR_TENSOR_CHANNEL_LAST;
  if (object.at("batch_added").flag()) flags |= AIR_TENSOR_WITHOUT_BATCH;
  for (const uint32_t flag : {AIR_TENSOR_IN_ACTIVATIONS, AIR_TENSOR_IN_MEMPOOL}) {
    air_tensor like{};
    like.flags = flag;
    if (pool == memory_pool_text(like)) flags |= flag;
  }
  return flags;
}

const air_quantization *DocumentReader::quantization(const JsonView &object, air_encoding encoding, bool has_samples) {
  std::vector<float> &factors = scales(object);
  std::vector<int32_t> &zero_points = zero_points_.emplace_back(object.at("zero_points").integers<int32_t>());
  if (factors.size() != zero_points.size()) object["zero_points"].refuse("as many as scales");
  const auto fraction_bits = object["fraction_bits"].integer_or<int32_t>(0);
  if (encoding == AIR_ENCODING_FIXED_POINT) {
    factors.assign(1, std::ldexp(1.0F, -fraction_bits));
    zero_points.assign(1, 0);
  }
  air_quantization result{factors.empty() ? 0U : 1U, -1, 1, static_cast<uint32_t>(factors.size()), factors.data(),
                          zero_points.data()};
  if (const JsonView rest = object["quantization"]; rest.is_there()) {
    if (rest.is_null()) return nullptr;
    result.known = rest.at("known").integer<uint32_t>();
    result.axis = rest.at("axis").integer<int32_t>();
    result.block = rest.at("block").integer<uint32_t>();
  } else {
    if (factors.empty() && encoding != AIR_ENCODING_QUANTIZED) return nullptr;
    const auto axis = object["quantized_axis"].integer_or<int32_t>(-1);
    result.axis = has_samples && axis >= 0 ? axis - 1 : axis;
    if (object["quantized_block"].is_there()) result.block = object.at("quantized_block").integer<uint32_t>();
  }
  return &quantizations_.emplace_back(result);
}

// What air_make_model() computes is what the file must say.
void DocumentReader::check_size(const JsonView &object, const air_tensor &tensor) const {
  uint64_t n_elements = 1;
  for (const int64_t dimension : storage_shape_of(tensor)) {
    if (dimension < 0) return;  // which air_make_model() judges
    n_elements = checked_size(n_elements, static_cast<uint64_t>(dimension));
  }
  const uint64_t bits = checked_size(n_elements, air_dtype_bits(tensor.dtype));
  if (object.at("n_elements").integer<uint64_t>() != n_elements) {
    wrong_tensor(tensor, "n_elements is not the product of storage_shape");
  }
  if (object.at("size_bytes").integer<uint64_t>() != bits / 8 + (bits % 8 != 0 ? 1 : 0)) {
    wrong_tensor(tensor, "size_bytes does not fit");
  }
}

const air_tensor *DocumentReader::tensor(const JsonView &object) {
  const std::vector<int64_t> &shape = shapes_.emplace_back(object.at("shape").integers<int64_t>());
  const std::vector<int64_t> &storage_shape = shapes_.emplace_back(object.at("storage_shape").integers<int64_t>());
  if (shape.size() != storage_shape.size()) object["storage_shape"].refuse("as many dimensions as shape");
  const bool has_samples = !shape.empty() && shape.front() == 1 && storage_shape.front() == 1;
  air_tensor &tensor = tensors_.emplace_back();
  tensor.name = object.at("name").exact_text();
  tensor.tag = object.at("tag").exact_text();
  tensor.dtype = dtype(object, "type");
  tensor.encoding = encoding(object);
  tensor.flags = tensor_flags(object);
  tensor.rank = static_cast<uint32_t>(shape.size()) - (has_samples ? 1 : 0);
  tensor.shape = shape.data() + (has_samples ? 1 : 0);
  tensor.storage_shape = storage_shape.data() + (has_samples ? 1 : 0);
  tensor.quantization = quantization(object, tensor.encoding, has_samples);
  tensor.address = object["address"].integer_or<uint64_t>(0);
  check_size(object, tensor);
  const auto format = object.at("format").integer<uint32_t>();
  if (format != 0) set(fmt::format("st.format.{}", tensor.tag), std::to_string(format));
  return &tensor;
}

List<const air_tensor *> DocumentReader::tensors(const JsonView &object, const char *key) {
  std::vector<const air_tensor *> &pointers = tensor_lists_.emplace_back();
  for (const JsonView &item : object.at(key).list()) pointers.push_back(tensor(item));
  return {pointers.data(), static_cast<uint32_t>(pointers.size())};
}

// "" where it is not known.
std::string DocumentReader::version(const JsonView &object, const char *key) const {
  const auto numbers = object.at(key).integers<uint32_t>();
  if (numbers.size() != 3) object[key].refuse("a list of three numbers");
  return numbers == std::vector<uint32_t>(3) ? "" : fmt::format("{}", fmt::join(numbers, "."));
}

uint32_t DocumentReader::capabilities(const JsonView &object) const {
  uint32_t bits = 0;
  for (const std::string &name : object.at("capabilities").texts()) {
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
      if (capability_names(bit).back() == name && name != "IO_ONLY") bits |= bit;
    }
  }
  return bits;
}

void DocumentReader::runtime(const JsonView &object) {
  set("runtime", object.at("name").exact_text());
  set("runtime.description", object.at("rt_lib_desc").exact_text());
  set("runtime.compiler", object.at("compiler").exact_text());
  set("runtime.protocol", object.at("protocol").exact_text());
  set("runtime.version", version(object, "version"));
  set("tools.version", version(object, "tools_version"));
  model_.capabilities = capabilities(object);
}

void DocumentReader::device(const JsonView &object) {
  set("device", object.at("desc").exact_text());
  set("device.type", object.at("dev_type").exact_text());
  set("device.id", object.at("dev_id").exact_text());
  set("device.system", object.at("system").exact_text());
  set("device.machine", object.at("machine").exact_text());
  for (const char *clock : {"sys_clock", "bus_clock"}) {
    const auto hertz = object[clock].integer_or<uint64_t>(0);
    if (hertz != 0) set(fmt::format("device.{}", clock), std::to_string(hertz));
  }
  set("device.attributes", fmt::format("{}", fmt::join(object.at("attrs").texts(), "\n")));
  set("device.extras", fmt::format("{}", fmt::join(object.at("extra").texts(), "\n")));
}

void DocumentReader::info(const JsonView &object) {
  runtime(object.at("runtime"));
  device(object.at("device"));
  for (const char *key : {"model_datetime", "compile_datetime", "hash", "flags"}) set(key, object.at(key).exact_text());
  for (const auto &[key, told] : {std::pair{"install_ms", "n_install_time"}, std::pair{"init_ms", "n_init_time"}}) {
    const double ms = object[told].number().value_or(-1);
    if (ms >= 0) set(key, fmt::format("{}", ms));
  }
  model_.name = object.at("name").exact_text();
  model_.n_nodes_told = object.at("n_nodes").integer<uint32_t>();
  model_.native_batch = object.at("native_batch").integer<uint32_t>();
  model_.macc = object["macc"].integer_or<uint64_t>(kUnknown);
  model_.weights_bytes = object["weights"].integer_or<uint64_t>(kUnknown);
  model_.activations_bytes = object["activations"].integer_or<uint64_t>(kUnknown);
  model_.states_bytes = object["states"].integer_or<uint64_t>(kUnknown);
  const JsonView pools = object.at("mempools");
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
void DocumentReader::properties(const JsonView &object) {
  for (const auto &[key, value] : object.members()) properties_[key] = value.exact_text();
}

// Kinds that have no name in this release are numbers.
air_kind DocumentReader::kind(const JsonView &object) const {
  if (!object["kind"].is_text()) return static_cast<air_kind>(object["kind"].integer<uint32_t>());
  const auto found = std::ranges::find(kKinds, std::string_view(object.at("kind").exact_text()));
  if (found == kKinds.end()) object["kind"].refuse("one of those known");
  return static_cast<air_kind>(found - kKinds.begin());
}

void DocumentReader::column(const JsonView &object) {
  columns_.push_back({object.at("name").exact_text(), object.at("unit").exact_text(), object.at("text").exact_text(),
                      kind(object), object.at("per_node").flag() ? 1U : 0U});
}

// Release 0.1 left nodes without data out: the others keep their places.
void DocumentReader::leave_gap(const JsonView &told) {
  const auto index = told.integer<uint32_t>();
  if (index < nodes_.size() || index >= most_nodes_) told.refuse("an index that ascends from node to node");
  nodes_.resize(index);
}

// Gives its index.
uint32_t DocumentReader::node(const JsonView &object) {
  const auto index = object.at("index").integer<uint32_t>();
  if (is_of_release_0_1_) leave_gap(object["index"]);
  if (index != nodes_.size()) object["index"].refuse("the place of the node in the list");
  air_node &node = nodes_.emplace_back();
  node.name = object.at("name").exact_text();
  node.operation = object.at("layer_desc").exact_text();
  node.operation_code = object.at("layer_type").integer<uint32_t>();
  node.layer = object.at("m_id").integer<int64_t>();
  const auto [outputs, n_outputs] = tensors(object, "io_tensors");
  node.outputs = outputs;
  node.n_outputs = n_outputs;
  if (!is_of_release_0_1_) rest_of_node(node, object);
  if (is_of_release_0_1_ && n_outputs == 0) object["io_tensors"].refuse("a list with a tensor");
  return index;
}

// What release 0.1 did not keep.
void DocumentReader::rest_of_node(air_node &node, const JsonView &object) {
  const auto [inputs, n_inputs] = tensors(object, "inputs");
  node.inputs = inputs;
  node.n_inputs = n_inputs;
  node.computes_in = dtype(object, "computes_in");
  node.processor = object.at("processor").exact_text();
  if (!object["covers"].is_there()) return;
  const std::vector<uint32_t> &covers = covers_.emplace_back(object["covers"].integers<uint32_t>());
  node.covers = covers.data();
  node.n_covers = static_cast<uint32_t>(covers.size());
}

void DocumentReader::options(const JsonView &object, air_profile &result) const {
  for (const std::string &name : object.at("io").texts()) {
    if (name == "quantize") result.io_mode |= AIR_IO_QUANTIZE;
    if (name == "dequantize") result.io_mode |= AIR_IO_DEQUANTIZE;
  }
  result.warmup = object.at("warmup").integer<uint32_t>();
  result.repeat = object.at("repeat").integer<uint32_t>();
  result.timeout_ms = object.at("timeout_ms").integer<uint32_t>();
}

// "2026-11-22T09:12:33Z", in milliseconds; 0 for "".
int64_t DocumentReader::begin(const JsonView &document) const {
  const char *stamp = document.at("begin").exact_text();
  if (*stamp == '\0') return 0;
  const auto unix_ms = unix_ms_of(stamp);
  if (!unix_ms) document["begin"].refuse("a time such as 2026-11-22T09:12:33Z");
  return *unix_ms;
}

// JSON has no infinite numbers: they are texts.
double DocumentReader::milliseconds(const JsonView &object, const char *key) const {
  const JsonView item = object[key];
  if (!item.is_text()) return item.number().value_or(NAN);
  const std::optional<double> value = number_in<double>(item.exact_text());
  if (!value || !std::isinf(*value)) item.refuse("a number");
  return *value;
}

void DocumentReader::profile(const JsonView &document, Description &result) const {
  air_profile &profile = result.profile;
  profile.n_samples = document.at("n_samples").integer<uint64_t>();
  if (profile.n_samples == 0) document["n_samples"].refuse("at least 1");
  options(document.at("options"), profile);
  if (is_of_release_0_1_) {
    profile.n_runs = profile.n_samples;
    profile.begin_unix_ms = begin(document);
    profile.mode = AIR_MODE_KEEP_INPUTS;
    if (!nodes_.empty()) profile.mode |= AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA;
    profile.asked_mode = profile.mode;
    return;
  }
  const JsonView &object = document.at("profile");
  profile.n_runs = object.at("n_runs").integer<uint64_t>();
  if (object["io_mode"].is_there()) profile.io_mode = object.at("io_mode").integer<uint32_t>();
  profile.mode = object.at("mode").integer<uint32_t>();
  profile.asked_mode = object.at("asked_mode").integer<uint32_t>();
  profile.stopped = object.at("stopped").flag() ? 1 : 0;
  profile.begin_unix_ms = object.at("begin_unix_ms").integer<int64_t>();
  profile.host_ms = milliseconds(object, "host_ms");
  for (const JsonView &item : object.at("not_finite").list()) {
    result.not_finite.push_back({item.at("n_nan").integer<uint64_t>(), item.at("n_inf").integer<uint64_t>()});
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

Description DocumentReader::read(const JsonView &document) {
  Description result;
  is_of_release_0_1_ = !document["arrays"].is_there();
  model_.descriptor = document.at("descriptor").exact_text();
  model_.backend = document.at("backend").exact_text();
  set("host", document.at("host").exact_text());
  info(document.at("info"));
  const std::vector<JsonView> nodes = document.at("nodes").list();
  // Those that were left out take no more memory than those that are told.
  most_nodes_ = 1024 + 16 * nodes.size();
  for (const JsonView &item : nodes) result.nodes.push_back(node(item));
  profile(document, result);
  if (!is_of_release_0_1_) {
    for (const JsonView &item : document.at("columns").list()) column(item);
    properties(document.at("properties"));
    if (document["capabilities"].is_there()) model_.capabilities = document.at("capabilities").integer<uint32_t>();
    const std::vector<std::string> names = document.at("arrays").texts();
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
  const JsonDocument document(text, path + ": damaged description of a capture");
  const JsonView schema = document.root()["schema"];
  if (!schema.is_text() || schema.text() != kSchema) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: not a capture of this version of airunner: its description does not say {}",
         path, kSchema);
  }
  return DocumentReader(path).read(document.root());
}

}  // namespace air
