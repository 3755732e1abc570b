// SPDX-License-Identifier: BSD-3-Clause
// Units of the HTML pages: escaping, documents that are wrong in every place, axes and units.
#include <cjson/cJSON.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <vector>

#include "common/error.h"
#include "report/html/markup.h"
#include "report/html/page.h"
#include "report/html/plot.h"
#include "report/report.h"
#include "sample.h"

using namespace air;
using namespace air::report;

namespace {

using Tree = std::unique_ptr<cJSON, decltype(&cJSON_Delete)>;

Tree parsed(const std::string &text) {
  Tree tree(cJSON_Parse(text.c_str()), &cJSON_Delete);
  REQUIRE(tree != nullptr);
  return tree;
}

std::string printed(const cJSON *tree) {
  const std::unique_ptr<char, decltype(&cJSON_free)> text(cJSON_PrintUnformatted(tree), &cJSON_free);
  return text.get();
}

std::string page_of(const std::string &json) {
  const air_document document{nullptr, json.c_str()};
  return html_page(std::span(&document, 1));
}

std::string message_of(const std::string &json) {
  try {
    page_of(json);
  } catch (const Error &error) {
    CHECK(error.status() == AIR_ERROR_INVALID_INPUT);
    return error.what();
  }
  return "";
}

std::string profile_json(const sample::Result &sample = sample::Result()) {
  return result_to_json(sample.make().get(), AIR_JSON_COMPACT);
}

std::string run_json() {
  return R"({"schema":"airunner.run/1","airunner":"0.1.0","descriptor":"null:","backend":"null","begin":"2026-11-22T09:00:00Z",
"host":"Linux","options":{"io":["quantize"],"warmup":0,"repeat":1,"timeout_ms":0},"name":"network","hash":"","runtime":"null 1",
"device":"host","n_samples":2,"mean_ms":1.5,"times":{"device_ms":3,"link_ms":1,"host_ms":5},
"inputs":[{"name":"x","type":"float32","shape":[2,4],"source":"random"}],
"outputs":[{"name":"y","type":"float32","shape":[2,3],"min":0,"max":1,"mean":0.5,"statistics":{"count":6,"n_nan":1,"n_inf":0,
"n_zero":2,"mean":0.5,"std":0.1,"min":0,"max":1,"histogram":[2,0,1,3]}}],"files":["y.npz"],
"accuracy":{"top1":0.5,"n_correct":1,"n_labels":2}})";
}

std::string comparison_json() {
  std::ifstream file(std::getenv("AIRUNNER_COMPARISON"));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> documents() {
  return {profile_json(), run_json(), model_to_json(*sample::Model().make(), AIR_JSON_COMPACT), comparison_json()};
}

// Every start tag of the page has its end, in order, and is one that pages are made of.
void check_markup(const std::string &page) {
  const std::set<std::string> known = {
      "html",   "head",  "meta",  "title",   "style",      "body",  "main",  "script", "header", "footer", "nav",
      "ul",     "li",    "a",     "section", "article",    "h1",    "h2",    "h3",     "p",      "div",    "dl",
      "dt",     "dd",    "table", "caption", "thead",      "tbody", "tfoot", "tr",     "th",     "td",     "span",
      "strong", "small", "svg",   "figure",  "figcaption", "rect",  "path",  "line",   "text",   "circle", "polyline"};
  std::vector<std::string> open;
  for (size_t at = page.find('<', 2); at != std::string::npos; at = page.find('<', at + 1)) {
    const bool is_end = page[at + 1] == '/';
    const size_t begin = at + (is_end ? 2 : 1);
    const std::string name = page.substr(begin, page.find_first_of(" >", begin) - begin);
    if (!is_end && (open.empty() || open.back() != "script")) {
      CHECK_MESSAGE(known.count(name) == 1, name);
      if (name != "meta") open.push_back(name);
    } else if (is_end) {
      REQUIRE(!open.empty());
      CHECK(open.back() == name);
      open.pop_back();
    }
  }
  CHECK(open.empty());
}

// Calls `visit` with each value of the tree, its parent first.
void each_item(cJSON *item, const std::function<void(cJSON *)> &visit) {
  visit(item);
  for (cJSON *child = item->child; child != nullptr; child = child->next) each_item(child, visit);
}

// Renders the document once for each value in it, with the value replaced.
size_t replace_each(const std::string &json, const std::string &replacement) {
  const Tree tree = parsed(json);
  size_t n_refused = 0;
  // Of each list one is enough: the others are alike.
  each_item(tree.get(), [](cJSON *item) {
    while (cJSON_IsArray(item) != 0 && cJSON_GetArraySize(item) > 1) cJSON_DeleteItemFromArray(item, 1);
  });
  std::vector<cJSON *> items;
  each_item(tree.get(), [&](cJSON *item) { items.push_back(item); });
  for (cJSON *item : items) {
    // A raw item is printed as it is; the rest of the tree stays.
    const cJSON kept = *item;
    std::string text = replacement;
    item->type = cJSON_Raw;
    item->valuestring = text.data();
    item->child = nullptr;
    const std::string changed = printed(tree.get());
    *item = kept;
    try {
      page_of(changed);
    } catch (const Error &error) {
      REQUIRE(error.status() == AIR_ERROR_INVALID_INPUT);
      ++n_refused;
    }
  }
  return n_refused;
}

}  // namespace

