// SPDX-License-Identifier: BSD-2-Clause
// The attacks of a hostile node as a list, each with its name: it reads nothing, forges nothing, removes nothing and
// takes no more than its share, while the node beside it works. Source: the fleet specification, section 3.6, case F12.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <utility>

#include "lying_node.hpp"

namespace utnt::fleet::test {
namespace {

constexpr std::uint32_t own_jobs = 30, all_jobs = 33;

struct Attack {
  std::string name;
  std::function<void()> carry_out;
};

class HostileList : public testing::Test, protected LyingNode {
 protected:
  HostileList() : LyingNode{all_jobs, own_jobs} {}

  void SetUp() override {
    turns(30);
    ASSERT_TRUE(liar);
    for (std::uint64_t event = 1; event <= own_jobs; ++event)
      tell({.kind = MessageKind::claim, .job = own(event), .attempt = 1});
    turns(5);
  }
  [[nodiscard]] std::string own(std::uint64_t event) const { return world.order(event).id; }
  [[nodiscard]] std::string others() const { return world.order(all_jobs).id; }
  [[nodiscard]] std::int64_t stored_by_liar(const std::string& job) const {
    const auto rows = world.store->results_of(job);
    return std::ranges::count_if(rows, [](const ResultRow& row) { return row.node == "liar"; });
  }
  [[nodiscard]] std::uint64_t all_of_liar() const {
    std::uint64_t sum = 0;
    for (std::uint64_t event = 1; event <= all_jobs; ++event)
      sum += static_cast<std::uint64_t>(stored_by_liar(own(event)));
    return sum;
  }
  void say(const std::string& name, const Message& message) {
    attacks_.push_back({name, [this, message] {
                          tell(message);
                          turns(2);
                        }});
  }
  /// Whatever it said: the controller goes on, its books are right, and the other node's jobs are the other node's.
  void carry_out_all(const std::function<void(const Attack&)>& check = {}) {
    for (const auto& attack : attacks_) {
      SCOPED_TRACE(attack.name);
      for (int i = 0; i < 2'000 && (says_hello || !liar->is_open()); ++i) turns(1);
      ASSERT_TRUE(liar->is_open()) << "it could not come back";
      attack.carry_out();
      EXPECT_EQ(stored_by_liar(others()), 0);
      EXPECT_EQ(world.store->balance().alert, "");
      EXPECT_EQ(world.store->balance().accepted, all_jobs);
      if (check) check(attack);
      std::printf("  attack: %s\n", attack.name.c_str());
    }
    hear_nothing_bad_of_the_others();
  }

  std::vector<Attack> attacks_;
};

/// Results of its own jobs that are no bundles: each job fails (bad result), what came is kept as what it is.
TEST_F(HostileList, bundles_that_are_none) {
  std::uint64_t event = 0;
  const auto replaced = [this](std::uint64_t of, const std::string& what, const std::string& by) {
    auto text = bundle_for(world.order(of), 1);
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  };
  const auto forge = [&](const std::string& name, const std::function<std::string(std::uint64_t)>& make) {
    ++event;
    say("a bundle " + name, result(own(event), 1, make(event)));
  };
  const auto forge_field = [&](const std::string& name, const std::string& what, const std::string& by) {
    forge(name, [&](std::uint64_t of) { return replaced(of, what, by); });
  };
  forge("that is empty", [](auto) { return std::string{}; });
  forge("that is no JSON", [](auto) { return std::string{"result\n"}; });
  forge("without a line end", [](auto) { return std::string{"{}"}; });
  forge("with a head of a mebibyte", [](auto) { return std::string(100'000, ' ') + "{}\nx"; });
  forge("nested ten thousand deep", [](auto) { return std::string(10'000, '[') + "\n"; });
  forge("of another job", [&](auto) { return bundle_for(world.order(all_jobs), 1); });
  forge("of another attempt", [&](auto of) { return bundle_for(world.order(of), 2); });
  forge_field("of another type", "\"type\":\"result\"", "\"type\":\"receipt\"");
  forge_field("of a later schema", "\"schema\":1", "\"schema\":2");
  forge_field("whose payload is longer than it says", "\"bytes\":1", "\"bytes\":0");
  forge_field("whose payload is shorter than it says", "\"bytes\":1", "\"bytes\":1073741825");
  forge_field("with an exit code that there is not", "\"exit_code\":0", "\"exit_code\":4096");
  forge_field("with negative probes", "\"probes\":0", "\"probes\":-1");
  forge_field("with a fraction of a probe", "\"probes\":0", "\"probes\":0.5");
  forge_field("with more probes than a number holds", "\"probes\":0", "\"probes\":99999999999999999999999");
  forge_field("with a field twice", "\"probes\":0", "\"probes\":0,\"probes\":1");
  forge_field("with a field that nobody knows", "\"probes\":0", "\"probes\":0,\"is_admin\":true");
  forge_field("that is complete for a reason", "\"reason\":\"\"", "\"reason\":\"because\"");
  forge_field("with a cursor's movement as detail", "\"detail\":\"\"", "\"detail\":\"\\u001b[2J\"");
  forge_field("with bytes that are no characters", "\"detail\":\"\"", "\"detail\":\"\xff\xfe\"");
  forge_field("with a path for a format", "\"format\":\"jsonl\"", "\"format\":\"../../etc\"");
  forge_field("with a path for its node", "\"node\":\"liar\"", "\"node\":\"../node-1\"");
  forge_field("with SQL for its image", "\"image\":\"", "\"image\":\"'; drop table jobs; --");
  forge_field("with a measurement below zero", "\"measured\":{}", "\"measured\":{\"pss_bytes\":-5}");
  carry_out_all();
  for (std::uint64_t i = 1; i <= event; ++i) {
    const auto job = world.store->find_job(own(i));
    ASSERT_TRUE(job);
    EXPECT_EQ(job->state, JobState::failed) << attacks_[i - 1].name;
    EXPECT_EQ(job->reason, reason::bad_result) << attacks_[i - 1].name;
  }
  EXPECT_EQ(event, 24U);
}

/// What it has no right to say. Nothing of it is stored, none of its own jobs becomes done.
TEST_F(HostileList, words_that_are_not_its_own) {
  const auto good = bundle_for(world.order(1), 1);
  say("a result of another node's job", result(others(), 1, bundle_for(world.order(all_jobs), 1)));
  say("a result of a job that never was", result(std::string(32, 'f'), 1, good));
  say("a result of an attempt that never was", result(own(1), 99, bundle_for(world.order(1), 99)));
  auto forged = result(own(1), 1, good);
  forged.text.clear();
  say("a result that nobody signed", forged);
  forged.text = sign_statement(SecretKey::make(), Purpose::result, result_statement(own(1), 1, forged.digest));
  say("a result that another key signed", forged);
  forged.text = sign_statement(key, Purpose::record, result_statement(own(1), 1, forged.digest));
  say("a signature that was given for something else", forged);
  forged.text = sign_statement(key, Purpose::result, result_statement(own(2), 1, forged.digest));
  say("a signature of another job's result", forged);
  forged.text = std::string(1'000'000, 'A');
  say("a signature of a megabyte", forged);
  forged = result(own(1), 1, good);
  forged.body.back() ^= std::byte{1};
  say("a result that is not what its digest says", forged);
  forged = result(own(1), 1, good);
  forged.total = std::uint64_t{1} << 60;
  say("a result of an exabyte", forged);
  forged.total = 3;
  say("a result longer than it was announced", forged);
  forged = result(own(1), 1, good);
  forged.offset = 1'000;
  say("a result that begins in the middle", forged);
  forged.offset = ~std::uint64_t{0};
  say("a piece at the end of all numbers", forged);
  say("the claim of another node's job", {.kind = MessageKind::claim, .job = others(), .attempt = 1});
  say("the refusal of another node's job",
      {.kind = MessageKind::refuse, .job = others(), .attempt = 1, .text = "no space\tmine"});
  say("the end of another node's job",
      {.kind = MessageKind::finish, .job = others(), .attempt = 1, .digest = std::string(64, 'a'), .text = "complete"});
  say("a beat of another node's job", {.kind = MessageKind::beat, .job = others(), .attempt = 1, .total = 7});
  say("the end of its job without a result",
      {.kind = MessageKind::finish, .job = own(2), .attempt = 1, .digest = std::string(64, 'b'), .text = "complete"});
  say("a beat that moves a terminal's cursor",
      {.kind = MessageKind::beat, .job = own(3), .attempt = 1, .text = "\x1b[2J\x1b]0;owned\a"});
  say("all free slots there are", {.kind = MessageKind::fetch, .total = ~std::uint64_t{0}});
  say("an image that there is not", {.kind = MessageKind::image_get, .digest = sha256_hex("none")});
  say("an image from behind its end",
      {.kind = MessageKind::image_get, .digest = world.order(1).image, .offset = ~std::uint64_t{0}});
  say("a file by its path", {.kind = MessageKind::have, .text = "../../controller.key /etc/shadow"});
  say("SQL instead of digests", {.kind = MessageKind::have, .text = "'; drop table results; --"});
  say("the acknowledgement of a list that there is not",
      {.kind = MessageKind::block_list_ack, .digest = sha256_hex("none")});
  for (const auto kind : {MessageKind::welcome, MessageKind::job, MessageKind::receipt, MessageKind::held,
                          MessageKind::image_part, MessageKind::cancel, MessageKind::block_list, MessageKind::image_url,
                          MessageKind::stop, MessageKind::alive, MessageKind::drain})
    say("the controller's own word " + std::to_string(static_cast<int>(kind)),
        {.kind = kind, .job = others(), .attempt = 1, .digest = sha256_hex("x"), .text = "{}"});
  carry_out_all([this](const Attack&) { EXPECT_EQ(all_of_liar(), 0U); });
  for (std::uint64_t event = 1; event <= own_jobs; ++event)
    EXPECT_FALSE(is_final(world.store->find_job(own(event))->state)) << event;
  EXPECT_EQ(attacks_.size(), 36U);
}

/// Greetings: each ends its link or is taken for less than it says; whoever it is afterwards, it is nobody else.
TEST_F(HostileList, false_greetings) {
  const auto greet = [this](const std::string& name, const std::string& text) {
    say("a greeting " + name, {.kind = MessageKind::hello, .text = text});
  };
  const auto signed_by = [](const std::string& public_key, const nlohmann::json& more) {
    nlohmann::json json{{"protocol", 1}, {"key", public_key}, {"slots", 1}};
    json.update(more);
    return json.dump();
  };
  const auto mine = key_text(key.public_key()), foreign = key_text(SecretKey::make().public_key());
  const auto honest = world.store->find_node("node-1");
  ASSERT_TRUE(honest);
  greet("without words", "");
  greet("that is no JSON", "{");
  greet("that is a list", "[]");
  greet("that says nothing", "{}");
  greet("nested a hundred thousand deep", std::string(100'000, '['));
  greet("of an older version", R"({"protocol":0,"key":"x"})");
  greet("of a later version", R"({"protocol":2,"key":"x"})");
  greet("whose version is a word", R"({"protocol":"1","key":"x"})");
  greet("without a key", R"({"protocol":1})");
  greet("whose key is a number", R"({"protocol":1,"key":7})");
  greet("with another key than was enrolled", signed_by(foreign, nlohmann::json::object()));
  greet("with the key of the other node", signed_by(honest->public_key, nlohmann::json::object()));
  greet("with the name of the other node", signed_by(mine, {{"name", "node-1"}}));
  greet("with four billion slots", signed_by(mine, {{"slots", 4'294'967'295U}}));
  greet("with slots below zero", signed_by(mine, {{"slots", -1}}));
  greet("with the other node's jobs", signed_by(mine, {{"jobs", {others(), others()}}}));
  greet("with a hundred thousand jobs",
        signed_by(mine, {{"jobs", std::vector<std::string>(15'000, std::string(60, 'a'))}}));
  greet("with jobs that are none", signed_by(mine, {{"jobs", {1, nullptr, "../x", nlohmann::json::object()}}}));
  greet("with a script for a programme", signed_by(mine, {{"machine", {{"cpu", "<script>alert(1)</script>"}}}}));
  carry_out_all([this](const Attack&) { EXPECT_EQ(all_of_liar(), 0U); });
  EXPECT_EQ(world.store->find_node("node-1")->public_key, honest->public_key);
  EXPECT_EQ(world.store->find_node("liar")->public_key, mine);
  EXPECT_EQ(attacks_.size(), 19U);
}

/// Bytes that are no frames, such as those of an agent of another version: its link ends, and the reason is told.
TEST_F(HostileList, bytes_that_are_no_frames) {
  const auto send = [this](const std::string& name, std::vector<std::byte> bytes, const std::string& why) {
    attacks_.push_back({name, [this, bytes, why] {
                          const auto downs = world.observer.downs.size();
                          std::size_t sent = 0;
                          for (int i = 0; i < 3'000 && liar->is_open() && world.observer.downs.size() == downs; ++i) {
                            const auto got = ::send(liar->descriptor(), bytes.data() + sent, bytes.size() - sent,
                                                    MSG_NOSIGNAL | MSG_DONTWAIT);
                            sent += got > 0 ? static_cast<std::size_t>(got) : 0;
                            turns(1);
                          }
                          ASSERT_GT(world.observer.downs.size(), downs) << "its link was not cut";
                          EXPECT_THAT(world.observer.downs.back(), testing::HasSubstr(why));
                        }});
  };
  // A sound frame with bytes changed; its digest is that of the changed ones unless `is_false`.
  const auto frame = [this](const std::vector<std::pair<std::size_t, std::uint8_t>>& changes, bool is_false = false) {
    std::vector<std::byte> bytes;
    append_frame(bytes, {.kind = MessageKind::beat, .job = own(1), .attempt = 1, .text = "probing"});
    for (const auto& [at, value] : changes) bytes.at(at) = std::byte{value};
    if (is_false) return bytes;
    constexpr std::size_t digest_at = 40;
    std::string covered{reinterpret_cast<const char*>(bytes.data()), digest_at};
    covered.append(reinterpret_cast<const char*>(bytes.data()) + frame_head_bytes, bytes.size() - frame_head_bytes);
    const auto digest = sha256_hex(covered);
    for (std::size_t i = 0; i < 32; ++i)
      bytes.at(digest_at + i) = static_cast<std::byte>(std::stoi(digest.substr(i * 2, 2), nullptr, 16));
    return bytes;
  };
  constexpr auto no_protocol = "does not speak our protocol";
  send("frames of an older version", frame({{4, 0}}), no_protocol);
  send("frames of a later version", frame({{4, 2}}), no_protocol);
  send("another mark", frame({{0, 'X'}}), no_protocol);
  send("a kind that there is not", frame({{5, 31}}), no_protocol);
  send("a kind beyond all", frame({{5, 255}}), no_protocol);
  send("a job of 255 bytes", frame({{6, 255}}), no_protocol);
  send("a digest of 31 bytes", frame({{7, 31}}), no_protocol);
  send("a text of four gigabytes", frame({{12, 255}, {13, 255}, {14, 255}, {15, 255}}), no_protocol);
  send("a body of sixteen megabytes", frame({{18, 255}}), no_protocol);
  send("something where nothing should be", frame({{20, 1}}), no_protocol);
  send("a job with a path in it", frame({{72, '/'}}), no_protocol);
  send("another digest", frame({{40, 0}, {41, 0}}, true), no_protocol);
  const auto text = [](const std::string& words) { return bytes_of(words + std::string(100, '\n')); };
  send("a login script's words", text("Welcome to node-1!"), no_protocol);
  send("a request for a web page", text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), no_protocol);
  send("the greeting of TLS", bytes_of(std::string{"\x16\x03\x01\x02\x00\x01", 6} + std::string(200, '\0')),
       no_protocol);
  send("zeros without end", std::vector<std::byte>(1'000'000), no_protocol);
  carry_out_all();
  EXPECT_EQ(attacks_.size(), 16U);
}

}  // namespace
}  // namespace utnt::fleet::test
