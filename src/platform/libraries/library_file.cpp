// SPDX-License-Identifier: BSD-3-Clause
// What a file is that may be a shared library, told by its first bytes.
#include "platform/libraries/library_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/libraries/elf_file.h"
#include "platform/libraries/library_bytes.h"
#include "platform/libraries/macho_file.h"
#include "platform/libraries/pe_file.h"

namespace air {
namespace library {

void refuse(const std::string &why) {
  throw BadLibrary(false, why);
}

void refuse_truncated(std::string_view what, uint64_t needed, uint64_t size) {
  throw BadLibrary(
      true, fmt::format("it is truncated, its {} need {} bytes but the file has {}: build or copy it again", what,
                        needed, size));
}

std::string machine_text(std::string_view machine, unsigned bits) {
  return fmt::format("{} ({} bits)", machine, bits);
}

}  // namespace library

namespace {

using library::Bytes;

enum class Format { kElf, kPe, kMachO };

#if defined(_WIN32)
constexpr Format kOwnFormat = Format::kPe;
constexpr std::string_view kExpected = "a Windows library (DLL)";
#elif defined(__APPLE__)
constexpr Format kOwnFormat = Format::kMachO;
constexpr std::string_view kExpected = "a macOS library (Mach-O)";
#else
constexpr Format kOwnFormat = Format::kElf;
constexpr std::string_view kExpected = "an ELF shared library";
#endif

#if defined(__x86_64__) || defined(_M_X64)
constexpr std::string_view kOwnMachine = "x86-64";
#elif defined(__i386__) || defined(_M_IX86)
constexpr std::string_view kOwnMachine = "x86";
#elif defined(__aarch64__) || defined(_M_ARM64)
constexpr std::string_view kOwnMachine = "AArch64";
#elif defined(__arm__) || defined(_M_ARM)
constexpr std::string_view kOwnMachine = "Arm";
#elif defined(__riscv)
constexpr std::string_view kOwnMachine = "RISC-V";
#else
constexpr std::string_view kOwnMachine = "";  // not known here: left to the loader
#endif

[[noreturn]] void refuse_as(std::string_view what) {
  library::refuse(fmt::format("it is {}, expected {}", what, kExpected));
}

bool begins(Bytes file, std::string_view with) noexcept {
  const std::string_view text(reinterpret_cast<const char *>(file.data()), std::min<size_t>(file.size(), 8));
  return text.starts_with(with);
}

Format format_of(Bytes file) {
  if (file.empty()) library::refuse("the file is empty");
  if (begins(file,
             "\x7f"
             "ELF"))
    return Format::kElf;
  if (begins(file, "MZ")) return Format::kPe;
  for (const std::string_view magic : {"\xCF\xFA\xED\xFE", "\xCE\xFA\xED\xFE", "\xCA\xFE\xBA\xBE"}) {
    if (begins(file, magic)) return Format::kMachO;
  }
  if (begins(file, "!<arch>")) refuse_as("a static library");
  refuse_as("not a library at all");
}

void check_format(Bytes file) {
  const Format format = format_of(file);
  if (format == kOwnFormat) return;
  if (format == Format::kElf) refuse_as("a Linux library (ELF)");
  if (format == Format::kPe) refuse_as("a Windows library (PE)");
  refuse_as("a macOS library (Mach-O)");
}

std::string own_machine() {
  return library::machine_text(kOwnMachine, sizeof(void *) * 8);
}

void check_machine(const std::string &machine) {
  if (kOwnMachine.empty() || machine == own_machine()) return;
  library::refuse(fmt::format("it is for {}, this program is for {}: build it for that", machine, own_machine()));
}

}  // namespace

void check_library(Bytes front, uint64_t size) {
  check_format(front);
  if (kOwnFormat == Format::kElf) {
    check_machine(elf_machine(front));
    check_elf(front, size);
  } else if (kOwnFormat == Format::kPe) {
    check_machine(pe_machine(front));
    check_pe(front, size);
  } else {
    check_machine(macho_machine(front, own_machine()));
    check_macho(front, size, own_machine());
  }
}

uint64_t library_headers_end(Bytes front) noexcept {
  return kOwnFormat == Format::kElf  ? elf_headers_end(front)
         : kOwnFormat == Format::kPe ? pe_headers_end(front)
                                     : macho_headers_end(front);
}

std::vector<std::string> library_exports(Bytes file) {
  check_library(file, file.size());
  return kOwnFormat == Format::kElf  ? elf_exports(file)
         : kOwnFormat == Format::kPe ? pe_exports(file)
                                     : macho_exports(file, own_machine());
}

}  // namespace air
