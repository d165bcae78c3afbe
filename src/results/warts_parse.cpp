// SPDX-License-Identifier: BSD-2-Clause
// The bodies of list, cycle and ping records; traces have a file of their own.
#include "results/warts_parse.hpp"

#include <algorithm>
#include <map>

#include "results/warts_cursor.hpp"

namespace utnt::results {
namespace {

PingReply read_ping_reply(WartsCursor& c, WartsAddresses& addresses) {
  PingReply r;
  for_each_parameter(c, [&](unsigned id, WartsCursor& p) {
    switch (id) {
      case 1:
        return skip(p, 4);
      case 2:
        return skip(p, 1);
      case 3:
        r.ttl = p.u8();
        return true;
      case 4:
        r.bytes = p.u16();
        return true;
      case 5:
        return skip(p, 2);
      case 6:
        r.rtt = Nanoseconds{p.u32()} * 1'000;
        return true;
      case 7:
        r.sequence = static_cast<std::uint8_t>(std::min<unsigned>(p.u16(), 255));
        return true;
      case 8:
        r.ip_id = p.u16();
        return true;
      case 9:
        return skip(p, 2);
      case 10:
      case 11:
        return skip(p, 1);
      case 12:
        r.from = addresses.read(p);
        return true;
      case 15:
        return skip(p, 4);
      case 16:
        r.sent = p.time();
        return true;
      default:
        return false;  // record route, time stamps: the rest of the block is skipped
    }
  });
  return r;
}

/// Most frequent reply TTL, the largest of equals.
std::uint8_t usual_ttl(const std::vector<PingReply>& replies) {
  std::map<std::uint8_t, unsigned> counts;
  for (const auto& r : replies) ++counts[r.ttl];
  const auto it = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second < b.second || (a.second == b.second && a.first < b.first);
  });
  return it == counts.end() ? std::uint8_t{0} : it->first;
}

}  // namespace

WartsList parse_warts_list(ConstBytes body) {
  WartsCursor c{body};
  WartsList list;
  list.id = c.u32();
  c.u32();
  list.name = c.text();
  for_each_parameter(c, [&list](unsigned id, WartsCursor& p) {
    if (id == 1) p.text();
    if (id == 2) list.monitor = p.text();
    return id <= 2;
  });
  return list;
}

WartsCycle parse_warts_cycle(ConstBytes body) {
  WartsCursor c{body};
  WartsCycle cycle{c.u32(), c.u32(), c.u32(), c.u32(), {}};
  for_each_parameter(c, [&cycle](unsigned id, WartsCursor& p) {
    if (id == 1) p.u32();
    if (id == 2) cycle.host = p.text();
    return id <= 2;
  });
  return cycle;
}

PingResult parse_warts_ping(ConstBytes body) {
  WartsCursor c{body};
  WartsAddresses addresses;
  PingResult ping;
  std::size_t payload_bytes = 0;
  for_each_parameter(c, [&](unsigned id, WartsCursor& p) {
    switch (id) {
      case 1:
      case 2:
      case 3:
      case 4:
        return skip(p, 4);
      case 5:
        ping.start = p.time();
        return true;
      case 6:
      case 7:
        return skip(p, 1);
      case 8:
        payload_bytes = p.u16();
        return true;
      case 9:
        return skip(p, payload_bytes);
      case 10:
        return skip(p, 2);
      case 11:
        ping.probe_bytes = p.u16();
        return true;
      case 12:
        ping.wait_ms = static_cast<std::uint16_t>(std::min(p.u8() * 1000, 65'535));
        return true;
      case 13:
        return skip(p, 1);
      case 14:
        return skip(p, 2);
      case 15:
        ping.sent = static_cast<std::uint8_t>(std::min<unsigned>(p.u16(), 255));
        return true;
      case 16:
        return skip(p, 1);
      case 17:
        ping.icmp_id = p.u16();
        return true;
      case 18:
        ping.first_sequence = p.u16();
        return true;
      case 19:
        ping.user_id = p.u32();
        return true;
      case 20:
        ping.source = addresses.read(p);
        return true;
      case 21:
        ping.address = addresses.read(p);
        return true;
      default:
        return false;
    }
  });
  const unsigned count = c.u16();
  for (unsigned i = 0; i < count; ++i) ping.replies.push_back(read_ping_reply(c, addresses));
  ping.er_ttl = usual_ttl(ping.replies);
  return ping;
}

}  // namespace utnt::results
