// SPDX-License-Identifier: BSD-2-Clause
// Two controllers at one node. Its agent serves the newest, so the one that a person started last has it, and the
// other is told and gives way; two that took it from each other again and again would both get nothing done. A
// controller whose orders the node would refuse does not take it from the one that it believes.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "fleet/controller/controller.hpp"
#include "fleet/controller/other_controller.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

std::string this_program() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {};
  return fmt::format("{}, process {}", host.data(), ::getpid());
}

void Controller::take_taken_over(Session& session, const Message& message) {
  const auto now_ns = os_linux::wall_clock_ns();
  const auto other = parse_other_controller(nlohmann::json::parse(message.text, nullptr, false), now_ns);
  const auto who = other ? text_of(*other, key_text(key_.public_key())) : "another controller";
  const auto when = wall_clock_text(now_ns);
  observer_.alert(session.name(), fmt::format("{} took over this node at {}; jobs go on there, and their results stay "
                                              "in its spool for us",
                                              who, when));
  session.give_way(fmt::format("served by {}, since {}", who, when), monotonic_now());
}

bool Controller::leaves_to_other(Session& session, const nlohmann::json& hello) {
  const auto ours = key_text(key_.public_key());
  const auto believed = hello.value("controller", nlohmann::json{});
  const auto believed_key = believed.is_string() ? believed.get<std::string>() : std::string{};
  const bool obeys_us = believed_key.empty() || believed_key == ours;
  const auto refusal = fmt::format("its agent believes the key {}, not ours ({}), and refuses our orders",
                                   short_fingerprint(believed_key), short_fingerprint(ours));
  const auto other = parse_other_controller(hello.value("served", nlohmann::json{}), os_linux::wall_clock_ns());
  const bool is_other = other && (other->key != ours || other->instance != instance_);
  if (!is_other) {
    if (!obeys_us) observer_.alert(session.name(), refusal);
    return false;
  }
  const auto what = fmt::format("{}, since {}", text_of(*other, ours), wall_clock_text(other->since_ns));
  if (!obeys_us) {
    session.give_way(fmt::format("served by {}; {}", what, refusal), monotonic_now(), false);
    return true;
  }
  if (session.gives_way()) {
    session.give_way("served by " + what, monotonic_now());
    return true;
  }
  observer_.alert(session.name(), fmt::format("taken over from {}; its jobs go on, and their results stay in the "
                                              "node's spool for it",
                                              what));
  return false;
}

}  // namespace utnt::fleet
