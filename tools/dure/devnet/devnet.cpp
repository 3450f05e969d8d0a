// dure devnet: four nodes on this machine train one model, sell an answer and share the fee.
#include <fstream>
#include <iostream>
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/contribute.h"
#include "tools/dure/devnet/harvest.h"
#include "tools/dure/devnet/progress.h"
#include "tools/dure/devnet/text.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace fs = std::filesystem;

struct Options {
    DevnetOptions devnet;
    std::string folder;
    std::string text = "build/text";
    unsigned rounds = 10;
    unsigned minutes = 30;
    std::string prompt = "새 문서를 열려면";
    bool keep = false;
    bool fresh = false;
    bool prepare_only = false;
};

/// A text is offered in pieces, so that a devnet has several shards to draw from.
constexpr std::size_t k_shard_bytes = 512 * 1024;
/// The rest of the texts is offered when so many rounds are decided.
constexpr std::uint64_t k_early_rounds = 2;
constexpr const char* k_license = "CC-BY-SA-4.0";

std::string default_folder() {
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : ".") + "/.dure/devnet";
}

/// Every other piece of a text is offered at the start; of a single piece all, but the last contributor's.
bool is_early(std::size_t piece, std::size_t pieces, bool is_last_of_several) {
    if (pieces == 1) return !is_last_of_several;
    return piece % 2 == 0;
}

Error interrupted_error() {
    return {ErrorCode::unavailable, "interrupted; everything is stopped, the same command goes on from here"};
}

/// A piece of a contributor's text on its way into the chain.
struct Piece {
    std::size_t node = 0;
    const DevnetContributor* contributor = nullptr;
    SecretKey key;
    Contribution contribution;
    ContributionStage stage = ContributionStage::fresh;
    std::string transaction;
};

/// The early pieces, or those that are kept for later, so that one sees a model grow with the data that arrives.
/// What the chain has already is left out.
Result<std::vector<Piece>> pieces_to_offer(Network& network, const Devnet& devnet, bool early) {
    const Wallet wallet(devnet.wallet());
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < devnet.contributors.size(); ++i) {
        const DevnetContributor& contributor = devnet.contributors[i];
        DURE_TRY(const SecretKey key, wallet.unlock(contributor.name, password_source({})));
        const std::size_t node = i % devnet.nodes.size();
        DURE_TRY(Api api, network.api(node));
        DURE_TRY(const std::string text, read_file(contributor.text, k_max_devnet_text_bytes));
        const std::vector<std::string> parts = cut_text(text, k_shard_bytes);
        const bool is_last = i + 1 == devnet.contributors.size() && i > 0;
        for (std::size_t number = 0; number < parts.size(); ++number) {
            if (is_early(number, parts.size(), is_last) != early) continue;
            ContributionOptions options;
            options.license = k_license;
            DURE_TRY(Contribution contribution, make_contribution(contributor.name, parts[number], options));
            const auto stage = stage_of(api, key, contribution);
            if (!stage && stage.error().code != ErrorCode::duplicate) return stage.error();
            if (!stage || *stage == ContributionStage::shown) continue;
            pieces.push_back({node, &contributor, key, std::move(contribution), *stage, {}});
        }
    }
    return pieces;
}

Status wait_for_all(Network& network, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) {
        if (piece.transaction.empty()) continue;
        DURE_TRY(Api api, network.api(piece.node));
        DURE_CHECK(api.wait_for(piece.transaction, std::chrono::seconds(60)));
    }
    return {};
}

/// Each contributor offers its text through another node, then shows it.
Status offer_texts(Network& network, const Devnet& devnet, Progress& progress, bool early) {
    DURE_TRY(std::vector<Piece> pieces, pieces_to_offer(network, devnet, early));
    for (Piece& piece : pieces) {
        if (interrupted()) return interrupted_error();
        if (piece.stage != ContributionStage::fresh) continue;
        DURE_TRY(Api api, network.api(piece.node));
        auto offered = offer_data(api, piece.key, piece.contribution, k_default_fee);
        if (!offered) return with_context(offered.error(), piece.contributor->name + " offers a text");
        piece.transaction = *offered;
    }
    DURE_CHECK(wait_for_all(network, pieces));
    for (Piece& piece : pieces) {
        if (interrupted()) return interrupted_error();
        DURE_TRY(Api api, network.api(piece.node));
        auto shown = show_data(api, piece.key, piece.contribution, k_default_fee);
        if (!shown) return with_context(shown.error(), piece.contributor->name + " shows a text");
        piece.transaction = *shown;
        progress.say(piece.contributor->name + " offers " + std::to_string(piece.contribution.bytes.size()) +
                     " bytes of " + piece.contributor->source);
    }
    return wait_for_all(network, pieces);
}

/// Watches until so many more rounds are decided.
Status watch_rounds(Network& network, const Devnet& devnet, const Options& options, Progress& progress) {
    bool all_offered = false;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(options.minutes);
    std::optional<std::uint64_t> goal;
    while (true) {
        if (interrupted()) return interrupted_error();
        DURE_CHECK(network.tend());
        const auto snapshot = take_snapshot(network, devnet);
        if (snapshot) {
            if (!goal) goal = snapshot->decided + options.rounds;
            if (!all_offered && snapshot->decided >= k_early_rounds) {
                DURE_CHECK(offer_texts(network, devnet, progress, false));
                all_offered = true;
            }
            progress.show(*snapshot);
            if (snapshot->decided >= *goal) return {};
        } else if (snapshot.error().code != ErrorCode::unavailable) {
            return snapshot.error();
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return Error{ErrorCode::unavailable,
                         std::to_string(options.rounds) + " rounds took longer than " +
                             std::to_string(options.minutes) + " minutes; the nodes' logs are in " +
                             devnet.folder.string() + "/node-*/log"};
        }
        pause_for(std::chrono::milliseconds(500));
    }
}

