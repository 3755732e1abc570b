// SPDX-License-Identifier: BSD-3-Clause
// Models run by a runtime, over the public C ABI.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "airunner.h"
#include "airunner_backend.hpp"
#include "common/tensor_facts.h"
#include "common/values.h"

namespace air::runtime::test {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T> &values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
std::vector<T> values_of(const Bytes &bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The story of the call that failed last.
struct Failure {
  air_status status = AIR_OK;
  std::string text;  // message and causes

  bool tells(std::string_view part) const { return text.find(part) != std::string::npos; }
};

inline Failure last_failure(air_status status) {
  const air_error &error = *air_last_error();
  Failure failure{status, error.message};
  for (uint32_t i = 0; i < error.n_causes; ++i) failure.text += std::string("\n") + error.causes[i];
  return failure;
}

// Values for one output of a node, all samples.
struct Given {
  uint32_t node;
  uint32_t output;
  Bytes data;
};

class Client {
 public:
  explicit Client(const std::string &descriptor) {
    air_runner *runner = nullptr;
    const air_status status = air_connect(descriptor.c_str(), nullptr, &runner);
    REQUIRE_MESSAGE(status == AIR_OK, last_failure(status).text);
    runner_.reset(runner);
    REQUIRE(air_get_session(runner, nullptr, &session_) == AIR_OK);
  }

  // The error of a connection that has to fail.
  static Failure refusal(const std::string &descriptor) {
    air_runner *runner = nullptr;
    const air_status status = air_connect(descriptor.c_str(), nullptr, &runner);
    if (status == AIR_OK) air_disconnect(runner);
    return status == AIR_OK ? Failure{} : last_failure(status);
  }

  air_session *session() const { return session_; }
  const air_model &info() const { return *air_get_model(session_); }
  std::string property(const char *key) const { return air::property(info(), key); }

  // Of the last run.
  const air_profile &profile() const { return *air_get_profile(result_.get()); }
  std::span<const air_node *const> nodes() const {
    const air_model &model = *air_get_result_model(result_.get());
    return {model.nodes, model.n_nodes};
  }
  // Output of a node, all samples; empty where there are no data.
  template <class T>
  std::vector<T> node_values(uint32_t node, uint32_t output = 0) const {
    air_view view{};
    REQUIRE(air_get_tensor(result_.get(), AIR_PLACE_NODE, node, output, AIR_ALL_SAMPLES, &view) == AIR_OK);
    const auto *values = static_cast<const T *>(view.data);
    return values == nullptr ? std::vector<T>() : std::vector<T>(values, values + view.size_bytes / sizeof(T));
  }
  // Of one sample, also where samples differ in shape.
  template <class T>
  std::vector<T> node_values_at(uint64_t sample, uint32_t node, uint32_t output = 0) const {
    return values_of<T>(bytes_at(AIR_PLACE_NODE, node, output, sample));
  }
  std::vector<int64_t> output_shape_at(uint64_t sample, uint32_t output = 0) const {
    air_view view{};
    REQUIRE(air_get_tensor(result_.get(), AIR_PLACE_OUTPUT, 0, output, sample, &view) == AIR_OK);
    return {view.shape, view.shape + view.rank};
  }
  std::string note(uint64_t run = 0) const { return air_get_note(result_.get(), AIR_WHOLE_RUN, run); }
  bool has_durations(uint32_t node) const {
    const air_model *model = air_get_result_model(result_.get());
    return air_get_values(result_.get(), air_find_column(model, "time.device"), node) != nullptr;
  }
  std::span<const double> node_durations(uint32_t node) const {
    const uint32_t column = air_find_column(air_get_result_model(result_.get()), "time.device");
    const double *values = air_get_values(result_.get(), column, node);
    REQUIRE(values != nullptr);
    return {values, profile().n_runs};
  }

  air_status prepare(const std::vector<uint32_t> &nodes, air_token *token = nullptr) {
    const air_call call = {.struct_size = sizeof(call), .token = token};
    return air_prepare(session_, nodes.data(), static_cast<uint32_t>(nodes.size()), &call);
  }
  // Runs from now on have these; none: nothing is given.
  void give(std::vector<Given> given) { given_ = std::move(given); }

  // Runs samples and gives the outputs; fails the test when that fails.
  std::vector<Bytes> run(const std::vector<Bytes> &inputs, uint64_t n_samples = 1, uint32_t mode = AIR_MODE_IO_ONLY) {
    std::vector<Bytes> outputs;
    const air_status status = try_run(inputs, n_samples, mode, outputs);
    REQUIRE_MESSAGE(status == AIR_OK, last_failure(status).text);
    return outputs;
  }

  // The samples of each output one after the other, whatever shapes they have.
  air_status try_run(const std::vector<Bytes> &inputs, uint64_t n_samples, uint32_t mode, std::vector<Bytes> &outputs,
                     air_token *token = nullptr, uint32_t timeout_ms = 0) {
    std::vector<air_input> in;
    std::vector<air_output> out;
    for (const Bytes &bytes : inputs) in.push_back({.data = bytes.data(), .size_bytes = bytes.size()});
    outputs.clear();
    for (uint32_t i = 0; i < info().n_outputs; ++i) outputs.emplace_back(info().outputs[i]->size_bytes * n_samples);
    // What is open has no size that memory could be made for.
    if (!has_open_outputs()) {
      for (Bytes &bytes : outputs) out.push_back({bytes.data(), bytes.size()});
    }
    std::vector<air_given> given;
    for (const Given &one : given_) given.push_back({one.node, one.output, one.data.data(), one.data.size()});
    const air_invoke_options options = {.struct_size = sizeof(options),
                                        .mode = mode,
                                        .timeout_ms = timeout_ms,
                                        .token = token,
                                        .given = given.empty() ? nullptr : given.data(),
                                        .n_given = static_cast<uint32_t>(given.size())};
    const air_status status = air_invoke(session_, n_samples, in.data(), static_cast<uint32_t>(in.size()), out.data(),
                                         static_cast<uint32_t>(out.size()), &options, nullptr, result_.out());
    if (status != AIR_OK || !has_open_outputs() || (mode & AIR_MODE_PERF_ONLY) != 0) return status;
    for (uint32_t i = 0; i < info().n_outputs; ++i) {
      outputs[i].clear();
      for (uint64_t sample = 0; sample < n_samples; ++sample) {
        const Bytes bytes = bytes_at(AIR_PLACE_OUTPUT, 0, i, sample);
        outputs[i].insert(outputs[i].end(), bytes.begin(), bytes.end());
      }
    }
    return AIR_OK;
  }

 private:
  bool has_open_outputs() const {
    return std::ranges::any_of(std::span(info().outputs, info().n_outputs), [](const air_tensor *tensor) {
      return std::ranges::count(air::shape_of(*tensor), -1) > 0;
    });
  }
  Bytes bytes_at(air_place place, uint32_t node, uint32_t index, uint64_t sample) const {
    air_view view{};
    REQUIRE(air_get_tensor(result_.get(), place, node, index, sample, &view) == AIR_OK);
    const auto *bytes = static_cast<const std::byte *>(view.data);
    REQUIRE(bytes != nullptr);
    return {bytes, bytes + view.size_bytes};
  }

  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
  HeldResult result_;
  std::vector<Given> given_;
};

// A sample that would take hours is given up when its token is cancelled, and when its time has passed.
inline void check_interrupted(Client &client, const std::vector<Bytes> &inputs, uint32_t mode) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kSoon = std::chrono::seconds(10);  // on a machine that has much else to do
  std::vector<Bytes> outputs;
  const std::unique_ptr<air_token, decltype(&air_release_token)> token(air_make_token(), air_release_token);
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    air_cancel(token.get());
  });
  const auto begin = Clock::now();
  CHECK(client.try_run(inputs, 1, mode, outputs, token.get()) == AIR_ERROR_CANCELLED);
  const auto between = Clock::now();
  canceller.join();
  CHECK(between - begin < kSoon);
  CHECK(client.try_run(inputs, 1, mode, outputs, nullptr, 200) == AIR_ERROR_TIMEOUT);
  CHECK(Clock::now() - between < kSoon);
}

