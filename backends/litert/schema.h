// SPDX-License-Identifier: BSD-3-Clause
// Numbers of the schema of .tflite files that are used here.
#pragma once

#include <cstdint>

namespace air::litert {

inline constexpr const char *kIdentifier = "TFL3";

enum Type : uint8_t { kFloat32 = 0, kInt32 = 2, kUint8 = 3, kInt64 = 4, kBool = 6, kInt16 = 7, kInt8 = 9 };
enum OptionsType : uint8_t {
  kConcatenationOptions = 10,
  kReshapeOptions = 17,
  kCastOptions = 37,
  kMaximumOptions = 39,
  kShapeOptions = 55
};

enum Code : uint32_t {
  kConcatenation = 2,
  kConv2d = 3,
  kDepthwiseConv2d = 4,
  kFullyConnected = 9,
  kLstm = 16,
  kReshape = 22,
  kRnn = 24,
  kSvdf = 27,
  kCustom = 32,
  kUnidirectionalRnn = 35,
  kUnidirectionalLstm = 44,
  kBidirectionalRnn = 46,
  kBidirectionalLstm = 52,
  kCast = 53,
  kMaximum = 55,
  kTransposeConv = 67,
  kShape = 77,
  kRank = 110,
  kBatchMatmul = 126,
  kConv3d = 132,
  kConv3dTranspose = 141,
  kVarHandle = 142,
  kReadVariable = 143,
  kAssignVariable = 144
};

// Slots of the schema's tables.
namespace slot {
constexpr uint32_t kModelVersion = 0, kModelCodes = 1, kModelGraphs = 2, kModelDescription = 3, kModelBuffers = 4,
                   kModelMetadata = 6, kModelSignatures = 7;
constexpr uint32_t kGraphTensors = 0, kGraphInputs = 1, kGraphOutputs = 2, kGraphOperators = 3, kGraphName = 4;
constexpr uint32_t kTensorShape = 0, kTensorType = 1, kTensorBuffer = 2, kTensorName = 3, kTensorQuantization = 4,
                   kTensorVariable = 5, kTensorShapeSignature = 7;
constexpr uint32_t kQuantizationMin = 0, kQuantizationMax = 1, kQuantizationScale = 2, kQuantizationZero = 3,
                   kQuantizationDetails = 4, kQuantizationAxis = 6;
constexpr uint32_t kOperatorCode = 0, kOperatorInputs = 1, kOperatorOutputs = 2, kOperatorOptionsType = 3,
                   kOperatorOptions = 4, kOperatorCustomOptions = 5, kOperatorCustomFormat = 6, kOperatorMutating = 7,
                   kOperatorIntermediates = 8, kOperatorOutsideOptions = 9, kOperatorMoreOptionsType = 11,
                   kOperatorMoreOptions = 12;
constexpr uint32_t kMatmulTransposesRight = 1;
constexpr uint32_t kCastFrom = 0, kCastTo = 1;
constexpr uint32_t kReshapeShape = 0;
constexpr uint32_t kShapeType = 0;
constexpr uint32_t kHandleContainer = 0, kHandleName = 1;
constexpr uint32_t kCodeOld = 0, kCodeCustom = 1, kCodeVersion = 2, kCodeNew = 3;
constexpr uint32_t kBufferData = 0, kBufferOffset = 1, kBufferSize = 2;
constexpr uint32_t kMetadataName = 0, kMetadataBuffer = 1;
constexpr uint32_t kSignatureInputs = 0, kSignatureOutputs = 1, kSignatureKey = 2, kSignatureGraph = 4;
constexpr uint32_t kNamedName = 0, kNamedTensor = 1;
}  // namespace slot

}  // namespace air::litert
