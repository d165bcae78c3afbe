// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace utnt::fleet {
namespace {

constexpr std::size_t text_max = 4'096;
constexpr int depth_max = 64;
constexpr std::string_view tag_prefix = "tag:";

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '-' || c == '*' || c == ':';
}

/// Whether the text fits a pattern whose `*` stands for any characters. Linear but for the last star, which is retried.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

class NodeExpression::Parser {
 public:
  explicit Parser(std::string_view text) : text_{text} {}

  NodeExpression parse() {
    if (text_.size() > text_max) fail(fmt::format("at most {} characters", text_max), "more");
    advance();
    whole(0);
    if (!token_.empty()) fail("'and', 'or' or the end", token_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(std::string_view expected, std::string_view found) const {
    throw std::invalid_argument{fmt::format("nodes '{}': column {}: expected {}, found '{}'", text_.substr(0, 100),
                                            begin_ + 1, expected, found.empty() ? "the end" : found)};
  }

  void advance() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    begin_ = at_;
    if (at_ == text_.size()) {
      token_ = {};
      return;
    }
    ++at_;
    if (is_word_char(text_[begin_]))
      while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
    token_ = text_.substr(begin_, at_ - begin_);
  }

  std::uint32_t add(Term term) {
    out_.terms_.push_back(std::move(term));
    return static_cast<std::uint32_t>(out_.terms_.size() - 1);
  }

  std::uint32_t whole(int depth) {
    auto left = both(depth);
    while (token_ == "or") {
      advance();
      const auto right = both(depth);
      left = add({.kind = Kind::disjunction, .text = {}, .left = left, .right = right});
    }
    return left;
  }

  std::uint32_t both(int depth) {
    auto left = single(depth);
    while (token_ == "and") {
      advance();
      const auto right = single(depth);
      left = add({.kind = Kind::conjunction, .text = {}, .left = left, .right = right});
    }
    return left;
  }

  std::uint32_t single(int depth) {
    if (depth > depth_max) fail(fmt::format("at most {} levels", depth_max), token_);
    if (token_ == "not") {
      advance();
      const auto left = single(depth + 1);
      return add({.kind = Kind::negation, .text = {}, .left = left});
    }
    if (token_ == "(") {
      advance();
      const auto inside = whole(depth + 1);
      if (token_ != ")") fail("')'", token_);
      advance();
      return inside;
    }
    return leaf();
  }

  std::uint32_t leaf() {
    constexpr std::string_view expected = "a name, tag:NAME, 'all', 'not' or '('";
    if (token_.empty() || !is_word_char(token_.front()) || token_ == "and" || token_ == "or") fail(expected, token_);
    Term term{.kind = Kind::name, .text = std::string{token_}};
    if (token_ == "all") term.kind = Kind::all;
    if (token_.starts_with(tag_prefix))
      term = {.kind = Kind::tag, .text = std::string{token_.substr(tag_prefix.size())}};
    if (term.text.empty() || term.text.find(':') != std::string::npos) fail(expected, token_);
    advance();
    return add(std::move(term));
  }

  std::string_view text_, token_;
  std::size_t at_{0}, begin_{0};
  NodeExpression out_;
};

NodeExpression NodeExpression::parse(std::string_view text) { return Parser{text}.parse(); }

bool NodeExpression::holds(std::uint32_t index, const Selectable& node) const {
  const auto& term = terms_.at(index);
  switch (term.kind) {
    case Kind::all:
      return true;
    case Kind::name:
      return fits(term.text, node.name);
    case Kind::tag:
      return std::ranges::any_of(node.tags, [&term](const auto& tag) { return fits(term.text, tag); });
    case Kind::negation:
      return !holds(term.left, node);
    case Kind::conjunction:
      return holds(term.left, node) && holds(term.right, node);
    case Kind::disjunction:
      return holds(term.left, node) || holds(term.right, node);
  }
  return false;
}

bool NodeExpression::matches(const Selectable& node) const {
  return holds(static_cast<std::uint32_t>(terms_.size() - 1), node);
}

std::vector<std::string> NodeExpression::names() const {
  std::vector<std::string> out;
  for (const auto& term : terms_)
    if (term.kind == Kind::name && term.text.find('*') == std::string::npos) out.push_back(term.text);
  return out;
}

std::vector<std::vector<std::string>> candidate_lists(std::span<const Selectable> nodes,
                                                      const NodeExpression& expression,
                                                      std::optional<std::uint32_t> count, std::uint64_t turn) {
  std::vector<std::string> fitting;
  for (const auto& node : nodes)
    if (expression.matches(node)) fitting.push_back(node.name);
  std::vector<std::vector<std::string>> lists(count ? *count : fitting.size());
  if (fitting.empty() || lists.empty()) return lists;
  if (count) std::ranges::rotate(fitting, fitting.begin() + static_cast<std::ptrdiff_t>(turn % fitting.size()));
  for (std::size_t i = 0; i < fitting.size(); ++i) lists[i % lists.size()].push_back(fitting[i]);
  return lists;
}

}  // namespace utnt::fleet