// Services for parts of a backend that are tried without the library: nobody reads the log.
inline air::backend::Log quiet_log() {
  static const air_host quiet = [] {
    air_host host{};
    host.log_level = [](const void *) { return air_log_level{}; };
    host.now_ns = [] { return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()); };
    return host;
  }();
  air::backend::g_host = &quiet;
  return air::backend::Log(nullptr);
}

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(make()) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::filesystem::path &path() const { return path_; }
  // Writes a file and gives its path.
  std::string write(const std::string &name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

 private:
  static std::filesystem::path make() {
    std::string name = (std::filesystem::temp_directory_path() / "airunner-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }
  std::filesystem::path path_;
};

// Sets a variable of the environment until the scope ends.
class Environment {
 public:
  Environment(const char *name, const std::string &value) : name_(name), had_(std::getenv(name) != nullptr) {
    if (had_) before_ = std::getenv(name);
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (had_) {
      setenv(name_, before_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Environment(const Environment &) = delete;
  Environment &operator=(const Environment &) = delete;

 private:
  const char *name_;
  bool had_;
  std::string before_;
};

// Hides Python's packages and the settings: only what the system has is still found.
class NoPackages {
 public:
  NoPackages() = default;

 private:
  static constexpr const char *kNowhere = "/no/such/place";
  Environment onnxruntime_{"AIRUNNER_ONNXRUNTIME", ""}, litert_{"AIRUNNER_LITERT", ""}, venv_{"VIRTUAL_ENV", ""},
      conda_{"CONDA_PREFIX", ""}, python_{"AIRUNNER_PYTHON_PACKAGES", ""}, packages_{"PYTHONPATH", ""},
      user_{"PYTHONUSERBASE", kNowhere}, path_{"PATH", kNowhere};
};

inline std::string read_file(const std::filesystem::path &path) {
  std::ifstream input(path, std::ios::binary);
  REQUIRE_MESSAGE(input.good(), path.string());
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

// The digits models, images and labels.
inline std::filesystem::path digits(const std::string &name) {
  return std::filesystem::path(std::getenv("AIR_TEST_DIGITS")) / name;
}

// The elements of a .npy file, which lie behind its header.
template <class T>
std::vector<T> read_npy(const std::filesystem::path &path) {
  const std::string file = read_file(path);
  constexpr size_t kHeaderLengthAt = 8;
  REQUIRE(file.size() > kHeaderLengthAt + 2);
  const auto low = static_cast<unsigned char>(file[kHeaderLengthAt]);
  const auto high = static_cast<unsigned char>(file[kHeaderLengthAt + 1]);
  const size_t begin = kHeaderLengthAt + 2 + low + 256U * high;
  std::vector<T> values((file.size() - begin) / sizeof(T));
  std::memcpy(values.data(), file.data() + begin, values.size() * sizeof(T));
  return values;
}

}  // namespace air::runtime::test
