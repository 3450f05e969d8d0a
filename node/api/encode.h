// The ledger's records as JSON. Amounts stand twice: exact, in base units, as a decimal text ("balance"), and
// for people ("balance_dure", "bonded_shares"). Hashes are hexadecimal, accounts dure1…, heights and counts
// numbers, losses micro-nats.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

#include "base/protocol/block.h"
#include "ledger/views.h"

namespace dure::node {

void put(boost::json::object& object, std::string_view name, Coin amount);
void put(boost::json::object& object, std::string_view name, Shares amount);
void put(boost::json::object& object, std::string_view name,
         const ledger::FineCoin& amount);  ///< also "<name>_fraction", in 2^-64 grain
void put(boost::json::object& object, std::string_view name,
         const std::optional<Account>& account);  ///< null if there is none
void put(boost::json::object& object, std::string_view name, const std::optional<Hash>& hash);

boost::json::object to_json(const ledger::AccountView& account);
boost::json::object to_json(const ledger::CheckpointRecord& checkpoint);
/// Without units: what lists show.
boost::json::object to_json(const ledger::RoundRecord& round);
boost::json::object to_json(const ledger::MintRow& row);
/// With units, attestations and the receipt's lines.
boost::json::object to_json(const ledger::RoundView& round);
boost::json::object to_json(const ledger::ShardView& shard);
boost::json::object to_json(const Hash& commitment, const ledger::OfferView& offer);
boost::json::object to_json(const ledger::PeerView& peer);
/// A server's receipt about an answer, by its name.
boost::json::object to_json(const Hash& receipt, const ledger::InferenceStatement& statement);
boost::json::object to_json(const ledger::ReceiptCaseView& reported);
boost::json::object to_json(const ledger::SettlementRecord& settlement);
boost::json::object to_json(const ledger::PoolRecord& pool);
boost::json::object to_json(const ledger::SupplyView& supply);
boost::json::object to_json(const Hash& id, const ledger::ChannelRecord& channel);
boost::json::object to_json(const protocol::Header& header);
/// With its payload's kind and bytes.
boost::json::object to_json(const protocol::Transaction& transaction);

}  // namespace dure::node
