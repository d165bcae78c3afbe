// SPDX-License-Identifier: BSD-2-Clause
// Lists of destinations of any quality: every entry is used once or counted, and nothing crashes.
#include "apps/utnt/targets.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "apps/utnt/command.hpp"
#include "base/prng.hpp"

namespace utnt::apps {
namespace {

struct Reading {
  explicit Reading(const std::string& text, TargetList::Rules rules = {}) : list{with_log(std::move(rules))} {
    std::istringstream input{text};
    list.read(input, "file");
  }
  TargetList::Rules with_log(TargetList::Rules rules) {
    rules.complain = [this](const std::string& line) { complaints.push_back(line); };
    return rules;
  }
  std::vector<std::string> complaints;
  TargetList list;
};

TEST(TargetList, keeps_the_input_order_and_drops_duplicates) {
  Reading reading{"20.0.0.2\n20.0.0.1\r\n\n# comment\n20.0.0.2\n  20.0.0.3 # last\n20.0.0.1"};
  ASSERT_EQ(reading.list.size(), 3U);
  EXPECT_EQ(reading.list.at(0), wire::Ipv4Address(20, 0, 0, 2));
  EXPECT_EQ(reading.list.at(1), wire::Ipv4Address(20, 0, 0, 1));
  EXPECT_EQ(reading.list.at(2), wire::Ipv4Address(20, 0, 0, 3));
  EXPECT_EQ(reading.list.counts().duplicates, 2U);
  EXPECT_EQ(reading.list.counts().failures(), 0U);
}

TEST(TargetList, counts_and_locates_what_it_cannot_use) {
  Reading reading{"20.0.0.2\n20.0.0\nexample.com\n20.0.0.1/24\n2600::1\n10.1.2.3\n224.0.0.1\n"};
  EXPECT_EQ(reading.list.size(), 1U);
  EXPECT_EQ(reading.list.counts().malformed, 3U);
  EXPECT_EQ(reading.list.counts().unsupported, 1U);
  EXPECT_EQ(reading.list.counts().reserved, 2U);
  ASSERT_EQ(reading.complaints.size(), 6U);
  EXPECT_EQ(reading.complaints[0].rfind("file:2: \"20.0.0\"", 0), 0U);
  EXPECT_EQ(reading.complaints[5].rfind("file:7: 224.0.0.1", 0), 0U);
}

TEST(TargetList, complains_ten_times_and_counts_on) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "junk\n";
  Reading reading{text};
  EXPECT_EQ(reading.complaints.size(), TargetList::complaints_max);
  EXPECT_EQ(reading.list.counts().malformed, 1000U);
}

TEST(TargetList, takes_reserved_addresses_only_when_asked) {
  EXPECT_EQ((Reading{"10.1.2.3\n", {.allow_reserved = true}}).list.size(), 1U);
}

TEST(TargetList, marks_what_the_block_list_names_and_keeps_its_place) {
  std::istringstream text{"20.9.0.0/16\n"};
  BlockList blocked;
  blocked.read(text, "blocked");
  Reading reading{"20.9.1.1\n20.8.1.1\n20.9.1.1\n", {.block_list = &blocked}};
  EXPECT_EQ(reading.list.size(), 2U);
  EXPECT_TRUE(reading.list.was_blocked(0));
  EXPECT_FALSE(reading.list.was_blocked(1));
  EXPECT_EQ(reading.list.counts().accepted, 1U);
  EXPECT_EQ(reading.list.counts().blocked, 1U);
  EXPECT_EQ(reading.list.counts().duplicates, 1U);
  EXPECT_EQ(reading.list.counts().failures(), 0U);
  EXPECT_EQ(reading.list.digest(), Reading{"20.9.1.1\n20.8.1.1\n"}.list.digest()) << "a campaign may go on";
}

TEST(TargetList, refuses_binary_data) { EXPECT_THROW(Reading{std::string("20.0.0.1\n\x12\x05\0\x01\n", 14)}, Failure); }

TEST(TargetList, stops_reading_when_told) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "20." + std::to_string(i >> 8) + ".0.1\n";
  int asked = 0;
  const Reading reading{text, {.stopped = [&asked] { return ++asked == 2; }}};
  EXPECT_EQ(asked, 2);
  EXPECT_LT(reading.list.counts().accepted + reading.list.counts().malformed, 3000U);
}

TEST(TargetList, survives_lines_without_an_end) {
  Reading reading{std::string(3'000'000, '7')};
  EXPECT_EQ(reading.list.size(), 0U);
  EXPECT_EQ(reading.list.counts().malformed, 1U);
}

