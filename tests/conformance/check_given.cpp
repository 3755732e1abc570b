// SPDX-License-Identifier: BSD-3-Clause
// Checks of given values: the own ones change nothing, zeros change what follows their node and nothing else, wrong ones are refused.
#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "model.h"

namespace conformance {
namespace {

constexpr size_t kMostAlone = 8;  // nodes that are given values alone: a runtime may build a graph for each

using Nodes = std::vector<uint32_t>;

// Values for the outputs of nodes.
class Given {
 public:
  // Those that a result holds.
  Given(const air_result &result, const Nodes &nodes) {
    for (const uint32_t node : nodes) {
      for (uint32_t output = 0; output < nodes_of(result)[node]->n_outputs; ++output) {
        blocks_.push_back(samples_of(result, AIR_PLACE_NODE, node, output));
        values_.push_back({node, output, nullptr, blocks_.back().size()});
      }
    }
    for (size_t i = 0; i < blocks_.size(); ++i) values_[i].data = blocks_[i].data();
  }

  std::vector<air_given> &values() { return values_; }
  bool any_not_zero() const {
    const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
    return std::ranges::any_of(blocks_, [&](const Bytes &block) { return !std::ranges::all_of(block, is_zero); });
  }
  void set_zero() {
    for (Bytes &block : blocks_) std::ranges::fill(block, std::byte{0});
  }
  // Options of an invoke with these values.
  air_invoke_options options(uint32_t mode) const {
    air_invoke_options options = in_mode(mode);
    options.given = values_.data();
    options.n_given = static_cast<uint32_t>(values_.size());
    return options;
  }

 private:
  std::vector<Bytes> blocks_;
  std::vector<air_given> values_;
};

air_status prepare(const Model &model, const Nodes &nodes, const air_call *call = nullptr) {
  return air_prepare(model.session(), nodes.data(), static_cast<uint32_t>(nodes.size()), call);
}

void need_given(const Model &model) {
  need(model.can(AIR_CAP_GIVEN), "the nodes of the model cannot be given values");
}

HeldResult run(const Model &model, const Batch &batch, const air_invoke_options &options) {
  model.start_afresh();
  return batch.run_kept(model, options);
}

bool has_data(const air_result &result, uint32_t node, uint32_t output) {
  air_view view{};
  check_ok(air_get_tensor(&result, AIR_PLACE_NODE, node, output, 0, &view), "data of a node");
  return view.data != nullptr;
}

// The nodes that can be given values: a backend may refuse some.
Nodes nodes_to_give(const Model &model, const air_result &result) {
  Nodes nodes;
  for (uint32_t n = 0; n < nodes_of(result).size(); ++n) {
    const air_node &node = *nodes_of(result)[n];
    const air_status status = prepare(model, {n});
    check(status == AIR_OK || status == AIR_ERROR_UNSUPPORTED, "node {}: {}: {}", n, air_status_name(status),
          air_last_error()->message);
    if (status != AIR_OK) continue;
    for (uint32_t k = 0; k < node.n_outputs; ++k) {
      check(!is_open(*node.outputs[k]), "node {}, whose output {} is open, could be prepared", n, k);
      check(has_data(result, n, k), "node {} could be prepared, and there are no data of its output {}", n, k);
    }
    nodes.push_back(n);
  }
  check_ok(prepare(model, {}), "back to the beginning");
  check(!nodes.empty(), "no node can be given values");
  return nodes;
}

// Whether a node has told the same in both results.
bool same_data(const air_result &a, const air_result &b, uint32_t node) {
  for (uint32_t k = 0; k < nodes_of(a)[node]->n_outputs; ++k) {
    if (!has_data(a, node, k) && !has_data(b, node, k)) continue;
    if (samples_of(a, AIR_PLACE_NODE, node, k) != samples_of(b, AIR_PLACE_NODE, node, k)) return false;
  }
  return true;
}

void check_same(const Context &context, const Model &model, const air_result &got, const air_result &expected,
                const std::string &what) {
  check_equal_outputs(context, model, kept_outputs(got), kept_outputs(expected), air_get_profile(&expected)->n_samples,
                      what);
  if ((air_get_profile(&got)->mode & AIR_MODE_PER_LAYER_WITH_DATA) == 0) return;
  for (uint32_t n = 0; n < nodes_of(expected).size(); ++n)
    check(same_data(got, expected, n), "{}: node {} has other data", what, n);
}

// A model with a batch that it has run, and the nodes that can be given values.
struct Known {
  explicit Known(const Context &context, uint64_t n_samples) : model(context), batch(context, model, n_samples) {
    need_given(model);
    need(context.quirks.deterministic, "the backend is not deterministic");
    result = run(model, batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA));
    nodes = nodes_to_give(model, *result);
  }

