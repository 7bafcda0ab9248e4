#include "command/print_findings.h"

#include "base/limits.h"
#include "command/print_text.h"

#include "base/banned.h"

void print_findings(const struct diagnostic *items, size_t count)
{
    bool colour = print_style_of(stderr).colour;
    for (size_t i = 0; i < count; i++) {
        struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
        diagnostic_print(&items[i], colour, &text);
        fwrite(buf_cstr(&text), 1, text.len, stderr);
    }
}
