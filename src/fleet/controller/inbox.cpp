// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/inbox.hpp"

#include <utility>

#include "fleet/trust/digest.hpp"

namespace utnt::fleet {

std::optional<ArrivedResult> Inbox::add(const Message& message) {
  if (!is_digest(message.digest)) return std::nullopt;
  if (message.offset == 0) {
    if (const auto old = parts_.find(message.digest); old != parts_.end()) {
      bytes_ -= old->second.result.bytes.size();
      parts_.erase(old);
    }
    if (parts_.size() >= limits_.results_max) {
      complaint_ = "it sends more results at once than are taken";
      return std::nullopt;
    }
    auto& part = parts_[message.digest];
    part.total = message.total;
    part.result.job = message.job;
    part.result.attempt = message.attempt;
    part.result.signature = message.text;
  }
  const auto found = parts_.find(message.digest);
  if (found == parts_.end()) return std::nullopt;
  auto& part = found->second;
  const auto have = part.result.bytes.size();
  if (message.offset != have || message.total != part.total) return std::nullopt;
  if (message.body.size() > part.total - have || message.body.size() > limits_.bytes_max - bytes_) {
    complaint_ = "a result is longer than was announced, or than is taken";
    bytes_ -= have;
    parts_.erase(found);
    return std::nullopt;
  }
  part.result.bytes.append(reinterpret_cast<const char*>(message.body.data()), message.body.size());
  bytes_ += message.body.size();
  if (part.result.bytes.size() < part.total) return std::nullopt;
  return finish(found);
}

std::optional<ArrivedResult> Inbox::finish(std::map<std::string, Part>::iterator part) {
  auto result = std::move(part->second.result);
  const auto announced = part->first;
  bytes_ -= result.bytes.size();
  parts_.erase(part);
  result.digest = sha256_hex(std::string_view{result.bytes});
  if (result.digest != announced) {
    complaint_ = "a result is not what its digest says";
    return std::nullopt;
  }
  return result;
}

std::string Inbox::take_complaint() { return std::exchange(complaint_, {}); }

void Inbox::clear() {
  parts_.clear();
  bytes_ = 0;
}

}  // namespace utnt::fleet
