// SPDX-License-Identifier: BSD-3-Clause
// A backend in C++: a class in, the table of airunner_backend.h out. Header only, C++20, nothing but the standard library.
//
//   class Gain {
//    public:
//     static constexpr air::backend::Facts facts = {.name = "gain", .version = "1.0.0", .description = "multiplies", .schemes = schemes};
//     explicit Gain(const air::backend::Request &request);         // connects; throws air::backend::Error
//     const std::vector<air::backend::Model> &models() const;      // described once, after connecting
//     void run(uint32_t model, air::backend::Run &run);            // one run
//   };
//   AIR_BACKEND(Gain)
//
// A class may also have: std::string descriptor() const, void cancel() noexcept, void reset_states(uint32_t model), void ping(), void reconnect(),
// void prepare(uint32_t model, const Preparation &preparation), static uint32_t claims(const char *text), static void scan(const Scan &scan),
// void *make_memory(uint32_t model, uint32_t input, uint64_t size) with static void free_memory(void *data) noexcept, and
// static const void *extension(std::string_view name), in whose entries object<Class>(connection) is the object and guarded() the border. What it
// does not have the table does not have either. Nothing that is thrown leaves the plugin: it becomes the error of the call.
//
// \since 1.0
#ifndef AIRUNNER_BACKEND_HPP
#define AIRUNNER_BACKEND_HPP

#include <algorithm>
#include <atomic>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airunner_backend.h"

namespace air::backend {

// ---- Errors

// Why an entry fails: what was expected, what came, what to do; `causes` tell what was tried in vain.
class Error : public std::runtime_error {
 public:
  Error(air_status status, const std::string &message, int32_t vendor_code = 0, std::vector<std::string> causes = {})
      : std::runtime_error(message), status_(status), vendor_code_(vendor_code), causes_(std::move(causes)) {}

  air_status status() const noexcept { return status_; }                       // What the entry returns.
  int32_t vendor_code() const noexcept { return vendor_code_; }                // 0: none.
  const std::vector<std::string> &causes() const noexcept { return causes_; }  // In the order of the trials.
  void add_cause(std::string cause) { causes_.push_back(std::move(cause)); }   // "tried X: why it did not work".

 private:
  air_status status_;
  int32_t vendor_code_;
  std::vector<std::string> causes_;
};

// The library has recorded the error already: the entry has to return this status.
struct Recorded {
  air_status status;
};

inline void throw_recorded(air_status status) {  // Throws for a status other than AIR_OK, whose error is recorded.
  if (status != AIR_OK) throw Recorded{status};
}

// ---- Services of the library

// The library passes the same services at every call of the entry. Each plugin has its own place for them: there may be two libraries in a process.
#if !defined(_WIN32)
__attribute__((visibility("hidden")))
#endif
inline std::atomic<const air_host *>
    g_host{nullptr};

inline const air_host &host() noexcept {  // The services of the library.
  return *g_host.load(std::memory_order_relaxed);
}

inline uint64_t now_ns() noexcept {  // air_host.now_ns().
  return host().now_ns();
}

// The log of one connection.
class Log {
 public:
  explicit Log(void *log) : log_(log) {}

  // Lines above nobody's level need not be made.
  bool wants(air_log_level level) const noexcept { return level <= host().log_level(log_); }
  void write(air_log_level level, const std::string &line) const { host().log(log_, level, line.c_str()); }

