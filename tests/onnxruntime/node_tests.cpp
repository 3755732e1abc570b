// SPDX-License-Identifier: BSD-3-Clause
// onnx-node-tests FOLDER [EVERY [TEXT]]: runs the models of the ONNX project's backend tests through air_invoke() and compares with the outputs
// that come with them; every model, every second, and so on, whose name has the text. Reports in TAP. Each test is a folder with model.onnx and
// test_data_set_<n>/{input,output}_<k>.pb.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "airunner.h"
#include "common/error.h"
#include "common/values.h"
#include "onnxruntime/model_file.h"

namespace {

namespace fs = std::filesystem;
using air::ort::Constant;
using Bytes = std::vector<std::byte>;

// Most of the over 900 tests can be told by the C ABI and run; a release that suddenly cannot has a problem.
constexpr int kFewestPassed = 800;

// Outputs that nobody can foretell, or that ONNX Runtime is known to compute otherwise: its own runner leaves these out too.
constexpr std::pair<std::string_view, const char *> kExpectedToDiffer[] = {
    {"test_bernoulli", "random"},
    {"test_training_dropout", "random"},
    {"test_castlike_BFLOAT16_to_FLOAT", "the data of its second input have another shape than the model says"},
    {"test_castlike_FLOAT_to_BFLOAT16", "the data of its second input have another shape than the model says"},
    {"test_maxunpool_export_with_output_shape", "the runtime reads output_shape in another way"},
    {"test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
     "the runtime counts the padding in another way"},
    {"test_qlinearmatmul_2D_int8", "the runtime saturates, the expected values do not"},
    {"test_qlinearmatmul_3D_int8", "the runtime saturates, the expected values do not"},
    {"test_resize_downsample_scales_cubic_align_corners", "the runtime rounds the size before it scales"},
    {"test_resize_downsample_scales_linear_align_corners", "the runtime rounds the size before it scales"},
};

struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Bytes read_file(const fs::path &path) {
  std::ifstream input(path, std::ios::binary);
  if (!input) throw std::runtime_error(path.string() + " cannot be read");
  const std::string text((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  return {bytes, bytes + text.size()};
}

template <class Element>
void store(const std::vector<int64_t> &values, Bytes &out) {
  for (const int64_t value : values) {
    const auto element = static_cast<Element>(value);
    const auto *bytes = reinterpret_cast<const std::byte *>(&element);
    out.insert(out.end(), bytes, bytes + sizeof(element));
  }
}

// The elements of a tensor as they lie in memory.
Bytes elements_of(const Constant &tensor) {
  if (!tensor.raw.empty()) return {tensor.raw.begin(), tensor.raw.end()};
  Bytes out;
  switch (air_dtype_bits(air::ort::dtype_of_element(tensor.element_type))) {
    case 4:  // two a byte
    case 8:
      store<uint8_t>(tensor.stored_integers(), out);
      break;
    case 16:
      store<uint16_t>(tensor.stored_integers(), out);
      break;
    case 32:
      store<uint32_t>(tensor.stored_integers(), out);
      break;
    default:
      store<int64_t>(tensor.stored_integers(), out);
  }
  return out;
}

struct Tensor {
  Bytes file;  // what `constant` points into
  Constant constant;
  Bytes elements;
};

std::vector<Tensor> read_tensors(const fs::path &folder, const char *kind,
                                 const std::vector<air::ort::ValueInfo> &values) {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < values.size(); ++i) {
    if (air::ort::dtype_of_element(values[i].element_type) == AIR_DTYPE_NONE) {
      throw Skip(fmt::format(
          "{} '{}' is {}", kind, values[i].name,
          values[i].element_type == 0 ? "not a tensor" : air::ort::element_type_name(values[i].element_type)));
    }
    Tensor &tensor = tensors.emplace_back();
    tensor.file = read_file(folder / fmt::format("{}_{}.pb", kind, i));
    tensor.constant = air::ort::read_tensor(tensor.file).second;
    tensor.elements = elements_of(tensor.constant);
  }
  return tensors;
}

// Option shape for everything that the model leaves open.
std::string shape_option(const std::vector<air::ort::ValueInfo> &values, const std::vector<Tensor> &tensors) {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_open =
        !values[i].has_shape || std::find(values[i].shape.begin(), values[i].shape.end(), -1) != values[i].shape.end();
    if (!is_open) continue;
    text += fmt::format("{}{}:", text.empty() ? "" : ",", values[i].name);
    const auto &shape = tensors[i].constant.shape;
    for (size_t k = 0; k < shape.size(); ++k) text += fmt::format("{}{}", k > 0 ? "x" : "", shape[k]);
  }
  return text;
}

double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int mantissa = bits & 0x3FF;
  const double sign = bits >> 15 != 0 ? -1.0 : 1.0;
  if (exponent == 0x1F) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 0x400, exponent - 25));
}