TEST_CASE("text cannot become markup") {
  CHECK(Html("<b a='1' c=\"2\">&\x1b\xff").str() ==
        "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(element("td", {{"class", "\"><script>"}, {"title", ""}}, "<").str() ==
        "<td class=\"&quot;&gt;&lt;script&gt;\">&lt;</td>");
}

TEST_CASE("every kind of document becomes a page of known, closed elements") {
  std::vector<air_document> all;
  const std::vector<std::string> texts = documents();
  for (const std::string &text : texts) {
    check_markup(page_of(text));
    all.push_back({"folder/<name> & \"more\"", text.c_str()});
  }
  const std::string page = html_page(all);
  check_markup(page);
  CHECK(page.find("4 documents side by side") != std::string::npos);
  CHECK(page.find("1 \u00B7 &lt;name&gt; &amp; &quot;more&quot;") != std::string::npos);
}

TEST_CASE("a page shows what the document says") {
  const std::string page = page_of(profile_json());
  for (const char *part :
       {"serial:/dev/ttyACM0", "0x2bfb5392202c7a642f828f2ad7434894", "70.0\u00A0%", "outside nodes", "13.3 MiB",
        "A callback ended this run", "stm32 family - 0x486", "1,234", "2.0 KiB", "mcu_freq:800000000"}) {
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  }
}

TEST_CASE("a page shows no number for a time that is not known") {
  sample::Result sample;
  sample.values["time.device"] = {NAN, NAN};
  sample.node_values[0]["time.device"] = {NAN, NAN};
  const std::string json = profile_json(sample), page = page_of(json);
  check_markup(page);
  const std::regex nan("\\b[Nn]a[Nn]\\b(?!,)");  // not the title "NaN, Inf"
  CHECK(!std::regex_search(page, nan));
  CHECK(page.find("<dt>median time per sample</dt><dd>\u2013</dd>") != std::string::npos);
  CHECK(page.find("<dt>samples per second</dt>") == std::string::npos);
  const std::vector<air_document> pair = {{"a", json.c_str()}, {"b", json.c_str()}};
  CHECK(!std::regex_search(html_page(pair), nan));
}

TEST_CASE("a page shows columns that reports do not know") {
  sample::Model described;
  described.columns.push_back({"energy.<core>", "uJ", "", AIR_KIND_COUNT, 1});
  sample::Result sample(described);
  sample.values["energy.<core>"] = {1.5, 2.5};
  const std::string page = page_of(profile_json(sample));
  check_markup(page);
  CHECK(page.find("energy.&lt;core&gt;") != std::string::npos);
  CHECK(page.find("uJ") != std::string::npos);
}

