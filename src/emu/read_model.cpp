// SPDX-License-Identifier: BSD-2-Clause
// TOML text to Model: nodes and links from chains, then domains, overrides, routes and changes.
// Format: docs/reference/scenario-format.md.
#include <algorithm>
#include <map>

#include "emu/config_tree.hpp"
#include "emu/model.hpp"
#include "emu/procedural/network.hpp"
#include "emu/random_scenario.hpp"
#include "emu/read_knobs.hpp"

namespace utnt::emu {

namespace {

constexpr std::size_t nodes_max = 4096, links_max = 8192, destinations_max = 1'000'000;
constexpr std::uint32_t link_base = 20U << 24U, loopback_base = 20U << 24U | 255U << 16U;

class ModelReader {
 public:
  ModelReader(Section& root, std::string_view file) : root_{root}, file_{file} {}
  Model read();

 private:
  std::uint32_t node_named(std::string_view word, std::size_t line) const;
  std::uint32_t add_node(const std::string& name, std::size_t line);
  std::uint32_t link_named(std::string_view word, std::size_t line) const;
  void add_path(const std::vector<std::string>& path, std::size_t line);
  void add_link(std::uint32_t a, std::uint32_t b, std::size_t line);
  void read_topology();
  void read_domains();
  void read_nodes();
  void read_node(ModelNode& node);
  void read_links();
  void place_link(Section& section, ModelLink& link);
  void assign_domains_to_links();
  void read_lsps();
  std::vector<ModelRoute> read_routes(Section& parent);
  void read_route(Section& section, std::vector<ModelRoute>& out);
  void read_changes();
  void read_destinations();

