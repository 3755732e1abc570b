// SPDX-License-Identifier: BSD-3-Clause
// plugin.c once more, as a class on the framework.
#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "airunner_backend.hpp"
#include "airunner_st.h"

namespace {

using air::backend::Error;
using air::backend::Model;
using air::backend::Node;
using air::backend::Preparation;
using air::backend::Request;
using air::backend::Run;
using air::backend::Scan;
using air::backend::Tensor;

Tensor floats(const char *name) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = {3};
  return tensor;
}

Tensor bytes(const char *name) {
  Tensor tensor;
  tensor.name = name;
  tensor.dtype = AIR_DTYPE_INT8;
  tensor.shape = {2};
  tensor.encoding = AIR_ENCODING_QUANTIZED;
  tensor.scales = {0.5f};
  tensor.address = 4096;
  return tensor;
}

Tensor pool(const char *name) {
  Tensor tensor;
  tensor.name = name;
  tensor.dtype = AIR_DTYPE_UINT8;
  tensor.shape = {1, 1, 8};
  return tensor;
}

Node node(const char *name, const char *operation, std::vector<Tensor> inputs, std::vector<Tensor> outputs) {
  Node node;
  node.name = name;
  node.operation = operation;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  return node;
}

Model model(const char *name) {
  Model model;
  model.name = name;
  model.capabilities =
      AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_GIVEN | AIR_CAP_MEMORY_RW;
  model.inputs = {floats("a"), bytes("b")};
  model.outputs = {floats("y"), bytes("n")};
  model.nodes = {node("scale", "Scale (0x1)", {floats("a")}, {floats("scaled")}),
                 node("add", "Add (0x2)", {floats("scaled"), bytes("b")}, {floats("y"), bytes("n")})};
  model.nodes[1].properties = {{"place", "here"}};
  model.columns = {{.name = "link.sent", .unit = "B", .text = "sent", .kind = AIR_KIND_COUNT},
                   {.name = "energy", .unit = "mJ", .text = "energy", .kind = AIR_KIND_COUNT, .per_node = true}};
  model.properties = {{"device.type", "HOST"}, {"runtime", "by hand"}};
  model.weights_bytes = 16;
  model.weights_pools = {pool("pool_1"), pool("pool_2")};
  model.activations_pools = {pool("pool_1")};
  return model;
}

constexpr const char *kSchemes[] = {PLUGIN_NAME, nullptr};
constexpr const char *kRange[] = {"1", "9", nullptr};
constexpr air_backend_option kOptions[] = {
    {.struct_size = sizeof(air_backend_option), .type = AIR_OPTION_TEXT, .key = "word", .text = "is not looked at"},
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_NUMBER,
     .key = "factor",
     .default_value = "2",
     .choices = kRange,
     .text = "what a is multiplied by"},
};

class Plugin {
 public:
  static constexpr air::backend::Facts facts = {.name = PLUGIN_NAME,
                                                .version = "1.0",
                                                .description = "arrays of everything",
                                                .schemes = kSchemes,
                                                .options = kOptions};

  explicit Plugin(const Request &request) : factor_(static_cast<float>(request.number("factor"))) {
    request.check();
    if (request.rest() == "refuse") throw Error(AIR_ERROR_NO_DEVICE, "told to refuse", 77, {"tried a: no such thing"});
    if (request.log().wants(AIR_LOG_INFO)) request.log().write(AIR_LOG_INFO, "connected");
    models_ = {model("first"), model("second")};
  }

  const std::vector<Model> &models() const noexcept { return models_; }

  void run(uint32_t model, Run &run) {
    std::array<float, 3> a;
    std::array<float, 3> scaled;
    std::array<float, 3> y;
    std::array<int8_t, 2> b;
    std::memcpy(a.data(), run.input(0), sizeof a);
    std::memcpy(b.data(), run.input(1), sizeof b);
    std::ranges::transform(a, scaled.begin(), [&](float value) { return value * factor_; });
    tell(run, 0, {a.data(), nullptr}, {scaled.data(), nullptr}, nullptr);
    replace(run, given_[model][0], scaled);
    std::ranges::transform(scaled, y.begin(), [](float value) { return value + 1; });
    std::array<int8_t, 2> n = b;
    tell(run, 1, {scaled.data(), b.data()}, {y.data(), n.data()}, "added");
    replace(run, given_[model][1], y);
    replace(run, given_[model][1] + 1, n);
    if (run.wants_outputs()) {
      std::memcpy(run.output(size_t{0}), y.data(), sizeof y);
      std::memcpy(run.output(size_t{1}), n.data(), sizeof n);
    }
    static constexpr double kMeasured[] = {20, 4};
    run.measured(500000, kMeasured);
    run.result().run_ns = 600000;
  }

  void prepare(uint32_t model, const Preparation &preparation) {
    preparation.check();
    given_[model].fill(kNowhere);
    size_t place = 0;
    for (const uint32_t node : preparation.nodes()) {
      given_[model][node] = place;
      place += models_[model].nodes[node].outputs.size();
    }
  }

  static void scan(const Scan &scan) {
    scan.found(PLUGIN_NAME ":one", "a device", {{"serial_number", "0815"}});
    scan.check();
  }

  // What only targets of ST have.
  std::span<unsigned char> memory(uint64_t address, uint64_t size) {
    if (address > memory_.size() || size > memory_.size() - address)
      throw Error(AIR_ERROR_TARGET, "there is no such memory");
    return std::span(memory_).subspan(address, size);
  }
  static const void *extension(std::string_view name);

 private:
  static constexpr size_t kNowhere = 100;
  using Pointers = std::array<const void *, 2>;

  static void tell(Run &run, uint32_t node, const Pointers &before, const Pointers &after, const char *note) {
    run.begin_node(node, before);
    const double others[] = {Run::kUnknown, Run::kUnknown, 1.5 + node};
    const std::span<const void *const> data =
        run.wants_data() ? std::span<const void *const>(after) : std::span<const void *const>();
    run.end_node(node, 0.25, data, note, others);
  }

  // What follows a node gets the values that it is given.
  template <class Output>
  static void replace(const Run &run, size_t place, Output &output) {
    if (run.has_given() && place < kNowhere) std::memcpy(output.data(), run.given(place), sizeof output);
  }

  float factor_;
  std::vector<Model> models_;
  std::array<std::array<size_t, 2>, 2> given_{};  // for each model: where the values of each node begin
  std::array<unsigned char, 16> memory_{};
};

using air::backend::guarded;
using air::backend::object;

air_status memory_read(air_connection *connection, uint64_t address, void *data, uint64_t size) {
  return guarded([&] { std::memcpy(data, object<Plugin>(connection).memory(address, size).data(), size); });
}

air_status memory_write(air_connection *connection, uint64_t address, const void *data, uint64_t size) {
  return guarded([&] { std::memcpy(object<Plugin>(connection).memory(address, size).data(), data, size); });
}

air_status memory_checksum(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out_checksum) {
  return guarded([&] {
    const auto memory = object<Plugin>(connection).memory(address, size);
    *out_checksum = std::accumulate(memory.begin(), memory.end(), 0u);
  });
}

const void *Plugin::extension(std::string_view name) {
  static constexpr air_st_backend st = {.struct_size = sizeof(air_st_backend),
                                        .memory_read = memory_read,
                                        .memory_write = memory_write,
                                        .memory_checksum = memory_checksum};
  return name == AIR_ST_EXTENSION ? &st : nullptr;
}

}  // namespace

AIR_BACKEND(Plugin)
