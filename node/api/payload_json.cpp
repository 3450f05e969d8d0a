#include "node/api/payload_json.h"

#include <concepts>

#include "ledger/transactions/payload.h"
#include "node/api/encode.h"

namespace dure::node {

namespace json = boost::json;

namespace {

void show(json::object& object, const char* name, const Account& account) {
    object[name] = account.address();
}
void show(json::object& object, const char* name, const std::optional<Account>& account) {
    put(object, name, account);
}
void show(json::object& object, const char* name, const Hash& hash) {
    object[name] = hash.hex();
}
void show(json::object& object, const char* name, Coin amount) {
    put(object, name, amount);
}
void show(json::object& object, const char* name, Shares amount) {
    put(object, name, amount);
}
void show(json::object& object, const char* name, protocol::Round round) {
    object[name] = round.value;
}
void show(json::object& object, const char* name, bool holds) {
    object[name] = holds;
}
void show(json::object& object, const char* name, const std::unsigned_integral auto& number) {
    object[name] = number;
}
template <std::size_t n>
void show(json::object& object, const char* name, const BoundedString<n>& text) {
    object[name] = static_cast<const std::string&>(text);
}
/// What is longer than a line of a table.
void show(json::object&, const char*, const auto&) {}

}  // namespace

json::object payload_json(const protocol::Transaction& transaction) {
    json::object object;
    const Result<ledger::Payload> payload = ledger::payload_of(transaction.body);
    if (!payload) return object;
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.to; }) show(object, "to", one.to);
            if constexpr (requires { one.amount; }) show(object, "amount", one.amount);
            if constexpr (requires { one.server; }) show(object, "server", one.server);
            if constexpr (requires { one.account; }) show(object, "account", one.account);
            if constexpr (requires { one.channel; }) show(object, "channel", one.channel);
            if constexpr (requires { one.deposit; }) show(object, "deposit", one.deposit);
            if constexpr (requires { one.cumulative; }) show(object, "cumulative", one.cumulative);
            if constexpr (requires { one.proposal; }) show(object, "proposal", one.proposal);
            if constexpr (requires { one.yes; }) show(object, "yes", one.yes);
            if constexpr (requires { one.round; }) show(object, "round", one.round);
            if constexpr (requires { one.unit; }) show(object, "unit", one.unit);
            if constexpr (requires { one.units; }) show(object, "units", one.units);
            if constexpr (requires { one.task; }) show(object, "task", one.task);
            if constexpr (requires { one.same; }) show(object, "same", one.same);
            if constexpr (requires { one.shard; }) show(object, "shard", one.shard);
            if constexpr (requires { one.bytes; }) show(object, "bytes", one.bytes);
            if constexpr (requires { one.license; }) show(object, "license", one.license);
            if constexpr (requires { one.language; }) show(object, "language", one.language);
            if constexpr (requires { one.commitment; }) show(object, "commitment", one.commitment);
            if constexpr (requires { one.endpoint; }) show(object, "endpoint", one.endpoint);
            if constexpr (requires { one.service; }) show(object, "service", one.service);
            if constexpr (requires { one.price_per_input_token; })
                show(object, "price_per_input_token", one.price_per_input_token);
            if constexpr (requires { one.price_per_output_token; })
                show(object, "price_per_output_token", one.price_per_output_token);
            if constexpr (requires { one.beneficiary; }) show(object, "beneficiary", one.beneficiary);
        },
        *payload);
    return object;
}

bool concerns(const protocol::Transaction& transaction, const Account& account) {
    const protocol::TransactionBody& body = transaction.body;
    if (body.sender == account || body.fee_payer == account) return true;
    const Result<ledger::Payload> payload = ledger::payload_of(body);
    if (!payload) return false;
    return std::visit(
        [&](const auto& one) {
            bool named = false;
            if constexpr (requires { one.to == account; }) named = named || one.to == account;
            if constexpr (requires { one.server == account; }) named = named || one.server == account;
            if constexpr (requires { one.account == account; }) named = named || one.account == account;
            if constexpr (requires { one.beneficiary == account; })
                named = named || one.beneficiary == account;
            return named;
        },
        *payload);
}

}  // namespace dure::node
