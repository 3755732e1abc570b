// SPDX-License-Identifier: BSD-3-Clause
// What a client of targets costs: air_invoke() over a link against a replay of the same bytes by replay-floor, in one run.
//
// usage: bench-target [--smoke] AIRUNNER REPLAY_FLOOR LARGE_MODEL SMALL_MODEL
//
// `airunner serve` offers both models; they have one input and one output. The large one is measured.
#include <airunner.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>

#include "allocations.h"
#include "child.h"
#include "common/values.h"
#include "measure.h"
#include "recorder.h"

namespace {

using bench::Child;

struct Tools {
  std::string airunner;
  std::string floor;
  std::string large_model;
  std::string small_model;
  bool is_smoke = false;
};

// A target and how to reach it.
struct Setup {
  std::string label;
  std::string listen;
  int generation;
  int packet;
  std::vector<std::string> line;  // options of a simulated line
};

void require(air_status status) {
  if (status != AIR_OK) throw std::runtime_error(air_last_error()->message);
}

double now_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// This program and those it starts: what crosses processors depends on which of them sleep, and differs from sample to sample.
void stay_on_one_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Of the samples of one connection.
struct Times {
  std::vector<double> passed_ms;
  std::vector<double> cpu_ms;
};

// Of a typical sample of the best connection: a pseudo-terminal's bytes are passed on by threads of the system, and where these run makes
// whole connections faster or slower by a factor.
struct Best {
  double passed_ms = std::numeric_limits<double>::max();
  double cpu_ms = std::numeric_limits<double>::max();

  void add(const Times &times) {
    passed_ms = std::min(passed_ms, bench::median(times.passed_ms));
    cpu_ms = std::min(cpu_ms, bench::median(times.cpu_ms));
  }
};

Child serve(const Tools &tools, const Setup &setup) {
  std::vector<std::string> command = {tools.airunner,
                                      "serve",
                                      "file:" + tools.large_model,
                                      "file:" + tools.small_model,
                                      "--listen",
                                      setup.listen,
                                      "--generation",
                                      std::to_string(setup.generation),
                                      "--packet",
                                      std::to_string(setup.packet)};
  command.insert(command.end(), setup.line.begin(), setup.line.end());
  return Child(command);
}

std::string ready_descriptor(Child &server) {
  const std::string line = server.line();
  if (!line.starts_with("ready: ")) throw std::runtime_error("no target but: " + line);
  return line.substr(line.find(' ') + 1);
}

// A connection of ours, and a model of the target with its buffers.
class Client {
 public:
  Client(const std::string &descriptor, uint32_t model) {
    require(air_connect(descriptor.c_str(), nullptr, &runner_));
    require(air_get_session_at(runner_, model, &session_));
    resize(1);
  }
  ~Client() { air_disconnect(runner_); }
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  void resize(uint64_t n_samples) {
    n_samples_ = n_samples;
    input_.resize(n_samples * air_get_model(session_)->inputs[0]->size_bytes);
    for (size_t i = 0; i < input_.size(); ++i) input_[i] = static_cast<std::byte>(i % 251);
  }

  void run() {
    const air_input in = {.data = input_.data(), .size_bytes = input_.size()};
    require(air_invoke(session_, n_samples_, &in, 1, nullptr, 0, nullptr, nullptr, result_.out()));
  }

  // The output of these models is the begin of the input.
  void check_output() const {
    air_view output{};
    require(air_get_tensor(result_.get(), AIR_PLACE_OUTPUT, 0, 0, 0, &output));
    if (std::memcmp(output.data, input_.data(), output.size_bytes) != 0)
      throw std::runtime_error("the target gives a wrong output");
  }

  Times measure(int n_runs) {
    Times times;
    for (int i = 0; i < n_runs; ++i) {
      const double start = now_ms(CLOCK_MONOTONIC);
      const double start_cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
      run();
      times.passed_ms.push_back(now_ms(CLOCK_MONOTONIC) - start);
      times.cpu_ms.push_back(now_ms(CLOCK_PROCESS_CPUTIME_ID) - start_cpu);
    }
    check_output();
    return times;
  }

