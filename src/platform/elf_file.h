// SPDX-License-Identifier: BSD-3-Clause
// What an ELF file is and which symbols it exports, read from its bytes without loading it.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace air {

// Why this process cannot load a file: "it is a 32-bit library, ...".
class BadElf : public std::runtime_error {
 public:
  BadElf(bool truncated, const std::string &why) : std::runtime_error(why), is_truncated(truncated) {}
  const bool is_truncated;
};

// The bytes are not trusted: every offset is checked before it is used. Refers to them.
class ElfFile {
 public:
  // Throws BadElf for what is no whole shared library of this machine.
  explicit ElfFile(std::span<const std::byte> file) : ElfFile(file, file.size()) {}
  // By the beginning of a file of `size` bytes: exports() needs all of it, nothing else more than headers_end().
  ElfFile(std::span<const std::byte> front, uint64_t size);

  // Where the headers that the loader reads end, as the first bytes of a file tell; 0 where they do not.
  static uint64_t headers_end(std::span<const std::byte> front) noexcept;

  // Names of the symbols that the library exports; empty when its section headers were stripped. Throws BadElf.
  std::vector<std::string> exports() const;

 private:
  using Bytes = std::span<const std::byte>;

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

}  // namespace air
