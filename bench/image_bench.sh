#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What the images are made of: bytes by section, and by the folder or library that each piece comes from, read off the
# linker's maps.
# IMAGES names the folder they were built in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
images=${IMAGES:-build/bench/image}

# Bytes that the map says were taken from each folder or library, largest first. The rest of the file is what lies between
# them: headers, alignment to pages, the note.
by_folder() {
  python3 - "$@" <<'END'
import collections, re, sys
bytes_of = collections.defaultdict(lambda: [0, 0])
section = ""
for line in open(sys.argv[1]):
    if re.match(r"\.\w", line):
        section = line.split()[0]
    piece = re.match(r" (?:\.\S+)? +0x([0-9a-f]+) +0x([0-9a-f]+) (\S+\.o\S*)$", line)
    if not piece or int(piece[1], 16) == 0 or not re.match(r"\.(text|rodata|data|bss)", section):
        continue
    folder = re.search(r"src/(apps/utnt_image|core/\w+|unikernel/\w+|\w+)/|(examples/\w+)/|(lib\w+)\.a\(", piece[3])
    bytes_of[folder[folder.lastindex] if folder else "other"][section == ".bss"] += int(piece[2], 16)
for folder, (stored, zeroed) in sorted(bytes_of.items(), key=lambda item: -item[1][0]):
    print(f"  {folder:<24}{stored:>10}{zeroed:>10}")
counted = sum(stored for stored, _ in bytes_of.values())
print(f"  {'rest of the file':<24}{int(sys.argv[2]) - counted:>10}")
END
}

echo "budget: 256 KiB stripped, aim 128; ratchet: tests/house/image_sizes.txt"
for image in utnt.elf utnt-process ping.elf; do
  [[ -r $images/$image ]] || { echo "no image $images/$image: build the target images" >&2; exit 1; }
  echo
  printf '%s: %d bytes\n' "$image" "$(stat -c %s "$images/$image")"
  size -A -d "$images/$image" | awk '$1 ~ /^\./ {printf "  %-24s%10d\n", $1, $2}'
  printf '  %-24s%10s%10s\n' 'from' 'in file' 'zeroed'
  by_folder "$images/$image.map" "$(stat -c %s "$images/$image")"
done
