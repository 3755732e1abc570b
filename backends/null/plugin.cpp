// SPDX-License-Identifier: BSD-3-Clause
// Backend `null:`: a built-in deterministic model, for tests and for trying the API. It can be slow and can fail.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "model.h"
#include "options.h"

namespace {

using air::null::kNodes;
using air::null::Options;
using air::null::Values;
using Totals = std::array<float, air::null::kSums>;

// The library passes the same services at every call of the entry.
std::atomic<const air_host *> g_host{nullptr};

const air_host &host() {
  return *g_host.load(std::memory_order_relaxed);
}

air_status fail(air_status status, int32_t vendor_code, const std::string &message) {
  host().set_error(status, vendor_code, message.c_str());
  return status;
}

}  // namespace

struct air_connection {
  explicit air_connection(const Options &given)
      : options(given), descriptor(given.descriptor()), names(given.model_names()), totals(names.size()) {
    for (const std::string &name : names) models.push_back(air::null::model_info(name.c_str(), options.stateful));
    for (const air_model_info &model : models) model_pointers.push_back(&model);
    info = {sizeof(info), static_cast<uint32_t>(models.size()), model_pointers.data(), descriptor.c_str()};
  }

  const Options options;
  const std::string descriptor;
  const std::vector<std::string> names;
  std::vector<air_model_info> models;
  std::vector<const air_model_info *> model_pointers;
  air_connection_info info{};
  std::vector<Totals> totals;  // states of each model
  Values values{};
};

namespace {

air_status connect(const air_connect_request *request, air_connection **out_connection) {
  try {
    const Options options = Options::parse(*request);
    if (*request->rest != '\0') {
      return fail(AIR_ERROR_INVALID_DESCRIPTOR, 0, fmt::format("null: takes no path, got \"{}\"", request->rest));
    }
    if (options.connect_fail)
      return fail(AIR_ERROR_NO_DEVICE, 0, "connecting fails, as option connect_fail=1 asks for");
    *out_connection = std::make_unique<air_connection>(options).release();
    return AIR_OK;
  } catch (const air::null::OptionError &error) {
    return fail(error.status(), 0, error.what());
  } catch (const std::bad_alloc &) {
    return fail(AIR_ERROR_NO_MEMORY, 0, "out of memory");
  }
}

void disconnect(air_connection *connection) {
  const std::unique_ptr<air_connection> owned(connection);
}

air_status get_info(air_connection *connection, const air_connection_info **out_info) {
  *out_info = &connection->info;
  return AIR_OK;
}

// Sleeps in short steps, so that cancelling and timeouts take effect soon.
air_status wait(const air_run &run, uint64_t until_ns) {
  constexpr uint64_t kStepNs = 5'000'000;
  for (uint64_t now = host().now_ns(); now < until_ns; now = host().now_ns()) {
    if (const air_status status = run.check(run.sink); status != AIR_OK) return status;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kStepNs, until_ns - now)));
  }
  return AIR_OK;
}

// One run: its clock and whether somebody still listens.
struct Running {
  air_connection &connection;
  const air_run &run;
  Totals &totals;
  uint64_t start_ns;
  uint64_t device_ns = 0;
  bool listening = true;

  bool fails_at(uint32_t node) const {
    const Options &options = connection.options;
    const bool sample_fails = options.fail_sample ? run.sample == *options.fail_sample : options.fail_at.has_value();
    return sample_fails && node == options.fail_at.value_or(0);
  }

  void tell(air_action (*callback)(void *, const air_run_node_event *), uint32_t node, const void *const *data,
            double ms) {
    if (callback == nullptr || !listening) return;
    air_run_node_event event{};
    event.struct_size = sizeof(event);
    event.sample = run.sample;
    event.node = &air::null::node_info(node);
    event.data = data;
    event.duration_ms = ms;
    listening = callback(run.sink, &event) == AIR_CONTINUE;
  }

  air_status run_node(uint32_t node) {
    tell(run.on_node_begin, node, air::null::node_inputs(node, connection.values).data(), 0.0);
    const uint64_t begin_ns = host().now_ns();
    const uint64_t share_ns = connection.options.delay_ms * 1'000'000ull / kNodes;
    if (const air_status status = wait(run, begin_ns + share_ns); status != AIR_OK) return status;
    if (fails_at(node)) {
      return fail(
          AIR_ERROR_RUN_FAILED, static_cast<int32_t>(1000 + node),
          fmt::format("node {} of sample {} fails, as the options of the descriptor ask for", node, run.sample));
    }
    air::null::compute_node(node, connection.values, totals);
    const uint64_t node_ns = host().now_ns() - begin_ns;
    device_ns += node_ns;
    const bool with_data = (run.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0;
    constexpr std::array<const void *, 2> kNoData = {nullptr, nullptr};
    const auto data = with_data ? air::null::node_outputs(node, connection.values) : kNoData;
    tell(run.on_node_end, node, data.data(), static_cast<double>(node_ns) / 1e6);
    return AIR_OK;
  }
};

air_status run_model(air_connection *connection, uint32_t model, const air_run *run) {
  Values &values = connection->values;
  Running running{*connection, *run, connection->totals[model], host().now_ns()};
  std::memcpy(values.input_1.data(), run->inputs[0], sizeof(values.input_1));
  std::memcpy(values.input_2.data(), run->inputs[1], sizeof(values.input_2));
  for (uint32_t node = 0; node < kNodes; ++node) {
    if (const air_status status = running.run_node(node); status != AIR_OK) return status;
  }
  std::memcpy(run->outputs[0], values.copied.data(), sizeof(values.copied));
  std::memcpy(run->outputs[1], values.sums.data(), sizeof(values.sums));
  if (connection->options.stateful) running.totals = values.sums;
  run->result->end_ns = host().now_ns();
  run->result->device_ns = running.device_ns;
  run->result->exec_ns = run->result->end_ns - running.start_ns;
  return AIR_OK;
}

air_status reset_states(air_connection *connection, uint32_t model) {
  if (!connection->options.stateful) return fail(AIR_ERROR_UNSUPPORTED, 0, "this model has no states: add ?stateful=1");
  connection->totals[model] = {};
  return AIR_OK;
}

constexpr std::array<const char *, 2> kSchemes = {"null", nullptr};

constexpr air_backend kBackend = {
    .struct_size = sizeof(air_backend),
    .abi_version = AIR_BACKEND_ABI_VERSION,
    .name = "null",
    .version = AIR_VERSION_TEXT,
    .description = "built-in deterministic model, for tests and for trying the API",
    .schemes = kSchemes.data(),
    .claims = nullptr,
    .connect = connect,
    .disconnect = disconnect,
    .get_info = get_info,
    .run = run_model,
    .cancel = nullptr,
    .reset_states = reset_states,
    .ping = nullptr,
    .scan = nullptr,
};

}  // namespace

const air_backend *air_backend_query(uint32_t abi_version, const air_host *host) {
  if (abi_version != AIR_BACKEND_ABI_VERSION) return nullptr;
  g_host.store(host, std::memory_order_relaxed);
  return &kBackend;
}
