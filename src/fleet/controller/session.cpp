// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "fleet/model/duration_text.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

constexpr Duration first_pause{250'000'000}, longest_pause{30'000'000'000}, given_up_pause{60'000'000'000};

}  // namespace

Session::Session(ControlledNode node, std::string image_directory, std::uint64_t seed, Duration give_up_after)
    : node_{std::move(node)},
      image_directory_{std::move(image_directory)},
      give_up_after_{give_up_after},
      pause_{first_pause},
      prng_{seed} {}

void Session::fail(std::string why, bool can_heal, Instant now) {
  ++tries_;
  if (!trouble_since_) trouble_since_ = now;
  const auto limit = *trouble_since_ + give_up_after_;
  const bool was_given_up = is_given_up_;
  is_given_up_ = is_given_up_ || !can_heal || now >= limit;
  // Half fixed, half random: nodes that were cut off together do not come back together.
  const auto half = (is_given_up_ ? given_up_pause : pause_).ns() / 2;
  retry_at_ = now + Duration{half + static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(half)))};
  if (!is_given_up_) retry_at_ = std::min(retry_at_, limit);
  pause_ = std::min(pause_ * 2, longest_pause);
  if (was_given_up) return;  // that was told
  lost_ = NodeTrouble{.why = why,
                      .is_repeated = why == last_why_,
                      .is_given_up = is_given_up_,
                      .tries = tries_,
                      .next_try = retry_at_ - now,
                      .given_up_in = limit - now};
  if (is_given_up_ && can_heal) lost_->why += fmt::format(" (for {})", duration_words(now - *trouble_since_));
  last_why_ = std::move(why);
}

void Session::connect_when_due(Instant now) {
  if (link_) return;
  if (preparation_) {
    const auto result = preparation_->take();
    if (!result) return;
    preparation_.reset();
    is_prepared_ = result->why.empty();
    if (!is_prepared_) return fail(result->why, result->can_heal, now);
  } else if (now < retry_at_) {
    return;
  }
  try {
    if (node_.prepare && !is_prepared_) {
      preparation_ = std::make_unique<Preparation>(node_.prepare);
      return;
    }
    has_heard_ = false;
    link_ = node_.connect();
  } catch (const os_linux::Failure& failure) {
    fail(failure.what(), true, now);
  }
}

std::optional<Message> Session::receive(Instant now) {
  if (!link_) return std::nullopt;
  auto message = link_->receive();
  if (message) {
    has_heard_ = true;
  } else if (!link_->is_open()) {
    const auto why = link_->why();
    close(why, now, has_heard_ || !node_.can_heal || node_.can_heal(why));
  }
  return message;
}

void Session::close(const std::string& why, Instant now, bool can_heal) {
  if (!link_) return;
  link_.reset();
  inbox_.clear();
  images_.clear();
  is_welcome_ = false;
  knows_image_urls = false;
  if (!has_heard_) is_prepared_ = false;
  fail(why, can_heal, now);
}

void Session::give_way(const std::string& why, Instant now, bool can_heal) {
  gives_way_ = true;
  pause_ = longest_pause;
  close(why, now, can_heal);
}

void Session::welcome() {
  gives_way_ = true;
  is_welcome_ = true;
  is_given_up_ = false;
  trouble_since_.reset();
  last_why_.clear();
  tries_ = 0;
  pause_ = first_pause;
}

std::optional<NodeTrouble> Session::take_lost() { return std::exchange(lost_, std::nullopt); }

bool Session::send(const Message& message) { return link_ && link_->send(message); }

void Session::send_image(const std::string& digest, std::uint64_t offset, const std::string& signature) {
  std::error_code error;
  const auto total = std::filesystem::file_size(image_directory_ + "/" + digest, error);
  if (error || offset > total) {
    send({.kind = MessageKind::image_part, .digest = digest});
    return;
  }
  images_[digest] = {.signature = signature, .offset = offset, .total = total};
}

void Session::send_pieces(Instant now) {
  while (link_ && !images_.empty()) {
    const auto current = images_.begin();
    auto& [digest, image] = *current;
    std::ifstream file{image_directory_ + "/" + digest, std::ios::binary};
    file.seekg(static_cast<std::streamoff>(image.offset));
    do {  // an empty piece too: it tells who has all of it that there is no more
      Message piece{.kind = MessageKind::image_part, .digest = digest, .offset = image.offset, .total = image.total};
      // Every piece carries the signature: whoever resumes begins in the middle.
      piece.text = image.signature;
      piece.body.resize(std::min<std::uint64_t>(message_body_max, image.total - image.offset));
      if (!file.read(reinterpret_cast<char*>(piece.body.data()), static_cast<std::streamsize>(piece.body.size())))
        return close("the image " + digest + " cannot be read", now);
      if (!link_->send(piece)) return;
      image.offset += piece.body.size();
    } while (image.offset < image.total);
    images_.erase(current);
  }
}

}  // namespace utnt::fleet
