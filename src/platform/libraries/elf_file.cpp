// SPDX-License-Identifier: BSD-3-Clause
// ELF, the libraries of Linux: of every machine, with 32 and 64 bits. The names of the format are those of its specification.
#include "platform/libraries/elf_file.h"

#include <fmt/format.h>

#include <bit>

#include "platform/libraries/bad_library.h"
#include "platform/libraries/library_bytes.h"

namespace air {
namespace {

using library::Bytes;
using library::part;
using library::read_at;
using library::refuse;
using library::refuse_truncated;

constexpr size_t kIdentity = 16, kClassAt = 4, kDataAt = 5, kMachineAt = 18;  // in the header of either class
constexpr unsigned kClass32 = 1;
constexpr uint16_t kSharedLibrary = 3;                    // ET_DYN
constexpr uint32_t kLoad = 1, kDynamic = 2;               // PT_
constexpr uint32_t kDynamicSymbols = 11;                  // SHT_DYNSYM
constexpr unsigned kGlobal = 1, kWeak = 2, kUnique = 10;  // STB_
constexpr unsigned kDefault = 0, kProtected = 3;          // STV_

template <class Word>
struct Header {
  unsigned char identity[kIdentity];
  uint16_t type, machine;
  uint32_t version;
  Word entry, phoff, shoff;
  uint32_t flags;
  uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

template <class Word>
struct Section {
  uint32_t name, type;
  Word flags, addr, offset, size;
  uint32_t link, info;
  Word addralign, entsize;
};

struct Elf32 {
  using Header = air::Header<uint32_t>;
  using Section = air::Section<uint32_t>;
  struct Segment {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
  };
  struct Symbol {
    uint32_t name, value, size;
    unsigned char info, other;
    uint16_t shndx;
  };
};

struct Elf64 {
  using Header = air::Header<uint64_t>;
  using Section = air::Section<uint64_t>;
  struct Segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
  };
  struct Symbol {
    uint32_t name;
    unsigned char info, other;
    uint16_t shndx;
    uint64_t value, size;
  };
};

static_assert(sizeof(Elf32::Header) == 52 && sizeof(Elf32::Segment) == 32 && sizeof(Elf32::Section) == 40 &&
              sizeof(Elf32::Symbol) == 16);
static_assert(sizeof(Elf64::Header) == 64 && sizeof(Elf64::Segment) == 56 && sizeof(Elf64::Section) == 64 &&
              sizeof(Elf64::Symbol) == 24);

unsigned byte_at(Bytes file, size_t index) noexcept {
  return std::to_integer<unsigned>(file[index]);
}

bool is_32(Bytes file) noexcept {
  return byte_at(file, kClassAt) == kClass32;
}

std::string name_of(uint16_t machine) {
  switch (machine) {
    case 3:
      return "x86";
    case 62:
      return "x86-64";
    case 40:
      return "Arm";
    case 183:
      return "AArch64";
    case 243:
      return "RISC-V";
    default:
      return fmt::format("machine {}", machine);
  }
}

// The bytes, which are those of the whole file or its beginning, seen as a library.
template <class Format>
class Elf {
 public:
  Elf(Bytes front, uint64_t size) : file_(front), size_(size) {
    if (file_.size() < sizeof(header_)) refuse_truncated("ELF header", sizeof(header_), size_);
    header_ = read_at<typename Format::Header>(file_, 0);
    if (header_.type != kSharedLibrary)
      refuse(fmt::format("it is an ELF file of type {}, expected a shared library ({})", header_.type, kSharedLibrary));
    check_segments();
  }

  std::vector<std::string> exports() const;

 private:
  void check_segments() const;
  template <class T>
  Bytes table(uint64_t offset, uint16_t count, uint16_t entry_size, std::string_view what) const;
  void add_exports(Bytes sections, const typename Format::Section &section, std::vector<std::string> &names) const;

