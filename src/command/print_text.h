/* What every command that prints for a person needs: the terminal's manners, and text that came
 * from outside made harmless. */
#ifndef COMMAND_PRINT_TEXT_H
#define COMMAND_PRINT_TEXT_H

#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>

/* Columns to fill, and whether escape sequences for colours are welcome. */
struct print_style {
    bool colour;
    size_t width;
};

/* Of a terminal its width and (unless NO_COLOR is set or TERM is dumb) colours; of anything else
 * 100 columns without colours. */
struct print_style print_style_of(FILE *stream);

/* Adds `text` with every control character, change of direction and broken byte as '?'. */
void print_clean(struct str text, struct buf *out);
/* Adds "1 change", "2 changes", … */
void print_count(int64_t count, const char *singular, struct buf *out);
/* Characters, not bytes: what a terminal's columns hold, near enough. */
size_t print_columns(struct str text);

/* Adds `text`, cleaned, from column `at` on and broken at spaces so that it stays within the
 * width; further lines start at that column too. Does not end the line. */
void print_wrapped(struct str text, size_t at, struct print_style style, struct buf *out);

#endif
