// SPDX-License-Identifier: BSD-3-Clause
// Zip archives of stored members. The numbers are those of PKWARE's APPNOTE.
#include "npz/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "common/error.h"

namespace air {
namespace {

constexpr uint64_t kLargest16 = 0xFFFF;  // these say that a longer field has the number
constexpr uint64_t kLargest32 = 0xFFFFFFFF;
constexpr uint64_t kVersion = 45;  // the first with longer fields
constexpr uint64_t kUtf8 = 0x800;
constexpr uint64_t kFirstOfJanuary1980 = 0x21;

// Fields of little-endian numbers.
class Record {
 public:
  Record &add(size_t n_bytes, uint64_t value) {
    for (; n_bytes > 0; --n_bytes, value >>= 8) bytes_ += static_cast<char>(value & 0xFF);
    return *this;
  }
  Record &add(const std::string &text) {
    bytes_ += text;
    return *this;
  }
  const std::string &bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

Record &add_version_flags_and_method(Record &record) {
  return record.add(2, kVersion).add(2, kUtf8).add(2, 0).add(2, 0).add(2, kFirstOfJanuary1980);
}

// The longer fields of a member, in an "extra field" of their own kind.
std::string long_fields(std::initializer_list<uint64_t> values) {
  Record record;
  record.add(2, 1).add(2, 8 * values.size());
  for (const uint64_t value : values) record.add(8, value);
  return record.bytes();
}

}  // namespace

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(const std::string &name, std::string_view head, std::string_view body) {
  if (name.size() > kLargest16) fail(AIR_ERROR_IO, "a name of {} bytes does not fit into a zip archive", name.size());
  uLong crc = crc32(0, nullptr, 0);
  for (const std::string_view part : {head, body}) {
    if (!part.empty()) crc = crc32_z(crc, reinterpret_cast<const Bytef *>(part.data()), part.size());
  }
  const Member &member =
      members_.emplace_back(Member{name, offset_, head.size() + body.size(), static_cast<uint32_t>(crc)});
  Record record;
  record.add(4, 0x04034B50);
  add_version_flags_and_method(record);
  const std::string extra = long_fields({member.size, member.size});
  record.add(4, member.crc).add(4, kLargest32).add(4, kLargest32);
  record.add(2, name.size()).add(2, extra.size()).add(name).add(extra);
  write(record.bytes());
  write(head);
  write(body);
}

void ZipWriter::finish() {
  const uint64_t begin = offset_;
  for (const Member &member : members_) {
    Record record;
    record.add(4, 0x02014B50).add(2, kVersion);
    add_version_flags_and_method(record);
    const std::string extra = long_fields({member.size, member.size, member.offset});
    record.add(4, member.crc).add(4, kLargest32).add(4, kLargest32);
    record.add(2, member.name.size()).add(2, extra.size());
    record.add(2, 0).add(2, 0).add(2, 0).add(4, 0).add(4, kLargest32);  // no comment, disk, attributes
    write(record.add(member.name).add(extra).bytes());
  }
  const uint64_t end = offset_;
  const uint64_t n_members = members_.size();
  Record record;
  record.add(4, 0x06064B50).add(8, 44).add(2, kVersion).add(2, kVersion).add(4, 0).add(4, 0);
  record.add(8, n_members).add(8, n_members).add(8, end - begin).add(8, begin);
  record.add(4, 0x07064B50).add(4, 0).add(8, end).add(4, 1);
  const uint64_t short_count = std::min(n_members, kLargest16);
  record.add(4, 0x06054B50).add(2, 0).add(2, 0).add(2, short_count).add(2, short_count);
  record.add(4, std::min(end - begin, kLargest32)).add(4, std::min(begin, kLargest32)).add(2, 0);
  write(record.bytes());
}

}  // namespace air