std::string commands_to_try(const Devnet& devnet) {
    const std::string node = "export DURE_NODE=" + devnet.nodes.front().url();
    const std::string wallet = "export DURE_WALLET=" + devnet.wallet().string();
    const std::string program = own_program().string();
    return "\nThe devnet goes on; Ctrl-C stops it. In another terminal:\n\n  " + node + "\n  " + wallet +
           "\n  " + program + " status\n  " + program + " owners\n  " + program + " rounds latest\n  " +
           program + " balance node-1 --proof\n  " + program +
           " ask \"프로그램을 설치하려면\" --from customer\n  " + program +
           " claim --from node-1\n  curl -s $DURE_NODE/v1/status\n";
}

/// Keeps it running and shown until Ctrl-C.
Status keep_running(Network& network, const Devnet& devnet, Progress& progress) {
    while (pause_for(std::chrono::milliseconds(700))) {
        DURE_CHECK(network.tend());
        if (const auto snapshot = take_snapshot(network, devnet)) progress.show(*snapshot);
    }
    return {};
}

Status run_devnet(Options options, const SharedOptions& shared) {
    catch_interrupts();
    std::ostream& out = shared.json ? std::cerr : std::cout;
    Progress progress(out, !shared.json && on_terminal());
    const SayLine say = [&progress](const std::string& line) { progress.say(line); };
    options.devnet.folder = options.folder;
    options.devnet.text = options.text;
    std::error_code error;
    if (options.fresh && devnet_exists(options.folder)) {
        say("removing the devnet in " + options.folder);
        fs::remove_all(options.folder, error);
        if (error) return Error{ErrorCode::io, "cannot remove " + options.folder + ": " + error.message()};
    }
    const bool resumed = devnet_exists(options.folder);
    if (resumed) say("going on with the devnet in " + options.folder + " (--fresh would start anew)");
    DURE_TRY(const Devnet devnet, resumed ? open_devnet(options.folder) : make_devnet(options.devnet, say));
    if (options.prepare_only) return {};

    Network network(devnet, say);
    say("starting four nodes, each validator and trainer; node-1 sells answers at " +
        devnet.nodes.front().url());
    DURE_CHECK(network.start());
    DURE_CHECK(offer_texts(network, devnet, progress, true));
    DURE_CHECK(watch_rounds(network, devnet, options, progress));
    progress.finish();

    Harvest harvest;
    DURE_CHECK(sell_an_answer(network, devnet, options.prompt, harvest.sale, say));
    DURE_CHECK(gather_owners(network, devnet, harvest));
    if (shared.json) {
        std::cout << pretty(harvest_json(harvest, devnet)) << std::flush;
    } else {
        out << harvest_text(harvest, devnet) << std::flush;
    }
    if (options.keep) {
        out << commands_to_try(devnet) << std::endl;
        DURE_CHECK(keep_running(network, devnet, progress));
    }
    say("stopping the nodes; their data stays in " + devnet.folder.string());
    network.stop();
    return {};
}

}  // namespace

void add_devnet(Program& program) {
    const auto options = std::make_shared<Options>();
    options->folder = default_folder();
    CLI::App& command = program.command(
        nullptr, "devnet", "four nodes on this machine train a model, sell an answer, share the fee",
        {"dure devnet --text build/text", "dure devnet --keep",
         "dure devnet --text texts/ --rounds 20 --fresh"},
        "tools/fetch_text makes a folder of Korean text. Each .txt and .tsv file in the text folder is one "
        "contributor's; hold-out.txt\n"
        "is held out (or every fortieth line). A devnet that is there already is gone on with. Ctrl-C stops "
        "everything.");
    command.add_option("--text", options->text, "folder of texts")
        ->capture_default_str()
        ->type_name("FOLDER");
    command.add_option("--rounds", options->rounds, "rounds to run before an answer is sold")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    command.add_option("--dir", options->folder, "where the devnet lies")
        ->capture_default_str()
        ->type_name("FOLDER");
    command.add_option("--prompt", options->prompt, "what the customer asks")->capture_default_str();
    command
        .add_option("--model", options->devnet.model,
                    "begin with the model in this folder (config.json, model.safetensors, tokenizer.model)")
        ->type_name("FOLDER");
    command
        .add_option("--unit-steps", options->devnet.unit_steps,
                    "optimizer steps of a work unit (0: chosen for this machine's speed)")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000));
    command
        .add_option("--block-interval", options->devnet.block_interval_ms,
                    "milliseconds from one block to the next at least")
        ->capture_default_str()
        ->check(CLI::Range(50, 60'000));
    command
        .add_option("--epoch-blocks", options->devnet.epoch_blocks,
                    "after so many blocks the validators are chosen anew by their bonds (0: never)")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000));
    command.add_option("--minutes", options->minutes, "give up after so long")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    command
        .add_option("--kernels", options->devnet.kernels,
                    "auto, reference, avx2 or avx512: all give the same bits")
        ->capture_default_str();
    command.add_flag("--keep", options->keep, "go on afterwards, until Ctrl-C");
    command.add_flag("--fresh", options->fresh, "remove the devnet that is there, start anew");
    command.add_flag("--prepare-only", options->prepare_only,
                     "make the folders and stop: for running the nodes by hand");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return run_devnet(*options, shared); });
}

}  // namespace dure::tools
