// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/dispatcher.hpp"

#include <gtest/gtest.h>

#include "fleet/model/model_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::at;
using test::job_number;

const std::string digest_a(64, 'd');

/// A dispatcher with nodes a and b of one slot each, both waiting for jobs.
struct Fleet {
  explicit Fleet(const Policy& policy = {}) : dispatcher{policy} {
    for (const char* node : {"a", "b"}) {
      dispatcher.node_up(node, 1, {}, at(0));
      says(node, MessageKind::fetch, {}, 0, 0, 1);
    }
    dispatcher.take_messages();
  }
  void says(const std::string& node, MessageKind kind, const std::string& job, std::uint32_t attempt,
            std::int64_t seconds, std::uint64_t total = 0, const std::string& text = {}) {
    Message message{.kind = kind, .job = job, .attempt = attempt};
    message.total = total;
    message.text = text;
    if (kind == MessageKind::finish) message.digest = digest_a;
    dispatcher.receive(node, message, at(seconds));
  }
  std::string accept(std::uint64_t event, std::int64_t seconds = 0, std::vector<std::string> nodes = {"a", "b"}) {
    auto job = job_number(event, std::move(nodes));
    dispatcher.accept(job, at(seconds));
    return job.order.id;
  }
  JobState state(const std::string& job) { return dispatcher.find(job)->state; }
  std::string reason(const std::string& job) { return dispatcher.find(job)->reason; }
  std::vector<std::string> sent(MessageKind kind) {
    std::vector<std::string> nodes;
    for (const auto& outgoing : dispatcher.take_messages())
      if (outgoing.message.kind == kind) nodes.push_back(outgoing.node);
    return nodes;
  }
  using Names = std::vector<std::string>;
  Dispatcher dispatcher;
};

Policy discarding() {
  Policy policy;
  policy.when_busy = WhenBusy::discard;
  return policy;
}

TEST(Dispatcher, OffersAJobToTheFirstOfItsNodesThatIsFree) {
  Fleet fleet;
  const auto first = fleet.accept(1);
  const auto second = fleet.accept(2);
  const auto third = fleet.accept(3);
  EXPECT_EQ(fleet.dispatcher.find(first)->node, "a");
  EXPECT_EQ(fleet.dispatcher.find(second)->node, "b");
  EXPECT_EQ(fleet.state(third), JobState::queued);
  EXPECT_EQ(fleet.sent(MessageKind::job), (Fleet::Names{"a", "b"}));
  EXPECT_EQ(fleet.dispatcher.take_changes().size(), 3U);
  EXPECT_TRUE(fleet.dispatcher.take_changes().empty());
}

TEST(Dispatcher, TakesAJobFromTheOfferToDone) {
  Fleet fleet;
  const auto job = fleet.accept(1);
  fleet.says("a", MessageKind::claim, job, 1, 1);
  EXPECT_EQ(fleet.state(job), JobState::running);
  fleet.says("a", MessageKind::finish, job, 1, 5);
  EXPECT_EQ(fleet.state(job), JobState::finished);
  fleet.dispatcher.take_messages();
  EXPECT_EQ(fleet.dispatcher.result_arrived("a", job, 1, digest_a, complete(), at(6)), Arrival::of_job);
  EXPECT_EQ(fleet.state(job), JobState::done);
  EXPECT_EQ(fleet.dispatcher.find(job)->result, digest_a);
  EXPECT_EQ(fleet.sent(MessageKind::receipt), Fleet::Names{"a"});
  EXPECT_EQ(fleet.dispatcher.result_arrived("a", job, 1, digest_a, complete(), at(7)), Arrival::repeated);
}

TEST(Dispatcher, GivesTheSlotOfAFinishedJobToTheNextBeforeItsResultHasCome) {
  Fleet fleet;
  const auto first = fleet.accept(1, 0, {"a"});
  const auto second = fleet.accept(2, 0, {"a"});
  fleet.says("a", MessageKind::claim, first, 1, 1);
  fleet.says("a", MessageKind::fetch, {}, 0, 5, 1);
  EXPECT_EQ(fleet.state(second), JobState::queued);
  fleet.says("a", MessageKind::finish, first, 1, 5);
  EXPECT_EQ(fleet.state(second), JobState::offered);
}

