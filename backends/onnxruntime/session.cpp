// SPDX-License-Identifier: BSD-3-Clause
// One model loaded by ONNX Runtime, and one run of it.
#include "onnxruntime/session.h"

#include <fmt/ranges.h>

#include "common/error.h"
#include "onnxruntime/model_file.h"
#include "runtime/tensor.h"

namespace air::ort {
namespace {

constexpr const char *kExternalFolderKey = "session.model_external_initializers_file_folder_path";

std::vector<std::string> available_providers(const Api &api) {
  char **names = nullptr;
  int n = 0;
  api.must(abi::kGetAvailableProviders, &names, &n);
  std::vector<std::string> result(names, names + n);
  api.must(abi::kReleaseAvailableProviders, names, n);
  return result;
}

void add_provider(const Api &api, abi::SessionOptions *session, const Options &options) {
  if (options.provider.empty()) return;
  std::vector<const char *> keys;
  std::vector<const char *> values;
  for (const auto &[key, value] : options.provider_options) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  abi::Status *failure = api.get(abi::kAppendExecutionProvider, session, options.provider.c_str(), keys.data(),
                                 values.data(), keys.size());
  if (failure == nullptr) return;
  try {
    api.refuse(AIR_ERROR_UNSUPPORTED, fmt::format("execution provider '{}'", options.provider).c_str(), failure);
  } catch (Error &error) {
    error.add_cause(fmt::format("this ONNX Runtime has {}", fmt::join(available_providers(api), ", ")));
    throw;
  }
}

// Without a function of ours the runtime would write to the terminal.
void take_log(const Api &api, abi::SessionOptions *session, SessionLog &log) {
  api.must(abi::kSetSessionLogSeverityLevel, session, api.can_log_session() ? abi::kLogError : abi::kLogFatal);
  if (api.can_log_session()) api.must(abi::kSetUserLoggingFunction, session, &SessionLog::write, &log);
}

Owned<abi::SessionOptions> make_options(const Api &api, const SessionSettings &settings, SessionLog &log) {
  auto owned = make_owned<abi::SessionOptions>(api, abi::kReleaseSessionOptions, [&](abi::SessionOptions **made) {
    api.must(abi::kCreateSessionOptions, made);
  });
  abi::SessionOptions *session = owned.get();
  const Options &options = *settings.options;
  take_log(api, session, log);
  api.must(abi::kSetSessionGraphOptimizationLevel, session, settings.optimization);
  if (options.common.threads > 0)
    api.must(abi::kSetIntraOpNumThreads, session, static_cast<int>(options.common.threads));
  api.must(abi::kAddSessionConfigEntry, session, kExternalFolderKey, settings.folder.c_str());
  for (const auto &[key, value] : options.config) {
    api.call(AIR_ERROR_INVALID_DESCRIPTOR, "option config", abi::kAddSessionConfigEntry, session, key.c_str(),
             value.c_str());
  }
  add_provider(api, session, options);
  if (!settings.profile_prefix.empty()) api.must(abi::kEnableProfiling, session, settings.profile_prefix.c_str());
  return owned;
}

// Fills type and shape; consumes the information.
void read_type(const Api &api, abi::TypeInfo *type, Slot &slot) {
  const Owned<abi::TypeInfo> owner(api, abi::kReleaseTypeInfo, type);
  const abi::TensorInfo *tensor = nullptr;
  api.must(abi::kCastTypeInfoToTensorInfo, type, &tensor);
  if (tensor == nullptr) return;
  api.must(abi::kGetTensorElementType, tensor, &slot.element_type);
  size_t rank = 0;
  api.must(abi::kGetDimensionsCount, tensor, &rank);
  slot.shape.resize(rank);
  api.must(abi::kGetDimensions, tensor, slot.shape.data(), rank);
}

std::string take_text(const Api &api, char *text) {
  abi::Allocator *allocator = nullptr;
  api.must(abi::kGetAllocatorWithDefaultOptions, &allocator);
  std::string copy = text;
  api.must(abi::kAllocatorFree, allocator, text);
  return copy;
}

}  // namespace

Session::Session(const Api &api, const abi::Env *env, std::string_view model, const SessionSettings &settings)
    : api_(api), log_(std::make_unique<SessionLog>()), session_(api, abi::kReleaseSession) {
  const Owned<abi::SessionOptions> options = make_options(api, settings, *log_);
  abi::Session *made = nullptr;
  abi::Status *failure = api.get(abi::kCreateSessionFromArray, env, model.data(), model.size(), options.get(), &made);
  if (failure != nullptr) {
    const bool missing = api.get(abi::kGetErrorCode, failure) == abi::kCodeNotImplemented;
    api.refuse(missing ? AIR_ERROR_UNSUPPORTED : AIR_ERROR_INVALID_MODEL, "ONNX Runtime does not take the model",
               failure, log_->take());
  }
  if (made == nullptr) throw std::bad_alloc();
  session_.reset(made);
  for (const std::string &line : log_->take()) settings.log->warn("ONNX Runtime: {}", line);
  describe();
}

void Session::describe() {
  abi::Allocator *allocator = nullptr;
  api_.must(abi::kGetAllocatorWithDefaultOptions, &allocator);
  const auto read = [&](auto count, auto name_of, auto type_of, std::vector<Slot> &slots) {
    size_t n = 0;
    api_.must(count, session_.get(), &n);
    for (size_t i = 0; i < n; ++i) {
      char *name = nullptr;
      api_.must(name_of, session_.get(), i, allocator, &name);
      Slot &slot = slots.emplace_back();
      slot.name = take_text(api_, name);
      abi::TypeInfo *type = nullptr;
      api_.must(type_of, session_.get(), i, &type);
      read_type(api_, type, slot);
    }
  };
  read(abi::kSessionGetInputCount, abi::kSessionGetInputName, abi::kSessionGetInputTypeInfo, inputs_);
  read(abi::kSessionGetOutputCount, abi::kSessionGetOutputName, abi::kSessionGetOutputTypeInfo, outputs_);
  for (const Slot &slot : inputs_) input_names_.push_back(slot.name.c_str());
  for (const Slot &slot : outputs_) output_names_.push_back(slot.name.c_str());
}

void Session::run(const abi::RunOptions *options, const std::vector<abi::Value *> &inputs,
                  std::vector<abi::Value *> &outputs) {
  abi::Status *failure = api_.get(abi::kRun, session_.get(), options, input_names_.data(), inputs.data(), inputs.size(),
                                  output_names_.data(), outputs.size(), outputs.data());
  if (failure != nullptr) {
    api_.refuse(AIR_ERROR_RUN_FAILED, "ONNX Runtime could not run the model", failure, log_->take());
  }
}

std::string Session::end_profiling() {
  abi::Allocator *allocator = nullptr;
  api_.must(abi::kGetAllocatorWithDefaultOptions, &allocator);
  char *path = nullptr;
  api_.must(abi::kSessionEndProfiling, session_.get(), allocator, &path);
  return take_text(api_, path);
}

OwnedValue tensor_over(const Api &api, const abi::MemoryInfo *memory, const void *data, size_t size,
                       std::span<const int64_t> shape, int element_type) {
  abi::Value *made = nullptr;
  // The runtime takes no const, but writes outputs only.
  api.must(abi::kCreateTensorWithDataAsOrtValue, memory, const_cast<void *>(data), size, shape.data(), shape.size(),
           element_type, &made);
  if (made == nullptr) throw std::bad_alloc();
  return {api, abi::kReleaseValue, made};
}

TensorView view_of(const Api &api, abi::Value *value, int element_type) {
  int is_tensor = 0;
  if (value != nullptr) api.must(abi::kIsTensor, value, &is_tensor);
  if (is_tensor == 0) return {};
  abi::TensorInfo *info = nullptr;
  api.must(abi::kGetTensorTypeAndShape, value, &info);
  const Owned<abi::TensorInfo> owner(api, abi::kReleaseTensorInfo, info);
  int type = 0;
  api.must(abi::kGetTensorElementType, info, &type);
  if (type != element_type) return {};
  TensorView view{true, nullptr, {}};
  size_t rank = 0;
  api.must(abi::kGetDimensionsCount, info, &rank);
  view.shape.resize(rank);
  api.must(abi::kGetDimensions, info, view.shape.data(), rank);
  void *data = nullptr;
  api.must(abi::kGetTensorMutableData, value, &data);
  runtime::clear_last_half(dtype_of_element(type), view.shape, data);
  view.data = data == nullptr ? "" : data;  // it is there, though it may be empty
  return view;
}

}  // namespace air::ort
