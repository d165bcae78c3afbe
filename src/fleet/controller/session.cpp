// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/session.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "fleet/trust/digest.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

constexpr Duration first_pause{250'000'000}, longest_pause{30'000'000'000};

}  // namespace

Session::Session(ControlledNode node, std::string image_directory, std::uint64_t seed)
    : node_{std::move(node)}, image_directory_{std::move(image_directory)}, pause_{first_pause}, prng_{seed} {}

void Session::pause_before_retry(Instant now) {
  // Half fixed, half random: nodes that were cut off together do not come back together.
  const auto half = pause_.ns() / 2;
  retry_at_ = now + Duration{half + static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(half)))};
  pause_ = std::min(pause_ * 2, longest_pause);
}

void Session::connect_when_due(Instant now) {
  if (link_ || now < retry_at_) return;
  try {
    link_ = node_.connect();
  } catch (const os_linux::Failure& failure) {
    lost_ = failure.what();
    pause_before_retry(now);
  }
}

std::optional<Message> Session::receive(Instant now) {
  if (!link_) return std::nullopt;
  auto message = link_->receive();
  if (message) {
    pause_ = first_pause;
  } else if (!link_->is_open()) {
    close(link_->why(), now);
  }
  return message;
}

void Session::close(const std::string& why, Instant now) {
  if (!link_) return;
  link_.reset();
  inbox_.clear();
  images_.clear();
  is_welcome = false;
  lost_ = why;
  pause_before_retry(now);
}

std::optional<std::string> Session::take_lost() { return std::exchange(lost_, std::nullopt); }

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
