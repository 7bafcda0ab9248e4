/* The format of the shared files: INI with sections, comments, continuation lines and one level of
 * nesting by indentation. As the AWS CLI reads it: a line that is indented deeper than the property
 * before it belongs to that property: to its text where it has one, else as a nested key. */
#include "base/limits.h"
#include "cloud/aws/config.h"

#include <string.h>

#include "base/banned.h"

struct parser {
    struct aws_config *config;
    struct str file;
    int line;
    bool is_credentials_file;
    bool in_section;                    /* properties before any section are an error */
    struct aws_config_section *section; /* NULL: none yet, or one that is none of ours */
    enum aws_config_origin origin;
    struct str outer; /* key of the last property, for what is indented below it */
    size_t outer_indent;
    bool outer_is_empty;
    int outer_lines;
};

static enum error_code refuse(const struct parser *p, struct error *err, const char *message)
{
    error_set(err, E_SYNTAX, "%s", message);
    error_where(err, "%.*s:%d", STR_ARG(p->file), p->line);
    return E_SYNTAX;
}

static enum error_code refuse_size(const struct parser *p, struct error *err, int limit,
                                   const char *what)
{
    error_set(err, E_LIMIT, "more than %d %s", limit, what);
    error_where(err, "%.*s:%d", STR_ARG(p->file), p->line);
    return E_LIMIT;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* A comment begins with '#' or ';' at the line's start or after white space; but the words of a
 * command may begin with them. */
static struct str without_comment(struct str line)
{
    if (str_starts(line, STR("credential_process")))
        return line;
    for (size_t i = 1; i < line.len; i++) {
        if ((line.ptr[i] == '#' || line.ptr[i] == ';') && is_space(line.ptr[i - 1]))
            return str_trim(str_slice(line, 0, i));
    }
    return str_trim(line);
}

static struct str without_quotes(struct str text)
{
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        return str_slice(text, 1, text.len - 1);
    return text;
}

static struct aws_config_section *find_or_add_section(struct aws_config *config, const char *type,
                                                      struct str name)
{
    for (size_t i = 0; i < config->sections.count; i++) {
        struct aws_config_section *section = &config->sections.items[i];
        if (str_eq(section->name, name) && str_eq(section->type, str_from(type)))
            return section;
    }
    struct aws_config_section *section = VEC_ADD(&config->arena, &config->sections);
    section->type = str_from(type);
    section->name = arena_str(&config->arena, name);
    return section;
}

/* "[profile ops]", "[default]", "[sso-session x]", "[services x]"; others are other tools'. */
static enum error_code parse_section(struct parser *p, struct str line, struct error *err)
{
    static const char *const types[] = {"profile", "sso-session", "services"};
    size_t end = str_find(line, ']');
    if (end == line.len)
        return refuse(p, err, "a section's name ends without ']'");
    struct str name = str_trim(str_slice(line, 1, end));
    if (name.len == 0)
        return refuse(p, err, "a section without a name");
    p->in_section = true;
    p->section = NULL;
    p->outer = STR_NONE;
    if (p->config->sections.count >= LIMIT_CONFIG_SECTIONS)
        return refuse_size(p, err, LIMIT_CONFIG_SECTIONS, "sections");
    if (p->is_credentials_file) {
        p->origin = AWS_CREDENTIALS_FILE;
        p->section = find_or_add_section(p->config, "profile", without_quotes(name));
        return E_OK;
    }
    if (str_eq(name, STR("default"))) {
        p->origin = AWS_CONFIG_DEFAULT;
        p->section = find_or_add_section(p->config, "profile", name);
        return E_OK;
    }
    p->origin = AWS_CONFIG_FILE;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        size_t len = strlen(types[i]);
        if (str_starts(name, str_from(types[i])) && name.len > len && is_space(name.ptr[len]))
            p->section = find_or_add_section(
                p->config, types[i], without_quotes(str_trim(str_slice(name, len, name.len))));
    }
    return E_OK;
}

