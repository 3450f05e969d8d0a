// base: bech32m, hexadecimal, amounts, key files, backup words, Merkle proofs.
#include "base/bech32.h"
#include "base/bytes.h"
#include "base/key_file.h"
#include "base/keys.h"
#include "base/merkle.h"
#include "base/mnemonic.h"
#include "base/money.h"
#include "base/quote.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

DURE_FUZZ_CODEC(merkle_proof, MerkleProof);
DURE_FUZZ_CODEC(key_file_bytes, KeyFile);

DURE_FUZZ_TARGET(merkle_verify) {
    Reader reader(input);
    Hash root;
    Hash leaf;
    MerkleProof proof;
    if (!read(reader, root) || !read(reader, leaf) || !read(reader, proof)) return;
    if (!merkle_verify(root, leaf, proof)) return;
    Hash other = leaf;
    other.bytes[0] ^= 1;
    require(!merkle_verify(root, other, proof), "a proof proves one leaf");
}

DURE_FUZZ_TARGET(bech32m) {
    const std::string_view text = as_text(input);
    if (const auto groups = bech32m_decode_groups(text)) {
        for (const std::uint8_t value : groups->values)
            require(value < 32, "a group has five bits");
    }
    if (const auto account = Account::from_address(text)) {
        std::string lower(text);
        for (char& c : lower)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        require(account->address() == lower, "an address has one form");
    }
}

DURE_FUZZ_TARGET(hexadecimal) {
    if (const auto bytes = from_hex(as_text(input)))
        require(bytes->size() * 2 == input.size(), "two digits make a byte");
    require(from_hex(to_hex(input)).value() == to_bytes(input), "bytes survive hexadecimal");
}

DURE_FUZZ_TARGET(amount) {
    const std::string_view text = as_text(input);
    if (const auto coin = coin_from_text(text))
        require(coin_from_text(to_text(*coin)).value() == *coin, "an amount survives its text");
    if (const auto shares = shares_from_text(text))
        require(shares_from_text(to_text(*shares)).value() == *shares, "an amount survives its text");
}

DURE_FUZZ_TARGET(key_file_text) {
    const auto file = key_file_from_text(as_text(input));
    if (!file) return;
    require(key_file_to_text(*file) == as_text(input), "a key file has one form");
    const auto* const locked = std::get_if<LockedSecret>(&file->secret);
    const bool cheap = locked == nullptr || (locked->cost.log_n <= k_min_scrypt_log_n && locked->cost.r <= 1);
    if (cheap) static_cast<void>(unlock_key(*file, "password"));
}

DURE_FUZZ_TARGET(backup_words) {
    if (const auto secret = secret_from_mnemonic(as_text(input))) {
        require(secret_from_mnemonic(mnemonic_from_secret(*secret)).value() == *secret,
                "a key survives its words");
    }
}

DURE_FUZZ_TARGET(quoted_text) {
    const std::string quoted = quote(as_text(input));
    require(quote(quoted, quoted.size()) == "'" + quoted + "'", "quoted text needs no second quoting");
}

}  // namespace
}  // namespace dure::fuzz
