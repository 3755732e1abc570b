// SPDX-License-Identifier: BSD-3-Clause
// The backend's reader and writer of .tflite files, without a runtime.
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "client.h"
#include "common/error.h"
#include "litert/api.h"
#include "litert/part.h"
#include "litert/readable_file.h"
#include "tflite_file/macc.h"

using namespace air::litert;
using air::runtime::Shape;
using air::runtime::test::digits;
using air::runtime::test::read_file;

namespace {

Bytes bytes_of(const std::string &text) {
  return std::as_bytes(std::span(text));
}

Bytes bytes_of(const ReadableFile &file) {
  return std::as_bytes(std::span(file.bytes.data(), file.bytes.size()));
}

air_status status_of(const std::string &model) {
  try {
    const ModelFile file(bytes_of(model), "model");
  } catch (const air::Error &error) {
    return error.status();
  }
  return AIR_OK;
}

// What comes of a model of one of its operators, and of all of them.
air_status part_status(const ModelFile &file) {
  std::string all;
  for (size_t i = 0; i < file.operators.size(); ++i) all += (i > 0 ? ",#" : "#") + std::to_string(i);
  try {
    for (const std::string &wanted : {std::string("#0"), all}) {
      const std::vector<std::byte> part = part_of_model(file, wanted);
      const ModelFile again(part, "part");
      CHECK(again.operators.size() <= file.operators.size());
    }
  } catch (const air::Error &error) {
    return error.status();
  }
  return AIR_OK;
}

std::vector<Read> read_as(Reading how, const std::vector<int32_t> &tensors) {
  std::vector<Read> read;
  for (const int32_t tensor : tensors) read.push_back({tensor, how});
  return read;
}

std::vector<Shape> shapes_of(const ModelFile &file) {
  std::vector<Shape> shapes;
  for (const FileTensor &tensor : file.tensors) shapes.push_back(tensor.shape);
  return shapes;
}

}  // namespace

TEST_CASE("a graph is read") {
  const std::string model = read_file(digits("digits_int8.tflite"));
  const ModelFile file(bytes_of(model), "model");
  CHECK(file.version == 3);
  CHECK(file.description == "digits");
  REQUIRE(file.operators.size() == 9);
  CHECK(file.operators[0].code == 3);
  CHECK(file.operators[8].code == 25);
  REQUIRE(file.inputs.size() == 1);
  const FileTensor &input = file.tensor(file.inputs[0]);
  CHECK(input.name == "input");
  CHECK(dtype_of_type(input.type) == AIR_DTYPE_INT8);
  CHECK(input.shape == Shape{1, 8, 8, 1});
  REQUIRE(input.quantization);
  CHECK(input.quantization->zero_points == std::vector<int32_t>{-128});
  const FileTensor &kernel = file.tensor(file.operators[1].inputs[1]);
  CHECK(kernel.is_constant);
  REQUIRE(kernel.quantization);
  CHECK(kernel.quantization->scales.size() == 16);
  CHECK(file.weights_bytes == 10640 + 4 * 90);  // kernels, biases
  CHECK(count_macc(file, shapes_of(file)) == 268544);
}

TEST_CASE("what is no model is refused") {
  CHECK(status_of("") == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of("This is a text and no model at all.\n") == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(std::string(1000, '\0')) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(std::string("\xff\xff\xff\xffTFL3", 8)) == AIR_ERROR_INVALID_MODEL);
  CHECK(status_of(std::string("\x04\0\0\0TFL3\0\0\0\0", 12)) == AIR_ERROR_INVALID_MODEL);
}

// Memory that is never touched: zeros behind what the file begins with.
TEST_CASE("a file that is longer than offsets can tell is refused") {
  constexpr size_t kSize = size_t{1} << 31;
  void *memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  const std::string model = read_file(digits("digits_int8.tflite"));
  std::ranges::copy(std::as_bytes(std::span(model)), static_cast<std::byte *>(memory));
  CHECK_THROWS_WITH_AS(ModelFile({static_cast<std::byte *>(memory), kSize - 1}, "model"),
                       doctest::Contains("it is longer than such a file can be"), air::Error);
  const ModelFile file({static_cast<std::byte *>(memory), kSize - 4096}, "model");
  CHECK(file.operators.size() == 9);
  CHECK_THROWS_WITH_AS((void)with_reader(file, "reader", read_as(Reading::kInPlace, file.outputs)),
                       doctest::Contains("has to be below 2 GiB"), air::Error);
  munmap(memory, kSize);
}

