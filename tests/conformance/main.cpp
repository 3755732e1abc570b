// SPDX-License-Identifier: BSD-3-Clause
// airunner-conformance: runs every check on every model that a descriptor reaches, and reports in TAP.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "model.h"
#include "suite.h"

namespace {

using conformance::Check;
using conformance::Context;

constexpr const char *kUsage =
    "usage: airunner-conformance [--quirks FILE.json] [--plugin FILE|FOLDER] [--only TEXT] DESCRIPTOR\n"
    "\n"
    "Checks that the backend behind DESCRIPTOR keeps the contract of airunner, and reports in TAP.\n"
    "  --quirks FILE.json      what is known of this backend, see docs/conformance.md\n"
    "  --plugin FILE|FOLDER    plugin to search before all others\n"
    "  --only TEXT             only checks whose name contains TEXT\n"
    "Exit code: 0 all checks passed or were skipped, 1 some failed, 2 wrong use or no connection.\n";

struct Arguments {
  Context context;
  std::string quirks;
  std::string only;
};

// Returns false for wrong use.
bool parse(int argc, char **argv, Arguments &arguments) {
  bool has_descriptor = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::string *value = word == "--quirks"   ? &arguments.quirks
                         : word == "--plugin" ? &arguments.context.plugin
                         : word == "--only"   ? &arguments.only
                                              : nullptr;
    if (value != nullptr) {
      if (++i == argc) return false;
      *value = argv[i];
    } else if (word.starts_with("--") || has_descriptor) {
      return false;
    } else {
      arguments.context.descriptor = word;
      has_descriptor = true;
    }
  }
  return has_descriptor;
}

std::vector<Check> all_checks(std::string_view only) {
  std::vector<Check> checks;
  for (const auto group : {conformance::info_checks(), conformance::connection_checks(), conformance::invoke_checks(),
                           conformance::input_checks(), conformance::result_checks(), conformance::node_checks(),
                           conformance::callback_checks(), conformance::limit_checks(), conformance::given_checks(),
                           conformance::report_checks()}) {
    for (const Check &check : group) {
      if (std::string_view(check.name).find(only) != std::string_view::npos) checks.push_back(check);
    }
  }
  return checks;
}

// Prints the TAP line of one check; returns whether it did not fail.
bool report(const Check &check, const Context &context, const std::string &model, size_t number) {
  std::string skipped;
  std::string failed;
  try {
    check.run(context);
  } catch (const conformance::Skip &skip) {
    skipped = fmt::format(" # SKIP {}", skip.what());
  } catch (const std::exception &failure) {
    failed = failure.what();
  }
  fmt::print("{}ok {} - {}: {}{}\n", failed.empty() ? "" : "not ", number, model, check.name, skipped);
  if (!failed.empty()) fmt::print("# {}\n", failed);
  std::fflush(stdout);
  return failed.empty();
}

std::vector<std::string> model_names(const Context &context) {
  const conformance::Model first(context);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < air_get_n_models(first.runner()); ++i) {
    air_session *session = nullptr;
    conformance::check_ok(air_get_session_at(first.runner(), i, &session), "session");
    names.emplace_back(air_get_model(session)->name);
  }
  return names;
}

int run(Arguments &arguments) {
  Context &context = arguments.context;
  context.quirks = conformance::read_quirks(arguments.quirks);
  const std::vector<std::string> names = model_names(context);
  const std::vector<Check> checks = all_checks(arguments.only);
  fmt::print("1..{}\n", names.size() * checks.size());
  size_t number = 0;
  size_t n_failed = 0;
  for (context.model = 0; context.model < names.size(); ++context.model) {
    for (const Check &check : checks) n_failed += report(check, context, names[context.model], ++number) ? 0 : 1;
  }
  if (n_failed > 0) fmt::print(stderr, "{} of {} checks failed\n", n_failed, number);
  return n_failed > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    Arguments arguments;
    if (argc == 2 && std::string_view(argv[1]) == "--help") {
      fmt::print("{}", kUsage);
      return 0;
    }
    if (!parse(argc, argv, arguments)) {
      fmt::print(stderr, "{}", kUsage);
      return 2;
    }
    return run(arguments);
  } catch (const std::exception &error) {
    fmt::print("Bail out! {}\n", error.what());
    return 2;
  }
}
