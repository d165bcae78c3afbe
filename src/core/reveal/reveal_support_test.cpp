// SPDX-License-Identifier: BSD-2-Clause
// The helpers of the tests in this folder.
// Source: the TNT specification, section 9.1.
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/reveal/insert.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "core/reveal/signals.hpp"
#include "core/reveal/tnt_candidates.hpp"
#include "core/reveal/tnt_label_pass.hpp"
#include "core/reveal/tnt_uturn_pass.hpp"

namespace utnt::core::test {
namespace {

HopRecord reply(ReplyKind kind, std::uint32_t address, int ttl, int er_ttl, int quoted_ttl) {
  HopRecord hop;
  hop.kind = kind;
  hop.address = AddressRef{address};
  hop.te_ttl = static_cast<std::uint8_t>(ttl);
  hop.er_ttl = static_cast<std::uint8_t>(er_ttl);
  hop.quoted_ttl = static_cast<std::uint8_t>(quoted_ttl);
  return hop;
}

std::string address_text(AddressRef address) {
  const auto n = address.value();
  return n > 100 ? "20.0." + std::to_string(n - 100) + ".1" : "20.0." + std::to_string(n) + ".2";
}

void add(std::string& text, bool condition, const char* word) {
  if (condition) text += word;
}

std::string trigger_text(Discoveries d) {
  std::string text;
  add(text, d.has(Discovery::dupip), ",DUPIP");
  add(text, d.has(Discovery::rtla), ",RTLA");
  add(text, d.has(Discovery::frpla), ",FRPLA");
  add(text, d.has(Discovery::mttl), ",MTTL");
  return text;
}

std::string class_text(const HopRecord& hop) {
  const bool exp = hop.marks.has(Mark::explicit_);
  const bool opa = hop.marks.has(Mark::opaque);
  const bool imp = hop.marks.has_any(implicit_marks);
  const bool inv = hop.marks.has(Mark::invisible);
  std::string text;
  if (is_lsr(hop)) return std::string{imp ? ",IMP" : opa ? ",OPA" : exp ? ",EXP" : inv ? ",INV" : ""} + ",LSR";
  add(text, exp, ",EXP");
  add(text, opa, ",OPA");
  add(text, imp, ",IMP");
  add(text, inv, ",INV");
  return text;
}

}  // namespace

HopRecord silent() { return {}; }
HopRecord te(std::uint32_t address, int te_ttl, int er_ttl, int quoted_ttl) {
  return reply(ReplyKind::time_exceeded, address, te_ttl, er_ttl, quoted_ttl);
}
HopRecord labelled(std::uint32_t address, int te_ttl, int er_ttl, int quoted_ttl, int mttl, std::uint32_t label) {
  HopRecord hop = te(address, te_ttl, er_ttl, quoted_ttl);
  hop.labels = 1;
  hop.top_lse = wire::LabelStackEntry{MplsLabel{label}, 0, true, Ttl{static_cast<std::uint8_t>(mttl)}}.word();
  return hop;
}
HopRecord echo(std::uint32_t address, int ttl, int er_ttl) {
  return reply(ReplyKind::echo_reply, address, ttl, er_ttl, 0);
}
HopRecord port_unreachable(std::uint32_t address, int ttl, int er_ttl) {
  return reply(ReplyKind::port_unreachable, address, ttl, er_ttl, 1);
}
HopRecord as_reserved(HopRecord hop) {
  hop.reserved = true;
  return hop;
}
HopRecord as_destination(HopRecord hop) {
  hop.is_destination = true;
  return hop;
}

Path path_from(int first_ttl, Path hops) {
  for (std::size_t i = 0; i < hops.size(); ++i) {
    hops[i].probe_ttl = static_cast<std::uint8_t>(first_ttl + static_cast<int>(i));
  }
  return hops;
}

std::string mpls_text(const HopRecord& hop) {
  if (!hop.marks.has_any(role_marks)) return "";
  std::string text = "[MPLS" + class_text(hop);
  add(text, is_egress(hop), ",EGR");
  add(text, hop.marks.has(Mark::ingress), ",ING");
  add(text, hop.discoveries.has(Discovery::incomplete), ",INCOMP?");
  const auto triggers = hop.discoveries & trigger_discoveries;
  add(text, hop.marks.has(Mark::invisible) && triggers.empty(), ",BTFC");
  text += trigger_text(triggers);
  if (is_inferred(hop)) {
    text += ",INF";
  } else {
    add(text, hop.marks.has(Mark::implicit_qttl), ",QTTL");
    add(text, hop.marks.has(Mark::implicit_uturn), ",UTURN");
  }
  if (hop.discoveries.has(Discovery::revealed)) {
    const bool dpr = hop.discoveries.has(Discovery::dpr);
    const bool brpr = hop.discoveries.has(Discovery::brpr);
    // Both bits stand for UNKN, which the grammar lists last because the bits exclude one another in its reading.
    text += dpr && brpr ? ",UNKN" : dpr ? ",DPR" : brpr ? ",BRPR" : ",BUDDY";
    text += ",step=" + std::to_string(hop.step);
  }
  return text + "]";
}

std::string line_text(const HopRecord& hop) {
  if (hop.is_silent()) return "*";
  std::string text = address_text(hop.address) + (hop.reserved ? " rsvd" : "") + " <" + std::to_string(hop.te_ttl) +
                     "," + (hop.er_ttl == 0 ? "*" : std::to_string(hop.er_ttl)) + ">";
  if (hop.is_time_exceeded()) {
    text += " qttl=" + std::to_string(hop.quoted_ttl);
    if (uturn(hop) != 0) text += " uturn=" + std::to_string(uturn(hop));
    if (frpla(hop) > 0) text += " frpla=" + std::to_string(frpla(hop));
    if (rtla(hop) > 0) text += " rtla=" + std::to_string(rtla(hop));
  }
  const auto mpls = mpls_text(hop);
  if (!mpls.empty()) text += " " + mpls;
  if (hop.is_labelled()) {
    text += " Labels " + std::to_string(hop.lse().label().value()) + " mTTL=" + std::to_string(hop.mttl());
  }
  return text;
}

std::vector<std::string> dump(const Path& hops) {
  std::vector<std::string> lines;
  int revealed = 0;
  for (const auto& hop : hops) {
    const bool is_revealed = hop.discoveries.has(Discovery::revealed);
    revealed = is_revealed ? revealed + 1 : 0;
    lines.push_back((is_revealed ? "H" + std::to_string(revealed) : std::to_string(hop.probe_ttl)) + " " +
                    line_text(hop));
  }
  return lines;
}

std::string attempt_text(const HopRecord& hop) {
  std::string text;
  add(text, hop.attempts.has(Attempt::dupip), "DUPIP");
  add(text, hop.attempts.has(Attempt::rtla), "RTLA");
  add(text, hop.attempts.has(Attempt::frpla), "FRPLA");
  add(text, hop.attempts.has(Attempt::mttl), "MTTL");
  add(text, hop.attempts.has(Attempt::nothing_revealed), ",NTH-RV");
  add(text, hop.attempts.has(Attempt::ingress_not_found), ",ING-NF");
  add(text, hop.attempts.has(Attempt::target_not_reached), ",TGT-NR");
  add(text, hop.attempts.has(Attempt::buddy), ",BUD");
  return text;
}

Revealed play(const RevelationTest& test, const std::vector<ScriptedTrace>& script, const RevelationRules& rules,
              std::size_t from) {
  Revealed result{begin_revelation(test), {}, 0};
  Revelation& r = result.revelation;
  std::vector<HopRecord> storage(lsp_hops_max);
  Step step{Step::Action::trace, r.target, 0};
  while (step.action != Step::Action::done) {
    if (from + result.traces_used == script.size()) {
      ADD_FAILURE() << "unforeseen trace to " << address_text(step.target);
      break;
    }
    const auto& trace = script[from + result.traces_used++];
    EXPECT_EQ(static_cast<int>(step.action), static_cast<int>(trace.kind)) << "trace " << result.traces_used;
    EXPECT_EQ(step.target.value(), trace.target) << "trace " << result.traces_used;
    if (trace.kind == Step::Action::buddy) {
      r.buddy = AddressRef{trace.buddy};
      step = advance(r, evaluate_buddy(r, trace.path, rules), trace.path, storage, rules);
    } else {
      step = advance(r, evaluate_ordinary(r, trace.path), trace.path, storage, rules);
    }
  }
  const auto lsp = revealed_lsp(r, storage);
  result.lsp.assign(lsp.begin(), lsp.end());
  return result;
}

Path run_tnt(Path hops, const std::vector<ScriptedTrace>& script, const RevealOptions& options) {
  tnt_label_pass(hops);
  std::size_t cursor = 0;
  std::size_t used = 0;
  while (const auto test = tnt_next_test(hops, cursor, options)) {
    const auto revealed = play(*test, script, tnt_revelation_rules, used);
    used += revealed.traces_used;
    if (revealed.lsp.empty()) {
      report_failure(hops[test->next_index], revealed.revelation);
      continue;
    }
    HopList list{{}, hops.size()};
    hops.resize(hops.size() + revealed.lsp.size());
    list.storage = hops;
    EXPECT_EQ(insert_lsp(list, revealed.revelation, revealed.lsp).outcome, InsertOutcome::inserted);
    break;
  }
  EXPECT_EQ(used, script.size()) << "the revelation ended early";
  tnt_uturn_pass(hops);
  return hops;
}

TEST(RevealSupport, numbers_the_hops_of_a_path) {
  const auto path = path_from(4, {te(1, 255, 255), silent()});
  EXPECT_EQ(path[0].probe_ttl, 4);
  EXPECT_EQ(path[1].probe_ttl, 5);
}

}  // namespace utnt::core::test
