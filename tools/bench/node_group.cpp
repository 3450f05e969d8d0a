#include "tools/bench/node_group.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <thread>

#include "base/codec.h"
#include "node/chain/beacon_secret.h"
#include "node/chain/chain.h"
#include "node/node_files.h"
#include "tools/bench/ledger_chain.h"
#include "tools/bench/slow_line.h"

namespace dure::bench {

namespace {

SecretKey validator_key(std::size_t number) {
    return SecretKey::from_seed("bench validator " + std::to_string(number));
}

ledger::Genesis genesis_of(const NodeGroupOptions& options) {
    ledger::Genesis genesis = genesis_without_accounts();
    for (std::size_t i = 0; i < options.validators; ++i) {
        ledger::GenesisValidator validator;
        validator.account = validator_key(i).account();
        validator.beneficiary = validator.account;
        validator.bonded = Shares{100 * k_units_per_share};
        validator.beacon_link = node::beacon_chain_of(validator_key(i)).tip();
        genesis.validators.push_back(validator);
    }
    std::ranges::sort(genesis.validators, {}, &ledger::GenesisValidator::account);
    for (const ledger::GenesisBalance& one : options.balances)
        genesis.balances.push_back(one);
    std::ranges::sort(genesis.balances, {}, &ledger::GenesisBalance::account);
    return genesis;
}

std::string free_endpoint() {
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
    return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
}

}  // namespace

struct NodeGroup::Member {
    boost::asio::io_context io{1};
    std::unique_ptr<SlowLine> line;  ///< through which others come here; none: straight
    std::unique_ptr<node::Node> node;
    std::string api;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    std::thread thread;
};

NodeGroup::NodeGroup() = default;

NodeGroup::~NodeGroup() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (!members_[i]->thread.joinable()) continue;
        on(i, [](node::Node& node) { node.stop(); });
        members_[i]->io.stop();
        members_[i]->thread.join();
    }
}

Result<std::unique_ptr<NodeGroup>> NodeGroup::start(const std::filesystem::path& folder,
                                                    const NodeGroupOptions& options) {
    spdlog::set_level(spdlog::level::warn);  // standard output is for figures
    const ledger::Genesis genesis = genesis_of(options);
    std::unique_ptr<NodeGroup> group(new NodeGroup());
    group->chain_id_ = genesis.chain_id();
    for (std::size_t i = 0; i < options.validators; ++i) {
        group->members_.push_back(std::make_unique<Member>());
        if (options.one_way_delay.count() > 0)
            group->members_.back()->line = std::make_unique<SlowLine>(options.one_way_delay);
    }
    std::vector<std::string> ways;  // to those who listen already
    for (const auto& member : group->members_) {
        if (member->line) ways.push_back(member->line->endpoint());
    }
    for (std::size_t i = 0; i < options.validators; ++i) {
        Member& member = *group->members_[i];
        node::NodeConfig config;
        config.data_dir = folder / std::to_string(i);
        std::filesystem::create_directories(config.data_dir);
        config.genesis_file = config.data_dir / node::k_genesis_file;
        const Bytes bytes = encode(genesis);
        std::ofstream(config.genesis_file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        config.trainer = false;
        config.block_interval = options.block_interval;
        config.delta = options.delta;
        config.signature_threads = options.signature_threads;
        for (const std::string& way : ways) {
            if (!member.line || way != member.line->endpoint()) config.peers.push_back(way);
        }
        if (member.line) {
            config.listen = free_endpoint();  // a node tells where it is to be dialled, not where it listens
            config.advertised = member.line->endpoint();
            member.line->lead_to(config.listen);
        }
        DURE_TRY(member.node, node::Node::open(member.io, config, validator_key(i)));
        DURE_CHECK(member.node->start());
        member.api = member.node->api_endpoint();
        if (!member.line) ways.push_back(member.node->peer_endpoint());
        member.thread = std::thread([&member] { member.io.run(); });
    }
    return group;
}

const std::string& NodeGroup::api(std::size_t number) const {
    return members_[number]->api;
}

std::vector<Status> NodeGroup::submit(std::size_t number, std::vector<protocol::Transaction> transactions) {
    return boost::asio::co_spawn(io_of(number), node_of(number).chain().submit(std::move(transactions)),
                                 boost::asio::use_future)
        .get();
}

node::Node& NodeGroup::node_of(std::size_t number) {
    return *members_[number]->node;
}
boost::asio::io_context& NodeGroup::io_of(std::size_t number) {
    return members_[number]->io;
}

}  // namespace dure::bench