TEST(Dispatcher, DoesNotAcceptOneIdentityTwice) {
  Fleet fleet;
  const auto job = fleet.accept(1);
  EXPECT_EQ(fleet.dispatcher.accept(job_number(1, {"b"}), at(1)), Acceptance::duplicate);
  EXPECT_EQ(fleet.dispatcher.counts().accepted, 1U);
  EXPECT_EQ(fleet.dispatcher.counts().duplicates, 1U);
}

TEST(Dispatcher, RefusesAtOnceUnderDiscardWhenNoSlotIsFree) {
  Fleet fleet{discarding()};
  fleet.accept(1), fleet.accept(2);
  EXPECT_EQ(fleet.dispatcher.accept(job_number(3, {"a", "b"}), at(1)), Acceptance::refused);
  const auto* third = fleet.dispatcher.find(job_number(3, {}).order.id);
  EXPECT_EQ(third->state, JobState::refused);
  EXPECT_EQ(third->reason, reason::busy);
}

TEST(Dispatcher, OffersNothingToANodeThatIsSilentAboutAJobBeforeItAsksAgain) {
  Fleet fleet;
  const auto job = fleet.accept(1, 0, {"a"});
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.says("a", MessageKind::fetch, {}, 0, 2, 1);  // its last word, a second after that about the job
  fleet.dispatcher.tick(at(31));
  EXPECT_EQ(fleet.state(job), JobState::queued) << "no second attempt into a connection that may be dead";
  fleet.says("a", MessageKind::fetch, {}, 0, 40, 1);
  EXPECT_EQ(fleet.state(job), JobState::offered);
}

TEST(Dispatcher, EndsWhatWaitsForNobodyButNodesThatWereGivenUp) {
  Fleet fleet;
  fleet.dispatcher.node_lost("a", at(1));
  fleet.dispatcher.node_lost("b", at(1));
  const auto of_a = fleet.accept(1, 0, {"a"});
  const auto of_both = fleet.accept(2, 0, {"a", "b"});
  EXPECT_EQ(fleet.state(of_a), JobState::queued);
  fleet.dispatcher.node_given_up("a", "its host key is another", at(2));
  EXPECT_EQ(fleet.state(of_a), JobState::refused);
  EXPECT_EQ(fleet.reason(of_a), reason::no_node);
  EXPECT_EQ(fleet.dispatcher.find(of_a)->detail, "a: its host key is another");
  EXPECT_EQ(fleet.state(of_both), JobState::queued) << "b may come back";
  const auto later = fleet.accept(3, 0, {"a"});
  EXPECT_EQ(fleet.state(later), JobState::refused) << "a new job does not wait either";
  fleet.dispatcher.node_given_up("b", "no answer", at(3));
  EXPECT_EQ(fleet.state(of_both), JobState::refused);
  EXPECT_EQ(fleet.dispatcher.find(of_both)->detail, "a: its host key is another; b: no answer");
  fleet.dispatcher.node_up("a", 1, {}, at(4));
  EXPECT_EQ(fleet.state(fleet.accept(4, 0, {"a"})), JobState::queued) << "it is back";
}

