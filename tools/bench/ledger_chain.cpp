#include "tools/bench/ledger_chain.h"

#include <algorithm>

#include "base/assert.h"
#include "base/codec.h"
#include "ledger/execution.h"
#include "ledger/invariants/aggregates.h"
#include "ledger/records/tables.h"
#include "ledger/state/memory_state.h"
#include "ledger/state/tree.h"
#include "ledger/transactions/payload.h"
#include "node/storage/state_store.h"
#include "trainer/model/config.h"

namespace dure::bench {

namespace {

constexpr std::uint64_t k_beacon_links = 1 << 16;
constexpr Coin k_fee{10'000};
constexpr protocol::Height k_far{1'000'000'000};

Hash named(std::string_view name) {
    static const TaggedHash hash("dure/bench/name");
    return hash(as_bytes(name));
}

}  // namespace

Account keyless_account(std::uint64_t number) {
    Account account;
    std::uint64_t bits = number;
    for (std::size_t i = 0; i < account.key.size(); ++i) {
        if (i % 8 == 0) bits = (bits + 1) * 0x9e3779b97f4a7c15U;
        account.key[i] = static_cast<std::uint8_t>(bits >> (8 * (i % 8)));
    }
    return account;
}

/// The smallest model that there may be.
trainer::ModelConfig least_model() {
    trainer::ModelConfig model;
    model.vocab = model.active_vocab = 64;
    model.dim = model.head_dim = 16;
    model.layers = model.heads = model.kv_heads = 1;
    model.ffn = 32;
    model.max_sequence = 64;
    return model;
}

trainer::TrainConfig least_training() {
    trainer::TrainConfig training;
    training.steps = 16;
    training.batch = 1;
    training.sequence = 64;
    training.segment_steps = 2;
    training.learning_rate = trainer::Float32(1e-3F);
    training.held_out_windows = training.score_windows = 1;
    training.score_step = trainer::Float32(1e-2F);
    return training;
}

ledger::Genesis genesis_without_accounts() {
    const trainer::ModelConfig model = least_model();
    const trainer::TrainConfig training = least_training();
    DURE_ASSERT(training.validate_for(model));
    ledger::Genesis genesis;
    genesis.chain_name = std::string("bench");
    genesis.model.arithmetic_profile = std::string("fp32-chain-1");
    genesis.model.architecture = ledger::TrainerConfig(encode(model));
    genesis.model.training = ledger::TrainerConfig(encode(training));
    genesis.model.windows_per_unit = static_cast<std::uint32_t>(training.windows_per_unit());
    genesis.model.window_tokens = training.window_tokens();
    genesis.model.unit = {.steps = training.steps, .segment_steps = training.segment_steps};
    genesis.model.checkpoint_root = named("checkpoint 0");
    genesis.model.checkpoint_blob = named("checkpoint 0's bytes");
    genesis.model.held_out_loss = 9'000'000;
    return genesis;
}

LedgerChain LedgerChain::make(std::vector<ledger::GenesisBalance> balances) {
    LedgerChain chain{SecretKey::from_seed("bench validator"),
                      ledger::BeaconChain(named("beacon"), k_beacon_links), genesis_without_accounts()};
    ledger::Genesis& genesis = chain.genesis;
    ledger::GenesisValidator validator;
    validator.account = chain.validator.account();
    validator.beneficiary = validator.account;
    validator.bonded = Shares{100 * k_units_per_share};
    validator.beacon_link = chain.beacon.tip();
    genesis.validators.push_back(validator);
    std::ranges::sort(balances, {}, &ledger::GenesisBalance::account);
    for (ledger::GenesisBalance& one : balances)
        genesis.balances.push_back(std::move(one));
    return chain;
}

Status LedgerChain::write_state(const std::filesystem::path& chain_directory, std::uint64_t accounts) const {
    const ledger::MemoryState nothing;
    ledger::Overlay state(nothing);
    DURE_CHECK(ledger::apply_genesis(genesis, state));
    ledger::AccountRecord record;
    record.balance = Coin{k_grain_per_dure};
    for (std::uint64_t i = 0; i < accounts; ++i)
        ledger::Accounts::put(state, keyless_account(i), record);
    // The coins come from nowhere, so the supply that genesis wrote down grows with them.
    auto treasury = ledger::Treasury::get(state);
    treasury.supply += Coin{accounts * k_grain_per_dure};
    ledger::Treasury::put(state, treasury);
    ledger::AggregateStore::put(state, ledger::count_aggregates(state));
    const Hash root = ledger::StateTree().with(state.changes()).root();
    std::filesystem::create_directories(chain_directory / "state");
    DURE_TRY(const auto store, node::StateStore::open(chain_directory / "state"));
    return store->write({.changes = state.take_changes(),
                         .index = {},
                         .mark = {.height = {},
                                  .block = protocol::block_hash(ledger::genesis_block(genesis)),
                                  .state_root = root}});
}

protocol::Transaction unsigned_transfer(const Hash& chain_id, const Account& from, std::uint64_t nonce,
                                        const Account& to) {
    return {.body = ledger::make_body(chain_id, from, nonce, k_fee, k_far, ledger::Transfer{to, Coin{1}}),
            .signature = {},
            .fee_payer_signature = {}};
}

}  // namespace dure::bench
