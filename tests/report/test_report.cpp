// SPDX-License-Identifier: BSD-3-Clause
// Units of src/report: statistics, UTF-8, tables, and the forms of a result.
#include <cjson/cJSON.h>
#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <tuple>
#include <vector>

#include "common/utf8.h"
#include "report/clock.h"
#include "report/measured.h"
#include "report/report.h"
#include "sample.h"
#include "text/descriptions.h"
#include "text/element_json.h"
#include "text/provenance.h"
#include "text/table.h"
#include "text/width.h"

using namespace air;
using namespace air::report;

namespace {

air_statistics of(const std::vector<double> &values) {
  air_statistics statistics{};
  REQUIRE(air_get_statistics(values.data(), values.size(), &statistics) == AIR_OK);
  return statistics;
}

struct Parsed {
  explicit Parsed(const std::string &text) : root(cJSON_Parse(text.c_str()), &cJSON_Delete) {
    REQUIRE(root != nullptr);
  }
  const cJSON *operator[](const char *key) const { return cJSON_GetObjectItemCaseSensitive(root.get(), key); }
  std::unique_ptr<cJSON, decltype(&cJSON_Delete)> root;
};

}  // namespace

TEST_CASE("statistics equal numpy's") {
  // numpy: a = [3, 1, 4, 1, 5, 9, 2, 6]; mean, std, percentile(a, [50, 90, 99])
  const air_statistics s = of({3, 1, 4, 1, 5, 9, 2, 6});
  CHECK(s.count == 8);
  CHECK(s.mean == 3.875);
  CHECK(s.std == doctest::Approx(2.5708704751503917).epsilon(1e-15));
  CHECK(s.min == 1);
  CHECK(s.max == 9);
  CHECK(s.p50 == 3.5);
  CHECK(s.p90 == doctest::Approx(6.9).epsilon(1e-15));
  CHECK(s.p99 == doctest::Approx(8.79).epsilon(1e-15));
}

TEST_CASE("statistics of few, equal and odd values") {
  CHECK(of({}).count == 0);
  CHECK(of({}).mean == 0);
  CHECK(of({7}).p99 == 7);
  CHECK(of({7}).std == 0);
  const air_statistics equal = of({0.1, 0.1, 0.1});
  CHECK(equal.mean == 0.1);
  CHECK(equal.std == 0);
  CHECK(of({1, INFINITY, INFINITY}).p50 == INFINITY);
}

TEST_CASE("statistics of values do not depend on where one is that is no number") {
  const std::vector<float> finite = {3, -1, 4, 1, -5, 9, 2, 0};
  constexpr double mean = 1.625;  // numpy: mean(), std() of these
  constexpr double std = 3.8058343369095824;
  const std::array<int64_t, 1> shape = {static_cast<int64_t>(finite.size()) + 1};
  const air_tensor tensor{.name = "x",
                          .tag = "I.0",
                          .dtype = AIR_DTYPE_FLOAT32,
                          .rank = 1,
                          .shape = shape.data(),
                          .storage_shape = shape.data(),
                          .n_elements = 9,
                          .size_bytes = 36};
  for (const float odd : {NAN, -NAN, INFINITY, -INFINITY}) {
    for (size_t place = 0; place <= finite.size(); ++place) {
      std::vector<float> values = finite;
      values.insert(values.begin() + static_cast<ptrdiff_t>(place), odd);
      air_value_statistics s{};
      REQUIRE(air_get_value_statistics(&tensor, 1, values.data(), &s) == AIR_OK);
      CHECK(s.count == 9);
      CHECK(s.n_nan == (std::isnan(odd) ? 1 : 0));
      CHECK(s.n_inf == (std::isnan(odd) ? 0 : 1));
      CHECK(s.n_zero == 1);
      CHECK(s.min == -5);
      CHECK(s.max == 9);
      CHECK(s.mean == mean);
      CHECK(s.std == doctest::Approx(std).epsilon(1e-15));
      CHECK(std::accumulate(std::begin(s.histogram), std::end(s.histogram), uint64_t{0}) == 8);
    }
  }
}

TEST_CASE("values that are not known are left out of statistics") {
  CHECK(of({1, NAN, 2}).count == 2);
  CHECK(of({1, NAN, 2}).p50 == 1.5);
  CHECK(of({1, NAN, 2}).max == 2);
  CHECK(of({NAN, NAN}).count == 0);
  CHECK(of({NAN, NAN}).mean == 0);
  // Reports tell "not known" and 0 apart.
  const std::vector<double> unknown = {NAN, NAN};
  CHECK(std::isnan(statistics(unknown).mean));
  CHECK(std::isnan(sum(unknown)));
  CHECK(std::isnan(last(unknown)));
  const std::vector<double> known = {NAN, 1, 2, NAN};
  CHECK(sum(known) == 3);
  CHECK(last(known) == 2);
}

