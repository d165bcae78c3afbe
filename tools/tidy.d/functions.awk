# SPDX-License-Identifier: BSD-2-Clause
# Functions of more than 70 lines, found by the indentation that clang-format gives: a block closes at the column where
# its head began, and everything between stands deeper. Prints FILE:LINE:TEXT.
function column(text) { match(text, /^ */); return RLENGTH }
FNR == 1 { delete head; raw = 0 }
raw { if (index($0, ")" closing "\"")) raw = 0; next }
match($0, /R"[A-Za-z_]*\(/) {
  closing = substr($0, RSTART + 2, RLENGTH - 3)
  if (!index(substr($0, RSTART + RLENGTH), ")" closing "\"")) raw = 1
}
/^ *$/ || /^ *#/ || /^ *\/\// || /^ *(public|private|protected|case .*|default):/ { next }
/^ *[})]/ {
  c = column($0)
  if ((c in head) && is_function[c] && FNR - head[c] + 1 > 70 && $0 ~ /^ *}/)
    printf "%s:%d:a function of %d lines, limit 70\n", FILENAME, head[c], FNR - head[c] + 1
  if ($0 ~ /^ *}/) { delete head[c]; next }
}
{
  c = column($0)
  head[c] = FNR
  is_function[c] = $0 ~ /[(\[]/ && $0 !~ /^ *(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try)[ ({]/ && $0 !~ /= *\{?$/ && $0 !~ /\{\{$/
}
