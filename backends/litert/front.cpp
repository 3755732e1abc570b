// SPDX-License-Identifier: BSD-3-Clause
// Writes tables that come before a FlatBuffer and lead into it: references only point forward, so that what is new has to lie in front.
#include "litert/front.h"

#include <algorithm>

namespace air::litert::flatbuffer {
namespace {

constexpr size_t kWord = sizeof(uint32_t);
constexpr size_t kFileAlignment = 64;  // of the file that comes behind, whose data are aligned from its begin on

}  // namespace

Front::Front(std::string_view identifier) {
  append(0);
  for (const char letter : identifier) out_.push_back(static_cast<std::byte>(letter));
  waiting_.push_back(0);
}

uint64_t Front::table(std::span<const uint32_t> slots) {
  const size_t n_slots = slots.empty() ? 0 : std::ranges::max(slots) + size_t{1};
  std::vector<uint16_t> places(2 + n_slots);
  places[0] = static_cast<uint16_t>(places.size() * sizeof(uint16_t));
  places[1] = static_cast<uint16_t>((1 + slots.size()) * kWord);
  uint16_t next = kWord;
  for (const uint32_t slot : slots) {
    places[2 + slot] = next;
    next = static_cast<uint16_t>(next + kWord);
  }
  align(kWord, places[0]);
  for (const uint16_t place : places) {
    out_.push_back(static_cast<std::byte>(place & 0xFF));
    out_.push_back(static_cast<std::byte>(place >> 8));
  }
  settle(out_.size());
  append(places[0]);  // the list of places lies right before
  const uint64_t first = out_.size();
  out_.resize(out_.size() + slots.size() * kWord);
  return first;
}

uint64_t Front::list(size_t n_items) {
  align(kWord);
  settle(out_.size());
  append(static_cast<uint32_t>(n_items));
  const uint64_t first = out_.size();
  out_.resize(out_.size() + n_items * kWord);
  return first;
}

uint64_t Front::text(std::string_view letters) {
  align(kWord);
  settle(out_.size());
  append(static_cast<uint32_t>(letters.size()));
  const uint64_t first = out_.size();
  for (const char letter : letters) out_.push_back(static_cast<std::byte>(letter));
  out_.push_back({});  // texts end with a zero
  return first;
}

void Front::point_to_next(uint64_t place) {
  waiting_.push_back(place);
}

void Front::point_behind(uint64_t place, uint64_t old) {
  behind_.emplace_back(place, old);
}

void Front::set(uint64_t place, uint32_t number) {
  std::memcpy(out_.data() + place, &number, sizeof(number));
}

std::vector<std::byte> Front::finish(Bytes file) {
  align(kFileAlignment);
  begin_of_file_ = out_.size();
  for (const auto &[place, old] : behind_) set(place, static_cast<uint32_t>(begin_of_file_ + old - place));
  out_.insert(out_.end(), file.begin(), file.end());
  return std::move(out_);
}

void Front::append(uint32_t number) {
  out_.resize(out_.size() + sizeof(number));
  set(out_.size() - sizeof(number), number);
}

void Front::align(size_t size, size_t ahead) {
  out_.resize((out_.size() + ahead + size - 1) / size * size - ahead);
}

void Front::settle(uint64_t here) {
  for (const uint64_t place : waiting_) set(place, static_cast<uint32_t>(here - place));
  waiting_.clear();
}

}  // namespace air::litert::flatbuffer
