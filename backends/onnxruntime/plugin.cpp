// SPDX-License-Identifier: BSD-3-Clause
// The table of this backend: ONNX models, run by the ONNX Runtime found on this machine.
#include <atomic>
#include <memory>

#include "model.h"
#include "plugin/guard.h"
#include "runtime/file.h"

struct air_connection {
  air_connection(const air_host &host, const air_connect_request &request, const air::ort::Options &options,
                 const std::filesystem::path &path)
      : model(host, air::HostLog(host, request.log), options, path),
        descriptor(air::runtime::canonical_descriptor("onnx", path.string(), options.common.given)) {
    if (!options.common.name.empty() && options.common.name != model.info().name) {
      air::fail(AIR_ERROR_NOT_FOUND, "no model '{}' in '{}'; there is '{}'", options.common.name, path.string(),
                model.info().name);
    }
  }

  air::ort::Model model;
  const std::string descriptor;
  const air_model_info *const models[1] = {&model.info()};
  const air_connection_info info = {sizeof(air_connection_info), 1, models, descriptor.c_str()};
};

namespace air::ort {
namespace {

// The library passes the same services at every call of the entry.
std::atomic<const air_host *> g_host{nullptr};

const air_host &host() {
  return *g_host.load(std::memory_order_relaxed);
}

air_status connect(const air_connect_request *request, air_connection **out_connection) {
  return guarded(host(), [&] {
    const Options options = read_onnx_options(*request);
    const std::filesystem::path path = runtime::model_path(request->rest, "onnx");
    *out_connection = std::make_unique<air_connection>(host(), *request, options, path).release();
  });
}

void disconnect(air_connection *connection) {
  const std::unique_ptr<air_connection> owner(connection);
}

air_status get_info(air_connection *connection, const air_connection_info **out_info) {
  *out_info = &connection->info;
  return AIR_OK;
}

air_status run(air_connection *connection, uint32_t, const air_run *run) {
  return guarded(host(), [&] { return connection->model.run(*run); });
}

void cancel(air_connection *connection) {
  connection->model.cancel();
}

uint32_t claims(const char *text) {
  return runtime::claim_extension(text, ".onnx");
}

constexpr const char *kSchemes[] = {"onnx", nullptr};

constexpr air_backend kBackend = {
    .struct_size = sizeof(air_backend),
    .abi_version = AIR_BACKEND_ABI_VERSION,
    .name = "onnxruntime",
    .version = AIR_VERSION_TEXT,
    .description = "ONNX models, run by ONNX Runtime",
    .schemes = kSchemes,
    .claims = &claims,
    .connect = &connect,
    .disconnect = &disconnect,
    .get_info = &get_info,
    .run = &run,
    .cancel = &cancel,
};

}  // namespace
}  // namespace air::ort

extern "C" const air_backend *air_backend_query(uint32_t abi_version, const air_host *host) {
  if (abi_version != AIR_BACKEND_ABI_VERSION || host == nullptr || host->struct_size < sizeof(air_host)) return nullptr;
  air::ort::g_host.store(host, std::memory_order_relaxed);
  return &air::ort::kBackend;
}
