// SPDX-License-Identifier: BSD-3-Clause
// What the backends for runtimes share, part by part.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>

#include "client.h"
#include "common/descriptor_text.h"
#include "common/error.h"
#include "platform/libraries/python_folders.h"
#include "runtime/describe.h"
#include "runtime/file.h"
#include "runtime/library.h"
#include "runtime/model_hash.h"
#include "runtime/options.h"
#include "runtime/tensor.h"
#include "runtime/weights.h"

using namespace air;
using namespace air::runtime;
using namespace air::runtime::test;
using air::backend::Properties;
using air::backend::Request;
using air::backend::Tensor;
namespace fs = std::filesystem;

namespace {

template <class Body>
air_status status_of(Body body) {
  try {
    body();
  } catch (const air::Error &error) {
    return error.status();
  }
  return AIR_OK;
}

size_t position(const std::vector<fs::path> &paths, const fs::path &path) {
  return static_cast<size_t>(std::find(paths.begin(), paths.end(), path) - paths.begin());
}

}  // namespace

TEST_CASE("a model is named by the MD5 of its file") {
  CHECK(model_hash({}) == "0xd41d8cd98f00b204e9800998ecf8427e");
  CHECK(model_hash(std::as_bytes(std::span("message digest", 14))) == "0xf96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("shapes") {
  CHECK(read_shapes("1x16x8") == WantedShapes{{"", {1, 16, 8}}});
  CHECK(read_shapes("ids:1x16,mask:1x8") == WantedShapes{{"ids", {1, 16}}, {"mask", {1, 8}}});
  CHECK(read_shapes("a:b:2x3") == WantedShapes{{"a:b", {2, 3}}});
  CHECK(read_shapes("scalar:") == WantedShapes{{"scalar", {}}});
  CHECK(read_shapes("places:2x*") == WantedShapes{{"places", {2, -1}}});
  CHECK(option_text(Shape{2, -1}) == "2x*");
  for (const char *wrong : {"", "x", "1x", "1xx2", "-1x2", "1x2,3x4", "a:1,a:2", "a:1,2", "1,5", "**", "*1",
                            "99999999999x1", "1.5", "ids:1xn", "1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1"}) {
    CHECK_MESSAGE(status_of([&] { read_shapes(wrong); }) == AIR_ERROR_INVALID_DESCRIPTOR, wrong);
  }
  CHECK(open_shape_text(std::vector<int64_t>{1, -1, 3}) == "(1, ?, 3)");
}

TEST_CASE("tensors: the shape is that of a sample") {
  const Tensor with = describe_tensor("a", AIR_DTYPE_FLOAT32, {1, 4, 2}, nullptr);
  CHECK(with.shape == Shape{4, 2});
  CHECK(with.flags == 0);
  CHECK(with.encoding == AIR_ENCODING_PLAIN);
  CHECK(of_one_sample(with, std::vector<int64_t>{1, 4, 2}).size() == 2);
  const Quantization scales{.scales = {0.5F, 0.25F, 1.0F}, .zero_points = {0, 0, 0}, .axis = 0};
  const Tensor without = describe_tensor("b", AIR_DTYPE_INT8, {3, 5}, &scales);
  CHECK(without.shape == Shape{3, 5});
  CHECK(without.flags == AIR_TENSOR_WITHOUT_BATCH);
  CHECK(of_one_sample(without, std::vector<int64_t>{3, 5}).size() == 2);
  CHECK(without.scales.size() == 3);
  CHECK(without.axis == 0);
  const Tensor scalar = describe_tensor("c", AIR_DTYPE_INT64, {}, nullptr);
  CHECK(scalar.shape.empty());
  CHECK(scalar.flags == AIR_TENSOR_WITHOUT_BATCH);
  const Tensor open = describe_tensor("d", AIR_DTYPE_INT64, {-1, 3}, nullptr);
  CHECK(open.shape == Shape{-1, 3});
  CHECK(open.flags == AIR_TENSOR_WITHOUT_BATCH);
}

TEST_CASE("sizes of tensors") {
  CHECK(size_of(AIR_DTYPE_FLOAT32, Shape{1, 4, 2}) == 32);
  CHECK(size_of(AIR_DTYPE_BFLOAT16, Shape{3}) == 6);
  CHECK(size_of(AIR_DTYPE_FLOAT8_E4M3, Shape{3}) == 3);
  CHECK(size_of(AIR_DTYPE_INT4, Shape{3}) == 2);
  CHECK(size_of(AIR_DTYPE_UINT4, Shape{2, 2}) == 2);
  CHECK(size_of(AIR_DTYPE_INT64, Shape{}) == 8);
  CHECK_FALSE(size_of(AIR_DTYPE_FLOAT32, Shape{1, -1}));
  CHECK_FALSE(size_of(AIR_DTYPE_INT64, Shape{INT64_MAX, 4}));
}

TEST_CASE("the last of an odd number of half bytes fills its byte with 0") {
  std::vector<uint8_t> bytes = {0x21, 0xF3, 0xFF};
  clear_last_half(AIR_DTYPE_UINT4, Shape{4}, bytes.data());
  clear_last_half(AIR_DTYPE_INT8, Shape{3}, bytes.data());
  clear_last_half(AIR_DTYPE_INT4, Shape{0}, bytes.data());
  CHECK(bytes == std::vector<uint8_t>{0x21, 0xF3, 0xFF});
  clear_last_half(AIR_DTYPE_INT4, Shape{1, 3}, bytes.data());
  CHECK(bytes == std::vector<uint8_t>{0x21, 0x03, 0xFF});
}

TEST_CASE("tensors: absurd shapes are refused, absurd scales are unknown") {
  for (const Shape &shape : {Shape{1, INT32_MAX, INT32_MAX, INT32_MAX}, Shape{1, -4}}) {
    CHECK(status_of([&] { describe_tensor("a", AIR_DTYPE_FLOAT32, shape, nullptr); }) == AIR_ERROR_INVALID_MODEL);
  }
  const auto is_unknown = [](const Tensor &tensor) {
    return tensor.encoding == AIR_ENCODING_QUANTIZED && tensor.scales.empty() && tensor.zero_points.empty();
  };
  for (const float scale : {0.0F, -1.0F, 1e38F * 1e38F}) {
    const Quantization absurd{.scales = {scale}, .zero_points = {0}};
    CHECK(is_unknown(describe_tensor("a", AIR_DTYPE_INT8, {1, 4}, &absurd)));
  }
  const Quantization misfit{.scales = {0.5F, 0.5F}, .zero_points = {0, 0}, .axis = 1}, nobody_knows{};
  CHECK(is_unknown(describe_tensor("a", AIR_DTYPE_INT8, {1, 4}, &misfit)));
  CHECK(is_unknown(describe_tensor("a", AIR_DTYPE_INT8, {1, 4}, &nobody_knows)));
  CHECK(is_unknown(describe_tensor("a", AIR_DTYPE_UINT4, {1, 4}, &nobody_knows)));
  const Quantization one{.scales = {0.5F}, .zero_points = {0}};
  CHECK(is_unknown(describe_tensor("a", AIR_DTYPE_FLOAT8_E4M3, {1, 4}, &one)));
  CHECK(describe_tensor("a", AIR_DTYPE_FLOAT32, {1, 4}, &one).encoding == AIR_ENCODING_PLAIN);
}

TEST_CASE("scales may be shared by blocks, and zero points by all") {
  const Quantization blocks{.scales = {0.5F, 0.25F, 1.0F}, .zero_points = {7}, .axis = 1, .block = 2};
  const Tensor tensor = describe_tensor("a", AIR_DTYPE_INT8, {1, 5}, &blocks);
  CHECK(tensor.scales.size() == 3);
  CHECK(tensor.zero_points == std::vector<int32_t>{7, 7, 7});
  CHECK(tensor.axis == 0);
  CHECK(tensor.block == 2);
}

TEST_CASE("what a kernel computes in is the one type beside indices and shapes") {
  const auto type_of = [](std::vector<air_dtype> types) { return computing_type(types); };
  CHECK(type_of({AIR_DTYPE_FLOAT32, AIR_DTYPE_INT64, AIR_DTYPE_FLOAT32}) == AIR_DTYPE_FLOAT32);
  CHECK(type_of({AIR_DTYPE_INT8, AIR_DTYPE_INT8, AIR_DTYPE_INT32, AIR_DTYPE_INT8}) == AIR_DTYPE_INT8);
  CHECK(type_of({AIR_DTYPE_FLOAT32, AIR_DTYPE_INT8, AIR_DTYPE_FLOAT32}) == AIR_DTYPE_NONE);
  CHECK(type_of({AIR_DTYPE_NONE, AIR_DTYPE_FLOAT32}) == AIR_DTYPE_NONE);
  CHECK(type_of({AIR_DTYPE_INT64}) == AIR_DTYPE_NONE);
}

TEST_CASE("shapes that stand for others") {
  CHECK(matches(Shape{2, 3}, Shape{2, 3}));
  CHECK(matches(Shape{0, 3}, Shape{-1, 3}));
  CHECK_FALSE(matches(Shape{2, 4}, Shape{-1, 3}));
  CHECK_FALSE(matches(Shape{2}, Shape{-1, 3}));
  CHECK(common_shape({4, 2}, {2, 2}) == Shape{-1, 2});
  CHECK(common_shape({-1, 2}, {2, 2}) == Shape{-1, 2});
  CHECK_FALSE(common_shape({4, 2}, {4}));
}

namespace {

// What the library passes on: options by their keys.
std::string descriptor_of(const char *path, const std::vector<air_option> &given) {
  constexpr const char *kLevels[] = {"all", "none", nullptr};
  const air_backend_option options[] = {kRuntimeOption, kNameOption, kThreadsOption,
                                        describe_option("optimize", AIR_OPTION_CHOICE, "how far", "all", kLevels),
                                        describe_option("config.*", AIR_OPTION_TEXT, "a setting")};
  air_connect_request request{};
  request.scheme = "onnx";
  request.options = given.data();
  request.n_options = static_cast<uint32_t>(given.size());
  return canonical_descriptor(Request(request), options, path);
}

}  // namespace

TEST_CASE("descriptors come back as they can be given") {
  CHECK(descriptor_of("/a b/c?.onnx", {}) == "onnx:/a%20b/c%3F.onnx");
  CHECK(descriptor_of("/m.onnx", {{"threads", "2"}, {"config.k", "a&b%?"}}) ==
        "onnx:/m.onnx?threads=2&config.k=a%26b%25%3F");
  CHECK(descriptor_of("/m.onnx", {{"optimize", "all"}, {"name", "m"}}) == "onnx:/m.onnx");
  CHECK(descriptor_of("/m.onnx", {{"runtime", "here"}, {"optimize", "none"}}) ==
        "onnx:/m.onnx?runtime=" + air::encode_descriptor_text((fs::current_path() / "here").string()) +
            "&optimize=none");
}

TEST_CASE("models are known by their extension") {
  CHECK(has_extension("/tmp/model.onnx", ".onnx"));
  CHECK(has_extension("MODEL.ONNX", ".onnx"));
  CHECK_FALSE(has_extension("model.onnx.so", ".onnx"));
  CHECK_FALSE(has_extension("onnx", ".onnx"));
  CHECK_FALSE(has_extension("", ".onnx"));
}

TEST_CASE("numbers and versions as the plugin ABI has them") {
  CHECK(told(std::nullopt) == 0);
  CHECK(told(0) == AIR_BACKEND_ZERO);
  CHECK(told(7) == 7);
  Properties properties;
  for (const char *text : {"", "unknown", "0.0.0"}) add_version(properties, "v", text);
  CHECK(properties.empty());
  for (const char *text : {"1.32.0", "2.3", "2.3.0.dev1"}) add_version(properties, "v", text);
  CHECK(properties == Properties{{"v", "1.32.0"}, {"v", "2.3.0"}, {"v", "2.3.0"}});
}

TEST_CASE("model files that cannot be read") {
  const TemporaryFolder folder;
  CHECK(status_of([&] { read_model_file(folder.path() / "absent"); }) == AIR_ERROR_NOT_FOUND);
  CHECK(status_of([&] { read_model_file(folder.path()); }) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of([&] { read_model_file(folder.write("empty", "")); }) == AIR_ERROR_INVALID_MODEL);
  CHECK(read_model_file(folder.write("full", "abc")).size() == 3);
  fs::resize_file(folder.write("huge", "x"), (uintmax_t{1} << 31) + 1);  // takes no room on the disk
  CHECK(status_of([&] { read_model_file(folder.path() / "huge"); }) == AIR_ERROR_INVALID_MODEL);
}

TEST_CASE("Python's packages are found without running Python") {
  const TemporaryFolder folder;
  const fs::path &root = folder.path();
  for (const char *packages :
       {"venv/lib/python3.9/site-packages", "venv/lib/python3.11/site-packages", "user/lib/python3.11/site-packages",
        "pyenv/versions/3.8/lib/python3.8/site-packages", "pyenv/versions/3.12/lib/python3.12/site-packages",
        "prefix/lib/python3/dist-packages", "real/lib/python3.10/site-packages", "extra", "told"}) {
    fs::create_directories(root / packages);
  }
  folder.write("pyenv/shims/python3", "");
  folder.write("pyenv/version", "3.12\n");
  folder.write("prefix/bin/python3", "");
  folder.write("real/bin/python3.10", "");
  fs::create_directories(root / "links");
  fs::create_symlink(root / "real/bin/python3.10", root / "links/python3");
  const Environment told("AIRUNNER_PYTHON_PACKAGES", (root / "told").string() + ":relative:");
  const Environment venv("VIRTUAL_ENV", (root / "venv").string());
  const Environment conda("CONDA_PREFIX", "");
  const Environment extra("PYTHONPATH", (root / "extra").string() + ":relative");
  const Environment user("PYTHONUSERBASE", (root / "user").string());
  const Environment chosen("PYENV_VERSION", "");
  const Environment path("PATH", "relative:" + (root / "pyenv/shims").string() + ":" + (root / "prefix/bin").string() +
                                     ":" + (root / "links").string());
  const std::vector<fs::path> found = python_package_folders();
  const std::vector<fs::path> expected = {"told",
                                          "venv/lib/python3.11/site-packages",
                                          "venv/lib/python3.9/site-packages",
                                          "extra",
                                          "user/lib/python3.11/site-packages",
                                          "pyenv/versions/3.12/lib/python3.12/site-packages",
                                          "pyenv/versions/3.8/lib/python3.8/site-packages",
                                          "prefix/lib/python3/dist-packages",
                                          "real/lib/python3.10/site-packages"};
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK_MESSAGE(position(found, root / expected[i]) == i, expected[i].string());
  CHECK(std::all_of(found.begin(), found.end(), [](const fs::path &p) { return p.is_absolute(); }));
}

TEST_CASE("the version of a package stands in the folder of facts beside it") {
  const TemporaryFolder folder;
  const std::string library = folder.write("ai_edge_litert/libLiteRt.so", "");
  CHECK(package_version(library, "ai_edge_litert") == "");
  folder.write("ai_edge_litert-2.3.0.dist-info/METADATA", "");
  CHECK(package_version(library, "ai_edge_litert") == "2.3.0");
}

namespace {

// The story of a library that is not there, or is a text.
std::string library_refusal(const LibraryNames &names, const std::string &wanted) {
  try {
    const Library library(names, wanted, air::HostLog(quiet_log()), [](const Library &) { return std::string(); });
  } catch (const air::Error &error) {
    std::string story = error.what();
    for (const std::string &cause : error.causes()) story += "\n" + cause;
    return story;
  }
  return "";
}

const LibraryNames kAbsent = {.runtime = "Absent",
                              .environment = "AIR_TEST_ABSENT_RUNTIME",
                              .package = "absent/capi",
                              .file = "libabsent-of-tests.so",
                              .system = {"libabsent-of-tests.so"},
                              .how_to_get = "get it"};

}  // namespace

TEST_CASE("a library is found in its folder, in Python's packages and in the package itself") {
  const TemporaryFolder folder;
  // A text: that the loader was asked for it shows in the cause.
  const std::string library = folder.write("packages/absent/capi/libabsent-of-tests.so.1", "text");
  for (const char *named : {"packages", "packages/absent", "packages/absent/", "packages/absent/capi"}) {
    const std::string story = library_refusal(kAbsent, (folder.path() / named).string());
    CHECK_MESSAGE(story.find("tried " + library + ": ") != std::string::npos, story);
  }
}

TEST_CASE("of several versions the newest is taken") {
  const TemporaryFolder folder;
  for (const char *version : {"1.9.0", "1.23.2", "1.3"})
    folder.write(std::string("libabsent-of-tests.so.") + version, "text");
  const std::string story = library_refusal(kAbsent, folder.path().string());
  CHECK_MESSAGE(story.find("libabsent-of-tests.so.1.23.2: ") != std::string::npos, story);
}

TEST_CASE("an axis may be counted from the end, and scales along one that is not there are unknown") {
  const auto axis_of = [](int32_t axis, const Shape &shape) -> int64_t {
    const Quantization two{.scales = {0.5F, 0.25F}, .zero_points = {0, 0}, .axis = axis};
    const Tensor tensor = describe_tensor("", AIR_DTYPE_INT8, shape, &two);
    return tensor.scales.empty() ? -1 : int64_t{tensor.axis};
  };
  CHECK(axis_of(-1, {1, 3, 2}) == 1);  // of a sample
  CHECK(axis_of(-1, {3, 2}) == 1);
  CHECK(axis_of(1, {1, 2, 3}) == 0);
  CHECK(axis_of(INT32_MAX, {3, 2}) == -1);
}

TEST_CASE("a setting that names no library: what was tried, and what to correct") {
  const TemporaryFolder folder;
  const std::string wrong = folder.path().string();
  const auto tells = [](const std::string &story, const std::string &part) {
    CHECK_MESSAGE(story.find(part) != std::string::npos, story);
  };
  const Environment variable("AIR_TEST_ABSENT_RUNTIME", wrong);
  const std::string by_variable = library_refusal(kAbsent, "");
  tells(by_variable, "expected libabsent-of-tests.so or a folder that holds it or the Python package absent");
  tells(by_variable, "correct or unset AIR_TEST_ABSENT_RUNTIME");
  CHECK(by_variable.find("get it") == std::string::npos);
  for (const char *place : {"", "/absent/capi", "/capi"}) {
    tells(by_variable, "\ntried " + wrong + place + ": no libabsent-of-tests.so");
  }
  tells(library_refusal(kAbsent, wrong), "(option runtime) cannot be used");
  tells(library_refusal(kAbsent, wrong), "correct or leave out option runtime");
  const Environment unset("AIR_TEST_ABSENT_RUNTIME", "");
  tells(library_refusal(kAbsent, ""), "Absent was not found on this machine: get it");
}

namespace {

std::vector<float> rounded(std::vector<float> values, Rounding rounding, Channels channels = {}) {
  const std::vector<float> before = values;
  const bool changed = round_floats(std::as_writable_bytes(std::span(values)), rounding, channels);
  const auto bits = [](float value) { return std::bit_cast<uint32_t>(value); };  // NaN too is equal to itself
  CHECK(changed != std::ranges::equal(values, before, {}, bits, bits));
  return values;
}

}  // namespace

TEST_CASE("floats are rounded to integers of a symmetric scale, halves to even") {
  const std::vector<float> values = {127, -0.5F, 1.5F, 2.5F, -126.6F, 0};
  CHECK(rounded(values, Rounding::kInt8Tensor) == std::vector<float>{127, 0, 2, 2, -127, 0});
  CHECK(rounded({7, -3.4F, -0.5F}, Rounding::kInt4) == std::vector<float>{7, -3, 0});
  CHECK(rounded({32767, 1.4F, -32767}, Rounding::kInt16) == std::vector<float>{32767, 1, -32767});
  CHECK(rounded({3, 2}, Rounding::kNone) == std::vector<float>{3, 2});
  CHECK(rounded({}, Rounding::kInt8Tensor).empty());
  // Channels one after the other, and in turn; one of zeros, one with what has no scale.
  CHECK(rounded({127, 1.4F, 254, 1.4F}, Rounding::kInt8Channel, {2, 2}) == std::vector<float>{127, 1, 254, 2});
  CHECK(rounded({127, 254, 1.4F, 1.4F}, Rounding::kInt8Channel, {2, 1}) == std::vector<float>{127, 254, 1, 2});
  CHECK(rounded({127, 254, 1.4F, 1.4F}, Rounding::kInt8Tensor, {2, 1}) == std::vector<float>{128, 254, 2, 2});
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  CHECK(rounded({0, 0, kInfinite, 1.4F}, Rounding::kInt8Channel, {2, 2}) == std::vector<float>{0, 0, kInfinite, 1.4F});
}

TEST_CASE("floats are rounded to the nearest float16") {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  CHECK(rounded({1.0F, 2049, 2051, -0.1F, 65519, 65520, -1e6F, 0x1p-24F, 0x1.8p-25F, 0x1p-25F, 1e-30F, 0x1.ffep-15F},
                Rounding::kFloat16) == std::vector<float>{1, 2048, 2052, -0.0999755859375F, 65504, kInfinite,
                                                          -kInfinite, 0x1p-24F, 0x1p-24F, 0, 0, 0x1p-14F});
}

TEST_CASE("channels lie along dimensions") {
  CHECK(channels_along({16, 3, 3, 4}, 0, 0) == Channels{16, 36});
  CHECK(channels_along({1, 3, 3, 4}, 3, 3) == Channels{4, 1});
  CHECK(channels_along({2, 8, 5}, 0, 1) == Channels{16, 5});
}
