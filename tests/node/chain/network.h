// Whole nodes (peers and chain) on loopback in one io_context, with their data in directories of their own.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/records/genesis.h"
#include "ledger/transactions/payload.h"
#include "ledger/views.h"
#include "node/chain/beacon_secret.h"
#include "node/chain/chain.h"
#include "node/peers/peers.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::test {

using namespace std::chrono_literals;

inline SecretKey validator_key(std::size_t number) {
    return SecretKey::from_seed("validator " + std::to_string(number));
}
inline SecretKey person_key(std::size_t number) {
    return SecretKey::from_seed("person " + std::to_string(number));
}

/// Short, so that nodes start at once.
inline constexpr std::uint64_t k_links = 4'096;

inline ledger::Genesis make_genesis(std::size_t validators, std::size_t persons,
                                    std::uint64_t epoch_blocks = 0) {
    ledger::Genesis genesis;
    genesis.chain_name = std::string("test");
    for (std::size_t i = 0; i < validators; ++i) {
        ledger::GenesisValidator validator;
        validator.account = validator_key(i).account();
        validator.beneficiary = validator.account;
        validator.bonded = Shares{100 * k_units_per_share};
        validator.beacon_link = node::beacon_chain_of(validator_key(i), k_links).tip();
        genesis.validators.push_back(validator);
    }
    for (std::size_t i = 0; i < persons; ++i)
        genesis.balances.push_back({person_key(i).account(), Coin{1'000 * k_grain_per_dure}});
    if (epoch_blocks > 0) {
        genesis.parameters.epoch_blocks = epoch_blocks;
        genesis.parameters.evidence_age_blocks = 100;
        genesis.parameters.absent_turns = 0;
        for (std::size_t i = 0; i < validators; ++i)
            genesis.balances.push_back({validator_key(i).account(), Coin{1'000 * k_grain_per_dure}});
    }
    std::ranges::sort(genesis.validators, {}, &ledger::GenesisValidator::account);
    std::ranges::sort(genesis.balances, {}, &ledger::GenesisBalance::account);
    genesis.model.arithmetic_profile = std::string("fp32-chain-1");
    genesis.model.windows_per_unit = 16;
    genesis.model.window_tokens = 65;
    genesis.model.unit = {.steps = 16, .segment_steps = 2};
    genesis.model.checkpoint_root = hash_of("checkpoint 0");
    genesis.model.checkpoint_blob = hash_of("checkpoint 0's bytes");
    genesis.model.held_out_loss = 9'000'000;
    return genesis;
}

struct Node {
    std::unique_ptr<node::Peers> peers;
    std::unique_ptr<node::Chain> chain;  // goes first
};

class Network {
  public:
    explicit Network(std::size_t validators, std::size_t persons = 4, std::uint64_t epoch_blocks = 0)
        : genesis_(make_genesis(validators, persons, epoch_blocks)),
          nodes_(validators),
          endpoints_(validators) {}

    const ledger::Genesis& genesis() const { return genesis_; }
    boost::asio::io_context& io() { return io_; }
    std::size_t size() const { return nodes_.size(); }
    node::Chain& chain(std::size_t number) { return *nodes_[number].chain; }
    node::Peers& peers(std::size_t number) { return *nodes_[number].peers; }
    bool is_up(std::size_t number) const { return nodes_[number].chain != nullptr; }
    std::filesystem::path directory(std::size_t number) const {
        return directory_.path() / std::to_string(number);
    }
    const std::string& endpoint(std::size_t number) const { return endpoints_[number]; }

    /// A node without a validator's key; returns its number.
    std::size_t add_observer() {
        nodes_.emplace_back();
        endpoints_.emplace_back();
        return nodes_.size() - 1;
    }

    Status start(std::size_t number) {
        const bool validates = number < genesis_.validators.size();
        const SecretKey key =
            validates ? validator_key(number) : SecretKey::from_seed("observer " + std::to_string(number));
        node::PeersConfig peers{.chain_id = genesis_.chain_id(), .node_key = key};
        if (!endpoints_[number].empty()) peers.listen = endpoints_[number];
        for (std::size_t other = 0; other < endpoints_.size(); ++other) {
            if (other != number && !endpoints_[other].empty()) peers.peers.push_back(endpoints_[other]);
        }
        peers.first_retry = 20ms;
        peers.longest_retry = 200ms;
        Node node;
        node.peers = std::make_unique<node::Peers>(io_, peers);
        node::ChainConfig config{.data_directory = directory(number)};
        if (validates) config.validator_key = key;
        if (const auto knows = versions.find(number); knows != versions.end())
            config.versions = knows->second;
        config.beacon_links = k_links;
        config.journal_compaction_bytes = journal_compaction_bytes;
        config.delta = 150ms;
        config.block_interval = 20ms;
        auto chain = node::Chain::open(io_, genesis_, config, *node.peers);
        if (!chain) return chain.error();
        node.chain = std::move(*chain);
        if (auto started = node.peers->start(); !started) return started;
        endpoints_[number] = node.peers->endpoint();
        node.chain->start();
        nodes_[number] = std::move(node);
        return {};
    }
    /// Like a crash: nothing is said, nothing is written any more.
    void kill(std::size_t number) {
        nodes_[number].chain.reset();
        nodes_[number].peers.reset();
    }

    /// Runs until the condition holds; false if it does not within a generous time.
    bool run_until(const std::function<bool()>& condition, std::chrono::seconds limit = 60s) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io_.run_one_for(10ms);
        }
        return true;
    }
    /// Until every node that is up has this height.
    bool reach(std::uint64_t height) {
        return run_until([&] {
            for (std::size_t i = 0; i < nodes_.size(); ++i) {
                if (is_up(i) && chain(i).head().height.value < height) return false;
            }
            return true;
        });
    }
    std::map<std::size_t, std::vector<std::uint32_t>> versions;  ///< that a node knows when it starts
    std::uint64_t journal_compaction_bytes =
        node::ChainConfig{}.journal_compaction_bytes;  ///< of nodes started from now on

    std::uint64_t height(std::size_t number) { return chain(number).head().height.value; }

    std::vector<Status> submit(std::size_t number, std::vector<protocol::Transaction> transactions) {
        std::optional<std::vector<Status>> statuses;
        boost::asio::co_spawn(
            io_,
            [&]() -> boost::asio::awaitable<void> {
                statuses = co_await chain(number).submit(std::move(transactions));
            },
            boost::asio::detached);
        if (!run_until([&] { return statuses.has_value(); })) return {};
        return *statuses;
    }

    protocol::Transaction transfer(std::size_t from, std::size_t to, std::uint64_t nonce, std::uint64_t grain,
                                   std::uint64_t fee = 2'000) const {
        const ledger::Transfer payload{.to = person_key(to).account(), .amount = Coin{grain}};
        return protocol::sign_transaction(ledger::make_body(genesis_.chain_id(), person_key(from).account(),
                                                            nonce, Coin{fee}, {1'000'000}, payload),
                                          person_key(from));
    }

  private:
    const ledger::Genesis genesis_;
    TemporaryDirectory directory_;
    boost::asio::io_context io_;
    std::vector<Node> nodes_;
    std::vector<std::string> endpoints_;
};

}  // namespace dure::test
