// SPDX-License-Identifier: BSD-2-Clause
// Framing of netlink messages and attributes: 4-byte aligned, native byte order, length first.
#include "os_linux/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "os_linux/failure.hpp"

namespace utnt::os_linux {
namespace {

constexpr std::size_t aligned(std::size_t n) { return (n + 3U) & ~std::size_t{3}; }

void append(std::vector<std::byte>& to, ConstBytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize(aligned(to.size()));
}

/// Walks the messages of one datagram; `each` returns false to stop.
template <class Each>
void for_each_message(ConstBytes datagram, Each each) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto header = read_native<nlmsghdr>(datagram);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return;
    if (!each(header, datagram.subspan(sizeof header, header.nlmsg_len - sizeof header))) return;
    datagram = datagram.subspan(std::min(aligned(header.nlmsg_len), datagram.size()));
  }
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags, ConstBytes fixed) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(bytes_, bytes_of(header));
  append(bytes_, fixed);
}

void NetlinkRequest::put(std::uint16_t attribute, ConstBytes value) {
  rtattr header{};
  header.rta_len = static_cast<std::uint16_t>(sizeof header + value.size());
  header.rta_type = attribute;
  append(bytes_, bytes_of(header));
  append(bytes_, value);
}

void NetlinkRequest::put_u32(std::uint16_t attribute, std::uint32_t value) { put(attribute, bytes_of(value)); }

void NetlinkRequest::put_text(std::uint16_t attribute, std::string_view text) {
  std::vector<std::byte> terminated(text.size() + 1);
  copy_bytes(terminated, std::as_bytes(std::span{text}));
  put(attribute, terminated);
}

std::size_t NetlinkRequest::begin_nested(std::uint16_t attribute) {
  const auto begin = bytes_.size();
  put(attribute, {});
  return begin;
}

void NetlinkRequest::end_nested(std::size_t begin) {
  const auto length = static_cast<std::uint16_t>(bytes_.size() - begin);
  std::memcpy(bytes_.data() + begin, &length, sizeof length);
}

void NetlinkRequest::put_raw(ConstBytes value) { append(bytes_, value); }

const std::vector<std::byte>& NetlinkRequest::finish(std::uint32_t sequence) {
  auto header = read_native<nlmsghdr>(bytes_);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  header.nlmsg_seq = sequence;
  if ((header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

NetlinkSocket::NetlinkSocket(std::uint32_t groups) : fd_{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)} {
  if (!fd_.is_open()) throw system_failure("cannot open a routing socket", errno);
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = groups;
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    throw system_failure("cannot bind a routing socket", errno);
  }
}

int NetlinkSocket::request(NetlinkRequest& request, const NetlinkAnswer& answer) {
  const auto sequence = ++sequence_;
  const auto& bytes = request.finish(sequence);
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0)
    throw system_failure("cannot ask the routing socket", errno);
  std::array<std::byte, 65536> buffer;
  int result = -1;
  while (result < 0) {
    const auto received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) throw system_failure("cannot read from the routing socket", errno);
    for_each_message(ConstBytes{buffer}.first(static_cast<std::size_t>(received)),
                     [&](const nlmsghdr& header, ConstBytes payload) {
                       if (header.nlmsg_seq != sequence) return true;
                       if (header.nlmsg_type == NLMSG_ERROR) {
                         result = -read_native<int>(payload);
                       } else if (header.nlmsg_type == NLMSG_DONE) {
                         result = 0;
                       } else if (answer) {
                         answer(header.nlmsg_type, payload);
                       }
                       return result < 0;
                     });
  }
  return result;
}

bool NetlinkSocket::notifications(const NetlinkAnswer& answer) {
  std::array<std::byte, 65536> buffer;
  bool complete = true;
  for (;;) {
    const auto received = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received < 0 && errno == ENOBUFS) {
      complete = false;
      continue;
    }
    if (received <= 0) return complete;
    for_each_message(ConstBytes{buffer}.first(static_cast<std::size_t>(received)),
                     [&](const nlmsghdr& header, ConstBytes payload) {
                       if (header.nlmsg_type >= RTM_BASE) answer(header.nlmsg_type, payload);
                       return true;
                     });
  }
}

void for_each_attribute(ConstBytes bytes, const std::function<void(std::uint16_t, ConstBytes)>& each) {
  while (bytes.size() >= sizeof(rtattr)) {
    const auto header = read_native<rtattr>(bytes);
    if (header.rta_len < sizeof header || header.rta_len > bytes.size()) return;
    each(static_cast<std::uint16_t>(header.rta_type & NLA_TYPE_MASK),
         bytes.subspan(sizeof header, header.rta_len - sizeof header));
    bytes = bytes.subspan(std::min(aligned(header.rta_len), bytes.size()));
  }
}

}  // namespace utnt::os_linux
