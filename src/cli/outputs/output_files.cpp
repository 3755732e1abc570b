// SPDX-License-Identifier: BSD-3-Clause
// Refuses outputs that would overwrite what the command reads, or one another, before anything is run.
#include "cli/outputs/output_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "cli/running/failure.h"
#include "common/descriptor_text.h"
#include "common/path_text.h"
#include "platform/files/file_facts.h"
#include "platform/files/file_reader.h"
#include "platform/files/new_file.h"
#include "platform/libraries/library_names.h"
#include "platform/libraries/loaded_files.h"
#include "platform/processes/environment.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

namespace fs = std::filesystem;

// What all names of a file have in common: its number; of one that is not there yet, that of its folder, and its name there.
struct Place {
  std::pair<uint64_t, uint64_t> id;
  std::string new_name;

  bool operator<(const Place &other) const { return std::tie(id, new_name) < std::tie(other.id, other.new_name); }
};

std::optional<Place> place_of_file(const std::optional<FileFacts> &facts) {
  return facts && facts->is_file ? std::optional(Place{facts->id, ""}) : std::nullopt;
}

std::optional<Place> place_of_existing(const fs::path &path) {
  return place_of_file(facts_of(path));
}

// Of where an output will be; none for devices, pipes and the like.
std::optional<Place> place_of(const fs::path &target) {
  if (const auto facts = facts_of(target)) return place_of_file(facts);
  const auto folder = facts_of(target.parent_path());
  return folder ? std::optional(Place{folder->id, text_of(target.filename())}) : std::nullopt;
}

