// SPDX-License-Identifier: BSD-2-Clause
// Results against the truth. A true tunnel is (ingress, egress, class) on the forward path of a traced destination; it
// is found when a reported one of that destination has its class and both its ends, where any address of a router
// counts for the router. A tunnel that is only suspected is neither found nor false, nor is a look-alike: see
// lab/tunnel_match.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emu/truth.hpp"
#include "results/trace_model.hpp"

namespace utnt::lab {

struct ClassScore {
  std::uint64_t truth{0};       ///< true tunnels, once for each traced path that crosses them
  std::uint64_t detectable{0};  ///< of these, by the table of detectability
  std::uint64_t found{0};
  std::uint64_t found_detectable{0};
  std::uint64_t overlapped{0};  ///< true ones that a reported one of their class overlaps: right, but for the ends
  std::uint64_t reported{0};    ///< not counting suspected ones and look-alikes
  std::uint64_t lsrs_right{0};  ///< found, with every LSR in order

  ClassScore& operator+=(const ClassScore& other);
  // Shares of 1; of nothing they are 1.
  [[nodiscard]] double recall_detectable() const;
  [[nodiscard]] double recall_all() const;
  [[nodiscard]] double precision() const;
  [[nodiscard]] double ends_right() const;
};

/// One class per row: explicit, implicit, opaque, invisible_php, invisible_uhp, inferred (which is never true).
inline constexpr std::size_t score_classes = 6;
std::string_view score_class_name(std::size_t index);
/// The same names for true tunnels.
std::string_view class_name(emu::TrueClass tunnel_class);

class Score {
 public:
  void add(const results::TraceResult& trace, const emu::Truth& truth);
  [[nodiscard]] const std::array<ClassScore, score_classes>& by_class() const { return by_class_; }
  [[nodiscard]] ClassScore all() const;
  [[nodiscard]] std::uint64_t traces() const { return traces_; }
  [[nodiscard]] std::uint64_t suspected() const { return suspected_; }
  /// Reported with both ends right, as the class that the tunnel shows for want of any sign of its own.
  [[nodiscard]] std::uint64_t look_alikes() const { return look_alikes_; }
  /// What was not found, or is not true, one sentence each; the first `mistakes_max`.
  [[nodiscard]] const std::vector<std::string>& mistakes() const { return mistakes_; }
  static constexpr std::size_t mistakes_max = 100;

 private:
  void note(const results::TraceResult& trace, const std::string& text);

  std::array<ClassScore, score_classes> by_class_{};
  std::uint64_t traces_{0};
  std::uint64_t suspected_{0};
  std::uint64_t look_alikes_{0};
  std::vector<std::string> mistakes_;
};

}  // namespace utnt::lab
