#include "definition/load.h"

#include "base/limits.h"
#include "definition/check.h"
#include "definition/schema.h"
#include "document/read.h"
#include "document/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static void close_folder(DIR **folder)
{
    if (*folder != NULL)
        closedir(*folder);
}

static bool is_definition_name(struct str name)
{
    return name.len > 0 && name.ptr[0] != '.' &&
           (str_ends(name, STR(".yml")) || str_ends(name, STR(".yaml")));
}

static struct str base_of(struct str path)
{
    size_t slash = str_find_last(path, '/');
    return slash == path.len ? path : str_slice(path, slash + 1, path.len);
}

/* "clusters/prod.eu.yml" → "prod.eu" */
static struct str cluster_of(struct str path)
{
    struct str name = base_of(path);
    return str_slice(name, 0, str_find_last(name, '.'));
}

/* ---- one file ---- */

static void check_cluster_name(struct source *source, struct str cluster)
{
    const struct schema_format_info *format = schema_format_info(FORMAT_ECS_NAME);
    if (!is_definition_name(base_of(source->file)))
        source_report_file(source, SEVERITY_ERROR, STR("rename it"),
                           "a definition's file name ends in .yml or .yaml");
    else if (!format->matches(cluster))
        source_report_file(source, SEVERITY_ERROR,
                           STR("the file is named after the cluster on ECS"),
                           "'%.*s' cannot be a cluster's name: %s", STR_ARG(cluster), format->rule);
}

static struct loaded_file *add_file(struct arena *arena, struct str file, struct loaded *loaded)
{
    struct loaded_file *added = VEC_ADD(arena, &loaded->files);
    *added = (struct loaded_file){.file = file, .cluster = cluster_of(file)};
    return added;
}

static void finish(struct source *source, struct loaded *loaded, struct loaded_file *file)
{
    struct findings findings = {0};
    source_finish(source, &findings);
    for (size_t i = 0; i < findings.items.count; i++)
        *VEC_ADD(source->arena, &loaded->diagnostics) = findings.items.items[i];
    file->error_count = findings.error_count;
    file->warning_count = findings.warning_count;
    loaded->error_count += findings.error_count;
    loaded->warning_count += findings.warning_count;
}

void definition_load_text(struct arena *arena, struct str file, struct str text,
                          const struct load_options *options, struct loaded *loaded)
{
    struct loaded_file *added = add_file(arena, arena_str(arena, file), loaded);
    struct source source;
    struct definition *definition = ARENA_NEW(arena, struct definition);
    definition->file = added->file;
    definition->cluster = added->cluster;
    bool readable = source_init(&source, arena, added->file, text, options);
    check_cluster_name(&source, added->cluster);
    struct yaml_node *root = readable ? yaml_parse(&source) : NULL;
    if (root != NULL) {
        document_fill(&source, &definition_schema, root, definition);
        if (root->kind == YAML_MAP)
            check_definition(&source, root, definition);
    }
    finish(&source, loaded, added);
    if (added->error_count == 0)
        added->definition = definition;
}

/* A file that gave no text: one finding about it. */
static void add_unreadable(struct arena *arena, struct str file, const char *message,
                           struct loaded *loaded)
{
    struct loaded_file *added = add_file(arena, arena_str(arena, file), loaded);
    struct source source = {.arena = arena, .file = added->file};
    source_report_file(&source, SEVERITY_ERROR, STR_NONE, "%s", message);
    finish(&source, loaded, added);
}

static void load_file(struct arena *arena, struct str path, const struct load_options *options,
                      struct loaded *loaded)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    struct str name = arena_str(arena, path);
    const char *fault = document_read(arena, name.ptr, &text);
    if (fault != NULL)
        add_unreadable(arena, path, fault, loaded);
    else
        definition_load_text(arena, path, buf_str(&text), options, loaded);
}

/* ---- a folder ---- */

struct paths {
    struct str *items;
    size_t count;
    size_t room;
};

