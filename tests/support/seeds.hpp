// SPDX-License-Identifier: BSD-2-Clause
// Which seeds a test runs with: fixed ones by default, so that the merge gate gives the same answer twice.
// UTNT_SEED=0x... runs that one only (to replay a failure); UTNT_FRESH_SEEDS=n adds n that nobody has tried.
// Seeds that failed once stand in tests/support/failed_seeds.txt and are always run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace utnt::test {

/// "An invisible tunnel is revealed" becomes "an_invisible_tunnel_is_revealed": what CTest and its -R option see.
std::string slug(std::string_view sentence);

/// The seeds of the test `name` (a slug), `fixed` of them derived from the name.
std::vector<std::uint64_t> seeds_for(std::string_view name, std::size_t fixed);

/// The two lines that a failure ends with: what failed with which seed at which commit, and the command that replays
/// it.
std::string replay_text(std::string_view sentence, std::string_view name, std::uint64_t seed);

}  // namespace utnt::test
