// SPDX-License-Identifier: BSD-2-Clause
// The image's program in virtual time: what it writes is, byte for byte, what `utnt trace` writes of the same network,
// and bad input, no memory, no network and a channel that goes away end it with a clear line.
#include "apps/utnt_image/image_run.hpp"

#include <gtest/gtest.h>

#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/image_input.hpp"
#include "apps/utnt/session.hpp"
#include "apps/utnt/trace_run.hpp"
#include "apps/utnt/version.hpp"
#include "apps/utnt_image/platform_double_test.hpp"
#include "cli/traced_file.hpp"
#include "results/address_text.hpp"
#include "results/assembler.hpp"
#include "results/frame_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::image {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t memory = std::size_t{16} << 20;
constexpr auto gateway_mac_text = "02:75:74:6e:74:01";

apps::TraceOptions options_for(const std::string& scenario, const std::string& rules) {
  apps::TraceOptions options;
  options.emulate = scenario;
  options.rules = rules;
  options.seed = seed;
  options.quiet = true;
  return options;
}

struct Started {
  std::string command_line;
  std::string module;
};

/// As the launcher does it.
Started launched(const apps::TraceOptions& options, const emu::ScenarioNetwork& network,
                 const std::string& gateway_mac = gateway_mac_text, const apps::BlockList& block_list = {}) {
  apps::TargetList targets{{}};
  for (const auto& address : network.info().destinations) targets.add(results::address_text(address), "test");
  auto config = apps::engine_config(options, targets.size());
  config.seed = apps::engine_seed(*options.seed);
  apps::TargetSource source{targets, apps::target_order(options), *options.seed, {}};
  const auto module = apps::image_module(source, block_list);
  apps::ImageFacts facts{
      .host = options.emulate,
      .list_name = options.list_name,
      .cycle = options.cycle,
      .address = results::address_text(network.vantage_point()) + "/32",  // nobody is asked for: same order
      .gateway = "169.254.0.1",
      .gateway_mac = gateway_mac,
      .targets = module.targets,
      .window = options.window};
  return {apps::image_command_line(config, facts), module.text};
}

/// What the stream says, as the file of results that it becomes.
struct Read {
  explicit Read(const PlatformDouble& platform) : frames{assembler} {
    frames.add(platform.records);
    frames.finish();
    assembler.finish();
  }
  std::string jsonl;
  results::JsonlWriter writer{[this](std::string_view bytes) { jsonl += bytes; }};
  results::Assembler assembler{writer};
  results::FrameReader frames;
};

/// Version and commit are those of the program that ran the engine.
std::string with_version(std::string text) {
  const std::string theirs = "\"version\":\"0.0.0\",\"commit\":\"test\"";
  const auto at = text.find(theirs);
  if (at == std::string::npos) return text;
  return text.replace(at, theirs.size(),
                      "\"version\":\"" + std::string{apps::version_number()} + "\",\"commit\":\"" +
                          std::string{apps::version_commit()} + "\"");
}

class SameAsTrace : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SameAsTrace, writes_the_same_bytes) {
  const auto& [scenario, rules] = GetParam();
  auto options = options_for(scenario, rules);
  options.list_name = "a list, 100 %";
  options.cycle = 7;
  const auto expected = apps::traced_file(options);
  ASSERT_NE(expected.find("{\"type\":\"trace\""), std::string::npos);
  const auto network = apps::open_emulated_network(scenario, seed);
  PlatformDouble platform{*network};
  const auto started = launched(options, *network);
  EXPECT_EQ(platform.run(started.command_line, started.module, memory), 0) << platform.log;
  const Read read{platform};
  EXPECT_TRUE(read.frames.is_complete()) << read.frames.complaint();
  ASSERT_TRUE(read.frames.trailer().has_value());
  EXPECT_EQ(read.frames.trailer()->exit_code, 0);
  EXPECT_EQ(with_version(read.jsonl), expected);
  EXPECT_EQ(platform.log, "");
}