 private:
  air_runner *runner_ = nullptr;
  air_session *session_ = nullptr;
  uint64_t n_samples_ = 0;
  std::vector<std::byte> input_;
  air::HeldResult result_;
};

Times measure_floor(const Tools &tools, const std::string &descriptor, const std::string &recording, int n_runs) {
  Child floor({tools.floor, descriptor, recording, std::to_string(n_runs)});
  Times times;
  for (int i = 0; i < n_runs; ++i) {
    double passed = 0.0;
    double cpu = 0.0;
    if (std::sscanf(floor.line().c_str(), "%lf %lf", &passed, &cpu) != 2) {
      throw std::runtime_error("replay-floor failed");
    }
    times.passed_ms.push_back(passed / 1e6);
    times.cpu_ms.push_back(cpu / 1e6);
  }
  floor.expect_success();
  return times;
}

// A session of ours up to the first run, and one run of the model. The file has no name, so that none is left over.
class Recording {
 public:
  Recording(const Tools &tools, const Setup &setup, uint32_t model) : file_(std::tmpfile(), &std::fclose) {
    if (file_ == nullptr) throw std::runtime_error("no temporary file");
    Child server = serve(tools, {{}, "tcp:127.0.0.1:0", setup.generation, setup.packet, {}});
    bench::Recorder recorder(ready_descriptor(server));
    Client client(recorder.descriptor(), model);
    const std::vector<bench::Exchange> before = recorder.take();
    client.run();
    bench::write_recording(file_.get(), before, recorder.take());
  }

  std::string path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fileno(file_.get()));
  }

 private:
  std::unique_ptr<FILE, int (*)(FILE *)> file_;
};

// How much of a setup is measured.
struct Effort {
  uint32_t model = 0;
  int n_rounds;
  int n_runs;  // of a connection
};

struct Compared {
  Best ours;
  Best floor;
};

// Both clients take turns at one target.
Compared compare(const Tools &tools, const Setup &setup, const Effort &effort) {
  const Recording recording(tools, setup, effort.model);
  Child server = serve(tools, setup);
  const std::string descriptor = ready_descriptor(server);
  Compared compared;
  for (int round = 0; round < effort.n_rounds; ++round) {
    compared.ours.add(Client(descriptor, effort.model).measure(effort.n_runs));
    compared.floor.add(measure_floor(tools, descriptor, recording.path(), effort.n_runs));
  }
  return compared;
}

// `share` of the floor's speed has to be reached.
void print_speed(const Setup &setup, const Compared &compared, double share) {
  const double floor = compared.floor.passed_ms;
  bench::print({setup.label + ": sample", compared.ours.passed_ms, "ms", floor, floor / share});
}

void bench_lines(const Tools &tools) {
  const Effort effort =
      tools.is_smoke ? Effort{.model = 1, .n_rounds = 1, .n_runs = 1} : Effort{.n_rounds = 2, .n_runs = 1};
  for (const int generation : {2, 3}) {
    for (const char *turnaround : {"0", "1ms"}) {
      const Setup setup = {
          std::string("921600 baud, link ") + (generation == 2 ? "A" : "B") + ", turn-around " + turnaround,
          "tcp:127.0.0.1:0",
          generation,
          32,
          {"--line-rate", "921600", "--turnaround", turnaround}};
      print_speed(setup, compare(tools, setup, effort), 0.97);
    }
  }
}

void bench_packets(const Tools &tools, const std::string &channel, const std::string &listen) {
  struct Case {
    int packet;
    int n_runs;
    double cpu_limit_ms;  // 0: none
  };
  for (const Case &packets : {Case{32, 3, 10.0}, Case{382, 10, 0.0}, Case{4094, 20, 1.0}}) {
    const Setup setup = {channel + ", packets of " + std::to_string(packets.packet), listen, 3, packets.packet, {}};
    const Compared compared =
        compare(tools, setup,
                tools.is_smoke ? Effort{.n_rounds = 1, .n_runs = 1} : Effort{.n_rounds = 15, .n_runs = packets.n_runs});
    print_speed(setup, compared, 0.80);
    if (packets.cpu_limit_ms == 0.0) continue;
    // Two calls into the system for each packet can take longer than that, and no client does with less; a terminal takes a third.
    const double limit_ms = std::max(packets.cpu_limit_ms, 1.5 * compared.floor.cpu_ms);
    bench::print(
        {setup.label + ": processor time of a sample", compared.ours.cpu_ms, "ms", compared.floor.cpu_ms, limit_ms});
  }
}

