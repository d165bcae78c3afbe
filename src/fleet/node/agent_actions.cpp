// SPDX-License-Identifier: BSD-2-Clause
// What the agent does about messages, and how it carries out what was decided.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <type_traits>

#include "fleet/model/ending.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/node/capabilities.hpp"
#include "fleet/node/check_order.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

void AgentLoop::take(const Message& message) {
  try {
    switch (message.kind) {
      case MessageKind::welcome:
        take_welcome(message);
        break;
      case MessageKind::job:
        take_job(message);
        return;  // which has told the agent
      case MessageKind::image_part:
        take_image_part(message);
        break;
      case MessageKind::block_list:
        take_block_list(message);
        break;
      default:
        break;
    }
  } catch (const os_linux::Failure& failure) {
    agent_log("error: {}", failure.what());
  }
  agent_.receive(message, monotonic_now());
}

void AgentLoop::take_welcome(const Message& message) {
  const auto json = nlohmann::json::parse(message.text, nullptr, false);
  if (!json.is_object()) return agent_log("error: the controller's welcome is no JSON object");
  if (const auto key = json.find("key"); key != json.end() && key->is_string()) {
    if (!controller_.pin(key->get<std::string>())) agent_log("error: another controller's key is pinned here");
  }
  if (const auto name = json.find("name"); name != json.end() && name->is_string()) name_ = name->get<std::string>();
  if (const auto network = json.find("network"); config_.network.kind.empty() && network != json.end())
    network_ = parse_network(network->dump(), "the controller's network");
  granted_ = config_;
  const auto lower = [&](const char* name, auto& limit) {
    using Limit = std::remove_reference_t<decltype(limit)>;
    if (const auto field = json.find(name); field != json.end() && field->is_number_unsigned())
      limit = static_cast<Limit>(std::min<std::uint64_t>(limit, field->get<std::uint64_t>()));
  };
  lower("pps_max", granted_.pps_max);
  lower("memory_max", granted_.memory_max);
}

void AgentLoop::take_job(const Message& message) {
  const auto now = monotonic_now();
  if (agent_.jobs().contains(message.job)) return agent_.receive(message, now);  // repeated: it answers as before
  OrderRefusal refusal;
  try {
    const auto order = parse_order(message.text);
    refusal = check_order(order, granted_, forbidden_, variants_);
    if (refusal.reason.empty() && !spool_.has_room(order.limits.result_bytes / 16))
      refusal = {std::string{reason::no_space}, "the spool's disk is too full for another result"};
    if (refusal.reason.empty() && network_.kind.empty())
      refusal = {std::string{reason::not_able}, "this node has no network for its instances"};
  } catch (const std::exception& error) {
    refusal = {std::string{reason::not_able}, error.what()};
  }
  if (!refusal.reason.empty()) {
    agent_log("job {} refused: {}: {}", message.job, refusal.reason, refusal.detail);
    agent_.refuse(message.job, message.attempt, refusal.reason, refusal.detail, now);
    return;
  }
  received_[message.job] = now;
  agent_.receive(message, now);
}

void AgentLoop::take_image_part(const Message& message) {
  auto& fetching = fetching_[message.digest];
  fetching.asked = monotonic_now();
  if (!message.text.empty()) fetching.signature = message.text;
  const auto progress =
      images_.add(message.digest, message.offset, message.total, ConstBytes{message.body}, fetching.signature);
  if (progress == ImageCache::Progress::more) return;
  fetching_.erase(message.digest);
  if (progress == ImageCache::Progress::complete) {
    agent_log("image {} is here", message.digest);
    agent_.image_ready(message.digest, monotonic_now());
  } else {
    agent_log("image {} rejected: {}", message.digest, images_.complaint());
    agent_.image_failed(message.digest, images_.complaint(), monotonic_now());
  }
}

void AgentLoop::take_block_list(const Message& message) {
  if (sha256_hex(message.text) != message.digest) return agent_log("error: the block list is not what its digest says");
  const std::string signature{reinterpret_cast<const char*>(message.body.data()), message.body.size()};
  if (const auto why = controller_.refuses_text(message.text, signature))
    return agent_log("error: the block list: {}", *why);
  auto prefixes = config_.forbidden;
  std::istringstream lines{message.text};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') prefixes.push_back(line);
  forbidden_ = Forbidden{prefixes, config_.allow_reserved};
  block_list_digest_ = message.digest;
  send({.kind = MessageKind::block_list_ack, .digest = message.digest});
}