TEST(Dispatcher, DoesNotCallAJobRefusedThatMayHaveRunOnANodeThatWasGivenUp) {
  Fleet fleet;
  const auto silent = fleet.accept(1, 0, {"a"});
  const auto crashed = fleet.accept(2, 0, {"b"});
  fleet.says("a", MessageKind::claim, silent, 1, 1);
  fleet.says("b", MessageKind::claim, crashed, 1, 1);
  fleet.dispatcher.result_arrived("b", crashed, 1, digest_a, failed(reason::crashed), at(2));
  EXPECT_EQ(fleet.state(crashed), JobState::queued);
  for (const auto* const node : {"a", "b"}) {
    fleet.dispatcher.node_lost(node, at(3));
    fleet.dispatcher.node_given_up(node, "no answer", at(3));
  }
  EXPECT_EQ(fleet.state(silent), JobState::running) << "it may still be at work";
  fleet.dispatcher.tick(at(60));
  EXPECT_EQ(fleet.state(silent), JobState::unknown) << "its lease is over, and there is nobody to try it again";
  EXPECT_EQ(fleet.state(crashed), JobState::failed);
  EXPECT_EQ(fleet.reason(crashed), reason::crashed);
}

TEST(Dispatcher, SaysWhichNodesWereGivenUpAlsoUnderDiscard) {
  Fleet fleet{discarding()};
  for (const auto* const node : {"a", "b"}) {
    fleet.dispatcher.node_lost(node, at(1));
    fleet.dispatcher.node_given_up(node, "no answer", at(1));
  }
  EXPECT_EQ(fleet.reason(fleet.accept(1)), reason::no_node);
}

TEST(Dispatcher, RefusesTheJobThatMakesTheQueueTooLong) {
  Policy policy;
  policy.queue_max = 2;
  Fleet fleet{policy};
  for (std::uint64_t event = 1; event <= 4; ++event)
    EXPECT_EQ(fleet.state(fleet.accept(event)), event <= 2 ? JobState::offered : JobState::queued);
  const auto fifth = fleet.accept(5);
  EXPECT_EQ(fleet.state(fifth), JobState::refused);
  EXPECT_EQ(fleet.reason(fifth), reason::queue_full);
}

TEST(Dispatcher, RefusesWhatNoNodeMayRunAndExpiresWhatIsTooLate) {
  Fleet fleet;
  EXPECT_EQ(fleet.reason(fleet.accept(1, 0, {})), reason::no_node);
  auto late = job_number(2, {"a"});
  late.start_by = at(9);
  EXPECT_EQ(fleet.dispatcher.accept(late, at(10)), Acceptance::expired);
  auto also_late = job_number(3, {"a"});
  also_late.finish_by = at(10);
  EXPECT_EQ(fleet.dispatcher.accept(also_late, at(10)), Acceptance::expired);
}

TEST(Dispatcher, ExpiresAWaitingJobWhenItsStartByPasses) {
  Fleet fleet;
  fleet.accept(1), fleet.accept(2);
  auto job = job_number(3, {"a", "b"});
  job.start_by = at(5);
  fleet.dispatcher.accept(job, at(0));
  fleet.dispatcher.tick(Instant{at(5).ns() - 1});
  EXPECT_EQ(fleet.state(job.order.id), JobState::queued);
  EXPECT_LE(*fleet.dispatcher.next_deadline(), at(5));
  fleet.dispatcher.tick(at(5));
  EXPECT_EQ(fleet.state(job.order.id), JobState::expired);
}

TEST(Dispatcher, EndsARunningJobAtItsFinishBy) {
  Fleet fleet;
  auto job = job_number(1, {"a"});
  job.finish_by = at(20);
  fleet.dispatcher.accept(job, at(0));
  fleet.says("a", MessageKind::claim, job.order.id, 1, 1);
  fleet.dispatcher.take_messages();
  fleet.dispatcher.tick(at(20));
  EXPECT_EQ(fleet.state(job.order.id), JobState::expired);
  EXPECT_EQ(fleet.sent(MessageKind::cancel), Fleet::Names{"a"});
}

TEST(Dispatcher, RepeatsAnOfferUntilItIsAnswered) {
  Fleet fleet;
  const auto job = fleet.accept(1);
  fleet.dispatcher.take_messages();
  fleet.dispatcher.tick(at(1));
  EXPECT_EQ(fleet.sent(MessageKind::job), Fleet::Names{"a"});
  fleet.says("a", MessageKind::beat, job, 1, 1);
  fleet.dispatcher.tick(at(2));
  EXPECT_EQ(fleet.sent(MessageKind::job), Fleet::Names{});
}