 private:
  void *log_;
};

inline air_status record(air_status status, int32_t vendor_code, const char *message) noexcept {  // Records an error.
  host().set_error(status, vendor_code, message);
  return status;
}

// Runs an entry; what it throws is recorded and becomes its status.
template <class Body>
air_status guarded(Body body) noexcept {
  try {
    body();
    return AIR_OK;
  } catch (const Recorded &recorded) {
    return recorded.status;
  } catch (const Error &error) {
    record(error.status(), error.vendor_code(), error.what());
    for (const std::string &cause : error.causes()) host().add_cause(cause.c_str());
    return error.status();
  } catch (const std::bad_alloc &) {
    return record(AIR_ERROR_NO_MEMORY, 0, "out of memory in the backend");
  } catch (const std::exception &error) {
    return record(AIR_ERROR_INTERNAL, 0, error.what());
  } catch (...) {
    return record(AIR_ERROR_INTERNAL, 0, "unknown exception in the backend");
  }
}

// ---- Descriptions: as in airunner_backend.h, with everything unknown unless it is said

using Properties = std::vector<std::pair<std::string, std::string>>;  // Keys and values.

struct Tensor {
  std::string name{};
  std::string tag{};
  air_dtype dtype = AIR_DTYPE_FLOAT32;
  std::vector<int64_t> shape{};  // of one sample
  air_encoding encoding = AIR_ENCODING_PLAIN;
  uint32_t flags = 0;
  std::vector<float> scales{};
  std::vector<int32_t> zero_points{};  // as many as scales, or none
  uint32_t axis = 0;
  uint32_t block = 0;
  int32_t fraction_bits = 0;
  uint64_t address = 0;
};

struct Node {
  std::string name{};
  std::string operation{};
  uint32_t operation_code = 0;
  std::string processor{};
  air_dtype computes_in = AIR_DTYPE_NONE;
  uint32_t layer_number = 0;  // from 1
  std::vector<Tensor> inputs{};
  std::vector<Tensor> outputs{};
  std::vector<uint32_t> covers{};
  Properties properties{};
};

struct Column {
  std::string name{};
  std::string unit{};
  std::string text{};
  air_kind kind = AIR_KIND_LEVEL;
  bool per_node = false;
};

struct Model {
  std::string name{};
  uint32_t capabilities = 0;
  std::vector<Tensor> inputs{};
  std::vector<Tensor> outputs{};
  std::vector<Node> nodes{};
  uint32_t n_nodes = 0;  // where `nodes` become known with a run only
  std::vector<Column> columns{};
  Properties properties{};
  uint32_t native_batch = 1;
  uint32_t layer_batch = 1;
  uint64_t macc = 0;
  uint64_t weights_bytes = 0;
  uint64_t activations_bytes = 0;
  uint64_t states_bytes = 0;
  std::vector<Tensor> weights_pools{};
  std::vector<Tensor> activations_pools{};
};

// The structs of the ABI that describe such values. They refer to the values, and live as long as this does.
class Views {
 public:
  const air_backend_model *models(const std::vector<Model> &values) {
    std::vector<air_backend_model> &list = models_.emplace_back();
    for (const Model &value : values) list.push_back(view(value));
    return list.data();
  }

  air_backend_node view(const Node &node) {
    air_backend_node made{};
    made.struct_size = sizeof(made);
    made.operation_code = node.operation_code;
    made.name = node.name.empty() ? nullptr : node.name.c_str();
    made.operation = node.operation.c_str();
    made.processor = node.processor.c_str();
    made.computes_in = node.computes_in;
    made.layer_number = node.layer_number;
    made.n_inputs = size(node.inputs);
    made.n_outputs = size(node.outputs);
    made.inputs = tensors(node.inputs);
    made.outputs = tensors(node.outputs);
    made.covers = node.covers.data();
    made.n_covers = size(node.covers);
    made.n_properties = size(node.properties);
    made.properties = properties(node.properties);
    return made;
  }

  static air_backend_column view(const Column &column) {
    air_backend_column made{};
    made.struct_size = sizeof(made);
    made.kind = column.kind;
    made.name = column.name.c_str();
    made.unit = column.unit.c_str();
    made.text = column.text.c_str();
    made.per_node = column.per_node ? 1 : 0;
    return made;
  }

  const air_option *properties(const Properties &values) {
    std::vector<air_option> &list = properties_.emplace_back();
    for (const auto &[key, value] : values) list.push_back({key.c_str(), value.c_str()});
    return list.data();
  }

 private:
  template <class List>
  static uint32_t size(const List &list) {
    return static_cast<uint32_t>(list.size());
  }

