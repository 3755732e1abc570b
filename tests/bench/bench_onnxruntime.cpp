// SPDX-License-Identifier: BSD-3-Clause
// What air_invoke() costs beyond ONNX Runtime's own call with values made once, on the same model in one run.
//
// usage: bench-onnxruntime [--smoke] MODEL.onnx...
#include <cstdio>
#include <cstring>

#include "onnxruntime/session.h"
#include "runtime/file.h"
#include "runtime_client.h"

namespace {

namespace ort = air::ort;

// What a plugin gets from the library.
const air_host kQuiet = {.struct_size = sizeof(air_host), .log_level = [](const void *) { return air_log_level{}; }};

void compare(const std::string &path, unsigned n_rounds) {
  air::backend::g_host = &kQuiet;
  const ort::Api api("", air::HostLog(air::backend::Log(nullptr)));
  const auto env = ort::make_owned<OrtEnv>(api, &OrtApi::ReleaseEnv, [&](OrtEnv **made) {
    api.must(&OrtApi::CreateEnv, ORT_LOGGING_LEVEL_FATAL, "bench", made);
  });
  const auto memory = ort::make_owned<OrtMemoryInfo>(api, &OrtApi::ReleaseMemoryInfo, [&](OrtMemoryInfo **made) {
    api.must(&OrtApi::CreateCpuMemoryInfo, OrtArenaAllocator, OrtMemTypeDefault, made);
  });
  ort::Options options;
  options.common.threads = 1;
  const std::vector<std::byte> model = air::runtime::read_model_file(path);
  ort::Session session(api, env.get(), {reinterpret_cast<const char *>(model.data()), model.size()},
                       {&options, "", options.optimization, ""});
  bench::RuntimeClient client("onnx:" + path + "?threads=1");
  std::vector<std::byte> input(client.input_bytes());
  std::vector<std::byte> output(client.output_bytes());
  const ort::Slot &in = session.inputs()[0];
  const ort::Slot &out = session.outputs()[0];
  const ort::OwnedValue from =
      ort::tensor_over(api, memory.get(), input.data(), input.size(), in.shape, in.element_type);
  const ort::OwnedValue to =
      ort::tensor_over(api, memory.get(), output.data(), output.size(), out.shape, out.element_type);
  const std::vector<OrtValue *> inputs = {from.get()};
  std::vector<OrtValue *> outputs = {to.get()};
  bench::compare(
      "ONNX Runtime, " + path.substr(path.rfind('/') + 1), client, [&] { session.run(nullptr, inputs, outputs); },
      n_rounds);
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
    std::fprintf(stderr, "bench-onnxruntime: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
