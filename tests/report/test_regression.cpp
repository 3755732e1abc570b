// SPDX-License-Identifier: BSD-3-Clause
// Slower than before: the statistics against closed forms and counted cases, and what is decided of documents.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/json.h"
#include "report/html/page.h"
#include "report/regression/document.h"
#include "report/regression/family.h"
#include "report/regression/limits.h"
#include "report/regression/ranks.h"
#include "runs.h"

using namespace air;
using namespace air::report;

namespace {

// P(U <= u) for two series that are alike, from all ways to part n + m places: apart from the code under test.
double chance_of_u(size_t n, size_t m, size_t u) {
  std::vector<bool> is_second(n, false);
  is_second.resize(n + m, true);
  double all = 0, found = 0;
  do {
    size_t pairs = 0, seconds = 0;
    for (const bool second : is_second) second ? ++seconds : pairs += seconds;
    all += 1;
    if (pairs <= u) found += 1;
  } while (std::next_permutation(is_second.begin(), is_second.end()));
  return found / all;
}

// The same for the sum of the ranks of n pairs.
double chance_of_w(size_t n, size_t w) {
  double found = 0;
  for (size_t way = 0; way < size_t{1} << n; ++way) {
    size_t sum = 0;
    for (size_t i = 0; i < n; ++i) sum += ((way >> i) & 1U) != 0 ? i + 1 : 0;
    if (sum <= w) found += 1;
  }
  return found / static_cast<double>(size_t{1} << n);
}

// Runs of one node whose times are all the same, at times that do not overlap.
std::vector<std::string> runs_of(const std::vector<double> &times, int begin = 0) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < times.size(); ++i)
    texts.push_back(profile({{times[i], times[i]}}, begin + static_cast<int>(i)));
  return texts;
}

JsonDocument decided(const std::vector<std::string> &baseline, const std::vector<std::string> &current,
                     const std::vector<const char *> &limits = {}) {
  return {compare_profiles(documents(baseline), documents(current), limits, 0), "decision"};
}

std::string refusal(const std::vector<const char *> &limits) {
  try {
    decided(runs_of({1}), runs_of({1}), limits);
    return "";
  } catch (const Error &error) {
    return error.what();
  }
}

JsonView check_of(const JsonDocument &decision, const std::string &quantity) {
  for (const JsonView &check : decision.root()["checks"].list()) {
    if (check["quantity"].text() == quantity) return check;
  }
  FAIL("no check of ", quantity);
  return decision.root();
}

const std::vector<double> kQuiet = {1.00, 1.01, 0.99, 1.005, 0.995};
std::vector<double> times_of(const std::vector<double> &values, double factor) {
  std::vector<double> result = values;
  for (double &value : result) value *= factor;
  return result;
}

}  // namespace

TEST_CASE("Critical values are those of all orders of two series") {
  for (size_t n = 1; n <= 7; ++n) {
    for (size_t m = 1; m <= 7; ++m) {
      for (const Level &level : {kOfFirstRegression, kOfRegression, kOfNone}) {
        const std::optional<size_t> u = critical_u(n, m, level);
        CHECK(chance_of_u(n, m, u ? *u + 1 : 0) > level.chance);
        if (u) CHECK(chance_of_u(n, m, *u) <= level.chance);
      }
    }
  }
}

TEST_CASE("Critical values are those of all signs of pairs") {
  for (size_t n = 1; n <= 14; ++n) {
    for (const Level &level : {kOfFirstRegression, kOfRegression, kOfNone}) {
      const std::optional<size_t> w = critical_w(n, level);
      CHECK(chance_of_w(n, w ? *w + 1 : 0) > level.chance);
      if (w) CHECK(chance_of_w(n, *w) <= level.chance);
    }
  }
  CHECK(!critical_w(kLeastPairs - 1, kOfRegression));
  CHECK(critical_w(kLeastPairs, kOfRegression));
}

