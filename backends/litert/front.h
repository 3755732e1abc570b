// SPDX-License-Identifier: BSD-3-Clause
// Writes tables that come before a FlatBuffer and lead into it: references only point forward, so that what is new has to lie in front.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "litert/flatbuffer.h"

namespace air::litert::flatbuffer {

class Front {
 public:
  // `identifier` are the four letters that the file begins with.
  explicit Front(std::string_view identifier);

  // These append and give the place of the first field, item or letter. All fields are numbers of 32 bits or references.
  uint64_t table(std::span<const uint32_t> slots);
  uint64_t table(std::initializer_list<uint32_t> slots) { return table(std::span(slots.begin(), slots.size())); }
  uint64_t list(size_t n_items);
  uint64_t text(std::string_view letters);

  // The table, list or text appended next is what the field or item at `place` refers to.
  void point_to_next(uint64_t place);
  // What lies at `old` in the file that comes behind.
  void point_behind(uint64_t place, uint64_t old);
  void set(uint64_t place, uint32_t number);

  // All of it, with the file behind, which begins at `begin_of_file()`.
  std::vector<std::byte> finish(Bytes file);
  uint64_t begin_of_file() const noexcept { return begin_of_file_; }

 private:
  void append(uint32_t number);
  void align(size_t size, size_t ahead = 0);
  void settle(uint64_t here);

  std::vector<std::byte> out_;
  std::vector<uint64_t> waiting_;  // places of references to what comes next
  std::vector<std::pair<uint64_t, uint64_t>> behind_;
  uint64_t begin_of_file_ = 0;
};

}  // namespace air::litert::flatbuffer
