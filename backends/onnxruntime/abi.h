// SPDX-License-Identifier: BSD-3-Clause
// The part of ONNX Runtime's C ABI that is used here. Its functions stand in a table that only grows at its end: each is known by its
// place and type, so that no header of the runtime is needed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace air::ort::abi {

struct Env;
struct Session;
struct SessionOptions;
struct RunOptions;
struct Value;
struct MemoryInfo;
struct TypeInfo;
struct TensorInfo;
struct Allocator;
struct Status;  // NULL: success

using Table = const void *const *;

// What the only exported function, OrtGetApiBase, returns.
struct ApiBase {
  Table (*get_api)(uint32_t version);  // NULL when the library does not have the version
  const char *(*get_version)();
};

// Versions of the table: the release 1.N has the versions up to N.
inline constexpr uint32_t kNewestVersion = 31;
inline constexpr uint32_t kOldestVersion = 14;
// From here on a single run can be profiled; before only a session from its begin to its end.
inline constexpr uint32_t kRunProfilingVersion = 25;
// From here on the log of a session can be taken; before it only goes to the terminal.
inline constexpr uint32_t kSessionLogVersion = 17;

using LogFunction = void (*)(void *parameter, int severity, const char *category, const char *id, const char *place,
                             const char *message);

// Place of a function in the table, with its type.
template <class Function>
struct Slot {
  size_t index;
};

inline constexpr Slot<int(const Status *)> kGetErrorCode{1};
inline constexpr Slot<const char *(const Status *)> kGetErrorMessage{2};
inline constexpr Slot<Status *(int severity, const char *name, Env **)> kCreateEnv{3};
inline constexpr Slot<Status *(const Env *, const void *, size_t, const SessionOptions *, Session **)>
    kCreateSessionFromArray{8};
inline constexpr Slot<Status *(Session *, const RunOptions *, const char *const *, const Value *const *, size_t,
                               const char *const *, size_t, Value **)>
    kRun{9};
inline constexpr Slot<Status *(SessionOptions **)> kCreateSessionOptions{10};
inline constexpr Slot<Status *(SessionOptions *, const char *prefix)> kEnableProfiling{14};
inline constexpr Slot<Status *(SessionOptions *, int)> kSetSessionLogSeverityLevel{22};
inline constexpr Slot<Status *(SessionOptions *, int)> kSetSessionGraphOptimizationLevel{23};
inline constexpr Slot<Status *(SessionOptions *, int)> kSetIntraOpNumThreads{24};
inline constexpr Slot<Status *(const Session *, size_t *)> kSessionGetInputCount{30};
inline constexpr Slot<Status *(const Session *, size_t *)> kSessionGetOutputCount{31};
inline constexpr Slot<Status *(const Session *, size_t, TypeInfo **)> kSessionGetInputTypeInfo{33};
inline constexpr Slot<Status *(const Session *, size_t, TypeInfo **)> kSessionGetOutputTypeInfo{34};
inline constexpr Slot<Status *(const Session *, size_t, Allocator *, char **)> kSessionGetInputName{36};
inline constexpr Slot<Status *(const Session *, size_t, Allocator *, char **)> kSessionGetOutputName{37};
inline constexpr Slot<Status *(RunOptions **)> kCreateRunOptions{39};
inline constexpr Slot<Status *(RunOptions *)> kRunOptionsSetTerminate{46};
inline constexpr Slot<Status *(RunOptions *)> kRunOptionsUnsetTerminate{47};
inline constexpr Slot<Status *(const MemoryInfo *, void *, size_t, const int64_t *, size_t, int, Value **)>
    kCreateTensorWithDataAsOrtValue{49};
inline constexpr Slot<Status *(const Value *, int *)> kIsTensor{50};
inline constexpr Slot<Status *(Value *, void **)> kGetTensorMutableData{51};
inline constexpr Slot<Status *(const TypeInfo *, const TensorInfo **)> kCastTypeInfoToTensorInfo{55};
inline constexpr Slot<Status *(const TensorInfo *, int *)> kGetTensorElementType{60};
inline constexpr Slot<Status *(const TensorInfo *, size_t *)> kGetDimensionsCount{61};
inline constexpr Slot<Status *(const TensorInfo *, int64_t *, size_t)> kGetDimensions{62};
inline constexpr Slot<Status *(const Value *, TensorInfo **)> kGetTensorTypeAndShape{65};
inline constexpr Slot<Status *(int allocator, int memory, MemoryInfo **)> kCreateCpuMemoryInfo{69};
inline constexpr Slot<Status *(Allocator *, void *)> kAllocatorFree{76};
inline constexpr Slot<Status *(Allocator **)> kGetAllocatorWithDefaultOptions{78};
inline constexpr Slot<void(Env *)> kReleaseEnv{92};
inline constexpr Slot<void(Status *)> kReleaseStatus{93};
inline constexpr Slot<void(MemoryInfo *)> kReleaseMemoryInfo{94};
inline constexpr Slot<void(Session *)> kReleaseSession{95};
inline constexpr Slot<void(Value *)> kReleaseValue{96};
inline constexpr Slot<void(RunOptions *)> kReleaseRunOptions{97};
inline constexpr Slot<void(TypeInfo *)> kReleaseTypeInfo{98};
inline constexpr Slot<void(TensorInfo *)> kReleaseTensorInfo{99};
inline constexpr Slot<void(SessionOptions *)> kReleaseSessionOptions{100};
inline constexpr Slot<Status *(Session *, Allocator *, char **path)> kSessionEndProfiling{110};
inline constexpr Slot<Status *(char ***, int *)> kGetAvailableProviders{125};
inline constexpr Slot<Status *(char **, int)> kReleaseAvailableProviders{126};
inline constexpr Slot<Status *(SessionOptions *, const char *, const char *)> kAddSessionConfigEntry{130};
inline constexpr Slot<Status *(SessionOptions *, const char *, const char *const *, const char *const *, size_t)>
    kAppendExecutionProvider{216};
inline constexpr Slot<Status *(SessionOptions *, LogFunction, void *parameter)> kSetUserLoggingFunction{266};
inline constexpr Slot<Status *(RunOptions *, const char *prefix)> kRunOptionsEnableProfiling{415};
inline constexpr Slot<Status *(RunOptions *)> kRunOptionsDisableProfiling{416};

// Values of its enumerations.
inline constexpr int kLogError = 3;
inline constexpr int kLogFatal = 4;
inline constexpr int kArenaAllocator = 1;
inline constexpr int kMemoryDefault = 0;
inline constexpr int kNoOptimization = 0;
inline constexpr int kBasicOptimization = 1;
inline constexpr int kExtendedOptimization = 2;
inline constexpr int kAllOptimization = 99;
inline constexpr int kCodeNotImplemented = 9;

}  // namespace air::ort::abi
