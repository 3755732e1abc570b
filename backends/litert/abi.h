// SPDX-License-Identifier: BSD-3-Clause
// The part of LiteRT's C ABI that is used here: its functions by name and type, so that no header of the runtime is needed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace air::litert::abi {

struct EnvironmentT;
struct ModelT;
struct OptionsT;
struct OpaqueOptionsT;
struct CompiledModelT;
struct TensorBufferT;
struct ProfilerT;
struct AcceleratorT;
using Environment = EnvironmentT *;
using Model = ModelT *;
using Options = OptionsT *;
using OpaqueOptions = OpaqueOptionsT *;
using CompiledModel = CompiledModelT *;
using TensorBuffer = TensorBufferT *;
using Profiler = ProfilerT *;
using Accelerator = AcceleratorT *;

using Status = int;  // 0: success
inline constexpr Status kRuntimeFailure = 3;

struct EnvironmentOption {
  int tag;
  struct {
    int type;
    int64_t integer;
  } value;
};
static_assert(sizeof(EnvironmentOption) == 24);
inline constexpr int kTagRegisteredAccelerators = 24;
inline constexpr int kTagLogSeverity = 25;
inline constexpr int kTypeInteger = 2;
inline constexpr int kLogErrors = 3;
inline constexpr int kLogSilent = 4;

inline constexpr int kAcceleratorCpu = 1;
inline constexpr int kAcceleratorGpu = 2;
inline constexpr int kAcceleratorNpu = 4;

// How operators are executed. Releases from 2.2 on look for some of these options under the second name only.
inline constexpr const char *kCpuOptions[] = {"xnnpack", "cpu_delegate"};
inline constexpr const char *kRuntimeOptions = "runtime_options_string";
inline constexpr uint32_t kDelegateKernels = 0;
inline constexpr uint32_t kReferenceKernels = 1;
inline constexpr uint32_t kBuiltinKernels = 2;

inline constexpr size_t kMaxRank = 8;
inline constexpr size_t kAlignment = 64;  // of memory that a buffer may use in place

struct Layout {
  uint32_t rank : 7;
  uint32_t has_strides : 1;
  int32_t dimensions[kMaxRank];
  uint32_t strides[kMaxRank];
};

inline constexpr Layout kOneElement = {1, 0, {1}, {}};

inline constexpr int kInt4 = 18;  // element type of half bytes

struct TensorType {
  int element_type;
  Layout layout;
};
static_assert(sizeof(TensorType) == 72);

// An operator that is not the runtime's.
struct OperatorKernel {
  Status (*init)(void *user, const void *data, size_t size);
  // When the shapes of its inputs are known, and again when they change.
  Status (*prepare)(void *user, size_t n_inputs, const Layout *inputs, size_t n_outputs, Layout *outputs);
  Status (*run)(void *user, size_t n_inputs, const TensorBuffer *inputs, size_t n_outputs, TensorBuffer *outputs);
  Status (*destroy)(void *user);
};
inline constexpr int kLockToRead = 0;

struct ProfileEvent {
  const char *tag;
  int kind;
  uint64_t start_us;
  uint64_t elapsed_us;
  uint64_t memory_before[3];
  uint64_t memory_after[3];
  uint64_t node;      // for kOperatorEvent: index of the operator
  uint64_t subgraph;  // and of its subgraph
  int source;
};
static_assert(sizeof(ProfileEvent) == 88 + 2 * sizeof(void *));
inline constexpr int kOperatorEvent = 2;

// All functions. The names are those of the library without "LiteRt" in front. Those that tell of accelerators may be NULL.
struct Functions {
  Status (*CreateEnvironment)(int, const EnvironmentOption *, Environment *);
  void (*DestroyEnvironment)(Environment);
  Status (*GetNumAccelerators)(Environment, size_t *);
  Status (*GetAccelerator)(Environment, size_t, Accelerator *);
  Status (*GetAcceleratorHardwareSupport)(Accelerator, int *);
  Status (*CreateModelFromBuffer)(Environment, const void *, size_t, Model *);
  void (*DestroyModel)(Model);
  Status (*CreateOptions)(Options *);
  void (*DestroyOptions)(Options);
  Status (*SetOptionsHardwareAccelerators)(Options, int);
  Status (*CreateOpaqueOptions)(const char *, void *, void (*)(void *), OpaqueOptions *);
  Status (*AddOpaqueOptions)(Options, OpaqueOptions);
  Status (*AddCustomOpKernelOption)(Options, const char *, int, const OperatorKernel *, void *);
  Status (*CreateCompiledModel)(Environment, Model, Options, CompiledModel *);
  void (*DestroyCompiledModel)(CompiledModel);
  Status (*CompiledModelResizeInputTensor)(CompiledModel, size_t, size_t, const int *, size_t);
  Status (*CompiledModelResizeInputTensorNonStrict)(CompiledModel, size_t, size_t, const int *, size_t);
  Status (*GetCompiledModelOutputTensorLayouts)(CompiledModel, size_t, size_t, Layout *, bool);
  Status (*SetCompiledModelCancellationFunction)(CompiledModel, void *, bool (*)(void *));
  Status (*CompiledModelGetErrorMessages)(CompiledModel, char **);  // to be released with free()
  Status (*CompiledModelClearErrors)(CompiledModel);
  Status (*RunCompiledModel)(CompiledModel, size_t, size_t, TensorBuffer *, size_t, TensorBuffer *);
  Status (*CreateTensorBufferFromHostMemory)(const TensorType *, void *, size_t, void (*)(void *), TensorBuffer *);
  void (*DestroyTensorBuffer)(TensorBuffer);
  Status (*GetTensorBufferTensorType)(TensorBuffer, TensorType *);
  Status (*GetTensorBufferSize)(TensorBuffer, size_t *);
  Status (*LockTensorBuffer)(TensorBuffer, void **, int);
  Status (*UnlockTensorBuffer)(TensorBuffer);
  Status (*CompiledModelGetProfiler)(CompiledModel, Profiler *);
  Status (*StartProfiler)(Profiler);
  Status (*ResetProfiler)(Profiler);
  Status (*GetNumProfilerEvents)(Profiler, int *);
  Status (*GetProfilerEvents)(Profiler, int, ProfileEvent *);
};

}  // namespace air::litert::abi
