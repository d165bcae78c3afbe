// SPDX-License-Identifier: BSD-2-Clause
// A controller at a node where another one is, or comes: what people are told, and who gives way.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "fleet/controller/controller.hpp"
#include "fleet/controller/other_controller.hpp"
#include "fleet/transport/stream_link.hpp"
#include "os_linux/clock.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::json;
using os_linux::monotonic_now;
constexpr Duration ms{1'000'000}, patience{5'000'000'000};

class Witness final : public Observer {
 public:
  std::vector<std::string> alerts;
  std::vector<NodeTrouble> troubles;
  int ups{0};
  void node_up(const std::string&, const std::string&) override { ++ups; }
  void node_down(const std::string&, const std::string&) override {}
  void node_trouble(const std::string&, const NodeTrouble& trouble) override { troubles.push_back(trouble); }
  void job_changed(const JobRecord&) override {}
  void progress(const std::string&, const std::string&, const std::string&, std::uint64_t) override {}
  void result_stored(const std::string&, const NewResult&, StoredAs) override {}
  void alert(const std::string&, const std::string& text) override { alerts.push_back(text); }
};

class NodeOfTwoControllers : public testing::Test {
 protected:
  std::unique_ptr<Link> connect() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return nullptr;
    agent = std::make_unique<StreamLink>(os_linux::UniqueFd{ends[1]});
    heard.clear();
    ++connections;
    return std::make_unique<StreamLink>(os_linux::UniqueFd{ends[0]});
  }
  void turn() {
    controller.turn(ms * 2, {});
    while (agent) {
      auto message = agent->receive();
      if (!message) break;
      heard.push_back(std::move(*message));
    }
  }
  template <class State>
  bool comes_to(const State& state) {
    for (const auto end = monotonic_now() + patience; !state() && monotonic_now() < end;) turn();
    return state();
  }
  bool hears(MessageKind kind) {
    return comes_to([&] { return std::ranges::any_of(heard, [&](const auto& m) { return m.kind == kind; }); });
  }
  /// With these fields beside the ordinary ones.
  void say_hello(const Json& more = Json::object()) {
    Json hello{{"protocol", 1}, {"slots", 1}, {"key", key_text(node_key.public_key())}};
    hello.update(more);
    ASSERT_TRUE(agent->send({.kind = MessageKind::hello, .text = hello.dump()}));
  }
  void join() {
    ASSERT_TRUE(comes_to([&] { return connections == 1; }));
    say_hello();
    ASSERT_TRUE(hears(MessageKind::welcome));
  }
  [[nodiscard]] Json welcome() const {
    const auto found = std::ranges::find_if(heard, [](const auto& m) { return m.kind == MessageKind::welcome; });
    return found == heard.end() ? Json{} : Json::parse(found->text);
  }
  [[nodiscard]] Json other(std::uint64_t seconds = 60) const {
    return {
        {"key", key_text(other_key.public_key())}, {"place", "probe@oslo"}, {"instance", "o"}, {"seconds", seconds}};
  }
  [[nodiscard]] std::string others_fingerprint() const { return fingerprint(other_key.public_key()).substr(0, 16); }

  utnt::test::TemporaryDirectory directory{utnt::test::memory_directory()};
  Store store{Store::open(directory / "db")};
  SecretKey node_key = SecretKey::make(), other_key = SecretKey::make(), our_key = SecretKey::make();
  Witness witness;
  std::unique_ptr<StreamLink> agent;
  std::vector<Message> heard;
  int connections{0};
  Controller controller{store,
                        our_key,
                        {.place = "probe@rome", .enrols = true},
                        {{.name = "node-1", .connect = [this] { return connect(); }}},
                        witness};
};

