// SPDX-License-Identifier: BSD-2-Clause
// The audit chain: what was altered, removed, inserted or swapped is found, and the file survives what disks do.
#include "fleet/trust/audit.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "fleet/trust/trust_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

std::vector<std::string> some_lines(std::size_t count) {
  AuditChain chain;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count; ++i)
    lines.push_back(audit_line(chain.append(1000 + static_cast<std::int64_t>(i), "anna", "stop", "all nodes")));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string log;
  for (const std::string& line : lines) log += line + "\n";
  return log;
}

TEST(Audit, the_first_line_has_the_documented_form) {
  AuditChain chain;
  const auto record = chain.append(5, "anna", "enrol", "tab\there, back\\slash,\nline");
  EXPECT_EQ(audit_line(record), "1\t5\tanna\tenrol\ttab\\x09here, back\\\\slash,\\x0aline\t" + std::string(64, '0'));
  EXPECT_EQ(parse_audit_line(audit_line(record)), record);
  EXPECT_EQ(chain.head(), sha256_hex(std::string_view{audit_line(record)}));
}

TEST(Audit, an_untouched_log_is_sound_and_its_head_is_told) {
  const auto lines = some_lines(5);
  const auto verdict = verify_audit(joined(lines));
  EXPECT_EQ(verdict.problem, "");
  EXPECT_EQ(verdict.records, 5U);
  EXPECT_EQ(verdict.head, sha256_hex(std::string_view{lines.back()}));
  EXPECT_EQ(verify_audit("").records, 0U);
}

TEST(Audit, every_alteration_of_one_character_is_found) {
  const std::string log = joined(some_lines(3));
  const std::string head = verify_audit(log).head;
  for (std::size_t at = 0; at < log.size(); ++at) {
    std::string altered = log;
    altered[at] = altered[at] == '7' ? '8' : '7';
    const auto verdict = verify_audit(altered);
    EXPECT_TRUE(!verdict.problem.empty() || verdict.head != head) << at;
  }
}

TEST(Audit, removed_inserted_and_swapped_records_are_found_with_their_line) {
  const auto lines = some_lines(5);
  auto removed = lines;
  removed.erase(removed.begin() + 2);
  EXPECT_TRUE(contains(verify_audit(joined(removed)).problem, "line 3: carries the number 4"));
  auto inserted = lines;
  inserted.insert(inserted.begin() + 2, lines[1]);
  EXPECT_TRUE(contains(verify_audit(joined(inserted)).problem, "line 3"));
  auto altered = lines;
  altered[1].replace(altered[1].find("anna"), 4, "otto");
  const auto verdict = verify_audit(joined(altered));
  EXPECT_TRUE(contains(verdict.problem, "line 3: does not follow from line 2")) << verdict.problem;
  EXPECT_EQ(verdict.records, 2U);
  EXPECT_TRUE(contains(verify_audit("rubbish\n").problem, "line 1"));
  EXPECT_TRUE(contains(verify_audit(joined(lines) + "6\t").problem, "line 6"));
}

TEST(Audit, a_second_spelling_of_a_record_is_no_record) {
  const std::string line = some_lines(1).front();
  EXPECT_TRUE(parse_audit_line(line));
  EXPECT_FALSE(parse_audit_line("0" + line));
  EXPECT_FALSE(parse_audit_line("+" + line));
  std::string escaped = line;
  escaped.replace(escaped.find("anna"), 4, "\\x61nna");
  EXPECT_FALSE(parse_audit_line(escaped));
  EXPECT_FALSE(parse_audit_line(line + "\t"));
}

TEST(AuditFile, it_goes_on_where_it_ended) {
  const TemporaryDirectory directory;
  std::string head;
  {
    AuditFile file{directory / "audit"};
    file.append(1, "anna", "enrol", "lyon-1");
    file.append(2, "anna", "stop", "");
    head = file.chain().head();
  }
  AuditFile file{directory / "audit"};
  EXPECT_EQ(file.chain().head(), head);
  EXPECT_EQ(file.append(3, "anna", "revoke", "lyon-1").number, 3U);
  const auto verdict = verify_audit(test::file_text(directory / "audit"));
  EXPECT_EQ(verdict.problem, "");
  EXPECT_EQ(verdict.records, 3U);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "audit").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(AuditFile, an_unfinished_record_is_taken_off) {
  const TemporaryDirectory directory;
  { AuditFile{directory / "audit"}.append(1, "anna", "enrol", ""); }
  const std::string whole = test::file_text(directory / "audit");
  for (const std::size_t cut : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    test::write_file(directory / "audit", whole + whole.substr(0, cut));
    AuditFile file{directory / "audit"};
    EXPECT_EQ(test::file_text(directory / "audit"), whole);
    EXPECT_EQ(file.chain().count(), 1U);
  }
}

TEST(AuditFile, an_altered_log_is_not_continued) {
  const TemporaryDirectory directory;
  { AuditFile{directory / "audit"}.append(1, "anna", "enrol", ""); }
  auto text = test::file_text(directory / "audit");
  text[0] = '2';
  test::write_file(directory / "audit", text);
  EXPECT_TRUE(contains(error_of([&] { const AuditFile file{directory / "audit"}; }), "line 1"));
  EXPECT_EQ(test::file_text(directory / "audit"), text);
}

TEST(AuditFile, one_program_writes_it_at_a_time) {
  const TemporaryDirectory directory;
  const AuditFile file{directory / "audit"};
  EXPECT_TRUE(contains(error_of([&] { const AuditFile second{directory / "audit"}; }), "another program"));
}

TEST(AuditFile, a_record_that_does_not_fit_on_the_disk_leaves_the_chain_as_it_was) {
  const TemporaryDirectory directory;
  AuditFile file{directory / "audit"};
  file.append(1, "anna", "stop", "");
  const std::string before = test::file_text(directory / "audit");
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{.rlim_cur = before.size() + 20, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto error = error_of([&] { file.append(2, "anna", "enrol", std::string(100, 'x')); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_TRUE(contains(error, "cannot be written")) << error;
  EXPECT_EQ(test::file_text(directory / "audit"), before);
  EXPECT_EQ(file.append(3, "anna", "stop", "").number, 2U);
  EXPECT_EQ(verify_audit(test::file_text(directory / "audit")).problem, "");
}

}  // namespace
}  // namespace utnt::fleet