  static air_backend_tensor view(const Tensor &tensor) {
    if (!tensor.zero_points.empty() && tensor.zero_points.size() != tensor.scales.size()) {
      throw Error(AIR_ERROR_INTERNAL, "tensor " + tensor.name + " has not as many zero points as scales");
    }
    air_backend_tensor made{};
    made.struct_size = sizeof(made);
    made.dtype = tensor.dtype;
    made.encoding = tensor.encoding;
    made.flags = tensor.flags;
    made.rank = size(tensor.shape);
    made.n_scales = size(tensor.scales);
    made.shape = tensor.shape.data();
    made.scales = tensor.scales.data();
    made.zero_points = tensor.zero_points.empty() ? nullptr : tensor.zero_points.data();
    made.axis = tensor.axis;
    made.block = tensor.block;
    made.fraction_bits = tensor.fraction_bits;
    made.name = tensor.name.empty() ? nullptr : tensor.name.c_str();
    made.tag = tensor.tag.empty() ? nullptr : tensor.tag.c_str();
    made.address = tensor.address;
    return made;
  }

  air_backend_model view(const Model &model) {
    std::vector<air_backend_node> &nodes = nodes_.emplace_back();
    for (const Node &node : model.nodes) nodes.push_back(view(node));
    std::vector<air_backend_column> &columns = columns_.emplace_back();
    for (const Column &column : model.columns) columns.push_back(view(column));
    air_backend_model made{};
    made.struct_size = sizeof(made);
    made.capabilities = model.capabilities;
    made.name = model.name.c_str();
    made.n_inputs = size(model.inputs);
    made.n_outputs = size(model.outputs);
    made.inputs = tensors(model.inputs);
    made.outputs = tensors(model.outputs);
    made.n_nodes = nodes.empty() ? model.n_nodes : size(nodes);
    made.nodes = nodes.empty() ? nullptr : nodes.data();
    made.columns = columns.data();
    made.n_columns = size(columns);
    made.n_properties = size(model.properties);
    made.properties = properties(model.properties);
    made.native_batch = model.native_batch;
    made.layer_batch = model.layer_batch;
    made.macc = model.macc;
    made.weights_bytes = model.weights_bytes;
    made.activations_bytes = model.activations_bytes;
    made.states_bytes = model.states_bytes;
    made.n_weights_pools = size(model.weights_pools);
    made.n_activations_pools = size(model.activations_pools);
    made.weights_pools = tensors(model.weights_pools);
    made.activations_pools = tensors(model.activations_pools);
    return made;
  }

  const air_backend_tensor *tensors(const std::vector<Tensor> &values) {
    std::vector<air_backend_tensor> &list = tensors_.emplace_back();
    for (const Tensor &value : values) list.push_back(view(value));
    return list.data();
  }

  std::deque<std::vector<air_backend_model>> models_;
  std::deque<std::vector<air_backend_tensor>> tensors_;
  std::deque<std::vector<air_backend_node>> nodes_;
  std::deque<std::vector<air_backend_column>> columns_;
  std::deque<std::vector<air_option>> properties_;
};

// ---- What a class is given

// What to connect to. The library has checked the options against those of the facts.
class Request {
 public:
  explicit Request(const air_connect_request &request) : request_(request) {}

  const air_connect_request &c() const noexcept { return request_; }
  std::string scheme() const { return request_.scheme; }
  std::string rest() const { return request_.rest; }
  std::optional<std::string> model_name() const {
    return request_.model_name == nullptr ? std::nullopt : std::optional<std::string>(request_.model_name);
  }
  std::span<const air_weights> weights() const { return {request_.weights, request_.n_weights}; }
  Log log() const { return Log(request_.log); }
  // Ends connecting where the caller wants it. To be called at least every 100 ms while waiting.
  void check() const { throw_recorded(request_.check(request_.sink)); }

