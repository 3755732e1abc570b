// SPDX-License-Identifier: BSD-3-Clause
// Weights given by the user for libraries that were built without them.
#include "stlib/model/weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <system_error>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/open_file.h"
#include "platform/machine/out_of_memory.h"

namespace air::stlib {
namespace {

constexpr uint64_t kMaxBlockBytes = uint64_t{4} << 30;  // segments count their bytes in 32 bits

bool is_missing(const std::error_code &error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

GuardedMemory read_weights_file(const std::string &path) try {
  if (const auto there = facts_of(path_of(path)); there && !there->is_file)
    fail(AIR_ERROR_WEIGHTS, "Invalid weights object: '{}' is not a file", path);
  const OpenFile file(path_of(path));
  if (is_missing(file.error())) fail(AIR_ERROR_NOT_FOUND, "weights file '{}' does not exist", path);
  const FileFacts facts = file.facts();
  if (facts.size > kMaxBlockBytes)
    fail(AIR_ERROR_WEIGHTS, "weights file '{}' has {} bytes, at most {} are possible", path, facts.size,
         kMaxBlockBytes);
  GuardedMemory block(fmt::format("weights '{}'", path), facts.size);
  const size_t n = file.read(0, {block.data(), static_cast<size_t>(facts.size)});
  if (n < facts.size) fail(AIR_ERROR_IO, "weights file '{}' ended after {} of {} bytes", path, n, facts.size);
  return block;
} catch (const std::system_error &error) {
  throw_if_no_memory(error.code());
  throw Error(AIR_ERROR_IO, fmt::format("weights file '{}' cannot be read: {}", path, error.code().message()),
              error.code().value());
}

}  // namespace

Weights read_weights_files(const std::vector<std::string> &paths) {
  Weights weights;
  for (const std::string &path : paths) weights.push_back(read_weights_file(path));
  return weights;
}

Weights copy_weights(std::span<const air_weights> buffers) {
  Weights weights;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const air_weights &buffer = buffers[i];
    if (buffer.data == nullptr && buffer.size_bytes > 0)
      fail(AIR_ERROR_WEIGHTS, "Invalid weights object: block #{} has no data", i + 1);
    if (buffer.size_bytes > kMaxBlockBytes) {
      fail(AIR_ERROR_WEIGHTS, "weights block #{} has {} bytes, at most {} are possible", i + 1, buffer.size_bytes,
           kMaxBlockBytes);
    }
    GuardedMemory block(fmt::format("weights #{}", i + 1), buffer.size_bytes);
    if (buffer.size_bytes > 0) std::memcpy(block.data(), buffer.data, buffer.size_bytes);
    weights.push_back(std::move(block));
  }
  return weights;
}

std::vector<const GuardedMemory *> match_weights(const Weights &weights, std::span<const uint64_t> segment_sizes) {
  // Empty segments need no block, but may have one.
  const auto n_filled = static_cast<size_t>(
      std::count_if(segment_sizes.begin(), segment_sizes.end(), [](uint64_t size) { return size > 0; }));
  const bool each = weights.size() == segment_sizes.size();
  if (!each && weights.size() != n_filled) {
    fail(AIR_ERROR_WEIGHTS, "Provided weights count are incompatible (got: {} expected: {})", weights.size(), n_filled);
  }
  std::vector<const GuardedMemory *> blocks(segment_sizes.size(), nullptr);
  size_t next = 0;
  for (size_t i = 0; i < segment_sizes.size(); ++i) {
    if (!each && segment_sizes[i] == 0) continue;
    blocks[i] = &weights[next++];
    if (blocks[i]->size() != segment_sizes[i]) {
      fail(AIR_ERROR_WEIGHTS, "Provided weights size are incompatible (got: {} expected: {}) in segment #{}",
           blocks[i]->size(), segment_sizes[i], i + 1);
    }
  }
  return blocks;
}

void fail_missing_weights(const std::string &model, std::span<const uint64_t> segment_sizes) {
  std::vector<std::string> segments;
  for (size_t i = 0; i < segment_sizes.size(); ++i) {
    if (segment_sizes[i] > 0) segments.push_back(fmt::format("#{}: {} bytes", i + 1, segment_sizes[i]));
  }
  fail(AIR_ERROR_WEIGHTS,
       "model '{}': Shared library should be generated with the weights, or be given them with the option "
       "weights=<file>[,<file>...]; expected {}",
       model, fmt::join(segments, ", "));
}

}  // namespace air::stlib