void AgentLoop::act() {
  for (auto& action : agent_.take_actions()) {
    std::visit(Overloaded{[this](const RememberJob& job) { spool_.remember(job.order, job.attempt); },
                          [this](const StartRun& start) { start_run(start); },
                          [this](const EndRun& end) {
                            if (const auto run = active_.find(end.job); run != active_.end())
                              run->second.run->stop(end.reason);
                          },
                          [this](const ForgetJob& job) {
                            spool_.forget(job.job);
                            received_.erase(job.job);
                          },
                          [this](const DropResult& result) { spool_.drop(result.digest); },
                          [this](const FetchImage& image) { ask_for_image(image.digest); },
                          [this](const SendResult& send) {
                            if (!sending_.contains(send.result.digest))
                              sending_[send.result.digest] = {.result = send.result,
                                                              .bundle = spool_.read(send.result.digest)};
                          },
                          [this](const Message& message) { send(message); }},
               action);
    idle_since_ = monotonic_now();
  }
}

void AgentLoop::start_run(const StartRun& action) {
  const auto& order = action.order;
  try {
    const auto image = images_.find(order.image);
    if (!image) {
      ask_for_image(order.image);  // its file was damaged meanwhile
      return spool_failure(order, action.attempt, std::string{reason::bad_image}, images_.complaint());
    }
    const auto setting = setting_of(*image, received_[order.id]);
    auto run = variants_.start(order, action.attempt, setting);
    active_[order.id] = {.run = std::move(run), .order = order, .attempt = action.attempt};
  } catch (const os_linux::Failure& failure) {
    spool_failure(order, action.attempt, std::string{reason::not_able}, failure.what());
  }
}

void AgentLoop::spool_failure(const Order& order, std::uint32_t attempt, const std::string& reason,
                              const std::string& detail) {
  agent_log("job {} failed: {}: {}", order.id, reason, detail);
  const auto bundle = failure_bundle(order, attempt, setting_of({}, Instant{}), reason, detail);
  agent_.run_ended(spool_.put(bundle), monotonic_now());
}

RunSetting AgentLoop::setting_of(const std::string& image, Instant received) const {
  const auto sharing = static_cast<std::uint32_t>(active_.size() + 1);
  return {.image = image,
          .network = network_,
          .forbidden = forbidden_.ranges(),
          .pps_max = std::max<std::uint32_t>(granted_.pps_max / sharing, 1),
          .prefix_pps_max = config_.prefix_pps_max,
          .node = name_,
          .received = received,
          .verified = monotonic_now()};
}

void AgentLoop::ask_for_image(const std::string& digest) {
  if (images_.find(digest)) return agent_.image_ready(digest, monotonic_now());
  fetching_[digest].asked = monotonic_now();
  send({.kind = MessageKind::image_get, .digest = digest, .offset = images_.received(digest)});
}

void AgentLoop::send_pieces() {
  for (auto& [digest, fetching] : fetching_)
    if (link_ && monotonic_now() - fetching.asked > fetch_patience) ask_for_image(digest);
  for (auto entry = sending_.begin(); link_ && entry != sending_.end();) {
    auto& sending = entry->second;
    const auto& result = sending.result;
    if (!sending.is_announced) {
      sending.is_announced = link_->send({.kind = MessageKind::finish,
                                          .job = result.job,
                                          .attempt = result.attempt,
                                          .digest = result.digest,
                                          .text = result.how});
      if (!sending.is_announced) return;
    }
    while (sending.offset < sending.bundle.size()) {
      const auto piece = std::string_view{sending.bundle}.substr(sending.offset, message_body_max);
      const auto bytes = std::as_bytes(std::span{piece});
      Message message{.kind = MessageKind::result,
                      .job = result.job,
                      .attempt = result.attempt,
                      .digest = result.digest,
                      .offset = sending.offset,
                      .total = sending.bundle.size()};
      if (sending.offset == 0) {
        message.text =
            sign_statement(key_, Purpose::result, result_statement(result.job, result.attempt, result.digest));
      }
      message.body.assign(bytes.begin(), bytes.end());
      if (!link_->send(message)) return;
      sending.offset += piece.size();
    }
    entry = sending_.erase(entry);
  }
}

void AgentLoop::send(const Message& message) {
  if (link_ && !link_->send(message)) close_link("its queue is full: the other end does not read");
}

std::string AgentLoop::hello_text() const {
  nlohmann::ordered_json json{{"protocol", 1},
                              {"key", key_text(key_.public_key())},
                              {"slots", config_.slots},
                              {"pps_max", config_.pps_max},
                              {"tenders", config_.tenders},
                              {"variants", config_.variants},
                              {"block_list", block_list_digest_},
                              {"clock_ns", os_linux::wall_clock_ns()},
                              {"jobs", agent_.jobs()}};
  json["machine"] = nlohmann::ordered_json::parse(capabilities_text(config_.spool));
  return json.dump();
}

}  // namespace utnt::fleet