TEST_CASE("names from a document stay text") {
  const std::string attack = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\u202E";
  for (const std::string &text : documents()) {
    const Tree tree = parsed(text);
    std::vector<std::string> kept;
    // Every text but the schema, and but what has to be one of known words.
    each_item(tree.get(), [&](cJSON *item) {
      if (cJSON_IsString(item) != 0 && (item->string == nullptr || std::string(item->string) != "schema")) {
        cJSON_SetValuestring(item, attack.c_str());
      }
    });
    const std::string page = page_of(printed(tree.get()));
    check_markup(page);
    CHECK(page.find("<img") == std::string::npos);
    CHECK(page.find("<script>alert") == std::string::npos);
    CHECK(page.find("&lt;img src=x onerror=alert(1)&gt;") != std::string::npos);
  }
}

TEST_CASE("a document wrong in any one place is rendered or refused, never more") {
  for (const std::string &text : documents()) {
    const size_t n_numbers = replace_each(text, "-1.5e300");
    CHECK(n_numbers > 0);
    CHECK(replace_each(text, "\"text\"") > n_numbers / 2);
    CHECK(replace_each(text, "{}") > 0);
    CHECK(replace_each(text, "[[],[null,1]]") > 0);
    replace_each(text, "null");
    replace_each(text, "true");
    replace_each(text, "1e999");
  }
}

