// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/event_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace utnt::fleet {
namespace {

using Strings = std::vector<std::string>;

std::string complaint(std::string_view line) {
  try {
    (void)parse_trigger(line);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "";
}

TEST(Trigger, IsAJsonObjectWithAllThatAnEventCanAskFor) {
  const auto trigger = parse_trigger(
      R"({"event":7,"targets":["192.0.2.1","2001:DB8::1"],"nodes":"tag:eu or paris","count":2,"priority":-3,)"
      R"("start_by":10,"finish_by":"1.5min","variant":"unikernel","tender":"qemu","options":"rules=tnt pps=10"})"
      "\r\n");
  EXPECT_EQ(trigger.event, 7U);
  const EventSpec expected{.targets = {"192.0.2.1", "2001:db8::1"},
                           .nodes = "tag:eu or paris",
                           .count = 2,
                           .priority = -3,
                           .start_by = 10_s,
                           .finish_by = 90_s,
                           .variant = Variant::unikernel,
                           .tender = "qemu",
                           .options = "rules=tnt pps=10"};
  EXPECT_EQ(trigger.what, expected);
}

TEST(Trigger, MayLeaveEverythingToTheCampaign) {
  EXPECT_EQ(parse_trigger("{}").what, EventSpec{});
  EXPECT_EQ(parse_trigger("{}").event, std::nullopt);
  EXPECT_EQ(parse_trigger(R"({"count":"all"})").what.count, std::nullopt);
}

TEST(Trigger, MayBeTheWordsOfAnEventList) {
  const auto trigger = parse_trigger(" targets=192.0.2.1  options=\"rules=tnt pps=10\"\n");
  EXPECT_EQ(trigger.what.targets, Strings{"192.0.2.1"});
  EXPECT_EQ(trigger.what.options, "rules=tnt pps=10");
}

TEST(Trigger, ThatIsWrongNamesTheFieldAndWhatWasExpected) {
  const std::pair<std::string, std::string> cases[]{
      {"", "trigger: expected a JSON object, or words"},
      {"{", "trigger: expected one JSON object"},
      {"[]", "word: expected targets="},
      {R"({"target":["192.0.2.1"]})", "line: expected only known fields, found 'target'"},
      {R"({"targets":"192.0.2.1"})", "targets: expected an array of strings"},
      {R"({"targets":["192.0.2.x"]})", "targets: expected addresses"},
      {R"({"targets":["192.0.2.1","192.0.2.1"]})", "targets: expected every address once"},
      {R"({"nodes":["a"]})", "nodes: expected a string"},
      {R"({"nodes":""})", "nodes: expected an expression"},
      {R"({"count":0})", "count: expected a number from 1 to 10000"},
      {R"({"count":1.5})", "count: expected a number from 1 to 10000"},
      {R"({"count":"some"})", "count: expected a number from 1 to 10000"},
      {R"({"priority":101})", "priority: expected a whole number from -100 to 100"},
      {R"({"priority":18446744073709551615})", "priority: expected a whole number"},
      {R"({"priority":"high"})", "priority: expected a whole number"},
      {R"({"start_by":-1})", "start_by: expected a whole number"},
      {R"({"start_by":0})", "start_by: expected a time after the event"},
      {R"({"finish_by":"later"})", "finish_by: expected a time after the event"},
      {R"({"start_by":9,"finish_by":8})", "finish-by: expected a time after start-by"},
      {R"({"variant":"jail"})", "variant: expected unikernel, container or vm"},
      {R"({"variant":"vm","tender":"qemu"})", "tender: expected none"},
      {R"({"options":"a\nb"})", "options: expected at most 2048 printable characters"},
      {R"({"event":-1})", "event: expected a whole number"},
      {R"({"event":1,"event":2})", "event: expected it once"},
      {"targets=192.0.2.1 targets=192.0.2.2", "word: expected every key once"},
      {std::string(trigger_text_max + 1, ' '), "trigger: expected at most 64 KiB"},
  };
  for (const auto& [line, expected] : cases) EXPECT_THAT(complaint(line), testing::StartsWith(expected)) << line;
}

}  // namespace
}  // namespace utnt::fleet
