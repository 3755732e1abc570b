// SPDX-License-Identifier: BSD-3-Clause
// One connection: the plugin that serves it, its sessions, and the rules of who may call when.
#include "runner.h"

#include <fmt/ranges.h>

#include <chrono>

#include "description.h"
#include "error.h"
#include "registry.h"
#include "session.h"
#include "standard_columns.h"

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
  for (const air_weights &weights : std::span(options.weights, options.n_weights)) {
    if (weights.data == nullptr && weights.size_bytes > 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "a weights buffer of {} bytes has data NULL", weights.size_bytes);
    }
  }
}

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kLongestCloseMs = 60'000;

void check_token(const Token *token) {
  if (token != nullptr && token->is_cancelled()) fail(AIR_ERROR_CANCELLED, "the token was cancelled");
}

air_status check_connecting(void *token) {
  if (token == nullptr || !static_cast<const Token *>(token)->is_cancelled()) return AIR_OK;
  host_services().set_error(AIR_ERROR_CANCELLED, 0, "connecting was cancelled");
  return AIR_ERROR_CANCELLED;
}

}  // namespace

Runner::Runner(const Descriptor &descriptor, const air_connect_options &options, std::unique_ptr<const Log> log)
    : log_(std::move(log)) {
  check_weights(options);
  const bool is_log_wrong = options.log != nullptr && options.log->reserved != 0;
  if (options.reserved != 0 || is_log_wrong) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{}.reserved is not 0", is_log_wrong ? "air_log" : "air_connect_options");
  }
  const auto merged = merged_options(descriptor, options);
  std::vector<air_option> backend_options;
  for (const auto &[key, value] : merged) backend_options.push_back({key.c_str(), value.c_str()});

  const Holder<Token> token(Token::retain(token_of(options.token)));
  check_token(token.get());
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
      .sink = const_cast<Token *>(token.get()),
      .check = check_connecting,
  });
  check_token(token.get());
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
  for (uint32_t index = 0; index < info->n_models; ++index) {
    const ModelHolder model(new Model(*info->models[index], info->descriptor, backend().name, standard_columns()));
    sessions_.push_back(std::make_unique<Session>(*this, index, *model));
  }
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

Runner::Hold::Hold(Runner &runner, const air_token *token, uint32_t timeout_ms)
    : runner_(runner),
      token_(Token::retain(token_of(token))),
      start_ns_(now_ns()),
      deadline_ns_(timeout_ms == 0 ? 0 : start_ns_ + timeout_ms * kNsPerMs) {
  check_token(token_.get());
  if (runner_.busy_.exchange(true, std::memory_order_acquire)) {
    fail(AIR_ERROR_BUSY, "another call uses this runner: wait for it, or connect a second runner");
  }
  runner_.caller_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  if (token_ == nullptr && deadline_ns_ == 0) return;
  try {
    watch_.emplace(token_.get(), deadline_ns_, interrupt, &runner_);
  } catch (...) {
    runner_.busy_.store(false, std::memory_order_release);
    throw;
  }
}

Runner::Hold::~Hold() {
  watch_.reset();
  runner_.caller_.store({}, std::memory_order_relaxed);
  runner_.busy_.store(false, std::memory_order_release);
}

bool Runner::Hold::is_cancelled() const noexcept {
  return runner_.closing_.load(std::memory_order_relaxed) || (token_ != nullptr && token_->is_cancelled());
}

void Runner::interrupt(void *runner) {
  const auto *self = static_cast<const Runner *>(runner);
  self->backend().cancel(self->connection());
}

// A plugin only knows that it was interrupted.
void Runner::throw_failure(const Hold &hold, air_status status, const char *entry, uint32_t timeout_ms) {
  if (status == AIR_ERROR_CANCELLED && !hold.is_cancelled() && hold.is_overdue(now_ns())) {
    fail(AIR_ERROR_TIMEOUT, "{}: time limit of {} ms passed: allow more", entry, timeout_ms);
  }
  throw_backend_error(status, entry);
}

void Runner::close() {
  if (caller_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
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
    backend().cancel(connection());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  caller_.store(std::this_thread::get_id(), std::memory_order_relaxed);  // the log may be told something yet
}

}  // namespace air
