#!/usr/bin/env bash
# `./weirw check`: format, lint and clang-tidy of the whole tree, and a cross build for arm64 where the compiler can be
# had. `check sanitizers [REGEX]` builds the tests under
# ASan+UBSan, then TSan, and runs those that match; a report fails the run, whatever the test made of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Not under sanitizers: what measures memory or time, what does not run our code, and what loads other code that was
# built without them.
NOT_SANITIZED='^(lint|lint_test|parquet|extend|extend_test|state\.larger_than_memory|state\.no_leak|bench\..*|mutation\..*|sanitized\..*|install)$'

# sanitized KIND REGEX: KIND is address or thread.
sanitized() {
  local directory="$PWD/build-$1" flags=$1
  local reports="$directory/reports"
  [ "$1" = address ] && flags=address,undefined
  [ -f "$directory/build.ninja" ] ||
    cmake -S . -B "$directory" -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DWEIR_SANITIZE="$flags" >/dev/null ||
    return 1
  ninja -C "$directory" || return 1
  rm -rf "$reports"
  mkdir -p "$reports"
  # Reports go to files and end the process by a signal: a test that expects an error must not take one for it.
  export ASAN_OPTIONS="abort_on_error=1:detect_stack_use_after_return=1:log_path=$reports/report"
  export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:abort_on_error=1:log_path=$reports/report"
  export LSAN_OPTIONS="suppressions=$PWD/tests/lint/leaks.supp:print_suppressions=0"
  export TSAN_OPTIONS="suppressions=$PWD/tests/lint/threads.supp:log_path=$reports/report"
  local failed=0
  WEIR_TEST_SLICE=short ctest --test-dir "$directory" --output-on-failure -j "$(nproc)" --timeout 7200 \
    -E "$NOT_SANITIZED" ${2:+-R "$2"} || failed=1
  if [ -n "$(ls -A "$reports")" ]; then
    head -n 40 "$reports"/* >&2
    echo "$(find "$reports" -type f | wc -l) reports of the $1 sanitizer in $reports" >&2
    failed=1
  fi
  return $failed
}

if [ "${1:-}" = sanitizers ]; then
  status=0
  for kind in address thread; do sanitized "$kind" "${2:-}" || status=1; done
  exit $status
fi

python3 tests/lint/format.py
python3 tests/lint/lint.py
# clang cannot read the ordinary build's precompiled headers: it gets a directory of its own, in which only
# the generated sources are made.
[ -f build-tidy/build.ninja ] ||
  cmake -S . -B build-tidy -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
ninja -C build-tidy -t targets all | sed -n 's/^\(generated\/[^:]*\): CUSTOM_COMMAND$/\1/p' | xargs ninja -C build-tidy >/dev/null
python3 tests/lint/locks.py --generated build-tidy/generated --removed 20
git ls-files 'runtime/*.cc' 'state/*.cc' 'conf/*.cc' 'planner/*.cc' 'shell/*.cc' | grep -v '/arrow_files\.cc$' |
  xargs -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p build-tidy 2> >(grep -v 'warnings generated' >&2)
tests/portable/portable.sh --build-only arm64
