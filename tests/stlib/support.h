// SPDX-License-Identifier: BSD-3-Clause
// A small host around the backend's table: connects, runs samples, records errors, logs and node events.
#pragma once

#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "airunner_backend.hpp"

namespace air::stlib::test {

using Bytes = std::vector<unsigned char>;

template <class T>
Bytes bytes_of(const std::vector<T> &values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
std::vector<T> values_of(const Bytes &bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

// Path below the folder of the fixtures.
std::string fixture(const std::string &name);

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::filesystem::path &path() const { return path_; }
  // Makes an empty file, and the folders on the way to it.
  std::filesystem::path touch(const std::string &name) const;

 private:
  std::filesystem::path path_;
};

size_t count_open_files();
// Number of mappings of this process whose name contains `text`.
size_t count_mappings(const std::string &text);

struct Failure {
  air_status status = AIR_OK;
  int32_t vendor_code = 0;
  std::string message;
  std::vector<std::string> causes;

  // Whether message or causes contain the text.
  bool tells(const std::string &text) const;
};

struct ConnectArguments {
  std::vector<std::pair<std::string, std::string>> options;  // completed with the defaults, as by the library
  const char *name = nullptr;
  std::vector<Bytes> weights;
};

struct NodeSeen {
  bool begins;
  uint64_t sample;
  uint32_t index;
  const backend::Node *node;  // as it was described last
  std::vector<Bytes> data;    // empty where there is none
  double duration_ms;
};

struct Outcome {
  air_status status = AIR_OK;
  Failure failure;
  std::vector<Bytes> outputs;
  std::vector<air_run_result> results;
  std::vector<NodeSeen> nodes;

  size_t count(bool begins) const;
};

struct RunArguments {
  uint32_t mode = AIR_MODE_IO_ONLY;
  uint32_t model = 0;
  uint64_t per_run = 1;        // samples given to one run
  size_t misalignment = 0;     // of the caller's memory
  int stop_after_events = -1;  // number of node events after which the sink wants to stop
  bool wants_begin = true;
  bool refuses_nodes = false;  // every description
  std::vector<Bytes> given{};  // all samples of each output of the nodes of the last prepare()
};

class Client {
 public:
  explicit Client(const std::string &path, const ConnectArguments &arguments = {});
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  // What comes of connecting and disconnecting.
  static Failure try_connect(const std::string &path, const ConnectArguments &arguments = {});
  // The same, of a connection that has to fail.
  static Failure refusal(const std::string &path, const ConnectArguments &arguments = {});

  const air_connection_info &info() const { return *info_; }
  const air_backend_model &model(size_t index = 0) const { return info_->models[index]; }
  const air_backend_tensor &input(size_t index = 0) const { return model().inputs[index]; }
  const air_backend_tensor &output(size_t index = 0) const { return model().outputs[index]; }
  // A property of the model, "" where it is not known.
  std::string property(const std::string &key) const;

  // Runs the samples held by `inputs`, one buffer for each input.
  Outcome run(const std::vector<Bytes> &inputs, const RunArguments &arguments = {});
  air_status reset_states(uint32_t index = 0);
  Failure prepare(const std::vector<uint32_t> &nodes, uint32_t index = 0);
  // How often nodes of a model were described.
  size_t n_descriptions(uint32_t model = 0) const { return n_descriptions_.at(model); }

 private:
  air_connection *connection_ = nullptr;
  const air_connection_info *info_ = nullptr;
  std::vector<std::deque<backend::Node>> nodes_;  // of each model
  std::vector<size_t> n_descriptions_;
};

const air_backend &table();
std::vector<int64_t> shape_of(const air_backend_tensor &tensor);
uint64_t size_of(const air_backend_tensor &tensor);
// Lines logged on this thread since the last call.
std::vector<std::string> take_log();
bool contains(const std::vector<std::string> &lines, const std::string &text);

// An input of the tiny model, different for each sample, and the output that its description promises.
Bytes tiny_input(uint64_t n_samples);
std::vector<float> tiny_output(const Bytes &input);

}  // namespace air::stlib::test
