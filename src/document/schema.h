/* A table of what one kind of file may hold. It drives reading (read.c), checking, help in
 * messages, the tables in docs/ and the JSON Schema, so they cannot drift apart. The tables
 * themselves: definition/schema.c, scenario/schema.c. */
#ifndef DOCUMENT_SCHEMA_H
#define DOCUMENT_SCHEMA_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is, and the C type it is stored as. */
enum schema_type {
    TYPE_TEXT,       /* struct text */
    TYPE_ALIAS,      /* struct str */
    TYPE_URL,        /* struct text */
    TYPE_BOOL,       /* bool */
    TYPE_INT,        /* int64_t */
    TYPE_PERIOD,     /* int64_t, seconds */
    TYPE_NUMBER,     /* double */
    TYPE_SECONDS,    /* int64_t, milliseconds */
    TYPE_CHOICE,     /* enum: the index in `choices` */
    TYPE_EXPRESSION, /* struct str */
    TYPE_REAL,       /* double, in [low, high] */
    TYPE_DURATION,   /* int64_t, milliseconds: "90s", "5m", "1d", or a number of seconds */
    TYPE_DELAY,      /* struct delay: a duration, or two: "30s..90s" */
    TYPE_TIME,       /* int64_t, milliseconds since 1970: "2026-03-02T00:00:00Z" */
    TYPE_CLOCK,      /* int64_t, milliseconds since midnight: "14:30" */
    TYPE_ANY,        /* struct text: JSON */
    TYPE_TEXT_MAP,   /* array of struct header_definition, count */
    TYPE_MAP,        /* array of `item`, which begins with its struct text name; count */
    TYPE_LIST,       /* array of `item`, count */
    TYPE_LEVEL,      /* keys of `item`, stored in the same struct */
    TYPE_COUNT,
};

/* What a text must look like. */
enum schema_format {
    FORMAT_ANY,
    FORMAT_SOME, /* not empty, no control character */
    FORMAT_ECS_NAME,
    FORMAT_REGION,
    FORMAT_NAMESPACE,
    FORMAT_STATISTIC,
    FORMAT_HEADER_NAME,
    FORMAT_HEADER_VALUE,
    FORMAT_COUNT,
};

/* Milliseconds, low <= high. */
struct delay {
    int64_t low_ms;
    int64_t high_ms;
};

struct schema_key {
    const char *name;
    unsigned level;
    enum schema_type type;
    const char *fallback;      /* as it would stand in the file; NULL: none */
    const char *fallback_text; /* for people, where there is no fallback */
    double low;                /* INT, SECONDS, REAL; DURATION, DELAY: milliseconds */
    double high;
    const char *const *choices; /* CHOICE, ended by NULL */
    enum schema_format format;  /* TEXT, ALIAS; TEXT_MAP: of its values */
    enum schema_format names;   /* MAP, TEXT_MAP: of its keys */
    unsigned item;              /* MAP, LIST, LEVEL */
    bool required;
    bool nullable;     /* required, and null says something of its own */
    bool not_zero;     /* INT */
    int open_end;      /* NUMBER: +1, -1: an infinity of that sign says the same as no value */
    size_t max_items;  /* LIST; 0: no limit of its own */
    size_t offset;     /* of the value in the level's struct */
    size_t has_offset; /* of the bool that says it is given; arrays: of the count; or 0 */
    const char *unit;  /* "tasks"; may be NULL */
    const char *doc;   /* one or two sentences */
};

struct schema_level_info {
    const char *name; /* "an event" */
    const char *id;   /* "event": in the JSON Schema's $defs */
    const char *path; /* "services.NAME.events[]" */
    const char *doc;  /* one or two sentences */
    size_t size;      /* of the C struct */
};

struct schema_format_info {
    const char *pattern; /* ECMA 262, for the JSON Schema; NULL: anything */
    const char *rule;    /* "1 to 255 letters, digits, '-' or '_'" */
    bool (*matches)(struct str text);
};

/* A kind of file. Level 0 is the file itself; its keys that begin with "x-" are ignored. */
struct schema {
    const char *title;             /* of the JSON Schema */
    const char *heading;           /* of the first table of the documentation */
    const char *empty_hint;        /* what an empty file needs at least */
    const struct schema_key *keys; /* in the order of the documentation, grouped by level; at most
                                      64 a level */
    size_t key_count;
    const struct schema_level_info *levels;
    unsigned level_count;
};

const struct schema_format_info *schema_format_info(enum schema_format format);

/* The row of a key; NULL: unknown. */
const struct schema_key *schema_find(const struct schema *schema, unsigned level, struct str name);
/* Adds what may help: "did you mean 'events'?", "'period' is a key of a CloudWatch source". */
void schema_suggest(const struct schema *schema, unsigned level, struct str unknown,
                    struct buf *out);
/* Adds what the value must be: "a whole number from 0 to 1000000". */
void schema_expected(const struct schema *schema, const struct schema_key *key, struct buf *out);

/* The JSON Schema (draft 2020-12), and the tables for the documentation. */
void schema_write_json(const struct schema *schema, struct buf *out);
void schema_write_markdown(const struct schema *schema, struct buf *out);

/* A period that CloudWatch knows: 1, 5, 10, 20, 30 or a multiple of 60 up to a day. */
bool schema_is_period(int64_t seconds);

#endif
