// SPDX-License-Identifier: BSD-3-Clause
// LiteRT as found on this machine: its functions, with errors as exceptions.
#include "litert/api.h"

#include "common/error.h"

namespace air::litert {
namespace {

// The first release whose functions have the parameters used here is the first that can make models from descriptors of files.
constexpr const char *kMarkOfOldest = "LiteRtCreateModelFromFd";
// The profiler is not in that release for Windows.
constexpr const char *kNeeded = "LiteRT 2.1.6 or newer is needed, on Windows 2.2.0 or newer";

// Looks up every function; the name of the first that is missing and needed, or NULL.
const char *find_functions(const runtime::Library &library, abi::Functions &functions) {
  const char *missing = nullptr;
  const auto find = [&](auto *&function, const char *name) {
    function = library.find<std::remove_reference_t<decltype(*function)>>(name);
    if (function == nullptr && missing == nullptr) missing = name;
  };
#define AIR_FIND(name) find(functions.name, "LiteRt" #name)
  AIR_FIND(GetNumAccelerators);
  AIR_FIND(GetAccelerator);
  AIR_FIND(GetAcceleratorHardwareSupport);
  missing = nullptr;  // LiteRT for Windows has none of these, and goes without
  AIR_FIND(CreateEnvironment);
  AIR_FIND(DestroyEnvironment);
  AIR_FIND(CreateModelFromBuffer);
  AIR_FIND(DestroyModel);
  AIR_FIND(CreateOptions);
  AIR_FIND(DestroyOptions);
  AIR_FIND(SetOptionsHardwareAccelerators);
  AIR_FIND(CreateOpaqueOptions);
  AIR_FIND(AddOpaqueOptions);
  AIR_FIND(AddCustomOpKernelOption);
  AIR_FIND(CreateCompiledModel);
  AIR_FIND(DestroyCompiledModel);
  AIR_FIND(CompiledModelResizeInputTensor);
  AIR_FIND(CompiledModelResizeInputTensorNonStrict);
  AIR_FIND(GetCompiledModelOutputTensorLayouts);
  AIR_FIND(SetCompiledModelCancellationFunction);
  AIR_FIND(CompiledModelGetErrorMessages);
  AIR_FIND(CompiledModelClearErrors);
  AIR_FIND(RunCompiledModel);
  AIR_FIND(CreateTensorBufferFromHostMemory);
  AIR_FIND(DestroyTensorBuffer);
  AIR_FIND(GetTensorBufferTensorType);
  AIR_FIND(GetTensorBufferSize);
  AIR_FIND(LockTensorBuffer);
  AIR_FIND(UnlockTensorBuffer);
  AIR_FIND(CompiledModelGetProfiler);
  AIR_FIND(StartProfiler);
  AIR_FIND(ResetProfiler);
  AIR_FIND(GetNumProfilerEvents);
  AIR_FIND(GetProfilerEvents);
#undef AIR_FIND
  return missing;
}

std::string flaw(const runtime::Library &library) {
  if (library.has("TfLiteInterpreterCreate") && !library.has("LiteRtCreateEnvironment")) {
    return fmt::format("it has the older C API of TensorFlow Lite only: {}", kNeeded);
  }
  if (!library.has("LiteRtCreateEnvironment"))
    return "it does not export LiteRtCreateEnvironment: it is not a library of LiteRT";
  abi::Functions functions{};
  const char *missing = find_functions(library, functions);
  if (missing == nullptr && !library.has(kMarkOfOldest)) missing = kMarkOfOldest;
  return missing == nullptr ? "" : fmt::format("it has no {}: {}", missing, kNeeded);
}

}  // namespace

Api::Api(const std::string &wanted, const HostLog &log)
    : library_(kLiteRt, wanted, log, flaw), release_(runtime::package_version(library_.path(), kLiteRt.package)) {
  find_functions(library_, functions_);
}

std::string status_text(abi::Status status) {
  switch (status) {
    case 1:
      return "invalid argument (1)";
    case 2:
      return "out of memory (2)";
    case 3:
      return "runtime failure (3)";
    case 5:
      return "unsupported (5)";
    case 6:
      return "not found (6)";
    case 501:
      return "invalid flatbuffer (501)";
    case 504:
      return "compilation failed (504)";
    default:
      return fmt::format("status {}", status);
  }
}

void check(abi::Status result, air_status status, const char *what) {
  constexpr abi::Status kNoMemory = 2;
  if (result == kNoMemory) status = AIR_ERROR_NO_MEMORY;
  if (result != 0) throw Error(status, fmt::format("{}: LiteRT says {}", what, status_text(result)), result);
}

}  // namespace air::litert
