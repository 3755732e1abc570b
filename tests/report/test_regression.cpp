// SPDX-License-Identifier: BSD-3-Clause
// Slower than before: the statistics against closed forms, and how often decisions are wrong, by simulation of whole runs that take turns.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>

#include "common/json.h"
#include "report/regression/document.h"
#include "report/regression/family.h"
#include "report/regression/ranks.h"

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

// One whole run: what a document of it says. `times` in ms, by node; the network's is their sum.
std::string profile(const std::vector<std::vector<double>> &nodes, int number) {
  const size_t samples = nodes[0].size();
  std::string c_nodes, whole;
  for (size_t sample = 0; sample < samples; ++sample) {
    double sum = 0;
    for (const std::vector<double> &times : nodes) sum += times[sample];
    whole += fmt::format("{}{}", sample == 0 ? "" : ",", sum);
  }
  for (size_t node = 0; node < nodes.size(); ++node) {
    std::string times;
    for (const double time : nodes[node]) times += fmt::format("{}{}", times.empty() ? "" : ",", time);
    c_nodes +=
        fmt::format(R"({}{{"name":"n{}","index":{},"c_durations":[{}]}})", node == 0 ? "" : ",", node, node, times);
  }
  return fmt::format(
      R"({{"schema":"airunner.profile/1","begin":"{:06}","info":{{"name":"m","weights":1000}},"mode":["PER_LAYER"],"n_samples":{},)"
      R"("c_durations":[{}],"c_nodes":[{}]}})",
      number, samples, whole, c_nodes);
}

// By how much a run as a whole is slower than it would be in a quiet world, as a logarithm.
using Noise = std::function<double(std::mt19937_64 &, int run)>;

struct World {
  Noise noise;
  double slow_down = 0;  // of the current side, as part
  size_t n_nodes = 1, n_samples = 9;
  size_t slow_node = SIZE_MAX;  // this one alone
};

class Runs1 {
 public:
  Runs1(const World &world, uint64_t seed) : world_(world), random_(seed) {}

  // In turns.
  void take(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const bool is_first = baseline_.size() % 2 == 1;  // a drift must not treat one side better
      if (is_first) current_.push_back(run(true));
      baseline_.push_back(run(false));
      if (!is_first) current_.push_back(run(true));
    }
  }
  JsonDocument decision(std::vector<const char *> limits) const {
    return {compare_profiles(documents(baseline_), documents(current_), limits, 0), "decision"};
  }

 private:
  std::string run(bool is_current) {
    std::normal_distribution<double> within(0, 0.02);
    const double whole = world_.noise(random_, number_++);
    std::vector<std::vector<double>> nodes(world_.n_nodes);
    for (size_t node = 0; node < nodes.size(); ++node) {
      std::normal_distribution<double> of_node(0, world_.n_nodes > 1 ? 0.01 : 0.0);
      const bool is_slow = is_current && (world_.slow_node == SIZE_MAX || world_.slow_node == node);
      const double level = whole + of_node(random_) + (is_slow ? std::log1p(world_.slow_down) : 0.0);
      for (size_t i = 0; i < world_.n_samples; ++i) nodes[node].push_back(std::exp(level + within(random_)));
    }
    return profile(nodes, number_);
  }
  static std::vector<air_document> documents(const std::vector<std::string> &texts) {
    std::vector<air_document> all;
    for (const std::string &text : texts) all.push_back({nullptr, text.c_str()});
    return all;
  }

  World world_;
  std::mt19937_64 random_;
  int number_ = 0;
  std::vector<std::string> baseline_, current_;
};

double normal(std::mt19937_64 &random, double deviation) {
  return std::normal_distribution<double>(0, deviation)(random);
}
bool happens(std::mt19937_64 &random, double chance) {
  return std::uniform_real_distribution<double>(0, 1)(random) < chance;
}

