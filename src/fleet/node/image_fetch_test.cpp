// SPDX-License-Identifier: BSD-2-Clause
// Whatever a web server does, the image is in the cache, byte for byte, or nothing is, and why.
#include "fleet/node/image_fetch.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <fstream>
#include <memory>
#include <optional>
#include <span>

#include "fleet/node/image_server_test_support.hpp"
#include "fleet/node/node_test_support.hpp"
#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;
using State = ImageFetch::State;
constexpr std::size_t middle = 100'000;

std::optional<std::string> signed_well(const std::string&, const std::string& signature) {
  if (signature == "good") return std::nullopt;
  return "not signed by our controller";
}

class ImageByUrl : public testing::Test {
 protected:
  ImageByUrl() {
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<char>('a' + i % 23);
    limits.pause = Duration{1'000'000};
  }
  void SetUp() override {
    if (std::system("command -v curl >/dev/null") != 0) GTEST_SKIP() << "SKIPPED: curl is not installed";
  }
  void serve(ImageServer::Answer answer) { server = std::make_unique<ImageServer>(std::move(answer)); }
  /// Serves at most half of it at once.
  void serve_halves(const std::function<std::string(const WebRequest&)>& second) {
    serve([this, second](const WebRequest& request) {
      if (request.number == 1) return web_answer(200, image.substr(0, middle), {}, image.size());
      return second(request);
    });
  }
  State fetch(const std::string& url) {
    ImageFetch one{sha256_hex(image), image.size(), {.url = url, .signature = signature}, monotonic_now(), limits};
    constexpr Duration longest{60'000'000'000};
    auto state = State::goes_on;
    for (const auto end = monotonic_now() + longest; state == State::goes_on && monotonic_now() < end;) {
      pollfd wait{one.descriptor(), POLLIN, 0};
      ::poll(&wait, 1, one.descriptor() < 0 ? 1 : 100);
      state = one.step(cache, monotonic_now());
    }
    why = one.why();
    return state;
  }
  State fetch() { return fetch(server->url()); }
  void expect_here() {
    const auto path = cache.find(sha256_hex(image));
    ASSERT_TRUE(path);
    std::ifstream file{*path, std::ios::binary};
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), image);
  }
  void expect_refused(const std::string& words) {
    EXPECT_NE(why.find(words), std::string::npos) << why;
    EXPECT_EQ(cache.find(sha256_hex(image)), std::nullopt);
  }
  /// Where each request began; -1: at the beginning, without a range.
  std::vector<std::int64_t> asked_from() {
    std::vector<std::int64_t> from;
    for (const auto& request : server->requests())
      from.push_back(request.has_range ? static_cast<std::int64_t>(request.from) : -1);
    return from;
  }

  std::string image = std::string(300'000, '\0');
  std::string signature{"good"};
  FetchLimits limits;
  std::string why;
  TemporaryDirectory directory;
  ImageCache cache{directory.path() + "/images", {}, signed_well};
  std::unique_ptr<ImageServer> server;
};

TEST_F(ImageByUrl, comes_whole) {
  serve([this](const WebRequest& request) { return web_file(request, image); });
  EXPECT_EQ(fetch(), State::complete) << why;
  expect_here();
  EXPECT_EQ(asked_from(), std::vector<std::int64_t>{-1});
}

TEST_F(ImageByUrl, goes_on_where_the_connection_was_cut) {
  serve_halves([this](const WebRequest& request) { return web_file(request, image); });
  EXPECT_EQ(fetch(), State::complete) << why;
  expect_here();
  EXPECT_EQ(asked_from(), (std::vector<std::int64_t>{-1, middle}));
}

TEST_F(ImageByUrl, goes_on_where_another_way_ended) {
  const auto bytes = std::as_bytes(std::span{image});
  cache.add(sha256_hex(image), 0, image.size(), bytes.first(middle), signature);
  serve([this](const WebRequest& request) { return web_file(request, image); });
  EXPECT_EQ(fetch(), State::complete) << why;
  expect_here();
  EXPECT_EQ(asked_from(), std::vector<std::int64_t>{middle});
}

TEST_F(ImageByUrl, begins_anew_once_when_the_server_takes_no_ranges) {
  serve_halves([this](const WebRequest&) { return web_answer(200, image); });
  EXPECT_EQ(fetch(), State::complete) << why;
  expect_here();
  EXPECT_EQ(asked_from(), (std::vector<std::int64_t>{-1, middle, -1}));
}

