// SPDX-License-Identifier: BSD-3-Clause
// ELF, the libraries of Linux: of every machine, with 32 and 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace air {

// "AArch64 (64 bits)". This and the next two throw BadLibrary; the file is known to begin as ELF does.
std::string elf_machine(std::span<const std::byte> front);

// Whether it is a whole shared library. The beginning of a file of `size` bytes will do, up to elf_headers_end().
void check_elf(std::span<const std::byte> front, uint64_t size);

// Of a whole shared library; empty where its section headers were stripped.
std::vector<std::string> elf_exports(std::span<const std::byte> file);

// 0 where the bytes do not tell.
uint64_t elf_headers_end(std::span<const std::byte> front) noexcept;

}  // namespace air
