// SPDX-License-Identifier: BSD-3-Clause
// Named arrays in NumPy's .npz format, through libzip.
#include "npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <cerrno>
#include <memory>
#include <new>
#include <string_view>

#include "common/error.h"

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

Archive open_archive(const std::string &path, int flags, air_status status) {
  int error = 0;
  errno = 0;
  Archive archive(zip_open(path.c_str(), flags, &error), &zip_discard);
  if (archive == nullptr) throw_if_no_memory();
  if (archive == nullptr && is_damage(error)) {
    throw Error(status, path + ": not an .npz file, or it is cut off or damaged");
  }
  if (archive == nullptr) {
    zip_error_t story;
    zip_error_init_with_code(&story, error);
    const std::string text = zip_error_strerror(&story);
    zip_error_fini(&story);
    throw Error(status, fmt::format("{}: cannot be opened as .npz: {}", path, text));
  }
  return archive;
}

Bytes read_entry(zip_t *archive, zip_uint64_t index, const std::string &what) {
  zip_stat_t stat;
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & needed) != needed ||
      stat.size / kMostExpansion > stat.comp_size + 1) {
    throw Error(AIR_ERROR_INVALID_INPUT, what + ": damaged archive entry");
  }
  const Entry entry(zip_fopen_index(archive, index, 0), &zip_fclose);
  if (entry == nullptr) throw_if_no_memory();
  if (entry == nullptr) throw Error(AIR_ERROR_INVALID_INPUT, fmt::format("{}: {}", what, zip_strerror(archive)));
  Bytes bytes(stat.size);
  // Reading to the end, one byte further than stated, makes libzip check size and CRC.
  const zip_int64_t n_read = zip_fread(entry.get(), bytes.data(), bytes.size());
  unsigned char beyond = 0;
  if (n_read < 0 || static_cast<zip_uint64_t>(n_read) != stat.size || zip_fread(entry.get(), &beyond, 1) != 0) {
    throw_if_no_memory();
    throw Error(AIR_ERROR_INVALID_INPUT, fmt::format("{}: damaged: {}", what, zip_file_strerror(entry.get())));
  }
  return bytes;
}

}  // namespace

std::vector<NamedArray> read_npz(const std::string &path) {
  const Archive archive = open_archive(path, ZIP_RDONLY | ZIP_CHECKCONS, AIR_ERROR_INVALID_INPUT);
  std::vector<NamedArray> arrays;
  const zip_int64_t n_entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < n_entries; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char *stored = zip_get_name(archive.get(), index, 0);
    if (stored == nullptr) throw_if_no_memory();
    std::string name = stored == nullptr ? "" : stored;
    if (!name.ends_with(kSuffix)) continue;
    const std::string what = fmt::format("{}: {}", path, name);
    const Bytes bytes = read_entry(archive.get(), index, what);
    name.resize(name.size() - kSuffix.size());
    arrays.push_back({name, parse_npy(bytes, what)});
  }
  return arrays;
}

void write_npz(const std::string &path, const std::vector<NamedArray> &arrays) {
  std::vector<Bytes> files;  // libzip reads them in zip_close()
  for (const NamedArray &item : arrays) files.push_back(format_npy(item.array));
  Archive archive = open_archive(path, ZIP_CREATE | ZIP_TRUNCATE, AIR_ERROR_IO);
  const auto require = [&](bool done) {
    if (!done) throw_if_no_memory();
    if (!done) throw Error(AIR_ERROR_IO, fmt::format("{}: cannot be written: {}", path, zip_strerror(archive.get())));
  };
  for (size_t i = 0; i < files.size(); ++i) {
    zip_source_t *source = zip_source_buffer(archive.get(), files[i].data(), files[i].size(), 0);
    require(source != nullptr);
    const std::string name = arrays[i].name + std::string(kSuffix);
    if (zip_file_add(archive.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8) < 0) {
      zip_source_free(source);
      require(false);
    }
  }
  require(zip_close(archive.get()) == 0);
  (void)archive.release();
}

}  // namespace air
