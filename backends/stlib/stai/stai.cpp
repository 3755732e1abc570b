// SPDX-License-Identifier: BSD-3-Clause
// A model behind the st-ai API (`stai_<name>_*`).
#include "stlib/stai/stai.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "common/error.h"
#include "platform/machine/peek.h"
#include "stlib/model/vendor_errors.h"

namespace air::stlib {
namespace {

constexpr uint64_t kMaxContextBytes = uint64_t{16} << 20;
constexpr uint16_t kMaxTensors = 256;
constexpr size_t kInfoRoom = 512;

// Checked in the order in which they are called.
constexpr std::array<const char *, StaiModel::kRequiredCount> kRequired = {
    "get_context_size", "init",       "get_info",   "get_inputs",  "get_outputs", "run",
    "set_activations",  "set_states", "set_inputs", "set_outputs", "set_weights", "set_callback"};

std::string symbol_of(const std::string &c_name, const char *function) {
  return fmt::format("stai_{}_{}", c_name, function);
}

std::vector<stai_tensor> read_tensors(const stai_tensor *tensors, uint16_t count, const std::string &what) {
  if (count > kMaxTensors)
    fail(AIR_ERROR_INVALID_MODEL, "{}: {}, expected at most {}: the description is damaged", what, count, kMaxTensors);
  return peek_array(tensors, count, what);
}

std::string network_flags(stai_flags flags) {
  struct Flag {
    stai_flags bit;
    const char *name;
  };
  static constexpr Flag kFlags[] = {{STAI_FLAG_ACTIVATIONS, "flag_activations"},
                                    {STAI_FLAG_INPUTS, "flag_inputs"},
                                    {STAI_FLAG_OUTPUTS, "flag_outputs"},
                                    {STAI_FLAG_STATES, "flag_states"},
                                    {STAI_FLAG_WEIGHTS, "flag_weights"}};
  std::vector<std::string> names;
  for (const Flag &flag : kFlags) {
    if ((flags & flag.bit) != 0) names.emplace_back(flag.name);
  }
  return fmt::format("{}", fmt::join(names, ","));
}

void copy_version(const stai_version &version, uint32_t (&to)[3]) {
  to[0] = version.major;
  to[1] = version.minor;
  to[2] = version.micro;
}

}  // namespace

std::vector<std::string> StaiModel::missing_functions(const Image &image, const std::string &c_name) {
  std::vector<std::string> missing;
  for (const char *function : kRequired) {
    const std::string symbol = symbol_of(c_name, function);
    if (image.symbol(symbol) == nullptr) missing.push_back(symbol);
  }
  return missing;
}

void StaiModel::open() {
  bind_functions();
  create_context();
  read_info();
  describe_pools();
  choose_weights();
  input_side_.inside = (raw_.flags & STAI_FLAG_INPUTS) != 0;
  output_side_.inside = (raw_.flags & STAI_FLAG_OUTPUTS) != 0;
  set_up();
  describe_ports(raw_inputs_, inputs_, input_ports_, input_side_, true);
  describe_ports(raw_outputs_, outputs_, output_ports_, output_side_, false);
  find_alignment();
  observer_.read_details(c_name_, facts_);
  states_bytes_ = 0;
  for (const stai_tensor &tensor : raw_states_) *states_bytes_ += tensor.size_bytes;
  capabilities_ = AIR_CAP_PER_LAYER | AIR_CAP_NODE_BEGIN |
                  (observer_.has_details() ? AIR_CAP_PER_LAYER_DATA | AIR_CAP_GIVEN : 0u) |
                  (states_.empty() ? 0u : AIR_CAP_RESET_STATES);
}

void StaiModel::close() noexcept {
  if (!initialised_) return;
  stai_network *context = reinterpret_cast<stai_network *>(context_memory_->data());
  functions_.set_callback(context, nullptr, nullptr);
  if (functions_.deinit != nullptr) functions_.deinit(context);
  initialised_ = false;
}

void StaiModel::reset_states() {
  for (GuardedMemory *memory : states_) memory->clear();
  set_up();
}

void StaiModel::bind_functions() {
  const auto find = [&]<class Function>(Function *&function, const char *name) {
    function = context_.image.function<Function>(symbol_of(c_name_, name));
  };
  find(functions_.get_context_size, "get_context_size");
  find(functions_.init, "init");
  find(functions_.get_info, "get_info");
  find(functions_.get_inputs, "get_inputs");
  find(functions_.get_outputs, "get_outputs");
  find(functions_.set_activations, "set_activations");
  find(functions_.set_states, "set_states");
  find(functions_.set_inputs, "set_inputs");
  find(functions_.set_outputs, "set_outputs");
  find(functions_.set_weights, "set_weights");
  find(functions_.set_callback, "set_callback");
  find(functions_.run, "run");
  find(functions_.deinit, "deinit");
}

void StaiModel::create_context() {
  if (context_.batch > 1) {
    fail(AIR_ERROR_UNSUPPORTED, "model '{}' has the st-ai API, which takes one sample a call: connect without batch={}",
         c_name_, context_.batch);
  }
  const stai_size size = functions_.get_context_size();
  if (size == 0 || size > kMaxContextBytes) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': stai_{}_get_context_size() gives {} bytes, expected 1 to {}", c_name_,
         c_name_, size, kMaxContextBytes);
  }
  context_memory_ = &allocate("context", size);
}

