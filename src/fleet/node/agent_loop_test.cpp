// SPDX-License-Identifier: BSD-2-Clause
// The agent as a controller sees it, over its socket: jobs, images, results, what it remembers and what it refuses.
#include "fleet/node/agent_loop.hpp"

#include <gtest/gtest.h>

#include "fleet/node/agent_socket_test_support.hpp"

namespace utnt::fleet {
namespace {

TEST_F(AgentOverItsSocket, brings_a_job_from_its_offer_to_an_empty_spool) {
  variants.plan.payload = 400'000;  // four pieces
  start();
  connect();
  const auto hello = hear(MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_EQ(nlohmann::json::parse(hello->text)["protocol"], 1);
  offer(order());
  const auto claim = hear(MessageKind::claim);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->job, order().id);
  EXPECT_EQ(journal(), 1U) << "claimed before it was remembered";
  const auto get = hear(MessageKind::image_get);
  ASSERT_TRUE(get);
  EXPECT_EQ(get->offset, 0U);
  send_image();
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text, "complete");
  EXPECT_EQ(spooled(), 1U) << "told of before it was spooled";
  const auto bundle = hear_result(finish->digest);
  ASSERT_TRUE(bundle);
  EXPECT_EQ(sha256_hex(*bundle), finish->digest);
  EXPECT_EQ(parse_bundle(*bundle).payload, std::string(400'000, 'r'));
  EXPECT_EQ(parse_bundle(*bundle).header.node, "paris");
  EXPECT_EQ(journal(), 0U);
  say({.kind = MessageKind::receipt, .digest = finish->digest});
  turns(5);
  EXPECT_EQ(spooled(), 0U);
  EXPECT_EQ(variants.starts.at(order().id), 1U);
}

TEST_F(AgentOverItsSocket, signs_its_results_with_the_key_that_its_hello_names) {
  start();
  connect();
  const auto hello = hear(MessageKind::hello);
  ASSERT_TRUE(hello);
  const auto key = parse_key_text(nlohmann::json::parse(hello->text)["key"].get<std::string>());
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  const auto result = hear(MessageKind::result);
  ASSERT_TRUE(result && key);
  EXPECT_TRUE(is_statement_by(*key, Purpose::result, result_statement(order().id, 1, result->digest), result->text));
}

TEST_F(AgentOverItsSocket, goes_on_with_an_image_where_the_link_was_cut) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  say(piece(0, image_, signature_of(image_)));
  turns(5);
  connect();
  const auto get = hear(MessageKind::image_get);
  ASSERT_TRUE(get);
  EXPECT_EQ(get->offset, message_body_max);
  send_image(get->offset);
  ASSERT_TRUE(hear(MessageKind::finish));
  EXPECT_EQ(variants.starts.at(order().id), 1U);
}

TEST_F(AgentOverItsSocket, sends_a_result_whose_pieces_were_cut_off_again_from_its_beginning) {
  variants.plan.payload = 2'000'000;
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  ASSERT_TRUE(hear(MessageKind::result));
  connect();
  const auto have = hear(MessageKind::have);
  ASSERT_TRUE(have);
  say({.kind = MessageKind::held});
  const auto bundle = hear_result(have->text);
  ASSERT_TRUE(bundle);
  EXPECT_EQ(sha256_hex(*bundle), have->text);
}

TEST_F(AgentOverItsSocket, offers_after_a_restart_what_the_spool_holds_and_ends_what_was_running) {
  start();
  connect();
  offer(order(1));
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  ASSERT_TRUE(hear(MessageKind::finish));
  variants.plan.lasts = patience;
  offer(order(2));
  ASSERT_TRUE(hear(MessageKind::claim));
  turns(3);
  EXPECT_EQ(journal(), 1U);
  start();  // the run of job 2 died with its agent
  EXPECT_EQ(journal(), 0U);
  EXPECT_EQ(spooled(), 2U);
  connect();
  const auto hello = hear(MessageKind::hello);
  ASSERT_TRUE(hello);
  EXPECT_EQ(nlohmann::json::parse(hello->text)["jobs"].size(), 2U);
  ASSERT_TRUE(hear(MessageKind::have));
  say({.kind = MessageKind::held});
  std::map<std::string, Ending> endings;
  while (endings.size() < 2) {
    const auto finish = hear(MessageKind::finish);
    ASSERT_TRUE(finish);
    endings[finish->job] = parse_ending(finish->text);
  }
  EXPECT_TRUE(endings.at(order(1).id).is_complete);
  EXPECT_EQ(endings.at(order(2).id).reason, reason::crashed);
}

TEST_F(AgentOverItsSocket, asks_again_until_a_lost_receipt_is_made_up_for) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  const auto have = hear(MessageKind::have);  // the receipt did not come
  ASSERT_TRUE(have);
  EXPECT_EQ(have->text, finish->digest);
  say({.kind = MessageKind::held, .text = finish->digest});
  turns(5);
  EXPECT_EQ(spooled(), 0U);
}

TEST_F(AgentOverItsSocket, ends_a_job_whose_image_is_not_what_it_should_be) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  auto other = image_;
  other[200'000] = 'x';
  for (std::uint64_t offset = 0; offset < other.size(); offset += message_body_max)
    say(piece(offset, other, signature_of(other)));
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::bad_image);
  EXPECT_TRUE(names_in(config.spool + "/images").empty()) << "the next attempt must fetch it anew";
  offer(order(), 2);
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  const auto second = hear(MessageKind::finish);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text, "complete");
}

