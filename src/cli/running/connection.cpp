// SPDX-License-Identifier: BSD-3-Clause
// The connection that a command line asks for.
#include "cli/running/connection.h"

#include <fmt/format.h>

#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "cli/running/limit.h"
#include "common/utf8.h"
#include "platform/files/file_reader.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

constexpr const char *kEmptyDescriptor =
    "the descriptor is empty, which stands for the first board at a serial port: name a file, such as model.onnx, "
    "where that is not meant";

void print_log(void *, air_log_level level, const char *message) {
  const char *name = level == AIR_LOG_ERROR     ? "error"
                     : level == AIR_LOG_WARNING ? "warning"
                     : level == AIR_LOG_INFO    ? "info"
                                                : "debug";
  print_note(fmt::format("airunner: {}: {}\n", name, printable(message)));
}

air_log_level log_level(int verbosity) {
  return verbosity == 0 ? AIR_LOG_ERROR : verbosity == 1 ? AIR_LOG_INFO : AIR_LOG_DEBUG;
}

// A shell's variable that is not set arrives as an empty text, which stands for a board.
void check_connected(const std::string &descriptor, air_status status) {
  if (status == AIR_OK) return;
  Failure failure = library_failure(kNotConnected);
  if (descriptor.empty()) failure.causes.insert(failure.causes.begin(), kEmptyDescriptor);
  throw failure;
}

}  // namespace

SearchOptions::SearchOptions(const Options &options)
    : log_{.line = &print_log, .level = log_level(options.verbosity)}, value_{.struct_size = sizeof(value_)} {
  for (const std::string &path : options.plugin_paths) paths_.push_back(path.c_str());
  value_.token = options.token;
  value_.plugin_paths = paths_.data();
  value_.n_plugin_paths = static_cast<uint32_t>(paths_.size());
  value_.log = &log_;
}

Connection::Connection(const Options &options) {
  const SearchOptions search(options);
  std::vector<std::string> texts;
  for (const std::string &text : options.backend_options) {
    texts.push_back(text.substr(0, text.find('=')));
    texts.push_back(text.substr(text.find('=') + 1));
  }
  std::vector<air_option> pairs;
  for (size_t i = 0; i < texts.size(); i += 2) pairs.push_back({texts[i].c_str(), texts[i + 1].c_str()});
  std::vector<Bytes> blocks;
  for (const std::string &path : options.weights) blocks.push_back(read_whole(path));
  std::vector<air_weights> weights;
  for (const Bytes &block : blocks) weights.push_back({block.data(), block.size()});

  air_connect_options connect = *search.get();
  connect.timeout_ms = options.timeout_ms();
  connect.model_name = options.model.empty() ? nullptr : options.model.c_str();
  connect.options = pairs.data();
  connect.n_options = static_cast<uint32_t>(pairs.size());
  connect.weights = weights.data();
  connect.n_weights = static_cast<uint32_t>(weights.size());
  const Waiting waiting;
  const Limit limit("connecting to " + options.descriptor, connect.timeout_ms);
  air_runner *runner = nullptr;
  check_connected(options.descriptor, air_connect(options.descriptor.c_str(), &connect, &runner));
  runner_.reset(runner);
  check(air_get_session(runner, connect.model_name, &session_), kNotConnected);
}

}  // namespace air::cli
