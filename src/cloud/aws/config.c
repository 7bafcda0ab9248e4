/* Loading and looking up; the files' format is config_parse.c's. */
#include "cloud/aws/config.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

struct str aws_environment(const char *name)
{
    return str_from(getenv(name));
}

static struct str home_directory(void)
{
    struct str home = aws_environment("HOME");
    if (home.len > 0)
        return home;
    const struct passwd *user = getpwuid(getuid());
    return user != NULL ? str_from(user->pw_dir) : STR_NONE;
}

struct str aws_config_path(struct arena *arena, struct str path)
{
    if (!str_starts(path, STR("~/")))
        return arena_str(arena, path);
    return arena_printf(arena, "%.*s%.*s", STR_ARG(home_directory()),
                        STR_ARG(str_slice(path, 1, path.len)));
}

static struct str shared_path(struct arena *arena, const char *variable, struct str otherwise)
{
    struct str path = aws_environment(variable);
    return aws_config_path(arena, path.len > 0 ? path : otherwise);
}

static enum error_code load_file(struct aws_config *config, struct str path,
                                 bool is_credentials_file, struct error *err)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_CONFIG_FILE_BYTES);
    struct error unread = ERROR_INIT;
    enum error_code code = file_read(path.ptr, &text, &unread);
    if (code == E_MISSING) /* no failure: `err` stays as it is */
        return E_OK;
    if (code != E_OK)
        return error_set(err, code, "%s", unread.message);
    return aws_config_parse(config, path, buf_str(&text), is_credentials_file, err);
}

static struct str chosen_profile(const char *profile, bool *by_name)
{
    static const char *const variables[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"};
    struct str name = str_from(profile);
    for (size_t i = 0; name.len == 0 && i < ARRAY_LEN(variables); i++)
        name = aws_environment(variables[i]);
    *by_name = name.len > 0;
    return *by_name ? name : STR("default");
}

static enum error_code load(struct aws_config *config, const char *profile, struct error *err)
{
    struct arena *arena = &config->arena;
    config->config_path = shared_path(arena, "AWS_CONFIG_FILE", STR("~/.aws/config"));
    config->credentials_path =
        shared_path(arena, "AWS_SHARED_CREDENTIALS_FILE", STR("~/.aws/credentials"));
    enum error_code code = load_file(config, config->config_path, false, err);
    if (code == E_OK)
        code = load_file(config, config->credentials_path, true, err);
    if (code != E_OK)
        return code;
    bool by_name = false;
    config->profile = arena_str(arena, chosen_profile(profile, &by_name));
    config->profile_exists = aws_config_section(config, "profile", config->profile) != NULL;
    if (by_name && !config->profile_exists && !str_eq(config->profile, STR("default")))
        return error_set(err, E_CREDENTIALS,
                         "no profile '%.*s' in '%.*s' or '%.*s'; check --profile and AWS_PROFILE",
                         STR_ARG(config->profile), STR_ARG(config->config_path),
                         STR_ARG(config->credentials_path));
    return E_OK;
}

enum error_code aws_config_load(struct aws_config *config, const char *profile, struct error *err)
{
    struct aws_config fresh = {.arena = ARENA_INIT};
    enum error_code code = load(&fresh, profile, err);
    if (code != E_OK) {
        aws_config_release(&fresh);
        return code;
    }
    *config = fresh;
    return E_OK;
}

void aws_config_release(struct aws_config *config)
{
    arena_release(&config->arena);
    *config = (struct aws_config){.arena = ARENA_INIT};
}

const struct aws_config_section *aws_config_section(const struct aws_config *config,
                                                    const char *type, struct str name)
{
    for (size_t i = 0; i < config->sections.count; i++) {
        const struct aws_config_section *section = &config->sections.items[i];
        if (str_eq(section->name, name) && str_eq(section->type, str_from(type)))
            return section;
    }
    return NULL;
}

const struct aws_config_value *aws_config_find(const struct aws_config_section *section,
                                               const char *key)
{
    for (size_t i = 0; section != NULL && i < section->values.count; i++) {
        if (str_eq(section->values.items[i].key, str_from(key)))
            return &section->values.items[i];
    }
    return NULL;
}

struct str aws_config_get(const struct aws_config_section *section, const char *key)
{
    const struct aws_config_value *value = aws_config_find(section, key);
    return value != NULL ? value->value : STR_NONE;
}

struct str aws_config_setting(const struct aws_config *config, const char *variable,
                              const char *key)
{
    struct str value = variable != NULL ? aws_environment(variable) : STR_NONE;
    if (value.len == 0 && key != NULL)
        value = aws_config_get(aws_config_section(config, "profile", config->profile), key);
    return value;
}

bool aws_config_switch(const struct aws_config *config, const char *variable, const char *key)
{
    return str_eq_nocase(str_trim(aws_config_setting(config, variable, key)), STR("true"));
}

struct str aws_config_region(const struct aws_config *config)
{
    if (config->region.len > 0)
        return config->region;
    struct str region = aws_environment("AWS_REGION");
    return region.len > 0 ? region : aws_config_setting(config, "AWS_DEFAULT_REGION", "region");
}