static struct str lower(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1, 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct str){.ptr = copy, .len = text.len};
}

static enum error_code set_value(struct parser *p, struct str key, struct str value,
                                 struct error *err)
{
    struct aws_config_section *section = p->section;
    for (size_t i = 0; i < section->values.count; i++) {
        struct aws_config_value *old = &section->values.items[i];
        if (!str_eq(old->key, key))
            continue;
        if (p->origin >= old->origin) {
            old->value = value;
            old->origin = p->origin;
        }
        return E_OK;
    }
    if (section->values.count >= LIMIT_CONFIG_KEYS)
        return refuse_size(p, err, LIMIT_CONFIG_KEYS, "keys in a section");
    *VEC_ADD(&p->config->arena, &section->values) =
        (struct aws_config_value){.key = key, .value = value, .origin = p->origin};
    return E_OK;
}

/* Further lines of a property that has a text. */
static enum error_code parse_continuation(struct parser *p, struct str line, struct error *err)
{
    const struct aws_config_value *value = NULL;
    for (size_t i = 0; i < p->section->values.count; i++) {
        if (str_eq(p->section->values.items[i].key, p->outer))
            value = &p->section->values.items[i];
    }
    if (value == NULL || value->origin != p->origin)
        return E_OK; /* continues a value that lost */
    if (++p->outer_lines > LIMIT_CONFIG_VALUE_LINES)
        return refuse_size(p, err, LIMIT_CONFIG_VALUE_LINES, "further lines of one value");
    return set_value(
        p, value->key,
        arena_printf(&p->config->arena, "%.*s\n%.*s", STR_ARG(value->value), STR_ARG(line)), err);
}

static enum error_code parse_property(struct parser *p, struct str line, size_t indent,
                                      struct error *err)
{
    if (!p->in_section)
        return refuse(p, err, "expected a section, '[default]' or '[profile NAME]', first");
    if (p->section == NULL)
        return E_OK;
    bool belongs_to_outer = p->outer.len > 0 && indent > p->outer_indent;
    if (belongs_to_outer && !p->outer_is_empty)
        return parse_continuation(p, line, err);
    size_t equals = str_find(line, '=');
    struct str key = str_trim(str_slice(line, 0, equals));
    if (equals == line.len || key.len == 0)
        return refuse(p, err, "expected KEY = VALUE");
    struct arena *arena = &p->config->arena;
    struct str value = arena_str(arena, str_trim(str_slice(line, equals + 1, line.len)));
    key = lower(arena, key);
    if (belongs_to_outer)
        return set_value(p, arena_printf(arena, "%.*s.%.*s", STR_ARG(p->outer), STR_ARG(key)),
                         value, err);
    p->outer = key;
    p->outer_indent = indent;
    p->outer_is_empty = value.len == 0;
    p->outer_lines = 0;
    return set_value(p, key, value, err);
}

static enum error_code parse_line(struct parser *p, struct str line, struct error *err)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7F)
            return refuse(p, err, "a control character; is this a text file?");
    }
    struct str bare = str_trim(line);
    if (bare.len == 0 || bare.ptr[0] == '#' || bare.ptr[0] == ';')
        return E_OK;
    if (line.ptr[0] == '[')
        return parse_section(p, bare, err);
    size_t indent = 0;
    while (is_space(line.ptr[indent]))
        indent++;
    return parse_property(p, without_comment(bare), indent, err);
}

enum error_code aws_config_parse(struct aws_config *config, struct str file, struct str text,
                                 bool is_credentials_file, struct error *err)
{
    struct parser parser = {
        .config = config, .file = file, .is_credentials_file = is_credentials_file};
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = str_slice(text, 3, text.len);
    struct str line = STR_NONE;
    while (str_split(&text, '\n', &line)) {
        parser.line++;
        enum error_code code = parse_line(&parser, line, err);
        if (code != E_OK)
            return code;
    }
    return E_OK;
}
