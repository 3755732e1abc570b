// SPDX-License-Identifier: BSD-3-Clause
// The numbers of the target protocol (all generations). On the wire they are plain uint32, unknown values included.
#pragma once

#include <cstddef>
#include <cstdint>

namespace air::wire {

// syncMsg.version = major << 8 | minor.
inline constexpr uint32_t kVersion20 = 0x200;
inline constexpr uint32_t kVersion30 = 0x300;
inline constexpr uint32_t kVersion31 = 0x301;
inline constexpr uint32_t kVersion32 = 0x302;

// Longest texts of the protocol in bytes; the firmware drops requests with longer names.
inline constexpr size_t kMaxName = 63;
inline constexpr size_t kMaxLog = 127;

// Most bytes in one chunk of a memory service or self test.
inline constexpr uint32_t kMaxMemoryChunk = 1024;

enum Command : uint32_t {
  kCmdSync = 0,
  kCmdSysInfo = 1,
  kCmdDisconnect = 2,  // 3.2
  kCmdNetworkInfo = 10,
  kCmdNetworkRun = 11,
  kCmdNetworkReport = 12,
  kCmdMemoryRead = 20,
  kCmdMemoryWrite = 21,
  kCmdMemoryChecksum = 22,
  kCmdSetFilter = 30,
  kCmdTest = 100,
  kCmdTestUnsupported = 200
};

enum State : uint32_t { kStateIdle = 0, kStateWaiting = 1, kStateProcessing = 2, kStateDone = 3, kStateError = 4 };

enum TargetError : uint32_t {
  kErrorNone = 0,
  kErrorInvalidSize = 1,
  kErrorInvalidFormat = 2,
  kErrorInvalidState = 3,
  kErrorInvalidParam = 4,
  kErrorInvalidShape = 5,
  kErrorInvalidCommand = 6,
  kErrorUninitialized = 7,
  kErrorMemoryOverflow = 8,
  kErrorGeneric = 10
};

// rtid: runtime in bits 7..0, API flags in 15..8, toolchain in 23..16, "not provided" flags in 31..24 (model info only).
enum Runtime : uint32_t {
  kRuntimeStAi = 1,
  kRuntimeTflm = 2,
  kRuntimeTvm = 3,
  kRuntimeNeuralArt = 4,
  kRuntimeGlow = 5,
  kRuntimeStAiReloc = 6
};
inline constexpr uint32_t kRuntimeMask = 0xFF;
inline constexpr uint32_t kRtidApiShift = 8;
enum RuntimeApi : uint32_t { kApiNone = 0, kApiStAi = 1, kApiLite = 2, kApiReloc = 4 };
inline constexpr uint32_t kRtidToolShift = 16;
enum Toolchain : uint32_t { kToolGcc = 1, kToolIar = 2, kToolAc5 = 3, kToolAc6 = 4, kToolHtc = 5, kToolGhs = 6 };
inline constexpr uint32_t kRtidNoActivations = 1u << 24;
inline constexpr uint32_t kRtidNoParams = 1u << 25;
inline constexpr uint32_t kRtidNoMacc = 1u << 26;

// syncMsg.capability of 3.x, or-ed.
enum Capability : uint32_t {
  kCapObserver = 1,
  kCapReloc = 2,
  kCapReadWrite = 8,
  kCapRandom = 16,
  kCapFiltering = 32,
  kCapUsbc = 64,
  kCapSelfTest = 128
};

// syncMsg.capability of 2.x, or-ed.
enum Capability2x : uint32_t { kCap2xInspector = 1, kCap2xFixedPoint = 2, kCap2xSelfTest = 128 };

// reqMsg.param of kCmdNetworkRun, or-ed.
enum RunParam : uint32_t {
  kRunIoOnly = 1,
  kRunPerLayer = 2,
  kRunPerLayerWithData = 4,
  kRunPerf = 8,
  kRunModeMask = 15,
  kRunDebug = 256,
  kRunConstValue = 512,
  kRunDirectWrite = 1024,
  kRunDirectRead = 2048
};

// reqMsg.param of kCmdNetworkRun in 2.x.
enum RunParam2x : uint32_t { kRun2xNormal = 0, kRun2xInspectorWithData = 1, kRun2xInspector = 2 };

// reqMsg.opt of kCmdNetworkRun: first sample of a batch, and the user's option above.
inline constexpr uint32_t kRunOptFirst = 1;
inline constexpr uint32_t kRunOptUserShift = 8;

// User options that Neural-ART firmware knows, or-ed.
enum NeuralArtOption : uint32_t {
  kNpuEpochLength = 1,
  kNpuStreamActive = 2,
  kNpuStreamHenv = 4,
  kNpuBusInterface = 8,
  kNpuCache = 16,
  kNpuStreamInActive = 32,
  kNpuStreamOutActive = 64
};

// aiOperatorMsg.counter_type = format << 16 | type.
enum CounterFormat : uint32_t { kCounters64 = 0, kCounters32 = 1 };
inline constexpr uint32_t kCounterFormatShift = 16;
inline constexpr uint32_t kCounterTypeMask = 0xFFFF;
inline constexpr uint32_t kCounterTypeCpu = 0;

// aiTensorDescMsg.n_dims = (kind | flags) << 24 | rank.
enum ShapeKind : uint32_t {
  kShapeUndefined = 0,
  kShapeBcwh = 1,
  kShapeBhwc = 2,
  kShapeBchw = 3,
  kShapeStAi = 4,
  kShapeRaw = 5
};
enum ShapeFlag : uint32_t { kShapeChannelFirst = 16, kShapeChannelLast = 32, kShapeHasBatch = 64 };
inline constexpr uint32_t kShapeShift = 24;

// aiTensorDescMsg.flags, or-ed.
enum TensorFlag : uint32_t {
  kTensorInput = 1,
  kTensorOutput = 2,
  kTensorInternal = 4,
  kTensorMempool = 8,
  kTensorLast = 256,
  kTensorNoData = 512,
  kTensorInMempool = 1024
};

// aiOperatorMsg.type = flags << 24 | kind.
enum OperatorFlag : uint32_t { kOperatorInternal = 1, kOperatorLast = 2, kOperatorWithoutTensor = 4 };
inline constexpr uint32_t kOperatorFlagShift = 24;
inline constexpr uint32_t kOperatorKindMask = 0x7FFF;

// nodeMsg.type of 2.x = what << 16 | operator id.
enum NodeType2x : uint32_t { kNode2xOutput = 0, kNode2xInternal = 1, kNode2xInternalLast = 2, kNode2xInternalMore = 4 };
inline constexpr uint32_t kNode2xShift = 16;

}  // namespace air::wire
