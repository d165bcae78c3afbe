// SPDX-License-Identifier: BSD-2-Clause
// What `utnt trace` can be told, as one plain struct, and the checks that one option alone cannot make.
// add_trace_options() is the only list of these options: parser, --help, man page and completions come from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/utnt/block_list.hpp"
#include "apps/utnt/targets.hpp"
#include "core/config.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

struct TraceOptions {
  // destinations
  std::vector<std::string> destinations;
  std::vector<std::string> files;
  std::string order{"random"};
  std::optional<std::uint64_t> seed;
  // safety
  bool allow_reserved{false};
  std::vector<std::string> block_lists;
  std::string attribution;
  // probes
  std::string method{"icmp-paris"};
  std::uint32_t flow{0};
  unsigned first_ttl{1};
  unsigned max_ttl{255};
  unsigned gap{5};
  unsigned attempts{3};
  unsigned timeout_ms{1000};
  std::optional<unsigned> probe_window;
  bool doubletree{false};
  std::string source;
  std::string interface;
  // pace
  std::uint32_t pps{100};
  std::uint32_t burst{8};
  std::uint32_t window{1000};
  std::uint32_t prefix_pps{50};
  std::uint32_t near_pps{200};
  // tunnels
  std::string rules{"utnt"};
  unsigned frpla{3};
  unsigned rtla{1};
  unsigned pings{1};
  bool brute_force{false};
  std::optional<std::uint32_t> address_cache;
  std::optional<std::uint32_t> tunnel_cache;
  // output
  std::string output{"-"};
  std::string format;  ///< empty = by the name of the output
  bool append{false};
  bool force{false};
  std::string checkpoint;
  bool json{false};
  bool quiet{false};
  std::string list_name;
  std::uint32_t cycle{0};
  // emulation
  std::string emulate;
  double emulate_loss_percent{0};
};

enum class OutputFormat : std::uint8_t { jsonl = 1, text = 2, warts = 3 };

/// Everything but how packets leave: what `utnt trace` and `utnt run` have in common.
void add_campaign_options(CLI::App& command, TraceOptions& options);
void add_trace_options(CLI::App& command, TraceOptions& options);

/// Throws Failure (bad_input) that names two options which contradict each other, or one that the rules forbid.
void check_trace_options(const TraceOptions& options, bool wants_destinations = true);

OutputFormat output_format(const TraceOptions& options);
TargetOrder target_order(const TraceOptions& options);

/// All that the options say about the engine; source address, seed and block list are for the caller to add.
/// `destinations` sizes the tables. Views in the result point into `options`.
core::EngineConfig engine_config(const TraceOptions& options, std::uint64_t destinations);

/// Equal for command lines that would write the same results for the same destinations: what a checkpoint is bound to.
std::uint64_t config_hash(const TraceOptions& options, std::uint64_t targets_digest);

}  // namespace utnt::apps
