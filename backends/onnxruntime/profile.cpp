// SPDX-License-Identifier: BSD-3-Clause
// Times of nodes as ONNX Runtime's profiler writes them.
#include "profile.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "common/error.h"

namespace air::ort {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = "_kernel_time";

std::string text_of(const cJSON *object, const char *key) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return text == nullptr ? "" : text;
}

// An event of a node's kernel, or nothing.
void add_event(const cJSON *event, std::vector<NodeTime> &times) {
  std::string name = text_of(event, "name");
  const cJSON *duration = cJSON_GetObjectItemCaseSensitive(event, "dur");
  const std::string index = text_of(cJSON_GetObjectItemCaseSensitive(event, "args"), "node_index");
  if (text_of(event, "cat") != "Node" || !name.ends_with(kSuffix) || !cJSON_IsNumber(duration) || index.empty()) return;
  name.resize(name.size() - kSuffix.size());
  constexpr double kNsPerUs = 1e3;
  const double ns = duration->valuedouble < 0 ? 0 : duration->valuedouble * kNsPerUs;
  times.push_back({std::strtoull(index.c_str(), nullptr, 10), std::move(name), static_cast<uint64_t>(ns)});
}

}  // namespace

ProfileFolder::ProfileFolder() {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  folder_ = (base / "airunner-XXXXXX").string();
  if (error || mkdtemp(folder_.data()) == nullptr) {
    fail(AIR_ERROR_IO,
         "ONNX Runtime writes times of nodes to a file, and no folder for it can be made in '{}': set TMPDIR",
         base.string());
  }
  prefix_ = folder_ + "/run";
}

ProfileFolder::~ProfileFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::vector<NodeTime> ProfileFolder::take() const {
  std::error_code error;
  const fs::directory_iterator first(folder_, error);
  if (error || first == fs::directory_iterator()) {
    fail(AIR_ERROR_RUN_FAILED, "ONNX Runtime wrote no times of nodes to '{}': is the disk full?", folder_);
  }
  const fs::path path = first->path();
  std::ifstream input(path);
  const std::string text((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  fs::remove(path, error);
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> events(cJSON_ParseWithLength(text.data(), text.size()),
                                                               &cJSON_Delete);
  if (events == nullptr)
    fail(AIR_ERROR_RUN_FAILED, "ONNX Runtime's times of nodes in '{}' cannot be understood", path.string());
  std::vector<NodeTime> times;
  const cJSON *event = nullptr;
  cJSON_ArrayForEach(event, events.get()) add_event(event, times);
  return times;
}

}  // namespace air::ort
