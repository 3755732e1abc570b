// SPDX-License-Identifier: BSD-3-Clause
// Times of nodes as ONNX Runtime's profiler writes them.
#include "onnxruntime/profile.h"

#include <cjson/cJSON.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>

#include "common/error.h"
#include "common/json.h"
#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/open_file.h"
#include "platform/machine/out_of_memory.h"

namespace air::ort {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = "_kernel_time";
constexpr std::string_view kProvider = "ExecutionProvider";
constexpr std::string_view kPurpose = "ONNX Runtime, which tells times of nodes in a file,";

std::string text_at(const cJSON *object, const char *key) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return text == nullptr ? "" : text;
}

// An event of a node's kernel, or nothing.
void add_event(const cJSON *event, std::vector<NodeTime> &times) {
  std::string name = text_at(event, "name");
  const cJSON *duration = cJSON_GetObjectItemCaseSensitive(event, "dur");
  const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(event, "args");
  const std::string index = text_at(arguments, "node_index");
  const std::string provider = text_at(arguments, "provider");
  if (text_at(event, "cat") != "Node" || !name.ends_with(kSuffix) || !cJSON_IsNumber(duration) || index.empty()) return;
  name.resize(name.size() - kSuffix.size());
  constexpr double kNsPerUs = 1e3;
  const double ns = duration->valuedouble < 0 ? 0 : duration->valuedouble * kNsPerUs;
  times.push_back({std::strtoull(index.c_str(), nullptr, 10), std::move(name), static_cast<uint64_t>(ns),
                   provider.substr(0, provider.rfind(kProvider))});
}

// Empty where it cannot be read.
std::string text_in(const fs::path &path) try {
  const OpenFile file(path);
  std::string text(static_cast<size_t>(file.facts().size), '\0');
  text.resize(file.read(0, std::as_writable_bytes(std::span(text))));
  return text;
} catch (const std::system_error &error) {
  throw_if_no_memory(error.code());
  return "";
}

}  // namespace

ProfileFolder::ProfileFolder() : folder_(kPurpose), prefix_(folder_.path() + "/run") {}

std::vector<NodeTime> ProfileFolder::take() const {
  const std::vector<fs::path> files = folder_entries(path_of(folder_.path()));
  const fs::path base = path_of(folder_.path()).parent_path();
  if (files.empty()) fail_temporary(kPurpose, base, ENOSPC);
  const fs::path &path = files.front();
  const std::string text = text_in(path);
  std::error_code ignored;
  fs::remove(path, ignored);
  // The runtime does not say when it could not write all of it.
  if (text.find_last_not_of(" \r\n") == std::string::npos || text[text.find_last_not_of(" \r\n")] != ']')
    fail_temporary(kPurpose, base, ENOSPC);
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> events(
      parse_json([&] { return cJSON_ParseWithLength(text.data(), text.size()); }), &cJSON_Delete);
  if (events == nullptr)
    fail(AIR_ERROR_RUN_FAILED, "ONNX Runtime's times of nodes in '{}' cannot be understood", text_of(path));
  std::vector<NodeTime> times;
  const cJSON *event = nullptr;
  cJSON_ArrayForEach(event, events.get()) add_event(event, times);
  return times;
}

}  // namespace air::ort
