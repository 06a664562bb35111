#include "core/json/merge_patch.hpp"

#include "core/json/raw_json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace roster {
namespace {

// An object with its members, or any other value as its text.
struct Node {
    std::string name;
    bool is_object = false;
    std::string text;
    std::vector<Node> members;
};

class TreeHandler final : public JsonHandler {
  public:
    bool take(const JsonToken& token) override {
        if (!value_.is_open() && take_object_token(token)) return true;
        if (!value_.take(token)) return refuse(token.index, "a name is there twice");
        if (!value_.is_open()) open_.back()->members.back().text = value_.take_text();
        return true;
    }

    Node root;

  private:
    bool take_object_token(const JsonToken& token) {
        switch (token.kind) {
            case JsonKind::name:
                open_.back()->members.push_back({std::string(token.text), false, {}, {}});
                return true;
            case JsonKind::begin_object: {
                Node* node = open_.empty() ? &root : &open_.back()->members.back();
                node->is_object = true;
                open_.push_back(node);
                return true;
            }
            case JsonKind::end_object: open_.pop_back(); return true;
            default: return false;
        }
    }

    // Only the last one gets members, so the others stay where they are.
    std::vector<Node*> open_;
    RawJson value_;
};

Node parse(std::string_view object) {
    TreeHandler handler;
    (void)parse_json(object, handler);
    return std::move(handler.root);
}

void merge(Node& target, Node& patch) {
    for (Node& change : patch.members) {
        const auto old = std::find_if(target.members.begin(), target.members.end(),
                                      [&](const Node& node) { return node.name == change.name; });
        const bool is_there = old != target.members.end();
        if (!change.is_object && change.text == "null") {
            if (is_there) target.members.erase(old);
            continue;
        }
        if (!is_there) target.members.push_back({change.name, false, {}, {}});
        Node& member = is_there ? *old : target.members.back();
        if (!change.is_object) {
            member = std::move(change);
            continue;
        }
        if (!member.is_object) member.members.clear();
        member.is_object = true;
        merge(member, change);
    }
}

void append(const Node& node, std::string& out) {
    if (!node.is_object) {
        out += node.text;
        return;
    }
    out += '{';
    for (const Node& member : node.members) {
        if (&member != &node.members.front()) out += ',';
        append_json_string(member.name, out);
        out += ':';
        append(member, out);
    }
    out += '}';
}

}  // namespace

std::string merge_patch(std::string_view object, std::string_view patch) {
    Node target = parse(object);
    Node changes = parse(patch);
    merge(target, changes);
    std::string merged;
    append(target, merged);
    return merged;
}

}  // namespace roster
