// dure audit: replays past work units and says whether their trainers did what they said, bit for bit.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "ledger/views.h"
#include "node/api/json_fields.h"
#include "node/blobs/blob_store.h"
#include "node/chain/flat_state.h"
#include "node/node_files.h"
#include "node/roles/tasks/shared.h"
#include "tools/dure/await_here.h"
#include "tools/dure/commands.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/remote_state.h"
#include "tools/dure/stored_state.h"
#include "trainer/rounds/replay.h"

namespace dure::tools {

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace json = boost::json;

struct AuditOptions {
    std::string round = "latest";
    std::optional<std::uint32_t> unit;
    std::string data;
    unsigned threads = 1;
};

/// The blobs of a node that is not running.
class StoredBlobs final : public node::BlobAccess {
  public:
    explicit StoredBlobs(node::BlobStore& store) : store_(store) {}
    asio::awaitable<Result<Bytes>> fetch(Hash blob, std::uint64_t) override { co_return store_.get(blob); }
    asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) override {
        co_return blob_hash(*blob);
    }
    Result<Hash> put_now(ByteView blob) override { return blob_hash(blob); }
    void drop(const Hash&) override {}
    std::optional<std::uint64_t> have(const Hash& blob) const override {
        const Result<std::uint64_t> size = store_.size(blob);
        return size ? std::optional(*size) : std::nullopt;
    }

  private:
    node::BlobStore& store_;
};

/// Where a chain's state and blobs come from.
struct Source {
    const ledger::StateReader& state;
    node::BlobAccess& blobs;
    const ledger::Genesis& genesis;
};

struct Verdict {
    std::uint32_t unit = 0;
    Account trainer;
    std::string status;          ///< what the chain found
    std::optional<Hash> stated;  ///< the update that the trainer stands by; none: it submitted nothing
    Hash replayed;
    double seconds = 0;

    bool same() const { return stated == replayed; }
};

Result<Verdict> replay(const Source& source, node::Library& library, const trainer::Kernels& kernels,
                       const ledger::RoundRecord& round, const ledger::UnitView& unit) {
    Verdict verdict{.unit = unit.number,
                    .trainer = unit.record.trainer,
                    .status = ledger::name_of(unit.record.status),
                    .stated = std::nullopt,
                    .replayed = {},
                    .seconds = 0};
    if (!unit.record.revealed) return verdict;
    verdict.stated = unit.record.revealed->update;
    ledger::AssignedUnit assigned{.round = round.number,
                                  .unit = unit.number,
                                  .record = unit.record,
                                  .seed = ledger::unit_seed(round, unit.number),
                                  .base = round.base,
                                  .deadline = {}};
    auto prepared = await_here(node::prepare(source.state, library, std::move(assigned)));
    if (!prepared) {
        return with_context(prepared.error(), "what unit " + std::to_string(unit.number) +
                                                  " began with is not kept here any more, ask another node");
    }
    const auto began = std::chrono::steady_clock::now();
    const trainer::WorkUnit task = prepared->work_unit();
    DURE_TRY(const trainer::SegmentReplay result,
             trainer::replay_segments(kernels, task, trainer::ReplayStart::base(), 0, task.segments()));
    verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    verdict.replayed = result.update_hash;
    return verdict;
}

Status report(const std::vector<Verdict>& verdicts, protocol::Round round, bool as_json) {
    Table table({"unit", "trainer", "on the chain", "replayed here", "seconds"});
    json::array list;
    bool all_as_judged = true;
    for (const Verdict& one : verdicts) {
        const std::string answer = !one.stated ? "nothing was shown" : one.same() ? "same" : "different";
        // A unit that the chain accepted must come out again.
        if (one.status == "accepted" && !one.same()) all_as_judged = false;
        std::string seconds = std::to_string(one.seconds);
        seconds.resize(seconds.find('.') + 2);
        table.row(
            {std::to_string(one.unit), shorten(one.trainer.address(), 12), one.status, answer, seconds});
        list.push_back(
            json::object{{"unit", one.unit},
                         {"trainer", one.trainer.address()},
                         {"status", one.status},
                         {"replayed", one.stated ? json::value(one.replayed.hex()) : json::value(nullptr)},
                         {"stated", one.stated ? json::value(one.stated->hex()) : json::value(nullptr)},
                         {"same", one.stated ? json::value(one.same()) : json::value(nullptr)}});
    }
    if (as_json) {
        std::cout << pretty(json::object{{"round", round.value}, {"units", std::move(list)}});
    } else {
        std::cout << "Round " << to_text(round) << ", replayed bit for bit\n\n" << table.text("  ");
    }
    if (all_as_judged) return {};
    return Error{ErrorCode::invalid, "an accepted unit comes out differently here"};
}