TEST_CASE("Where the normal distribution takes over, critical values go on") {
  for (const Level &level : {kOfFirstRegression, kOfRegression, kOfNone}) {
    // U of 63 and 63 is counted, that of 64 and 63 is not; the step is that of its mean and its deviation.
    const double counted = static_cast<double>(*critical_u(63, 63, level)),
                 next = static_cast<double>(*critical_u(64, 63, level));
    CHECK(next - counted > 15);
    CHECK(next - counted < 31);
    const double pairs = static_cast<double>(*critical_w(200, level)),
                 more = static_cast<double>(*critical_w(201, level));
    CHECK(more - pairs > 60);
    CHECK(more - pairs < 100);
  }
}

TEST_CASE("The shift is the median of all differences, with bounds by their order") {
  const Runs runs = {{0, 1, 2, 3, 4}, {10, 11.5, 12, 13, 14}};
  const Shift shift(runs);
  CHECK(shift.estimate() == 10);
  CHECK(shift.slower_pairs() == 1);
  CHECK(shift.bounds(kOfFirstRegression).low == 6);    // the smallest of 25: P(U <= 0) = 1/252
  CHECK(shift.bounds(kOfFirstRegression).high == 14);  // the largest
  CHECK(shift.bounds(kOfNone).low == 7.5);             // P(U <= 2) = 4/252: the third
  CHECK(std::isnan(Shift({{1, 2}, {1, 2}}).bounds(kOfNone).low));
  CHECK(Shift({{1, 2}, {1, 2}}).slower_pairs() == 0.5);
}

TEST_CASE("Runs in turns are seen beside one another") {
  Runs runs;
  runs.in_turns = true;
  for (int i = 0; i < 9; ++i) {
    runs.baseline.push_back(i * 10.0);
    runs.current.push_back(i * 10.0 + 1 + i * 0.1);
  }
  const Shift shift(runs);
  CHECK(runs.is_paired());
  CHECK(shift.estimate() == doctest::Approx(1.4));
  CHECK(shift.bounds(kOfRegression).low == doctest::Approx(1.0));  // P(W <= 0) = 1/512
  CHECK(scatter(runs) < 0.3);
  runs.in_turns = false;
  CHECK(Shift(runs).bounds(kOfRegression).low < 0);
  CHECK(scatter(runs) > 20);
}

