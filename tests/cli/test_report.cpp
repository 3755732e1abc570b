// SPDX-License-Identifier: BSD-3-Clause
// Units of src/report: statistics, UTF-8, tables, and the three forms of a profile.
#include <cjson/cJSON.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <sstream>
#include <vector>

#include "common/utf8.h"
#include "report/elements.h"
#include "report/report.h"
#include "report/table.h"
#include "report/texts.h"
#include "sample.h"

using namespace air;
using namespace air::report;

namespace {

const RunnerTexts kRunner{"serial:/dev/ttyACM0:921600?option=a_rather_long_one", "target"};

air_statistics of(const std::vector<double> &values) {
  return statistics(values.data(), values.size());
}

std::vector<std::string> lines_of(const std::string &text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
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
  CHECK(std::isnan(of({1, NAN, 2}).p50));
  CHECK(std::isnan(of({1, NAN, 2}).min));
  CHECK(of({1, INFINITY, INFINITY}).p50 == INFINITY);
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
  CHECK(shortened("Conv2D", 6) == "Conv2D");
  CHECK(shortened("Conv2D", 5) == "Conv\xE2\x80\xA6");
  CHECK(shortened("\xE6\xBC\xA2\xE6\xBC\xA2", 3) == "\xE6\xBC\xA2\xE2\x80\xA6");
  CHECK(shortened("\xE6\xBC\xA2\xE6\xBC\xA2", 2) == "\xE2\x80\xA6");
  CHECK(shortened("x", 0).empty());
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
}

TEST_CASE("information as JSON keeps 64-bit integers and hostile names") {
  const sample::Model model;
  const std::string text = info_to_json(model.info, kRunner, AIR_JSON_COMPACT);
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

TEST_CASE("a profile as JSON") {
  const sample::Model model;
  const sample::Profile profile(model);
  const Parsed document(profile_to_json(model.info, profile.profile, kRunner, AIR_JSON_DATA));
  CHECK(cJSON_GetArraySize(document["c_nodes"]) == 3);
  CHECK(document["outside_nodes_ms"]->valuedouble == 2);  // mean 10, nodes 7 + 1
  const cJSON *node = cJSON_GetArrayItem(document["c_nodes"], 0);
  CHECK(cJSON_GetObjectItem(node, "share")->valuedouble == 0.7);
  const cJSON *data = cJSON_GetObjectItem(node, "data");
  CHECK(cJSON_GetArraySize(cJSON_GetArrayItem(data, 0)) == 8);
  CHECK(cJSON_IsNull(cJSON_GetArrayItem(data, 1)));
  const cJSON *exec_times = cJSON_GetObjectItem(document["debug"], "exec_times");
  CHECK(cJSON_IsNull(cJSON_GetArrayItem(exec_times, 1)));  // infinite
  const std::string without = profile_to_json(model.info, profile.profile, kRunner, 0);
  CHECK(without.find("\"data\"") == std::string::npos);
}

TEST_CASE("text reports fit every width, down to 40 columns") {
  const sample::Model model;
  const sample::Profile profile(model);
  for (const uint32_t verbose : {0U, 1U}) {
    for (uint32_t width = 40; width <= 200; ++width) {
      const air_text_options options{sizeof(air_text_options), width, 0, verbose};
      const std::string text =
          info_to_text(model.info, kRunner, options) + profile_to_text(model.info, profile.profile, kRunner, options);
      for (const std::string &line : lines_of(text)) {
        CAPTURE(line);
        CHECK(display_width(line) <= width);
        CHECK((line.empty() || line.back() != ' '));
      }
    }
  }
}

TEST_CASE("a text report tells what matters") {
  const sample::Model model;
  const sample::Profile profile(model);
  const air_text_options options{sizeof(air_text_options), 0, 0, 0};
  const std::string text = profile_to_text(model.info, profile.profile, kRunner, options);
  for (const char *part :
       {"stopped by a callback", "1,234 B sent", "outside nodes", "70.0%", "100.0%", "CPU", "2 samples"}) {
    CAPTURE(part);
    const bool expected = std::string(part) != "CPU";  // the type of counters is a matter of JSON
    CHECK((text.find(part) != std::string::npos) == expected);
  }
  CHECK(text.find('\x1b') == std::string::npos);
  const air_text_options coloured{sizeof(air_text_options), 80, 1, 0};
  const std::string colours = profile_to_text(model.info, profile.profile, kRunner, coloured);
  CHECK(colours.find("\x1b[31m") != std::string::npos);
  // Hostile names cannot add sequences of their own.
  const std::string info = info_to_text(model.info, kRunner, options);
  CHECK(info.find('\x1b') == std::string::npos);
}

TEST_CASE("a profile without runs is reported, not divided by") {
  const sample::Model model;
  const air_profile empty{.struct_size = sizeof(air_profile), .stack_bytes = -1, .heap_bytes = -1, .counter_type = ""};
  const air_text_options options{sizeof(air_text_options), 80, 0, 0};
  CHECK(profile_to_text(model.info, empty, kRunner, options).find("0 samples") != std::string::npos);
  const Parsed document(profile_to_json(model.info, empty, kRunner, 0));
  CHECK(cJSON_GetArraySize(document["c_durations"]) == 0);
  CHECK(lines_of(profile_to_csv(model.info, empty)).size() == 2);
}

TEST_CASE("no text in CSV is a formula, and numbers stay numbers") {
  sample::Model model;
  const sample::Profile profile(model);
  const size_t n_columns = 17;
  for (const char *name : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "a;=1", "a\t=1"}) {
    model.info.name = name;
    const std::string csv = profile_to_csv(model.info, profile.profile);
    const std::string row = csv.substr(csv.find("\r\n") + 2);
    CAPTURE(row);
    CHECK(std::string("=+-@\t\r\n").find(row[row[0] == '"' ? 1 : 0]) == std::string::npos);
    CHECK(row.starts_with('"') == (std::strpbrk(name, ";\t\r\n") != nullptr));
    CHECK(row.find('\'') == (name[0] == 'a' ? std::string::npos : row[0] == '"' ? 1U : 0U));
  }
  model.info.name = "plain";
  const std::string csv = profile_to_csv(model.info, profile.profile);
  CHECK(std::count(csv.begin(), csv.begin() + static_cast<std::ptrdiff_t>(csv.find('\r')), ',') == n_columns - 1);
  CHECK(csv.find("\r\nplain,0,") != std::string::npos);
}

TEST_CASE("CSV quotes as RFC 4180") {
  const sample::Model model;
  const sample::Profile profile(model);
  const std::string csv = profile_to_csv(model.info, profile.profile);
  const std::vector<std::string> lines = lines_of(csv);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("model,index,name,m_id,layer_type,layer_desc,outputs,count,mean_ms,"));
  CHECK(lines[1].find("\"Conv2D, \"\"first\"\" (0x103)\"") != std::string::npos);
  CHECK(lines[1].find(",2,7,1,6,8,7,7.8,7.98,0.7,0.7\r") != std::string::npos);
  CHECK(csv.ends_with("\r\n"));
}
