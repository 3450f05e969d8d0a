// The settings of `dure proxy`: one TOML file with a commented default (docs/operating/proxy.md). Unknown keys, wrong types
// and values out of range are errors that name the key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::tools {

struct ProxyConfig {
    std::string listen = "127.0.0.1:8787";
    std::string token;                 ///< local programs must say it; empty: any or none
    std::vector<std::string> origins;  ///< web pages that may ask, besides none
    std::vector<std::string> servers;  ///< only these URLs; none: all that the chain lists
    std::string from;                  ///< the wallet's key; empty: the default one
    std::string per_call;              ///< DURE; empty: as the wallet keeps it
    std::string per_day;
    std::string deposit = "0.1";
    std::string fee = "0.00001";
    std::string advance = "0.02";
    std::uint32_t attempts = 3;
    std::uint32_t patience_s = 120;
    std::uint32_t max_calls = 256;     ///< at the same time
    std::optional<double> check_rate;  ///< of the answers that are replayed; none: as suits the node
    bool report = false;               ///< false receipts, at once
};

/// Errors: `malformed`, with line and key.
Result<ProxyConfig> parse_proxy_config(std::string_view toml);
/// The same from a file. Errors: `not_found`, `io`, and as above.
Result<ProxyConfig> load_proxy_config(const std::filesystem::path& file);
/// Every key with its default and what it does. Parses to the defaults.
std::string_view default_proxy_config_text();

}  // namespace dure::tools
