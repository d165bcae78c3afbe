// SPDX-License-Identifier: BSD-2-Clause
// The walk over a record stream: unknown records are skipped, unfinished ones left, broken ones end it.
#include "report/record_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::report {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

Bytes encoded(const Event& event) {
  Bytes out(record_bytes_max);
  out.resize(encode(event, out).value());
  return out;
}

TEST(RecordReader, SkipsUnknownTypesAndVersionsByTheirLengthAndCountsThem) {
  auto stream = encoded(core::PathEnd{});
  const auto one = stream;
  const auto unknown = bytes_of({200, 1, 6, 0, 0xaa, 0xbb});
  const auto newer = bytes_of({4, 2, 5, 0, 0xcc});
  stream.insert(stream.end(), unknown.begin(), unknown.end());
  stream.insert(stream.end(), newer.begin(), newer.end());
  stream.insert(stream.end(), one.begin(), one.end());
  RecordReader reader{stream};
  EXPECT_EQ(reader.next()->type, RecordType::path_end);
  const auto second = reader.next();
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(decode_event(second->bytes).has_value());
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.skipped(), 2U);
  EXPECT_EQ(reader.consumed(), stream.size());
  EXPECT_FALSE(reader.is_broken());
}

TEST(RecordReader, LeavesAnUnfinishedRecordToTheNextCallAndStopsAtABrokenLength) {
  const auto whole = encoded(core::Verdict{});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    RecordReader reader{ConstBytes{whole}.first(size)};
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_EQ(reader.consumed(), 0U);
    EXPECT_FALSE(reader.is_broken());
  }
  const auto broken = bytes_of({4, 1, 3, 0, 0, 0});
  RecordReader reader{broken};
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_TRUE(reader.is_broken());
}

}  // namespace
}  // namespace utnt::report
