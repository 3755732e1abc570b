// SPDX-License-Identifier: BSD-3-Clause
// The smallest clients of the two flavours of host libraries. They trust the library: it is our own.
#include "bare_model.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "stlib/abi/legacy.h"
#include "stlib/abi/stai.h"

namespace bench {
namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

Memory allocate(size_t size_bytes) {
  const size_t rounded = (size_bytes + 64) / 64 * 64;
  Memory memory(static_cast<std::byte *>(std::aligned_alloc(64, rounded)));
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory.get(), 0, rounded);
  return memory;
}

void require(bool condition, const char *step) {
  if (!condition) throw std::runtime_error(std::string("the bare model failed at ") + step);
}

class Library {
 public:
  explicit Library(const std::string &path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }
  ~Library() { dlclose(handle_); }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  template <typename Function>
  Function *find(const std::string &name) const {
    void *symbol = dlsym(handle_, name.c_str());
    if (symbol == nullptr) throw std::runtime_error("missing symbol: " + name);
    return reinterpret_cast<Function *>(symbol);
  }
  bool has(const char *name) const { return dlsym(handle_, name) != nullptr; }

 private:
  void *handle_;
};

size_t bits_to_bytes(size_t n_elements, uint32_t format) {
  return n_elements * ST_FORMAT_GET_BITS(format) / 8;
}

template <typename Extent>
size_t product(const Extent *extents, uint32_t rank) {
  size_t result = 1;
  for (uint32_t i = 0; i < rank; i++) result *= static_cast<size_t>(extents[i]);
  return result;
}

size_t bytes_of(const ai_buffer &buffer) {
  return bits_to_bytes(product(buffer.shape.data, buffer.shape.size), static_cast<uint32_t>(buffer.format));
}

size_t bytes_of(const stai_tensor &tensor) {
  return bits_to_bytes(product(tensor.shape.data, tensor.shape.size), static_cast<uint32_t>(tensor.format));
}

// ---- Legacy. The observer's callback has no cookie, so the model that runs is kept aside.

class LegacyModel final : public BareModel {
 public:
  explicit LegacyModel(const std::string &path)
      : library_(path), run_(library_.find<ai_run_fn>("ai_network_run")), destroy_(find<ai_destroy_fn>("destroy")) {
    require(find<ai_create_fn>("create")(&network_, nullptr).type == 0, "create");
    ai_network_params params = {};
    require(find<ai_data_params_get_fn>("data_params_get")(&params), "data_params_get");
    for (uint16_t i = 0; i < params.current.map_activations.size; i++) {
      ai_buffer &pool = params.current.map_activations.buffer[i];
      pool.data = pools_.emplace_back(allocate(pool.size)).get();
    }
    require(find<ai_init_fn>("init")(network_, &params), "init");
    ai_network_report report = {};
    require(find<ai_get_report_fn>("get_report")(network_, &report), "get_report");
    input_ = report.inputs[0];
    output_ = report.outputs[0];
    input_bytes_ = bytes_of(input_);
    output_bytes_ = bytes_of(output_);
    n_nodes_ = report.n_nodes;
    const std::filesystem::path observer = std::filesystem::path(path).parent_path() / "libai_observer.so";
    if (std::filesystem::exists(observer)) observer_ = std::make_unique<Library>(observer.string());
  }

  ~LegacyModel() override {
    observe(false);
    destroy_(network_);
  }
  LegacyModel(const LegacyModel &) = delete;
  LegacyModel &operator=(const LegacyModel &) = delete;

  void run(uint64_t n_samples, std::byte *input, std::byte *output) override {
    ai_buffer in = input_;
    ai_buffer out = output_;
    for (uint64_t i = 0; i < n_samples; i++) {
      if (observing_) begin_sample(i, n_samples);
      in.data = place(input_, input + i * input_bytes_);
      out.data = place(output_, output + i * output_bytes_);
      if (input_.data != nullptr) std::memcpy(in.data, input + i * input_bytes_, input_bytes_);
      require(run_(network_, &in, &out) == 1, "run");
      if (output_.data != nullptr) std::memcpy(output + i * output_bytes_, out.data, output_bytes_);
    }
  }

  void observe(bool on) override {
    if (on == observing_) return;
    require(observer_ != nullptr, "observe: there is no libai_observer");
    running = this;
    if (on) {
      require(observer_->find<ai_observer_io_register_fn>("ai_platform_observer_io_register")(
                  network_, on_event, AI_OBSERVER_PRE | AI_OBSERVER_POST),
              "observer_register");
    } else {
      observer_->find<ai_observer_io_unregister_fn>("ai_platform_observer_io_unregister")(network_, on_event);
    }
    observing_ = on;
  }

 private:
  template <typename Function>
  Function *find(const char *name) const {
    return library_.find<Function>(std::string("ai_network_") + name);
  }

  // Inside the activations where the network has them there, otherwise the caller's own memory.
  static void *place(const ai_buffer &buffer, std::byte *users) { return buffer.data != nullptr ? buffer.data : users; }

  static uint32_t on_event(uint32_t flags, ai_observer_io_node *node) {
    if ((flags & AI_OBSERVER_POST) == 0) return 0;
    const ai_io_tensor &tensor = node->tensors[0];
    const size_t size = bits_to_bytes(product(tensor.shape.data, tensor.shape.size), tensor.format);
    running->keep(node->c_idx, tensor.data, size);
    return 0;
  }