TEST_CASE("invalid UTF-8 and control characters are replaced") {
  CHECK(valid_utf8("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
  CHECK(valid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(valid_utf8("\xC3") == "\xEF\xBF\xBD");                       // cut in the middle
  CHECK(valid_utf8("\xC0\xAF").find('/') == std::string::npos);      // overlong '/'
  CHECK(valid_utf8("\xED\xA0\x80").substr(0, 3) == "\xEF\xBF\xBD");  // surrogate
  CHECK(valid_utf8("\xF5\x80\x80\x80").substr(0, 3) == "\xEF\xBF\xBD");
  CHECK(valid_utf8("line\n") == "line\n");
  CHECK(printable("a\x1b[31m\n") == "a\xEF\xBF\xBD[31m\xEF\xBF\xBD");
}

TEST_CASE("widths count columns, not bytes") {
  CHECK(display_width("gr\xC3\xBC\xC3\x9F") == 4);
  CHECK(display_width("\xE6\xBC\xA2") == 2);  // an ideograph
  CHECK(display_width("e\xCC\x81") == 1);     // e and a combining accent
  for (const char *wide : {"\u2705", "\u26A1", "\u231A", "\U0001F600"}) CHECK(display_width(wide) == 2);
  CHECK(display_width("\u26A0") == 1);
  CHECK(display_width("\u26A0\uFE0F") == 2);                                // as an emoji
  CHECK(display_width("\U0001F468\u200D\U0001F469\u200D\U0001F467") == 2);  // a family of three
  CHECK(display_width("\U0001F1E8\U0001F1ED\U0001F1E8\U0001F1ED") == 4);    // two flags
  CHECK(display_width("\U0001F44D\U0001F3FD!") == 3);                       // a thumb of a colour
  CHECK(display_width("a\xFF\xFEz") == 4);                                  // as many as U+FFFD takes
  CHECK(shortened("Conv2D", 6) == "Conv2D");
  CHECK(shortened("Conv2D", 5) == "Conv\xE2\x80\xA6");
  CHECK(shortened("\xE6\xBC\xA2\xE6\xBC\xA2", 3) == "\xE6\xBC\xA2\xE2\x80\xA6");
  CHECK(shortened("\xE6\xBC\xA2\xE6\xBC\xA2", 2) == "\xE2\x80\xA6");
  CHECK(shortened("x", 0).empty());
  CHECK(shortened("ne\u0301e", 2) == "n\u2026");  // an accent stays with its letter
  CHECK(shortened("ne\u0301e", 3) == "ne\u0301e");
  CHECK(shortened("a\u26A0\uFE0Fbc", 3) == "a\u2026");
  CHECK(shortened("a\u26A0\uFE0Fbc", 4) == "a\u26A0\uFE0F\u2026");
}

TEST_CASE("texts are cut between characters") {
  CHECK(cut("gr\u00FCn", 3) == "gr");
  CHECK(cut("gr\u00FCn", 4) == "gr\u00FC");
  CHECK(cut("gr\u00FCn", 5) == "gr\u00FCn");
  CHECK(cut("\xBF\xBF", 1).empty());  // the end of what began before
  CHECK(excerpt("gr\u00FCn\n", 9) == "gr\u00FCn\uFFFD");
  CHECK(excerpt("gr\u00FCn\n", 3) == "gr\u2026");
  std::string text;
  for (const uint32_t code : {0x41U, 0xFCU, 0x2705U, 0x1F600U, 0xD800U, 0x110000U}) append_utf8(text, code);
  CHECK(text == "A\u00FC\u2705\U0001F600\uFFFD\uFFFD");
}

TEST_CASE("a table is aligned whatever its texts are made of") {
  Table table({{.title = "name", .min_width = 3}, {.title = "n", .right = true}});
  // How many blanks a terminal needs behind each text of seven columns at the most, and how it is cut to four.
  const std::tuple<const char *, size_t, const char *> names[] = {
      {"plain!!", 0, "pla\u2026"},
      {"\u2705 done", 0, "\u2705 \u2026"},
      {"\u26A1\u231A", 3, "\u26A1\u231A"},
      {"\u26A1\u231A!", 2, "\u26A1\u2026 "},
      {"ne\u0301e", 4, "ne\u0301e "},
      {"\u6F22\u5B57", 3, "\u6F22\u5B57"},
      {"\u26A0\uFE0F odd", 1, "\u26A0\uFE0F \u2026"},
      {"\U0001F468\u200D\U0001F469\u200D\U0001F467", 5, "\U0001F468\u200D\U0001F469\u200D\U0001F467  "}};
  for (const auto &[name, blanks, cut_name] : names) table.add({{name}, {"7"}});
  table.add({{"a\xFF\xC3\x1B"}, {"7"}});
  const std::vector<std::string> whole = lines_of(table.render(0, false));
  const std::vector<std::string> narrow = lines_of(table.render(9, false));
  REQUIRE(whole.size() == 10);
  for (size_t i = 0; i < std::size(names); ++i) {
    const auto &[name, blanks, cut_name] = names[i];
    CHECK(whole[i + 1] == fmt::format("  {}{}  7", name, std::string(blanks, ' ')));
    CHECK(narrow[i + 1] == fmt::format("  {}  7", cut_name));
  }
  CHECK(whole.back() == "  a\uFFFD\uFFFD\uFFFD     7");
}

TEST_CASE("a table leaves out columns of high rank before it shortens texts below their least") {
  Table table({{.title = "name", .min_width = 4},
               {.title = "a", .right = true, .rank = 2},
               {.title = "b", .right = true, .rank = 1}});
  table.add({{"abcdefgh"}, {"11111"}, {"22222"}});
  CHECK(lines_of(table.render(0, false))[1] == "  abcdefgh  11111  22222");
  CHECK(lines_of(table.render(22, false))[1] == "  abcde\xE2\x80\xA6  11111  22222");
  CHECK(lines_of(table.render(19, false))[1] == "  abcdefgh  22222");
  CHECK(lines_of(table.render(10, false))[1] == "  abcdefgh");
}

TEST_CASE("times choose a unit in which they can be read") {
  CHECK(time_text(12345) == "12.35 s");
  CHECK(time_text(12.345) == "12.35 ms");
  CHECK(time_text(0.012345) == "12.35 \u00B5s");
  CHECK(time_text(NAN) == "-");
  CHECK(time_text(INFINITY) == "-");
  CHECK(time_unit(0.5).text(NAN) == "-");
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(UINT64_MAX) == "18,446,744,073,709,551,615");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(13951264) == "13,951,264 B (13.3 MiB)");
}

TEST_CASE("elements of every dtype become JSON numbers") {
  const auto text = [](const auto &values, air_dtype dtype) {
    return elements_json(values.data(), dtype, values.size()).print(true);
  };
  CHECK(text(std::array<float, 4>{0.1F, -0.0F, NAN, INFINITY}, AIR_DTYPE_FLOAT32) == "[0.1,-0,null,null]");
  CHECK(text(std::array<double, 2>{0.1, 1e300}, AIR_DTYPE_FLOAT64) == "[0.1,1e+300]");
  CHECK(text(std::array<uint16_t, 5>{0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00}, AIR_DTYPE_FLOAT16) ==
        "[1,-2,5.9604645e-08,65504,null]");
  CHECK(text(std::array<int8_t, 2>{-128, 127}, AIR_DTYPE_INT8) == "[-128,127]");
  CHECK(text(std::array<uint8_t, 2>{0, 255}, AIR_DTYPE_UINT8) == "[0,255]");
  CHECK(text(std::array<int16_t, 1>{-32768}, AIR_DTYPE_INT16) == "[-32768]");
  CHECK(text(std::array<uint16_t, 1>{65535}, AIR_DTYPE_UINT16) == "[65535]");
  CHECK(text(std::array<int32_t, 1>{INT32_MIN}, AIR_DTYPE_INT32) == "[-2147483648]");
  CHECK(text(std::array<uint32_t, 1>{UINT32_MAX}, AIR_DTYPE_UINT32) == "[4294967295]");
  CHECK(text(std::array<int64_t, 1>{INT64_MIN}, AIR_DTYPE_INT64) == "[-9223372036854775808]");
  CHECK(text(std::array<uint64_t, 1>{UINT64_MAX}, AIR_DTYPE_UINT64) == "[18446744073709551615]");
  CHECK(text(std::array<uint8_t, 2>{0, 1}, AIR_DTYPE_BOOL) == "[false,true]");
  CHECK(text(std::array<uint16_t, 3>{0x3F80, 0xC000, 0x7FC0}, AIR_DTYPE_BFLOAT16) == "[1,-2,null]");
  CHECK(text(std::array<uint8_t, 3>{0x38, 0x7E, 0x7F}, AIR_DTYPE_FLOAT8_E4M3) == "[1,448,null]");
  CHECK(text(std::array<uint8_t, 3>{0x3C, 0x7B, 0x7C}, AIR_DTYPE_FLOAT8_E5M2) == "[1,57344,null]");
  CHECK(text(std::array<uint8_t, 1>{0}, AIR_DTYPE_NONE) == "null");
}

TEST_CASE("elements of half a byte: each sample begins with a byte") {
  const std::array<uint8_t, 4> stored = {0x8F, 0x07, 0x21, 0x03};  // 2 samples of 3
  CHECK(elements_json(stored.data(), AIR_DTYPE_INT4, 3, 2).print(true) == "[-1,-8,7,1,2,3]");
  CHECK(elements_json(stored.data(), AIR_DTYPE_UINT4, 3, 2).print(true) == "[15,8,7,1,2,3]");
  CHECK(elements_json(nullptr, AIR_DTYPE_UINT4, 0, 2).print(true) == "[]");
}

TEST_CASE("information as JSON keeps 64-bit integers and hostile names") {
  const air::HeldModel model = sample::Model().make();
  const std::string text = model_to_json(*model, AIR_JSON_COMPACT);
  CHECK(text.find("\"macc\":9007199254740993,") != std::string::npos);
  CHECK(text.find("\"activations\":null") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  const Parsed document(text);
  const cJSON *output = cJSON_GetArrayItem(document["outputs"], 0);
  CHECK(std::string(cJSON_GetObjectItem(output, "name")->valuestring) == "evil\x1b[31m\xEF\xBF\xBD\"name\"");
  CHECK(cJSON_GetObjectItem(output, "scale")->valuedouble == 0.5);
  CHECK(cJSON_GetObjectItem(output, "zero_point")->valueint == -3);
}

TEST_CASE("tensors in JSON have one sample in front, and their properties") {
  const std::string text = model_to_json(*sample::Model().make(), AIR_JSON_COMPACT);
  CHECK(text.find(R"("tag":"O.0","shape":[1,2,2,1],"storage_shape":[1,2,2,1],"type":"int8","encoding":"quantized",)"
                  R"("n_elements":4,"size_bytes":4,"memory_pool":"user","scale":0.5,"zero_point":-3,"scales":[0.5],)"
                  R"("zero_points":[-3],"quantized_axis":null,"fraction_bits":null,"layout":null,"batch_added":false,)"
                  R"("format":8651840,"address":null})") != std::string::npos);
  CHECK(text.find(R"("shape":[1,3],"storage_shape":[1,3],"type":"uint8")") != std::string::npos);
  CHECK(text.find(R"("zero_points":[0,1,-2],"quantized_axis":1,"fraction_bits":null,"layout":"channel_first")") !=
        std::string::npos);
  CHECK(text.find(R"("encoding":"fixed_point","n_elements":1,"size_bytes":2,"memory_pool":"user","scale":null,)"
                  R"("zero_point":0,"scales":[],"zero_points":[],"quantized_axis":null,"fraction_bits":7)") !=
        std::string::npos);
  CHECK(text.find(R"("n_install_time":1.5,"n_init_time":0.25,)") != std::string::npos);
  CHECK(text.find(R"("version":[10,2,0],)") != std::string::npos);
  CHECK(text.find(R"("sys_clock":800000000,"bus_clock":null,"attrs":["fpu","core_icache"])") != std::string::npos);
}

TEST_CASE("what nobody knows of a tensor is no number") {
  sample::Model described;
  const int64_t open[] = {-1, 4};
  const air_quantization unknown{};
  described.plain.rank = 2;
  described.plain.shape = open;
  described.per_channel.quantization = &unknown;
  const air::HeldModel model = described.make();
  const std::string text = model_to_json(*model, AIR_JSON_COMPACT);
  CHECK(text.find(R"("shape":[1,-1,4],)") != std::string::npos);
  CHECK(text.find(R"("n_elements":null,"size_bytes":null)") != std::string::npos);
  CHECK(text.find(R"("scale":null,"zero_point":null,"scales":[])") != std::string::npos);
  const std::string table = model_to_text(*model, {.struct_size = sizeof(air_text_options)});
  CHECK(table.find("float32 (1,-1,4)      -") != std::string::npos);
  CHECK(table.find("scale not known") != std::string::npos);
}

TEST_CASE("properties that are no numbers are not known") {
  sample::Model described;
  for (air_option &pair : described.properties) {
    const std::string key = pair.key;
    if (key == "device.sys_clock" || key == "install_ms") pair.value = "12 apples";
    if (key == "runtime.version") pair.value = "";
  }
  const air::HeldModel model = described.make();
  const std::string text = model_to_json(*model, AIR_JSON_COMPACT);
  CHECK(text.find(R"("n_install_time":null)") != std::string::npos);
  CHECK(text.find(R"("sys_clock":null)") != std::string::npos);
  CHECK(text.find(R"("version":[0,0,0])") != std::string::npos);
}

TEST_CASE("a result as JSON") {
  const air::HeldResult result = sample::Result().make();
  const Parsed document(result_to_json(result.get(), AIR_JSON_DATA));
  CHECK(cJSON_GetArraySize(document["c_nodes"]) == 3);
  CHECK(document["outside_nodes_ms"]->valuedouble == 2);  // mean 10, nodes 7 + 1
  const cJSON *node = cJSON_GetArrayItem(document["c_nodes"], 0);
  CHECK(cJSON_GetObjectItem(node, "share")->valuedouble == 0.7);
  const cJSON *data = cJSON_GetObjectItem(node, "data");
  CHECK(cJSON_GetArraySize(cJSON_GetArrayItem(data, 0)) == 8);
  CHECK(cJSON_IsNull(cJSON_GetArrayItem(data, 1)));
  const cJSON *exec_times = cJSON_GetObjectItem(document["debug"], "exec_times");
  CHECK(cJSON_IsNull(cJSON_GetArrayItem(exec_times, 1)));  // infinite
  const std::string without = result_to_json(result.get(), AIR_JSON_COMPACT);
  CHECK(without.find("\"data\"") == std::string::npos);
  for (const std::string part :
       {R"("begin":"2026-11-22T09:12:33Z","host":"Linux x86_64")", R"("mode":["PER_LAYER","PER_LAYER_WITH_DATA"])",
        R"("mode_not_granted":[])", R"("times":{"device_ms":20,"link_ms":5,"host_ms":30})",
        R"("link":{"bytes_sent":1234,"bytes_received":567,"packets":12,"turnarounds":4})",
        R"("counters":{"type":"CPU cycles","values":[[1,2],[3,9007199254740992]]})",
        R"("counters":{"type":"CPU cycles","values":[[1],[2]]},"stack_usage":2048,"heap_usage":null)",
        R"("extra":[["mcu_cycles:1:2:3","npu_cycles:4:5:6"],[]])",
        R"("tensor_statistics":[{"count":8,"n_nan":0,"n_inf":0,"n_zero":0,"mean":2,)"}) {
    CHECK_MESSAGE(without.find(part) != std::string::npos, part);
  }
  CHECK(without.find("\"columns\"") == std::string::npos);
}

TEST_CASE("nodes that nothing was measured of are not those of a result") {
  sample::Result sample;
  sample.node_values[1].clear();
  const Parsed document(result_to_json(sample.make().get(), 0));
  REQUIRE(cJSON_GetArraySize(document["c_nodes"]) == 2);
  CHECK(cJSON_GetObjectItem(cJSON_GetArrayItem(document["c_nodes"], 1), "index")->valueint == 2);
  for (sample::Values &node : sample.node_values) node.clear();
  sample.has_data = false;
  CHECK(cJSON_GetArraySize(Parsed(result_to_json(sample.make().get(), 0))["c_nodes"]) == 0);
}

TEST_CASE("nodes that another one executes have their data, and it has the times") {
  const std::array<uint32_t, 2> covers{0, 1};
  sample::Model described;
  described.nodes.push_back(
      {.name = "fused", .operation = "ConvSoftmax", .layer = -1, .covers = covers.data(), .n_covers = covers.size()});
  sample::Result sample(described);
  sample.node_values[0].clear();
  sample.node_values[1].clear();
  sample.node_values.push_back({{"time.device", {7, 9}}});
  const air::HeldResult result = sample.make();

  const Parsed document(result_to_json(result.get(), 0));
  CHECK(document["outside_nodes_ms"]->valuedouble == 2);  // mean 10, nodes 0 + 8
  const cJSON *nodes = document["c_nodes"];
  REQUIRE(cJSON_GetArraySize(nodes) == 3);  // 1 has neither times nor data
  const cJSON *covered = cJSON_GetArrayItem(nodes, 0);
  CHECK(cJSON_GetObjectItem(covered, "covered_by")->valueint == 3);
  CHECK(cJSON_IsNull(cJSON_GetObjectItem(covered, "share")));
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(covered, "tensor_statistics")) == 2);
  const cJSON *executed = cJSON_GetArrayItem(nodes, 2);
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(executed, "covers")) == 2);
  CHECK(cJSON_GetObjectItem(executed, "covered_by") == nullptr);
  CHECK(cJSON_GetObjectItem(executed, "share")->valuedouble == 0.8);

  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("fused = ai_node_0 + ai_node_1") != std::string::npos);
  CHECK(text.find("Conv2D") == std::string::npos);
  CHECK(text.find("80.0%") != std::string::npos);
  CHECK(lines_of(result_to_csv(result.get())).size() == 3);
  const std::string trace = result_to_trace(result.get());
  CHECK(trace.find("fused") != std::string::npos);
  CHECK(trace.find("\"ai_node_0\"") == std::string::npos);
}