TEST(Dispatcher, TriesAnotherNodeWhenALeaseEndsUnderWait) {
  Fleet fleet;
  const auto job = fleet.accept(1);
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.dispatcher.tick(at(30));
  EXPECT_EQ(fleet.state(job), JobState::running);
  fleet.says("b", MessageKind::fetch, {}, 0, 30, 1);
  fleet.dispatcher.tick(at(31));
  EXPECT_EQ(fleet.state(job), JobState::offered);
  EXPECT_EQ(fleet.dispatcher.find(job)->node, "b");
  EXPECT_EQ(fleet.dispatcher.find(job)->attempt, 2U);
  EXPECT_EQ(fleet.dispatcher.find(job)->tried, (Fleet::Names{"a", "b"}));
}

TEST(Dispatcher, EndsAsUnknownWhatItMayNotRunAgain) {
  Fleet fleet{discarding()};
  const auto job = fleet.accept(1);
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.says("b", MessageKind::fetch, {}, 0, 60, 1);
  fleet.dispatcher.tick(at(120));
  EXPECT_EQ(fleet.state(job), JobState::running);
  fleet.dispatcher.tick(at(121));
  EXPECT_EQ(fleet.state(job), JobState::unknown);
  EXPECT_EQ(fleet.dispatcher.result_arrived("a", job, 1, digest_a, complete(), at(300)), Arrival::beside);
  EXPECT_EQ(fleet.state(job), JobState::unknown);
  EXPECT_EQ(fleet.dispatcher.counts().results_beside, 1U);
}

TEST(Dispatcher, KeepsToRunningOnceWhatWasAcceptedSoWhateverTheNextPolicyIs) {
  Fleet before{discarding()};
  const auto job = before.accept(1);
  before.says("a", MessageKind::claim, job, 1, 1);
  Fleet after;  // wait
  after.dispatcher.restore(before.dispatcher.take_changes(), at(0));
  after.says("b", MessageKind::fetch, {}, 0, 60, 1);
  after.dispatcher.tick(at(121));
  EXPECT_EQ(after.state(job), JobState::unknown);
  EXPECT_TRUE(after.sent(MessageKind::job).empty());

  Fleet waiting;
  const auto other = waiting.accept(2);
  waiting.says("a", MessageKind::claim, other, 1, 1);
  Fleet discarding_one{discarding()};
  discarding_one.dispatcher.restore(waiting.dispatcher.take_changes(), at(0));
  discarding_one.says("b", MessageKind::fetch, {}, 0, 31, 1);
  discarding_one.dispatcher.tick(at(31));
  EXPECT_EQ(discarding_one.dispatcher.find(other)->attempt, 2U) << "and the other way round";
}

TEST(Dispatcher, OffersNoSecondAttemptToANodeThatComesBackWithTheFirst) {
  Fleet fleet;
  const auto job = fleet.accept(1, 0, {"a"});
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.dispatcher.tick(at(31));
  ASSERT_EQ(fleet.state(job), JobState::queued);
  fleet.dispatcher.node_lost("a", at(35));
  fleet.dispatcher.take_messages();
  fleet.dispatcher.node_up("a", 1, {job}, at(36));
  fleet.says("a", MessageKind::fetch, {}, 0, 36, 1);
  EXPECT_TRUE(fleet.sent(MessageKind::job).empty());
  EXPECT_EQ(fleet.dispatcher.find(job)->attempt, 1U);
  EXPECT_EQ(fleet.dispatcher.result_arrived("a", job, 1, digest_a, complete(), at(37)), Arrival::of_job);
  EXPECT_EQ(fleet.state(job), JobState::done);
}

