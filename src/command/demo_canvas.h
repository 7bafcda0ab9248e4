/* Lines of a terminal picture: cut at the width, coloured where colours are welcome. */
#ifndef COMMAND_DEMO_CANVAS_H
#define COMMAND_DEMO_CANVAS_H

#include "base/buf.h"

enum ink {
    INK_PLAIN,
    INK_BOLD,
    INK_DIM,
    INK_RED,
    INK_GREEN,
    INK_YELLOW,
    INK_CYAN,
    INK_MAGENTA,
    INK_BLUE
};

struct canvas {
    struct buf text; /* of the picture so far */
    bool colour;
    size_t width;
    size_t height;
    size_t column; /* of the line in hand */
    size_t row;    /* lines ended so far */
};

/* The size of the terminal that standard output is; false where it is none, or one that knows no
 * escape sequences. */
bool canvas_terminal(size_t *width, size_t *height);

void canvas_begin(struct canvas *canvas, size_t width, size_t height);
void canvas_put(struct canvas *canvas, enum ink ink, struct str text);
void canvas_putf(struct canvas *canvas, enum ink ink, const char *format, ...) PRINTF_LIKE(3, 4);
/* Blanks up to that column, at least one if the line is there already. */
void canvas_to(struct canvas *canvas, size_t column);
/* Text that ends at that column. */
void canvas_right(struct canvas *canvas, enum ink ink, size_t column, struct str text);
/* Ends the line; false once the picture is full. */
bool canvas_end_line(struct canvas *canvas);
/* `count` times the same character. */
void canvas_repeat(struct canvas *canvas, enum ink ink, const char *glyph, size_t count);

#endif
