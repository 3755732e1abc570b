// SPDX-License-Identifier: BSD-3-Clause
// `airunner validate`: the Python package does it, which knows its options too.
#include <fmt/format.h>

#include <span>
#include <string_view>
#include <system_error>

#include "cli/commands/commands.h"
#include "cli/running/failure.h"
#include "cli/running/plugins.h"
#include "common/path_text.h"
#include "platform/libraries/python_folders.h"
#include "platform/processes/environment.h"
#include "platform/processes/other_program.h"

namespace air::cli {
namespace {

constexpr const char *kVariable = "AIRUNNER_PYTHON";
constexpr const char *kHowToGet =
    "install it into that Python: `pip install .` in airunner's sources, or a wheel (docs/install.md); AIRUNNER_PYTHON "
    "names another Python";

// Nothing is imported from the folder that it is started in. The package runs models by the library of this command, whose folder is the first word,
// unless the user names another one.
std::string program() {
  return fmt::format(R"(import os, sys
sys.path[:] = [path for path in sys.path if path]
os.environ.setdefault("AIRUNNER_LIBRARY", sys.argv.pop(1))
try:
    from airunner.validation.__main__ import main
except ModuleNotFoundError as error:
    sys.exit(f"airunner: validate needs the Python package airunner, which {{sys.executable}} cannot import ({{error}})\n  {}")
sys.exit(main())
)",
                     kHowToGet);
}

// Its plugins lie beside it; "" where the loader does not tell.
std::string library_folder() {
  const PluginListHolder list = list_plugins({});
  for (const air_search_place *place : std::span(list->places, list->n_places)) {
    if (std::string_view(place->origin) == "installation") return text_of(path_of(place->path).parent_path());
  }
  return "";
}

}  // namespace

int command_validate(const std::vector<std::string> &words) {
  std::vector<std::string> given = {"-c", program(), library_folder()};
  given.insert(given.end(), words.begin(), words.end());
  const char *named = trusted_environment(kVariable);
  std::span<const char *const> names = kPythonPrograms;
  if (named != nullptr) names = {&named, 1};
  if (trusted_environment("PATH") == nullptr) names = {};  // nothing is run of a path that cannot be trusted
  std::vector<std::string> causes;
  for (const char *name : names) {
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
