#include "bulk/json_rows.h"

#include <algorithm>
#include <array>

#include "bulk/field.h"
#include "bulk/timestamps.h"

namespace spectrum::bulk {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The members of an object's text at its first level, as they stand: name (still escaped) and value.
template <typename Use>
void for_each_member(std::string_view object, Use&& use) {
  std::size_t depth = 0, name_start = 0, name_end = 0, value_start = 0;
  bool in_string = false, in_name = true;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
        if (depth == 1 && in_name) name_end = i;
      }
    } else if (c == '"') {
      in_string = true;
      if (depth == 1 && in_name) name_start = i + 1;
    } else if (c == ':' && depth == 1 && in_name) {
      in_name = false;
      value_start = i + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ',') {
      if (c != ',') depth -= depth > 0;
      if ((c == ',' ? depth == 1 : depth == 0) && !in_name) {
        use(object.substr(name_start, name_end - name_start), trim(object.substr(value_start, i - value_start)));
        in_name = true;
      }
    }
  }
}

bool is_given(std::string_view json) { return json != "null" && json != "\"\""; }

struct Member {
  std::string_view name;   ///< still escaped
  std::string_view value;  ///< as JSON
};

/// Changes events as the options say: renames, constants, times without offset, ids.
class JsonShaper {
 public:
  JsonShaper(std::string name, const ReadOptions& options, ContentIds& ids) : name_(std::move(name)), options_(options), ids_(ids) {
    for (const auto& [field, column] : options.map) mapped_.emplace_back(field_of(field), column);
    for (const auto& [name_of_field, text] : options.set) {
      Field field = field_of(name_of_field);
      std::string json = constant_of(field, text);
      constants_.emplace_back(std::move(field), std::move(json));
    }
  }

  void shape(std::string_view text, Row& row) {
    if (!text.starts_with('{') || !text.ends_with('}')) {
      row.event = text;  // refused by whoever decodes it, with the better message
      return;
    }
    std::string body;
    bool has_id = false;
    const bool rewrites = !mapped_.empty() || !constants_.empty() || options_.zone;
    if (rewrites) {
      rewrite(text, body, has_id);
    } else {
      for_each_member(text, [&](std::string_view name, std::string_view value) {
        has_id |= is_event_id(name) && is_given(value);
      });
      body = trim(text.substr(1, text.size() - 2));
    }
    row.event = "{" + body;
    if (!has_id && options_.id_from != IdFrom::none) {
      const std::string id = options_.id_from == IdFrom::content ? ids_.next(row.event)
                                                                 : ContentIds::of_position(name_, row.line);
      row.event += std::string(body.empty() ? "" : ",") + "\"event_id\":\"" + id + "\"";
    }
    row.event += "}";
  }

 private:
  /// The members of a rewritten event: its own, and those of the objects that something is put into.
  struct Parts {
    std::string own, product, user, context, properties;

    std::string& of(std::string_view object) {
      return object == "product" ? product : object == "user" ? user : object == "context" ? context : object == "properties" ? properties : own;
    }
    void add(std::string_view object, std::string_view key, std::string_view json) {
      std::string& members = of(object);
      if (!members.empty()) members += ',';
      members += key;
      members += json;
    }
    std::string whole() {
      for (const std::string_view object : kObjects) {
        if (!of(object).empty()) add("", "\"" + std::string(object) + "\":", "{" + of(object) + "}");
      }
      return std::move(own);
    }
  };
  static constexpr std::array<std::string_view, 4> kObjects = {"product", "user", "context", "properties"};

