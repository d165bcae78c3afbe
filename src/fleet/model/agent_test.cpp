// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/agent.hpp"

#include <gtest/gtest.h>

#include "fleet/model/ending.hpp"
#include "fleet/model/model_test_support.hpp"
#include "fleet/model/outcome.hpp"

namespace utnt::fleet {
namespace {

using test::at;
using test::order_number;

Message job_message(const Order& order, std::uint32_t attempt = 1) {
  return {
      .kind = MessageKind::job, .job = order.id, .attempt = attempt, .digest = order.image, .text = order_text(order)};
}
Message about(MessageKind kind, const Order& order, std::uint32_t attempt = 1) {
  return {.kind = kind, .job = order.id, .attempt = attempt};
}
SpooledResult result_of(const Order& order, std::uint32_t attempt = 1, const Ending& ending = complete()) {
  return {.digest = std::string(63, 'd') + std::to_string(attempt),
          .job = order.id,
          .attempt = attempt,
          .bytes = 10,
          .how = ending_text(ending)};
}

/// What came out, in a word each.
std::vector<std::string> words(Agent& agent) {
  std::vector<std::string> all;
  for (const auto& action : agent.take_actions()) {
    static constexpr std::array names{"remember", "start", "end", "forget", "drop", "image", "result"};
    if (action.index() < names.size()) {
      all.emplace_back(names[action.index()]);
      if (const auto* end = std::get_if<EndRun>(&action)) all.back() += " " + end->reason;
      continue;
    }
    const auto& message = std::get<Message>(action);
    switch (message.kind) {
      case MessageKind::claim:
        all.push_back("claim " + std::to_string(message.attempt));
        break;
      case MessageKind::refuse:
        all.push_back("refuse " + std::to_string(message.attempt) + " " + parse_ending(message.text).reason);
        break;
      case MessageKind::fetch:
        all.push_back("fetch " + std::to_string(message.total));
        break;
      case MessageKind::beat:
        all.push_back("beat " + message.text);
        break;
      case MessageKind::have:
        all.push_back("have " + std::to_string((message.text.size() + 1) / 65));
        break;
      case MessageKind::stopped:
        all.emplace_back("stopped");
        break;
      default:
        all.emplace_back("?");
    }
  }
  return all;
}

using Words = std::vector<std::string>;

struct Linked {
  explicit Linked(std::uint32_t slots = 1) : agent{{.slots = slots}} {
    agent.restore({}, at(0));
    agent.link_up(at(0));
    agent.take_actions();
  }
  void run(const Order& order) {
    agent.receive(job_message(order), at(0));
    agent.image_ready(order.image, at(0));
    agent.take_actions();
  }
  Agent agent;
};

TEST(Agent, RemembersAJobBeforeItClaimsItAndStartsItWhenTheImageIsThere) {
  Linked linked;
  const auto order = order_number(1);
  linked.agent.receive(job_message(order), at(1));
  EXPECT_EQ(words(linked.agent), (Words{"remember", "claim 1", "image"}));
  linked.agent.image_ready(order.image, at(2));
  EXPECT_EQ(words(linked.agent), Words{"start"});
  linked.agent.image_ready(order.image, at(2));
  EXPECT_EQ(words(linked.agent), Words{});
}

TEST(Agent, AnswersARepeatedOfferWithoutASecondRun) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.receive(job_message(order), at(1));
  EXPECT_EQ(words(linked.agent), Words{"claim 1"});
  linked.agent.run_ended(result_of(order), at(2));
  EXPECT_EQ(words(linked.agent), (Words{"forget", "fetch 1", "result"}));
  linked.agent.receive(job_message(order), at(3));
  EXPECT_EQ(words(linked.agent), Words{"result"});
  linked.agent.receive({.kind = MessageKind::receipt, .digest = result_of(order).digest}, at(4));
  EXPECT_EQ(words(linked.agent), Words{"drop"});
  linked.agent.receive(job_message(order), at(5));
  EXPECT_EQ(words(linked.agent), Words{});
}

TEST(Agent, RunsAnotherAttemptOfAJobWhoseResultWasNotComplete) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.run_ended(result_of(order, 1, failed(reason::crashed)), at(1));
  linked.agent.take_actions();
  linked.agent.receive(job_message(order, 2), at(2));
  EXPECT_EQ(words(linked.agent), (Words{"remember", "claim 2", "image"}));
}