void StaiModel::read_info() {
  auto *context = reinterpret_cast<stai_network *>(context_memory_->data());
  check(functions_.init(context), "init", AIR_ERROR_NOT_INITIALIZED);
  initialised_ = true;
  alignas(stai_network_info) std::array<std::byte, kInfoRoom> bytes{};
  check(functions_.get_info(context, reinterpret_cast<stai_network_info *>(bytes.data())), "get_info",
        AIR_ERROR_INVALID_MODEL);
  std::memcpy(&raw_, bytes.data(), sizeof(raw_));
  const std::string what = fmt::format("description of model '{}'", c_name_);
  if (raw_.api_version.major != 1) {
    context_.log.warn("{}: st-ai API of version {}.{}, made for 1.x: it may not work", what, raw_.api_version.major,
                      raw_.api_version.minor);
  }
  facts_.name = peek_text(raw_.c_model_name, what + ", c_model_name");
  if (facts_.name.empty()) facts_.name = c_name_;
  facts_.hash = peek_text(raw_.model_signature, what + ", model_signature");
  facts_.model_datetime = peek_text(raw_.c_model_datetime, what + ", c_model_datetime");
  facts_.compile_datetime = peek_text(raw_.c_compile_datetime, what + ", c_compile_datetime");
  facts_.flags = network_flags(raw_.flags);
  facts_.runtime_name = "ST.AI (st-ai api)";
  copy_version(raw_.runtime_version, facts_.runtime_version);
  copy_version(raw_.tool_version, facts_.tools_version);
  facts_.n_nodes = raw_.n_nodes;
  facts_.macc = raw_.n_macc;
  if (raw_.n_inputs == 0 || raw_.n_outputs == 0)
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} inputs and {} outputs, expected at least one of each", what, raw_.n_inputs,
         raw_.n_outputs);
  raw_inputs_ = read_tensors(raw_.inputs, raw_.n_inputs, what + ", inputs");
  raw_outputs_ = read_tensors(raw_.outputs, raw_.n_outputs, what + ", outputs");
  raw_activations_ = read_tensors(raw_.activations, raw_.n_activations, what + ", activations");
  raw_weights_ = read_tensors(raw_.weights, raw_.n_weights, what + ", weights");
  raw_states_ = read_tensors(raw_.states, raw_.n_states, what + ", states");
}

