// SPDX-License-Identifier: BSD-3-Clause
// How often decisions about profiles are wrong: whole runs that take turns, with made up and with real noise. AIRUNNER_TRIALS says of how many
// trials; docs/regression.md has the rates of 500.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>

#include "common/json.h"
#include "report/regression/document.h"
#include "runs.h"

using namespace air;
using namespace air::report;

namespace {

// By how much a run as a whole is slower than it would be in a quiet world, as a logarithm.
using Noise = std::function<double(std::mt19937_64 &, int run)>;

struct World {
  Noise noise;
  double slow_down = 0;  // of the current side, as part
  size_t n_nodes = 1, n_samples = 9;
  size_t slow_node = SIZE_MAX;  // this one alone
  double within = 0.02;         // noise of single samples
  double tick = 0;              // of the clock; nodes then take 0.3 ticks, 1.5 times as many, and so on
};

class BothSides {
 public:
  BothSides(const World &world, uint64_t seed) : world_(world), random_(seed) {}

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
    std::normal_distribution<double> within(0, world_.within);
    const double whole = world_.noise(random_, number_++);
    std::vector<std::vector<double>> nodes(world_.n_nodes);
    for (size_t node = 0; node < nodes.size(); ++node) {
      std::normal_distribution<double> of_node(0, world_.n_nodes > 1 ? 0.01 : 0.0);
      const bool is_slow = is_current && (world_.slow_node == SIZE_MAX || world_.slow_node == node);
      const double level = whole + of_node(random_) + (is_slow ? std::log1p(world_.slow_down) : 0.0);
      for (size_t i = 0; i < world_.n_samples; ++i)
        nodes[node].push_back(shown(std::exp(level + within(random_)), static_cast<double>(node)));
    }
    return profile(nodes, number_);
  }

  // What the clock shows of it: a node begins anywhere between two ticks.
  double shown(double time, double node) {
    if (world_.tick == 0) return time;
    const double phase = std::uniform_real_distribution<double>(0, 1)(random_);
    return std::floor(time * 0.3 * std::pow(1.5, node) + phase) * world_.tick;
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

// What 800 runs of the digits, one after the other on a busy machine, really took: each trial is another part of them.
Noise real_noise() {
  std::ifstream file(std::getenv("AIRUNNER_REAL_RUNS"));
  std::vector<double> times;
  for (double time = 0; file >> time;) times.push_back(std::log(time));
  REQUIRE(times.size() == 800);
  return [times, start = size_t{0}](std::mt19937_64 &random, int run) mutable {
    if (run == 0) start = static_cast<size_t>(random() % times.size());
    return times[(start + static_cast<size_t>(run)) % times.size()];
  };
}

struct Rates {
  size_t trials = 0, regressions = 0, none = 0, open = 0, runs = 0;
  double part(size_t count) const { return static_cast<double>(count) / static_cast<double>(trials); }
  double alarms() const { return part(regressions); }
  double found() const {  // of those that are decided
    return static_cast<double>(regressions) / static_cast<double>(std::max<size_t>(regressions + none, 1));
  }
  double opened() const { return part(open); }
};

// Five runs of each side, then as many more as it asks for, up to `rounds` times.
Rates simulate(const World &world, size_t trials, size_t rounds, const std::vector<const char *> &limits = {}) {
  Rates rates;
  for (size_t trial = 0; trial < trials; ++trial) {
    BothSides runs(world, trial + 1);
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

// A row of the table in docs/regression.md.
void print(const char *what, const char *noise, const Rates &rates) {
  std::printf("| %s | %s | %.1f %% | %.1f %% | %.1f %% | %.1f |\n", noise, what, 100 * rates.alarms(),
              100 * rates.part(rates.none), 100 * rates.part(rates.open), rates.part(rates.runs));
}

size_t trials() {
  const char *text = std::getenv("AIRUNNER_TRIALS");
  return text == nullptr ? 40 : static_cast<size_t>(std::atoi(text));
}

}  // namespace

TEST_CASE("What has not changed raises no alarm, and what is 5 % slower is found with the runs that are asked for") {
  std::vector<std::pair<const char *, World>> worlds;
  for (const auto &[name, noise] : kNoises) worlds.push_back({name, {noise}});
  worlds.push_back({"real runs", {.noise = real_noise(), .within = 0}});
  constexpr size_t kRounds = 5;
  for (auto &[noise_name, of_noise] : worlds) {
    const char *name = noise_name;
    World world = of_noise;
    CAPTURE(name);
    const Rates same = simulate(world, trials(), kRounds);
    print("nothing changed", name, same);
    CHECK(same.alarms() <= 0.01);
    CHECK(same.opened() <= 0.05);
    world.slow_down = 0.05;
    const Rates slower = simulate(world, trials(), kRounds);
    print("5 % slower", name, slower);
    CHECK(slower.found() >= 0.95);
    CHECK(slower.opened() <= 0.15);  // counted apart
    // Five runs may leave it open, but do not miss it.
    const Rates first = simulate(world, trials(), 0);
    print("5 % slower, 5 runs only", name, first);
    CHECK((first.none == 0 || first.found() >= 0.95));
  }
}

TEST_CASE("Without any tolerance a decision is wrong in one of a hundred cases, though it may stay open") {
  size_t all = 0, alarms = 0;
  for (const auto &[name, noise] : kNoises) {
    const Rates same = simulate({noise}, trials(), 2, {"p50=0%"});
    print("nothing changed, limit 0 %", name, same);
    all += same.trials;
    alarms += same.regressions;
  }
  CHECK(static_cast<double>(alarms) <= 1 + 0.01 * static_cast<double>(all));
}

TEST_CASE("One slow node of forty is found; of forty that have not changed none is") {
  for (const auto &[noise_name, noise] : kNoises) {
    const char *name = noise_name;
    CAPTURE(name);
    const Rates same = simulate({noise, 0, 40}, trials() / 4, 1, {"node.p50=0%"});
    print("40 nodes, nothing changed, limit 0 %", name, same);
    CHECK(same.alarms() <= 0.01 + 1.0 / static_cast<double>(same.trials));
    const Rates slower = simulate({noise, 0.2, 40, 9, 7}, trials() / 4, 3, {"node.p50=10%"});
    print("40 nodes, one 20 % slower, limit 10 %", name, slower);
    CHECK(slower.found() >= 0.95);
    CHECK(slower.opened() <= 0.1);
  }
}

TEST_CASE("Nodes that take from 0 to 131 ticks of the clock raise no alarm, and those that can be told are found") {
  for (const auto &[noise_name, noise] : kNoises) {
    const char *name = noise_name;
    CAPTURE(name);
    World world = {.noise = noise, .n_nodes = 16, .n_samples = 20, .tick = 0.001};
    const Rates same = simulate(world, trials(), 3, {"node.p50=10%"});
    print("16 nodes of few ticks, nothing changed, limit 10 %", name, same);
    CHECK(same.alarms() <= 0.01);
    CHECK(same.opened() <= 0.1);
    world.slow_down = 0.3;
    world.slow_node = 12;  // of 39 ticks
    const Rates slower = simulate(world, trials() / 4, 3, {"node.p50=10%"});
    print("16 nodes of few ticks, one 30 % slower, limit 10 %", name, slower);
    CHECK(slower.found() >= 0.95);
    CHECK(slower.opened() <= 0.1);
  }
}
