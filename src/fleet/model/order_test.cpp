// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using nlohmann::json;

Order sample() {
  Order order;
  order.campaign = "paper";
  order.event = 7;
  order.part = 2;
  order.tender = "process";
  order.image = std::string(63, '0') + "1";
  order.options = "rules=utnt pps=100";
  order.targets = {"20.0.8.2", "2001:db8::1"};
  order.id = order_id(order);
  return order;
}

std::string complaint_about(const std::string& text) {
  try {
    (void)parse_order(text);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "";
}

/// The complaint about the sample with one change.
std::string complaint(const std::function<void(json&)>& change) {
  auto object = json::parse(order_text(sample()));
  change(object);
  return complaint_about(object.dump());
}

TEST(Order, HasTheIdentityThatAnotherProgramComputes) {
  // Python: hashlib.sha256(b"12:utnt-order-1,5:paper,9:unikernel,7:process,...").hexdigest()[:32]
  EXPECT_EQ(order_id(sample()), "1bfcf029a94d3007018257b5dda6575c");
}

TEST(Order, OfTheReferenceHasTheIdentityThatItsPythonPrints) {
  auto order = sample();
  order.targets = {"20.0.8.2"};
  EXPECT_EQ(order_id(order), "b9ed72df7eeddeaad8f9cd7f74d1a0a3");
}

TEST(Order, HasAnotherIdentityWhenAnyOfItsContentChanges) {
  const std::vector<std::function<void(Order&)>> changes{[](Order& o) { o.campaign = "pape"; },
                                                         [](Order& o) { o.event = 8; },
                                                         [](Order& o) { o.part = 3; },
                                                         [](Order& o) { o.variant = Variant::vm; },
                                                         [](Order& o) { o.tender = "qemu"; },
                                                         [](Order& o) { o.image[0] = '1'; },
                                                         [](Order& o) { o.options += ' '; },
                                                         [](Order& o) { o.targets.pop_back(); },
                                                         [](Order& o) { o.limits.pps = 101; },
                                                         [](Order& o) { o.limits.memory_bytes += 1; },
                                                         [](Order& o) { o.limits.cpu_percent = 1; },
                                                         [](Order& o) { o.limits.seconds = 1; },
                                                         [](Order& o) { o.limits.result_bytes -= 1; }};
  std::set<std::string> identities{order_id(sample())};
  for (const auto& change : changes) {
    auto order = sample();
    change(order);
    identities.insert(order_id(order));
  }
  EXPECT_EQ(identities.size(), changes.size() + 1);
}

TEST(Order, KeepsItsIdentityWhenOnlyTheDeadManTimerChanges) {
  auto order = sample();
  order.dead_man_seconds = 5;
  EXPECT_EQ(order_id(order), sample().id);
}

TEST(Order, ComesBackFromItsText) {
  EXPECT_EQ(parse_order(order_text(sample())), sample());
  auto other = sample();
  other.variant = Variant::container;
  other.tender.clear();
  other.options = R"(quotes " and \ backslashes)";
  other.limits = {.pps = 1, .memory_bytes = 1 << 20, .cpu_percent = 250, .seconds = 9, .result_bytes = 1 << 20};
  other.dead_man_seconds = 1;
  other.id = order_id(other);
  EXPECT_EQ(parse_order(order_text(other)), other);
}

PROPERTY("an order cut or bent anywhere is either the same or refused", prng) {
  auto text = order_text(sample());
  for (auto i = prng.below(3) + 1; i > 0; --i) {
    const auto at = prng.below(text.size());
    if (prng.chance(1, 4))
      text.resize(at + 1);
    else
      text[at] = static_cast<char>(prng.below(256));
    if (text.empty()) break;
  }
  try {
    auto order = parse_order(text);
    order.dead_man_seconds = sample().dead_man_seconds;
    EXPECT_EQ(order, sample());
  } catch (const std::invalid_argument& problem) {
    EXPECT_STRNE(problem.what(), "");
  }
}

TEST(Order, WithAFieldMissingNamesIt) {
  const auto whole = json::parse(order_text(sample()));
  for (const auto& [name, value] : whole.items()) {
    auto object = whole;
    object.erase(name);
    EXPECT_THAT(complaint_about(object.dump()), testing::StartsWith(name)) << name;
  }
}

TEST(Order, WithAnUnknownFieldNamesIt) {
  EXPECT_THAT(complaint([](json& o) { o["shell"] = "rm"; }), testing::HasSubstr("shell"));
  EXPECT_THAT(complaint([](json& o) { o["limits"]["pp"] = 1; }), testing::HasSubstr("'pp'"));
}