// What is left of the processor time where packets need not wait for the target.
void bench_ahead(const Tools &tools) {
  const Setup setup = {"TCP, packets of 32, 256 ahead", "tcp:127.0.0.1:0", 3, 32, {}};
  Child server = serve(tools, setup);
  const std::string descriptor = ready_descriptor(server) + "?ahead=256";
  Best best;
  for (int round = 0; round < (tools.is_smoke ? 1 : 15); ++round)
    best.add(Client(descriptor, 0).measure(tools.is_smoke ? 1 : 3));
  bench::print({setup.label + ": processor time of a sample", best.cpu_ms, "ms", 0.0, 10.0});
}

uint64_t n_allocations_of_a_run(const std::string &descriptor, uint32_t model) {
  Client client(descriptor, model);
  client.run();
  const uint64_t before = bench::n_allocations();
  client.run();
  return bench::n_allocations() - before;
}

// The small model takes a hundredth of the packets.
void bench_allocations(const std::string &descriptor, const std::string &label) {
  const auto large = static_cast<double>(n_allocations_of_a_run(descriptor, 0));
  const auto small = static_cast<double>(n_allocations_of_a_run(descriptor, 1));
  bench::print({label + ": allocations of a large sample against a small one", large, "calls", small, small});
}

void bench_batches(const Tools &tools, const std::string &descriptor, const std::string &label) {
  Client client(descriptor, 0);
  Best of_2;
  Best of_8;
  for (int round = 0; round < (tools.is_smoke ? 1 : 20); ++round) {
    client.resize(2);
    of_2.add(client.measure(1));
    client.resize(8);
    of_8.add(client.measure(1));
  }
  const double of_2_ms = of_2.passed_ms / 2;
  bench::print({label + ": sample of a batch of 8 against 2", of_8.passed_ms / 8, "ms", of_2_ms, 1.1 * of_2_ms});
}

void bench_connect(const Tools &tools, const std::string &channel, const std::string &listen, double limit_ms) {
  Child server = serve(tools, {channel, listen, 3, 32, {}});
  const std::string descriptor = ready_descriptor(server);
  std::vector<double> times_ms;
  for (int round = 0; round < (tools.is_smoke ? 1 : 21); ++round) {
    const double start = now_ms(CLOCK_MONOTONIC);
    const Client client(descriptor, 0);
    times_ms.push_back(now_ms(CLOCK_MONOTONIC) - start);
  }
  bench::print({channel + ": connect", bench::median(times_ms), "ms", 0.0, limit_ms});
}

void bench_growth(const Tools &tools, const std::string &channel, const std::string &listen) {
  const Setup setup = {channel + ", packets of 382", listen, 3, 382, {}};
  Child server = serve(tools, setup);
  const std::string descriptor = ready_descriptor(server);
  bench_allocations(descriptor, setup.label);
  bench_batches(tools, descriptor, setup.label);
}

void run(const Tools &tools) {
  const struct {
    const char *name;
    const char *listen;
    double connect_limit_ms;
  } channels[] = {{"TCP", "tcp:127.0.0.1:0", 50.0}, {"pty", "pty", 100.0}};
  for (const auto &channel : channels) {
    bench_packets(tools, channel.name, channel.listen);
    bench_growth(tools, channel.name, channel.listen);
    bench_connect(tools, channel.name, channel.listen, channel.connect_limit_ms);
  }
  bench_ahead(tools);
  bench_lines(tools);
}

Tools parse(std::vector<std::string> arguments) {
  Tools tools;
  tools.is_smoke = std::erase(arguments, "--smoke") > 0;
  if (arguments.size() != 4) {
    throw std::runtime_error("usage: bench-target [--smoke] AIRUNNER REPLAY_FLOOR LARGE_MODEL SMALL_MODEL");
  }
  tools.airunner = arguments[0];
  tools.floor = arguments[1];
  tools.large_model = arguments[2];
  tools.small_model = arguments[3];
  return tools;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    stay_on_one_processor();
    run(parse({argv + 1, argv + argc}));
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench-target: %s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
