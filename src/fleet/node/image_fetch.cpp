// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/image_fetch.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10, step_bytes_max = std::size_t{1} << 20;

/// Ends of curl that say nothing about the next try: name, connection, cut in between, too slow, empty answer, stream.
bool is_passing(int status) {
  constexpr std::array passing{5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92};
  return std::ranges::find(passing, status) != passing.end();
}

/// Asked for the rest, the server gave all of it again (curl takes none of that), or has no such part (416, which curl
/// reports as an end without bytes; others than 7.88 as an error).
bool has_no_rest(int status, bool brought_something, const std::string& words) {
  constexpr int done = 0, no_ranges = 33, http_error = 22, bad_resume = 36;
  return status == no_ranges || status == bad_resume || (status == done && !brought_something) ||
         (status == http_error && words.ends_with(" 416"));
}

std::string tidy(std::string text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  constexpr std::size_t shown_max = 300;
  if (text.size() > shown_max) text.resize(shown_max);
  for (auto& c : text)
    if (c < ' ' || c > '~') c = ' ';
  return text;
}

}  // namespace

ImageFetch::ImageFetch(std::string digest, std::uint64_t total, ImageSource source, Instant now, FetchLimits limits)
    : digest_{std::move(digest)},
      total_{total},
      source_{std::move(source)},
      limits_{std::move(limits)},
      deadline_{now + limits_.whole},
      again_at_{now} {}

Instant ImageFetch::wake_at() const { return child_ ? deadline_ : std::min(again_at_, deadline_); }

Command ImageFetch::command(std::uint64_t offset) const {
  const auto seconds = [](Duration duration) {
    constexpr std::int64_t second = 1'000'000'000;
    return std::to_string(std::max<std::int64_t>(duration.ns() / second, 1));
  };
  const std::string schemes = source_.url.starts_with("https:") ? "=https" : "=http,https";
  // Nothing of the user's configuration, no other protocol, no redirection to another one or from https to http;
  // --url because a URL could be taken for an option, --globoff because braces in it mean nothing here.
  Command command{.words = {limits_.program,
                            "--disable",
                            "--fail",
                            "--silent",
                            "--show-error",
                            "--globoff",
                            "--proto",
                            schemes,
                            "--proto-redir",
                            schemes,
                            "--location",
                            "--max-redirs",
                            std::to_string(limits_.redirects_max),
                            "--connect-timeout",
                            "10",
                            "--speed-limit",
                            "1000",
                            "--speed-time",
                            seconds(limits_.stalled),
                            "--max-time",
                            seconds(limits_.whole),
                            "--user-agent",
                            "utnt-node"},
                  .environment = {{"LC_ALL", "C"}}};
  if (offset > 0) command.words.insert(command.words.end(), {"--continue-at", std::to_string(offset)});
  command.words.insert(command.words.end(), {"--url", source_.url});
  return command;
}

ImageFetch::State ImageFetch::fail(std::string why) {
  child_.reset();
  why_ = std::move(why);
  return State::failed;
}

ImageFetch::State ImageFetch::start(const ImageCache& cache, Instant now) {
  if (now >= deadline_) return fail("it took too long");
  if (now < again_at_) return State::goes_on;
  try_began_at_ = next_ = cache.received(digest_);
  try {
    child_.emplace(command(try_began_at_));
  } catch (const os_linux::Failure& failure) {
    return fail(failure.what());
  }
  return State::goes_on;
}

ImageFetch::State ImageFetch::try_again(std::string why, Instant now) {
  if (++tries_without_ >= limits_.tries_max) return fail(std::move(why));
  again_at_ = now + limits_.pause * static_cast<std::int64_t>(tries_without_);
  return State::goes_on;
}

ImageFetch::State ImageFetch::end_of_try(ImageCache& cache, Instant now) {
  constexpr Duration patience{500'000'000};
  child_->wait_for_end(patience);
  child_->read_errors();
  const auto words = tidy(child_->error_text());
  const auto status = child_->exit_status().value_or(-1);
  const auto said = words.empty() ? "curl ended with " + child_->how_it_ended() : words;
  child_.reset();
  const auto have = cache.received(digest_);
  if (have > try_began_at_) tries_without_ = 0;
  if (try_began_at_ > 0 && has_no_rest(status, next_ > try_began_at_, words) && !std::exchange(has_begun_anew_, true)) {
    cache.forget(digest_);
    again_at_ = now;
    return State::goes_on;
  }
  if (status == 0) return fail(fmt::format("{} bytes came instead of {}", have, total_));
  return is_passing(status) || status < 0 ? try_again(said, now) : fail(said);
}

ImageFetch::State ImageFetch::step(ImageCache& cache, Instant now) {
  if (!child_) return start(cache, now);
  if (now >= deadline_) return fail("it took too long");
  child_->read_errors();
  std::array<std::byte, piece_bytes> piece{};
  for (std::size_t moved = 0; moved < step_bytes_max;) {
    const auto got = ::recv(child_->socket(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return State::goes_on;
    if (got <= 0) return end_of_try(cache, now);
    const ConstBytes bytes{piece.data(), static_cast<std::size_t>(got)};
    moved += bytes.size();
    switch (cache.add(digest_, std::exchange(next_, next_ + bytes.size()), total_, bytes, source_.signature)) {
      case ImageCache::Progress::more:
        break;
      case ImageCache::Progress::complete:
        child_.reset();
        return State::complete;
      case ImageCache::Progress::rejected:
        return fail(cache.complaint());
    }
  }
  return State::goes_on;
}

}  // namespace utnt::fleet
