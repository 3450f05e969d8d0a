#include "ledger/records/peer.h"

#include <algorithm>
#include <string>

namespace dure::ledger {

namespace {

bool may_stand_in_url(char c) {
    constexpr std::string_view k_special = "-._~:/[]%+,;=!$()*";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           k_special.find(c) != std::string_view::npos;
}

}  // namespace

Status check_service_url(std::string_view url) {
    if (url.empty()) return {};
    const Error malformed{ErrorCode::malformed,
                          "the service's address must be like http://203.0.113.7:8470: http or https, a "
                          "host, and maybe a port and a path"};
    std::string_view rest = url;
    if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else {
        return malformed;
    }
    if (rest.empty() || rest.front() == '/' || rest.front() == ':') return malformed;
    if (!std::all_of(rest.begin(), rest.end(), may_stand_in_url)) return malformed;
    return {};
}

}  // namespace dure::ledger
