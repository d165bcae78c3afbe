// SPDX-License-Identifier: BSD-2-Clause
// The agent as a controller sees it, over its socket: what it says, what it remembers, and what it survives. Runs are
// fakes, spool, image cache and keys are real.
#include "fleet/node/agent_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>

#include "fleet/node/durable_file.hpp"
#include "fleet/node/fake_run_test_support.hpp"
#include "fleet/node/node_test_support.hpp"
#include "fleet/node/places.hpp"
#include "fleet/transport/stream_link.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/minisign.hpp"
#include "fleet/trust/statement.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

constexpr Duration moment{1'000'000}, patience{5'000'000'000};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

class AgentOverItsSocket : public testing::Test {
 protected:
  AgentOverItsSocket() {
    config.spool = directory_.path() + "/spool";
    config.slots = 2;
    config.spool_reserve_bytes = 0;
    config.network = {.kind = "unix", .peer = "/nowhere", .address = "192.0.2.7/24", .gateway = {}, .gateway_mac = {}};
    image_.assign(300'000, 'i');  // three pieces
    setting.limits.ask_again = Duration{50'000'000};
    setting.program = std::string(64, '1');
  }

  void start() {
    agent.reset();
    agent = std::make_unique<AgentLoop>(config, variants, setting);
  }
  void connect() {
    link.reset();
    heard_.clear();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = agent_socket(config.spool);
    std::memcpy(address.sun_path, path.data(), path.size());
    os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    link = std::make_unique<StreamLink>(std::move(socket));
    say({.kind = MessageKind::welcome,
         .text = nlohmann::json{{"name", "paris"}, {"key", key_text(controller_key.public_key())}}.dump()});
  }
  void say(const Message& message) { ASSERT_TRUE(link->send(message)); }
  bool turn() {
    const bool goes_on = agent->turn(moment);
    while (link) {
      auto message = link->receive();
      if (!message) break;
      heard_.push_back(std::move(*message));
    }
    return goes_on;
  }
  /// The next message of that kind; those before it are forgotten.
  std::optional<Message> hear(MessageKind kind, Duration longest = patience) {
    for (const auto end = monotonic_now() + longest; monotonic_now() < end; turn()) {
      while (!heard_.empty()) {
        auto message = std::move(heard_.front());
        heard_.pop_front();
        if (message.kind == kind) return message;
      }
    }
    return std::nullopt;
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) turn();
  }
  Order order(std::uint64_t event = 1) const {
    auto order = some_order(event);
    order.image = sha256_hex(image_);
    order.limits.result_bytes = 1'024;
    order.id = order_id(order);
    return order;
  }
  void offer(const Order& wanted, std::uint32_t attempt = 1) {
    say({.kind = MessageKind::job, .job = wanted.id, .attempt = attempt, .text = order_text(wanted)});
  }
  std::string signature_of(const std::string& content) const {
    return minisig_text(sign_content(controller_key, std::as_bytes(std::span{content}), "test"));
  }
  Message piece(std::uint64_t offset, const std::string& content, const std::string& signature) const {
    Message part{.kind = MessageKind::image_part,
                 .digest = sha256_hex(image_),
                 .offset = offset,
                 .total = content.size(),
                 .text = signature};
    part.body = bytes_of(std::string_view{content}.substr(offset, message_body_max));
    return part;
  }
  void send_image(std::uint64_t from = 0) {
    for (auto offset = from; offset < image_.size(); offset += message_body_max)
      say(piece(offset, image_, signature_of(image_)));
  }
  /// All pieces of one result.
  std::optional<std::string> hear_result(const std::string& digest) {
    std::string all;
    for (;;) {
      const auto part = hear(MessageKind::result);
      if (!part) return std::nullopt;
      if (part->digest != digest) continue;
      if (part->offset != all.size()) return "a gap at " + std::to_string(part->offset);
      all.append(reinterpret_cast<const char*>(part->body.data()), part->body.size());
      if (all.size() == part->total) return all;
    }
  }
  std::size_t spooled() const { return names_in(config.spool + "/results").size(); }
  std::size_t journal() const { return names_in(config.spool + "/jobs").size(); }
  Ending refusal(const Order& wanted, std::uint32_t attempt = 1) {
    offer(wanted, attempt);
    const auto answer = hear(MessageKind::refuse);
    return answer ? parse_ending(answer->text) : Ending{};
  }

  NodeConfig config;
  AgentSetting setting;
  FakeVariants variants;
  SecretKey controller_key = SecretKey::make();
  std::unique_ptr<AgentLoop> agent;
  std::unique_ptr<StreamLink> link;
  std::string image_;

 private:
  TemporaryDirectory directory_;
  std::deque<Message> heard_;
};

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

TEST_F(AgentOverItsSocket, refuses_a_job_that_the_disk_cannot_remember_and_runs_nothing_of_it) {
  bool is_full = true;
  setting.fault = [&is_full](std::string_view point) {
    if (is_full && point == "before write") throw os_linux::Failure{os_linux::ExitCode::environment, "no space"};
  };
  is_full = false;
  start();
  connect();
  turns(3);
  is_full = true;
  EXPECT_EQ(refusal(order()).reason, reason::no_space);
  EXPECT_FALSE(hear(MessageKind::claim, Duration{50'000'000}));
  EXPECT_TRUE(variants.starts.empty());
  is_full = false;
  offer(order(), 2);
  EXPECT_TRUE(hear(MessageKind::claim));
}

TEST_F(AgentOverItsSocket, keeps_a_result_that_the_disk_does_not_take_until_it_does) {
  bool is_full = false;
  setting.fault = [&is_full](std::string_view point) {
    if (is_full && point == "before sync") throw os_linux::Failure{os_linux::ExitCode::environment, "no space"};
  };
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  is_full = true;
  send_image();
  EXPECT_FALSE(hear(MessageKind::finish, Duration{200'000'000}));
  EXPECT_EQ(variants.starts.at(order().id), 1U);
  EXPECT_EQ(refusal(order(2)).reason, reason::no_space);
  is_full = false;
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->text, "complete");
  EXPECT_EQ(journal(), 0U);
}

