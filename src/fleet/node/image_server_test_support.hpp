// SPDX-License-Identifier: BSD-2-Clause
// A web server on 127.0.0.1 that says what a test wants it to say, byte for byte, and remembers what it was asked for.
// One connection at a time, one request each.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct WebRequest {
  std::size_t number{0};  ///< from 1
  std::string path;
  bool has_range{false};
  std::uint64_t from{0};  ///< of the range, which has no end
};

/// An answer as it goes over the wire. `announced`: the length that its head names, when that is not the body's.
inline std::string web_answer(int status, const std::string& body, const std::string& fields = {},
                              std::size_t announced = 0) {
  const auto bytes = announced != 0 ? announced : body.size();
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nConnection: close\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n" + fields + "\r\n" + body;
}

/// As a good server answers: all of it, or from where it is asked for, or that there is no such part.
inline std::string web_file(const WebRequest& request, const std::string& file) {
  if (!request.has_range) return web_answer(200, file);
  const auto size = std::to_string(file.size());
  if (request.from >= file.size()) return web_answer(416, "", "Content-Range: bytes */" + size + "\r\n");
  return web_answer(206, file.substr(request.from),
                    "Content-Range: bytes " + std::to_string(request.from) + "-" + std::to_string(file.size() - 1) +
                        "/" + size + "\r\n");
}

/// A port of 127.0.0.1 that nobody else gets, at which nobody listens yet.
struct LoopbackPort {
  LoopbackPort() : socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    number = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(number) + path;
  }
  os_linux::UniqueFd socket;
  std::uint16_t number{0};
};

class ImageServer {
 public:
  using Answer = std::function<std::string(const WebRequest&)>;

  explicit ImageServer(Answer answer) : answer_{std::move(answer)} {
    ::setenv("no_proxy", "*", 1);  // whatever this machine's users have set, curl goes straight to us
    EXPECT_EQ(::listen(port_.socket.get(), 8), 0);
    thread_ = std::thread{[this] { serve(); }};
  }
  ImageServer(const ImageServer&) = delete;
  ImageServer& operator=(const ImageServer&) = delete;
  ~ImageServer() {
    ::shutdown(port_.socket.get(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] std::string url(const std::string& path = "/image") const { return port_.url(path); }
  std::vector<WebRequest> requests() {
    const std::scoped_lock lock{mutex_};
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const os_linux::UniqueFd socket{::accept4(port_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (!socket.is_open()) return;
      const timeval longest{.tv_sec = 20, .tv_usec = 0};
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
      serve_one(socket.get());
    }
  }

  void serve_one(int socket) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      std::array<char, 2'048> piece{};
      const auto got = ::recv(socket, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      head.append(piece.data(), static_cast<std::size_t>(got));
    }
    WebRequest request;
    const auto path = head.find(' ') + 1;
    request.path = head.substr(path, head.find(' ', path) - path);
    constexpr std::string_view range = "Range: bytes=";
    if (const auto at = head.find(range); at != std::string::npos) {
      request.has_range = true;
      request.from = std::strtoull(head.c_str() + at + range.size(), nullptr, 10);
    }
    {
      const std::scoped_lock lock{mutex_};
      request.number = requests_.size() + 1;
      requests_.push_back(request);
    }
    const auto answer = answer_(request);
    for (std::string_view left = answer; !left.empty();) {
      const auto sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  Answer answer_;
  LoopbackPort port_;
  std::mutex mutex_;
  std::vector<WebRequest> requests_;
  std::thread thread_;
};

}  // namespace utnt::fleet
