// SPDX-License-Identifier: BSD-3-Clause
// Watches the nodes of a legacy network, through libai_observer or through the observer inside the model library.
#include "stlib/legacy/legacy_observer.h"

#include <cmath>
#include <new>
#include <utility>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/machine/peek.h"
#include "platform/threads/per_thread.h"
#include "stlib/legacy/legacy_report.h"

namespace air::stlib {
namespace {

constexpr uint32_t kEvents = AI_OBSERVER_PRE | AI_OBSERVER_POST;

uint64_t to_ns(float elapsed_ms) noexcept {
  constexpr float kNsPerMs = 1e6f;
  constexpr float kLongest = 1e15f;
  const float ns = elapsed_ms * kNsPerMs;
  return ns > 0.0f && ns < kLongest ? static_cast<uint64_t>(std::llround(ns)) : 0;
}

TensorSpec start_spec(uint32_t node, size_t tensor, bool inputs) {
  TensorSpec spec;
  spec.name = fmt::format("ai_tens_{}_{}_{}", inputs ? 'i' : 'n', node, tensor);
  spec.tag = inputs ? fmt::format("N.{}.I{}", node, tensor) : fmt::format("N.{}.{}", node, tensor);
  return spec;
}

void check_count(uint32_t n_tensors) {
  if (n_tensors > kMaxNodeTensors)
    fail(AIR_ERROR_INVALID_MODEL, "{} tensors, expected at most {}", n_tensors, kMaxNodeTensors);
}

// Through the library beside the model library, which also measures the time.
class LibraryObserver final : public LegacyObserver {
 public:
  LibraryObserver(const HostLog &log, RuntimeVersion runtime, ai_observer_io_register_fn *add,
                  ai_observer_io_unregister_fn *remove)
      : LegacyObserver(log, runtime), register_(add), unregister_(remove) {}

  bool attach(ai_handle network) noexcept override { return register_(network, &on_event, kEvents); }
  void detach(ai_handle network) noexcept override { unregister_(network, &on_event); }

  void begin_run(backend::Run &run) override {
    LibraryObserver **active = active_.get();
    if (active == nullptr) throw std::bad_alloc();
    LegacyObserver::begin_run(run);
    *active = this;
  }
  void end_run() override {
    if (LibraryObserver **active = active_.find(); active != nullptr) *active = nullptr;
    LegacyObserver::end_run();
  }

 private:
  class NodeEvent final : public Event {
   public:
    explicit NodeEvent(const ai_observer_io_node &node) : Event(node.c_idx, node.id, node.type), node_(node) {}

    std::vector<TensorSpec> read_specs(bool inputs) const override {
      check_count(node_.n_tensors);
      std::vector<TensorSpec> specs;
      for (const ai_io_tensor &tensor : peek_array(node_.tensors, node_.n_tensors, "list of tensors")) {
        TensorSpec spec = start_spec(index, specs.size(), inputs);
        spec.format = tensor.format;
        spec.set_shape(read_legacy_shape(tensor.shape, spec.name));
        spec.scales = {tensor.scale};
        spec.zero_points = {tensor.zeropoint};
        specs.push_back(std::move(spec));
      }
      return specs;
    }

    void locate(NodeTensors &tensors, bool) const override {
      if (node_.n_tensors != tensors.n_reported() || node_.tensors == nullptr) return tensors.set_no_data();
      for (uint32_t i = 0; i < node_.n_tensors; ++i) tensors.set_data(i, node_.tensors[i].data);
    }

   private:
    const ai_observer_io_node &node_;
  };

  static uint32_t on_event(uint32_t flags, ai_observer_io_node *node) noexcept {
    LibraryObserver *const *active = active_.find();
    if (active == nullptr || *active == nullptr || node == nullptr) return 0;
    LibraryObserver *self = *active;
    if ((flags & AI_OBSERVER_PRE) != 0) self->node_begins(NodeEvent(*node), to_ns(node->elapsed_ms));
    if ((flags & AI_OBSERVER_POST) != 0) self->node_ends(NodeEvent(*node), to_ns(node->elapsed_ms));
    return 0;
  }

  // The callback has no cookie, but it is called on the thread of the run.
  static PerThread<LibraryObserver *> active_;

  ai_observer_io_register_fn *register_;
  ai_observer_io_unregister_fn *unregister_;
};

PerThread<LibraryObserver *> LibraryObserver::active_;

// Through the runtime inside the model library. It has no clock: ours is read as near to the kernel as the callback allows.
class InnerObserver final : public LegacyObserver {
 public:
  InnerObserver(const HostLog &log, RuntimeVersion runtime, ai_observer_register_fn *add,
                ai_observer_unregister_fn *remove)
      : LegacyObserver(log, runtime), register_(add), unregister_(remove) {}

  bool attach(ai_handle network) noexcept override { return register_(network, &on_event, this, kEvents); }
  void detach(ai_handle network) noexcept override { unregister_(network, &on_event, this); }

 private:
  class NodeEvent final : public Event {
   public:
    explicit NodeEvent(const ai_observer_node &node) : Event(node.c_idx, node.id, node.type), node_(node) {}

