// SPDX-License-Identifier: BSD-2-Clause
// How the agent gets an image that its cache does not hold: over the connection, or, where the controller names a URL
// and the owner has nothing against it, by the node's own curl; what does not work that way comes over the connection.
#include <algorithm>
#include <exception>
#include <memory>

#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

bool AgentLoop::is_wanted(const std::string& image) const {
  return std::ranges::any_of(taken_, [&](const auto& taken) { return taken.second.order.image == image; });
}

void AgentLoop::ask_for_image(const std::string& digest) {
  if (images_.find(digest)) {
    fetching_.erase(digest);
    return agent_.image_ready(digest, monotonic_now());
  }
  const auto have = images_.received(digest);
  const auto [found, is_new] = fetching_.try_emplace(digest);
  auto& fetching = found->second;
  if (is_new) fetching.has_older_bytes = have > 0;
  fetching.asked = monotonic_now();
  if (fetching.by_url) return;
  send({.kind = MessageKind::image_get, .digest = digest, .offset = have, .text = fetching.url_complaint});
}

void AgentLoop::ask_for_images(const std::vector<std::string>& digests) {
  for (const auto& digest : digests) guarded("asking for an image", [&] { ask_for_image(digest); });
}

void AgentLoop::take_image_url(const Message& message) {
  const auto found = fetching_.find(message.digest);
  // A second answer to a question that was asked twice: it is fetched already, or that did not work.
  if (found == fetching_.end() || found->second.by_url || !found->second.url_complaint.empty()) return;
  found->second.asked = monotonic_now();
  try {
    auto source = parse_image_source(message.text);
    auto limits = setting_.fetch;
    if (const auto& allowed = config_.image_urls) {
      if (std::ranges::none_of(*allowed, [&](const auto& beginning) { return is_allowed_by(beginning, source.url); }))
        return decline_url(message.digest, "the owner of this node does not allow " + source.url);
      limits.redirects_max = 0;  // it would lead to another URL than the owner allows
    }
    agent_log("image {} is fetched from {}", message.digest, source.url);
    found->second.by_url = std::make_unique<ImageFetch>(message.digest, message.total, std::move(source),
                                                        monotonic_now(), std::move(limits));
  } catch (const std::exception& error) {
    decline_url(message.digest, error.what());
  }
}

void AgentLoop::decline_url(const std::string& digest, const std::string& why) {
  agent_log("image {} comes over the connection: {}", digest, why);
  auto& fetching = fetching_[digest];
  fetching.by_url.reset();
  fetching.url_complaint = why;
  fetching.has_older_bytes = images_.received(digest) > 0;
  ask_for_image(digest);
}

void AgentLoop::step_fetches() {
  for (auto next = fetching_.begin(); next != fetching_.end();) {
    const auto current = next++;
    const auto digest = current->first;
    auto& by_url = current->second.by_url;
    if (!by_url) continue;
    if (!is_wanted(digest)) {
      fetching_.erase(current);
      continue;
    }
    auto state = ImageFetch::State::failed;
    std::string why;
    try {
      state = by_url->step(images_, monotonic_now());
      why = by_url->why();
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (state == ImageFetch::State::goes_on) continue;
    if (state == ImageFetch::State::failed) {
      guarded("asking for an image", [&] { decline_url(digest, why); });
      continue;
    }
    agent_log("image {} is here", digest);
    fetching_.erase(current);
    agent_.image_ready(digest, monotonic_now());
  }
}

}  // namespace utnt::fleet
