#include "tools/bench/figures.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

namespace dure::bench {

Figures::Figures(std::string_view name, int argc, const char* const* argv) : name_(name) {
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--json" && i + 1 < argc) {
            json_file_ = argv[++i];
            continue;
        }
        std::cerr << "usage: " << argv[0] << " [--json FILE]\n";
        std::exit(2);
    }
}

void Figures::add(std::string_view figure, double value, std::string_view unit, Bar side, double bar) {
    lines_.push_back({std::string(figure), value, std::string(unit), side, bar});
}

void Figures::detail(std::string_view key, boost::json::value value) {
    details_.insert_or_assign(key, std::move(value));
}

int Figures::finish() const {
    bool all_ok = true;
    boost::json::array list;
    for (const Line& line : lines_) {
        all_ok = all_ok && line.ok();
        std::printf("%s %.4g %s %s%.4g %s\n", line.figure.c_str(), line.value, line.unit.c_str(),
                    line.side == Bar::at_least ? ">=" : "<=", line.bar, line.ok() ? "ok" : "short");
        list.push_back({{"name", line.figure},
                        {"value", line.value},
                        {"unit", line.unit},
                        {"bar", line.bar},
                        {"side", line.side == Bar::at_least ? "at_least" : "at_most"},
                        {"ok", line.ok()}});
    }
    if (!json_file_.empty()) {
        std::ofstream file(json_file_);
        file << boost::json::serialize(
                    boost::json::object{{"name", name_}, {"figures", list}, {"details", details_}})
             << '\n';
        if (!file.flush()) {
            std::cerr << name_ << ": cannot write " << json_file_ << '\n';
            return 1;
        }
    }
    return all_ok ? 0 : 1;
}

}  // namespace dure::bench
