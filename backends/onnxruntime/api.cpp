// SPDX-License-Identifier: BSD-3-Clause
// ONNX Runtime as found on this machine: its table of functions, with errors as exceptions and objects that release themselves.
#include "onnxruntime/api.h"

#include "common/error.h"
#include "onnxruntime/session_log.h"

namespace air::ort {
namespace {

struct Found {
  const OrtApi *table = nullptr;
  uint32_t version = 0;
  std::string release;
};

// The newest table that both sides know.
Found negotiate(const runtime::Library &library) {
  auto *get_base = library.find<decltype(OrtGetApiBase)>("OrtGetApiBase");
  const OrtApiBase *base = get_base == nullptr ? nullptr : get_base();
  if (base == nullptr || base->GetApi == nullptr || base->GetVersionString == nullptr) return {};
  Found found;
  const char *release = base->GetVersionString();
  found.release = release == nullptr ? "" : release;
  // A release says which versions it has; asking for more makes it complain on the terminal.
  uint32_t minor = 0;
  const bool told = std::sscanf(found.release.c_str(), "1.%u", &minor) == 1;
  const uint32_t newest = told && minor < ORT_API_VERSION ? minor : ORT_API_VERSION;
  for (uint32_t version = newest; version >= kOldestVersion && found.table == nullptr; --version) {
    found.table = base->GetApi(version);
    found.version = version;
  }
  return found;
}

std::string flaw(const runtime::Library &library) {
  const Found found = negotiate(library);
  if (found.table != nullptr) return "";
  if (found.release.empty()) return "it does not export OrtGetApiBase: it is not a library of ONNX Runtime";
  return fmt::format("it is release {}, whose C API is older than version {}: release 1.{} or newer is needed",
                     found.release, kOldestVersion, kOldestVersion);
}

}  // namespace

Api::Api(const std::string &wanted, const HostLog &log) : library_(kOnnxRuntime, wanted, log, flaw) {
  const Found found = negotiate(library_);
  table_ = found.table;
  version_ = found.version;
  release_ = found.release;
}

void Api::refuse(air_status status, const char *what, OrtStatus *failure, const std::vector<std::string> &log) const {
  const Owned<OrtStatus> owner(*this, &OrtApi::ReleaseStatus, failure);
  const std::string reason = runtime_line(table_->GetErrorMessage(failure));
  std::vector<std::string> causes;
  for (const std::string &line : log) {
    if (reason.find(line) == std::string::npos && line.find(reason) == std::string::npos) causes.push_back(line);
  }
  throw Error(status, fmt::format("{}: {}", what, reason), table_->GetErrorCode(failure), std::move(causes));
}

}  // namespace air::ort
