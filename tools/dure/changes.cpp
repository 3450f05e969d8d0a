// dure changes, propose, vote: parameters that change while the chain runs, by the votes of bonded shares.
#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>

#include "ledger/records/change.h"
#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/signing.h"

namespace dure::tools {

namespace {

struct ProposeOptions {
    std::vector<std::string> changes;
    std::uint64_t epoch = 0;
    std::uint32_t version = 0;
    SigningOptions signing;
};

struct VoteOptions {
    std::uint64_t proposal = 0;
    bool withdraw = false;
    SigningOptions signing;
};

std::string changes_in(const boost::json::value& proposal) {
    std::string text;
    if (const std::string version = text_at(proposal, "version"); !version.empty())
        text = "protocol version " + version;
    for (const auto& one : list_at(proposal, "parameters"))
        text += (text.empty() ? "" : ", ") + text_at(one, "name") + " = " + text_at(one, "value");
    return text;
}

Status changes(const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(const boost::json::value answer, api.get("/v1/changes"));
    if (shared.json) {
        std::cout << pretty(answer);
        return {};
    }
    if (!flag_at(answer, "possible")) {
        std::cout << "this chain has a single epoch: its parameters are those that genesis gives\n";
        return {};
    }
    std::cout << "epoch " << text_at(answer, "epoch") << "; a change needs the votes of more than "
              << text_at(answer, "quorum_bp") << " of 10000 of all bonded shares\n";
    Table proposed({"change", "stage", "what", "from epoch", "counted after block", "votes", "of"});
    for (const auto& one : list_at(answer, "items")) {
        const std::uint64_t closes = number_at(one, "closes_height");
        proposed.row({text_at(one, "number"), text_at(one, "stage"), changes_in(one), text_at(one, "from"),
                      std::to_string(closes == 0 ? 0 : closes - 1), text_at(one, "for_it_shares"),
                      text_at(one, "of_all_shares")});
    }
    std::cout << proposed.text() << "\nwhat may be changed, and how far:\n";
    Table parameters({"parameter", "now", "at least", "at most"});
    for (const auto& one : list_at(answer, "parameters")) {
        parameters.row(
            {text_at(one, "name"), text_at(one, "value"), text_at(one, "least"), text_at(one, "most")});
    }
    std::cout << parameters.text();
    return {};
}

/// "minimum_fee=2000". Errors: `malformed`, `not_found`.
Result<ledger::ParameterChange> change_of(const std::string& text) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos)
        return Error{ErrorCode::malformed, "\"" + text + "\" is no change; write NAME=VALUE"};
    const std::string name = text.substr(0, sign);
    const auto number = ledger::votable_number(name);
    if (!number) {
        return Error{ErrorCode::not_found, "\"" + name +
                                               "\" is no parameter that can be voted on; dure changes lists "
                                               "those of this chain"};
    }
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + sign + 1, end, value);
    if (error != std::errc{} || at != end)
        return Error{ErrorCode::malformed, "\"" + text.substr(sign + 1) + "\" is no whole number"};
    return ledger::ParameterChange{*number, value};
}

Status propose(const ProposeOptions& options, const SharedOptions& shared) {
    std::vector<ledger::ParameterChange> changes;
    for (const std::string& text : options.changes) {
        DURE_TRY(const ledger::ParameterChange change, change_of(text));
        changes.push_back(change);
    }
    if (changes.size() > ledger::k_max_changed_parameters) {
        return Error{
            ErrorCode::out_of_range,
            "a proposal changes at most " + std::to_string(ledger::k_max_changed_parameters) + " parameters"};
    }
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.parameter < b.parameter; });
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    ledger::ProposeChange payload{.parameters = ledger::ParameterChanges(std::move(changes)),
                                  .version = options.version,
                                  .from = {options.epoch}};
    if (options.epoch == 0) {
        // One epoch more than is needed: this one may end before the transaction is in a block.
        DURE_TRY(const boost::json::value answer, sender.api.get("/v1/changes"));
        payload.from = {number_at(answer, "epoch") + number_at(answer, "voting_epochs") + 3};
    }
    return send_and_report(sender, payload,
                           "You proposed a change from epoch " + std::to_string(payload.from.value) +
                               " on (dure changes shows its number); its deposit comes back when its votes "
                               "are counted. Your own vote is not in it yet: dure vote",
                           shared);
}

Status vote(const VoteOptions& options, const SharedOptions& shared) {
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    const ledger::VoteChange payload{.proposal = options.proposal, .yes = !options.withdraw};
    const std::string name = "change " + std::to_string(options.proposal);
    return send_and_report(
        sender, payload,
        options.withdraw ? "You no longer vote for " + name
                         : "You vote for " + name + ", with what you have bonded when votes are counted",
        shared);
}

}  // namespace

void add_changes(Program& program) {
    const SharedOptions& shared = program.options();
    CLI::App& list = program.command(nullptr, "changes", "parameters that may be voted on, and proposals",
                                     {"dure changes", "dure changes --json"});
    program.action(list, [&shared] { return changes(shared); });

    const auto proposed = std::make_shared<ProposeOptions>();
    CLI::App& propose_command = program.command(
        nullptr, "propose", "propose other values for parameters, or an upgrade",
        {"dure propose minimum_fee=2000 --from my-node",
         "dure propose validator_bond=50000000000 max_validators=100 --epoch 40 --from my-node",
         "dure propose --protocol-version 2 --epoch 60 --from my-node"},
        "Values are in the chain's base units, as dure changes shows them. Whoever proposes needs as much "
        "bonded as a\nvalidator, and pays a deposit that comes back when the votes are counted.");
    propose_command.add_option("changes", proposed->changes, "NAME=VALUE");
    propose_command.add_option("--protocol-version", proposed->version, "a later version of the protocol");
    propose_command.add_option("--epoch", proposed->epoch, "the first epoch that it is to hold in");
    add_signing_options(propose_command, proposed->signing);
    program.action(propose_command, [proposed, &shared] { return propose(*proposed, shared); });

    const auto voted = std::make_shared<VoteOptions>();
    CLI::App& vote_command =
        program.command(nullptr, "vote", "vote for a proposed change",
                        {"dure vote 3 --from my-node", "dure vote 3 --withdraw --from my-node"},
                        "With all shares that the key has bonded when votes are counted. Whoever does not "
                        "vote counts against it;\n--withdraw takes a vote back.");
    vote_command.add_option("change", voted->proposal, "its number (dure changes)")->required();
    vote_command.add_flag("--withdraw", voted->withdraw, "take the vote back");
    add_signing_options(vote_command, voted->signing);
    program.action(vote_command, [voted, &shared] { return vote(*voted, shared); });
}

}  // namespace dure::tools
