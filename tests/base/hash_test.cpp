#include "base/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

namespace dure {
namespace {

/// FIPS 180-4's examples.
TEST(Sha256, AgreesWithThePublishedDigests) {
    EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256(as_bytes("abc")).hex(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex(),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(as_bytes(std::string(1'000'000, 'a'))).hex(),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(TaggedHash, IsBip340s) {
    EXPECT_EQ(TaggedHash("BIP0340/challenge")(ByteView{}).hex(),
              "c216d352f5818b7b4beacd4ae0a26fe888080823d2a598856661bcd54f1b3713");
    EXPECT_EQ(TaggedHash("dure/test")(as_bytes("abc")).hex(),
              "e798ccc6a509406d8e33cb398db5cd256ba03e55f9e30fb81a7f01704e0a3304");
}

TEST(TaggedHash, TagsSeparate) {
    EXPECT_NE(TaggedHash("a")(as_bytes("b")), TaggedHash("ab")(ByteView{}));
}

RC_GTEST_PROP(TaggedHash, HowTheMessageIsCutDoesNotMatter, (const Bytes& a, const Bytes& b, const Bytes& c)) {
    const TaggedHash hash("dure/test");
    Bytes whole = a;
    whole.insert(whole.end(), b.begin(), b.end());
    whole.insert(whole.end(), c.begin(), c.end());
    RC_ASSERT(hash({a, b, c}) == hash(whole));
    Sha256 stream = hash.start();
    stream.update(a).update(b);
    Sha256 moved = std::move(stream);
    RC_ASSERT(moved.update(c).finish() == hash(whole));
    RC_ASSERT(moved.update(whole).finish() == sha256(whole));
}

TEST(TaggedHash, ThreadsMayShareOne) {
    const TaggedHash hash("dure/test");
    const Hash expected = hash(as_bytes("abc"));
    std::vector<std::thread> threads;
    std::array<bool, 4> equal{};
    for (std::size_t t = 0; t < equal.size(); ++t) {
        threads.emplace_back([&, t] {
            equal[t] = true;
            for (int i = 0; i < 1000; ++i)
                equal[t] = equal[t] && hash(as_bytes("abc")) == expected;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(equal, (std::array<bool, 4>{true, true, true, true}));
}

TEST(Hash, TextIsSixtyFourDigits) {
    const Hash hash = sha256(as_bytes("abc"));
    EXPECT_EQ(Hash::from_hex(hash.hex()).value(), hash);
    for (const std::string& text :
         {std::string(), hash.hex() + "00", hash.hex().substr(2), std::string(64, 'x')}) {
        EXPECT_EQ(Hash::from_hex(text).error().code, ErrorCode::malformed);
    }
}

}  // namespace
}  // namespace dure