  Section& root_;
  std::string_view file_;
  Model model_;
  std::map<std::string, std::uint32_t, std::less<>> names_;
  std::map<std::string, std::uint32_t, std::less<>> link_names_;
  std::map<std::string, Section, std::less<>> domain_sections_, node_sections_;
};

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> out;
  out.reserve(map.size());
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

std::uint32_t ModelReader::node_named(std::string_view word, std::size_t line) const {
  if (const auto at = names_.find(word); at != names_.end()) return at->second;
  std::string message = "unknown node \"" + std::string{word} + "\"";
  if (const auto near = closest_word(word, keys_of(names_)); !near.empty())
    message += ", did you mean \"" + near + "\"?";
  throw ScenarioError{file_, line, message};
}

std::uint32_t ModelReader::link_named(std::string_view word, std::size_t line) const {
  if (const auto at = link_names_.find(word); at != link_names_.end()) return at->second;
  std::string message = "unknown link \"" + std::string{word} + "\"";
  if (const auto near = closest_word(word, keys_of(link_names_)); !near.empty())
    message += ", did you mean \"" + near + "\"?";
  throw ScenarioError{file_, line, message};
}

std::uint32_t ModelReader::add_node(const std::string& name, std::size_t line) {
  if (const auto at = names_.find(name); at != names_.end()) return at->second;
  if (name.empty()) throw ScenarioError{file_, line, "a node needs a name"};
  if (model_.nodes.size() == nodes_max) throw ScenarioError{file_, line, "more than 4096 nodes"};
  const auto index = static_cast<std::uint32_t>(model_.nodes.size());
  ModelNode node;
  node.name = name;
  node.loopback = loopback_base + index + 1;
  if (name == "VP") {
    node.kind = NodeKind::vantage_point;
    node.loopback = 0;
    model_.vantage_point = index;
  }
  model_.nodes.push_back(std::move(node));
  names_.emplace(name, index);
  return index;
}

void ModelReader::add_link(std::uint32_t a, std::uint32_t b, std::size_t line) {
  if (a == b) throw ScenarioError{file_, line, "a link needs two different ends"};
  if (model_.links.size() == links_max) throw ScenarioError{file_, line, "more than 8192 links"};
  const auto index = static_cast<std::uint32_t>(model_.links.size());
  ModelLink link;
  const std::string base = model_.nodes[a].name + "-" + model_.nodes[b].name;
  link.name = base;
  for (unsigned twin = 2; link_names_.contains(link.name); ++twin) link.name = base + "#" + std::to_string(twin);
  link.a = a;
  link.b = b;
  link.subnet = {link_base + (index + 1) * 256, 0xffff'fffcU};
  link.address_a = link.subnet.base + 1;
  link.address_b = link.subnet.base + 2;
  link_names_.emplace(link.name, index);
  model_.nodes[a].links.push_back(index);
  model_.nodes[b].links.push_back(index);
  model_.links.push_back(std::move(link));
}

void ModelReader::add_path(const std::vector<std::string>& path, std::size_t line) {
  if (path.size() < 2) throw ScenarioError{file_, line, "a path needs at least two nodes"};
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto b = add_node(path[i], line);
    if (i > 0) add_link(names_.at(path[i - 1]), b, line);
  }
}

void ModelReader::read_topology() {
  std::vector<std::string> path;
  if (!root_.words("chain", path)) root_.fail("chain", "is missing: the nodes from VP to the destination, in order");
  add_path(path, root_.line_of("chain"));
  if (!names_.contains("VP")) root_.fail("chain", "must name the vantage point \"VP\"");
  auto& last = model_.nodes[names_.at(path.back())];
  if (last.kind == NodeKind::router) last.kind = NodeKind::host;
  for (auto& branch : root_.list_of_sections("branch")) {
    std::vector<std::string> nodes;
    if (!branch.words("path", nodes)) branch.fail("path", "is missing");
    add_path(nodes, branch.line_of("path"));
    branch.finish();
  }
}

void ModelReader::read_domains() {
  for (auto& [name, section] : root_.named_sections("as")) {
    ModelDomain domain;
    domain.name = name;
    std::vector<std::string> routers;
    if (!section.words("routers", routers)) section.fail("routers", "is missing");
    const auto index = static_cast<std::uint32_t>(model_.domains.size());
    for (const auto& word : routers) {
      const auto node = node_named(word, section.line_of("routers"));
      if (node == model_.vantage_point) section.fail("routers", "the vantage point belongs to no AS");
      auto& in = model_.nodes[node].domains;
      if (std::find(in.begin(), in.end(), index) != in.end()) section.fail("routers", "names \"" + word + "\" twice");
      in.push_back(index);
      domain.routers.push_back(node);
    }
    section.flag("mpls", domain.mpls);
    section.flag("service_label", domain.service_label);
    section.flag("entropy_label", domain.entropy_label);
    section.integer("sr_base", domain.sr_base, 16, 1'000'000);
    model_.domains.push_back(std::move(domain));
    domain_sections_.emplace(name, section);
  }
}

void ModelReader::read_node(ModelNode& node) {
  constexpr Choice<NodeKind> kinds[] = {{"router", NodeKind::router}, {"host", NodeKind::host}};
  const ConfigTable nothing;
  Section none{file_, "", nothing, 0};
  auto defaults = root_.section("defaults");
  const auto found = node_sections_.find(node.name);
  std::optional<Section> own = found != node_sections_.end() ? found->second : none;
  if (!defaults) defaults = none;
  if (node.kind == NodeKind::vantage_point && own->line_of("") != 0) own->fail("", "the vantage point has no settings");
  if (node.kind != NodeKind::vantage_point) own->choice("kind", node.kind, kinds);
  const bool router = node.kind == NodeKind::router;

  Profile profile = router ? Profile::cisco : Profile::unix_like;
  if (router) {
    read_profile(*defaults, profile);
    for (const auto d : node.domains) read_profile(domain_sections_.at(model_.domains[d].name), profile);
  }
  read_profile(*own, profile);
  node.knobs = knobs_of(profile);
  if (router) {
    read_knobs(*defaults, node.knobs);
    for (const auto d : node.domains) read_knobs(domain_sections_.at(model_.domains[d].name), node.knobs);
  }
  read_knobs(*own, node.knobs);
  read_quirks(*own, node);
  own->address("loopback", node.loopback);
  own->prefixes("owns", node.owns);
  own->finish();
}

void ModelReader::read_nodes() {
  for (const auto& [name, section] : root_.named_sections("node")) {
    node_named(name, section.line_of(""));
    node_sections_.emplace(name, section);
  }
  for (auto& node : model_.nodes) read_node(node);
  // The values were read with the nodes; here every key is known by name, whether or not a node used it.
  const auto check = [](Section& section) {
    RouterKnobs unused;
    Profile profile{};
    read_profile(section, profile);
    read_knobs(section, unused);
    section.finish();
  };
  for (auto& [name, section] : domain_sections_) check(section);
  if (auto defaults = root_.section("defaults")) check(*defaults);
}

void ModelReader::place_link(Section& section, ModelLink& link) {
  std::int64_t length = 30;
  std::vector<std::string> addresses;
  section.number("length", length, 24, 31);
  const std::uint32_t mask = ~std::uint32_t{0} << (32 - length);
  if (section.words("addresses", addresses)) {
    if (addresses.size() != 2) section.fail("addresses", "must hold the two ends' addresses");
    const std::size_t line = section.line_of("addresses");
    link.address_a = parse_range(addresses[0], file_, line).base;
    link.address_b = parse_range(addresses[1], file_, line).base;
  }
  link.subnet = {link.address_a & mask, mask};
  if (!link.subnet.contains(link.address_b) || link.address_a == link.address_b)
    section.fail("addresses", "must be two different addresses of one subnet");
}

void ModelReader::read_links() {
  auto defaults = root_.section("links");
  if (defaults) {
    for (auto& link : model_.links) read_link(*defaults, link);
    ModelLink unused;
    read_link(*defaults, unused);
    defaults->finish();
  }
  for (auto& [name, section] : root_.named_sections("link")) {
    auto& link = model_.links[link_named(name, section.line_of(""))];
    read_link(section, link);
    place_link(section, link);
    section.finish();
  }
}

void ModelReader::assign_domains_to_links() {
  for (auto& link : model_.links) {
    const auto& in_b = model_.nodes[link.b].domains;
    for (const auto d : model_.nodes[link.a].domains)
      if (std::find(in_b.begin(), in_b.end(), d) != in_b.end() && link.domain < 0)
        link.domain = static_cast<std::int32_t>(d);
    link.border = link.domain < 0 && !(in_b.empty() && model_.nodes[link.a].domains.empty());
  }
}

void ModelReader::read_lsps() {
  for (auto& section : root_.list_of_sections("lsp")) {
    ModelLsp lsp;
    std::string word;
    if (!section.text("from", word)) section.fail("from", "is missing");
    lsp.from = node_named(word, section.line_of("from"));
    if (!section.text("to", word)) section.fail("to", "is missing");
    lsp.to = node_named(word, section.line_of("to"));
    if (!read_push_ttl(section, "push_ttl", lsp.push_ttl, lsp.pipe_ttl)) section.fail("push_ttl", "is missing");
    section.finish();
    model_.lsps.push_back(lsp);
  }
}

void ModelReader::read_route(Section& section, std::vector<ModelRoute>& out) {
  constexpr Choice<ReplyClass> classes[] = {{"te", ReplyClass::time_exceeded},
                                            {"er", ReplyClass::echo_reply},
                                            {"du", ReplyClass::unreachable},
                                            {"probe", ReplyClass::none}};
  std::string word;
  if (!section.text("to", word)) section.fail("to", "is missing: a prefix, an address or a node");
  ModelRoute route;
  if (const auto at = names_.find(word); at != names_.end() && !model_.nodes[at->second].links.empty()) {
    const auto& link = model_.links[model_.nodes[at->second].links.front()];
    route.to = {link.a == at->second ? link.address_a : link.address_b, ~std::uint32_t{0}};
  } else {
    route.to = parse_range(word, file_, section.line_of("to"));
  }
  ReplyClass only{};
  if (section.choice("only", only, classes)) route.only = only;
  std::vector<Ipv4Range> from;
  if (section.prefixes("from", from) && from.size() == 1) route.from = from.front();
  section.flag("pin_first_flow", route.pin_first_flow);
  std::vector<std::string> path, via;
  if (section.words("path", path)) {
    if (path.size() < 2) section.fail("path", "needs at least two nodes");
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      route.at = node_named(path[i], section.line_of("path"));
      route.via = {node_named(path[i + 1], section.line_of("path"))};
      out.push_back(route);
    }
  } else {
    if (!section.text("at", word)) section.fail("at", "is missing (or give a path)");
    route.at = node_named(word, section.line_of("at"));
    if (!section.words("via", via) || via.empty()) section.fail("via", "is missing");
    for (const auto& v : via) route.via.push_back(node_named(v, section.line_of("via")));
    out.push_back(route);
  }
  section.finish();
}

std::vector<ModelRoute> ModelReader::read_routes(Section& parent) {
  std::vector<ModelRoute> out;
  for (auto& section : parent.list_of_sections("route")) {
    const std::size_t line = section.line_of("");
    const std::size_t first = out.size();
    read_route(section, out);
    for (std::size_t i = first; i < out.size(); ++i) {
      for (const auto v : out[i].via) {
        const bool adjacent = std::any_of(model_.links.begin(), model_.links.end(), [&](const ModelLink& l) {
          return (l.a == out[i].at && l.b == v) || (l.b == out[i].at && l.a == v);
        });
        if (!adjacent)
          throw ScenarioError{file_, line,
                              "route: " + model_.nodes[out[i].at].name + " has no link to " + model_.nodes[v].name};
      }
    }
  }
  return out;
}

void ModelReader::read_changes() {
  for (auto& section : root_.list_of_sections("change")) {
    ModelChange change;
    Duration at;
    if (section.microseconds("at_us", at)) change.at = Instant{} + at;
    section.integer("after_packets", change.after_packets, 1, 1'000'000'000);
    std::string word;
    if (section.text("to", word)) change.to = parse_range(word, file_, section.line_of("to"));
    if (!change.at && change.after_packets == 0) section.fail("after_packets", "is missing (or give at_us)");
    std::vector<std::string> links;
    if (section.words("links_down", links))
      for (const auto& l : links) change.links_down.push_back(link_named(l, section.line_of("links_down")));
    if (section.words("links_up", links))
      for (const auto& l : links) change.links_up.push_back(link_named(l, section.line_of("links_up")));
    change.routes = read_routes(section);
    section.finish();
    model_.changes.push_back(std::move(change));
  }
  constexpr std::size_t changes_max = 16;
  if (model_.changes.size() > changes_max) root_.fail("change", "at most 16");
}

void ModelReader::read_destinations() {
  std::vector<std::string> words;
  if (!root_.words("destinations", words) || words.empty())
    root_.fail("destinations", "is missing: node names, addresses, or \"ADDRESS+COUNT\"");
  const std::size_t line = root_.line_of("destinations");
  for (const auto& word : words) {
    if (const auto at = names_.find(word); at != names_.end()) {
      const auto& node = model_.nodes[at->second];
      const auto& link = model_.links[node.links.front()];
      model_.info.destinations.emplace_back(wire::Ipv4Address{link.a == at->second ? link.address_a : link.address_b});
      continue;
    }
    const auto plus = word.find('+');
    const auto first = parse_range(word.substr(0, plus), file_, line);
    std::uint64_t count = 1;
    if (plus != std::string::npos) {
      count = 0;
      for (const char c : word.substr(plus + 1)) {
        if (c < '0' || c > '9' || count > destinations_max)
          throw ScenarioError{file_, line, "\"" + word + "\": bad count"};
        count = count * 10 + static_cast<std::uint64_t>(c - '0');
      }
    }
    if (count == 0 || count + model_.info.destinations.size() > destinations_max)
      throw ScenarioError{file_, line, "\"" + word + "\": between 1 and 1000000 destinations"};
    for (std::uint64_t i = 0; i < count; ++i)
      model_.info.destinations.emplace_back(wire::Ipv4Address{static_cast<std::uint32_t>(first.base + i)});
  }
}

Model ModelReader::read() {
  read_topology();
  read_domains();
  read_nodes();
  read_links();
  assign_domains_to_links();
  read_lsps();
  model_.routes = read_routes(root_);
  read_changes();
  read_destinations();
  return std::move(model_);
}

void read_info(Section& root, ScenarioInfo& info) {
  root.text("id", info.id);
  if (!root.text("title", info.title)) root.fail("title", "is missing");
  root.text("story", info.story);
  root.words("aliases", info.aliases);
  root.words("expect", info.expect);
  info.methods = {"icmp"};
  root.words("methods", info.methods);
  for (const auto& method : info.methods)
    if (method != "icmp" && method != "udp") root.fail("methods", "\"" + method + R"(" is neither "icmp" nor "udp")");
}

}  // namespace

Model read_model(std::string_view text, std::string_view name) {
  const auto table = parse_config(text, name);
  Section root{name, "", table, 1};
  ScenarioInfo info;
  info.name = name;
  read_info(root, info);
  InternetScenario internet;
  if (read_internet(root, internet)) {
    root.finish();
    Model model;
    info.destinations = procedural_destinations(internet.options.seed, internet.sample);
    model.internet = internet;
    model.info = std::move(info);
    return model;
  }
  RandomScenario random;
  if (read_random(root, random)) {
    root.finish();
    const std::string made = random_scenario(random);
    Model model = read_model(made, std::string{name} + " (generated)");
    info.destinations = std::move(model.info.destinations);
    model.info = std::move(info);
    return model;
  }
  Model model = ModelReader{root, name}.read();
  root.finish();
  info.destinations = std::move(model.info.destinations);
  model.info = std::move(info);
  return model;
}

ScenarioInfo read_scenario_info(std::string_view toml_text, std::string_view name) {
  return read_model(toml_text, name).info;
}

}  // namespace utnt::emu
