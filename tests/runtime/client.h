// SPDX-License-Identifier: BSD-3-Clause
// Models run by a runtime, over the public C ABI.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "airunner.h"
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
  std::span<const double> node_durations(uint32_t node) const {
    const uint32_t column = air_find_column(air_get_result_model(result_.get()), "time.device");
    const double *values = air_get_values(result_.get(), column, node);
    REQUIRE(values != nullptr);
    return {values, profile().n_runs};
  }

  // Runs samples and gives the outputs; fails the test when that fails.
  std::vector<Bytes> run(const std::vector<Bytes> &inputs, uint64_t n_samples = 1, uint32_t mode = AIR_MODE_IO_ONLY) {
    std::vector<Bytes> outputs;
    const air_status status = try_run(inputs, n_samples, mode, outputs);
    REQUIRE_MESSAGE(status == AIR_OK, last_failure(status).text);
    return outputs;
  }

  air_status try_run(const std::vector<Bytes> &inputs, uint64_t n_samples, uint32_t mode, std::vector<Bytes> &outputs) {
    std::vector<air_input> in;
    std::vector<air_output> out;
    for (const Bytes &bytes : inputs) in.push_back({.data = bytes.data(), .size_bytes = bytes.size()});
    outputs.clear();
    for (uint32_t i = 0; i < info().n_outputs; ++i) outputs.emplace_back(info().outputs[i]->size_bytes * n_samples);
    for (Bytes &bytes : outputs) out.push_back({bytes.data(), bytes.size()});
    const air_invoke_options options = {.struct_size = sizeof(options), .mode = mode};
    return air_invoke(session_, n_samples, in.data(), static_cast<uint32_t>(in.size()), out.data(),
                      static_cast<uint32_t>(out.size()), &options, nullptr, result_.out());
  }

 private:
  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
  HeldResult result_;
};

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
