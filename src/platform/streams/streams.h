// SPDX-License-Identifier: BSD-3-Clause
// Standard output and standard error of a program. Either may be closed, full or a terminal that has gone: that ends no work.
#pragma once

#include <string_view>

namespace air {

// To be called before anything is opened: a closed stream is taken, so that no file or port gets its number, and a broken pipe or
// a limit of file sizes becomes an error of write(2).
void keep_streams() noexcept;

// Writes everything; gives 0 or the errno of what went wrong.
int write_all(int fd, std::string_view bytes) noexcept;

// Results, on standard output. After the first that cannot be written no others are.
void print_result(std::string_view text) noexcept;
int result_error() noexcept;  // errno of that one; 0: all are written

// What people are told meanwhile, on standard error; lost where it cannot be written.
void print_note(std::string_view text) noexcept;
// The same where nothing may be waited for, as in a handler of signals.
void print_last_words(std::string_view text) noexcept;

// From now on it is said elsewhere, or nowhere.
void lead_notes_to_output() noexcept;
void drop_notes() noexcept;

}  // namespace air
