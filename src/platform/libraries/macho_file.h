// SPDX-License-Identifier: BSD-3-Clause
// Mach-O, the libraries of macOS: of every machine, with 32 and 64 bits, alone or several in a universal file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air {

// "AArch64 (64 bits)"; of a universal file `own` where it is for that too, else all that it is for. This and the next two throw BadLibrary; the file is
// known to begin as Mach-O does.
std::string macho_machine(std::span<const std::byte> front, std::string_view own);

// Whether it is a whole shared library, in a universal file that for the machine. The beginning of a file of `size` bytes will do, up to
// macho_headers_end().
void check_macho(std::span<const std::byte> front, uint64_t size, std::string_view machine);

// Of a whole shared library, as C names them; empty where its symbols were stripped.
std::vector<std::string> macho_exports(std::span<const std::byte> file, std::string_view machine);

// 0 where the bytes do not tell. Those of a universal file lie all over it.
uint64_t macho_headers_end(std::span<const std::byte> front) noexcept;

}  // namespace air