  Bytes file_;
  uint64_t size_;
  typename Format::Header header_{};
};

template <class Format>
template <class T>
Bytes Elf<Format>::table(uint64_t offset, uint16_t count, uint16_t entry_size, std::string_view what) const {
  if (count == 0) return {};
  if (entry_size != sizeof(T))
    refuse(fmt::format("its {} have {} bytes each, expected {}: the file is damaged", what, entry_size, sizeof(T)));
  const auto found = part(file_, offset, uint64_t{count} * sizeof(T));
  if (!found) refuse_truncated(what, offset + uint64_t{count} * sizeof(T), size_);
  return *found;
}

template <class Format>
std::vector<std::string> Elf<Format>::exports() const {
  using Section = typename Format::Section;
  const Bytes sections = table<Section>(header_.shoff, header_.shnum, header_.shentsize, "section headers");
  std::vector<std::string> names;
  for (size_t i = 0; i < header_.shnum && !sections.empty(); ++i) {
    const auto section = read_at<Section>(sections, i);
    if (section.type == kDynamicSymbols) add_exports(sections, section, names);
  }
  return names;
}

template <class Format>
void Elf<Format>::check_segments() const {
  using Segment = typename Format::Segment;
  const Bytes segments = table<Segment>(header_.phoff, header_.phnum, header_.phentsize, "program headers");
  bool loads = false;
  bool dynamic = false;
  for (size_t i = 0; i < header_.phnum; ++i) {
    const auto segment = read_at<Segment>(segments, i);
    if (segment.type != kLoad && segment.type != kDynamic) continue;
    loads = loads || segment.type == kLoad;
    dynamic = dynamic || segment.type == kDynamic;
    if (segment.offset > size_ || segment.filesz > size_ - segment.offset)
      refuse_truncated("segments", uint64_t{segment.offset} + segment.filesz, size_);
    if (segment.memsz < segment.filesz) refuse("a segment is smaller in memory than in the file: the file is damaged");
  }
  if (!loads || !dynamic) refuse("it has nothing to load: it was stripped of its contents or is damaged");
}

template <class Symbol>
bool is_exported(const Symbol &symbol) noexcept {
  const unsigned binding = symbol.info >> 4U, visibility = symbol.other & 3U;
  return symbol.shndx != 0 && (binding == kGlobal || binding == kWeak || binding == kUnique) &&
         (visibility == kDefault || visibility == kProtected);
}

template <class Format>
void Elf<Format>::add_exports(Bytes sections, const typename Format::Section &section,
                              std::vector<std::string> &names) const {
  using Symbol = typename Format::Symbol;
  if (section.link >= header_.shnum || section.entsize != sizeof(Symbol)) refuse("its symbol table is damaged");
  const auto string_section = read_at<typename Format::Section>(sections, section.link);
  const auto symbols = part(file_, section.offset, section.size);
  const auto strings = part(file_, string_section.offset, string_section.size);
  if (!symbols) refuse_truncated("symbols", uint64_t{section.offset} + section.size, size_);
  if (!strings) refuse_truncated("symbol names", uint64_t{string_section.offset} + string_section.size, size_);
  for (size_t i = 0; i < symbols->size() / sizeof(Symbol); ++i) {
    const auto symbol = read_at<Symbol>(*symbols, i);
    if (is_exported(symbol)) library::add_name(*strings, symbol.name, names);
  }
}

template <class Format>
uint64_t headers_end(Bytes front) noexcept {
  if (front.size() < sizeof(typename Format::Header)) return 0;
  const auto header = read_at<typename Format::Header>(front, 0);
  const uint64_t size = uint64_t{header.phnum} * header.phentsize;
  return header.phoff > UINT64_MAX - size ? 0 : header.phoff + size;
}

}  // namespace

std::string elf_machine(Bytes front) {
  constexpr unsigned kLittleEndian = 1, kBigEndian = 2;
  constexpr bool kHereLittle = std::endian::native == std::endian::little;
  if (front.size() < kIdentity) refuse_truncated("first bytes", kIdentity, front.size());
  if (byte_at(front, kDataAt) != (kHereLittle ? kLittleEndian : kBigEndian)) {
    refuse(kHereLittle ? "it is big-endian, this machine is little-endian"
                       : "it is little-endian, this machine is big-endian");
  }
  if (front.size() < kMachineAt + sizeof(uint16_t)) refuse_truncated("ELF header", sizeof(Elf64::Header), front.size());
  return library::machine_text(name_of(read_at<uint16_t>(front.subspan(kMachineAt), 0)), is_32(front) ? 32 : 64);
}

void check_elf(Bytes front, uint64_t size) {
  if (front.size() < kIdentity) refuse_truncated("first bytes", kIdentity, size);
  is_32(front) ? void(Elf<Elf32>(front, size)) : void(Elf<Elf64>(front, size));
}

std::vector<std::string> elf_exports(Bytes file) {
  if (file.size() < kIdentity) refuse_truncated("first bytes", kIdentity, file.size());
  return is_32(file) ? Elf<Elf32>(file, file.size()).exports() : Elf<Elf64>(file, file.size()).exports();
}

uint64_t elf_headers_end(Bytes front) noexcept {
  if (front.size() < kIdentity) return 0;
  return is_32(front) ? headers_end<Elf32>(front) : headers_end<Elf64>(front);
}

}  // namespace air
