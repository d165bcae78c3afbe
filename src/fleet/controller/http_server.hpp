// SPDX-License-Identifier: BSD-2-Clause
// HTTP of a running controller: events in (POST /events, bearer token), and what it shows out (GET). It listens on
// loopback; any other address needs TLS in front. One thread: the caller's, which waits for descriptor() and calls
// step(). Every connection carries one request and is cut after a bounded time. Sources: RFC 9110, RFC 6750.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace utnt::fleet {

struct HttpSetting {
  std::string address{"127.0.0.1"};
  std::uint16_t port{0};        ///< 0: any; port() tells
  bool is_tls_in_front{false};  ///< an address that is not loopback is refused without it
  std::string token{};          ///< of events; empty: events are refused. Not on loopback: of every request
  std::uint32_t rate{100};      ///< events a second, in bursts of twice as many
  std::size_t body_max{64U << 10};
  Duration request_max{10'000'000'000};  ///< from connection to answer
};

struct HttpAnswer {
  unsigned status{200};
  std::string type{"application/json"};
  std::string body{};
};

/// A bucket that fills with `rate` tokens a second up to twice as many. Every bucket begins full.
class TokenBucket {
 public:
  explicit TokenBucket(std::uint32_t rate) : rate_{rate}, tokens_{2.0 * rate} {}
  bool take(Instant now);

 private:
  std::uint32_t rate_;
  double tokens_;
  Instant filled_{};
};

class HttpServer {
 public:
  /// `event`: a body that is not too long, from somebody who knows the token. `page`: any other path; status 404 there
  /// is not found.
  struct Handlers {
    std::function<HttpAnswer(const std::string& body)> event;
    std::function<HttpAnswer(std::string_view path)> page;
  };

  /// Throws os_linux::Failure: the address is none or not allowed (bad_input), the port is taken (environment).
  HttpServer(const HttpSetting& setting, Handlers handlers);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Readable when step() has something to do; it also wants to be called once a second.
  [[nodiscard]] int descriptor() const;
  void step();

  static constexpr unsigned connections_max = 64;

 private:
  class Daemon;
  std::unique_ptr<Daemon> daemon_;
};

/// Whether it lies in 127.0.0.0/8; throws os_linux::Failure (bad_input) when it is no IPv4 address.
bool is_loopback_address(const std::string& address);

/// The one line of a file that only its owner may read. Throws os_linux::Failure: not there, others may read it,
/// shorter than 16 or longer than 1,024 characters, or not of letters, digits and `-._~+/=`.
std::string read_token_file(const std::string& path);

}  // namespace utnt::fleet
