// SPDX-License-Identifier: BSD-3-Clause
// `airunner validate`: the Python package does it, which knows its options too.
#include <fmt/format.h>

#include <system_error>

#include "cli/commands/commands.h"
#include "cli/running/failure.h"
#include "platform/processes/environment.h"
#include "platform/processes/other_program.h"

namespace air::cli {
namespace {

constexpr const char *kVariable = "AIRUNNER_PYTHON";
constexpr const char *kHowToGet =
    "install it into that Python: `pip install .` in airunner's sources, or a wheel (docs/install.md); AIRUNNER_PYTHON "
    "names another Python";

// Nothing is imported from the folder that it is started in.
std::string program() {
  return fmt::format(R"(import sys
sys.path[:] = [path for path in sys.path if path]
try:
    from airunner.validation.__main__ import main
except ModuleNotFoundError as error:
    sys.exit(f"airunner: validate needs the Python package airunner, which {{sys.executable}} cannot import ({{error}})\n  {}")
sys.exit(main())
)",
                     kHowToGet);
}

}  // namespace

int command_validate(const std::vector<std::string> &words) {
  std::vector<std::string> given = {"-c", program()};
  given.insert(given.end(), words.begin(), words.end());
  const char *named = trusted_environment(kVariable);
  // Without a path that can be trusted nothing of it is run.
  const bool may_look = trusted_environment("PATH") != nullptr;
  std::vector<std::string> causes;
  for (const char *name : {named == nullptr ? "python3" : named, "python"}) {
    if (!may_look || (named != nullptr && name != named)) break;
    try {
      return become_program(name, given);
    } catch (const std::system_error &error) {
      causes.push_back(fmt::format("{}: {}", name, error.code().message()));
    }
  }
  causes.emplace_back(kHowToGet);
  throw Failure(kFailed, "validate needs Python with the package airunner", causes);
}

}  // namespace air::cli
