// SPDX-License-Identifier: BSD-3-Clause
// An STM32N6: where its epochs run, and what its NPU counts, asked for in as many runs as the counters need.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <mutex>

#include "firmware.h"
#include "session.h"
#include "wire/constants.h"

using air::test::Client;
using air::test::error_text;
using air::test::Firmware;
using air::test::FirmwareOptions;

namespace {

constexpr uint32_t kKinds[] = {4, 2, 3};                                      // EC, SW, HYBRID
constexpr uint32_t kIds[] = {22u << 16 | 1, 23u << 16 | 23, 24u << 16 | 24};  // first and last epoch

// What firmware tells of a node of a run with these options. Epochs are 1000, 2000, 3000 NPU cycles long.
std::vector<std::string> lines_of(uint32_t option, uint32_t node) {
  const auto asked = [option](uint32_t bit) { return (option & bit) != 0; };
  const uint32_t k = node + 1;
  std::vector<std::string> lines = {fmt::format("s:node:mcu_cycles:10:{}:20\r\n", 800 * k)};
  const auto add = [&](const std::string &text) { lines.push_back("s:node:" + text); };
  if (asked(air::wire::kNpuEpochLength)) add(fmt::format("npu_cycles:5:{}:7", 1000 * k));
  if (asked(air::wire::kNpuStreamInActive)) {
    add(fmt::format("streng_active:i:0:{}:{}", 250 * k, 750 * k));
    add(fmt::format("streng_active:i:9:{}:{}", 500 * k, 500 * k));
    add(fmt::format("streng_active:max:i:9:{}", 500 * k));
  }
  if (asked(air::wire::kNpuStreamOutActive)) add("streng_active:max:o:-1:0");
  if (asked(air::wire::kNpuBusInterface)) {
    add(fmt::format("port0:burst:w:1:2:3:{}", k));
    add("port0:burst:r:0:0:0:10");
    add("port1:burst:w:0:0:0:0");
    add("port1:burst:r:7:0:0:0");
    add("portx:burst:rw:1:2:3:0");
  }
  if (asked(air::wire::kNpuCache)) {
    add(fmt::format("npu_cache:r:{}:{}:3:4", 30 * k, 10 * k));
    add("npu_cache:w:0:0:0:6");
  }
  return lines;
}

// The firmware of an STM32N6 whose NPU has a clock of 1 GHz, its CPU one of 800 MHz. Its options are asked for one run after the other.
struct Board {
  std::vector<uint32_t> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  FirmwareOptions options(bool counts = true) {
    return {.n_nodes = 3,
            .statistics =
                [this, counts](uint32_t option, uint32_t node) {
                  const std::lock_guard lock(mutex_);
                  if (node == 0) asked_.push_back(option);
                  return counts ? lines_of(option, node) : lines_of(0, node);
                },
            .on_reply = [this](air::wire::Response &response) { return turn(response); }};
  }