TEST_CASE("Bounds of a median are those of coins") {
  const std::vector<double> values = {5, 1, 4, 2, 3};
  CHECK(bounds_of_median(values).low == 1);  // 2/32 on both sides
  CHECK(bounds_of_median(values).high == 5);
  CHECK(std::isnan(bounds_of_median(std::span(values).first(4)).low));
  std::vector<double> many(20);
  for (size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  CHECK(bounds_of_median(many).low == 5);  // P(B(20, 1/2) <= 5) = 0.0207, <= 6: 0.0577
  CHECK(bounds_of_median(many).high == 14);
}

TEST_CASE("A family counts the ways in which runs could have changed sides") {
  const Runs slower = {{0.1, 0.2, 0.3, 0.4, 0.5}, {10.1, 10.2, 10.3, 10.4, 10.5}},
             same = {{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}};
  const std::vector<double> chances = chances_in_family(std::vector{slower, same});
  CHECK(chances[0] == doctest::Approx(1.0 / 252));
  CHECK(chances[1] > 0.5);
  const Runs equal = {{2, 2, 2, 2, 2}, {2, 2, 2, 2, 2}}, exact = {{2, 2, 2, 2, 2}, {3, 3, 3, 3, 3}};
  CHECK(chances_in_family(std::vector{equal, exact})[0] == 1);
  CHECK(chances_in_family(std::vector{equal, exact})[1] == doctest::Approx(1.0 / 252));
  Runs pairs = {{0, 9, 3, 7, 1, 5, 2, 8, 4}, {1, 10.1, 4, 8.2, 2, 6.1, 3, 9, 5}, true};
  CHECK(chances_in_family(std::vector{pairs, pairs})[0] == doctest::Approx(1.0 / 512));
  CHECK(chances_in_family(std::vector<Runs>()).empty());
}

TEST_CASE("Five runs tell what is plain") {
  const JsonDocument slower = decided(runs_of(kQuiet), runs_of(times_of(kQuiet, 1.2), 10));
  CHECK(slower.root()["verdict"].text() == "regression");
  const JsonView check = check_of(slower, "p50");
  CHECK(check["change"].number() == doctest::Approx(0.2));
  CHECK(check["slower_pairs"].number() == 1.0);
  CHECK(check["low"].number() == doctest::Approx(1.2 * 0.99 / 1.01 - 1));
  CHECK(check_of(slower, "node.p50")["verdict"].text() == "regression");
  CHECK(decided(runs_of(kQuiet), runs_of(kQuiet, 10)).root()["verdict"].text() == "no regression");
  CHECK(decided(runs_of(kQuiet), runs_of(times_of(kQuiet, 0.8), 10)).root()["verdict"].text() == "no regression");
}

TEST_CASE("Too few runs cannot tell, and say how many are missing") {
  const JsonDocument one = decided(runs_of({1}), runs_of({2}, 10));
  CHECK(one.root()["verdict"].text() == "cannot tell");
  CHECK(one.root()["more_baseline_runs"].count() == 4);
  CHECK(one.root()["more_current_runs"].count() == 4);
  CHECK(
      one.root()["text"].text().ends_with("take 4 more runs of each side, in turns: airunner profile NEW --baseline "
                                          "OLD --runs 5, both descriptors"));
  const JsonDocument old = decided(runs_of({1, 1, 1}), runs_of(times_of(kQuiet, 2), 10));
  CHECK(old.root()["verdict"].text() == "cannot tell");
  CHECK(
      old.root()["text"].text().ends_with("take 2 more runs of the baseline: airunner profile DESCRIPTOR --runs 2 "
                                          "--save MORE.json, given as one more --baseline"));
  // What scatters by 30 % needs more than five.
  const JsonDocument wild = decided(runs_of({1, 1.3, 0.7, 1.1, 0.9}), runs_of({1.1, 1.2, 0.8, 1.3, 0.7}, 10));
  CHECK(wild.root()["verdict"].text() == "cannot tell");
  CHECK(wild.root()["more_current_runs"].count() > 5);
}

TEST_CASE("Times that do not scatter are told exactly") {
  const std::vector<double> exact = {1, 1, 1, 1, 1};
  CHECK(decided(runs_of(exact), runs_of(times_of(exact, 1.03), 10)).root()["verdict"].text() == "no regression");
  CHECK(decided(runs_of(exact), runs_of(times_of(exact, 1.0301), 10)).root()["verdict"].text() == "regression");
}

TEST_CASE("The bounds beside a verdict are those that it was decided by") {
  const std::vector<double> before = {0.88, 1, 1, 1, 1}, now = {1.03, 1.03, 1, 1, 1};
  const JsonDocument within = decided(runs_of(before), runs_of(now, 10), {"p50=15%"});
  // The largest of 25 ratios, which would belong to a regression, is 1.17; the third is what says that there is none.
  CHECK(within.root()["text"].text() == "no regression: p50 +3.0 % (+0.0 to +13.6 %), limit 15 %");
  CHECK(check_of(within, "p50")["confidence"].number() == 0.95);
  const JsonDocument open = decided(runs_of(before), runs_of(now, 10), {"p50=5%"});
  CHECK(open.root()["text"].text().starts_with("cannot tell: p50 +3.0 % (+0.0 to +17.0 %), limit 5 %; "));
  CHECK(check_of(open, "p50")["confidence"].number() == doctest::Approx(0.992));
  // What is just beyond the limit does not look as if it were not.
  const std::vector<double> exact = {1, 1, 1, 1, 1};
  const JsonDocument just = decided(runs_of(exact), runs_of(times_of(exact, 1.0301), 10), {"p50=3%"});
  CHECK(just.root()["text"].text() == "regression: p50 +3.0 % (+3.01 to +3.01 %), limit 3 %");
  // Fewer than five runs of one side never tell, whatever their bounds would be.
  CHECK(check_of(decided(runs_of({1, 1.01, 0.99}), runs_of(std::vector<double>(20, 2), 10)), "p50")["low"].is_null());
}

TEST_CASE("Where several nodes leave one beyond its limit open, the chance is told in place of bounds") {
  const auto side = [](const std::vector<double> &one, const std::vector<double> &other, int begin) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < one.size(); ++i)
      texts.push_back(profile({{one[i]}, {other[i]}}, begin + static_cast<int>(i)));
    return texts;
  };
  // Exchanging runs makes the second node look even slower than the first one does.
  const JsonDocument open = decided(side({1.01, 2, 3, 4, 5}, {1, 1, 1, 2, 2}, 0),
                                    side({6, 7, 8, 9, 10}, {2, 2, 2, 1, 1}, 10), {"node.p50=10%"});
  CHECK(open.root()["text"].text().starts_with(
      "cannot tell: node.p50 of n0 +166.7 %, limit 10 %; any of several looks so in 0.79 % of cases; take "));
  CHECK(check_of(open, "node.p50")["low"].is_null());
}

