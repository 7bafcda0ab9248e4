#include "lambda/env_file.h"

#include "base/file.h"
#include "base/limits.h"

#include <stdlib.h>

#include "base/banned.h"

const struct env_variable *env_file_find(const struct env_file *file, struct str name)
{
    for (size_t i = 0; i < file->variables.count; i++) {
        if (str_eq(file->variables.items[i].name, name))
            return &file->variables.items[i];
    }
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static struct str skip_space(struct str text)
{
    size_t start = 0;
    while (start < text.len && is_space(text.ptr[start]))
        start++;
    return str_slice(text, start, text.len);
}

static void set_variable(struct arena *arena, struct env_file *out, struct str name,
                         struct str value)
{
    struct env_variable *variable = (struct env_variable *)env_file_find(out, name);
    if (variable == NULL) {
        variable = VEC_ADD(arena, &out->variables);
        variable->name = arena_str(arena, name);
    }
    variable->value = arena_str(arena, value);
}

/* What is wrong with the line, or NULL. */
static const char *read_line(struct arena *arena, struct str line, struct env_file *out)
{
    line = skip_space(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return NULL;
    if (!str_is_utf8(line, NULL))
        return "the line is no UTF-8";
    size_t equals = str_find(line, '=');
    struct str name = str_slice(line, 0, equals);
    if (name.len == 0)
        return "there is no name before the '='";
    for (size_t i = 0; i < name.len; i++) {
        if (is_space(name.ptr[i]))
            return "the name (what is before the '=') holds white space";
    }
    if (str_find(line, '\0') < line.len)
        return "the line holds a zero byte";
    if (env_file_find(out, name) == NULL && out->variables.count == LIMIT_ENV_FILE_VARIABLES)
        return "there are too many variables";
    if (equals < line.len) {
        set_variable(arena, out, name, str_slice(line, equals + 1, line.len));
        return NULL;
    }
    const char *inherited = getenv(arena_str(arena, name).ptr);
    if (inherited != NULL)
        set_variable(arena, out, name, str_from(inherited));
    return NULL;
}

enum error_code env_file_parse(struct arena *arena, struct str file, struct str text,
                               struct env_file *out, struct error *err)
{
    struct env_file found = {0};
    struct str line;
    size_t number = 0;
    if (str_starts(text, STR("\xEF\xBB\xBF")))
        text = str_slice(text, 3, text.len);
    if (text.len > LIMIT_ENV_FILE_BYTES)
        return error_set(err, E_LIMIT, "'%.*s' is over %d bytes", STR_ARG(file),
                         LIMIT_ENV_FILE_BYTES);
    while (str_split(&text, '\n', &line)) {
        number++;
        if (str_ends(line, STR("\r")))
            line = str_slice(line, 0, line.len - 1);
        const char *problem = read_line(arena, line, &found);
        if (problem == NULL)
            continue;
        error_set(err, E_SYNTAX, "%s; expected NAME=VALUE, a comment (#) or nothing", problem);
        error_where(err, "%.*s:%zu", STR_ARG(file), number);
        return E_SYNTAX;
    }
    *out = found;
    return E_OK;
}

enum error_code env_file_read(struct arena *arena, const char *path, struct env_file *out,
                              struct error *err)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_ENV_FILE_BYTES);
    enum error_code code = file_read(path, &text, err);
    if (code != E_OK)
        return code;
    return env_file_parse(arena, str_from(path), buf_str(&text), out, err);
}
