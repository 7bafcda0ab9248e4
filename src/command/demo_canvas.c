#include "command/demo_canvas.h"

#include "command/print_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const escapes[] = {
    [INK_PLAIN] = "",        [INK_BOLD] = "\033[1m",     [INK_DIM] = "\033[2m",
    [INK_RED] = "\033[31m",  [INK_GREEN] = "\033[32m",   [INK_YELLOW] = "\033[33m",
    [INK_CYAN] = "\033[36m", [INK_MAGENTA] = "\033[35m", [INK_BLUE] = "\033[34m",
};

bool canvas_terminal(size_t *width, size_t *height)
{
    struct winsize size;
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
        return false;
    *width = 80;
    *height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        *width = size.ws_col;
        *height = size.ws_row;
    }
    return true;
}

void canvas_begin(struct canvas *canvas, size_t width, size_t height)
{
    buf_clear(&canvas->text);
    canvas->width = width;
    canvas->height = height;
    canvas->column = 0;
    canvas->row = 0;
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void canvas_put(struct canvas *canvas, enum ink ink, struct str text)
{
    size_t room = canvas->width > canvas->column ? canvas->width - canvas->column : 0;
    size_t columns = 0;
    size_t len = 0;
    while (len < text.len && columns < room) {
        len++;
        while (len < text.len && is_inside(text.ptr[len]))
            len++;
        columns++;
    }
    if (columns == 0 || canvas->row >= canvas->height)
        return;
    bool coloured = canvas->colour && ink != INK_PLAIN;
    if (coloured)
        buf_add(&canvas->text, str_from(escapes[ink]));
    buf_add(&canvas->text, str_slice(text, 0, len));
    if (coloured)
        buf_add(&canvas->text, STR("\033[0m"));
    canvas->column += columns;
}

void canvas_putf(struct canvas *canvas, enum ink ink, const char *format, ...)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    canvas_put(canvas, ink, buf_str(&text));
}

void canvas_repeat(struct canvas *canvas, enum ink ink, const char *glyph, size_t count)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    for (size_t i = 0; i < count; i++)
        buf_add(&text, str_from(glyph));
    canvas_put(canvas, ink, buf_str(&text));
}

void canvas_to(struct canvas *canvas, size_t column)
{
    size_t blanks = column > canvas->column ? column - canvas->column : 1;
    if (canvas->column > 0 || column > 0)
        canvas_repeat(canvas, INK_PLAIN, " ", blanks);
}

void canvas_right(struct canvas *canvas, enum ink ink, size_t column, struct str text)
{
    size_t columns = print_columns(text);
    canvas_to(canvas, column > columns ? column - columns : 0);
    canvas_put(canvas, ink, text);
}

bool canvas_end_line(struct canvas *canvas)
{
    canvas->column = 0;
    if (canvas->row >= canvas->height)
        return false;
    canvas->row++;
    bool has_room = canvas->row < canvas->height;
    /* After the last line the cursor stays where it is: nothing scrolls. */
    buf_add(&canvas->text, has_room ? STR("\033[K\r\n") : STR("\033[K"));
    return has_room;
}
