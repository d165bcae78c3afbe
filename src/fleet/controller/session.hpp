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
#include "fleet/controller/node_trouble.hpp"
#include "fleet/controller/preparation.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet {

/// A node as the controller needs it.
struct ControlledNode {
  std::string name;
  std::function<std::unique_ptr<Link>()> connect;  ///< may throw os_linux::Failure
  Preparation::Work prepare{};  ///< before the first connection, and after one that did not come about
  /// Whether a connection that did not come about, for that reason, may do so by itself later; none: any may.
  std::function<bool(const std::string& why)> can_heal{};
  std::function<bool()> has_own_agent{};  ///< whether its owner keeps the agent up to date; none: the controller does
  std::string network{};                  ///< JSON, what its instances reach the network by; empty: its own
  std::uint32_t slots{1};                 ///< at most so many of those that its agent offers
  NodeLimits limits{};                    ///< at most these
  std::string image_url{};                ///< where it fetches images itself; empty: over the link
};

class Session {
 public:
  /// A node that cannot be reached for `give_up_after` is given up: it is still tried, but rarely.
  Session(ControlledNode node, std::string image_directory, std::uint64_t seed,
          Duration give_up_after = Duration{600'000'000'000});

  [[nodiscard]] const std::string& name() const { return node_.name; }
  [[nodiscard]] const ControlledNode& node() const { return node_; }
  [[nodiscard]] bool is_connected() const { return link_ != nullptr; }
  [[nodiscard]] const Link* link() const { return link_.get(); }
  [[nodiscard]] bool is_given_up() const { return is_given_up_; }
  [[nodiscard]] bool is_in_trouble() const { return tries_ > 0; }
  /// When connect_when_due() has something to do; a preparation that goes on is waited for by its descriptor.
  [[nodiscard]] Instant retry_at() const { return retry_at_; }
  [[nodiscard]] const Preparation* preparation() const { return preparation_.get(); }

  /// Prepares and opens the link when it is time. A failure is a reason to try later, with growing pauses of random
  /// length, or to give the node up.
  void connect_when_due(Instant now);
  /// The next message; nothing when there is none. A link that was cut is closed here, and take_lost() tells once why.
  std::optional<Message> receive(Instant now);
  [[nodiscard]] std::optional<NodeTrouble> take_lost();
  bool send(const Message& message);
  void close(const std::string& why, Instant now, bool can_heal = true);
  /// Another controller is served there. Ours does not fight for the node: the next tries come after long pauses, and
  /// find out whether that one is gone.
  void give_way(const std::string& why, Instant now, bool can_heal = true);
  /// Whether a program that is served there keeps its place: we had it, or gave way, and who came since was started
  /// later. Only the first connection takes a node over.
  [[nodiscard]] bool gives_way() const { return gives_way_; }
  /// Its agent is the one that was enrolled.
  void welcome();
  [[nodiscard]] bool is_welcome() const { return is_welcome_; }

  Inbox& inbox() { return inbox_; }
  void send_image(const std::string& digest, std::uint64_t offset, const std::string& signature);
  /// Moves image pieces while the link takes them.
  void send_pieces(Instant now);
  [[nodiscard]] bool has_pieces() const { return !images_.empty(); }

  bool knows_image_urls{false};  ///< its agent does
  std::string key{};             ///< of the agent, as text, once it was welcome: its row may not be on the disk yet

 private:
  struct Image {
    std::string signature;
    std::uint64_t offset{0};
    std::uint64_t total{0};
  };
  void fail(std::string why, bool can_heal, Instant now);

  ControlledNode node_;
  std::string image_directory_;
  std::unique_ptr<Link> link_;
  Inbox inbox_{{}};
  std::map<std::string, Image> images_;
  std::unique_ptr<Preparation> preparation_;
  std::optional<NodeTrouble> lost_;
  std::optional<Instant> trouble_since_;
  std::string last_why_;
  std::uint32_t tries_{0};
  bool is_prepared_{false};
  bool has_heard_{false};  ///< anything on this link
  bool is_welcome_{false};
  bool is_given_up_{false};
  bool gives_way_{false};
  Duration give_up_after_;
  Instant retry_at_;
  Duration pause_;
  Prng prng_;
};

}  // namespace utnt::fleet
