// What a transaction says, for people: the fields of its payload that are short, by name. And whom it concerns.
#pragma once

#include <boost/json/object.hpp>

#include "base/keys.h"
#include "base/protocol/transaction.h"

namespace dure::node {

/// Amounts, accounts, names of things, rounds and units; proofs, sketches and signatures are left out.
boost::json::object payload_json(const protocol::Transaction& transaction);

/// True for who sent it, pays its fee, or is named in its payload.
bool concerns(const protocol::Transaction& transaction, const Account& account);

}  // namespace dure::node
