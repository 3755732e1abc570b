// SPDX-License-Identifier: BSD-3-Clause
// What the backends for runtimes share, part by part.
#include <doctest/doctest.h>

#include <algorithm>

#include "client.h"
#include "common/error.h"
#include "runtime/file.h"
#include "runtime/library.h"
#include "runtime/model_hash.h"
#include "runtime/options.h"
#include "runtime/python_folders.h"
#include "runtime/tensor.h"

using namespace air::runtime;
using namespace air::runtime::test;
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
  for (const char *wrong : {"", "x", "1x", "1xx2", "-1x2", "1x2,3x4", "a:1,a:2", "a:1,2", "1,5", "99999999999x1", "1.5",
                            "ids:1xn", "1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1"}) {
    CHECK_MESSAGE(status_of([&] { read_shapes(wrong); }) == AIR_ERROR_INVALID_DESCRIPTOR, wrong);
  }
  CHECK(shape_text(std::vector<int64_t>{1, -1, 3}) == "(1, ?, 3)");
}

TEST_CASE("tensors: a batch is put in front where there is none") {
  const Tensor with({"a", "I.0", AIR_DTYPE_FLOAT32, {1, 4, 2}, {}});
  CHECK(with.info().rank == 3);
  CHECK(with.info().flags == 0);
  CHECK(with.info().size_bytes == 32);
  const Tensor without({"b", "I.1", AIR_DTYPE_INT8, {3, 5}, {{0.5F, 0.25F, 1.0F}, {0, 0, 0}, 0}});
  CHECK(without.info().rank == 3);
  CHECK(without.info().shape[0] == 1);
  CHECK(without.info().flags == AIR_TENSOR_WITHOUT_BATCH);
  CHECK(without.own_shape().size() == 2);
  CHECK(without.info().n_scales == 3);
  CHECK(without.info().quantized_axis == 1);  // moved with the channels
  const Tensor scalar({"c", "O.0", AIR_DTYPE_INT64, {}, {}});
  CHECK(scalar.info().rank == 1);
  CHECK(scalar.info().n_elements == 1);
}

TEST_CASE("tensors: absurd shapes are refused, absurd scales ignored") {
  CHECK(status_of([] {
          Tensor({"a", "I.0", AIR_DTYPE_FLOAT32, {1, INT32_MAX, INT32_MAX, INT32_MAX}, {}});
        }) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of([] { Tensor({"a", "I.0", AIR_DTYPE_FLOAT32, {1, -1}, {}}); }) == AIR_ERROR_INVALID_MODEL);
  for (const float scale : {0.0F, -1.0F, 1e38F * 1e38F}) {
    CHECK(Tensor({"a", "I.0", AIR_DTYPE_INT8, {1, 4}, {{scale}, {0}, -1}}).info().encoding == AIR_ENCODING_PLAIN);
  }
  CHECK(Tensor({"a", "I.0", AIR_DTYPE_INT8, {1, 4}, {{0.5F, 0.5F}, {0, 0}, 1}}).info().encoding == AIR_ENCODING_PLAIN);
  CHECK(Tensor({"a", "I.0", AIR_DTYPE_FLOAT32, {1, 4}, {{0.5F}, {0}, -1}}).info().encoding == AIR_ENCODING_PLAIN);
}

TEST_CASE("descriptors come back as they can be given") {
  CHECK(canonical_descriptor("onnx", "/a b/c?.onnx", {}) == "onnx:/a%20b/c%3F.onnx");
  CHECK(canonical_descriptor("onnx", "/m.onnx", {{"threads", "2"}, {"config.k", "a&b%?"}}) ==
        "onnx:/m.onnx?threads=2&config.k=a%26b%25%3F");
}

TEST_CASE("bare paths are known by their extension") {
  CHECK(claim_extension("/tmp/model.onnx", ".onnx") > 0);
  CHECK(claim_extension("MODEL.ONNX", ".onnx") > 0);
  CHECK(claim_extension("model.onnx.so", ".onnx") == 0);
  CHECK(claim_extension("onnx", ".onnx") == 0);
  CHECK(claim_extension(nullptr, ".onnx") == 0);
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
  static const air_host quiet = [] {
    air_host host{};
    host.log_level = [](const void *) { return air_log_level{}; };
    return host;
  }();
  try {
    const Library library(names, wanted, air::HostLog(quiet, nullptr), [](const Library &) { return std::string(); });
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

TEST_CASE("an axis may be counted from the end, and one that is not there is none") {
  const auto axis_of = [](int32_t axis, std::vector<int64_t> shape) {
    TensorSpec spec;
    spec.dtype = AIR_DTYPE_INT8;
    spec.shape = std::move(shape);
    spec.quantization = {{0.5F, 0.25F}, {0, 0}, axis};
    return Tensor(std::move(spec)).info().quantized_axis;
  };
  CHECK(axis_of(-1, {1, 3, 2}) == 2);
  CHECK(axis_of(-1, {3, 2}) == 2);  // behind the batch that is added
  CHECK(axis_of(1, {1, 2, 3}) == 1);
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
