// SPDX-License-Identifier: BSD-3-Clause
// `compare --reproduce FOLDER`: the smallest model around the first node that goes wrong, with its values and a script.
#include "cli/reproducer/reproducer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>

#include "cli/outputs/printing.h"
#include "cli/outputs/writing.h"
#include "cli/reproducer/part.h"
#include "cli/reproducer/texts.h"
#include "cli/running/failure.h"
#include "common/path_text.h"
#include "npz/npz.h"
#include "platform/files/absolute_path.h"
#include "platform/files/file_facts.h"
#include "platform/files/folder.h"
#include "platform/files/new_file.h"
#include "platform/streams/streams.h"
#include "text/json_writer.h"

namespace air::cli {
namespace {

namespace fs = std::filesystem;

// One side as the folder has it.
struct Written {
  const air_result *result;
  std::string file;  // of the model; "" where only values are known
  std::string values;
  std::vector<std::string> nodes;
  HeldModel model;                   // of the part
  std::vector<Stored> inputs;        // of the part
  std::vector<std::string> origins;  // of each: whose values they are
  const air_tensor *output = nullptr;
  uint32_t place = 0;           // of it, among the outputs of the part
  std::vector<float> computed;  // in the order of the reference
  bool is_folded = false;       // the part has constants that nodes of the whole compute
};

// What is shown: one sample of one output of a node.
struct Finding {
  const air_comparison &comparison;
  const air_node_pair &node;
  const air_tensor_pair &tensor;
  uint64_t sample;
};

std::optional<Finding> finding_of(const air_comparison &comparison) {
  if (comparison.first_diverging < 0) return {};
  const air_node_pair &node = *comparison.nodes[comparison.first_diverging];
  const std::span tensors(node.tensors, node.n_tensors);
  const auto error = [](const air_tensor_pair *pair) {
    const double relative = pair->metrics[AIR_METRIC_L2R];
    return std::isnan(relative) ? pair->metrics[AIR_METRIC_MAX_ERROR] : relative;
  };
  const auto worst = std::ranges::max_element(tensors, {}, error);
  if (worst == tensors.end() || (*worst)->reference->n_elements == 0) return {};
  return Finding{comparison, node, **worst, (*worst)->max_error_index / (*worst)->reference->n_elements};
}

bool numpy_has(air_dtype dtype) {
  constexpr air_dtype kOthers[] = {AIR_DTYPE_BFLOAT16, AIR_DTYPE_INT4, AIR_DTYPE_UINT4, AIR_DTYPE_FLOAT8_E4M3,
                                   AIR_DTYPE_FLOAT8_E5M2};
  return std::ranges::find(kOthers, dtype) == std::end(kOthers);
}

Stored quantized(const air_tensor &description, const std::vector<float> &values) {
  Stored stored(description.size_bytes);
  check(air_quantize(&description, 1, values.data(), stored.data()), kFailed);
  return stored;
}

// What the comparison compared with a tensor of a side, or with what is the same but for nodes that only quantize: they leave the numbers as
// they are.
std::optional<Partner> partner_of(const Options &options, const air_comparison &comparison, bool of_other,
                                  std::string name) {
  const air_result *result = of_other ? comparison.other : comparison.reference;
  const air_model &model = *air_get_result_model(result);
  for (uint32_t steps = 0; steps < kMostOperators; ++steps) {
    if (const auto partner = find_partner(comparison, of_other, name)) return partner;
    const std::optional<Tensor> own = find_tensor(result, name);
    if (!own || own->place != AIR_PLACE_NODE || !only_quantizes(*model.nodes[own->node])) return {};
    const Part step(options, result, {own->node});
    if (step.model().n_inputs == 0) return {};
    name = step.model().inputs[0]->name;
  }
  return {};
}

// What the deployment computed for an input of the reference.
std::optional<std::vector<float>> deployed_values(const Options &options, const Finding &finding, const char *name) {
  const auto partner = partner_of(options, finding.comparison, false, name);
  if (!partner) return {};
  return in_reference_order(real_values(partner->tensor, finding.sample), *partner->pair);
}

Stored own_values(const air_result *result, const char *name, uint64_t sample) {
  const std::optional<Tensor> own = find_tensor(result, name);
  if (!own)
    throw Failure(kFailed,
                  fmt::format("there are no values of '{}' in {}", name, air_get_result_model(result)->descriptor));
  return stored_values(*own, sample);
}

void check_inputs(const air_model &part) {
  for (const air_tensor *input : std::span(part.inputs, part.n_inputs)) {
    if (!numpy_has(input->dtype))
      throw Failure(kFailed,
                    fmt::format("'{}' is {}, which NumPy does not have", input->name, air_dtype_name(input->dtype)));
  }
}

// The node and what it computes, in the result of a part.
Tensor computed_by(const HeldResult &result, const air_tensor *output) {
  const std::optional<Tensor> found = find_tensor(result.get(), output->name);
  if (!found || found->place != AIR_PLACE_NODE)
    throw Failure(kFailed, fmt::format("the part of the model does not show '{}'", output->name));
  return *found;
}

void run_part(Written &side, const Part &part, const Choice &choice) {
  side.model = HeldModel::shared(&part.model());
  side.is_folded = part.is_folded();
  const HeldResult result = part.run(side.inputs);
  for (const air_node *node : std::span(air_get_result_model(result.get())->nodes, side.model->n_nodes))
    side.nodes.emplace_back(node->name);
  const std::span outputs(side.model->outputs, side.model->n_outputs);
  const auto output = std::ranges::find_if(
      outputs, [&](const air_tensor *tensor) { return std::string_view(tensor->name) == choice.output->name; });
  if (output == outputs.end())
    throw Failure(kFailed, fmt::format("the part of the model does not give '{}'", choice.output->name));
  side.output = *output;
  side.place = static_cast<uint32_t>(output - outputs.begin());
  side.computed = real_values(computed_by(result, choice.output), 0);
}

std::string file_of(const air_result *result, const std::string &name) {
  const std::string_view descriptor = air_get_result_model(result)->descriptor;
  return fmt::format("{}.{}", name, descriptor.substr(0, descriptor.find(':')));
}

Written write_reference(const Options &options, const Finding &finding, const fs::path &folder) {
  Written side{finding.comparison.reference, file_of(finding.comparison.reference, "reference"), "reference.npz"};
  const auto known = [&](std::string_view name) {
    return partner_of(options, finding.comparison, false, std::string(name)).has_value();
  };
  const Choice choice =
      choose_nodes(options, side.result, finding.node.reference_index, finding.tensor.reference, known);
  Part part(options, side.result, choice.nodes);
  part.save(text_of(folder / side.file));
  check_inputs(part.model());
  for (const air_tensor *input : std::span(part.model().inputs, part.model().n_inputs)) {
    const auto deployed = deployed_values(options, finding, input->name);
    const bool fits = deployed && deployed->size() == input->n_elements;
    side.inputs.push_back(fits ? quantized(*input, *deployed) : own_values(side.result, input->name, finding.sample));
    side.origins.emplace_back(fits ? "deployment" : "reference");
  }
  run_part(side, part, choice);
  return side;
}

// The values that were recorded, and where the deployment is a model file, the part of it that computed them.
Written write_deployment(const Options &options, const Finding &finding, const fs::path &folder) {
  Written side{finding.comparison.other, "", "deployment.npz"};
  const Tensor recorded = tensor_of_node(side.result, finding.node.other_index, finding.tensor.other);
  const std::vector<float> values = in_reference_order(real_values(recorded, finding.sample), finding.tensor);
  const air_model &model = *air_get_result_model(side.result);
  const bool is_read = air_get_property(&model, "file") != nullptr;
  if (!is_read && can_be_parted(options, model)) {
    const auto known = [&](std::string_view name) {
      return partner_of(options, finding.comparison, true, std::string(name)).has_value();
    };
    const Choice choice = choose_nodes(options, side.result, finding.node.other_index, recorded.description, known);
    side.file = file_of(side.result, "deployment");
    Part part(options, side.result, choice.nodes);
    part.save(text_of(folder / side.file));
    check_inputs(part.model());
    for (const air_tensor *input : std::span(part.model().inputs, part.model().n_inputs)) {
      side.inputs.push_back(own_values(side.result, input->name, finding.sample));
      side.origins.emplace_back("deployment");
    }
    run_part(side, part, choice);
  }
  side.computed = values;
  return side;
}

std::vector<int64_t> shape_of(const air_tensor &tensor) {
  return {tensor.shape, tensor.shape + tensor.rank};
}

std::string_view bytes_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

void write_values(const fs::path &path, const Written &side, const air_tensor &like) {
  NpzWriter file(text_of(path));
  for (size_t i = 0; i < side.inputs.size(); ++i) {
    const air_tensor &input = *side.model->inputs[i];
    file.add(fmt::format("input_{}", i), input.dtype, shape_of(input), bytes_of(side.inputs[i]));
  }
  file.add("output", AIR_DTYPE_FLOAT32, shape_of(like), bytes_of(std::as_bytes(std::span(side.computed))));
  file.finish();
}

Json output_json(const Written &side) {
  Json object = Json::object();
  const air_quantization *quantization = side.output->quantization;
  const uint32_t n = quantization == nullptr ? 0 : quantization->n;
  if (quantization != nullptr && quantization->block > 1)
    throw Failure(kFailed,
                  fmt::format("'{}' is quantized by blocks, which the script does not know", side.output->name));
  object.add("name", side.output->name).add("place", side.place);
  object.add("shape", Json::numbers(std::span(side.output->shape, side.output->rank)));
  object.add("scales", Json::numbers(std::span(n == 0 ? nullptr : quantization->scales, n)));
  object.add("zero_points", Json::numbers(std::span(n == 0 ? nullptr : quantization->zero_points, n)));
  object.add("axis", n == 0 || quantization->axis < 0 ? Json(nullptr) : Json(quantization->axis));
  return object;
}

const char *property(const air_model &model, const char *key) {
  const char *value = air_get_property(&model, key);
  return value == nullptr ? "" : value;
}

Json side_json(const Written &side) {
  const air_model &whole = *air_get_result_model(side.result);
  Json object = Json::object(), inputs = Json::array();
  object.add("descriptor", whole.descriptor).add("backend", whole.backend);
  for (const char *key : {"hash", "runtime", "runtime.version", "runtime.description", "tools.version"})
    object.add(key, property(whole, key));
  object.add("file", side.file.empty() ? Json(nullptr) : Json(side.file)).add("values", side.values);
  object.add("nodes", texts_json(side.nodes));
  for (size_t i = 0; i < side.inputs.size(); ++i) {
    Json input = Json::object();
    input.add("name", side.model->inputs[i]->name).add("type", air_dtype_name(side.model->inputs[i]->dtype));
    input.add("values_of", side.origins[i]);
    inputs.add(std::move(input));
  }
  object.add("inputs", std::move(inputs));
  object.add("output", side.file.empty() ? Json(nullptr) : output_json(side));
  return object;
}

// Where each value of the deployment's own output is in the order of the reference; none where that is the same.
std::vector<uint64_t> order_of(const Finding &finding, size_t size) {
  if (finding.tensor.layout == AIR_LAYOUT_SAME) return {};
  constexpr size_t kExact = size_t{1} << 24;  // numbers that a float32 can be
  if (size > kExact) throw Failure(kFailed, "the output has too many values to be brought to another order");
  std::vector<float> places(size);
  for (size_t i = 0; i < size; ++i) places[i] = static_cast<float>(i);
  const std::vector<float> ordered = in_reference_order(places, finding.tensor);
  return {ordered.begin(), ordered.end()};
}

struct Difference {
  double rmse = 0, largest = 0;
};

Difference difference_of(const std::vector<float> &expected, const std::vector<float> &got) {
  Difference difference;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = double{got[i]} - double{expected[i]};
    difference.rmse += error * error / static_cast<double>(expected.size());
    difference.largest = std::max(difference.largest, std::fabs(error));
  }
  difference.rmse = std::sqrt(difference.rmse);
  return difference;
}

Json about(const Finding &finding, const Written &reference, const Written &deployment, const Difference &difference) {
  Json object = Json::object(), node = Json::object(), error = Json::object();
  object.add("schema", "airunner.reproducer/1").add("airunner", air_version()).add("host", air_get_host());
  node.add("name", finding.node.reference->name).add("operation", finding.node.reference->operation);
  node.add("other_name", finding.node.other->name).add("other_operation", finding.node.other->operation);
  object.add("node", std::move(node)).add("sample", finding.sample);
  error.add("rmse", difference.rmse).add("max_error", difference.largest);
  object.add("difference", std::move(error));
  object.add("reference", side_json(reference));
  Json other = side_json(deployment);
  const auto order = order_of(finding, deployment.computed.size());
  other.add("order", Json::numbers(std::span(order.data(), order.size())));
  object.add("deployment", std::move(other));
  return object;
}

std::string inputs_text(const Written &reference) {
  const bool all = std::ranges::find(reference.origins, "reference") == reference.origins.end();
  if (all) return "The inputs are what the deployment computed for them, as the reference stores it.";
  std::string names;
  for (size_t i = 0; i < reference.origins.size(); ++i) {
    if (reference.origins[i] == "reference")
      names += fmt::format("{}`{}`", names.empty() ? "" : ", ", reference.model->inputs[i]->name);
  }
  return fmt::format(
      "The inputs are what the deployment computed for them, as the reference stores it; where it shows no such "
      "values, the reference's own: {}.",
      names);
}

std::string side_text(const char *role, const Written &side) {
  const air_model &whole = *air_get_result_model(side.result);
  const std::string version = property(whole, "runtime.version");
  return fmt::format("| {} | `{}` | {} | {} {} |\n", role, whole.descriptor, whole.backend, property(whole, "runtime"),
                     version);
}

std::string read_me(const Finding &finding, const Written &reference, const Written &deployment,
                    const Difference &difference) {
  const air_node &node = *finding.node.reference;
  std::string text = fmt::format("# {} ({}) is computed otherwise\n\n", node.name, node.operation);
  text += fmt::format(
      "The deployment computes this part of the network otherwise than the reference: rmse {:.6g}, largest error "
      "{:.6g}, of sample {} of the "
      "run that was compared. There its node is called `{}` ({}).\n\n",
      difference.rmse, difference.largest, finding.sample, finding.node.other->name, finding.node.other->operation);
  text += "```sh\npython3 reproduce.py\n```\n\n";
  text +=
      "shows it. It needs NumPy and, for `.onnx` files, `onnxruntime`, for `.tflite` files `ai-edge-litert`; nothing "
      "else, and no other file.\n\n";
  text += "| | whole model | backend | runtime |\n|---|---|---|---|\n";
  text +=
      side_text("reference", reference) + side_text("deployment", deployment) + "\n| file | what it is |\n|---|---|\n";
  text += fmt::format("| `{}` | {} of the reference |\n", reference.file, fmt::join(reference.nodes, ", "));
  text += "| `reference.npz` | its inputs (`input_0`, ...) and the `output` that it gave, as real numbers |\n";
  if (!deployment.file.empty())
    text += fmt::format("| `{}` | {} of the deployment |\n", deployment.file, fmt::join(deployment.nodes, ", "));
  text +=
      fmt::format("| `deployment.npz` | {}the `output` that it gave, as real numbers in the order of the reference |\n",
                  deployment.file.empty() ? "" : "its inputs, and ");
  text += "| `reproduce.json` | names, versions, descriptors, how values are stored |\n";
  text += fmt::format("| `reproduce.py` | runs the models and compares |\n\n{}\n\n", inputs_text(reference));
  for (const Written *side : {&reference, &deployment}) {
    if (!side->is_folded) continue;
    text += fmt::format(
        "What the whole model computes from constants alone, such as real weights from quantized ones, is constant in "
        "`{}`.\n\n",
        side->file);
  }
  text += fmt::format("Written by airunner {} on {}.\n", air_version(), air_get_host());
  return text;
}

// Whatever is wrong, nothing is left of what was begun.
class Folder {
 public:
  explicit Folder(const std::string &path) : path_(path_of(path)) {
    std::error_code error;
    is_new_ = fs::create_directory(path_, error);
    if (error) throw Failure(kFailed, fmt::format("--reproduce {}: {}", path, error.message()));
  }
  ~Folder() {
    if (is_whole_) return;
    std::error_code ignored;
    for (const fs::path &file : folder_entries(path_)) fs::remove(file, ignored);
    if (is_new_) fs::remove(path_, ignored);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  const fs::path &path() const { return path_; }
  void keep() { is_whole_ = true; }

 private:
  const fs::path path_;
  bool is_new_ = false;
  bool is_whole_ = false;
};

void fill(const Options &options, const Finding &finding, Folder &folder) {
  const Written reference = write_reference(options, finding, folder.path());
  const Written deployment = write_deployment(options, finding, folder.path());
  if (reference.computed.size() != deployment.computed.size())
    throw Failure(kFailed, "the two sides show another number of values for this node");
  const Difference difference = difference_of(reference.computed, deployment.computed);
  write_values(folder.path() / "reference.npz", reference, *reference.output);
  write_values(folder.path() / "deployment.npz", deployment, *reference.output);
  const auto write = [&](const char *name, const std::string &text) {
    write_file(text_of(folder.path() / name), text);
  };
  write("reproduce.json", about(finding, reference, deployment, difference).print(false));
  write("README.md", read_me(finding, reference, deployment, difference));
  write("reproduce.py", kReproduceScript);
  folder.keep();
}

}  // namespace

void check_reproducer(const CompareOptions &own) {
  if (own.reproducer.empty()) return;
  if (own.sides.size() != 2) throw Failure(kUsage, "--reproduce needs two sides: one alone has no difference to show");
  if (own.outputs_only) throw Failure(kUsage, "--reproduce needs layers: leave --outputs-only out");
  const fs::path around = absolute_path(path_of(own.reproducer));
  std::error_code error;
  const fs::path parent = around.has_filename() ? around.parent_path() : around.parent_path().parent_path();
  if (!fs::is_directory(parent, error))
    throw Failure(kFailed,
                  fmt::format("--reproduce {}: there is no folder {} to make it in", own.reproducer, text_of(parent)));
  const bool is_there = fs::is_directory(around, error);
  const fs::path written = is_there ? around : parent;
  if (const std::error_code why = why_no_new_files(written)) {
    throw Failure(kFailed, fmt::format("--reproduce {}: no file can be made in {}: {}", own.reproducer,
                                       text_of(written), why.message()));
  }
  if (!fs::exists(around, error)) return;
  if (!is_there)
    throw Failure(kUsage, fmt::format("--reproduce {}: expected a folder, that is a file", own.reproducer));
  if (!folder_names(around, error).empty())
    throw Failure(kUsage, fmt::format("--reproduce {}: the folder is not empty: name a new one", own.reproducer));
}

void write_reproducer(const Options &options, const CompareOptions &own, const air_comparison &comparison) {
  if (own.reproducer.empty()) return;
  const auto tell = [&](const std::string &text) { options.json ? print_note(text) : print("\n" + text); };
  const std::optional<Finding> finding = finding_of(comparison);
  if (!finding) {
    return tell(fmt::format("{}: not written: no node goes wrong by itself{}\n", own.reproducer,
                            comparison.n_nodes == 0 ? ", as far as outputs tell: a side shows no layers" : ""));
  }
  const air_model &reference = *air_get_result_model(comparison.reference);
  if (!can_be_parted(options, reference)) {
    throw Failure(kFailed,
                  fmt::format("--reproduce {}: a reproducer is made of the reference, A, which has to be an "
                              ".onnx or .tflite file, not {}",
                              own.reproducer, *reference.descriptor == '\0' ? "arrays" : reference.descriptor));
  }
  Folder folder(own.reproducer);
  try {
    fill(options, *finding, folder);
  } catch (Failure &failure) {
    failure.causes.insert(failure.causes.begin(), fmt::format("--reproduce {}: node '{}' has no reproducer",
                                                              own.reproducer, finding->node.reference->name));
    throw;
  }
  tell_written(own.reproducer);
  tell(fmt::format("{0}: a reproducer of node {1}: python3 {0}/reproduce.py\n", own.reproducer,
                   finding->node.reference->name));
}

}  // namespace air::cli
