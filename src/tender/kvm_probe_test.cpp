// SPDX-License-Identifier: BSD-2-Clause
// The verdicts of the unikernel specification (usable below 2 ms, degraded below 10 ms), everything that can be
// missing, a probe that hangs or crashes, and this machine's real device.
#include "tender/kvm_probe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <vector>

#include "os_linux/clock.hpp"

namespace utnt::tender {
namespace {

/// A device that answers as it is told to.
class FakeKvm final : public KvmDevice {
 public:
  int open() override { return open_error; }
  int api_version() override { return version; }
  int capability(unsigned number) override { return number == missing_capability ? 0 : 1; }
  int build(std::span<const std::uint8_t> code) override {
    loaded.assign(code.begin(), code.end());
    return build_error;
  }
  Exit run() override { return exit; }
  std::uint64_t tsc_hz() override { return 2'600'000'000; }

  int open_error{0};
  int version{12};
  unsigned missing_capability{~0U};
  int build_error{0};
  Exit exit{.error = 0, .reason = 2, .port = 0x10, .took = Duration{40'000}};
  std::vector<std::uint8_t> loaded;
};

KvmVerdict verdict_after(std::int64_t ns) {
  FakeKvm device;
  device.exit.took = Duration{ns};
  return examine(device).verdict;
}

TEST(KvmProbe, judges_by_the_time_that_the_loop_took) {
  EXPECT_EQ(verdict_after(40'000), KvmVerdict::usable);
  EXPECT_EQ(verdict_after(1'999'999), KvmVerdict::usable);
  EXPECT_EQ(verdict_after(2'000'000), KvmVerdict::degraded);
  EXPECT_EQ(verdict_after(9'999'999), KvmVerdict::degraded);
  EXPECT_EQ(verdict_after(10'000'000), KvmVerdict::absent);
  EXPECT_EQ(verdict_after(32'400'000), KvmVerdict::absent);
}

TEST(KvmProbe, loads_the_ten_bytes_of_the_loop_and_tells_what_it_measured) {
  FakeKvm device;
  const auto finding = examine(device);
  EXPECT_EQ(device.loaded, (std::vector<std::uint8_t>{0xb9, 0x00, 0x80, 0x49, 0x75, 0xfd, 0xe6, 0x10, 0xeb, 0xf6}));
  EXPECT_EQ(finding.took.ns(), 40'000);
  EXPECT_EQ(finding.tsc_hz, 2'600'000'000U);
  EXPECT_NE(finding.reason.find("0.040 ms"), std::string::npos) << finding.reason;
}

TEST(KvmProbe, says_what_a_device_lacks) {
  const auto reason_of = [](auto&& spoil) {
    FakeKvm device;
    spoil(device);
    const auto finding = examine(device);
    EXPECT_EQ(finding.verdict, KvmVerdict::absent);
    EXPECT_EQ(finding.took.ns(), 0);
    return finding.reason;
  };
  EXPECT_EQ(reason_of([](FakeKvm& d) { d.open_error = ENOENT; }), "there is no /dev/kvm");
  EXPECT_NE(reason_of([](FakeKvm& d) { d.open_error = EACCES; }).find("permission"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.open_error = ENODEV; }).find("No such device"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.version = 11; }).find("version 11"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.missing_capability = 3; }).find("USER_MEMORY"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.missing_capability = 0; }).find("IRQCHIP"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.build_error = ENOMEM; }).find("no machine"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.exit.error = EFAULT; }).find("does not run"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.exit.reason = 17; }).find("reason 17"), std::string::npos);
  EXPECT_NE(reason_of([](FakeKvm& d) { d.exit.port = 0x11; }).find("instead of its output"), std::string::npos);
}

TEST(KvmProbe, brings_the_finding_back_from_the_child_process) {
  const auto parent = ::getpid();
  const auto finding = in_child(
      [parent] {
        return KvmFinding{KvmVerdict::usable, Duration{5}, 7, ::getpid() == parent ? "the parent" : "a child"};
      },
      Duration{1'000'000'000});
  EXPECT_EQ(finding.verdict, KvmVerdict::usable);
  EXPECT_EQ(finding.took.ns(), 5);
  EXPECT_EQ(finding.tsc_hz, 7U);
  EXPECT_EQ(finding.reason, "a child");
}

TEST(KvmProbe, outlives_a_device_that_hangs_and_one_that_crashes) {
  const auto before = os_linux::monotonic_now();
  const auto hung = in_child(
      [] {
        for (;;) ::pause();
        return KvmFinding{};
      },
      Duration{50'000'000});
  EXPECT_EQ(hung.verdict, KvmVerdict::absent);
  EXPECT_NE(hung.reason.find("did not end"), std::string::npos) << hung.reason;
  EXPECT_LT((os_linux::monotonic_now() - before).ns(), 5'000'000'000);
  const auto crashed = in_child(
      [] {
        std::signal(SIGSEGV, SIG_DFL);
        ::raise(SIGSEGV);
        return KvmFinding{KvmVerdict::usable, {}, 0, {}};
      },
      Duration{1'000'000'000});
  EXPECT_EQ(crashed.verdict, KvmVerdict::absent);
  EXPECT_NE(crashed.reason.find("crashed"), std::string::npos) << crashed.reason;
}

TEST(KvmProbe, comes_to_a_verdict_on_this_machine_within_its_second) {
  const auto before = os_linux::monotonic_now();
  const auto finding = probe_kvm();
  EXPECT_LT((os_linux::monotonic_now() - before).ns(), 3'000'000'000);
  EXPECT_FALSE(finding.reason.empty());
  std::printf("KVM here: %s, %s\n", verdict_name(finding.verdict), finding.reason.c_str());
  if (finding.took.ns() > 0) {
    EXPECT_EQ(finding.verdict == KvmVerdict::usable, finding.took.ns() < 2'000'000);
  }
}

TEST(KvmProbe, finds_nothing_where_no_device_is) {
  const auto device = open_kvm_device("/nonexistent/kvm");
  EXPECT_EQ(examine(*device).reason, "there is no /dev/kvm");
}

}  // namespace
}  // namespace utnt::tender
