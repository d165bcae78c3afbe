// SPDX-License-Identifier: BSD-2-Clause
// Frames: a head of 72 bytes, then job, digest, text and body without gaps. Everything is checked before anything is
// believed: lengths as soon as the head is there (so that nobody makes us wait for a gigabyte), the digest over the
// whole, the fields at last. Layout: docs/reference/fleet.md.
#include "fleet/transport/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "fleet/trust/digest.hpp"
#include "fleet/trust/text_codes.hpp"

namespace utnt::fleet {
namespace {

constexpr std::array<std::byte, 4> magic{std::byte{'U'}, std::byte{'T'}, std::byte{'F'}, std::byte{'R'}};
constexpr std::uint8_t version = 1;

// Places in the head.
constexpr std::size_t at_version = 4, at_kind = 5, at_job_bytes = 6, at_digest_bytes = 7, at_attempt = 8,
                      at_text_bytes = 12, at_body_bytes = 16, at_zero = 20, at_offset = 24, at_total = 32,
                      at_digest = 40;
static_assert(at_digest + digest_bytes == frame_head_bytes);

struct Lengths {
  std::size_t job{0}, digest{0}, text{0}, body{0};
  [[nodiscard]] std::size_t rest() const { return job + digest + text + body; }
};

bool is_kind(std::uint8_t kind) {
  return (kind >= static_cast<std::uint8_t>(MessageKind::hello) &&
          kind <= static_cast<std::uint8_t>(MessageKind::taken_over)) ||
         (kind >= static_cast<std::uint8_t>(MessageKind::welcome) &&
          kind <= static_cast<std::uint8_t>(MessageKind::drain));
}

bool is_job(std::string_view job) {
  return job.size() <= message_job_max && std::ranges::all_of(job, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

Lengths lengths_of(ConstBytes head) {
  return {load_u8(head, at_job_bytes), load_u8(head, at_digest_bytes), load_le(head, at_text_bytes, 4),
          load_le(head, at_body_bytes, 4)};
}

/// Of the whole frame but for the digest itself.
DigestBytes digest_of(ConstBytes frame) {
  Sha256 hash;
  hash.add(frame.first(at_digest));
  hash.add(frame.subspan(frame_head_bytes));
  return hash.finish();
}

std::string_view text_at(ConstBytes bytes, std::size_t at, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, length};
}

void append(std::vector<std::byte>& out, std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void check_fields(const Message& message) {
  const auto refuse = [](std::string_view field, std::string_view expected) {
    throw std::invalid_argument{fmt::format("a message's {} must be {}", field, expected)};
  };
  if (!is_kind(static_cast<std::uint8_t>(message.kind))) refuse("kind", "one of those of message.hpp");
  if (!is_job(message.job)) refuse("job", fmt::format("at most {} letters, digits, - and _", message_job_max));
  if (!message.digest.empty() && !is_digest(message.digest)) refuse("digest", "64 hexadecimal digits or empty");
  if (message.text.size() > message_text_max) refuse("text", fmt::format("at most {} bytes", message_text_max));
  if (message.body.size() > message_body_max) refuse("body", fmt::format("at most {} bytes", message_body_max));
}

/// For people: what stands at the beginning of something that is no frame.
std::string shown(ConstBytes bytes) {
  std::string text;
  for (const std::byte byte : bytes.first(std::min<std::size_t>(bytes.size(), 60))) {
    const auto c = std::to_integer<char>(byte);
    text += c >= ' ' && c <= '~' ? c : '.';
  }
  return text;
}

}  // namespace

void append_frame(std::vector<std::byte>& out, const Message& message) {
  check_fields(message);
  const std::size_t begin = out.size();
  const std::size_t named_bytes = message.digest.empty() ? 0 : digest_bytes;
  out.reserve(begin + frame_head_bytes + message.job.size() + named_bytes + message.text.size() + message.body.size());
  out.resize(begin + frame_head_bytes);
  const auto head = MutableBytes{out}.subspan(begin);
  copy_bytes(head, magic);
  store_u8(head, at_version, version);
  store_u8(head, at_kind, static_cast<std::uint8_t>(message.kind));
  store_u8(head, at_job_bytes, static_cast<std::uint8_t>(message.job.size()));
  store_u8(head, at_digest_bytes, static_cast<std::uint8_t>(named_bytes));
  store_le(head, at_attempt, 4, message.attempt);
  store_le(head, at_text_bytes, 4, message.text.size());
  store_le(head, at_body_bytes, 4, message.body.size());
  store_le(head, at_zero, 4, 0);
  store_le(head, at_offset, 8, message.offset);
  store_le(head, at_total, 8, message.total);
  append(out, message.job);
  if (const auto named = from_hex(message.digest)) out.insert(out.end(), named->begin(), named->end());
  append(out, message.text);
  out.insert(out.end(), message.body.begin(), message.body.end());
  const auto frame = MutableBytes{out}.subspan(begin);
  copy_bytes(frame.subspan(at_digest), digest_of(frame));
}

void FrameDecoder::add(ConstBytes bytes) {
  if (is_broken()) return;
  if (begin_ > 0 && begin_ >= rest_.size() / 2) {
    rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
}

std::optional<Message> FrameDecoder::give_up(std::string why) {
  why_ = std::move(why);
  rest_.clear();
  rest_.shrink_to_fit();
  begin_ = 0;
  return std::nullopt;
}

/// Whether the whole head is there and nothing in it is wrong.
bool FrameDecoder::check_head(ConstBytes rest) {
  const std::size_t known = std::min(rest.size(), magic.size());
  if (!std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(known), rest.begin())) {
    give_up(fmt::format("no frame begins with \"{}\"", shown(rest)));
    return false;
  }
  if (rest.size() < frame_head_bytes) return false;
  const Lengths lengths = lengths_of(rest);
  if (load_u8(rest, at_version) != version) {
    give_up(fmt::format("a frame of version {}, this program knows version {}", load_u8(rest, at_version), version));
  } else if (!is_kind(load_u8(rest, at_kind))) {
    give_up(fmt::format("a frame of the unknown kind {}", load_u8(rest, at_kind)));
  } else if (lengths.job > message_job_max || (lengths.digest != 0 && lengths.digest != digest_bytes) ||
             lengths.text > message_text_max || lengths.body > message_body_max) {
    give_up(fmt::format("a frame with lengths beyond the limits: job {}, digest {}, text {}, body {}", lengths.job,
                        lengths.digest, lengths.text, lengths.body));
  } else if (load_le(rest, at_zero, 4) != 0) {
    give_up("a frame whose reserved field is not zero");
  }
  return !is_broken();
}

std::optional<Message> FrameDecoder::next() {
  const auto rest = ConstBytes{rest_}.subspan(begin_);
  if (is_broken() || rest.empty() || !check_head(rest)) return std::nullopt;
  const Lengths lengths = lengths_of(rest);
  if (rest.size() - frame_head_bytes < lengths.rest()) return std::nullopt;
  const auto frame = rest.first(frame_head_bytes + lengths.rest());
  if (!std::ranges::equal(digest_of(frame), frame.subspan(at_digest, digest_bytes)))
    return give_up("a frame that does not match its digest");
  Message message;
  message.kind = static_cast<MessageKind>(load_u8(frame, at_kind));
  message.attempt = static_cast<std::uint32_t>(load_le(frame, at_attempt, 4));
  message.offset = load_le(frame, at_offset, 8);
  message.total = load_le(frame, at_total, 8);
  std::size_t at = frame_head_bytes;
  message.job = text_at(frame, at, lengths.job);
  if (!is_job(message.job)) return give_up("a frame whose job has other characters than letters, digits, - and _");
  at += lengths.job;
  message.digest = to_hex(frame.subspan(at, lengths.digest));
  at += lengths.digest;
  message.text = text_at(frame, at, lengths.text);
  at += lengths.text;
  const auto body = frame.subspan(at);
  message.body.assign(body.begin(), body.end());
  begin_ += frame.size();
  if (begin_ == rest_.size()) {
    rest_.clear();
    begin_ = 0;
  }
  return message;
}

}  // namespace utnt::fleet