TEST(Dispatcher, TakesAJobBackToTheNodeThatStillRunsIt) {
  Fleet fleet;
  const auto job = fleet.accept(1, 0, {"a"});
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.dispatcher.node_lost("a", at(2));
  fleet.dispatcher.tick(at(31));
  EXPECT_EQ(fleet.state(job), JobState::queued);
  fleet.dispatcher.node_up("a", 1, {job}, at(40));
  fleet.says("a", MessageKind::beat, job, 1, 40);
  EXPECT_EQ(fleet.state(job), JobState::running);
  EXPECT_EQ(fleet.dispatcher.find(job)->runs, 1U);
}

TEST(Dispatcher, FailsAPoisonousJobAfterItsAttemptsAndLetsOthersPass) {
  Fleet fleet;
  const auto poison = fleet.accept(1, 0, {"a"});
  const auto other = fleet.accept(2, 0, {"a"});
  for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(fleet.dispatcher.find(poison)->attempt, attempt);
    fleet.says("a", MessageKind::claim, poison, attempt, attempt);
    fleet.says("a", MessageKind::fetch, {}, 0, attempt, 1);
    fleet.dispatcher.result_arrived("a", poison, attempt, std::string(64, static_cast<char>('0' + attempt)),
                                    failed(reason::crashed, "exit 125"), at(attempt));
  }
  EXPECT_EQ(fleet.state(poison), JobState::failed);
  EXPECT_EQ(fleet.reason(poison), reason::crashed);
  EXPECT_EQ(fleet.state(other), JobState::offered);
}

TEST(Dispatcher, DoesNotRunACrashedJobAgainUnderDiscard) {
  Fleet fleet{discarding()};
  const auto job = fleet.accept(1);
  fleet.says("a", MessageKind::claim, job, 1, 1);
  fleet.dispatcher.result_arrived("a", job, 1, digest_a, failed(reason::crashed), at(2));
  EXPECT_EQ(fleet.state(job), JobState::failed);
}

TEST(Dispatcher, OffersARefusedJobElsewhereAndCountsNoRunForIt) {
  Fleet fleet{discarding()};
  const auto job = fleet.accept(1);
  fleet.says("a", MessageKind::refuse, job, 1, 1, 0, "no space\t3 kB left");
  EXPECT_EQ(fleet.dispatcher.find(job)->node, "b");
  EXPECT_EQ(fleet.dispatcher.find(job)->runs, 1U);
  fleet.says("b", MessageKind::refuse, job, 2, 2, 0, "not able\tno tender");
  EXPECT_EQ(fleet.state(job), JobState::refused);
  EXPECT_EQ(fleet.reason(job), reason::not_able);
  EXPECT_EQ(fleet.dispatcher.find(job)->detail, "no tender");
}

TEST(Dispatcher, KeepsABusyRefusalInTheQueueUntilTheNodeAsksAgain) {
  Fleet fleet;
  const auto job = fleet.accept(1, 0, {"a"});
  fleet.says("a", MessageKind::refuse, job, 1, 1, 0, "busy\t");
  EXPECT_EQ(fleet.state(job), JobState::queued);
  fleet.says("a", MessageKind::fetch, {}, 0, 2, 1);
  EXPECT_EQ(fleet.dispatcher.find(job)->attempt, 2U);
}

TEST(Dispatcher, CancelsQueuedAndRunningJobsAndRepeatsItToANodeThatDidNotHear) {
  Fleet fleet;
  const auto running = fleet.accept(1, 0, {"a"});
  const auto queued = fleet.accept(2, 0, {"a"});
  fleet.says("a", MessageKind::claim, running, 1, 1);
  fleet.dispatcher.take_messages();
  fleet.dispatcher.cancel(queued, at(2));
  fleet.dispatcher.cancel(running, at(2));
  EXPECT_EQ(fleet.state(queued), JobState::cancelled);
  EXPECT_EQ(fleet.state(running), JobState::cancelled);
  EXPECT_EQ(fleet.sent(MessageKind::cancel), Fleet::Names{"a"});
  fleet.says("a", MessageKind::beat, running, 1, 10);
  EXPECT_EQ(fleet.sent(MessageKind::cancel), Fleet::Names{"a"});
}

