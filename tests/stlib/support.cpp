// SPDX-License-Identifier: BSD-3-Clause
// A small host around the backend's table: connects, runs samples, records errors, logs and node events.
#include "support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <span>

namespace air::stlib::test {
namespace fs = std::filesystem;
namespace {

thread_local Failure t_failure;
thread_local std::vector<std::string> t_log;

uint64_t now_ns() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

const air_host kHost = {
    .struct_size = sizeof(air_host),
    .reserved = 0,
    .now_ns = &now_ns,
    .set_error =
        [](air_status status, int32_t code, const char *message) {
          t_failure = {status, code, message, {}};
        },
    .add_cause = [](const char *text) { t_failure.causes.emplace_back(text); },
    .log = [](void *, air_log_level, const char *message) { t_log.emplace_back(message); },
    .log_level = [](const void *) { return AIR_LOG_DEBUG; },
};

air_status connect(const std::string &path, const ConnectArguments &arguments, air_connection **out) {
  std::vector<air_option> options;
  for (const auto &[key, value] : arguments.options) options.push_back({key.c_str(), value.c_str()});
  for (const air_backend_option &option : std::span(table().options, table().n_options)) {
    const auto is_it = [&](const air_option &given) { return std::string_view(given.key) == option.key; };
    if (option.default_value != nullptr && std::none_of(options.begin(), options.end(), is_it))
      options.push_back({option.key, option.default_value});
  }
  std::vector<air_weights> weights;
  for (const Bytes &block : arguments.weights) weights.push_back({block.data(), block.size()});
  air_connect_request request{};
  request.struct_size = sizeof(request);
  request.scheme = "file";
  request.rest = path.c_str();
  request.model_name = arguments.name;
  request.options = options.data();
  request.n_options = static_cast<uint32_t>(options.size());
  request.weights = weights.data();
  request.n_weights = static_cast<uint32_t>(weights.size());
  request.check = [](void *) { return AIR_OK; };
  t_failure = {};
  return table().connect(&request, out);
}

// Where a description lives no longer than the call it is given to.
std::vector<backend::Tensor> copy_tensors(const air_backend_tensor *tensors, uint32_t n) {
  std::vector<backend::Tensor> copies;
  for (const air_backend_tensor &tensor : std::span(tensors, n)) {
    backend::Tensor &copy = copies.emplace_back();
    copy.name = tensor.name;
    copy.tag = tensor.tag;
    copy.dtype = tensor.dtype;
    copy.shape = shape_of(tensor);
    copy.encoding = tensor.encoding;
    copy.flags = tensor.flags;
    copy.scales.assign(tensor.scales, tensor.scales + tensor.n_scales);
    copy.zero_points.assign(tensor.zero_points, tensor.zero_points + (tensor.zero_points ? tensor.n_scales : 0));
    copy.axis = tensor.axis;
    copy.fraction_bits = tensor.fraction_bits;
  }
  return copies;
}

backend::Node copy_node(const air_backend_node &node) {
  backend::Node copy;
  copy.name = node.name;
  copy.operation = node.operation;
  copy.operation_code = node.operation_code;
  copy.layer_number = node.layer_number;
  copy.inputs = copy_tensors(node.inputs, node.n_inputs);
  copy.outputs = copy_tensors(node.outputs, node.n_outputs);
  for (const air_option &property : std::span(node.properties, node.n_properties))
    copy.properties.emplace_back(property.key, property.value);
  return copy;
}

uint64_t size_of(air_dtype dtype, air_encoding encoding, std::span<const int64_t> shape) {
  constexpr uint64_t kSizes[] = {0, 4, 2, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1};
  uint64_t size = kSizes[dtype];
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool packed = encoding == AIR_ENCODING_PACKED_BITS && i + 1 == shape.size();
    size *= static_cast<uint64_t>(packed ? (shape[i] + 31) / 32 : shape[i]);
  }
  return size;
}

// What the library is told in one run; it insists on the rules of the ABI.
struct Sink {
  Outcome *outcome;
  int events_left;
  std::deque<backend::Node> *nodes;
  size_t *n_descriptions;
  bool refuses_nodes;

  air_status describe(uint32_t index, const air_backend_node &node) {
    CHECK(node.struct_size == sizeof(node));
    CHECK(index <= nodes->size());
    if (refuses_nodes || index > nodes->size()) {
      kHost.set_error(AIR_ERROR_INTERNAL, 0, "no such node");
      return AIR_ERROR_INTERNAL;
    }
    if (index == nodes->size()) nodes->emplace_back();
    (*nodes)[index] = copy_node(node);
    ++*n_descriptions;
    return AIR_OK;
  }