  // An option; nothing where neither the caller nor a default gives it.
  std::optional<std::string> find(std::string_view key) const {
    const std::span options(request_.options, request_.n_options);
    const auto found =
        std::ranges::find(options, key, [](const air_option &option) { return std::string_view(option.key); });
    return found == options.end() ? std::nullopt : std::optional<std::string>(found->value);
  }
  std::string text(std::string_view key) const { return find(key).value_or(""); }  // An option, or "".
  uint64_t number(std::string_view key) const {  // An option of AIR_OPTION_NUMBER, or 0.
    const std::string value = text(key);
    uint64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  bool flag(std::string_view key) const { return text(key) == "1"; }  // An option of AIR_OPTION_FLAG.
  // Options whose keys begin so, without that beginning.
  std::map<std::string, std::string> with_prefix(std::string_view prefix) const {
    std::map<std::string, std::string> found;
    for (const air_option &option : std::span(request_.options, request_.n_options)) {
      const std::string_view key = option.key;
      if (key.starts_with(prefix)) found.emplace(key.substr(prefix.size()), option.value);
    }
    return found;
  }

 private:
  const air_connect_request &request_;
};

// One run: one sample, or several where the model takes batches.
class Run {
 public:
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();  // A value that is not known.

  explicit Run(const air_run &run) : run_(run) {}

  const air_run &c() const noexcept { return run_; }
  uint32_t n_samples() const noexcept { return run_.n_samples; }
  bool has(uint32_t mode) const noexcept { return (run_.mode & mode) != 0; }  // One of these AIR_MODE_... bits.
  bool wants_begin() const noexcept { return listening_ && run_.on_node_begin != nullptr; }  // Begins of nodes.
  bool wants_end() const noexcept { return listening_ && run_.on_node_end != nullptr; }      // Ends of nodes.
  bool wants_data() const noexcept { return has(AIR_MODE_PER_LAYER_WITH_DATA); }  // Data at the ends of nodes.
  bool wants_outputs() const noexcept { return !has(AIR_MODE_PERF_ONLY); }        // Outputs of the model.
  const void *input(size_t i) const noexcept { return run_.inputs[i]; }
  void *output(size_t i) const noexcept { return run_.outputs[i]; }
  // Values for output `i` of all outputs of the nodes of the last prepare(), in their order.
  bool has_given() const noexcept { return run_.given != nullptr; }
  const void *given(size_t i) const noexcept { return run_.given[i]; }
  // Memory for the output of one sample, where its shape is known only now.
  void *output(uint32_t i, const int64_t *shape) const {
    void *data = nullptr;
    throw_recorded(run_.output_memory(run_.sink, i, shape, &data));
    return data;
  }

  // Ends the run where the caller wants it.
  void check() const { throw_recorded(run_.check(run_.sink)); }

  void describe_node(uint32_t index, const Node &node) const {
    Views views;
    const air_backend_node view = views.view(node);
    throw_recorded(run_.describe_node(run_.sink, index, &view));
  }
  uint32_t add_column(const Column &column) const {
    const air_backend_column view = Views::view(column);
    uint32_t index = 0;
    throw_recorded(run_.add_column(run_.sink, &view, &index));
    return index;
  }

  // A node begins. `data`: one pointer per input, or none.
  void begin_node(uint32_t node, std::span<const void *const> data = {}) {
    air_backend_event event = event_of(node, data);
    if (wants_begin()) tell(run_.on_node_begin, event);
  }
  // A node has ended. `data`: one pointer per output, or none. `values`: columns 1, 2, ... of the model.
  void end_node(uint32_t node, double ms, std::span<const void *const> data = {}, const char *note = nullptr,
                std::span<const double> values = {}) {
    if (!wants_end()) return;
    values_.assign(1, ms);
    values_.insert(values_.end(), values.begin(), values.end());
    air_backend_event event = event_of(node, data);
    event.values = values_.data();
    event.n_values = static_cast<uint32_t>(values_.size());
    event.note = note;
    tell(run_.on_node_end, event);
  }
  // For all that stands in no argument above; struct_size and sample are set here.
  void end_node(air_backend_event event) {
    event.struct_size = sizeof(event);
    event.sample = run_.sample;
    if (wants_end()) tell(run_.on_node_end, event);
  }

