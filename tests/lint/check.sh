#!/usr/bin/env bash
# `./weirw check`: format, lint and clang-tidy of the whole tree; `check sanitizers` builds and runs the
# tests under ASan+UBSan, then TSan.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${1:-}" = sanitizers ]; then
  for kind in address,undefined thread; do
    directory="build-${kind%%,*}"
    [ -f "$directory/build.ninja" ] || cmake -S . -B "$directory" -G Ninja -DWEIR_SANITIZE="$kind" >/dev/null
    ninja -C "$directory"
    WEIR_TEST_SLICE=short ctest --test-dir "$directory" --output-on-failure --timeout 3000 ${2:+-R "$2"}
  done
  exit 0
fi

mapfile -t files < <(git ls-files '*.cc' '*.h')
clang-format-14 --dry-run --Werror "${files[@]}"
python3 tests/lint/lint.py --ratios
# clang cannot read the ordinary build's precompiled headers: it gets a directory of its own, in which only
# the generated sources are made.
[ -f build-tidy/build.ninja ] ||
  cmake -S . -B build-tidy -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
ninja -C build-tidy -t targets all | sed -n 's/^\(generated\/[^:]*\): CUSTOM_COMMAND$/\1/p' | xargs ninja -C build-tidy >/dev/null
git ls-files 'runtime/*.cc' 'state/*.cc' 'conf/*.cc' 'planner/*.cc' 'shell/*.cc' |
  xargs -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p build-tidy 2> >(grep -v 'warnings generated' >&2)
