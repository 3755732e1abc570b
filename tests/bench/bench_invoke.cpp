// SPDX-License-Identifier: BSD-3-Clause
// What air_invoke() costs beyond the bare call of the same host library, measured in one run.
//
// usage: bench-invoke [--smoke] LABEL=IO_LIBRARY... --layers LABEL=LAYERS_LIBRARY...
#include <airunner.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "allocations.h"
#include "bare_model.h"
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

  void run_air(uint32_t mode) {
    const air_buffer in = {input_.data(), input_.size(), nullptr, 0, AIR_DTYPE_NONE};
    const air_buffer out = {output_.data(), output_.size(), nullptr, 0, AIR_DTYPE_NONE};
    air_invoke_options options = {};
    options.struct_size = sizeof options;
    options.mode = mode;
    require(air_invoke(session_, n_samples_, &in, 1, &out, 1, &options));
  }

  // The two must compute the same, or comparing their times means nothing.
  void check_outputs() {
    run_bare();
    const Bytes expected = output_;
    output_.assign(output_.size(), std::byte{0});
    run_air(AIR_MODE_IO_ONLY);
    if (output_ != expected) throw std::runtime_error(label_ + ": the bare call and air_invoke give different outputs");
  }

 private:
  std::string label_;
  std::string path_;
  std::unique_ptr<BareModel> bare_;
  air_runner *runner_ = nullptr;
  air_session *session_ = nullptr;
  uint64_t n_samples_ = 0;
  Bytes input_;
  Bytes output_;
};

unsigned n_rounds = 200;

void print_ns(const Pair &pair, const char *what, double value, double baseline, double allowance) {
  bench::print({pair.label() + ": " + what, value, "ns/sample", baseline, baseline + allowance});
}

void bench_plain(Pair &pair) {
  const uint64_t batch = 1000;
  pair.resize(batch);
  pair.check_outputs();
  const auto many = bench::least_ns(n_rounds, {[&] { pair.run_bare(); }, [&] { pair.run_air(AIR_MODE_IO_ONLY); }});
  print_ns(pair, "invoke of 1000 samples", many[1] / batch, many[0] / batch, 100.0);

  const uint64_t before = bench::n_allocations();
  pair.run_air(AIR_MODE_IO_ONLY);
  const uint64_t n_allocations = bench::n_allocations() - before;
  bench::print({pair.label() + ": allocations of an invoke in steady state", static_cast<double>(n_allocations),
                "calls", 0.0, 0.0});

  // One call is too short for the clock: a thousand of them are timed.
  pair.resize(1);
  const auto calls = [&](auto call) {
    return [&, call] {
      for (uint64_t i = 0; i < batch; i++) call();
    };
  };
  const auto single =
      bench::least_ns(n_rounds, {calls([&] { pair.run_bare(); }), calls([&] { pair.run_air(AIR_MODE_IO_ONLY); })});
  print_ns(pair, "invoke of a single sample", single[1] / batch, single[0] / batch, 1000.0);
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
