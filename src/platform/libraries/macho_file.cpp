// SPDX-License-Identifier: BSD-3-Clause
// Mach-O, the libraries of macOS. Its numbers are little-endian on all machines that are left; those that say where the libraries of a universal file
// lie are big-endian.
#include "platform/libraries/macho_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/libraries/bad_library.h"
#include "platform/libraries/library_bytes.h"

namespace air {
namespace {

using library::Bytes;
using library::needed;
using library::refuse;
using library::refuse_truncated;

// Positions and values, as <mach-o/loader.h>, <mach-o/fat.h> and <mach-o/nlist.h> give them.
constexpr uint32_t kMagic64 = 0xfeedfacf, kMagicUniversal = 0xcafebabe;
constexpr uint64_t kHeader32Size = 28, kHeader64Size = 32;
constexpr uint64_t kMachine = 4, kFileType = 12, kCommandsSize = 20;  // in the header
constexpr uint32_t kLibrary = 6, kBundle = 8;                         // MH_DYLIB, MH_BUNDLE
constexpr uint64_t kCommandFront = 8, kSizeAt = 4;                    // of each command
constexpr uint32_t kSegment32 = 1, kSymbols = 2, kSegment64 = 25;     // LC_
constexpr uint64_t kSegment32Size = 56, kSegment64Size = 72, kSymbolsSize = 24;
constexpr uint64_t kUniversalFront = 8, kMemberSize = 20;  // fat_header, fat_arch
constexpr uint32_t kMostMembers = 32;  // Java's classes begin in the same way, with a larger number there
constexpr uint64_t kType = 4;          // in a symbol
constexpr unsigned kDebug = 0xe0, kPrivate = 0x10, kDefined = 0x0e, kExternal = 0x01;  // N_

constexpr auto u32_at = library::little_at<uint32_t>;
constexpr auto u64_at = library::little_at<uint64_t>;

uint32_t big_u32_at(Bytes bytes, uint64_t offset) noexcept {
  const uint32_t value = u32_at(bytes, offset);
  return value >> 24U | (value >> 8U & 0xff00U) | (value << 8U & 0xff0000U) | value << 24U;
}

std::string machine_of(uint32_t number) {
  constexpr uint32_t k64 = 0x1000000;
  const std::string_view name = (number & ~k64) == 7 ? "x86" : (number & ~k64) == 12 ? "Arm" : "";
  if (number == (7 | k64)) return library::machine_text("x86-64", 64);
  if (number == (12 | k64)) return library::machine_text("AArch64", 64);
  return library::machine_text(name.empty() ? fmt::format("machine {:#x}", number) : std::string(name),
                               (number & k64) != 0 ? 64 : 32);
}

// One library: the whole file, or a part of a universal one.
struct Member {
  std::string machine;
  uint64_t begin, size;
};

std::vector<Member> members_of(Bytes front, uint64_t size) {
  const Bytes first = needed(front, 0, kUniversalFront, "Mach-O header", size);
  if (big_u32_at(first, 0) != kMagicUniversal) return {{machine_of(u32_at(first, kMachine)), 0, size}};
  const uint32_t count = big_u32_at(first, 4);
  if (count == 0 || count > kMostMembers) refuse("it is a class of Java or damaged, expected a macOS library (Mach-O)");
  const Bytes table = needed(front, kUniversalFront, count * kMemberSize, "list of libraries", size);
  std::vector<Member> members;
  for (uint64_t at = 0; at < table.size(); at += kMemberSize)
    members.push_back({machine_of(big_u32_at(table, at)), big_u32_at(table, at + 8), big_u32_at(table, at + 12)});
  return members;
}

// The bytes, which are those of the whole file or its beginning, seen as a library.
class MachO {
 public:
  MachO(Bytes front, uint64_t size, std::string_view machine);

  void check() const;
  std::vector<std::string> exports() const;

 private:
  void check_segment(Bytes command) const;
  void add_exports(Bytes command, std::vector<std::string> &names) const;
  template <class Use>
  void each_command(Use use) const;