  Model model;
  Batch batch;
  HeldResult result;
  Nodes nodes;
};

void refused_without(const Context &context) {
  const Model model(context);
  need(!model.can(AIR_CAP_GIVEN), "the nodes of the model can be given values");
  Batch batch(context, model, 2);
  model.start_afresh();
  batch.run(model);
  for (const Nodes &nodes : {Nodes{0}, Nodes{}}) {
    const air_status status = prepare(model, nodes);
    check(status == AIR_ERROR_UNSUPPORTED, "prepare for {} nodes: {}", nodes.size(), air_status_name(status));
    check(std::strstr(air_last_error()->message, model.info().name) != nullptr, "the error does not name the model: {}",
          air_last_error()->message);
  }
  check_usable(context, model, batch, "a prepare that was refused");
}

void own_values(const Context &context) {
  for (const uint64_t n : {1U, 3U, 17U}) {
    const Known known(context, n);
    const Given own(*known.result, known.nodes);
    check_ok(prepare(known.model, known.nodes), "prepare");
    for (const uint32_t mode : {AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_PER_LAYER, AIR_MODE_IO_ONLY}) {
      const std::string what = fmt::format("{} samples, own values given in mode {}", n, mode);
      const HeldResult got = run(known.model, known.batch, own.options(mode));
      check(air_get_profile(got.get())->mode == mode || mode == AIR_MODE_PER_LAYER_WITH_DATA, "{}: mode {} was granted",
            what, air_get_profile(got.get())->mode);
      check_same(context, known.model, *got, *known.result, what);
    }
    const HeldResult plain = run(known.model, known.batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA));
    check_same(context, known.model, *plain, *known.result, "nothing given in a prepared session");
  }
}

void repeats(const Context &context) {
  const Known known(context, 3);
  need(!context.quirks.stateful, "the model is stateful: rounds differ");
  const Given own(*known.result, known.nodes);
  check_ok(prepare(known.model, known.nodes), "prepare");
  air_invoke_options options = own.options(AIR_MODE_PER_LAYER_WITH_DATA);
  options.warmup = 2;
  options.repeat = 2;
  const HeldResult got = run(known.model, known.batch, options);
  check_same(context, known.model, *got, *known.result, "own values, with a warm-up and twice");
}

// Nodes that get something of `node`, by the names of tensors; nothing where these do not tell it of all nodes.
std::optional<std::set<uint32_t>> followers(const air_model &model, uint32_t node) {
  std::set<std::string_view> known;    // tensors that are there
  std::set<std::string_view> reached;  // of them, those that depend on the node
  std::set<uint32_t> found;
  for (uint32_t i = 0; i < model.n_inputs; ++i) known.insert(model.inputs[i]->name);
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    const std::span inputs(model.nodes[n]->inputs, model.nodes[n]->n_inputs);
    const std::span outputs(model.nodes[n]->outputs, model.nodes[n]->n_outputs);
    const auto is_unknown = [&](const air_tensor *tensor) { return !known.contains(tensor->name); };
    if (inputs.empty() || std::ranges::any_of(inputs, is_unknown)) return std::nullopt;
    const bool follows =
        std::ranges::any_of(inputs, [&](const air_tensor *tensor) { return reached.contains(tensor->name); });
    if (follows) found.insert(n);
    for (const air_tensor *output : outputs) {
      if (!known.insert(output->name).second) return std::nullopt;  // two of that name
      if (follows || n == node) reached.insert(output->name);
    }
  }
  return found;
}

void zeros(const Context &context) {
  const Known known(context, context.quirks.stateful ? 1 : 3);  // what a sample changes there, the next one sees
  const size_t step = (known.nodes.size() + kMostAlone - 1) / kMostAlone;
  bool can_have_effect = false;
  bool had_effect = false;
  for (size_t i = 0; i < known.nodes.size(); i += step) {
    const uint32_t node = known.nodes[i];
    Given given(*known.result, {node});
    can_have_effect = can_have_effect || given.any_not_zero();
    given.set_zero();
    check_ok(prepare(known.model, {node}), "prepare");
    const HeldResult got = run(known.model, known.batch, given.options(AIR_MODE_PER_LAYER_WITH_DATA));
    const auto reached = followers(*air_get_result_model(got.get()), node);
    for (uint32_t n = 0; n < nodes_of(*known.result).size(); ++n) {
      const bool same = same_data(*got, *known.result, n);
      const bool may_change = n > node && (!reached || reached->contains(n));
      check(same || may_change, "zeros for node {} change node {}, which does not follow it", node, n);
      had_effect = had_effect || !same;
    }
    had_effect = had_effect || kept_outputs(*got) != kept_outputs(*known.result);
  }
  check(had_effect || !can_have_effect, "zeros given to {} nodes, one after the other, changed nothing anywhere",
        (known.nodes.size() + step - 1) / step);
}