TEST(Order, WithAWrongFieldNamesItAndWhatIsExpected) {
  const std::vector<std::pair<std::string, std::function<void(json&)>>> cases{
      {"campaign: expected 1 to 64 letters", [](json& o) { o["campaign"] = "a b"; }},
      {"campaign: expected 1 to 64 letters", [](json& o) { o["campaign"] = ""; }},
      {"campaign: expected a string", [](json& o) { o["campaign"] = 5; }},
      {"event: expected a whole number", [](json& o) { o["event"] = -1; }},
      {"event: expected a whole number", [](json& o) { o["event"] = 1.5; }},
      {"part: expected a whole number from 0 to 4294967295", [](json& o) { o["part"] = 1ULL << 32; }},
      {"variant: expected unikernel, container or vm", [](json& o) { o["variant"] = "jail"; }},
      {"tender: expected process, qemu or firecracker", [](json& o) { o["tender"] = "xen"; }},
      {"tender: expected none", [](json& o) { o["variant"] = "vm"; }},
      {"image: expected 64", [](json& o) { o["image"] = std::string(64, 'G'); }},
      {"image: expected 64", [](json& o) { o["image"] = std::string(64, 'A'); }},
      {"options: expected at most 2048 printable", [](json& o) { o["options"] = "a\nb"; }},
      {"options: expected at most 2048 printable", [](json& o) { o["options"] = std::string(2'049, 'x'); }},
      {"targets: expected 1 to 10000", [](json& o) { o["targets"] = json::array(); }},
      {"targets: expected an array", [](json& o) { o["targets"] = "20.0.8.2"; }},
      {"targets: expected an array", [](json& o) { o["targets"] = {7}; }},
      {"targets: expected addresses in canonical", [](json& o) { o["targets"] = {"20.0.8.256"}; }},
      {"targets: expected addresses in canonical", [](json& o) { o["targets"] = {"2001:DB8::1"}; }},
      {"targets: expected every address once",
       [](json& o) {
         o["targets"] = {"1.2.3.4", "1.2.3.4"};
       }},
      {"limits.pps: expected a number from 1 to 100000", [](json& o) { o["limits"]["pps"] = 0; }},
      {"limits.memory_bytes: expected a number", [](json& o) { o["limits"]["memory_bytes"] = 1; }},
      {"limits.cpu_percent: expected a number", [](json& o) { o["limits"]["cpu_percent"] = 10'001; }},
      {"limits.seconds: expected a number from 1 to 86400", [](json& o) { o["limits"]["seconds"] = 86'401; }},
      {"limits.result_bytes: expected a number", [](json& o) { o["limits"]["result_bytes"] = 0; }},
      {"limits: expected a JSON object", [](json& o) { o["limits"] = json::array(); }},
      {"dead_man_seconds: expected a number from 1", [](json& o) { o["dead_man_seconds"] = 0; }},
      {"id: expected the hash", [](json& o) { o["id"] = std::string(32, '0'); }},
      {"id: expected the hash", [](json& o) { o["event"] = 8; }},
  };
  for (const auto& [expected, change] : cases) EXPECT_THAT(complaint(change), testing::StartsWith(expected));
}

TEST(Order, ThatIsNoJsonIsRefused) {
  EXPECT_THAT(complaint_about(""), testing::StartsWith("order: expected one JSON object"));
  EXPECT_THAT(complaint_about("{\"id\":"), testing::StartsWith("order: expected one JSON object"));
  EXPECT_THAT(complaint_about("[1]"), testing::HasSubstr("a JSON object"));
  EXPECT_THAT(complaint_about(order_text(sample()) + "x"), testing::StartsWith("order: expected one JSON object"));
  EXPECT_THAT(complaint_about(R"({"id":"a","id":"b"})"), testing::StartsWith("id: expected it once"));
  EXPECT_THAT(complaint_about(std::string(100'000, '[')), testing::HasSubstr("at most 16 levels"));
  EXPECT_THAT(complaint_about(std::string(order_text_max + 1, ' ')), testing::HasSubstr("1 MiB"));
}

TEST(Order, OfTheLargestSizeFitsIntoAMessage) {
  auto order = sample();
  order.targets.clear();
  for (unsigned i = 0; i < order_targets_max; ++i) {
    char text[64];
    std::snprintf(text, sizeof text, "2001:1111:2222:3333:4444:5555:6666:%x", 0x1000 + i);
    order.targets.emplace_back(text);
  }
  order.options = std::string(order_options_max, '"');
  order.id = order_id(order);
  EXPECT_LE(order_text(order).size(), order_text_max);
  EXPECT_EQ(parse_order(order_text(order)), order);
}

}  // namespace
}  // namespace utnt::fleet
