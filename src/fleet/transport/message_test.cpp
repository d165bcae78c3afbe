// SPDX-License-Identifier: BSD-2-Clause
// The frame codec: its bytes as documented, what goes in comes out however the stream is cut, and what is no frame of
// ours ends the stream before it costs memory.
#include "fleet/transport/message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "fleet/transport/message_test_support.hpp"
#include "fleet/trust/digest.hpp"
#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using test::any_message;
using test::frame_of;

std::vector<Message> decode(ConstBytes stream, std::size_t piece, FrameDecoder& decoder) {
  std::vector<Message> messages;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    decoder.add(stream.subspan(at, std::min(piece, stream.size() - at)));
    while (auto message = decoder.next()) messages.push_back(std::move(*message));
  }
  return messages;
}

/// The digest that belongs to the frame as it is now.
void seal(std::vector<std::byte>& frame) {
  Sha256 hash;
  hash.add(ConstBytes{frame}.first(40));
  hash.add(ConstBytes{frame}.subspan(72));
  copy_bytes(MutableBytes{frame}.subspan(40), hash.finish());
}

const Message claim{.kind = MessageKind::claim,
                    .job = "0a1b",
                    .attempt = 2,
                    .digest = std::string(64, 'f'),
                    .offset = 0x1122334455667788,
                    .total = 7,
                    .text = "hi",
                    .body = {std::byte{9}}};

TEST(Message, a_frame_has_the_documented_bytes) {
  const auto frame = frame_of(claim);
  ASSERT_EQ(frame.size(), 72U + 4 + 32 + 2 + 1);
  std::string head;
  for (std::size_t i = 0; i < 40; ++i) head += fmt::format("{:02x}", load_u8(frame, i));
  EXPECT_EQ(head,
            "55544652"          // UTFR
            "01030420"          // version, kind, bytes of job, bytes of digest
            "02000000"          // attempt
            "02000000"          // bytes of text
            "01000000"          // bytes of body
            "00000000"          // reserved
            "8877665544332211"  // offset
            "0700000000000000"  // total
  );
  auto sealed = frame;
  seal(sealed);
  EXPECT_EQ(sealed, frame);
  EXPECT_EQ(test::text_of(ConstBytes{frame}.subspan(72, 4)), "0a1b");
  EXPECT_TRUE(std::ranges::all_of(ConstBytes{frame}.subspan(76, 32), [](std::byte b) { return b == std::byte{0xff}; }));
  EXPECT_EQ(test::text_of(ConstBytes{frame}.subspan(108, 2)), "hi");
}

PROPERTY("messages come out of a stream as they went in, however it is cut", prng) {
  std::vector<Message> sent;
  std::vector<std::byte> stream;
  for (std::size_t i = 0, count = 1 + prng.below(5); i < count; ++i) {
    sent.push_back(any_message(prng));
    append_frame(stream, sent.back());
  }
  FrameDecoder decoder;
  EXPECT_EQ(decode(stream, 1 + prng.below(2000), decoder), sent);
  EXPECT_FALSE(decoder.is_broken());
  EXPECT_FALSE(decoder.is_inside_frame());
}

PROPERTY("one wrong bit ends the stream: nothing altered comes out", prng) {
  const Message message = any_message(prng);
  auto frame = frame_of(message);
  const auto at = prng.below(frame.size());
  frame[at] ^= static_cast<std::byte>(1U << prng.below(8));
  FrameDecoder decoder;
  EXPECT_TRUE(decode(frame, frame.size(), decoder).empty());
  // A length that was made longer waits for bytes that do not come; everything else is seen at once.
  EXPECT_TRUE(decoder.is_broken() || decoder.is_inside_frame());
  decoder.add(std::vector<std::byte>(frame_bytes_max));
  EXPECT_FALSE(decoder.next());
  EXPECT_TRUE(decoder.is_broken());
  EXPECT_FALSE(decoder.why().empty());
}

TEST(Message, the_largest_message_passes) {
  Message message{.kind = MessageKind::result, .job = std::string(message_job_max, 'j'), .digest = sha256_hex("x")};
  message.text.assign(message_text_max, 't');
  message.body.assign(message_body_max, std::byte{1});
  const auto frame = frame_of(message);
  EXPECT_EQ(frame.size(), frame_bytes_max);
  FrameDecoder decoder;
  decoder.add(frame);
  EXPECT_EQ(decoder.next(), message);
}

TEST(Message, fields_beyond_their_limits_are_not_sent) {
  const auto refused = [](Message message) {
    std::vector<std::byte> out;
    EXPECT_THROW(append_frame(out, message), std::invalid_argument);
    EXPECT_TRUE(out.empty());
  };
  refused({.job = std::string(message_job_max + 1, 'j')});
  refused({.job = "../etc"});
  refused({.digest = "12"});
  refused({.text = std::string(message_text_max + 1, 't')});
  refused({.body = std::vector<std::byte>(message_body_max + 1)});
  refused({.kind = static_cast<MessageKind>(13)});
}

TEST(Message, lengths_beyond_the_limits_are_refused_by_the_head_alone) {
  const std::size_t lengths_at[] = {6, 7, 14, 18};
  for (const std::size_t at : lengths_at) {
    auto frame = frame_of(claim);
    frame[at] = std::byte{0xff};
    FrameDecoder decoder;
    decoder.add(ConstBytes{frame}.first(frame_head_bytes));
    EXPECT_FALSE(decoder.next());
    EXPECT_TRUE(decoder.is_broken()) << at;
  }
}

TEST(Message, what_the_digest_covers_and_is_yet_wrong_is_refused) {
  const auto broken_by = [](std::size_t at, std::uint8_t value) {
    auto frame = frame_of(claim);
    frame[at] = static_cast<std::byte>(value);
    seal(frame);
    FrameDecoder decoder;
    decoder.add(frame);
    return !decoder.next() && decoder.is_broken();
  };
  EXPECT_TRUE(broken_by(4, 2)) << "version";
  EXPECT_TRUE(broken_by(5, 0)) << "kind";
  EXPECT_TRUE(broken_by(5, 31)) << "kind";
  EXPECT_TRUE(broken_by(20, 1)) << "reserved";
  EXPECT_TRUE(broken_by(72, '/')) << "job";
  EXPECT_FALSE(broken_by(109, 'o')) << "text may be anything";
}

TEST(Message, text_before_the_first_frame_is_shown_in_the_reason) {
  FrameDecoder decoder;
  const std::string_view greeting = "Welcome to \x1b[1mnode\x1b[0m!\n";
  decoder.add(std::as_bytes(std::span{greeting}));
  EXPECT_FALSE(decoder.next());
  EXPECT_TRUE(decoder.is_broken());
  EXPECT_NE(decoder.why().find("\"Welcome to .[1mnode.[0m!.\""), std::string::npos) << decoder.why();
}

TEST(Message, nothing_comes_out_behind_what_broke_the_stream) {
  FrameDecoder decoder;
  auto stream = frame_of(claim);
  stream.push_back(std::byte{0});
  const auto second = frame_of(claim);
  stream.insert(stream.end(), second.begin(), second.end());
  EXPECT_EQ(decode(stream, 7, decoder).size(), 1U);
  EXPECT_TRUE(decoder.is_broken());
  decoder.add(second);
  EXPECT_FALSE(decoder.next());
}

}  // namespace
}  // namespace utnt::fleet
