// SPDX-License-Identifier: BSD-3-Clause
// Takes a descriptor apart: [scheme:]rest[?key=value[&key=value...]].
#include "core/descriptor.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/ascii.h"
#include "common/descriptor_text.h"
#include "common/path_text.h"
#include "core/error.h"

namespace air {
namespace {

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return std::string_view(" \t\n\v\f\r").find(c) != std::string_view::npos; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// A bare path with '%' that is there needs no codes.
std::string decode_bare(std::string_view text) {
  std::error_code ignored;
  const bool as_it_is = text.find('%') == std::string_view::npos || std::filesystem::exists(path_of(text), ignored);
  return as_it_is ? std::string(text) : decode_descriptor_text(text);
}

void parse_options(std::string_view text, Descriptor &descriptor) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equal = item.find('=');
    if (equal == 0 || equal == std::string_view::npos) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option \"{}\" of the descriptor is not of the form key=value", item);
    }
    std::string key(item.substr(0, equal));
    const auto same_key = [&key](const auto &option) { return option.first == key; };
    if (std::any_of(descriptor.options.begin(), descriptor.options.end(), same_key)) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option \"{}\" stands twice in the descriptor", key);
    }
    descriptor.options.emplace_back(std::move(key), decode_descriptor_text(item.substr(equal + 1)));
  }
}

// Length of the scheme in front of ':', or 0. One letter is a drive, not a scheme.
size_t scheme_length(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2 || !is_ascii_letter(text[0])) return 0;
  const auto of_scheme = [](char c) { return is_ascii_letter(c) || is_ascii_digit(c) || c == '-' || c == '+'; };
  return std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(colon), of_scheme) ? colon : 0;
}

// A path that holds a '?' would be cut there, and the rest read as options.
void refuse_question_mark_in_path(std::string_view text, size_t question) {
  const size_t scheme = scheme_length(text);
  const size_t path = scheme == 0 ? 0 : scheme + 1;
  std::error_code ignored;
  if (!std::filesystem::exists(path_of(text.substr(path)), ignored) ||
      std::filesystem::exists(path_of(text.substr(path, question - path)), ignored)) {
    return;
  }
  const std::string encoded = std::string(text.substr(0, path)) + encode_descriptor_text(text.substr(path));
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "\"{}\" is there, but options begin at a '?': write it as %3F, as in \"{}\"",
       text.substr(path), encoded);
}

}  // namespace

Descriptor parse_descriptor(std::string_view given) {
  Descriptor descriptor;
  const std::string_view text = trim(given);
  // Texts end at a zero byte: a backend would see another place or option than whoever has checked the descriptor.
  if (text.find('\0') != std::string_view::npos || text.find("%00") != std::string_view::npos) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "the descriptor has a zero byte, as it is or as %00: leave it out");
  }
  const size_t question = std::min(text.find('?'), text.size());
  if (question < text.size()) refuse_question_mark_in_path(text, question);
  if (question < text.size()) parse_options(text.substr(question + 1), descriptor);
  const std::string_view place = trim(text.substr(0, question));
  descriptor.bare = decode_bare(place);
  const size_t length = scheme_length(place);
  descriptor.scheme = ascii_lower(place.substr(0, length));
  descriptor.rest = length > 0 ? decode_descriptor_text(place.substr(length + 1)) : descriptor.bare;
  return descriptor;
}

}  // namespace air
