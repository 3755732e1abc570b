// SPDX-License-Identifier: BSD-3-Clause
// What another program computed, out of a file of arrays: a side of `compare`.
#include "cli/inputs/golden.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "cli/inputs/input_array.h"
#include "cli/inputs/input_file.h"
#include "cli/inputs/inputs.h"
#include "cli/inputs/values.h"
#include "cli/outputs/file_kinds.h"
#include "cli/running/failure.h"
#include "common/tensor_facts.h"
#include "common/utf8.h"
#include "npz/npz.h"
#include "platform/files/file_reader.h"
#include "text/descriptions.h"

namespace air::cli {
namespace {

// What a capture has beside its values: its description, and measurements.
bool is_of_capture(const std::string &name) {
  return name == "capture" || name.starts_with("values.") || name.starts_with("node_values.");
}

// One that cannot be read is left to what reads captures, which tells why.
bool is_archive_of_arrays(const std::string &path) try {
  const std::vector<std::string> names = NpzReader(path).names();
  return !names.empty() && std::ranges::none_of(names, is_of_capture);
} catch (const Error &) {
  return false;
}

// What is no number, such as names of classes, can be nothing of a model.
std::optional<Array> read_array(Reader &reader, const std::string &what, std::optional<uint64_t> n_first) {
  const NpyHeader header = read_npy_header(reader, what);
  if (header.dtype != AIR_DTYPE_NONE) {
    return read_npy_data(reader, header, what, n_first.value_or(std::numeric_limits<uint64_t>::max()));
  }
  tell({fmt::format("{}: not used: its type is '{}', expected numbers", what, header.type)});
  return {};
}

}  // namespace

bool is_golden(const std::string &path) {
  const std::string kind = extension(path);
  if (kind == ".npy" || kind == ".csv") return true;
  return is_archive(path) && is_archive_of_arrays(path);
}

Golden::Golden(std::string path, std::optional<uint64_t> n_first) : path_(std::move(path)), n_first_(n_first) {
  const auto add = [&](const std::string &name, std::optional<Array> array) {
    if (!array) return;
    names_.push_back(name);
    arrays_.push_back(std::move(*array));
  };
  switch (kind_of(path_)) {
    case FileKind::kNpz: {
      const NpzReader archive(path_);
      for (const std::string &name : archive.names()) {
        add(name, read_array(*archive.open(name), archive.what(name), n_first));
      }
      break;
    }
    case FileKind::kNpy: {
      FileReader file(path_);
      add("", read_array(file, path_, n_first));
      break;
    }
    case FileKind::kText: {
      TextArray text = read_text_array(path_, n_first);
      tell(text.notes);
      add("", std::move(text.array));
      break;
    }
    case FileKind::kRaw:
      throw Failure(kBadInput, path_ + ": raw bytes, expected arrays as .npz, .npy or .csv");
  }
}

air_status Golden::make(const air_model &model, const air_result *inputs, HeldResult &result) const {
  std::vector<air_array> arrays;
  for (size_t i = 0; i < arrays_.size(); ++i) arrays.push_back({names_[i].c_str(), view_of(arrays_[i])});
  return air_make_golden(&model, arrays.data(), static_cast<uint32_t>(arrays.size()), inputs, path_.c_str(),
                         result.out());
}

HeldResult Golden::with_own_inputs(const air_model &model, bool others_are_given) const {
  HeldResult result;
  const air_status status = make(model, nullptr, result);
  if (status == AIR_ERROR_NOT_FOUND) {
    if (others_are_given) return {};
    Failure failure = library_failure(kBadInput);
    failure.causes.emplace_back("--input FILE gives them");
    throw failure;
  }
  check(status, kBadInput);
  if (others_are_given) {
    throw Failure(kUsage,
                  fmt::format("--input does not go with {}, which holds inputs of its own ({})", path_,
                              fmt::join(lines_of(property(*air_get_result_model(result.get()), "arrays")), "; ")));
  }
  const uint64_t n_samples = air_get_profile(result.get())->n_samples;
  if (n_first_ && n_samples < *n_first_) {
    throw Failure(kBadInput, fmt::format("--batch {}: {} has {} samples only", *n_first_, path_, n_samples));
  }
  return result;
}

HeldResult Golden::beside(const air_result *other) const {
  HeldResult result;
  check(make(*air_get_result_model(other), other, result), kBadInput);
  const air_model &model = *air_get_result_model(result.get());
  const std::string unused = property(model, "arrays.unused");
  if (!unused.empty())
    tell({fmt::format("{}: not used, being nothing of the model: {}", path_, fmt::join(lines_of(unused), "; "))});
  return result;
}

std::string places_line(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  std::vector<std::string> told = lines_of(property(model, "arrays"));
  const bool own_inputs = std::ranges::any_of(told, [](const std::string &line) { return line.starts_with("input "); });
  std::erase_if(told, [](const std::string &line) { return line.starts_with("node "); });
  if (model.n_nodes > 0) told.push_back(fmt::format("{} node{} by name", model.n_nodes, model.n_nodes == 1 ? "" : "s"));
  if (!own_inputs && model.n_inputs > 0) told.emplace_back("the inputs are those of the other side");
  return printable(fmt::format("{}: {}", property(model, "file"), fmt::join(told, "; "))) + "\n";
}

}  // namespace air::cli