  // What was measured. `values`: columns 2, 3, ... of the model.
  void measured(uint64_t device_ns, std::span<const double> values = {}) const noexcept {
    run_.result->device_ns = device_ns;
    run_.result->values = values.data();
    run_.result->n_values = static_cast<uint32_t>(values.size());
  }
  air_run_result &result() const noexcept { return *run_.result; }

 private:
  air_backend_event event_of(uint32_t node, std::span<const void *const> data) const noexcept {
    air_backend_event event{};
    event.struct_size = sizeof(event);
    event.node = node;
    event.sample = run_.sample;
    event.data = data.empty() ? nullptr : data.data();
    return event;
  }
  void tell(air_action (*callback)(void *, const air_backend_event *), const air_backend_event &event) {
    listening_ = callback(run_.sink, &event) == AIR_CONTINUE;
  }

  const air_run &run_;
  std::vector<double> values_;
  bool listening_ = true;
};

// Which nodes get their values given in later runs: none, and the model is as it was at the beginning.
class Preparation {
 public:
  explicit Preparation(const air_prepare_request &request) : request_(request) {}

  const air_prepare_request &c() const noexcept { return request_; }
  std::span<const uint32_t> nodes() const noexcept { return {request_.nodes, request_.n_nodes}; }
  void check() const { throw_recorded(request_.check(request_.sink)); }

 private:
  const air_prepare_request &request_;
};

// What to look for, and who takes it.
class Scan {
 public:
  explicit Scan(const air_scan_request &request) : request_(request) {}

  Log log() const { return Log(request_.log); }
  void check() const { throw_recorded(request_.check(request_.sink)); }
  void found(const std::string &descriptor, const std::string &description, const Properties &properties = {}) const {
    Views views;
    air_backend_device device{};
    device.struct_size = sizeof(device);
    device.descriptor = descriptor.c_str();
    device.description = description.c_str();
    device.n_properties = static_cast<uint32_t>(properties.size());
    device.properties = views.properties(properties);
    request_.found(request_.sink, &device);
  }

 private:
  const air_scan_request &request_;
};

// ---- The table

// What the library has to know before it connects. Everything is static.
struct Facts {
  const char *name;
  const char *version;
  const char *description;
  const char *const *schemes;             // NULL-terminated
  const char *const *patterns = nullptr;  // NULL-terminated
  std::span<const air_backend_option> options = {};
};

// A connection: an object of the class and the structs that describe it.
template <class Class>
struct Held {
  explicit Held(const Request &request) : object(request) {}
  Class object;
  Views views;
  std::string descriptor;
  air_connection_info info{};
};

// The object behind a connection of a plugin whose class this is.
template <class Class>
Class &object(air_connection *connection) noexcept {
  return reinterpret_cast<Held<Class> *>(connection)->object;
}

// The entries of a class.
template <class Class>
class Entries {
 public:
  static constexpr air_backend table() {
    const Facts &facts = Class::facts;
    air_backend table{};
    table.struct_size = sizeof(table);
    table.abi_version = AIR_BACKEND_ABI_VERSION;
    table.name = facts.name;
    table.version = facts.version;
    table.description = facts.description;
    table.schemes = facts.schemes;
    table.patterns = facts.patterns;
    table.n_options = static_cast<uint32_t>(facts.options.size());
    table.options = facts.options.data();
    table.connect = connect;
    table.disconnect = disconnect;
    table.get_info = get_info;
    table.run = run;
    add_optional(table);
    return table;
  }

 private:
  static Held<Class> &held(air_connection *connection) noexcept { return *reinterpret_cast<Held<Class> *>(connection); }
  static Class &object(air_connection *connection) noexcept { return backend::object<Class>(connection); }