TEST_CASE("what was told of runs is said once") {
  sample::Result sample;
  sample.run_notes = {"fell back to the CPU", "fell back to the CPU\nrecompiled"};
  const air::HeldResult result = sample.make();
  const std::string json = result_to_json(result.get(), AIR_JSON_COMPACT);
  CHECK(json.find(R"("notes":["fell back to the CPU","recompiled"])") != std::string::npos);
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("note           fell back to the CPU\n") != std::string::npos);
  CHECK(text.find("note           recompiled\n") != std::string::npos);
}

TEST_CASE("notes that all differ do not bury the report, nor do many nodes without times take long") {
  sample::Model described;
  described.nodes.resize(20'000, described.nodes[2]);
  sample::Result sample(described);
  sample.node_values.resize(described.nodes.size());
  std::vector<std::string> texts;
  for (int i = 0; i < 20'000; ++i) texts.push_back(fmt::format("note {}", i));
  const std::string first = fmt::format("{}", fmt::join(texts, "\n"));
  sample.run_notes = {first.c_str(), ""};
  const air::HeldResult result = sample.make();
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("note           note 9\n") != std::string::npos);
  CHECK(text.find("note 10\n") == std::string::npos);
  CHECK(text.find("note           and 19990 more, see the JSON document\n") != std::string::npos);
}

TEST_CASE("text reports fit every width, down to 40 columns") {
  sample::Model described;
  described.columns.push_back({"energy.core", "uJ", "energy of the core, in a text that is long", AIR_KIND_COUNT, 0});
  sample::Result sample(described);
  sample.values["energy.core"] = {1, 2};
  const air::HeldResult result = sample.make();
  for (const uint32_t verbose : {0U, 1U}) {
    for (uint32_t width = 40; width <= 200; ++width) {
      const air_text_options options{sizeof(air_text_options), width, 0, verbose};
      const std::string text = model_to_text(*sample.model, options) + result_to_text(result.get(), options);
      for (const std::string &line : lines_of(text)) {
        CAPTURE(line);
        CHECK(display_width(line) <= width);
        CHECK((line.empty() || line.back() != ' '));
      }
    }
  }
}

TEST_CASE("a profile's text goes by the median, and tells what was unusual") {
  sample::Result sample;
  sample.values["time.device"] = {10, 10, 10, 10, 90};
  sample.values["time.run"] = {11, 11, 11, 11, 91};
  for (const char *other : {"time.link", "link.sent", "link.received", "link.packets", "link.turnarounds",
                            "memory.stack", "memory.heap", "counter.0", "counter.1"}) {
    sample.values.erase(other);
  }
  sample.node_values.assign(3, {});
  sample.node_values[0]["time.device"] = {6, 6, 6, 6, 80};
  sample.node_values[1]["time.device"] = {4, 4, 4, 4, 4};
  sample.profile.n_runs = sample.profile.n_samples = 5;
  sample.has_data = false;
  sample.notes.clear();
  const air::HeldResult result = sample.make();
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CAPTURE(text);
  CHECK(text.find("100 samples/s") != std::string::npos);
  CHECK(text.find("1 of 5 samples took more than 2 times the median: 90.00 ms against 10.00 ms, most of it in #0") !=
        std::string::npos);
  CHECK(text.find("60.0%") != std::string::npos);
  CHECK(text.find("40.0%") != std::string::npos);
}

TEST_CASE("names of layers keep their ends, descriptors both") {
  CHECK(shortened_from_left("model.22/cv2/conv/Conv", 10) == "\u2026conv/Conv");
  CHECK(shortened_in_middle("onnx:/a/long/path/model.onnx", 11) == "onnx:\u2026.onnx");
  CHECK(shortened_in_middle("as it is", 8) == "as it is");
  for (size_t width = 0; width < 12; ++width) {
    for (const auto &cut : {shortened("\u4F60\u597D, world", width), shortened_from_left("\u4F60\u597D, world", width),
                            shortened_in_middle("\u4F60\u597D, world", width)}) {
      CHECK(display_width(cut) <= width);
    }
  }
  using Lines = std::vector<std::string>;
  CHECK(wrapped("a line of words", 7) == Lines{"a line", "of", "words"});
  CHECK(wrapped("a line", 6) == Lines{"a line"});
  CHECK(wrapped("unbreakable", 5) == Lines{"unbre", "akabl", "e"});
  CHECK(wrapped("", 5) == Lines{""});
  CHECK(wrapped("\u4F60\u597D", 1) == Lines{"\u4F60", "\u597D"});
}

TEST_CASE("a text report tells what matters") {
  const sample::Result sample;
  const air::HeldResult result = sample.make();
  const air_text_options options{sizeof(air_text_options), 0, 0, 0};
  const std::string text = result_to_text(result.get(), options);
  for (const char *part :
       {"stopped by a callback", "1,234 B sent", "outside nodes", "70.0%", "100.0%", "CPU", "2 samples"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find('\x1b') == std::string::npos);
  const air_text_options coloured{sizeof(air_text_options), 80, 1, 0};
  const std::string colours = result_to_text(result.get(), coloured);
  CHECK(colours.find("\x1b[31m") != std::string::npos);
  // Hostile names cannot add sequences of their own.
  const std::string info = model_to_text(*sample.model, options);
  CHECK(info.find('\x1b') == std::string::npos);
}

TEST_CASE("a result without runs is reported, not divided by") {
  sample::Result sample;
  sample.profile = {};
  sample.values.clear();
  sample.node_values.assign(3, {});
  sample.has_data = false;
  sample.notes.clear();
  const air::HeldResult empty = sample.make();
  const air_text_options options{sizeof(air_text_options), 80, 0, 0};
  CHECK(result_to_text(empty.get(), options).find("0 samples") != std::string::npos);
  const Parsed document(result_to_json(empty.get(), 0));
  CHECK(cJSON_GetArraySize(document["c_durations"]) == 0);
  CHECK(lines_of(result_to_csv(empty.get())).size() == 2);
}

TEST_CASE("a time that is not known is never a number") {
  sample::Result sample;
  sample.values["time.device"] = {NAN, NAN};
  sample.values["time.run"] = {NAN, NAN};
  sample.values["time.link"] = {NAN, NAN};
  sample.values["link.sent"] = {NAN, NAN};
  sample.node_values[0]["time.device"] = {NAN, NAN};
  sample.node_values[0]["counter.0"] = {NAN, NAN};
  sample.profile.host_ms = NAN;
  const air::HeldResult result = sample.make();
  const std::string json = result_to_json(result.get(), AIR_JSON_COMPACT);
  const std::string unknown =
      R"("statistics":{"count":0,"mean":null,"std":null,"min":null,"max":null,"p50":null,"p90":null,"p99":null})";
  for (const std::string &part :
       {R"("c_durations":[null,null],)" + unknown + R"(,"share":null)",
        R"("c_durations":[null,null],)" + unknown + R"(,"times":{"device_ms":null,"link_ms":null,"host_ms":null})",
        std::string(R"("bytes_sent":null)"), std::string(R"("outside_nodes_ms":null)"),
        std::string(R"("values":[[null,2],[null,9007199254740992]])")}) {
    CHECK_MESSAGE(json.find(part) != std::string::npos, part);
  }
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("device         -\n") != std::string::npos);
  CHECK(text.find("host           - for the whole call") != std::string::npos);
  CHECK(text.find("on the device           -") != std::string::npos);
  CHECK(text.find("outside nodes") == std::string::npos);
  const std::vector<std::string> lines = lines_of(result_to_csv(result.get()));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1].ends_with(",0,,,,,,,,,,,\r"));
  CHECK(lines[2].find(",2,1,0,1,1,1,1,1,1,") != std::string::npos);  // the only known node has the whole
}