TEST(TargetList, survives_random_text) {
  Prng prng{11};
  constexpr std::string_view alphabet = "0123456789..::\n\n #/-x\r\t";
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 500; ++i) text += alphabet[prng.below(alphabet.size())];
    Reading reading{text};
    EXPECT_EQ(reading.list.counts().accepted, reading.list.size());
  }
}

TEST(TargetList, agrees_with_a_set_about_many_addresses) {
  Prng prng{7};
  TargetList list{{.allow_reserved = true}};
  std::set<std::string> expected;
  for (int i = 0; i < 20'000; ++i) {
    const auto text = "20.0." + std::to_string(prng.below(64)) + "." + std::to_string(prng.below(256));
    list.add(text, "x");
    expected.insert(text);
  }
  EXPECT_EQ(list.size(), expected.size());
  EXPECT_EQ(list.counts().duplicates, 20'000U - expected.size());
}

TEST(TargetList, digest_depends_on_members_and_order) {
  EXPECT_EQ(Reading{"20.0.0.1\n20.0.0.2\n"}.list.digest(), Reading{"#x\n20.0.0.1\n20.0.0.2\n"}.list.digest());
  EXPECT_NE(Reading{"20.0.0.1\n20.0.0.2\n"}.list.digest(), Reading{"20.0.0.2\n20.0.0.1\n"}.list.digest());
  EXPECT_NE(Reading{"20.0.0.1\n"}.list.digest(), Reading{"20.0.0.1\n20.0.0.2\n"}.list.digest());
}

TEST(TargetList, missing_files_and_directories_are_usage_errors) {
  TargetList list{{}};
  for (const auto* path : {"/nonexistent/file", "/tmp"}) {
    try {
      list.read_file(path);
      FAIL() << path;
    } catch (const Failure& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_input);
      EXPECT_NE(std::string{error.what()}.find(path), std::string::npos);
    }
  }
}

TEST(TargetSource, numbers_destinations_by_their_place_in_the_list_in_every_order) {
  Reading reading{"20.0.0.1\n20.0.0.2\n20.0.0.3\n20.0.0.4\n20.0.0.5\n"};
  for (const auto order : {TargetOrder::random, TargetOrder::input}) {
    TargetSource source{reading.list, order, 9, {}};
    std::set<std::uint32_t> ids;
    while (const auto request = source.next()) {
      EXPECT_EQ(request->destination, reading.list.at(request->user_id - 1));
      EXPECT_TRUE(ids.insert(request->user_id).second);
    }
    EXPECT_EQ(ids.size(), 5U);
  }
}

TEST(TargetSource, passes_over_what_an_earlier_run_finished) {
  Reading reading{"20.0.0.1\n20.0.0.2\n20.0.0.3\n"};
  TargetSource source{reading.list, TargetOrder::input, 0, {.is_done = [](std::uint64_t index) { return index != 1; }}};
  EXPECT_EQ(source.next()->user_id, 2U);
  EXPECT_FALSE(source.next().has_value());
  EXPECT_EQ(source.skipped(), 2U);
}

TEST(TargetSource, asks_the_block_list_anew_for_every_destination_it_comes_to) {
  std::istringstream first{"20.0.0.1\n20.0.0.4\n20.0.0.6\n"};
  BlockList list;
  list.read(first, "first");
  Reading reading{"20.0.0.1\n20.0.0.2\n20.0.0.3\n20.0.0.4\n20.0.0.5\n20.0.0.6\n", {.block_list = &list}};
  // The last one is finished and blocked: finished is what counts.
  TargetSource source{reading.list,
                      TargetOrder::input,
                      0,
                      {.is_done = [](std::uint64_t index) { return index == 5; },
                       .is_blocked = [&list](const wire::IpAddress& address) { return list.contains(address); }}};
  EXPECT_EQ(source.blocked(), 3U);
  EXPECT_EQ(source.next()->user_id, 2U);
  std::istringstream second{"20.0.0.1\n20.0.0.3\n"};
  list = {};
  list.read(second, "second");
  EXPECT_EQ(source.next()->user_id, 4U) << "no longer blocked";
  EXPECT_EQ(source.next()->user_id, 5U);
  EXPECT_FALSE(source.next().has_value());
  EXPECT_EQ(source.blocked(), 2U);
  EXPECT_EQ(source.blocked_later(), 1U);
  EXPECT_EQ(source.skipped(), 1U);
}

}  // namespace
}  // namespace utnt::apps
