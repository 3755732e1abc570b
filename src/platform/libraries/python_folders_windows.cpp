// SPDX-License-Identifier: BSD-3-Clause
// Where Python keeps its packages, found without running Python: wheels are how both runtimes are distributed.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/open_file.h"
#include "platform/libraries/python_folders.h"
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
    const size_t end = std::min(list.find(';', begin), list.size());
    paths.push_back(path_of(std::string_view(list).substr(begin, end - begin)));
    begin = end + 1;
  }
  return paths;
}

// How folders of one version begin: "Python312", also "Python312-32"; those of python.org's manager, "pythoncore-3.14-64"; those of the shop's packages,
// "PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0".
constexpr std::string_view kVersion = "Python3", kManaged = "pythoncore-3.",
                           kOfShop = "PythonSoftwareFoundation.Python.3.";

// Newest Python first: "Python312" comes before "Python39".
std::vector<fs::path> versions_in(const fs::path &folder, std::string_view beginning) {
  const auto minor = [beginning](const fs::path &version) {
    const std::string name = text_of(version.filename());
    int number = -1;
    std::from_chars(name.data() + beginning.size(), name.data() + name.size(), number);
    return number;
  };
  std::vector<fs::path> versions;
  if (!folder.is_absolute()) return versions;
  for (const fs::path &entry : folder_entries(folder)) {
    if (text_of(entry.filename()).starts_with(beginning)) versions.push_back(entry);
  }
  std::sort(versions.begin(), versions.end(), [&](const auto &a, const auto &b) { return minor(a) > minor(b); });
  return versions;
}

class Search {
 public:
  void add(const fs::path &folder) {
    if (!folder.is_absolute() || !facts_of(folder).value_or(FileFacts{}).is_folder) return;
    if (std::find(found_.begin(), found_.end(), folder) == found_.end()) found_.push_back(folder);
  }

  // Of an installation, a virtual environment or one of conda.
  void add_prefix(const fs::path &prefix) { add(prefix / "Lib" / "site-packages"); }

  // What is below each version in a folder.
  void add_versions(const fs::path &folder, const fs::path &below, std::string_view beginning = kVersion) {
    for (const fs::path &version : versions_in(folder, beginning)) add(version / below);
  }

  // The prefix of a python.exe in this folder of PATH: the folder itself, or that of `Scripts`. Aliases of the shop lead nowhere.
  void add_commands(const fs::path &folder) {
    if (!folder.is_absolute() || !facts_of(folder / "python.exe")) return;
    add_prefix(folder);
    add_prefix(folder.parent_path());
  }

  // Folders of packages that airunner itself lies in, as in an environment that nobody has activated.
  void add_own() {
    for (fs::path path = own_library(); path.has_relative_path(); path = path.parent_path()) {
      if (path.filename() == "site-packages") add(path);
    }
  }

  std::vector<fs::path> take() { return std::move(found_); }

 private:
  std::vector<fs::path> found_;
};

}  // namespace

std::vector<fs::path> python_package_folders() {
  const fs::path packages = "site-packages", of_prefix = fs::path("Lib") / packages;
  Search search;
  for (const fs::path &folder : split_paths(environment("AIRUNNER_PYTHON_PACKAGES"))) search.add(folder);
  search.add_own();
  for (const char *active : {"VIRTUAL_ENV", "CONDA_PREFIX"}) search.add_prefix(path_of(environment(active)));
  for (const fs::path &folder : split_paths(environment("PYTHONPATH"))) search.add(folder);
  const std::string user = environment("PYTHONUSERBASE");
  search.add_versions(user.empty() ? path_of(environment("APPDATA")) / "Python" : path_of(user), packages);
  for (const fs::path &folder : split_paths(environment("PATH"))) search.add_commands(folder);
  const fs::path local = path_of(environment("LOCALAPPDATA"));
  search.add_versions(local / "Programs" / "Python", of_prefix);
  search.add_versions(local / "Python", of_prefix, kManaged);
  for (const fs::path &package : versions_in(local / "Packages", kOfShop))
    search.add_versions(package / "LocalCache" / "local-packages", packages);
  search.add_versions(path_of(environment("ProgramFiles")), of_prefix);
  return search.take();
}

}  // namespace air