  air_action see(const air_backend_event &event, bool begins) {
    CHECK(event.struct_size == sizeof(event));
    CHECK(event.node < nodes->size());
    CHECK(event.n_values == (begins ? 0 : 1));
    if (event.node >= nodes->size() || event.n_values != (begins ? 0 : 1)) return AIR_FAIL;
    const backend::Node &node = (*nodes)[event.node];
    NodeSeen seen{begins, event.sample, event.node, &node, {}, begins ? 0.0 : event.values[0]};
    const std::vector<backend::Tensor> &tensors = begins ? node.inputs : node.outputs;
    for (size_t i = 0; i < tensors.size(); ++i) {
      const auto *data = event.data == nullptr ? nullptr : static_cast<const unsigned char *>(event.data[i]);
      const uint64_t size = size_of(tensors[i].dtype, tensors[i].encoding, tensors[i].shape);
      seen.data.push_back(data == nullptr ? Bytes{} : Bytes(data, data + size));
    }
    outcome->nodes.push_back(std::move(seen));
    return events_left >= 0 && --events_left < 0 ? AIR_STOP : AIR_CONTINUE;
  }
};

// The caller's memory, with bytes around it that nobody may change.
class CallerMemory {
 public:
  CallerMemory(uint64_t size, size_t misalignment) : bytes_(size + 2 * kMargin + 64, kFill), size_(size) {
    const auto address = reinterpret_cast<uintptr_t>(bytes_.data()) + kMargin;
    begin_ = bytes_.data() + kMargin + (64 - address % 64) % 64 + misalignment;
  }
  unsigned char *data() { return begin_; }
  Bytes content() const { return {begin_, begin_ + size_}; }
  bool margins_intact() const {
    const auto filled = [](unsigned char byte) { return byte == kFill; };
    return std::all_of(bytes_.data(), static_cast<const unsigned char *>(begin_), filled) &&
           std::all_of(static_cast<const unsigned char *>(begin_) + size_, bytes_.data() + bytes_.size(), filled);
  }

 private:
  static constexpr size_t kMargin = 64;
  static constexpr unsigned char kFill = 0xC3;
  Bytes bytes_;
  uint64_t size_;
  unsigned char *begin_;
};

}  // namespace

std::string fixture(const std::string &name) {
  const char *root = std::getenv("AIR_TEST_FIXTURES");
  REQUIRE_MESSAGE(root != nullptr, "AIR_TEST_FIXTURES names the folder of the fixtures");
  return (fs::path(root) / name).string();
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "stlib-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TemporaryFolder::touch(const std::string &name) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file).put('\n');
  return file;
}

