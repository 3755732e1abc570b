// SPDX-License-Identifier: BSD-3-Clause
// What air_invoke() costs beyond the bare call of the same host library, measured in one run.
//
// usage: bench-invoke [--smoke] LABEL=IO_LIBRARY... --layers LABEL=LAYERS_LIBRARY...
#include <airunner.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "allocations.h"
#include "bare_model.h"
#include "common/values.h"
#include "measure.h"

namespace {

using bench::BareModel;
using Bytes = std::vector<std::byte>;

void require(air_status status) {
  if (status != AIR_OK) throw std::runtime_error(air_last_error()->message);
}

// One host library, open twice: directly, and through airunner. Both see the same buffers.
class Pair {
 public:
  Pair(std::string label, const std::string &path)
      : label_(std::move(label)), path_(path), bare_(BareModel::open(path)) {
    require(air_connect(("file:" + path).c_str(), nullptr, &runner_));
    require(air_get_session(runner_, nullptr, &session_));
  }
  ~Pair() { air_disconnect(runner_); }
  Pair(const Pair &) = delete;
  Pair &operator=(const Pair &) = delete;

  const std::string &label() const { return label_; }
  const std::string &path() const { return path_; }
  BareModel &bare() { return *bare_; }

  void resize(uint64_t n_samples) {
    n_samples_ = n_samples;
    input_.assign(n_samples * bare_->input_bytes(), std::byte{1});
    output_.assign(n_samples * bare_->output_bytes(), std::byte{0});
  }

  void run_bare() { bare_->run(n_samples_, input_.data(), output_.data()); }

  void run_copying() {
    bare_->observe(true);
    run_bare();
    bare_->observe(false);
  }

  // Outputs are in the result, which is released at once.
  void run_air(uint32_t mode) { run_kept(mode); }

  // The result is released when the next one is there.
  void run_held() { held_ = run_kept(AIR_MODE_IO_ONLY); }

  // A result with the data of all nodes.
  air::HeldResult keep() { return run_kept(AIR_MODE_PER_LAYER_WITH_DATA); }

  // These data, one after the other.
  Bytes node_data() {
    const air::HeldResult result = keep();
    Bytes all;
    for (uint32_t node = 0; node < air_get_result_model(result.get())->n_nodes; node++) {
      air_view view{};
      require(air_get_tensor(result.get(), AIR_PLACE_NODE, node, 0, AIR_ALL_SAMPLES, &view));
      const auto *data = static_cast<const std::byte *>(view.data);
      all.insert(all.end(), data, data + view.size_bytes);
    }
    return all;
  }

  // Outputs are in memory of the caller, nothing is kept.
  void run_given() {
    const air_output out = {output_.data(), output_.size()};
    invoke({.struct_size = sizeof(air_invoke_options)}, &out, nullptr);
  }

  // The two must compute the same, or comparing their times means nothing.
  void check_outputs() {
    run_bare();
    const air::HeldResult result = run_kept(AIR_MODE_IO_ONLY);
    air_view view{};
    require(air_get_tensor(result.get(), AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &view));
    if (view.size_bytes != output_.size() || std::memcmp(view.data, output_.data(), output_.size()) != 0)
      throw std::runtime_error(label_ + ": the bare call and air_invoke give different outputs");
  }

 private:
  void invoke(const air_invoke_options &options, const air_output *out, const air_result **out_result) {
    const air_input in = {.data = input_.data(), .size_bytes = input_.size()};
    require(air_invoke(session_, n_samples_, &in, 1, out, out == nullptr ? 0 : 1, &options, nullptr, out_result));
  }

  air::HeldResult run_kept(uint32_t mode) {
    air::HeldResult result;
    invoke({.struct_size = sizeof(air_invoke_options), .mode = mode}, nullptr, result.out());
    return result;
  }

