// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/event_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

EventList read(std::string_view text) { return parse_event_list(text, "list"); }

std::string complaint(std::string_view text) {
  try {
    (void)read(text);
  } catch (const EventListError& problem) {
    return problem.what();
  }
  return "";
}

std::string file(const std::string& path) {
  std::ifstream in{std::string{UTNT_SOURCE_DIR} + "/" + path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(EventList, OfThePaperHas59EventsAndLacksSecond44) {
  const auto list = read(paper_event_list(false));
  ASSERT_EQ(list.events.size(), 59U);
  EXPECT_EQ(list.events.front().at, 1_s);
  EXPECT_EQ(list.events.back().at, 60_s);
  ASSERT_EQ(list.gaps.size(), 1U);
  EXPECT_EQ(gap_text(list.gaps[0]), "44 s");
  EXPECT_EQ(read(paper_event_list(true)).events.size(), 60U);
  EXPECT_TRUE(read(paper_event_list(true)).gaps.empty());
}

TEST(EventList, OfThePaperIsTheOneAmongTheExamples) {
  EXPECT_EQ(file("examples/fleet/paper.events"), paper_event_list(false));
  EXPECT_EQ(file("examples/fleet/paper-full.events"), paper_event_list(true));
}

TEST(EventList, OfTheReferenceReadsAsItSays) {
  const auto page = file("docs/reference/fleet.md");
  const auto begin = page.find("```\nexpect 605") + 4;
  const auto list = read(page.substr(begin, page.find("```", begin) - begin));
  EXPECT_EQ(list.events.size(), 605U);
  EXPECT_EQ(list.schedules.size(), 1U);
  const auto trigger = page.find("{\"targets\": [");
  EXPECT_EQ(parse_trigger(page.substr(trigger, page.find('\n', trigger) - trigger)).what.count, 2U);
}

TEST(EventList, TakesTimesWordsCommentsAndCarriageReturns) {
  const auto list = read(
      "# a comment\r\n"
      "\r\n"
      "1\r\n"
      "  2.5s targets=192.0.2.1,2001:DB8::1 nodes=\"tag:eu or paris\" count=all priority=-5 start-by=10 finish-by=2min "
      "# "
      "why\r\n"
      "2.5 variant=vm\r\n"
      "3 tender=qemu");
  ASSERT_EQ(list.events.size(), 4U);
  EXPECT_EQ(list.events[0].what, EventSpec{});
  const auto& second = list.events[1];
  EXPECT_EQ(second.number, 2U);
  EXPECT_EQ(second.line, 4U);
  EXPECT_EQ(second.at, 2'500_ms);
  EXPECT_EQ(second.what.targets, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(second.what.nodes, "tag:eu or paris");
  EXPECT_EQ(second.what.count, std::nullopt);
  EXPECT_EQ(second.what.priority, -5);
  EXPECT_EQ(second.what.start_by, 10_s);
  EXPECT_EQ(second.what.finish_by, 120_s);
  EXPECT_EQ(list.events[2].what.variant, Variant::vm);
  EXPECT_EQ(list.events[3].what.tender, "qemu");
}

TEST(EventList, TurnsARateIntoEvents) {
  const auto list = read("rate 10/s for 60s");
  ASSERT_EQ(list.events.size(), 600U);
  EXPECT_EQ(list.events[0].at, 0_s);
  EXPECT_EQ(list.events[1].at, 100_ms);
  EXPECT_EQ(list.events[599].at, 59'900_ms);
  const auto thirds = read("rate 3/min for 2min from 5s nodes=a");
  ASSERT_EQ(thirds.events.size(), 6U);
  EXPECT_EQ(thirds.events[5].at, 105_s);
  EXPECT_EQ(thirds.events[5].what.nodes, "a");
  EXPECT_EQ(read("rate 7/h for 1h").events.size(), 7U);
}

TEST(EventList, SortsRatesAmongTimesAndNumbersThemInThatOrder) {
  const auto list = read("rate 1/s for 3s from 1s\n2\n");
  ASSERT_EQ(list.events.size(), 4U);
  EXPECT_EQ(list.events[1].line, 1U);
  EXPECT_EQ(list.events[2].line, 2U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(list.events[i].number, i + 1);
}

TEST(EventList, KeepsSchedules) {
  const auto list = read("schedule */5 * * * * count=3\n");
  ASSERT_EQ(list.schedules.size(), 1U);
  EXPECT_EQ(list.schedules[0].schedule.text(), "*/5 * * * *");
  EXPECT_EQ(list.schedules[0].what.count, 3U);
}

TEST(EventList, ThatIsWrongNamesFileLineFieldAndWhatWasExpected) {
  const std::pair<std::string, std::string> cases[]{
      {"", "list: list: expected at least one event"},
      {"# nothing\n\n", "list: list: expected at least one event"},
      {"1\ntwo\n", "list:2: time: expected seconds"},
      {"1\n-2\n", "list:2: time: expected seconds"},
      {"5\n4\n", "list:2: time: expected one not before the line above, 5, found '4'"},
      {"1 colour=red", "list:1: word: expected targets="},
      {"1 targets=1.2.3", "list:1: targets: expected addresses"},
      {"1 targets=", "list:1: targets: expected addresses"},
      {"1 targets=1.2.3.4,1.2.3.4", "list:1: targets: expected every address once"},
      {"1 nodes=", "list:1: nodes: expected an expression"},
      {"1 nodes=\"all", "list:1: word: expected a closing quote"},
      {"1 count=0", "list:1: count: expected a number from 1"},
      {"1 count=many", "list:1: count: expected a number from 1"},
      {"1 priority=101", "list:1: priority: expected a number from -100 to 100"},
      {"1 priority=1 priority=2", "list:1: word: expected every key once"},
      {"1 start-by=0", "list:1: start-by: expected a time after the event"},
      {"1 finish-by=soon", "list:1: finish-by: expected a time after the event"},
      {"1 start-by=10 finish-by=10", "list:1: finish-by: expected a time after start-by"},
      {"1 variant=jail", "list:1: variant: expected unikernel, container or vm"},
      {"1 tender=xen", "list:1: tender: expected process, qemu or firecracker"},
      {"1 variant=vm tender=qemu", "list:1: tender: expected none"},
      {"rate", "list:1: rate: expected N/s for TIME"},
      {"rate 10 for 60s", "list:1: rate: expected a number"},
      {"rate 10/5s for 60s", "list:1: rate: expected a number"},
      {"rate 0/s for 60s", "list:1: rate: expected a number from 1"},
      {"rate 10/s for ever", "list:1: for: expected a time"},
      {"rate 10/s for 1s from then", "list:1: from: expected a time"},
      {"rate 1000000/s for 2s", "list:1: list: expected at most 200000 events"},
      {"schedule * * * *", "list:1: schedule: expected five fields"},
      {"schedule 61 * * * *", "list:1: minute: expected"},
      {"expect", "list:1: expect: expected the number of events"},
      {"expect 3\n1\n2\n", "list:1: expect: expected 3 events, found '2'"},
      {"expect 1\n1\nexpect 1\n", "list:3: expect: expected it once"},
      {std::string{"1\n\x00\xff\x01", 5}, "list:2: time: expected seconds"},
  };
  for (const auto& [text, expected] : cases) EXPECT_THAT(complaint(text), testing::StartsWith(expected)) << text;
}

TEST(EventList, ReportsGapsOnlyOfListsThatAreOtherwiseEven) {
  EXPECT_TRUE(read("1\n2\n7\n11\n").gaps.empty());
  EXPECT_TRUE(read("5\n").gaps.empty());
  EXPECT_TRUE(read("1\n1\n1\n5\n").gaps.empty());
  const auto gaps = read("0\n10\n20\n30\n100\n110\n125\n").gaps;
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].missing, 6U);
  EXPECT_EQ(gap_text(gaps[0]), "6 times between 30 s and 100 s");
}

PROPERTY("any text is an event list or an error that names its line", prng) {
  std::string text = "1 targets=192.0.2.1 nodes=tag:eu\nrate 2/s for 3s\nschedule */5 * * * *\n9 count=all\nexpect 8\n";
  for (auto i = 1 + prng.below(4); i > 0; --i) text[prng.below(text.size())] = static_cast<char>(prng.below(256));
  try {
    const auto list = read(text);
    EXPECT_FALSE(list.events.empty() && list.schedules.empty());
    for (std::size_t i = 1; i < list.events.size(); ++i) EXPECT_LE(list.events[i - 1].at, list.events[i].at);
  } catch (const EventListError& problem) {
    EXPECT_THAT(problem.what(), testing::MatchesRegex("list:[0-9]+: .*")) << text;
  }
}

}  // namespace
}  // namespace utnt::fleet
