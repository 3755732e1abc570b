// SPDX-License-Identifier: BSD-3-Clause
// A program in C++ over the C headers: what docs/bindings.md promises to bindings.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "airunner_report.h"

namespace {

constexpr uint64_t kSamples = 3;

// ---- What a binding has: owners that release, errors that are values

template <auto release>
struct Releases {
  template <class T>
  void operator()(T *value) const {
    release(value);
  }
};

using ErrorRecord = std::shared_ptr<const air_error>;
using Token = std::unique_ptr<air_token, Releases<air_release_token>>;
using Inputs = std::unique_ptr<air_input_set, Releases<air_free_inputs>>;
using Comparison = std::unique_ptr<const air_comparison, Releases<air_release_comparison>>;

class Error : public std::runtime_error {
 public:
  explicit Error(const air_error *error) : std::runtime_error(error->message), error_(error, air_release_error) {}
  air_status status() const { return error_->status; }

 private:
  ErrorRecord error_;
};

void ok(air_status status) {
  if (status != AIR_OK) throw Error(air_retain_error(air_last_error()));
}

class Result {
 public:
  explicit Result(const air_result *result) : result_(result, air_release_result) {}
  const air_result *get() const { return result_.get(); }

  // All samples of an output: it lives as long as the result.
  std::string_view output(uint32_t index) const {
    air_view view{};
    ok(air_get_tensor(get(), AIR_PLACE_OUTPUT, 0, index, AIR_ALL_SAMPLES, &view));
    return {static_cast<const char *>(view.data), view.size_bytes};
  }

 private:
  std::shared_ptr<const air_result> result_;
};

using NodeEnd = std::function<air_action(const air_node_event &)>;

// No exception may cross the library: it becomes the error of the call.
air_action node_end(void *user, const air_node_event *event) noexcept try {
  return (*static_cast<NodeEnd *>(user))(*event);
} catch (const std::exception &error) {
  air_set_error(AIR_ERROR_CALLBACK, 0, error.what());
  return AIR_FAIL;
}

class Runner {
 public:
  explicit Runner(const std::string &descriptor, air_token *token = nullptr) {
    air_connect_options options{};
    options.struct_size = sizeof options;
    options.token = token;
    air_runner *runner = nullptr;
    ok(air_connect(descriptor.c_str(), &options, &runner));
    runner_.reset(runner);
    ok(air_get_session(runner, nullptr, &session_));
  }

  Result invoke(uint32_t seed, uint32_t mode, NodeEnd body = nullptr) {
    air_random random{};
    random.seed = seed;
    air_input_set *set = nullptr;
    ok(air_make_random_inputs(session_, kSamples, &random, &set));
    const Inputs inputs(set);
    air_invoke_options options{};
    options.struct_size = sizeof options;
    options.mode = mode;
    air_callbacks callbacks{};
    callbacks.struct_size = sizeof callbacks;
    callbacks.user = &body;
    if (body) callbacks.on_node_end = node_end;
    const air_result *result = nullptr;
    ok(air_invoke(session_, kSamples, set->inputs, set->n, nullptr, 0, &options, &callbacks, &result));
    return Result(result);
  }

  // Ends a call in progress.
  void disconnect() {
    ok(air_disconnect(runner_.get()));
    (void)runner_.release();
  }

 private:
  std::unique_ptr<air_runner, Releases<air_disconnect>> runner_;
  air_session *session_ = nullptr;
};

bool passes(const Result &reference, const Result &other) {
  const air_comparison *comparison = nullptr;
  ok(air_compare(reference.get(), other.get(), nullptr, &comparison));
  return Comparison(comparison)->passed == 1;
}

air_status status_of(const std::function<void()> &body) {
  try {
    body();
    return AIR_OK;
  } catch (const Error &error) {
    return error.status();
  }
}

// A port that takes connections and never answers.
class SilentDevice {
 public:
  SilentDevice() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr *>(&address), size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr *>(&address), &size) == 0);
    descriptor_ = "socket:127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "?timeout=60";
  }
  SilentDevice(const SilentDevice &) = delete;
  SilentDevice &operator=(const SilentDevice &) = delete;
  ~SilentDevice() { ::close(socket_); }

  const std::string &descriptor() const { return descriptor_; }
  void wait_for_visitor() const {
    pollfd visitor = {.fd = socket_, .events = POLLIN, .revents = 0};
    ::poll(&visitor, 1, 20'000);
  }

 private:
  int socket_;
  std::string descriptor_;
};

}  // namespace

TEST_CASE("supports its header") {
  CHECK(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR) == 1);
}

