#!/usr/bin/env bash
# A tarball that runs on any Linux of the build's processor with a glibc no older than the build's: the files of
# `cmake --install` under one directory, and beside the program every library that it needs but glibc's own, found by a
# path relative to it. Prints the tarball's path.
#
# usage: tarball.sh BUILD DIRECTORY
set -euo pipefail

BUILD=$(readlink -f "$1")
INTO=$(readlink -f "$2")
# glibc's: these belong to the loader of the machine.
OF_GLIBC='^(linux-vdso|ld-linux.*|libc|libm|libmvec|libdl|libpthread|librt|libresolv|libanl|libutil)\.so'

version=$("$BUILD/weir" --version | sed 's/^weir //')
name=weir-$version-linux-$(uname -m)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/$name

cmake --install "$BUILD" --prefix "$tree" --strip >/dev/null
# The unit is for /usr/bin and /var/lib, where a package puts the program; here it is an example.
mkdir -p "$tree/share/weir" "$tree/lib/weir"
mv "$tree/lib/systemd/system/weir.service" "$tree/share/weir/"
rmdir -p --ignore-fail-on-non-empty "$tree/lib/systemd/system"

ldd "$BUILD/weir" | while read -r library _ path _; do
  [[ $library =~ $OF_GLIBC || $path != /* ]] && continue
  install -m 0644 "$path" "$tree/lib/weir/$library"
  # What its licence is, as Debian says it.
  package=$(dpkg -S "$(readlink -f "$path")" 2>/dev/null | sed 's/:.*//' | head -n 1 || true)
  if [ -n "$package" ] && [ -f "/usr/share/doc/$package/copyright" ]; then
    install -D -m 0644 "/usr/share/doc/$package/copyright" "$tree/share/doc/weir/libraries/$package"
  fi
done
# RPATH, not RUNPATH: it holds for what the libraries need in turn, too.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib/weir' "$tree/bin/weir"

tar --sort=name --owner=0 --group=0 --numeric-owner -C "$scratch" -czf "$INTO/$name.tar.gz" "$name"
echo "$INTO/$name.tar.gz"