  std::string label_;
  std::string path_;
  std::unique_ptr<BareModel> bare_;
  air_runner *runner_ = nullptr;
  air_session *session_ = nullptr;
  uint64_t n_samples_ = 0;
  Bytes input_;
  Bytes output_;
  air::HeldResult held_;
};

unsigned n_rounds = 200;

void print_ns(const Pair &pair, const std::string &what, double value, double baseline, double allowance) {
  bench::print({pair.label() + ": " + what, value, "ns/sample", baseline, baseline + allowance});
}

// What a program may do with what an invoke gives.
struct Way {
  const char *name;
  void (*run)(Pair &pair);
};
constexpr Way kWays[] = {
    {"", [](Pair &pair) { pair.run_air(AIR_MODE_IO_ONLY); }},
    {", the former result released one call later", [](Pair &pair) { pair.run_held(); }},
    {", outputs in memory of the caller", [](Pair &pair) { pair.run_given(); }},
};

// Allocations of a call once the same call has been made before.
double n_allocations(Pair &pair, const Way &way) {
  for (int i = 0; i < 3; i++) way.run(pair);
  const uint64_t before = bench::n_allocations();
  way.run(pair);
  return static_cast<double>(bench::n_allocations() - before);
}

// Every way against the bare call, each `n_calls` times.
void bench_ways(Pair &pair, const std::string &what, uint64_t n_samples, uint64_t n_calls, double allowance) {
  pair.resize(n_samples);
  std::vector<std::function<void()>> variants = {[&] {
    for (uint64_t i = 0; i < n_calls; i++) pair.run_bare();
  }};
  for (const Way &way : kWays) {
    variants.emplace_back([&] {
      for (uint64_t i = 0; i < n_calls; i++) way.run(pair);
    });
  }
  const auto times = bench::least_ns(n_rounds, variants);
  const auto n_runs = static_cast<double>(n_samples * n_calls);
  for (size_t i = 0; i < std::size(kWays); i++) {
    print_ns(pair, what + kWays[i].name, times[i + 1] / n_runs, times[0] / n_runs, allowance);
    const std::string name = pair.label() + ": allocations of an " + what + kWays[i].name;
    bench::print({name, n_allocations(pair, kWays[i]), "calls", 0.0, 0.0});
  }
}

void bench_plain(Pair &pair) {
  pair.resize(1000);
  pair.check_outputs();
  bench_ways(pair, "invoke of 1000 samples", 1000, 1, 100.0);
  // One call is too short for the clock: a thousand of them are timed.
  bench_ways(pair, "invoke of a single sample", 1, 1000, 300.0);
}

void bench_data(Pair &pair) {
  const uint64_t batch = 10;
  pair.resize(batch);
  pair.check_outputs();
  const auto times =
      bench::least_ns(n_rounds, {[&] { pair.run_copying(); }, [&] { pair.run_air(AIR_MODE_PER_LAYER_WITH_DATA); }});
  const double allowance = 100.0 * static_cast<double>(pair.bare().n_nodes());
  print_ns(pair, "per layer with data, batch of 10", times[1] / batch, times[0] / batch, allowance);
}

// The same number of samples in large and in small batches. Large ones leave the processor's caches, and the bare call feels that
// too: the limit is 1.1 times what the bare call grows by, or 1.1 where it does not grow.
void bench_growth(Pair &small, Pair &large, const char *what, void (*air)(Pair &), void (*bare)(Pair &)) {
  const auto in_small = [&](void (*call)(Pair &)) {
    for (int i = 0; i < 80; i++) call(small);
  };
  const auto times = bench::least_ns(std::max(n_rounds / 20, 1U), {[&] { in_small(air); }, [&] { air(large); },
                                                                   [&] { in_small(bare); }, [&] { bare(large); }});
  const double growth = 1.1 * std::max(times[3] / times[2], 1.0);
  print_ns(small, what, times[1] / 800, times[0] / 800, times[0] / 800 * (growth - 1.0));
}

// Keeping what all nodes compute, the network's own time included, against copying as many bytes from memory to memory.
void bench_kept(Pair &large) {
  const Bytes from = large.node_data();
  if (from.size() < 100'000'000) return;  // it is not the copying that takes the time
  Bytes to(from.size());
  const auto times =
      bench::least_ns(std::max(n_rounds / 20, 1U), {[&] { std::memcpy(to.data(), from.data(), from.size()); },
                                                    [&] { large.run_air(AIR_MODE_PER_LAYER_WITH_DATA); }});
  const double megabytes = static_cast<double>(from.size()) / 1e6;
  bench::print({large.label() + ": per layer with data, batch of 800 against a memcpy", times[1] / megabytes, "ns/MB",
                times[0] / megabytes, times[0] / megabytes * 1.3});
}

// In kB: what the process has in memory, and the most it has had since the last reset.
uint64_t memory_of(const char *key) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != key) {
  }
  uint64_t kb = 0;
  if (!(status >> kb)) throw std::runtime_error(std::string("/proc/self/status has no ") + key);
  return kb;
}

void print_memory(const Pair &pair, const std::string &what, uint64_t kb, const Bytes &data) {
  const double megabytes = static_cast<double>(data.size()) / 1e6;
  bench::print({pair.label() + ": " + what, static_cast<double>(kb) * 1024 / 1e6, "MB", megabytes, 1.2 * megabytes});
}

// What it takes to keep node data: of a first invoke, and of a result beside another.
void bench_memory(Pair &large) {
  const Bytes data = large.node_data();
  if (data.size() < 100'000'000) return;  // little is lost in the noise
  Pair pair(large.label(), large.path());
  pair.resize(800);
  const uint64_t before = memory_of("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << 5;  // the most is what there is now
  const air::HeldResult first = pair.keep();
  print_memory(pair, "memory of a first invoke that keeps node data", memory_of("VmHWM:") - before, data);
  const uint64_t beside = memory_of("VmRSS:");
  const air::HeldResult second = pair.keep();
  print_memory(pair, "memory of another result alive", memory_of("VmRSS:") - beside, data);
}

void bench_layers(Pair &small) {
  bench_data(small);
  Pair large(small.label(), small.path());
  small.resize(10);
  large.resize(800);
  bench_growth(
      small, large, "invoke, batch of 800 against 10", [](Pair &pair) { pair.run_air(AIR_MODE_IO_ONLY); },
      [](Pair &pair) { pair.run_bare(); });
  bench_growth(
      small, large, "per layer with data, batch of 800 against 10",
      [](Pair &pair) { pair.run_air(AIR_MODE_PER_LAYER_WITH_DATA); }, [](Pair &pair) { pair.run_copying(); });
  bench_kept(large);
  bench_memory(large);
}

void run(const std::vector<std::string> &arguments) {
  auto *measure = bench_plain;
  for (const std::string &argument : arguments) {
    if (argument == "--smoke") {
      n_rounds = 1;
    } else if (argument == "--layers") {
      measure = bench_layers;
    } else {
      const size_t split = argument.find('=');
      if (split == std::string::npos) throw std::runtime_error("expected LABEL=LIBRARY, got " + argument);
      Pair pair(argument.substr(0, split), argument.substr(split + 1));
      measure(pair);
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  try {
    run({argv + 1, argv + argc});
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench-invoke: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
