#include "node/roles/registration.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "ledger/serving/server_bonds.h"
#include "ledger/views.h"
#include "node/peers/stream.h"

namespace dure::node {

namespace {

std::optional<boost::asio::ip::address> address_of(const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return std::nullopt;
    return address;
}

bool is_loopback(const std::string& host) {
    const auto address = address_of(host);
    return host == "localhost" || (address && address->is_loopback());
}

bool is_unspecified(const std::string& host) {
    const auto address = address_of(host);
    return address && address->is_unspecified();
}

Status can_pay(const ledger::StateReader& state, const Account& node, Coin amount) {
    const Coin balance = ledger::account(state, node).balance;
    const Coin fee = ledger::parameters(state).minimum_fee;
    const auto needed = checked_add(amount, fee);
    if (needed && *needed <= balance) return {};
    return Error{ErrorCode::insufficient, "the node's key " + node.address() + " has " + to_text(balance) +
                                              " DURE, and selling answers takes " + to_text(amount) +
                                              " to bond and a fee of " + to_text(fee) +
                                              "; send it coins: dure send " + node.address() + " AMOUNT"};
}

ledger::RegisterPeer said_now(const ledger::StateReader& state, const Account& node,
                              const ledger::PeerRecord& record) {
    return {.roles = record.roles,
            .endpoint = record.endpoint,
            .service = record.service,
            .price_per_input_token = record.price_per_input_token,
            .price_per_output_token = record.price_per_output_token,
            .beneficiary = ledger::account(state, node).beneficiary,
            .tls_fingerprint = record.tls_fingerprint};
}

}  // namespace

Result<std::optional<ledger::Payload>> next_registration(const ledger::StateReader& state,
                                                         const Account& node, const Registration& wanted) {
    const auto peer = ledger::peer(state, node);
    ledger::RegisterPeer now;
    now.beneficiary = ledger::account(state, node).beneficiary;
    if (peer) now = said_now(state, node, peer->record);
    ledger::RegisterPeer then = now;
    if (!wanted.sells) {
        then.roles = static_cast<std::uint8_t>(now.roles & ~unsigned{ledger::k_role_server});
    } else {
        const Coin least = ledger::parameters(state).server_bond;
        const Coin bond = std::max(least, wanted.bond.value_or(least));
        const Coin bonded = ledger::server_bond(state, node).bonded;
        if (bonded < bond) {
            const Coin missing = bond - bonded;
            DURE_CHECK(can_pay(state, node, missing));
            return std::optional<ledger::Payload>(ledger::BondServer{missing});
        }
        then.roles = static_cast<std::uint8_t>(now.roles | ledger::k_role_server |
                                               (wanted.trains ? ledger::k_role_trainer : 0));
        then.endpoint = wanted.endpoint;
        then.service = wanted.service;
        then.price_per_input_token = wanted.price_per_input_token;
        then.price_per_output_token = wanted.price_per_output_token;
    }
    if (then == now) return std::optional<ledger::Payload>();
    DURE_CHECK(can_pay(state, node, {}));
    return std::optional<ledger::Payload>(std::move(then));
}

std::string reachable_address(const std::string& listening, const std::string& endpoint,
                              const std::vector<std::string>& peers) {
    const auto own = parse_endpoint(listening);
    if (!own) return {};
    std::string host = own->host;
    if (is_unspecified(host)) {
        const auto other = parse_endpoint(endpoint);
        if (!other || is_unspecified(other->host)) return {};
        host = other->host;
    }
    const bool among_neighbours = std::all_of(peers.begin(), peers.end(), [](const std::string& peer) {
        const auto parsed = parse_endpoint(peer);
        return parsed && is_loopback(parsed->host);
    });
    if (is_loopback(host) && !among_neighbours) return {};
    return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + own->port;
}

}  // namespace dure::node
