// SPDX-License-Identifier: BSD-3-Clause
// The subcommands. Each returns the exit code or throws Failure.
#pragma once

#include "cli/options.h"

namespace air::cli {

int command_list(const Options &options);
// `action` is list, start or stop; "" for no board.
int command_board(const Options &options, const std::string &action, const std::string &board);
int command_doctor(const Options &options, bool options_only);
int command_manifest(const Options &options, const std::string &file);  // "" for all
int command_load(const std::string &file, bool is_library);
int command_info(const Options &options);
int command_compare(const Options &options, const CompareOptions &own);
int command_run(const Options &options, const RunOptions &own);
int command_profile(const Options &options, const ProfileOptions &own);
bool is_by_whole_runs(const ProfileOptions &own);  // then `profile` is this one:
int command_regression(const Options &options, const ProfileOptions &own);
int command_report(const ReportOptions &own);
int command_validate(const std::vector<std::string> &words);

}  // namespace air::cli
