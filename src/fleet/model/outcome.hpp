// SPDX-License-Identifier: BSD-2-Clause
// Where a job can be, and how it can end. Every accepted job has exactly one final state, which never changes; a result
// that comes after it is kept beside it and counted, but it is not the job's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace utnt::fleet {

enum class JobState : std::uint8_t {
  queued,     ///< waits for a slot
  offered,    ///< sent to a node that has not yet said whether it takes it
  running,    ///< claimed by a node, whose lease runs
  finished,   ///< the node says that the result lies in its spool; it has not come yet
  done,       ///< final: a complete result is in the store
  failed,     ///< final: the reason tells; a partial result may be in the store
  refused,    ///< final: never ran; the reason names the rule or limit
  expired,    ///< final: its start-by or finish-by passed
  cancelled,  ///< final: somebody asked for it
  unknown,    ///< final: the node is gone and may or may not have run it
};

inline constexpr std::size_t job_states = 10;

constexpr bool is_final(JobState state) { return state >= JobState::done; }
constexpr bool occupies_slot(JobState state) { return state == JobState::offered || state == JobState::running; }

inline constexpr std::array<std::string_view, job_states> job_state_names{
    "queued", "offered", "running", "finished", "done", "failed", "refused", "expired", "cancelled", "unknown"};

constexpr std::string_view name_of(JobState state) { return job_state_names[static_cast<std::size_t>(state)]; }

constexpr std::optional<JobState> job_state_named(std::string_view name) {
  for (std::size_t i = 0; i < job_states; ++i)
    if (job_state_names[i] == name) return static_cast<JobState>(i);
  return std::nullopt;
}

/// Reasons of `refused` and `failed`, words that programs may compare; details for people stand beside them.
namespace reason {
inline constexpr std::string_view busy = "busy";                        ///< no free slot, policy discard
inline constexpr std::string_view queue_full = "queue full";            ///< policy wait, its bound
inline constexpr std::string_view no_node = "no node";                  ///< none matches the tags, or none is enrolled
inline constexpr std::string_view over_budget = "over budget";          ///< of a prefix or a node
inline constexpr std::string_view forbidden = "forbidden target";       ///< block list, private, loopback, on-link
inline constexpr std::string_view no_space = "no space";                ///< the node's spool
inline constexpr std::string_view bad_image = "bad image";              ///< digest or signature
inline constexpr std::string_view not_able = "not able";                ///< the node lacks the tender or variant
inline constexpr std::string_view controller_gone = "controller gone";  ///< dead-man timer
inline constexpr std::string_view crashed = "crashed";                  ///< the image faulted, each attempt
inline constexpr std::string_view time_limit = "time limit";            ///< killed at its limit
inline constexpr std::string_view stopped = "stopped";                  ///< `utnt fleet stop`
inline constexpr std::string_view bad_result = "bad result";            ///< what came was no result
inline constexpr std::string_view too_large = "too large";              ///< the result grew beyond its limit
inline constexpr std::string_view cancelled = "cancelled";              ///< asked for while it ran
}  // namespace reason

}  // namespace utnt::fleet
