// SPDX-License-Identifier: BSD-2-Clause
// What the agent does about messages, before its decisions hear of them. A job is refused here when this node cannot or
// may not run it.
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "fleet/model/grant.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/model/strict_json.hpp"
#include "fleet/model/word_check.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/capabilities.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

constexpr std::uint32_t attempt_max = 1'000'000;

}  // namespace

void AgentLoop::take(const Message& message) {
  if (message.kind == MessageKind::job) return take_job(message);
  if (message.kind == MessageKind::drain && !message.digest.empty()) return take_successor(message);
  guarded("what a message says", [&] {
    if (message.kind == MessageKind::welcome) take_welcome(message);
    if (message.kind == MessageKind::image_part) take_image_part(message);
    if (message.kind == MessageKind::image_url) take_image_url(message);
    if (message.kind == MessageKind::block_list) take_block_list(message);
  });
  agent_.receive(message, monotonic_now());
  if (message.kind == MessageKind::welcome && !successor_.empty())
    agent_.receive({.kind = MessageKind::drain}, monotonic_now());
}

/// The relay of another build stands at the other end and waits for the spool.
void AgentLoop::take_successor(const Message& message) {
  if (setting_.program.empty() || message.digest == setting_.program) return;
  successor_ = message.digest;
  agent_log("another build of the agent takes over after {} jobs: {}", taken_.size(), successor_);
  agent_.receive({.kind = MessageKind::drain}, monotonic_now());
}

void AgentLoop::take_welcome(const Message& message) {
  const auto json = try_json(message.text);
  if (!json.is_object()) return agent_log("error: the controller's welcome is no JSON object");
  served_ = controller_of(message);
  if (const auto key = json.find("key"); key != json.end() && key->is_string()) {
    if (!controller_.pin(key->get<std::string>())) agent_log("error: another controller's key is pinned here");
  }
  if (const auto name = json.find("name");
      name != json.end() && name->is_string() && is_name(name->get<std::string>(), order_name_max))
    name_ = name->get<std::string>();
  granted_ = config_;
  const auto lower = [&](const char* name, auto& limit) {
    using Limit = std::remove_reference_t<decltype(limit)>;
    if (const auto field = json.find(name); field != json.end() && field->is_number_unsigned())
      limit = static_cast<Limit>(std::min<std::uint64_t>(limit, field->get<std::uint64_t>()));
  };
  lower("slots", granted_.slots);
  lower("memory_max", granted_.memory_max);
  if (const auto network = json.find("network"); config_.network.kind.empty() && network != json.end())
    network_ = parse_network(network->dump(), "the controller's network");
  forbid();
}

void AgentLoop::take_job(const Message& message) {
  const auto now = monotonic_now();
  if (const auto taken = taken_.find(message.job); taken != taken_.end() && taken->second.attempt >= message.attempt)
    return agent_.receive(message, now);  // repeated: it answers as before
  const auto refusal = refusal_of(message);
  if (refusal.reason.empty()) return agent_.receive(message, now);
  agent_log("job {} refused: {}: {}", message.job, refusal.reason, refusal.detail);
  agent_.refuse(message.job, message.attempt, refusal.reason, refusal.detail, now);
}

OrderRefusal AgentLoop::refusal_of(const Message& message) {
  try {
    if (message.attempt == 0 || message.attempt > attempt_max)
      return {std::string{reason::not_able}, "there is no attempt of that number"};
    if (!controller_.key()) return {std::string{reason::not_able}, "no controller's key is known here"};
    const auto grant = open_grant(*controller_.key(), ConstBytes{message.body}, message.text);
    if (grant.node != name_ || grant.attempt != message.attempt)
      return {std::string{reason::not_able}, "the order is signed for another node or attempt"};
    const auto order = parse_order(message.text);
    auto refusal = check_order(order, granted_, forbidden_, variants_);
    if (!refusal.reason.empty()) return refusal;
    if (!unspooled_.empty() || !spool_.has_room(order.limits.result_bytes / 16))
      return {std::string{reason::no_space}, "the spool's disk is too full for another result"};
    if (network_.kind.empty()) return {std::string{reason::not_able}, "this node has no network for its instances"};
    return reserve(order, grant.limits);
  } catch (const std::exception& error) {
    return {std::string{reason::not_able}, error.what()};
  }
}

/// A piece that nobody waits for is dropped.
void AgentLoop::take_image_part(const Message& message) {
  const auto found = fetching_.find(message.digest);
  if (found == fetching_.end() || found->second.by_url) return;
  auto& fetching = found->second;
  fetching.asked = monotonic_now();
  if (!message.text.empty()) fetching.signature = message.text;
  auto progress = ImageCache::Progress::rejected;
  std::string complaint;
  try {
    progress = images_.add(message.digest, message.offset, message.total, ConstBytes{message.body}, fetching.signature);
    complaint = images_.complaint();
  } catch (const std::exception& error) {
    complaint = error.what();
  }
  if (progress == ImageCache::Progress::more) return;
  if (progress == ImageCache::Progress::rejected && std::exchange(fetching.has_older_bytes, false)) {
    agent_log("image {} is got anew: {}", message.digest, complaint);
    return ask_for_image(message.digest);
  }
  fetching_.erase(found);
  if (progress == ImageCache::Progress::complete) {
    agent_log("image {} is here", message.digest);
    agent_.image_ready(message.digest, monotonic_now());
  } else {
    agent_log("image {} rejected: {}", message.digest, complaint);
    agent_.image_failed(message.digest, complaint, monotonic_now());
  }
}

void AgentLoop::take_block_list(const Message& message) {
  if (sha256_hex(message.text) != message.digest) return agent_log("error: the block list is not what its digest says");
  const std::string signature{reinterpret_cast<const char*>(message.body.data()), message.body.size()};
  if (const auto why = controller_.refuses_text(message.text, signature))
    return agent_log("error: the block list: {}", *why);
  std::vector<std::string> prefixes;
  for (std::string_view rest = message.text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto line = rest.substr(0, end); !line.empty() && line.front() != '#') prefixes.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto before = std::exchange(block_list_, std::move(prefixes));
  try {
    forbid();
  } catch (const std::exception&) {
    block_list_ = std::move(before);
    throw;
  }
  block_list_digest_ = message.digest;
  send({.kind = MessageKind::block_list_ack, .digest = message.digest});
}

/// What the owner forbids, the controller's block list, and the network that the instances are on.
void AgentLoop::forbid() {
  Forbidden forbidden{config_.allow_reserved};
  forbidden.add(config_.forbidden, "is forbidden by this node's owner");
  forbidden.add(block_list_, "is on the block list");
  if (!config_.allow_reserved && !network_.address.empty())
    forbidden.add({on_link_prefix(network_.address)}, "lies on the node's own network");
  forbidden_ = std::move(forbidden);
}

std::string AgentLoop::hello_text() {
  nlohmann::ordered_json json{{"protocol", 1},
                              {"key", key_text(key_.current().public_key())},
                              {"slots", config_.slots},
                              {"pps_max", config_.pps_max},
                              {"tenders", config_.tenders},
                              {"variants", config_.variants},
                              {"block_list", block_list_digest_},
                              {"clock_ns", os_linux::wall_clock_ns()},
                              {"jobs", agent_.jobs()},
                              {"program", setting_.program},
                              {"successor", successor_},
                              {"image_url", true}};
  name_controllers(json);
  json["machine"] = nlohmann::ordered_json::parse(std::string_view{capabilities_text(config_.spool)});
  return json.dump();
}

}  // namespace utnt::fleet
