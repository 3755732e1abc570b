// SPDX-License-Identifier: BSD-3-Clause
// What an ELF file is and which symbols it exports.
#include "platform/libraries/elf_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace air {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr uint16_t kMachine = EM_RISCV;
#else
constexpr uint16_t kMachine = EM_NONE;  // not known here: left to the loader
#endif

using Bytes = std::span<const std::byte>;

std::string machine_name(uint16_t machine) {
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

bool is_exported(const Elf64_Sym &symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
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
    header_ = read_at<Elf64_Ehdr>(file_, 0);
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
  void add_exports(Bytes sections, const Elf64_Shdr &section, std::vector<std::string> &names) const;

  Bytes file_;
  uint64_t size_;
  Elf64_Ehdr header_{};
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
  const Bytes sections = table<Elf64_Shdr>(header_.e_shoff, header_.e_shnum, header_.e_shentsize, "section headers");
  std::vector<std::string> names;
  for (size_t i = 0; i < header_.e_shnum && !sections.empty(); ++i) {
    const auto section = read_at<Elf64_Shdr>(sections, i);
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
  if (byte_at(EI_CLASS) != ELFCLASS64)
    refuse("it is a 32-bit library, this program has 64 bits: build it for this machine");
  if (byte_at(EI_DATA) != ELFDATA2LSB) refuse("it is big-endian, this machine is little-endian");
  if (file_.size() < sizeof(Elf64_Ehdr)) refuse_truncated("ELF header", sizeof(Elf64_Ehdr));
}

void Elf::check_header() const {
  if (kMachine != EM_NONE && header_.e_machine != kMachine) {
    refuse(fmt::format("it is for {}, this machine is {}: build it for this machine", machine_name(header_.e_machine),
                       machine_name(kMachine)));
  }
  if (header_.e_type != ET_DYN)
    refuse(fmt::format("it is an ELF file of type {}, expected a shared library ({})", header_.e_type, ET_DYN));
}

void Elf::check_segments() const {
  const Bytes segments = table<Elf64_Phdr>(header_.e_phoff, header_.e_phnum, header_.e_phentsize, "program headers");
  bool loads = false;
  bool dynamic = false;
  for (size_t i = 0; i < header_.e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(segments, i);
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC) continue;
    loads = loads || segment.p_type == PT_LOAD;
    dynamic = dynamic || segment.p_type == PT_DYNAMIC;
    if (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset)
      refuse_truncated("segments", segment.p_offset + segment.p_filesz);
    if (segment.p_memsz < segment.p_filesz)
      refuse("a segment is smaller in memory than in the file: the file is damaged");
  }
  if (!loads || !dynamic) refuse("it has nothing to load: it was stripped of its contents or is damaged");
}

void Elf::add_exports(Bytes sections, const Elf64_Shdr &section, std::vector<std::string> &names) const {
  if (section.sh_link >= header_.e_shnum || section.sh_entsize != sizeof(Elf64_Sym))
    refuse("its symbol table is damaged");
  const auto string_section = read_at<Elf64_Shdr>(sections, section.sh_link);
  const auto symbols = part(file_, section.sh_offset, section.sh_size);
  const auto strings = part(file_, string_section.sh_offset, string_section.sh_size);
  if (!symbols) refuse_truncated("symbols", section.sh_offset + section.sh_size);
  if (!strings) refuse_truncated("symbol names", string_section.sh_offset + string_section.sh_size);
  for (size_t i = 0; i < symbols->size() / sizeof(Elf64_Sym); ++i) {
    const auto symbol = read_at<Elf64_Sym>(*symbols, i);
    if (is_exported(symbol)) add_name(*strings, symbol.st_name, names);
  }
}

}  // namespace

void check_elf(Bytes front, uint64_t size) {
  const Elf checked(front, size);
}

uint64_t elf_headers_end(Bytes front) noexcept {
  if (front.size() < sizeof(Elf64_Ehdr)) return 0;
  const auto header = read_at<Elf64_Ehdr>(front, 0);
  const uint64_t size = uint64_t{header.e_phnum} * header.e_phentsize;
  return header.e_phoff > UINT64_MAX - size ? 0 : header.e_phoff + size;
}

std::vector<std::string> elf_exports(Bytes file) {
  return Elf(file, file.size()).exports();
}

}  // namespace air
