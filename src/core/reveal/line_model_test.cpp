// SPDX-License-Identifier: BSD-2-Clause
// The forwarding model for tests, checked against the TTL lists that the emulator's scenario table prints.
// Source: the TNT specification, sections 1.2 and 1.3.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "core/reveal/line_model_test_support.hpp"

namespace utnt::core::test {
namespace {

class Line {
 public:
  explicit Line(const LineModel& model) : m_{model} {}

  HopRecord probe(int ttl) const {
    int ip = ttl;
    int at = 1;
    for (;;) {
      if (at == size()) return answer_of_destination();
      if (ip <= 1) return plain_error(at);
      ip -= 1;
      const auto arrived = forward(at, ip);
      if (arrived.error) return *arrived.error;
      at = arrived.at;
      ip = arrived.ip;
    }
  }

 private:
  struct Arrival {
    int at{0};
    int ip{0};
    std::optional<HopRecord> error;
  };
  [[nodiscard]] int size() const { return static_cast<int>(m_.routers.size()); }
  [[nodiscard]] const ModelRouter& router(int at) const { return m_.routers[static_cast<std::size_t>(at - 1)]; }

  /// From `at`, TTL already decremented there.
  [[nodiscard]] Arrival forward(int at, int ip) const {
    for (const auto& t : m_.tunnels) {
      if (t.ingress == at) return through(t, ip);
    }
    return {at + 1, ip, std::nullopt};
  }

  [[nodiscard]] Arrival through(const ModelTunnel& t, int ip) const {
    const bool php = !t.uhp && !t.abrupt;
    int lse = t.forward == TtlModel::uniform ? ip : 255;
    for (int at = t.ingress + 1; at < t.egress; ++at) {
      const bool pops = php && at == t.egress - 1;
      if (pops && t.last_checks_after_pop) {
        ip = std::min(ip, lse);
        if (ip <= 1) return {0, 0, error_of(at, ip, nullptr, 0, 0, false)};
        return {t.egress, ip - 1, std::nullopt};
      }
      if (lse <= 1) return {0, 0, error_of(at, ip, &t, lse, 1 + t.service_labels, t.detour)};
      lse -= 1;
      if (!pops) continue;
      // A service label takes the TTL over, the IP TTL stays.
      if (t.service_labels > 0) {
        if (lse <= 1) return {0, 0, error_of(t.egress, ip, &t, lse, t.service_labels, false)};
        return forward(t.egress, std::min(ip, lse - 1));
      }
      ip = std::min(ip, lse);
      return {t.egress, ip, std::nullopt};
    }
    if (php) return {t.egress, ip, std::nullopt};  // no LSR between the ends: no label
    return at_labelled_egress(t, ip, lse);
  }

  [[nodiscard]] Arrival at_labelled_egress(const ModelTunnel& t, int ip, int lse) const {
    if (t.abrupt) {
      if (ip <= 1) return {0, 0, error_of(t.egress, ip, &t, lse, 1, false)};
      return {t.egress, ip, std::nullopt};
    }
    if (lse <= 1) return {0, 0, error_of(t.egress, ip, &t, lse, 1, false, 0)};
    if (t.forward == TtlModel::uniform) return forward(t.egress, std::min(ip, lse - 1));
    if (t.uhp_pipe == UhpPipe::always_decrement) return {t.egress, ip, std::nullopt};
    if (t.uhp_pipe == UhpPipe::never_decrement) return forward(t.egress, ip);
    return forward(t.egress, ip >= 2 ? ip - 1 : ip);
  }

  [[nodiscard]] HopRecord plain_error(int at) const { return error_of(at, 1, nullptr, 0, 0, false); }

