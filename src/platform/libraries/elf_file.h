// SPDX-License-Identifier: BSD-3-Clause
// What an ELF file is and which symbols it exports, read from its bytes without loading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace air {

// Why this process cannot load a file: "it is for Arm (32 bits), ...".
class BadElf : public std::runtime_error {
 public:
  BadElf(bool truncated, const std::string &why) : std::runtime_error(why), is_truncated(truncated) {}
  const bool is_truncated;
};

// The bytes are not trusted: every offset is checked before it is used.

// Throws BadElf for what is no whole shared library of this machine. The beginning of a file of `size` bytes will do, up to elf_headers_end().
void check_elf(std::span<const std::byte> front, uint64_t size);

// Where the headers that the loader reads end, as the first bytes of a file tell; 0 where they do not.
uint64_t elf_headers_end(std::span<const std::byte> front) noexcept;

// Names of the symbols that a library exports; empty when its section headers were stripped. Throws BadElf, as check_elf() does.
std::vector<std::string> elf_exports(std::span<const std::byte> file);

}  // namespace air