std::vector<std::string> all_scenarios() {
  std::vector<std::string> names;
  for (const auto& scenario : emu::builtin_scenarios()) names.emplace_back(scenario.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Image, SameAsTrace,
                         ::testing::Combine(::testing::ValuesIn(all_scenarios()), ::testing::Values("utnt", "tnt")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_rules_" + std::get<1>(test.param);
                         });

class ImageProgram : public ::testing::Test {
 protected:
  int run(const std::string& more = "", std::size_t memory_bytes = memory) {
    return platform.run(started.command_line + more, started.module, memory_bytes);
  }
  apps::TraceOptions options = options_for("php", "utnt");
  std::unique_ptr<emu::ScenarioNetwork> network = apps::open_emulated_network("php", seed);
  PlatformDouble platform{*network};
  Started started = launched(options, *network);
};

TEST_F(ImageProgram, asks_for_the_gateway_when_its_address_alone_is_known) {
  started = launched(options, *network, "");
  platform.keeps_sent = true;
  EXPECT_EQ(run(), 0);
  ASSERT_FALSE(platform.sent.empty());
  const auto first = wire::EthernetView::parse(platform.sent.front());
  EXPECT_EQ(first->ethertype(), wire::ethertype::arp);
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().tunnels, 1U);
}

TEST_F(ImageProgram, gives_up_when_the_gateway_is_silent) {
  started = launched(options, *network, "");
  platform.answers_arp = false;
  platform.keeps_sent = true;
  EXPECT_EQ(run(), 4);
  EXPECT_EQ(platform.sent.size(), 3U);
  EXPECT_NE(platform.log.find("gateway does not answer"), std::string::npos);
  const Read read{platform};
  EXPECT_TRUE(read.frames.is_complete());
  EXPECT_EQ(read.frames.trailer()->exit_code, 4);
}

TEST_F(ImageProgram, ends_with_a_silent_host_on_its_link_and_says_so) {
  const auto line = started.command_line.substr(0, started.command_line.find(" targets=")) +
                    " net0.ip4=20.0.1.1/24 net0.gwmac=02:75:74:6e:74:01 dst=20.0.1.77";
  platform.answers_arp = false;
  platform.keeps_sent = true;
  EXPECT_EQ(platform.run(line, "", memory), 0);
  EXPECT_NE(platform.log.find(" packets had no next hop"), std::string::npos) << platform.log;
  for (const auto& frame : platform.sent) {
    EXPECT_EQ(wire::EthernetView::parse(frame)->ethertype(), wire::ethertype::arp) << "nothing can be sent to it";
  }
  EXPECT_LT(platform.now, Instant{} + 120_s);
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().traces, 1U);
}

TEST_F(ImageProgram, does_its_work_through_a_flood_of_frames_that_are_not_its) {
  std::vector<std::byte> frame(60);
  wire::write_ethernet_header(frame, {wire::mac_broadcast, {{2, 0, 0, 0, 0, 0x66}}, wire::ethertype::arp});
  for (int i = 0; i < 20'000; ++i) platform.injected.push_back(frame);
  EXPECT_EQ(run(), 0);
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().tunnels, 1U);
}

