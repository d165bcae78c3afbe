// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "fleet/trust/digest.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::monotonic_now;

sockaddr_in ipv4_of(const std::string& address, std::uint16_t port) {
  sockaddr_in socket_address{};
  socket_address.sin_family = AF_INET;
  socket_address.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &socket_address.sin_addr) != 1)
    throw Failure{ExitCode::bad_input, "expected an IPv4 address to listen at, found '" + address + "'"};
  return socket_address;
}

/// Takes the same time wherever the texts differ, and whatever their lengths.
bool is_same_secret(std::string_view left, std::string_view right) {
  const auto a = sha256_hex(left), b = sha256_hex(right);
  return ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// One request, from its head to its end.
struct Request {
  std::string body;
  unsigned refused{0};  ///< status that the head has earned already
};

HttpAnswer error_answer(unsigned status, std::string_view text) {
  return {.status = status, .body = fmt::format("{{\"error\":\"{}\"}}\n", text)};
}

std::string_view text_of(unsigned status) {
  switch (status) {
    case MHD_HTTP_UNAUTHORIZED:
      return "a bearer token is needed, the one of --token-file";
    case MHD_HTTP_FORBIDDEN:
      return "no events are taken: the controller was started without --token-file";
    case MHD_HTTP_NOT_FOUND:
      return "no such page; there are /, /metrics, /api/state and /events";
    case MHD_HTTP_METHOD_NOT_ALLOWED:
      return "GET for pages, POST for /events";
    case MHD_HTTP_CONTENT_TOO_LARGE:
      return "the body is too long";
    case MHD_HTTP_MISDIRECTED_REQUEST:
      return "the Host field names another host";
    case MHD_HTTP_TOO_MANY_REQUESTS:
      return "too many requests";
    default:
      return "that went wrong";
  }
}

}  // namespace

bool is_loopback_address(const std::string& address) {
  constexpr std::uint32_t loopback = 127;
  return ntohl(ipv4_of(address, 0).sin_addr.s_addr) >> 24U == loopback;
}

class HttpServer::Daemon {
 public:
  Daemon(const HttpSetting& setting, Handlers handlers);
  ~Daemon() { MHD_stop_daemon(daemon_); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void step();

 private:
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* version, const char* data, std::size_t* size, void** state);
  static void on_end(void* self, MHD_Connection* connection, void** state, MHD_RequestTerminationCode how);
  static void on_connection(void* self, MHD_Connection* connection, void** state, MHD_ConnectionNotificationCode what);

  /// 0: it may go on.
  [[nodiscard]] unsigned judge(MHD_Connection* connection, std::string_view path, std::string_view method);
  [[nodiscard]] bool has_token(MHD_Connection* connection) const;
  [[nodiscard]] bool is_for_us(MHD_Connection* connection) const;
  [[nodiscard]] bool announces_too_much(MHD_Connection* connection) const;
  [[nodiscard]] HttpAnswer answer(std::string_view path, const Request& request) const;
  static MHD_Result send(MHD_Connection* connection, const HttpAnswer& answer);

  HttpSetting setting_;
  Handlers handlers_;
  bool is_loopback_;
  TokenBucket events_, strangers_, pages_;
  std::map<int, Instant> connections_;  ///< socket, and since when
  MHD_Daemon* daemon_{nullptr};
  std::uint16_t port_{0};
  int descriptor_{-1};
};

HttpServer::Daemon::Daemon(const HttpSetting& setting, Handlers handlers)
    : setting_{setting},
      handlers_{std::move(handlers)},
      is_loopback_{is_loopback_address(setting.address)},
      events_{setting.rate},
      strangers_{10},
      pages_{50} {
  if (!is_loopback_ && !setting_.is_tls_in_front) {
    throw Failure{ExitCode::bad_input,
                  fmt::format("{} is not this machine's loopback: tokens and results would travel in the clear. Listen "
                              "at 127.0.0.1, or say --tls-in-front when a proxy there speaks TLS",
                              setting_.address)};
  }
  if (!is_loopback_ && setting_.token.empty())
    throw Failure{ExitCode::bad_input, "an address that is not loopback needs --token-file"};
  const auto address = ipv4_of(setting_.address, setting_.port);
  constexpr std::size_t memory_of_connection = 32U << 10;
  constexpr unsigned silence_seconds = 5;
  daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL, setting_.port, nullptr, nullptr, &Daemon::on_request, this, MHD_OPTION_SOCK_ADDR,
                       reinterpret_cast<const sockaddr*>(&address), MHD_OPTION_NOTIFY_COMPLETED, &Daemon::on_end, this,
                       MHD_OPTION_NOTIFY_CONNECTION, &Daemon::on_connection, this, MHD_OPTION_CONNECTION_LIMIT,
                       connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory_of_connection,
                       MHD_OPTION_CONNECTION_TIMEOUT, silence_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (daemon_ == nullptr)
    throw os_linux::system_failure(fmt::format("cannot listen at {}:{}", setting_.address, setting_.port), errno);
  port_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
  descriptor_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void HttpServer::Daemon::step() {
  // One call does one thing for each connection; what is left is done by the next, and nobody can keep us here.
  constexpr int rounds_max = 16;
  for (int round = 0; round < rounds_max; ++round) {
    MHD_run(daemon_);
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (MHD_get_timeout(daemon_, &milliseconds) != MHD_YES || milliseconds != 0) break;
  }
  // Who sends a byte now and then is never silent, but must end all the same.
  const auto now = monotonic_now();
  for (const auto& [socket, since] : connections_)
    if (now - since > setting_.request_max) ::shutdown(socket, SHUT_RDWR);
}

void HttpServer::Daemon::on_connection(void* self, MHD_Connection* connection, void** /*state*/,
                                       MHD_ConnectionNotificationCode what) {
  auto& connections = static_cast<Daemon*>(self)->connections_;
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == nullptr) return;
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    connections[info->connect_fd] = monotonic_now();
  else
    connections.erase(info->connect_fd);
}

