// SPDX-License-Identifier: BSD-3-Clause
// The subcommands. Each returns the exit code or throws Failure.
#pragma once

#include "options.h"

namespace air::cli {

int command_list(const Options &options);
int command_doctor(const Options &options);
int command_info(const Options &options);
int command_compare(const Options &options, const CompareOptions &own);
int command_run(const Options &options, const RunOptions &own);
int command_profile(const Options &options, const ProfileOptions &own);
int command_report(const ReportOptions &own);

}  // namespace air::cli
