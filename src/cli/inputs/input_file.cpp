// SPDX-License-Identifier: BSD-3-Clause
// What a file is, told by what is in it.
#include "cli/inputs/input_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "cli/outputs/file_kinds.h"
#include "cli/running/failure.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "platform/files/file_reader.h"

namespace air::cli {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;  // '?' is any byte
  const char *meaning;
  size_t offset = 0;
};

constexpr std::array<Magic, 34> kOthers = {{{"\x89PNG"sv, "a PNG picture"},
                                            {"\xFF\xD8\xFF"sv, "a JPEG picture"},
                                            {"GIF8"sv, "a GIF picture"},
                                            {"BM????\0\0\0\0"sv, "a BMP picture"},
                                            {"II*\0"sv, "a TIFF picture"},
                                            {"MM\0*"sv, "a TIFF picture"},
                                            {"RIFF"sv, "a RIFF file (WAV, WebP, AVI)"},
                                            {"OggS"sv, "an Ogg file"},
                                            {"fLaC"sv, "a FLAC file"},
                                            {"\x1F\x8B\x08"sv, "compressed with gzip: unpack it first"},
                                            {"BZh"sv, "compressed with bzip2: unpack it first"},
                                            {"\xFD"
                                             "7zXZ"sv,
                                             "compressed with xz: unpack it first"},
                                            {"\x28\xB5\x2F\xFD"sv, "compressed with zstd: unpack it first"},
                                            {"7z\xBC\xAF"sv, "a 7-Zip archive"},
                                            {"ustar"sv, "a tar archive: unpack it first", 257},
                                            {"SQLite format 3"sv, "an SQLite database"},
                                            {"ftyp"sv, "an MP4, HEIC or AVIF file", 4},
                                            {"\x89HDF"sv, "an HDF5 file"},
                                            {"MATLAB 5"sv, "a MATLAB file"},
                                            {"PAR1"sv, "a Parquet file"},
                                            {"ARROW1"sv, "an Arrow file"},
                                            {"%PDF"sv, "a PDF document"},
                                            {"\x7F"
                                             "ELF"sv,
                                             "a program or library"},
                                            {"TFL3"sv, "a .tflite model", 4},
                                            {"\x80?cnumpy"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80?]q"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80?}q"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80\x02"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80\x03"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80\x04\x95"sv, "a Python pickle, which can run code when it is read"},
                                            {"\x80\x05\x95"sv, "a Python pickle, which can run code when it is read"},
                                            {"\xFF\xFE"sv, "text in UTF-16: save it as UTF-8"},
                                            {"version https://git-lfs"sv, "a pointer of Git LFS: run git lfs pull"},
                                            {"<!DOCTYPE"sv, "an HTML page"}}};
// Two bytes may begin anything: they count only where the file is not said to be raw.
constexpr size_t kSureMagic = 3;

bool begins(std::string_view text, const Magic &magic) {
  if (text.size() < magic.offset + magic.bytes.size()) return false;
  return std::equal(magic.bytes.begin(), magic.bytes.end(), text.begin() + static_cast<ptrdiff_t>(magic.offset),
                    [](char expected, char c) { return expected == '?' || expected == c; });
}

bool is_zip(std::string_view text) {
  return text.starts_with("PK\3\4"sv) || text.starts_with("PK\5\6"sv);
}

// Text without control characters. The last character may be cut off.
bool is_text(std::string_view text) {
  for (size_t i = 0; i < 3 && !text.empty() && static_cast<signed char>(text.back()) < 0; ++i) text.remove_suffix(1);
  const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && "\t\n\r\f"sv.find(c) == std::string_view::npos) || c == '\x7F';
  });
  return printable && valid_utf8(text) == text;
}

// Several numbers, and nothing else. Bytes that happen to be digits are no table.
bool is_number_table(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text.find_first_not_of("0123456789+-.eEnaNAifIF,;\t \r\n\"") == std::string_view::npos &&
         text.find_first_of(",;\t \n") != std::string_view::npos;
}

std::string beginning(const std::string &path) {
  FileReader reader(path);
  const Bytes bytes = read_block(reader, std::min<uint64_t>(reader.n_left(), 4096));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

bool is_archive(const std::string &path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path_of(path), error)) return false;
  return is_zip(beginning(path));
}

FileKind kind_of(const std::string &path) {
  const std::string text = beginning(path);
  const std::string name = extension(path);
  if (text.empty()) throw Failure(kBadInput, path + ": is empty: it holds no samples");
  if (text.starts_with("\x93NUMPY")) return FileKind::kNpy;
  if (is_zip(text)) return FileKind::kNpz;
  const bool said_raw = name == ".bin" || name == ".raw" || name == ".dat";
  const auto *other = std::find_if(kOthers.begin(), kOthers.end(), [&](const Magic &magic) {
    return begins(text, magic) && (!said_raw || magic.bytes.size() >= kSureMagic);
  });
  if (other != kOthers.end()) {
    throw Failure(kBadInput,
                  fmt::format("{}: is {}; expected .npy, .npz, .csv, or raw bytes as raw:FILE", path, other->meaning));
  }
  if (is_number_table(text)) return FileKind::kText;
  if (said_raw) return FileKind::kRaw;
  if (name == ".npy") throw Failure(kBadInput, path + ": not a .npy file (its first bytes are not \\x93NUMPY)");
  if (name == ".npz") throw Failure(kBadInput, path + ": not an .npz file, or it is cut off or damaged");
  if (is_text(text)) return FileKind::kText;
  throw Failure(
      kBadInput,
      fmt::format("{}: is neither .npy, .npz nor text: for raw bytes as the network stores them, name it .bin, "
                  ".raw or .dat, or say raw:{}",
                  path, path));
}

}  // namespace air::cli
