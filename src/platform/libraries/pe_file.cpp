// SPDX-License-Identifier: BSD-3-Clause
// PE, the libraries of Windows: of every machine, with 32 and 64 bits. Its numbers are little-endian.
#include "platform/libraries/pe_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/libraries/bad_library.h"
#include "platform/libraries/library_bytes.h"

namespace air {
namespace {

using library::Bytes;
using library::part;
using library::refuse;
using library::refuse_truncated;

// Positions, as the specification gives them.
constexpr uint64_t kNewHeaderAt = 0x3c;                                                // in the file
constexpr uint64_t kFrontSize = 24;                                                    // "PE\0\0" and the COFF header
constexpr uint64_t kMachine = 4, kSectionCount = 6, kOptionalSize = 20, kTraits = 22;  // in these
constexpr uint64_t kDirectories32 = 96, kDirectories64 = 112, kDirectorySize = 8;      // in the optional header
constexpr uint64_t kSectionSize = 40, kAddress = 12, kRawSize = 16, kRawAt = 20;
constexpr uint64_t kExportsSize = 40, kNameCount = 24, kNames = 32;
constexpr size_t kImportSize = 20, kImportName = 12, kMostImports = 4096, kLongestName = 260;
constexpr unsigned kIsLibrary = 0x2000, kMagic32 = 0x10b, kMagic64 = 0x20b;

constexpr auto u16_at = library::little_at<uint16_t>;
constexpr auto u32_at = library::little_at<uint32_t>;

std::string name_of(uint32_t machine) {
  switch (machine) {
    case 0x14c:
      return "x86";
    case 0x8664:
      return "x86-64";
    case 0x1c0:
    case 0x1c4:
      return "Arm";
    case 0xaa64:
      return "AArch64";
    case 0x5032:
    case 0x5064:
      return "RISC-V";
    default:
      return fmt::format("machine {:#x}", machine);
  }
}

// The bytes, which are those of the whole file or its beginning, seen as a library.
class Pe {
 public:
  Pe(Bytes front, uint64_t size);

  std::string machine() const { return library::machine_text(name_of(u16_at(coff_, kMachine)), is_64_ ? 64 : 32); }
  void check() const;
  std::vector<std::string> exports() const;
  std::vector<std::string> imports() const;

 private:
  Bytes needed(uint64_t offset, uint64_t size, std::string_view what) const;
  // The address of a table, of those that the optional header names; 0 where it has none.
  uint32_t table_address(uint64_t index) const;
  // What is in memory from an address on, as far as the section's bytes in the file reach.
  Bytes at_address(uint32_t address) const;

  Bytes file_;
  uint64_t size_;
  Bytes coff_, optional_, sections_;
  bool is_64_ = false;
};

Bytes Pe::needed(uint64_t offset, uint64_t size, std::string_view what) const {
  return library::needed(file_, offset, size, what, size_);
}

Pe::Pe(Bytes front, uint64_t size) : file_(front), size_(size) {
  const uint64_t begin = u32_at(needed(kNewHeaderAt, sizeof(uint32_t), "first bytes"), 0);
  coff_ = needed(begin, kFrontSize, "PE header");
  if (u32_at(coff_, 0) != 0x4550) refuse("it is a program of DOS or damaged, expected a Windows library (PE)");
  const uint64_t optional_size = u16_at(coff_, kOptionalSize);
  if (optional_size < kDirectories64) refuse("its headers are damaged, or it is no library but an object file");
  optional_ = needed(begin + kFrontSize, optional_size, "PE header");
  const uint32_t magic = u16_at(optional_, 0);
  if (magic != kMagic32 && magic != kMagic64)
    refuse(fmt::format("its header is of kind {:#x}, which is not known", magic));
  is_64_ = magic == kMagic64;
  sections_ =
      needed(begin + kFrontSize + optional_size, u16_at(coff_, kSectionCount) * kSectionSize, "section headers");
}

void Pe::check() const {
  if (sections_.empty()) refuse("it has nothing to load: it was stripped of its contents or is damaged");
  for (Bytes section = sections_; !section.empty(); section = section.subspan(kSectionSize)) {
    const uint64_t end = uint64_t{u32_at(section, kRawAt)} + u32_at(section, kRawSize);
    if (u32_at(section, kRawSize) > 0 && end > size_) refuse_truncated("sections", end, size_);
  }
  if ((u16_at(coff_, kTraits) & kIsLibrary) == 0) refuse("it is a Windows program, expected a library (DLL)");
}

Bytes Pe::at_address(uint32_t address) const {
  for (Bytes section = sections_; !section.empty(); section = section.subspan(kSectionSize)) {
    const uint32_t begin = u32_at(section, kAddress), size = u32_at(section, kRawSize);
    if (address < begin || address - begin >= size) continue;
    const auto bytes = part(file_, u32_at(section, kRawAt), size);
    return bytes ? bytes->subspan(address - begin) : Bytes();
  }
  return {};
}

uint32_t Pe::table_address(uint64_t index) const {
  const uint64_t directories = is_64_ ? kDirectories64 : kDirectories32;
  const auto directory = part(optional_, directories + index * kDirectorySize, kDirectorySize);
  return u32_at(optional_, directories - sizeof(uint32_t)) <= index || !directory ? 0 : u32_at(*directory, 0);
}

std::vector<std::string> Pe::exports() const {
  const uint32_t address = table_address(0);
  if (address == 0) return {};
  const Bytes table = at_address(address);
  if (table.size() < kExportsSize) refuse("its table of exports is damaged");
  const uint64_t n_names = u32_at(table, kNameCount);
  const auto addresses = part(at_address(u32_at(table, kNames)), 0, n_names * sizeof(uint32_t));
  if (!addresses) refuse("its table of exports is damaged");
  std::vector<std::string> names;
  for (uint64_t i = 0; i < n_names; ++i)
    library::add_name(at_address(u32_at(*addresses, i * sizeof(uint32_t))), 0, names);
  return names;
}

std::vector<std::string> Pe::imports() const {
  std::vector<std::string> names;
  const uint32_t address = table_address(1);
  if (address == 0) return names;
  const Bytes whole = at_address(address);
  for (Bytes table = whole.first(std::min(whole.size(), kMostImports * kImportSize)); table.size() >= kImportSize;
       table = table.subspan(kImportSize)) {
    const uint32_t name = u32_at(table, kImportName);
    if (name == 0) return names;
    const Bytes text = at_address(name);
    library::add_name(text.first(std::min(text.size(), kLongestName)), 0, names);
  }
  refuse("its table of imports is damaged");
}

}  // namespace

std::string pe_machine(Bytes front) {
  return Pe(front, front.size()).machine();
}

void check_pe(Bytes front, uint64_t size) {
  Pe(front, size).check();
}

std::vector<std::string> pe_exports(Bytes file) {
  const Pe library(file, file.size());
  library.check();
  return library.exports();
}

std::vector<std::string> pe_imports(Bytes file) {
  const Pe library(file, file.size());
  library.check();
  return library.imports();
}

uint64_t pe_headers_end(Bytes front) noexcept {
  const auto pointer = part(front, kNewHeaderAt, sizeof(uint32_t));
  if (!pointer) return 0;
  const uint64_t begin = u32_at(*pointer, 0);
  const auto coff = part(front, begin, kFrontSize);
  if (!coff) return begin + kFrontSize;
  return begin + kFrontSize + u16_at(*coff, kOptionalSize) + u16_at(*coff, kSectionCount) * kSectionSize;
}

}  // namespace air
