// SPDX-License-Identifier: BSD-3-Clause
// Public functions that turn information and profiles into JSON, tables and CSV.
#include <cstdlib>
#include <cstring>

#include "boundary.h"
#include "html_page.h"
#include "machine.h"
#include "report.h"
#include "common/struct_size.h"

using air::guarded;
using air::object;
using air::required;

namespace air {

char *copy_text(const std::string &text) {
  char *copy = strdup(text.c_str());
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

}  // namespace air

namespace {

air::report::RunnerTexts texts_of(const air::Session &session) {
  return {session.runner().descriptor(), session.runner().backend().name, session.asked_mode()};
}

void check_flags(uint32_t flags) {
  constexpr uint32_t known = AIR_JSON_COMPACT | AIR_JSON_DATA;
  if ((flags & ~known) != 0)
    air::fail(AIR_ERROR_INVALID_ARGUMENT, "flags {:#x} has unknown bits {:#x}", flags, flags & ~known);
}

}  // namespace

air_status air_info_to_json(const air_session *session, uint32_t flags, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    check_flags(flags);
    out = air::copy_text(air::report::info_to_json(owner.model(), texts_of(owner), flags));
  });
}

air_status air_info_to_text(const air_session *session, const air_text_options *options, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    const auto read = air::read_struct(options, air_text_options AIR_TEXT_OPTIONS_INIT, "air_text_options");
    out = air::copy_text(air::report::info_to_text(owner.model(), texts_of(owner), read));
  });
}

air_status air_profile_to_json(const air_session *session, uint32_t flags, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    check_flags(flags);
    out = air::copy_text(air::report::profile_to_json(owner.model(), owner.profile(), texts_of(owner), flags,
                                                      owner.not_finite_inputs()));
  });
}

air_status air_profile_to_text(const air_session *session, const air_text_options *options, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    const auto read = air::read_struct(options, air_text_options AIR_TEXT_OPTIONS_INIT, "air_text_options");
    out = air::copy_text(
        air::report::profile_to_text(owner.model(), owner.profile(), texts_of(owner), read, owner.not_finite_inputs()));
  });
}

air_status air_profile_to_csv(const air_session *session, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    out = air::copy_text(air::report::profile_to_csv(owner.model(), owner.profile(), texts_of(owner)));
  });
}

air_status air_profile_to_trace(const air_session *session, char **out_text) {
  return guarded([&] {
    const air::Session &owner = object(session);
    char *&out = required(out_text, "out_text");
    out = air::copy_text(air::report::profile_to_trace(owner.model(), owner.profile(), texts_of(owner)));
  });
}

air_status air_render_html(const air_document *documents, uint32_t n_documents, char **out_text) {
  return guarded([&] {
    char *&out = required(out_text, "out_text");
    if (n_documents == 0) air::fail(AIR_ERROR_INVALID_ARGUMENT, "n_documents is 0, expected at least 1");
    required(documents, "documents");
    for (const air_document &document : std::span(documents, n_documents)) required(document.json, "documents[].json");
    out = air::copy_text(air::report::html_page(std::span(documents, n_documents)));
  });
}

const char *air_get_host() {
  try {
    static const std::string text = air::machine_text();
    return text.c_str();
  } catch (const std::exception &) {
    return "";
  }
}

void air_free_text(char *text) {
  std::free(text);
}
