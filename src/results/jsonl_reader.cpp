// SPDX-License-Identifier: BSD-2-Clause
// The line loop and the choice by type.
#include "results/jsonl_reader.hpp"

#include <nlohmann/json.hpp>

#include "results/json_fields.hpp"
#include "results/jsonl_parse.hpp"
#include "results/jsonl_writer.hpp"

namespace utnt::results {
namespace {

using Json = nlohmann::json;

struct Line {
  std::string text;
  bool is_too_long{false};
  bool has_end{false};  ///< a newline followed
};

/// False at the end of the input.
bool next_line(std::istream& in, Line& line) {
  line = {};
  auto* buffer = in.rdbuf();
  for (;;) {
    const int c = buffer->sbumpc();
    if (c == std::istream::traits_type::eof()) return !line.text.empty() || line.is_too_long;
    if (c == '\n') {
      line.has_end = true;
      return true;
    }
    if (line.text.size() < jsonl_line_bytes_max) {
      line.text += static_cast<char>(c);
    } else {
      line.is_too_long = true;
    }
  }
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r") == std::string::npos; }

/// Parsing is separate from handing out, so that an exception of the sink is never taken for a broken line.
class LineReader {
 public:
  explicit LineReader(ResultSink& sink) : sink_{sink} {}

  /// False for an unknown type. Throws JsonProblem.
  bool read(const std::string& text) {
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) throw JsonProblem{"no valid JSON"};
    const JsonFields fields{json};
    int schema = jsonl_schema_version;
    fields.number("schema", schema);
    if (schema > jsonl_schema_version)
      throw JsonProblem{"schema " + std::to_string(schema) + " is newer than this program"};
    std::string type;
    fields.text("type", type);
    if (type == "trace") return hand_out(parse_trace(json), &ResultSink::trace);
    if (type == "tunnel") return hand_out(parse_tunnel(json), &ResultSink::tunnel);
    if (type == "ping") return hand_out(parse_ping(json), &ResultSink::ping);
    if (type == "run") return hand_out(parse_run(json), &ResultSink::run);
    if (type == "summary") return hand_out(parse_summary(json), &ResultSink::summary);
    if (type.empty()) throw JsonProblem{"\"type\" is missing"};
    return false;
  }

 private:
  template <class T>
  bool hand_out(const T& value, void (ResultSink::*member)(const T&)) {
    (sink_.*member)(value);
    return true;
  }

  ResultSink& sink_;
};

}  // namespace

ReadReport read_jsonl(std::istream& in, const std::string& name, ResultSink& sink, const OnProblem& on_problem) {
  ReadReport report;
  LineReader reader{sink};
  std::uint64_t number = 0;
  const auto tell = [&](const std::string& what) {
    if (report.broken <= problems_told_max && on_problem) on_problem(name + ':' + std::to_string(number) + ": " + what);
  };
  for (Line line; next_line(in, line);) {
    ++number;
    if (is_blank(line.text)) continue;
    try {
      if (line.is_too_long) throw JsonProblem{"longer than " + std::to_string(jsonl_line_bytes_max) + " bytes"};
      reader.read(line.text) ? ++report.results : ++report.unknown;
    } catch (const JsonProblem& problem) {
      if (!line.has_end) {
        report.is_truncated = true;
        tell("the last line is cut off and was left out");
        break;
      }
      ++report.broken;
      tell(std::string{problem.what()} + "; the line is skipped");
    }
  }
  return report;
}

}  // namespace utnt::results
