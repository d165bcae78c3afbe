// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/controller_key.hpp"

#include <filesystem>
#include <utility>

#include "fleet/trust/key_file.hpp"
#include "fleet/trust/minisign.hpp"
#include "fleet/trust/trust_error.hpp"

namespace utnt::fleet {

ControllerKey::ControllerKey(std::string path) : path_{std::move(path)} {
  if (std::filesystem::exists(path_)) key_ = load_public_key(path_);
}

bool ControllerKey::pin(const std::string& text) {
  const auto key = parse_key_text(text);
  if (!key) return false;
  if (key_) return *key == *key_;
  save_public_key(path_, *key);
  key_ = key;
  return true;
}

std::optional<std::string> ControllerKey::refuses(const std::string& path, const std::string& signature) const {
  if (!key_) return "no controller's key is known here";
  try {
    check_file({&*key_, 1}, path, parse_minisig(signature, "its signature"));
  } catch (const TrustError& error) {
    return error.what();
  }
  return std::nullopt;
}

std::optional<std::string> ControllerKey::refuses_text(const std::string& text, const std::string& signature) const {
  if (!key_) return "no controller's key is known here";
  try {
    check_content({&*key_, 1}, std::as_bytes(std::span{text}), parse_minisig(signature, "its signature"), "the text");
  } catch (const TrustError& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace utnt::fleet
