#include "tools/dure/proxy_config.h"

#include <toml++/toml.h>

#include <algorithm>

#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

constexpr std::size_t k_max_config_bytes = std::size_t{1} << 20;

constexpr std::string_view k_default_text =
    R"(# Settings of dure proxy. Every key is optional; what stands here after '#' is its default.

# Where local programs reach the proxy. Whoever reaches it spends your coins: keep it on this machine.
#listen = "127.0.0.1:8787"
# If set, programs must send it as their API key (Authorization: Bearer ...); else any key will do, or none.
#token = ""
# Web pages that may ask, by their origins; [] is the page of the node that --node names: "http://127.0.0.1:8470".
#origins = []

# Only these servers, by their URLs; none: all that the chain lists, by price, speed and failures.
#servers = []
# The wallet's key that pays; "" is the wallet's default key.
#from = ""

# What a call and a day (from 00:00 UTC) may cost at most, in DURE; "" is what `dure budget` says.
#per_call = ""
#per_day = ""
# What a new channel holds and by how much it is topped up, and what a transaction pays.
#deposit = "0.1"
#fee = "0.00001"
# How much is promised at most to a server before it has delivered anything for it. A longer answer is paid as it goes on.
#advance = "0.02"

# At how many servers a call is tried that delivered nothing, and how long one may be silent.
#attempts = 3
#patience_s = 120
# Calls at the same time; more are answered 429.
#max_calls = 256

# Which part of the paid answers is replayed and compared with what their servers signed: 0.01 is one in a hundred, 0 none. Takes
# a processor for about as long as the answer took. "auto" is 0.01 where the node that --node names is on this machine; from
# another one the model's checkpoints would have to be fetched.
#check_rate = "auto"
# Tell the chain of a false one at once: its server is punished and you are refunded, but the prompt is published. Else it is kept
# in the wallet's folder false-receipts for `dure report`.
#report = false
)";

/// Takes keys out of a table one by one; what is left at the end nobody knows.
class Keys {
  public:
    explicit Keys(const toml::table& table) : table_(table) {}

    Status text(std::string_view key, std::string& value) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        if (!node->is_string()) return wrong(key, *node, "a text in quotes");
        value = node->as_string()->get();
        return {};
    }
    Status texts(std::string_view key, std::vector<std::string>& values) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        if (!node->is_array()) return wrong(key, *node, "a list of texts");
        values.clear();
        for (const toml::node& entry : *node->as_array()) {
            if (!entry.is_string()) return wrong(key, entry, "a list of texts");
            values.push_back(entry.as_string()->get());
        }
        return {};
    }
    Status number(std::string_view key, std::uint32_t& value, std::int64_t least, std::int64_t most) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        const auto* const integer = node->as_integer();
        if (integer == nullptr || integer->get() < least || integer->get() > most) {
            return wrong(key, *node,
                         "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        value = static_cast<std::uint32_t>(integer->get());
        return {};
    }
    /// "auto" is none.
    Status part_of_one(std::string_view key, std::optional<double>& value) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        value.reset();
        if (const auto* const text = node->as_string(); text != nullptr && text->get() == "auto") return {};
        const std::optional<double> given = node->value<double>();
        if (!node->is_number() || !given || !(*given >= 0) || *given > 1)
            return wrong(key, *node, "a number from 0 to 1, or \"auto\"");
        value = *given;
        return {};
    }
    Status flag(std::string_view key, bool& value) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        if (!node->is_boolean()) return wrong(key, *node, "true or false");
        value = node->as_boolean()->get();
        return {};
    }
    Status finish() const {
        for (const auto& [key, node] : table_) {
            if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
            return Error{ErrorCode::malformed,
                         place(node) + "'" + std::string(key.str()) +
                             "' is not a known key; dure proxy --print-config lists them"};
        }
        return {};
    }

  private:
    const toml::node* take(std::string_view key) {
        known_.emplace_back(key);
        return table_.get(key);
    }
    static std::string place(const toml::node& node) {
        return "line " + std::to_string(node.source().begin.line) + ": ";
    }
    static Error wrong(std::string_view key, const toml::node& node, const std::string& expected) {
        return {ErrorCode::malformed, place(node) + "'" + std::string(key) + "' must be " + expected};
    }

    const toml::table& table_;
    std::vector<std::string> known_;
};

}  // namespace

std::string_view default_proxy_config_text() {
    return k_default_text;
}

Result<ProxyConfig> parse_proxy_config(std::string_view toml) {
    toml::table table;
    try {
        table = toml::parse(toml);
    } catch (const toml::parse_error& error) {
        return Error{ErrorCode::malformed, "line " + std::to_string(error.source().begin.line) + ": " +
                                               std::string(error.description())};
    }
    Keys keys(table);
    ProxyConfig config;
    DURE_CHECK(keys.text("listen", config.listen));
    DURE_CHECK(keys.text("token", config.token));
    DURE_CHECK(keys.texts("origins", config.origins));
    DURE_CHECK(keys.texts("servers", config.servers));
    DURE_CHECK(keys.text("from", config.from));
    DURE_CHECK(keys.text("per_call", config.per_call));
    DURE_CHECK(keys.text("per_day", config.per_day));
    DURE_CHECK(keys.text("deposit", config.deposit));
    DURE_CHECK(keys.text("fee", config.fee));
    DURE_CHECK(keys.text("advance", config.advance));
    DURE_CHECK(keys.number("attempts", config.attempts, 1, 16));
    DURE_CHECK(keys.number("patience_s", config.patience_s, 1, 3'600));
    DURE_CHECK(keys.number("max_calls", config.max_calls, 1, 10'000));
    DURE_CHECK(keys.part_of_one("check_rate", config.check_rate));
    DURE_CHECK(keys.flag("report", config.report));
    DURE_CHECK(keys.finish());
    return config;
}

Result<ProxyConfig> load_proxy_config(const std::filesystem::path& file) {
    DURE_TRY(const std::string text, read_file(file, k_max_config_bytes));
    auto config = parse_proxy_config(text);
    if (!config) return with_context(config.error(), file.string());
    return config;
}

}  // namespace dure::tools
