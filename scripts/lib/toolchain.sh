# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034
# Compilers for other systems. A target is what the compiler calls it: x86_64-w64-mingw32 is Debian's mingw-w64, all others are Zig's, whose
# compiler is clang with the C libraries of every system and release of glibc: x86_64-windows-gnu, x86_64-linux-gnu.2.28, aarch64-linux-gnu.2.28,
# arm-linux-gnueabihf.2.28 (32 bits: STM32MP1 and other Cortex-A), x86_64-linux-musl, x86_64-macos, aarch64-macos. Needs scripts/lib/setup.sh.

targets=(x86_64-w64-mingw32 x86_64-windows-gnu x86_64-linux-gnu.2.28 aarch64-linux-gnu.2.28 arm-linux-gnueabihf.2.28 x86_64-linux-musl x86_64-macos aarch64-macos)

# What has to be installed to compile for a target, and to run there what was compiled.
packages_of_target() {
  case $1 in
  *-mingw32) echo g++-mingw-w64-x86-64-posix wine wine64 ;;
  *-windows-gnu) echo python3-pip wine wine64 ;;
  aarch64-linux-gnu*) echo python3-pip qemu-user-static libc6-arm64-cross ;;
  arm-linux-gnueabihf*) echo python3-pip qemu-user-static libc6-armhf-cross ;;
  *-musl) echo python3-pip musl ;;
  *-macos) echo python3-pip llvm-14 ;;
  *) echo python3-pip ;;
  esac
}

# install_zig FOLDER: Zig, from its package for Python, with its version and hash.
install_zig() {
  local list=scripts/lib/zig.txt
  cmp -s "$1/zig.txt" $list && return
  say "Installing Zig"
  rm -rf "$1"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --target "$1" -r $list || die "Zig cannot be installed: pip needs the package registry"
  cp $list "$1"
}

# write_file NAME: from its input, and only where that differs, since ccache looks at the age of compilers.
write_file() {
  local text
  text=$(cat)
  mkdir -p "$(dirname "$1")"
  [ -f "$1" ] && [ "$text" = "$(cat "$1")" ] || printf '%s\n' "$text" >"$1"
}

# write_zig_commands ZIG TARGET FOLDER: cc, c++ and ar as meson and CMake like them: commands with one word.
write_zig_commands() {
  local zig=$1 target=$2 folder=$3 name linker='echo "LLD 22 (compatible with GNU linkers)"' rewrite=:
  # Meson 1.0 asks a linker for its name, and does not know Zig's, which takes the options of LLD or of Apple's; it asks for macros without a
  # word about the language, which Zig wants. For macOS: modules are bundles, which Zig has not, and libraries are loaded as well; asked for its
  # version alone it leaves an object behind; and it means a newer release than it has to.
  case $target in
  *-macos)
    target+=.13.0
    linker='echo "ld: unknown option: --version" >&2; exit 1' # and its version is asked for then
    # shellcheck disable=SC2016  # for the command
    rewrite='
[ "$*" != --version ] || set -- --version -o /dev/null
for word; do shift; [ "$word" != -bundle ] || word=-shared; set -- "$@" "$word"; done'
    ;;
  esac
  for name in cc c++; do
    write_file "$folder/zig-$name" <<END
#!/bin/sh
case " \$* " in
*" -Wl,--version "*) $linker; exit ;;
*" -Wl,-v "*) echo "@(#)PROGRAM:ld  PROJECT:ld64-820.1" >&2; exit ;;
" -E -dM - ") set -- -x c "\$@" ;;
esac
$rewrite
exec $zig $name -target $target "\$@"
END
  done
  write_file "$folder/zig-ar" <<END
#!/bin/sh
exec $zig ar "\$@"
END
  chmod +x "$folder"/zig-*
}

# compile_demangler COMPILER OBJECT: what names the type of an exception that nobody caught, in place of Zig's, which is a third of a small plugin. Names
# stay as the compiler writes them.
compile_demangler() {
  mkdir -p "$(dirname "$2")"
  "$1" -Os -fvisibility=hidden -x c -c -o "$2" - <<'END'
char *__cxa_demangle(const char *name, char *buffer, __SIZE_TYPE__ *size, int *status) {
  *status = -2;  // no name that it knows
  return 0;
}
END
}

# make_toolchain TARGET PREFIX CACHE: writes PREFIX/cross.ini, with which meson compiles for the target what finds its libraries in PREFIX, and sets
# cc, ar and system to what CMake needs to know, and runner to the words that come before a program that is run here. Zig lies in CACHE.
make_toolchain() {
  local target=$1 prefix=$2 cache=$3 cxx wrapper link="'-s'" demangler='' cpu=${1%%-*} ccache='' strip=''
  runner=()
  ! command -v ccache >/dev/null || ccache="'ccache', "
  case $target in
  *-mingw32)
    cc=$target-gcc-posix cxx=$target-g++-posix ar=$target-ar system=windows
    link="'-s', '-static'"
    runner=(wine)
    ;;
  *)
    install_zig "$cache/zig"
    write_zig_commands "$cache/zig/ziglang/zig" "$target" "$prefix/bin"
    cc=$prefix/bin/zig-cc cxx=$prefix/bin/zig-c++ ar=$prefix/bin/zig-ar system=linux demangler=$prefix/lib/demangler.o
    compile_demangler "$cc" "$demangler"
    ;;
  esac
  case $target in
  *-windows-gnu)
    system=windows link="'-s', '-Wl,--gc-sections'"
    runner=(wine)
    ;;
  # Zig's linker strips nothing there.
  *-macos) system=darwin link="'-Wl,-dead_strip'" strip="strip = ['llvm-strip-14', '-x']" ;;
  *-musl) link="'-s', '-dynamic', '-Wl,--gc-sections'" ;; # else it makes static programs, which load no plugins
  *-linux-gnu*) link="'-s', '-Wl,-z,nodelete', '-Wl,--gc-sections'" ;;& # Zig's libraries destroy nothing where they are unloaded, and glibc would do it at the end
  aarch64-linux-*) runner=(qemu-aarch64-static -L /usr/aarch64-linux-gnu) ;;
  arm-linux-*) runner=(qemu-arm-static -L /usr/arm-linux-gnueabihf) ;;
  esac
  wrapper=$(printf "'%s', " "${runner[@]}")
  write_file "$prefix/cross.ini" <<END
[binaries]
c = [$ccache'$cc']
cpp = [$ccache'$cxx']
ar = '$ar'
pkgconfig = 'pkg-config'
cmake = 'cmake'
$strip
$([ ${#runner[@]} -eq 0 ] || echo "exe_wrapper = [${wrapper%, }]")

[properties]
pkg_config_libdir = ['$prefix/lib/pkgconfig', '$prefix/share/pkgconfig']

[built-in options]
cmake_prefix_path = ['$prefix']
c_args = ['-isystem', '$prefix/include', '-ffile-prefix-map=$prefix=.']
cpp_args = ['-isystem', '$prefix/include', '-ffile-prefix-map=$prefix=.']
c_link_args = [$link]
cpp_link_args = [$link${demangler:+, '$demangler'}]

[host_machine]
system = '$system'
cpu_family = '$cpu'
cpu = '$cpu'
endian = 'little'
END
}
