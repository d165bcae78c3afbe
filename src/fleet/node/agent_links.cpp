// SPDX-License-Identifier: BSD-2-Clause
// Which connection is served: the newest. While one is, a newcomer only hears the hello, which names who is served,
// and takes its place when it says welcome: that tells the same controller, whose old connection was cut, from another
// one. A controller whose place is taken is told by whom before its connection ends.
#include <sys/socket.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "fleet/model/strict_json.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/transport/stream_link.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

constexpr std::size_t word_max = 160;  ///< of what a controller says about itself

/// Others than the owner of the spool and root have no business here, whatever the modes of files say.
bool may_control(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

std::string word_in(const nlohmann::json& json, const char* name) {
  const auto field = json.is_object() ? json.find(name) : json.end();
  if (field == json.end() || !field->is_string()) return {};
  auto word = field->get<std::string>().substr(0, word_max);
  std::ranges::replace_if(
      word, [](char c) { return c < ' ' || c > '~'; }, '?');
  return word;
}

}  // namespace

void AgentLoop::accept_controller() {
  for (;;) {
    os_linux::UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket.is_open()) return;
    if (!may_control(socket.get())) {
      agent_log("error: a connection of another user was refused");
      continue;
    }
    newcomer_ = std::make_unique<StreamLink>(std::move(socket), StreamLimits{.silence_max = setting_.silence_max});
    agent_log("connected");
    guarded("greeting", [this] {
      if (!newcomer_->send({.kind = MessageKind::hello, .text = hello_text()})) newcomer_.reset();
    });
    if (newcomer_ && !link_) serve_newcomer();
  }
}

void AgentLoop::hear_newcomer() {
  while (newcomer_) {
    std::optional<Message> message;
    guarded("receiving", [&] { message = newcomer_->receive(); });
    if (!message) {
      if (!newcomer_->is_open()) newcomer_.reset();
      return;
    }
    if (message->kind == MessageKind::drain && !message->digest.empty()) take_successor(*message);
    if (message->kind != MessageKind::welcome) continue;
    point("received");
    const auto who = controller_of(*message);
    const bool is_same = who.key == served_.key && who.instance == served_.instance;
    const bool is_told = link_ && !is_same && !served_.instance.empty();
    if (is_told) {
      const nlohmann::ordered_json by{{"key", who.key}, {"place", who.place}};
      link_->send({.kind = MessageKind::taken_over, .text = by.dump()});
    }
    close_link(is_same ? "its controller came anew" : "another controller came", is_told);
    serve_newcomer();
    guarded("a message", [&] { take(*message); });
    act();
  }
}

/// What its welcome says comes later when nobody else was there.
void AgentLoop::serve_newcomer() {
  link_ = std::move(newcomer_);
  served_ = {};
  agent_.link_up(monotonic_now());
  std::vector<std::string> wanted;
  for (const auto& [digest, fetching] : fetching_) wanted.push_back(digest);
  ask_for_images(wanted);
}

AgentLoop::Served AgentLoop::controller_of(const Message& welcome) {
  const auto json = try_json(welcome.text);
  return {.key = word_in(json, "key"),
          .place = word_in(json, "place"),
          .instance = word_in(json, "instance"),
          .since = monotonic_now()};
}

void AgentLoop::close_link(const std::string& why, bool has_last_words) {
  if (!link_) return;
  agent_log("disconnected: {}", why);
  leaver_ = has_last_words ? std::move(link_) : nullptr;
  link_.reset();
  sending_.clear();
  idle_since_ = monotonic_now();
  agent_.link_down(monotonic_now());
}

/// The rest of its queue, then its end.
void AgentLoop::let_leave() {
  if (!leaver_) return;
  guarded("a last word", [this] {
    while (leaver_->receive()) {
    }
  });
  if (!leaver_->wants_write()) leaver_.reset();
}

/// For the hello.
void AgentLoop::name_controllers(nlohmann::ordered_json& hello) const {
  if (controller_.key()) hello["controller"] = key_text(*controller_.key());
  if (!link_ || served_.key.empty()) return;
  hello["served"] = {{"key", served_.key},
                     {"place", served_.place},
                     {"instance", served_.instance},
                     {"seconds", (monotonic_now() - served_.since).ns() / 1'000'000'000}};
}

}  // namespace utnt::fleet