  [[nodiscard]] HopRecord error_of(int at, int quoted, const ModelTunnel* t, int lse, int labels, bool detour,
                                   std::uint32_t label = 24000) const {
    if (!router(at).answers_te) return silent();
    const int ttl = detour ? after_detour(*t, at) : way_back(at, router(at).te_initial);
    const int q = t != nullptr && t->quotes_rewritten ? 1 : quoted;
    HopRecord hop = te(static_cast<std::uint32_t>(at), ttl, echo_ttl(at), q);
    if (t != nullptr && t->labels_shown) {
      hop = labelled(static_cast<std::uint32_t>(at), ttl, echo_ttl(at), q, lse, label + static_cast<std::uint32_t>(at));
      if (label == 0) hop.top_lse &= 0xfffU;
      hop.labels = static_cast<std::uint8_t>(labels);
    }
    return hop;
  }

  [[nodiscard]] int echo_ttl(int at) const { return router(at).answers_er ? way_back(at, router(at).er_initial) : 0; }

  [[nodiscard]] HopRecord answer_of_destination() const {
    const int ttl = way_back(size(), router(size()).er_initial);
    return as_destination(echo(static_cast<std::uint32_t>(size()), ttl, echo_ttl(size())));
  }

  /// The error of LSR `at` goes on to the tail of its LSP and returns from there.
  [[nodiscard]] int after_detour(const ModelTunnel& t, int at) const {
    int ip = router(at).te_initial;
    int lse = 255;
    const int last_labelled = t.uhp || t.abrupt ? t.egress : t.egress - 1;
    if (at < last_labelled) {
      for (int next = at + 1; next <= last_labelled; ++next) lse -= 1;
      ip = std::min(ip, lse);
      if (last_labelled == t.egress)
        return transit(t.egress, t.forward == TtlModel::uniform ? ip : std::min(ip, lse + 1) - 1);
    }
    return transit(t.egress, ip - 1);
  }

  [[nodiscard]] int way_back(int at, int initial) const { return transit(at, initial); }

  /// Towards the vantage point from `at`, where the TTL is decremented already (or the packet was made).
  [[nodiscard]] int transit(int at, int ip) const {
    while (at > 1) {
      const ModelTunnel* inside = nullptr;
      for (const auto& t : m_.tunnels) {
        if (t.ingress < at && at <= t.egress) inside = &t;
      }
      if (inside == nullptr) {
        at -= 1;
        ip -= 1;
        continue;
      }
      int lse = inside->back == TtlModel::uniform ? ip : 255;
      for (at -= 1; at > inside->ingress; --at) lse -= 1;
      if (!inside->uhp_back) {
        ip = std::min(ip, lse) - 1;
      } else if (inside->back == TtlModel::uniform) {
        ip = std::min(ip, lse - 1);
      } else {
        ip -= inside->uhp_pipe == UhpPipe::never_decrement ? 0 : 1;
      }
    }
    return ip;
  }

  const LineModel& m_;
};

std::vector<int> te_ttls(const Path& path) {
  std::vector<int> ttls;
  for (const auto& hop : path) {
    if (hop.is_time_exceeded()) ttls.push_back(hop.te_ttl);
  }
  return ttls;
}
std::vector<int> er_ttls(const Path& path) {
  std::vector<int> ttls;
  for (const auto& hop : path) {
    if (hop.is_time_exceeded()) ttls.push_back(hop.er_ttl);
  }
  return ttls;
}
using Ttls = std::vector<int>;
constexpr ModelTunnel pipe_both{.forward = TtlModel::pipe, .back = TtlModel::pipe};

}  // namespace

Path LineModel::trace() const {
  const Line line{*this};
  Path hops;
  for (int ttl = 1; ttl < 60; ++ttl) {
    hops.push_back(line.probe(ttl));
    if (hops.back().kind == ReplyKind::echo_reply) break;
  }
  return path_from(1, hops);
}

LineModel base_line(int lsrs, ModelTunnel tunnel, ModelRouter core, int plain_behind) {
  LineModel model;
  model.routers.push_back(cisco);
  for (int i = 0; i < lsrs + 2; ++i) model.routers.push_back(core);
  for (int i = 0; i < plain_behind + 1; ++i) model.routers.push_back(cisco);
  model.routers.push_back(low);
  tunnel.ingress = 2;
  tunnel.egress = lsrs + 3;
  model.tunnels.push_back(tunnel);
  return model;
}

TEST(LineModel, s1_without_tunnel) {
  auto model = base_line(3, {});
  model.tunnels.clear();
  EXPECT_EQ(te_ttls(model.trace()), (Ttls{255, 254, 253, 252, 251, 250, 249}));
}

TEST(LineModel, s2_explicit) {
  const auto path = base_line(3, {}).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 247, 248, 249, 250, 249}));
  EXPECT_EQ(er_ttls(path), (Ttls{255, 254, 253, 252, 251, 250, 249}));
  EXPECT_EQ(path[2].quoted_ttl, 1);
  EXPECT_EQ(path[4].quoted_ttl, 3);
  EXPECT_EQ(path[4].mttl(), 1);
  EXPECT_EQ(path[5].labels, 0);
  EXPECT_EQ(path[7].te_ttl, 57);
}