TEST_F(ImageProgram, sends_a_probe_first_when_the_gateway_is_known) {
  platform.keeps_sent = true;
  platform.now = Instant{} + 5_s;
  EXPECT_EQ(run(), 0);
  const auto first = wire::EthernetView::parse(platform.sent.front());
  EXPECT_EQ(first->ethertype(), wire::ethertype::ipv4);
  const Read read{platform};
  const auto& trailer = *read.frames.trailer();
  EXPECT_EQ(trailer.started_ns, 5'000'000'000U);
  EXPECT_EQ(trailer.first_frame_ns, 5'000'000'000U);
  EXPECT_GT(trailer.first_reply_ns, trailer.first_frame_ns);
  EXPECT_GE(trailer.finished_ns, trailer.first_reply_ns);
}

TEST_F(ImageProgram, idles_with_its_network_up_when_it_is_held) {
  platform.keeps_sent = true;
  EXPECT_EQ(platform.run("net0.ip4=20.0.1.1/30 net0.gw4=20.0.1.2 hold-ms=2500", "", memory), 0) << platform.log;
  ASSERT_FALSE(platform.sent.empty());
  for (const auto& frame : platform.sent) {
    EXPECT_EQ(wire::EthernetView::parse(frame)->ethertype(), wire::ethertype::arp) << "a probe";
  }
  const Read read{platform};
  EXPECT_TRUE(read.frames.is_complete()) << read.frames.complaint();
  EXPECT_NE(read.jsonl.find("{\"type\":\"run\""), std::string::npos);
  const auto& trailer = *read.frames.trailer();
  EXPECT_GE(trailer.finished_ns, trailer.started_ns + 2'500'000'000);
  EXPECT_LT(trailer.finished_ns, trailer.started_ns + 2'600'000'000);
}

TEST_F(ImageProgram, waits_for_a_full_transmit_ring_and_drops_nothing) {
  unsigned asked = 0;
  platform.room = [&asked](unsigned) { return ++asked % 3 == 0 ? 1U : 0U; };
  EXPECT_EQ(run(), 0);
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().traces, 1U);
  EXPECT_EQ(read.assembler.summary().tunnels, 1U);
  EXPECT_GT(read.frames.trailer()->transmit_waits, 0U);
}

TEST_F(ImageProgram, tells_the_time_when_the_platform_knows_it) {
  platform.wall = 1'700'000'000'000'000'000U;
  EXPECT_EQ(run(), 0);
  const Read read{platform};
  EXPECT_NE(read.jsonl.find("1700000000"), std::string::npos);
}

TEST_F(ImageProgram, answers_who_pings_it) {
  platform.keeps_sent = true;
  std::vector<std::byte> frame(wire::ethernet_header_bytes + wire::ipv4_header_bytes + 8);
  const wire::MacAddress asker{{2, 0, 0, 0, 0, 0x77}};
  wire::write_ethernet_header(frame, {lab::vantage_point_mac, asker, wire::ethertype::ipv4});
  const auto packet = MutableBytes{frame}.subspan(wire::ethernet_header_bytes);
  wire::write_echo(packet.subspan(wire::ipv4_header_bytes), {.type = wire::icmp4::echo_request, .identifier = 9});
  wire::write_ipv4_header(packet, {.total_length = 28,
                                   .ttl = Ttl{64},
                                   .protocol = wire::protocol::icmp,
                                   .source = wire::Ipv4Address{20, 0, 1, 2},
                                   .destination = network->vantage_point().v4()});
  platform.injected.push_back(frame);
  EXPECT_EQ(run(), 0);
  const auto is_answer = [&](const std::vector<std::byte>& sent) {
    return wire::EthernetView::parse(sent)->destination() == asker;
  };
  EXPECT_EQ(std::count_if(platform.sent.begin(), platform.sent.end(), is_answer), 1);
}

TEST_F(ImageProgram, never_probes_what_is_blocked) {
  apps::BlockList block_list;
  std::istringstream text{"20.0.6.2/32\n30.0.0.0/8\n"};
  block_list.read(text, "test");
  started = launched(options, *network, gateway_mac_text, block_list);
  platform.keeps_sent = true;
  EXPECT_EQ(run(), 0);
  for (const auto& frame : platform.sent) {
    if (wire::EthernetView::parse(frame)->ethertype() != wire::ethertype::ipv4) continue;
    const auto ip = wire::Ipv4View::parse(ConstBytes{frame}.subspan(wire::ethernet_header_bytes));
    EXPECT_NE(ip->destination(), (wire::Ipv4Address{20, 0, 6, 2}));
  }
}

TEST_F(ImageProgram, numbers_destinations_of_the_command_line_by_their_place) {
  const auto line = started.command_line.substr(0, started.command_line.find(" targets=")) +
                    " net0.ip4=20.0.1.1/30 net0.gwmac=02:75:74:6e:74:01 dst=20.0.8.2 dst=20.0.4.1";
  EXPECT_EQ(platform.run(line, "", memory), 0) << platform.log;
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().traces, 2U);
  EXPECT_NE(read.jsonl.find("\"user_id\":2"), std::string::npos);
}

struct BadInput {
  std::string words;
  std::string complaint;
};

TEST_F(ImageProgram, refuses_words_that_cannot_be_right) {
  for (const auto& [words, complaint] :
       std::vector<BadInput>{{" colour=blue", "unknown key \"colour\""},
                             {" pps=fast", "bad value \"pps\""},
                             {" pps=10000001", "bad value \"pps\""},
                             {" attempts=0", "bad value \"attempts\""},
                             {" seed=12", "bad value \"seed\""},
                             {" rules=all", "bad value \"rules\""},
                             {" dst=fe80::1", "bad value \"dst\""},
                             {" net0.ip4=20.0.1.1", "bad value \"net0.ip4\""},
                             {" net0.ip4=20.0.1.1/33", "bad value \"net0.ip4\""},
                             {" net0.gwmac=02:75:74:6e:74", "bad value \"net0.gwmac\""},
                             {" net0.gwmac=ff:ff:ff:ff:ff:ff", "bad value \"net0.gwmac\""},
                             {" host=%4", "bad value \"host\""},
                             {" first-ttl=9 max-ttl=8", "the value of max_ttl is out of range"},
                             {" targets=2", "1 destinations instead of 2"}}) {
    platform.log.clear();
    platform.records.clear();
    EXPECT_EQ(run(words), 2) << words;
    EXPECT_NE(platform.log.find(complaint), std::string::npos) << platform.log;
    const Read read{platform};
    ASSERT_TRUE(read.frames.trailer().has_value()) << words;
    EXPECT_EQ(read.frames.trailer()->exit_code, 2);
  }
}

TEST_F(ImageProgram, lets_the_words_of_others_pass) {
  EXPECT_EQ(run(" uk.vmm=qemu uk.exitport=0xf4 net1.ip4=10.0.0.1/8 virtio_mmio.device=512@0xfeb00e00:12 pci=off"), 0)
      << platform.log;
}

TEST_F(ImageProgram, names_the_line_of_a_module_that_is_wrong) {
  for (const auto* line : {"20.0.8", "20.0.8.2 0", "20.0.8.2 x", "!20.0.0.9", "!20.0.0.9-20.0.0.8", "fe80::1"}) {
    platform.log.clear();
    started.module = std::string{"# a list\n"} + line + "\n";
    EXPECT_EQ(run(), 2) << line;
    EXPECT_NE(platform.log.find("line 2 of the module"), std::string::npos) << platform.log;
  }
}

TEST_F(ImageProgram, says_when_there_is_no_destination_no_interface_or_no_memory) {
  EXPECT_EQ(platform.run("net0.ip4=20.0.1.1/30 net0.gw4=20.0.1.2", "", memory), 2);
  EXPECT_NE(platform.log.find("no destination"), std::string::npos);
  EXPECT_EQ(platform.run("dst=20.0.8.2", "", memory), 2);
  EXPECT_NE(platform.log.find("missing key \"net0.ip4\""), std::string::npos);
  EXPECT_EQ(run("", 4096), 4);
  EXPECT_NE(platform.log.find("no memory"), std::string::npos);
  EXPECT_EQ(run(" addresses=50000000"), 4);
  EXPECT_NE(platform.log.find("tables do not fit into 16384 KiB"), std::string::npos);
  platform.nics = 0;
  EXPECT_EQ(run(), 4);
  EXPECT_NE(platform.log.find("no network interface"), std::string::npos);
}

TEST_F(ImageProgram, finds_the_tunnel_in_a_megabyte) {
  EXPECT_EQ(run("", std::size_t{1} << 20), 0) << platform.log;
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().tunnels, 1U);
}

TEST_F(ImageProgram, fits_its_tables_to_little_memory_whatever_the_number_of_destinations) {
  started.module.clear();
  for (int i = 0; i < 10'000; ++i) {
    started.module += "20.9." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + "\n";
  }
  started.module += "20.0.8.2\n";
  const auto line = started.command_line.substr(0, started.command_line.find(" targets=")) +
                    " pps=0 prefix-pps=0 near-pps=0 net0.ip4=20.0.1.1/30 net0.gwmac=02:75:74:6e:74:01";
  EXPECT_EQ(platform.run(line, started.module, std::size_t{3} << 20), 0) << platform.log;
  const Read read{platform};
  EXPECT_EQ(read.assembler.summary().traces, 10'001U);
  EXPECT_EQ(read.assembler.summary().traces_incomplete, 0U);
}

TEST_F(ImageProgram, stops_when_nobody_takes_its_records) {
  platform.record_bytes_max = 2000;
  EXPECT_EQ(run(), 4);
  EXPECT_NE(platform.log.find("nobody takes the results"), std::string::npos);
  const Read read{platform};
  EXPECT_FALSE(read.frames.is_complete());
}

}  // namespace
}  // namespace utnt::image
