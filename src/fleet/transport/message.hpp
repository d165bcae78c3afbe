// SPDX-License-Identifier: BSD-2-Clause
// What controller and agent say to each other, the same over every transport. A message may be lost with its
// connection, repeated or overtaken by another (a transport that loses, repeats or reorders is a legal one); whoever
// needs an answer asks again until it comes. On a byte stream a message is a frame: magic, lengths, SHA-256, fields,
// body (docs/reference/fleet.md), little endian; a frame that does not match its digest ends the connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace utnt::fleet {

enum class MessageKind : std::uint8_t {
  // agent to controller
  hello = 1,      ///< text: JSON (node, version, boot, slots, running jobs, capabilities, clock, block list digest)
  fetch = 2,      ///< total: slots that are free; stands until the next fetch
  claim = 3,      ///< job, attempt: taken
  refuse = 4,     ///< job, attempt, text: reason, a tab, details
  beat = 5,       ///< job, attempt, text: phase; total: probes sent so far
  finish = 6,     ///< job, attempt, digest of the result that lies in the spool, text: how the run ended
  result = 7,     ///< job, attempt, digest, offset, total, body: a piece; text: signature (in the first)
  have = 8,       ///< text: digests in the spool, blanks between: which of them do you hold?
  image_get = 9,  ///< digest, offset: send from here on; text: why image_url does not do
  block_list_ack = 10,  ///< digest: this list is in force
  stopped = 11,         ///< all probing has ended
  taken_over = 12,      ///< text: JSON (key and place of the controller that is served from now on); the last message
  // controller to agent
  welcome = 32,     ///< text: JSON (controller, its key, beat interval, wall clock)
  job = 33,         ///< job, attempt, text: the order; digest of the image; body: see fleet/model/grant.hpp
  receipt = 34,     ///< digest: committed by the store, may be deleted
  held = 35,        ///< answer to have; text: those digests of it that the store holds
  image_part = 36,  ///< digest, offset, total, body; offset 0: text is its signature. total 0: there is no such image
  cancel = 37,      ///< job, attempt
  block_list = 38,  ///< digest, text: prefixes, one a line; signature in body
  image_url = 39,   ///< digest, total, text: JSON (URL, signature); to agents that say that they know it
  stop = 40,        ///< end all probing at once, take no job until the next welcome
  alive = 41,       ///< nothing but a sign of life: resets the dead-man timer
  drain = 42,       ///< take no more jobs, finish those that run
};

struct Message {
  MessageKind kind{MessageKind::alive};
  std::string job{};              ///< identity of an order, or empty
  std::uint32_t attempt{0};       ///< from 1
  std::string digest{};           ///< SHA-256, 64 hexadecimal digits, or empty
  std::uint64_t offset{0};        ///< of `body` in the whole
  std::uint64_t total{0};         ///< bytes of the whole
  std::string text{};             ///< at most message_text_max
  std::vector<std::byte> body{};  ///< at most message_body_max
  friend bool operator==(const Message&, const Message&) = default;
};

inline constexpr std::size_t message_job_max = 64;
inline constexpr std::size_t message_text_max = std::size_t{1} << 20;
inline constexpr std::size_t message_body_max = std::size_t{128} << 10;

inline constexpr std::size_t frame_head_bytes = 72;
inline constexpr std::size_t frame_bytes_max =
    frame_head_bytes + message_job_max + 32 + message_text_max + message_body_max;

/// The frame of a message, appended to `out`. Throws std::invalid_argument when a field breaks its limit: a job is
/// letters, digits, `-` and `_`, a digest is a digest or empty, text and body have their maximum.
void append_frame(std::vector<std::byte>& out, const Message& message);

/// Takes messages out of a byte stream, cut anywhere.
class FrameDecoder {
 public:
  void add(ConstBytes bytes);
  /// The next whole message. Nothing: more bytes are needed, or is_broken().
  std::optional<Message> next();
  /// What came is no frame of ours: length, magic, digest or fields are wrong. Nothing more will come out.
  [[nodiscard]] bool is_broken() const { return !why_.empty(); }
  /// What was wrong; empty while nothing is.
  [[nodiscard]] const std::string& why() const { return why_; }
  /// Whether a part of a frame lies here, whose rest has not come.
  [[nodiscard]] bool is_inside_frame() const { return rest_.size() > begin_; }

 private:
  bool check_head(ConstBytes rest);
  std::optional<Message> give_up(std::string why);

  std::vector<std::byte> rest_;
  std::size_t begin_{0};
  std::string why_;
};

}  // namespace utnt::fleet