TEST_F(ImageByUrl, begins_anew_when_the_server_has_no_such_part) {
  serve_halves(
      [this](const WebRequest& request) { return request.has_range ? web_answer(416, "") : web_answer(200, image); });
  EXPECT_EQ(fetch(), State::complete) << why;
  expect_here();
  EXPECT_EQ(asked_from(), (std::vector<std::int64_t>{-1, middle, -1}));
}

TEST_F(ImageByUrl, is_given_up_when_each_try_ends_like_the_first) {
  serve([this](const WebRequest& request) {
    return request.has_range ? web_answer(416, "") : web_answer(200, image.substr(0, middle), {}, image.size());
  });
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("bytes came instead of 300000");
}

TEST_F(ImageByUrl, keeps_what_it_has_when_the_server_fails) {
  for (const auto status : {404, 403, 500, 503}) {
    cache.forget(sha256_hex(image));
    serve_halves([status](const WebRequest&) { return web_answer(status, "<html>no</html>"); });
    EXPECT_EQ(fetch(), State::failed);
    expect_refused(std::to_string(status));
    EXPECT_EQ(cache.received(sha256_hex(image)), middle) << "no word of an error page is taken for the image";
  }
}

TEST_F(ImageByUrl, does_not_take_a_byte_too_many) {
  serve([this](const WebRequest&) { return web_answer(200, "twenty bytes, not ten"); });
  image = "twenty byt";
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("longer than was announced");
  EXPECT_EQ(cache.received(sha256_hex(image)), 0U);
}

TEST_F(ImageByUrl, says_so_when_the_server_has_less) {
  serve([this](const WebRequest& request) { return web_file(request, image.substr(0, middle)); });
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("100000 bytes came instead of 300000");
}

TEST_F(ImageByUrl, is_not_another_file_of_its_length) {
  auto other = image;
  other[200'000] = '!';
  serve([&other](const WebRequest& request) { return web_file(request, other); });
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("is another file");
  EXPECT_EQ(cache.received(sha256_hex(image)), 0U);
}

TEST_F(ImageByUrl, needs_its_signature_too) {
  signature = "bad";
  serve([this](const WebRequest& request) { return web_file(request, image); });
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("not signed");
}

TEST_F(ImageByUrl, is_looked_for_behind_three_redirections_at_most) {
  serve([this](const WebRequest& request) {
    if (request.path == "/0") return web_file(request, image);
    const auto next = std::to_string(std::stoi(request.path.substr(1)) - 1);
    return web_answer(302, "", "Location: /" + next + "\r\n");
  });
  EXPECT_EQ(fetch(server->url("/4")), State::failed);
  expect_refused("redirects");
  limits.redirects_max = 0;
  EXPECT_EQ(fetch(server->url("/1")), State::failed);
  expect_refused("redirects");
  limits = {};
  EXPECT_EQ(fetch(server->url("/3")), State::complete) << why;
  expect_here();
}

TEST_F(ImageByUrl, is_not_read_from_a_file_that_a_server_names) {
  const auto path = directory.path() + "/file";
  std::ofstream{path, std::ios::binary} << image;
  serve([&path](const WebRequest&) { return web_answer(302, "", "Location: file://" + path + "\r\n"); });
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("curl: (1)");
  EXPECT_EQ(fetch("file://" + path), State::failed) << "nor where a controller names it";
  expect_refused("curl: (1)");
}

TEST_F(ImageByUrl, needs_curl_and_somebody_who_listens) {
  serve([this](const WebRequest& request) { return web_file(request, image); });
  limits.program = "no-such-program";
  EXPECT_EQ(fetch(), State::failed);
  expect_refused("no-such-program: cannot be started");
  limits.program = "curl";
  const LoopbackPort silent;
  EXPECT_EQ(fetch(silent.url("/image")), State::failed);
  expect_refused("curl: (7)");
}

TEST_F(ImageByUrl, ends_at_its_time) {
  serve([](const WebRequest&) { return web_answer(200, "a beginning", {}, 300'000); });
  ImageFetch one{sha256_hex(image), image.size(), {.url = server->url(), .signature = signature}, Instant{}, limits};
  EXPECT_EQ(one.step(cache, Instant{}), State::goes_on);
  EXPECT_GE(one.descriptor(), 0);
  EXPECT_EQ(one.step(cache, Instant{} + limits.whole), State::failed);
  EXPECT_EQ(one.why(), "it took too long");
  EXPECT_EQ(one.descriptor(), -1);
}

}  // namespace
}  // namespace utnt::fleet
