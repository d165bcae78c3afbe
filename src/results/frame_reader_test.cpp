// SPDX-License-Identifier: BSD-2-Clause
// Streams whole, cut, damaged and with holes: what is whole is read, and the rest is counted.
#include "results/frame_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace utnt::results {
namespace {

/// Counts the traces that come out.
class Count final : public ResultSink {
 public:
  void run(const RunInfo&) override { ++runs; }
  void trace(const TraceResult& trace) override { destinations.push_back(trace.destination); }
  void ping(const PingResult&) override {}
  void tunnel(const TunnelResult&) override {}
  void summary(const Summary&) override {}
  int runs{0};
  std::vector<wire::IpAddress> destinations;
};

template <class Record>
std::vector<std::byte> record_of(const Record& record) {
  std::vector<std::byte> bytes(report::record_bytes_max);
  bytes.resize(report::encode(record, bytes).value());
  return bytes;
}

/// A trace without hops is three records.
std::vector<std::byte> trace_records(std::uint32_t number) {
  std::vector<std::byte> out;
  const wire::IpAddress destination = wire::Ipv4Address{20, 0, 0, static_cast<std::uint8_t>(number)};
  const report::TraceId trace{number};
  const report::PathId path{number};
  core::PathStart start;
  start.trace = trace;
  start.path = path;
  start.destination = destination;
  core::PathEnd path_end;
  path_end.trace = trace;
  path_end.path = path;
  core::TraceEnd end;
  end.trace = trace;
  end.destination = destination;
  end.path = path;
  end.stop = report::StopReason::completed;
  for (const report::Event& event : {report::Event{start}, report::Event{path_end}, report::Event{end}}) {
    const auto record = record_of(event);
    out.insert(out.end(), record.begin(), record.end());
  }
  return out;
}

std::vector<std::byte> frame_of(const std::vector<std::byte>& payload, std::uint32_t sequence,
                                bool is_trailer = false) {
  std::vector<std::byte> out(abi::frame_header_bytes + payload.size());
  copy_bytes(MutableBytes{out}.subspan(abi::frame_header_bytes), payload);
  EXPECT_EQ(abi::seal_frame(out, payload.size(), sequence, is_trailer), out.size());
  return out;
}

std::vector<std::byte> trailer_frame(std::uint32_t sequence, int code) {
  std::vector<std::byte> payload(abi::trailer_bytes);
  abi::write_trailer(payload, {.exit_code = code, .records = 9});
  return frame_of(payload, sequence, true);
}

class Stream : public ::testing::Test {
 protected:
  void append(const std::vector<std::byte>& frame) { bytes.insert(bytes.end(), frame.begin(), frame.end()); }
  void three_traces_and_a_trailer() {
    for (std::uint32_t i = 0; i < 3; ++i) {
      begins.push_back(bytes.size());
      append(frame_of(trace_records(i + 1), i));
    }
    begins.push_back(bytes.size());
    append(trailer_frame(3, 7));
  }
  void read() {
    reader.add(bytes);
    reader.finish();
    assembler.finish();
  }

