// dure status: where a node and its chain stand.
#include <iostream>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"

namespace dure::tools {

void add_status(Program& program) {
    CLI::App& command = program.command(nullptr, "status", "where a node and its chain stand",
                                        {"dure status", "dure status --json"});
    const SharedOptions& shared = program.options();
    program.action(command, [&shared]() -> Status {
        DURE_TRY(Api api, Api::open(shared.node));
        DURE_TRY(const boost::json::value status, api.get("/v1/status"));
        if (shared.json) {
            std::cout << pretty(status);
            return {};
        }
        Table table(
            {"chain", text_at(status, "chain_name") + "  " + shorten(text_at(status, "chain_id"), 16, 8)});
        table.row({"node", text_at(status, "address")});
        std::string roles;
        for (const auto& role : list_at(status, "roles"))
            roles += (roles.empty() ? "" : ", ") + text_at(role, "");
        table.row({"roles", roles});
        table.row(
            {"height", text_at(status, "height") + (flag_at(status, "syncing") ? " (catching up)" : "")});
        table.row({"block", text_at(status, "block_hash")});
        table.row({"state root", text_at(status, "state_root")});
        table.row({"round", text_at(status, "round.number") + ", " + text_at(status, "round.phase")});
        table.row({"checkpoint", text_at(status, "checkpoint_root")});
        table.row({"held-out loss", nats(number_at(status, "held_out_loss")) + " nats a token"});
        table.row({"shares", text_at(status, "shares_total_shares")});
        table.row({"peers", text_at(status, "peers")});
        table.row({"protocol version", text_at(status, "protocol_version")});
        std::cout << table.text();
        if (const std::string warning = text_at(status, "upgrade_needed"); !warning.empty())
            std::cout << "\n" << warning << "\n";
        return {};
    });
}

}  // namespace dure::tools
