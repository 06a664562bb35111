#include "bench/storage/samples.hpp"

#include <algorithm>
#include <cstddef>
#include <istream>
#include <limits>
#include <ostream>

namespace roster::bench {

double quantile(std::vector<double> values, double q) {
    const auto position = static_cast<std::size_t>(q * static_cast<double>(values.size()));
    const auto nth =
        values.begin() + static_cast<std::ptrdiff_t>(std::min(position, values.size() - 1));
    std::nth_element(values.begin(), nth, values.end());
    return *nth;
}

void Samples::add(const Samples& others) {
    for (const auto& [name, values] : others.values_)
        values_[name].insert(values_[name].end(), values.begin(), values.end());
}

std::optional<double> Samples::median(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return quantile(found->second, 0.5);
}

std::optional<double> Samples::largest(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return *std::max_element(found->second.begin(), found->second.end());
}

void Samples::write(std::ostream& out) const {
    out.precision(std::numeric_limits<double>::max_digits10);
    for (const auto& [name, values] : values_)
        for (const double value : values)
            out << name << ' ' << value << '\n';
}

void Samples::read(std::istream& in) {
    std::string name;
    double value = 0;
    while (in >> name >> value)
        add(name, value);
}

}  // namespace roster::bench
