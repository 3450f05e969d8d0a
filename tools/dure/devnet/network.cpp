#include "tools/dure/devnet/network.h"

#include "tools/dure/wallet.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds k_start_patience{60};
constexpr std::chrono::seconds k_stable_after{20};  ///< a node that ran so long did not fail at its start
constexpr unsigned k_max_quick_restarts = 3;
constexpr std::size_t k_log_tail_bytes = 1'500;
constexpr std::size_t k_max_log_bytes = std::size_t{1} << 30;

}  // namespace

std::string Network::log_tail(std::size_t node) const {
    const auto file = devnet_.nodes[node].folder / "log";
    const auto text = read_file(file, k_max_log_bytes);
    if (!text) return "";
    const std::size_t from =
        text->size() > k_log_tail_bytes ? text->find('\n', text->size() - k_log_tail_bytes) + 1 : 0;
    return "\nthe end of " + file.string() + ":\n" + text->substr(from);
}

Status Network::launch(std::size_t node) {
    const DevnetNode& which = devnet_.nodes[node];
    DURE_TRY(
        ChildProcess process,
        ChildProcess::start(own_program(), {"node", "--data", which.folder.string()}, which.folder / "log"));
    DURE_CHECK(replace_private_file(which.folder / "pid", std::to_string(process.id()) + "\n"));
    running_[node].process = std::move(process);
    running_[node].started = std::chrono::steady_clock::now();
    return {};
}

Status Network::start() {
    running_.resize(devnet_.nodes.size());
    apis_.clear();
    for (std::size_t i = 0; i < devnet_.nodes.size(); ++i) {
        DURE_TRY(Api api, this->api(i));
        api.set_timeout(std::chrono::seconds(5));
        apis_.push_back(std::move(api));
        DURE_CHECK(launch(i));
    }
    for (std::size_t i = 0; i < devnet_.nodes.size(); ++i)
        DURE_CHECK(wait_until_answering(i));
    return {};
}

Status Network::wait_until_answering(std::size_t node) {
    const auto deadline = std::chrono::steady_clock::now() + k_start_patience;
    const std::string& name = devnet_.nodes[node].name;
    while (true) {
        if (apis_[node].get("/v1/status")) return {};
        if (const auto ending = running_[node].process.ended()) {
            return Error{ErrorCode::unavailable,
                         name + " ended at its start (" + *ending + ")" + log_tail(node)};
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return Error{ErrorCode::unavailable, name + " does not answer at " + devnet_.nodes[node].url() +
                                                     " after " + std::to_string(k_start_patience.count()) +
                                                     " s" + log_tail(node)};
        }
        if (!pause_for(std::chrono::milliseconds(100))) return Error{ErrorCode::unavailable, "interrupted"};
    }
}

Status Network::tend() {
    for (std::size_t i = 0; i < running_.size(); ++i) {
        const auto ending = running_[i].process.ended();
        if (!ending) continue;
        const bool quick = std::chrono::steady_clock::now() - running_[i].started < k_stable_after;
        running_[i].restarts = quick ? running_[i].restarts + 1 : 1;
        if (running_[i].restarts > k_max_quick_restarts) {
            return Error{ErrorCode::unavailable,
                         devnet_.nodes[i].name + " ended again and again (" + *ending + ")" + log_tail(i)};
        }
        say_(devnet_.nodes[i].name + " ended (" + *ending + "); starting it again");
        DURE_CHECK(launch(i));
    }
    return {};
}

void Network::stop() {
    for (Running& node : running_)
        node.process.ask_to_stop();
    for (Running& node : running_)
        node.process.stop();
    running_.clear();
}

Result<json::value> Network::ask_any(std::string_view target) {
    Error last{ErrorCode::unavailable, "no node answers"};
    for (Api& api : apis_) {
        auto answer = api.get(target);
        if (answer) return answer;
        last = answer.error();
        if (last.code != ErrorCode::unavailable) break;
    }
    return last;
}

Result<Api> Network::api(std::size_t node) const {
    return Api::open(devnet_.nodes[node].url());
}

}  // namespace dure::tools