TEST_CASE("an exception in a callback is the error of the call") {
  Runner runner("null:");
  std::vector<std::string> nodes;
  const auto body = [&](const air_node_event &event) {
    nodes.emplace_back(event.description->name);
    if (nodes.size() == 2) throw std::runtime_error(nodes.back() + " is not to my liking");
    return AIR_CONTINUE;
  };
  try {
    runner.invoke(1, AIR_MODE_PER_LAYER, body);
    FAIL("no error");
  } catch (const Error &error) {
    CHECK(error.status() == AIR_ERROR_CALLBACK);
    CHECK(std::string(error.what()).find("quantize is not to my liking") != std::string::npos);
  }
  CHECK(nodes == std::vector<std::string>{"scale", "quantize"});
  CHECK_NOTHROW(runner.invoke(1, AIR_MODE_IO_ONLY));
}

TEST_CASE("results stay beyond their runner") {
  constexpr uint32_t kMode = AIR_MODE_KEEP_INPUTS | AIR_MODE_PER_LAYER_WITH_DATA;
  const Token token(air_make_token());
  auto runner = std::make_unique<Runner>("null:", token.get());
  const Result first = runner->invoke(1, kMode);
  const Result second = runner->invoke(1, kMode);
  const Result another = runner->invoke(2, kMode);
  const std::string before(first.output(0));
  runner.reset();
  CHECK(first.output(0) == before);
  CHECK(first.output(1) == second.output(1));
  CHECK(first.output(0) != another.output(0));
  CHECK(passes(first, second));
  CHECK(status_of([&] { passes(first, another); }) == AIR_ERROR_INVALID_INPUT);
}

TEST_CASE("errors are read on other threads") {
  std::array<std::string, 4> messages;
  std::array<std::exception_ptr, 4> errors;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < errors.size(); ++i) {
    threads.emplace_back([&errors, i] {
      try {
        Runner("nobody" + std::to_string(i) + "x:");
      } catch (const Error &) {
        errors[i] = std::current_exception();
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  for (size_t i = 0; i < errors.size(); ++i) {
    REQUIRE(errors[i]);
    try {
      std::rethrow_exception(errors[i]);
    } catch (const Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_DESCRIPTOR);
      CHECK(std::string(error.what()).find("nobody" + std::to_string(i) + "x") != std::string::npos);
    }
  }
}

std::atomic<air_token *> g_interrupted = nullptr;

TEST_CASE("Ctrl-C leaves a silent device at once") {
  const SilentDevice device;
  const Token token(air_make_token());
  g_interrupted = token.get();
  const auto former = std::signal(SIGINT, [](int) { air_cancel(g_interrupted); });
  std::thread user([&] {
    device.wait_for_visitor();
    ::kill(::getpid(), SIGINT);
  });
  CHECK(status_of([&] { Runner(device.descriptor(), token.get()); }) == AIR_ERROR_CANCELLED);
  user.join();
  std::signal(SIGINT, former);
}

TEST_CASE("disconnecting ends the call in progress") {
  Runner runner("null:?delay_ms=400");
  std::promise<void> begun;
  bool told = false;
  air_status status = AIR_OK;
  std::thread calling([&] {
    status = status_of([&] {
      runner.invoke(1, AIR_MODE_PER_LAYER, [&](const air_node_event &) {
        if (!std::exchange(told, true)) begun.set_value();
        return AIR_CONTINUE;
      });
    });
  });
  begun.get_future().wait();
  CHECK_NOTHROW(runner.disconnect());
  calling.join();
  CHECK(status == AIR_ERROR_CANCELLED);
}

TEST_CASE("runners and results are released in any order, on any thread") {
  std::mutex mutex;
  std::vector<std::unique_ptr<Runner>> runners;
  std::vector<Result> results;
  const auto use = [&](uint32_t seed) {
    std::mt19937 random(seed);
    const auto take_any = [&](auto &list) {
      std::swap(list[random() % list.size()], list.back());
      auto taken = std::move(list.back());
      list.pop_back();
      return taken;
    };
    for (int i = 0; i < 100; ++i) {
      auto runner = std::make_unique<Runner>("null:");
      const Result result = runner->invoke(seed, AIR_MODE_PER_LAYER_WITH_DATA);
      std::unique_lock lock(mutex);
      runners.push_back(std::move(runner));
      results.push_back(result);
      std::unique_ptr<Runner> old_runner = runners.size() > 5 ? take_any(runners) : nullptr;
      const Result old_result = take_any(results);
      if (random() % 2 == 0) results.push_back(result);
      lock.unlock();
      old_runner.reset();
      if (old_result.output(0).empty()) throw std::logic_error("a kept result is empty");
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t seed = 1; seed <= 4; ++seed) threads.emplace_back(use, seed);
  for (std::thread &thread : threads) thread.join();
  CHECK(!results.empty());
}