std::string folded(std::string text) {
  for (char &c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Of two new names in one folder.
bool may_be_one_file(const fs::path &a, const fs::path &b) {
  const std::string names[] = {folded(text_of(a.filename())), folded(text_of(b.filename()))};
  const auto is_ascii = [](const std::string &text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  };
  return names[0] == names[1] || !is_ascii(names[0]) || !is_ascii(names[1]);
}

[[noreturn]] void refuse_output(const OutputFile &output, const std::string &why) {
  throw Failure(kFailed, fmt::format("{} {}: {}", output.option, output.path, why));
}

void check_name(const OutputFile &output) {
  std::error_code error;
  const fs::path folder = path_of(output.path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error))
    refuse_output(output, "there is no folder " + text_of(folder));
  if (fs::is_directory(path_of(output.path), error)) refuse_output(output, "is a folder, expected the name of a file");
}

void check_writable(const OutputFile &output) {
  const fs::path target = file_behind(output.path);
  if (target.empty()) return;
  std::error_code error;
  const bool is_there = fs::exists(target, error);
  const std::error_code refused = is_there ? why_not_write(target) : std::error_code();
  if (refused) refuse_output(output, "cannot be written: " + refused.message());
  if (is_written_in_place(target)) return;
  const fs::path folder = target.parent_path();
  if (const std::error_code why = why_no_new_files(folder)) {
    refuse_output(output, fmt::format("no file can be made in {}: {}", text_of(folder), why.message()));
  }
}

class Check {
 public:
  explicit Check(const ReadFiles &read) {
    for (const fs::path &path : read) {
      if (const auto place = place_of_existing(path)) read_.emplace(*place, path);
    }
  }

  // Both may be one file, as in `> file 2>&1`.
  void add_streams() {
    keep_errors_out();
    add_stream(facts_of_output(), "standard output");
    add_stream(facts_of_errors(), "standard error");
  }

  void add(const OutputFile &output) {
    const fs::path target = file_behind(output.path);
    const auto place = target.empty() ? std::nullopt : place_of(target);
    if (!place) return;
    const std::string name = fmt::format("{} {}", output.option, output.path);
    refuse_read(*place, name);
    const bool one = std::any_of(new_files_.begin(), new_files_.end(), [&](const fs::path &other) {
      return other.parent_path() == target.parent_path() && other != target && may_be_one_file(other, target) &&
             would_be_one_file(other, target);
    });
    if (!written_.emplace(*place, name).second || one) {
      throw Failure(kUsage, fmt::format("{}: the same file is written twice: give another name", name));
    }
    if (!place->new_name.empty()) new_files_.push_back(target);
  }

 private:
  void add_stream(const std::optional<FileFacts> &facts, const char *name) {
    const auto place = place_of_file(facts);
    if (!place) return;
    refuse_read(*place, name);
    written_.emplace(*place, name);
  }

  // What is said of a standard error that is read must not be written there.
  void keep_errors_out() const {
    const auto error = place_of_file(facts_of_errors());
    if (!error || !read_.contains(*error)) return;
    const auto out = place_of_file(facts_of_output());
    const bool both_are_read = out && read_.contains(*out);
    both_are_read ? drop_notes() : lead_notes_to_output();
    refuse_read(*error, "standard error");
  }

  void refuse_read(const Place &place, const std::string &output) const {
    const auto found = read_.find(place);
    if (found == read_.end()) return;
    throw Failure(kUsage, fmt::format("{} is also an input, {}: give another name", output, text_of(found->second)));
  }

  std::map<Place, fs::path> read_;
  std::map<Place, std::string> written_;
  std::vector<fs::path> new_files_;
};

// Where an ONNX model says that its weights are: the entries "location" of its tensors, found by their bytes.
ReadFiles external_data(const fs::path &model) {
  constexpr std::string_view kEntry("\x0a\x08location\x12", 11);
  ReadFiles found;
  const Bytes bytes = read_whole(text_of(model));
  std::string_view rest(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  for (size_t at = rest.find(kEntry); at != std::string_view::npos; at = rest.find(kEntry)) {
    rest.remove_prefix(at + kEntry.size());
    if (rest.empty()) break;
    const auto length = static_cast<unsigned char>(rest.front());  // names of more than 127 bytes have two bytes here
    if (length < 0x80) found.push_back(model.parent_path() / path_of(rest.substr(1, length)));
    if (length >= 0x80 && rest.size() > 1) {
      const size_t whole = (length & 0x7FU) | size_t{static_cast<unsigned char>(rest[1])} << 7;
      found.push_back(model.parent_path() / path_of(rest.substr(2, whole)));
    }
  }
  return found;
}

void append(ReadFiles &files, const ReadFiles &more) {
  files.insert(files.end(), more.begin(), more.end());
}

}  // namespace

ReadFiles files_in(const std::vector<std::string> &texts) {
  const std::string ends = {':', '?', '&', kPathListSeparator};
  ReadFiles files;
  for (const std::string &text : texts) {
    for (size_t begin = 0; begin != std::string::npos;) {
      for (size_t end = begin; end != std::string::npos;) {
        end = text.find_first_of(ends, end + 1);
        const std::string part = text.substr(begin, end == std::string::npos ? end : end - begin);
        files.push_back(path_of(part));
        files.push_back(path_of(decode_descriptor_text(part)));
      }
      const size_t separator = text.find_first_of("=" + ends, begin);
      begin = separator == std::string::npos ? separator : separator + 1;
    }
  }
  return files;
}

ReadFiles files_named(const Options &options) {
  ReadFiles files = files_in({options.descriptor});
  for (const char *name : {"AIRUNNER_PLUGIN_PATH", "AIRUNNER_ONNXRUNTIME", "AIRUNNER_LITERT"}) {
    const char *value = trusted_environment(name);
    if (value != nullptr) append(files, files_in({value}));
  }
  for (const auto *texts : {&options.backend_options, &options.weights, &options.inputs, &options.plugin_paths}) {
    append(files, files_in(*texts));
  }
  return files;
}

void check_output_files(const std::vector<OutputFile> &outputs, const ReadFiles &read) {
  Check check(read);
  check.add_streams();
  for (const OutputFile &output : outputs) {
    if (output.path.empty()) continue;
    check_name(output);
    check.add(output);  // first: on Windows what is loaded cannot be written, and that is not why
    check_writable(output);
  }
}

void check_output_files(const std::vector<OutputFile> &outputs, const Connection &connection) {
  ReadFiles read = files_in({connection.model().descriptor});
  const auto exists = [](const OutputFile &output) { return place_of_existing(path_of(output.path)).has_value(); };
  if (std::any_of(outputs.begin(), outputs.end(), exists)) {
    const ReadFiles models = read;
    for (const fs::path &model : models) {
      if (place_of_existing(model)) append(read, external_data(model));
    }
  }
  append(read, loaded_files());
  check_output_files(outputs, read);
}

}  // namespace air::cli