Result<protocol::Round> wanted_round(const AuditOptions& options, const ledger::StateReader& state) {
    if (options.round == "latest") return ledger::head(state).finished;
    const Result<std::uint64_t> number = node::parse_number(options.round);
    if (!number) return with_context(number.error(), "a round is named by its number or 'latest'");
    return protocol::Round{*number};
}

Status audit(const AuditOptions& options, const Source& source, bool as_json) {
    DURE_TRY(const protocol::Round number, wanted_round(options, source.state));
    const auto round = ledger::round(source.state, number);
    if (!round || round->units.empty()) {
        return Error{ErrorCode::not_found, "round " + to_text(number) + " has no work units to replay"};
    }
    DURE_TRY(const auto library, node::Library::create(source.blobs, source.genesis, {.has_thread = false}));
    trainer::ThreadPool pool(static_cast<int>(options.threads));
    const auto kernels = trainer::make_kernels(trainer::best_isa(), pool);
    std::vector<Verdict> verdicts;
    for (const ledger::UnitView& unit : round->units) {
        if (options.unit && unit.number != *options.unit) continue;
        DURE_TRY(Verdict verdict, replay(source, *library, *kernels, round->record, unit));
        verdicts.push_back(std::move(verdict));
    }
    if (verdicts.empty()) {
        return Error{ErrorCode::not_found,
                     "round " + to_text(number) + " has no unit " + std::to_string(options.unit.value_or(0))};
    }
    return report(verdicts, number, as_json);
}

Status audit_folder(const AuditOptions& options, bool as_json) {
    const fs::path folder = options.data;
    DURE_TRY(const StoredState stored, open_stored_state(folder));
    const node::FlatState state(*stored.store);
    DURE_TRY(const std::unique_ptr<node::BlobStore> kept,
             node::BlobStore::open(folder / node::k_blobs_folder));
    StoredBlobs blobs(*kept);
    return audit(options, {state, blobs, stored.genesis}, as_json);
}

Status run_audit(const AuditOptions& options, const SharedOptions& shared) {
    if (!options.data.empty()) return audit_folder(options, shared.json);
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(const ledger::Genesis genesis, fetch_genesis(api));
    const RemoteState state(api);
    RemoteBlobs blobs(api);
    try {
        return audit(options, {state, blobs, genesis}, shared.json);
    } catch (const StateUnreachable& failure) {
        return failure.error;
    }
}

}  // namespace

void add_audit(Program& program) {
    const auto options = std::make_shared<AuditOptions>();
    CLI::App& command = program.command(
        nullptr, "audit", "replay a past round's work units and compare, bit for bit",
        {"dure audit", "dure audit 12 --unit 3 --threads 4", "dure audit 12 --data ~/.dure/node"},
        "Trains each unit of the round again on this machine, from the same checkpoint and the same text, "
        "and says\n"
        "whether the same update comes out. Works as long as the node still keeps what the unit began with.");
    command.add_option("round", options->round, "a round's number; \"latest\" is the newest finished one")
        ->capture_default_str();
    command.add_option("--unit", options->unit, "only this unit");
    command.add_option("--data", options->data, "the folder of a node that is not running")
        ->type_name("FOLDER");
    command.add_option("--threads", options->threads, "threads to use")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return run_audit(*options, shared); });
}

}  // namespace dure::tools