namespace {

// Runs of a clock that ticks in microseconds: a node of 200 of them, and one whose ticks are given, by run.
std::vector<std::string> ticking(const std::vector<double> &ticks, int begin = 0) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < ticks.size(); ++i) {
    const double large = 0.2 + 0.001 * static_cast<double>(i % 4), small = ticks[i] / 1000;
    texts.push_back(profile({{large, large, large}, {small, small, small}}, begin + static_cast<int>(i)));
  }
  return texts;
}

}  // namespace

TEST_CASE("Nodes that take few ticks of the clock are decided by one tick") {
  const std::vector<const char *> limit = {"node.p50=10%"};
  const auto verdict = [&](const std::vector<double> &before, const std::vector<double> &now) {
    return decided(ticking(before), ticking(now, 10), limit).root()["verdict"].text();
  };
  CHECK(verdict({0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}) == "no regression");
  CHECK(verdict({0, 0, 1, 0, 1}, {1, 0, 1, 1, 0}) == "no regression");
  CHECK(verdict({5, 5, 5, 5, 5}, {6, 6, 6, 6, 6}) == "no regression");
  CHECK(verdict({0, 0, 0, 0, 0}, {3, 3, 4, 3, 3}) == "regression");
  CHECK(verdict({5, 5, 5, 5, 5}, {8, 8, 8, 8, 8}) == "regression");
  // A tick is less than the limit of these.
  CHECK(verdict({20, 20, 20, 20, 20}, {24, 24, 24, 24, 24}) == "regression");
  // Nothing can be improved that is so short.
  const JsonDocument improved = decided(ticking({1, 1, 1, 1, 1}), ticking({1, 1, 1, 1, 1}, 10), {"node.p50=-10%"});
  CHECK(improved.root()["checks"].list()[2]["verdict"].text() == "no regression");
  const JsonDocument told = decided(ticking({5, 5, 5, 5, 5}), ticking({8, 8, 8, 8, 8}, 10), limit);
  CHECK(told.root()["text"].text() == "regression: node.p50 of n1 +60.0 % (+60.0 to +60.0 %), limit 1.000 µs");
  CHECK(told.root()["checks"].list()[2]["step"].number() == 0.001);
  CHECK(told.root()["checks"].list()[1]["step"].is_null());
  CHECK(told.root()["notes"].list()[0].text() ==
        "node.p50 of 1 node: values come in steps of 1.000 µs, and 10 % of them is less: one step is no change");
}

