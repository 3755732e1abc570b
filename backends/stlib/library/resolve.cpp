// SPDX-License-Identifier: BSD-3-Clause
// From the path of a descriptor to the library file it means.
#include "stlib/library/resolve.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <tuple>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/files/folder.h"
#include "platform/libraries/library_names.h"

namespace air::stlib {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kCompanions = {"libai_inspector", "libai_observer", "libai_helper_convert"};
constexpr int kMaxDepth = 16;
constexpr size_t kMaxEntries = 500'000;

// Position in kLibraryEndings, or their number.
size_t extension_rank(const fs::path &path) {
  const auto *found = std::find(kLibraryEndings.begin(), kLibraryEndings.end(), text_of(path.extension()));
  return static_cast<size_t>(found - kLibraryEndings.begin());
}

bool has_library_extension(const fs::path &path) {
  return extension_rank(path) < kLibraryEndings.size();
}

fs::path with_extension(fs::path path, std::string_view extension) {
  return path += extension;
}

bool is_companion(const fs::path &path) {
  return std::find(kCompanions.begin(), kCompanions.end(), text_of(path.stem())) != kCompanions.end();
}

struct Candidate {
  fs::path file;
  int depth;
};

// Native extension, then the shallower folder, then the tool's default name, then the path itself.
auto preference(const Candidate &candidate) {
  return std::make_tuple(extension_rank(candidate.file), candidate.depth, candidate.file.stem() != "libai_network",
                         text_of(candidate.file.filename()), text_of(candidate.file));
}

// A folder that may not be read, or that a rebuild of the workspace has removed meanwhile, is passed by.
bool is_passed_by(const std::error_code &error) {
  return error == std::errc::permission_denied || error == std::errc::no_such_file_or_directory ||
         error == std::errc::not_a_directory;
}

// One folder after the other; links to folders are not followed.
std::vector<Candidate> search_folder(const fs::path &folder) {
  std::vector<Candidate> found;
  std::vector<Candidate> folders = {{folder, 0}};
  for (size_t n = 0; !folders.empty();) {
    const Candidate place = std::move(folders.back());
    folders.pop_back();
    std::error_code error;
    const std::vector<fs::path> entries = folder_entries(place.file, error);
    if (error && !is_passed_by(error))
      fail(AIR_ERROR_IO, "folder '{}' cannot be searched: {}", text_of(place.file), error.message());
    n += entries.size();
    if (n > kMaxEntries) {
      fail(AIR_ERROR_NOT_FOUND, "folder '{}' has more than {} entries: name a folder nearer to the library",
           text_of(folder), kMaxEntries);
    }
    for (const fs::path &path : entries) {
      std::error_code ignored;
      if (text_of(path.filename()).starts_with("libai_") && has_library_extension(path) && !is_companion(path) &&
          fs::is_regular_file(path, ignored)) {
        found.push_back({path, place.depth});
      } else if (place.depth < kMaxDepth && fs::is_directory(fs::symlink_status(path, ignored))) {
        folders.push_back({path, place.depth + 1});
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return preference(a) < preference(b); });
  return found;
}

// "...; it has model files, such as a.tflite: name one", where someone may have meant these.
std::string model_files_hint(const fs::path &folder) {
  std::string first;
  for (const fs::path &entry : folder_entries(folder)) {
    const bool is_model = entry.extension() == ".tflite" || entry.extension() == ".onnx";
    const std::string name = text_of(entry.filename());
    if (is_model && (first.empty() || name < first)) first = name;
  }
  return first.empty() ? "" : fmt::format("; it has model files, such as {}: name one", first);
}

ResolvedLibrary resolve_folder(const fs::path &folder) {
  const std::vector<Candidate> found = search_folder(folder);
  if (found.empty()) {
    throw Error(AIR_ERROR_NOT_FOUND,
                fmt::format("folder '{}' holds no model library: expected a file libai_<name>{} in it or below; "
                            "name the workspace of `generate --dll` or the library itself{}",
                            text_of(folder), kLibraryEnding, model_files_hint(folder)),
                0,
                {fmt::format("searched {} for libai_*.so, libai_*.dylib, libai_*.dll, except the observer and helper "
                             "libraries: none found",
                             text_of(folder))});
  }
  ResolvedLibrary result{found.front().file, {}};
  for (auto other = found.begin() + 1; other != found.end(); ++other) result.others.push_back(other->file);
  return result;
}

ResolvedLibrary resolve_file(const fs::path &file) {
  if (is_companion(file)) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR,
         "'{}' accompanies a model library and holds no model: name the library libai_<name> beside it", text_of(file));
  }
  if (!has_library_extension(file)) {
    fail(AIR_ERROR_INVALID_MODEL, "'{}' is not a model library: its name ends in '{}', expected {}", text_of(file),
         text_of(file.extension()), kLibraryEnding);
  }
  return {file, {}};
}

ResolvedLibrary resolve_missing(const fs::path &path) {
  std::vector<std::string> causes = {fmt::format("tried {}: no such file or folder", text_of(path))};
  if (!path.has_extension() && path.has_filename()) {
    for (const std::string_view extension : kLibraryEndings) {
      const fs::path file = with_extension(path, extension);
      std::error_code ignored;
      if (fs::is_regular_file(file, ignored)) return resolve_file(file);
      causes.push_back(fmt::format("tried {}: no such file", text_of(file)));
    }
  }
  throw Error(AIR_ERROR_NOT_FOUND, fmt::format("no model library at '{}': no such file or folder", text_of(path)), 0,
              std::move(causes));
}

}  // namespace

ResolvedLibrary resolve_library(const std::string &text) {
  if (text.empty())
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "the descriptor names no file: expected file:<library or folder>");
  const fs::path path = absolute_path(path_of(text));
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::none) {
    const bool denied = error == std::errc::permission_denied;
    throw Error(denied ? AIR_ERROR_PERMISSION : AIR_ERROR_IO,
                fmt::format("'{}' cannot be reached: {}", text_of(path), error.message()), error.value());
  }
  if (fs::is_directory(status)) return resolve_folder(path);
  if (fs::is_regular_file(status)) return resolve_file(path);
  if (fs::exists(status)) fail(AIR_ERROR_INVALID_MODEL, "'{}' is neither a file nor a folder", text_of(path));
  return resolve_missing(path);
}

uint32_t claim_path(const std::string &text) noexcept try {
  constexpr uint32_t kLibrary = 90, kFolder = 60, kCompleted = 80, kPlace = 10;
  if (text.empty() || text.starts_with("/dev/")) return 0;
  const fs::path path = path_of(text);
  if (path.extension() == ".tflite" || path.extension() == ".onnx") return 0;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return kFolder;
  if (fs::exists(path, ignored)) return has_library_extension(path) ? kLibrary : 0;
  if (!path.has_extension()) {
    for (const std::string_view extension : kLibraryEndings) {
      if (fs::is_regular_file(with_extension(path, extension), ignored)) return kCompleted;
    }
  }
  return path.has_parent_path() && fs::is_directory(path.parent_path(), ignored) ? kPlace : 0;
} catch (...) {
  return 0;
}

}  // namespace air::stlib