TEST(LineModel, s3_explicit_null) {
  const auto path = base_line(3, {.uhp = true}).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 247, 248, 249, 250, 249}));
  EXPECT_EQ(path[5].labels, 1);
  EXPECT_EQ(path[5].quoted_ttl, 4);
}

TEST(LineModel, s6_implicit_with_pipe_return) {
  const auto path = base_line(3, {.back = TtlModel::pipe, .labels_shown = false, .quotes_rewritten = true}).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 250, 250, 250, 250, 250}));
  EXPECT_EQ(er_ttls(path), (Ttls{255, 254, 253, 252, 251, 250, 250}));
}

TEST(LineModel, s7_and_s8_invisible_php) {
  EXPECT_EQ(te_ttls(base_line(3, pipe_both).trace()), (Ttls{255, 254, 250, 250}));
  const auto path = base_line(3, pipe_both, juniper).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 250, 250}));
  EXPECT_EQ(er_ttls(path), (Ttls{255, 63, 62, 250}));
}

TEST(LineModel, s12_decay_behind_the_egress) {
  EXPECT_EQ(te_ttls(base_line(6, pipe_both, cisco, 4).trace()), (Ttls{255, 254, 247, 247, 247, 247, 247, 247}));
}

TEST(LineModel, s13_and_s14_uniform_return) {
  EXPECT_EQ(te_ttls(base_line(3, {.forward = TtlModel::pipe}).trace()), (Ttls{255, 254, 250, 249}));
  const auto path = base_line(3, {.forward = TtlModel::pipe}, juniper).trace();
  EXPECT_EQ(path[2].te_ttl, 250);
  EXPECT_EQ(path[2].er_ttl, 59);
}

TEST(LineModel, s15_low_initial_core) {
  const auto path = base_line(3, pipe_both, low).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 63, 62, 250}));
  EXPECT_EQ(er_ttls(path), (Ttls{255, 63, 62, 250}));
}

TEST(LineModel, s17_uhp_duplicate) {
  auto tunnel = pipe_both;
  tunnel.uhp = tunnel.uhp_back = true;
  const auto path = base_line(3, tunnel).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 252, 252}));
  EXPECT_EQ(path[2].address, path[3].address);
  EXPECT_EQ(path[2].quoted_ttl, 1);
  EXPECT_EQ(path[3].quoted_ttl, 1);
}

TEST(LineModel, s28_opaque) {
  auto tunnel = pipe_both;
  tunnel.abrupt = true;
  const auto path = base_line(3, tunnel).trace();
  EXPECT_EQ(te_ttls(path), (Ttls{255, 254, 250, 250}));
  EXPECT_EQ(path[2].mttl(), 252);
  EXPECT_EQ(path[2].quoted_ttl, 1);
}

}  // namespace utnt::core::test