void StaiModel::describe_pools() {
  const auto add = [this](const std::vector<stai_tensor> &tensors, std::vector<Tensor> &pools, const char *name,
                          char letter) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      std::string own = peek_text(tensors[i].name, fmt::format("description of model '{}', name of a pool", c_name_));
      pools.push_back(make_pool(own.empty() ? fmt::format("{}_{}", name, i + 1) : std::move(own),
                                fmt::format("{}.{}", letter, i), tensors[i].size_bytes));
    }
  };
  add(raw_activations_, activations_pools_, "act", 'A');
  add(raw_weights_, weights_pools_, "params", 'W');
  if ((raw_.flags & STAI_FLAG_ACTIVATIONS) == 0)
    activations_addresses_ = allocate_pool(raw_activations_, "activations");
  if ((raw_.flags & STAI_FLAG_STATES) == 0) states_addresses_ = allocate_pool(raw_states_, "states");
}

std::vector<stai_ptr> StaiModel::allocate_pool(const std::vector<stai_tensor> &tensors, const char *name) {
  std::vector<stai_ptr> addresses;
  for (const stai_tensor &tensor : tensors) {
    GuardedMemory &memory = allocate(fmt::format("{} #{}", name, addresses.size() + 1), tensor.size_bytes);
    if (&tensors == &raw_states_) states_.push_back(&memory);
    addresses.push_back(reinterpret_cast<stai_ptr>(memory.data()));
  }
  return addresses;
}

void StaiModel::choose_weights() {
  std::vector<uint64_t> sizes;
  for (const stai_tensor &tensor : raw_weights_) sizes.push_back(tensor.size_bytes);
  const bool inside = (raw_.flags & STAI_FLAG_WEIGHTS) != 0;
  const bool needed = std::any_of(sizes.begin(), sizes.end(), [](uint64_t size) { return size > 0; });
  if (context_.weights.empty() && (inside || sizes.empty())) return;
  if (context_.weights.empty() && needed) fail_missing_weights(c_name_, sizes);
  // The library wants an address for each segment, also for an empty one.
  const auto blocks = context_.weights.empty() ? std::vector<const GuardedMemory *>(sizes.size())
                                               : match_weights(context_.weights, sizes);
  for (const GuardedMemory *block : blocks) {
    const GuardedMemory &memory = block != nullptr ? *block : allocate("empty weights", 0);
    weights_addresses_.push_back(reinterpret_cast<stai_ptr>(memory.data()));
  }
}

void StaiModel::set_up() {
  auto *context = reinterpret_cast<stai_network *>(context_memory_->data());
  const auto set = [&](stai_set_buffers_fn *function, const char *name, const std::vector<stai_ptr> &addresses) {
    if (!addresses.empty())
      check(function(context, addresses.data(), static_cast<stai_size>(addresses.size())), name,
            AIR_ERROR_NOT_INITIALIZED);
  };
  needs_set_up_ = true;
  observing_ = false;
  check(functions_.init(context), "init", AIR_ERROR_NOT_INITIALIZED);
  set(functions_.set_activations, "set_activations", activations_addresses_);
  set(functions_.set_states, "set_states", states_addresses_);
  set(functions_.set_weights, "set_weights", weights_addresses_);
  if (input_side_.inside) input_side_.bound = fixed_addresses(functions_.get_inputs, "get_inputs", raw_inputs_.size());
  if (output_side_.inside)
    output_side_.bound = fixed_addresses(functions_.get_outputs, "get_outputs", raw_outputs_.size());
  for (Side *side : {&input_side_, &output_side_}) {
    if (!side->inside) side->bound.clear();
  }
  needs_set_up_ = false;
}

std::vector<stai_ptr> StaiModel::fixed_addresses(stai_get_buffers_fn *get, const char *function, size_t count) {
  std::vector<stai_ptr> addresses(std::max<size_t>(count, kMaxTensors), nullptr);
  auto n = static_cast<stai_size>(count);
  check(get(reinterpret_cast<stai_network *>(context_memory_->data()), addresses.data(), &n), function,
        AIR_ERROR_INVALID_MODEL);
  if (n != count)
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': stai_{}_{}() gives {} addresses, expected {}", c_name_, c_name_,
         function, n, count);
  addresses.resize(count);
  return addresses;
}

