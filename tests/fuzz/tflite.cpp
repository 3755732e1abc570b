// SPDX-License-Identifier: BSD-3-Clause
// Fuzzes what the backend litert makes of a .tflite file: what is read, what is counted, and the file as the runtime gets it.
#include <algorithm>

#include "common/error.h"
#include "fuzz_target.h"
#include "litert/readable_file.h"
#include "tflite_file/macc.h"

using namespace air::litert;

namespace {

// Nothing for what is no model.
std::optional<ModelFile> read(Bytes bytes) {
  try {
    return ModelFile(bytes, "model");
  } catch (const air::Error &error) {
    require(error.status() == AIR_ERROR_INVALID_MODEL, "what is no model is told to be none");
    return {};
  }
}

void write(const ModelFile &file, Reading how, const std::vector<int32_t> &given) {
  std::vector<Read> all;
  for (const int32_t tensor : file.outputs) all.push_back({tensor, how});
  for (const int32_t tensor : given) all.push_back({tensor, how, true});
  const ReadableFile written = with_reader(file, "reader", all, given);
  const Bytes bytes = std::as_bytes(std::span(written.bytes.data(), written.bytes.size()));
  const auto again = read(bytes);
  // Numbers that are moved and bytes that are hidden may be parts of anything else in a file that is made to harm.
  if (std::search(bytes.begin(), bytes.end(), file.bytes.begin(), file.bytes.end()) == bytes.end()) return;
  require(again.has_value(), "what is written can be read");
  require(again->inputs.size() == file.inputs.size() + given.size(), "what is given becomes an input");
  require(again->operators.size() > file.operators.size(), "there is one operator more");
  require(again->weights_bytes == file.weights_bytes, "weights stay");
  for (size_t i = 0; i < file.tensors.size(); ++i)
    require(again->tensors[i].constant.size() == file.tensors[i].constant.size(), "constants stay");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto file = read(std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  std::vector<air::runtime::Shape> shapes;
  for (const FileTensor &tensor : file->tensors) shapes.push_back(tensor.shape);
  (void)count_macc(*file, shapes);
  const std::vector<int32_t> given = file->operators.empty() ? std::vector<int32_t>() : file->operators[0].outputs;
  for (const Reading how : {Reading::kInPlace, Reading::kCopied, Reading::kPadded}) write(*file, how, given);
  return 0;
}
