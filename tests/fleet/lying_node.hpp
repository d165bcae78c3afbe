// SPDX-License-Identifier: BSD-2-Clause
// A node that lies: a socket in the place of an agent, of which tests say what comes out, beside a node that works.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "fault_world.hpp"
#include "fleet/model/bundle.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/key.hpp"
#include "fleet/trust/statement.hpp"

namespace utnt::fleet::test {

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

class LyingNode {
 protected:
  /// Events 1 to `own` of `jobs` are the liar's alone, the others are never offered to it.
  explicit LyingNode(std::uint32_t jobs, std::uint32_t own = 1) : world{{}, jobs}, jobs_{jobs}, own_{own} {
    world.more_nodes = {{.name = "liar", .connect = [this] { return let_in(); }, .slots = own + 1}};
    world.with = [own](JobRecord& job) {
      if (job.order.event <= own) job.nodes = {"liar"};
    };
  }

  std::unique_ptr<Link> let_in() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw os_linux::Failure{os_linux::ExitCode::environment, "no socketpair"};
    liar = std::make_unique<StreamLink>(os_linux::UniqueFd{ends[0]});
    says_hello = true;
    return std::make_unique<StreamLink>(os_linux::UniqueFd{ends[1]});
  }
  void hello() {
    says_hello = false;
    tell({.kind = MessageKind::hello,
          .text = nlohmann::json{{"protocol", 1}, {"key", key_text(key.public_key())}, {"slots", own_ + 1}}.dump()});
    tell({.kind = MessageKind::fetch, .total = own_ + 1});
  }
  void tell(const Message& message) {
    if (!liar->send(message)) world.turn();
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) {
      if (liar && says_hello) hello();
      world.turn();
      while (liar && liar->receive()) {
      }
    }
  }
  /// One result, in one piece, signed as an agent does it.
  Message result(const std::string& job, std::uint32_t attempt, const std::string& bytes) const {
    Message message{.kind = MessageKind::result,
                    .job = job,
                    .attempt = attempt,
                    .digest = sha256_hex(bytes),
                    .total = bytes.size(),
                    .body = bytes_of(bytes)};
    message.text = sign_statement(key, Purpose::result, result_statement(job, attempt, message.digest));
    return message;
  }
  std::string bundle_for(const Order& order, std::uint32_t attempt, const std::string& payload = "x") const {
    BundleHeader header{.job = order.id, .attempt = attempt, .node = "liar"};
    header.variant = "unikernel";
    header.tender = order.tender;
    header.image = order.image;
    header.end = "exited";
    header.is_complete = true;
    return write_bundle(header, payload);
  }
  void hear_nothing_bad_of_the_others() {
    turns(300);
    for (std::uint64_t event = own_ + 1; event <= jobs_; ++event) {
      const auto job = world.store->find_job(world.order(event).id);
      ASSERT_TRUE(job);
      EXPECT_EQ(job->state, JobState::done);
      EXPECT_EQ(job->node, "node-1");
      const auto results = world.store->results_of(world.order(event).id);
      ASSERT_EQ(results.size(), 1U);
      EXPECT_EQ(results[0].node, "node-1");
    }
    EXPECT_EQ(world.store->balance().alert, "");
    EXPECT_EQ(world.store->balance().accepted, jobs_);
    EXPECT_FALSE(world.store->broken_audit());
  }

  FaultWorld world;
  SecretKey key = SecretKey::make();
  std::unique_ptr<StreamLink> liar;
  bool says_hello{false};

 private:
  std::uint32_t jobs_, own_;
};

}  // namespace utnt::fleet::test
