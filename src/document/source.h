/* One file while it is being loaded: its text, its environment references, and what was
 * found wrong with it. For the rooms that read files.
 *
 * YAML is parsed from `masked`, a copy of the text of the very same length in which every %(NAME)
 * and %%( is replaced by characters that mean nothing to YAML: a marker (one private-use character
 * that the file does not otherwise hold) and the name. So a reference can stand where a plain
 * scalar starts, offsets stay those of the file, and values are filled in only after the structure
 * is known: no value can change it. */
#ifndef DOCUMENT_SOURCE_H
#define DOCUMENT_SOURCE_H

#include "document/diagnostic.h"
#include "model/definition.h"

enum { MARKER_LEN = 3 };

/* Bytes [from, to) of the text. */
struct span {
    size_t from;
    size_t to;
};

/* A %(NAME), or with an empty name a %%(. */
struct reference {
    struct str name;
    struct span span;
};

struct source {
    struct arena *arena;
    struct str file;
    struct str text;
    struct str masked;
    char marker[MARKER_LEN + 1];
    environment_lookup *lookup;
    void *lookup_context;
    size_t filled_bytes; /* values filled in so far */
    bool overfilled;     /* they were more than is allowed: reported, no more are read */
    VEC(struct reference) references;
    VEC(size_t) line_starts;
    VEC(struct diagnostic) diagnostics;
    size_t error_count;   /* counted beyond LIMIT_DIAGNOSTICS, too */
    size_t warning_count; /* likewise */
};

/* Makes `source` of a text: checks it is UTF-8 without control characters, finds lines and
 * references. False: reported, and nothing can be read from it. Copies the text into `arena`. */
bool source_init(struct source *source, struct arena *arena, struct str file, struct str text,
                 const struct load_options *options);

/* Adds a finding at `span`; one that is there already (an anchor used twice) is dropped. `hint` may
 * be empty. */
void source_report(struct source *source, enum severity severity, struct span span, struct str hint,
                   const char *format, ...) PRINTF_LIKE(5, 6);
/* Likewise about the file as a whole. */
void source_report_file(struct source *source, enum severity severity, struct str hint,
                        const char *format, ...) PRINTF_LIKE(4, 5);

/* 1-based line of a byte. */
size_t source_line(const struct source *source, size_t offset);

/* Adds the findings, sorted by position, and their counts. */
void source_finish(struct source *source, struct findings *findings);

/* Replaces markers by the references they stand for: for messages that quote masked text. Those of
 * `masked` are taken to be the references from `offset` on, in order. */
struct str source_unmask(const struct source *source, struct str masked, size_t offset);
/* Index of the first reference that starts at `offset` or after it. */
size_t source_reference_at(const struct source *source, size_t offset);

#endif
