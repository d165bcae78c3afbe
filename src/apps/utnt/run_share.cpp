// SPDX-License-Identifier: BSD-2-Clause
// See run_share.hpp.
#include "apps/utnt/run_share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/utnt/command.hpp"
#include "results/address_text.hpp"

namespace utnt::apps {

namespace {

/// A.B.C.D/LENGTH, so many addresses further.
std::string address_after(const std::string& text, std::uint32_t steps) {
  const auto slash = text.find('/');
  const auto address = wire::parse_address(text.substr(0, slash));
  if (!address || !address->is_v4()) return text;
  const auto length = std::stoul(text.substr(slash + 1));
  const auto value = std::uint64_t{address->v4().value()} + steps;
  const auto last = address->v4().value() | ((std::uint64_t{1} << (32 - length)) - 1);
  if (value > last || (value == last && length < 31)) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("--ip {}: the prefix has no address for image {}; they take this one and those that "
                              "follow",
                              text, steps + 1)};
  }
  return results::address_text(wire::IpAddress{wire::Ipv4Address{static_cast<std::uint32_t>(value)}}) +
         text.substr(slash);
}

std::uint32_t part_of(std::uint32_t rate, std::uint32_t instances) {
  return rate == 0 ? 0 : std::max(rate / instances, std::uint32_t{1});
}

bool is_in_order(const FinishedInstance& instance) {
  return instance.outcome.exit_code == 0 && instance.stream_complaint.empty();
}

os_linux::Failure failure_of(const FinishedInstance& instance) {
  const auto& outcome = instance.outcome;
  if (outcome.exit_code == 0) return {ExitCode::done_with_failures, instance.stream_complaint};
  auto text = outcome.explanation.empty() ? fmt::format("the image ended with exit code {}", outcome.exit_code)
                                          : outcome.explanation;
  if (!instance.stream_complaint.empty()) text += "; " + instance.stream_complaint;
  return {static_cast<ExitCode>(outcome.exit_code), text};
}

}  // namespace

RunNetwork network_of_instance(const RunOptions& options, const RunNetwork& network, std::uint32_t place) {
  auto own = network;
  const bool is_lab = options.net == "lab" || options.net.starts_with("lab:");
  if (options.count == 1 || is_lab) return own;
  if (!own.address.empty()) own.address = address_after(own.address, place);
  if (own.nic.tap.empty() && own.to_make && own.to_make->join != tender::Join::bridge) {
    throw Failure{ExitCode::bad_input, "--count with a new TAP for each image needs --bridge: they share a subnet"};
  }
  for (auto* name : {&own.nic.tap, own.to_make ? &own.to_make->tap : nullptr}) {
    const auto at = name == nullptr ? std::string::npos : name->find("%d");
    if (at != std::string::npos) name->replace(at, 2, std::to_string(place));
  }
  if (own.nic.kind == tender::NicKind::packet_ring) return own;  // the interface's address is that of all
  const auto number = std::uint32_t{own.nic.mac[4]} * 256 + own.nic.mac[5] + place;
  own.nic.mac[4] = static_cast<std::uint8_t>(number >> 8);
  own.nic.mac[5] = static_cast<std::uint8_t>(number);
  if (const auto at = own.nic.tap.find("%d"); at != std::string::npos)
    own.nic.tap.replace(at, 2, std::to_string(place));
  return own;
}

void divide_rate(core::EngineConfig& config, std::uint32_t instances) {
  for (auto* rate : {&config.rate_pps_max, &config.prefix_pps_max, &config.near_pps_max}) {
    *rate = part_of(*rate, instances);
  }
}

std::optional<std::uint64_t> hold_milliseconds(const RunOptions& options) {
  if (!options.hold_seconds) return std::nullopt;
  return static_cast<std::uint64_t>(*options.hold_seconds * 1000);
}

tender::RecordChannel record_channel(const RunOptions& options) {
  if (options.record_channel == "console") return tender::RecordChannel::console;
  return options.record_channel == "block" ? tender::RecordChannel::block : tender::RecordChannel::automatic;
}

std::optional<os_linux::Failure> failure_of(const std::vector<FinishedInstance>& finished) {
  const auto first = std::find_if_not(finished.begin(), finished.end(), is_in_order);
  if (first == finished.end()) return std::nullopt;
  const auto failure = failure_of(*first);
  if (finished.size() == 1) return failure;
  const auto count = std::count_if(finished.begin(), finished.end(), [](const auto& f) { return !is_in_order(f); });
  const bool all = static_cast<std::size_t>(count) == finished.size();
  return Failure{all ? failure.code() : ExitCode::done_with_failures,
                 fmt::format("{} of {} images failed, image {}: {}", count, finished.size(),
                             first - finished.begin() + 1, failure.what())};
}

}  // namespace utnt::apps
