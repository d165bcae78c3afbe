// SPDX-License-Identifier: BSD-2-Clause
// The record loop of warts files.
#include "results/warts_reader.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "base/bytes.hpp"
#include "results/warts_bytes.hpp"
#include "results/warts_cursor.hpp"
#include "results/warts_parse.hpp"

namespace utnt::results {
namespace {

constexpr std::size_t header_bytes = 8;

enum class Next : std::uint8_t { record, end, cut, not_warts, too_long };

struct Record {
  std::uint16_t type{0};
  std::vector<std::byte> body;
};

/// Reads up to `count` bytes, in pieces, so that a length alone never claims memory.
std::vector<std::byte> read_bytes(std::istream& in, std::size_t count) {
  constexpr std::size_t piece_max = 1U << 20;
  std::vector<std::byte> out;
  while (out.size() < count) {
    const auto had = out.size();
    out.resize(had + std::min(piece_max, count - had));
    in.read(reinterpret_cast<char*>(out.data() + had), static_cast<std::streamsize>(out.size() - had));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (had + got < out.size()) {
      out.resize(had + got);
      break;
    }
  }
  return out;
}

Next next_record(std::istream& in, Record& record) {
  const auto header = read_bytes(in, header_bytes);
  if (header.empty()) return Next::end;
  if (header.size() >= 2 && load_be16(header, 0) != warts_magic) return Next::not_warts;
  if (header.size() < header_bytes) return Next::cut;
  record.type = load_be16(header, 2);
  const auto length = load_be32(header, 4);
  if (length > warts_record_bytes_max) return Next::too_long;
  record.body = read_bytes(in, length);
  return record.body.size() < length ? Next::cut : Next::record;
}

class RecordHandler {
 public:
  explicit RecordHandler(ResultSink& sink) : sink_{sink} {}

  enum class Outcome : std::uint8_t { result, nothing, unknown };
  /// Throws WartsProblem.
  Outcome take(const Record& record) {
    switch (static_cast<WartsType>(record.type)) {
      case WartsType::list: {
        const auto list = parse_warts_list(record.body);
        lists_[list.id] = list;
        return Outcome::nothing;
      }
      case WartsType::cycle_start:
      case WartsType::cycle_definition: {
        const auto run = to_run(parse_warts_cycle(record.body));
        sink_.run(run);
        return Outcome::result;
      }
      case WartsType::cycle_stop:
        return Outcome::nothing;
      case WartsType::trace: {
        auto trace = parse_warts_trace(record.body);
        trace.id = ++traces_;
        sink_.trace(trace);
        return Outcome::result;
      }
      case WartsType::ping: {
        const auto ping = parse_warts_ping(record.body);
        sink_.ping(ping);
        return Outcome::result;
      }
    }
    return Outcome::unknown;
  }

 private:
  [[nodiscard]] RunInfo to_run(const WartsCycle& cycle) const {
    RunInfo run;
    if (const auto it = lists_.find(cycle.list); it != lists_.end()) {
      run.list_name = it->second.name;
      run.host = it->second.monitor;
    }
    if (!cycle.host.empty()) run.host = cycle.host;
    run.cycle = cycle.number;
    run.start = Nanoseconds{cycle.start_s} * 1'000'000'000;
    return run;
  }

  ResultSink& sink_;
  std::map<std::uint32_t, WartsList> lists_;
  std::uint32_t traces_{0};
};

}  // namespace

ReadReport read_warts(std::istream& in, const std::string& name, ResultSink& sink, const OnProblem& on_problem) {
  ReadReport report;
  RecordHandler handler{sink};
  std::uint64_t offset = 0;
  const auto tell = [&](const std::string& what) {
    if (report.broken <= problems_told_max && on_problem) {
      on_problem(name + ", offset " + std::to_string(offset) + ": " + what);
    }
  };
  for (Record record;; offset += header_bytes + record.body.size()) {
    switch (next_record(in, record)) {
      case Next::end:
        return report;
      case Next::cut:
        report.is_truncated = true;
        tell("the file ends in the middle of a record; all before it was read");
        return report;
      case Next::not_warts:
        ++report.broken;
        tell("no warts record begins here; the rest of the file is not read");
        return report;
      case Next::too_long:
        ++report.broken;
        tell("a record longer than " + std::to_string(warts_record_bytes_max) +
             " bytes; the rest of the file is not read");
        return report;
      case Next::record:
        break;
    }
    try {
      const auto outcome = handler.take(record);
      if (outcome == RecordHandler::Outcome::result) ++report.results;
      if (outcome == RecordHandler::Outcome::unknown) ++report.unknown;
    } catch (const WartsProblem& problem) {
      ++report.broken;
      tell(std::string{problem.what()} + "; the record is skipped");
    }
  }
}

WartsIds count_warts_ids(std::istream& in) {
  WartsIds ids;
  for (Record record; next_record(in, record) == Next::record;) {
    const auto type = static_cast<WartsType>(record.type);
    if (type == WartsType::list) ++ids.lists;
    if (type == WartsType::cycle_start || type == WartsType::cycle_definition) ++ids.cycles;
  }
  return ids;
}

}  // namespace utnt::results
