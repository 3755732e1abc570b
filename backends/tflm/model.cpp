// SPDX-License-Identifier: BSD-3-Clause
// How a model gets its memory, and its runs.
#include "tflm/model.h"

#include <tensorflow/lite/micro/kernels/all_ops_resolver.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "common/error.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "runtime/describe.h"
#include "runtime/file.h"
#include "tflm/checks.h"

namespace air::tflm {
namespace {

constexpr size_t kFirstArena = size_t{64} << 10;
// Of its allocators, and of its planner, which plans in what is left.
constexpr std::array<std::string_view, 3> kTooSmall = {"llocat", "too small", "Too many buffers"};

const Ops &all_ops() {
  static const ::tflite::ops::micro::AllOpsResolver ops;
  return ops;
}

}  // namespace

int Words::Report(const char *format, va_list arguments) {
  char line[256];
  std::vsnprintf(line, sizeof(line), format, arguments);
  std::string_view said = line;
  while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.remove_suffix(1);
  if (!text.empty()) text += "; ";
  text += said;
  return 0;
}

Model::Model(const backend::Request &request)
    : path_(runtime::model_path(request.rest(), "tflm")),
      descriptor_(runtime::canonical_descriptor(request, kTflmOptions, text_of(path_))),
      bytes_(runtime::read_model_file(path_)),
      file_(bytes_, text_of(path_)),
      note_(note_of(file_)),
      models_(1),
      model_(models_[0]) {
  if (!request.weights().empty()) fail(AIR_ERROR_UNSUPPORTED, "tflm: models hold their weights: none can be given");
  model_.name = printable(text_of(path_.stem()));
  runtime::check_name(request, model_.name, text_of(path_));
  check_model(file_, text_of(path_), all_ops());
  request.check();
  make_network(request.number("arena"));
  describe_ports();
  describe_nodes();
  describe_model();
}

bool Model::try_network(size_t arena_bytes) {
  network_.reset();
  words_.text.clear();
  arena_ = std::make_unique<uint8_t[]>(arena_bytes);
  network_ = std::make_unique<Network>(bytes_.data(), all_ops(), arena_.get(), arena_bytes, words_);
  if (!network_->allocate()) return false;
  arena_used_ = network_->arena_used();
  return true;
}

// Twice as much until it is enough, or as much as is wanted.
void Model::make_network(uint64_t arena_bytes) {
  const uint64_t most = arena_bytes != 0 ? arena_bytes : 2 * kMostBytes;
  for (uint64_t size = arena_bytes != 0 ? arena_bytes : kFirstArena; !try_network(size); size *= 2) {
    const bool is_too_small = std::ranges::any_of(
        kTooSmall, [&](std::string_view words) { return words_.text.find(words) != std::string::npos; });
    if (!is_too_small) {
      fail(AIR_ERROR_UNSUPPORTED, "TensorFlow Lite Micro cannot run '{}': {}", text_of(path_), printable(words_.text));
    }
    if (size * 2 > most) {
      fail(AIR_ERROR_NO_MEMORY, "'{}' does not fit into an arena of {} bytes: {}; {}", text_of(path_), size,
           printable(words_.text),
           arena_bytes != 0 ? "leave option arena out to see how much it takes" : "that is the most there can be");
    }
  }
}

// Of one run, operator by operator.
class Model::Nodes final : public Observer {
 public:
  Nodes(Model &model, backend::Run &run) : model_(model), run_(run) {}

  bool before(uint32_t) override {
    begin_ns_ = backend::now_ns();
    return true;
  }

  bool after(uint32_t op) override {
    const uint64_t node_ns = backend::now_ns() - begin_ns_;
    total_ns += node_ns;
    try {
      tell(op, node_ns);
    } catch (...) {
      failure = std::current_exception();
    }
    return failure == nullptr;
  }

  uint64_t total_ns = 0;
  std::exception_ptr failure;

 private:
  void tell(uint32_t op, uint64_t node_ns) {
    run_.check();
    std::vector<const void *> &data = model_.node_data_[op];
    for (size_t i = 0; i < data.size(); ++i) data[i] = model_.network_->output_of(op, i).data.data;
    run_.end_node(op, static_cast<double>(node_ns) / 1e6,
                  run_.wants_data() ? std::span<const void *const>(data) : std::span<const void *const>());
    const std::optional<size_t> given = model_.given_[op];
    for (size_t i = 0; run_.has_given() && given && i < data.size(); ++i) {
      const TfLiteTensor &output = model_.network_->output_of(op, i);
      std::memcpy(output.data.raw, run_.given(*given + i), output.bytes);
    }
  }

  Model &model_;
  backend::Run &run_;
  uint64_t begin_ns_ = 0;
};

void Model::run(uint32_t, backend::Run &run) {
  run.check();
  const uint64_t start = backend::now_ns();
  for (size_t i = 0; i < network_->n_inputs(); ++i)
    std::memcpy(network_->input(i).data.raw, run.input(i), network_->input(i).bytes);
  const bool is_observed = run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA) || run.has_given();
  Nodes nodes(*this, run);
  words_.text.clear();
  const uint64_t ready = backend::now_ns();
  const bool done = network_->run(is_observed ? &nodes : nullptr);
  const uint64_t reached = backend::now_ns();
  if (nodes.failure) std::rethrow_exception(nodes.failure);
  if (!done) fail(AIR_ERROR_RUN_FAILED, "TensorFlow Lite Micro ended the run: {}", printable(words_.text));
  for (size_t i = 0; run.wants_outputs() && i < network_->n_outputs(); ++i)
    std::memcpy(run.output(i), network_->output(i).data.raw, network_->output(i).bytes);
  run.result().device_ns = runtime::told(is_observed ? nodes.total_ns : reached - ready);
  if (!note_.empty()) run.result().note = note_.c_str();
  run.result().end_ns = backend::now_ns();
  run.result().run_ns = run.result().end_ns - start;
}

void Model::prepare(uint32_t, const backend::Preparation &preparation) {
  preparation.check();
  given_.assign(given_.size(), {});
  size_t place = 0;
  for (const uint32_t node : preparation.nodes()) {
    given_[node] = place;
    place += node_data_[node].size();
  }
}

void Model::reset_states(uint32_t) {
  if (!file_.has_states()) fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", model_.name);
  network_->reset_states();
}

}  // namespace air::tflm