  std::vector<std::byte> bytes;
  std::vector<std::size_t> begins;
  Count sink;
  Assembler assembler{sink};
  FrameReader reader{assembler};
};

TEST_F(Stream, gives_its_traces_and_its_trailer) {
  three_traces_and_a_trailer();
  read();
  EXPECT_EQ(sink.destinations.size(), 3U);
  ASSERT_TRUE(reader.trailer().has_value());
  EXPECT_EQ(reader.trailer()->exit_code, 7);
  EXPECT_EQ(reader.trailer()->records, 9U);
  EXPECT_EQ(reader.counts().frames, 4U);
  EXPECT_TRUE(reader.is_complete());
  EXPECT_EQ(reader.complaint(), "");
}

TEST_F(Stream, may_end_with_a_trailer_that_knows_less_or_more) {
  for (const std::size_t length : {std::size_t{68}, std::size_t{300}}) {
    std::vector<std::byte> payload(std::max(length, abi::trailer_bytes));
    abi::write_trailer(payload, {.exit_code = 3, .finished_ns = 4, .boot = {.entry_ns = 5}});
    payload.resize(length);
    FrameReader other{assembler};
    other.add(frame_of(payload, 0, true));
    other.finish();
    EXPECT_TRUE(other.is_complete()) << other.complaint();
    EXPECT_EQ(other.trailer()->exit_code, 3);
    EXPECT_EQ(other.trailer()->finished_ns, 4U);
    EXPECT_EQ(other.trailer()->boot.entry_ns, length == 68 ? 0U : 5U);
  }
}

TEST_F(Stream, may_come_byte_by_byte) {
  three_traces_and_a_trailer();
  for (const auto byte : bytes) reader.add(ConstBytes{&byte, 1});
  reader.finish();
  EXPECT_EQ(sink.destinations.size(), 3U);
  EXPECT_TRUE(reader.is_complete());
  EXPECT_EQ(reader.counts().bytes, bytes.size());
}

TEST_F(Stream, that_is_cut_anywhere_keeps_what_was_whole_before) {
  three_traces_and_a_trailer();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Count counted;
    Assembler joined{counted};
    FrameReader cut{joined};
    cut.add(ConstBytes{bytes}.first(length));
    cut.finish();
    std::size_t whole = 0;
    while (whole < 3 && begins[whole + 1] <= length) ++whole;
    ASSERT_EQ(counted.destinations.size(), whole) << "cut at " << length;
    ASSERT_FALSE(cut.is_complete());
    ASSERT_EQ(cut.counts().bytes_cut, length - begins[std::min<std::size_t>(whole, 3)]) << "cut at " << length;
    ASSERT_NE(cut.complaint(), "");
  }
}

TEST_F(Stream, with_one_wrong_byte_loses_one_frame) {
  three_traces_and_a_trailer();
  for (std::size_t at = begins[1]; at < begins[2]; ++at) {
    auto damaged = bytes;
    damaged[at] ^= std::byte{0x41};
    Count counted;
    Assembler joined{counted};
    FrameReader other{joined};
    other.add(damaged);
    other.finish();
    ASSERT_EQ(counted.destinations.size(), 2U) << "byte " << at;
    ASSERT_TRUE(other.trailer().has_value()) << "byte " << at;
    ASSERT_EQ(other.counts().damaged, 1U) << "byte " << at;
    ASSERT_EQ(other.counts().frames_missing, 1U) << "byte " << at;
    ASSERT_EQ(other.counts().bytes_damaged, begins[2] - begins[1]) << "byte " << at;
    ASSERT_FALSE(other.is_complete());
  }
}

TEST_F(Stream, with_a_hole_counts_the_missing_frames) {
  append(frame_of(trace_records(1), 0));
  append(frame_of(trace_records(2), 3));
  append(trailer_frame(4, 0));
  read();
  EXPECT_EQ(sink.destinations.size(), 2U);
  EXPECT_EQ(reader.counts().frames_missing, 2U);
  EXPECT_FALSE(reader.is_complete());
  EXPECT_EQ(reader.complaint(), "the record stream is not whole: 2 frames are missing");
}

TEST_F(Stream, of_garbage_gives_nothing_and_takes_no_memory) {
  bytes.assign(1'000'000, std::byte{0xa5});
  read();
  EXPECT_TRUE(sink.destinations.empty());
  EXPECT_EQ(reader.counts().damaged, 1U);
  EXPECT_EQ(reader.counts().bytes_damaged + reader.counts().bytes_cut, bytes.size());
}

TEST_F(Stream, ends_with_its_trailer_whatever_follows) {
  append(trailer_frame(0, 0));
  append(frame_of(trace_records(1), 1));
  read();
  EXPECT_TRUE(sink.destinations.empty());
  EXPECT_GT(reader.counts().bytes_late, 0U);
}

}  // namespace
}  // namespace utnt::results