// Also what is not used: the runtime is given other signatures.
TEST_CASE("signatures that lie outside of the file are refused") {
  std::string model = read_file(digits("digits_int8.tflite"));
  REQUIRE(status_of(model) == AIR_OK);
  const auto number = [&model]<class T>(size_t at, T) {
    T value;
    std::memcpy(&value, model.data() + at, sizeof(value));
    return value;
  };
  const auto root = number(0, uint32_t{});
  const auto old_table = static_cast<size_t>(int64_t{root} - number(root, int32_t{}));
  constexpr size_t kFields = 8;
  std::array<uint16_t, 2 + kFields> table{sizeof(table), number(old_table + 2, uint16_t{})};
  const size_t n_old = number(old_table, uint16_t{}) / sizeof(uint16_t);
  for (size_t i = 2; i < std::min(n_old, table.size()); ++i)
    table[i] = number(old_table + i * sizeof(uint16_t), uint16_t{});
  table.back() = 65'000;  // the signatures, counted from the root
  model.resize((model.size() + 3) / 4 * 4);
  const auto distance = static_cast<int32_t>(int64_t{root} - static_cast<int64_t>(model.size()));
  model.append(reinterpret_cast<const char *>(table.data()), sizeof(table));
  std::memcpy(model.data() + root, &distance, sizeof(distance));
  REQUIRE(root + 65'000U > model.size());
  CHECK(status_of(model) == AIR_ERROR_INVALID_MODEL);
}

// The largest size that this process ever had, in bytes.
uint64_t peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

TEST_CASE("a file that names its parts again and again is refused, in little memory") {
  const std::filesystem::path folder = std::getenv("AIR_TEST_MODELS");
  for (const char *kind : {"scales", "names", "operators", "graphs"}) {
    const std::string model = read_file(folder / fmt::format("again_{}.tflite", kind));
    const uint64_t before = peak();
    CHECK_MESSAGE(status_of(model) == AIR_ERROR_INVALID_MODEL, kind);
    CHECK(peak() - before < 16 * model.size() + (uint64_t{32} << 20));
  }
}

TEST_CASE("cut off or changed anywhere, a file is read or refused") {
  const std::string whole = read_file(digits("digits_int8.tflite"));
  for (size_t size = 0; size < whole.size(); size += 1 + size / 50) {
    const air_status status = status_of(whole.substr(0, size));
    REQUIRE((status == AIR_OK || status == AIR_ERROR_INVALID_MODEL));
  }
  std::mt19937 random(1);
  size_t n_read = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string changed = whole;
    for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = static_cast<char>(random());
    const air_status status = status_of(changed);
    REQUIRE((status == AIR_OK || status == AIR_ERROR_INVALID_MODEL));
    if (status != AIR_OK) continue;
    // What is read can also be written and counted.
    const ModelFile file(bytes_of(changed), "model");
    for (const Reading how : {Reading::kInPlace, Reading::kCopied, Reading::kPadded})
      (void)with_reader(file, "reader", {{0, how}}, {0});
    (void)count_macc(file, shapes_of(file));
    CHECK(part_status(file) != AIR_ERROR_INTERNAL);
    ++n_read;
  }
  CHECK(n_read > 100);
}

TEST_CASE("a part has what its operators read, and nothing else") {
  const std::string model = read_file(digits("digits_int8.tflite"));
  const ModelFile file(bytes_of(model), "model");
  CHECK(part_status(file) == AIR_OK);
  const std::vector<std::byte> part = part_of_model(file, "conv_3");
  const ModelFile again(part, "part");
  REQUIRE(again.operators.size() == 1);
  const FileOperator &op = again.operators[0];
  REQUIRE(again.tensors.size() == 4);
  CHECK(again.inputs == std::vector{op.inputs[0]});
  CHECK(again.outputs == op.outputs);
  const auto whole = std::ranges::find_if(
      file.operators, [&](const FileOperator &other) { return file.tensor(other.outputs[0]).name == "conv_3"; });
  REQUIRE(whole != file.operators.end());
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const FileTensor &mine = again.tensor(op.inputs[i]), &its = file.tensor(whole->inputs[i]);
    CHECK(mine.name == its.name);
    CHECK(mine.shape == its.shape);
    CHECK(std::ranges::equal(mine.constant, its.constant));
    REQUIRE((mine.quantization && its.quantization));
    CHECK(mine.quantization->scales == its.quantization->scales);
    CHECK(mine.quantization->zero_points == its.quantization->zero_points);
    CHECK(mine.quantization->axis == its.quantization->axis);
  }
}

