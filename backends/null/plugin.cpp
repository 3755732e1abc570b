// SPDX-License-Identifier: BSD-3-Clause
// Backend `null:`: a built-in deterministic model, for tests and for trying the API. It can be slow and can fail.
#include <algorithm>
#include <cstring>
#include <string>
#include <thread>

#include "common/error.h"
#include "null/model.h"
#include "null/options.h"

namespace air::null {
namespace {

using Totals = std::array<float, kSums>;

constexpr const char *kSchemes[] = {"null", nullptr};

class Null {
 public:
  static constexpr backend::Facts facts = {
      .name = "null",
      .version = AIR_VERSION_TEXT,
      .description = "built-in deterministic model, for tests and for trying the API",
      .schemes = kSchemes,
      .options = kOptions,
  };

  explicit Null(const backend::Request &request);

  const std::vector<backend::Model> &models() const noexcept { return models_; }
  std::string descriptor() const { return descriptor_; }
  void run(uint32_t model, backend::Run &run);
  void reset_states(uint32_t model);
  void prepare(uint32_t model, const backend::Preparation &preparation);

 private:
  // Where the values given to each node begin; nothing for one that is given none.
  using Places = std::array<std::optional<size_t>, kNodes>;

  void run_node(uint32_t node, uint32_t model, backend::Run &run);
  bool fails_at(uint32_t node, uint64_t sample) const;

  Options options_;
  std::string descriptor_;
  std::vector<backend::Model> models_;
  std::vector<Totals> totals_;  // states of each model
  std::vector<Places> given_;   // for each model
  Values values_{};
};

// Where a model is asked for by name beside the descriptor, connecting again needs it in there.
std::string named_descriptor(const backend::Request &request) {
  if (!request.model_name()) return "";
  std::string text = "null:?name=" + *request.model_name();
  for (const air_backend_option &known : kOptions) {
    const auto value = request.find(known.key);
    const bool tells = value && (known.default_value == nullptr || *value != known.default_value);
    if (tells && std::string_view(known.key) != "name") text += fmt::format("&{}={}", known.key, *value);
  }
  return text;
}

Null::Null(const backend::Request &request) : options_(request), descriptor_(named_descriptor(request)) {
  if (!request.weights().empty()) fail(AIR_ERROR_UNSUPPORTED, "null: models have no weights: give none");
  if (!request.rest().empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "null: takes no path, got \"{}\"", request.rest());
  if (options_.connect_fail) fail(AIR_ERROR_NO_DEVICE, "connecting fails, as option connect_fail=1 asks for");
  for (const std::string &name : options_.model_names()) models_.push_back(make_model(name, options_.stateful));
  totals_.resize(models_.size());
  given_.resize(models_.size());
}

// Sleeps in short steps, so that cancelling and timeouts take effect soon.
void wait_until(uint64_t until_ns, const backend::Run &run) {
  constexpr uint64_t kStepNs = 5'000'000;
  for (uint64_t now = backend::now_ns(); now < until_ns; now = backend::now_ns()) {
    run.check();
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kStepNs, until_ns - now)));
  }
}

bool Null::fails_at(uint32_t node, uint64_t sample) const {
  const bool sample_fails = options_.fail_sample ? sample == *options_.fail_sample : options_.fail_at.has_value();
  return sample_fails && node == options_.fail_at.value_or(0);
}

void Null::run_node(uint32_t node, uint32_t model, backend::Run &run) {
  run.begin_node(node, node_inputs(node, values_));
  const uint64_t begin_ns = backend::now_ns();
  wait_until(begin_ns + options_.delay_ms * 1'000'000 / kNodes, run);
  if (fails_at(node, run.c().sample)) {
    throw Error(
        AIR_ERROR_RUN_FAILED,
        fmt::format("node {} of sample {} fails, as the options of the descriptor ask for", node, run.c().sample),
        static_cast<int32_t>(1000 + node));
  }
  compute_node(node, values_, totals_[model]);
  const uint64_t node_ns = backend::now_ns() - begin_ns;
  run.result().device_ns += node_ns;
  const auto data = node_outputs(node, values_);
  run.end_node(node, static_cast<double>(node_ns) / 1e6,
               run.wants_data() ? std::span<const void *const>(data) : std::span<const void *const>());
  const std::optional<size_t> given = given_[model][node];
  if (run.has_given() && given) replace_outputs(node, values_, run.c().given + *given);
}

void Null::run(uint32_t model, backend::Run &run) {
  const uint64_t begin_ns = backend::now_ns();
  std::memcpy(values_.input_1.data(), run.input(0), sizeof(values_.input_1));
  std::memcpy(values_.input_2.data(), run.input(1), sizeof(values_.input_2));
  for (uint32_t node = 0; node < kNodes; ++node) run_node(node, model, run);
  std::memcpy(run.output(0), values_.copied.data(), sizeof(values_.copied));
  std::memcpy(run.output(1), values_.sums.data(), sizeof(values_.sums));
  if (options_.stateful) totals_[model] = values_.sums;
  run.result().end_ns = backend::now_ns();
  run.result().run_ns = run.result().end_ns - begin_ns;
}

void Null::reset_states(uint32_t model) {
  if (!options_.stateful) fail(AIR_ERROR_UNSUPPORTED, "this model has no states: add ?stateful=1");
  totals_[model] = {};
}

void Null::prepare(uint32_t model, const backend::Preparation &preparation) {
  preparation.check();
  given_[model] = {};
  size_t place = 0;
  for (const uint32_t node : preparation.nodes()) {
    given_[model][node] = place;
    place += n_outputs_of(node);
  }
}

}  // namespace
}  // namespace air::null

AIR_BACKEND(air::null::Null)