TEST_F(NodeOfTwoControllers, says_who_took_it_and_does_not_come_back_at_once) {
  join();
  EXPECT_EQ(welcome()["place"], "probe@rome");
  ASSERT_TRUE(agent->send({.kind = MessageKind::taken_over, .text = other().dump()}));
  ASSERT_TRUE(comes_to([&] { return !witness.troubles.empty(); }));
  ASSERT_EQ(witness.alerts.size(), 1U);
  EXPECT_NE(witness.alerts[0].find("another controller (probe@oslo, key " + others_fingerprint() + ") took over"),
            std::string::npos)
      << witness.alerts[0];
  const auto& trouble = witness.troubles[0];
  EXPECT_NE(trouble.why.find("served by another controller"), std::string::npos);
  EXPECT_FALSE(trouble.is_given_up) << "its jobs may wait until the other one is gone";
  EXPECT_GE(trouble.next_try, Duration{15'000'000'000});
  EXPECT_FALSE(controller.is_connected("node-1"));
  EXPECT_TRUE(controller.is_in_trouble("node-1"));
}

TEST_F(NodeOfTwoControllers, leaves_it_to_one_that_came_while_the_link_was_cut) {
  join();
  agent.reset();
  ASSERT_TRUE(comes_to([&] { return connections == 2; }));
  say_hello({{"served", other()}});
  ASSERT_TRUE(comes_to([&] { return witness.troubles.size() == 2; }));
  EXPECT_TRUE(welcome().is_null());
  EXPECT_EQ(witness.ups, 1);
  EXPECT_NE(witness.troubles[1].why.find("served by another controller (probe@oslo"), std::string::npos);
  EXPECT_GE(witness.troubles[1].next_try, Duration{15'000'000'000});
}

TEST_F(NodeOfTwoControllers, takes_its_own_place_again_after_a_cut_without_a_word) {
  join();
  const Json ours{{"key", key_text(our_key.public_key())}, {"instance", welcome()["instance"]}, {"seconds", 3U}};
  agent.reset();
  ASSERT_TRUE(comes_to([&] { return connections == 2; }));
  say_hello({{"served", ours}, {"controller", key_text(our_key.public_key())}});
  EXPECT_TRUE(hears(MessageKind::welcome));
  EXPECT_TRUE(witness.alerts.empty());
}

TEST_F(NodeOfTwoControllers, is_told_whom_it_takes_a_node_from) {
  ASSERT_TRUE(comes_to([&] { return connections == 1; }));
  say_hello({{"served", other()}, {"controller", key_text(our_key.public_key())}});
  EXPECT_TRUE(hears(MessageKind::welcome));
  ASSERT_EQ(witness.alerts.size(), 1U);
  EXPECT_EQ(witness.alerts[0].find("taken over from another controller (probe@oslo, key " + others_fingerprint()), 0U)
      << witness.alerts[0];
}

TEST_F(NodeOfTwoControllers, does_not_disturb_the_one_that_the_node_believes) {
  ASSERT_TRUE(comes_to([&] { return connections == 1; }));
  say_hello({{"served", other()}, {"controller", key_text(other_key.public_key())}});
  ASSERT_TRUE(comes_to([&] { return !witness.troubles.empty(); }));
  EXPECT_TRUE(welcome().is_null());
  EXPECT_TRUE(witness.troubles[0].is_given_up);
  EXPECT_NE(witness.troubles[0].why.find("refuses our orders"), std::string::npos);
  EXPECT_TRUE(controller.is_given_up("node-1"));
}

TEST_F(NodeOfTwoControllers, collects_where_nobody_is_served_although_it_is_not_believed) {
  ASSERT_TRUE(comes_to([&] { return connections == 1; }));
  say_hello({{"controller", key_text(other_key.public_key())}});
  EXPECT_TRUE(hears(MessageKind::welcome));
  ASSERT_EQ(witness.alerts.size(), 1U);
  EXPECT_NE(witness.alerts[0].find("refuses our orders"), std::string::npos);
}

TEST_F(NodeOfTwoControllers, believes_no_word_about_others_that_makes_no_sense) {
  join();
  ASSERT_TRUE(agent->send({.kind = MessageKind::taken_over, .text = "{\"key\":7}"}));
  ASSERT_TRUE(comes_to([&] { return !witness.alerts.empty(); }));
  EXPECT_EQ(witness.alerts[0].find("another controller took over this node at "), 0U);
  EXPECT_FALSE(parse_other_controller(Json::parse(R"(["key"])"), 0));
  EXPECT_FALSE(parse_other_controller(Json{{"key", "no key"}}, 0));
}

TEST(OtherControllerText, counts_back_on_our_own_clock) {
  const auto key = key_text(SecretKey::make().public_key());
  // 2023-11-14 22:13:20 UTC is the second 1,700,000,000 (date -u -d @1700000000)
  const auto other = parse_other_controller(Json{{"key", key}, {"seconds", 100U}}, 1'700'000'100'000'000'000);
  ASSERT_TRUE(other);
  EXPECT_EQ(wall_clock_text(other->since_ns), "2023-11-14 22:13:20 UTC");
  EXPECT_EQ(text_of(*other, key).find("another program with this controller's key"), 0U);
  const auto absurd = parse_other_controller(Json{{"key", key}, {"seconds", ~std::uint64_t{0}}}, 0);
  ASSERT_TRUE(absurd);
  EXPECT_FALSE(wall_clock_text(absurd->since_ns).empty());
}

}  // namespace
}  // namespace utnt::fleet
