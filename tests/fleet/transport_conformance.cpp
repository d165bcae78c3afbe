// SPDX-License-Identifier: BSD-2-Clause
// The conformance suite of the transports. Where a transport may lose messages, whoever wants one through repeats it;
// where it may not, it has exactly one try.
#include "fleet/transport_conformance.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <map>

#include "fleet/transport/message_test_support.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet::test {

using namespace utnt::literals;

bool Connection::wait(Duration patience) {
  Instant until = os_linux::monotonic_now() + patience;
  std::array<pollfd, 2> ready{};
  bool is_timed = false;
  for (std::size_t i = 0; i < 2; ++i) {
    const Link& link = i == 0 ? near() : far();
    ready[i] = {link.descriptor(), static_cast<short>(link.wants_write() ? POLLIN | POLLOUT : POLLIN), 0};
    if (const auto wake = link.wake_at(); wake && *wake < until) {
      until = *wake;
      is_timed = true;
    }
  }
  const auto left_ms = (until - os_linux::monotonic_now()).ns() / 1'000'000 + 1;
  return ::poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(left_ms, 0))) > 0 || is_timed;
}

namespace {

constexpr Duration patience{10'000'000'000};
constexpr int tries_of_lossy = 300;

/// A connection, and all that each end has heard.
struct Dialogue {
  std::unique_ptr<Connection> connection;
  int tries;
  std::vector<Message> near_heard{}, far_heard{};

  explicit Dialogue(const Transport& transport)
      : connection{transport.connect()}, tries{transport.is_lossless ? 1 : tries_of_lossy} {}

  Link& near() { return connection->near(); }
  Link& far() { return connection->far(); }

  void hear() {
    while (auto message = near().receive()) near_heard.push_back(std::move(*message));
    while (auto message = far().receive()) far_heard.push_back(std::move(*message));
  }

  template <class IsDone>
  bool run_until(IsDone is_done) {
    hear();
    while (!is_done()) {
      if (!connection->wait(patience)) return false;
      hear();
    }
    return true;
  }

  /// Waits while the queue is full.
  bool send_patiently(Link& from, const Message& message) {
    while (!from.send(message)) {
      if (!from.is_open() || !connection->wait(patience)) return false;
      hear();
    }
    return true;
  }

  bool tell(Link& from, const Message& message) {
    auto& heard = &from == &near() ? far_heard : near_heard;
    for (int i = 0; i < tries; ++i) {
      heard.clear();
      if (!send_patiently(from, message)) return false;
      if (run_until([&] { return std::ranges::find(heard, message) != heard.end(); })) return true;
    }
    return false;
  }

  /// All pieces through, each repeated as often as it is missing; in their order where nothing is lost.
  bool transfer(Link& from, const std::vector<Message>& pieces) {
    auto& heard = &from == &near() ? far_heard : near_heard;
    heard.clear();
    const auto came = [&](const Message& piece) { return std::ranges::find(heard, piece) != heard.end(); };
    for (int i = 0; i < tries; ++i) {
      for (const Message& piece : pieces)
        if (!came(piece) && !send_patiently(from, piece)) return false;
      if (run_until([&] { return heard.size() >= pieces.size() && std::ranges::all_of(pieces, came); })) return true;
    }
    return false;
  }
};

const std::string job_id = "0123456789abcdef0123456789abcdef";

std::vector<Message> from_agent(const std::string& digest) {
  using enum MessageKind;
  return {{.kind = hello, .text = R"({"node":"lyon-1","slots":2,"running":[]})"},
          {.kind = fetch, .total = 2},
          {.kind = claim, .job = job_id, .attempt = 1},
          {.kind = refuse, .job = job_id, .attempt = 2, .text = "no space\t12 MB free, 64 MB wanted"},
          {.kind = beat, .job = job_id, .attempt = 1, .total = 512, .text = "probing"},
          {.kind = finish, .job = job_id, .attempt = 1, .digest = digest, .total = 70'000, .text = "complete"},
          {.kind = have, .text = digest + " " + digest},
          {.kind = image_get, .digest = digest, .offset = 131'072},
          {.kind = block_list_ack, .digest = digest},
          {.kind = stopped}};
}

std::vector<Message> from_controller(const std::string& digest) {
  using enum MessageKind;
  return {{.kind = welcome, .text = R"({"controller":"here","beat_ms":10000})"},
          {.kind = job, .job = job_id, .attempt = 1, .digest = digest, .text = R"({"id":"0123"})"},
          {.kind = receipt, .digest = digest},
          {.kind = held, .text = digest},
          {.kind = cancel, .job = job_id, .attempt = 1},
          {.kind = block_list, .digest = digest, .text = "192.0.2.0/24\n2001:db8::/32\n", .body = {std::byte{1}}},
          {.kind = image_url, .digest = digest, .total = 70'000, .text = R"({"url":"http://192.0.2.1/"})"},
          {.kind = stop},
          {.kind = alive},
          {.kind = drain}};
}

std::vector<Message> pieces_of(MessageKind kind, const std::vector<std::byte>& whole) {
  std::vector<Message> pieces;
  for (std::size_t at = 0; at < whole.size(); at += message_body_max) {
    const auto part = ConstBytes{whole}.subspan(at, std::min(message_body_max, whole.size() - at));
    pieces.push_back({.kind = kind,
                      .job = kind == MessageKind::result ? job_id : "",
                      .attempt = 1,
                      .digest = sha256_hex(ConstBytes{whole}),
                      .offset = at,
                      .total = whole.size(),
                      .text = at == 0 ? "the signature" : "",
                      .body = {part.begin(), part.end()}});
  }
  return pieces;
}

std::vector<std::byte> assembled(const std::vector<Message>& pieces) {
  std::map<std::uint64_t, const Message*> by_offset;
  for (const Message& piece : pieces) by_offset.emplace(piece.offset, &piece);
  std::vector<std::byte> whole;
  for (const auto& [offset, piece] : by_offset)
    if (offset == whole.size()) whole.insert(whole.end(), piece->body.begin(), piece->body.end());
  return whole;
}

constexpr std::size_t megabytes = 3'000'001;

}  // namespace

TEST_P(TransportConformance, every_message_of_both_sides_arrives_as_it_was_sent) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    const auto digest = sha256_hex(std::string_view{"result"});
    for (const Message& message : from_agent(digest))
      EXPECT_TRUE(dialogue.tell(dialogue.far(), message)) << static_cast<int>(message.kind) << dialogue.near().why();
    for (const Message& message : from_controller(digest))
      EXPECT_TRUE(dialogue.tell(dialogue.near(), message)) << static_cast<int>(message.kind) << dialogue.far().why();
  });
}

TEST_P(TransportConformance, a_result_of_megabytes_arrives_whole_and_its_receipt_comes_back) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    Prng prng{11};
    const auto whole = any_bytes(prng, megabytes);
    const auto pieces = pieces_of(MessageKind::result, whole);
    ASSERT_TRUE(dialogue.transfer(dialogue.far(), pieces)) << dialogue.near().why();
    if (GetParam().is_lossless) {
      EXPECT_EQ(dialogue.near_heard, pieces) << "each once, in order";
    }
    EXPECT_EQ(sha256_hex(assembled(dialogue.near_heard)), pieces.front().digest);
    EXPECT_TRUE(dialogue.tell(dialogue.near(), {.kind = MessageKind::receipt, .digest = pieces.front().digest}));
  });
}