size_t count_open_files() {
  return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

size_t count_mappings(const std::string &text) {
  std::ifstream maps("/proc/self/maps");
  size_t n = 0;
  for (std::string line; std::getline(maps, line);) n += line.find(text) != std::string::npos ? 1 : 0;
  return n;
}

bool Failure::tells(const std::string &text) const {
  return message.find(text) != std::string::npos || contains(causes, text);
}

size_t Outcome::count(bool begins) const {
  return static_cast<size_t>(
      std::count_if(nodes.begin(), nodes.end(), [&](const NodeSeen &seen) { return seen.begins == begins; }));
}

Client::Client(const std::string &path, const ConnectArguments &arguments) {
  const air_status status = connect(path, arguments, &connection_);
  INFO(path, ": ", t_failure.message);
  REQUIRE(status == AIR_OK);
  REQUIRE(table().get_info(connection_, &info_) == AIR_OK);
  nodes_.resize(info_->n_models);
  n_descriptions_.resize(info_->n_models);
}

Client::~Client() {
  table().disconnect(connection_);
}

Failure Client::try_connect(const std::string &path, const ConnectArguments &arguments) {
  air_connection *connection = nullptr;
  const air_status status = connect(path, arguments, &connection);
  CHECK((connection != nullptr) == (status == AIR_OK));
  CHECK(status == t_failure.status);
  if (status == AIR_OK) table().disconnect(connection);
  return t_failure;
}

Failure Client::refusal(const std::string &path, const ConnectArguments &arguments) {
  const Failure failure = try_connect(path, arguments);
  INFO(path);
  REQUIRE(failure.status != AIR_OK);
  return failure;
}

Outcome Client::run(const std::vector<Bytes> &inputs, const RunArguments &arguments) {
  const air_backend_model &model = info_->models[arguments.model];
  REQUIRE(inputs.size() == model.n_inputs);
  const uint64_t n_samples = inputs[0].size() / size_of(model.inputs[0]);
  Outcome outcome;
  Sink sink{&outcome, arguments.stop_after_events, &nodes_[arguments.model], &n_descriptions_[arguments.model],
            arguments.refuses_nodes};
  std::vector<CallerMemory> in, out;
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    REQUIRE(inputs[i].size() == n_samples * size_of(model.inputs[i]));
    in.emplace_back(inputs[i].size(), arguments.misalignment);
    std::memcpy(in.back().data(), inputs[i].data(), inputs[i].size());
  }
  for (uint32_t i = 0; i < model.n_outputs; ++i)
    out.emplace_back(n_samples * size_of(model.outputs[i]), arguments.misalignment);
  for (uint64_t sample = 0; sample < n_samples && outcome.status == AIR_OK; sample += arguments.per_run) {
    const uint64_t n = std::min(arguments.per_run, n_samples - sample);
    std::vector<const void *> input_pointers;
    std::vector<void *> output_pointers;
    for (uint32_t i = 0; i < model.n_inputs; ++i)
      input_pointers.push_back(in[i].data() + sample * size_of(model.inputs[i]));
    for (uint32_t i = 0; i < model.n_outputs; ++i)
      output_pointers.push_back(out[i].data() + sample * size_of(model.outputs[i]));
    std::vector<const void *> given_pointers;
    for (const Bytes &values : arguments.given)
      given_pointers.push_back(values.data() + sample * (values.size() / n_samples));
    air_run_result result{};
    result.struct_size = sizeof(result);
    air_run run{};
    run.struct_size = sizeof(run);
    run.mode = arguments.mode;
    run.flags = (sample == 0 ? uint32_t{AIR_RUN_FIRST} : 0u) | (sample + n == n_samples ? uint32_t{AIR_RUN_LAST} : 0u);
    run.n_samples = static_cast<uint32_t>(n);
    run.sample = sample;
    run.inputs = input_pointers.data();
    run.outputs = output_pointers.data();
    run.given = given_pointers.empty() ? nullptr : given_pointers.data();
    run.sink = &sink;
    run.check = [](void *) { return AIR_OK; };
    run.on_node_begin = [](void *to, const air_backend_event *event) {
      return static_cast<Sink *>(to)->see(*event, true);
    };
    run.on_node_end = [](void *to, const air_backend_event *event) {
      return static_cast<Sink *>(to)->see(*event, false);
    };
    if (!arguments.wants_begin) run.on_node_begin = nullptr;
    run.describe_node = [](void *to, uint32_t index, const air_backend_node *node) {
      return static_cast<Sink *>(to)->describe(index, *node);
    };
    run.result = &result;
    t_failure = {};
    outcome.status = table().run(connection_, arguments.model, &run);
    outcome.failure = t_failure;
    if (outcome.status == AIR_OK) outcome.results.push_back(result);
  }
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    CHECK(in[i].content() == inputs[i]);
    CHECK(in[i].margins_intact());
  }
  for (CallerMemory &memory : out) {
    CHECK(memory.margins_intact());
    outcome.outputs.push_back(memory.content());
  }
  return outcome;
}

air_status Client::reset_states(uint32_t index) {
  t_failure = {};
  return table().reset_states(connection_, index);
}

Failure Client::prepare(const std::vector<uint32_t> &nodes, uint32_t index) {
  t_failure = {};
  air_prepare_request request{};
  request.struct_size = sizeof(request);
  request.n_nodes = static_cast<uint32_t>(nodes.size());
  request.nodes = nodes.data();
  request.check = [](void *) { return AIR_OK; };
  const air_status status = table().prepare(connection_, index, &request);
  CHECK(status == t_failure.status);
  return t_failure;
}

std::string Client::property(const std::string &key) const {
  for (const air_option &property : std::span(model().properties, model().n_properties)) {
    if (property.key == key) return property.value;
  }
  return "";
}

const air_backend &table() {
  static const air_backend *const table = air_backend_query(AIR_BACKEND_ABI_VERSION, &kHost);
  REQUIRE(table != nullptr);
  return *table;
}

std::vector<int64_t> shape_of(const air_backend_tensor &tensor) {
  return {tensor.shape, tensor.shape + tensor.rank};
}

uint64_t size_of(const air_backend_tensor &tensor) {
  return size_of(tensor.dtype, tensor.encoding, std::span(tensor.shape, tensor.rank));
}

std::vector<std::string> take_log() {
  return std::exchange(t_log, {});
}

bool contains(const std::vector<std::string> &lines, const std::string &text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string &line) { return line.find(text) != std::string::npos; });
}

Bytes tiny_input(uint64_t n_samples) {
  Bytes input(n_samples * 32);
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<unsigned char>(i * 37 + i / 32 * 11);
  return input;
}

std::vector<float> tiny_output(const Bytes &input) {
  std::vector<float> output;
  for (size_t sample = 0; sample < input.size() / 32; ++sample) {
    for (size_t channel = 0; channel < 2; ++channel) {
      int largest = -128;
      for (size_t i = 0; i < 16; ++i) {
        const int x = static_cast<int8_t>(input[sample * 32 + i * 2 + channel]);
        largest = std::max(largest, std::min(-x, 127));
      }
      output.push_back(static_cast<float>(largest + 3) * 0.5F);
    }
  }
  return output;
}

}  // namespace air::stlib::test
