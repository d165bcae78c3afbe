// SPDX-License-Identifier: BSD-2-Clause
// Which nodes an event means: an expression over names and tags, and how many of those that it fits. Pure.
//   all    paris-1    tag:eu and not tag:slow    (tag:eu or tag:us) and not paris-*
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::fleet {

/// A node as far as it can be selected.
struct Selectable {
  std::string name;
  std::vector<std::string> tags;
};

class NodeExpression {
 public:
  /// Throws std::invalid_argument that names the column and what was expected there. `not` binds closer than `and`,
  /// that closer than `or`. A `*` in a name or tag stands for any characters.
  static NodeExpression parse(std::string_view text);

  [[nodiscard]] bool matches(const Selectable& node) const;
  /// Names without a `*` that it mentions: a name that no node has is a mistake, which the caller can tell.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  enum class Kind : std::uint8_t { all, name, tag, negation, conjunction, disjunction };
  struct Term {
    Kind kind{Kind::all};
    std::string text;
    std::uint32_t left{0}, right{0};  ///< terms that it joins
  };
  class Parser;
  [[nodiscard]] bool holds(std::uint32_t term, const Selectable& node) const;

  std::vector<Term> terms_;  ///< operands before what joins them; the last is the whole
};

/// One list for each order of an event: nodes that may run it, best first. Without a count: one list with one node for
/// each node that fits. With a count: so many lists that share no node, so that the orders never meet on one node;
/// lists beyond the nodes that fit are empty (the order is then refused: no node). `turn` (the event's number) moves
/// the begin, so that consecutive events do not all fall on the first nodes.
std::vector<std::vector<std::string>> candidate_lists(std::span<const Selectable> nodes,
                                                      const NodeExpression& expression,
                                                      std::optional<std::uint32_t> count, std::uint64_t turn);

}  // namespace utnt::fleet
