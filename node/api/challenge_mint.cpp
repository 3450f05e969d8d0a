#include "node/api/challenge_mint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/hmac.h"

namespace dure::node {

namespace {

Error io_error(const std::filesystem::path& file, const char* what) {
    return {ErrorCode::io, std::string(what) + " " + file.string() + ": " + std::strerror(errno)};
}

}  // namespace

Result<ChallengeMint::Key> ChallengeMint::open_key(const std::filesystem::path& file) {
    Key key{};
    if (const int old = ::open(file.c_str(), O_RDONLY | O_CLOEXEC); old >= 0) {
        std::array<std::uint8_t, std::tuple_size_v<Key> + 1> read{};
        const auto count = ::read(old, read.data(), read.size());
        ::close(old);
        if (count != static_cast<ssize_t>(key.size())) {
            return Error{ErrorCode::corrupt,
                         file.string() +
                             " is not a key of 32 bytes; remove it, and a new one is drawn "
                             "(challenges that are under way become void)"};
        }
        std::copy_n(read.begin(), key.size(), key.begin());
        return key;
    }
    if (errno != ENOENT) return io_error(file, "cannot read");
    const Bytes drawn = random_bytes(key.size());
    std::copy(drawn.begin(), drawn.end(), key.begin());
    const std::filesystem::path draft = file.string() + ".new";
    const int created = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (created < 0) return io_error(draft, "cannot write");
    const bool written =
        ::write(created, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(created) == 0;
    ::close(created);
    if (!written || ::rename(draft.c_str(), file.c_str()) != 0) return io_error(file, "cannot write");
    return key;
}

std::string ChallengeMint::id_of(const PaymentChallenge& challenge) const {
    // Seven slots with bars between them; the last, `opaque`, is never used here. No slot holds a bar: base64url,
    // dates and digests have none, and the realm is the server's own.
    const std::string slots = challenge.realm + "|" + challenge.method + "|" + challenge.intent + "|" +
                              challenge.request + "|" + challenge.expires + "|" + challenge.digest + "|";
    const Hash mac = hmac_sha256(key_, as_bytes(slots));
    return base64url_encode({reinterpret_cast<const char*>(mac.bytes.data()), mac.bytes.size()});
}

PaymentChallenge ChallengeMint::issue(std::string_view intent, std::string request, std::string digest,
                                      std::int64_t now) const {
    PaymentChallenge challenge;
    challenge.realm = realm_;
    challenge.method = k_payment_method;
    challenge.intent = intent;
    challenge.request = std::move(request);
    challenge.expires = rfc3339(now + life_seconds_);
    challenge.digest = std::move(digest);
    challenge.id = id_of(challenge);
    return challenge;
}

std::optional<ChallengeFault> ChallengeMint::check(const PaymentChallenge& challenge,
                                                   std::int64_t now) const {
    // Both sides are hashed, so that the comparison's time says nothing about the id that would be right.
    const bool own =
        equal_in_constant_time(sha256(as_bytes(challenge.id)), sha256(as_bytes(id_of(challenge))));
    if (!own || challenge.realm != realm_ || challenge.method != k_payment_method)
        return ChallengeFault::foreign;
    const auto expires = parse_rfc3339(challenge.expires);
    if (!expires || *expires < now) return ChallengeFault::expired;
    return std::nullopt;
}

}  // namespace dure::node
