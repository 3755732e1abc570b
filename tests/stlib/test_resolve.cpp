// SPDX-License-Identifier: BSD-3-Clause
// From the text of a descriptor to a file: the rules of the search, and what is claimed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "common/error.h"
#include "stlib/library/resolve.h"
#include "support.h"

namespace air::stlib::test {
namespace {

std::string resolved(const std::filesystem::path &path) {
  return resolve_library(path.string()).file.string();
}

Error refusal(const std::filesystem::path &path) {
  try {
    resolve_library(path.string());
  } catch (const Error &error) {
    return error;
  }
  FAIL("resolved: ", path.string());
  return Error(AIR_OK, "");
}

TEST_CASE("resolve: a file needs a library extension, whatever its name") {
  const TemporaryFolder folder;
  for (const char *name : {"foo.so", "libai_a.dll", "b.dylib"})
    CHECK(resolved(folder.touch(name)) == (folder.path() / name).string());
  CHECK(refusal(folder.touch("libai_network.json")).status() == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(folder.touch("libai_network.so.1")).status() == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(folder.touch("libai_network.a")).status() == AIR_ERROR_INVALID_MODEL);
}

TEST_CASE("resolve: companions of a model are refused by base name only") {
  const TemporaryFolder folder;
  for (const char *name : {"libai_observer.so", "libai_inspector.so", "libai_helper_convert.so"}) {
    CHECK(refusal(folder.touch(name)).status() == AIR_ERROR_INVALID_DESCRIPTOR);
  }
  CHECK(resolved(folder.touch("libai_observer.d/libai_network.so")) ==
        (folder.path() / "libai_observer.d/libai_network.so").string());
}

TEST_CASE("resolve: a path without extension is completed") {
  const TemporaryFolder folder;
  folder.touch("libai_a.dll");
  CHECK(resolved(folder.path() / "libai_a") == (folder.path() / "libai_a.dll").string());
  folder.touch("libai_a.so");
  CHECK(resolved(folder.path() / "libai_a") == (folder.path() / "libai_a.so").string());
}

TEST_CASE("resolve: what is not there is told with everything that was tried") {
  const TemporaryFolder folder;
  const Error error = refusal(folder.path() / "nothing");
  CHECK(error.status() == AIR_ERROR_NOT_FOUND);
  REQUIRE(error.causes().size() == 4);
  CHECK(error.causes()[1] == "tried " + (folder.path() / "nothing.so").string() + ": no such file");
  CHECK(refusal(folder.path() / "nothing.so").causes().size() == 1);
  CHECK(refusal(folder.path()).status() == AIR_ERROR_NOT_FOUND);
  CHECK(refusal("").status() == AIR_ERROR_INVALID_DESCRIPTOR);
  CHECK(refusal("/dev/null").status() == AIR_ERROR_INVALID_MODEL);
}

TEST_CASE("resolve: folders that vanish meanwhile, as in a rebuild of a workspace, are passed by") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.touch("lib/libai_network.so");
  std::atomic<bool> done = false;
  std::thread rebuild([&] {
    while (!done) {
      for (int i = 0; i < 50; ++i) std::filesystem::create_directory(folder.path() / fmt::format("object_{}", i));
      for (int i = 0; i < 50; ++i) std::filesystem::remove(folder.path() / fmt::format("object_{}", i));
    }
  });
  int n_found = 0;
  for (int i = 0; i < 1000; ++i) {
    try {
      n_found += resolved(folder.path()) == file.string() ? 1 : 0;
    } catch (const Error &error) {
      MESSAGE(std::string(error.what()));
    }
  }
  done = true;
  rebuild.join();
  CHECK(n_found == 1000);
}

TEST_CASE("resolve: relative paths are relative to the current folder") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.touch("sub/libai_network.so");
  CHECK(resolved(std::filesystem::relative(file)) == file.string());
}

TEST_CASE("resolve: in a folder the native extension, depth, the default name and the name decide, in this order") {
  const TemporaryFolder folder;
  folder.touch("libai_zoo.dll");
  folder.touch("a/b/libai_network.so");
  CHECK(resolved(folder.path()) == (folder.path() / "a/b/libai_network.so").string());
  folder.touch("z/libai_beta.so");
  CHECK(resolved(folder.path()) == (folder.path() / "z/libai_beta.so").string());
  folder.touch("z/libai_alpha.so");
  CHECK(resolved(folder.path()) == (folder.path() / "z/libai_alpha.so").string());
  folder.touch("z/libai_network.so");
  const ResolvedLibrary library = resolve_library(folder.path().string());
  CHECK(library.file == folder.path() / "z/libai_network.so");
  CHECK(library.others.size() == 4);
  CHECK(library.others.back() == folder.path() / "libai_zoo.dll");
}

TEST_CASE("resolve: links that lead in a circle end the search") {
  const TemporaryFolder folder;
  folder.touch("a/libai_network.so");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "a/up");
  CHECK(resolved(folder.path()) == (folder.path() / "a/libai_network.so").string());
}

TEST_CASE("claims: libraries, folders and completed names; not what other backends serve") {
  const TemporaryFolder folder;
  const auto claim = [&](const std::string &name) { return claim_path((folder.path() / name).string()); };
  folder.touch("libai_a.so");
  folder.touch("model.tflite");
  folder.touch("model.onnx");
  folder.touch("notes.txt");
  CHECK(claim("libai_a.so") == 90);
  CHECK(claim("libai_a") == 80);
  CHECK(claim("") == 60);
  CHECK(claim("not-there") == 10);
  CHECK(claim("model.tflite") == 0);
  CHECK(claim("model.onnx") == 0);
  CHECK(claim("notes.txt") == 0);
  CHECK(claim("no/such/folder") == 0);
  CHECK(claim_path("/dev/ttyUSB0") == 0);
  CHECK(claim_path("") == 0);
  CHECK(claim_path("surely-not-a-file") == 0);
}

}  // namespace
}  // namespace air::stlib::test