// The upper half of a float32.
double bfloat_value(uint16_t bits) {
  const uint32_t all = uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &all, sizeof(value));
  return value;
}

double element_at(const Bytes &bytes, int64_t type, size_t i) {
  const auto read = [&]<class Element>(Element) {
    Element element;
    std::memcpy(&element, bytes.data() + i * sizeof(Element), sizeof(Element));
    return static_cast<double>(element);
  };
  switch (air::ort::dtype_of_element(type)) {
    case AIR_DTYPE_FLOAT32:
      return read(float{});
    case AIR_DTYPE_FLOAT64:
      return read(double{});
    case AIR_DTYPE_FLOAT16:
      return half_value(static_cast<uint16_t>(read(uint16_t{})));
    case AIR_DTYPE_BFLOAT16:
      return bfloat_value(static_cast<uint16_t>(read(uint16_t{})));
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
      return std::to_integer<int>(bytes[i / 2] >> (i % 2 * 4) & std::byte{0xF});
    case AIR_DTYPE_INT8:
      return read(int8_t{});
    case AIR_DTYPE_INT16:
      return read(int16_t{});
    case AIR_DTYPE_UINT16:
      return read(uint16_t{});
    case AIR_DTYPE_INT32:
      return read(int32_t{});
    case AIR_DTYPE_UINT32:
      return read(uint32_t{});
    case AIR_DTYPE_INT64:
      return read(int64_t{});
    case AIR_DTYPE_UINT64:
      return read(uint64_t{});
    default:
      return read(uint8_t{});
  }
}

bool has_fraction(int64_t type) {
  const air_dtype dtype = air::ort::dtype_of_element(type);
  return dtype == AIR_DTYPE_FLOAT32 || dtype == AIR_DTYPE_FLOAT64 || dtype == AIR_DTYPE_FLOAT16 ||
         dtype == AIR_DTYPE_BFLOAT16;
}

// The tolerance is that of the ONNX project's own runner, and for sums that cancel what float32 can give.
void compare(std::string_view name, const Bytes &got, const Tensor &expected) {
  constexpr double kRelative = 1e-3, kAbsolute = 1e-7, kOfLargest = 1e-6;
  if (got.size() != expected.elements.size()) {
    throw std::runtime_error(
        fmt::format("output '{}' has {} bytes, expected {}", name, got.size(), expected.elements.size()));
  }
  const int64_t type = expected.constant.element_type;
  const size_t n = got.size() * 8 / air_dtype_bits(air::ort::dtype_of_element(type));
  double largest = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double value = std::fabs(element_at(expected.elements, type, i));
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  const double absolute = kAbsolute + (has_fraction(type) ? kOfLargest * largest : 0.0);
  for (size_t i = 0; i < n; ++i) {
    const double a = element_at(got, type, i);
    const double b = element_at(expected.elements, type, i);
    const bool equal =
        a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= absolute + kRelative * std::fabs(b);
    if (!equal) throw std::runtime_error(fmt::format("output '{}'[{}] is {}, expected {}", name, i, a, b));
  }
}

[[noreturn]] void fail_call(air_status status, const char *what) {
  const std::string text = fmt::format("{}: {}: {}", what, air_status_name(status), air_last_error()->message);
  // What this release of the runtime has no kernel for is not the backend's fault.
  if (status == AIR_ERROR_UNSUPPORTED ||
      (status == AIR_ERROR_INVALID_MODEL && std::strstr(air_last_error()->message, "does not take"))) {
    throw Skip(text.substr(0, 300));
  }
  throw std::runtime_error(text);
}

// Two samples of each: what is left of the first must not show in the second.
constexpr uint64_t kSamples = 2;

Bytes repeated(const Bytes &sample) {
  Bytes all = sample;
  all.insert(all.end(), sample.begin(), sample.end());
  return all;
}

