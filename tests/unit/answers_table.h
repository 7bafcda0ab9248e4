/* Reads tests/tables/aws_*answers.txt: see the head of those files. */
#ifndef TESTS_ANSWERS_TABLE_H
#define TESTS_ANSWERS_TABLE_H

#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"

enum { ANSWERS_FILE_MAX = 1024 * 1024 };

static inline struct str answers_file(struct arena *arena, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/tables/%s", TESTS_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    char *text = arena_alloc(arena, ANSWERS_FILE_MAX, 1);
    size_t len = fread(text, 1, ANSWERS_FILE_MAX, file);
    fclose(file);
    assert_true(len > 0 && len < ANSWERS_FILE_MAX);
    return (struct str){.ptr = text, .len = len};
}

/* Line breaks and the spaces after them become one space. */
static inline struct str answers_flat(struct arena *arena, struct str text)
{
    char *flat = arena_alloc(arena, text.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\n') {
            flat[len++] = text.ptr[i];
            continue;
        }
        flat[len++] = ' ';
        while (i + 1 < text.len && text.ptr[i + 1] == ' ')
            i++;
    }
    return str_trim((struct str){.ptr = flat, .len = len});
}

static inline struct str answers_cut(struct str *rest, const char *separator)
{
    size_t at = str_find_str(*rest, str_from(separator));
    struct str part = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + strlen(separator), rest->len);
    return part;
}

static inline struct str answers_change(struct arena *arena, struct str base, struct str change)
{
    if (str_eq(change, STR("=")))
        return base;
    if (str_starts(change, STR("= ")))
        return str_slice(change, 2, change.len);
    if (str_ends(change, STR(" ->")))
        change = arena_printf(arena, "%.*s ", STR_ARG(change));
    struct str new_text = change;
    struct str old = answers_cut(&new_text, " -> ");
    size_t at = str_find_str(base, old);
    if (at == base.len)
        fail_msg("'%.*s' is not in the base", STR_ARG(old));
    struct str after = str_slice(base, at + old.len, base.len);
    return arena_printf(arena, "%.*s%.*s%.*s", (int)at, base.ptr, STR_ARG(new_text),
                        STR_ARG(after));
}

/* Runs every row through `render`; prints all rows that differ, then fails. */
static inline void answers_run(const char *table, const char *ending,
                               void (*render)(struct arena *arena, struct str base,
                                              struct str answer, struct buf *out))
{
    struct arena arena = ARENA_INIT;
    struct str rest = answers_file(&arena, table);
    struct str line = STR_NONE;
    int rows = 0;
    int wrong = 0;
    for (int number = 1; str_split(&rest, '\n', &line); number++) {
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        struct str row = line;
        struct str base = answers_cut(&row, " | ");
        struct str change = answers_cut(&row, " | ");
        if (str_ends(change, STR(" |"))) /* nothing is expected to come out */
            change = str_slice(change, 0, change.len - 2);
        struct str name = arena_printf(&arena, "aws_answers/%.*s.%s", STR_ARG(base), ending);
        struct str text = answers_flat(&arena, answers_file(&arena, name.ptr));
        struct buf out CLEANUP(buf_release) = BUF_INIT(ANSWERS_FILE_MAX);
        render(&arena, base, answers_change(&arena, text, change), &out);
        rows++;
        if (str_eq(str_trim(buf_str(&out)), str_trim(row)))
            continue;
        wrong++;
        print_error("%s:%d:\n  got      %s\n  expected %.*s\n", table, number, buf_cstr(&out),
                    STR_ARG(row));
    }
    arena_release(&arena);
    assert_true(rows > 10);
    assert_int_equal(wrong, 0);
}

#endif
