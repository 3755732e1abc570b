// SPDX-License-Identifier: BSD-3-Clause
// What air_invoke() costs beyond LiteRT's own call on memory of its own, on the same model in one run.
//
// usage: bench-litert [--smoke] MODEL.tflite...
#include <chrono>
#include <cstdio>
#include <cstring>

#include "litert/compiled.h"
#include "runtime/file.h"
#include "runtime_client.h"

namespace {

namespace litert = air::litert;

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

// What a plugin gets from the library.
const air_host kQuiet = {
    .struct_size = sizeof(air_host), .now_ns = now_ns, .log_level = [](const void *) { return air_log_level{}; }};

void compare(const std::string &path, unsigned n_rounds) {
  air::backend::g_host = &kQuiet;
  const litert::Api api("", air::HostLog(air::backend::Log(nullptr)));
  litert::abi::Environment made = nullptr;
  litert::check(api->CreateEnvironment(0, nullptr, &made), AIR_ERROR_INTERNAL, "environment");
  const litert::Owned<litert::abi::Environment> environment(api->DestroyEnvironment, made);
  const std::vector<std::byte> bytes = air::runtime::read_model_file(path);
  const litert::ModelFile file(bytes, path);
  const air::runtime::KeyValues no_options;
  const litert::Watch watch = [] {};
  litert::Compiled compiled(api, environment.get(),
                            {litert::abi::kAcceleratorCpu, litert::abi::kDelegateKernels, 1, &no_options, false, false},
                            file, {file.outputs, {}}, {file.tensor(file.inputs[0]).shape}, {}, watch);
  bench::RuntimeClient client("tflite:" + path + "?threads=1");
  bench::compare(
      "LiteRT, " + path.substr(path.rfind('/') + 1), client, [&] { compiled.run(watch); }, n_rounds);
}

}  // namespace

int main(int argc, char **argv) {
  unsigned n_rounds = 50;
  try {
    for (int i = 1; i < argc; ++i) {
      if (std::strcmp(argv[i], "--smoke") == 0) {
        n_rounds = 1;
      } else {
        compare(argv[i], n_rounds);
      }
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench-litert: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
