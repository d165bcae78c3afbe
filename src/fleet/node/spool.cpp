// SPDX-License-Identifier: BSD-2-Clause
// Layout: jobs/ID holds the attempt and the order, results/DIGEST a bundle, aside/ what could not be read.
#include "fleet/node/spool.hpp"

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <filesystem>

#include "fleet/model/bundle.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/node/durable_file.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

constexpr unsigned private_mode = 0600;
constexpr std::uint64_t order_bytes_max = std::uint64_t{2} << 20, bundle_bytes_max = std::uint64_t{1} << 30;

/// "ATTEMPT\n" and the order.
Spool::TakenJob parse_taken(std::string_view text) {
  Spool::TakenJob job;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), job.attempt);
  if (error != std::errc{} || end == text.data() + text.size() || *end != '\n' || job.attempt == 0)
    throw std::runtime_error{"it does not begin with the number of an attempt"};
  job.order = parse_order(text.substr(static_cast<std::size_t>(end - text.data()) + 1));
  return job;
}

Ending ending_of(const BundleHeader& header) {
  return header.is_complete ? complete() : failed(header.reason, header.detail);
}

}  // namespace

Spool::Spool(std::string directory, std::uint64_t reserve_bytes, NodeFault fault)
    : directory_{std::move(directory)}, reserve_bytes_{reserve_bytes}, fault_{std::move(fault)} {
  make_private_directory(directory_);
  for (const auto* folder : {"/jobs", "/results", "/aside"}) make_private_directory(directory_ + folder);
}

void Spool::remember(const Order& order, std::uint32_t attempt) {
  write_durably(directory_ + "/jobs/" + order.id, fmt::format("{}\n{}", attempt, order_text(order)), private_mode,
                fault_);
}

void Spool::forget(const std::string& job) { remove(directory_ + "/jobs/" + job); }

std::vector<Spool::TakenJob> Spool::taken() {
  std::vector<TakenJob> jobs;
  const auto folder = directory_ + "/jobs/";
  for (const auto& name : names_in(folder)) {
    try {
      auto job = parse_taken(read_whole(folder + name, order_bytes_max));
      if (job.order.id != name) throw std::runtime_error{"its name is not that of its order"};
      jobs.push_back(std::move(job));
    } catch (const std::exception& error) {
      move_aside("jobs", name, error.what());
    }
  }
  return jobs;
}

SpooledResult Spool::put(const std::string& bundle) {
  const auto header = parse_bundle(bundle).header;
  const auto digest = bundle_digest(bundle);
  write_durably(directory_ + "/results/" + digest, bundle, private_mode, fault_);
  return {.digest = digest,
          .job = header.job,
          .attempt = header.attempt,
          .bytes = bundle.size(),
          .how = ending_text(ending_of(header))};
}

std::vector<SpooledResult> Spool::results() {
  std::vector<SpooledResult> results;
  const auto folder = directory_ + "/results/";
  for (const auto& name : names_in(folder)) {
    try {
      const auto bundle = read_whole(folder + name, bundle_bytes_max);
      if (bundle_digest(bundle) != name) throw std::runtime_error{"its digest is another"};
      const auto header = parse_bundle(bundle).header;
      results.push_back({.digest = name,
                         .job = header.job,
                         .attempt = header.attempt,
                         .bytes = bundle.size(),
                         .how = ending_text(ending_of(header))});
    } catch (const std::exception& error) {
      move_aside("results", name, error.what());
    }
  }
  return results;
}

std::string Spool::read(const std::string& digest) const {
  return read_whole(directory_ + "/results/" + digest, bundle_bytes_max);
}

void Spool::drop(const std::string& digest) { remove(directory_ + "/results/" + digest); }

void Spool::remove(const std::string& path) {
  if (fault_) fault_("before remove");
  remove_durably(path);
  if (fault_) fault_("after remove");
}

bool Spool::has_room(std::uint64_t bytes) const {
  const auto free = free_bytes(directory_);
  return free > reserve_bytes_ && free - reserve_bytes_ > bytes;
}

void Spool::move_aside(const std::string& folder, const std::string& name, const std::string& why) {
  complaints_.push_back(fmt::format("{}/{}/{} was moved to aside/: {}", directory_, folder, name, why));
  rename_durably(fmt::format("{}/{}/{}", directory_, folder, name),
                 fmt::format("{}/aside/{}-{}", directory_, folder, name));
}

}  // namespace utnt::fleet
