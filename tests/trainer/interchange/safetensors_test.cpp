#include "trainer/interchange/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/codec.h"
#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

Bytes file_of(std::string_view header, std::size_t data_bytes) {
    Writer writer;
    writer.number(std::uint64_t{header.size()});
    writer.raw(as_bytes(header));
    writer.raw(Bytes(data_bytes, 7));
    return writer.take();
}

// A file as the format's own description has it.
TEST(Safetensors, ReadsTheFormatAsItIsDescribed) {
    const Bytes file =
        file_of(R"({"TEST":{"dtype":"F16","shape":[1,16,2],"data_offsets":[4,68]},)"
                R"("__metadata__":{"format":"pt"},"one":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}   )",
                68);
    const auto content = read_safetensors(file);
    ASSERT_TRUE(content) << content.error().message;
    EXPECT_EQ(content->metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
    ASSERT_EQ(content->tensors.size(), 2U);
    EXPECT_EQ(content->tensors[0].name, "one");
    EXPECT_EQ(content->tensors[0].dtype, Dtype::f32);
    EXPECT_TRUE(content->tensors[0].shape.empty());
    EXPECT_EQ(content->tensors[1].shape, (std::vector<std::uint64_t>{1, 16, 2}));
    EXPECT_EQ(content->tensors[1].data.size(), 64U);
    EXPECT_EQ(content->tensors[1].data.data(), file.data() + file.size() - 64);
}

TEST(Safetensors, WhatIsWrittenReadsBackEqual) {
    const Bytes numbers(48, 3);
    Safetensors content;
    content.metadata = {{"한글", "두레 \"quoted\"\n"}, {"b", ""}};
    content.tensors = {{"later", Dtype::bf16, {2, 3}, ByteView(numbers).first(12)},
                       {"empty", Dtype::i64, {5, 0}, {}},
                       {"a", Dtype::f64, {4}, ByteView(numbers).first(32)},
                       {"number", Dtype::boolean, {}, ByteView(numbers).first(1)}};
    const Bytes file = write_safetensors(content);
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, file.data(), sizeof header_bytes);
    EXPECT_EQ(header_bytes % 8, 0U);
    EXPECT_EQ(file.size(), 8 + header_bytes + 45);
    const auto back = read_safetensors(file);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->metadata, content.metadata);
    ASSERT_EQ(back->tensors.size(), content.tensors.size());
    for (std::size_t i = 0; i < content.tensors.size(); ++i) {
        EXPECT_EQ(back->tensors[i].name, content.tensors[i].name);
        EXPECT_EQ(back->tensors[i].dtype, content.tensors[i].dtype);
        EXPECT_EQ(back->tensors[i].shape, content.tensors[i].shape);
        EXPECT_EQ(to_bytes(back->tensors[i].data), to_bytes(content.tensors[i].data));
    }
    EXPECT_EQ(write_safetensors(*back), file);
}

TEST(Safetensors, RefusesFilesThatAreNotWhatTheySay) {
    const std::pair<const char*, Bytes> mistakes[] = {
        {"has 3 bytes", Bytes(3)},
        {"header would have", Bytes(8, 0xFF)},
        {"ends within its header", Bytes{9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}},
        {"begin with {", file_of("", 0)},
        {"begin with {", file_of(" {}", 0)},
        {"no JSON", file_of("{", 0)},
        {"no JSON", file_of("{}x", 0)},
        {"no JSON", file_of(R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}", 0)},
        {"belong to no tensor", file_of("{}", 1)},
        {"by an object", file_of(R"({"a":1})", 0)},
        {"dtype, shape and data_offsets", file_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4)},
        {"dtype, shape and data_offsets",
         file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0}})", 4)},
        {"unknown dtype", file_of(R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4)},
        {"whole numbers", file_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4)},
        {"whole numbers", file_of(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4)},
        {"list of up to 8",
         file_of(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4)},
        {"two whole numbers", file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4)},
        {"claims bytes 0 to 8 of 4", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4)},
        {"claims bytes 4 to 0", file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4)},
        {"shape and dtype make", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4)},
        {"shape and dtype make",
         file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967297],"data_offsets":[0,4]}})",
                 4)},
        {"shape and dtype make",
         file_of(R"({"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}})", 8)},
        {"begins at byte 2", file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                                     6)},
        {"begins at byte 5", file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                     R"("b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}})",
                                     6)},
        // The same name twice: the first one's bytes are nobody's.
        {"begins at byte 4", file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                     R"("a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})",
                                     6)},
        {"metadata 'x' is no text", file_of(R"({"__metadata__":{"x":1}})", 0)},
        {"metadata is no object", file_of(R"({"__metadata__":[]})", 0)},
        {"a name of 600 bytes", file_of(R"({")" + std::string(600, 'n') + R"(":0})", 0)},
    };
    for (const auto& [complaint, file] : mistakes) {
        const auto content = read_safetensors(file);
        ASSERT_FALSE(content) << complaint;
        EXPECT_EQ(content.error().code, ErrorCode::malformed);
        EXPECT_NE(content.error().message.find(complaint), std::string::npos)
            << complaint << ": " << content.error().message;
    }
}

TEST(Safetensors, ShapesWithAZeroHoldNothingHoweverLargeTheRest) {
    const auto content = read_safetensors(file_of(
        R"({"a":{"dtype":"F64","shape":[18446744073709551615,18446744073709551615,0],"data_offsets":[0,0]}})",
        0));
    ASSERT_TRUE(content) << content.error().message;
    EXPECT_TRUE(content->tensors[0].data.empty());
}

}  // namespace
}  // namespace dure::trainer
