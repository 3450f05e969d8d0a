// What a member does. The base class is an honest member: it does the work of node/roles for every duty and sends what
// comes out. An adversary overrides one function.
#pragma once

#include <optional>
#include <vector>

#include "base/protocol/block.h"
#include "ledger/transactions/payload.h"
#include "node/roles/duties.h"
#include "node/roles/roles.h"

namespace dure::adversary {

class Member;

class Behaviour {
  public:
    Behaviour() = default;
    Behaviour(const Behaviour&) = delete;
    Behaviour& operator=(const Behaviour&) = delete;
    virtual ~Behaviour() = default;

    virtual node::DutyOptions options() const { return {}; }
    /// How units of one's own are trained.
    virtual node::RoleHooks hooks(Member&) { return {}; }
    /// What is sent for a duty without doing its work; nothing: the work is done.
    virtual std::optional<std::vector<ledger::Payload>> instead(Member&, const node::Duty&) {
        return std::nullopt;
    }
    /// What is sent once the work is done.
    virtual std::vector<ledger::Payload> answer(Member&, const node::Duty&, ledger::Payload honest) {
        return {std::move(honest)};
    }
    /// Whether it gives a blob that it holds to another member.
    virtual bool serves(Member&, const Hash&, std::size_t) { return true; }
    /// Whether it proposes this block, its turn being now; else the next one's turn comes, and with it another reveal.
    virtual bool proposes(Member&, const protocol::Block&) { return true; }
    /// Before the others' transactions are in a block: Member::send whatever pleases.
    virtual void every_block(Member&) {}
    /// Acts last, on what the others are about to say, and still comes first in the block.
    virtual bool rushes() const { return false; }
};

}  // namespace dure::adversary