void HttpServer::Daemon::on_end(void* /*self*/, MHD_Connection* /*connection*/, void** state,
                                MHD_RequestTerminationCode /*how*/) {
  delete static_cast<Request*>(*state);
  *state = nullptr;
}

bool HttpServer::Daemon::is_for_us(MHD_Connection* connection) const {
  // A page of another site may make a browser resolve its own name to our address; the Host field gives it away.
  const char* const field = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
  if (field == nullptr) return false;
  const std::string_view host{field};
  const auto with_port = fmt::format(":{}", port_);
  for (const std::string_view name : {std::string_view{setting_.address}, std::string_view{"localhost"}}) {
    if (host == name || (host.starts_with(name) && host.substr(name.size()) == with_port)) return true;
  }
  return false;
}

bool HttpServer::Daemon::has_token(MHD_Connection* connection) const {
  constexpr std::string_view scheme = "Bearer ";
  const char* const field = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  const std::string_view given{field == nullptr ? "" : field};
  return given.starts_with(scheme) && is_same_secret(given.substr(scheme.size()), setting_.token);
}

bool HttpServer::Daemon::announces_too_much(MHD_Connection* connection) const {
  const char* const field = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
  const std::string_view digits{field == nullptr ? "" : field};
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  return error == std::errc::result_out_of_range || bytes > setting_.body_max;
}

unsigned HttpServer::Daemon::judge(MHD_Connection* connection, std::string_view path, std::string_view method) {
  const auto now = monotonic_now();
  if (!is_for_us(connection)) return MHD_HTTP_MISDIRECTED_REQUEST;
  const bool is_event = path == "/events";
  if (method != (is_event ? "POST" : "GET")) return MHD_HTTP_METHOD_NOT_ALLOWED;
  if (is_event && setting_.token.empty()) return MHD_HTTP_FORBIDDEN;
  // Those without the token have a bucket of their own: they cannot use up that of the others.
  if ((is_event || !is_loopback_) && !has_token(connection))
    return strangers_.take(now) ? MHD_HTTP_UNAUTHORIZED : MHD_HTTP_TOO_MANY_REQUESTS;
  if (!(is_event ? events_ : pages_).take(now)) return MHD_HTTP_TOO_MANY_REQUESTS;
  return announces_too_much(connection) ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

HttpAnswer HttpServer::Daemon::answer(std::string_view path, const Request& request) const {
  if (request.refused != 0) return error_answer(request.refused, text_of(request.refused));
  try {
    auto answer = path == "/events" ? handlers_.event(request.body) : handlers_.page(path);
    if (answer.status == MHD_HTTP_NOT_FOUND) return error_answer(answer.status, text_of(answer.status));
    return answer;
  } catch (const std::bad_alloc&) {
    return error_answer(MHD_HTTP_INTERNAL_SERVER_ERROR, text_of(MHD_HTTP_INTERNAL_SERVER_ERROR));
  }
}

MHD_Result HttpServer::Daemon::send(MHD_Connection* connection, const HttpAnswer& answer) {
  auto* const response =
      MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  const auto add = [&](const char* name, const char* value) { MHD_add_response_header(response, name, value); };
  add(MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
  add(MHD_HTTP_HEADER_CONNECTION, "close");
  add(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  if (answer.status == MHD_HTTP_UNAUTHORIZED) add(MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
  if (answer.status == MHD_HTTP_TOO_MANY_REQUESTS) add(MHD_HTTP_HEADER_RETRY_AFTER, "1");
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) add(MHD_HTTP_HEADER_ALLOW, "GET, POST");
  const auto result = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result HttpServer::Daemon::on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                                          const char* /*version*/, const char* data, std::size_t* size, void** state) {
  auto& daemon = *static_cast<Daemon*>(self);
  try {
    if (*state == nullptr) {
      auto request = std::make_unique<Request>();
      request->refused = daemon.judge(connection, url, method);
      const auto refused = request->refused;
      *state = request.release();
      // Before the body: nobody is read to whose event is not wanted.
      return refused == 0 ? MHD_YES : send(connection, error_answer(refused, text_of(refused)));
    }
    auto& request = *static_cast<Request*>(*state);
    if (*size != 0) {
      if (request.body.size() + *size > daemon.setting_.body_max) {
        request.refused = MHD_HTTP_CONTENT_TOO_LARGE;
        request.body.clear();
      } else if (request.refused == 0) {
        request.body.append(data, *size);
      }
      *size = 0;
      return MHD_YES;
    }
    return send(connection, daemon.answer(url, request));
  } catch (const std::bad_alloc&) {
    return MHD_NO;
  }
}

HttpServer::HttpServer(const HttpSetting& setting, Handlers handlers)
    : daemon_{std::make_unique<Daemon>(setting, std::move(handlers))} {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const { return daemon_->port(); }
int HttpServer::descriptor() const { return daemon_->descriptor(); }
void HttpServer::step() { daemon_->step(); }

}  // namespace utnt::fleet
