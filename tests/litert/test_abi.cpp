// SPDX-License-Identifier: BSD-3-Clause
// The structs of abi.h against the library itself: what it writes into them, and that it writes nothing behind them. No package has its headers.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "client.h"
#include "litert/compiled.h"
#include "litert/environment.h"

using namespace air::litert;

namespace {

// A struct with bytes behind it that nobody may write.
template <class Struct>
struct Guarded {
  Struct value{};
  std::array<uint8_t, 256> behind{};

  bool is_kept() const {
    return std::ranges::all_of(behind, [](uint8_t byte) { return byte == 0; });
  }
};

struct Runtime {
  Api api{"", air::HostLog(air::runtime::test::quiet_log())};
  Owned<abi::Environment> environment = open_environment(api, abi::kAcceleratorCpu);
};

}  // namespace

TEST_CASE("the type of a tensor comes as it was given") {
  const Runtime runtime;
  constexpr abi::TensorType kType = {1, {abi::kMaxRank, 0, {2, 1, 3, 1, 1, 5, 1, 7}, {}}};
  constexpr size_t kSize = 2 * 3 * 5 * 7 * sizeof(float);
  alignas(abi::kAlignment) std::array<std::byte, kSize> memory{};
  abi::TensorBuffer made = nullptr;
  REQUIRE(runtime.api->CreateTensorBufferFromHostMemory(&kType, memory.data(), kSize, nullptr, &made) == 0);
  const Owned<abi::TensorBuffer> buffer(runtime.api->DestroyTensorBuffer, made);
  Guarded<abi::TensorType> type;
  REQUIRE(runtime.api->GetTensorBufferTensorType(made, &type.value) == 0);
  CHECK(type.value.element_type == kType.element_type);
  CHECK(uint32_t{type.value.layout.rank} == abi::kMaxRank);
  CHECK(uint32_t{type.value.layout.has_strides} == 0);
  CHECK(std::ranges::equal(type.value.layout.dimensions, kType.layout.dimensions));
  CHECK(type.is_kept());
  size_t size = 0;
  REQUIRE(runtime.api->GetTensorBufferSize(made, &size) == 0);
  CHECK(size == kSize);
}

TEST_CASE("every operator has an event with its number and its time") {
  const Runtime runtime;
  const std::string bytes = air::runtime::test::read_file(air::runtime::test::digits("digits_int8.tflite"));
  const ModelFile file(std::as_bytes(std::span(bytes)), "model");
  const air::runtime::KeyValues none;
  const CompiledSettings settings{abi::kAcceleratorCpu, abi::kBuiltinKernels, 1, &none, true, false};
  const Watch watch = [] {};
  const std::vector<air::runtime::Shape> shapes = {file.tensor(file.inputs[0]).shape};
  Compiled compiled(runtime.api, runtime.environment.get(), settings, file, {file.outputs, {}}, shapes, {}, watch);
  const auto begin = std::chrono::steady_clock::now();
  compiled.run(watch);
  const auto took = std::chrono::steady_clock::now() - begin;
  std::vector<size_t> n_events(file.operators.size() + 1);
  std::chrono::microseconds sum{0};
  for (const OperatorTime &time : compiled.times()) {
    REQUIRE(time.index < n_events.size());
    ++n_events[time.index];
    sum += std::chrono::microseconds(time.duration_us);
  }
  CHECK(std::ranges::all_of(n_events, [](size_t n) { return n == 1; }));
  CHECK(sum <= took);
}
