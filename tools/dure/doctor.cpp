// dure doctor: what may keep a node from doing well, with what to do about it.
#include <algorithm>
#include <iostream>
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/doctor/facts.h"
#include "tools/dure/output.h"

namespace dure::tools {

namespace {

void print(const std::vector<Finding>& findings, bool as_json) {
    if (as_json) {
        boost::json::array items;
        for (const Finding& finding : findings) {
            items.push_back(boost::json::object{{"check", finding.check},
                                                {"verdict", name_of(finding.verdict)},
                                                {"value", finding.value},
                                                {"remedy", finding.remedy}});
        }
        std::cout << pretty(boost::json::object{{"items", std::move(items)}});
        return;
    }
    std::size_t width = 0;
    for (const Finding& finding : findings)
        width = std::max(width, finding.check.size());
    for (const Finding& finding : findings) {
        std::string verdict = name_of(finding.verdict);
        verdict.resize(6, ' ');
        std::string check = finding.check;
        check.resize(width + 2, ' ');
        std::cout << verdict << check << finding.value << '\n';
        if (!finding.remedy.empty())
            std::cout << std::string(width + 8, ' ') << "→ " << finding.remedy << '\n';
    }
}

}  // namespace

void add_doctor(Program& program) {
    CLI::App& command = program.command(
        nullptr, "doctor", "look for what may keep a node from doing well",
        {"dure doctor --data ~/.dure/node", "dure doctor --data ~/.dure/node --time-server pool.ntp.org"},
        "Looks at configuration, key, genesis, ports, disk, clock, CPU, CUDA, open files and peers; each "
        "line is ok, "
        "warn or fail, with what to do. Works while the node runs and while it does not. Exit status 1 if "
        "anything "
        "fails.");
    const auto options = std::make_shared<DoctorOptions>();
    command.add_option("--data", options->folder, "the node's folder")->required()->type_name("FOLDER");
    command
        .add_option("--time-server", options->time_server,
                    "compare the clock with this server's (SNTP); unless said nobody is asked")
        ->type_name("HOST");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared]() -> Status {
        const std::vector<Finding> findings = check_all(find_out(*options));
        print(findings, shared.json);
        const auto failed = std::ranges::count(findings, Verdict::fail, &Finding::verdict);
        if (failed == 0) return {};
        return Error{ErrorCode::io, std::to_string(failed) + " of " + std::to_string(findings.size()) +
                                        " checks failed; the lines above say what to do"};
    });
}

}  // namespace dure::tools