TEST_P(TransportConformance, an_image_is_asked_for_and_comes_from_the_asked_offset_on) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    Prng prng{12};
    const auto whole = any_bytes(prng, 700'000);
    auto parts = pieces_of(MessageKind::image_part, whole);
    ASSERT_TRUE(dialogue.tell(dialogue.far(),
                              {.kind = MessageKind::image_get, .digest = parts[0].digest, .offset = parts[2].offset}));
    const std::vector<Message> rest(parts.begin() + 2, parts.end());
    EXPECT_TRUE(dialogue.transfer(dialogue.near(), rest));
    const std::string none(64, '0');
    ASSERT_TRUE(dialogue.tell(dialogue.far(), {.kind = MessageKind::image_get, .digest = none}));
    EXPECT_TRUE(dialogue.tell(dialogue.near(), {.kind = MessageKind::image_part, .digest = none}));
  });
}

TEST_P(TransportConformance, both_directions_work_at_the_same_time) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    Prng prng{13};
    const auto up = pieces_of(MessageKind::result, any_bytes(prng, 1'000'000));
    const auto down = pieces_of(MessageKind::image_part, any_bytes(prng, 1'000'000));
    const auto came = [](const std::vector<Message>& heard, const Message& piece) {
      return std::ranges::find(heard, piece) != heard.end();
    };
    const auto all_came = [&] {
      return std::ranges::all_of(up, [&](const auto& p) { return came(dialogue.near_heard, p); }) &&
             std::ranges::all_of(down, [&](const auto& p) { return came(dialogue.far_heard, p); });
    };
    for (int i = 0; i < dialogue.tries && !all_came(); ++i) {
      for (std::size_t j = 0; j < up.size(); ++j) {
        if (!came(dialogue.near_heard, up[j])) {
          ASSERT_TRUE(dialogue.send_patiently(dialogue.far(), up[j]));
        }
        if (!came(dialogue.far_heard, down[j])) {
          ASSERT_TRUE(dialogue.send_patiently(dialogue.near(), down[j]));
        }
      }
      dialogue.run_until(all_came);
    }
    EXPECT_TRUE(all_came());
  });
}

TEST_P(TransportConformance, small_messages_keep_their_order_or_are_all_there) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    std::vector<Message> beats;
    for (std::uint64_t i = 0; i < 300; ++i)
      beats.push_back({.kind = MessageKind::beat, .job = job_id, .attempt = 1, .total = i, .text = "probing"});
    ASSERT_TRUE(dialogue.transfer(dialogue.far(), beats));
    if (GetParam().is_lossless) {
      EXPECT_EQ(dialogue.near_heard, beats);
    }
  });
}

