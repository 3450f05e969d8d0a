// dure ask: one paid answer.
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/dure/commands.h"
#include "tools/dure/known_answer.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"
#include "tools/dure/purse.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct AskOptions {
    std::string prompt;
    unsigned max_tokens = 64;
    double temperature = 0.8;
    double top_p = 0.95;
    unsigned top_k = 0;
    std::vector<std::string> stops;
    std::uint64_t seed = 0;
    PayingOptions paying;
};

json::object receipt_json(const PaidAnswer& paid) {
    return {{"channel", paid.receipt.reference.hex()},
            {"cost", std::to_string(paid.receipt.cost.value)},
            {"cost_dure", to_text(paid.receipt.cost)},
            {"spent", std::to_string(paid.receipt.spent.value)},
            {"cumulative", std::to_string(paid.receipt.cumulative.value)},
            {"input_tokens", paid.receipt.input_tokens},
            {"output_tokens", paid.receipt.output_tokens},
            {"inference_receipt", paid.receipt.inference_receipt}};
}

/// How to check what the server signed; nothing where it signed nothing.
std::string advice_to_verify(const PaidAnswer& paid) {
    if (paid.receipt.inference_receipt.empty()) return {};
    const auto known = answer_from_json(json::object{{"receipt", paid.receipt.inference_receipt}});
    return known ? "check it: dure verify " + known->receipt.id().hex() + "\n" : "";
}

Status ask(const AskOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Purse purse, open_purse(options.paying, shared, "dure ask"));
    json::object request{
        {"prompt", options.prompt}, {"max_tokens", options.max_tokens}, {"temperature", options.temperature},
        {"top_p", options.top_p},   {"top_k", options.top_k},           {"seed", options.seed}};
    if (!options.stops.empty()) request["stop"] = json::array(options.stops.begin(), options.stops.end());
    // The prompt is shown once the answer begins: before that there may be nothing but a reason why not.
    bool begun = false;
    const auto show = [&](std::string_view text) {
        if (!begun) std::cout << options.prompt;
        begun = true;
        std::cout << text << std::flush;
    };
    const std::function<void(std::string_view)> on_text =
        shared.json ? std::function<void(std::string_view)>() : show;
    Buyer buyer(*purse.book, purse.key, purse.options);
    const auto paid = buyer.ask("/v1/completions", request, on_text);
    if (!paid) {
        if (begun) std::cout << "\n";
        return paid.error();
    }
    if (shared.json) {
        std::cout << pretty(json::object{{"text", paid->text},
                                         {"completion", paid->completion},
                                         {"receipt", receipt_json(*paid)},
                                         {"server", paid->server.url},
                                         {"voucher", paid->authorization}});
        return {};
    }
    std::cout << (begun ? "" : options.prompt) << "\n\n";
    if (!paid->opening.empty()) {
        std::cout << "opened channel " << shorten(paid->receipt.reference.hex()) << " with a deposit of "
                  << to_text(purse.options.deposit) << " DURE\n";
    }
    std::cout << "paid " << to_text(paid->receipt.cost) << " DURE for " << paid->receipt.input_tokens << " + "
              << paid->receipt.output_tokens << " tokens; " << to_text(paid->receipt.spent)
              << " DURE spent on this channel so far; " << to_text(purse.book->budget.left(today_by_clock()))
              << " DURE left today\n"
              << advice_to_verify(*paid);
    return {};
}

}  // namespace

void add_ask(Program& program) {
    const auto options = std::make_shared<AskOptions>();
    CLI::App& command = program.command(
        nullptr, "ask", "one paid answer from the model",
        {"dure ask \"두레는\"", "dure ask \"새 문서를 열려면\" --max-tokens 100 --temperature 0"},
        "Asks one of the servers that the chain lists (--node names a node that knows it), by price and by "
        "how quickly\n"
        "they answered. Opens a payment channel to it the first time (the deposit is yours again after dure "
        "channels\n"
        "close), then each call costs one signature. dure budget says what may be spent.\n"
        "The answer is shown as it is made.\n"
        "The same prompt, seed and settings give the same answer from the same checkpoint, everywhere.");
    command.add_option("prompt", options->prompt, "the text to go on from")->required();
    command.add_option("--max-tokens", options->max_tokens, "length of the answer at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 4096));
    command.add_option("--temperature", options->temperature, "0 takes the likeliest token each time")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 10.0));
    command.add_option("--top-p", options->top_p, "the likeliest tokens up to this probability")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--top-k", options->top_k, "only so many of the likeliest tokens; 0: all")
        ->capture_default_str();
    command
        .add_option("--stop", options->stops, "end the answer before this text; may be given several times")
        ->allow_extra_args(false);
    command.add_option("--seed", options->seed, "of the random choices")->capture_default_str();
    add_paying_options(command, options->paying);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return ask(*options, shared); });
}

}  // namespace dure::tools