TEST_F(AgentOverItsSocket, ends_a_job_that_cannot_start_breaks_or_says_nonsense) {
  start();
  connect();
  std::uint64_t event = 0;
  const auto ending = [&](const FakePlan& plan) {
    variants.plan = plan;
    offer(order(++event));
    if (event == 1) {
      EXPECT_TRUE(hear(MessageKind::image_get));
      send_image();
    }
    const auto finish = hear(MessageKind::finish);
    return finish ? parse_ending(finish->text).reason : std::string{"nothing"};
  };
  EXPECT_EQ(ending({.cannot_start = true}), reason::not_able);
  EXPECT_EQ(ending({.breaks = true}), reason::crashed);
  EXPECT_EQ(ending({.has_bad_bundle = true}), reason::bad_result);
  EXPECT_EQ(ending({}), "");
}

TEST_F(AgentOverItsSocket, cancels_a_job_that_waits_for_its_image) {
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  say({.kind = MessageKind::cancel, .job = order().id, .attempt = 1});
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::cancelled);
  EXPECT_TRUE(variants.starts.empty());
}

TEST_F(AgentOverItsSocket, stops_sending_when_no_controller_was_heard_for_the_dead_mans_time) {
  variants.plan.lasts = Duration{30'000'000'000};
  start();
  connect();
  auto wanted = order();
  wanted.dead_man_seconds = 1;
  offer(wanted);
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(20);
  ASSERT_EQ(variants.starts.at(wanted.id), 1U);
  link.reset();
  const auto cut = monotonic_now();
  while (spooled() == 0 && monotonic_now() - cut < patience) turn();
  const auto after = monotonic_now() - cut;
  EXPECT_GT(after, Duration{800'000'000});
  EXPECT_LT(after, Duration{2'000'000'000});
  connect();
  ASSERT_TRUE(hear(MessageKind::have));
  say({.kind = MessageKind::held});
  const auto finish = hear(MessageKind::finish);
  ASSERT_TRUE(finish);
  EXPECT_EQ(parse_ending(finish->text).reason, reason::controller_gone);
}

TEST_F(AgentOverItsSocket, keeps_all_runs_together_below_the_nodes_packets_a_second) {
  config.pps_max = 100;
  config.slots = 5;
  variants.plan.lasts = patience;
  start();
  connect();
  for (std::uint64_t event = 1; event <= 5; ++event) {
    auto wanted = order(event);
    wanted.limits.pps = 1'000;
    wanted.id = order_id(wanted);
    offer(wanted);
  }
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(20);
  ASSERT_EQ(variants.settings.size(), 5U);
  std::uint32_t sum = 0;
  for (const auto& run : variants.settings) {
    EXPECT_GE(run.pps_max, 1U);
    sum += run.pps_max;
  }
  EXPECT_LE(sum, 100U);
  EXPECT_GT(sum, 90U);
}

TEST_F(AgentOverItsSocket, lives_on_whatever_a_controller_says) {
  start();
  connect();
  turns(3);
  say({.kind = MessageKind::welcome, .text = "[1,2"});
  say({.kind = MessageKind::welcome, .text = R"({"name":"../..","network":{"kind":"teleport"}})"});
  say({.kind = MessageKind::job, .job = "x", .attempt = 1, .text = "{}"});
  say({.kind = MessageKind::image_part, .digest = std::string(64, '0'), .total = 5});
  say({.kind = MessageKind::block_list, .digest = sha256_hex("x"), .text = "x"});
  say({.kind = MessageKind::receipt, .digest = std::string(64, '0')});
  say({.kind = MessageKind::held, .text = "a  b ../../etc/passwd"});
  say({.kind = MessageKind::hello, .text = "{}"});
  say({.kind = MessageKind::cancel, .job = "y", .attempt = 4});
  turns(20);
  offer(order());
  EXPECT_TRUE(hear(MessageKind::claim));
}

TEST_F(AgentOverItsSocket, hands_over_to_another_build_once_its_jobs_have_ended) {
  variants.plan.lasts = Duration{300'000'000};
  start();
  connect();
  offer(order());
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  turns(10);
  say({.kind = MessageKind::drain, .digest = setting.program});
  turns(3);
  EXPECT_TRUE(turn()) << "its own build is no reason to end";
  say({.kind = MessageKind::drain, .digest = std::string(64, '2')});
  turns(3);
  EXPECT_EQ(refusal(order(2)).reason, reason::busy);
  bool goes_on = true;
  for (const auto end = monotonic_now() + patience; goes_on && monotonic_now() < end;) goes_on = turn();
  EXPECT_FALSE(goes_on);
  EXPECT_EQ(spooled(), 1U) << "the next agent sends it";
  EXPECT_FALSE(std::filesystem::exists(agent_socket(config.spool)));
}

TEST_F(AgentOverItsSocket, lets_in_who_came_in_the_moment_of_its_idle_end) {
  config.idle_seconds = 0;
  start();
  EXPECT_FALSE(turn());
  start();
  connect();
  EXPECT_TRUE(turn());
  EXPECT_TRUE(hear(MessageKind::hello));
  link.reset();
  bool goes_on = true;
  for (int i = 0; goes_on && i < 100; ++i) goes_on = turn();
  EXPECT_FALSE(goes_on);
}

}  // namespace
}  // namespace utnt::fleet
