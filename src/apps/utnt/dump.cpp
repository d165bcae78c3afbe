// SPDX-License-Identifier: BSD-2-Clause
// `utnt dump`: reads results (JSON Lines or warts, told apart by their first byte) and writes them as text, JSON Lines
// or warts to standard output. Problems go to standard error with their place; what could be read is always written.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "apps/utnt/command.hpp"
#include "apps/utnt/option_helpers.hpp"
#include "apps/utnt/output_file.hpp"
#include "results/classic_text.hpp"
#include "results/jsonl_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "results/text_writer.hpp"
#include "results/warts_reader.hpp"
#include "results/warts_writer.hpp"

namespace utnt::apps {
namespace {

struct DumpOptions {
  std::string file;
  std::string format{"text"};
  std::string color{"auto"};
  bool classic{false};
  bool verbose{false};
};

/// Results stream to standard output in pieces of whole lines or records.
class Output {
 public:
  Output() : file_{{.path = "-"}} {}
  void write(std::string_view bytes) {
    file_.write(bytes);
    pending_ += bytes.size();
    if (pending_ >= flush_bytes) flush();
  }
  void flush() {
    file_.flush();
    pending_ = 0;
  }
  [[nodiscard]] bool is_terminal() const { return file_.is_terminal(); }

 private:
  static constexpr std::size_t flush_bytes = 1U << 18;
  OutputFile file_;
  std::size_t pending_{0};
};

void check(const DumpOptions& options, const Output& output) {
  if (options.classic && options.format != "text") {
    throw Failure{ExitCode::bad_input, "--classic is a text form: leave out --format " + options.format};
  }
  if (options.verbose && options.format != "text") {
    throw Failure{ExitCode::bad_input,
                  "--verbose is for text: --format " + options.format + " always holds everything"};
  }
  if (options.format == "warts" && output.is_terminal()) {
    throw Failure{ExitCode::bad_input, "warts is binary: send standard output to a file"};
  }
}

std::unique_ptr<results::ResultSink> make_writer(const DumpOptions& options, Output& output) {
  const auto write = [&output](std::string_view bytes) { output.write(bytes); };
  if (options.format == "jsonl") return std::make_unique<results::JsonlWriter>(write);
  if (options.format == "warts") return std::make_unique<results::WartsWriter>(write);
  if (options.classic) {
    return std::make_unique<results::ClassicWriter>(write, results::ClassicOptions{.verbose = options.verbose});
  }
  const bool color = options.color == "always" || (options.color == "auto" && output.is_terminal());
  return std::make_unique<results::TextWriter>(write, results::TextOptions{.verbose = options.verbose, .color = color});
}

enum class Content { jsonl, warts };

Content content_of(std::istream& in, const std::string& name) {
  constexpr int warts_first = 0x12, gzip_first = 0x1f, bzip2_first = 'B', zstd_first = 0x28;
  const int first = in.peek();
  if (first == std::istream::traits_type::eof()) throw Failure{ExitCode::bad_input, name + " is empty"};
  if (first == warts_first) return Content::warts;
  if (first == gzip_first || first == bzip2_first || first == zstd_first) {
    throw Failure{ExitCode::bad_input,
                  name + " is compressed: unpack it first, for instance `zcat " + name + " | utnt dump -`"};
  }
  if (first != '{' && first != ' ' && first != '\t' && first != '\r' && first != '\n') {
    throw Failure{ExitCode::bad_input, name + " is neither JSON Lines nor warts"};
  }
  return Content::jsonl;
}

void hint_at_sidecar(const DumpOptions& options) {
  const auto sidecar = options.file + ".tunnels.jsonl";
  if (options.format == "text" && options.file != "-" && std::ifstream{sidecar}) {
    std::fprintf(stderr, "utnt dump: warts holds no tunnels, they stand in %s\n", sidecar.c_str());
  }
}

ExitCode dump(std::istream& in, const DumpOptions& options) {
  const std::string name = options.file == "-" ? "standard input" : options.file;
  Output output;
  check(options, output);
  const auto writer = make_writer(options, output);
  const auto tell = [](const std::string& problem) { std::fprintf(stderr, "utnt dump: %s\n", problem.c_str()); };
  const auto content = content_of(in, name);
  const auto report = content == Content::warts ? results::read_warts(in, name, *writer, tell)
                                                : results::read_jsonl(in, name, *writer, tell);
  output.flush();
  if (content == Content::warts) hint_at_sidecar(options);
  if (report.is_clean() && report.unknown == 0) return ExitCode::done;
  std::fprintf(stderr, "utnt dump: %llu results read from %s, %llu broken, %llu of unknown type%s\n",
               static_cast<unsigned long long>(report.results), name.c_str(),
               static_cast<unsigned long long>(report.broken), static_cast<unsigned long long>(report.unknown),
               report.is_truncated ? ", the end is cut off" : "");
  if (report.is_clean()) return ExitCode::done;
  return report.results == 0 ? ExitCode::bad_input : ExitCode::done_with_failures;
}

ExitCode dump_file(const DumpOptions& options) {
  if (options.file == "-") {
    std::ios::sync_with_stdio(false);
    return dump(std::cin, options);
  }
  std::ifstream in{options.file, std::ios::binary};
  if (!in || std::filesystem::is_directory(options.file)) {
    throw Failure{ExitCode::bad_input, "cannot read " + options.file};
  }
  return dump(in, options);
}

}  // namespace

void register_dump(CLI::App& root, Invocation& invocation) {
  auto* command = root.add_subcommand("dump", "Read results and show them");
  auto options = std::make_shared<DumpOptions>();
  command->add_option("FILE", options->file, "JSON Lines or warts; - is standard input")->required()->type_name("");
  one_of(command->add_option("--format", options->format, "How to write them"), {"text", "jsonl", "warts"});
  command->add_flag("--classic", options->classic, "The text of the original TNT, character for character");
  command->add_flag("--verbose", options->verbose, "Also failed attempts, raw reply fields and every path probed");
  one_of(command->add_option("--color", options->color, "Colours in the text"), {"auto", "always", "never"});
  command->footer("Exit codes: 0 done, 1 done but some lines or records were broken, 2 bad input.");
  command->callback([options, &invocation] { invocation.run = [options] { return dump_file(*options); }; });
}

}  // namespace utnt::apps