TEST_CASE("Where values of 0 have no step, none may grow") {
  const auto of = [](double value, int begin) {
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) texts.push_back(profile({{1, 1.0000001}, {value, value}}, begin + i));
    return texts;
  };
  CHECK(decided(of(0, 0), of(0, 10), {"node.p50=10%"}).root()["verdict"].text() == "no regression");
  CHECK(decided(of(0, 0), of(1, 10), {"node.p50=10%"}).root()["verdict"].text() == "regression");
  CHECK(decided(of(0, 0), of(0, 10)).root()["verdict"].text() == "no regression");
}

TEST_CASE("A baseline of another network is refused") {
  const auto of = [](const char *name, const char *shape) {
    std::vector<std::string> texts = runs_of(kQuiet);
    for (std::string &text : texts) {
      text.replace(text.find(R"("name":"n0")"), 11, fmt::format(R"("name":"{}")", name));
      const std::string info = R"("info":{)";
      text.replace(text.find(info), info.size(),
                   fmt::format(R"("info":{{"n_nodes":1,"inputs":[{{"type":"int8","shape":[{}]}}],)", shape));
    }
    return texts;
  };
  CHECK_THROWS_WITH_AS(decided(of("a", "1,32,32,3"), of("b", "1,490")),
                       "the baseline is of another network: expected inputs int8 (1,490), outputs , 1 nodes; it has "
                       "inputs int8 (1,32,32,3), outputs , 1 nodes, and 0 of its nodes have names of these; record a "
                       "baseline of this network (airunner profile --runs 5 --save FILE.json)",
                       Error);
  // Resized, with names of its own, with another order of dimensions, or with open ones it is the same.
  CHECK(decided(of("a", "1,32,32,3"), of("a", "1,64,64,3")).root()["verdict"].text() == "no regression");
  CHECK(decided(of("a", "1,32,32,3"), of("b", "1,3,32,32")).root()["verdict"].text() == "no regression");
  CHECK(decided(of("a", "1,32,32,3"), of("b", "-1,3,32,32")).root()["verdict"].text() == "no regression");
}

TEST_CASE("A baseline of another mode is refused") {
  std::vector<std::string> other = runs_of(kQuiet, 10);
  for (std::string &text : other) text.replace(text.find("PER_LAYER"), 9, "IO_ONLY");
  CHECK_THROWS_WITH_AS(decided(other, runs_of(kQuiet)),
                       "the baseline is of another mode, whose durations are of something else: expected per-layer, as "
                       "the current runs; it has io-only; give all runs the same --mode, or record a baseline in that "
                       "of the current ones (airunner profile --mode per-layer --runs 5 --save FILE.json)",
                       Error);
  CHECK(decided(other, other).root()["verdict"].text() == "no regression");
}

TEST_CASE("Memory is told by one run") {
  const std::vector<std::string> before = runs_of({1});
  std::vector<std::string> now = runs_of({1}, 10);
  const std::string key = R"("weights":1000)";
  const size_t place = now[0].find(key);
  REQUIRE(place != std::string::npos);
  const auto with = [&](const char *value) {
    std::vector<std::string> changed = now;
    changed[0].replace(place, key.size(), fmt::format("\"weights\":{}", value));
    return changed;
  };
  const std::vector<const char *> limit = {"memory=1%"};
  CHECK(decided(before, with("1010"), limit).root()["verdict"].text() == "no regression");
  const JsonDocument larger = decided(before, with("1011"), limit);
  CHECK(larger.root()["verdict"].text() == "regression");
  CHECK(check_of(larger, "memory.weights")["baseline"]["value"].number() == 1000.0);
  // A limit of one kind goes before that of all.
  CHECK(decided(before, with("1011"), {"memory=1%", "memory.weights=2%"}).root()["verdict"].text() == "no regression");
}

