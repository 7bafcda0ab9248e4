#include "lambda/variables.h"

#include "base/limits.h"
#include "base/log.h"
#include "cloud/cloud.h"

#include <stdlib.h>

#include "base/banned.h"

enum { LEAST_SECRET = 3 }; /* bytes; shorter ones would be found everywhere */

/* Lambda sets these itself and refuses them. Source: Lambda Developer Guide, "Defined runtime
 * environment variables". A '*' at the end: every name that begins so. */
static const char *const reserved[] = {
    "_HANDLER",          "_X_AMZN_TRACE_ID",    "AWS_DEFAULT_REGION", "AWS_REGION",
    "AWS_EXECUTION_ENV", "AWS_LAMBDA_*",        "AWS_ACCESS_KEY",     "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_*", "LAMBDA_TASK_ROOT",   "LAMBDA_RUNTIME_DIR",
};

static bool is_reserved(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        struct str one = str_from(reserved[i]);
        bool begins = str_ends(one, STR("*"));
        if (begins ? str_starts(name, str_slice(one, 0, one.len - 1)) : str_eq(name, one))
            return true;
    }
    return false;
}

void variables_begin(struct variables *variables, struct arena *arena,
                     const struct env_file *env_file)
{
    *variables = (struct variables){.arena = arena, .env_file = env_file};
}

static const struct env_variable *find(const struct env_variable *items, size_t count,
                                       struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(items[i].name, name))
            return &items[i];
    }
    return NULL;
}

bool variables_lookup(void *context, struct str name, struct str *value)
{
    struct variables *variables = context;
    struct arena *arena = variables->arena;
    const struct env_variable *known = find(variables->used.items, variables->used.count, name);
    if (known == NULL) {
        const struct env_variable *given = env_file_find(variables->env_file, name);
        struct str copy = arena_str(arena, name);
        const char *own = given == NULL ? getenv(copy.ptr) : NULL;
        if (given == NULL && own == NULL) {
            for (size_t i = 0; i < variables->missing.count; i++) {
                if (str_eq(variables->missing.items[i], name))
                    return false;
            }
            *VEC_ADD(arena, &variables->missing) = copy;
            return false;
        }
        struct env_variable *one = VEC_ADD(arena, &variables->used);
        one->name = copy;
        one->value = given != NULL ? given->value : arena_str(arena, str_from(own));
        known = one;
    }
    *value = known->value;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct env_variable *)a)->name,
                       ((const struct env_variable *)b)->name);
}

/* "A, B, C" in at most what fits an error's message. */
static void add_names(struct buf *text, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text->len + names[i].len > 400) {
            buf_addf(text, " and %zu more", count - i);
            return;
        }
        buf_addf(text, "%s%.*s", i > 0 ? ", " : "", STR_ARG(names[i]));
    }
}

static enum error_code check_missing(const struct variables *variables, struct error *err)
{
    struct buf names CLEANUP(buf_release) = BUF_INIT(1024);
    size_t count = variables->missing.count;
    if (count == 0)
        return E_OK;
    add_names(&names, variables->missing.items, count);
    return error_set(err, E_MISSING,
                     "the definitions use %zu variable%s not set: %s; put %s into the "
                     "--env-file or the environment",
                     count, count == 1 ? " that is" : "s that are", buf_cstr(&names),
                     count == 1 ? "it" : "them");
}

static bool is_function_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
            return false;
    }
    return name.len >= 2;
}

static enum error_code check_one(const struct env_variable *variable, struct error *err)
{
    if (!is_function_name(variable->name))
        return error_set(err, E_SYNTAX,
                         "Lambda takes no variable named '%.*s': a letter, then letters, digits "
                         "and '_', two characters at least",
                         STR_ARG(str_slice(variable->name, 0, 100)));
    if (!str_is_utf8(variable->value, NULL))
        return error_set(err, E_SYNTAX, "the value of '%.*s' is no UTF-8", STR_ARG(variable->name));
    return E_OK;
}

