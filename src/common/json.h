// SPDX-License-Identifier: BSD-3-Clause
// cJSON gives NULL both for a text that is no JSON and where memory does not suffice; this tells them apart.
#pragma once

#include <cjson/cJSON.h>

#include <cerrno>
#include <new>

namespace air {

// What `parse` gives: a document, or NULL when the text is none. Throws std::bad_alloc.
template <class Parse>
cJSON *parse_json(Parse parse) {
  errno = 0;
  cJSON *document = parse();
  if (document == nullptr && errno == ENOMEM) throw std::bad_alloc();
  return document;
}

}  // namespace air