  Bytes library_, commands_;
  uint64_t size_;
  bool is_64_ = false;
};

MachO::MachO(Bytes front, uint64_t size, std::string_view machine) : size_(size) {
  const std::vector<Member> members = members_of(front, size);
  const Member *member = &members.front();
  for (const Member &each : members) {
    if (each.machine == machine) member = &each;
  }
  if (member->begin > size || member->size > size - member->begin)
    refuse_truncated("libraries", member->begin + member->size, size);
  size_ = member->size;
  library_ = front.subspan(static_cast<size_t>(std::min<uint64_t>(member->begin, front.size())));
  library_ = library_.first(static_cast<size_t>(std::min<uint64_t>(member->size, library_.size())));
  const Bytes header = needed(library_, 0, kHeader32Size, "Mach-O header", size_);
  is_64_ = u32_at(header, 0) == kMagic64;
  if (const uint32_t type = u32_at(header, kFileType); type != kLibrary && type != kBundle)
    refuse(
        fmt::format("it is a Mach-O file of type {}, expected a shared library ({} or {})", type, kLibrary, kBundle));
  commands_ =
      needed(library_, is_64_ ? kHeader64Size : kHeader32Size, u32_at(header, kCommandsSize), "load commands", size_);
}

template <class Use>
void MachO::each_command(Use use) const {
  for (Bytes rest = commands_; !rest.empty();) {
    const uint64_t size = rest.size() < kCommandFront ? 0 : u32_at(rest, kSizeAt);
    if (size < kCommandFront || size > rest.size()) refuse("its load commands are damaged");
    use(u32_at(rest, 0), rest.first(static_cast<size_t>(size)));
    rest = rest.subspan(static_cast<size_t>(size));
  }
}

void MachO::check_segment(Bytes command) const {
  if (command.size() < (is_64_ ? kSegment64Size : kSegment32Size)) refuse("its load commands are damaged");
  const uint64_t begin = is_64_ ? u64_at(command, 40) : u32_at(command, 32);
  const uint64_t size = is_64_ ? u64_at(command, 48) : u32_at(command, 36);
  if (begin > size_ || size > size_ - begin) refuse_truncated("segments", begin + size, size_);
}

void MachO::check() const {
  bool loads = false;
  each_command([&](uint32_t kind, Bytes command) {
    if (kind != (is_64_ ? kSegment64 : kSegment32)) return;
    check_segment(command);
    loads = true;
  });
  if (!loads) refuse("it has nothing to load: it was stripped of its contents or is damaged");
}

void MachO::add_exports(Bytes command, std::vector<std::string> &names) const {
  if (command.size() < kSymbolsSize) refuse("its load commands are damaged");
  const uint64_t entry_size = is_64_ ? 16 : 12;
  const Bytes symbols = needed(library_, u32_at(command, 8), u32_at(command, 12) * entry_size, "symbols", size_);
  const Bytes strings = needed(library_, u32_at(command, 16), u32_at(command, 20), "symbol names", size_);
  for (uint64_t at = 0; at < symbols.size(); at += entry_size) {
    const auto type = std::to_integer<unsigned>(symbols[static_cast<size_t>(at + kType)]);
    if ((type & (kDebug | kPrivate)) != 0 || (type & kExternal) == 0 || (type & kDefined) == 0) continue;
    const uint64_t name = u32_at(symbols, at);
    const bool is_of_c = name < strings.size() && strings[static_cast<size_t>(name)] == std::byte('_');
    library::add_name(strings, name + (is_of_c ? 1 : 0), names);
  }
}

std::vector<std::string> MachO::exports() const {
  std::vector<std::string> names;
  each_command([&](uint32_t kind, Bytes command) {
    if (kind == kSymbols) add_exports(command, names);
  });
  return names;
}

}  // namespace

std::string macho_machine(Bytes front, std::string_view own) {
  std::string all;
  for (const Member &member : members_of(front, front.size())) {
    if (member.machine == own) return member.machine;
    all += all.empty() ? member.machine : " and " + member.machine;
  }
  return all;
}

void check_macho(Bytes front, uint64_t size, std::string_view machine) {
  MachO(front, size, machine).check();
}

std::vector<std::string> macho_exports(Bytes file, std::string_view machine) {
  const MachO library(file, file.size(), machine);
  library.check();
  return library.exports();
}

uint64_t macho_headers_end(Bytes front) noexcept {
  if (front.size() < kHeader32Size) return 0;
  if (big_u32_at(front, 0) == kMagicUniversal) return UINT64_MAX;
  return (u32_at(front, 0) == kMagic64 ? kHeader64Size : kHeader32Size) + u32_at(front, kCommandsSize);
}

}  // namespace air
