# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Source packages of Debian 12: fetched from wherever this machine takes its packages, and refused when a file has another hash. For scripts that
# have read setup.sh. A list of them has, for each, FOLDER PACKAGE VERSION, then SHA-256 and name of each file.
#
# Source packages are kept in $AIRUNNER_CACHE (default: airunner/ in the user's folder for caches).
cache=${AIRUNNER_CACHE:-${XDG_CACHE_HOME:-~/.cache}/airunner}
sources=$cache/sources

# fetch_sources LIST: those that are not there, with apt's settings of our own.
fetch_sources() {
  local list=$1 apt=$sources/apt wanted options
  mkdir -p "$sources"
  ! check_hashes "$list" >/dev/null 2>&1 || return 0
  say "Fetching source packages"
  mkdir -p "$apt/lists/partial" "$apt/cache"
  # shellcheck disable=SC2016  # apt-get replaces them
  apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    awk '!known[$0]++' >"$apt/sources.list"
  options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=)
  mapfile -t wanted < <(awk 'NF == 3 && !/^#/ { print $2 "=" $3 }' "$list")
  # shellcheck disable=SC2015  # either may fail
  apt-get "${options[@]}" update && (cd "$sources" && apt-get "${options[@]}" source --download-only "${wanted[@]}") ||
    die "this machine's sources do not have all of these source packages, which Debian 12 has: ${wanted[*]}"
  check_hashes "$list" || die "a source package is another than the one in ${list#"$PWD/"}"
}
check_hashes() { grep -E '^[0-9a-f]{64}  ' "$1" | (cd "$sources" && sha256sum --check --quiet --strict); }

# unpack_sources LIST INTO: each into a folder of its own.
unpack_sources() {
  local list=$1 into=$2 name package version
  while read -r name package version; do
    # The hashes were compared; whose signature it is does not matter.
    dpkg-source --no-check -x "$sources/${package}_${version#*:}.dsc" "$into/$name" >/dev/null
  done < <(awk 'NF == 3 && !/^#/' "$list")
}
