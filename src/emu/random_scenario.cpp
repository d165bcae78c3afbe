// SPDX-License-Identifier: BSD-2-Clause
// Writes a scenario as text, so that what a seed produced can be read, kept and edited.
// Shape: a tree of ASes; in each a tree of routers with extra links; customers with one host each at random routers.
#include "emu/random_scenario.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/prng.hpp"

namespace utnt::emu {

namespace {

/// One string of all the parts. Plain operator+ on a literal makes g++ 12 warn of an overlap that is none.
std::string cat(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out.append(part);
  return out;
}

std::string numbered(std::string_view word, std::uint64_t n) { return cat({word, std::to_string(n)}); }

std::string quoted(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += cat({out.empty() ? "\"" : ", \"", w, "\""});
  return cat({"[", out, "]"});
}

class Writer {
 public:
  explicit Writer(const RandomScenario& options) : options_{options}, random_{mix64(options.seed)} {}

  std::string write() {
    make_routers();
    std::string text = "title = \"Random network\"\n";
    text += cat({"chain = ", quoted({"VP", "CE", ases_[0].front(), "C0", "D0"}), "\n"});
    for (std::uint32_t i = 1; i < options_.destinations; ++i) add_customer(i);
    for (std::size_t i = 1; i < ases_.size(); ++i) join(i);
    for (const auto& as : ases_) wire_up(as);
    std::vector<std::string> destinations;
    for (std::uint32_t i = 0; i < options_.destinations; ++i) destinations.push_back(numbered("D", i));
    text += cat({"destinations = ", quoted(destinations), "\n\n", branches_});
    for (std::size_t i = 0; i < ases_.size(); ++i) text += as_section(i);
    for (const auto& as : ases_)
      for (const auto& router : as) text += router_section(router);
    return text + link_sections_ + nodes_;
  }

 private:
  bool percent(std::uint32_t share) { return random_.chance(share, 100); }
  std::size_t pick(std::size_t count) { return random_.below(count); }

  void make_routers() {
    const std::uint32_t per_as = std::max<std::uint32_t>(2, options_.routers / options_.ases);
    for (std::uint32_t a = 0; a < options_.ases; ++a) {
      std::vector<std::string> routers;
      for (std::uint32_t r = 0; r < per_as; ++r) routers.push_back(numbered(numbered("A", a) + "R", r));
      ases_.push_back(std::move(routers));
    }
  }

  void branch(const std::vector<std::string>& path) { branches_ += cat({"[[branch]]\npath = ", quoted(path), "\n\n"}); }

  void add_customer(std::uint32_t index) {
    const auto& as = ases_[pick(ases_.size())];
    const std::string host = numbered("D", index);
    branch({as[pick(as.size())], numbered("C", index), host});
    nodes_ += cat({"[node.", host, "]\nkind = \"host\"\n\n"});
  }

  void join(std::size_t as) {
    const auto& parent = ases_[pick(as)];
    branch({parent[pick(parent.size())], ases_[as].front()});
  }

  /// A random tree, which keeps paths short, with extra links: cheap ones make equal-cost paths.
  void wire_up(const std::vector<std::string>& as) {
    for (std::size_t i = 1; i < as.size(); ++i) {
      const std::size_t parent = pick(i);
      branch({as[parent], as[i]});
      if (i < 3 || !percent(options_.ecmp_percent)) continue;
      const std::size_t other = pick(i);
      if (other == parent) continue;
      branch({as[other], as[i]});
      if (percent(50)) continue;
      link_sections_ += cat({"[link.\"", as[other], "-", as[i], "\"]\ncost = ", std::to_string(2 + pick(4)), "\n\n"});
    }
  }

  std::string as_section(std::size_t index) {
    std::string text = cat({"[as.", numbered("n", index), "]\nrouters = ", quoted(ases_[index]), "\n"});
    if (percent(20)) return text + "mpls = false\n\n";
    constexpr std::string_view profiles[] = {"C", "C", "C", "C", "C", "J", "J", "J", "U", "U"};
    text += cat({"profile = \"", profiles[pick(std::size(profiles))], "\"\n"});
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        break;  // explicit
      case 4:
        text += "rfc4950 = \"off\"\n";
        break;
      case 5:
      case 6:
      case 7:
        text += "push_ttl = \"pipe\"\n";
        break;
      case 8:
        text += "push_ttl = \"pipe\"\npop_mode = \"explicit_null\"\n";
        break;
      default:
        text += "push_ttl = \"pipe\"\nabrupt_end = \"external\"\n";
        break;
    }
    if (percent(10)) text += "te_route = \"ip_route\"\n";
    if (percent(10)) text += "service_label = true\n";
    return text + "\n";
  }

  std::string router_section(const std::string& router) {
    std::string knobs;
    if (percent(options_.silent_percent)) knobs += "answers_te = \"no\"\n";
    if (percent(options_.silent_percent)) knobs += "answers_er = \"no\"\n";
    if (percent(10)) knobs += cat({"label_scope = ", percent(50) ? "\"loopbacks\"\n" : "\"all_prefixes\"\n"});
    if (percent(5)) knobs += "pop_ttl = \"none\"\n";
    if (percent(5)) knobs += "qttl_quote = \"rewritten_1\"\n";
    if (percent(5)) knobs += "icmp_src = \"loopback\"\n";
    if (percent(5)) knobs += "multi_object = true\n";
    return knobs.empty() ? knobs : cat({"[node.", router, "]\n", knobs, "\n"});
  }

  RandomScenario options_;
  Prng random_;
  std::vector<std::vector<std::string>> ases_;
  std::string branches_, link_sections_, nodes_;
};

}  // namespace

bool read_random(Section& root, RandomScenario& out) {
  auto section = root.section("generate");
  if (!section) return false;
  section->integer("seed", out.seed, 0, 0x7fff'ffff);
  section->integer("routers", out.routers, 20, 500);
  section->integer("ases", out.ases, 1, 20);
  section->integer("destinations", out.destinations, 1, 1000);
  section->integer("silent_percent", out.silent_percent, 0, 100);
  section->integer("ecmp_percent", out.ecmp_percent, 0, 100);
  section->finish();
  return true;
}

std::string random_scenario(const RandomScenario& options) { return Writer{options}.write(); }

}  // namespace utnt::emu