TEST_CASE("a model written again has one operator more, which reads what was asked for") {
  const std::string model = read_file(digits("digits_int8.tflite"));
  const ModelFile file(bytes_of(model), "model");
  const ReadableFile written = with_reader(file, "reader", read_as(Reading::kInPlace, {9, 1, 2}));
  const ModelFile again(bytes_of(written), "model");
  CHECK(again.inputs == file.inputs);
  REQUIRE(again.operators.size() == 10);
  CHECK(again.operators[9].name == "reader");
  CHECK(again.operators[9].inputs == std::vector<int32_t>{9, 1, 2});
  CHECK(again.operators[9].outputs == again.outputs);
  CHECK(again.tensor(1).name == file.tensor(1).name);
  CHECK(again.weights_bytes == file.weights_bytes);
  const FileTensor &kernel = file.tensor(file.operators[1].inputs[1]);
  const FileTensor &kept = again.tensor(file.operators[1].inputs[1]);
  CHECK(std::equal(kernel.constant.begin(), kernel.constant.end(), kept.constant.begin(), kept.constant.end()));
  // Or copies of it.
  const ReadableFile copied = with_reader(file, "reader", read_as(Reading::kCopied, {9, 1}));
  const ModelFile with_copies(bytes_of(copied), "model");
  REQUIRE(with_copies.operators.size() == 12);
  for (size_t i = 0; i < 2; ++i) {
    const FileOperator &copy = with_copies.operators[9 + i];
    CHECK(copy.inputs.at(0) == (i == 0 ? 9 : 1));
    CHECK(with_copies.operators[11].inputs[i] == copy.outputs[0]);
    CHECK(with_copies.tensor(copy.outputs[0]).shape == file.tensor(copy.inputs[0]).shape);
    CHECK(with_copies.tensor(copy.outputs[0]).type == file.tensor(copy.inputs[0]).type);
  }
  // Or its elements with something behind them, and its shape.
  const ReadableFile padded = with_reader(file, "reader", {{9, Reading::kPadded}, {1, Reading::kCopied}});
  const ModelFile with_padding(bytes_of(padded), "model");
  REQUIRE(with_padding.operators.size() == 16);
  const std::vector<int32_t> &seen = with_padding.operators[15].inputs;
  REQUIRE(seen.size() == 3);
  CHECK(with_padding.tensor(seen[0]).type == file.tensor(9).type);
  CHECK(dtype_of_type(with_padding.tensor(seen[1]).type) == AIR_DTYPE_INT32);
  CHECK(with_padding.tensor(seen[2]).shape == file.tensor(1).shape);
}

TEST_CASE("tensors that are given become inputs, and their operators write to copies of them") {
  const std::string model = read_file(digits("digits_int8.tflite"));
  const ModelFile file(bytes_of(model), "model");
  const int32_t first = file.operators[0].outputs[0], last = file.outputs[0];
  for (const Reading how : {Reading::kInPlace, Reading::kCopied, Reading::kPadded}) {
    const ReadableFile written =
        with_reader(file, "reader", {{last, how}, {first, how, true}, {last, how, true}}, {last, first});
    const ModelFile again(bytes_of(written), "model");
    CHECK(again.inputs == std::vector<int32_t>{file.inputs[0], last, first});
    const int32_t copy_of_last = again.operators[8].outputs[0], copy_of_first = again.operators[0].outputs[0];
    CHECK(copy_of_last == static_cast<int32_t>(file.tensors.size()));
    CHECK(copy_of_first == copy_of_last + 1);
    for (const auto &[copy, tensor] : {std::pair{copy_of_first, first}, {copy_of_last, last}}) {
      CHECK(again.tensor(copy).shape == file.tensor(tensor).shape);
      CHECK(again.tensor(copy).type == file.tensor(tensor).type);
      REQUIRE(again.tensor(copy).quantization);
      CHECK(again.tensor(copy).quantization->scales == file.tensor(tensor).quantization->scales);
      CHECK(again.tensor(copy).quantization->zero_points == file.tensor(tensor).quantization->zero_points);
    }
    for (size_t i = 0; i < file.operators.size(); ++i) CHECK(again.operators[i].inputs == file.operators[i].inputs);
    for (size_t i = 1; i < 8; ++i) CHECK(again.operators[i].outputs == file.operators[i].outputs);
    if (how == Reading::kInPlace)
      CHECK(again.operators.back().inputs == std::vector<int32_t>{last, copy_of_first, copy_of_last});
    CHECK(again.weights_bytes == file.weights_bytes);
  }
}

TEST_CASE("products of varying shapes are not counted") {
  const std::string model = read_file(digits("digits_int8.tflite"));
  const ModelFile file(bytes_of(model), "model");
  std::vector<Shape> shapes = shapes_of(file);
  shapes[static_cast<size_t>(file.operators[0].outputs[0])][0] = -1;
  CHECK_FALSE(count_macc(file, shapes));
}

TEST_CASE("without a runtime the ways to get and to name one are told") {
  const air::runtime::test::NoPackages hidden;
  try {
    const Api api("", air::HostLog(air::runtime::test::quiet_log()));
    MESSAGE("the system itself has a runtime");
  } catch (const air::Error &error) {
    const std::string text = error.what();
    CHECK_MESSAGE(text.find("pip install ai-edge-litert`") != std::string::npos, text);
    CHECK_MESSAGE(text.find("write it into the descriptor: model.tflite?runtime=<path>") != std::string::npos, text);
  }
}