TEST_CASE("Limits that are none are refused") {
  CHECK(refusal({"p50"}).find("expected what may grow") != std::string::npos);
  CHECK(refusal({"p50=3"}).find("expected what may grow") != std::string::npos);
  CHECK(refusal({"p50=x%"}).find("expected a number above -100") != std::string::npos);
  CHECK(refusal({"p50=-100%"}).find("expected a number above -100") != std::string::npos);
  CHECK(refusal({"p50=1%", "p50=2%"}).find("has two limits") != std::string::npos);
  CHECK(refusal({"memory.ram=1%"}).find("one of weights") != std::string::npos);
  CHECK(refusal({"memory.heep=1%"}).find("(did you mean heap?)") != std::string::npos);
  CHECK(refusal({"p51=1%"}).find("(did you mean p50?): p51 is neither a statistic nor a column; there are mean, min") !=
        std::string::npos);
  CHECK(refusal({"memory.heap=1%"}).find("neither tells heap; there ") != std::string::npos);
  CHECK(refusal({"energy=1%"}).find("applies to nothing") != std::string::npos);
  CHECK(refusal({"node.energy.p90=1%"}).find("node.energy.p90 applies to nothing") != std::string::npos);
}

TEST_CASE("Documents that are none are refused by name") {
  const std::string info = R"({"schema":"airunner.info/1"})", runs = R"({"schema":"airunner.runs/1","runs":[]})";
  const std::vector<std::string> good = runs_of({1});
  CHECK_THROWS_WITH_AS(decided({info}, good), doctest::Contains("baseline document 1: the schema is 'airunner.info/1'"),
                       Error);
  CHECK_THROWS_WITH_AS(decided(good, {runs}), doctest::Contains("the current side has no run"), Error);
}

TEST_CASE("What the sides do not share is said") {
  std::vector<std::string> before, now;
  for (int i = 0; i < 5; ++i) {
    before.push_back(profile({{1}, {2}, {3}}, i));
    now.push_back(profile({{1}, {2}}, 10 + i));
  }
  const JsonDocument decision = decided(before, now);
  std::string notes;
  for (const std::string &note : decision.root()["notes"].texts()) notes += note + "\n";
  CHECK(notes.find("only in the baseline: the nodes n2") != std::string::npos);
  CHECK(notes.find("the runs did not take turns") != std::string::npos);
  CHECK(notes.find("the machine differs") == std::string::npos);
}

TEST_CASE("Pages trust neither document") {
  const auto page_of = [](const std::string &json) {
    const air_document document = {"x.json", json.c_str()};
    return html_page(std::span(&document, 1));
  };
  std::vector<std::string> runs = runs_of(kQuiet);
  for (std::string &run : runs) run.replace(run.find(R"("n0")"), 4, R"("<b>n0")");
  const std::string regression = compare_profiles(documents(runs), documents(runs), {}, 0);
  const std::string page = page_of(regression);
  CHECK(page.find("&lt;b&gt;n0") != std::string::npos);
  CHECK(page.find("<b>n0") == std::string::npos);
  CHECK(page.find("p50 of every run") != std::string::npos);
  const std::string all = fmt::format(R"({{"schema":"airunner.runs/1","runs":[{},{},{}]}})", runs[0], runs[1], runs[2]);
  CHECK(page_of(all).find("3 runs") != std::string::npos);
  CHECK_THROWS_AS(page_of(R"({"schema":"airunner.regression/1","checks":3})"), Error);
  CHECK_THROWS_AS(page_of(R"({"schema":"airunner.regression/1","checks":[{"change":"x"}]})"), Error);
  CHECK_THROWS_AS(page_of(R"({"schema":"airunner.runs/1","runs":[{"schema":"airunner.info/1"}]})"), Error);
  // What is missing is not known.
  CHECK(page_of(R"({"schema":"airunner.regression/1"})").find("Regression") != std::string::npos);
  CHECK(page_of(R"({"schema":"airunner.runs/1"})").find("No run has a time") != std::string::npos);
}
