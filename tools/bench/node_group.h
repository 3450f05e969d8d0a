// Validators of one chain in this process, each a whole node on a thread of its own, on loopback; if wished, with a line
// between any two of them that takes its time.
#pragma once

#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/protocol/transaction.h"
#include "base/result.h"
#include "ledger/records/genesis.h"
#include "node/node.h"

namespace dure::bench {

struct NodeGroupOptions {
    std::size_t validators = 1;
    std::vector<ledger::GenesisBalance> balances{};
    std::chrono::milliseconds block_interval{100};
    std::chrono::milliseconds delta{500};
    unsigned signature_threads = 1;
    std::chrono::milliseconds one_way_delay{0};  ///< of every byte between two nodes
};

class NodeGroup {
  public:
    /// Makes the chain and the nodes' folders below `folder` and starts them. Errors: those of the nodes.
    static Result<std::unique_ptr<NodeGroup>> start(const std::filesystem::path& folder,
                                                    const NodeGroupOptions& options);
    ~NodeGroup();  ///< stops them
    NodeGroup(const NodeGroup&) = delete;
    NodeGroup& operator=(const NodeGroup&) = delete;

    std::size_t size() const { return members_.size(); }
    const Hash& chain_id() const { return chain_id_; }
    /// "host:port" of a node's API.
    const std::string& api(std::size_t number) const;

    /// Hands transactions in at a node, and waits for its answers.
    std::vector<Status> submit(std::size_t number, std::vector<protocol::Transaction> transactions);
    /// What `work`, called with the node on its thread, returns.
    template <class Work>
    auto on(std::size_t number, Work work) {
        std::packaged_task<decltype(work(std::declval<node::Node&>()))()> task(
            [&work, &node = node_of(number)] { return work(node); });
        auto answer = task.get_future();
        boost::asio::post(io_of(number), [&task] { task(); });
        return answer.get();
    }

  private:
    struct Member;
    NodeGroup();
    node::Node& node_of(std::size_t number);
    boost::asio::io_context& io_of(std::size_t number);

    Hash chain_id_;
    std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace dure::bench
