// SPDX-License-Identifier: BSD-2-Clause
// An agent and a controller's end of its socket, for tests: real spool, image cache and keys, runs that are fakes.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <algorithm>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>

#include "fleet/model/grant.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/fake_run_test_support.hpp"
#include "fleet/node/node_test_support.hpp"
#include "fleet/node/places.hpp"
#include "fleet/transport/stream_link.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/minisign.hpp"
#include "fleet/trust/statement.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

inline constexpr Duration moment{1'000'000}, patience{5'000'000'000};

inline std::vector<std::byte> bytes_of(std::string_view text) {
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
  /// A connection on which nothing was said yet.
  void knock(std::unique_ptr<StreamLink>& end) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = agent_socket(config.spool);
    std::memcpy(address.sun_path, path.data(), path.size());
    os_linux::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    end = std::make_unique<StreamLink>(std::move(socket));
  }
  void connect() {
    link.reset();
    heard_.clear();
    ASSERT_NO_FATAL_FAILURE(knock(link));
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
    const auto text = order_text(wanted);
    const Grant grant{.node = "paris", .attempt = attempt, .limits = granted};
    say({.kind = MessageKind::job,
         .job = wanted.id,
         .attempt = attempt,
         .text = text,
         .body = sign_grant(controller_key, grant, text)});
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
  BudgetLimits granted;  ///< with each order
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

}  // namespace utnt::fleet
