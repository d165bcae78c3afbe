// SPDX-License-Identifier: BSD-2-Clause
// Two record streams, written here record by record, come out as one run.
#include "apps/utnt/run_merge.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "abi/record_frame.hpp"
#include "report/record.hpp"

namespace utnt::apps {
namespace {

/// The stream of an image that started, traced one destination with nothing on the way, and ended.
class Stream {
 public:
  template <class Record>
  void add(const Record& record) {
    std::vector<std::byte> frame(abi::frame_header_bytes + report::record_bytes_max);
    const auto length = report::encode(record, MutableBytes{frame}.subspan(abi::frame_header_bytes));
    ASSERT_TRUE(length.has_value());
    seal(frame, *length, false);
  }
  void end() {
    std::vector<std::byte> frame(abi::frame_header_bytes + abi::trailer_bytes);
    abi::write_trailer(MutableBytes{frame}.subspan(abi::frame_header_bytes), {});
    seal(frame, abi::trailer_bytes, true);
  }
  std::vector<std::byte> bytes;

 private:
  void seal(std::vector<std::byte>& frame, std::size_t payload, bool is_trailer) {
    const auto length = abi::seal_frame(frame, payload, sequence_++, is_trailer);
    bytes.insert(bytes.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
  }
  std::uint32_t sequence_{0};
};

Stream stream_of(std::uint32_t user_id, std::uint64_t probes) {
  Stream stream;
  report::RunStart start;
  start.destinations = 1;
  start.rate_pps = 50;
  stream.add(start);
  const wire::IpAddress destination{wire::Ipv4Address{192, 0, 2, static_cast<std::uint8_t>(user_id)}};
  stream.add(core::Event{core::PathStart{.trace = core::TraceId{1}, .destination = destination, .user_id = user_id}});
  stream.add(core::Event{core::TraceEnd{.trace = core::TraceId{1},
                                        .destination = destination,
                                        .user_id = user_id,
                                        .stop = core::StopReason::completed,
                                        .at = Instant{1000}}});
  report::CountersAt counters{};
  counters.final = true;
  counters.counters.probes_sent = probes;
  counters.counters.table_full = probes * 10;
  stream.add(counters);
  stream.end();
  return stream;
}

struct Seen final : results::ResultSink {
  void run(const results::RunInfo& info) override { runs.push_back(info); }
  void trace(const results::TraceResult& trace) override { ids.insert(trace.id); }
  void ping(const results::PingResult&) override {}
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary& summary) override { summaries.push_back(summary); }
  std::vector<results::RunInfo> runs;
  std::set<std::uint32_t> ids;
  std::vector<results::Summary> summaries;
};

TEST(RunMerge, makes_one_run_of_two_streams) {
  Seen seen;
  MergedResults merged{seen, 2, 2};
  const auto first = stream_of(1, 5), second = stream_of(2, 7);
  merged.add(1, second.bytes);
  merged.add(0, first.bytes);
  EXPECT_EQ(merged.finish(0), "");
  EXPECT_EQ(merged.finish(1), "");
  merged.finish();
  ASSERT_EQ(seen.runs.size(), 1U);
  EXPECT_EQ(seen.runs.front().destinations, 2U);
  EXPECT_EQ(seen.runs.front().rate_pps, 100U);
  EXPECT_EQ(seen.ids, (std::set<std::uint32_t>{1, 2})) << "both engines called theirs 1";
  ASSERT_EQ(seen.summaries.size(), 1U);
  EXPECT_EQ(seen.summaries.front().traces, 2U);
  EXPECT_EQ(seen.summaries.front().counters.probes_sent, 12U);
  EXPECT_EQ(seen.summaries.front().counters.table_full, 120U);
  EXPECT_EQ(merged.take_finished(), (std::vector<std::uint32_t>{2, 1}));
  EXPECT_TRUE(merged.take_finished().empty());
}

TEST(RunMerge, says_which_stream_was_cut) {
  Seen seen;
  MergedResults merged{seen, 2, 2};
  const auto whole = stream_of(1, 5), cut = stream_of(2, 7);
  merged.add(0, whole.bytes);
  merged.add(1, ConstBytes{cut.bytes}.first(cut.bytes.size() - 20));
  EXPECT_EQ(merged.finish(0), "");
  EXPECT_NE(merged.finish(1), "");
  merged.finish();
  EXPECT_EQ(seen.summaries.front().traces, 2U) << "what was whole counts";
}

}  // namespace
}  // namespace utnt::apps
