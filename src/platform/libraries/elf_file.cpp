// SPDX-License-Identifier: BSD-3-Clause
// What an ELF file is and which symbols it exports.
#include "platform/libraries/elf_file.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace air {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__i386__)
constexpr uint16_t kMachine = EM_386;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__arm__)
constexpr uint16_t kMachine = EM_ARM;
#elif defined(__riscv)
constexpr uint16_t kMachine = EM_RISCV;
#else
constexpr uint16_t kMachine = EM_NONE;  // not known here: left to the loader
#endif

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);
constexpr unsigned kClass = sizeof(void *) == sizeof(uint64_t) ? ELFCLASS64 : ELFCLASS32;
constexpr size_t kMachineAt = 18;  // in the header of either class

using Bytes = std::span<const std::byte>;

std::string name_of(uint16_t machine) {
  switch (machine) {
    case EM_386:
      return "x86";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "Arm";
    case EM_AARCH64:
      return "AArch64";
    case EM_RISCV:
      return "RISC-V";
    default:
      return fmt::format("machine {}", machine);
  }
}

std::string machine_text(uint16_t machine, unsigned elf_class) {
  return fmt::format("{} ({} bits)", name_of(machine), elf_class == ELFCLASS32 ? 32 : 64);
}

[[noreturn]] void refuse(const std::string &why) {
  throw BadElf(false, why);
}

// The part of the file, or nothing when it does not lie inside.
std::optional<Bytes> part(Bytes file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(offset, size);
}

template <class T>
T read_at(Bytes bytes, size_t index) {
  T value{};
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

bool is_exported(const Symbol &symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);  // the same of both classes
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

void add_name(Bytes strings, uint32_t offset, std::vector<std::string> &names) {
  if (offset >= strings.size()) return;
  const auto *begin = reinterpret_cast<const char *>(strings.data()) + offset;
  const auto *end = static_cast<const char *>(std::memchr(begin, 0, strings.size() - offset));
  if (end != nullptr && end != begin) names.emplace_back(begin, end);
}

// The bytes, which are those of the whole file or its beginning, seen as a library.
class Elf {
 public:
  Elf(Bytes front, uint64_t size) : file_(front), size_(size) {
    check_identity();
    header_ = read_at<Header>(file_, 0);
    check_header();
    check_segments();
  }

  std::vector<std::string> exports() const;

 private:
  [[noreturn]] void refuse_truncated(std::string_view what, uint64_t needed) const;
  void check_identity() const;
  void check_header() const;
  void check_segments() const;
  template <class T>
  Bytes table(uint64_t offset, uint16_t count, uint16_t entry_size, std::string_view what) const;
  void add_exports(Bytes sections, const Section &section, std::vector<std::string> &names) const;

  Bytes file_;
  uint64_t size_;
  Header header_{};
};

template <class T>
Bytes Elf::table(uint64_t offset, uint16_t count, uint16_t entry_size, std::string_view what) const {
  if (count == 0) return {};
  if (entry_size != sizeof(T))
    refuse(fmt::format("its {} have {} bytes each, expected {}: the file is damaged", what, entry_size, sizeof(T)));
  const auto found = part(file_, offset, uint64_t{count} * sizeof(T));
  if (!found) refuse_truncated(what, offset + uint64_t{count} * sizeof(T));
  return *found;
}

std::vector<std::string> Elf::exports() const {
  const Bytes sections = table<Section>(header_.e_shoff, header_.e_shnum, header_.e_shentsize, "section headers");
  std::vector<std::string> names;
  for (size_t i = 0; i < header_.e_shnum && !sections.empty(); ++i) {
    const auto section = read_at<Section>(sections, i);
    if (section.sh_type == SHT_DYNSYM) add_exports(sections, section, names);
  }
  return names;
}

void Elf::refuse_truncated(std::string_view what, uint64_t needed) const {
  throw BadElf(true, fmt::format("it is truncated, its {} need {} bytes but the file has {}: build or copy it again",
                                 what, needed, size_));
}

void Elf::check_identity() const {
  if (file_.empty()) refuse("the file is empty");
  const auto *text = reinterpret_cast<const char *>(file_.data());
  const std::string_view start(text, std::min<size_t>(file_.size(), 8));
  if (start.starts_with("MZ")) refuse("it is a Windows library (PE), expected an ELF shared library");
  if (start.starts_with("!<arch>")) refuse("it is a static library, expected an ELF shared library");
  if (start.starts_with("\xCF\xFA\xED\xFE")) refuse("it is a macOS library (Mach-O), expected an ELF shared library");
  if (!start.starts_with(ELFMAG)) refuse("it is not a library at all, expected an ELF shared library");
  if (file_.size() < EI_NIDENT) refuse_truncated("first bytes", EI_NIDENT);
  const auto byte_at = [&](size_t index) { return std::to_integer<unsigned>(file_[index]); };
  if (byte_at(EI_DATA) != ELFDATA2LSB) refuse("it is big-endian, this machine is little-endian");
  if (file_.size() < kMachineAt + sizeof(uint16_t)) refuse_truncated("ELF header", sizeof(Header));
  const auto machine = read_at<uint16_t>(file_.subspan(kMachineAt), 0);
  if (byte_at(EI_CLASS) != kClass || (kMachine != EM_NONE && machine != kMachine)) {
    refuse(fmt::format("it is for {}, this program is for {}: build it for that",
                       machine_text(machine, byte_at(EI_CLASS)), machine_text(kMachine, kClass)));
  }
  if (file_.size() < sizeof(Header)) refuse_truncated("ELF header", sizeof(Header));
}

void Elf::check_header() const {
  if (header_.e_type != ET_DYN)
    refuse(fmt::format("it is an ELF file of type {}, expected a shared library ({})", header_.e_type, ET_DYN));
}

void Elf::check_segments() const {
  const Bytes segments = table<Segment>(header_.e_phoff, header_.e_phnum, header_.e_phentsize, "program headers");
  bool loads = false;
  bool dynamic = false;
  for (size_t i = 0; i < header_.e_phnum; ++i) {
    const auto segment = read_at<Segment>(segments, i);
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC) continue;
    loads = loads || segment.p_type == PT_LOAD;
    dynamic = dynamic || segment.p_type == PT_DYNAMIC;
    if (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset)
      refuse_truncated("segments", uint64_t{segment.p_offset} + segment.p_filesz);
    if (segment.p_memsz < segment.p_filesz)
      refuse("a segment is smaller in memory than in the file: the file is damaged");
  }
  if (!loads || !dynamic) refuse("it has nothing to load: it was stripped of its contents or is damaged");
}

