#!/usr/bin/env bash
# Whether Weir builds and does the same elsewhere than on the machine it is made on.
#
# usage: portable.sh [--build-only] [x86] [arm64] [debian13]     (all parts when none is named)
#
#   x86       a build for every x86-64 of the last fifteen years: its hot loops in each width that this processor
#             has, and on one without AVX, which qemu plays
#   arm64     a cross build with Debian's compiler and its arm64 packages, run by qemu
#   debian13  a build in a chroot of the next Debian, with its compiler and its RocksDB, and state_test there
#
# A part whose packages, chroot or emulator cannot be had here is skipped and says why. Everything lies below
# WEIR_PORTABLE_DIR (weir-portable in the cache of this user) and is used again: a second run is a short one. With
# --build-only nothing is run. Ends with 'N passed, N failed, N skipped'.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

SKIPPED=77
ROOT=$PWD
PLACE=${WEIR_PORTABLE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/weir-portable}
# What a few rows of everything go through: formats, aggregates, joins, windows.
FILES=(tests/sql/{json,string,types}/*.slt tests/sql/agg/a*.slt tests/sql/join/i*.slt tests/sql/window/t*.slt)
FEW=(tests/sql/json/*.slt tests/sql/types/*.slt)
# Headers and libraries that the build needs, as Debian 12 calls them.
LIBRARIES=(libantlr4-runtime-dev librocksdb-dev libthrift-dev libboost-dev libsimdjson-dev libgtest-dev libgmock-dev
  libbenchmark-dev libcli11-dev libfmt-dev libyaml-cpp-dev libabsl-dev libxxhash-dev libre2-dev libicu-dev
  libhowardhinnant-date-dev zlib1g-dev libssl-dev libedit-dev librdkafka-dev libcurl4-openssl-dev libexpat1-dev liblz4-dev libpq-dev libprotobuf-dev)
# Where this machine gets its packages from, for apt-get indextargets.
OF_DEBIAN=('Created-By: Packages' 'Origin: Debian' 'Component: main')
TOOLS=(g++ cmake ninja-build ccache mold pkg-config antlr4 thrift-compiler python3 tzdata)

say() { printf 'portable: %s\n' "$*" >&2; }
skip() {
  say "skipped: $*"
  exit $SKIPPED
}

# Whether the packages are there, or could be installed.
have() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  say "apt-get install ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# compile DIRECTORY TARGETS...: what is not up to date, with the end of the log when it fails.
compile() {
  local directory=$1 log="$1/build.log"
  shift
  say "building $* in $directory (the log: build.log)"
  ninja -C "$directory" "$@" >"$log" 2>&1 || { grep -vE '^\[[0-9]+/' "$log" | tail -n 60 >&2; return 1; }
}

# configure DIRECTORY OPTIONS...: afresh where it was made for the source in another directory, which it would build.
configure() {
  local directory=$1
  shift
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$directory/CMakeCache.txt" || rm -rf "$directory"
  mkdir -p "$directory"
  [ -f "$directory/build.ninja" ] && return
  cmake -S . -B "$directory" -G Ninja "$@" >"$directory/configure.log" 2>&1 || { tail -n 40 "$directory/configure.log" >&2; return 1; }
}

# wrapper FILE COMMAND...: a program that runs another one.
wrapper() {
  local file=$1
  shift
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$file"
  chmod +x "$file"
}

rows() { # PROGRAM FILES...
  local program=$1
  shift
  python3 tests/sql/run.py --weir "$program" --config default "$@"
}

part_x86() {
  [ "$(uname -m)" = x86_64 ] || skip "x86: this machine is a $(uname -m)"
  local build="$PLACE/x86/build"
  configure "$build" -DWEIR_ARCH=x86-64-v2
  compile "$build" weir portable_test
  [ -n "$BUILD_ONLY" ] && return
  local width
  for width in sse4 avx2 avx512 ''; do
    say "the tests of loops, width: ${width:-the widest}"
    WEIR_WIDTH=$width "$build/portable_test" --gtest_brief=1
  done
  rows "$build/weir" "${FILES[@]}"
  have qemu-user-static || { say "x86: not tried without AVX, since there is no qemu-user-static"; return; }
  say "on a processor without AVX"
  # Any instruction that it does not have ends a program.
  qemu-x86_64-static -cpu Nehalem "$build/portable_test" --gtest_brief=1
  wrapper "$build/weir-without-avx" qemu-x86_64-static -cpu Nehalem "$build/weir"
  rows "$build/weir-without-avx" "${FEW[@]}"
}

# Debian's arm64 packages that the build needs, unpacked; apt works on lists of its own, so that this machine stays
# one of a single architecture.
sysroot() {
  local sysroot=$1 apt="$PLACE/arm64/apt" wanted="${LIBRARIES[*]}"
  grep -qsxF "$wanted" "$sysroot.complete" && return
  rm -rf "$sysroot"
  mkdir -p "$apt"/{state/lists/partial,cache/archives/partial} "$sysroot/usr/lib"
  : >"$apt/status"
  apt-get indextargets --format 'deb [arch=arm64] $(REPO_URI) $(CODENAME) $(COMPONENT)' "${OF_DEBIAN[@]}" |
    sort -u >"$apt/sources.list"
  local options=(-o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=-"
    -o APT::Architecture=arm64 -o APT::Architectures=arm64)
  apt-get "${options[@]}" update -qq >&2 || return 1
  apt-get "${options[@]}" install -y -qq --no-install-recommends --download-only libc6-dev tzdata \
    "libstdc++-$(aarch64-linux-gnu-g++ -dumpversion | cut -d. -f1)-dev" "${LIBRARIES[@]}" >&2 || return 1
  ln -s usr/lib "$sysroot/lib"
  local package
  for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$sysroot" || return 1
  done
  # Links and one package's CMake files say where things are in a system, not in a sysroot.
  find "$sysroot" -type l -lname '/*' -printf '%p %l\n' | while read -r link target; do
    ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$sysroot$target")" "$link"
  done
  find "$sysroot/usr" -name '*.cmake' -exec sed -i "s#\"/usr/lib/aarch64-linux-gnu/lib#\"$sysroot/usr/lib/aarch64-linux-gnu/lib#g" {} +
  rm -rf "$apt/cache"
  echo "$wanted" >"$sysroot.complete"
}

part_arm64() {
  [ "$(uname -m)" = x86_64 ] || skip "arm64: the cross build is made on x86-64"
  have g++-aarch64-linux-gnu || skip "arm64: no cross compiler (g++-aarch64-linux-gnu)"
  local sysroot="$PLACE/arm64/sysroot" build="$PLACE/arm64/build"
  sysroot "$sysroot" || skip "arm64: Debian's arm64 packages cannot be had"
  configure "$build" -DWEIR_ARCH=armv8-a -DCMAKE_TOOLCHAIN_FILE="$ROOT/tests/portable/arm64.cmake" -DWEIR_SYSROOT="$sysroot"
  compile "$build" weir portable_test
  [ -n "$BUILD_ONLY" ] && return
  have qemu-user-static || { say "arm64: built, but not run, since there is no qemu-user-static"; return; }
  local emulator=(qemu-aarch64-static -L "$sysroot") width
  for width in plain ''; do
    say "the tests of loops, width: ${width:-the widest}"
    WEIR_WIDTH=$width "${emulator[@]}" "$build/portable_test" --gtest_brief=1
  done
  wrapper "$build/weir-arm64" "${emulator[@]}" "$build/weir"
  rows "$build/weir-arm64" "${FEW[@]}"
}

# inside COMMAND...: in the chroot of Debian 13, the source at /weir. Mounts end with the command.
inside() {
  unshare --mount --fork sh -c '
    mount -t proc proc "$0/proc" && mount --bind "$1" "$0/weir" && root=$0 && shift && cd "$root" && exec chroot "$root" sh -c "cd /weir && exec \"\$@\"" sh "$@"' \
    "$PLACE/debian13" "$ROOT" "$@"
}

# Made once; what the build has needed since then is installed into it.
chroot_of_13() {
  local root="$PLACE/debian13" wanted="${TOOLS[*]} ${LIBRARIES[*]}"
  grep -qsxF "$wanted" "$root.complete" && return
  if [ ! -f "$root.complete" ]; then
    rm -rf "$root"
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "${OF_DEBIAN[@]}" 'Label: Debian' | head -n 1)
    [ -n "$mirror" ] || return 1
    debootstrap --variant=minbase trixie "$root" "$mirror" >"$root.log" 2>&1 || return 1
    mkdir -p "$root/weir" "$root/build"
  fi
  inside env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install -y -qq --no-install-recommends "${TOOLS[@]}" "${LIBRARIES[@]}" >>"$root.log" 2>&1 || return 1
  echo "$wanted" >"$root.complete"
}

part_debian13() {
  [ "$(id -u)" -eq 0 ] || skip "debian13: a chroot needs root"
  unshare --mount true 2>/dev/null || skip "debian13: this kernel lets nobody mount anything here"
  have debootstrap || skip "debian13: no debootstrap"
  chroot_of_13 || skip "debian13: the chroot could not be made ($PLACE/debian13.log)"
  say "RocksDB $(inside dpkg-query -W -f='${Version}' librocksdb-dev), g++ $(inside g++ -dumpfullversion)"
  inside sh -c '[ -f /build/build.ninja ] || cmake -S /weir -B /build -G Ninja -DWEIR_ARCH=x86-64-v2 >/build/configure.log' ||
    { tail -n 40 "$PLACE/debian13/build/configure.log" >&2; return 1; }
  say "building weir and state_test (the log: $PLACE/debian13/build/build.log)"
  inside sh -c 'ninja -C /build weir state_test >/build/build.log 2>&1' ||
    { grep -vE '^\[[0-9]+/' "$PLACE/debian13/build/build.log" | tail -n 60 >&2; return 1; }
  [ -n "$BUILD_ONLY" ] && return
  inside /build/state_test --gtest_brief=1
  inside python3 tests/sql/run.py --weir /build/weir --config default "${FILES[@]}"
}

BUILD_ONLY=
if [ "${1:-}" = --build-only ]; then
  BUILD_ONLY=yes
  shift
fi
if [ "${1:-}" = --part ]; then
  "part_$2"
  exit
fi

passed=0 failed=0 skipped=0
for part in "${@:-x86 arm64 debian13}"; do
  for one in $part; do
    declare -F "part_$one" >/dev/null || { say "there is no part '$one'; there are x86, arm64 and debian13"; exit 2; }
    status=0
    # A process of its own: `set -e` does not hold in what a condition calls.
    "$ROOT/tests/portable/portable.sh" ${BUILD_ONLY:+--build-only} --part "$one" || status=$?
    case $status in
      0) passed=$((passed + 1)) && say "$one: passed" ;;
      "$SKIPPED") skipped=$((skipped + 1)) ;;
      *) failed=$((failed + 1)) && say "$one: FAILED" ;;
    esac
  done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
