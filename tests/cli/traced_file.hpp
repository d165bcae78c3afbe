// SPDX-License-Identifier: BSD-2-Clause
// What `utnt trace` writes to its output file, as text.
#pragma once

#include <string>

#include "apps/utnt/trace_options.hpp"
#include "apps/utnt/trace_run.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::apps {

inline std::string traced_file(TraceOptions options) {
  const test::TemporaryDirectory directory;
  options.output = directory / "traced.jsonl";
  TraceRun{options}.run();
  return test::file_text(options.output);
}

}  // namespace utnt::apps