void Elf::add_exports(Bytes sections, const Section &section, std::vector<std::string> &names) const {
  if (section.sh_link >= header_.e_shnum || section.sh_entsize != sizeof(Symbol)) refuse("its symbol table is damaged");
  const auto string_section = read_at<Section>(sections, section.sh_link);
  const auto symbols = part(file_, section.sh_offset, section.sh_size);
  const auto strings = part(file_, string_section.sh_offset, string_section.sh_size);
  if (!symbols) refuse_truncated("symbols", uint64_t{section.sh_offset} + section.sh_size);
  if (!strings) refuse_truncated("symbol names", uint64_t{string_section.sh_offset} + string_section.sh_size);
  for (size_t i = 0; i < symbols->size() / sizeof(Symbol); ++i) {
    const auto symbol = read_at<Symbol>(*symbols, i);
    if (is_exported(symbol)) add_name(*strings, symbol.st_name, names);
  }
}

}  // namespace

void check_elf(Bytes front, uint64_t size) {
  const Elf checked(front, size);
}

uint64_t elf_headers_end(Bytes front) noexcept {
  if (front.size() < sizeof(Header)) return 0;
  const auto header = read_at<Header>(front, 0);
  const uint64_t size = uint64_t{header.e_phnum} * header.e_phentsize;
  return header.e_phoff > UINT64_MAX - size ? 0 : header.e_phoff + size;
}

std::vector<std::string> elf_exports(Bytes file) {
  return Elf(file, file.size()).exports();
}

}  // namespace air
