// dure chat: a conversation with the model, turn by turn, each answer paid as dure ask pays.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"
#include "tools/dure/purse.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct ChatOptions {
    std::string system;
    unsigned max_tokens = 128;
    double temperature = 0.8;
    PayingOptions paying;
};

constexpr std::string_view k_help =
    "/reset  forget the conversation\n/cost   what it cost so far\n/help   this\n/quit   end (as does "
    "Ctrl-D)\n";

/// What was said, and what it cost.
class Conversation {
  public:
    Conversation(const ChatOptions& options, const Purse& purse, bool as_json)
        : options_(options), purse_(purse), as_json_(as_json), buyer_(*purse.book, purse.key, purse.options) {
        reset();
    }

    void reset() {
        messages_.clear();
        if (!options_.system.empty()) messages_.push_back({{"role", "system"}, {"content", options_.system}});
    }

    /// A turn that fails leaves the conversation as it was.
    Status say(const std::string& text) {
        messages_.push_back({{"role", "user"}, {"content", text}});
        const json::object request{{"messages", messages_},
                                   {"max_tokens", options_.max_tokens},
                                   {"temperature", options_.temperature}};
        Buyer::OnText show;
        if (!as_json_) show = [](std::string_view part) { std::cout << part << std::flush; };
        auto paid = buyer_.ask("/v1/chat/completions", request, show);
        if (!paid) {
            messages_.pop_back();
            return paid.error();
        }
        messages_.push_back({{"role", "assistant"}, {"content", paid->text}});
        cost_ += paid->receipt.cost;
        input_tokens_ += paid->receipt.input_tokens;
        output_tokens_ += paid->receipt.output_tokens;
        if (as_json_) {
            std::cout << json::serialize(json::object{{"text", paid->text},
                                                      {"cost", std::to_string(paid->receipt.cost.value)},
                                                      {"input_tokens", paid->receipt.input_tokens},
                                                      {"output_tokens", paid->receipt.output_tokens},
                                                      {"server", paid->server.url}})
                      << std::endl;
        } else {
            std::cout << std::endl;
        }
        return {};
    }

    std::string cost() const {
        return to_text(cost_) + " DURE for " + std::to_string(input_tokens_) + " + " +
               std::to_string(output_tokens_) + " tokens; " +
               to_text(purse_.book->budget.left(today_by_clock())) + " DURE left today";
    }

  private:
    const ChatOptions& options_;
    const Purse& purse_;
    const bool as_json_;
    Buyer buyer_;
    json::array messages_;
    Coin cost_;
    std::uint64_t input_tokens_ = 0;
    std::uint64_t output_tokens_ = 0;
};

Status chat(const ChatOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Purse purse, open_purse(options.paying, shared, "dure chat"));
    Conversation conversation(options, purse, shared.json);
    const bool prompts = ::isatty(STDIN_FILENO) == 1 && !shared.json;
    if (prompts) std::cout << "/help says what else can be typed; Ctrl-D ends\n";
    std::string line;
    while (true) {
        if (prompts) std::cout << "> " << std::flush;
        if (!std::getline(std::cin, line)) break;
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) continue;
        if (line == "/quit") break;
        if (line == "/reset") {
            conversation.reset();
        } else if (line == "/cost") {
            std::cout << conversation.cost() << std::endl;
        } else if (line == "/help") {
            std::cout << k_help << std::flush;
        } else if (line.starts_with('/')) {
            std::cerr << "dure: there is no " << line << "; /help says what there is" << std::endl;
        } else if (const Status said = conversation.say(line); !said) {
            // A person tries again; a script learns of it by the exit status.
            if (!prompts) return said;
            std::cerr << "dure: " << said.error().message << std::endl;
        }
    }
    if (prompts) std::cout << "\n" << conversation.cost() << std::endl;
    return {};
}

}  // namespace

void add_chat(Program& program) {
    const auto options = std::make_shared<ChatOptions>();
    CLI::App& command = program.command(
        nullptr, "chat", "a conversation with the model, each answer paid",
        {"dure chat", "dure chat --system \"짧게 답한다\"", "printf '안녕\\n/cost\\n' | dure chat"},
        "One line is one turn; the turns before go with it. /reset forgets them, /cost says what was paid, "
        "/quit ends.\n"
        "In a pipe the same, without prompts; with --json each answer is a line of JSON.");
    command.add_option("--system", options->system, "what the model is told before the first turn");
    command.add_option("--max-tokens", options->max_tokens, "length of an answer at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 4096));
    command.add_option("--temperature", options->temperature, "0 takes the likeliest token each time")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 2.0));
    add_paying_options(command, options->paying);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return chat(*options, shared); });
}

}  // namespace dure::tools
