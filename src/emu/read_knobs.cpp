// SPDX-License-Identifier: BSD-2-Clause
// One line per key; docs/reference/scenario-format.md lists the same keys with their meaning.
#include "emu/read_knobs.hpp"

#include <charconv>

namespace utnt::emu {

namespace {

constexpr Choice<Profile> profiles[] = {{"C", Profile::cisco},
                                        {"J", Profile::juniper},
                                        {"U", Profile::unix_like},
                                        {"JunosE", Profile::junos_e},
                                        {"HPE", Profile::comware}};
constexpr Choice<PopTtl> pop_ttls[] = {{"min", PopTtl::min}, {"write", PopTtl::write}, {"none", PopTtl::none}};
constexpr Choice<PopMode> pop_modes[] = {{"implicit_null", PopMode::implicit_null},
                                         {"explicit_null", PopMode::explicit_null},
                                         {"ordinary_label", PopMode::ordinary_label}};
constexpr Choice<UhpPipeEgress> uhp_egresses[] = {{"always_decrement", UhpPipeEgress::always_decrement},
                                                  {"never_decrement", UhpPipeEgress::never_decrement},
                                                  {"cisco_dup", UhpPipeEgress::cisco_dup}};
constexpr Choice<LabelScope> label_scopes[] = {{"all_prefixes", LabelScope::all_prefixes},
                                               {"loopbacks", LabelScope::loopbacks},
                                               {"host_routes", LabelScope::host_routes},
                                               {"none", LabelScope::none}};
constexpr Choice<LabelGap> label_gaps[] = {{"pop", LabelGap::pop}, {"abrupt", LabelGap::abrupt}};
constexpr Choice<AbruptEnd> abrupt_ends[] = {
    {"none", AbruptEnd::none}, {"external", AbruptEnd::external}, {"all", AbruptEnd::all}};
constexpr Choice<Rfc4950> rfc4950_modes[] = {{"off", Rfc4950::off},
                                             {"on", Rfc4950::on},
                                             {"on_quote_ttl255", Rfc4950::on_quote_ttl255},
                                             {"on_quote_ttl0", Rfc4950::on_quote_ttl0}};
constexpr Choice<ExtensionLength> extension_lengths[] = {{"correct", ExtensionLength::correct},
                                                         {"zero", ExtensionLength::zero}};
constexpr Choice<ExtensionChecksum> extension_checksums[] = {
    {"valid", ExtensionChecksum::valid}, {"zero", ExtensionChecksum::zero}, {"wrong", ExtensionChecksum::wrong}};
constexpr Choice<QuoteLength> quote_lengths[] = {{"automatic", QuoteLength::automatic},
                                                 {"28", QuoteLength::header_and_8},
                                                 {"128", QuoteLength::bytes_128},
                                                 {"full", QuoteLength::full}};
constexpr Choice<TeRoute> te_routes[] = {{"lsp_detour", TeRoute::lsp_detour},
                                         {"ip_route", TeRoute::ip_route},
                                         {"detour_if_depth2", TeRoute::detour_if_depth2}};
constexpr Choice<LastHopCheck> lh_checks[] = {{"before_pop", LastHopCheck::before_pop},
                                              {"after_pop", LastHopCheck::after_pop}};
constexpr Choice<QuotedTtl> quoted_ttls[] = {
    {"as_received", QuotedTtl::as_received}, {"rewritten_1", QuotedTtl::rewritten_1}, {"zero", QuotedTtl::zero}};
constexpr Choice<IcmpSource> icmp_sources[] = {{"incoming", IcmpSource::incoming},
                                               {"outgoing_to_source", IcmpSource::outgoing_to_source},
                                               {"loopback", IcmpSource::loopback},
                                               {"fixed", IcmpSource::fixed}};
constexpr Choice<UnreachableSource> du_sources[] = {{"incoming", UnreachableSource::incoming},
                                                    {"destination", UnreachableSource::destination},
                                                    {"loopback", UnreachableSource::loopback}};
constexpr Choice<EchoSource> er_sources[] = {
    {"probed", EchoSource::probed}, {"incoming", EchoSource::incoming}, {"loopback", EchoSource::loopback}};
constexpr Choice<Answers> answers_modes[] = {
    {"yes", Answers::yes}, {"no", Answers::no}, {"only_from", Answers::only_from}};
constexpr Choice<IpIdMode> ip_ids[] = {
    {"shared", IpIdMode::shared}, {"per_interface", IpIdMode::per_interface}, {"zero", IpIdMode::zero}};
constexpr Choice<EcmpHash> ecmp_hashes[] = {{"addresses", EcmpHash::addresses},
                                            {"ports", EcmpHash::ports},
                                            {"flow", EcmpHash::flow},
                                            {"per_packet", EcmpHash::per_packet}};
constexpr Choice<LabelHash> label_hashes[] = {
    {"stack", LabelHash::stack}, {"stack_and_ip", LabelHash::stack_and_ip}, {"per_packet", LabelHash::per_packet}};
constexpr Choice<NoRoute> no_routes[] = {{"drop", NoRoute::drop},
                                         {"net_unreachable", NoRoute::net_unreachable},
                                         {"host_unreachable", NoRoute::host_unreachable}};
constexpr Choice<ReplyFault> reply_faults[] = {{"none", ReplyFault::none},
                                               {"bad_icmp_checksum", ReplyFault::bad_icmp_checksum},
                                               {"truncated_quote", ReplyFault::truncated_quote},
                                               {"foreign_quote", ReplyFault::foreign_quote},
                                               {"rewritten_destination", ReplyFault::rewritten_destination},
                                               {"unknown_class", ReplyFault::unknown_class},
                                               {"object_length_0", ReplyFault::object_length_0},
                                               {"object_length_3", ReplyFault::object_length_3},
                                               {"object_length_big", ReplyFault::object_length_big},
                                               {"duplicate", ReplyFault::duplicate},
                                               {"late", ReplyFault::late},
                                               {"reordered", ReplyFault::reordered}};
constexpr Choice<FirewallAnswer> firewall_answers[] = {{"drop", FirewallAnswer::drop},
                                                       {"port_unreachable", FirewallAnswer::port_unreachable},
                                                       {"admin_prohibited", FirewallAnswer::admin_prohibited},
                                                       {"host_unreachable", FirewallAnswer::host_unreachable},
                                                       {"time_exceeded", FirewallAnswer::time_exceeded},
                                                       {"echo_reply", FirewallAnswer::echo_reply}};

void read_rate(Section& section, std::string_view key, RateLimit& out) {
  auto table = section.section(key);
  if (!table) return;
  table->integer("per_second", out.per_second, 1, 1'000'000);
  table->integer("burst", out.burst, 1, 1'000'000);
  table->flag("per_source", out.per_source);
  table->finish();
}

void read_ittl(Section& section, std::string_view key, std::uint8_t& out) {
  std::int64_t v = 0;
  if (!section.number(key, v, 1, 255)) return;
  if (v != 32 && v != 64 && v != 128 && v != 255) section.fail(key, "must be 32, 64, 128 or 255");
  out = static_cast<std::uint8_t>(v);
}

void read_middlebox(Section& section, Middlebox& box) {
  auto table = section.section("middlebox");
  if (!table) return;
  table->integer("ttl_add", box.ttl_add, -255, 255);
  table->integer("ttl_set", box.ttl_set, 0, 255);
  table->flag("ttl_forward", box.ttl_forward);
  table->flag("ttl_replies", box.ttl_replies);
  table->flag("strip_extensions", box.strips_extensions);
  table->flag("rewrite_udp_checksum", box.rewrites_udp_checksum);
  table->flag("block_echo", box.blocks_echo);
  table->flag("block_udp", box.blocks_udp);
  table->flag("block_errors", box.blocks_errors);
  for (auto& entry : table->list_of_sections("nat")) {
    Nat nat;
    if (!entry.address("outside", nat.outside)) entry.fail("outside", "is missing");
    if (!entry.address("inside", nat.inside)) entry.fail("inside", "is missing");
    entry.flag("fix_quotes", nat.fixes_quotes);
    entry.finish();
    box.nat.push_back(nat);
  }
  for (auto& entry : table->list_of_sections("firewall")) {
    std::vector<Ipv4Range> to;
    if (!entry.prefixes("to", to)) entry.fail("to", "is missing");
    Middlebox::Firewall wall;
    entry.choice("answer", wall.answer, firewall_answers);
    entry.finish();
    for (const auto& range : to) box.firewalls.push_back({range, wall.answer});
  }
  table->finish();
}

void read_faults(Section& section, NodeQuirks& quirks) {
  std::vector<std::string> words;
  if (section.words("reply_faults", words)) {
    quirks.faults.clear();
    for (const auto& word : words) {
      const ConfigTable one{{"reply_faults", ConfigValue{word, section.line_of("reply_faults")}}};
      Section item{section.file(), section.name(), one, section.line_of("reply_faults")};
      ReplyFault fault{};
      item.choice("reply_faults", fault, reply_faults);
      quirks.faults.push_back(fault);
    }
  }
  section.integer("fault_every", quirks.fault_every, 1, 1'000'000);
}

}  // namespace

bool read_profile(Section& section, Profile& out) { return section.choice("profile", out, profiles); }

bool read_push_ttl(Section& section, std::string_view key, PushTtl& mode, std::uint8_t& pipe_ttl) {
  std::string word;
  if (!section.text(key, word)) return false;
  if (word == "uniform") {
    mode = PushTtl::uniform;
    return true;
  }
  mode = PushTtl::pipe;
  pipe_ttl = 255;
  if (word == "pipe") return true;
  unsigned value = 0;
  if (word.starts_with("pipe(") && word.ends_with(")")) {
    const auto [end, error] = std::from_chars(word.data() + 5, word.data() + word.size() - 1, value);
    if (error == std::errc{} && end == word.data() + word.size() - 1 && value >= 1 && value <= 255) {
      pipe_ttl = static_cast<std::uint8_t>(value);
      return true;
    }
  }
  section.fail(key, "must be \"uniform\", \"pipe\" or \"pipe(N)\" with N from 1 to 255");
}

void read_knobs(Section& s, RouterKnobs& k) {
  read_ittl(s, "te_ittl", k.te_ittl);
  read_ittl(s, "er_ittl", k.er_ittl);
  read_ittl(s, "du_ittl", k.du_ittl);
  read_push_ttl(s, "push_ttl", k.push_ttl, k.pipe_ttl);
  s.choice("pop_ttl", k.pop_ttl, pop_ttls);
  s.choice("pop_mode", k.pop_mode, pop_modes);
  s.choice("uhp_pipe_egress", k.uhp_pipe_egress, uhp_egresses);
  s.choice("label_scope", k.label_scope, label_scopes);
  s.choice("label_gap", k.label_gap, label_gaps);
  s.choice("abrupt_end", k.abrupt_end, abrupt_ends);
  s.choice("rfc4950", k.rfc4950, rfc4950_modes);
  s.flag("multi_object", k.multi_object);
  s.choice("extension_length", k.extension_length, extension_lengths);
  s.choice("extension_checksum", k.extension_checksum, extension_checksums);
  s.flag("extension_version_swapped", k.extension_version_swapped);
  s.choice("quote_len", k.quote_length, quote_lengths);
  s.flag("quote_padded", k.quote_padded);
  s.choice("te_route", k.te_route, te_routes);
  s.choice("lh_check", k.lh_check, lh_checks);
  s.choice("qttl_quote", k.qttl_quote, quoted_ttls);
  s.choice("icmp_src", k.icmp_src, icmp_sources);
  if (s.address("fixed_source", k.fixed_source)) k.icmp_src = IcmpSource::fixed;
  s.choice("du_src", k.du_src, du_sources);
  s.choice("er_src", k.er_src, er_sources);
  s.choice("answers_te", k.answers_te, answers_modes);
  s.choice("answers_er", k.answers_er, answers_modes);
  s.choice("answers_du", k.answers_du, answers_modes);
  s.flag("zero_ttl_forward", k.zero_ttl_forward);
  s.flag("answers_reset", k.answers_reset);
  s.flag("copy_tos", k.copies_tos);
  s.choice("no_route", k.no_route, no_routes);
  s.choice("ip_id", k.ip_id, ip_ids);
  s.choice("ecmp_hash", k.ecmp_hash, ecmp_hashes);
  s.choice("label_hash", k.label_hash, label_hashes);
  read_rate(s, "te_rate", k.te_rate);
  read_rate(s, "er_rate", k.er_rate);
  read_rate(s, "du_rate", k.du_rate);
  s.microseconds("response_us", k.response);
  s.microseconds("response_jitter_us", k.response_jitter);
  s.microseconds("slow_path_us", k.slow_path_service);
  if (k.icmp_src == IcmpSource::fixed && k.fixed_source == 0) s.fail("icmp_src", "\"fixed\" needs fixed_source");
}

void read_quirks(Section& s, ModelNode& node) {
  auto& q = node.quirks;
  read_middlebox(s, q.middlebox);
  read_faults(s, q);
  s.prefixes("only_from", q.only_from);
  s.prefixes("silent_to", q.silent_to);
  s.prefixes("third_party_to", q.third_party_to);
  s.choice("third_party", q.third_party, icmp_sources);
  if (q.third_party == IcmpSource::fixed && node.knobs.fixed_source == 0)
    s.fail("third_party", "\"fixed\" needs fixed_source");
  s.prefixes("host_routes", node.host_routes);
  std::int64_t label = 0;
  if (s.number("abrupt_label", label, 16, 1'048'575)) node.abrupt_label = static_cast<std::uint32_t>(label);
  s.integer("sid", node.sid, 1, 65'535);
  node.has_quirks = q.middlebox.active() || !q.faults.empty() || !q.only_from.empty() || !q.silent_to.empty() ||
                    !q.third_party_to.empty();
}

void read_link(Section& s, ModelLink& link) {
  if (s.integer("cost", link.cost_ab, 1, 65'535)) link.cost_ba = link.cost_ab;
  s.integer("cost_forth", link.cost_ab, 1, 65'535);
  s.integer("cost_back", link.cost_ba, 1, 65'535);
  s.microseconds("delay_us", link.delay);
  s.integer("mtu", link.mtu, 68, 9'000);
  s.flag("igp", link.igp);
  s.flag("up", link.up);
  s.microseconds("jitter_us", link.noise.jitter);
  s.microseconds("reorder_delay_us", link.noise.reorder_delay);
  s.integer("loss_ppm", link.noise.loss_ppm, 0, 1'000'000);
  s.integer("duplicate_ppm", link.noise.duplicate_ppm, 0, 1'000'000);
  s.integer("reorder_ppm", link.noise.reorder_ppm, 0, 1'000'000);
  s.integer("corrupt_ppm", link.noise.corrupt_ppm, 0, 1'000'000);
  const auto& n = link.noise;
  link.noisy = n.jitter.ns() > 0 || n.loss_ppm + n.duplicate_ppm + n.reorder_ppm + n.corrupt_ppm > 0;
}

}  // namespace utnt::emu
