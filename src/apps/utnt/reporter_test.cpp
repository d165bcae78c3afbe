// SPDX-License-Identifier: BSD-2-Clause
// What goes to standard error, in each style.
#include "apps/utnt/reporter.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace utnt::apps {
namespace {

SummaryFacts some_facts() {
  SummaryFacts facts;
  facts.traces = 8;
  facts.traces_before = 1;
  facts.traces_total = 10;
  facts.seconds = 2.5;
  facts.counters.probes_sent = 200;
  facts.counters.replies = 150;
  facts.targets.accepted = 10;
  facts.targets.malformed = 3;
  facts.output = "out \"x\".jsonl";
  return facts;
}

TEST(Reporter, writes_times_as_people_say_them) {
  EXPECT_EQ(time_text(0.4), "0s");
  EXPECT_EQ(time_text(59.9), "59s");
  EXPECT_EQ(time_text(61), "1m01s");
  EXPECT_EQ(time_text(3600 + 120), "1h02m");
  EXPECT_EQ(time_text(-1), "0s");
}

TEST(Reporter, says_nothing_but_warnings_when_quiet) {
  ::testing::internal::CaptureStderr();
  Reporter reporter{"utnt trace", ReportStyle::quiet};
  reporter.progress(1, 2, {}, Instant{});
  reporter.summary(some_facts());
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ::testing::internal::CaptureStderr();
  reporter.warn("careful");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "utnt trace: careful\n");
}

TEST(Reporter, counts_what_was_left_out_and_what_was_not_answered) {
  ::testing::internal::CaptureStderr();
  Reporter{"utnt trace", ReportStyle::plain}.summary(some_facts());
  const auto text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("9 of 10 destinations"), std::string::npos) << text;
  EXPECT_NE(text.find("25.0 % unanswered"), std::string::npos) << text;
  EXPECT_NE(text.find("left out: 3 malformed"), std::string::npos) << text;
}

TEST(Reporter, writes_one_json_object_a_line) {
  ::testing::internal::CaptureStderr();
  Reporter reporter{"utnt trace", ReportStyle::json};
  reporter.warn("a \"quoted\" line\nand a byte \xff");
  reporter.summary(some_facts());
  std::istringstream lines{::testing::internal::GetCapturedStderr()};
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(nlohmann::json::parse(line).at("type"), "warning");
  ASSERT_TRUE(std::getline(lines, line));
  const auto summary = nlohmann::json::parse(line);
  EXPECT_EQ(summary.at("type"), "summary");
  EXPECT_EQ(summary.at("unanswered_percent"), 25.0);
  EXPECT_EQ(summary.at("targets").at("malformed"), 3);
  EXPECT_EQ(summary.at("output"), "out \"x\".jsonl");
  EXPECT_FALSE(std::getline(lines, line));
}

}  // namespace
}  // namespace utnt::apps
