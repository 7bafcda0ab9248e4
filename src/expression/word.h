/* Words of the source: letters, digits, '_' and what is beyond ASCII, and the names among them. */
#ifndef EXPRESSION_WORD_H
#define EXPRESSION_WORD_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>

/* Bytes of the word that begins at `at`; 0: none does. `source` is UTF-8. */
size_t word_len(struct str source, size_t at);

/* A character beyond ASCII that stands for another one in formatted texts: a no-break space, a
 * typographic minus. */
struct lookalike {
    uint32_t first; /* code points */
    uint32_t last;
    const char *name;  /* "a no-break space" */
    const char *ascii; /* what to write in its place; may be "" */
};
/* The one at `at` or NULL; in both cases the character's code point and bytes. */
const struct lookalike *word_lookalike(struct str source, size_t at, uint32_t *code_point,
                                       size_t *len);

struct names {
    const struct str *items;
    size_t count;
};

/* The longest name that stands at `at` as a whole word; false: none. */
NODISCARD bool names_match(struct names names, struct str source, size_t at, size_t *index,
                           size_t *len);

/* For "did you mean": the name, function or constant nearest to `word`. */
enum { SUGGESTION_SIZE = 120 };
/* False where nothing is near. With `functions_only`, metrics are left out. */
bool word_suggest(struct names names, struct str word, bool functions_only,
                  char out[static SUGGESTION_SIZE]);

#endif