TEST(Dispatcher, StopsEverythingAndSaysSoUntilEachNodeHasStopped) {
  Fleet fleet;
  const auto running = fleet.accept(1, 0, {"a"});
  const auto queued = fleet.accept(2, 0, {"a"});
  fleet.says("a", MessageKind::claim, running, 1, 1);
  fleet.dispatcher.take_messages();
  fleet.dispatcher.stop_all(at(2));
  EXPECT_EQ(fleet.state(queued), JobState::cancelled);
  EXPECT_EQ(fleet.reason(queued), reason::stopped);
  EXPECT_EQ(fleet.sent(MessageKind::stop), (Fleet::Names{"a", "b"}));
  fleet.says("b", MessageKind::stopped, {}, 0, 3);
  fleet.dispatcher.tick(at(3));
  EXPECT_EQ(fleet.sent(MessageKind::stop), Fleet::Names{"a"});
  fleet.dispatcher.result_arrived("a", running, 1, digest_a, failed(reason::stopped), at(3));
  EXPECT_EQ(fleet.state(running), JobState::failed);
  EXPECT_EQ(fleet.reason(fleet.accept(3)), reason::stopped);
}

TEST(Dispatcher, BelievesANodeOnlyAboutWhatItWasGiven) {
  Fleet fleet;
  const auto job = fleet.accept(1);
  fleet.says("b", MessageKind::claim, job, 1, 1);
  fleet.says("a", MessageKind::claim, job, 2, 1);
  fleet.says("b", MessageKind::refuse, job, 1, 1, 0, "busy");
  fleet.says("b", MessageKind::finish, job, 1, 1);
  EXPECT_EQ(fleet.state(job), JobState::offered);
  EXPECT_EQ(fleet.dispatcher.result_arrived("b", job, 1, digest_a, complete(), at(1)), Arrival::stranger);
  EXPECT_EQ(fleet.dispatcher.result_arrived("a", "0123", 1, digest_a, complete(), at(1)), Arrival::stranger);
  EXPECT_EQ(fleet.sent(MessageKind::receipt), Fleet::Names{});
  EXPECT_EQ(fleet.dispatcher.counts().strangers, 2U);
}

TEST(Dispatcher, GivesNothingToANodeThatHasBeenSilentForALease) {
  Fleet fleet{discarding()};
  EXPECT_EQ(fleet.dispatcher.free_slots("a", at(30)), 1U);
  EXPECT_EQ(fleet.dispatcher.free_slots("a", at(31)), 0U);
  EXPECT_EQ(fleet.reason(fleet.accept(1, 31)), reason::busy);
}

TEST(Dispatcher, SpeaksToEachNodeOftenEnoughForItsDeadManTimers) {
  Fleet fleet;
  EXPECT_EQ(*fleet.dispatcher.next_deadline(), at(10));
  fleet.dispatcher.tick(at(10));
  EXPECT_EQ(fleet.sent(MessageKind::alive), (Fleet::Names{"a", "b"}));
}

TEST(Dispatcher, GoesOnWhereTheStoreSaysAfterARestart) {
  Fleet before;
  const auto offered = before.accept(1);
  const auto running = before.accept(2);
  const auto queued = before.accept(3);
  before.says("b", MessageKind::claim, running, 1, 1);
  Dispatcher after{Policy{}};
  after.restore(before.dispatcher.take_changes(), at(100));
  EXPECT_EQ(after.accept(job_number(3, {"a"}), at(100)), Acceptance::duplicate);
  EXPECT_EQ(after.find(queued)->state, JobState::queued);
  after.node_up("a", 1, {}, at(101));
  const auto messages = after.take_messages();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].message.job, offered);
  EXPECT_EQ(messages[0].message.attempt, 1U);
  EXPECT_TRUE(after.take_changes().empty());
  const auto result = after.result_arrived("b", running, 1, digest_a, complete(), at(102));
  EXPECT_EQ(result, Arrival::of_job);
  EXPECT_EQ(after.counts().accepted, 3U);
}

}  // namespace
}  // namespace utnt::fleet
