// SPDX-License-Identifier: BSD-3-Clause
// Where Python keeps its packages, found without running Python: wheels are how both runtimes are distributed.
#include "platform/libraries/python_folders.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "platform/files/folder.h"
#include "platform/files/lines.h"
#include "platform/libraries/shared_library.h"
#include "platform/processes/environment.h"

namespace air {
namespace fs = std::filesystem;
namespace {

std::string environment(const char *name) {
  const char *value = trusted_environment(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> split_paths(const std::string &list) {
  std::vector<fs::path> paths;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(':', begin), list.size());
    paths.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

// "python3.12" after "python3.9".
int minor_version(const fs::path &folder) {
  const std::string name = folder.filename().string();
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? -1 : std::atoi(name.c_str() + dot + 1);
}

class Search {
 public:
  void add(const fs::path &folder) {
    std::error_code ignored;
    if (!folder.is_absolute() || !fs::is_directory(folder, ignored)) return;
    if (std::find(found_.begin(), found_.end(), folder) == found_.end()) found_.push_back(folder);
  }

  // <prefix>/lib/python3*/{site,dist}-packages, newest Python first.
  void add_prefix(const fs::path &prefix) {
    if (!prefix.is_absolute()) return;
    for (const char *lib : {"lib", "lib64"}) {
      std::vector<fs::path> versions;
      for (const fs::path &entry : folder_entries(prefix / lib)) {
        if (entry.filename().string().starts_with("python3")) versions.push_back(entry);
      }
      std::sort(versions.begin(), versions.end(),
                [](const fs::path &a, const fs::path &b) { return minor_version(a) > minor_version(b); });
      for (const fs::path &version : versions) {
        add(version / "site-packages");
        add(version / "dist-packages");
      }
    }
  }

  // The user's packages of Apple's and python.org's Python on macOS: <folder>/3.12/lib/python/site-packages.
  void add_frameworks(const fs::path &folder) {
    if (!folder.is_absolute()) return;
    for (const fs::path &version : folder_entries(folder)) add(version / "lib/python/site-packages");
  }

  // A folder of pyenv's `shims` stands for the versions beside it: the chosen one first.
  void add_shims(const fs::path &shims) {
    const fs::path root = shims.parent_path();
    std::string chosen = environment("PYENV_VERSION");
    if (chosen.empty()) chosen = first_line_of(root / "version");
    if (!chosen.empty() && chosen.find('/') == std::string::npos) add_prefix(root / "versions" / chosen);
    for (const fs::path &version : folder_entries(root / "versions")) add_prefix(version);
  }

  // The prefix of a python3 in this folder of PATH, and of what it is a link to.
  void add_commands(const fs::path &folder) {
    std::error_code error;
    const fs::path command = folder / "python3";
    if (!folder.is_absolute() || !fs::exists(command, error)) return;
    if (folder.filename() == "shims") return add_shims(folder);
    add_prefix(folder.parent_path());
    const fs::path real = fs::canonical(command, error);
    if (!error) add_prefix(real.parent_path().parent_path());
  }

  // Folders of packages that airunner itself lies in, as in an environment that nobody has activated.
  void add_own() {
    for (fs::path path = own_library(); path.has_relative_path(); path = path.parent_path()) {
      if (path.filename() == "site-packages" || path.filename() == "dist-packages") add(path);
    }
  }

  std::vector<fs::path> take() { return std::move(found_); }

 private:
  std::vector<fs::path> found_;
};

}  // namespace

std::vector<fs::path> python_package_folders() {
  Search search;
  for (const fs::path &folder : split_paths(environment("AIRUNNER_PYTHON_PACKAGES"))) search.add(folder);
  search.add_own();
  for (const char *active : {"VIRTUAL_ENV", "CONDA_PREFIX"}) search.add_prefix(environment(active));
  for (const fs::path &folder : split_paths(environment("PYTHONPATH"))) search.add(folder);
  const std::string user = environment("PYTHONUSERBASE");
  search.add_prefix(user.empty() ? fs::path(environment("HOME")) / ".local" : fs::path(user));
  search.add_frameworks(fs::path(environment("HOME")) / "Library/Python");
  for (const fs::path &folder : split_paths(environment("PATH"))) search.add_commands(folder);
  for (const char *prefix : {"/usr/local", "/usr"}) search.add_prefix(prefix);
  return search.take();
}

}  // namespace air
