#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs every fuzz target under libFuzzer with address and undefined-behaviour sanitizers.
#   run_libfuzzer.sh [SECONDS-PER-TARGET] [BUILD-FOLDER] [TARGET...]
# Needs clang. New inputs go to BUILD-FOLDER/found-<target>; a crash leaves its input there and makes the script fail.
set -eu
seconds=${1:-60}
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${2:-$source/build-libfuzzer}
if [ $# -gt 2 ]; then shift 2; else set -- host_link message target_link tflite; fi

if [ ! -f "$build/build.ninja" ]; then
  cc=$(command -v clang || command -v clang-14) || { echo "clang is needed" >&2; exit 1; }
  cxx=$(command -v clang++ || command -v clang++-14) || { echo "clang++ is needed" >&2; exit 1; }
  CC=$cc CXX=$cxx meson setup "$build" "$source" -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link >"$build.log"
  rm -f "$build.log"
fi
for target in "$@"; do
  ninja -C "$build" "tests/fuzz/libfuzzer-$target"
  found=$build/found-$target
  mkdir -p "$found"
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$build/tests/fuzz/libfuzzer-$target" -max_total_time="$seconds" \
    -max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$found/" \
    "$found" "$(dirname "$0")/corpus/$target"
done
