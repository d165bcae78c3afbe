// SPDX-License-Identifier: BSD-2-Clause
// What the controller does about the messages of agents. Nothing in them is believed further than it was checked.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "fleet/controller/controller.hpp"
#include "fleet/model/bundle.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/image_url.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    if (is_digest(word)) words.push_back(word);
  return words;
}

/// The hello, with what the last check of the node found: only a check replaces that.
std::string with_check(const std::string& hello, const std::string& before) {
  const auto old = nlohmann::ordered_json::parse(before, nullptr, false);
  auto fresh = nlohmann::ordered_json::parse(hello, nullptr, false);
  if (!old.is_object() || !old.contains("check") || !fresh.is_object()) return hello;
  fresh["check"] = old["check"];
  return fresh.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

void Controller::take(Session& session, const Message& message) {
  const auto now = monotonic_now();
  if (message.kind == MessageKind::hello) return take_hello(session, message);
  if (!session.is_welcome()) return;
  dispatcher_.receive(session.name(), message, now);
  switch (message.kind) {
    case MessageKind::result:
      take_piece(session, message);
      break;
    case MessageKind::beat:
      observer_.progress(session.name(), message.job, message.text, message.total);
      break;
    case MessageKind::have: {
      std::string held;
      for (const auto& digest : store_.held(words_of(message.text))) held += (held.empty() ? "" : " ") + digest;
      session.send({.kind = MessageKind::held, .text = held});
      break;
    }
    case MessageKind::image_get:
      give_image(session, message);
      break;
    case MessageKind::block_list_ack: {
      Changes changes;
      changes.block_list_acks = {{.node = session.name(), .digest = message.digest}};
      hand_over(std::move(changes));
      break;
    }
    case MessageKind::taken_over:
      take_taken_over(session, message);
      break;
    default:
      break;
  }
}

/// By its URL, when there is one and nothing was against it yet; else piece by piece.
void Controller::give_image(Session& session, const Message& message) {
  const auto image = store_.find_image(message.digest);
  if (!image || image->digest != message.digest) {
    session.send({.kind = MessageKind::image_part, .digest = message.digest});
    return;
  }
  const auto& url = session.node().image_url;
  const bool may_use_url = !url.empty() && session.knows_image_urls;
  if (may_use_url && !message.text.empty()) {
    constexpr std::size_t digest_shown = 12, reason_shown_max = 400;
    observer_.alert(session.name(),
                    fmt::format("the image {} comes over the connection, not by its URL: {}",
                                image->digest.substr(0, digest_shown), message.text.substr(0, reason_shown_max)));
  }
  if (may_use_url && message.text.empty()) {
    const ImageSource source{.url = image_url_of(url, image->digest), .signature = image->signature};
    session.send({.kind = MessageKind::image_url,
                  .digest = image->digest,
                  .total = image->bytes,
                  .text = image_source_text(source)});
  } else {
    session.send_image(image->digest, message.offset, image->signature);
  }
  Changes changes;
  changes.images_used = {image->digest};
  hand_over(std::move(changes));
}

std::optional<std::string> Controller::refuses(Session& session, const std::string& text, const std::string& hello) {
  const auto& name = session.name();
  const auto row = store_.find_node(name);
  const auto enrolled = row && !row->public_key.empty() ? row->public_key : session.key;
  if (row && row->revoked_ns) return "its key was revoked";
  if (!parse_key_text(text)) return "its hello names no key";
  if (!enrolled.empty() && enrolled != text)
    return "its key is not the one that was enrolled (utnt fleet nodes check --enrol takes the new one)";
  if (enrolled.empty() && !setting_.enrols) return "it is not enrolled (utnt fleet nodes check --enrol)";
  if (is_others_key(name, text)) return "its key is another node's; enrol it again with a key of its own";
  NodeRow fresh = row.value_or(NodeRow{.name = name});
  if (fresh.public_key != text) fresh.enrolled_ns = os_linux::wall_clock_ns();
  fresh.public_key = text;
  fresh.capabilities = with_check(hello, fresh.capabilities);
  fresh.checked_ns = os_linux::wall_clock_ns();
  session.key = text;
  Changes changes;
  changes.nodes = {std::move(fresh)};
  hand_over(std::move(changes));
  return std::nullopt;
}

bool Controller::is_others_key(const std::string& node, const std::string& key) const {
  if (const auto owner = store_.owner_of_key(key); owner && *owner != node) return true;
  return std::ranges::any_of(sessions_, [&](const auto& other) { return other->name() != node && other->key == key; });
}

void Controller::take_hello(Session& session, const Message& message) {
  const auto json = nlohmann::json::parse(message.text, nullptr, false);
  const auto text = [&](const char* name) {
    const auto field = json.is_object() ? json.find(name) : json.end();
    return field != json.end() && field->is_string() ? field->get<std::string>() : std::string{};
  };
  if (!json.is_object() || json.value("protocol", nlohmann::json{}) != 1) {
    const auto& node = session.node();
    const bool is_own = node.has_own_agent && node.has_own_agent();
    const std::string why{"its agent speaks another version of the protocol"};
    observer_.alert(session.name(), why + (is_own ? "; install this version there" : "; it will be replaced by ours"));
    return session.close(why, monotonic_now(), !is_own);
  }
  if (const auto why = refuses(session, text("key"), message.text)) {
    observer_.alert(session.name(), *why);
    // Who was welcome a moment ago talks nonsense; else somebody has to enrol it first.
    return session.close(*why, monotonic_now(), session.is_welcome());
  }
  std::set<std::string> has;
  if (const auto jobs = json.find("jobs"); jobs != json.end() && jobs->is_array())
    for (const auto& job : *jobs)
      if (job.is_string()) has.insert(job.get<std::string>());
  std::uint32_t slots = 0;  // what the agent offers may be more than the inventory grants
  if (const auto field = json.find("slots"); field != json.end() && field->is_number_unsigned())
    slots = static_cast<std::uint32_t>(std::min<std::uint64_t>(field->get<std::uint64_t>(), session.node().slots));
  if (leaves_to_other(session, json)) return;
  session.welcome();
  session.knows_image_urls = json.value("image_url", nlohmann::json{}) == true;
  session.send({.kind = MessageKind::welcome, .text = welcome_text(session)});
  send_block_list(session, text("block_list"));
  dispatcher_.node_up(session.name(), slots, has, monotonic_now());
  observer_.node_up(session.name(), message.text);
}

std::string Controller::welcome_text(const Session& session) const {
  nlohmann::ordered_json json{
      {"controller", setting_.name}, {"name", session.name()}, {"key", key_text(key_.public_key())},
      {"place", setting_.place},     {"instance", instance_},  {"clock_ns", os_linux::wall_clock_ns()}};
  const auto& node = session.node();
  if (!node.network.empty()) json["network"] = nlohmann::ordered_json::parse(node.network);
  json["slots"] = node.slots;
  json["memory_max"] = node.limits.memory;
  return json.dump();
}

void Controller::send_block_list(Session& session, const std::string& known) {
  const auto list = store_.block_list();
  if (!list || list->digest == known) return;
  Message message{.kind = MessageKind::block_list, .digest = list->digest, .text = list->text};
  const auto signature = std::as_bytes(std::span{list->signature});
  message.body.assign(signature.begin(), signature.end());
  session.send(message);
}

void Controller::take_piece(Session& session, const Message& message) {
  const auto arrived = session.inbox().add(message);
  if (const auto complaint = session.inbox().take_complaint(); !complaint.empty())
    observer_.alert(session.name(), complaint);
  if (arrived) take_result(session, *arrived);
}

/// Those that its results may be signed by: two for a moment after a rotation, none once it was revoked.
std::vector<std::string> Controller::keys_of(const Session& session) const {
  const auto row = store_.find_node(session.name());
  if (!row || row->public_key.empty()) return {session.key};  // its row is on the way to the disk
  return store_.believed_keys(session.name());
}

void Controller::take_result(Session& session, const ArrivedResult& arrived) {
  const auto& name = session.name();
  const auto statement = result_statement(arrived.job, arrived.attempt, arrived.digest);
  const auto is_by = [&](const std::string& text) {
    const auto key = parse_key_text(text);
    return key && is_statement_by(*key, Purpose::result, statement, arrived.signature);
  };
  if (!std::ranges::any_of(keys_of(session), is_by))
    return observer_.alert(name, "a result of job " + arrived.job + " is not signed by the node's key");
  NewResult result{.digest = arrived.digest,
                   .job = arrived.job,
                   .attempt = arrived.attempt,
                   .node = name,
                   .signature = arrived.signature};
  auto ending = failed(reason::bad_result);
  try {
    const auto bundle = parse_bundle(arrived.bytes);
    if (bundle.header.job != arrived.job || bundle.header.attempt != arrived.attempt)
      throw std::invalid_argument{"it is of another job or attempt"};
    result.header = bundle_header_line(arrived.bytes);
    ending = bundle.header.is_complete ? complete() : failed(bundle.header.reason, bundle.header.detail);
  } catch (const std::invalid_argument& error) {
    ending.detail = error.what();
    observer_.alert(name, "a result of job " + arrived.job + " is no bundle: " + error.what());
  }
  result.is_complete = ending.is_complete;
  const auto arrival =
      dispatcher_.result_arrived(name, arrived.job, arrived.attempt, arrived.digest, ending, monotonic_now());
  if (arrival == Arrival::stranger) {
    hand_over(Changes{});
    return observer_.alert(name, "it sends a result of job " + arrived.job + ", which it was never given");
  }
  Work work;
  work.changes.results = {std::move(result)};
  work.payloads.push_back(std::make_unique<const std::string>(arrived.bytes));
  hand_over(std::move(work));
}

}  // namespace utnt::fleet
