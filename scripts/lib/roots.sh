# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154
# Shared by the scripts that work in bare roots of other systems: making such roots, running commands inside, counting what passed there.
# Sourced behind setup.sh. A script of this kind takes the arguments of enter_roots, and needs root (chroot and mounts) and debootstrap.
#
# Kept between runs, in $AIRUNNER_CACHE (default: airunner/ in the user's folder for caches): the bare roots, package files, compiled objects,
# what clang-tidy found clean.

limit_s=4500 # of one command inside of a root
cache=${AIRUNNER_CACHE:-${XDG_CACHE_HOME:-~/.cache}/airunner}
known=(bookworm trixie noble) # by release, or by release and architecture: bookworm-arm64
keep=false mirror='' suites=()

# enter_roots ARGUMENT...: reads `[--keep] [--mirror URL] [ROOT]...`, with roots of `known`, into the variables above, and starts the script once
# more in name spaces of its own: mounts and processes end with it, however it ends.
enter_roots() {
  local arguments=("$@")
  while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=true ;;
    --mirror)
      [ $# -gt 1 ] || die "--mirror wants a URL"
      mirror=$2
      shift
      ;;
    *)
      case " ${known[*]} " in *" $1 "*) ;; *) die "unknown argument '$1': $(printf '%s, ' "${known[@]}")--mirror URL and --keep are known" ;; esac
      suites+=("$1")
      ;;
    esac
    shift
  done
  [ ${#suites[@]} -gt 0 ] || suites=("${known[@]}")
  [ "$(id -u)" -eq 0 ] || die "needs root, for chroot and mounts; scripts/test runs the tests on this machine"
  [ -n "${AIRUNNER_UNSHARED:-}" ] ||
    AIRUNNER_UNSHARED=1 exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
      "scripts/$(basename "$0")" "${arguments[@]}"
  trap remove_root EXIT
  trap 'exit 130' INT TERM HUP
  [ -z "$(git status --porcelain)" ] || printf 'Not committed, and therefore not tested:\n%s\n' "$(git status --short)" >&2
}

# run_foreign ARCHITECTURE: the kernel hands programs of another machine to qemu.
run_foreign() {
  local formats=/proc/sys/fs/binfmt_misc
  [ "$1" = arm64 ] || die "programs of '$1' cannot be run here: arm64 can"
  install_packages qemu-user-static
  [ -e $formats/register ] || mount -t binfmt_misc none $formats || die "the kernel has no binfmt_misc, by which arm64 would run here"
  [ -e $formats/qemu-aarch64 ] || printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' >$formats/register
}

distribution_of() { [ "$1" = noble ] && echo Ubuntu || echo Debian; }

# The address from which this machine takes packages of a distribution; nothing where it takes none.
own_mirror() {
  # shellcheck disable=SC2016  # apt-get replaces them
  apt-get indextargets --format '$(ORIGIN)|$(SUITE)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep "^$1|" | grep -v -e -security -e -updates -e -backports | head -n 1 | cut -d'|' -f3 || true
}

# make_base SUITE FOLDER: the bare system. It appears whole or not at all.
make_base() {
  local suite=${1%%-*} architecture=${1#"${1%%-*}"} base=$2 source=$mirror options=(--variant=minbase) script=()
  [ -z "$architecture" ] || {
    run_foreign "${architecture#-}"
    options+=("--arch=${architecture#-}")
  }
  [ -d "$base" ] && return
  install_packages "${root_packages[@]}"
  [ -n "$source" ] || source=$(own_mirror "$(distribution_of "$suite")")
  if [ "$suite" = noble ]; then
    options+=('--components=main,universe')
    # Debian's debootstrap knows Ubuntu's releases by one script, and their key only where its package is installed.
    [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || options+=(--no-check-gpg)
    [ -e /usr/share/debootstrap/scripts/noble ] || script=(/usr/share/debootstrap/scripts/gutsy)
  fi
  say "Making a bare root of $1"
  rm -rf "$base.part"
  debootstrap "${options[@]}" "$suite" "$base.part" "$source" "${script[@]}" >"$base.log" 2>&1 || {
    tail -n 20 "$base.log"
    die "debootstrap could not make a root of $1"
  }
  mv "$base.part" "$base"
}

# Package clients work inside as they do outside: proxies, certificates, indexes.
take_over_settings() {
  apt-config dump | grep -iE '^Acquire::.*(proxy|verify|cainfo)' >"$root/etc/apt/apt.conf.d/01machine" || true
  echo 'APT::Keep-Downloaded-Packages "true";' >>"$root/etc/apt/apt.conf.d/01machine"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/01root"  # it does not outlive this run, let alone a power failure
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  [ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

root=
home=$(getent passwd root | cut -d: -f6)  # of the one who works there
attach() { # attach SOURCE FOLDER
  mkdir -p "$1" "$2"
  mount --rbind "$1" "$2"
}

remove_root() {
  [ -n "$root" ] || return 0
  umount --recursive "$root" || umount --recursive --lazy "$root" || true
  # Never into something that is still mounted.
  if $keep; then echo "kept: $root"; else rm -rf --one-file-system "$root"; fi
  root=
}

make_root() { # make_root SUITE
  local suite=$1
  mkdir -p "$cache"
  exec 9>"$cache/$suite.lock"
  flock --nonblock 9 || die "another run has the root of $suite"
  make_base "$suite" "$cache/$suite"
  rm -rf --one-file-system "$cache/$suite".run.*  # of one that was killed, or kept
  root=$(mktemp -d "$cache/$suite.run.XXXXXX")
  chmod 755 "$root"
  cp -a --reflink=auto "$cache/$suite/." "$root"
  take_over_settings
  mount --bind "$root" "$root"  # as it is in a container: what runs inside may make name spaces of its own
  mount -t proc proc "$root/proc"
  attach /sys "$root/sys"
  attach /dev "$root/dev"
  attach "$cache/packages/$suite" "$root/var/cache/apt/archives"
  attach "$cache/pip" "$root$home/.cache/pip"
  attach "$cache/objects/$suite" "$root$home/.cache/ccache"
  attach "$cache/tidy/$suite" "$root$home/.cache/airunner/tidy"
  attach "$cache/sources" "$root$home/.cache/airunner/sources"
  attach "$cache/cargo" "$root$home/.cache/airunner/cargo"
  git clone --quiet --no-hardlinks . "$root$home/airunner"
}

# inside COMMAND...: what somebody types who has just logged in. Of this machine's environment only what package clients need goes along.
inside() {
  local settings=() name
  for name in $(compgen -e | grep -iE '^(pip_|.*_proxy$)'); do settings+=("$name=${!name}"); done
  timeout "$limit_s" chroot "$root" env -i HOME="$home" USER=root TERM=dumb LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" \
    bash -c 'cd ~/airunner && exec "$@"' newcomer "$@" </dev/null
}

passed=0 failed=0 skipped=0 summary=() failures=()
record() { # record NAME PASSED FAILED SKIPPED
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  summary+=("$(printf '%-24s %d passed, %d failed, %d skipped' "$@")")
}

# A command of the README that is not a test: it passes or fails as a whole.
walk() { # walk NAME COMMAND...
  local name=$1
  shift
  say "$name"
  if inside "$@"; then record "$name" 1 0 0; else record "$name" 0 1 0; fi
}

# A command that closes with its counts; one that ends without them has failed.
suite_of() { # suite_of NAME COMMAND...
  local name=$1 log counts=() status=0
  log=$(mktemp)
  shift
  say "$name"
  inside "$@" 2>&1 | tee "$log" || status=$?
  mapfile -t counts < <(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1 | grep -oE '[0-9]+')
  [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || failures+=("$name: ended, as it took too long; the last line: $(grep -v ' Killed  ' "$log" | tail -n 1)")
  # Once more at the end, where a log that is kept in part has it.
  mapfile -t -O "${#failures[@]}" failures < <(sed -n '/^== Failed/,/^== /{/^== /d;/./p}' "$log" | sed "s/^/$name: /")
  rm -f "$log"
  [ "$status" -eq 0 ] && [ ${#counts[@]} -ge 2 ] || [ "${counts[1]:-0}" -gt 0 ] || counts[1]=1
  record "$name" "${counts[0]:-0}" "${counts[1]:-0}" "${counts[2]:-0}"
}

# finish_roots TITLE: the table, and the last line "N passed, M failed", summed over the roots.
finish_roots() {
  if [ ${#failures[@]} -gt 0 ]; then
    say "Failed"
    printf '%s\n' "${failures[@]}"
  fi
  say "$1, $((SECONDS / 60)) min"
  printf '%s\n' "${summary[@]}"
  printf '\n%d passed, %d failed' "$passed" "$failed"
  [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
  printf '\n'
  [ "$failed" -eq 0 ]
}
