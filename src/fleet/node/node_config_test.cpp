// SPDX-License-Identifier: BSD-2-Clause
// From where an owner lets images be fetched: nothing said, nowhere, and named places are three things.
#include "fleet/node/node_config.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "fleet/node/node_test_support.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

NodeConfig read(const std::string& text) {
  const TemporaryDirectory directory;
  std::ofstream{directory.path() + "/config.json"} << text;
  return read_node_config(directory.path());
}

TEST(NodeConfig, tells_no_word_about_urls_from_no_url) {
  EXPECT_EQ(read("{}").image_urls, std::nullopt);
  EXPECT_EQ(read(R"({"image_urls":[]})").image_urls, std::vector<std::string>{});
  EXPECT_EQ(read(R"({"image_urls":["http://h/","https://i"]})").image_urls,
            (std::vector<std::string>{"http://h/", "https://i"}));
}

TEST(NodeConfig, refuses_urls_that_are_no_list_of_texts_rather_than_allow_all) {
  for (const auto* const text : {R"({"image_urls":null})", R"({"image_urls":"http://h/"})", R"({"image_urls":[1]})",
                                 R"({"image_urls":{}})", R"({"image_url":[]})"}) {
    try {
      const auto config = read(text);
      EXPECT_EQ(config.image_urls, std::vector<std::string>{}) << text;
    } catch (const os_linux::Failure& failure) {
      EXPECT_NE(std::string{failure.what()}.find("image_url"), std::string::npos) << failure.what();
    }
  }
}

}  // namespace
}  // namespace utnt::fleet