/* By cluster, then by ending: .yaml before .yml. */
static int compare_paths(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    int order = str_compare(cluster_of(*left), cluster_of(*right));
    return order != 0 ? order : str_compare(*left, *right);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum error_code list_folder(struct arena *arena, const char *path, struct paths *paths,
                                   struct error *err)
{
    DIR *folder CLEANUP(close_folder) = opendir(path);
    if (folder == NULL)
        return error_set(err, E_IO, "cannot open the folder '%s': %s", path, strerror(errno));
    const char *slash = path[0] != '\0' && path[strlen(path) - 1] == '/' ? "" : "/";
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return error_set(err, E_IO, "cannot read the folder '%s': %s", path, strerror(errno));
        if (entry == NULL)
            return E_OK;
        if (!is_definition_name(str_from(entry->d_name)))
            continue;
        struct str file = arena_printf(arena, "%s%s%s", path, slash, entry->d_name);
        if (is_folder(file.ptr))
            continue;
        if (paths->count == LIMIT_DEFINITION_FILES)
            return error_set(err, E_LIMIT, "the folder '%s' holds more than %d definitions", path,
                             LIMIT_DEFINITION_FILES);
        *VEC_ADD(arena, paths) = file;
    }
}

/* ---- clusters that are defined twice ---- */

static void report_twice(struct arena *arena, struct loaded *loaded, struct loaded_file *file,
                         const struct loaded_file *other)
{
    file->definition = NULL;
    file->error_count++;
    loaded->error_count++;
    *VEC_ADD(arena, &loaded->diagnostics) = (struct diagnostic){
        .severity = SEVERITY_ERROR,
        .file = file->file,
        .message = arena_printf(arena, "cluster '%.*s' is defined by '%.*s', too",
                                STR_ARG(file->cluster), STR_ARG(other->file)),
        .hint = STR("keep one of the two"),
    };
}

static int compare_files(const void *a, const void *b)
{
    const struct loaded_file *const *left = a;
    const struct loaded_file *const *right = b;
    return str_compare((*left)->cluster, (*right)->cluster);
}

static void find_twice(struct arena *arena, struct loaded *loaded, size_t fresh_from)
{
    size_t count = loaded->files.count;
    struct loaded_file **sorted = ARENA_ARRAY(arena, struct loaded_file *, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &loaded->files.items[i];
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what is sorted */
    qsort(sorted, count, sizeof(sorted[0]), compare_files);
    for (size_t i = 0; i < count; i++) {
        struct loaded_file *other = NULL;
        if (i > 0 && str_eq(sorted[i - 1]->cluster, sorted[i]->cluster))
            other = sorted[i - 1];
        else if (i + 1 < count && str_eq(sorted[i + 1]->cluster, sorted[i]->cluster))
            other = sorted[i + 1];
        /* A pair of files that were there before has been reported. */
        size_t index = (size_t)(sorted[i] - loaded->files.items);
        if (other != NULL &&
            (index >= fresh_from || (size_t)(other - loaded->files.items) >= fresh_from))
            report_twice(arena, loaded, sorted[i], other);
    }
}

/* Keeps each file's findings together and in the order of the files. */
static void sort_diagnostics(struct arena *arena, struct loaded *loaded)
{
    size_t count = loaded->diagnostics.count;
    struct diagnostic *sorted = ARENA_ARRAY(arena, struct diagnostic, count);
    size_t filled = 0;
    for (size_t i = 0; i < loaded->files.count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (loaded->diagnostics.items[j].file.ptr == loaded->files.items[i].file.ptr)
                sorted[filled++] = loaded->diagnostics.items[j];
        }
    }
    memcpy(loaded->diagnostics.items, sorted, filled * sizeof(*sorted));
}

enum error_code definitions_load(struct arena *arena, const char *path,
                                 const struct load_options *options, struct loaded *loaded,
                                 struct error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(err, errno == ENOENT || errno == ENOTDIR ? E_MISSING : E_IO,
                         "cannot read definitions from '%s': %s", path, strerror(errno));
    struct paths paths = {0};
    if (S_ISDIR(status.st_mode)) {
        enum error_code code = list_folder(arena, path, &paths, err);
        if (code != E_OK)
            return code;
        if (paths.count == 0)
            return error_set(err, E_MISSING, "the folder '%s' holds no definitions (*.yml, *.yaml)",
                             path);
        qsort(paths.items, paths.count, sizeof(*paths.items), compare_paths);
    } else {
        *VEC_ADD(arena, &paths) = str_from(path);
    }
    size_t before = loaded->files.count;
    size_t findings = loaded->diagnostics.count;
    for (size_t i = 0; i < paths.count; i++)
        load_file(arena, paths.items[i], options, loaded);
    size_t reported = loaded->diagnostics.count;
    find_twice(arena, loaded, before);
    if (loaded->diagnostics.count > reported && findings + 1 < loaded->diagnostics.count)
        sort_diagnostics(arena, loaded);
    return E_OK;
}
