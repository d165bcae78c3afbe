// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/selection.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

const std::vector<Selectable> fleet{{"paris-1", {"eu", "fr"}},
                                    {"paris-2", {"eu", "fr", "slow"}},
                                    {"berlin", {"eu", "de"}},
                                    {"boston", {"us"}},
                                    {"orly", {}}};

std::vector<std::string> matched(std::string_view text) {
  const auto expression = NodeExpression::parse(text);
  std::vector<std::string> names;
  for (const auto& node : fleet)
    if (expression.matches(node)) names.push_back(node.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(NodeExpression, SelectsByNameTagAndAll) {
  EXPECT_EQ(matched("all").size(), fleet.size());
  EXPECT_EQ(matched("berlin"), (Names{"berlin"}));
  EXPECT_EQ(matched("tag:fr"), (Names{"paris-1", "paris-2"}));
  EXPECT_EQ(matched("tag:mars"), Names{});
  EXPECT_EQ(matched("nobody"), Names{});
}

TEST(NodeExpression, JoinsTermsAndLetsNotBindClosest) {
  EXPECT_EQ(matched("tag:eu and not tag:slow"), (Names{"paris-1", "berlin"}));
  EXPECT_EQ(matched("boston or tag:eu and tag:de"), (Names{"berlin", "boston"}));
  EXPECT_EQ(matched("(boston or tag:eu) and tag:de"), (Names{"berlin"}));
  EXPECT_EQ(matched("not not tag:us"), (Names{"boston"}));
  EXPECT_EQ(matched("not (tag:eu or tag:us)"), (Names{"orly"}));
  EXPECT_EQ(matched("  tag:eu\tand(tag:fr)  "), (Names{"paris-1", "paris-2"}));
}

TEST(NodeExpression, TakesNamesThatBeginLikeItsWords) {
  EXPECT_EQ(matched("orly"), (Names{"orly"}));
  EXPECT_EQ(matched("not orly and not tag:eu"), (Names{"boston"}));
}

TEST(NodeExpression, LetsAStarStandForAnything) {
  EXPECT_EQ(matched("paris-*"), (Names{"paris-1", "paris-2"}));
  EXPECT_EQ(matched("*"), matched("all"));
  EXPECT_EQ(matched("b*o*n"), (Names{"boston"}));
  EXPECT_EQ(matched("b*"), (Names{"berlin", "boston"}));
  EXPECT_EQ(matched("*-*1"), (Names{"paris-1"}));
  EXPECT_EQ(matched("tag:*s"), (Names{"boston"}));
}

TEST(NodeExpression, TellsTheNamesThatItMentions) {
  EXPECT_EQ(NodeExpression::parse("a or not b and tag:c and d* or all").names(), (Names{"a", "b"}));
}

TEST(NodeExpression, NamesTheColumnOfAMistakeAndWhatWasExpected) {
  const auto complaint = [](std::string_view text) -> std::string {
    try {
      NodeExpression::parse(text);
    } catch (const std::invalid_argument& problem) {
      return problem.what();
    }
    return "nothing";
  };
  const std::vector<std::pair<const char*, const char*>> mistakes{
      {"", "column 1: expected a name"},       {"tag:eu and", "column 11: expected a name"},
      {"and tag:eu", "column 1: expected"},    {"(tag:eu", "column 8: expected ')', found 'the end'"},
      {"tag:eu)", "column 7: expected 'and'"}, {"tag:eu tag:us", "column 8: expected 'and'"},
      {"tag:", "column 1: expected"},          {"a & b", "column 3: expected 'and'"},
      {"group:eu", "column 1: expected"},      {"tag:a:b", "column 1: expected"},
      {"not", "column 4: expected a name"},    {"a;rm -rf", "column 2: expected 'and'"},
  };
  for (const auto& [text, expected] : mistakes)
    EXPECT_NE(complaint(text).find(expected), std::string::npos) << text << ": " << complaint(text);
  EXPECT_NE(complaint(std::string(100, '(') + "a" + std::string(100, ')')), "nothing");
  EXPECT_NE(complaint(std::string(5'000, 'a')), "nothing");
}

TEST(CandidateLists, AreOneForEachNodeWithoutACount) {
  const auto lists = candidate_lists(fleet, NodeExpression::parse("tag:eu"), std::nullopt, 7);
  EXPECT_EQ(lists, (std::vector<Names>{{"paris-1"}, {"paris-2"}, {"berlin"}}));
}

TEST(CandidateLists, ShareNoNodeAndGiveTheRestAsAlternatives) {
  const auto lists = candidate_lists(fleet, NodeExpression::parse("all"), 2, 0);
  EXPECT_EQ(lists, (std::vector<Names>{{"paris-1", "berlin", "orly"}, {"paris-2", "boston"}}));
}

TEST(CandidateLists, BeginAtAnotherNodeForEachEvent) {
  const auto expression = NodeExpression::parse("all");
  std::set<std::string> first;
  for (std::uint64_t turn = 1; turn <= 5; ++turn) first.insert(candidate_lists(fleet, expression, 1, turn).at(0).at(0));
  EXPECT_EQ(first.size(), 5U);
}

TEST(CandidateLists, AreEmptyWhereNoNodeIsLeft) {
  const auto lists = candidate_lists(fleet, NodeExpression::parse("tag:fr"), 3, 0);
  ASSERT_EQ(lists.size(), 3U);
  EXPECT_EQ(lists.at(2), Names{});
  EXPECT_EQ(candidate_lists(fleet, NodeExpression::parse("tag:mars"), 2, 1), (std::vector<Names>(2)));
  EXPECT_TRUE(candidate_lists(fleet, NodeExpression::parse("tag:mars"), std::nullopt, 1).empty());
}

PROPERTY("candidate lists hold every fitting node once and no other", prng) {
  std::vector<Selectable> nodes;
  for (std::uint64_t i = prng.below(30); i > 0; --i)
    nodes.push_back({"n" + std::to_string(i), prng.chance(1, 2) ? Names{"eu"} : Names{}});
  const auto count = static_cast<std::uint32_t>(1 + prng.below(8));
  std::multiset<std::string> expected, found;
  for (const auto& node : nodes)
    if (!node.tags.empty()) expected.insert(node.name);
  const auto lists = candidate_lists(nodes, NodeExpression::parse("tag:eu"), count, prng.next());
  for (const auto& list : lists) found.insert(list.begin(), list.end());
  EXPECT_EQ(lists.size(), count);
  EXPECT_EQ(found, expected);
  for (const auto& list : lists) EXPECT_LE(list.size(), lists.front().size()) << "the alternatives are shared evenly";
}

PROPERTY("an expression of any characters is parsed or refused with its column", prng) {
  constexpr std::string_view pieces[] = {
      "and", "or", "not", "all", "(", ")", "tag:", "tag:eu", "a*", " ", "\t", "&", "\xff", ":"};
  std::string text;
  for (std::uint64_t i = prng.below(20); i > 0; --i)
    text += std::string{pieces[prng.below(std::size(pieces))]} + (prng.chance(1, 2) ? " " : "");
  try {
    static_cast<void>(NodeExpression::parse(text).matches(fleet.front()));
  } catch (const std::invalid_argument& problem) {
    EXPECT_NE(std::string_view{problem.what()}.find("column"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace utnt::fleet