void preparing(const Context &context) {
  const Known known(context, 2);
  const Model &model = known.model;
  const auto n_nodes = static_cast<uint32_t>(nodes_of(*known.result).size());
  const Given own(*known.result, {known.nodes.front()});
  check_ok(prepare(model, {known.nodes.front()}), "prepare");
  const Token token = make_token();
  air_cancel(token.get());
  const air_call call = {.struct_size = sizeof(call), .token = token.get()};
  const auto check_fails = [](air_status status, air_status expected, std::string_view what) {
    check(status == expected, "{}: {} instead of {}", what, air_status_name(status), air_status_name(expected));
  };
  check_fails(prepare(model, known.nodes, &call), AIR_ERROR_CANCELLED, "prepare with a cancelled token");
  check_fails(prepare(model, {n_nodes}), AIR_ERROR_INVALID_ARGUMENT, "prepare for a node that there is not");
  check_fails(prepare(model, {known.nodes[0], known.nodes[0]}), AIR_ERROR_INVALID_ARGUMENT, "prepare for a node twice");
  const HeldResult still = run(model, known.batch, own.options(AIR_MODE_PER_LAYER_WITH_DATA));
  check_same(context, model, *still, *known.result, "own values after prepares that failed");
  check_ok(prepare(model, {}), "back to the beginning");
  HeldResult none;
  const air_invoke_options options = own.options(AIR_MODE_IO_ONLY);
  check_fails(known.batch.invoke_kept(model, options, nullptr, none.out()), AIR_ERROR_INVALID_ARGUMENT,
              "values given to a session that is prepared for none");
  check(std::strstr(air_last_error()->message, "air_prepare") != nullptr, "the error does not say what to do: {}",
        air_last_error()->message);
  const HeldResult plain = run(model, known.batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA));
  check_same(context, model, *plain, *known.result, "back at the beginning");
}

void wrong_values(const Context &context) {
  const Known known(context, 2);
  const uint32_t node = known.nodes.front();
  const Given own(*known.result, {node});
  check_ok(prepare(known.model, {node}), "prepare");
  const auto refuse = [&](const char *what, void (*spoil)(std::vector<air_given> & values)) {
    Given wrong = own;
    spoil(wrong.values());
    HeldResult none;
    const air_status status =
        known.batch.invoke_kept(known.model, wrong.options(AIR_MODE_IO_ONLY), nullptr, none.out());
    check(status == AIR_ERROR_INVALID_INPUT || status == AIR_ERROR_INVALID_ARGUMENT, "{}: {}", what,
          air_status_name(status));
    check(std::strstr(air_last_error()->message, "node") != nullptr, "{}: the error names no node: {}", what,
          air_last_error()->message);
  };
  refuse("a byte too little", [](std::vector<air_given> &values) { --values.back().size_bytes; });
  refuse("a byte too much", [](std::vector<air_given> &values) { ++values.back().size_bytes; });
  refuse("no data", [](std::vector<air_given> &values) { values.front().data = nullptr; });
  refuse("an output that there is not", [](std::vector<air_given> &values) { values.back().output = 4711; });
  refuse("a node that there is not", [](std::vector<air_given> &values) { values.front().node = UINT32_MAX; });
  refuse("an output twice", [](std::vector<air_given> &values) { values.push_back(values.front()); });
  if (own.options(0).n_given > 1)
    refuse("an output missing", [](std::vector<air_given> &values) { values.pop_back(); });
  if (known.nodes.size() > 1) {
    check_ok(prepare(known.model, {node, known.nodes[1]}), "prepare");
    refuse("a node missing", [](std::vector<air_given> &) {});
    check_ok(prepare(known.model, {known.nodes[1]}), "prepare");
    refuse("another node", [](std::vector<air_given> &) {});
  }
  const HeldResult plain = run(known.model, known.batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA));
  check_same(context, known.model, *plain, *known.result, "after values that were refused");
}

void what_it_survives(const Context &context) {
  const Known known(context, 3);
  const Given own(*known.result, known.nodes);
  check_ok(prepare(known.model, known.nodes), "prepare");
  const auto check_given = [&](const std::string &after) {
    const HeldResult got = run(known.model, known.batch, own.options(AIR_MODE_PER_LAYER_WITH_DATA));
    check_same(context, known.model, *got, *known.result, "own values after " + after);
  };
  check_given("preparing");
  if (known.model.can(AIR_CAP_RESET_STATES)) {
    check_ok(air_reset_states(known.model.session(), nullptr), "reset states");
    check_given("a reset of the states");
  }
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .on_sample_end = [](void *, const air_sample_event *) { return AIR_FAIL; }};
  HeldResult none;
  const air_invoke_options options = own.options(AIR_MODE_PER_LAYER_WITH_DATA);
  const air_status failed = known.batch.invoke_kept(known.model, options, &callbacks, none.out());
  check(failed == AIR_ERROR_CALLBACK, "a callback that fails: {}", air_status_name(failed));
  check_given("an invoke that failed");
}

constexpr Check kChecks[] = {
    {"given: refused without AIR_CAP_GIVEN", refused_without},
    {"given: own values change nothing", own_values},
    {"given: with a warm-up and repeats", repeats},
    {"given: zeros change what follows", zeros},
    {"given: preparing is cancelled, undone, refused", preparing},
    {"given: wrong values are refused", wrong_values},
    {"given: after a reset and a failed invoke", what_it_survives},
};

}  // namespace

std::span<const Check> given_checks() {
  return kChecks;
}

}  // namespace conformance