  void rewrite(std::string_view text, std::string& body, bool& has_id) {
    std::vector<Member> members;
    for_each_member(text, [&](std::string_view name, std::string_view value) { members.push_back({name, value}); });
    Parts parts;
    for (const auto& member : members) {
      if (const Field* const field = field_from(member.name)) {
        if (is_set(*field)) continue;
        has_id |= field->is_event_id() && is_given(member.value);
        parts.add(field->object, field->key, in_time(*field, member.value));
      } else if (is_put_into(member.name) && (member.value.starts_with('{') || member.value == "null")) {
        for_each_member(member.value, [&](std::string_view name, std::string_view value) {
          if (!is_replaced(fields_.of(std::string(member.name) + "." + std::string(name)), members)) parts.add(member.name, key_of(name), value);
        });
      } else if (const Field& own = fields_.of(member.name); !is_set(own)) {
        const bool is_taken = is_replaced(own, members);
        has_id |= !is_taken && own.is_event_id() && is_given(member.value);
        parts.add(is_taken ? "properties" : "", key_of(member.name), is_taken ? member.value : in_time(own, member.value));
      }
    }
    for (const auto& [field, json] : constants_) {
      has_id |= field.is_event_id();
      parts.add(field.object, field.key, json);
    }
    body = parts.whole();
  }

  static std::string key_of(std::string_view name) { return "\"" + std::string(name) + "\":"; }

  /// A value as its field has it: times in full. Valid until the next call.
  std::string_view in_time(const Field& field, std::string_view value) {
    if (field.kind != Field::Kind::timestamp || !value.starts_with('"')) return value;
    auto instant = read_timestamp(value.substr(1, value.size() - 2), options_.zone);
    if (!instant) return value;
    instant_ = std::move(*instant);
    return instant_;
  }

  /// The field that a member of that name is mapped to.
  const Field* field_from(std::string_view name) const {
    const auto found = std::find_if(mapped_.begin(), mapped_.end(), [name](const auto& one) { return one.second == name; });
    return found == mapped_.end() ? nullptr : &found->first;
  }

  bool is_set(const Field& field) const {
    return std::any_of(constants_.begin(), constants_.end(), [&](const auto& one) { return one.first.is_same_as(field); });
  }

  /// Whether a constant or another member of the event fills the field.
  bool is_replaced(const Field& field, const std::vector<Member>& members) const {
    return is_set(field) || std::any_of(mapped_.begin(), mapped_.end(), [&](const auto& one) {
      return one.first.is_same_as(field) && std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.name == one.second; });
    });
  }

  /// Whether something may come into the object of that name.
  bool is_put_into(std::string_view name) const {
    const auto goes_there = [name](const auto& one) { return one.first.object == name; };
    return std::any_of(constants_.begin(), constants_.end(), goes_there) || std::any_of(mapped_.begin(), mapped_.end(), goes_there) ||
           (name == "properties" && !mapped_.empty());
  }

  const std::string name_;
  const ReadOptions& options_;
  ContentIds& ids_;
  std::vector<std::pair<Field, std::string>> mapped_;     // and the member that it is taken from
  std::vector<std::pair<Field, std::string>> constants_;  // and their values as JSON
  Fields fields_;
  std::string instant_;
};

class NdjsonRows final : public RowReader {
 public:
  NdjsonRows(Buffer buffer, const std::string& name, const ReadOptions& options, ContentIds& ids)
      : buffer_(std::move(buffer)), shaper_(name, options, ids) {}

  Result<bool> next(Row& row) override {
    bool more = true;
    for (;;) {
      const auto text = buffer_.text();
      const auto feed = text.find('\n', searched_);
      if (feed == std::string_view::npos && more) {
        searched_ = text.size();
        TRY(more, buffer_.more());
        continue;
      }
      const std::size_t size = feed == std::string_view::npos ? text.size() : feed + 1;
      if (size == 0) return false;
      const auto line = trim(text.substr(0, size));
      ++line_;
      row = {};
      row.line = line_;
      if (!line.empty()) shaper_.shape(line, row);
      buffer_.consume(size);
      searched_ = 0;
      if (!row.event.empty()) return true;
    }
  }

 private:
  Buffer buffer_;
  JsonShaper shaper_;
  std::uint64_t line_ = 0;
  std::size_t searched_ = 0;
};

