// SPDX-License-Identifier: BSD-3-Clause
// Refuses outputs that would overwrite what the command reads, or one another, before anything is run.
#include "cli/outputs/output_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>

#include "cli/running/failure.h"
#include "common/descriptor_text.h"
#include "platform/environment.h"
#include "platform/file_reader.h"
#include "platform/new_file.h"

namespace air::cli {
namespace {

namespace fs = std::filesystem;

// What all names of a file have in common: its number; of one that is not there yet, that of its folder, and its name there.
struct Place {
  dev_t device;
  ino_t number;
  std::string new_name;

  bool operator<(const Place &other) const {
    return std::tie(device, number, new_name) < std::tie(other.device, other.number, other.new_name);
  }
};

std::optional<Place> place_of_file(const struct stat &status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return Place{status.st_dev, status.st_ino, ""};
}

std::optional<Place> place_of_stream(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? place_of_file(status) : std::nullopt;
}

std::optional<Place> place_of_existing(const fs::path &path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? place_of_file(status) : std::nullopt;
}

// Of where an output will be; none for devices, pipes and the like.
std::optional<Place> place_of(const fs::path &target) {
  struct stat status {};
  if (stat(target.c_str(), &status) == 0) return place_of_file(status);
  if (stat(target.parent_path().c_str(), &status) != 0) return std::nullopt;
  return Place{status.st_dev, status.st_ino, target.filename().string()};
}

std::string folded(std::string text) {
  for (char &c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Whether two new names in one folder would be one file there. Asked of the file system, as each has rules of its own.
bool would_be_one_file(const fs::path &a, const fs::path &b) {
  const std::string names[] = {folded(a.filename().string()), folded(b.filename().string())};
  const auto is_ascii = [](const std::string &text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  };
  if (names[0] != names[1] && is_ascii(names[0]) && is_ascii(names[1])) return false;
  const int fd = open(a.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  struct stat status {};
  const bool one = lstat(b.c_str(), &status) == 0;
  unlink(a.c_str());
  return one;
}

void check_writable(const OutputFile &output) {
  const auto fail = [&](const std::string &why) {
    return Failure(kFailed, fmt::format("{} {}: {}", output.option, output.path, why));
  };
  std::error_code error;
  const fs::path folder = fs::path(output.path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) throw fail("there is no folder " + folder.string());
  if (fs::is_directory(output.path, error)) throw fail("is a folder, expected the name of a file");
  const fs::path target = file_behind(output.path);
  if (target.empty()) return;
  const fs::path target_folder = target.parent_path();
  if (access(target_folder.c_str(), W_OK | X_OK) != 0) {
    throw fail(
        fmt::format("no file can be made in {}: {}", target_folder.string(), std::generic_category().message(errno)));
  }
  if (fs::exists(target, error) && access(target.c_str(), W_OK) != 0) {
    throw fail("cannot be written: " + std::generic_category().message(errno));
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
    std::map<Place, std::string> streams;
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
      const char *name = fd == STDOUT_FILENO ? "standard output" : "standard error";
      const auto place = place_of_stream(fd);
      if (!place) continue;
      refuse_read(*place, name);
      written_.emplace(*place, name);
    }
  }

  void add(const OutputFile &output) {
    const fs::path target = file_behind(output.path);
    const auto place = target.empty() ? std::nullopt : place_of(target);
    if (!place) return;
    const std::string name = fmt::format("{} {}", output.option, output.path);
    refuse_read(*place, name);
    const bool one = std::any_of(new_files_.begin(), new_files_.end(), [&](const fs::path &other) {
      return other.parent_path() == target.parent_path() && other != target && would_be_one_file(other, target);
    });
    if (!written_.emplace(*place, name).second || one) {
      throw Failure(kUsage, fmt::format("{}: the same file is written twice: give another name", name));
    }
    if (!place->new_name.empty()) new_files_.push_back(target);
  }

 private:
  // What is said of a standard error that is read must not be written there.
  void keep_errors_out() const {
    const auto error = place_of_stream(STDERR_FILENO);
    if (!error || !read_.contains(*error)) return;
    const auto out = place_of_stream(STDOUT_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(out && read_.contains(*out) ? nowhere : STDOUT_FILENO, STDERR_FILENO);
    close(nowhere);
    refuse_read(*error, "standard error");
  }

  void refuse_read(const Place &place, const std::string &output) const {
    const auto found = read_.find(place);
    if (found == read_.end()) return;
    throw Failure(kUsage, fmt::format("{} is also an input, {}: give another name", output, found->second.string()));
  }

  std::map<Place, fs::path> read_;
  std::map<Place, std::string> written_;
  std::vector<fs::path> new_files_;
};

// Where an ONNX model says that its weights are: the entries "location" of its tensors, found by their bytes.
ReadFiles external_data(const fs::path &model) {
  constexpr std::string_view kEntry("\x0a\x08location\x12", 11);
  ReadFiles found;
  const Bytes bytes = read_whole(model.string());
  std::string_view rest(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  for (size_t at = rest.find(kEntry); at != std::string_view::npos; at = rest.find(kEntry)) {
    rest.remove_prefix(at + kEntry.size());
    if (rest.empty()) break;
    const auto length = static_cast<unsigned char>(rest.front());  // names of more than 127 bytes have two bytes here
    if (length < 0x80) found.push_back(model.parent_path() / rest.substr(1, length));
    if (length >= 0x80 && rest.size() > 1) {
      const size_t whole = (length & 0x7FU) | size_t{static_cast<unsigned char>(rest[1])} << 7;
      found.push_back(model.parent_path() / rest.substr(2, whole));
    }
  }
  return found;
}

// The command, its libraries, plugins and runtimes.
ReadFiles mapped_files() {
  ReadFiles files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path != std::string::npos && (files.empty() || files.back() != line.substr(path))) {
      files.emplace_back(line.substr(path));
    }
  }
  return files;
}

void append(ReadFiles &files, const ReadFiles &more) {
  files.insert(files.end(), more.begin(), more.end());
}

}  // namespace

ReadFiles files_in(const std::vector<std::string> &texts) {
  ReadFiles files;
  for (const std::string &text : texts) {
    for (size_t begin = 0; begin != std::string::npos;) {
      for (size_t end = begin; end != std::string::npos;) {
        end = text.find_first_of(":?&", end + 1);
        const std::string part = text.substr(begin, end == std::string::npos ? end : end - begin);
        files.emplace_back(part);
        files.emplace_back(decode_descriptor_text(part));
      }
      const size_t separator = text.find_first_of("=:?&", begin);
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
    check_writable(output);
    check.add(output);
  }
}

void check_output_files(const std::vector<OutputFile> &outputs, const Connection &connection) {
  ReadFiles read = files_in({connection.model().descriptor});
  const auto exists = [](const OutputFile &output) { return place_of_existing(output.path).has_value(); };
  if (std::any_of(outputs.begin(), outputs.end(), exists)) {
    const ReadFiles models = read;
    for (const fs::path &model : models) {
      if (place_of_existing(model)) append(read, external_data(model));
    }
  }
  append(read, mapped_files());
  check_output_files(outputs, read);
}

}  // namespace air::cli