  bool turn(air::wire::Response &response) {
    using air::wire::Payload;
    if (response.payload == Payload::ModelInfo) response.minfo.rtid = air::wire::kRuntimeNeuralArt;
    if (response.payload == Payload::SysInfo) {
      response.sinfo.devid = 0x486;
      response.sinfo.sclock = 800'000'000;
      response.sinfo.extra = {0, 1'000'000'000, 900'000'000, 0};
    }
    if (response.payload == Payload::Operator && response.op.type != 0) {
      const uint32_t node = response.op.id;
      response.op.type = response.op.type >> 24 << 24 | kKinds[node];
      response.op.id = kIds[node];
    }
    return true;
  }

 private:
  std::mutex mutex_;  // the firmware is a thread of its own
  std::vector<uint32_t> asked_;
};

using Values = std::map<std::string, double>;

void check_values(const Client &client, uint32_t node, const Values &expected) {
  for (const auto &[name, value] : expected) {
    const std::string column = "npu." + name;
    CAPTURE(column);
    CHECK(client.value(column.c_str(), node) == doctest::Approx(value));
  }
}

const air_column &column(const Client &client, const char *name) {
  return *client.model().columns[air_find_column(&client.model(), name)];
}

}  // namespace

TEST_CASE("epochs have their range, their kind and what executes them") {
  Board board;
  Firmware firmware(board.options());
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
  const air_node *const *nodes = air_get_result_model(client.result.get())->nodes;
  CHECK(std::string(nodes[0]->name) + ", " + nodes[0]->operation + ", " + nodes[0]->processor ==
        "EpochBlock_1 -> 22, epoch (EC), NPU");
  CHECK(std::string(nodes[1]->name) + ", " + nodes[1]->operation + ", " + nodes[1]->processor ==
        "EpochBlock_23, epoch (SW), CPU");
  CHECK(std::string(nodes[2]->processor) == "NPU+CPU");
  CHECK(board.asked() == std::vector<uint32_t>{0});
  CHECK(air_find_column(&client.model(), "npu.cycles.core") == UINT32_MAX);  // not asked for
}

TEST_CASE("each kind of counters is asked for in the runs that ST's profiler makes for it") {
  const std::map<std::string, std::vector<uint32_t>> runs = {{"npu", {1}},
                                                             {"streng", {64 | 1, 32 | 1}},
                                                             {"port", {8, 1}},
                                                             {"cache", {16 | 1}},
                                                             {"streng,port,npu,cache", {8, 64 | 1, 32 | 1 | 16}}};
  for (const auto &[words, options] : runs) {
    const std::string &asked_for = words;  // clang 14 captures no binding
    CAPTURE(asked_for);
    Board board;
    Firmware firmware(board.options());
    Client client(firmware.descriptor() + "?counters=" + words);
    REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER_WITH_DATA) == AIR_OK, error_text());
    CHECK(board.asked() == options);
    CHECK(client.n_nodes() == 3);
    CHECK(client.outputs_of(0).size() == 1);  // of the run that is kept
    CHECK(client.outputs().at(0).size() == 80);
    const size_t runs_before = board.asked().size();
    REQUIRE(client.run(AIR_MODE_IO_ONLY) == AIR_OK);  // has no nodes, so that nothing is counted
    CHECK(board.asked().size() == runs_before);
  }
}

TEST_CASE("what the NPU counts are numbers with names and units, and what ST's profiler computes of them") {
  Board board;
  Firmware firmware(board.options());
  Client client(firmware.descriptor() + "?counters=npu,streng,port,cache");
  REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
  check_values(client, 1,
               {{"cycles.before", 5},
                {"cycles.core", 2000},
                {"cycles.after", 7},
                {"cycles.core.time", 0.002},  // ms at 1 GHz
                {"streng.in.0", 500},
                {"streng.in.0.share", 25},
                {"streng.in.9", 1000},
                {"streng.in.9.share", 50},
                {"streng.in.busiest", 1000},
                {"streng.in.busiest.share", 50},
                {"streng.out.busiest", 0},
                {"port.0.write.bursts.1", 1},
                {"port.0.write.bursts.8", 2},
                {"port.0.write", 8 * (1 + 2 * 2 + 4 * 3 + 8 * 2)},
                {"port.0.write.bandwidth", 8 * (1 + 2 * 2 + 4 * 3 + 8 * 2) / 2.0},  // B in 2 µs, in MB/s
                {"port.0.read", 640},
                {"port.1.read.bandwidth", 28},
                {"cache.read.hit", 60},
                {"cache.read.alloc_miss", 3},
                {"cache.read.evict", 4},
                {"cache.read.hit_rate", 75},
                {"cache.write.through", 6}});
  CHECK(std::isnan(client.value("npu.streng.in.1", 1)));           // firmware says nothing of it
  CHECK(std::isnan(client.value("npu.cache.write.hit_rate", 1)));  // no access, no rate
  // Of the inference: sums, and the average bandwidth in all cycles of the CPU.
  const double seconds = (3 * 30 + 800 * (1 + 2 + 3)) / 800e6;
  check_values(client, AIR_WHOLE_RUN,
               {{"cycles.core", 6000},
                {"streng.in.busiest", 3000},
                {"streng.in.busiest.share", 50},
                {"streng.out.busiest", 0},
                {"port.0.read", 1920},
                {"port.0.read.bandwidth", 1920 / seconds / 1e6},
                {"cache.read.hit_rate", 75}});
  CHECK(std::string(column(client, "npu.cycles.core").unit) == "cycles");
  CHECK(std::string(column(client, "npu.port.0.read.bandwidth").unit) == "MB/s");
  CHECK(std::string(column(client, "npu.streng.in.9.share").unit) == "%");
  CHECK(column(client, "npu.cache.read.hit").kind == AIR_KIND_COUNT);
  CHECK(column(client, "npu.cache.read.hit_rate").kind == AIR_KIND_LEVEL);
  CHECK(column(client, "npu.cycles.core").per_node == 1);
  CHECK(std::string(client.model().descriptor).ends_with("?counters=npu,streng,port,cache"));
}

