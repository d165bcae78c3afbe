// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/bundle.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::json;

BundleHeader sample() {
  BundleHeader header{.job = "0123456789abcdef0123456789abcdef", .attempt = 2, .node = "node-1.example"};
  header.variant = "unikernel";
  header.tender = "process";
  header.image = std::string(64, 'a');
  header.end = "exited";
  header.is_complete = true;
  header.probes = 321;
  header.phases = {{"first_probe", 1'700}, {"received", 1'000}};
  header.measured = {{"pss_bytes", 900'000}};
  return header;
}

/// The first line of the sample as a tree, to be spoiled.
Json sample_json(std::size_t payload_bytes) {
  return Json::parse(bundle_header_line(write_bundle(sample(), std::string(payload_bytes, 'x'))));
}

TEST(Bundle, ComesBackAsItWasWritten) {
  const std::string payload{"{}\n\0\xff", 5}, bytes = write_bundle(sample(), payload);
  const auto bundle = parse_bundle(bytes);
  EXPECT_EQ(bundle.header, sample());
  EXPECT_EQ(bundle.payload, payload);
}

TEST(Bundle, IsOneLineOfJsonAndThePayload) {
  const auto bytes = write_bundle(sample(), "trace\n");
  const auto end = bytes.find('\n');
  EXPECT_EQ(bytes.substr(end + 1), "trace\n");
  const auto json = Json::parse(bytes.substr(0, end));
  EXPECT_EQ(json.at("type"), "result");
  EXPECT_EQ(json.at("schema"), 1);
  EXPECT_EQ(json.at("bytes"), 6);
  EXPECT_EQ(json.at("phases").at("received"), 1'000);
  EXPECT_EQ(bundle_header_line(bytes), bytes.substr(0, end));
}

TEST(Bundle, IsNamedByTheSha256OfAllItsBytes) {
  // The vector "abc" of FIPS 180-4: the name is the plain digest, without framing.
  EXPECT_EQ(bundle_digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(bundle_digest(write_bundle(sample(), "a")), bundle_digest(write_bundle(sample(), "b")));
}

TEST(Bundle, CleansWhatANodeSaysForPeople) {
  auto header = sample();
  header.is_complete = false;
  header.reason = "crashed";
  header.detail = "a\nb\x1b[31m\xff" + std::string(3'000, 'x') + "\xc3\xa4";
  const auto bytes = write_bundle(header, "");
  const auto detail = parse_bundle(bytes).header.detail;
  EXPECT_TRUE(detail.starts_with("a b [31m\xef\xbf\xbdx")) << detail;
  EXPECT_LE(detail.size(), bundle_detail_max);
}

TEST(Bundle, CutsDetailsWhereACharacterBegins) {
  auto header = sample();
  for (std::size_t before = bundle_detail_max - 3; before < bundle_detail_max; ++before) {
    header.detail = std::string(before, 'x') + "\xe2\x82\xac\xe2\x82\xac";
    EXPECT_NO_THROW(parse_bundle(write_bundle(header, ""))) << before;
  }
}

TEST(Bundle, IsNotWrittenWithFieldsThatCouldNotBeRead) {
  auto header = sample();
  header.job = "short";
  EXPECT_THROW(write_bundle(header, ""), std::invalid_argument);
  header = sample();
  header.reason = "a complete run has no reason";
  EXPECT_THROW(write_bundle(header, ""), std::invalid_argument);
  header = sample();
  header.is_complete = false;
  EXPECT_THROW(write_bundle(header, ""), std::invalid_argument) << "an incomplete one needs a reason";
}

std::string complaint_about(const std::string& bytes) {
  try {
    parse_bundle(bytes);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "nothing";
}

struct Spoiled {
  const char* field;  ///< that the complaint must begin with
  std::function<void(Json&)> spoil;
};

std::vector<Spoiled> spoiled_members() {
  std::vector<Spoiled> list;
  list.push_back({"phases", [](Json& json) { json["phases"]["Received"] = 1; }});
  list.push_back({"phases", [](Json& json) { json["phases"][""] = 1; }});
  list.push_back({"phases", [](Json& json) { json["phases"]["received"] = -1; }});
  list.push_back({"phases", [](Json& json) { json["phases"]["received"] = 9'223'372'036'854'775'808U; }});
  list.push_back({"phases", [](Json& json) { json["phases"]["received"] = Json::object(); }});
  list.push_back({"measured", [](Json& json) {
                    for (int i = 0; i < 33; ++i) json["measured"]["n" + std::to_string(i)] = i;
                  }});
  list.push_back({"line", [](Json& json) { json["color"] = "red"; }});
  list.push_back({"job", [](Json& json) { json.erase("job"); }});
  list.push_back({"probes", [](Json& json) { json.erase("probes"); }});
  list.push_back({"bytes", [](Json& json) { json.erase("bytes"); }});
  return list;
}

std::vector<Spoiled> spoiled_fields() {
  const auto set = [](const char* field, const Json& value) {
    return Spoiled{field, [field, value](Json& json) { json[field] = value; }};
  };
  const std::string hex64(64, 'a');
  std::vector<Spoiled> list{
      set("type", "run"),
      set("type", 1),
      set("schema", 2),
      set("schema", 0),
      set("schema", "1"),
      set("job", ""),
      set("job", "0123456789ABCDEF0123456789abcdef"),
      set("job", hex64),
      set("job", 7),
      set("attempt", 0),
      set("attempt", -1),
      set("attempt", 4'294'967'296),
      set("attempt", 1.5),
      set("attempt", 1'000'001),
      set("node", ""),
      set("node", "../../etc"),
      set("node", std::string(65, 'n')),
      set("node", "a b"),
      set("node", "<script>"),
      set("variant", "docker"),
      set("variant", ""),
      set("tender", "PROCESS"),
      set("tender", std::string(33, 't')),
      set("image", "latest"),
      set("image", std::string(64, 'A')),
      set("image", std::string(65, 'a')),
      set("format", ""),
      set("format", "a/b"),
      set("exit_code", 256),
      set("exit_code", -256),
      set("exit_code", "0"),
      set("end", "exit ed"),
      set("end", nullptr),
      set("is_complete", 1),
      set("is_complete", "true"),
      set("is_complete", nullptr),
      set("reason", "complete, and why"),
      set("reason", 0),
      set("detail", std::string(bundle_detail_max + 1, 'd')),
      set("detail", "line\nline"),
      set("detail", "\x1b[2J"),
      set("detail", Json::array()),
      set("probes", -1),
      set("probes", "many"),
      set("phases", Json::array()),
      set("phases", nullptr),
      set("measured", 1),
      set("bytes", 5),
      set("bytes", 7),
      set("bytes", -6),
      set("bytes", "6"),
  };
  for (auto& more : spoiled_members()) list.push_back(std::move(more));
  return list;
}

TEST(Bundle, RefusesEveryFieldThatIsNotWhatItShouldBeByItsName) {
  const std::string payload = "xxxxxx";
  for (const auto& [field, spoil] : spoiled_fields()) {
    auto json = sample_json(payload.size());
    ASSERT_EQ(complaint_about(json.dump() + "\n" + payload), "nothing") << "the sample itself is fine";
    spoil(json);
    const auto complaint = complaint_about(json.dump() + "\n" + payload);
    EXPECT_TRUE(complaint.starts_with(field)) << json.dump() << "\n" << complaint;
    EXPECT_NE(complaint.find("expected"), std::string::npos) << complaint;
  }
  EXPECT_GE(spoiled_fields().size(), 60U);
}

TEST(Bundle, RefusesWhatIsNoLineOfJson) {
  const auto good = sample_json(0).dump();
  const std::vector<std::string> bad{
      "",
      "\n",
      "{}",
      "{}\n",
      "[]\n",
      "null\n",
      "\"result\"\n",
      good,
      good + " x\n",
      good.substr(1) + "\n",
      good.substr(0, good.size() - 1) + "\n",
      std::string(bundle_header_max + 10, '{') + "\n",
      std::string(100'000, ' '),
      std::string(60'000, '[') + "\n",
      R"({"type":"result","type":"result"})"
      "\n",
      std::string("\0\0\0\n", 4),
      "\xff\xfe{}\n",
      good.substr(0, 20) + "\xff" + good.substr(20) + "\n",
  };
  for (const auto& bytes : bad) EXPECT_NE(complaint_about(bytes), "nothing") << bytes.substr(0, 100);
}

PROPERTY("a bundle with a damaged byte is refused or reads as something lawful", prng) {
  auto bytes = write_bundle(sample(), "trace\n");
  for (std::uint64_t i = 1 + prng.below(4); i > 0; --i)
    bytes.at(prng.below(bytes.size())) = static_cast<char>(prng.below(256));
  if (prng.chance(1, 4)) bytes.resize(prng.below(bytes.size() + 1));
  try {
    const auto bundle = parse_bundle(bytes);
    EXPECT_NO_THROW(write_bundle(bundle.header, bundle.payload));
  } catch (const std::invalid_argument&) {
    SUCCEED();
  }
}

}  // namespace
}  // namespace utnt::fleet
