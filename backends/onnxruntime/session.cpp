// SPDX-License-Identifier: BSD-3-Clause
// One model loaded by ONNX Runtime, and one run of it.
#include "onnxruntime/session.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "common/error.h"
#include "common/path_text.h"
#include "onnxruntime/exact_sums.h"
#include "onnxruntime/model_file.h"
#include "platform/machine/processor.h"
#include "runtime/tensor.h"

namespace air::ort {
namespace {

constexpr const char *kExternalFolderKey = "session.model_external_initializers_file_folder_path";
constexpr const char *kExactSumsKey =
    "session.x64quantprecision";  // of what the runtime fuses to operators of integers

std::vector<std::string> available_providers(const Api &api) {
  char **names = nullptr;
  int n = 0;
  api.must(&OrtApi::GetAvailableProviders, &names, &n);
  std::vector<std::string> result(names, names + n);
  api.must(&OrtApi::ReleaseAvailableProviders, names, n);
  return result;
}

void add_provider(const Api &api, OrtSessionOptions *session, const Options &options) {
  if (options.provider.empty()) return;
  std::vector<const char *> keys;
  std::vector<const char *> values;
  for (const auto &[key, value] : options.provider_options) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  OrtStatus *failure = api->SessionOptionsAppendExecutionProvider(session, options.provider.c_str(), keys.data(),
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
void take_log(const Api &api, OrtSessionOptions *session, SessionLog &log) {
  api.must(&OrtApi::SetSessionLogSeverityLevel, session,
           api.can_log_session() ? ORT_LOGGING_LEVEL_ERROR : ORT_LOGGING_LEVEL_FATAL);
  if (api.can_log_session()) api.must(&OrtApi::SetUserLoggingFunction, session, &SessionLog::write, &log);
}

// What has to be done for sums that are exact on this processor. Nothing where the option config says what it wants.
ExactSums sums_for(std::string_view model, const Options &options, bool &are_clipped) {
  const auto is_told = [](const auto &entry) { return entry.first == kExactSumsKey; };
  are_clipped = !sums_bytes_exactly() && std::none_of(options.config.begin(), options.config.end(), is_told);
  if (!are_clipped) return {};
  try {
    return exact_sums(std::as_bytes(std::span(model)));
  } catch (const protobuf::Malformed &) {
    return {};  // the runtime says what is wrong
  }
}

Owned<OrtSessionOptions> make_options(const Api &api, const SessionSettings &settings, bool sums_exactly,
                                      SessionLog &log) {
  auto owned = make_owned<OrtSessionOptions>(api, &OrtApi::ReleaseSessionOptions, [&](OrtSessionOptions **made) {
    api.must(&OrtApi::CreateSessionOptions, made);
  });
  OrtSessionOptions *session = owned.get();
  const Options &options = *settings.options;
  take_log(api, session, log);
  api.must(&OrtApi::SetSessionGraphOptimizationLevel, session, settings.optimization);
  if (options.common.threads > 0)
    api.must(&OrtApi::SetIntraOpNumThreads, session, static_cast<int>(options.common.threads));
  api.must(&OrtApi::AddSessionConfigEntry, session, kExternalFolderKey, settings.folder.c_str());
  if (sums_exactly) api.must(&OrtApi::AddSessionConfigEntry, session, kExactSumsKey, "1");
  for (const auto &[key, value] : options.config) {
    api.call(AIR_ERROR_INVALID_DESCRIPTOR, "option config", &OrtApi::AddSessionConfigEntry, session, key.c_str(),
             value.c_str());
  }
  // An arena keeps what it ever had, up to twice what a run needs.
  if (!settings.keeps_memory) api.must(&OrtApi::DisableCpuMemArena, session);
  add_provider(api, session, options);
  if (!settings.profile_prefix.empty())
    api.must(&OrtApi::EnableProfiling, session, path_of(settings.profile_prefix).c_str());
  return owned;
}

// Fills type and shape; consumes the information.
void read_type(const Api &api, OrtTypeInfo *type, Slot &slot) {
  const Owned<OrtTypeInfo> owner(api, &OrtApi::ReleaseTypeInfo, type);
  const OrtTensorTypeAndShapeInfo *tensor = nullptr;
  api.must(&OrtApi::CastTypeInfoToTensorInfo, type, &tensor);
  if (tensor == nullptr) return;
  api.must(&OrtApi::GetTensorElementType, tensor, &slot.element_type);
  size_t rank = 0;
  api.must(&OrtApi::GetDimensionsCount, tensor, &rank);
  slot.shape.resize(rank);
  api.must(&OrtApi::GetDimensions, tensor, slot.shape.data(), rank);
}

std::string take_text(const Api &api, char *text) {
  OrtAllocator *allocator = nullptr;
  api.must(&OrtApi::GetAllocatorWithDefaultOptions, &allocator);
  std::string copy = text;
  api.must(&OrtApi::AllocatorFree, allocator, text);
  return copy;
}

}  // namespace

Session::Session(const Api &api, const OrtEnv *env, std::string_view model, const SessionSettings &settings)
    : api_(api), log_(std::make_unique<SessionLog>()), session_(api, &OrtApi::ReleaseSession) {
  bool are_clipped = false;
  const ExactSums exact = sums_for(model, *settings.options, are_clipped);
  if (!exact.model.empty()) model = exact.model;
  const Owned<OrtSessionOptions> options = make_options(api, settings, are_clipped && !exact.has_signed_inputs, *log_);
  OrtSession *made = nullptr;
  OrtStatus *failure = api->CreateSessionFromArray(env, model.data(), model.size(), options.get(), &made);
  if (failure != nullptr) {
    const bool missing = api->GetErrorCode(failure) == ORT_NOT_IMPLEMENTED;
    api.refuse(missing ? AIR_ERROR_UNSUPPORTED : AIR_ERROR_INVALID_MODEL, "ONNX Runtime does not take the model",
               failure, log_->take());
  }
  if (made == nullptr) throw std::bad_alloc();
  session_.reset(made);
  for (const std::string &line : log_->take()) settings.log->warn("ONNX Runtime: {}", line);
  describe();
}

void Session::describe() {
  OrtAllocator *allocator = nullptr;
  api_.must(&OrtApi::GetAllocatorWithDefaultOptions, &allocator);
  const auto read = [&](auto count, auto name_of, auto type_of, std::vector<Slot> &slots) {
    size_t n = 0;
    api_.must(count, session_.get(), &n);
    for (size_t i = 0; i < n; ++i) {
      char *name = nullptr;
      api_.must(name_of, session_.get(), i, allocator, &name);
      Slot &slot = slots.emplace_back();
      slot.name = take_text(api_, name);
      OrtTypeInfo *type = nullptr;
      api_.must(type_of, session_.get(), i, &type);
      read_type(api_, type, slot);
    }
  };
  read(&OrtApi::SessionGetInputCount, &OrtApi::SessionGetInputName, &OrtApi::SessionGetInputTypeInfo, inputs_);
  read(&OrtApi::SessionGetOutputCount, &OrtApi::SessionGetOutputName, &OrtApi::SessionGetOutputTypeInfo, outputs_);
  for (const Slot &slot : inputs_) input_names_.push_back(slot.name.c_str());
  for (const Slot &slot : outputs_) output_names_.push_back(slot.name.c_str());
}

void Session::run(const OrtRunOptions *options, const std::vector<OrtValue *> &inputs,
                  std::vector<OrtValue *> &outputs) {
  OrtStatus *failure = api_->Run(session_.get(), options, input_names_.data(), inputs.data(), inputs.size(),
                                 output_names_.data(), outputs.size(), outputs.data());
  if (failure != nullptr) {
    api_.refuse(AIR_ERROR_RUN_FAILED, "ONNX Runtime could not run the model", failure, log_->take());
  }
}

std::string Session::end_profiling() {
  OrtAllocator *allocator = nullptr;
  api_.must(&OrtApi::GetAllocatorWithDefaultOptions, &allocator);
  char *path = nullptr;
  api_.must(&OrtApi::SessionEndProfiling, session_.get(), allocator, &path);
  return take_text(api_, path);
}

OwnedValue tensor_over(const Api &api, const OrtMemoryInfo *memory, const void *data, size_t size,
                       std::span<const int64_t> shape, ONNXTensorElementDataType element_type) {
  OrtValue *made = nullptr;
  // The runtime takes no const, but writes outputs only.
  api.must(&OrtApi::CreateTensorWithDataAsOrtValue, memory, const_cast<void *>(data), size, shape.data(), shape.size(),
           element_type, &made);
  if (made == nullptr) throw std::bad_alloc();
  return {api, &OrtApi::ReleaseValue, made};
}

TensorView view_of(const Api &api, OrtValue *value, ONNXTensorElementDataType element_type) {
  int is_tensor = 0;
  if (value != nullptr) api.must(&OrtApi::IsTensor, value, &is_tensor);
  if (is_tensor == 0) return {};
  OrtTensorTypeAndShapeInfo *info = nullptr;
  api.must(&OrtApi::GetTensorTypeAndShape, value, &info);
  const Owned<OrtTensorTypeAndShapeInfo> owner(api, &OrtApi::ReleaseTensorTypeAndShapeInfo, info);
  ONNXTensorElementDataType type{};
  api.must(&OrtApi::GetTensorElementType, info, &type);
  if (type != element_type) return {};
  TensorView view{true, nullptr, {}};
  size_t rank = 0;
  api.must(&OrtApi::GetDimensionsCount, info, &rank);
  view.shape.resize(rank);
  api.must(&OrtApi::GetDimensions, info, view.shape.data(), rank);
  void *data = nullptr;
  api.must(&OrtApi::GetTensorMutableData, value, &data);
  runtime::clear_last_half(dtype_of_element(type), view.shape, data);
  view.data = data == nullptr ? "" : data;  // it is there, though it may be empty
  return view;
}

}  // namespace air::ort