TEST_CASE("what the caller asks for by the option of the firmware is decoded too") {
  Board board;
  Firmware firmware(board.options());
  Client client(firmware.descriptor());
  REQUIRE(client.status == AIR_OK);
  air_input_set *inputs = nullptr;
  REQUIRE(air_make_inputs(client.session, 1, &inputs) == AIR_OK);
  const air_invoke_options options = {
      .struct_size = sizeof(options), .mode = AIR_MODE_PER_LAYER, .user_option = air::wire::kNpuCache};
  REQUIRE(air_invoke(client.session, 1, inputs->inputs, inputs->n, nullptr, 0, &options, nullptr,
                     client.result.out()) == AIR_OK);
  air_free_inputs(inputs);
  check_values(client, 2, {{"cache.read.hit", 90}, {"cache.read.hit_rate", 75}});
  CHECK(board.asked() == std::vector<uint32_t>{air::wire::kNpuCache});
}

TEST_CASE("lines that are cut off or senseless count for nothing") {
  Board board;
  FirmwareOptions options = board.options();
  options.statistics = [](uint32_t, uint32_t) {
    return std::vector<std::string>{"s:node:npu_cycles:1:2",
                                    "s:node:npu_cycles:1:x:3",
                                    "s:node:port7:burst:w:1:1:1:1",
                                    "s:node:port0:burst:w:1:1:1:-1",
                                    "s:node:streng_active:q:0:1:1",
                                    "s:node:streng_active:i:99:1:1",
                                    "s:node:npu_cache:r:1:1:1:1:1",
                                    "s:node:::::",
                                    "s:node:port",
                                    "s:node:streng_active:max:i:0:12"};
  };
  Firmware firmware(options);
  Client client(firmware.descriptor());
  REQUIRE_MESSAGE(client.run(AIR_MODE_PER_LAYER) == AIR_OK, error_text());
  check_values(client, 0, {{"streng.in.busiest", 12}});
  CHECK(air_find_column(&client.model(), "npu.cycles.core") == UINT32_MAX);
  CHECK(air_find_column(&client.model(), "npu.port.0.write") == UINT32_MAX);
  CHECK(air_find_column(&client.model(), "npu.cache.read.hit") == UINT32_MAX);
}

TEST_CASE("counters that are not to be had are refused, and the next run works") {
  Board board;
  Firmware firmware(board.options(false));
  Client client(firmware.descriptor() + "?counters=npu,port");
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  CHECK(client.run(AIR_MODE_PER_LAYER) == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(error_text().find("tells nothing of npu") != std::string::npos, error_text());
  CHECK(client.run(AIR_MODE_IO_ONLY) == AIR_OK);
  Firmware other({});
  Client elsewhere(other.descriptor() + "?counters=npu");
  CHECK(elsewhere.status == AIR_ERROR_UNSUPPORTED);
  CHECK_MESSAGE(error_text().find("only the NPU of an STM32N6 counts") != std::string::npos, error_text());
  for (const char *words : {"all", "npu,", "npu,,port", "NPU"}) {
    Client wrong(firmware.descriptor() + "?counters=" + words);
    CHECK(wrong.status == AIR_ERROR_INVALID_DESCRIPTOR);
  }
}