// What a node made of an output of the model in the first sample, or NULL.
const std::byte *find_value(const air_result &result, std::string_view name) {
  const air_model &model = *air_get_result_model(&result);
  for (uint32_t i = 0; i < model.n_nodes; ++i) {
    for (uint32_t k = 0; k < model.nodes[i]->n_outputs; ++k) {
      if (model.nodes[i]->outputs[k]->name != name) continue;
      air_view view{};
      const air_status status = air_get_tensor(&result, AIR_PLACE_NODE, i, k, 0, &view);
      if (status != AIR_OK) fail_call(status, "data of a node");
      return static_cast<const std::byte *>(view.data);
    }
  }
  return nullptr;
}

bool has_open_dimension(const air_tensor *tensor) {
  return std::find(tensor->shape, tensor->shape + tensor->rank, -1) != tensor->shape + tensor->rank;
}

// All samples of an output.
Bytes output_of(const air_result &result, uint32_t index) {
  air_view view{};
  const air_status status = air_get_tensor(&result, AIR_PLACE_OUTPUT, 0, index, AIR_ALL_SAMPLES, &view);
  if (status != AIR_OK) fail_call(status, "an output");
  const auto *bytes = static_cast<const std::byte *>(view.data);
  return {bytes, bytes + view.size_bytes};
}

struct Outcome {
  bool has_nodes = false;
  std::vector<Bytes> outputs;
};

Outcome invoke(const std::string &descriptor, const air::ort::ModelFile &model, const std::vector<Tensor> &inputs,
               const std::vector<Tensor> &expected, uint32_t mode) {
  air_runner *made = nullptr;
  const air_status connected = air_connect(descriptor.c_str(), nullptr, &made);
  if (connected != AIR_OK) fail_call(connected, "connect");
  const std::unique_ptr<air_runner, decltype(&air_disconnect)> runner(made, &air_disconnect);
  air_session *session = nullptr;
  air_get_session(runner.get(), nullptr, &session);
  const air_model &info = *air_get_model(session);
  if (info.n_inputs != inputs.size() || info.n_outputs != expected.size())
    throw std::runtime_error("other inputs or outputs");
  std::vector<air_input> in;
  std::vector<air_output> out;
  std::vector<Bytes> samples, results;
  for (const Tensor &tensor : inputs) samples.push_back(repeated(tensor.elements));
  for (const Bytes &bytes : samples) in.push_back({.data = bytes.data(), .size_bytes = bytes.size()});
  for (uint32_t i = 0; i < info.n_outputs; ++i) results.emplace_back(kSamples * info.outputs[i]->size_bytes);
  const bool is_open = std::any_of(info.outputs, info.outputs + info.n_outputs, has_open_dimension);
  for (Bytes &bytes : results) out.push_back({bytes.data(), bytes.size()});
  if (is_open) out.clear();
  const air_invoke_options options = {.struct_size = sizeof(options), .mode = mode};
  air::HeldResult result;
  const air_status status = air_invoke(session, kSamples, in.data(), static_cast<uint32_t>(in.size()), out.data(),
                                       static_cast<uint32_t>(out.size()), &options, nullptr, result.out());
  if (status != AIR_OK) fail_call(status, "invoke");
  for (uint32_t i = 0; is_open && i < results.size(); ++i) results[i] = output_of(*result, i);
  for (size_t i = 0; i < results.size(); ++i) {
    const auto middle = results[i].begin() + static_cast<ptrdiff_t>(results[i].size() / kSamples);
    const std::string_view name = model.outputs[i].name;
    compare(name, {results[i].begin(), middle}, expected[i]);
    if (!std::equal(results[i].begin(), middle, middle)) throw std::runtime_error("the samples differ");
    const std::byte *value = find_value(*result, name);
    if (value != nullptr) compare(name, {value, value + results[i].size() / kSamples}, expected[i]);
  }
  const bool has_nodes = (air_get_profile(result.get())->mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 &&
                         air_get_result_model(result.get())->n_nodes == info.n_nodes_told;
  return {has_nodes, std::move(results)};
}

// Outputs are the same in every mode, to the last bit.
bool check_modes(const std::string &descriptor, const air::ort::ModelFile &model, const std::vector<Tensor> &inputs,
                 const std::vector<Tensor> &expected) {
  bool has_nodes = false;
  for (const char *option : {"", "&optimize=none"}) {
    const Outcome plain = invoke(descriptor + option, model, inputs, expected, AIR_MODE_IO_ONLY);
    const Outcome layered = invoke(descriptor + option, model, inputs, expected, AIR_MODE_PER_LAYER_WITH_DATA);
    if (layered.outputs != plain.outputs) throw std::runtime_error("the modes differ");
    has_nodes = layered.has_nodes;
  }
  return has_nodes;
}

// Without the shapes of outputs: these are open, or found by a run with ones. Where neither can be the error says what to give.
void check_without_output_shapes(const std::string &descriptor, const air::ort::ModelFile &model,
                                 const std::vector<Tensor> &inputs, const std::vector<Tensor> &expected) {
  try {
    check_modes(descriptor, model, inputs, expected);
  } catch (const std::exception &failure) {
    if (std::strstr(failure.what(), "option shape") == nullptr) throw;
    fmt::print("# {}: {}\n", descriptor, failure.what());
  }
}

// Returns whether nodes were seen.
bool run_test(const fs::path &folder) {
  for (const auto &[name, reason] : kExpectedToDiffer) {
    if (folder.filename().string().starts_with(name)) throw Skip(reason);
  }
  bool has_nodes = false;
  const Bytes bytes = read_file(folder / "model.onnx");
  const air::ort::ModelFile model(bytes, folder.string());
  size_t n_sets = 0;
  for (; fs::is_directory(folder / fmt::format("test_data_set_{}", n_sets)); ++n_sets) {
    const fs::path set = folder / fmt::format("test_data_set_{}", n_sets);
    const std::vector<Tensor> inputs = read_tensors(set, "input", model.inputs);
    const std::vector<Tensor> outputs = read_tensors(set, "output", model.outputs);
    const auto with_shapes = [&folder](const std::string &shapes) {
      return fmt::format("onnx:{}?threads=1{}{}", (folder / "model.onnx").string(),
                         shapes.empty() ? "" : "&shape=", shapes);
    };
    const std::string input_shapes = shape_option(model.inputs, inputs);
    const std::string output_shapes = shape_option(model.outputs, outputs);
    const bool both = !input_shapes.empty() && !output_shapes.empty();
    has_nodes = check_modes(with_shapes(input_shapes + (both ? "," : "") + output_shapes), model, inputs, outputs);
    if (!output_shapes.empty()) check_without_output_shapes(with_shapes(input_shapes), model, inputs, outputs);
  }
  if (n_sets == 0) throw Skip("no data");
  return has_nodes;
}

std::vector<fs::path> find_tests(const char *parent, int every, std::string_view only) {
  std::vector<fs::path> all, chosen;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    if (fs::exists(entry->path() / "model.onnx") && entry->path().filename().string().find(only) != std::string::npos) {
      all.push_back(entry->path());
    }
  }
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); i += static_cast<size_t>(every)) chosen.push_back(all[i]);
  if (every > 1) fmt::print("# {} of {} models: every {}th of the sorted names\n", chosen.size(), all.size(), every);
  return chosen;
}

}  // namespace

