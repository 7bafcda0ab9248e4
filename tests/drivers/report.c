/* The HTML report of the result (JSON) on standard input, to standard output. */
#include "report/report.h"

#include "base/limits.h"

#include <stdio.h>

#include "base/banned.h"

enum { BYTES = 64 * 1024 * 1024 };

int main(void)
{
    struct buf result CLEANUP(buf_release) = BUF_INIT(BYTES);
    struct buf page CLEANUP(buf_release) = BUF_INIT(BYTES);
    char part[65536];
    size_t count = 0;
    while ((count = fread(part, 1, sizeof(part), stdin)) > 0)
        buf_add(&result, (struct str){part, count});
    report_html(buf_str(&result), &page);
    return fwrite(buf_cstr(&page), 1, page.len, stdout) == page.len ? 0 : 1;
}
