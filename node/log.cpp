#include "node/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>

namespace dure::node {

namespace {

constexpr const char* k_replacement = "\\ufffd";

/// Bytes of the well-formed UTF-8 character that the text begins with (Unicode, table 3-7); 0 if it begins with none.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    std::size_t count = 0;
    unsigned least = 0x80;
    unsigned most = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        count = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        count = 3;
        if (first == 0xE0) least = 0xA0;
        if (first == 0xED) most = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        count = 4;
        if (first == 0xF0) least = 0x90;
        if (first == 0xF4) most = 0x8F;
    }
    if (count == 0 || text.size() < count || byte(1) < least || byte(1) > most) return 0;
    for (std::size_t i = 2; i < count; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    }
    return count;
}

void escape(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes = character_bytes(text);
        const char c = text.front();
        const unsigned code = static_cast<unsigned char>(c);
        if (bytes == 0) {
            out += k_replacement;
        } else if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (bytes == 1 && (code < 0x20 || code == 0x7F)) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", code);
            out += escaped.data();
        } else {
            out += text.substr(0, bytes);
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
}

std::string utc(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  time - std::chrono::system_clock::from_time_t(seconds))
                                  .count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(milliseconds));
    return text.data();
}

class JsonLines final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto level = spdlog::level::to_string_view(message.level);
        const std::string line = json_log_line(message.time, {level.data(), level.size()},
                                               {message.payload.data(), message.payload.size()});
        out.append(line.data(), line.data() + line.size());
        out.push_back('\n');
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

}  // namespace

std::string json_log_line(std::chrono::system_clock::time_point time, std::string_view level,
                          std::string_view message) {
    std::string line = "{\"time\":\"" + utc(time) + "\",\"level\":\"";
    escape(line, level);
    line += "\",\"message\":\"";
    escape(line, message);
    return line + "\"}";
}

void begin_log(const std::string& level, const std::string& format) {
    spdlog::sink_ptr sink;
    if (format == k_json_log) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_formatter(std::make_unique<JsonLines>());
    } else {
        sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    }
    const auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
    logger->set_level(spdlog::level::from_str(level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(logger);
}

}  // namespace dure::node