int main(int argc, char **argv) {
  const int every = argc > 2 ? std::atoi(argv[2]) : 1;
  if (argc < 2 || every < 1) return 2;
  const std::string_view only = argc > 3 ? argv[3] : "";
  const int fewest = kFewestPassed / every;
  const std::vector<fs::path> folders = find_tests(argv[1], every, only);
  if (folders.empty()) {
    std::printf("1..0 # SKIP no models in %s\n", argv[1]);
    return 0;
  }
  int n_passed = 0, n_failed = 0, n_with_nodes = 0;
  size_t number = 0;
  const auto report = [&](bool ok, const std::string &name, std::string note) {
    std::replace(note.begin(), note.end(), '\n', ' ');
    fmt::print("{} {} - {}{}\n", ok ? "ok" : "not ok", ++number, name, note);
    std::fflush(stdout);
  };
  for (const fs::path &folder : folders) {
    const std::string name = folder.filename().string();
    try {
      if (run_test(folder)) ++n_with_nodes;
      ++n_passed;
      report(true, name, "");
    } catch (const Skip &skip) {
      report(true, name, fmt::format(" # SKIP {}", skip.what()));
    } catch (const std::exception &failure) {
      ++n_failed;
      report(false, name, fmt::format(": {}", failure.what()));
    }
  }
  if (only.empty()) {
    report(n_passed >= fewest, fmt::format("at least {} models run", fewest), fmt::format(": {}", n_passed));
    report(n_with_nodes >= fewest, fmt::format("at least {} show their nodes", fewest),
           fmt::format(": {}", n_with_nodes));
  }
  fmt::print("1..{}\n", number);
  return n_failed == 0 && (!only.empty() || (n_passed >= fewest && n_with_nodes >= fewest)) ? 0 : 1;
}
