// SPDX-License-Identifier: BSD-2-Clause
// The order of isolation that docs/reference/tender.md promises: machines only by KVM that was timed, then the sandbox,
// and emulation only when the image leaves nothing else.
#include "apps/utnt/tender_choice.hpp"

#include <gtest/gtest.h>

namespace utnt::apps {
namespace {

const tender::KvmFinding usable{tender::KvmVerdict::usable, Duration{40'000}, 0, "the test loop took 0.040 ms"};
const tender::KvmFinding interpreted{tender::KvmVerdict::absent, Duration{32'000'000}, 0, "the test loop took 32 ms"};
const tender::KvmFinding slow{tender::KvmVerdict::degraded, Duration{5'000'000}, 0, "the test loop took 5 ms"};

TenderFacts everything() {
  return {.has_process_image = true,
          .has_machine_image = true,
          .has_qemu = true,
          .has_firecracker = true,
          .wants_tap = true,
          .kvm = usable};
}

TEST(TenderChoice, takes_firecracker_then_qemu_when_kvm_is_usable) {
  auto facts = everything();
  EXPECT_EQ(choose_tender(facts).tender, "firecracker");
  EXPECT_NE(choose_tender(facts).reason.find("0.040 ms"), std::string::npos);
  facts.wants_tap = false;
  EXPECT_EQ(choose_tender(facts).tender, "qemu") << "Firecracker has no other interface than a TAP";
  facts.wants_tap = true;
  facts.has_firecracker = false;
  EXPECT_EQ(choose_tender(facts).tender, "qemu");
}

TEST(TenderChoice, takes_the_sandbox_when_only_emulation_is_left_and_says_so) {
  auto facts = everything();
  for (const auto& kvm : {interpreted, slow}) {
    facts.kvm = kvm;
    const auto choice = choose_tender(facts);
    EXPECT_EQ(choice.tender, "process");
    EXPECT_NE(choice.reason.find("no hardware isolation"), std::string::npos) << choice.reason;
    EXPECT_NE(choice.reason.find(kvm.reason), std::string::npos) << choice.reason;
  }
  facts.has_qemu = facts.has_firecracker = false;
  EXPECT_NE(choose_tender(facts).reason.find("no virtual machine monitor"), std::string::npos);
}

TEST(TenderChoice, gives_packet_rings_to_a_process_whatever_else_works) {
  auto facts = everything();
  facts.wants_ring = true;
  EXPECT_EQ(choose_tender(facts).tender, "process");
  facts.has_process_image = false;
  EXPECT_EQ(choose_tender(facts).tender, "");
}

TEST(TenderChoice, follows_the_image_that_was_named) {
  auto facts = everything();
  facts.kvm = interpreted;
  facts.has_process_image = false;
  EXPECT_EQ(choose_tender(facts).tender, "qemu") << "a machine's image runs in a machine, emulated if need be";
  facts.has_qemu = false;
  EXPECT_EQ(choose_tender(facts).tender, "");
  facts = everything();
  facts.has_machine_image = false;
  EXPECT_EQ(choose_tender(facts).tender, "process");
  facts.has_process_image = false;
  EXPECT_EQ(choose_tender(facts).tender, "");
  EXPECT_NE(choose_tender(facts).reason.find("no image"), std::string::npos);
}

}  // namespace
}  // namespace utnt::apps