/// Cuts a stream of JSON into its objects by counting brackets outside strings. The bracket of an array and the head of
/// `{"events":` in front are skipped.
class JsonRows final : public RowReader {
 public:
  JsonRows(Buffer buffer, const std::string& name, const ReadOptions& options, ContentIds& ids)
      : buffer_(std::move(buffer)), name_(name), shaper_(name, options, ids) {}

  Result<bool> next(Row& row) override {
    bool more = true;
    if (!started_) CHECK_OK(skip_head(more));
    for (;;) {
      skip_separators();
      const auto text = buffer_.text();
      if (text.starts_with(']')) {
        if (!in_list_) return invalid(at_line() + "a ']' stands where no list is open");
        CHECK_OK(finish_list());
        return false;
      }
      if (text.empty()) {
        if (!more && in_list_) return invalid(at_line() + "the list of events is not closed: the file is cut short");
        if (!more) return false;
      } else if (const auto size = value_size(text, !more)) {
        row = {};
        row.line = line_;
        std::string value(text.substr(0, *size));
        const auto feeds = std::count(value.begin(), value.end(), '\n');
        std::replace(value.begin(), value.end(), '\n', ' ');
        shaper_.shape(trim(value), row);
        line_ += static_cast<std::uint64_t>(feeds);
        buffer_.consume(*size);
        return true;
      } else if (!more) {
        return invalid(at_line() + "the JSON ends in the middle of an event");
      }
      TRY(more, buffer_.more());
    }
  }

 private:
  Status skip_head(bool& more) {
    started_ = true;
    while (more && buffer_.text().size() < 256) {
      TRY(more, buffer_.more());
    }
    skip_separators();
    auto text = buffer_.text();
    if (text.starts_with('{')) {
      const auto colon = text.find(':');
      if (colon == std::string_view::npos || trim(text.substr(1, colon - 1)) != "\"events\"") return {};
      skip(colon + 1);
      skip_separators();
      has_object_around_ = true;
    }
    in_list_ = buffer_.text().starts_with('[');
    if (in_list_) skip(1);
    return {};
  }

  /// Fields may stand behind the list in its object; behind a bare list, nothing may.
  Status finish_list() {
    skip(1);
    in_list_ = false;
    bool more = !has_object_around_;
    while (more) {
      skip_separators();
      if (!buffer_.text().empty()) return invalid(at_line() + "something follows the list of events");
      TRY(more, buffer_.more());
    }
    buffer_.consume(buffer_.text().size());
    return {};
  }

  std::string at_line() const { return name_ + ", line " + std::to_string(line_) + ": "; }

  void skip(std::size_t size) {
    const auto text = buffer_.text().substr(0, size);
    line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    buffer_.consume(size);
  }

  void skip_separators() {
    const auto text = buffer_.text();
    std::size_t size = 0;
    while (size < text.size() && (is_space(text[size]) || text[size] == ',')) ++size;
    skip(size);
  }

  /// The size of the value at the start; nothing when it is not all there.
  static std::optional<std::size_t> value_size(std::string_view text, bool at_end) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (in_string) {
        if (c == '\\') ++i;
        in_string = c != '"';
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && depth > 0) {
        if (--depth == 0) return i + 1;
      } else if (depth == 0 && (c == ',' || c == ']' || c == '\n')) {
        return i;
      }
    }
    return at_end && depth == 0 && !in_string ? std::optional(text.size()) : std::nullopt;
  }

  Buffer buffer_;
  const std::string name_;
  JsonShaper shaper_;
  bool started_ = false;
  bool in_list_ = false;
  bool has_object_around_ = false;
  std::uint64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RowReader> open_ndjson_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                            ContentIds& ids) {
  return std::make_unique<NdjsonRows>(std::move(buffer), name, options, ids);
}

std::unique_ptr<RowReader> open_json_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                          ContentIds& ids) {
  return std::make_unique<JsonRows>(std::move(buffer), name, options, ids);
}

}  // namespace spectrum::bulk
