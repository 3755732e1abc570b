// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#include "runner.h"

#include <fmt/ranges.h>

#include "description.h"
#include "error.h"
#include "registry.h"
#include "session.h"

namespace air {
namespace {

// Options of the descriptor, then those of the caller, who wins.
std::vector<std::pair<std::string, std::string>> merged_options(const Descriptor &descriptor,
                                                                const air_connect_options &options) {
  if (options.n_options > 0 && options.options == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_connect_options.options is NULL, expected {} options", options.n_options);
  }
  auto merged = descriptor.options;
  for (const air_option &option : std::span(options.options, options.n_options)) {
    if (option.key == nullptr || option.value == nullptr) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "an option of air_connect_options has a NULL key or value");
    }
    std::erase_if(merged, [&option](const auto &old) { return old.first == option.key; });
    merged.emplace_back(option.key, option.value);
  }
  return merged;
}

void check_weights(const air_connect_options &options) {
  if (options.n_weights > 0 && options.weights == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_connect_options.weights is NULL, expected {} buffers", options.n_weights);
  }
  for (const air_buffer &weights : std::span(options.weights, options.n_weights)) {
    if (weights.data == nullptr && weights.size_bytes > 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "a weights buffer of {} bytes has data NULL", weights.size_bytes);
    }
  }
}

}  // namespace

Runner::Runner(const Descriptor &descriptor, const air_connect_options &options)
    : log_(std::make_unique<const Log>(options.log, options.log_user, options.log_level)) {
  check_weights(options);
  const auto merged = merged_options(descriptor, options);
  std::vector<air_option> backend_options;
  for (const auto &[key, value] : merged) backend_options.push_back({key.c_str(), value.c_str()});

  const Registry registry(plugin_paths(options), *log_);
  const Registry::Match match = registry.match(descriptor);
  plugin_ = match.plugin;
  connect({
      .struct_size = sizeof(air_connect_request),
      .timeout_ms = options.timeout_ms,
      .scheme = match.scheme.c_str(),
      .rest = match.rest.c_str(),
      .model_name = options.model_name,
      .options = backend_options.data(),
      .n_options = static_cast<uint32_t>(backend_options.size()),
      .n_weights = options.n_weights,
      .weights = options.weights,
      .log = const_cast<Log *>(log_.get()),
  });
  make_sessions();
}

Runner::~Runner() = default;

void Runner::connect(const air_connect_request &request) {
  clear_backend_error();
  air_connection *connection = nullptr;
  const air_status status = backend().connect(&request, &connection);
  if (status != AIR_OK) throw_backend_error(status, "connect");
  if (connection == nullptr) fail(AIR_ERROR_INTERNAL, "backend {} gave no connection", backend().name);
  connection_ = {connection, Disconnect{&backend()}};
}

void Runner::make_sessions() {
  const air_connection_info *info = nullptr;
  clear_backend_error();
  const air_status status = backend().get_info(connection(), &info);
  if (status != AIR_OK) throw_backend_error(status, "get_info");
  check_connection_info(info);
  canonical_descriptor_ = info->descriptor;
  for (uint32_t index = 0; index < info->n_models; ++index) {
    sessions_.push_back(std::make_unique<Session>(*this, index, *info->models[index]));
  }
}

Session &Runner::session(const char *name) const {
  if (name == nullptr) return *sessions_.front();
  std::vector<std::string> names;
  for (const auto &session : sessions_) {
    if (std::string_view(session->model().name) == name) return *session;
    names.emplace_back(session->model().name);
  }
  fail(AIR_ERROR_NOT_FOUND, "no model \"{}\" in {}; there is: {}", name, canonical_descriptor_, fmt::join(names, ", "));
}

Runner::Hold::Hold(Runner &runner) : runner_(runner) {
  if (runner_.busy_.exchange(true, std::memory_order_acquire)) {
    fail(AIR_ERROR_BUSY, "another call uses this runner: wait for it, or connect a second runner");
  }
  runner_.cancelled_.store(false, std::memory_order_relaxed);
}

Runner::Hold::~Hold() {
  runner_.busy_.store(false, std::memory_order_release);
}

void Runner::cancel() noexcept {
  if (!busy_.load(std::memory_order_acquire)) return;
  cancelled_.store(true, std::memory_order_relaxed);
  backend().cancel(connection());
}

}  // namespace air