  static air_status connect(const air_connect_request *request, air_connection **out_connection) {
    return guarded([&] {
      auto made = std::make_unique<Held<Class>>(Request(*request));
      *out_connection = reinterpret_cast<air_connection *>(made.release());
    });
  }

  static void disconnect(air_connection *connection) { const std::unique_ptr<Held<Class>> owned(&held(connection)); }

  static air_status get_info(air_connection *connection, const air_connection_info **out_info) {
    return guarded([&] {
      Held<Class> &self = held(connection);
      const std::vector<Model> &models = self.object.models();
      self.views = {};
      self.info = {};
      self.info.struct_size = sizeof(self.info);
      self.info.n_models = static_cast<uint32_t>(models.size());
      self.info.models = self.views.models(models);
      if constexpr (requires(const Class &object) { object.descriptor(); }) self.descriptor = self.object.descriptor();
      self.info.descriptor = self.descriptor.empty() ? nullptr : self.descriptor.c_str();
      *out_info = &self.info;
    });
  }

  static air_status run(air_connection *connection, uint32_t model, const air_run *run) {
    return guarded([&] {
      Run one(*run);
      object(connection).run(model, one);
    });
  }

  static constexpr void add_optional(air_backend &table) {
    if constexpr (requires { Class::claims(""); }) {
      table.claims = [](const char *text) -> uint32_t {
        uint32_t score = 0;
        return guarded([&] { score = Class::claims(text); }) == AIR_OK ? score : 0;
      };
    }
    if constexpr (requires(Class & object) { object.cancel(); }) {
      table.cancel = [](air_connection *connection) { object(connection).cancel(); };
    }
    if constexpr (requires(Class & object) { object.reset_states(0u); }) {
      table.reset_states = [](air_connection *connection, uint32_t model) {
        return guarded([&] { object(connection).reset_states(model); });
      };
    }
    if constexpr (requires(Class & object) { object.ping(); }) {
      table.ping = [](air_connection *connection) { return guarded([&] { object(connection).ping(); }); };
    }
    if constexpr (requires(Class & object) { object.reconnect(); }) {
      table.reconnect = [](air_connection *connection) { return guarded([&] { object(connection).reconnect(); }); };
    }
    if constexpr (requires(const Scan &scan) { Class::scan(scan); }) {
      table.scan = [](const air_scan_request *request) { return guarded([&] { Class::scan(Scan(*request)); }); };
    }
    add_given(table);
    add_memory(table);
    if constexpr (requires { Class::extension(std::string_view()); }) {
      table.get_extension = [](const char *name) {
        const void *found = nullptr;
        guarded([&] { found = Class::extension(name); });
        return found;
      };
    }
  }

  static constexpr void add_given(air_backend &table) {
    if constexpr (requires(Class & object, const Preparation &preparation) { object.prepare(0u, preparation); }) {
      table.prepare = [](air_connection *connection, uint32_t model, const air_prepare_request *request) {
        return guarded([&] { object(connection).prepare(model, Preparation(*request)); });
      };
    }
  }

  static constexpr void add_memory(air_backend &table) {
    if constexpr (requires(Class & object) { object.make_memory(0u, 0u, uint64_t{}); }) {
      table.make_memory = [](air_connection *connection, uint32_t model, uint32_t input, uint64_t size,
                             void **out_data) {
        return guarded([&] { *out_data = object(connection).make_memory(model, input, size); });
      };
      table.free_memory = [](void *data) { Class::free_memory(data); };
    }
  }
};

template <class Class>
const air_backend *query(uint32_t abi_version, const air_host *services) noexcept {  // What AIR_BACKEND exports.
  if (abi_version != AIR_BACKEND_ABI_VERSION) return nullptr;
  g_host.store(services, std::memory_order_relaxed);
  static constexpr air_backend table = Entries<Class>::table();
  return &table;
}

}  // namespace air::backend

/** The one function that a plugin exports, for the class that is its backend. */
#define AIR_BACKEND(Class)                                                                                         \
  extern "C" AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *host) { \
    return air::backend::query<Class>(abi_version, host);                                                          \
  }

#endif
