// SPDX-License-Identifier: BSD-2-Clause
// What the agent lets through: no more probes than its owner and its controller allow, and only orders that are signed.
#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_socket_test_support.hpp"

namespace utnt::fleet {
namespace {

class AgentBudget : public AgentOverItsSocket {
 protected:
  Order order_to(std::uint64_t event, const std::vector<std::string>& targets) const {
    auto wanted = order(event);
    wanted.targets = targets;
    wanted.id = order_id(wanted);
    return wanted;
  }
  void take(const Order& wanted) {
    offer(wanted);
    const auto claim = hear(MessageKind::claim);
    ASSERT_TRUE(claim);
    ASSERT_EQ(claim->job, wanted.id);
  }
};

TEST_F(AgentBudget, refuses_a_job_that_the_targets_prefix_has_no_probes_left_for) {
  config.prefix_probes_per_hour_max = 100;
  start();
  connect();
  take(order_to(1, {"20.0.8.2"}));
  const auto refused = refusal(order_to(2, {"20.0.8.200"}));
  EXPECT_EQ(refused.reason, reason::over_budget);
  EXPECT_EQ(refused.detail.find("20.0.8.0/24: 64 of 100 probes an hour"), 0U) << refused.detail;
  take(order_to(3, {"20.0.9.2"}));
}

TEST_F(AgentBudget, gives_back_what_a_run_did_not_send) {
  config.prefix_probes_per_hour_max = 100;
  config.slots = 1;
  variants.plan.lasts = moment;
  start();
  connect();
  take(order_to(1, {"20.0.8.2"}));
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  ASSERT_TRUE(hear(MessageKind::finish));
  take(order_to(2, {"20.0.8.2"}));
}

TEST_F(AgentBudget, counts_a_job_that_it_refuses_for_another_reason_as_none) {
  config.probes_per_hour_max = 2 * ProbeBudget::probes_per_target;
  config.slots = 1;
  start();
  connect();
  take(order_to(1, {"20.0.8.2"}));
  for (std::uint64_t event = 2; event < 10; ++event)
    EXPECT_EQ(refusal(order_to(event, {"20.0.8.2"})).reason, reason::busy) << event;
}

TEST_F(AgentBudget, takes_the_lower_of_what_owner_and_controller_allow) {
  config.prefix_pps_max = 10;
  config.slots = 1;
  granted = {.pps = 33, .prefix_pps = 4, .probes_per_hour = 64, .prefix_probes_per_hour = 64};
  start();
  connect();
  auto wanted = order_to(1, {"20.0.8.2"});
  wanted.limits.pps = 500;
  wanted.id = order_id(wanted);
  take(wanted);
  ASSERT_TRUE(hear(MessageKind::image_get));
  send_image();
  for (int i = 0; i < 1'000 && variants.settings.empty(); ++i) turn();
  ASSERT_EQ(variants.settings.size(), 1U);
  EXPECT_EQ(variants.settings[0].pps_max, 33U);
  EXPECT_EQ(variants.settings[0].prefix_pps_max, 4U);
  EXPECT_EQ(refusal(order_to(2, {"20.0.8.2", "20.0.9.2"})).reason, reason::over_budget)
      << "128 may be needed, 64 are granted";
}

TEST_F(AgentBudget, remembers_what_was_sent_when_it_starts_anew) {
  config.prefix_probes_per_hour_max = 100;
  variants.plan.lasts = moment;
  start();
  connect();
  take(order_to(1, {"20.0.8.2"}));
  start();  // in the middle of it: what was reserved counts as sent
  connect();
  EXPECT_EQ(refusal(order_to(2, {"20.0.8.2"})).reason, reason::over_budget);
  take(order_to(3, {"20.0.9.2"}));
}

TEST_F(AgentBudget, begins_an_hour_where_its_notes_cannot_be_read) {
  config.prefix_probes_per_hour_max = 100;
  start();
  agent.reset();
  write_durably(agent_budget(config.spool), "utnt-budget-1 another-boot\nnode 1:99999999999\n");
  start();
  connect();
  take(order_to(1, {"20.0.8.2"}));
}

TEST_F(AgentBudget, runs_nothing_that_its_controller_has_not_signed_for_it) {
  start();
  connect();
  const auto wanted = order();
  const auto text = order_text(wanted);
  const auto refused = [&](const SecretKey& key, const Grant& grant, const std::string& signed_text) {
    say({.kind = MessageKind::job,
         .job = wanted.id,
         .attempt = 1,
         .text = text,
         .body = sign_grant(key, grant, signed_text)});
    const auto answer = hear(MessageKind::refuse);
    return answer ? parse_ending(answer->text) : Ending{};
  };
  const Grant grant{.node = "paris", .attempt = 1, .limits = {}};
  const std::string unsigned_words = "the order is not signed by this node's controller";
  EXPECT_EQ(refused(SecretKey::make(), grant, text).detail, unsigned_words);
  start();  // each refusal is remembered: a new agent for each
  connect();
  EXPECT_EQ(refused(controller_key, grant, order_text(order(2))).detail, unsigned_words);
  start();
  connect();
  EXPECT_EQ(refused(controller_key, {.node = "rome", .attempt = 1, .limits = {}}, text).detail,
            "the order is signed for another node or attempt");
  start();
  connect();
  EXPECT_EQ(refused(controller_key, {.node = "paris", .attempt = 2, .limits = {}}, text).detail,
            "the order is signed for another node or attempt");
  start();
  connect();
  take(wanted);
}

}  // namespace
}  // namespace utnt::fleet
