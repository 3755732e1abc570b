// SPDX-License-Identifier: BSD-3-Clause
// Named arrays in NumPy's .npz format, read through libzip.
#include "npz/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <string_view>

#include "common/error.h"
#include "platform/files/file_reader.h"

namespace air {
namespace {

constexpr std::string_view kSuffix = ".npy";
// Deflate cannot shrink more than about 1032 times: a larger claim is a lie, made to exhaust memory.
constexpr zip_uint64_t kMostExpansion = 1100;

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Entry = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

bool is_damage(int error) {
#ifdef ZIP_ER_TRUNCATED_ZIP
  if (error == ZIP_ER_TRUNCATED_ZIP) return true;
#endif
  return error == ZIP_ER_NOZIP || error == ZIP_ER_INCONS;
}

// libzip calls many a lack of memory a damaged file, or nothing at all. errno was 0 before.
void throw_if_no_memory() {
  if (errno == ENOMEM) throw std::bad_alloc();
}

Archive try_to_open(const std::string &path, int &error) {
  errno = 0;
  return {zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &error), &zip_discard};
}

Archive open_archive(const std::string &path) {
  const FileReader file(path);  // of a pipe, libzip would wait for ever
  int error = 0;
  Archive archive = try_to_open(path, error);
  if (archive == nullptr && errno == ENOMEM) {
    // From release 1.11 on it says so of some damaged files too. Where memory really lacks, this throws or the second attempt goes well.
    const std::vector<char> probe(65'536);
    archive = try_to_open(path, error);
  }
  if (archive == nullptr && error == ZIP_ER_MEMORY) throw std::bad_alloc();
  if (archive == nullptr && is_damage(error)) {
    throw Error(AIR_ERROR_INVALID_INPUT, path + ": not an .npz file, or it is cut off or damaged");
  }
  if (archive == nullptr) {
    zip_error_t story;
    zip_error_init_with_code(&story, error);
    const std::string text = zip_error_strerror(&story);
    zip_error_fini(&story);
    throw Error(AIR_ERROR_INVALID_INPUT, fmt::format("{}: cannot be opened as .npz: {}", path, text));
  }
  return archive;
}

class MemberReader : public Reader {
 public:
  MemberReader(zip_t *archive, uint64_t index, std::string what)
      : what_(std::move(what)), entry_(nullptr, &zip_fclose) {
    zip_stat_t stat;
    constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & needed) != needed ||
        stat.size / kMostExpansion > stat.comp_size + 1) {
      fail(AIR_ERROR_INVALID_INPUT, "{}: damaged archive entry", what_);
    }
    n_left_ = stat.size;
    errno = 0;
    entry_.reset(zip_fopen_index(archive, index, 0));
    if (entry_ == nullptr) throw_if_no_memory();
    if (entry_ == nullptr) fail(AIR_ERROR_INVALID_INPUT, "{}: {}", what_, zip_strerror(archive));
  }

  uint64_t n_left() const override { return n_left_; }
  void read(unsigned char *to, size_t size) override {
    errno = 0;
    const zip_int64_t n_read = zip_fread(entry_.get(), to, size);
    if (n_read < 0 || static_cast<size_t>(n_read) != size) fail_damaged();
    n_left_ -= size;
  }
  void skip(uint64_t size) override {
    std::array<unsigned char, 65'536> dropped;  // NOLINT: written before it is read
    for (; size > 0; size -= std::min<uint64_t>(size, dropped.size())) {
      read(dropped.data(), std::min<uint64_t>(size, dropped.size()));
    }
  }
  // Reading further than to the stated end makes libzip check size and CRC.
  void expect_intact() override {
    unsigned char beyond = 0;
    errno = 0;
    if (zip_fread(entry_.get(), &beyond, 1) != 0) fail_damaged();
  }

 private:
  [[noreturn]] void fail_damaged() {
    throw_if_no_memory();
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged: {}", what_, zip_file_strerror(entry_.get()));
  }

  std::string what_;
  Entry entry_;
  uint64_t n_left_ = 0;
};

}  // namespace

std::string npz_name(const std::string &name) {
  std::string result;
  for (std::string_view rest = name; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    std::string part(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.find_first_not_of('.') == std::string::npos) part.assign(part.size(), '_');  // "." and ".."
    std::replace(part.begin(), part.end(), '\\', '_');
    if (result.empty() && part.size() == 2 && part[1] == ':') part[1] = '_';  // a drive
    if (!part.empty()) result += (result.empty() ? "" : "/") + part;
  }
  return result.empty() ? "_" : result;
}

void NpzReader::Discard::operator()(zip *archive) const {
  zip_discard(archive);
}

NpzReader::NpzReader(std::string path) : path_(std::move(path)) {
  archive_.reset(open_archive(path_).release());
  const zip_int64_t n_entries = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < n_entries; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    errno = 0;
    const char *stored = zip_get_name(archive_.get(), index, 0);
    if (stored == nullptr) throw_if_no_memory();
    std::string name = stored == nullptr ? "" : stored;
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    if (places_.emplace(name, index).second) names_.push_back(std::move(name));
  }
}

std::unique_ptr<Reader> NpzReader::open(const std::string &name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) fail(AIR_ERROR_INVALID_INPUT, "{}: there is no such array", what(name));
  return std::make_unique<MemberReader>(archive_.get(), found->second, what(name));
}

// Not deflated: values of a network hardly shrink, and that took twenty times as long as computing them.
void NpzWriter::add(const std::string &name, air_dtype dtype, const std::vector<int64_t> &shape,
                    std::string_view data) {
  const std::string wanted = npz_name(name);
  std::string free = wanted;
  for (int n = 2; !names_.insert(free).second; ++n) free = fmt::format("{}_{}", wanted, n);
  archive_.add(free + std::string(kSuffix), npy_header({dtype, shape, {}}), data);
}

void NpzWriter::finish() {
  archive_.finish();
  file_.commit();
}

}  // namespace air
