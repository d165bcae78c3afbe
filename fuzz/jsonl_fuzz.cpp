// SPDX-License-Identifier: BSD-2-Clause
// JSON Lines of any bytes: the reader never fails, and what it read is written and read back the same. (The first
// reading may drop what the model cannot hold, so the second and the third are compared.)
#include <sstream>
#include <string>

#include "base/assert.hpp"
#include "results/classic_text.hpp"
#include "results/jsonl_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "results/tee_sink.hpp"
#include "results/text_writer.hpp"

namespace utnt::results {
namespace {

/// Reads `text`, writes what was read as JSON Lines, and exercises the text forms on the way.
std::string pass(const std::string& text, ReadReport& report) {
  std::string out;
  std::size_t shown = 0;
  JsonlWriter jsonl{[&out](std::string_view line) { out += line; }};
  TextWriter words{[&shown](std::string_view line) { shown += line.size(); }, {.verbose = true}};
  ClassicWriter classic{[&shown](std::string_view line) { shown += line.size(); }, {.verbose = true}};
  TeeSink all{{&jsonl, &words, &classic}};
  std::istringstream in{text};
  report = read_jsonl(in, "input", all, {});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  ReadReport report;
  const auto first = pass(std::string{reinterpret_cast<const char*>(data), size}, report);
  const auto results = report.results;
  const auto second = pass(first, report);
  UTNT_ASSERT(report.is_clean());
  UTNT_ASSERT(report.results == results);
  UTNT_ASSERT(pass(second, report) == second);
  return 0;
}

}  // namespace utnt::results