TEST_CASE("errors name the document and the place") {
  CHECK(message_of("") == "document 1: is not a JSON document, see byte 0");
  CHECK(message_of("{\"schema\": ") == "document 1: is not a JSON document, see byte 11");
  CHECK(message_of("[]") == "document 1: expected an object, got a list");
  CHECK(message_of(R"({"a": "x\u0000y"})").find("zero byte, \\u0000, at byte 8") != std::string::npos);
  CHECK(message_of(R"({"a": "x\\\u0000y"})").find("zero byte") != std::string::npos);
  CHECK(message_of(R"({"a": "x\\u0000y"})").find("zero byte") == std::string::npos);
  CHECK(message_of("{} {}") == "document 1: is not a JSON document, see byte 3");
  CHECK(message_of("{}").find("the schema is '', expected one of airunner.profile/1") != std::string::npos);
  CHECK(message_of(R"({"schema":"airunner.profile/2"})").find("airunner.profile/2") != std::string::npos);
  CHECK(message_of(R"({"schema":"airunner.validation/1"})").find("airunner validate ... --html") != std::string::npos);
  CHECK(message_of(R"({"schema":5})") == "document 1.schema: expected a text, got a number");
  CHECK(message_of(R"({"schema":"airunner.profile/1","c_nodes":[{},{"share":"x"}]})") ==
        "document 1.c_nodes[1].share: expected a number, got a text");
  CHECK(message_of(R"({"schema":"airunner.info/1","weights":-5})") ==
        "document 1.weights: expected a whole number from 0, got -5");
  CHECK(message_of(std::string(100'000, '[')).find("is not a JSON document") != std::string::npos);
  const std::string good = profile_json();
  const std::vector<air_document> pair = {{"a.json", good.c_str()},
                                          {"b.json", R"({"schema":"airunner.info/1","name":[]})"}};
  CHECK_THROWS_WITH_AS(html_page(pair), "b.json.name: expected a text, got a list", Error);
}

TEST_CASE("a document with nothing in it is a page") {
  for (const char *schema : {"profile", "run", "info", "comparison"}) {
    const std::string page = page_of("{\"schema\":\"airunner." + std::string(schema) + "/1\"}");
    check_markup(page);
    CHECK(page.find(">nan") == std::string::npos);
  }
}

TEST_CASE("times choose a unit that the usual ones can be read in") {
  const auto unit_of = [](const std::string &durations) {
    const std::string page = page_of(R"({"schema":"airunner.profile/1","c_durations":[)" + durations + "]}");
    const size_t at = page.find("Time of a sample, ");
    REQUIRE(at != std::string::npos);
    return page.substr(at + 18, page.find_first_of("<\"", at) - at - 18);
  };
  CHECK(unit_of("0.01,0.02") == "\u00B5s");
  CHECK(unit_of("0.9,1.2") == "ms");
  CHECK(unit_of("10000,20000") == "s");
  CHECK(unit_of("0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.01,500") == "\u00B5s");
}

TEST_CASE("axes have round ends and few ticks, whatever the values") {
  const auto linear = [](const std::vector<double> &values) { return linear_axis("", values); };
  CHECK(linear({0.3, 9.7}).low == 0);
  CHECK(linear({0.3, 9.7}).high == 10);
  CHECK(logarithmic_axis("", std::vector<double>{3e-4, 0.2}).low == doctest::Approx(1e-4));
  CHECK(logarithmic_axis("", std::vector<double>{3e-4, 0.2}).high == doctest::Approx(1));
  const std::vector<std::vector<double>> odd = {
      {}, {NAN}, {0}, {5, 5}, {-5, -5}, {1e-320}, {-1e308, 1e308}, {INFINITY, 1}, {1, 1 + 1e-15}, {-1e-300, 1e-300}};
  for (const std::vector<double> &values : odd) {
    for (const Axis &axis : {linear(values), linear_axis("", values, true), logarithmic_axis("", values)}) {
      CHECK(axis.low < axis.high);
      CHECK(std::isfinite(axis.high - axis.low));
      Plot plot(axis, axis);
      plot.points(values, values);
      plot.line(values, values);
      plot.bars(values);
      plot.diagonal();
      const std::string figure = plot.figure("", "").str();
      CHECK(figure.find("nan") == std::string::npos);
      CHECK(figure.find("inf") == std::string::npos);
      CHECK(figure.size() < 10'000);
    }
  }
}

TEST_CASE("runs side by side: nodes go together by name, else by their order") {
  const auto profile = [](const std::string &nodes) {
    return R"({"schema":"airunner.profile/1","c_nodes":[)" + nodes + "]}";
  };
  const auto node = [](const char *name, double mean) {
    return fmt::format(R"({{"name":"{}","statistics":{{"mean":{}}}}})", name, mean);
  };
  const auto rows = [](const std::string &a, const std::string &b) {
    const std::vector<air_document> pair = {{nullptr, a.c_str()}, {nullptr, b.c_str()}};
    const std::string page = html_page(pair);
    const size_t begin = page.find("Median time of the nodes"), end = page.find("</table>", begin);
    REQUIRE(begin != std::string::npos);
    size_t n = 0;
    for (size_t at = page.find("scope=\"row\"", begin); at < end; at = page.find("scope=\"row\"", at + 1)) ++n;
    return n;
  };
  const std::string ab = profile(node("a", 1) + "," + node("b", 2)), ba = profile(node("b", 1) + "," + node("a", 2));
  const std::string aa = profile(node("a", 1) + "," + node("a", 2)), bc = profile(node("b", 1) + "," + node("c", 2));
  const std::string xy = profile(node("x", 1) + "," + node("y", 2)),
                    xyz = profile(node("x", 1) + "," + node("y", 2) + "," + node("z", 2));
  CHECK(rows(ab, ba) == 2);
  CHECK(rows(aa, aa) == 2);
  CHECK(rows(ab, bc) == 3);
  CHECK(rows(ab, xy) == 2);
  CHECK(rows(ab, xyz) == 5);
}

TEST_CASE("A page counts the pairs of nodes that it shows errors of, and tells why there are none") {
  CHECK(page_of(comparison_json()).find("Relative errors of 4 pairs of nodes") != std::string::npos);  // of 5 nodes
  const std::string none = R"({"schema":"airunner.comparison/1","nodes":[],"conclusion":)";
  CHECK(page_of(none + R"("none"})").find("were not compared: the sides did not get the same inputs") !=
        std::string::npos);
  CHECK(page_of(none + R"("agrees"})").find("were not compared: at least one side has no data") != std::string::npos);
}
