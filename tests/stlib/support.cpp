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
  t_failure = {};
  return backend().connect(&request, out);
}

struct Sink {
  Outcome *outcome;
  int events_left;

  air_action see(const air_run_node_event &event, bool begins) {
    NodeSeen seen{begins, event.sample, event.node, {}, event.duration_ms};
    const uint32_t n = begins ? event.node->n_inputs : event.node->n_outputs;
    const air_tensor_info *const *infos = begins ? event.node->inputs : event.node->outputs;
    for (uint32_t i = 0; i < n; ++i) {
      const auto *data = static_cast<const unsigned char *>(event.data[i]);
      seen.data.push_back(data == nullptr ? Bytes{} : Bytes(data, data + infos[i]->size_bytes));
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
  REQUIRE(backend().get_info(connection_, &info_) == AIR_OK);
}

Client::~Client() {
  backend().disconnect(connection_);
}

Failure Client::refusal(const std::string &path, const ConnectArguments &arguments) {
  air_connection *connection = nullptr;
  const air_status status = connect(path, arguments, &connection);
  if (status == AIR_OK) backend().disconnect(connection);
  INFO(path);
  REQUIRE(status != AIR_OK);
  CHECK(status == t_failure.status);
  CHECK(connection == nullptr);
  return t_failure;
}

Outcome Client::run(const std::vector<Bytes> &inputs, const RunArguments &arguments) {
  const air_model_info &model = *info_->models[arguments.model];
  REQUIRE(inputs.size() == model.n_inputs);
  const uint64_t n_samples = inputs[0].size() / model.inputs[0]->size_bytes;
  Outcome outcome;
  Sink sink{&outcome, arguments.stop_after_events};
  std::vector<CallerMemory> in, out;
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    REQUIRE(inputs[i].size() == n_samples * model.inputs[i]->size_bytes);
    in.emplace_back(inputs[i].size(), arguments.misalignment);
    std::memcpy(in.back().data(), inputs[i].data(), inputs[i].size());
  }
  for (uint32_t i = 0; i < model.n_outputs; ++i)
    out.emplace_back(n_samples * model.outputs[i]->size_bytes, arguments.misalignment);
  for (uint64_t sample = 0; sample < n_samples && outcome.status == AIR_OK; sample += arguments.per_run) {
    const uint64_t n = std::min(arguments.per_run, n_samples - sample);
    std::vector<const void *> input_pointers;
    std::vector<void *> output_pointers;
    for (uint32_t i = 0; i < model.n_inputs; ++i)
      input_pointers.push_back(in[i].data() + sample * model.inputs[i]->size_bytes);
    for (uint32_t i = 0; i < model.n_outputs; ++i)
      output_pointers.push_back(out[i].data() + sample * model.outputs[i]->size_bytes);
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
    run.sink = &sink;
    run.check = [](void *) { return AIR_OK; };
    run.on_node_begin = [](void *to, const air_run_node_event *event) {
      return static_cast<Sink *>(to)->see(*event, true);
    };
    run.on_node_end = [](void *to, const air_run_node_event *event) {
      return static_cast<Sink *>(to)->see(*event, false);
    };
    if (!arguments.wants_begin) run.on_node_begin = nullptr;
    run.result = &result;
    t_failure = {};
    outcome.status = backend().run(connection_, arguments.model, &run);
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
  return backend().reset_states(connection_, index);
}

const air_backend &backend() {
  static const air_backend *const table = air_backend_query(AIR_BACKEND_ABI_VERSION, &kHost);
  REQUIRE(table != nullptr);
  return *table;
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
