#!/bin/sh
# Checks the library with the system's own tools. Usage: faulty_fs_test.sh LIBRARY
library=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

try() { # try SENTENCE works|fails FAULT FILE COUNT CONV
  sentence=$1 wanted=$2 fault=$3 file=$4 count=$5 conv=$6
  if LD_PRELOAD=$library SPECTRUM_FAULT=$fault dd if=/dev/zero of="$folder/$file" bs=1000 count="$count" conv="$conv" \
    status=none 2>"$folder/message"; then result=works; else result=fails; fi
  [ "$result" = "$wanted" ] || { echo "NOT: $sentence: $(cat "$folder/message")"; failed=1; }
}

try "no fault, no failure" works "" a 3 fsync
try "the third write fails" fails "write:3:ENOSPC" a 3 notrunc
grep -q "No space left on device" "$folder/message" || { echo "NOT: the error is the one asked for"; failed=1; }
try "there is no third write" works "write:3:ENOSPC" a 2 notrunc
try "a sync fails" fails "sync:1:EIO" a 1 fdatasync
try "only the path asked for fails" works "fsync:1:EIO:other" a 1 fsync
try "a switch that is not there is off" works "fsync:1+:EIO::$folder/switch" a 1 fsync
touch "$folder/switch"
try "a switch that is there is on" fails "fsync:1+:EIO::$folder/switch" a 1 fsync
try "a write that takes half is gone on with" works "write:1:short" a 1 fsync
[ "$(wc -c <"$folder/a")" = 1000 ] || { echo "NOT: a short write loses nothing"; failed=1; }
exit $failed