const std::vector<std::pair<const char *, Noise>> kNoises = {
    {"1 % normal", [](std::mt19937_64 &random, int) { return normal(random, 0.01); }},
    {"2 % normal", [](std::mt19937_64 &random, int) { return normal(random, 0.02); }},
    {"one run of ten 10 % slower",
     [](std::mt19937_64 &random, int) { return normal(random, 0.005) + (happens(random, 0.1) ? 0.1 : 0); }},
    {"two modes 4 % apart",
     [](std::mt19937_64 &random, int) { return normal(random, 0.002) + (happens(random, 0.5) ? 0.04 : 0); }},
    {"drift of 10 % in 30 runs",
     [](std::mt19937_64 &random, int run) { return normal(random, 0.005) + 0.1 * run / 30.0; }},
};

struct Rates {
  size_t trials = 0, regressions = 0, none = 0, open = 0, runs = 0;
  double found() const {
    return static_cast<double>(regressions) / static_cast<double>(std::max<size_t>(regressions + none, 1));
  }
};

// Five runs of each side, then as many more as it asks for, up to `rounds` times.
Rates simulate(const World &world, size_t trials, size_t rounds, const std::vector<const char *> &limits = {}) {
  Rates rates;
  for (size_t trial = 0; trial < trials; ++trial) {
    Runs1 runs(world, trial + 1);
    runs.take(5);
    size_t taken = 5;
    std::string verdict;
    for (size_t round = 0;; ++round) {
      const JsonDocument decision = runs.decision(limits);
      verdict = decision.root()["verdict"].text();
      const size_t more = decision.root()["more_current_runs"].count();
      if (verdict != "cannot tell" || more == 0 || round == rounds) break;
      runs.take(more);
      taken += more;
    }
    rates.trials += 1;
    rates.runs += taken;
    (verdict == "regression" ? rates.regressions : verdict == "no regression" ? rates.none : rates.open) += 1;
  }
  return rates;
}

void print(const char *what, const char *noise, const Rates &rates) {
  std::printf("%-28s %-28s regression %5.1f %%, none %5.1f %%, cannot tell %5.1f %%; %.1f runs of each side\n", what,
              noise, 100.0 * static_cast<double>(rates.regressions) / static_cast<double>(rates.trials),
              100.0 * static_cast<double>(rates.none) / static_cast<double>(rates.trials),
              100.0 * static_cast<double>(rates.open) / static_cast<double>(rates.trials),
              static_cast<double>(rates.runs) / static_cast<double>(rates.trials));
}

size_t trials() {
  const char *text = std::getenv("AIRUNNER_TRIALS");
  return text == nullptr ? 200 : static_cast<size_t>(std::atoi(text));
}

}  // namespace

TEST_CASE("Critical values are those of all orders of two series") {
  for (size_t n = 1; n <= 7; ++n) {
    for (size_t m = 1; m <= 7; ++m) {
      for (const Level &level : {kOfRegression, kOfNone}) {
        const std::optional<size_t> u = critical_u(n, m, level);
        CHECK(chance_of_u(n, m, u ? *u + 1 : 0) > level.chance);
        if (u) CHECK(chance_of_u(n, m, *u) <= level.chance);
      }
    }
  }
}

TEST_CASE("How often it is wrong") {
  for (const auto &[name, noise] : kNoises) {
    print("nothing changed, 5 runs", name, simulate({noise}, trials(), 0));
    print("nothing changed, asked", name, simulate({noise}, trials(), 4));
    print("5 % slower, 5 runs", name, simulate({noise, 0.05}, trials(), 0));
    print("5 % slower, asked", name, simulate({noise, 0.05}, trials(), 4));
    print("no limit 0 %, unchanged", name, simulate({noise}, trials(), 4, {"p50=0%"}));
    print("40 nodes unchanged", name, simulate({noise, 0, 40}, trials() / 4, 2, {"node.p50=0%"}));
    print("40 nodes, 1 20 % slower", name, simulate({noise, 0.2, 40, 9, 7}, trials() / 4, 2, {"node.p50=10%"}));
  }
}
