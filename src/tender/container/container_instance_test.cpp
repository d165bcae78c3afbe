// SPDX-License-Identifier: BSD-2-Clause
// The life of a container with a script in podman's place. What it runs is a process that nobody's death ends, as under
// podman: killing the command leaves it.
#include "tender/container/container_instance.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "abi/record_frame.hpp"
#include "os_linux/clock.hpp"
#include "support/temporary_directory.hpp"
#include "tender/input_file.hpp"
#include "tender/test_instance.hpp"

namespace utnt::tender {
namespace {

constexpr Duration second{1'000'000'000};

/// A trailer alone, with this exit code.
std::string stream_with(int exit_code) {
  std::vector<std::byte> trailer(abi::frame_header_bytes + abi::trailer_bytes);
  abi::write_trailer(MutableBytes{trailer}.subspan(abi::frame_header_bytes), {.exit_code = exit_code});
  abi::seal_frame(trailer, abi::trailer_bytes, 0, true);
  return {reinterpret_cast<const char*>(trailer.data()), trailer.size()};
}

class Container : public ::testing::Test {
 protected:
  Container() {
    storage_->podman = {.program = directory_ / "podman", .runtime = "runc", .directory = directory_.path()};
    storage_->is_swept = true;
    test::write_file(directory_ / "stream", stream_with(0));
    set("run", "cat $here/stream >&3");
    set("image", "[[ -e $here/imported ]]");
    set("import", "touch $here/imported");
    set("rm", "[[ ! -e $here/pid ]] || kill -9 $(<$here/pid); rm -f $here/pid");
    const auto program = directory_ / "podman";
    test::write_file(
        program,
        "#!/bin/bash\nhere=${0%/*}\nfor word; do case $word in run | image | import | rm)\n"
        "  echo $word >>$here/calls; echo \"$*\" >>$here/words; source $here/do-$word; exit ;;\nesac; done\n");
    ::chmod(program.c_str(), 0700);
  }

  void set(const std::string& command, const std::string& body) {
    test::write_file(directory_ / ("do-" + command), body + "\n");
  }
  /// The container: holds the record channel, and lives on when the command dies.
  void run_for_ever() {
    set("run", "setsid sleep 60 & echo $! >$here/pid; : >$here/started; cat $here/stream >&3; wait");
  }
  std::unique_ptr<ContainerInstance> start(std::optional<Duration> time_limit = Duration{20 * second.ns()}) {
    return std::make_unique<ContainerInstance>(
        ContainerInstance::Parts{.storage = storage_,
                                 .plan = {.name = "one", .image = "localhost/utnt:x", .memory_bytes = 1 << 20},
                                 .image_path = directory_ / "image.tar",
                                 .module = hold_in_memory("module", {}),
                                 .log = -1,
                                 .time_limit = time_limit});
  }
  /// As the agent's loop does it.
  const RunOutcome& end_of(ContainerInstance& instance) {
    run_to_end(instance, [this](ConstBytes bytes) { records_ += bytes.size(); });
    return instance.outcome();
  }
  void wait_until_started(ContainerInstance& instance) {
    for (int i = 0; i < 1000 && test::file_text(directory_ / "pid").empty(); ++i) {
      ASSERT_TRUE(instance.step([](ConstBytes) {}));
      ::usleep(10'000);
    }
    ASSERT_FALSE(test::file_text(directory_ / "pid").empty());
  }
  [[nodiscard]] std::string calls() const {
    auto text = test::file_text(directory_ / "calls");
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  test::TemporaryDirectory directory_;
  std::shared_ptr<ContainerStorage> storage_{std::make_shared<ContainerStorage>()};
  std::size_t records_{0};
};

TEST_F(Container, is_imported_once_and_then_only_run) {
  const auto first = start();
  EXPECT_EQ(end_of(*first).exit_code, 0) << first->outcome().explanation;
  ASSERT_TRUE(first->outcome().trailer.has_value());
  EXPECT_EQ(records_, abi::frame_header_bytes + abi::trailer_bytes);
  EXPECT_EQ(calls(), "image import run ");
  const auto second_one = start();
  EXPECT_EQ(end_of(*second_one).exit_code, 0);
  EXPECT_EQ(calls(), "image import run run ");
}

TEST_F(Container, is_not_imported_when_the_storage_has_it_from_an_earlier_launcher) {
  test::write_file(directory_ / "imported", "");
  const auto instance = start();
  EXPECT_EQ(end_of(*instance).exit_code, 0);
  EXPECT_EQ(calls(), "image run ");
}

TEST_F(Container, begins_by_removing_what_a_killed_launcher_left) {
  storage_->is_swept = false;
  test::write_file(directory_ / "utnt-1-1.pid", "1");
  const auto instance = start();
  EXPECT_EQ(end_of(*instance).exit_code, 0);
  EXPECT_EQ(calls(), "rm image import run ");
  EXPECT_TRUE(test::contains(test::file_text(directory_ / "words"), "rm --all --force"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "utnt-1-1.pid"));
}

TEST_F(Container, tells_in_podmans_words_why_its_image_cannot_be_imported) {
  set("import", "echo 'Error: no space left' >&2; exit 125");
  const auto instance = start();
  EXPECT_EQ(end_of(*instance).exit_code, 4);
  EXPECT_TRUE(test::contains(instance->outcome().explanation, "Error: no space left"))
      << instance->outcome().explanation;
  EXPECT_EQ(calls(), "image import ");
}

TEST_F(Container, gives_the_programs_exit_code_and_looks_again_when_podman_could_not_start_it) {
  set("run", "cat $here/stream >&3; exit 3");
  const auto own = start();
  EXPECT_EQ(end_of(*own).exit_code, 3);
  set("run", "exit 125");
  const auto broken = start();
  EXPECT_EQ(end_of(*broken).exit_code, 4);
  EXPECT_TRUE(test::contains(broken->outcome().explanation, "podman"));
  set("run", "cat $here/stream >&3");
  const auto again = start();
  EXPECT_EQ(end_of(*again).exit_code, 0);
  EXPECT_EQ(calls(), "image import run run image run ");
}

TEST_F(Container, is_removed_when_it_is_stopped) {
  run_for_ever();
  const auto instance = start();
  wait_until_started(*instance);
  const auto container = std::stoi(test::file_text(directory_ / "pid"));
  EXPECT_EQ(::kill(container, 0), 0);
  instance->stop();
  const auto& outcome = end_of(*instance);
  EXPECT_EQ(outcome.end, End::stopped);
  EXPECT_TRUE(calls().starts_with("image import run rm ")) << calls();
  EXPECT_TRUE(test::file_text(directory_ / "pid").empty());
}

TEST_F(Container, is_removed_at_its_time_limit) {
  run_for_ever();
  const auto begin = os_linux::monotonic_now();
  const auto instance = start(Duration{second.ns() / 2});
  const auto& outcome = end_of(*instance);
  EXPECT_EQ(outcome.end, End::time_limit);
  EXPECT_LT((os_linux::monotonic_now() - begin).ns(), 15 * second.ns());
  EXPECT_TRUE(test::contains(calls(), "rm "));
}

TEST_F(Container, is_removed_when_podman_was_killed_and_left_it_behind) {
  run_for_ever();
  const auto instance = start();
  wait_until_started(*instance);
  ::kill(instance->process_id(), SIGKILL);
  const auto& outcome = end_of(*instance);
  EXPECT_EQ(outcome.end, End::killed);
  EXPECT_TRUE(test::contains(calls(), "rm "));
}

TEST_F(Container, can_be_stopped_while_its_image_is_imported) {
  set("import", "exec sleep 60");
  const auto instance = start();
  for (int i = 0; i < 1000 && calls() != "image import "; ++i) {
    ASSERT_TRUE(instance->step([](ConstBytes) {}));
    ::usleep(10'000);
  }
  instance->stop();
  EXPECT_EQ(end_of(*instance).end, End::stopped);
  EXPECT_EQ(calls(), "image import ");
}

TEST_F(Container, does_not_outlive_its_object) {
  run_for_ever();
  auto instance = start();
  wait_until_started(*instance);
  instance.reset();
  EXPECT_TRUE(test::contains(calls(), "run rm "));
  EXPECT_TRUE(test::file_text(directory_ / "pid").empty());
}

}  // namespace
}  // namespace utnt::tender