  static inline LegacyModel *running = nullptr;

  std::vector<Memory> pools_;  // released after the library
  Library library_;
  std::unique_ptr<Library> observer_;
  ai_run_fn *run_;
  ai_destroy_fn *destroy_;
  ai_handle network_ = nullptr;
  ai_buffer input_ = {};
  ai_buffer output_ = {};
  bool observing_ = false;
};

// ---- st-ai.

class StaiModel final : public BareModel {
 public:
  explicit StaiModel(const std::string &path)
      : library_(path),
        run_(find<stai_run_fn>("run")),
        set_inputs_(find<stai_set_buffers_fn>("set_inputs")),
        set_outputs_(find<stai_set_buffers_fn>("set_outputs")),
        details_(library_.find<stai_network_details>("g_network_details")) {
    memory_.push_back(allocate(find<stai_get_context_size_fn>("get_context_size")()));
    network_ = reinterpret_cast<stai_network *>(memory_[0].get());
    require(find<stai_init_fn>("init")(network_) == STAI_SUCCESS, "init");
    stai_network_info info = {};
    require(find<stai_get_info_fn>("get_info")(network_, &info) == STAI_SUCCESS, "get_info");
    std::vector<stai_ptr> pools;
    for (uint16_t i = 0; i < info.n_activations; i++) {
      pools.push_back(reinterpret_cast<stai_ptr>(memory_.emplace_back(allocate(info.activations[i].size_bytes)).get()));
    }
    require(find<stai_set_buffers_fn>("set_activations")(network_, pools.data(), info.n_activations) == STAI_SUCCESS,
            "set_activations");
    input_bytes_ = bytes_of(info.inputs[0]);
    output_bytes_ = bytes_of(info.outputs[0]);
    n_nodes_ = info.n_nodes;
    stai_size one = 1;
    if ((info.flags & STAI_FLAG_INPUTS) != 0) find<stai_get_buffers_fn>("get_inputs")(network_, &input_, &one);
    if ((info.flags & STAI_FLAG_OUTPUTS) != 0) find<stai_get_buffers_fn>("get_outputs")(network_, &output_, &one);
  }

  void run(uint64_t n_samples, std::byte *input, std::byte *output) override {
    for (uint64_t i = 0; i < n_samples; i++) {
      if (observing_) begin_sample(i, n_samples);
      next_node_ = 0;
      stai_ptr in = reinterpret_cast<stai_ptr>(input + i * input_bytes_);
      stai_ptr out = reinterpret_cast<stai_ptr>(output + i * output_bytes_);
      if (input_ != nullptr) {
        std::memcpy(input_, in, input_bytes_);
      } else {
        require(set_inputs_(network_, &in, 1) == STAI_SUCCESS, "set_inputs");
      }
      if (output_ == nullptr) require(set_outputs_(network_, &out, 1) == STAI_SUCCESS, "set_outputs");
      require(run_(network_, STAI_MODE_SYNC) == STAI_SUCCESS, "run");
      if (output_ != nullptr) std::memcpy(out, output_, output_bytes_);
    }
  }

  void observe(bool on) override {
    observing_ = on;
    auto *set_callback = find<stai_set_callback_fn>("set_callback");
    require(set_callback(network_, on ? on_event : nullptr, on ? this : nullptr) == STAI_SUCCESS, "set_callback");
  }

 private:
  template <typename Function>
  Function *find(const char *name) const {
    return library_.find<Function>(std::string("stai_network_") + name);
  }

  static void on_event(void *cookie, stai_event_type event, const void *payload) {
    if (event != STAI_EVENT_NODE_STOP) return;
    auto *self = static_cast<StaiModel *>(cookie);
    const auto *stop = static_cast<const stai_event_node_start_stop *>(payload);
    const stai_node_details &node = self->details_->nodes[self->next_node_];
    self->keep(self->next_node_++, stop->buffers.data[0],
               bytes_of(self->details_->tensors[node.output_tensors.data[0]]));
  }

  std::vector<Memory> memory_;  // released after the library
  Library library_;
  stai_run_fn *run_;
  stai_set_buffers_fn *set_inputs_;
  stai_set_buffers_fn *set_outputs_;
  const stai_network_details *details_;
  stai_network *network_ = nullptr;
  stai_ptr input_ = nullptr;  // inside the activations, or NULL
  stai_ptr output_ = nullptr;
  size_t next_node_ = 0;
  bool observing_ = false;
};

}  // namespace

std::unique_ptr<BareModel> BareModel::open(const std::string &path) {
  const bool is_stai = Library(path).has("stai_network_run");
  if (is_stai) return std::make_unique<StaiModel>(path);
  return std::make_unique<LegacyModel>(path);
}

void BareModel::begin_sample(uint64_t sample, uint64_t n_samples) {
  sample_ = sample;
  n_samples_ = n_samples;
  blocks_.resize(n_nodes_);
}

void BareModel::keep(size_t node, const void *data, size_t size_bytes) {
  std::vector<std::byte> &block = blocks_.at(node);
  if (block.size() < n_samples_ * size_bytes) block.resize(n_samples_ * size_bytes);
  std::memcpy(block.data() + sample_ * size_bytes, data, size_bytes);
}

}  // namespace bench