TEST(Agent, RefusesASecondAttemptWhileTheFirstRuns) {
  Linked linked{2};
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.receive(job_message(order, 2), at(1));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 2 busy", "claim 1"}));
  linked.agent.run_ended(result_of(order, 1, failed(reason::crashed)), at(2));
  linked.agent.take_actions();
  linked.agent.receive(job_message(order, 2), at(3));  // the refused offer, come twice
  EXPECT_EQ(words(linked.agent), (Words{"refuse 2 busy", "fetch 2"}));
}

TEST(Agent, RefusesWhenItsSlotsAreTakenAndSaysTheSameAgain) {
  Linked linked;
  linked.run(order_number(1));
  linked.agent.receive(job_message(order_number(2)), at(1));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 busy", "fetch 0"}));
  linked.agent.run_ended(result_of(order_number(1)), at(2));
  linked.agent.take_actions();
  linked.agent.receive(job_message(order_number(2)), at(3));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 busy", "fetch 1"}));
  linked.agent.receive(job_message(order_number(2), 2), at(4));
  EXPECT_EQ(words(linked.agent), (Words{"remember", "claim 2", "image"}));
}

TEST(Agent, RefusesAnOrderThatItCannotRead) {
  Linked linked;
  auto message = job_message(order_number(1));
  message.text.back() = ' ';
  linked.agent.receive(message, at(1));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 not able", "fetch 1"}));
  message = job_message(order_number(2));
  message.job = order_number(3).id;
  linked.agent.receive(message, at(1));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 not able", "fetch 1"}));
}

TEST(Agent, AsksForReceiptsLessAndLessOftenAndSendsWhatIsNotHeld) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.run_ended(result_of(order), at(0));
  linked.agent.take_actions();
  Words times;
  for (std::int64_t second = 1; second <= 200; ++second) {
    linked.agent.tick(at(second));
    for (const auto& word : words(linked.agent))
      if (word == "have 1") times.push_back(std::to_string(second));
  }
  EXPECT_EQ(times, (Words{"2", "6", "14", "30", "62", "122", "182"}));
  linked.agent.receive({.kind = MessageKind::held, .text = std::string(64, '0')}, at(201));
  EXPECT_EQ(words(linked.agent), Words{"result"});
  linked.agent.receive({.kind = MessageKind::held, .text = "00 " + result_of(order).digest}, at(202));
  EXPECT_EQ(words(linked.agent), Words{"drop"});
}

TEST(Agent, AsksForAllOfItsSpoolWhenItIsConnected) {
  Agent agent{{}};
  std::vector<SpooledResult> spooled;
  for (std::uint32_t i = 1; i <= 1'500; ++i) {
    auto result = result_of(order_number(1), i);
    result.digest = std::string(60, '0') + std::to_string(1'000 + i);
    spooled.push_back(result);
  }
  agent.restore(spooled, at(0));
  EXPECT_EQ(agent.jobs().size(), 1U);
  agent.link_up(at(1));
  agent.tick(at(1));
  EXPECT_EQ(words(agent), (Words{"fetch 1", "have 1000", "have 500"}));
}

TEST(Agent, EndsARunWhenTheControllerIsGoneForTooLong) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.link_down(at(5));
  EXPECT_EQ(*linked.agent.next_deadline(), at(60));
  linked.agent.tick(at(59));
  EXPECT_EQ(words(linked.agent), Words{});
  linked.agent.tick(at(60));
  linked.agent.tick(at(61));
  EXPECT_EQ(words(linked.agent), Words{"end controller gone"});
  linked.agent.run_ended(result_of(order, 1, failed(reason::controller_gone)), at(61));
  EXPECT_EQ(words(linked.agent), Words{"forget"});
  linked.agent.link_up(at(70));
  EXPECT_EQ(words(linked.agent), (Words{"fetch 1", "have 1"}));
}

