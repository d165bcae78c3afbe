# SPDX-License-Identifier: BSD-2-Clause
# One line a test from the JUnit file that ctest wrote: "passed STAGE:NAME", "failed ..." or "skipped ...".
# A test counts as skipped only when it said so itself (its skip code or pattern); one that could not run has failed.
function flush_case() {
  if (name != "") print verdict " " stage ":" name
  name = ""
}
/<testcase / {
  flush_case()
  match($0, /name="[^"]*"/)
  name = substr($0, RSTART + 6, RLENGTH - 7)
  gsub(/&quot;/, "\"", name); gsub(/&lt;/, "<", name); gsub(/&gt;/, ">", name); gsub(/&apos;/, "'", name); gsub(/&amp;/, "\\&", name)
  verdict = "failed"
  if ($0 ~ /status="run"/) verdict = "passed"
}
/<skipped / && name != "" { if ($0 ~ /message="SKIP_/ || $0 ~ /message="Disabled/) verdict = "skipped" }
/<\/testsuite>/ { flush_case() }
END { flush_case() }