void StaiModel::describe_ports(const std::vector<stai_tensor> &raw, std::vector<Tensor> &tensors,
                               std::vector<Port> &ports, Side &side, bool inputs) {
  for (size_t i = 0; i < raw.size(); ++i) {
    TensorSpec spec = describe_stai_tensor(raw[i], fmt::format("{}_{}", inputs ? "input" : "output", i + 1),
                                           fmt::format("{}.{}", inputs ? 'I' : 'O', i));
    if (side.inside) spec.flags |= AIR_TENSOR_IN_ACTIVATIONS;
    const Tensor &tensor = tensors.emplace_back(make_tensor(std::move(spec)));
    auto *fixed = side.inside ? reinterpret_cast<std::byte *>(side.bound[i]) : nullptr;
    if (side.inside && fixed == nullptr) {
      fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' should be inside the activations, but has no address",
           c_name_, tensor.name);
    }
    ports.push_back(make_port(tensor, fixed, raw[i].size_bytes));
  }
  side.wanted.resize(raw.size());
}

// Finds the smallest alignment of caller memory that the library takes, by trying addresses inside our own, which it never uses.
void StaiModel::find_alignment() {
  for (uint64_t alignment = kCallerAlignment; alignment <= GuardedMemory::kAlignment; alignment *= 2) {
    for (auto *ports : {&input_ports_, &output_ports_}) {
      for (Port &port : *ports) {
        if (port.fixed != nullptr) continue;
        port.current = port.own->data() + alignment % GuardedMemory::kAlignment;
        port.alignment = port.alignment == 0 ? 0 : alignment;
      }
    }
    try {
      bind(1);
      break;
    } catch (const Error &) {
      set_up();
      if (alignment == GuardedMemory::kAlignment) throw;
    }
  }
  input_side_.bound.clear();
  output_side_.bound.clear();
}

void StaiModel::observe(bool wanted) {
  if (needs_set_up_) set_up();
  if (wanted == observing_) return;
  auto *context = reinterpret_cast<stai_network *>(context_memory_->data());
  check(wanted ? functions_.set_callback(context, &StaiObserver::on_event, &observer_)
               : functions_.set_callback(context, nullptr, nullptr),
        "set_callback", AIR_ERROR_RUN_FAILED);
  observing_ = wanted;
}

void StaiModel::bind(uint32_t) {
  bind_side(input_side_, input_ports_, functions_.set_inputs, "set_inputs");
  bind_side(output_side_, output_ports_, functions_.set_outputs, "set_outputs");
}

void StaiModel::bind_side(Side &side, const std::vector<Port> &ports, stai_set_buffers_fn *set, const char *function) {
  if (side.inside) return;
  for (size_t i = 0; i < ports.size(); ++i) side.wanted[i] = reinterpret_cast<stai_ptr>(ports[i].current);
  if (side.wanted == side.bound) return;
  check(set(reinterpret_cast<stai_network *>(context_memory_->data()), side.wanted.data(),
            static_cast<stai_size>(ports.size())),
        function, AIR_ERROR_RUN_FAILED);
  side.bound = side.wanted;
}

void StaiModel::execute(backend::Run &run) {
  auto *context = reinterpret_cast<stai_network *>(context_memory_->data());
  if (observing_) observer_.begin_run(run);
  const uint64_t begin = backend::now_ns();
  const stai_return_code code = functions_.run(context, STAI_MODE_SYNC);
  const uint64_t end = backend::now_ns();
  if (is_stai_error(code)) needs_set_up_ = true;
  if (observing_) observer_.end_run();
  check(code, "run", AIR_ERROR_RUN_FAILED);
  set_times(run, begin, end, observing_ ? &observer_.tracker() : nullptr);
}

// Errors stay in the context: the next run begins with setting everything up again.
void StaiModel::check(stai_return_code code, const char *function, air_status status) {
  if (!is_stai_error(code)) return;
  needs_set_up_ = true;
  const std::string &name = facts_.name.empty() ? c_name_ : facts_.name;
  throw Error(status,
              fmt::format("model '{}': stai_{}_{}() failed with {}", name, c_name_, function, stai_error_text(code)),
              code);
}

}  // namespace air::stlib
