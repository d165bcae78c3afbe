// SPDX-License-Identifier: BSD-2-Clause
// warts of any bytes: the reader never fails, and what it read is written as warts that it reads without complaint.
#include <sstream>
#include <string>

#include "base/assert.hpp"
#include "results/tee_sink.hpp"
#include "results/text_writer.hpp"
#include "results/warts_reader.hpp"
#include "results/warts_writer.hpp"

namespace utnt::results {
namespace {

std::string pass(const std::string& bytes, ReadReport& report) {
  std::string out;
  std::size_t shown = 0;
  WartsWriter warts{[&out](std::string_view record) { out += record; }};
  TextWriter words{[&shown](std::string_view line) { shown += line.size(); }, {.verbose = true}};
  TeeSink all{{&warts, &words}};
  std::istringstream in{bytes};
  report = read_warts(in, "input", all, {});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  ReadReport report;
  const auto first = pass(std::string{reinterpret_cast<const char*>(data), size}, report);
  const auto second = pass(first, report);
  UTNT_ASSERT(report.is_clean());
  UTNT_ASSERT(pass(second, report) == second);
  UTNT_ASSERT(report.is_clean());
  return 0;
}

}  // namespace utnt::results
