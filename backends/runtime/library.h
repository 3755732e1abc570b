// SPDX-License-Identifier: BSD-3-Clause
// Finds the shared library of a runtime and loads it for good: runtimes keep threads and do not survive being unloaded.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/libraries/runtime_files.h"
#include "plugin/log.h"

namespace air::runtime {

class Library {
 public:
  // Says why a library that was loaded cannot be used, or "".
  using Check = std::function<std::string(const Library &)>;

  // `wanted` is the value of option runtime, or empty. One that is named explicitly is the only one tried. Throws NOT_FOUND, or
  // INCOMPATIBLE when all that was found was refused by the check, with a cause for each place.
  Library(const LibraryNames &names, const std::string &wanted, const HostLog &log, const Check &check);

  const std::string &path() const noexcept { return path_; }  // of the file, as the loader knows it
  template <class Function>
  Function *find(const char *symbol) const noexcept {
    return reinterpret_cast<Function *>(find_address(symbol));
  }
  bool has(const char *symbol) const noexcept { return find_address(symbol) != nullptr; }

 private:
  struct Attempt;

  void *find_address(const char *symbol) const noexcept;
  // Adds a cause and returns false when the file cannot be used.
  bool try_file(const std::string &file, const Check &check, Attempt &attempt);
  bool try_folder(const LibraryNames &names, const std::filesystem::path &folder, const Check &check, Attempt &attempt);
  // What the user names: a library, or a folder with it.
  bool try_named(const LibraryNames &names, const std::string &named, const Check &check, Attempt &attempt);
  bool search(const LibraryNames &names, const Check &check, Attempt &attempt);
  bool try_system(const LibraryNames &names, const Check &check, Attempt &attempt);

  void *handle_ = nullptr;  // never closed
  std::string path_;
};

// The version that the package of a library in Python's packages has ("2.3.0"), from the folder of facts that pip puts beside it, or "".
std::string package_version(const std::string &library_path, std::string_view package);

}  // namespace air::runtime
