// SPDX-License-Identifier: BSD-2-Clause
// The controller's side of one node: its link, which is opened again after a while when it was cut, the results that
// are arriving, and the images that are being sent.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "fleet/controller/inbox.hpp"
#include "fleet/controller/inventory.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet {

/// A node as the controller needs it.
struct ControlledNode {
  std::string name;
  std::function<std::unique_ptr<Link>()> connect;  ///< may throw os_linux::Failure
  std::string network{};                           ///< JSON, what its instances reach the network by; empty: its own
  std::uint32_t slots{1};                          ///< at most so many of those that its agent offers
  NodeLimits limits{};                             ///< at most these
};

class Session {
 public:
  Session(ControlledNode node, std::string image_directory, std::uint64_t seed);

  [[nodiscard]] const std::string& name() const { return node_.name; }
  [[nodiscard]] const ControlledNode& node() const { return node_; }
  [[nodiscard]] bool is_connected() const { return link_ != nullptr; }
  [[nodiscard]] const Link* link() const { return link_.get(); }
  [[nodiscard]] Instant retry_at() const { return retry_at_; }

  /// Opens the link when it is time. A failure is a reason to try later, with growing pauses of random length.
  void connect_when_due(Instant now);
  /// The next message; nothing when there is none. A link that was cut is closed here, and lost() tells once why.
  std::optional<Message> receive(Instant now);
  [[nodiscard]] std::optional<std::string> take_lost();
  bool send(const Message& message);
  void close(const std::string& why, Instant now);

  Inbox& inbox() { return inbox_; }
  void send_image(const std::string& digest, std::uint64_t offset, const std::string& signature);
  /// Moves image pieces while the link takes them.
  void send_pieces(Instant now);
  [[nodiscard]] bool has_pieces() const { return !images_.empty(); }

  bool is_welcome{false};  ///< its agent is the one that was enrolled
  std::string key{};       ///< of the agent, as text, once it was welcome: its row may not be on the disk yet

 private:
  struct Image {
    std::string signature;
    std::uint64_t offset{0};
    std::uint64_t total{0};
  };
  void pause_before_retry(Instant now);

  ControlledNode node_;
  std::string image_directory_;
  std::unique_ptr<Link> link_;
  Inbox inbox_{{}};
  std::map<std::string, Image> images_;
  std::optional<std::string> lost_;
  Instant retry_at_;
  Duration pause_;
  Prng prng_;
};

}  // namespace utnt::fleet