TEST_F(AgentOverItsSocket, runs_no_image_that_another_key_has_signed) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  const auto stranger = SecretKey::make();
  const auto signature = minisig_text(sign_content(stranger, std::as_bytes(std::span{image_}), "test"));
  for (std::uint64_t offset = 0; offset < image_.size(); offset += message_body_max)
    say(piece(offset, image_, signature));
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::bad_image);
  EXPECT_TRUE(variants.starts.empty());
}

TEST_F(AgentOverItsSocket, puts_only_a_signed_block_list_into_force) {
  start();
  connect();
  turns(3);
  const std::string list = "# ours\n20.0.8.0/24\n";
  Message message{.kind = MessageKind::block_list, .digest = sha256_hex(list), .text = list};
  say(message);
  EXPECT_FALSE(hear(MessageKind::block_list_ack, Duration{100'000'000}));
  message.body = bytes_of(minisig_text(sign_content(SecretKey::make(), std::as_bytes(std::span{list}), "other")));
  say(message);
  EXPECT_FALSE(hear(MessageKind::block_list_ack, Duration{100'000'000}));
  message.body = bytes_of(signature_of(list));
  say(message);
  const auto answer = hear(MessageKind::block_list_ack);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->digest, sha256_hex(list));
  EXPECT_EQ(refusal(order()).reason, reason::forbidden);
}

TEST_F(AgentOverItsSocket, says_why_it_refuses) {
  start();
  connect();
  auto wanted = order();
  wanted.targets = {"192.0.2.200"};  // on the network of its own instances
  wanted.id = order_id(wanted);
  EXPECT_EQ(refusal(wanted).reason, reason::forbidden);
  wanted.targets = {"10.0.0.1"};
  wanted.id = order_id(wanted);
  EXPECT_EQ(refusal(wanted).reason, reason::forbidden);
  wanted = order();
  wanted.limits.memory_bytes = config.memory_max + 1;
  wanted.id = order_id(wanted);
  EXPECT_EQ(refusal(wanted).reason, reason::not_able);
  EXPECT_EQ(refusal(order(), 2'000'000).reason, reason::not_able);
  config.spool_reserve_bytes = std::uint64_t{1} << 60;
  start();
  connect();
  EXPECT_EQ(refusal(order()).reason, reason::no_space);
  EXPECT_TRUE(variants.starts.empty());
}

}  // namespace
}  // namespace utnt::fleet
