// SPDX-License-Identifier: BSD-2-Clause
// Result records of any bytes: what decodes encodes to the same bytes, and the assembler survives the stream, cut
// anywhere.
#include <algorithm>
#include <array>

#include "fuzz/fuzz_input.hpp"
#include "report/record_reader.hpp"
#include "results/assembler.hpp"

namespace utnt {
namespace {

class Count : public results::ResultSink {
 public:
  void run(const results::RunInfo&) override {}
  void trace(const results::TraceResult&) override { ++traces; }
  void ping(const results::PingResult&) override {}
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary&) override { ++summaries; }
  std::size_t traces{0};
  std::size_t summaries{0};
};

template <class T>
void expect_same(const T& value, ConstBytes record) {
  std::array<std::byte, report::record_bytes_max> room;
  const auto length = report::encode(value, room);
  UTNT_ASSERT(length);
  UTNT_ASSERT(std::ranges::equal(ConstBytes{room}.first(*length), record));
}

std::size_t assemble(ConstBytes stream, std::size_t piece) {
  Count sink;
  results::Assembler assembler{sink, {.traces_max = 4, .paths_per_trace_max = 4, .replies_per_trace_max = 16}};
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    assembler.add(stream.subspan(at, std::min(piece, stream.size() - at)));
    UTNT_ASSERT(assembler.open_traces() <= 4);
  }
  assembler.finish();
  UTNT_ASSERT(sink.summaries == 1);
  return sink.traces;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = std::as_bytes(std::span{data, size});
  report::RecordReader reader{stream};
  while (const auto entry = reader.next()) {
    if (const auto event = report::decode_event(entry->bytes)) expect_same(*event, entry->bytes);
    if (const auto start = report::decode_run_start(entry->bytes)) expect_same(*start, entry->bytes);
    if (const auto counters = report::decode_counters(entry->bytes)) expect_same(*counters, entry->bytes);
  }
  UTNT_ASSERT(reader.consumed() <= size);
  UTNT_ASSERT(assemble(stream, 5) == assemble(stream, size + 1));
  return 0;
}

}  // namespace utnt
