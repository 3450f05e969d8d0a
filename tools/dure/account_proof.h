// Checking, without trusting the node that answers, what an account has: the entry's Merkle path to the state
// root of a header, and, where a light client is at hand, that more than two thirds of the validators made that
// header final.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/light_client.h"
#include "base/result.h"
#include "ledger/records/account.h"

namespace dure::tools {

struct ProvenAccount {
    std::uint64_t height = 0;  ///< of the header; its state root is that of the state before this block
    Hash state_root;
    bool finality_checked = false;
    std::optional<ledger::AccountRecord> record;  ///< nothing: the state has no such account
};

/// `answer`: the node's answer to /v1/accounts/{address}?proof=1. Errors: `malformed` if there is no proof in
/// it, `invalid` if it does not hold: then the node lies or is broken; those of LightClient::check_final.
Result<ProvenAccount> check_account_proof(const Account& account, const boost::json::value& answer,
                                          const protocol::LightClient* light);

}  // namespace dure::tools
