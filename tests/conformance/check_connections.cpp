// SPDX-License-Identifier: BSD-3-Clause
// Checks of connecting: again by the canonical descriptor, often, and twice at once.
#include <filesystem>
#include <thread>

#include "model.h"

namespace conformance {
namespace {

void check_same_tensors(std::span<const air_tensor *const> a, std::span<const air_tensor *const> b) {
  check(a.size() == b.size(), "another number of tensors");
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = std::string_view(a[i]->name) == b[i]->name && a[i]->dtype == b[i]->dtype &&
                      a[i]->size_bytes == b[i]->size_bytes && a[i]->encoding == b[i]->encoding;
    check(same, "tensor {} differs", a[i]->tag);
  }
}

void canonical_descriptor(const Context &context) {
  std::string canonical;
  {
    const Model first(context);
    canonical = first.info().descriptor;
    check(!canonical.empty(), "it is empty");
    if (!context.quirks.parallel) return;
    const Model again(context, canonical);
    check(air_get_n_models(again.runner()) == air_get_n_models(first.runner()), "{}: another number of models",
          canonical);
    check(std::string_view(again.info().name) == first.info().name, "{}: another model", canonical);
    check_same_tensors(again.inputs(), first.inputs());
    check_same_tensors(again.outputs(), first.outputs());
    check(canonical == again.info().descriptor, "it changes: {} became {}", canonical, again.info().descriptor);
  }
}

size_t n_open_files() {
#if defined(_WIN32)
  need(false, "Windows does not tell the open files");
#endif
  size_t n = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error))
    ++n;
  need(!error, "this system does not tell the open files");
  return n;
}

void connecting_often(const Context &context) {
  const auto once = [&] {
    const Model model(context);
    Batch(context, model, 1).run(model);
  };
  once();
  const size_t before = n_open_files();
  for (int i = 0; i < 50; ++i) once();
  check(n_open_files() <= before, "{} files are open, {} were before", n_open_files(), before);
}

void two_at_once(const Context &context) {
  need(context.quirks.parallel, "the backend allows one connection at a time");
  const Model first(context);
  const Model second(context);
  Batch expected(context, first, 8);
  first.start_afresh();
  expected.run(first);
  std::string failures[2];
  const auto hammer = [&](const Model &model, std::string &failure) {
    try {
      for (int round = 0; round < 20; ++round) check_usable(context, model, expected, "runs beside another runner");
    } catch (const std::exception &error) {
      failure = error.what();
    }
  };
  std::thread other(hammer, std::cref(second), std::ref(failures[1]));
  hammer(first, failures[0]);
  other.join();
  for (const std::string &failure : failures) check(failure.empty(), "{}", failure);
}

void ping(const Context &context) {
  const Model model(context);
  const air_status status = air_ping(model.runner(), nullptr);
  check(status == AIR_OK || status == AIR_ERROR_UNSUPPORTED, "{}: {}", air_status_name(status),
        air_last_error()->message);
}

void cancelled_token(const Context &context) {
  const Token token = make_token();
  air_cancel(token.get());
  air_runner *runner = nullptr;
  const air_status connected = connect(context, context.descriptor, token.get(), &runner);
  check(connected == AIR_ERROR_CANCELLED, "connect: {}", air_status_name(connected));
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  const air_call call = {.struct_size = sizeof(call), .token = token.get()};
  const auto check_ended = [](const char *what, air_status status) {
    check(status == AIR_ERROR_CANCELLED || status == AIR_ERROR_UNSUPPORTED, "{}: {}", what, air_status_name(status));
  };
  check_ended("ping", air_ping(model.runner(), &call));
  check_ended("reset states", air_reset_states(model.session(), &call));
  check_usable(context, model, expected, "calls that were cancelled before they began");
}

constexpr Check kChecks[] = {
    {"connection: canonical descriptor", canonical_descriptor},
    {"connection: 50 times, no file stays open", connecting_often},
    {"connection: two at once", two_at_once},
    {"connection: ping", ping},
    {"connection: a token cancelled before", cancelled_token},
};

}  // namespace

std::span<const Check> connection_checks() {
  return kChecks;
}

}  // namespace conformance