TEST_P(TransportConformance, a_sender_that_nobody_listens_to_is_told_to_wait_and_goes_on_later) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    const Message piece{.kind = MessageKind::result, .job = job_id, .body = std::vector<std::byte>(message_body_max)};
    constexpr std::size_t pieces_max = 800;  // 100 MiB
    std::size_t taken = 0;
    int refusals = 0;
    while (taken < pieces_max && refusals < 20) {  // what a relay or ssh takes meanwhile has an end, too
      if (dialogue.far().send(piece)) {
        ++taken;
        refusals = 0;
        continue;
      }
      ++refusals;
      dialogue.far().receive();
      pollfd writable{dialogue.far().descriptor(), POLLOUT, 0};
      ::poll(&writable, 1, 5);
    }
    EXPECT_LT(taken, pieces_max) << "the queue has no bound";
    EXPECT_TRUE(dialogue.far().is_open());
    EXPECT_FALSE(dialogue.far().send(piece));
    const bool is_lossless = GetParam().is_lossless;
    EXPECT_TRUE(dialogue.run_until(
        [&] { return is_lossless ? dialogue.near_heard.size() == taken : dialogue.near_heard.size() > taken / 2; }));
    EXPECT_TRUE(dialogue.tell(dialogue.far(), {.kind = MessageKind::stopped}));
  });
}

TEST_P(TransportConformance, an_idle_connection_wakes_nobody) {
  GetParam().within([] {
    Dialogue dialogue{GetParam()};
    ASSERT_TRUE(dialogue.tell(dialogue.far(), {.kind = MessageKind::fetch, .total = 1}));
    while (dialogue.connection->wait(20_ms)) dialogue.hear();
    EXPECT_FALSE(dialogue.near().wants_write());
    EXPECT_FALSE(dialogue.far().wants_write());
    EXPECT_FALSE(dialogue.connection->wait(20_ms));
    EXPECT_TRUE(dialogue.near().is_open());
    EXPECT_EQ(dialogue.near().why(), "");
  });
}

TEST_P(TransportConformance, a_cut_after_any_message_is_seen_by_both_and_nothing_altered_was_heard) {
  GetParam().within([] {
    const auto script = from_agent(sha256_hex(std::string_view{"result"}));
    const std::size_t stride = GetParam().cut_stride > 1 ? 4 : 1;
    for (std::size_t cut = 0; cut <= script.size(); cut += stride) {
      Dialogue dialogue{GetParam()};
      for (std::size_t i = 0; i < cut; ++i) ASSERT_TRUE(dialogue.far().send(script[i]));
      if (cut % 2 == 1) dialogue.hear();
      dialogue.connection->cut();
      EXPECT_TRUE(dialogue.run_until([&] { return !dialogue.near().is_open() && !dialogue.far().is_open(); })) << cut;
      for (const Message& message : dialogue.near_heard)
        EXPECT_NE(std::find(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(cut), message),
                  script.begin() + static_cast<std::ptrdiff_t>(cut));
      for (Link* link : {&dialogue.near(), &dialogue.far()}) {
        EXPECT_NE(link->why(), "");
        EXPECT_FALSE(link->send(script[0]));
        EXPECT_FALSE(link->receive());
        EXPECT_FALSE(link->is_open());
      }
    }
  });
}

TEST_P(StreamConformance, a_cut_at_any_byte_leaves_whole_messages_only) {
  GetParam().within([] {
    Prng prng{14};
    const std::vector<Message> sent{{.kind = MessageKind::claim, .job = job_id, .attempt = 1},
                                    {.kind = MessageKind::result,
                                     .job = job_id,
                                     .attempt = 1,
                                     .digest = any_digest(prng),
                                     .total = 60,
                                     .text = "signature",
                                     .body = any_bytes(prng, 60)}};
    const auto first = frame_of(sent[0]);
    auto both = first;
    append_frame(both, sent[1]);
    for (std::size_t cut = 0; cut <= both.size(); cut += GetParam().cut_stride) {
      const auto link = GetParam().cut_after(ConstBytes{both}.first(cut));
      std::vector<Message> heard;
      while (link->is_open()) {
        while (auto message = link->receive()) heard.push_back(std::move(*message));
        pollfd ready{link->descriptor(), POLLIN, 0};
        if (link->is_open()) {
          ASSERT_GT(::poll(&ready, 1, 10'000), 0) << cut;
        }
      }
      const std::ptrdiff_t whole = cut == both.size() ? 2 : cut >= first.size() ? 1 : 0;
      EXPECT_EQ(heard, std::vector<Message>(sent.begin(), sent.begin() + whole)) << cut;
      const bool is_inside = cut != 0 && cut != first.size() && cut != both.size();
      EXPECT_EQ(link->why().find("inside a message") != std::string::npos, is_inside) << cut << link->why();
    }
  });
}

}  // namespace utnt::fleet::test
