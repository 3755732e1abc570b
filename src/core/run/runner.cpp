// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#include "core/run/runner.h"

#include <fmt/ranges.h>

#include <chrono>

#include "common/descriptor_text.h"
#include "common/utf8.h"
#include "core/error.h"
#include "core/plugins/description.h"
#include "core/plugins/host.h"
#include "core/plugins/options.h"
#include "core/plugins/registry.h"
#include "core/run/session.h"

namespace air {
namespace {

// Options of the descriptor, then those of the caller, who wins.
KeyValues merged_options(const Descriptor &descriptor, const air_connect_options &options) {
  auto merged = descriptor.options;
  for (const air_option &option : std::span(options.options, options.n_options)) {
    std::erase_if(merged, [&option](const auto &old) { return old.first == option.key; });
    merged.emplace_back(option.key, option.value);
  }
  return merged;
}

// It refers to what it is made of.
air_connect_request request_of(const Registry::Match &match, std::span<const air_option> backend_options,
                               const air_connect_options &options, const Log &log, const Limits &limits) {
  return {
      .struct_size = sizeof(air_connect_request),
      .timeout_ms = options.timeout_ms,
      .deadline_ns = limits.deadline_ns(),
      .scheme = match.scheme.c_str(),
      .rest = match.rest.c_str(),
      .model_name = options.model_name,
      .options = backend_options.data(),
      .n_options = static_cast<uint32_t>(backend_options.size()),
      .n_weights = options.n_weights,
      .weights = options.weights,
      .log = const_cast<Log *>(&log),
      .sink = const_cast<Limits *>(&limits),
      .check = [](void *sink) { return answered([&] { static_cast<const Limits *>(sink)->check("connecting"); }); },
  };
}

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kLongestCloseMs = 60'000;

}  // namespace

Runner::Runner(const Descriptor &descriptor, const air_connect_options &options, std::unique_ptr<const Log> log)
    : log_(std::move(log)), connect_timeout_ms_(options.timeout_ms) {
  const KeyValues given = merged_options(descriptor, options);
  const Limits limits(options.token, options.timeout_ms);
  limits.check("connecting");
  Registry registry(plugin_paths(options), *log_);
  const Registry::Match match = registry.match(descriptor);
  plugin_ = match.plugin;
  const KeyValues complete = complete_options(*plugin_, given);
  std::vector<air_option> backend_options;
  for (const auto &[key, value] : complete) backend_options.push_back({key.c_str(), value.c_str()});
  connect(request_of(match, backend_options, options, *log_, limits), limits);
  make_sessions(canonical_descriptor(match.scheme, match.rest, telling_options(*match.plugin, complete)));
  limits.check(fmt::format("backend {}: connect", plugin_->name()));  // it may not have kept to them
}

Runner::~Runner() = default;

void Runner::connect(const air_connect_request &request, const Limits &limits) {
  air_connection *connection = nullptr;
  const air_status status =
      plugin_->enter("connect", [&] { return plugin_->backend().connect(&request, &connection); });
  if (status == AIR_ERROR_CANCELLED) limits.check("connecting");
  if (status != AIR_OK) throw_backend_error(status, plugin_->name(), "connect");
  if (connection == nullptr) fail(AIR_ERROR_INTERNAL, "backend {}: connect gave no connection", plugin_->name());
  connection_ = {connection, Disconnect{this}};
}

void Runner::Disconnect::operator()(air_connection *connection) const noexcept {
  const Plugin &plugin = *runner->plugin_;
  const air_status status = plugin.enter("disconnect", [&] { plugin.backend().disconnect(connection); });
  if (status == AIR_OK) return;
  try {
    throw_backend_error(status, plugin.name(), "disconnect");
  } catch (const std::exception &error) {
    runner->log_->write(AIR_LOG_ERROR, error.what());
  }
}

void Runner::make_sessions(const std::string &descriptor) {
  const air_connection_info *info = nullptr;
  const air_status status =
      plugin_->enter("get_info", [&] { return plugin_->backend().get_info(connection(), &info); });
  if (status != AIR_OK) throw_backend_error(status, plugin_->name(), "get_info");
  judged(plugin_->name(), "get_info", [&] {
    for (DescribedModel &described : describe_models(*plugin_, info, descriptor)) {
      const auto index = static_cast<uint32_t>(sessions_.size());
      sessions_.push_back(std::make_unique<Session>(*this, index, std::move(described)));
    }
  });
}

Session &Runner::session(const char *name) const {
  if (name == nullptr) return *sessions_.front();
  std::vector<std::string> names;
  for (const auto &session : sessions_) {
    if (std::string_view(session->model().name) == name) return *session;
    names.emplace_back(session->model().name);
  }
  fail(AIR_ERROR_NOT_FOUND, "no model \"{}\" in {}; there is: {}", name, sessions_.front()->model().descriptor,
       fmt::join(names, ", "));
}

void Runner::tell_note(const char *note) {
  constexpr size_t kMost = 16;
  if (notes_.size() >= kMost || !notes_.insert(note).second) return;
  std::string_view text = note;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    log_->write(AIR_LOG_WARNING, "{}", printable(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Runner::use_extension(const char *name, const air_call &limits, air_extension_call body, void *user) {
  const void *table = plugin_->extension(name);
  if (table == nullptr) {
    fail(AIR_ERROR_UNSUPPORTED, "backend {} has no extension \"{}\": connect to one that has it", plugin_->name(),
         name);
  }
  const Hold hold(*this, limits.token, timeout_of(limits));
  const std::string entry = fmt::format("extension {}", name);
  const uint64_t n_errors_before = n_set_errors();
  const air_status status = plugin_->enter(entry.c_str(), [&] { return body(user, table, connection()); });
  if (status == AIR_ERROR_CANCELLED) hold.check(entry);  // a plugin only knows that it was interrupted
  if (status == AIR_OK) return;
  if (status < AIR_OK || status > AIR_ERROR_CALLBACK) {
    fail(AIR_ERROR_INTERNAL, "what was done with {} returned the unknown status {}", entry, static_cast<int>(status));
  }
  if (n_set_errors() != n_errors_before) throw Error(status, last_error()->message, last_error()->vendor_code);
  throw_backend_error(status, plugin_->name(), entry.c_str());
}

void Runner::close() {
  if (is_calling()) {
    fail(AIR_ERROR_BUSY, "air_disconnect() within a call of this runner: disconnect when it has returned");
  }
  closing_.store(true, std::memory_order_relaxed);
  const uint64_t limit = now_ns() + kLongestCloseMs * kNsPerMs;
  while (busy_.exchange(true, std::memory_order_acquire)) {
    if (now_ns() >= limit) {
      closing_.store(false, std::memory_order_relaxed);
      fail(AIR_ERROR_TIMEOUT, "the call in progress did not end within {} ms: the runner stays connected",
           kLongestCloseMs);
    }
    interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  caller_.store(std::this_thread::get_id(), std::memory_order_relaxed);  // the log may be told something yet
}

}  // namespace air