TEST(Agent, GoesOnWithARunAsLongAsItHearsTheController) {
  Linked linked;
  linked.run(order_number(1));
  for (std::int64_t second = 10; second <= 300; second += 10) {
    linked.agent.receive({.kind = MessageKind::alive}, at(second));
    linked.agent.tick(at(second));
    EXPECT_EQ(words(linked.agent), (Words{"beat ", "fetch 0"}));
  }
}

TEST(Agent, StopsItsRunsAndTakesNoJobUntilTheNextWelcome) {
  Linked linked{2};
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.receive({.kind = MessageKind::stop}, at(1));
  EXPECT_EQ(words(linked.agent), (Words{"fetch 0", "end stopped"}));
  linked.agent.receive(job_message(order_number(2)), at(2));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 stopped", "fetch 0"}));
  linked.agent.run_ended(result_of(order, 1, failed(reason::stopped)), at(2));
  EXPECT_EQ(words(linked.agent), (Words{"forget", "fetch 0", "result", "stopped"}));
  linked.agent.receive({.kind = MessageKind::stop}, at(3));
  EXPECT_EQ(words(linked.agent), (Words{"fetch 0", "stopped"}));
  linked.agent.receive({.kind = MessageKind::welcome}, at(4));
  EXPECT_EQ(words(linked.agent), Words{"fetch 2"});
}

TEST(Agent, DrainsByFinishingWhatRuns) {
  Linked linked{2};
  linked.run(order_number(1));
  linked.agent.receive({.kind = MessageKind::drain}, at(1));
  linked.agent.receive(job_message(order_number(2)), at(1));
  EXPECT_EQ(words(linked.agent), (Words{"fetch 0", "refuse 1 busy", "fetch 0"}));
}

TEST(Agent, HeedsACancelThatOvertookItsJob) {
  Linked linked;
  const auto order = order_number(1);
  linked.agent.receive(about(MessageKind::cancel, order), at(1));
  linked.agent.receive(job_message(order), at(2));
  EXPECT_EQ(words(linked.agent), (Words{"refuse 1 cancelled", "fetch 1"}));
}

TEST(Agent, EndsACancelledRunOnce) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.receive(about(MessageKind::cancel, order), at(1));
  linked.agent.receive(about(MessageKind::cancel, order), at(2));
  EXPECT_EQ(words(linked.agent), Words{"end cancelled"});
}

TEST(Agent, EndsARunWhoseImageIsBad) {
  Linked linked;
  linked.agent.receive(job_message(order_number(1)), at(1));
  linked.agent.take_actions();
  linked.agent.image_failed(order_number(1).image, "its signature is wrong", at(2));
  EXPECT_EQ(words(linked.agent), Words{"end bad image"});
}

TEST(Agent, BeatsAtOnceWhenARunEntersAnotherPhase) {
  Linked linked;
  const auto order = order_number(1);
  linked.run(order);
  linked.agent.run_progress(order.id, "probing", 5, at(1));
  linked.agent.run_progress(order.id, "probing", 9, at(2));
  EXPECT_EQ(words(linked.agent), Words{"beat probing"});
}

TEST(Agent, TellsOfItsRunsAgainWhenItIsConnectedAgain) {
  Linked linked;
  linked.run(order_number(1));
  linked.agent.link_down(at(5));
  linked.agent.link_up(at(6));
  EXPECT_EQ(words(linked.agent), (Words{"fetch 0", "claim 1"}));
  EXPECT_EQ(linked.agent.jobs(), std::set<std::string>{order_number(1).id});
}

}  // namespace
}  // namespace utnt::fleet
