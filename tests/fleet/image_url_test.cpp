// SPDX-License-Identifier: BSD-2-Clause
// What the controller answers to a node that wants an image, when the inventory names a URL for it.
#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "fleet/model/image_url.hpp"
#include "fleet/trust/minisign.hpp"
#include "lying_node.hpp"

namespace utnt::fleet::test {
namespace {

class ImageUrlAnswer : public testing::Test, protected LyingNode {
 protected:
  ImageUrlAnswer() : LyingNode{1, 1} {}

  void greet(bool knows_urls, const std::string& image_url = "https://images.example.net/{digest}?x") {
    world.more_nodes.at(0).image_url = image_url;
    for (int i = 0; i < 2'000 && !liar; ++i) world.turn();
    ASSERT_TRUE(liar);
    nlohmann::json hello{{"protocol", 1}, {"key", key_text(key.public_key())}, {"slots", 1}};
    if (knows_urls) hello["image_url"] = true;
    tell({.kind = MessageKind::hello, .text = hello.dump()});
    ASSERT_TRUE(hear(MessageKind::welcome));
  }
  std::optional<Message> hear(MessageKind kind) {
    for (int i = 0; i < 2'000; ++i) {
      while (auto message = liar->receive())
        if (message->kind == kind) return message;
      world.turn();
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string digest() const { return world.order(1).image; }
  void ask(const std::string& why_not = {}) {
    tell({.kind = MessageKind::image_get, .digest = digest(), .offset = 5, .text = why_not});
  }
};

TEST_F(ImageUrlAnswer, names_the_url_with_size_and_signature) {
  greet(true);
  ask();
  const auto answer = hear(MessageKind::image_url);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->digest, digest());
  EXPECT_EQ(answer->total, 200'000U);
  const auto source = parse_image_source(answer->text);
  EXPECT_EQ(source.url, "https://images.example.net/" + digest() + "?x");
  EXPECT_EQ(source.signature, world.store->find_image(digest())->signature);
  EXPECT_TRUE(world.observer.alerts.empty());
}

TEST_F(ImageUrlAnswer, is_the_image_itself_once_there_is_something_against_the_url_which_is_told) {
  greet(true);
  ask("curl: (22) The requested URL returned error: 404");
  const auto piece = hear(MessageKind::image_part);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->offset, 5U);
  EXPECT_EQ(world.observer.alerts,
            std::vector<std::string>{"the image " + digest().substr(0, 12) +
                                     " comes over the connection, not by its URL: curl: (22) The requested URL "
                                     "returned error: 404"});
  ask(std::string(100'000, 'x'));
  ASSERT_TRUE(hear(MessageKind::image_part));
  EXPECT_LT(world.observer.alerts.back().size(), 500U);
}

TEST_F(ImageUrlAnswer, is_the_image_itself_for_an_agent_that_knows_no_urls) {
  greet(false);
  ask();
  EXPECT_TRUE(hear(MessageKind::image_part));
}

TEST_F(ImageUrlAnswer, is_the_image_itself_when_no_url_is_known) {
  greet(true, "");
  ask("a complaint about nothing");
  EXPECT_TRUE(hear(MessageKind::image_part));
  EXPECT_TRUE(world.observer.alerts.empty());
}

}  // namespace
}  // namespace utnt::fleet::test
