// Random valid and invalid transactions of every kind: the driver of the ledger's property tests.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tests/ledger/harness.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {

/// A chain that a Chaos can run on: short deadlines, some persons more than validators.
ChainOptions chaos_options();

/// Makes transactions: most of them sensible for the present state, some not.
class Chaos {
  public:
    Chaos(Harness& chain, std::uint64_t seed) : chain_(chain), random_(seed) {}

    void submit_one();
    /// Somebody is found guilty of something, or what he had earned is taken back.
    void punish_one();
    /// Looks for new channels in what happened.
    void learn(const BlockOutcome& outcome);

    std::uint64_t succeeded = 0;  ///< transactions
    std::uint64_t failed = 0;
    std::uint64_t slashed = 0;  ///< punishments that took something
    bool withdraws = true;      ///< whether texts are withdrawn

  private:
    std::size_t any_person();
    void send(std::size_t person, const Payload& payload, std::optional<std::size_t> sponsor = std::nullopt);

    void register_peer(std::size_t person);
    /// Some shards are near duplicates of each other, some sketches are false.
    static ShowData shard_number(std::uint64_t number);
    void offer(std::size_t person, std::optional<std::size_t> sponsor);
    void show();
    void withdraw(std::size_t person);
    void attest_data(std::size_t person);
    void score(std::size_t person, const ShardView& one);
    void work(std::size_t person);
    /// Some trainers and auditors lie, always in the same way about the same unit; others blunder.
    void lie(std::size_t person, Payload& payload);
    DisputeMove nonsense_move();
    Payload nonsense();
    void change_server_bond(std::size_t person);
    /// Of one out of a few outcomes, so that some are reported again.
    void report_receipt(std::size_t person, std::optional<std::size_t> sponsor);
    /// Most of them say the same.
    void judge_receipts();
    void open_channel(std::size_t person);
    void settle(std::size_t person);
    void change_channel(std::size_t person);
    const SecretKey& signer_of(const Account& account);

    Harness& chain_;
    std::vector<std::pair<std::size_t, ShowData>> to_show_;
    Random random_;
    std::vector<Hash> channels_;
};

}  // namespace dure::ledger::testing
