// SPDX-License-Identifier: BSD-3-Clause
// Runtimes, versions, capabilities.
#include <doctest/doctest.h>

#include "airunner.h"
#include "wire/constants.h"
#include "wire/runtime.h"

namespace air::wire {
namespace {

constexpr uint32_t rtid(uint32_t runtime, uint32_t api = 0, uint32_t tool = kToolGcc) {
  return runtime | api << kRtidApiShift | tool << kRtidToolShift;
}

}  // namespace

TEST_CASE("runtimes have the names of the deployed tool") {
  CHECK(runtime_name(rtid(kRuntimeStAi)) == "ST.AI (legacy api)");
  CHECK(runtime_name(rtid(kRuntimeStAi, kApiStAi)) == "ST.AI (st-ai api)");
  CHECK(runtime_name(rtid(kRuntimeStAi, kApiReloc)) == "ST.AI (legacy+reloc api)");
  CHECK(runtime_name(rtid(kRuntimeNeuralArt)) == "ST Neural ART (LL_ATON api)");
  CHECK(runtime_name(rtid(kRuntimeNeuralArt, kApiStAi)) == "ST Neural ART (st-ai api)");
  CHECK(runtime_name(rtid(kRuntimeNeuralArt, kApiReloc)) == "ST Neural ART (LL_ATON+reloc api)");
  CHECK(runtime_name(rtid(kRuntimeStAi, kApiStAi | kApiReloc | kApiLite)) == "ST.AI (+lite api)");
  CHECK(runtime_name(rtid(kRuntimeTflm)) == "TFLM (tflm api)");
  CHECK(runtime_name(rtid(kRuntimeTvm)) == "TVM ( api)");
  CHECK(runtime_name(rtid(kRuntimeGlow)) == "GLOW ( api)");
  CHECK(runtime_name(rtid(kRuntimeStAiReloc)) == "ST.AI/RELOC (legacy api)");
  CHECK(runtime_name(0) == "undefined ( api)");
  CHECK(runtime_name(0xFFFFFFFF) == "undefined (+lite api)");
}

TEST_CASE("compilers have names") {
  CHECK(std::string(toolchain_name(rtid(1, 0, kToolIar))) == "IAR");
  CHECK(std::string(toolchain_name(rtid(1, 0, kToolAc6))) == "AC6");
  CHECK(std::string(toolchain_name(rtid(1, 0, 0))) == "<undef>");
  // Flags of the model information do not matter.
  CHECK(std::string(toolchain_name(rtid(1) | kRtidNoMacc)) == "GCC");
}

TEST_CASE("the library description is put together by runtime, the build taken off its end") {
  const uint32_t version = encode_version({10, 0, 1});
  CHECK(runtime_description(rtid(kRuntimeStAi), version, "GCC 12.3 0000A1B2") ==
        "v10.0.1-a1b2 compiled with GCC 12.3 (GCC)");
  CHECK(runtime_description(rtid(kRuntimeTflm), version, "TFLM 2.5.0 00000000") == "v10.0.1-0 from TFLM 2.5.0 (GCC)");
  CHECK(runtime_description(rtid(kRuntimeNeuralArt), version, "atonn-v1.1 12345678") ==
        "atonn-v1.1 (optimized SW lib v10.0.1-12345678 GCC)");
  CHECK(runtime_description(rtid(kRuntimeStAi), version, "no build here") ==
        "v10.0.1 compiled with no build here (GCC)");
  CHECK(runtime_description(rtid(kRuntimeStAi), version, "DEAD") == "v10.0.1-dead compiled with  (GCC)");
  CHECK(runtime_description(rtid(kRuntimeStAi), version, "") == "v10.0.1 compiled with  (GCC)");
  CHECK(runtime_description(rtid(kRuntimeStAi), version, "x 0x12") == "v10.0.1-12 compiled with x (GCC)");
}

TEST_CASE("versions are three numbers") {
  CHECK(decode_version(0x0A000102) == Version{10, 0, 1});
  CHECK(decode_version(0xFFFFFFFF) == Version{255, 255, 255});
  CHECK(encode_version({10, 0, 1}) == 0x0A000100);
}

TEST_CASE("capabilities translate both ways") {
  CHECK(capabilities(0) == 0);
  CHECK(capabilities(kCapObserver) == (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA));
  CHECK(capabilities(kCapSelfTest | kCapReadWrite | kCapUsbc | kCapReloc) ==
        (AIR_CAP_SELF_TEST | AIR_CAP_MEMORY_RW | AIR_CAP_USBC | AIR_CAP_RELOC));
  CHECK(capabilities(kCapRandom | kCapFiltering) == 0);
  CHECK(sync_capability(AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_CANCEL_RUN) == kCapObserver);
  CHECK(sync_capability(AIR_CAP_PER_LAYER) == 0);
  for (uint32_t bits = 0; bits < 256; ++bits) {
    const uint32_t known = bits & (kCapObserver | kCapReloc | kCapReadWrite | kCapUsbc | kCapSelfTest);
    CHECK(sync_capability(capabilities(bits)) == known);
  }
}

}  // namespace air::wire
