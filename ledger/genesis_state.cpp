#include "ledger/data/duplicates.h"
#include "ledger/data/scores.h"
#include "ledger/execution.h"
#include "ledger/invariants/invariants.h"
#include "ledger/records/beacon.h"
#include "ledger/rounds/phases.h"

namespace dure::ledger {

namespace {

void write_constants(const Genesis& genesis, Overlay& state) {
    const Hash chain_id = genesis.chain_id();
    ChainInfo::put(state, {.chain_id = chain_id,
                           .name = genesis.chain_name,
                           .windows_per_unit = genesis.model.windows_per_unit,
                           .window_tokens = genesis.model.window_tokens,
                           .unit = genesis.model.unit,
                           .held_out_tokens = genesis.model.held_out_tokens,
                           .held_out_blob = genesis.model.held_out_blob});
    ParameterStore::put(state, genesis.parameters);
    ChangeRulesStore::put(state, genesis.changes);
    ProposalCount::put(state, 0);
    ProtocolVersion::put(state, protocol::k_protocol_version);
    HeadRecord head;
    head.live = {1};
    head.checkpoint.root = genesis.model.checkpoint_root;
    head.checkpoint.blob = genesis.model.checkpoint_blob;
    head.checkpoint.held_out_loss = genesis.model.held_out_loss;
    Head::put(state, head);
    Generations::put(state, {}, {.admitted_tokens = 0, .architecture = genesis.model.architecture});
    protocol::Generation generation;
    for (const GenerationRecord& one : genesis.model.generations) {
        generation = generation.next();
        Generations::put(state, generation, one);
    }
    Beacon::put(state, {.value = genesis_beacon(chain_id), .matured_before = {}});
    CurrentEpoch::put(state, {});
    Epochs::put(
        state, {},
        {.first = {1}, .validators = genesis.validator_set(), .leader_seed = genesis_beacon(chain_id)});
    DataRecord data;
    data.usual_score_sum = k_usual_score_memory * genesis.parameters.first_usual_score;
    // The hold-out counts as the first offer: its text is nobody's shard.
    if (genesis.model.held_out_tokens > 0) {
        index_sketch(state, genesis.model.held_out_blob, data.offers++, genesis.model.held_out_sketch);
        Sketches::put(state, genesis.model.held_out_blob, genesis.model.held_out_sketch);
    }
    DataTotals::put(state, data);
    open_first_round(state);
}

void write_validators(const Genesis& genesis, Overlay& state) {
    PoolRecord pool;
    for (const GenesisValidator& one : genesis.validators) {
        AccountRecord account;
        account.bonded = one.bonded;
        if (one.beneficiary != one.account) account.beneficiary = one.beneficiary;
        Accounts::put(state, one.account, account);
        ShareFlowRecord flows;
        flows.founded = one.bonded;
        ShareFlows::put(state, one.account, flows);
        ValidatorRecord validator;
        validator.weight = one.bonded.value;
        validator.beacon_link = one.beacon_link;
        Validators::put(state, one.account, validator);
        CandidateRecord candidate;
        candidate.beacon_link = one.beacon_link;
        Candidates::put(state, one.account, candidate);
        if (one.roles != 0) {
            PeerRecord peer;
            peer.roles = one.roles;
            peer.endpoint = one.endpoint;
            peer.service = one.service;
            peer.price_per_input_token = one.price_per_input_token;
            peer.price_per_output_token = one.price_per_output_token;
            Peers::put(state, one.account, peer);
        }
        pool.minted += one.bonded;
        pool.bonded_shares += one.bonded;
        pool.total_shares += one.bonded;
    }
    Pool::put(state, pool);
}

void write_balances(const Genesis& genesis, Overlay& state) {
    TreasuryRecord treasury;
    for (const GenesisBalance& one : genesis.balances) {
        AccountRecord account = Accounts::find(state, one.account).value_or(AccountRecord{});
        account.balance = one.coins;
        Accounts::put(state, one.account, account);
        treasury.supply += one.coins;
    }
    Treasury::put(state, treasury);
}

}  // namespace

Status apply_genesis(const Genesis& genesis, Overlay& state) {
    DURE_CHECK(genesis.check());
    write_constants(genesis, state);
    write_validators(genesis, state);
    write_balances(genesis, state);
    AggregateStore::put(state, count_aggregates(state));
    return check_invariants(state);
}

}  // namespace dure::ledger