TEST_CASE("runs that nothing is known of take neither memory nor time") {
  sample::Result sample;
  sample.profile.n_runs = uint64_t{1} << 60;
  sample.values.clear();
  sample.node_values.assign(3, {});
  sample.notes.clear();
  const air::HeldResult result = sample.make();
  CHECK(result_to_json(result.get(), AIR_JSON_DATA).size() < 30'000);
  CHECK(result_to_text(result.get(), {.struct_size = sizeof(air_text_options)}).size() < 3'000);
  CHECK(result_to_csv(result.get()).size() < 3'000);
  CHECK(result_to_trace(result.get()).size() < 3'000);
}

TEST_CASE("columns that reports do not know are shown as they are told") {
  sample::Model described;
  described.columns.push_back({"energy.core", "uJ", "energy of the core", AIR_KIND_COUNT, 1});
  described.columns.push_back({"npu.stalls", "", "", AIR_KIND_LEVEL, 1});
  sample::Result sample(described);
  sample.values["energy.core"] = {1.5, 2.5};
  sample.node_values[0]["energy.core"] = {1, NAN};
  sample.node_values[1]["npu.stalls"] = {3, 4};
  const air::HeldResult result = sample.make();
  const std::string json = result_to_json(result.get(), AIR_JSON_COMPACT);
  CHECK(json.find(R"("columns":{"energy.core":[1,null]}})") != std::string::npos);
  CHECK(json.find(R"("columns":{"npu.stalls":[3,4]}})") != std::string::npos);
  CHECK(json.find(R"("columns":{"energy.core":{"unit":"uJ","text":"energy of the core","kind":"count",)"
                  R"("values":[1.5,2.5],"statistics":{"count":2,"mean":2,)") != std::string::npos);
  CHECK(json.find(R"("npu.stalls":{"unit":"","text":"","kind":"level","values":[],"statistics":{"count":0,)") !=
        std::string::npos);
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  const std::vector<std::string> text_lines = lines_of(text);
  const auto table = std::ranges::find_if(text_lines, [](const auto &line) { return line.ends_with(" core uJ"); });
  REQUIRE(text_lines.end() - table > 4);
  CHECK(table[1].ends_with(" 1"));                    // the known one of 1 and NaN
  CHECK(table[2].ends_with(" -"));                    // nothing measured
  CHECK(table[4].ends_with(" 2"));                    // of the whole run
  CHECK(text.find("measured") == std::string::npos);  // said once
  const std::vector<std::string> lines = lines_of(result_to_csv(result.get()));
  CHECK(lines[0].ends_with(",cumulated_share,processor,computes_in,mean_energy.core,mean_npu.stalls\r"));
  CHECK(lines[1].ends_with(",1,\r"));
  CHECK(lines[2].ends_with(",,3.5\r"));
}

TEST_CASE("reports tell where nodes ran and in which precision") {
  sample::Model described;
  described.nodes[0].processor = "NPU";
  described.nodes[1].processor = "CPU";
  described.nodes[1].computes_in = AIR_DTYPE_BFLOAT16;  // its output is float32
  const air::HeldResult result = sample::Result(described).make();
  const std::string json = result_to_json(result.get(), AIR_JSON_COMPACT);
  for (const char *part :
       {R"("processor":"NPU","computes_in":null)", R"("processor":"CPU","computes_in":"bfloat16")",
        R"("processor":null,"computes_in":null)", R"("processors":[{"name":"NPU","n_nodes":1,"share":)",
        R"("other_precisions":[{"computes_in":"bfloat16","values":"float32","nodes":[1],"share":)"}) {
    CHECK_MESSAGE(json.find(part) != std::string::npos, part);
  }
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("ran on         NPU ") != std::string::npos);
  CHECK(text.find(" of the time of nodes (1 node), CPU ") != std::string::npos);
  CHECK(text.find("precision      bfloat16 where values are float32: ai_node_1") != std::string::npos);
  CHECK(text.find("  CPU bfloat16  ") != std::string::npos);
  const std::vector<std::string> lines = lines_of(result_to_csv(result.get()));
  CHECK(lines[1].ends_with(",NPU,\r"));
  CHECK(lines[2].ends_with(",CPU,bfloat16\r"));
  CHECK(result_to_trace(result.get()).find(R"("processor":"CPU","computes_in":"bfloat16")") != std::string::npos);
  described.nodes[1].computes_in = AIR_DTYPE_FLOAT32;
  const std::string plain = result_to_json(sample::Result(described).make().get(), AIR_JSON_COMPACT);
  CHECK(plain.find("other_precisions") == std::string::npos);
}

TEST_CASE("reports that nothing is told to say nothing of places") {
  const air::HeldResult result = sample::Result().make();
  const std::string text = result_to_text(result.get(), {.struct_size = sizeof(air_text_options)});
  CHECK(text.find("ran on") == std::string::npos);
  CHECK(text.find("precision") == std::string::npos);
}

TEST_CASE("reports leave the thread's last error as it is") {
  air_set_error(AIR_ERROR_TIMEOUT, 0, "of an earlier call");
  const air_error *error = air_last_error();
  sample::Model described;
  const air_quantization unknown{};
  described.quantized.quantization = &unknown;
  const air::HeldResult result = sample::Result(described).make();
  CHECK(result_to_json(result.get(), AIR_JSON_DATA).find("\"tensor_statistics\"") != std::string::npos);
  CHECK(!result_to_text(result.get(), {.struct_size = sizeof(air_text_options)}).empty());
  CHECK(!result_to_csv(result.get()).empty());
  CHECK(!result_to_trace(result.get()).empty());
  CHECK(air_last_error() == error);
  CHECK(std::string(error->message) == "of an earlier call");
}

TEST_CASE("no text in CSV is a formula, and numbers stay numbers") {
  sample::Model described;
  const size_t n_columns = 19;
  for (const char *name : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "a;=1", "a\t=1"}) {
    described.info.name = name;
    const std::string csv = result_to_csv(sample::Result(described).make().get());
    const std::string row = csv.substr(csv.find("\r\n") + 2);
    CAPTURE(row);
    CHECK(std::string("=+-@\t\r\n").find(row[row[0] == '"' ? 1 : 0]) == std::string::npos);
    CHECK(row.starts_with('"') == (std::strpbrk(name, ";\t\r\n") != nullptr));
    CHECK(row.find('\'') == (name[0] == 'a' ? std::string::npos : row[0] == '"' ? 1U : 0U));
  }
  described.info.name = "plain";
  const std::string csv = result_to_csv(sample::Result(described).make().get());
  CHECK(std::count(csv.begin(), csv.begin() + static_cast<std::ptrdiff_t>(csv.find('\r')), ',') == n_columns - 1);
  CHECK(csv.find("\r\nplain,0,") != std::string::npos);
}

TEST_CASE("CSV quotes as RFC 4180") {
  const std::string csv = result_to_csv(sample::Result().make().get());
  const std::vector<std::string> lines = lines_of(csv);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("model,index,name,m_id,layer_type,layer_desc,outputs,count,mean_ms,"));
  CHECK(lines[1].find("\"Conv2D, \"\"first\"\" (0x103)\"") != std::string::npos);
  CHECK(lines[1].find(",2,7,1,6,8,7,7.8,7.98,0.7,0.7,,\r") != std::string::npos);
  CHECK(csv.ends_with("\r\n"));
}

TEST_CASE("times") {
  const struct {
    const char *text;
    int64_t unix_ms;
  } times[] = {{"2026-11-22T09:12:33Z", 1795338753000},
               {"2024-02-29T23:59:59Z", 1709251199000},
               {"1969-12-31T23:59:59Z", -1000},
               {"9999-12-31T00:00:00Z", 253402214400000}};
  for (const auto &time : times) {
    CAPTURE(time.text);
    CHECK(time_stamp(time.unix_ms) == time.text);
    CHECK(unix_ms_of(time.text) == time.unix_ms);
  }
  CHECK(time_stamp(0).empty());
  CHECK(time_stamp(1795338753999) == "2026-11-22T09:12:33Z");
  CHECK(time_stamp(INT64_MIN) == "-292275055-05-16T16:47:04Z");
  for (const char *wrong : {"", "yesterday", "2026-11-22", "2026-11-22T09:12:33", "2026-11-22T09:12:33Z.",
                            "2026-11-22 09:12:33Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                            "2026-11-22T24:00:00Z", "2026-11-22T09:60:33Z", "2026-11-22T09:12:60Z"}) {
    CAPTURE(wrong);
    CHECK(!unix_ms_of(wrong).has_value());
  }
}

TEST_CASE("A clock whose ticks are large against nodes is told") {
  // 0.001 ms is more than a tenth of 5 and of 0 ticks.
  const std::vector<double> medians = {0.2, 0.005, 0, NAN};
  CHECK(coarse_clock_text({0.001, 0.005, 0.2, 0.201}, medians) ==
        "nodes are timed in steps of 1.000 µs, more than 10 % of what 2 of 4 take: of these the mean of many samples "
        "tells more than p50");
  CHECK(
      coarse_clock_text({0.001, 0.005, 0.2, 0.2013}, medians).find("steps of 0.100 µs, more than 10 % of what 1 of") !=
      std::string::npos);
  CHECK(coarse_clock_text({0.001, 0.005, 0.2}, medians).empty());                  // by chance
  CHECK(coarse_clock_text({0.001, 0.005, 0.2, 1.0 / 3}, medians).empty());         // of no step
  CHECK(coarse_clock_text({0.001, 0.005, 0.2, 0.201}, std::vector{0.2}).empty());  // which is long enough
  sample::Result result;
  const auto text = [&] { return result_to_text(result.make().get(), {}); };
  CHECK(text().find("nodes are timed in steps") == std::string::npos);
  result.node_values[1]["time.device"] = {1, 3};
  CHECK(text().find("nodes are timed in steps of 1.000 ms, more than 10 % of what 3 of 3 take") != std::string::npos);
}
