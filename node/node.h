// A node: storage, peers, chain, blobs, roles and API, wired to each other and run on one io_context.
//
// Promises: `open` either gives a node that can start or says what is wrong; `stop` ends everything in order,
// so that the data directory can be opened again at once. A crash at any moment loses nothing that was final.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/keys.h"
#include "base/result.h"
#include "node/config.h"
#include "node/roles/roles.h"

namespace dure::node {

class Chain;
class Blobs;
class Peers;
class Submitter;

class Node {
  public:
    /// Opens the data directory with its genesis. `key`: the node's own; read it with load_node_key. Errors:
    /// those of the parts, with what to do.
    static Result<std::unique_ptr<Node>> open(boost::asio::io_context& io, const NodeConfig& config,
                                              const SecretKey& key, RoleHooks hooks = {});
    ~Node();  ///< stops it
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// Listens, dials, and begins to work. Errors: `io` (an address is taken).
    Status start();
    /// Ends all work; coroutines that are under way finish at the io_context's next turns.
    void stop();

    const Account& account() const;
    std::string peer_endpoint() const;  ///< known after start
    std::string api_endpoint() const;   ///< known after start

    Chain& chain();
    Blobs& blobs();
    Peers& peers();
    Submitter& submitter();

  private:
    class Core;
    explicit Node(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

/// Reads a node's key file; refuses one that others may read. `password` is used if the file needs one.
/// Errors: `not_found`, `unauthorized`, `malformed`, `io`.
Result<SecretKey> load_node_key(const std::filesystem::path& file, const std::string& password = {});

}  // namespace dure::node
