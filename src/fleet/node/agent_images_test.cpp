// SPDX-License-Identifier: BSD-2-Clause
// The ways by which an image comes to an agent, seen over its socket: by URL, over the connection, and one after the
// other. What it runs is what the order names, whoever says otherwise.
#include <gtest/gtest.h>

#include <utility>

#include "fleet/node/agent_socket_test_support.hpp"
#include "fleet/node/image_server_test_support.hpp"

namespace utnt::fleet {
namespace {

constexpr std::uint64_t middle = 100'000;

class AgentImages : public AgentOverItsSocket {
 protected:
  AgentImages() { setting.fetch.pause = moment; }
  void SetUp() override {
    if (std::system("command -v curl >/dev/null") != 0) GTEST_SKIP() << "SKIPPED: curl is not installed";
  }
  void serve(ImageServer::Answer answer) { server = std::make_unique<ImageServer>(std::move(answer)); }
  void serve_it() {
    serve([this](const WebRequest& request) { return web_file(request, image_); });
  }
  /// Up to the agent's question for the image.
  void offer_and_ask() {
    start();
    connect();
    offer(order());
    const auto get = hear(MessageKind::image_get);
    ASSERT_TRUE(get);
    EXPECT_EQ(get->text, "");
  }
  void name_url(const std::string& url, const std::string& signature) {
    say({.kind = MessageKind::image_url,
         .digest = sha256_hex(image_),
         .total = image_.size(),
         .text = image_source_text({.url = url, .signature = signature})});
  }
  void name_url() { name_url(server->url(), signature_of(image_)); }
  /// It asks for the image over the connection, from there on, and says why.
  void expect_asked(std::uint64_t from, const std::string& why) {
    const auto get = hear(MessageKind::image_get, longest);
    ASSERT_TRUE(get);
    EXPECT_EQ(get->offset, from);
    EXPECT_NE(get->text.find(why), std::string::npos) << get->text;
  }
  void expect_done() {
    const auto finish = hear(MessageKind::finish, longest);
    ASSERT_TRUE(finish);
    EXPECT_EQ(finish->text, "complete");
    ASSERT_EQ(variants.starts[order().id], 1U);
    EXPECT_EQ(sha256_hex_of_file(variants.settings.back().image), sha256_hex(image_));
  }

  static constexpr Duration longest{60'000'000'000};
  std::unique_ptr<ImageServer> server;
};

TEST_F(AgentImages, come_by_url_without_a_byte_over_the_connection) {
  serve_it();
  start();
  connect();
  const auto hello = hear(MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_EQ(nlohmann::json::parse(hello->text)["image_url"], true);
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  name_url();
  expect_done();
  EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(AgentImages, come_by_url_while_there_is_no_controller) {
  serve_it();
  offer_and_ask();
  name_url();
  turns(3);
  link.reset();
  for (const auto end = monotonic_now() + longest; variants.starts.empty() && monotonic_now() < end;) turn();
  EXPECT_EQ(variants.starts[order().id], 1U);
}

TEST_F(AgentImages, come_over_the_connection_when_the_server_has_none) {
  serve([](const WebRequest&) { return web_answer(404, "none"); });
  offer_and_ask();
  name_url();
  expect_asked(0, "404");
  name_url();  // an answer to a question that was asked twice, and late
  send_image();
  expect_done();
  EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(AgentImages, go_on_over_the_connection_where_the_server_failed) {
  serve([this](const WebRequest& request) {
    return request.number == 1 ? web_answer(200, image_.substr(0, middle), {}, image_.size()) : web_answer(500, "");
  });
  offer_and_ask();
  name_url();
  expect_asked(middle, "500");
  send_image(middle);
  expect_done();
}

TEST_F(AgentImages, are_got_anew_when_a_server_has_spoilt_their_beginning) {
  serve([this](const WebRequest& request) {
    return request.number == 1 ? web_answer(200, std::string(middle, 'x'), {}, image_.size()) : web_answer(500, "");
  });
  offer_and_ask();
  name_url();
  expect_asked(middle, "500");
  send_image(middle);
  expect_asked(0, "500");
  send_image();
  expect_done();
}

TEST_F(AgentImages, are_not_other_bytes_of_their_length) {
  auto other = image_;
  other[200'000] = 'x';
  serve([&other](const WebRequest& request) { return web_file(request, other); });
  offer_and_ask();
  name_url();
  expect_asked(0, "another file");
  send_image();
  expect_done();
}

TEST_F(AgentImages, are_not_older_ones_that_our_controller_has_signed_too) {
  const std::string older(image_.size(), 'o');
  serve([&older](const WebRequest& request) { return web_file(request, older); });
  offer_and_ask();
  name_url(server->url(), signature_of(older));
  expect_asked(0, "another file");
  EXPECT_TRUE(names_in(config.spool + "/images").empty());
  for (std::uint64_t offset = 0; offset < older.size(); offset += message_body_max)
    say(piece(offset, older, signature_of(older)));
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::bad_image);
  EXPECT_TRUE(names_in(config.spool + "/images").empty());
  EXPECT_TRUE(variants.starts.empty());
}

TEST_F(AgentImages, come_only_from_where_their_nodes_owner_allows) {
  serve_it();
  config.image_urls = std::vector<std::string>{server->url("/other/"), "https://images.example.net/"};
  offer_and_ask();
  name_url();
  expect_asked(0, "the owner of this node does not allow http://127.0.0.1:");
  send_image();
  expect_done();
  EXPECT_TRUE(server->requests().empty());
}

TEST_F(AgentImages, are_not_looked_for_where_an_allowed_server_leads) {
  serve([this](const WebRequest& request) {
    if (request.path != "/allowed/image") return web_file(request, image_);
    return web_answer(302, "", "Location: /elsewhere\r\n");
  });
  config.image_urls = std::vector<std::string>{server->url("/allowed/")};
  offer_and_ask();
  name_url(server->url("/allowed/image"), signature_of(image_));
  expect_asked(0, "redirects");
  send_image();
  expect_done();
  EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(AgentImages, come_over_the_connection_without_curl) {
  setting.fetch.program = "no-such-program";
  serve_it();
  offer_and_ask();
  name_url();
  expect_asked(0, "no-such-program: cannot be started");
  send_image();
  expect_done();
}

TEST_F(AgentImages, come_from_no_file_of_the_node) {
  offer_and_ask();
  name_url("file:///etc/passwd", signature_of(image_));
  expect_asked(0, "does not begin with http:// or https://");
  send_image();
  expect_done();
}

}  // namespace
}  // namespace utnt::fleet