    std::vector<TensorSpec> read_specs(bool inputs) const override {
      const ai_ll_tensor_chain chain = peek(node_.tensors, "chain of tensors");
      const uint32_t position = inputs ? AI_LL_INPUTS : AI_LL_OUTPUTS;
      if (chain.size <= position) return {};
      const ai_ll_tensor_list list = peek_array(chain.lists, chain.size, "lists of tensors")[position];
      check_count(list.size);
      std::vector<TensorSpec> specs;
      for (const ai_ll_tensor *address : peek_array(list.tensors, list.size, "list of tensors")) {
        if (address != nullptr) specs.push_back(read_spec(*address, specs.size(), inputs));
      }
      return specs;
    }

    // The structs were checked when they were described, and stay where they are as long as the network lives.
    void locate(NodeTensors &tensors, bool inputs) const override {
      tensors.set_no_data();
      if (tensors.n_reported() == 0) return;
      const ai_ll_tensor_list &list = node_.tensors->lists[inputs ? AI_LL_INPUTS : AI_LL_OUTPUTS];
      uint32_t n = 0;
      for (uint32_t i = 0; i < list.size && n < tensors.n_reported(); ++i) {
        if (list.tensors[i] != nullptr) tensors.set_data(n++, list.tensors[i]->array->data);
      }
    }

   private:
    TensorSpec read_spec(const ai_ll_tensor &at, size_t position, bool inputs) const {
      TensorSpec spec = start_spec(index, position, inputs);
      const ai_ll_tensor tensor = peek(&at, spec.name);
      const ai_ll_array array = peek(tensor.array, spec.name);
      spec.format = static_cast<uint32_t>(array.format);
      spec.set_shape(read_legacy_shape(tensor.shape, spec.name));
      read_intq_list(static_cast<const ai_intq_info_list *>(tensor.klass), spec);
      return spec;
    }

    const ai_observer_node &node_;
  };

  static uint32_t on_event(void *cookie, uint32_t flags, const ai_observer_node *node) noexcept {
    auto *self = static_cast<InnerObserver *>(cookie);
    if (self == nullptr || node == nullptr) return 0;
    const uint64_t elapsed_ns = backend::now_ns() - self->left_ns_;
    if ((flags & AI_OBSERVER_PRE) != 0) self->node_begins(NodeEvent(*node), elapsed_ns);
    if ((flags & AI_OBSERVER_POST) != 0) self->node_ends(NodeEvent(*node), elapsed_ns);
    self->left_ns_ = backend::now_ns();
    return 0;
  }

  ai_observer_register_fn *register_;
  ai_observer_unregister_fn *unregister_;
  uint64_t left_ns_ = 0;  // end of the last callback
};

}  // namespace

void LegacyObserver::begin_run(backend::Run &run) {
  next_ = 0;
  tracker_.begin_run(run);
}

void LegacyObserver::end_run() {
  tracker_.end_run();
}

void LegacyObserver::node_begins(const Event &event, uint64_t idle_ns) noexcept try {
  if (!tracker_.active() || !is_in_order(event.index)) return;
  if (event.index > 0) tracker_.add_time(idle_ns);
  Node &node = tracker_.node(event.index, event.id, event.type, runtime_);
  if (!node.inputs.described()) describe(event, node, true);
  if (!tracker_.wants_begin()) return;
  event.locate(node.inputs, true);
  tracker_.emit_begin(node);
} catch (...) {
  tracker_.keep(std::current_exception());
}

void LegacyObserver::node_ends(const Event &event, uint64_t duration_ns) noexcept try {
  if (!tracker_.active() || !is_in_order(event.index)) return;
  ++next_;
  Node &node = tracker_.node(event.index, event.id, event.type, runtime_);
  if (!node.outputs.described()) describe(event, node, false);
  if (tracker_.wants_outputs_of(node)) event.locate(node.outputs, false);
  tracker_.emit_end(node, duration_ns);
} catch (...) {
  tracker_.keep(std::current_exception());
}

bool LegacyObserver::is_in_order(uint32_t index) {
  if (index == next_) return true;
  tracker_.give_up(fmt::format("the network reports node {} where node {} was expected", index, next_));
  return false;
}

void LegacyObserver::describe(const Event &event, Node &node, bool inputs) {
  std::vector<TensorSpec> specs;
  try {
    specs = event.read_specs(inputs);
  } catch (const Error &error) {
    tracker_.log().warn("the {} of node {} are left out: {}", inputs ? "inputs" : "outputs", event.index, error.what());
  }
  node.describe(std::move(specs), inputs, tracker_.log());
}

std::unique_ptr<LegacyObserver> make_legacy_observer(const ModelContext &context, RuntimeVersion runtime) {
  if (context.observer != nullptr) {
    auto *add = context.observer->function<ai_observer_io_register_fn>("ai_platform_observer_io_register");
    auto *remove = context.observer->function<ai_observer_io_unregister_fn>("ai_platform_observer_io_unregister");
    if (add != nullptr && remove != nullptr)
      return std::make_unique<LibraryObserver>(context.log, runtime, add, remove);
    context.log.warn("'{}' has no function to register at: it is not used", text_of(context.observer->file()));
  }
  auto *add = context.image.function<ai_observer_register_fn>("ai_platform_observer_register");
  auto *remove = context.image.function<ai_observer_unregister_fn>("ai_platform_observer_unregister");
  if (add != nullptr && remove != nullptr) return std::make_unique<InnerObserver>(context.log, runtime, add, remove);
  return nullptr;
}

}  // namespace air::stlib