static enum error_code check_size(const struct variables *variables, struct error *err)
{
    struct buf json CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct buf sizes CLEANUP(buf_release) = BUF_INIT(1024);
    struct json_writer w = JSON_WRITER(&json, 0);
    variables_write(variables, &w);
    size_t count = variables->function.count;
    size_t spaces = count > 0 ? 2 * count - 1 : 0; /* the writer's, after ':' and ',' */
    size_t bytes = json.len - spaces;
    if (!json.overflowed && bytes <= LIMIT_FUNCTION_VARIABLES_BYTES)
        return E_OK;
    for (size_t i = 0; i < variables->function.count && sizes.len < 350; i++) {
        const struct env_variable *one = &variables->function.items[i];
        buf_addf(&sizes, "%s%.*s %zu", i > 0 ? ", " : "", STR_ARG(str_slice(one->name, 0, 60)),
                 one->name.len + one->value.len);
    }
    return error_set(err, E_LIMIT,
                     "the function's variables take %zu bytes as JSON, Lambda has room for %d "
                     "(bytes of name and value: %s)",
                     bytes, LIMIT_FUNCTION_VARIABLES_BYTES, buf_cstr(&sizes));
}

enum error_code variables_complete(struct variables *variables, struct error *err)
{
    struct arena *arena = variables->arena;
    enum error_code code = check_missing(variables, err);
    variables->function.count = 0;
    for (size_t i = 0; i < variables->used.count; i++) {
        if (!is_reserved(variables->used.items[i].name))
            *VEC_ADD(arena, &variables->function) = variables->used.items[i];
    }
    for (size_t i = 0; i < variables->env_file->variables.count; i++) {
        const struct env_variable *one = &variables->env_file->variables.items[i];
        if (!str_starts(one->name, STR("AWS_")) && !is_reserved(one->name) &&
            find(variables->used.items, variables->used.count, one->name) == NULL)
            *VEC_ADD(arena, &variables->function) = *one;
    }
    if (variables->function.count > 1)
        qsort(variables->function.items, variables->function.count,
              sizeof(*variables->function.items), by_name);
    for (size_t i = 0; i < variables->function.count && code == E_OK; i++)
        code = check_one(&variables->function.items[i], err);
    return code == E_OK ? check_size(variables, err) : code;
}

void variables_write(const struct variables *variables, struct json_writer *w)
{
    jsonw_object_begin(w);
    for (size_t i = 0; i < variables->function.count; i++) {
        jsonw_key_str(w, variables->function.items[i].name);
        jsonw_str(w, variables->function.items[i].value);
    }
    jsonw_object_end(w);
}

/* How many bytes of the value's beginning the text ends with. */
static size_t cut_value(struct str text, struct str value)
{
    size_t most = value.len < text.len ? value.len : text.len;
    for (size_t len = most; len >= LEAST_SECRET; len--) {
        if (str_ends(text, str_slice(value, 0, len)))
            return len;
    }
    return 0;
}

void variables_conceal(const struct variables *variables, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    size_t count = variables->function.count;
    struct text *texts = ARENA_ARRAY(&arena, struct text, count);
    for (size_t i = 0; i < count; i++) {
        const struct env_variable *one = &variables->function.items[i];
        texts[i].value = one->value;
        texts[i].shown = arena_printf(&arena, "%%(%.*s)", STR_ARG(one->name));
        size_t cut = cut_value(str_from(err->message), one->value);
        if (cut > 0 && cut < one->value.len)
            err->message[str_from(err->message).len - cut] = '\0';
    }
    error_conceal(err, texts, count);
}

const char *variables_log_level(const struct variables *variables)
{
    static const char *const names[] = {
        [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO", [LOG_WARNING] = "WARN", [LOG_ERROR] = "ERROR"};
    const struct env_variable *given =
        find(variables->function.items, variables->function.count, STR("LOG_LEVEL"));
    enum log_level level = LOG_INFO;
    if (given != NULL && !log_level_from_name(given->value, &level))
        level = LOG_INFO;
    return names[level];
}

/* What belongs together: of a file that has the first, the environment's second is of another set.
 */
static const char *const sets[][2] = {
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
    {"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"},
    {"AWS_ACCESS_KEY_ID", "AWS_CREDENTIAL_EXPIRATION"},
    {"AWS_REGION", "AWS_DEFAULT_REGION"},
    {"AWS_DEFAULT_REGION", "AWS_REGION"},
};

void variables_use_for_deployment(const struct env_file *env_file)
{
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        if (env_file_find(env_file, str_from(sets[i][0])) != NULL)
            unsetenv(sets[i][1]);
    }
    for (size_t i = 0; i < env_file->variables.count; i++) {
        const struct env_variable *one = &env_file->variables.items[i];
        if (str_starts(one->name, STR("AWS_")))
            setenv(one->name.ptr, one->value.ptr, 1);
    }
}
