// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded into this process, by default from a private copy, and unloaded for real.
#include "stlib/library/image.h"

#include <system_error>

#include "common/error.h"
#include "common/memory_size.h"
#include "common/path_text.h"
#include "platform/files/open_file.h"
#include "stlib/library/exports.h"

namespace air::stlib {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxFileSize = uint64_t{4} << 30;

[[noreturn]] void refuse(const std::string &what, const std::error_code &error) {
  const bool denied = error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
  const air_status status = denied                                          ? AIR_ERROR_PERMISSION
                            : error == std::errc::no_such_file_or_directory ? AIR_ERROR_NOT_FOUND
                                                                            : AIR_ERROR_IO;
  throw Error(status, fmt::format("{}: {}", what, error.message()), error.value());
}

std::vector<std::byte> read_file(const fs::path &file) {
  const OpenFile input(file);
  if (input.error()) refuse(fmt::format("'{}' cannot be opened", text_of(file)), input.error());
  try {
    const uint64_t size = input.facts().size;
    if (size > kMaxFileSize)
      fail(AIR_ERROR_INVALID_MODEL, "'{}' has {} bytes: too large for a model library", text_of(file), size);
    std::vector<std::byte> bytes(memory_size(size));
    bytes.resize(input.read(0, bytes));
    return bytes;
  } catch (const std::system_error &error) {
    refuse(fmt::format("'{}' cannot be read", text_of(file)), error.code());
  }
}

}  // namespace

Image::Image(const fs::path &file, bool copy) : file_(file) {
  const std::vector<std::byte> bytes = read_file(file);
  exports_ = read_exports(bytes, text_of(file));
  std::string reason;
  if (copy) {
    loaded_ = load_private_library(bytes, file, "the private copy of the library (copy=0 does without)", reason);
  } else {
    loaded_.library.reset(load_library(text_of(file).c_str(), reason));
  }
  if (loaded_.library != nullptr) return;
  // What every loader says of another library, which it looks for beside the copy.
  const bool lacks_another = copy && reason.find("o such file") != std::string::npos;
  fail(AIR_ERROR_INVALID_MODEL, "'{}' cannot be loaded: {}{}", text_of(file), reason,
       lacks_another ? "; copy=0 loads the file where it is, beside which that may lie" : "");
}

void *Image::symbol(const std::string &name) const noexcept {
  return symbol_of(loaded_.library.get(), name.c_str());
}

}  // namespace air::stlib
