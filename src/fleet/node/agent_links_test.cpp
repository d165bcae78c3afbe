// SPDX-License-Identifier: BSD-2-Clause
// Two controllers at one agent: who is served, who is told what, and that nothing of either is lost.
#include <gtest/gtest.h>

#include "fleet/node/agent_socket_test_support.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::json;

class AgentOfTwoControllers : public AgentOverItsSocket {
 protected:
  struct Controller {
    std::string instance;
    SecretKey key = SecretKey::make();
    std::unique_ptr<StreamLink> link{};
    std::deque<Message> heard{};
  };

  void knock(Controller& controller) {
    AgentOverItsSocket::knock(controller.link);
    controller.heard.clear();
  }
  static void greet(Controller& controller) {
    const Json text{{"name", "paris"},
                    {"key", key_text(controller.key.public_key())},
                    {"place", "probe@" + controller.instance},
                    {"instance", controller.instance}};
    ASSERT_TRUE(controller.link->send({.kind = MessageKind::welcome, .text = text.dump()}));
  }
  std::optional<Message> hears(Controller& controller, MessageKind kind) {
    for (const auto end = monotonic_now() + patience; monotonic_now() < end; turn()) {
      while (auto message = controller.link->receive()) controller.heard.push_back(std::move(*message));
      while (!controller.heard.empty()) {
        auto message = std::move(controller.heard.front());
        controller.heard.pop_front();
        if (message.kind == kind) return message;
      }
      if (!controller.link->is_open()) break;
    }
    return std::nullopt;
  }
  bool loses_its_link(Controller& controller) {
    EXPECT_FALSE(hears(controller, MessageKind::welcome)) << "an agent never says that";
    return !controller.link->is_open();
  }
  void serve(Controller& controller) {
    knock(controller);
    greet(controller);
    ASSERT_TRUE(hears(controller, MessageKind::fetch));
  }

  Controller first{.instance = "first", .key = controller_key};
  Controller second{.instance = "second"};
};

TEST_F(AgentOfTwoControllers, tells_the_newcomer_who_is_served_and_takes_no_place_before_its_welcome) {
  start();
  serve(first);
  turns(3);
  knock(second);
  const auto hello = hears(second, MessageKind::hello);
  ASSERT_TRUE(hello);
  const auto json = Json::parse(hello->text);
  EXPECT_EQ(json["served"]["key"], key_text(first.key.public_key()));
  EXPECT_EQ(json["served"]["place"], "probe@first");
  EXPECT_EQ(json["served"]["instance"], "first");
  EXPECT_EQ(json["controller"], key_text(first.key.public_key())) << "the first one's key was pinned";
  turns(5);
  EXPECT_TRUE(first.link->is_open());
  second.link.reset();  // it thought better of it
  turns(3);
  ASSERT_TRUE(first.link->send({.kind = MessageKind::stop}));
  EXPECT_TRUE(hears(first, MessageKind::stopped)) << "the first one is served as before";
}

TEST_F(AgentOfTwoControllers, tells_the_one_whose_place_is_taken_by_whom) {
  start();
  serve(first);
  serve(second);
  const auto told = hears(first, MessageKind::taken_over);
  ASSERT_TRUE(told);
  const auto by = Json::parse(told->text);
  EXPECT_EQ(by["key"], key_text(second.key.public_key()));
  EXPECT_EQ(by["place"], "probe@second");
  EXPECT_TRUE(loses_its_link(first));
  EXPECT_TRUE(second.link->is_open());
}

TEST_F(AgentOfTwoControllers, tells_no_controller_that_it_took_its_own_place) {
  start();
  serve(first);
  const auto cut = std::move(first.link);  // its end is still there: half-open
  knock(first);
  const auto hello = hears(first, MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_EQ(Json::parse(hello->text)["served"]["instance"], "first");
  greet(first);
  ASSERT_TRUE(hears(first, MessageKind::fetch));
  turns(3);
  while (const auto message = cut->receive()) EXPECT_NE(message->kind, MessageKind::taken_over);
  EXPECT_FALSE(cut->is_open());
  EXPECT_TRUE(first.link->is_open());
}

TEST_F(AgentOfTwoControllers, names_nobody_when_nobody_is_served) {
  start();
  serve(first);
  first.link.reset();
  turns(3);
  knock(second);
  const auto hello = hears(second, MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_FALSE(Json::parse(hello->text).contains("served"));
}

TEST_F(AgentOfTwoControllers, goes_on_with_the_jobs_of_the_one_that_lost_its_place_and_keeps_their_results) {
  variants.plan.lasts = Duration{200'000'000};
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  ASSERT_TRUE(hear(MessageKind::beat));
  serve(second);
  const auto asked = hears(second, MessageKind::have);  // the run's end, and no receipt for its result
  ASSERT_TRUE(asked);
  EXPECT_EQ(variants.starts.at(order().id), 1U);
  second.link->send({.kind = MessageKind::held});
  turns(5);
  EXPECT_EQ(spooled(), 1U);
  serve(first);
  ASSERT_TRUE(first.link->send({.kind = MessageKind::held}));
  const auto finish = hears(first, MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text, "complete");
  ASSERT_TRUE(first.link->send({.kind = MessageKind::receipt, .digest = finish->digest}));
  turns(5);
  EXPECT_EQ(spooled(), 0U);
}

TEST_F(AgentOfTwoControllers, shows_no_more_of_what_a_controller_says_about_itself_than_it_should) {
  start();
  first.instance = std::string(150, 'x') + "\u00e9\n" + std::string(1'000, 'y');
  serve(first);
  turns(3);
  knock(second);
  const auto hello = hears(second, MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_EQ(Json::parse(hello->text)["served"]["instance"], std::string(150, 'x') + "???yyyyyyy");
}

}  // namespace
}  // namespace utnt::fleet
