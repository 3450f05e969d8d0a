#include "node/api/encode.h"

#include <bit>
#include <cmath>

#include "ledger/transactions/payload.h"

namespace dure::node {

namespace json = boost::json;

namespace {

std::string with_suffix(std::string_view name, const char* suffix) {
    return std::string(name) + suffix;
}

json::object to_json(const ledger::MintSummary& mint) {
    json::object object;
    put(object, "pool", mint.pool);
    put(object, "scaled", mint.scaled);
    put(object, "compute_part", mint.compute_part);
    put(object, "data_part", mint.data_part);
    put(object, "validators_part", mint.validators_part);
    put(object, "minted", mint.minted);
    object["compute_weight"] = mint.compute_weight;
    object["windows"] = mint.windows;
    object["blocks"] = mint.blocks;
    object["rows"] = mint.rows;
    return object;
}

json::array addresses_of(const auto& accounts) {
    json::array addresses;
    for (const Account& account : accounts)
        addresses.emplace_back(account.address());
    return addresses;
}

json::object to_json(const ledger::UnitRecord& unit, const ledger::AuditTask& task) {
    json::object object;
    object["first_segment"] = task.first;
    object["segments"] = task.count;
    put(object, "auditor", task.auditor);
    object["silent_auditors"] = addresses_of(task.silent);
    object["committed"] = task.commitment.has_value();
    if (task.answer) {
        json::array states;
        for (const Hash& state : task.answer->states)
            states.emplace_back(state.hex());
        object["states"] = std::move(states);
        put(object, "replayed", task.answer->update);
    }
    object["same"] = unit.can_compare(task) ? json::value(unit.agrees(task)) : json::value(nullptr);
    return object;
}

json::object to_json(const ledger::DisputeRecord& dispute) {
    json::object object;
    object["kind"] = ledger::name_of(dispute.kind);
    object["stage"] = ledger::name_of(dispute.stage);
    object["outcome"] = ledger::name_of(dispute.outcome);
    object["trainer"] = dispute.trainer.address();
    object["challenger"] = dispute.challenger.address();
    object["audit"] = dispute.task;
    object["low_step"] = dispute.low;
    object["high_step"] = dispute.high;
    object["low_state"] = dispute.low_state.hex();
    object["claimed"] = dispute.high_state.hex();
    object["opened"] = dispute.opened.value;
    object["deadline"] = dispute.deadline.value;
    json::array committee;
    for (const ledger::Juror& juror : dispute.committee) {
        json::object one{{"address", juror.account.address()}};
        put(one, "weight", juror.weight);
        put(one, "found", juror.found);
        committee.push_back(std::move(one));
    }
    object["committee"] = std::move(committee);
    return object;
}

json::object to_json(const ledger::UnitView& unit) {
    json::object object;
    object["number"] = unit.number;
    object["trainer"] = unit.record.trainer.address();
    object["status"] = ledger::name_of(unit.record.status);
    if (const auto& commitment = unit.record.commitment) {
        object["commitment"] = commitment->commitment.hex();
        object["segment_root"] = commitment->segment_root.hex();
        object["tokens"] = commitment->tokens;
        object["loss_first"] = commitment->loss_first;
        object["loss_last"] = commitment->loss_last;
        object["submitted"] = unit.record.submitted.value;
    }
    if (const auto& revealed = unit.record.revealed) {
        object["update"] = revealed->update.hex();
        object["bytes"] = revealed->bytes;
    }
    object["audited_whole"] = unit.record.audited_whole;
    json::array audits;
    for (const ledger::AuditTask& task : unit.record.audits)
        audits.push_back(to_json(unit.record, task));
    object["audits"] = std::move(audits);
    json::array holders;
    for (const ledger::Holder& holder : unit.record.holders)
        holders.push_back(json::object{{"address", holder.account.address()}, {"holds", holder.holds}});
    object["holders"] = std::move(holders);
    object["checked"] = unit.record.checked ? json::value(*unit.record.checked) : json::value(nullptr);
    object["dispute"] = unit.dispute ? json::value(to_json(*unit.dispute)) : json::value(nullptr);
    return object;
}

json::object to_json(const ledger::ShardAnswer& answer) {
    return {{"token_ids_hash", answer.token_ids_hash.hex()},
            {"tokens", answer.tokens},
            {"text_bytes", answer.text_bytes},
            {"score", answer.score}};
}

}  // namespace

void put(json::object& object, std::string_view name, Coin amount) {
    object[name] = std::to_string(amount.value);
    object[with_suffix(name, "_dure")] = to_text(amount);
}

void put(json::object& object, std::string_view name, Shares amount) {
    object[name] = std::to_string(amount.value);
    object[with_suffix(name, "_shares")] = to_text(amount);
}

void put(json::object& object, std::string_view name, const ledger::FineCoin& amount) {
    put(object, name, Coin{amount.high});
    object[with_suffix(name, "_fraction")] = std::to_string(amount.low);
}

void put(json::object& object, std::string_view name, const std::optional<Account>& account) {
    object[name] = account ? json::value(account->address()) : json::value(nullptr);
}

void put(json::object& object, std::string_view name, const std::optional<Hash>& hash) {
    object[name] = hash ? json::value(hash->hex()) : json::value(nullptr);
}

json::object to_json(const ledger::AccountView& account) {
    json::object object;
    object["address"] = account.account.address();
    put(object, "balance", account.balance);
    object["nonce"] = account.nonce;
    put(object, "total", account.total);
    put(object, "free", account.free);
    put(object, "unvested", account.unvested);
    put(object, "bonded", account.bonded);
    put(object, "unbonding", account.unbonding);
    put(object, "pending", account.pending);
    put(object, "beneficiary", account.beneficiary);
    return object;
}

json::object to_json(const ledger::CheckpointRecord& checkpoint) {
    return {{"round", checkpoint.round.value},
            {"root", checkpoint.root.hex()},
            {"blob", checkpoint.blob.hex()},
            {"held_out_loss", checkpoint.held_out_loss},
            {"generation", checkpoint.generation.value}};
}

json::object to_json(const ledger::RoundRecord& round) {
    json::object object;
    object["number"] = round.number.value;
    object["phase"] = ledger::name_of(round.phase);
    object["opened"] = round.opened.value;
    object["since"] = round.since.value;
    object["deadline"] = round.deadline.value == 0 ? json::value(nullptr) : json::value(round.deadline.value);
    object["closed"] = round.closed.value == 0 ? json::value(nullptr) : json::value(round.closed.value);
    object["base"] = to_json(round.base);
    object["seed"] = round.seed.hex();
    object["shards"] = round.shard_count;
    json::array participants;
    for (const ledger::Participant& participant : round.participants) {
        json::object one{{"address", participant.account.address()},
                         {"units", participant.units},
                         {"first_unit", participant.first_unit}};
        put(one, "weight", participant.weight);
        participants.push_back(std::move(one));
    }
    object["participants"] = std::move(participants);
    object["units_total"] = round.units;
    object["units_submitted"] = round.submitted;
    object["units_accepted"] = round.accepted;
    object["grows_to"] = round.grows_to ? json::value(round.grows_to->value) : json::value(nullptr);
    object["checkpoint"] = round.result ? json::value(to_json(*round.result)) : json::value(nullptr);
    object["mint"] = round.mint ? json::value(to_json(*round.mint)) : json::value(nullptr);
    if (!round.void_reason.empty()) object["reason"] = static_cast<const std::string&>(round.void_reason);
    return object;
}

json::object to_json(const ledger::MintRow& row) {
    json::object object;
    object["kind"] = ledger::name_of(row.kind);
    object["contributor"] = row.contributor.address();
    object["beneficiary"] = row.beneficiary.address();
    put(object, "amount", row.amount);
    object["weight"] = row.weight;
    switch (row.kind) {
        case ledger::MintKind::compute:
            object["units"] = row.units;
            object["audit_permille"] = row.audit_permille;
            object["attestations"] = row.attestations;
            object["scorings"] = row.scorings;
            object["verdicts"] = row.verdicts;
            break;
        case ledger::MintKind::data:
            put(object, "shard", row.shard);
            object["windows"] = row.windows;
            break;
        case ledger::MintKind::validator:
            object["blocks"] = row.blocks;
            break;
    }
    return object;
}

json::object to_json(const ledger::RoundView& round) {
    json::object object = to_json(round.record);
    json::array units;
    for (const ledger::UnitView& unit : round.units)
        units.push_back(to_json(unit));
    json::array attestations;
    for (const ledger::AttestationView& one : round.attestations) {
        json::object said{{"address", one.account.address()}, {"opened", one.record.opened.has_value()}};
        if (const auto& attestation = one.record.opened) {
            said["root"] = attestation->root.hex();
            said["blob"] = attestation->blob.hex();
            said["held_out_loss"] = attestation->held_out_loss;
            json::array refused;
            for (const std::uint32_t unit : attestation->refused)
                refused.emplace_back(unit);
            said["refused"] = std::move(refused);
        }
        attestations.push_back(std::move(said));
    }
    json::array minted;
    for (const ledger::MintRow& row : round.minted)
        minted.push_back(to_json(row));
    object["units"] = std::move(units);
    object["attestations"] = std::move(attestations);
    object["minted"] = std::move(minted);
    return object;
}

json::object to_json(const ledger::JudgingRecord& judging) {
    json::object object{{"phase", ledger::name_of(judging.phase)}, {"since", judging.since.value},
                        {"deadline", judging.deadline.value},      {"again", judging.again},
                        {"second_committee", judging.second},      {"windows", judging.windows.size()},
                        {"peer_windows", judging.peer_windows}};
    json::array committee;
    for (const ledger::Scorer& scorer : judging.committee) {
        json::object one{
            {"address", scorer.account.address()},
            {"committed", scorer.commitment.has_value()},
            {"answer", scorer.answer ? json::value(to_json(*scorer.answer)) : json::value(nullptr)}};
        put(one, "weight", scorer.weight);
        committee.push_back(std::move(one));
    }
    object["committee"] = std::move(committee);
    return object;
}

json::object to_json(const ledger::ShardView& shard) {
    const ledger::ShardRecord& record = shard.record;
    json::object object;
    object["hash"] = shard.hash.hex();
    object["owner"] = record.owner.address();
    object["status"] = ledger::name_of(record.status);
    object["bytes"] = record.bytes;
    object["license"] = static_cast<const std::string&>(record.license);
    object["language"] = static_cast<const std::string&>(record.language);
    json::array tags;
    for (const ledger::Tag& tag : record.tags)
        tags.emplace_back(static_cast<const std::string&>(tag));
    object["tags"] = std::move(tags);
    const auto* labelled = std::get_if<ledger::Labelled>(&record.kind);
    object["kind"] = labelled != nullptr ? "labelled" : "text";
    object["template"] = labelled != nullptr ? json::value(static_cast<const std::string&>(labelled->pattern))
                                             : json::value(nullptr);
    object["offer"] = record.offer;
    object["offered"] = record.offered.value;
    object["shown"] = record.shown.value;
    put(object, "deposit", record.deposit);
    put(object, "duplicate_of", record.first);
    object["answer"] = record.answer.tokens > 0 ? json::value(to_json(record.answer)) : json::value(nullptr);
    object["paid_score"] = record.paid_score;
    object["generation"] = record.generation.value;
    object["judging"] = shard.judging ? json::value(to_json(*shard.judging)) : json::value(nullptr);
    return object;
}

json::object to_json(const Hash& commitment, const ledger::OfferView& offer) {
    json::object object;
    object["number"] = offer.number;
    object["owner"] = offer.record.owner.address();
    object["commitment"] = commitment.hex();
    object["offered"] = offer.record.offered.value;
    object["earliest"] = offer.earliest.value;
    object["expires"] = offer.record.expires.value;
    put(object, "deposit", offer.record.deposit);
    return object;
}

json::object to_json(const ledger::PeerView& peer) {
    json::object object;
    object["address"] = peer.account.address();
    object["beneficiary"] = peer.beneficiary.address();
    object["endpoint"] = static_cast<const std::string&>(peer.record.endpoint);
    object["service"] = static_cast<const std::string&>(peer.record.service);
    json::array roles;
    if (peer.record.is(ledger::k_role_trainer)) roles.emplace_back("trainer");
    if (peer.record.is(ledger::k_role_server)) roles.emplace_back("server");
    object["roles"] = std::move(roles);
    put(object, "price_per_input_token", peer.record.price_per_input_token);
    put(object, "price_per_output_token", peer.record.price_per_output_token);
    put(object, "bonded", peer.bonded);
    put(object, "server_bond", peer.server_bond.bonded);
    put(object, "server_bond_leaving", peer.server_bond.all() - peer.server_bond.bonded);
    object["receipts_being_judged"] = peer.server_bond.cases;
    return object;
}

namespace {

/// JSON has no numbers that are not finite.
json::value number_of(std::uint32_t bits) {
    const float number = std::bit_cast<float>(bits);
    return std::isfinite(number) ? json::value(number) : json::value(nullptr);
}

}  // namespace

json::object to_json(const Hash& receipt, const ledger::InferenceStatement& statement) {
    json::object object;
    object["id"] = receipt.hex();
    object["chain_id"] = statement.chain_id.hex();
    object["server"] = statement.server.address();
    object["payer"] = statement.payer.address();
    object["payment"] = statement.payment.hex();
    object["request_hash"] = statement.request().hex();
    object["prompt_hash"] = statement.prompt.hex();
    const ledger::SamplingRule& rule = statement.sampling;
    object["sampling"] = json::object{{"choices", rule.choices},
                                      {"max_tokens", rule.max_tokens},
                                      {"temperature", number_of(rule.temperature)},
                                      {"top_k", rule.top_k},
                                      {"top_p", number_of(rule.top_p)},
                                      {"seed", std::to_string(rule.seed)},
                                      {"stops_hash", rule.stops.hex()}};
    object["checkpoint_round"] = statement.round.value;
    object["checkpoint_root"] = statement.checkpoint.hex();
    json::array ends;
    for (const ledger::ChoiceEnd& end : statement.outcome.ends)
        ends.push_back(json::object{{"tokens", end.tokens}, {"end", ledger::name_of(end.end)}});
    object["choices"] = std::move(ends);
    object["output_hash"] = statement.outcome.output.hex();
    object["text_hash"] = statement.outcome.text.hex();
    object["input_tokens"] = statement.input_tokens;
    object["output_tokens"] = statement.output_tokens;
    put(object, "cost", statement.cost);
    put(object, "spent", statement.spent);
    object["height"] = statement.height.value;
    return object;
}

json::object to_json(const ledger::ReceiptCaseView& reported) {
    const ledger::ReceiptCaseRecord& record = reported.record;
    json::object object = to_json(reported.receipt, record.statement);
    object["reporter"] = record.reporter.address();
    put(object, "deposit", record.deposit);
    object["stage"] = ledger::name_of(record.stage);
    object["outcome"] = ledger::name_of(record.outcome);
    object["opened"] = record.opened.value;
    object["deadline"] = record.is_open() ? json::value(record.deadline.value) : json::value(nullptr);
    object["closed"] = record.is_open() ? json::value(nullptr) : json::value(record.closed.value);
    object["redraws"] = record.redraws;
    json::array committee;
    for (const ledger::Juror& juror : record.committee) {
        json::object one{{"address", juror.account.address()}, {"committed", juror.commitment.has_value()}};
        put(one, "weight", juror.weight);
        put(one, "found", juror.found);
        committee.push_back(std::move(one));
    }
    object["committee"] = std::move(committee);
    put(object, "taken", record.penalty.taken);
    put(object, "refunded", record.penalty.refunded);
    put(object, "rewarded", record.penalty.rewarded);
    return object;
}

json::object to_json(const ledger::SettlementRecord& settlement) {
    json::object object;
    object["number"] = settlement.number;
    object["height"] = settlement.height.value;
    object["transaction"] = settlement.transaction.hex();
    put(object, "channel", settlement.channel.is_zero() ? std::nullopt : std::optional(settlement.channel));
    object["payer"] = settlement.payer.address();
    object["server"] = settlement.server.address();
    object["server_beneficiary"] = settlement.server_beneficiary.address();
    object["proposer_beneficiary"] = settlement.proposer_beneficiary.address();
    put(object, "amount", settlement.amount);
    put(object, "server_part", settlement.server_part);
    put(object, "owners_part", settlement.owners_part);
    put(object, "validators_part", settlement.validators_part);
    object["accumulator_before"] = to_text(settlement.accumulator_before.number());
    object["accumulator_after"] = to_text(settlement.accumulator_after.number());
    object["carry_before"] = std::to_string(settlement.carry_before);
    object["carry_after"] = std::to_string(settlement.carry_after);
    object["total_shares"] = std::to_string(settlement.total_shares.value);
    return object;
}

json::object to_json(const ledger::PoolRecord& pool) {
    json::object object;
    object["accumulator"] = to_text(pool.accumulator.number());
    object["carry"] = std::to_string(pool.carry);
    object["total_shares"] = std::to_string(pool.total_shares.value);
    put(object, "undistributed", pool.undistributed);
    put(object, "held", pool.held);
    object["settlements"] = pool.settlements;
    return object;
}

json::object to_json(const ledger::SupplyView& supply) {
    json::object object;
    put(object, "coins", supply.coins);
    put(object, "in_channels", supply.in_channels);
    put(object, "in_pool", supply.in_pool);
    put(object, "in_deposits", supply.in_deposits);
    put(object, "in_server_bonds", supply.in_server_bonds);
    object["shares"] = std::to_string(supply.shares.value);
    put(object, "bonded", supply.bonded);
    put(object, "minted", supply.minted);
    put(object, "burned", supply.burned);
    return object;
}

json::object to_json(const Hash& id, const ledger::ChannelRecord& channel) {
    json::object object;
    object["id"] = id.hex();
    object["payer"] = channel.payer.address();
    object["server"] = channel.server.address();
    put(object, "deposit", channel.deposit);
    put(object, "settled", channel.settled);
    object["opened"] = channel.opened.value;
    object["withdrawable"] =
        channel.withdrawable ? json::value(channel.withdrawable->value) : json::value(nullptr);
    return object;
}

json::object to_json(const protocol::Header& header) {
    return {{"height", header.height.value},
            {"hash", block_hash(header).hex()},
            {"epoch", header.epoch.value},
            {"parent", header.parent.hex()},
            {"proposer", header.proposer.address()},
            {"state_root", header.state_root.hex()},
            {"transactions_root", header.transactions_root.hex()},
            {"beacon_reveal", header.beacon_reveal.hex()}};
}

json::object to_json(const protocol::Transaction& transaction) {
    const protocol::TransactionBody& body = transaction.body;
    const Result<ledger::Payload> payload = ledger::payload_of(body);
    json::object object;
    object["id"] = transaction_id(transaction).hex();
    object["type"] = payload ? ledger::name_of(*payload) : "unknown";
    object["sender"] = body.sender.address();
    object["nonce"] = body.nonce;
    put(object, "fee", body.fee);
    object["expires"] = body.expires.value;
    put(object, "fee_payer", body.fee_payer);
    object["payload"] = to_hex(body.payload);
    return object;
}

}  // namespace dure::node
