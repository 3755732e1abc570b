// SPDX-License-Identifier: BSD-3-Clause
// PE, the libraries of Windows: of every machine, with 32 and 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace air {

// "AArch64 (64 bits)". This and the next three throw BadLibrary; the file is known to begin as PE does.
std::string pe_machine(std::span<const std::byte> front);

// Whether it is a whole DLL. The beginning of a file of `size` bytes will do, up to pe_headers_end().
void check_pe(std::span<const std::byte> front, uint64_t size);

// Of a whole DLL: those with names.
std::vector<std::string> pe_exports(std::span<const std::byte> file);

// Of a whole DLL: the names of the libraries that it needs when it is loaded.
std::vector<std::string> pe_imports(std::span<const std::byte> file);

// 0 where the bytes do not tell.
uint64_t pe_headers_end(std::span<const std::byte> front) noexcept;

}  // namespace air
